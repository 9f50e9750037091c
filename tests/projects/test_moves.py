"""Every status × role × move of both tables, by the real actions: exactly what the tables say happens."""

import inspect
from dataclasses import replace
from itertools import product

import pytest

from core.actor import SYSTEM
from core.errors import NotAllowed, RuleViolation
from core.roles import Role
from projects.actions import CLAIM_MOVES, PROJECT_MOVES
from projects.models import Project, ProjectClaim
from tests.cast import make_person
from tests.factories.projects import make_claim, make_project, yesterday
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db

ROLES = [*Role.values, "stranger", "other_liaison"]
PLACED = {
    Role.DISTRICT: "510107", Role.SOCIAL_WORK: "510107", Role.SUBDISTRICT: "510107005", Role.COMMUNITY: "510107005008",
    Role.GRID_WORKER: "510107005008", Role.REPRESENTATIVE: "510107005008",
}  # fmt: skip


@pytest.fixture
def act_as(places, huangmenjie, request):
    """Somebody of any role, standing where that role belongs to the row."""
    unit = make_unit(place=huangmenjie, is_member=True)

    def find(role: str):
        if role in ("stranger", "other_liaison"):
            return request.getfixturevalue(role).actor
        if role in (Role.LIAISON, Role.SOCIAL_ORG):
            return make_person(f"{role}_person", role, unit=unit).actor
        place = places.get(PLACED.get(role, ""))
        return make_person(f"{role}_person", role, place=place).actor

    find.unit = unit
    return find


def try_move(action, actor, **row) -> str:
    """The status after the move, or the code of the refusal."""
    note = {"note": "理由"} if "note" in inspect.signature(action).parameters else {}
    try:
        return action(**row, **note, actor=actor).status
    except NotAllowed:
        return "not_allowed"
    except RuleViolation as refusal:
        return refusal.code


ALLOWED_PROJECT = {
    "submit": {"community", "subdistrict"},
    "publish": {"district", "social_work", "subdistrict"},
    "return": {"district", "social_work", "subdistrict"},
    "extend": {"district", "social_work", "subdistrict"},
    "terminate": {"district", "social_work", "subdistrict", "community"},
}
ALLOWED_CLAIM = {
    "screen": {"community"},
    "confirm": {"district", "social_work", "subdistrict"},
    "standby": {"district", "social_work", "subdistrict"},
    "reject": {"district", "social_work", "subdistrict", "community"},
    "withdraw": {"liaison", "social_org"},
    "quit": {"liaison", "social_org"},
}


@pytest.mark.parametrize("role", ROLES)
def test_project_moves(role, act_as, huangmenjie):
    actor = act_as(role)
    for name, status in product(PROJECT_MOVES, Project.Status.values):
        move = Project.get_move(name)
        due = {"claim_due_on": yesterday()} if status == "unclaimed" else {}
        outcome = try_move(
            PROJECT_MOVES[name], actor, project=make_project(place=huangmenjie, status=status, **due)
        )
        if role not in ALLOWED_PROJECT[name]:
            assert outcome == "not_allowed", (name, status)
        else:
            assert outcome == (move.target if status in move.sources else "wrong_state"), (name, status)


@pytest.mark.parametrize("role", ROLES)
def test_claim_moves(role, act_as, huangmenjie):
    actor = act_as(role)
    for name, status in product(CLAIM_MOVES, ProjectClaim.Status.values):
        move = ProjectClaim.get_move(name)
        project = make_project(place=huangmenjie, status="claimed" if status == "confirmed" else "open")
        outcome = try_move(
            CLAIM_MOVES[name], actor, claim=make_claim(project=project, unit=act_as.unit, status=status)
        )
        if role not in ALLOWED_CLAIM[name]:
            assert outcome == "not_allowed", (name, status)
        else:
            assert outcome == (move.target if status in move.sources else "wrong_state"), (name, status)


def test_every_move_a_person_may_make_has_its_action_and_is_listed_here():
    for model, actions, allowed in (
        (Project, PROJECT_MOVES, ALLOWED_PROJECT),
        (ProjectClaim, CLAIM_MOVES, ALLOWED_CLAIM),
    ):
        by_people = {row.name for row in model.MOVES if not row.is_by_system}
        assert by_people == set(actions) == set(allowed)


def test_nobody_publishes_the_own_draft(yulin, subdistrict):
    project = make_project(place=yulin, status="review", author=subdistrict.user)
    with pytest.raises(NotAllowed):
        PROJECT_MOVES["publish"](project=project, actor=subdistrict.actor)


def test_a_read_only_actor_moves_nothing(huangmenjie, subdistrict):
    project = make_project(place=huangmenjie, status="review")
    with pytest.raises(NotAllowed):
        PROJECT_MOVES["publish"](project=project, actor=replace(subdistrict.actor, is_read_only=True))


def test_the_system_makes_its_own_moves_alone(huangmenjie, district):
    project = make_project(place=huangmenjie)
    system_moves = [row for row in Project.MOVES if row.is_by_system]
    assert {row.name for row in system_moves} == {"fill", "close", "reopen", "expire"}
    assert all(project.may(row, SYSTEM) and not project.may(row, district.actor) for row in system_moves)
