"""Reads over needs, resources and bookings that more than one page needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from accounts.queries import people_with_role
from core.actor import Actor
from core.clock import today
from core.codes import under
from core.components import Tag, status_of
from core.numbers import next_number
from core.roles import Role
from core.workdays import add_workdays
from projects.models import Need, Project, Resource, ResourceBooking, ResourceWindow
from projects.queries.project import codes_above, subdistrict_of
from units.actions.issues import LEVEL_WORD
from units.models import Division, Unit

Level = Division.Level
COMMUNITY_LENGTH, SUBDISTRICT_LENGTH, DISTRICT_LENGTH = 12, 9, 6
DUPLICATE_DAYS = 60
SIMILAR = 0.3
MOST_CANDIDATES = 5
# Our default where domain.md §2.14 says nothing: workdays to verify a need, to answer a booking, to tell how it was.
VERIFY_WORKDAYS, ANSWER_WORKDAYS, FEEDBACK_WORKDAYS = 3, 2, 3
# Projects that a need may still go into.
JOINABLE = ("draft", "review", "open", "unclaimed", "claimed", "running", "suspended")
# Projects that have come to their good end: what the need asked for is there.
FINISHED = ("done", "to_review", "reviewed", "archived")
# Bookings that hold the resource, and those that may still come to it.
HOLDING = ("accepted", "used", "feedback")
DAYS_OF_WEEK = 7
WEEKDAYS = "一二三四五六日"


def take_list_number(prefix: str, series: str, place: Division, on: date) -> str:
    """``XQ-2026-玉林-0012``: gap-free within one list, subdistrict and year; inside the transaction of the fact."""
    where = subdistrict_of(place)
    number = next_number(f"{series}:{where.code}:{on.year}")
    return f"{prefix}-{on.year}-{LEVEL_WORD.sub('', where.name)}-{number:04d}"


# Needs


def need_candidates(need: Need) -> QuerySet[Need]:
    """What may say the same: same community and domain, or a similar title there, within 60 days; likest first.

    Duplicates themselves and closed ones can't be an original.
    """
    span = timedelta(days=DUPLICATE_DAYS)
    near = Need.objects.filter(
        under(need.place_code[:COMMUNITY_LENGTH]),
        raised_on__range=(need.raised_on - span, need.raised_on + span),
    )
    return (
        near.exclude(pk=need.pk)
        .exclude(status__in=[Need.Status.DUPLICATE, Need.Status.CLOSED])
        .annotate(likeness=TrigramSimilarity("title", need.title))
        .filter(Q(domain=need.domain) | Q(likeness__gte=SIMILAR))
        .annotate(same=Case(When(domain=need.domain, then=Value(0)), default=Value(1)))
        .order_by("-likeness", "same", "pk")
    )


def joinable_projects(need: Need, actor: Actor) -> QuerySet[Project]:
    """Projects at, below or above the need's place that it may go into, the latest first."""
    around = under(need.place_code) | Q(place_code__in=codes_above(need.place_code))
    return Project.objects.visible_to(actor).filter(around, status__in=JOINABLE).order_by("-pk")


def verify_due(need: Need) -> date:
    """The workday by which a collected need should be verified."""
    return add_workdays(need.raised_on, VERIFY_WORKDAYS)


def community_of(place: Division) -> Division:
    """The community at or above a place; the place itself above that level."""
    found = Division.objects.filter(level=Level.COMMUNITY, code__in=codes_above(place.code)).first()
    return found or place


def offering_units(actor: Actor) -> QuerySet[Unit]:
    """The units that staff may enter a need or a resource for: operating members in their place."""
    units = Unit.objects.effective().filter(
        under(actor.place_code), is_member=True, operating_status=Unit.OperatingStatus.OPERATING
    )
    return units.order_by("place_code", "name_pinyin")


# Resources


def hours_of(windows: Iterable[ResourceWindow]) -> dict[int, list[tuple[time, time]]]:
    """The opening hours by weekday (1 = Monday), each in order."""
    hours: dict[int, list[tuple[time, time]]] = {}
    for window in sorted(windows, key=lambda one: (one.weekday, one.opens_at)):
        hours.setdefault(window.weekday, []).append((window.opens_at, window.closes_at))
    return hours


def spans_text(spans: Iterable[tuple[time, time]]) -> str:
    """``09:00—12:00、14:00—17:00``."""
    return "、".join(f"{opens:%H:%M}—{closes:%H:%M}" for opens, closes in spans)


def hours_text(hours: dict[int, list[tuple[time, time]]]) -> str:
    """``周一至周五 09:00—17:00；周六 09:00—12:00``; nothing where there are no hours."""
    days: dict[tuple, list[int]] = {}
    for day, spans in sorted(hours.items()):
        days.setdefault(tuple(spans), []).append(day)
    return "；".join(f"{days_text(alike)} {spans_text(spans)}" for spans, alike in days.items())


def days_text(days: list[int]) -> str:
    """``周一至周五`` for a run of three or more, else ``周一、周三``."""
    names = [f"周{WEEKDAYS[day - 1]}" for day in days]
    is_run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
    return f"{names[0]}至{names[-1]}" if is_run else "、".join(names)


def span_text(starts_at: datetime, ends_at: datetime) -> str:
    """``11月25日 周三 09:00—11:00``; both days where it ends on another one."""
    first, last = timezone.localtime(starts_at), timezone.localtime(ends_at)
    if first.date() == last.date():
        return f"{day_text(first.date())} {first:%H:%M}—{last:%H:%M}"
    return f"{day_text(first.date())} {first:%H:%M} — {day_text(last.date())} {last:%H:%M}"


def day_text(day: date) -> str:
    """``11月25日 周三``."""
    return f"{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"


def scope_code(resource: Resource) -> str:
    """The code of the place for which a resource is open: its community, its subdistrict or the whole district."""
    length = {
        Resource.Scope.COMMUNITY: COMMUNITY_LENGTH,
        Resource.Scope.SUBDISTRICT: SUBDISTRICT_LENGTH,
        Resource.Scope.DISTRICT: DISTRICT_LENGTH,
    }[resource.scope]
    return resource.place_code[:length]


def is_open_for(resource: Resource, place_code: str) -> bool:
    """Whether a place lies in the resource's scope."""
    return place_code.startswith(scope_code(resource))


def clashing(resource: Resource, starts_at: datetime, ends_at: datetime) -> QuerySet[ResourceBooking]:
    """Accepted bookings that overlap a time (its end not included), as the exclusion constraint compares them."""
    return resource.bookings.filter(status__in=HOLDING, starts_at__lt=ends_at, ends_at__gt=starts_at)


# The week of a resource


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking in a day of the week: its hours, who (where the reader may know), its state."""

    hours: str
    words: str
    tag: Tag
    url: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a resource's week."""

    on: date
    label: str
    hours: str
    entries: list[Entry]
    is_today: bool
    is_past: bool


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def week_of(resource: Resource, monday: date, actor: Actor, *, days: int = DAYS_OF_WEEK) -> list[Day]:
    """The days from ``monday`` on with hours and bookings; two queries and the windows.

    Who booked is told to those who may see the booking; others read only that the time is taken.
    """
    first, last = midnight(monday), midnight(monday + timedelta(days=days))
    rows = resource.bookings.filter(
        status__in=(*HOLDING, "requested"), starts_at__lt=last, ends_at__gt=first
    ).select_related("place")
    bookings = list(rows.order_by("starts_at", "pk"))
    visible = set(
        ResourceBooking.objects.visible_to(actor)
        .filter(pk__in=[booking.pk for booking in bookings])
        .values_list("pk", flat=True)
    )
    hours = hours_of(resource.windows.all())
    shown = [one for one in bookings if one.pk in visible or one.status in HOLDING]
    return [day_of(monday + timedelta(days=offset), hours, shown, visible) for offset in range(days)]


def day_of(on: date, hours: dict, bookings: list[ResourceBooking], visible: set[int]) -> Day:
    first, last = midnight(on), midnight(on + timedelta(days=1))
    entries = [
        entry_of(booking, first, last, booking.pk in visible)
        for booking in bookings
        if booking.starts_at < last and booking.ends_at > first
    ]
    opening = "另行商定" if not hours else spans_text(hours.get(on.isoweekday(), [])) or "不开放"
    return Day(on, day_text(on), opening, entries, on == today(), on < today())


def entry_of(booking: ResourceBooking, first: datetime, last: datetime, is_visible: bool) -> Entry:
    """The part of a booking that lies in one day."""
    starts, ends = max(booking.starts_at, first), min(booking.ends_at, last)
    until = "24:00" if ends == last else f"{timezone.localtime(ends):%H:%M}"
    hours = f"{timezone.localtime(starts):%H:%M}—{until}"
    if not is_visible:
        return Entry(hours, "", Tag("已约", "off"))
    return Entry(
        hours, f"{booking.place.name} · {booking.purpose}", status_of(booking), booking.get_absolute_url()
    )


# People


def people_of_place(booking: ResourceBooking) -> list[User]:
    """Who works at exactly the place that booked."""
    return people_with_role(Role.COMMUNITY, Role.SUBDISTRICT, place_code=booking.place_code)


def answer_due(booking: ResourceBooking) -> date:
    """The workday by which the unit should answer."""
    return add_workdays(timezone.localdate(booking.created_at), ANSWER_WORKDAYS)


def feedback_due(booking: ResourceBooking) -> date:
    """The workday by which the place should tell how it was."""
    return add_workdays(timezone.localdate(booking.ends_at), FEEDBACK_WORKDAYS)


def bookable_places(actor: Actor) -> QuerySet[Division]:
    """The places an actor may book for: the own, and for a subdistrict its communities."""
    own = Division.objects.filter(
        under(actor.place_code, "code"), level__in=(Level.SUBDISTRICT, Level.COMMUNITY)
    )
    return own.order_by("code")
