"""The verbs of sessions (活动场次, domain.md §2(e) "Person-times"): record, change, confirm, return, resubmit, void, revoke.

The unit records, the community confirms; whoever entered or corrected the figures never confirms them. Only
confirmed sessions count, each once, for its project and its place.
"""

import copy
from collections.abc import Iterable
from datetime import date, time, timedelta
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.constraints import explained
from core.documents.verification import new_code
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.models import HistoryEntry
from core.roles import UNIT_SIDE
from core.workflow import make_move
from projects.actions.project import lock_project
from projects.messages import sessions as session_messages
from projects.models import Project, ProjectClaim, Session
from projects.models.sessions import EVIDENCE_ABOVE, MOST_PERSON_TIMES
from projects.queries.sessions import DEAD, HELD_AT, place_codes_of
from units.models import Division

OLDEST_DAYS = 366
LONGEST_SUMMARY, LONGEST_VENUE, LONGEST_EVIDENCE = 300, 100, 200
MOST_VOLUNTEERS = 20_000
HOURS_A_DAY = 24
HALF = Decimal("0.5")


class AlreadyRecorded(RuleViolation):
    """The session stands in the register already; ``first`` is the row."""

    def __init__(self, first: Session):
        author = f"由{first.author}" if first.author else ""
        super().__init__(
            f"{date_text(first.held_on)}在{first.place.name}的这一场已经{author}登记过了（场次 {first.pk}）。"
            "同一天有几场时，请写明各场的开始时间。",
            code="session_once",
        )
        self.first = first


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
    `AlreadyRecorded` for the same claim, place, day and start, `RuleViolation` when the project takes no sessions now.
    """
    refuse_other_unit(claim.unit_id, actor)
    project = lock_project(claim.project)
    held = ProjectClaim.objects.select_related("unit").get(pk=claim.pk)
    refuse_unless_working(project, held)
    session = Session(
        project=project,
        claim=held,
        unit=held.unit,
        place=place or project.place,
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
    refuse_twice(session)
    with explained():
        session.save()
    write_history(about=session, move="record", label="登记", actor=actor, to_status=session.status)
    session_messages.tell_recorded(session, actor)
    return session


def worded(details: dict) -> dict:
    """The optional fields as they are stored: texts trimmed, no figure as the field's own nothing."""
    texts = {name: value.strip() for name, value in details.items() if isinstance(value, str)}
    blanks = {
        name: 0 for name in ("volunteers", "volunteer_hours") if name in details and details[name] is None
    }
    return {**details, **texts, **blanks}


def refuse_other_unit(unit_id: int, actor: Actor) -> None:
    if actor.is_read_only or actor.role not in UNIT_SIDE or actor.unit_id != unit_id:
        raise NotAllowed("只能由单位的联络员登记本单位开展的活动。")


def refuse_unless_working(project: Project, claim: ProjectClaim) -> None:
    """Sessions belong to a confirmed claim of a project that is being carried out."""
    if claim.status != ProjectClaim.Status.CONFIRMED:
        raise RuleViolation(
            f"贵单位对这个项目的认领现在是“{claim.get_status_display()}”，确认以后才能登记活动。",
            field="claim",
            code="claim_not_confirmed",
        )
    if project.status not in Project.WORKING_STATUSES:
        raise RuleViolation(
            f"项目现在是“{project.get_status_display()}”，不能登记活动。已经办过的活动请联系社区。",
            field="claim",
            code="not_working",
        )


# What must be true of a session


def check_session(session: Session) -> None:
    """Raise the first thing wrong with what was typed, beside its field."""
    check_day(session)
    check_place(session)
    check_texts(session)
    check_people(session)
    check_volunteers(session)


def check_day(session: Session) -> None:
    on, project = today(), session.project
    first = min(project.start_on, project.started_on or project.start_on)
    if session.held_on > on:
        raise InputError("日期不能晚于今天；活动办完再登记。", field="held_on")
    if session.held_on < first:
        raise InputError(f"项目从{date_text(first)}开始，不能登记此前的活动。", field="held_on")
    if session.held_on < on - timedelta(days=OLDEST_DAYS):
        raise InputError("一年以前的活动不再补报。", field="held_on")
    if session.ends_at and not session.starts_at:
        raise InputError("填了结束时间，也请填开始时间。", field="starts_at")
    if session.ends_at and session.ends_at <= session.starts_at:
        raise InputError("结束时间要晚于开始时间。", field="ends_at")


def check_place(session: Session) -> None:
    """At a place of the project, or at a community inside it."""
    codes, place = place_codes_of([session.project]), session.place
    is_inside = place.code in codes or (
        place.level in HELD_AT and any(place.code.startswith(code) for code in codes)
    )
    if not is_inside:
        raise InputError(f"项目不在{place.name}实施，请选择项目的实施地。", field="place")


def check_texts(session: Session) -> None:
    if not session.summary:
        raise InputError("请用一句话写明做了什么。", field="summary")
    for field, most in (
        ("summary", LONGEST_SUMMARY),
        ("venue", LONGEST_VENUE),
        ("evidence_note", LONGEST_EVIDENCE),
    ):
        if len(getattr(session, field)) > most:
            raise InputError(f"最多 {most} 字。", field=field)
    if session.evidence and session.evidence not in Session.Evidence.values:
        raise InputError("请从列表中选择佐证。", field="evidence")


def check_people(session: Session) -> None:
    """Those served, not passers-by; many need evidence (domain.md §2(e), §2.11 counts)."""
    if session.person_times < 1:
        raise InputError("服务人次至少是 1；没有服务到人的不用登记。", field="person_times")
    if session.person_times > MOST_PERSON_TIMES:
        raise InputError(f"一场最多 {MOST_PERSON_TIMES} 人次，请分场登记。", field="person_times")
    if session.person_times > EVIDENCE_ABOVE and not session.evidence:
        raise InputError(
            f"一场超过 {EVIDENCE_ABOVE} 人次时，请选一种佐证：签到表、票根或合作方回执。", field="evidence"
        )
    if session.people is not None and not 1 <= session.people <= session.person_times:
        raise InputError("服务人数在 1 和服务人次之间；不清楚可以不填。", field="people")
    if session.pk and (given := session.evaluations.count()) > session.person_times:
        raise InputError(f"已有 {given} 人评价过这一场，服务人次不能少于 {given}。", field="person_times")


def check_volunteers(session: Session) -> None:
    hours = Decimal(session.volunteer_hours)
    if not 0 <= session.volunteers <= MOST_VOLUNTEERS:
        raise InputError(f"志愿者人数在 0 到 {MOST_VOLUNTEERS} 之间。", field="volunteers")
    if hours < 0 or hours % HALF:
        raise InputError("志愿服务时长以半小时为单位，例如 2.5。", field="volunteer_hours")
    if hours and not session.volunteers:
        raise InputError("填了志愿服务时长，也请填志愿者人数。", field="volunteers")
    if hours > session.volunteers * HOURS_A_DAY:
        raise InputError(f"每人一天最多 {HOURS_A_DAY} 小时，请核对时长。", field="volunteer_hours")


def refuse_twice(session: Session) -> None:
    """The same claim, place, day and start is the same session; one without a start is the only one of its day."""
    same = Session.objects.filter(claim_id=session.claim_id, place=session.place, held_on=session.held_on)
    same = same.filter(starts_at=session.starts_at) if session.starts_at else same.filter(starts_at=None)
    first = same.exclude(status__in=DEAD).exclude(pk=session.pk).select_related("place", "author").first()
    if first:
        raise AlreadyRecorded(first)


# Correct


@transaction.atomic
def change_session(*, session: Session, version: int | None = None, actor: Actor, **fields) -> Session:
    """Correct a session that nobody has confirmed yet, e.g. the person-times after its end.

    Raises `StaleVersion` when somebody changed it since ``version``, and what `record_session` raises for input.
    """
    refuse_other_unit(session.unit_id, actor)
    locked = lock_session(session)
    if locked.status != Session.Status.RECORDED:
        raise RuleViolation(
            f"这一场现在是“{locked.get_status_display()}”，不能修改。已核实的要更正，请联系街道撤销核实。",
            code="wrong_state",
        )
    return write_fields(locked, fields, actor, version=version)


def lock_session(session: Session) -> Session:
    """The session as it stands now, locked until the transaction ends."""
    rows = Session.objects.select_for_update(of=("self",)).select_related("project__place", "place", "unit")
    return rows.get(pk=session.pk)


def write_fields(
    session: Session, fields: dict, actor: Actor, *, version: int | None = None, label: str = "修改"
) -> Session:
    """Set checked fields of a locked session; its ``place`` code follows on saving."""
    values = worded(fields)
    changed = copy.copy(session)
    for name, value in values.items():
        setattr(changed, name, value)
    check_session(changed)
    refuse_twice(changed)
    with explained():
        return change_fields(obj=session, values=values, actor=actor, version=version, label=label)


@transaction.atomic
def resubmit_session(*, session: Session, note: str = "", actor: Actor, **fields) -> Session:
    """The unit corrects a returned session (``fields`` as in `record_session`) and hands it in again."""
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
        check=lambda locked: refuse_own_figures(locked, actor),
        verifier_id=actor.user_id,
        confirmed_at=timezone.now(),
    )
    session_messages.tell_confirmed(moved, note, actor)
    return moved


def refuse_own_figures(session: Session, actor: Actor) -> None:
    """Whoever entered or corrected them, in whatever role, leaves the confirming to somebody else."""
    kind = ContentType.objects.get_for_model(Session)
    own = HistoryEntry.objects.filter(about_type=kind, about_id=session.pk, actor_id=actor.user_id)
    if actor.user_id is not None and own.filter(move__in=["record", "change", "resubmit"]).exists():
        raise NotAllowed("不能核实自己填报的场次，请由另一位同事核实。", code="own_paper")


def confirm_sessions(*, sessions: Iterable[Session], actor: Actor) -> list[tuple[Session, str]]:
    """Confirm several one by one; each with the sentence of its refusal, or "" where it was confirmed."""
    return [(session, refusal_of(session, actor)) for session in sessions]


def refusal_of(session: Session, actor: Actor) -> str:
    try:
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
    """The unit takes a session out of the register before it is confirmed."""
    return make_move(obj=session, move="void", actor=actor, note=note)


@transaction.atomic
def revoke_session(*, session: Session, note: str, actor: Actor) -> Session:
    """Staff above the community take a confirmation back; the session counts no more, what was frozen stays frozen."""
    moved = make_move(obj=session, move="revoke", actor=actor, note=note)
    session_messages.tell_revoked(moved, note, actor)
    return moved


SESSION_MOVES = {
    "confirm": confirm_session,
    "return": return_session,
    "resubmit": resubmit_session,
    "void": void_session,
    "revoke": revoke_session,
}
