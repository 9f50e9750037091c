"""The verbs of sessions (活动场次, domain.md §2(e) "Person-times"): announce, record, change, confirm, return, resubmit, …

The unit announces and records (a grid worker records in the own community, §3 R12), the community confirms; whoever
entered or corrected the figures never confirms them. Only confirmed sessions count, each once, for its project and its
place. Rows are locked in one order: the project, then the session.
"""

import copy
from collections.abc import Iterable
from datetime import date, time

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.constraints import explained
from core.documents.verification import new_code
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.models import HistoryEntry
from core.roles import UNIT_SIDE
from core.workflow import make_move
from projects.actions.project import lock_project
from projects.actions.records import follow_session
from projects.messages import sessions as session_messages
from projects.models import Project, ProjectClaim, Session
from projects.queries.sessions import alike
from projects.session_rules import (
    AlreadyRecorded,
    check_announcement,
    check_confirmable,
    check_session,
    is_in_grid,
    refuse_clash,
)
from units.models import Division

__all__ = ["AlreadyRecorded"]
# What an announced session has already; all else comes when it was held.
ANNOUNCED_FIELDS = frozenset({"held_on", "starts_at", "ends_at", "venue", "summary", "place"})


# Record


@transaction.atomic
def record_session(
    *,
    claim: ProjectClaim,
    held_on: date,
    person_times: int,
    summary: str,
    place: Division | None = None,
    starts_at: time | None = None,
    ends_at: time | None = None,
    actor: Actor,
    **details,
) -> Session:
    """A unit's person enters a session of a project the unit carries out; without ``place`` at the project's own.

    ``details`` are the optional fields: venue, people, evidence, evidence_note, volunteers, volunteer_hours (hours
    in steps of a half). Raises `NotAllowed` for somebody else's claim, `InputError` beside a field,
    `AlreadyRecorded` for an overlapping session of the project, `RuleViolation` when it takes no sessions now.
    """
    project = lock_project(claim.project)
    held = ProjectClaim.objects.select_related("unit").get(pk=claim.pk)
    place = place or project.place
    refuse_other_recorder(held, place, actor)
    refuse_unless_claimed(project, held, Session.PROJECTS_AT_WORK, "登记")
    session = Session(
        project=project,
        claim=held,
        unit=held.unit,
        place=place,
        held_on=held_on,
        person_times=person_times,
        summary=summary.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        evaluation_code=new_code(),
        author_id=actor.user_id,
        **worded(details),
    )
    check_session(session)
    refuse_clash(session)
    with explained():
        session.save()
    write_history(about=session, move="record", label="登记", actor=actor, to_status=session.status)
    session_messages.tell_recorded(session, actor)
    return session


@transaction.atomic
def announce_session(
    *,
    claim: ProjectClaim,
    held_on: date,
    starts_at: time,
    summary: str,
    place: Division | None = None,
    ends_at: time | None = None,
    venue: str = "",
    actor: Actor,
) -> Session:
    """A unit says ahead of time when and where it will do what (预告), so that notice and QR code are there before.

    It counts nowhere until it was held, recorded (`record_announced`) and confirmed. Raises as `record_session`.
    """
    refuse_other_unit(claim.unit_id, actor)
    project = lock_project(claim.project)
    held = ProjectClaim.objects.select_related("unit").get(pk=claim.pk)
    refuse_unless_claimed(project, held, Session.PROJECTS_TO_COME, "预告")
    session = Session(
        project=project,
        claim=held,
        unit=held.unit,
        place=place or project.place,
        held_on=held_on,
        summary=summary.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        venue=venue.strip(),
        evaluation_code=new_code(),
        status=Session.Status.PLANNED,
        author_id=actor.user_id,
    )
    check_announcement(session)
    refuse_clash(session)
    with explained():
        session.save()
    write_history(about=session, move="announce", label="预告", actor=actor, to_status=session.status)
    session_messages.tell_announced(session, actor)
    return session


@transaction.atomic
def record_announced(*, session: Session, note: str = "", actor: Actor, **fields) -> Session:
    """Enter what came of an announced session (``fields`` as in `record_session`); it goes to the community."""
    project = lock_project(session.project)
    claim = ProjectClaim.objects.get(pk=session.claim_id)
    values = worded(fields)

    def check(locked: Session) -> None:
        refuse_unless_claimed(project, claim, Session.PROJECTS_AT_WORK, "登记")
        held = with_values(locked, values)
        check_session(held)
        refuse_clash(held)

    with explained():
        moved = make_move(
            obj=session,
            move="record",
            actor=actor,
            note=note,
            check=check,
            author_id=actor.user_id,
            created_at=timezone.now(),
            **values,
        )
    session_messages.tell_recorded(moved, actor)
    return moved


def worded(details: dict) -> dict:
    """The optional fields as they are stored: texts trimmed, no figure as the field's own nothing."""
    texts = {name: value.strip() for name, value in details.items() if isinstance(value, str)}
    blanks = {
        name: 0 for name in ("volunteers", "volunteer_hours") if name in details and details[name] is None
    }
    return {**details, **texts, **blanks}


def with_values(session: Session, values: dict) -> Session:
    """The session as it would be with these fields, not stored."""
    changed = copy.copy(session)
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def refuse_other_unit(unit_id: int, actor: Actor) -> None:
    if actor.is_read_only or actor.role not in UNIT_SIDE or actor.unit_id != unit_id:
        raise NotAllowed("只能由单位的联络员登记本单位开展的活动。")


def refuse_other_recorder(claim: ProjectClaim, place: Division, actor: Actor) -> None:
    """The unit itself, or a grid worker for what a unit did in the worker's own community (domain.md §3, R12)."""
    if is_in_grid(place, actor) and not actor.is_read_only:
        return
    refuse_other_unit(claim.unit_id, actor)


def refuse_unless_claimed(project: Project, claim: ProjectClaim, statuses: Iterable[str], verb: str) -> None:
    """Sessions belong to a confirmed claim of a project that is being carried out (or, announced, soon will be)."""
    if claim.status != ProjectClaim.Status.CONFIRMED:
        raise RuleViolation(
            f"{claim.unit}对这个项目的认领现在是“{claim.get_status_display()}”，确认以后才能{verb}活动。",
            field="claim",
            code="claim_not_confirmed",
        )
    if project.status not in statuses:
        advice = (
            "社区或街道开始实施以后再登记。"
            if project.status == Project.Status.CLAIMED
            else "已经办过的活动请联系社区。"
        )
        raise RuleViolation(
            f"项目现在是“{project.get_status_display()}”，不能{verb}活动。{advice}",
            field="claim",
            code="not_working",
        )


# Correct


@transaction.atomic
def change_session(*, session: Session, version: int | None = None, actor: Actor, **fields) -> Session:
    """Correct a session that nobody has confirmed yet, e.g. the person-times after its end, or an announcement.

    Raises `StaleVersion` when somebody changed it since ``version``, and what `record_session` raises for input.
    """
    refuse_other_author(session, actor)
    lock_project(session.project)
    locked = lock_session(session)
    if locked.status not in (Session.Status.PLANNED, Session.Status.RECORDED):
        raise RuleViolation(
            f"这一场现在是“{locked.get_status_display()}”，不能修改。已核实的要更正，请联系街道撤销核实。",
            code="wrong_state",
        )
    return write_fields(locked, fields, actor, version=version)


def refuse_other_author(session: Session, actor: Actor) -> None:
    if actor.is_read_only or not session.stands_recorder(actor):
        raise NotAllowed("只能由登记的单位或网格员修改这一场。")


def lock_session(session: Session) -> Session:
    """The session as it stands now, locked until the transaction ends."""
    rows = Session.objects.select_for_update(of=("self",))
    return rows.select_related("project__place", "claim", "place", "unit").get(pk=session.pk)


def write_fields(
    session: Session, fields: dict, actor: Actor, *, version: int | None = None, label: str = "修改"
) -> Session:
    """Set checked fields of a locked session; its ``place`` code follows on saving."""
    values = worded(fields)
    changed = with_values(session, values)
    if session.status == Session.Status.PLANNED:
        refuse_figures(values)
        check_announcement(changed)
    else:
        check_session(changed)
    refuse_clash(changed)
    with explained():
        return change_fields(obj=session, values=values, actor=actor, version=version, label=label)


def refuse_figures(values: dict) -> None:
    """Nobody counts people before they came."""
    for name in values:
        if name not in ANNOUNCED_FIELDS:
            raise InputError("这一场还没有办，现在只能改时间、地点和内容；办完以后登记结果。", field=name)


@transaction.atomic
def resubmit_session(*, session: Session, note: str = "", actor: Actor, **fields) -> Session:
    """Correct a returned session (``fields`` as in `record_session`) and hand it in again."""
    lock_project(session.project)
    moved = make_move(obj=session, move="resubmit", actor=actor, note=note)
    saved = write_fields(lock_session(moved), fields, actor, label="更正")
    session_messages.tell_recorded(saved, actor)
    return saved


# Confirm


@transaction.atomic
def confirm_session(*, session: Session, note: str = "", actor: Actor) -> Session:
    """The community vouches for the figures; from now on they count (domain.md §2.11 (7): recorder ≠ verifier)."""
    moved = make_move(
        obj=session,
        move="confirm",
        actor=actor,
        note=note,
        check=lambda locked: check_before_confirming(locked, actor),
        verifier_id=actor.user_id,
        confirmed_at=timezone.now(),
    )
    session_messages.tell_confirmed(moved, note, actor)
    return moved


def check_before_confirming(session: Session, actor: Actor) -> None:
    refuse_own_figures(session, actor)
    check_confirmable(session)


def refuse_own_figures(session: Session, actor: Actor) -> None:
    """Whoever entered or corrected them, in whatever role, leaves the confirming to somebody else."""
    kind = ContentType.objects.get_for_model(Session)
    own = HistoryEntry.objects.filter(about_type=kind, about_id=session.pk, actor_id=actor.user_id)
    if actor.user_id is not None and own.filter(move__in=["record", "change", "resubmit"]).exists():
        raise NotAllowed("不能核实自己填报的场次，请由另一位同事核实。", code="own_paper")


def confirm_sessions(*, sessions: Iterable[Session], actor: Actor) -> list[tuple[Session, str]]:
    """Confirm several one by one; each with the sentence of its refusal, or "" where it was confirmed.

    What may be another one told twice is never among them: it is looked at one by one.
    """
    return [(session, refusal_of(session, actor)) for session in sessions]


def refusal_of(session: Session, actor: Actor) -> str:
    try:
        if alike(session).exists():
            raise RuleViolation("同日另有一场，请打开逐场核对后核实。", code="alike")
        confirm_session(session=session, actor=actor)
    except RuleViolation as refusal:
        return refusal.message
    return ""


@transaction.atomic
def return_session(*, session: Session, note: str, actor: Actor) -> Session:
    """Send a session back to its unit, saying what to correct."""
    moved = make_move(obj=session, move="return", actor=actor, note=note)
    session_messages.tell_returned(moved, note, actor)
    return moved


@transaction.atomic
def void_session(*, session: Session, note: str, actor: Actor) -> Session:
    """Whoever recorded it takes a session out of the register before it is confirmed; its volunteers' records follow."""
    moved = make_move(obj=session, move="void", actor=actor, note=note)
    follow_session(moved, note, actor)
    return moved


@transaction.atomic
def call_off_session(*, session: Session, note: str, actor: Actor) -> Session:
    """The unit calls an announced session off; the community hears why."""
    moved = make_move(obj=session, move="call_off", actor=actor, note=note)
    session_messages.tell_called_off(moved, note, actor)
    return moved


@transaction.atomic
def revoke_session(*, session: Session, note: str, actor: Actor) -> Session:
    """Staff above the community take a confirmation back; the session counts no more, what was frozen stays frozen.

    Its volunteers' records are taken back with it.
    """
    moved = make_move(obj=session, move="revoke", actor=actor, note=note)
    follow_session(moved, note, actor)
    session_messages.tell_revoked(moved, note, actor)
    return moved


SESSION_MOVES = {
    "record": record_announced,
    "call_off": call_off_session,
    "confirm": confirm_session,
    "return": return_session,
    "resubmit": resubmit_session,
    "void": void_session,
    "revoke": revoke_session,
}
