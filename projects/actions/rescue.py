"""The subdistrict looks after projects nobody claimed (街道统筹, domain.md §2(e)): negotiate, reshape, lay before the meeting.

An invitation locks the project's row first. A unit that agrees has its claim screened at once; the subdistrict still
confirms it.
"""

import copy
from datetime import date

from django.db import transaction

from core.actor import SYSTEM, Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.workdays import add_workdays
from core.workflow import make_move
from projects.actions.claims import LONGEST_NAME, check_offer, refuse_second, refuse_unit
from projects.actions.project import (
    change_more_places,
    check_fields,
    check_places,
    extend_project,
    lock_project,
)
from projects.meeting_pack import matter_of
from projects.messages import project as messages
from projects.messages import work as words
from projects.milestones import check_milestones, planned_of
from projects.models import ClaimInvitation, Project, ProjectClaim
from projects.models.work import STAFF_ABOVE
from projects.queries.project import codes_above
from units.actions.meetings import propose_item
from units.models import AgendaItem, Meeting, RegionalBody, Unit

ANSWER_WORKDAYS = 5
LONGEST_REASON = 300
# What a rescue may change of a published project.
RESHAPED = (
    "end_on",
    "claim_mode",
    "lead_places",
    "volunteers_needed",
    "expected_person_times",
)
OPEN_FOR_INVITING = (Project.Status.UNCLAIMED, Project.Status.OPEN)


def refuse_unless_rescuer(project: Project, actor: Actor) -> None:
    """The subdistrict (or the district) looks after what nobody claimed."""
    if actor.is_read_only or actor.role not in STAFF_ABOVE or not actor.stands_over(project.place_code):
        raise NotAllowed("由项目所在街道统筹。")


def refuse_unless_unclaimed(project: Project) -> None:
    if project.status != Project.Status.UNCLAIMED:
        raise RuleViolation(
            f"项目现在是“{project.get_status_display()}”，不用再统筹。请刷新页面看看最新情况。",
            code="wrong_state",
        )


# Negotiate


@transaction.atomic
def invite_unit(
    *, project: Project, unit: Unit, reason: str, due_on: date | None = None, actor: Actor
) -> ClaimInvitation:
    """Ask a unit to take a project on, with the reason in words; five workdays to answer unless told otherwise."""
    locked = lock_project(project)
    refuse_unless_rescuer(locked, actor)
    if locked.status not in OPEN_FOR_INVITING:
        refuse_unless_unclaimed(locked)
    if not reason.strip() or len(reason.strip()) > LONGEST_REASON:
        raise InputError(f"请写明为什么请这个单位，最多 {LONGEST_REASON} 字。", field="reason")
    due = due_on or add_workdays(today(), ANSWER_WORKDAYS)
    if due <= today():
        raise InputError("答复期限要晚于今天。", field="due_on")
    refuse_unit(unit)
    refuse_asked(locked, unit)
    invitation = ClaimInvitation.objects.create(
        project=locked,
        unit=unit,
        place_code=locked.place_code,
        reason=reason.strip(),
        due_on=due,
        author_id=actor.user_id,
    )
    note = f"{date_text(due)}前答复：{invitation.reason}"
    write_history(
        about=invitation, move="invite", label="协商认领", actor=actor, note=note, to_status=invitation.status
    )
    words.tell_invited(invitation, actor)
    return invitation


def refuse_asked(project: Project, unit: Unit) -> None:
    """Neither asked already nor a claimant."""
    if project.invitations.waiting().filter(unit=unit).exists():
        raise RuleViolation("已经请过这个单位，正在等答复。", field="unit", code="asked_before")
    claim = project.claims.open().of_unit(unit.pk).first()
    if claim:
        raise RuleViolation(
            f"{unit}已经申请过这个项目，现在是“{claim.get_status_display()}”。",
            field="unit",
            code="claimed_before",
        )


@transaction.atomic
def accept_invitation(
    *,
    invitation: ClaimInvitation,
    note: str = "",
    plan: str = "",
    headcount: int | None = None,
    contact: str = "",
    actor: Actor,
) -> ClaimInvitation:
    """The unit agrees: its claim is made and counts as screened, so that the subdistrict confirms in one step."""
    check_offer(ProjectClaim.Kind.LEAD, plan, headcount, contact)
    project = lock_project(invitation.project)
    moved = make_move(
        obj=invitation,
        move="accept",
        actor=actor,
        note=note,
        check=lambda row: refuse_late_answer(project, row),
    )
    unit = Unit.objects.get(pk=moved.unit_id)
    refuse_unit(unit)
    refuse_second(project, unit)
    claim = ProjectClaim.objects.create(
        project=project,
        unit=unit,
        place_code=project.place_code,
        plan=plan.strip(),
        headcount=headcount,
        contact=contact.strip() or actor.name[:LONGEST_NAME],
        status=ProjectClaim.Status.SCREENED,
        author_id=actor.user_id,
    )
    write_history(
        about=claim, move="submit", label="应邀认领", actor=actor, note=note, to_status=claim.status
    )
    messages.tell_claim_submitted(claim, actor)
    return moved


def refuse_late_answer(project: Project, invitation: ClaimInvitation) -> None:
    """The last day counts as in time; a project that found a unit meanwhile needs no other."""
    if today() > invitation.due_on:
        raise RuleViolation(
            f"答复期限{date_text(invitation.due_on)}已过，请与街道联系。", code="deadline_passed"
        )
    if project.status not in OPEN_FOR_INVITING:
        raise RuleViolation(
            f"项目现在是“{project.get_status_display()}”，不用再认领了，谢谢。", code="not_open"
        )


@transaction.atomic
def decline_invitation(*, invitation: ClaimInvitation, note: str, actor: Actor) -> ClaimInvitation:
    """The unit can't, and says why."""
    lock_project(invitation.project)
    moved = make_move(obj=invitation, move="decline", actor=actor, note=note)
    words.tell_invitation_answered(moved, "婉拒了认领", note, actor)
    return moved


def lapse_invitations(*, today: date) -> int:
    """End the invitations whose day has passed; returns how many. May run any number of times."""
    late = ClaimInvitation.objects.waiting().filter(due_on__lt=today).order_by("pk")
    return sum(lapse_once(invitation) for invitation in late)


@transaction.atomic
def lapse_once(invitation: ClaimInvitation) -> int:
    lock_project(invitation.project)
    locked = ClaimInvitation.objects.select_for_update().get(pk=invitation.pk)
    if locked.status != ClaimInvitation.Status.INVITED:
        return 0
    moved = make_move(obj=locked, move="lapse", actor=SYSTEM)
    words.tell_invitation_answered(moved, "没有在期限内答复", "", SYSTEM)
    return 1


INVITATION_MOVES = {"accept": accept_invitation, "decline": decline_invitation}


# Make it smaller


@transaction.atomic
def reshape_project(
    *,
    project: Project,
    note: str,
    claim_due_on: date | None = None,
    version: int | None = None,
    actor: Actor,
    **fields,
) -> Project:
    """Shorten a project or split it among several units, and open it for claims again (改短、拆小).

    ``fields`` are of `RESHAPED`, and ``more_places``. Milestones that no longer fit are refused by name.
    """
    locked = lock_project(project)
    refuse_unless_rescuer(locked, actor)
    refuse_unless_unclaimed(locked)
    further = fields.pop("more_places", None)
    unknown = set(fields) - set(RESHAPED)
    if unknown:
        raise InputError("统筹时只能改期限、认领方式、人数和覆盖的地方。", field=min(unknown))
    changed = copy.copy(locked)
    for name, value in fields.items():
        setattr(changed, name, value)
    # The deadline that is over is set anew below.
    changed.claim_due_on = changed.start_on
    check_fields(changed)
    check_milestones(changed, planned_of(locked))
    saved = change_fields(
        obj=locked, values=fields, actor=actor, version=version, label="统筹调整", note=note
    )
    if further is not None:
        check_places(saved.place, further)
        change_more_places(saved, further, actor)
    moved = extend_project(project=saved, note=note, claim_due_on=claim_due_on, actor=actor)
    words.tell_reshaped(moved, note, actor)
    return moved


# The joint meeting


def next_session(project: Project, actor: Actor) -> Meeting | None:
    """The session whose agenda is open, of the joint meeting nearest to the project that the actor convenes."""
    rows = Meeting.objects.visible_to(actor).filter(
        body__kind=RegionalBody.Kind.JOINT_MEETING,
        status__in=Meeting.OPEN_AGENDA,
        place_code__in=codes_above(project.place_code),
    )
    found = [row for row in rows.select_related("body") if actor.stands_over(row.place_code)]
    return max(found, key=lambda row: (len(row.place_code), -row.year, -row.number), default=None)


@transaction.atomic
def put_on_agenda(*, project: Project, actor: Actor) -> AgendaItem:
    """Lay an unclaimed project before the next session of the place's joint meeting, in one click."""
    locked = lock_project(project)
    refuse_unless_rescuer(locked, actor)
    refuse_unless_unclaimed(locked)
    meeting = next_session(locked, actor)
    if meeting is None:
        raise RuleViolation(
            "现在没有正在筹备的联席会议。请先筹备一次会议，再列入议题。", code="no_open_session"
        )
    matter = matter_of(locked)
    title = matter.title[:100]
    if meeting.items.filter(title=title).exists():
        raise RuleViolation(f"这个项目已经列入{meeting}的议题。", code="listed_before")
    item = propose_item(meeting=meeting, title=title, background=matter.background, actor=actor)
    write_history(about=locked, move="put_on_agenda", label="提交联席会", actor=actor, note=str(meeting))
    return item
