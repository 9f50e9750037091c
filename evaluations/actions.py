"""The verbs of monthly visits (月走访): record, confirm, dispute, exempt, and who visits whom."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.queries import liaisons_of
from core.actor import Actor
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import write_history
from core.periods import Month
from core.roles import DISTRICT_STAFF, Role
from core.workflow import make_move
from evaluations.models import MonthlyVisit, VisitAssignment
from evaluations.opening import open_visits
from evaluations.queries import staff_of_subdistrict, visitors_for
from evaluations.rules import check_not_too_late, check_promise, check_visited_on, check_words
from notifications.actions import notify
from units.models import Unit

__all__ = [
    "assign_visitor",
    "confirm_visit",
    "dispute_visit",
    "end_assignment",
    "exempt_visit",
    "open_visits",
    "record_visit",
]

ASSIGNERS = frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF


@transaction.atomic
def record_visit(
    *,
    visit: MonthlyVisit,
    visited_on: date,
    mode: str,
    summary: str,
    met: str = "",
    promise: str = "",
    promise_due_on: date | None = None,
    actor: Actor,
) -> MonthlyVisit:
    """Record that the visit was made, and ask the unit's liaisons to confirm it.

    Raises `InputError` (day outside the month or in the future, mode, words) and `RuleViolation` when the last day
    for a late record has passed (:func:`evaluations.rules.late_record_until`).
    """
    day = today()
    check_visited_on(visit.period, visited_on, day)
    check_words(mode, summary)
    check_promise(promise, promise_due_on, visited_on)
    recorded = make_move(
        obj=visit,
        move="record",
        actor=actor,
        check=lambda locked: check_not_too_late(locked, day),
        visited_on=visited_on,
        mode=mode,
        summary=summary.strip(),
        met=met.strip(),
        promise=promise.strip(),
        promise_due_on=promise_due_on,
        recorded_by_id=actor.user_id,
        recorded_at=timezone.now(),
        confirmed_at=None,
    )
    ask_to_confirm(recorded)
    return recorded


def ask_to_confirm(visit: MonthlyVisit) -> None:
    """Tell the unit's liaisons; a record made anew after a dispute is a new fact."""
    on = visit.visited_on
    notify(
        key=f"visit-recorded:{visit.pk}:v{visit.version}",
        to=liaisons_of(visit.unit_id),
        kind="visit-recorded",
        about=visit,
        title=f"请确认{on.month}月{on.day}日的走访",
        url=visit.get_absolute_url(),
        body=(
            f"{visit.visitor}登记了{on.month}月{on.day}日到贵单位的走访（{visit.get_mode_display()}）。"
            f"谈到：{clause(visit.summary)}。{f'答应：{clause(visit.promise)}。' if visit.promise else ''}"
            "情况属实请点确认，不符请写明哪里不符。"
        ),
    )


def clause(text: str) -> str:
    """What somebody typed, without its own full stop, to stand inside a sentence."""
    return text.strip().rstrip("。.")


def confirm_visit(*, visit: MonthlyVisit, note: str = "", actor: Actor) -> MonthlyVisit:
    """The unit's liaison says that the visit took place as recorded; never the person who recorded it."""
    return make_move(obj=visit, move="confirm", actor=actor, note=note, confirmed_at=timezone.now())


@transaction.atomic
def dispute_visit(*, visit: MonthlyVisit, note: str, actor: Actor) -> MonthlyVisit:
    """The liaison says in a sentence what isn't so; the visitor and the subdistrict hear of it at once."""
    disputed = make_move(obj=visit, move="dispute", actor=actor, note=note)
    people = {
        user.pk: user
        for user in [disputed.visitor, disputed.recorded_by, *staff_of_subdistrict(disputed.place_code)]
        if user
    }
    notify(
        key=f"visit-disputed:{disputed.pk}:v{disputed.version}",
        to=list(people.values()),
        kind="visit-disputed",
        about=disputed,
        title=f"{disputed.unit}对走访有异议",
        body=f"{disputed.unit}：{clause(note)}。请核对后重新登记。",
        url=disputed.get_absolute_url(),
    )
    return disputed


@transaction.atomic
def exempt_visit(*, visit: MonthlyVisit, note: str, actor: Actor) -> MonthlyVisit:
    """Say with a reason that this unit needs no visit this month; it leaves the rate's denominator."""
    exempt = make_move(obj=visit, move="exempt", actor=actor, note=note)
    if exempt.visitor_id != actor.user_id:
        notify(
            key=f"visit-exempt:{exempt.pk}",
            to=[exempt.visitor],
            kind="visit-exempt",
            about=exempt,
            url=exempt.get_absolute_url(),
            title=f"{exempt.unit}{exempt.period.month}月免访",
            body=f"理由：{note.strip()}",
        )
    return exempt


@transaction.atomic
def assign_visitor(
    *, unit: Unit, visitor: User, cadence: str, from_on: date, actor: Actor
) -> VisitAssignment:
    """Let somebody visit a unit from a day on; a former assignment ends that day, planned visits are handed over.

    Raises `NotAllowed` (role, place), `InputError` (day in a past month, visitor without a role above the unit).
    """
    refuse_unless_assigner(unit.place_code, actor)
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
    check_assignment(unit, visitor, from_on)
    former = VisitAssignment.objects.filter(unit=unit, to_on__isnull=True).first()
    if former and (former.visitor_id, former.cadence) == (visitor.pk, cadence):
        raise RuleViolation("这个单位已经是这样安排的。", field="visitor", code="same_assignment")
    if former:
        close_assignment(former, from_on, actor)
    VisitAssignment.objects.filter(unit=unit, from_on__lte=from_on, to_on__gt=from_on).update(to_on=from_on)
    assignment = VisitAssignment.objects.create(unit=unit, visitor=visitor, cadence=cadence, from_on=from_on)
    write_history(
        about=assignment,
        move="assign",
        label="安排走访",
        actor=actor,
        note=f"{visitor}，{assignment.get_cadence_display()}",
    )
    hand_over(unit, visitor, Month.containing(from_on), actor)
    return assignment


def refuse_unless_assigner(place_code: str, actor: Actor) -> None:
    may = actor.is_system or (
        actor.role in ASSIGNERS and actor.stands_over(place_code) and not actor.is_read_only
    )
    if not may:
        raise NotAllowed("走访由单位所在街道安排。")


def check_assignment(unit: Unit, visitor: User, from_on: date) -> None:
    if from_on < Month.containing(today()).first_day:
        raise InputError(
            "开始日期不能早于本月，已经过去的月份不再改动。", field="from_on", code="in_the_past"
        )
    if unit.merged_into_id or unit.operating_status != Unit.OperatingStatus.OPERATING:
        raise InputError("这个单位已停业或并入其他单位，不再安排走访。", field="unit", code="not_operating")
    if not visitors_for(unit.place_code).filter(pk=visitor.pk).exists():
        raise InputError("走访人要在单位所在街道或社区任职。", field="visitor", code="not_staff_here")


def close_assignment(assignment: VisitAssignment, on: date, actor: Actor) -> None:
    """End an assignment on a day; one that hadn't begun by then never takes effect."""
    assignment.to_on = max(on, assignment.from_on)
    assignment.save(update_fields=["to_on"])
    write_history(about=assignment, move="end", label="结束走访安排", actor=actor)


def hand_over(unit: Unit, visitor: User, since: Month, actor: Actor) -> None:
    """Give the unit's planned visits from a month on to another visitor, each with a line in its timeline."""
    planned = MonthlyVisit.objects.filter(
        unit=unit, month__gte=since.first_day, status=MonthlyVisit.Status.PLANNED
    )
    for visit in planned.exclude(visitor=visitor).select_for_update(of=("self",)):
        former = str(visit.visitor)
        visit.visitor = visitor
        visit.version += 1
        visit.save(update_fields=["visitor", "version"])
        write_history(
            about=visit,
            move="hand_over",
            label="更换走访人",
            actor=actor,
            changes={"visitor": ["走访人", former, str(visitor)]},
        )


@transaction.atomic
def end_assignment(*, assignment: VisitAssignment, actor: Actor) -> VisitAssignment:
    """Stop visiting a unit from tomorrow's openings on; visits already opened stay as they are."""
    refuse_unless_assigner(assignment.place_code, actor)
    locked = VisitAssignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    if locked.to_on is not None:
        raise RuleViolation("这项安排已经结束。", code="ended")
    close_assignment(locked, today(), actor)
    return locked
