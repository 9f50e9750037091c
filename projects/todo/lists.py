"""What waits for whom in needs and bookings (待办): verify, resolve, answer, record the use, tell how it was."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Membership
from core.actor import Actor
from core.codes import under
from core.roles import UNIT_SIDE, Role
from core.todo import LIMIT, TodoItem, WaitingItem, due_tag
from core.workdays import Calendar
from projects.models import Need, ResourceBooking
from projects.queries.lists import (
    ANSWER_WORKDAYS,
    FEEDBACK_WORKDAYS,
    FINISHED,
    VERIFY_WORKDAYS,
    span_text,
)

N, B = Need.Status, ResourceBooking.Status
BOOKERS = ResourceBooking.BOOKERS
RAISERS_WHO_WAIT = UNIT_SIDE | {Role.REPRESENTATIVE, Role.GRID_WORKER}


# Whose turn it is


def needs_to_verify(actor: Actor, today: date) -> QuerySet[Need]:
    """The community's; the subdistrict's those a community raised itself (nobody verifies the own) and late ones."""
    rows = Need.objects.filter(under(actor.place_code), status=N.COLLECTED).exclude(author_id=actor.user_id)
    if actor.role == Role.COMMUNITY:
        return rows
    if actor.role != Role.SUBDISTRICT:
        return rows.none()
    by_community = Membership.objects.filter(role=Role.COMMUNITY).values("user_id")
    last_in_time = Calendar().add_workdays(today, -VERIFY_WORKDAYS)
    return rows.filter(
        Q(author_id__in=by_community) | Q(raised_on__lt=last_in_time) | Q(place__code=actor.place_code)
    )


def needs_to_resolve(actor: Actor) -> QuerySet[Need]:
    """The community's, once the project has come to its good end."""
    rows = Need.objects.filter(
        under(actor.place_code), status=N.CONVERTED, project__status__in=FINISHED
    ).select_related("project")
    return rows if actor.role == Role.COMMUNITY else rows.none()


def bookings_to_answer(actor: Actor) -> QuerySet[ResourceBooking]:
    rows = ResourceBooking.objects.filter(resource__unit_id=actor.unit_id, status=B.REQUESTED)
    return rows if actor.role in UNIT_SIDE and actor.unit_id else rows.none()


def bookings_to_finish(actor: Actor) -> QuerySet[ResourceBooking]:
    """Used ones without feedback, and accepted ones whose time is over."""
    is_over = Q(status=B.ACCEPTED, ends_at__lte=timezone.now())
    rows = ResourceBooking.objects.filter(Q(status=B.USED) | is_over, place_code=actor.place_code)
    return rows if actor.role in BOOKERS else rows.none()


# The items


def todo_items(actor: Actor, today: date) -> Iterator[TodoItem]:
    """What the actor is to do about needs and bookings now."""
    if actor.is_read_only:
        return
    calendar = Calendar()
    if actor.role in BOOKERS:
        for need in needs_to_verify(actor, today).select_related("place").order_by("raised_on", "pk")[:LIMIT]:
            yield verify_item(need, calendar, today)
        for need in needs_to_resolve(actor).order_by("pk")[:LIMIT]:
            yield resolve_item(need)
        for booking in (
            bookings_to_finish(actor).select_related("resource__unit").order_by("ends_at", "pk")[:LIMIT]
        ):
            yield finish_item(booking, calendar, today)
    if actor.role in UNIT_SIDE:
        rows = bookings_to_answer(actor).select_related("resource", "place")
        for booking in rows.order_by("created_at", "pk")[:LIMIT]:
            yield answer_item(booking, calendar, today)


def todo_count(actor: Actor, today: date) -> int:
    """How many of them there are."""
    if actor.is_read_only:
        return 0
    if actor.role in UNIT_SIDE:
        return bookings_to_answer(actor).count()
    if actor.role not in BOOKERS:
        return 0
    needs = needs_to_verify(actor, today).count() + needs_to_resolve(actor).count()
    return needs + bookings_to_finish(actor).count()


def verify_item(need: Need, calendar: Calendar, today: date) -> TodoItem:
    due_on = calendar.add_workdays(need.raised_on, VERIFY_WORKDAYS)
    return TodoItem(
        title=f"核实需求：{need.title}（{need.place.name}）",
        why="新提出的需求，三个工作日内核实",
        url=need.get_absolute_url(),
        action_label="去核实",
        due_on=due_on,
        status_tag=due_tag(due_on, today),
        kind="need-verify",
    )


def resolve_item(need: Need) -> TodoItem:
    return TodoItem(
        title=f"登记需求已解决：{need.title}",
        why=f"项目“{need.project.title}”已完成",
        url=need.get_absolute_url(),
        action_label="去登记",
        kind="need-resolve",
    )


def answer_item(booking: ResourceBooking, calendar: Calendar, today: date) -> TodoItem:
    due_on = calendar.add_workdays(timezone.localdate(booking.created_at), ANSWER_WORKDAYS)
    return TodoItem(
        title=f"答复预约：{booking.resource.title}（{booking.place.name}，{span_text(booking.starts_at, booking.ends_at)}）",
        why=f"{booking.place.name}预约贵单位的资源：{booking.purpose}",
        url=booking.get_absolute_url(),
        action_label="去答复",
        due_on=due_on,
        status_tag=due_tag(due_on, today),
        kind="booking-answer",
    )


def finish_item(booking: ResourceBooking, calendar: Calendar, today: date) -> TodoItem:
    due_on = calendar.add_workdays(timezone.localdate(booking.ends_at), FEEDBACK_WORKDAYS)
    is_used = booking.status == B.USED
    return TodoItem(
        title=f"{'反馈使用情况' if is_used else '登记已使用'}：{booking.resource.title}",
        why=f"{booking.resource.unit}提供的资源已经{'用过' if is_used else '到时间'}，三个工作日内反馈",
        url=booking.get_move_url("give_feedback") if is_used else booking.get_absolute_url(),
        action_label="去反馈" if is_used else "去登记",
        due_on=due_on,
        status_tag=due_tag(due_on, today),
        kind="booking-feedback" if is_used else "booking-use",
    )


def waiting_items(actor: Actor, today: date) -> Iterator[WaitingItem]:
    """A place waits for the unit's answer, whoever raised a need for the community to verify it."""
    if actor.role in BOOKERS:
        rows = ResourceBooking.objects.filter(status=B.REQUESTED, place_code=actor.place_code)
        for booking in rows.select_related("resource__unit").order_by("created_at", "pk")[:LIMIT]:
            since = timezone.localdate(booking.created_at)
            title = f"等{booking.resource.unit}答复预约：{booking.resource.title}"
            yield WaitingItem(title, booking.get_absolute_url(), since, "booking")
    if actor.role in RAISERS_WHO_WAIT and actor.user_id:
        mine = Need.objects.filter(author_id=actor.user_id, status=N.COLLECTED).select_related("place")
        for need in mine.order_by("raised_on", "pk")[:LIMIT]:
            yield WaitingItem(
                f"等{need.place.name}核实需求：{need.title}", need.get_absolute_url(), need.raised_on, "need"
            )
