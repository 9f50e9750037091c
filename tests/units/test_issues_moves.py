"""Every status × role × move of both tables, by the real actions: exactly what the tables say happens."""

from datetime import date
from itertools import product

import pytest

from core.errors import NotAllowed, RuleViolation
from core.roles import Role
from tests.cast import make_person
from tests.factories.issues import make_activity, make_issue
from units.actions.activities import ACTIVITY_MOVES
from units.actions.issues import ISSUE_MOVES
from units.models import Issue, JointActivity, Person, UnitLiaison

pytestmark = pytest.mark.django_db

ROLES = [*Role.values, "stranger", "other_liaison"]
PLACED = {
    Role.DISTRICT: "510107", Role.SOCIAL_WORK: "510107", Role.SUBDISTRICT: "510107005", Role.COMMUNITY: "510107005008",
    Role.GRID_WORKER: "510107005008", Role.REPRESENTATIVE: "510107005008",
}  # fmt: skip
STAFF = {"district", "social_work", "subdistrict", "community"}
ALLOWED_ISSUE = {
    **dict.fromkeys(["accept", "reject", "mark_duplicate", "assign", "escalate", "reply"], STAFF),
    **dict.fromkeys(["start", "resolve"], STAFF | {"liaison", "social_org"}),
    # Those who may report are asked as strangers to the issue: only its author and the staff of its place rate it.
    "rate": set(),
    "record_rating": STAFF,
    "reopen": STAFF,
    "send_back": {"liaison", "social_org"},
}
MORE = {
    "accept": {}, "start": {}, "assign": {"unit": None}, "rate": {"satisfaction": "satisfied"}, "mark_duplicate": {},
    "record_rating": {"satisfaction": "basically", "way": "phone"},
}  # fmt: skip


@pytest.fixture
def act_as(places, unit, request):
    """Somebody of any role, standing where that role belongs to the row."""

    def find(role: str):
        if role in ("stranger", "other_liaison"):
            return request.getfixturevalue(role).actor
        if role in (Role.LIAISON, Role.SOCIAL_ORG):
            return make_person(f"{role}_person", role, unit=unit).actor
        return make_person(f"{role}_person", role, place=places.get(PLACED.get(role, ""))).actor

    return find


def outcome(action, **arguments) -> str:
    """The status after the move, or the code of the refusal."""
    try:
        return action(**arguments).status
    except NotAllowed:
        return "not_allowed"
    except RuleViolation as refusal:
        return refusal.code


@pytest.mark.parametrize("role", ROLES)
def test_issue_moves(role, act_as, huangmenjie, unit):
    actor = act_as(role)
    original = make_issue(place=huangmenjie)
    for name, status in product(ISSUE_MOVES, Issue.Status.values):
        row = Issue.get_move(name)
        issue = make_issue(
            place=huangmenjie,
            status=status,
            unit=unit,
            satisfaction="dissatisfied" if status == "reviewed" else "",
        )
        more = {"duplicate_of": original} if name == "mark_duplicate" else MORE.get(name, {})
        happened = outcome(ISSUE_MOVES[name], issue=issue, note="理由", actor=actor, **more)
        if role not in ALLOWED_ISSUE[name]:
            assert happened == "not_allowed", (name, status)
        else:
            assert happened == (row.target if status in row.sources else "wrong_state"), (name, status)


@pytest.mark.parametrize("role", ROLES)
def test_activity_moves(role, act_as, huangmenjie):
    actor = act_as(role)
    for name, status in product(ACTIVITY_MOVES, JointActivity.Status.values):
        row = JointActivity.get_move(name)
        more = {"participants": 30} if name == "hold" else {}
        activity = make_activity(place=huangmenjie, status=status)
        happened = outcome(ACTIVITY_MOVES[name], activity=activity, note="理由", actor=actor, **more)
        if role not in STAFF:
            assert happened == "not_allowed", (name, status)
        else:
            assert happened == (row.target if status in row.sources else "wrong_state"), (name, status)


@pytest.mark.parametrize("role", ["liaison", "social_org"])
def test_a_unit_moves_what_it_planned_itself(role, act_as, huangmenjie, unit, other_liaison):
    actor = act_as(role)
    for name, status in product(ACTIVITY_MOVES, JointActivity.Status.values):
        row = JointActivity.get_move(name)
        more = {"participants": 30} if name == "hold" else {}
        activity = make_activity(place=huangmenjie, status=status, author_id=actor.user_id)
        activity.units.add(unit)
        again = {"activity": activity, "note": "理由", **more}
        assert outcome(ACTIVITY_MOVES[name], actor=other_liaison.actor, **again) == "not_allowed"
        happened = outcome(ACTIVITY_MOVES[name], actor=actor, **again)
        assert happened == (row.target if status in row.sources else "wrong_state"), (name, status)


def test_who_speaks_for_the_unit_next_holds_what_the_one_before_planned(
    act_as, huangmenjie, unit, other_liaison
):
    before, after = act_as(Role.LIAISON), act_as(Role.SOCIAL_ORG)
    activity = make_activity(place=huangmenjie, author_id=before.user_id)
    activity.units.add(unit, other_liaison.membership.unit)
    assert [one.name for one in activity.available_moves(after)] == []
    person = Person.objects.create(name="前联络员", place=huangmenjie, place_code=huangmenjie.code, unit=unit)
    UnitLiaison.objects.create(unit=unit, person=person, user_id=before.user_id, from_on=date(2026, 1, 1))
    assert [one.name for one in activity.available_moves(after)] == ["hold", "cancel"]
    assert activity.available_moves(other_liaison.actor) == []
    assert activity.turn_text == unit.name
    assert make_activity(place=huangmenjie).turn_text == huangmenjie.party_name


@pytest.mark.parametrize("role", ["liaison", "representative", "grid_worker"])
def test_the_author_rates_the_own_issue(role, act_as, huangmenjie):
    actor = act_as(role)
    issue = make_issue(place=huangmenjie, status="replied", author_id=actor.user_id)
    assert ISSUE_MOVES["rate"](issue=issue, satisfaction="basically", actor=actor).status == "reviewed"
