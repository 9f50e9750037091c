"""Pages of bookings (资源预约): the list, one booking, the request with the resource's days, and the feedback."""

from datetime import date, datetime, timedelta
from functools import cached_property

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from core.clock import today
from core.columns import Column
from core.components import date_cell, date_text
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import STAFF, UNIT_SIDE
from core.workflow import refuse_unless_possible
from projects.actions.bookings import (
    BOOKING_MOVES,
    FURTHEST_DAYS,
    RATINGS,
    give_feedback,
    refuse_unless_bookable,
    request_booking,
    rivals_of,
)
from projects.filters.lists import BookingFilter
from projects.forms.lists import BookingForm, FeedbackForm
from projects.models import Need, Project, Resource, ResourceBooking
from projects.queries.lists import answer_due, hours_of, span_text, week_of

BOTH_SIDES = STAFF | UNIT_SIDE
DAYS_SHOWN = 14
USUAL_HOURS = 2
FIRST_HOUR = 9


class BookingList(ListPage):
    """The bookings the actor has to do with: of the own resources, or by and in a place."""

    model = ResourceBooking
    roles = BOTH_SIDES
    unit_word = "次"
    filterset_class = BookingFilter
    search_fields = ("resource__title", "resource__unit__name", "purpose")
    search_hint = "资源、单位、用途"
    default_order = ("-starts_at", "-pk")
    columns = [
        Column(
            "resource",
            "资源",
            "resource.title",
            link=lambda row: row.get_absolute_url(),
            is_main=True,
            width=28,
        ),
        Column("unit", "提供单位", "resource.unit.name", sort="resource__unit__name_pinyin", width=28),
        Column("place", "申请方", "place.path_name", sort=("place_code",), width=22),
        Column("starts_at", "从", kind="date", sort="starts_at"),
        Column("ends_at", "到", kind="date", sort="ends_at"),
        Column("purpose", "用途", width=30),
        Column("headcount", "人数", kind="int", sort="headcount", in_page=False),
        Column("rating", "评价", lambda row: RATINGS.get(row.rating, ""), in_page=False),
        Column("feedback", "使用情况", in_page=False, width=36),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_columns(self):
        """A unit's people know whose resources they are."""
        is_unit = self.actor.role in UNIT_SIDE
        return [column for column in self.columns if not (is_unit and column.name == "unit")]

    def get_title(self):
        return "对我的预约" if self.actor.role in UNIT_SIDE else "资源预约"

    @property
    def empty_text(self) -> str:
        return (
            "还没有人预约贵单位的资源。"
            if self.actor.role in UNIT_SIDE
            else "还没有预约。从资源清单里选一项，点“预约”。"
        )

    def get_empty_action(self):
        return ("看看资源清单", reverse("projects:resource_list"))

    def get_rows(self):
        return super().get_rows().select_related("resource__unit", "place")


class BookingRow:
    """What the pages of one booking share."""

    model = ResourceBooking
    roles = BOTH_SIDES

    def get_queryset(self):
        return super().get_queryset().select_related("resource__unit", "place", "need", "project")

    def get_breadcrumbs(self):
        label = "对我的预约" if self.actor.role in UNIT_SIDE else "资源预约"
        return [(label, reverse("projects:booking_list"))]


class BookingDetail(BookingRow, DetailPage):
    """One booking: when, by whom, what for, and whose turn it is."""

    template_name = "projects/booking_detail.html"

    def get_title(self):
        return f"预约：{self.object.resource.title}"

    def get_subtitle(self):
        return f"{self.object.place} · {span_text(self.object.starts_at, self.object.ends_at)}"

    def get_facts(self):
        booking = self.object
        is_waiting = booking.status == ResourceBooking.Status.REQUESTED
        facts = [
            ("时间", span_text(booking.starts_at, booking.ends_at)),
            ("用途", booking.purpose),
            ("申请方", booking.place.path_name),
            ("提供单位", str(booking.resource.unit)),
            ("参加人数", f"{booking.headcount:,} 人" if booking.headcount else ""),
            ("请在此日前答复", date_text(answer_due(booking)) if is_waiting else ""),
            ("评价", RATINGS.get(booking.rating, "")),
            ("使用情况", booking.feedback),
            ("申请时间", date_cell(booking.created_at)),
        ]
        return [(label, value) for label, value in facts if value]

    def get_extra_context(self):
        booking = self.object
        is_waiting = booking.status == ResourceBooking.Status.REQUESTED
        rivals = rivals_of(booking) if is_waiting else ResourceBooking.objects.none()
        return {
            "rivals": list(rivals.filter(pk__in=ResourceBooking.objects.visible_to(self.actor).values("pk"))),
            "need": first_visible(Need, booking.need_id, self.actor),
            "project": first_visible(Project, booking.project_id, self.actor),
        }


def first_visible(model, pk: int | None, actor):
    """The row behind a link, when this actor may read it."""
    return model.objects.visible_to(actor).filter(pk=pk).first() if pk else None


class BookingCreate(FormPage):
    """Ask for a resource; the days ahead stand beneath, so that nobody asks for a time that is taken."""

    model = ResourceBooking
    roles = ResourceBooking.BOOKERS
    form_class = BookingForm
    template_name = "projects/booking_form.html"
    action = staticmethod(request_booking)
    submit_label = "提交申请"
    success_message = "已申请。单位答复后会通知您。"

    @cached_property
    def resource(self) -> Resource:
        rows = (
            Resource.objects.visible_to(self.actor)
            .select_related("unit", "place")
            .prefetch_related("windows")
        )
        return get_object_or_404(rows, pk=self.kwargs["resource_pk"])

    def get(self, request, **kwargs):
        try:
            refuse_unless_bookable(self.resource, timezone.now())
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.resource.get_absolute_url())
        return super().get(request, **kwargs)

    def get_title(self):
        return f"预约：{self.resource.title}"

    def get_subtitle(self):
        return str(self.resource.unit)

    def get_breadcrumbs(self):
        return [
            ("资源清单", reverse("projects:resource_list")),
            (self.resource.title, self.resource.get_absolute_url()),
        ]

    def get_form_kwargs(self):
        return {"resource": self.resource, "actor": self.actor}

    def get_initial(self):
        starts = self.asked_start
        return {
            "starts_at": starts,
            "ends_at": min(starts + timedelta(hours=USUAL_HOURS), self.closing_after(starts)),
            "need": self.number_in("need"),
            "project": self.number_in("project"),
        }

    def number_in(self, name: str) -> str:
        """A row named in the address, as a link from a need or a project gives it."""
        text = self.request.GET.get(name, "")
        return text if text.isascii() and text.isdigit() and len(text) < 19 else ""

    @property
    def asked_day(self) -> date:
        """The day in the address; tomorrow for anything that can't be booked."""
        tomorrow = today() + timedelta(days=1)
        try:
            asked = date.fromisoformat(self.request.GET.get("on", ""))
        except ValueError:
            return tomorrow
        return asked if 0 <= (asked - today()).days <= FURTHEST_DAYS else tomorrow

    @cached_property
    def asked_start(self) -> datetime:
        """The beginning of the opening hours on the asked day, or of the next day with hours."""
        first = self.asked_day
        hours = hours_of(self.resource.windows.all())
        near = [first + timedelta(days=offset) for offset in range(7)]
        day = next((one for one in near if not hours or hours.get(one.isoweekday())), first)
        opens = hours[day.isoweekday()][0][0] if hours.get(day.isoweekday()) else None
        local = datetime(day.year, day.month, day.day, FIRST_HOUR)
        return timezone.make_aware(local.replace(hour=opens.hour, minute=opens.minute) if opens else local)

    def closing_after(self, starts: datetime) -> datetime:
        local = timezone.localtime(starts)
        spans = hours_of(self.resource.windows.all()).get(local.isoweekday(), [])
        closes = next((closes for opens, closes in spans if opens <= local.time() < closes), None)
        if closes is None:
            return starts + timedelta(hours=USUAL_HOURS)
        return local.replace(hour=closes.hour, minute=closes.minute)

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "resource": self.resource}

    def get_context(self, **more):
        days = week_of(self.resource, today(), self.actor, days=DAYS_SHOWN)
        return super().get_context(resource=self.resource, days=days, **more)

    def get_cancel_url(self):
        return self.resource.get_absolute_url()


class BookingFeedback(BookingRow, FormPage):
    """The place tells how it was (反馈使用情况)."""

    roles = ResourceBooking.BOOKERS
    form_class = FeedbackForm
    action = staticmethod(give_feedback)
    submit_label = "反馈"
    success_message = "已反馈，提供单位会看到。"

    @property
    def is_change(self) -> bool:
        """The row moves by its action, under its own lock."""
        return False

    def get(self, request, **kwargs):
        try:
            refuse_unless_possible(self.object, ResourceBooking.get_move("give_feedback"), self.actor, "-")
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)

    def get_title(self):
        return f"反馈使用情况：{self.object.resource.title}"

    def get_subtitle(self):
        return span_text(self.object.starts_at, self.object.ends_at)

    def get_breadcrumbs(self):
        return [*super().get_breadcrumbs(), (self.object.resource.title, self.object.get_absolute_url())]

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "booking": self.object}

    def get_cancel_url(self):
        return self.object.get_absolute_url()


booking_move = move_view(
    ResourceBooking,
    {name: action for name, action in BOOKING_MOVES.items() if name != "give_feedback"},
    roles=BOTH_SIDES,
    object_kwarg="booking",
)
