"""Whom to chase about sessions (domain.md §2.14): takes the day, yields reminders, writes nothing.

After three workdays the community hears that a session waits for it, the unit that a returned one does; the day after
an announced session its unit hears that its result is not recorded; once a
month (long-term projects: a quarter) has passed without any session, the unit that carries the project out hears it.
Nothing is said on days off.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.queries import liaisons_of
from core.components import date_text
from core.models import HistoryEntry
from core.periods import Month, Period, Quarter
from core.workdays import Calendar
from notifications.reminders import Reminder
from projects.messages.sessions import confirmers_of, words
from projects.models import Project, ProjectClaim, Session

WAITING_WORKDAYS = 3


def session_reminders(today: date) -> Iterator[Reminder]:
    """Every reminder about sessions that is due on a day; the same day gives the same again."""
    calendar = Calendar()
    if not calendar.is_workday(today):
        return
    yield from unconfirmed(today, calendar)
    yield from returned(today, calendar)
    yield from unrecorded(today)
    for term, kind in ((Project.Term.SHORT, Month), (Project.Term.LONG, Quarter)):
        yield from silent(term, kind.containing(today).previous())


def due_of(since: date, calendar: Calendar) -> date:
    """The last workday on which nobody is chased yet."""
    return calendar.add_workdays(since, WAITING_WORKDAYS)


def unconfirmed(today: date, calendar: Calendar) -> Iterator[Reminder]:
    """Sessions that the community has had for more than three workdays since they were handed in."""
    for session, since in handed_on(Session.Status.RECORDED, ["record", "resubmit"]):
        due_on = due_of(since, calendar)
        if today > due_on:
            people = tuple(person.pk for person in confirmers_of(session) if person.pk != session.author_id)
            yield reminder(session, "session_unconfirmed", since, due_on, people, "场次等您核实", "请核实。")


def returned(today: date, calendar: Calendar) -> Iterator[Reminder]:
    """Returned sessions that their unit has not handed in again for more than three workdays."""
    for session, since in handed_on(Session.Status.RETURNED, ["return"]):
        due_on = due_of(since, calendar)
        if today > due_on:
            people = tuple(person.pk for person in liaisons_of(session.unit_id))
            yield reminder(
                session, "session_returned_waiting", since, due_on, people, "退回的场次等您更正", "请更正后重新提交，或者作废。"
            )  # fmt: skip


def unrecorded(today: date) -> Iterator[Reminder]:
    """Announced sessions whose day is over and of which nothing was recorded."""
    for session in announced_before(today).order_by("pk"):
        yield Reminder(
            key=f"session_unrecorded:{session.pk}:{session.held_on}",
            to=tuple(person.pk for person in liaisons_of(session.unit_id)),
            kind="session_unrecorded",
            title=f"预告的活动等您登记结果：{session.project}",
            body=f"{words(session)}，已经过了。办了的请登记服务人次；没有办的请取消，写明原因。",
            url=session.get_absolute_url(),
            about=session,
            due_on=session.held_on + timedelta(days=1),
        )


def announced_before(today: date) -> QuerySet[Session]:
    """Announced sessions of days that are over."""
    rows = Session.objects.filter(status=Session.Status.PLANNED, held_on__lt=today)
    return rows.select_related("project", "unit", "place")


def handed_on(status: str, moves: list[str]) -> Iterator[tuple[Session, date]]:
    """The sessions in a status with the day on which the last of these moves brought them there."""
    kind = ContentType.objects.get_for_model(Session)
    sessions = Session.objects.filter(status=status).select_related("project", "unit", "place").order_by("pk")
    entries = HistoryEntry.objects.filter(
        about_type=kind, about_id__in=sessions.order_by().values("pk"), move__in=moves
    )
    since = dict(entries.order_by().values_list("about_id").annotate(last=Max("at")))
    for session in sessions:
        yield session, timezone.localdate(since.get(session.pk, session.created_at))


def reminder(
    session: Session, kind: str, since: date, due_on: date, to: tuple[int, ...], title: str, ask: str
) -> Reminder:
    return Reminder(
        key=f"{kind}:{session.pk}:{since}",
        to=to,
        kind=kind,
        title=f"{title}：{session.project}",
        body=f"{words(session)}，{date_text(since)}提交，{ask}"
        if kind == "session_unconfirmed"
        else f"{words(session)}，{date_text(since)}退回，{ask}",
        url=session.get_absolute_url(),
        about=session,
        due_on=due_on,
    )


def silent(term: str, period: Period) -> Iterator[Reminder]:
    """Confirmed leads of running projects without any session in a period that is over."""
    for claim in silent_claims(term, period):
        yield Reminder(
            key=f"session-none:{claim.pk}:{period}",
            to=tuple(person.pk for person in liaisons_of(claim.unit_id)),
            kind="session_none",
            title=f"{period.label}没有登记活动：{claim.project}",
            body=f"项目“{claim.project}”{period.label}没有登记活动。办过的请补登；有困难的请与社区联系，可以申请延期或中止。",
            url=claim.project.get_absolute_url(),
            about=claim,
        )


def silent_claims(term: str, period: Period) -> QuerySet[ProjectClaim]:
    """Projects that ran through the whole period: begun before it, not ended in it."""
    held = Session.objects.filter(
        claim=OuterRef("pk"), held_on__range=(period.first_day, period.last_day)
    ).filter(status__in=Session.HELD_STATUSES)
    begun = Q(project__started_on__lte=period.first_day) | Q(
        project__started_on=None, project__start_on__lte=period.first_day
    )
    claims = ProjectClaim.objects.confirmed_leads().filter(
        begun,
        project__status=Project.Status.RUNNING,
        project__term=term,
        project__end_on__gt=period.last_day,
    )
    return claims.exclude(Exists(held)).select_related("project", "unit").order_by("pk")
