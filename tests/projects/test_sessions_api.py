"""Sessions over REST: the contract's answers to the liaison, the community, the stranger and anybody."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from projects.models import Session
from tests.factories.projects_sessions import make_evaluations, make_session, make_working_claim
from tests.rest import Rest, error, key_of

pytestmark = pytest.mark.django_db

SESSIONS = "/api/v1/sessions/"
DAY = timedelta(days=1)


@pytest.fixture
def claim(huangmenjie, unit):
    return make_working_claim(place=huangmenjie, unit=unit, title="家电义修日")


def rest(person) -> Rest:
    return Rest(key_of(person))


def body(claim, **fields) -> dict:
    return {
        "project": claim.project_id,
        "held_on": today().isoformat(),
        "person_times": 86,
        "summary": "义修",
        **fields,
    }


def test_recorded_by_the_unit_confirmed_by_the_community(claim, liaison, community):
    client = rest(liaison)
    typed = body(claim, held_on=str(today() - DAY), starts_at="14:00", volunteers=4, volunteer_hours="9.5")
    first, again = (client.post(SESSIONS, typed, idempotency_key="tap") for _ in range(2))
    assert (first.status_code, again.status_code, Session.objects.count()) == (201, 201, 1)
    row = first.json()
    assert (row["status"], row["status_display"], row["starts_at"], row["volunteer_hours"]) == (
        "recorded", "待核实", "14:00:00", "9.5",
    )  # fmt: skip
    assert row["place"]["code"] == "510107005008"
    assert [move["name"] for move in row["moves"]] == ["void"]
    way = f"{SESSIONS}{row['id']}/"
    assert client.patch(way, {"person_times": 90}).json()["person_times"] == 90
    assert rest(community).post(f"{way}return/", {"note": "请核对"}).json()["status"] == "returned"
    fixed = client.post(f"{way}resubmit/", {"note": "已核对", "person_times": 88}).json()
    assert (fixed["status"], fixed["person_times"]) == ("recorded", 88)
    assert rest(community).post(f"{way}confirm/").json()["status"] == "confirmed"
    assert error(rest(community).post(f"{way}confirm/"))[:3] == (409, "client_error", "wrong_state")
    assert error(client.patch(way, {"person_times": 1}))[:3] == (409, "client_error", "wrong_state")


def test_what_is_refused(claim, liaison, other_liaison, community, other_unit, jinyan):
    client = rest(liaison)
    for fields, attr in (
        ({"person_times": 201}, "evidence"), ({"person_times": 20_001, "evidence": "tickets"}, "person_times"),
        ({"person_times": 10**12}, "person_times"), ({"person_times": 0}, "person_times"), ({"held_on": str(today() + DAY)}, "held_on"),
        ({"place": jinyan.code}, "place"), ({"place": "x"}, "place"), ({"place": "\u0001"}, "place"), ({"summary": "长" * 301}, "summary"),
        ({"project": 10**30}, "project"), ({"project": claim.project_id + 99}, "project"), ({"photo": "x"}, "photo"),
        ({"starts_at": "25:00"}, "starts_at"), ({"volunteer_hours": "1.25"}, "volunteer_hours"), ({"evidence": "photo"}, "evidence"),
    ):  # fmt: skip
        status, kind, _, where = error(client.post(SESSIONS, body(claim, **fields)))
        assert (status, kind, where) == (400, "validation_error", attr), fields
    assert error(client.post(SESSIONS, body(claim, unit=other_unit.pk)))[0] == 403
    assert error(rest(other_liaison).post(SESSIONS, body(claim)))[3] == "project"
    assert error(rest(community).post(SESSIONS, body(claim)))[0] == 403
    assert error(Rest().post(SESSIONS, body(claim)))[0] == 401
    assert client.post(SESSIONS, body(claim)).status_code == 201
    assert error(client.post(SESSIONS, body(claim)))[:3] == (409, "client_error", "session_once")
    type(claim.project).objects.update(status="suspended")
    assert error(client.post(SESSIONS, body(claim, starts_at="9:00")))[:3] == (
        409,
        "client_error",
        "not_working",
    )
    assert Session.objects.count() == 1


def test_who_reads_what(claim, liaison, community, stranger, other_liaison):
    waiting = make_session(claim=claim, held_on=today() - DAY)
    shown = make_session(claim=claim, status="confirmed")
    make_evaluations(shown, satisfied=5)
    rows = Rest().get(SESSIONS).json()["results"]
    assert [row["id"] for row in rows] == [shown.pk]
    assert not {"evidence", "created_at", "version", "moves"} & set(rows[0])
    for person, seen in ((liaison, 2), (community, 2), (stranger, 1), (other_liaison, 1)):
        assert rest(person).get(SESSIONS).json()["count"] == seen
    for person in (stranger, other_liaison):
        assert rest(person).get(f"{SESSIONS}{waiting.pk}/").status_code == 404
        assert rest(person).post(f"{SESSIONS}{waiting.pk}/confirm/").status_code == 404
    one = f"{SESSIONS}{shown.pk}/"
    assert rest(community).get(one).json()["evaluation"] == {"count": 5, "satisfaction_display": "100%"}
    assert rest(stranger).get(one).json()["evaluation"] == {"count": None, "satisfaction_display": ""}
    assert "evaluation" not in Rest().get(one).json()


def test_filters_order_and_csv(claim, unit, community, other_unit, jinyan):
    far = make_working_claim(place=jinyan, unit=other_unit, title="义诊日")
    first = make_session(claim=claim, status="confirmed", held_on=today() - 9 * DAY, person_times=5)
    second = make_session(claim=far, status="confirmed", held_on=today() - DAY)
    for query, found in (
        (f"project={far.project_id}", [second]), (f"unit={unit.pk}", [first]), ("place=510107005", [first]),
        (f"held_on_after={today() - 2 * DAY}", [second]), (f"held_on_before={today() - 2 * DAY}", [first]),
        ("status=confirmed&ordering=person_times", [first, second]), ("search=义诊", [second]), ("held_at=510107009001", [second]),
    ):  # fmt: skip
        rows = Rest().get(f"{SESSIONS}?{query}").json()["results"]
        assert [row["id"] for row in rows] == [session.pk for session in found], query
    for query, attr in (
        ("status=x", "status"),
        ("project=x", "project"),
        ("held_on_after=x", "held_on_after"),
        ("term=1", "term"),
    ):
        assert error(Rest().get(f"{SESSIONS}?{query}"))[3] == attr, query
    lines = (
        b"".join(Rest().get(f"{SESSIONS}?format=csv&ordering=id").streaming_content)
        .decode("utf-8-sig")
        .splitlines()
    )
    assert lines[0].startswith("id,project_id,project_number,project_title,unit_id")
    assert len(lines) == 3


def test_the_number_of_queries_does_not_grow(claim, community):
    client = rest(community)
    client.get(SESSIONS)
    counts = []
    for number in range(3):
        make_session(claim=claim, held_on=today() - number * DAY)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(SESSIONS).json()["count"] == number + 1
        counts.append(len(captured))
    assert counts[0] == counts[2]
