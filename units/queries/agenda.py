"""Reads over sessions: what stands first on the next agenda, what is offered for it, and who came (domain.md §2(a))."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from core.actor import Actor
from core.clock import today
from core.codes import under
from core.components import date_text
from core.meeting_pack import LIMIT, Matter
from core.roles import UNIT_SIDE, Role
from units.models import (
    AgendaItem,
    Attendance,
    BodyMember,
    BodySeat,
    Issue,
    Meeting,
    MeetingReply,
    RegionalBody,
    Representative,
    RepresentativeProposal,
    Resolution,
    Unit,
)
from units.models.meetings import invitee_name

Presence = Attendance.Presence
Answer = MeetingReply.Answer
Invitee = BodyMember | Representative | BodySeat
UNSETTLED_PROPOSALS = ("submitted", "filed", "assigned")


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
    """Items put off at other sessions of the same body, called off or held (暂缓): offered to this one."""
    rows = AgendaItem.objects.filter(
        meeting__body_id=meeting.body_id, status=AgendaItem.Status.POSTPONED
    ).exclude(meeting_id=meeting.pk)
    return rows.select_related("unit", "meeting").order_by("pk")


def members_of(meeting: Meeting) -> QuerySet:
    """The member units on the day of the session (today while it has none)."""
    members = BodyMember.objects.filter(body_id=meeting.body_id).effective(meeting.held_on or today())
    return members.select_related("unit", "leader", "liaison").order_by("pk")


def invited_to(meeting: Meeting) -> QuerySet:
    """Who is expected on the day of the session: member units, representatives, or the seats of a committee."""
    if meeting.roll == "member":
        return members_of(meeting)
    on = meeting.held_on or today()
    if meeting.roll == "representative":
        rows = Representative.objects.filter(assembly_id=meeting.body_id).effective(on)
        return rows.select_related("person__unit").order_by("pk")
    rows = BodySeat.objects.filter(body_id=meeting.body_id).effective(on)
    return rows.select_related("person__unit", "from_unit").order_by("pk")


def invitee_hint(invitee: Invitee) -> str:
    """What stands beside the name on the sign-in sheet: the leader, the constituency, the post."""
    if isinstance(invitee, BodyMember):
        return str(invitee.leader or "")
    if isinstance(invitee, Representative):
        return invitee.constituency or invitee.get_kind_display()
    return invitee.get_post_display()


def speaks_for(meeting: Meeting, actor: Actor) -> Invitee | None:
    """For whom the actor may answer the notice: the own unit (or the seat it sent), or oneself as a representative.

    A representative is known by the account on the roll, else by name where exactly one without account bears it.
    """
    rows = invited_to(meeting)
    if actor.role in UNIT_SIDE and actor.unit_id is not None:
        if meeting.roll == "representative":
            return None
        field = "unit_id" if meeting.roll == "member" else "from_unit_id"
        return rows.filter(**{field: actor.unit_id}).first()
    if actor.role == Role.REPRESENTATIVE and meeting.roll == "representative" and actor.user_id:
        named = rows.filter(user__isnull=True, person__name=actor.name)[:2]
        found = list(rows.filter(user_id=actor.user_id)[:1]) or list(named)
        return found[0] if len(found) == 1 else None
    return None


def leading_units(meeting: Meeting) -> QuerySet:
    """The units that may lead or help with a resolution: the members; elsewhere those of the place's joint meeting."""
    members = members_of(meeting)
    if meeting.roll != "member":
        members = BodyMember.objects.filter(
            body__kind=RegionalBody.Kind.JOINT_MEETING, body__place_code=meeting.place_code
        ).effective(meeting.held_on or today())
    return Unit.objects.filter(pk__in=members.values("unit_id")).order_by("name_pinyin")


def open_proposals(meeting: Meeting) -> QuerySet:
    """Proposals to the assembly that are not settled and stand on no agenda yet (提案列入议程)."""
    on_agenda = AgendaItem.objects.filter(proposal__isnull=False).exclude(status="declined")
    rows = RepresentativeProposal.objects.filter(body_id=meeting.body_id, status__in=UNSETTLED_PROPOSALS)
    return rows.exclude(pk__in=on_agenda.values("proposal_id")).order_by("pk")


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
        return self.text_for(True)

    def text_for(self, has_heads: bool) -> str:
        """In words; of representatives and committees nobody is a unit's head."""
        if not self.expected:
            return "尚未登记"
        text = (
            f"应到 {self.expected}，实到 {self.came}（其中委托 {self.substitutes}），请假 {self.leave}，"
            f"缺席 {self.absent}"
        )
        return f"{text}，主要负责人到会 {self.heads}" if has_heads else text


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


@dataclass(frozen=True, slots=True)
class Replies:
    """What was answered to a notice (参会回执): how many come, send somebody, ask for leave; who is still silent."""

    attend: int
    substitutes: int
    leave: int
    silent: tuple[str, ...]

    @property
    def text(self) -> str:
        return (
            f"回执：参加 {self.attend}，委托 {self.substitutes}，请假 {self.leave}，未回复 {len(self.silent)}"
        )


def replies_to(meeting: Meeting, invited: Iterable[Invitee], rows: Iterable[MeetingReply]) -> Replies:
    """Count the answers of those who are invited now."""
    answers = {row.invitee_id: row.answer for row in rows}
    expected = list(invited)
    given = [answers.get(one.pk) for one in expected]
    silent = tuple(invitee_name(one) for one in expected if one.pk not in answers)
    return Replies(
        given.count(Answer.ATTEND), given.count(Answer.SUBSTITUTE), given.count(Answer.LEAVE), silent
    )
