"""Reads about regional bodies: what is still open in one, and whom an account represents."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.actor import Actor
from core.periods import Quarter
from core.roles import Role
from units.models import (
    BodyMember,
    BodySeat,
    Meeting,
    RegionalBody,
    Representative,
    RepresentativeProposal,
    Resolution,
    Unit,
)
from units.terms import months_after

Status = Meeting.Status
UNDER_WAY = (Status.PREPARING, Status.SOLICITING, Status.NOTIFIED, Status.HELD, Status.MINUTES_REVIEW)
PROPOSALS_OVER = (RepresentativeProposal.Status.CLOSED, RepresentativeProposal.Status.DECLINED)
SHOWN = 3
# domain.md §2(b): a body without a session for a year exists on paper only (纸面组织); an office doesn't sit.
PAPER_MONTHS = 12
SITTING = (
    RegionalBody.Kind.ASSEMBLY, RegionalBody.Kind.COMMITTEE, RegionalBody.Kind.JOINT_MEETING,
    RegionalBody.Kind.COMPREHENSIVE,
)  # fmt: skip
HELD = (Status.HELD, Status.MINUTES_REVIEW, Status.ISSUED, Status.ARCHIVED)


def codes_above(code: str) -> list[str]:
    """The codes of a place and of those above it: every beginning of its own."""
    return [code[:length] for length in range(1, len(code) + 1)]


def member_units(place_code: str, on: date, without: RegionalBody | None = None) -> QuerySet:
    """The units in joint meetings of a place or above on a day (``without`` one of the meetings)."""
    meetings = RegionalBody.objects.filter(
        kind=RegionalBody.Kind.JOINT_MEETING, place_code__in=codes_above(place_code)
    )
    meetings = meetings.exclude(status=RegionalBody.Status.DISSOLVED).exclude(
        pk=without.pk if without else None
    )
    return Unit.objects.filter(
        pk__in=BodyMember.objects.effective(on).filter(body__in=meetings).values("unit_id")
    )


def sessions_under_way(body: RegionalBody) -> QuerySet:
    return Meeting._base_manager.filter(body=body, status__in=UNDER_WAY).order_by("pk")


def resolutions_open(body: RegionalBody) -> QuerySet:
    rows = Resolution._base_manager.filter(meeting__body=body, status__in=Resolution.UNCLOSED)
    return rows.order_by("pk")


def proposals_open(body: RegionalBody) -> QuerySet:
    return (
        RepresentativeProposal._base_manager.filter(body=body)
        .exclude(status__in=PROPOSALS_OVER)
        .order_by("pk")
    )


def seats_through(body: RegionalBody, on: date, units: QuerySet | None = None) -> list[BodySeat]:
    """Part-time members who sit in a body only because their unit is a member of this joint meeting."""
    units = BodyMember.objects.filter(body=body, to_on=None).values("unit_id") if units is None else units
    seats = BodySeat.objects.held().filter(
        post=BodySeat.Post.PART_TIME, from_unit__in=units, body__place_code__startswith=body.place_code
    )
    return [
        seat
        for seat in seats.select_related("body", "person", "from_unit").order_by("pk")
        if not member_units(seat.body.place_code, on, without=body).filter(pk=seat.from_unit_id).exists()
    ]


def paper_bodies(on: date, is_yes: bool = True) -> Q:
    """Bodies at work for a year that held no session within it; with ``is_yes`` false the others."""
    since = months_after(on, -PAPER_MONTHS)
    sat = Meeting._base_manager.filter(
        body=OuterRef("pk"), status__in=HELD, held_at__date__gte=since, held_at__date__lte=on
    )
    found = Q(status__in=RegionalBody.RUNNING, kind__in=SITTING, from_on__lt=since) & ~Q(Exists(sat))
    return found if is_yes else ~found


def rosters_due(on: date) -> Q:
    """Bodies at work whose roster was neither confirmed nor changed in the quarter of a day (名册季度核对)."""
    first = Quarter.containing(on).first_day
    untouched = Q(roster_confirmed_on__isnull=True) | Q(roster_confirmed_on__lt=first)
    return Q(status__in=RegionalBody.RUNNING, from_on__lt=first) & untouched


def named(rows: list, word: str, text) -> str:
    """``2 项议定事项（…、…）``: how many, and the first few by name."""
    names = "、".join(text(one) for one in rows[:SHOWN])
    return f"{len(rows)} {word}（{names}{'等' if len(rows) > SHOWN else ''}）"


def open_business(body: RegionalBody, on: date) -> list[str]:
    """What would be left behind if a body were dissolved on a day, in words; empty when nothing is open."""
    found = [
        (list(sessions_under_way(body)), "次会议没有开完", lambda one: f"“{one}”{one.get_status_display()}"),
        (list(resolutions_open(body)), "项议定事项没有销号", lambda one: one.number),
        (list(proposals_open(body)), "件代表提案没有办结", lambda one: f"“{one.title}”"),
        (
            seats_through(body, on),
            "名兼职委员由它的成员单位产生",
            lambda one: f"{one.person}任“{one.body}”兼职委员",
        ),
    ]
    return [named(rows, word, text) for rows, word, text in found if rows]


def representative_of(actor: Actor, today: date) -> QuerySet:
    """The representatives that an account is on a day (代表): effective, and linked to the account; for system all."""
    rows = Representative.objects.effective(today).select_related("assembly", "person")
    if actor.is_system:
        return rows
    if actor.role != Role.REPRESENTATIVE or actor.user_id is None:
        return rows.none()
    return rows.filter(user_id=actor.user_id)
