"""Reads over sessions: what stands first on the next agenda, what is offered for it, and who came (domain.md §2(a))."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from core.clock import today
from core.codes import under
from core.components import date_text
from core.meeting_pack import LIMIT, Matter
from units.models import AgendaItem, Attendance, BodyMember, Issue, Meeting, Resolution

Presence = Attendance.Presence


def earlier_than(meeting: Meeting) -> Q:
    """Sessions of the same joint meeting before this one."""
    number = Q(meeting__year=meeting.year, meeting__number__lt=meeting.number)
    return Q(meeting__body_id=meeting.body_id) & (Q(meeting__year__lt=meeting.year) | number)


def carried_over(meeting: Meeting) -> QuerySet:
    """Resolutions of earlier sessions not closed before this one: they stand first on its agenda (上次议定事项)."""
    rows = (
        Resolution.objects.in_force()
        .filter(earlier_than(meeting))
        .exclude(status=Resolution.Status.TERMINATED)
    )
    until = meeting.held_on if meeting.status not in Meeting.OPEN_AGENDA else None
    still = Q(closed_on__isnull=True)
    rows = rows.filter(still | Q(closed_on__gte=until) if until else still)
    return rows.select_related("lead_unit", "lead_place", "meeting__body").order_by("due_on", "pk")


def agenda(meeting: Meeting) -> QuerySet:
    """The items of a session in their order, whatever became of them."""
    return (
        AgendaItem.objects.filter(meeting=meeting).select_related("unit", "author").order_by("position", "pk")
    )


def adopted_items(meeting: Meeting) -> QuerySet:
    """The items that are deliberated at the session."""
    return agenda(meeting).filter(status__in=[AgendaItem.Status.ADOPTED, AgendaItem.Status.DELIBERATED])


def postponed_items(meeting: Meeting) -> QuerySet:
    """Items put off at earlier sessions of the same joint meeting (暂缓)."""
    rows = AgendaItem.objects.filter(earlier_than(meeting), status=AgendaItem.Status.POSTPONED)
    return rows.select_related("unit", "meeting").order_by("pk")


def members_of(meeting: Meeting) -> QuerySet:
    """The member units on the day of the session (today while it has none)."""
    members = BodyMember.objects.filter(body_id=meeting.body_id).effective(meeting.held_on or today())
    return members.select_related("unit", "leader", "liaison").order_by("pk")


def overdue_issues(place_code: str, on: date) -> list[Matter]:
    """Issues of a place past their due day (逾期问题)."""
    rows = (
        Issue.objects.filter(under(place_code)).overdue(on).select_related("place").order_by("due_on", "pk")
    )
    return [
        Matter(
            title=f"逾期问题：{issue.title}",
            background=f"{issue.place}的问题，应于{date_text(issue.due_on)}办结，现在{issue.get_status_display()}。",
            url=issue.get_absolute_url(),
            due_on=issue.due_on,
        )
        for issue in rows[:LIMIT]
    ]


@dataclass(frozen=True, slots=True)
class Turnout:
    """Who came (到会情况): expected, in person, by a substitute, heads counted apart."""

    expected: int = 0
    present: int = 0
    substitutes: int = 0
    leave: int = 0
    absent: int = 0
    heads: int = 0

    @property
    def came(self) -> int:
        """实到, substitutes included."""
        return self.present + self.substitutes

    @property
    def text(self) -> str:
        if not self.expected:
            return "尚未登记"
        return (
            f"应到 {self.expected}，实到 {self.came}（其中委托 {self.substitutes}），请假 {self.leave}，"
            f"缺席 {self.absent}，主要负责人到会 {self.heads}"
        )


def turnout_of(attendances: Iterable[Attendance]) -> Turnout:
    """Count the rows of one session."""
    rows = list(attendances)
    by = {name: sum(row.presence == name for row in rows) for name in Presence.values}
    return Turnout(
        len(rows),
        by[Presence.PRESENT],
        by[Presence.SUBSTITUTE],
        by[Presence.LEAVE],
        by[Presence.ABSENT],
        sum(row.is_head for row in rows),
    )
