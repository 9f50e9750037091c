"""What shows that a party organization is at work (党组织活动): each app offers the units that were active in a span.

An app registers a source in ``apps.py ready()``; an organization is idle (建而不动, domain.md §2(c) "Goes wrong") when
none of the units it covers, nor the one that hosts it, was active in any source for six months.
"""

from collections.abc import Callable, Iterator
from datetime import date

from django.db.models import Q, QuerySet

from units.models import Attendance, JointActivity, Meeting

Source = Callable[[date, date], QuerySet]
_sources: dict[str, tuple[str, Source]] = {}


def offer(slug: str, label: str, source: Source) -> None:
    """Register ``source(first, last)``: a queryset of the ids of units that were active from a day to a day."""
    _sources[slug] = (label, source)


def labels() -> list[str]:
    """What counts as activity, in words."""
    return [label for label, _ in _sources.values()]


def active_units(first: date, last: date) -> Iterator[QuerySet]:
    """The ids of active units, one queryset for each source."""
    for _, source in _sources.values():
        yield source(first, last)


def was_active(field: str, first: date, last: date) -> Q:
    """The condition that the unit a field names was active from a day to a day."""
    found = Q()
    for ids in active_units(first, last):
        found |= Q(**{f"{field}__in": ids})
    return found


# What units themselves offer


def in_activities(first: date, last: date) -> QuerySet:
    """Units that took part in a joint activity that was held."""
    through = JointActivity.units.through.objects
    held = through.filter(jointactivity__status="held", jointactivity__held_on__range=(first, last))
    return held.values("unit_id")


def in_sessions(first: date, last: date) -> QuerySet:
    """Units that came to a session whose minutes are issued, themselves or by a substitute."""
    came = (Attendance.Presence.PRESENT, Attendance.Presence.SUBSTITUTE)
    rows = Attendance.objects.filter(
        member__isnull=False,
        presence__in=came,
        meeting__status__in=Meeting.PUBLISHED,
        meeting__held_at__date__range=(first, last),
    )
    return rows.values("member__unit_id")


def hosting_sessions(first: date, last: date) -> QuerySet:
    """Units that hosted such a session."""
    rows = Meeting.objects.filter(status__in=Meeting.PUBLISHED, held_at__date__range=(first, last))
    return rows.filter(host_unit__isnull=False).values("host_unit_id")


offer("activities", "参加已开展的共建活动", in_activities)
offer("attendance", "出席已印发纪要的会议", in_sessions)
offer("hosting", "承办已印发纪要的会议", hosting_sessions)
