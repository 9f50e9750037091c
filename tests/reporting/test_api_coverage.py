"""Coverage over REST as the contract says it: told by an anonymous client and by tokens of the cast."""

import csv
import io
from datetime import date

import pytest
import time_machine

from tests.factories.carriers import make_carrier
from tests.factories.units import cover, make_unit
from tests.reporting.district import build_district, close_unit, reopen_unit
from units.actions.carriers import end_instructor
from units.models import Carrier, CoverageSpell, Division, ServiceStation

URL = "/api/v1/statistics/coverage/"
NOW = "2026-11-23 10:00:00+08:00"
# Session and person (6), version of the data, count, rows.
LIST_QUERIES = 9
FIELDS = ("numerator", "denominator", "standalone", "joint", "uncovered", "excluded")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def units(places):
    return build_district(places)


def get(client, url: str = URL, status: int = 200, **params):
    response = client.get(url, params)
    assert response.status_code == status, response.content
    return response.json()


def errors(client, url: str = URL, status: int = 400, **params) -> list[tuple[str, str]]:
    body = get(client, url, status, **params)
    assert body["type"] == ("validation_error" if status == 400 else "client_error")
    return [(error["attr"], error["detail"]) for error in body["errors"]]


def test_anybody_reads_coverage_of_the_district(client, units):
    answer = get(client)
    rows = answer.pop("rows")
    assert answer == {
        "indicator": "COV-ORG-NP",
        "name": "非公企业组织覆盖率",
        "formula_version": 1,
        "place": {"code": "510107", "name": "武侯区", "level": "district"},
        "as_of": "2026-11-23",
        "frozen": False,
        "total": {
            "numerator": 6, "denominator": 7, "rate": "0.8571", "rate_display": "85.7%",
            "standalone": 4, "joint": 2, "uncovered": 1, "excluded": 1,
        },
    }  # fmt: skip
    assert len(rows) == 11
    assert rows[2]["place"] == {"code": "510107005", "name": "玉林街道", "level": "subdistrict"}
    assert (rows[2]["numerator"], rows[2]["denominator"], rows[2]["rate"]) == (5, 6, "0.8333")
    assert (rows[0]["rate"], rows[0]["rate_display"]) == (None, "—")
    for name in FIELDS:
        assert sum(row[name] for row in rows) == answer["total"][name]


def test_a_full_house_is_one_hundred_percent(client, units):
    total = get(client, kind="social_organization")["total"]
    assert (total["rate"], total["rate_display"]) == ("1.0000", "100%")


def test_the_past_is_counted_as_it_was(client, units):
    total = get(client, as_of="2026-03-09")["total"]
    assert (total["numerator"], total["denominator"], total["joint"], total["excluded"]) == (5, 8, 0, 0)


@pytest.mark.parametrize(
    ("measure", "indicator", "numerator", "denominator", "uncovered"),
    [
        ("organization", "COV-ORG-NP", 6, 7, 1),
        ("standalone", "COV-SOLO-NP", 4, 7, 3),
        ("due", "COV-DUE", 3, 4, 1),
        ("work", "COV-WORK", 7, 7, 0),
        ("employees_50", "COV-50", 5, 5, 0),
        ("employees_100", "COV-100", 3, 3, 0),
    ],
)
def test_every_measure_has_its_formula(client, units, measure, indicator, numerator, denominator, uncovered):
    answer = get(client, measure=measure)
    total = answer["total"]
    assert answer["indicator"] == indicator
    assert (total["numerator"], total["denominator"], total["uncovered"]) == (
        numerator,
        denominator,
        uncovered,
    )


@pytest.mark.parametrize(
    ("params", "attr"),
    [
        ({"colour": "red"}, "colour"),
        ({"place": "999999"}, "place"),
        ({"place": "510107%00"}, "place"),
        ({"place": "武侯"}, "place"),
        ({"kind": "all"}, "kind"),
        ({"measure": "rooftop"}, "measure"),
        ({"by": "street"}, "by"),
        ({"as_of": "2026-11-24"}, "as_of"),
        ({"as_of": "2026-02-30"}, "as_of"),
        ({"as_of": "20261101"}, "as_of"),
        ({"as_of": ""}, "as_of"),
        ({"format": "xml"}, "format"),
    ],
)
def test_bad_parameters_are_refused_by_name(client, places, params, attr):
    assert [name for name, _ in errors(client, **params)] == [attr]


def test_a_measure_that_is_not_there_names_those_that_are(client, places):
    [(_, sentence)] = errors(client, measure="rooftop")
    assert "organization" in sentence
    assert "employees_100" in sentence


def test_csv_opens_in_a_spreadsheet(client, units):
    response = client.get(URL, {"format": "csv"})
    body = b"".join(response.streaming_content)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert body.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(lines) == 11
    assert lines[2]["place_name"] == "玉林街道"
    assert (lines[2]["numerator"], lines[2]["rate"], lines[2]["excluded"]) == ("5", "0.8333", "1")


def test_an_unchanged_answer_is_not_computed_again(client, units, django_assert_num_queries):
    etag = client.get(URL)["ETag"]
    with django_assert_num_queries(1):
        assert client.get(URL, headers={"if-none-match": etag}).status_code == 304


def test_a_warm_answer_takes_one_query(client, units, django_assert_num_queries):
    get(client)
    with django_assert_num_queries(1):
        get(client)


def test_the_tag_is_the_same_whether_asked_before_or_after(client, units):
    etag = client.get(URL)["ETag"]
    assert client.get(URL, headers={"if-none-match": '"another"'})["ETag"] == etag


def test_a_new_place_is_known_at_once(client, units):
    get(client)
    Division.objects.create(
        code="510107099", name="新设街道", level="subdistrict", parent_id=units["joint0"].place.parent.parent_id,
        administered_by="武侯区",
    )  # fmt: skip
    assert len(get(client)["rows"]) == 12
    assert get(client, place="510107099", by="none")["total"]["denominator"] == 0


@pytest.mark.parametrize("change", ["unit", "operating", "coverage", "place", "deletion"])
def test_every_write_to_what_is_counted_changes_the_tag(client, units, change):
    before = client.get(URL)["ETag"]
    if change == "unit":
        type(units["joint0"]).objects.filter(pk=units["joint0"].pk).update(employees=1)
    elif change == "operating":
        close_unit(units["joint0"], date(2026, 11, 1))
    elif change == "coverage":
        cover(units["uncovered"])
    elif change == "place":
        Division.objects.filter(code="510107001").update(name="浆洗街")
    else:
        CoverageSpell.objects.filter(unit=units["joint0"]).delete()
    answer = client.get(URL, headers={"if-none-match": before})
    assert answer.status_code == 200
    assert answer["ETag"] != before
    if change == "place":
        assert answer.json()["rows"][0]["place"]["name"] == "浆洗街"


def test_midnight_changes_the_tag_of_an_open_date(client, units):
    before = client.get(URL)["ETag"]
    with time_machine.travel("2026-11-24 00:00:01+08:00", tick=False):
        answer = client.get(URL, headers={"if-none-match": before})
    assert answer.status_code == 200
    assert answer.json()["as_of"] == "2026-11-24"


# ---- the units behind a cell --------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", ["organization", "due", "work", "employees_50"])
@pytest.mark.parametrize("cell", FIELDS)
def test_the_list_behind_a_cell_has_as_many_units_as_the_cell_says(district, units, measure, cell):
    total = get(district.client, measure=measure, kind="two_new")["total"]
    answer = get(district.client, f"{URL}units/", measure=measure, kind="two_new", cell=cell)
    assert answer["count"] == total[cell]
    assert len(answer["results"]) == total[cell]


def test_the_excluded_say_why(district, units):
    [row] = get(district.client, f"{URL}units/", cell="excluded")["results"]
    assert row["name"] == units["closed"].name
    assert (row["status"], row["status_display"], row["status_since"]) == (
        "deregistered",
        "注销",
        "2026-03-10",
    )
    assert (row["status_reason"], row["status_evidence"]) == ("已办注销登记", "登记机关公告第1号")


def test_the_list_shows_what_was_true_on_the_day(district, units):
    rows = get(district.client, f"{URL}units/", cell="uncovered", as_of="2026-03-31")["results"]
    assert sorted(row["name"] for row in rows) == sorted(
        units[name].name for name in ("joint0", "joint1", "uncovered")
    )
    assert {row["mode"] for row in rows} == {None}
    [row] = get(district.client, f"{URL}units/", cell="joint", search=units["joint0"].name)["results"]
    assert (row["mode_display"], row["covered_since"]) == ("联合组建", "2026-04-01")
    assert row["organization"]["id"] == units["joint0"].coverage_spells.get().organization_id


def test_the_units_of_a_cell_come_as_csv(district, units):
    response = district.client.get(f"{URL}units/", {"cell": "denominator", "format": "csv"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 8


@pytest.mark.parametrize("cell", ["excluded", "standalone"])
def test_a_list_takes_the_same_queries_for_one_row_and_for_three(
    subdistrict, units, django_assert_num_queries, cell
):
    params = {"place": "510107005", "cell": cell}
    subdistrict.client.get(f"{URL}units/", params)
    with django_assert_num_queries(LIST_QUERIES):
        get(subdistrict.client, f"{URL}units/", **params)


def test_nobody_without_credentials_reads_names(client, units):
    assert client.get(f"{URL}units/").status_code == 401


def test_a_liaison_may_not_read_lists(liaison, units):
    assert errors(liaison.client, f"{URL}units/", 403)


def test_another_subdistrict_is_as_good_as_not_there(stranger, subdistrict, units):
    get(stranger.client, f"{URL}units/", 404, place="510107005")
    get(subdistrict.client, f"{URL}units/", 404)
    assert get(subdistrict.client, f"{URL}units/", place="510107005")["count"] == 6


def test_an_unknown_cell_is_refused(district, units):
    assert errors(district.client, f"{URL}units/", cell="half")[0][0] == "cell"


# ---- carriers: counted like units, by any kind ----------------------------------------------------------------


@pytest.fixture
def carriers(units):
    """A building with a joint branch, one with nothing, and a closed one; a park of another subdistrict with a station."""
    here = units["joint0"].place
    made = [
        make_carrier(place=here),
        make_carrier(place=here),
        make_carrier(place=here, to_on=date(2026, 5, 1)),
    ]
    type(units["joint0"]).objects.filter(pk=units["joint0"].pk).update(carrier=made[0])
    park = make_carrier(place=units["elsewhere"].place, kind="park")
    ServiceStation.objects.create(carrier=park, name="驿站", opened_on=date(2024, 1, 1))
    return [*made, park]


@pytest.mark.parametrize("kind", ["non_public", "social_organization", "two_new"])
def test_carriers_are_counted_whatever_the_kind(client, carriers, kind):
    answer = get(client, measure="carrier", kind=kind)
    assert (answer["indicator"], answer["name"]) == ("COV-CARRIER", "楼宇、园区、商圈覆盖率")
    assert answer["total"] == {
        "numerator": 2, "denominator": 3, "rate": "0.6667", "rate_display": "66.7%",
        "standalone": 0, "joint": 1, "uncovered": 1, "excluded": 1,
    }  # fmt: skip
    for name in FIELDS:
        assert sum(row[name] for row in answer["rows"]) == answer["total"][name]
    assert get(client, "/api/v1/statistics/indicators/COV-CARRIER/")["total"] == answer["total"]


@pytest.mark.parametrize("cell", FIELDS)
def test_the_list_behind_a_cell_of_carriers_has_as_many_carriers(district, carriers, cell):
    total = get(district.client, measure="carrier")["total"]
    answer = get(district.client, f"{URL}units/", measure="carrier", cell=cell)
    assert answer["count"] == len(answer["results"]) == total[cell]


def test_the_carriers_of_a_cell_say_what_they_are(district, stranger, carriers):
    [row] = get(district.client, f"{URL}units/", measure="carrier", cell="numerator", place="510107009")[
        "results"
    ]
    assert (row["kind_display"], row["has_station"], row["place"]["code"]) == ("园区", True, "510107009001")
    response = district.client.get(f"{URL}units/", {"measure": "carrier", "format": "csv"})
    assert len(b"".join(response.streaming_content).decode("utf-8-sig").splitlines()) == 4
    get(stranger.client, f"{URL}units/", 404, measure="carrier")


def test_every_write_to_carriers_changes_the_tag(client, carriers):
    def tags():
        return [
            client.get(url, {"measure": "carrier"} if "coverage" in url else {})["ETag"]
            for url in (URL, "/api/v1/statistics/indicators/COV-CARRIER/")
        ]

    seen = [tags()]
    Carrier.objects.filter(pk=carriers[1].pk).update(to_on=date(2026, 11, 1))
    seen.append(tags())
    ServiceStation.objects.update(closed_on=date(2026, 11, 1))
    seen.append(tags())
    assert all(len(set(many)) == 3 for many in zip(*seen, strict=True))
    assert get(client, measure="carrier")["total"]["rate_display"] == "50.0%"
    moved = get(client, f"{URL}movement/", measure="carrier")
    assert (moved["opening"], moved["excluded"][0]["reason_display"], moved["closing"]) == (4, "载体停用", 2)
    points = get(client, f"{URL}series/", measure="carrier", by="none", **{"from": "2026-10"})["points"]
    assert [point["total"]["rate_display"] for point in points] == ["66.7%", "50.0%"]


def test_an_instructor_sent_or_called_back_changes_the_tag(client, subdistrict, units):
    params = {"measure": "work", "as_of": "2026-11-23"}
    before = client.get(URL, params)["ETag"]
    sent = units["uncovered"].instructors.get()
    end_instructor(instructor=sent, on=date(2026, 11, 20), reason="调离", actor=subdistrict.actor)
    answer = client.get(URL, params, headers={"if-none-match": before})
    assert (answer.status_code, answer.json()["total"]["numerator"]) == (200, 6)
    assert get(client, measure="work", as_of="2026-11-19")["total"]["numerator"] == 7


# ---- over time ----------------------------------------------------------------------------------------------


def test_a_series_has_a_point_at_each_month_end(client, units):
    answer = get(client, f"{URL}series/", **{"from": "2026-02", "to": "2026-11", "by": "none"})
    assert [(p["period"], p["as_of"]) for p in answer["points"]][:2] == [
        ("2026-02", "2026-02-28"), ("2026-03", "2026-03-31"),
    ]  # fmt: skip
    assert answer["points"][-1]["as_of"] == "2026-11-23"
    assert [p["total"]["denominator"] for p in answer["points"]] == [8] + [7] * 9
    assert [p["total"]["numerator"] for p in answer["points"]][:3] == [5, 4, 6]


def test_every_point_of_a_series_equals_coverage_on_that_day(client, units):
    for step in ("month", "quarter", "year"):
        answer = get(client, f"{URL}series/", **{"from": "2025-11", "step": step})
        for point in answer["points"]:
            same = get(client, as_of=point["as_of"])
            assert (point["total"], point["rows"]) == (same["total"], same["rows"])


@pytest.mark.parametrize(
    ("params", "attr"),
    [
        ({"from": "2026-11", "to": "2026-01"}, "from"),
        ({"to": "2026-12"}, "to"),
        ({"from": "2026"}, "from"),
        ({"from": "2026-13"}, "from"),
        ({"step": "week"}, "step"),
        ({"from": "1990-01"}, "from"),
    ],
)
def test_a_wrong_span_is_refused(client, places, params, attr):
    assert [name for name, _ in errors(client, f"{URL}series/", **params)] == [attr]


def test_the_movement_adds_up(client, places, units):
    back = make_unit(place=places["510107005008"], since=date(2022, 1, 1))
    close_unit(back, date(2026, 2, 1), "suspended")
    reopen_unit(back, date(2026, 9, 1))
    make_unit(place=places["510107005008"], since=date(2026, 1, 1))
    answer = get(client, f"{URL}movement/")
    assert (answer["from"], answer["to"], answer["opening_as_of"]) == (
        "2026-01-01",
        "2026-11-23",
        "2025-12-31",
    )
    assert answer["opening"] == get(client, as_of="2025-12-31")["total"]["denominator"] == 9
    assert (answer["added"], answer["restored"], answer["excluded_total"]) == (1, 1, 2)
    assert answer["excluded"] == [
        {"reason": "suspended", "reason_display": "停业", "count": 1},
        {"reason": "deregistered", "reason_display": "注销", "count": 1},
    ]
    assert answer["closing"] == get(client)["total"]["denominator"] == 9 + 1 + 1 - 2


@pytest.mark.parametrize(
    ("params", "attr"),
    [
        ({"from": "2026-05-01", "to": "2026-04-30"}, "from"),
        ({"to": "2027-01-01"}, "to"),
        ({"from": "2026-5-1"}, "from"),
        # There is no day before it, whose end would be the opening.
        ({"from": "0001-01-01"}, "from"),
        ({"by": "child"}, "by"),
    ],
)
def test_a_wrong_movement_is_refused(client, places, params, attr):
    assert [name for name, _ in errors(client, f"{URL}movement/", **params)] == [attr]


def test_what_is_only_known_as_it_is_now_is_said(client, units):
    assert get(client, measure="due", as_of="2026-03-09")["note"] == "正式党员人数按现在登记的数"
    assert "note" not in get(client)
