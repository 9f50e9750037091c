"""The verbs of bookings (资源预约, domain.md §2(e), 双向认领): request, accept, decline, use, give feedback, cancel.

Whatever may take a resource's time locks the resource first and the booking second; behind it stands the exclusion
constraint ``booking_no_overlap`` of the database, which says the same sentence.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.actor import Actor
from core.components import date_text
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import write_history
from core.workflow import make_move
from projects.actions.resources import lock_resource
from projects.messages import lists as list_messages
from projects.models import Need, Project, Resource, ResourceBooking
from projects.queries.lists import (
    JOINABLE,
    WEEKDAYS,
    clashing,
    hours_of,
    hours_text,
    is_open_for,
    scope_code,
    span_text,
    spans_text,
)
from units.models import Division

# What the place thinks of it, as it is stored.
RATINGS = {3: "满意", 2: "基本满意", 1: "不满意"}
LONGEST_PURPOSE, LONGEST_FEEDBACK = 200, 500
MOST_PEOPLE = 100_000
# Our defaults: nothing is booked for longer, or further ahead.
LONGEST_DAYS, FURTHEST_DAYS = 31, 366
PLACES = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)


def booked() -> RuleViolation:
    """The words of the exclusion constraint."""
    return RuleViolation("这段时间已经有别的预约，请换一个时间。", field="starts_at", code="booked")


# Request


@transaction.atomic
def request_booking(
    *,
    resource: Resource,
    place: Division,
    starts_at: datetime,
    ends_at: datetime,
    purpose: str,
    headcount: int | None = None,
    need: Need | None = None,
    project: Project | None = None,
    actor: Actor,
) -> ResourceBooking:
    """A community or subdistrict asks for a resource from ``starts_at`` to ``ends_at`` (aware, end not included).

    Raises `NotAllowed` for somebody who books for no place of his or hers, `InputError` beside a field, and
    `RuleViolation`: ``not_bookable``, ``out_of_scope``, ``closed_then``, ``booked``, ``requested_before``.
    """
    refuse_unless_booker(place, actor)
    check_request(starts_at, ends_at, purpose, headcount)
    locked = lock_resource(resource)
    refuse_unless_bookable(locked, ends_at)
    refuse_out_of_scope(locked, place)
    refuse_outside_hours(locked, starts_at, ends_at)
    refuse_clash(locked, starts_at, ends_at)
    refuse_second(locked, place, starts_at, ends_at)
    check_use(need, project)
    booking = ResourceBooking.objects.create(
        resource=locked, place=place, starts_at=starts_at, ends_at=ends_at, purpose=purpose.strip(), headcount=headcount,
        need=need, project=project, author_id=actor.user_id,
    )  # fmt: skip
    write_history(about=booking, move="request", label="申请", actor=actor, to_status=booking.status)
    list_messages.tell_requested(booking, actor)
    return booking


def refuse_unless_booker(place: Division | None, actor: Actor) -> None:
    """``place`` None asks about the role alone."""
    is_booker = actor.role in ResourceBooking.BOOKERS and not actor.is_read_only
    is_theirs = place is None or (place.level in PLACES and actor.stands_over(place.code))
    if not (is_booker and is_theirs):
        raise NotAllowed("只能由社区或街道的工作人员为本辖区预约资源。")


def check_request(starts_at: datetime, ends_at: datetime, purpose: str, headcount: int | None) -> None:
    if ends_at <= starts_at:
        raise InputError("结束时间要晚于开始时间。", field="ends_at")
    if starts_at < timezone.now():
        raise InputError("不能预约已经过去的时间。", field="starts_at")
    if starts_at > timezone.now() + timedelta(days=FURTHEST_DAYS):
        raise InputError("最多提前一年预约。", field="starts_at")
    if ends_at - starts_at > timedelta(days=LONGEST_DAYS):
        raise InputError(f"一次最多预约 {LONGEST_DAYS} 天。", field="ends_at")
    if not purpose.strip():
        raise InputError("请写明用来做什么。", field="purpose")
    if len(purpose) > LONGEST_PURPOSE:
        raise InputError(f"最多 {LONGEST_PURPOSE} 字。", field="purpose")
    if headcount is not None and not 1 <= headcount <= MOST_PEOPLE:
        raise InputError("参加人数要在 1 到 100000 之间；说不准可以不填。", field="headcount")


def refuse_unless_bookable(resource: Resource, ends_at: datetime) -> None:
    if resource.status != Resource.Status.OFFERED:
        raise RuleViolation(
            f"这项资源现在是“{resource.get_status_display()}”，不能预约。", code="not_bookable"
        )
    if resource.valid_to is not None and last_day(ends_at) > resource.valid_to:
        raise RuleViolation(
            f"这项资源到{date_text(resource.valid_to)}为止，请换一个时间。",
            field="ends_at",
            code="not_bookable",
        )


def last_day(ends_at: datetime):
    """The last local day that a time touches; midnight belongs to the day before."""
    return timezone.localdate(ends_at - timedelta(microseconds=1))


def refuse_out_of_scope(resource: Resource, place: Division) -> None:
    if is_open_for(resource, place.code):
        return
    around = Division.objects.filter(code=scope_code(resource)).first()
    raise RuleViolation(
        f"这项资源只对{around or resource.get_scope_display()}开放，{place}不在开放范围内。",
        field="place",
        code="out_of_scope",
    )


def refuse_outside_hours(resource: Resource, starts_at: datetime, ends_at: datetime) -> None:
    """The whole time lies in one of the opening hours; a resource without hours is had by arrangement."""
    hours = hours_of(resource.windows.all())
    if not hours:
        return
    first, last = timezone.localtime(starts_at), timezone.localtime(ends_at)
    spans = hours.get(first.isoweekday(), [])
    is_one_day = first.date() == last.date()
    if is_one_day and any(opens <= first.time() and last.time() <= closes for opens, closes in spans):
        return
    day = f"周{WEEKDAYS[first.weekday()]}"
    there = f"{day}开放 {spans_text(spans)}" if spans else f"{day}不开放"
    raise RuleViolation(
        f"申请的时间不在开放时段内：{there}。全部开放时段：{hours_text(hours)}。",
        field="starts_at",
        code="closed_then",
    )


def refuse_clash(resource: Resource, starts_at: datetime, ends_at: datetime) -> None:
    if resource.is_exclusive and clashing(resource, starts_at, ends_at).filter(is_exclusive=True).exists():
        raise booked()


def refuse_second(resource: Resource, place: Division, starts_at: datetime, ends_at: datetime) -> None:
    same = resource.bookings.filter(
        status="requested", place=place, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    if same.exists():
        raise RuleViolation(
            f"{place}已经申请过这段时间，正在等单位答复。", field="starts_at", code="requested_before"
        )


def check_use(need: Need | None, project: Project | None) -> None:
    if need is not None and need.status not in (Need.Status.VERIFIED, Need.Status.CONVERTED):
        raise InputError(f"这条需求是“{need.get_status_display()}”，不能为它预约资源。", field="need")
    if project is not None and project.status not in (*JOINABLE, "to_accept", "fixing"):
        raise InputError(f"这个项目是“{project.get_status_display()}”，不能为它预约资源。", field="project")


# Answer


@transaction.atomic
def accept_booking(*, booking: ResourceBooking, note: str = "", actor: Actor) -> ResourceBooking:
    """The unit says that it may be used then; of several that overlap only one can be accepted (``booked``)."""
    resource = lock_resource(booking.resource)

    def check(row: ResourceBooking) -> None:
        if resource.status == Resource.Status.WITHDRAWN:
            raise RuleViolation("资源已经撤回，不能再确认预约。", code="not_bookable")
        if row.ends_at <= timezone.now():
            raise RuleViolation("申请的时间已经过去。请婉拒，并与申请方另约时间。", code="too_late")
        refuse_clash(resource, row.starts_at, row.ends_at)

    try:
        with transaction.atomic():
            moved = make_move(obj=booking, move="accept", actor=actor, note=note, check=check)
    except IntegrityError as error:
        if "booking_no_overlap" not in str(error):
            raise
        raise booked() from error
    list_messages.tell_accepted(moved, note, actor)
    if resource.is_exclusive:
        list_messages.tell_rivals(moved, rivals_of(moved), actor)
    return moved


def rivals_of(booking: ResourceBooking):
    """Other requests for the same resource at an overlapping time."""
    rows = ResourceBooking.objects.filter(
        resource_id=booking.resource_id,
        status="requested",
        starts_at__lt=booking.ends_at,
        ends_at__gt=booking.starts_at,
    )
    return rows.exclude(pk=booking.pk).select_related("place", "resource__unit", "author").order_by("pk")


@transaction.atomic
def decline_booking(*, booking: ResourceBooking, note: str, actor: Actor) -> ResourceBooking:
    """The unit can't give it then, with the reason; also after it had accepted."""
    moved = make_move(obj=booking, move="decline", actor=actor, note=note)
    list_messages.tell_declined(moved, note, actor)
    return moved


# Use


@transaction.atomic
def use_booking(*, booking: ResourceBooking, note: str = "", actor: Actor) -> ResourceBooking:
    """Record that it was used; either side, not before it began."""

    def check(row: ResourceBooking) -> None:
        if row.starts_at > timezone.now():
            raise RuleViolation(
                f"预约的时间是{span_text(row.starts_at, row.ends_at)}，还没有开始，用过以后再登记。",
                code="too_early",
            )

    moved = make_move(obj=booking, move="use", actor=actor, note=note, check=check)
    list_messages.tell_used(moved, actor)
    return moved


@transaction.atomic
def give_feedback(*, booking: ResourceBooking, rating: int, note: str = "", actor: Actor) -> ResourceBooking:
    """The place tells how it was: ``rating`` 3 satisfied, 2 basically, 1 not, which asks for words."""
    if rating not in RATINGS:
        raise InputError("评价只能是满意、基本满意或不满意。", field="rating")
    words = note.strip()
    if rating == 1 and not words:
        raise InputError("请写明哪里不满意。", field="note")
    if len(words) > LONGEST_FEEDBACK:
        raise InputError(f"最多 {LONGEST_FEEDBACK} 字。", field="note")
    told = f"{RATINGS[rating]}。{words}"
    moved = make_move(
        obj=booking, move="give_feedback", actor=actor, note=told, rating=rating, feedback=words
    )
    list_messages.tell_feedback(moved, RATINGS[rating], actor)
    return moved


@transaction.atomic
def cancel_booking(*, booking: ResourceBooking, note: str, actor: Actor) -> ResourceBooking:
    """The place needs it no longer, with the reason."""
    moved = make_move(obj=booking, move="cancel", actor=actor, note=note)
    list_messages.tell_cancelled(moved, note, actor)
    return moved


BOOKING_MOVES = {
    "accept": accept_booking,
    "decline": decline_booking,
    "use": use_booking,
    "give_feedback": give_feedback,
    "cancel": cancel_booking,
}
