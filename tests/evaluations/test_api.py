"""Visits over REST: the contract of api.md, the same rules as on the pages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from core.periods import Month
from evaluations.models import MonthlyVisit
from tests.cast import make_person
from tests.factories.evaluations import make_visit

NOVEMBER = Month(2026, 11)
SAID = {"visited_on": "2026-11-18", "mode": "on_site", "summary": "停车紧张"}


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield


@pytest.fixture
def visit(unit, community):
    return make_visit(unit=unit, visitor=community.user, month=NOVEMBER)


def post(person, visit, move, body=None):
    return person.client.post(
        f"/api/v1/visits/{visit.pk}/{move}/", body or {}, content_type="application/json"
    )


def test_the_visitor_records_the_liaison_confirms(visit, community, liaison):
    answer = post(community, visit, "record", SAID)
    assert answer.status_code == 200
    recorded = answer.json()
    assert (recorded["status"], recorded["status_display"], recorded["month"]) == (
        "recorded",
        "已登记待确认",
        "2026-11",
    )
    assert recorded["unit"] == {"id": visit.unit_id, "name": "成都安和物业服务有限公司"}
    assert recorded["place"] == {"code": "510107005008", "name": "黉门街社区", "level": "community"}
    seen = liaison.client.get(f"/api/v1/visits/{visit.pk}/").json()
    assert seen["moves"] == [{"name": "confirm", "label": "情况属实"}, {"name": "dispute", "label": "有异议"}]
    assert post(liaison, visit, "confirm").json()["status"] == "confirmed"
    assert post(liaison, visit, "confirm").status_code == 409


def test_a_dispute_carries_its_sentence(visit, community, liaison):
    post(community, visit, "record", SAID)
    assert post(liaison, visit, "dispute").status_code == 400
    assert post(liaison, visit, "dispute", {"note": "当天没有人来过"}).json()["status"] == "disputed"


def test_an_exemption_is_the_subdistricts(visit, community, subdistrict):
    assert post(community, visit, "exempt", {"note": "停产"}).status_code == 403
    assert post(subdistrict, visit, "exempt", {"note": "停产"}).json()["status"] == "exempt"


@pytest.mark.parametrize(
    ("change", "attr"),
    [
        ({"visited_on": "2026-11-24"}, "visited_on"),
        ({"visited_on": "2026-10-30"}, "visited_on"),
        ({"visited_on": "昨天"}, "visited_on"),
        ({"mode": "phone"}, "mode"),
        ({"summary": "好" * 301}, "summary"),
        ({"summary": ""}, "summary"),
        ({"colour": "red"}, "colour"),
        ({"promise_due_on": "2026-12-01"}, "promise"),
    ],
)
def test_a_wrong_record_is_a_400_beside_its_field(change, attr, visit, community):
    answer = post(community, visit, "record", {**SAID, **change})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == attr
    visit.refresh_from_db()
    assert visit.status == "planned"


def test_a_visit_elsewhere_is_not_there(visit, stranger, other_liaison):
    for person in (stranger, other_liaison):
        assert person.client.get(f"/api/v1/visits/{visit.pk}/").status_code == 404
        assert post(person, visit, "confirm").status_code == 404
        assert person.client.get("/api/v1/visits/").json()["count"] == 0


def test_nobody_reads_visits_without_credentials(visit, client):
    assert client.get("/api/v1/visits/").status_code == 401


def test_the_list_takes_the_filters_of_the_page(visit, unit, community, subdistrict):
    make_visit(unit=unit, visitor=community.user, month=Month(2026, 10))

    def count(query):
        return subdistrict.client.get(f"/api/v1/visits/?{query}").json()["count"]

    assert count("") == 2
    assert count("month=2026-11") == 1
    assert count("status=overdue") == 1
    assert count("place=510107005008&search=安和") == 2
    assert count(f"visitor={community.user.pk}&ordering=-month") == 2
    rows = subdistrict.client.get("/api/v1/visits/?ordering=month").json()["results"]
    assert [(row["month"], row["is_overdue"]) for row in rows] == [("2026-10", True), ("2026-11", False)]


@pytest.mark.parametrize(
    "query",
    ["month=2026-13", "status=nonsense", "place=510107009", "visitor=0", "colour=red", "ordering=colour"],
)
def test_an_unknown_parameter_or_value_is_a_400(query, visit, subdistrict):
    assert subdistrict.client.get(f"/api/v1/visits/?{query}").status_code == 400


def test_a_late_record_is_a_409_with_a_sentence(visit, community):
    with time_machine.travel(datetime(2026, 12, 8, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        answer = post(community, visit, "record", SAID)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "too_late")
    assert MonthlyVisit.objects.get().visited_on is None
    assert date(2026, 11, 30) == visit.due_on


@pytest.mark.parametrize("role", ["representative", "grid_worker", "sysadmin"])
def test_nobody_else_of_the_place_reads_what_was_said(visit, huangmenjie, community, liaison, role):
    """Domain.md §3: visits are for the staff of the place and the unit visited."""
    somebody = make_person("somebody", role, place=huangmenjie)
    for person, expected in ((community, 1), (liaison, 1), (somebody, 0)):
        assert person.client.get("/api/v1/visits/").json()["count"] == expected
    for address in (f"/api/v1/visits/{visit.pk}/", visit.get_absolute_url()):
        assert somebody.client.get(address).status_code in (403, 404), address
    assert post(somebody, visit, "record", SAID).status_code in (403, 404)
