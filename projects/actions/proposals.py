"""The first steps of what a unit proposes (domain.md §3, R4 and R6): hand in, take back, drop; take up, hand back.

The staff of the place turn a proposal they took up into their own draft; from there it goes the usual way.
"""

from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.workflow import make_move
from projects.actions.project import refuse_dates
from projects.messages import project as messages
from projects.models import Project


@transaction.atomic
def propose_project(*, project: Project, actor: Actor) -> Project:
    """Hand a unit's draft to the community (or, for the subdistrict's, to the subdistrict).

    Raises `RuleViolation` for dates that could not be published.
    """
    moved = make_move(
        obj=project, move="propose", actor=actor, check=refuse_dates, proposed_at=timezone.now()
    )
    messages.tell_proposed(moved, actor)
    return moved


@transaction.atomic
def recall_proposal(*, project: Project, actor: Actor) -> Project:
    """The unit takes its proposal back to change it, before anybody took it up."""
    return make_move(obj=project, move="recall", actor=actor, proposed_at=None)


@transaction.atomic
def drop_proposal(*, project: Project, note: str, actor: Actor) -> Project:
    """The unit gives its proposal up, with the reason."""
    before = project.status
    moved = make_move(obj=project, move="drop", actor=actor, note=note)
    if before == Project.Status.PROPOSED:
        messages.tell_dropped(moved, note, actor)
    return moved


@transaction.atomic
def take_up_proposal(*, project: Project, note: str = "", actor: Actor) -> Project:
    """The staff of the place make a proposal their own draft; whoever takes it up doesn't publish it later."""
    moved = make_move(obj=project, move="take_up", actor=actor, note=note, taken_up_by_id=actor.user_id)
    messages.tell_taken_up(moved, note, actor)
    return moved


@transaction.atomic
def hand_back_proposal(*, project: Project, note: str, actor: Actor) -> Project:
    """Send a proposal back to its unit, with what to change."""
    moved = make_move(obj=project, move="hand_back", actor=actor, note=note, proposed_at=None)
    messages.tell_handed_back(moved, note, actor)
    return moved
