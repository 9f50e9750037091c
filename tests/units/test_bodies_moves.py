"""Every status × role × move of regional bodies, by the real actions: exactly what the table says happens."""

import inspect
from itertools import product

import pytest

from core.errors import NotAllowed, RuleViolation
from core.roles import Role
from tests.cast import make_person
from tests.factories.bodies import make_body
from units.actions.bodies import BODY_MOVES
from units.models import RegionalBody

pytestmark = pytest.mark.django_db

ROLES = [*Role.values, "stranger"]
PLACED = {
    Role.DISTRICT: "510107", Role.SOCIAL_WORK: "510107", Role.SUBDISTRICT: "510107005", Role.COMMUNITY: "510107005008",
    Role.GRID_WORKER: "510107005008", Role.REPRESENTATIVE: "510107005008",
}  # fmt: skip
ABOVE = {"district", "social_work", "subdistrict"}
ALLOWED = {
    "approve": ABOVE,
    "start": ABOVE | {"community"},
    "re_elect": ABOVE | {"community"},
    "re_elected": ABOVE,
    "dissolve": ABOVE,
}


def outcome_of(name: str, body: RegionalBody, actor) -> str:
    """The status after the move, or the code of the refusal."""
    action = BODY_MOVES[name]
    note = {"note": "武组〔2026〕1号"} if "note" in inspect.signature(action).parameters else {}
    try:
        return action(body=body, **note, actor=actor).status
    except NotAllowed:
        return "not_allowed"
    except RuleViolation as refusal:
        return refusal.code


@pytest.mark.parametrize("role", ROLES)
def test_moves(role, places, huangmenjie, unit, request):
    if role == "stranger":
        actor = request.getfixturevalue("stranger").actor
    else:
        is_unit_side = role in (Role.LIAISON, Role.SOCIAL_ORG)
        actor = make_person(
            f"{role}_person",
            role,
            unit=unit if is_unit_side else None,
            place=places.get(PLACED.get(role, "")),
        ).actor
    for name, status in product(BODY_MOVES, RegionalBody.Status.values):
        RegionalBody.objects.all().delete()
        move = RegionalBody.get_move(name)
        outcome = outcome_of(name, make_body(place=huangmenjie, status=status), actor)
        if role not in ALLOWED[name]:
            assert outcome == "not_allowed", (name, status)
        else:
            assert outcome == (move.target if status in move.sources else "wrong_state"), (name, status)


def test_every_move_has_its_action_and_is_listed_here():
    assert {row.name for row in RegionalBody.MOVES} == set(BODY_MOVES) == set(ALLOWED)


def test_a_subdistricts_own_bodies_are_for_the_district_to_approve(yulin, subdistrict, district):
    for name, status in (("approve", "planned"), ("re_elected", "re_electing"), ("dissolve", "running")):
        RegionalBody.objects.all().delete()
        body = make_body(place=yulin, status=status)
        assert outcome_of(name, body, subdistrict.actor) == "not_allowed"
        assert outcome_of(name, body, district.actor) == RegionalBody.get_move(name).target


def test_a_move_needs_the_words_it_asks_for(huangmenjie, subdistrict):
    body = make_body(place=huangmenjie, status="planned")
    with pytest.raises(RuleViolation) as refusal:
        BODY_MOVES["approve"](body=body, note=" ", actor=subdistrict.actor)
    assert (refusal.value.code, refusal.value.message) == ("note_required", "请填写批复文号。")
