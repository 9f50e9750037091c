"""Month-end snapshots: frozen once, never changed, printed the same for ever, restated only beside the old number."""

from datetime import date
from io import StringIO

import openpyxl
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core.errors import InputError, NotAllowed, RuleViolation
from core.indicators import get_indicator
from core.periods import Month
from reporting.models import IndicatorSnapshot
from reporting.snapshots import freeze, month_from, restate
from reporting.tasks import freeze_last_month
from tests.factories.units import cover, make_unit
from tests.reporting.district import build_district
from tests.rest import Rest, key_of

NOW = "2026-11-23 10:00:00+08:00"
OCTOBER = Month(2026, 10)
END = date(2026, 10, 31)
COVERAGE = "/api/v1/statistics/coverage/"
SNAPSHOTS = "/api/v1/statistics/snapshots/"
# The numbers themselves, told without any of our code.
BY_HAND = """
SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM units_coveragespell c WHERE c.unit_id = u.id
         AND c.from_on <= %(day)s AND (c.to_on IS NULL OR c.to_on > %(day)s))), count(*)
FROM units_unit u JOIN units_operatingspell o ON o.unit_id = u.id AND o.status = 'operating'
 AND o.from_on <= %(day)s AND (o.to_on IS NULL OR o.to_on > %(day)s)
WHERE u.category = 'non_public' AND u.place_code LIKE %(place)s
"""


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def frozen(places):
    """A small district whose October is frozen, and which has changed since."""
    units = build_district(places)
    freeze(month=OCTOBER)
    make_unit(place=places["510107005008"])
    cover(units["uncovered"], since=date(2026, 10, 5))
    return units


def value(place: str = "510107", indicator: str = "COV-ORG-NP", **more) -> IndicatorSnapshot:
    return IndicatorSnapshot.objects.get(indicator=indicator, place_code=place, **more)


@pytest.mark.parametrize("place", ["510107", "510107005", "510107005008", "510107009", "510107009001"])
def test_what_is_frozen_is_what_was_counted(places, place):
    build_district(places)
    freeze(month=OCTOBER)
    with connection.cursor() as cursor:
        cursor.execute(BY_HAND, {"day": END, "place": f"{place}%"})
        assert (value(place).numerator, value(place).denominator) == cursor.fetchone()


def test_a_second_time_changes_nothing(frozen):
    before = list(IndicatorSnapshot.objects.order_by("pk").values())
    assert freeze(month=OCTOBER) == 0
    assert freeze_last_month() == 0
    assert list(IndicatorSnapshot.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("sql", [
    "UPDATE reporting_indicatorsnapshot SET numerator = 0", "DELETE FROM reporting_indicatorsnapshot",
])  # fmt: skip
def test_nobody_changes_what_is_frozen(frozen, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert value().numerator == 6


def test_rest_answers_with_what_was_frozen(frozen, client):
    told = client.get(COVERAGE, {"as_of": "2026-10-31", "by": "community"}).json()
    assert (told["frozen"], told["formula_version"], told["total"]["rate_display"]) == (True, 1, "85.7%")
    assert sum(row["numerator"] for row in told["rows"]) == told["total"]["numerator"] == 6
    assert client.get(COVERAGE, {"as_of": "2026-10-30"}).json()["frozen"] is False
    assert client.get(COVERAGE, {"as_of": "2026-10-31", "place": "510107005"}).json()["frozen"] is True
    series = client.get(f"{COVERAGE}series/", {"from": "2026-09", "to": "2026-11"}).json()["points"]
    assert [(point["period"], point["frozen"]) for point in series] == [
        ("2026-09", False),
        ("2026-10", True),
        ("2026-11", False),
    ]
    one = client.get("/api/v1/statistics/indicators/COV-ORG-NP/", {"period": "2026-10"}).json()
    assert (one["frozen"], one["total"]) == (True, told["total"])


def test_what_happened_in_a_month_is_not_what_happened_in_the_year(frozen, client):
    url = "/api/v1/statistics/indicators/NEW-ORG/"
    assert client.get(url, {"period": "2026-10"}).json()["frozen"] is True
    assert client.get(url, {"as_of": "2026-10-31"}).json()["frozen"] is False


def test_freezing_makes_older_answers_stale(places, client):
    build_district(places)
    tag = client.get(COVERAGE, {"as_of": "2026-10-31"})["ETag"]
    freeze(month=OCTOBER)
    assert client.get(COVERAGE, {"as_of": "2026-10-31"}, headers={"If-None-Match": tag}).status_code == 200


def test_printed_the_same_after_everything_has_changed(frozen, district, tmp_path):
    url = "/statistics/snapshots/?period=2026-10"

    def printed(number: int) -> tuple[bytes, list]:
        text = b"".join(district.client.get(f"{url}&format=csv").streaming_content)
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(b"".join(district.client.get(f"{url}&format=xlsx").streaming_content))
        return text, list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))

    first = printed(1)
    cover(make_unit(place=frozen["elsewhere"].place), since=date(2026, 6, 1))
    assert printed(2) == first


def test_a_restatement_stands_beside_the_old_number(frozen, district, client):
    indicator = get_indicator("COV-ORG-NP")
    assert restate(month=OCTOBER, indicator=indicator, note="覆盖日期更正", actor=district.actor) > 0
    old, new = value(formula_version=1), value(formula_version=2)
    assert (old.numerator, new.numerator, old.note, new.note) == (6, 7, "", "覆盖日期更正")
    told = client.get(COVERAGE, {"as_of": "2026-10-31"}).json()
    assert (told["formula_version"], told["total"]["numerator"]) == (2, 7)
    both = client.get(f"{SNAPSHOTS}2026-10/", {"indicator": "COV-ORG-NP"}).json()["results"]
    assert [(row["formula_version"], row["numerator"]) for row in both] == [(1, 6), (2, 7)]


def test_refusals(frozen, district, subdistrict):
    indicator = get_indicator("COV-ORG-NP")
    with pytest.raises(RuleViolation, match="还没有结束"):
        freeze(month=Month(2026, 11), actor=district.actor)
    with pytest.raises(NotAllowed):
        freeze(month=OCTOBER, actor=subdistrict.actor)
    with pytest.raises(InputError):
        restate(month=OCTOBER, indicator=indicator, note=" ", actor=district.actor)
    with pytest.raises(RuleViolation, match="还没有冻结"):
        restate(month=Month(2026, 9), indicator=indicator, note="更正", actor=district.actor)
    for text in ("2026-13", "2026-Q3", "昨天", "2026"):
        with pytest.raises(InputError):
            month_from(text)


def test_the_district_alone_freezes_over_rest(places, district, subdistrict, client):
    build_district(places)
    assert Rest(key_of(subdistrict)).post(SNAPSHOTS, {"period": "2026-10"}).status_code == 403
    assert client.post(SNAPSHOTS, {"period": "2026-10"}).status_code == 401
    rest = Rest(key_of(district))
    told = rest.post(SNAPSHOTS, {"period": "2026-10"})
    assert (told.status_code, told.json()["new"]) == (201, IndicatorSnapshot.objects.count())
    assert rest.post(SNAPSHOTS, {"period": "2026-10"}).json()["new"] == 0
    assert rest.post(SNAPSHOTS, {"period": "2026-11"}).status_code == 409
    assert rest.post(SNAPSHOTS, {"period": "十月"}).status_code == 400
    (month,) = client.get(SNAPSHOTS).json()["results"]
    assert (month["period"], month["values"], month["restated"]) == ("2026-10", told.json()["new"], 0)
    for period in ("2026-09", "%00", "十月"):
        assert client.get(f"{SNAPSHOTS}{period}/").status_code == 404, period


def test_the_command(places):
    build_district(places)
    out = StringIO()
    call_command("freeze_snapshot", "2026-10", stdout=out)
    assert "已冻结" in out.getvalue()
    call_command("freeze_snapshot", "2026-10", stdout=out)
    assert "没有改动" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("freeze_snapshot", "2026-11")


def test_the_page_shows_what_differs(frozen, district, community):
    page = district.client.get("/statistics/snapshots/").content.decode()
    assert "有变化" in page
    assert "7 / 8" in page
    assert "冻结月份" in page
    assert "冻结月份" not in community.client.get("/statistics/snapshots/").content.decode()
    assert community.client.get("/statistics/snapshots/freeze/").status_code == 403
    posted = district.client.post(
        "/statistics/snapshots/restate/", {"period": "2026-10", "indicator": "COV-ORG-NP", "note": "更正"}
    )
    assert posted.status_code == 302
    assert IndicatorSnapshot.objects.filter(formula_version=2).exists()
    assert district.client.post("/statistics/snapshots/freeze/", {"period": "2026-11"}).status_code == 409
