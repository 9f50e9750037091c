"""Every status × role × move of sessions, items, resolutions and proposals, by the real actions."""

import inspect
from datetime import timedelta
from itertools import product

import pytest

from core.clock import today
from core.errors import NotAllowed, RuleViolation
from core.roles import Role
from tests.cast import make_person
from tests.factories.meetings import (
    make_item,
    make_joint_meeting,
    make_meeting,
    make_proposal,
    make_resolution,
    sign_in,
)
from units.actions.meetings import ITEM_MOVES, MEETING_MOVES
from units.actions.proposals import PROPOSAL_MOVES
from units.actions.resolutions import RESOLUTION_MOVES
from units.models import AgendaItem, Meeting, RepresentativeProposal, Resolution

pytestmark = pytest.mark.django_db

ROLES = [*Role.values, "stranger", "other_liaison"]
PLACED = {
    Role.DISTRICT: "510107", Role.SOCIAL_WORK: "510107", Role.SUBDISTRICT: "510107005", Role.COMMUNITY: "510107005008",
    Role.GRID_WORKER: "510107005008", Role.REPRESENTATIVE: "510107005008",
}  # fmt: skip
ABOVE = {"district", "social_work", "subdistrict"}
LEADS = {"liaison", "social_org"}
MORE = {
    "minutes": "会议决定。议定事项：无", "note": "理由", "wanted_due_on": today() + timedelta(days=90), "rating": "satisfied",
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


@pytest.fixture
def body(yulin, unit):
    return make_joint_meeting(yulin, unit)


def outcome(model, name: str, action, actor, row) -> str:
    """The status after the move, or the code of the refusal."""
    parameters = inspect.signature(action).parameters
    more = {key: value for key, value in MORE.items() if key in parameters}
    if "handler" in parameters:
        more["handler"] = row.body.place
    argument = {
        Meeting: "meeting",
        AgendaItem: "item",
        Resolution: "resolution",
        RepresentativeProposal: "proposal",
    }[model]
    try:
        return action(**{argument: row}, **more, actor=actor).status
    except NotAllowed:
        return "not_allowed"
    except RuleViolation as refusal:
        return refusal.code


def expect(model, actions: dict, allowed: dict, actor, role: str, make) -> None:
    """Exactly what the table says happens, for every state and move."""
    for name, status in product(actions, model.Status.values):
        move = model.get_move(name)
        found = outcome(model, name, actions[name], actor, make(status, name))
        if role not in allowed[name]:
            assert found == "not_allowed", (name, status)
        else:
            assert found == (move.target if status in move.sources else "wrong_state"), (name, status)


MEETING_ALLOWED = dict.fromkeys(MEETING_MOVES, ABOVE)


@pytest.mark.parametrize("role", ROLES)
def test_session_moves(role, act_as, body):
    def make(status, name):
        meeting = make_meeting(body, status=status, on=today() if name == "hold" else None)
        if name in ("hold", "issue"):
            sign_in(meeting)
        if name == "notify":
            make_item(meeting)
        if status == "minutes_review":
            Meeting.objects.filter(pk=meeting.pk).update(minutes="议定事项：无")
        return meeting

    expect(Meeting, MEETING_MOVES, MEETING_ALLOWED, act_as(role), role, make)


ITEM_ALLOWED = {**dict.fromkeys(ITEM_MOVES, ABOVE), "withdraw": LEADS}


@pytest.mark.parametrize("role", ROLES)
def test_item_moves(role, act_as, body, unit):
    def make(status, name):
        meeting = make_meeting(body, status="held" if name == "deliberate" else "soliciting")
        return make_item(meeting, status=status, unit=unit)

    expect(AgendaItem, ITEM_MOVES, ITEM_ALLOWED, act_as(role), role, make)


RESOLUTION_ALLOWED = {
    "report_done": LEADS, "ask_extension": LEADS,
    "grant_extension": ABOVE, "refuse_extension": ABOVE, "close": ABOVE, "send_back": ABOVE, "terminate": ABOVE,
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_resolution_moves(role, act_as, body):
    meeting = make_meeting(body, status="issued")
    expect(
        Resolution, RESOLUTION_MOVES, RESOLUTION_ALLOWED, act_as(role), role,
        lambda status, name: make_resolution(meeting, status=status),
    )  # fmt: skip


@pytest.mark.parametrize("role", ["subdistrict", "district", "community"])
def test_a_place_in_the_lead_reports_and_the_level_above_closes(role, act_as, body, yulin):
    """Led by the convening subdistrict itself: it reports, and only the district may confirm."""
    meeting = make_meeting(body, status="issued")
    allowed = {
        **{name: {"district"} for name in RESOLUTION_ALLOWED},
        "report_done": {"subdistrict"},
        "ask_extension": {"subdistrict"},
    }
    expect(
        Resolution, RESOLUTION_MOVES, allowed, act_as(role), role,
        lambda status, name: make_resolution(meeting, status=status, lead_place=yulin),
    )  # fmt: skip


PROPOSAL_ALLOWED = {
    "file": ABOVE, "decline": ABOVE, "assign": ABOVE, "advise": ABOVE, "reply": {"subdistrict"},
    "rate": {"representative"}, "redo": {"representative"},
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_proposal_moves(role, act_as, yulin):
    actor = act_as(role)
    author = make_person("proposer", Role.REPRESENTATIVE, place=yulin).user

    def make(status, name):
        own = role == "representative" and name in ("rate", "redo")
        proposal = make_proposal(yulin, author=author, status=status)
        if name == "reply" and proposal.handler is None:
            proposal.handler = yulin
            proposal.save()
        if own:
            RepresentativeProposal.objects.filter(pk=proposal.pk).update(author_id=actor.user_id)
            proposal.handler = proposal.handler or yulin
            proposal.save(update_fields=["handler"])
            proposal.refresh_from_db()
        return proposal

    expect(RepresentativeProposal, PROPOSAL_MOVES, PROPOSAL_ALLOWED, actor, role, make)


def test_every_move_has_its_action_and_is_listed_here():
    for model, actions, allowed in (
        (Meeting, MEETING_MOVES, MEETING_ALLOWED),
        (AgendaItem, ITEM_MOVES, ITEM_ALLOWED),
        (Resolution, RESOLUTION_MOVES, RESOLUTION_ALLOWED),
        (RepresentativeProposal, PROPOSAL_MOVES, PROPOSAL_ALLOWED),
    ):
        assert {row.name for row in model.MOVES} == set(actions) == set(allowed)
