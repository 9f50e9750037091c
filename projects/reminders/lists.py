"""Reminders of needs and bookings: takes the day, yields what to say to whom, writes nothing.

Our defaults in the manner of domain.md §2.14: a booking nobody answered on the second workday, the day before a use,
feedback missing on the third workday after it, a need nobody verified on the third workday. Nothing on days off but
the word on tomorrow's use.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.queries import liaisons_of
from core.components import date_text
from core.workdays import Calendar
from notifications.reminders import Reminder
from projects.models import Need, ResourceBooking
from projects.queries.lists import (
    ANSWER_WORKDAYS,
    FEEDBACK_WORKDAYS,
    VERIFY_WORKDAYS,
    midnight,
    people_of_place,
    span_text,
)
from projects.queries.project import staff_of

Status = ResourceBooking.Status


def list_reminders(today: date) -> Iterator[Reminder]:
    """Everything that is due on a day; the same day gives the same again."""
    yield from use_reminders(today)
    calendar = Calendar()
    if calendar.is_workday(today):
        yield from answer_reminders(today, calendar)
        yield from feedback_reminders(today, calendar)
        yield from need_reminders(today, calendar)


def bookings(**condition):
    rows = ResourceBooking.objects.filter(**condition).select_related("resource__unit", "place")
    return rows.order_by("pk")


def answer_reminders(today: date, calendar: Calendar) -> Iterator[Reminder]:
    """To the unit; a unit without a liaison is called by the staff of its place."""
    for booking in bookings(status=Status.REQUESTED, ends_at__gt=midnight(today)):
        due_on = calendar.add_workdays(timezone.localdate(booking.created_at), ANSWER_WORKDAYS)
        if today >= due_on:
            to = liaisons_of(booking.unit_id) or staff_of(booking.resource.place_code)
            title = f"资源预约还没有答复：{booking.resource.title}"
            body = f"{words(booking)}，用途：{booking.purpose}。请在{date_text(due_on)}前答复可以使用或婉拒。"
            yield reminder("booking_unanswered", booking, due_on, to, title, body)


def use_reminders(today: date) -> Iterator[Reminder]:
    """The day before, to both sides."""
    tomorrow = today + timedelta(days=1)
    first, last = midnight(tomorrow), midnight(tomorrow + timedelta(days=1))
    for booking in bookings(status=Status.ACCEPTED, starts_at__gte=first, starts_at__lt=last):
        to = [*liaisons_of(booking.unit_id), *people_of_place(booking)]
        title = f"明天使用：{booking.resource.title}"
        yield reminder(
            "booking_tomorrow", booking, tomorrow, to, title, f"{words(booking)}，用途：{booking.purpose}。"
        )


def feedback_reminders(today: date, calendar: Calendar) -> Iterator[Reminder]:
    """To the place that used it, or let its time go by without a word."""
    is_open = Q(status=Status.USED) | Q(status=Status.ACCEPTED)
    for booking in bookings(ends_at__lt=midnight(today)).filter(is_open):
        due_on = calendar.add_workdays(timezone.localdate(booking.ends_at), FEEDBACK_WORKDAYS)
        if today >= due_on:
            title = f"请反馈使用情况：{booking.resource.title}"
            body = f"{words(booking)}，还没有反馈使用情况。没有用成的请与单位说明后取消。"
            yield reminder("booking_feedback_due", booking, due_on, people_of_place(booking), title, body)


def need_reminders(today: date, calendar: Calendar) -> Iterator[Reminder]:
    """To the community and the subdistrict."""
    last_in_time = calendar.add_workdays(today, -VERIFY_WORKDAYS)
    rows = Need.objects.filter(status=Need.Status.COLLECTED, raised_on__lte=last_in_time)
    for need in rows.select_related("place").order_by("pk"):
        due_on = calendar.add_workdays(need.raised_on, VERIFY_WORKDAYS)
        title = f"需求还没有核实：{need.title}"
        body = f"{need.place}的需求 {need.number}“{need.title}”{date_text(need.raised_on)}提出，请核实、并入或关闭。"
        yield reminder("need_unverified", need, due_on, staff_of(need.place_code), title, body)


def words(booking: ResourceBooking) -> str:
    span = span_text(booking.starts_at, booking.ends_at)
    return f"{booking.place}预约{booking.resource.unit}的“{booking.resource.title}”，{span}"


def reminder(
    kind: str, about: ResourceBooking | Need, due_on: date, to: Iterable[User], title: str, body: str
) -> Reminder:
    return Reminder(
        key=f"{kind}:{about.pk}:{due_on}",
        to=tuple({person.pk: None for person in to}),
        kind=kind,
        title=title,
        body=body,
        url=about.get_absolute_url(),
        about=about,
        due_on=due_on,
    )
