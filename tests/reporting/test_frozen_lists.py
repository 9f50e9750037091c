"""A frozen number opens into its own list, at every place and on page and REST alike, whatever was registered later."""

from datetime import date

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from core.indicators import get_indicator
from core.periods import Month
from reporting.models import FrozenMembers
from reporting.snapshots import freeze, restate
from tests.factories.bodies import make_body
from tests.factories.places import make_grid
from tests.factories.units import make_unit
from tests.reporting.district import build_district, close_unit
from tests.reporting.test_coverage_page import words
from units.indicators import Cell
from units.models import RegionalBody

OCTOBER = Month(2026, 10)
END = "2026-10-31"
COVERAGE = "/api/v1/statistics/coverage/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel("2026-11-23 10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def frozen(places, huangmenjie):
    """October frozen: a unit and a body more since, one exit backdated, one unit moved to another community."""
    units = build_district(places)
    make_grid(huangmenjie)
    make_body(place=huangmenjie, kind=RegionalBody.Kind.COMMITTEE)
    freeze(month=OCTOBER)
    make_unit(place=huangmenjie, since=date(2026, 9, 1))
    close_unit(units["joint1"], date(2026, 10, 20))
    make_body(place=huangmenjie, kind=RegionalBody.Kind.OFFICE)
    return units


def test_a_community_is_told_the_frozen_number_by_every_way(frozen, district, client):
    asked = {"as_of": END, "place": "510107005008"}
    by_grid = client.get(COVERAGE, asked).json()
    assert (by_grid["frozen"], by_grid["total"]["numerator"], by_grid["total"]["denominator"]) == (True, 5, 6)
    assert by_grid["rows"] == []
    for by in ("none", "community"):
        told = client.get(COVERAGE, asked | {"by": by}).json()
        assert (told["frozen"], told["total"]) == (True, by_grid["total"])
    above = client.get(COVERAGE, {"as_of": END, "place": "510107005"}).json()["rows"]
    assert [row["denominator"] for row in above if row["place"]["code"] == asked["place"]] == [6]
    series = client.get(
        f"{COVERAGE}series/", {"place": asked["place"], "from": "2026-10", "to": "2026-11"}
    ).json()
    assert [(point["frozen"], point["total"]["denominator"]) for point in series["points"]] == [
        (True, 6),
        (False, 6),
    ]
    one = client.get(
        "/api/v1/statistics/indicators/COV-ORG-NP/", {"place": asked["place"], "as_of": END}
    ).json()
    assert (one["frozen"], one["total"]) == (True, by_grid["total"])
    text = district.client.get("/statistics/coverage/", asked).content.decode()
    assert "社区以下没有冻结分项，只有合计。" in text
    assert client.get(COVERAGE, asked | {"format": "csv"}).status_code == 200


@pytest.mark.parametrize("place", ["510107", "510107005", "510107005008", "510107009001"])
def test_every_cell_opens_into_the_list_it_was_frozen_with(frozen, district, place):
    for kind, measure in (("non_public", "organization"), ("two_new", "due"), ("non_public", "carrier")):
        asked = {"as_of": END, "place": place, "kind": kind, "measure": measure}
        total = district.client.get(COVERAGE, asked).json()["total"]
        lists = {
            cell: district.client.get(f"{COVERAGE}units/", asked | {"cell": cell}).json()["count"]
            for cell in Cell.values
        }
        assert lists == {cell: total[cell] for cell in Cell.values}
        page = district.client.get(
            "/statistics/coverage/units/", asked | {"cell": "denominator"}
        ).content.decode()
        assert f"冻结时是 {total['denominator']} " in words(page)


def test_who_has_moved_away_is_said_not_shown(frozen, community, jinyan):
    unit = frozen["standalone0"]
    unit.place = jinyan
    unit.save()
    asked = {"as_of": END, "place": "510107005008", "cell": "denominator"}
    text = community.client.get("/statistics/coverage/units/", asked).content.decode()
    assert "这一格冻结时是 6 家" in text
    assert "其中 1 个现在已不在本地登记，不列出。" in text
    assert unit.name not in text


def test_indicators_open_into_what_was_frozen_and_a_restatement_into_its_own(frozen, district):
    address = "/statistics/indicators/ORG-COMPLETE/rows/"
    asked = {"place": "510107005008", "as_of": END, "by": "none"}
    text = district.client.get(address, asked | {"cell": "numerator"}).content.decode()
    assert "共 1 个" in words(text)
    assert "下面是冻结时的名单" in text
    assert FrozenMembers.objects.get(
        indicator="ORG-COMPLETE", cell="missing", place_code="510107005008"
    ).counts == [2]
    missing = district.client.get(address, asked | {"cell": "missing"}).content.decode()
    assert "黉门街社区" in missing
    restate(month=OCTOBER, indicator=get_indicator("COV-ORG-NP"), note="补录一家注销", actor=district.actor)
    cells = {"as_of": END, "cell": "excluded"}
    assert district.client.get(f"{COVERAGE}units/", cells).json()["count"] == 2
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE reporting_frozenmembers SET ids = '{}'")
