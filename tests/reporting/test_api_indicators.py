"""The catalogue and single indicators over REST."""

import pytest
import time_machine

from tests.reporting.district import build_district

URL = "/api/v1/statistics/indicators/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel("2026-11-23 10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def units(places):
    return build_district(places)


def get(client, path: str = "", status: int = 200, **params):
    response = client.get(URL + path, params)
    assert response.status_code == status, response.content
    return response.json()


def test_the_catalogue_defines_every_number(client, db):
    answer = get(client, page_size=500)
    by_id = {row["id"]: row for row in answer["results"]}
    assert answer["count"] == len(by_id)
    assert {
        "COV-ORG-NP",
        "COV-ORG-SO",
        "COV-SOLO-NP",
        "COV-DUE",
        "COV-WORK",
        "COV-50",
        "COV-100",
        "NEW-ORG",
    } <= set(by_id)
    assert by_id["COV-ORG-NP"] == {
        "id": "COV-ORG-NP",
        "name": "非公企业组织覆盖率",
        "numerator": "其中单独建立党组织，或者由联合党支部覆盖的单位数",
        "denominator": "正常经营的非公企业总数",
        "unit": "家",
        "formula_version": 1,
        "levels": ["district", "subdistrict", "community"],
        "period_type": "as_of",
        "period_type_display": "时点数",
        "published": True,
        "note": "",
    }
    assert (by_id["NEW-ORG"]["period_type"], by_id["NEW-ORG"]["denominator"]) == ("period", None)


def test_the_catalogue_comes_in_pages(client, db):
    first = get(client, page_size=5)
    assert len(first["results"]) == 5
    assert first["previous"] is None
    second = client.get(first["next"]).json()
    assert second["results"][0]["id"] not in {row["id"] for row in first["results"]}
    assert get(client, status=400, page=99)["errors"][0]["attr"] == "page"


def test_an_indicator_gives_the_same_figures_as_coverage(client, units):
    answer = get(client, "COV-ORG-NP/")
    same = client.get("/api/v1/statistics/coverage/").json()
    assert (answer["total"], answer["rows"], answer["as_of"]) == (same["total"], same["rows"], "2026-11-23")


def test_a_period_ends_on_its_last_day(client, units):
    answer = get(client, "COV-ORG-NP/", period="2026-03")
    assert (answer["period"], answer["as_of"], answer["total"]["numerator"]) == ("2026-03", "2026-03-31", 4)
    assert get(client, "COV-ORG-NP/", period="2026")["as_of"] == "2026-11-23"


def test_new_organizations_are_counted_in_their_period(client, units):
    total = get(client, "NEW-ORG/")["total"]
    assert total == {
        "numerator": 2, "denominator": None, "rate": None, "rate_display": "—", "standalone": 1, "joint": 1,
    }  # fmt: skip
    assert get(client, "NEW-ORG/", period="2026-Q2")["total"]["numerator"] == 2
    assert get(client, "NEW-ORG/", period="2026-05")["total"]["numerator"] == 1
    assert get(client, "NEW-ORG/", period="2025")["total"]["numerator"] == 0
    rows = get(client, "NEW-ORG/", by="subdistrict")["rows"]
    assert {row["place"]["code"]: row["numerator"] for row in rows if row["numerator"]} == {"510107005": 2}


def test_a_series_of_new_organizations(client, units):
    answer = get(client, "NEW-ORG/series/", **{"from": "2026-03", "to": "2026-05"})
    assert [point["total"]["numerator"] for point in answer["points"]] == [0, 1, 1]


@pytest.mark.parametrize(
    ("params", "attr"),
    [
        ({"period": "2026-12"}, "period"),
        ({"period": "2027"}, "period"),
        ({"period": "yesterday"}, "period"),
        ({"period": "2026-11", "as_of": "2026-11-01"}, "as_of"),
        ({"as_of": "2026-11-24"}, "as_of"),
        ({"kind": "non_public"}, "kind"),
    ],
)
def test_wrong_questions_are_refused_by_name(client, places, params, attr):
    assert [error["attr"] for error in get(client, "COV-ORG-NP/", 400, **params)["errors"]] == [attr]


def test_an_unknown_indicator_is_not_there(client, db):
    assert get(client, "COV-MOON/", 404)["type"] == "client_error"
