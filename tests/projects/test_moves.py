"""Every status × role × move of the tables, by the real actions: exactly what the tables say happens."""

import inspect
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from django.utils.timezone import now

from core.actor import SYSTEM
from core.clock import today
from core.errors import NotAllowed, RuleViolation
from core.roles import Role
from projects.actions import CLAIM_MOVES, EXTENSION_MOVES, INVITATION_MOVES, PROJECT_MOVES, YEAR_MOVES
from projects.models import ClaimInvitation, Project, ProjectClaim, ProjectExtension, ProjectYear
from tests.cast import make_person
from tests.factories.projects import (
    make_acceptance,
    make_claim,
    make_extension,
    make_invitation,
    make_project,
    yesterday,
)
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


WORDS = {"note": "理由", "statement": "按计划完成", "summary": "修了三百件", "is_cleared": True}
# Moves of a proposal, tried on a project that the unit proposed and nobody took up.
PROPOSAL_MOVES = ("propose", "recall", "drop", "take_up", "hand_back")


def try_move(action, actor, **row) -> str:
    """The status after the move, or the code of the refusal."""
    words = {name: word for name, word in WORDS.items() if name in inspect.signature(action).parameters}
    try:
        return action(**row, **words, actor=actor).status
    except NotAllowed:
        return "not_allowed"
    except RuleViolation as refusal:
        return refusal.code


ABOVE = {"district", "social_work", "subdistrict"}
UNITS = {"liaison", "social_org"}
ALLOWED_PROJECT = {
    "submit": {"community", "subdistrict"},
    "propose": UNITS,
    "recall": UNITS,
    "drop": UNITS,
    "take_up": {"community", "subdistrict"},
    "hand_back": {"community", "subdistrict"},
    "publish": ABOVE,
    "return": ABOVE,
    "extend": ABOVE,
    "start": ABOVE | {"community"},
    "suspend": ABOVE | {"community"},
    "resume": ABOVE | {"community"},
    "hand_in": UNITS,
    "accept": ABOVE | {"community"},
    "rectify": ABOVE | {"community"},
    "fail": ABOVE | {"community"},
    "enlist": ABOVE,
    "review": ABOVE,
    "archive": ABOVE,
    "terminate": ABOVE | {"community"},
}
ALLOWED_CLAIM = {
    "screen": {"community"},
    "confirm": ABOVE,
    "standby": ABOVE,
    "reject": ABOVE | {"community"},
    "withdraw": UNITS,
    "quit": UNITS,
}
ALLOWED_EXTENSION = {
    "approve": ABOVE | {"community"},
    "reject": ABOVE | {"community"},
    "withdraw": UNITS,
}
ALLOWED_YEAR = {
    "conclude": ABOVE | {"community"} | UNITS,
    "accept": ABOVE | {"community"},
    "return": ABOVE | {"community"},
    "enlist": ABOVE,
    "review": ABOVE,
}
ALLOWED_INVITATION = {"accept": UNITS, "decline": UNITS}
TABLES = (
    (Project, PROJECT_MOVES, ALLOWED_PROJECT),
    (ProjectClaim, CLAIM_MOVES, ALLOWED_CLAIM),
    (ProjectExtension, EXTENSION_MOVES, ALLOWED_EXTENSION),
    (ClaimInvitation, INVITATION_MOVES, ALLOWED_INVITATION),
    (ProjectYear, YEAR_MOVES, ALLOWED_YEAR),
)


def project_in(status: str, place, unit, **fields) -> Project:
    """A project that has come to a state, with the unit that leads it."""
    due = {"claim_due_on": yesterday()} if status == "unclaimed" else {}
    project = make_project(place=place, status=status, **due, **fields)
    if status not in ("draft", "proposed", "review", "open", "unclaimed"):
        make_claim(project=project, unit=unit, status="confirmed")
    if status == "to_accept":
        make_acceptance(project=project, unit=unit)
    return project


@pytest.mark.parametrize("role", ROLES)
def test_project_moves(role, act_as, huangmenjie):
    actor = act_as(role)
    unled = {"draft", "proposed", "review", "open", "unclaimed"}
    for name, status in product(PROJECT_MOVES, Project.Status.values):
        move = Project.get_move(name)
        proposed = {"proposed_by": act_as.unit, "proposed_at": now()} if name in PROPOSAL_MOVES else {}
        project = project_in(status, huangmenjie, act_as.unit, **proposed)
        outcome = try_move(PROJECT_MOVES[name], actor, project=project)
        if role not in ALLOWED_PROJECT[name] or (move.standing == "lead" and status in unled):
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


@pytest.mark.parametrize("role", ROLES)
def test_extension_and_invitation_moves(role, act_as, huangmenjie):
    actor, until = act_as(role), today() + timedelta(days=400)
    for name, status in product(EXTENSION_MOVES, ProjectExtension.Status.values):
        project = project_in("running", huangmenjie, act_as.unit)
        asked = make_extension(project=project, unit=act_as.unit, status=status, wanted_end_on=until)
        check(ProjectExtension, EXTENSION_MOVES, ALLOWED_EXTENSION, name, role, actor, extension=asked)
    for name, status in product(INVITATION_MOVES, ClaimInvitation.Status.values):
        project = project_in("unclaimed", huangmenjie, act_as.unit)
        invited = make_invitation(project=project, unit=act_as.unit, status=status)
        check(ClaimInvitation, INVITATION_MOVES, ALLOWED_INVITATION, name, role, actor, invitation=invited)


@pytest.mark.parametrize("role", ROLES)
def test_year_moves(role, act_as, huangmenjie):
    actor = act_as(role)
    project = project_in("running", huangmenjie, act_as.unit)
    for number, (name, status) in enumerate(product(YEAR_MOVES, ProjectYear.Status.values)):
        year = ProjectYear.objects.create(
            project=project, year=2000 + number, status=status, summary="修了三百件"
        )
        check(ProjectYear, YEAR_MOVES, ALLOWED_YEAR, name, role, actor, project_year=year)


def check(model, actions, allowed, name, role, actor, **row) -> None:
    move, status = model.get_move(name), next(iter(row.values())).status
    outcome = try_move(actions[name], actor, **row)
    possible = move.target if status in move.sources else "wrong_state"
    assert outcome == (possible if role in allowed[name] else "not_allowed"), (name, status)


@pytest.mark.parametrize(
    ("model", "actions", "allowed"), TABLES, ids=lambda one: getattr(one, "__name__", "")
)
def test_every_move_a_person_may_make_has_its_action_and_is_listed_here(model, actions, allowed):
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
