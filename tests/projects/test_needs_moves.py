"""Every status × role × move of needs, resources and bookings, by the real actions: what the tables say happens."""

from itertools import product

import pytest
import time_machine

from core.errors import NotAllowed, RuleViolation
from core.roles import Role
from projects.actions.bookings import BOOKING_MOVES
from projects.actions.conversion import convert_need
from projects.actions.needs import NEED_MOVES
from projects.actions.resources import RESOURCE_MOVES
from projects.models import Need, Resource, ResourceBooking
from tests.cast import make_person
from tests.factories.projects import make_project
from tests.factories.projects_lists import make_booking, make_need, make_resource

pytestmark = pytest.mark.django_db

ROLES = [*Role.values, "stranger", "other_liaison"]
PLACED = {
    Role.DISTRICT: "510107", Role.SOCIAL_WORK: "510107", Role.SUBDISTRICT: "510107005", Role.COMMUNITY: "510107005008",
    Role.GRID_WORKER: "510107005008", Role.REPRESENTATIVE: "510107005008",
}  # fmt: skip
STAFF = {"district", "social_work", "subdistrict", "community"}
PLACE, UNIT = {"subdistrict", "community"}, {"liaison", "social_org"}
NEEDS = {**dict.fromkeys(["verify", "link", "resolve", "close"], STAFF), "convert": PLACE}
BOOKINGS = {"accept": UNIT, "decline": UNIT, "use": UNIT | PLACE, "give_feedback": PLACE, "cancel": PLACE}


@pytest.fixture
def actor_of(places, unit, request):
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


def expected(row, status: str, is_allowed: bool) -> str:
    if not is_allowed:
        return "not_allowed"
    return row.target if status in row.sources else "wrong_state"


@pytest.mark.parametrize("role", ROLES)
def test_need_moves(role, actor_of, huangmenjie):
    actor, project, original = actor_of(role), make_project(place=huangmenjie), make_need(place=huangmenjie)
    more = {"link": {"duplicate_of": original}, "convert": {"project": project}}
    for (name, action), status in product(
        {**NEED_MOVES, "convert": convert_need}.items(), Need.Status.values
    ):
        linked = {"duplicate_of": original} if status == "duplicate" else {}
        joined = {"project": project} if status == "converted" else {}
        need = make_need(place=huangmenjie, status=status, **linked, **joined)
        happened = outcome(action, need=need, note="理由", actor=actor, **more.get(name, {}))
        assert happened == expected(Need.get_move(name), status, role in NEEDS[name]), (name, status)
    assert "release" not in {row.name for need in Need.objects.all() for row in need.available_moves(actor)}


@pytest.mark.parametrize("role", ROLES)
def test_resource_moves(role, actor_of, unit):
    actor = actor_of(role)
    for (name, action), status in product(RESOURCE_MOVES.items(), Resource.Status.values):
        resource = make_resource(unit=unit, status=status)
        happened = outcome(action, resource=resource, note="理由", actor=actor)
        assert happened == expected(Resource.get_move(name), status, role in STAFF | UNIT), (name, status)


@pytest.mark.parametrize("role", ROLES)
def test_booking_moves(role, actor_of, unit, huangmenjie):
    actor, resource = actor_of(role), make_resource(unit=unit, is_exclusive=False)
    for (name, action), status in product(BOOKING_MOVES.items(), ResourceBooking.Status.values):
        booking = make_booking(resource=resource, place=huangmenjie, status=status)
        more = {"rating": 2} if name == "give_feedback" else {}
        hour = "10:00:00+08:00" if name == "use" else "08:00:00+08:00"
        with time_machine.travel(f"{booking.starts_at.date()}T{hour}", tick=False):
            happened = outcome(action, booking=booking, note="理由", actor=actor, **more)
        assert happened == expected(ResourceBooking.get_move(name), status, role in BOOKINGS[name]), (
            name,
            status,
        )
