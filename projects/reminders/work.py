"""Whom to chase about work on projects (domain.md §2.14): takes the day, yields reminders, writes nothing.

| what | when | whom |
| --- | --- | --- |
| progress of the month (long-term: the quarter) | three workdays before its end, unless something was told | leading units |
| a period without a word | ten workdays after its end | the owner, who may suspend the project |
| a milestone | three workdays before; the workday after | leading units; then the owner too |
| the project's last day | five workdays before; the workday after | leading units; then the owner too |
| putting right | three workdays before; the workday after | leading units; then the owner too |
| acceptance, extension | after five, three workdays | the owner |
| an invitation | one workday before its day | the unit asked |

A session, a milestone done or a report counts as a word: nobody is asked to write for writing's sake. Nothing is said
on days off. The numbers of the last three lines are our defaults where the domain names none.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.queries import liaisons_of
from core.components import date_text
from core.periods import Month, Period, Quarter
from core.workdays import Calendar
from notifications.reminders import Reminder
from projects.models import (
    Acceptance,
    ClaimInvitation,
    Milestone,
    ProgressReport,
    Project,
    ProjectClaim,
    ProjectExtension,
    Session,
)
from projects.queries.project import staff_of
from projects.reminders.years import year_reminders

PROGRESS_BEFORE, SILENT_AFTER = 3, 10
MILESTONE_BEFORE, END_BEFORE, RECTIFY_BEFORE, ANSWER_BEFORE = 3, 5, 3, 1
ACCEPTANCE_WORKDAYS, EXTENSION_WORKDAYS = 5, 3
PERIODS = ((Project.Term.SHORT, Month), (Project.Term.LONG, Quarter))
AT_WORK = (Project.Status.RUNNING, Project.Status.FIXING)


class People:
    """Who is told, each unit and place looked up once a run."""

    def __init__(self) -> None:
        self.unit = cache(lambda unit_id: tuple(person.pk for person in liaisons_of(unit_id)))
        self.staff = cache(lambda place_code: tuple(person.pk for person in staff_of(place_code)))
        self._leads: dict[int, list[int]] = {}
        leads = ProjectClaim.objects.confirmed_leads().filter(project__status__in=AT_WORK).order_by("pk")
        for project_id, unit_id in leads.values_list("project_id", "unit_id"):
            self._leads.setdefault(project_id, []).append(unit_id)

    def leads(self, project: Project) -> tuple[int, ...]:
        return tuple(pk for unit_id in self._leads.get(project.pk, ()) for pk in self.unit(unit_id))

    def both(self, project: Project) -> tuple[int, ...]:
        return tuple(dict.fromkeys([*self.leads(project), *self.staff(project.place_code)]))


def work_reminders(today: date) -> Iterator[Reminder]:
    """Every reminder about work on projects that is due on a day; the same day gives the same again."""
    calendar = Calendar()
    if not calendar.is_workday(today):
        return
    people = People()
    for term, kind in PERIODS:
        yield from progress_due(term, kind.containing(today), today, calendar, people)
        yield from silent(term, kind.containing(today).previous(), today, calendar, people)
    yield from milestones_due(today, calendar, people)
    yield from ends_due(today, calendar, people)
    yield from rectifications_due(today, calendar, people)
    yield from owners_turn(today, calendar, people)
    yield from invitations_due(today, calendar, people)
    yield from year_reminders(today, calendar)


def stage_of(due_on: date, before: int, today: date, calendar: Calendar) -> str:
    """``T-3`` from that many workdays before a day to the day itself, ``+1`` after it, "" earlier."""
    if today > due_on:
        return "+1"
    return f"T-{before}" if today >= calendar.add_workdays(due_on, -before) else ""


def reminder(
    project: Project, kind: str, key: str, to: tuple[int, ...], title: str, body: str, due_on: date | None
) -> Reminder:
    return Reminder(
        key=f"{kind}:{key}",
        to=to,
        kind=kind.replace("-", "_"),
        title=f"{title}：{project.title}",
        body=body,
        url=project.get_absolute_url(),
        about=project,
        due_on=due_on,
    )


# Progress


def silent_in(term: str, period: Period) -> QuerySet[Project]:
    """Running projects, begun before the period, of which nobody has told anything in it."""
    span = (period.first_day, period.last_day)
    told = ProgressReport.objects.filter(project=OuterRef("pk"), reported_on__range=span)
    held = Session.objects.filter(
        project=OuterRef("pk"), held_on__range=span, status__in=Session.HELD_STATUSES
    )
    begun = Q(started_on__lt=period.first_day) | Q(started_on=None, start_on__lt=period.first_day)
    running = Project.objects.filter(begun, status=Project.Status.RUNNING, term=term)
    return running.exclude(Exists(told)).exclude(Exists(held)).order_by("pk")


def progress_due(
    term: str, period: Period, today: date, calendar: Calendar, people: People
) -> Iterator[Reminder]:
    """The last three workdays of a month (quarter) without a word."""
    due_on = calendar.last_workday(Month.containing(period.last_day))
    if stage_of(due_on, PROGRESS_BEFORE, today, calendar) != f"T-{PROGRESS_BEFORE}":
        return
    for project in silent_in(term, period):
        body = f"项目“{project.title}”{period.label}还没有登记活动，也没有填报进展。办过活动的登记一下，没有的写一句进展就行。"
        key = f"{project.pk}:{period}"
        yield reminder(
            project, "project-progress-due", key, people.leads(project), "请说一句进展", body, due_on
        )


def silent(term: str, period: Period, today: date, calendar: Calendar, people: People) -> Iterator[Reminder]:
    """中止预警: ten workdays after a period in which nothing was told."""
    if today < calendar.add_workdays(period.last_day, SILENT_AFTER):
        return
    for project in silent_in(term, period):
        body = f"项目“{project.title}”{period.label}没有活动，也没有进展。请联系认领单位，确实做不下去的可以中止。"
        key, to = f"{project.pk}:{period}", people.staff(project.place_code)
        yield reminder(project, "project-silent", key, to, "项目中止预警", body, None)


# Days that were set


def milestones_due(today: date, calendar: Calendar, people: People) -> Iterator[Reminder]:
    until = calendar.add_workdays(today, MILESTONE_BEFORE)
    rows = Milestone.objects.filter(done_on=None, due_on__lte=until, project__status__in=AT_WORK)
    for row in rows.select_related("project").order_by("pk"):
        stage = stage_of(row.due_on, MILESTONE_BEFORE, today, calendar)
        if stage:
            is_late = stage == "+1"
            title = "里程碑逾期" if is_late else "里程碑快到期了"
            ask = "还没有报完成" if is_late else "完成后在项目页面报一下"
            body = f"项目“{row.project.title}”的里程碑“{row.title}”{date_text(row.due_on)}前完成，{ask}。"
            to = people.both(row.project) if is_late else people.leads(row.project)
            yield reminder(
                row.project, "milestone-due", f"{row.pk}:{row.due_on}:{stage}", to, title, body, row.due_on
            )


def ends_due(today: date, calendar: Calendar, people: People) -> Iterator[Reminder]:
    until = calendar.add_workdays(today, END_BEFORE)
    for row in Project.objects.filter(status=Project.Status.RUNNING, end_on__lte=until).order_by("pk"):
        stage = stage_of(row.end_on, END_BEFORE, today, calendar)
        if stage:
            is_late = stage == "+1"
            title = "项目已到期" if is_late else "项目快到期了"
            body = f"项目“{row.title}”{date_text(row.end_on)}结束。做完了请提交验收，来不及的请申请延期。"
            to = people.both(row) if is_late else people.leads(row)
            key = f"{row.pk}:{row.end_on}:{stage}"
            yield reminder(row, "project-end-due", key, to, title, body, row.end_on)


def rectifications_due(today: date, calendar: Calendar, people: People) -> Iterator[Reminder]:
    rows = Acceptance.objects.filter(
        result=Acceptance.Result.RECTIFY, project__status=Project.Status.FIXING
    ).order_by("project_id", "-round")
    # Of several rounds the last one says until when.
    for row in rows.distinct("project_id").select_related("project"):
        stage = stage_of(row.rectify_due_on, RECTIFY_BEFORE, today, calendar)
        if stage:
            is_late = stage == "+1"
            title = "整改逾期" if is_late else "整改快到期了"
            body = f"项目“{row.project.title}”{date_text(row.rectify_due_on)}前整改并再次提交验收。整改要求：{row.opinion}"
            to = people.both(row.project) if is_late else people.leads(row.project)
            yield reminder(
                row.project, "rectify-due", f"{row.pk}:{stage}", to, title, body, row.rectify_due_on
            )


# The owner's turn


def owners_turn(today: date, calendar: Calendar, people: People) -> Iterator[Reminder]:
    """Acceptances and extensions that have waited too long."""
    waiting = Acceptance.objects.filter(result="", project__status=Project.Status.TO_ACCEPT)
    for row in waiting.select_related("project", "unit").order_by("pk"):
        due_on = calendar.add_workdays(timezone.localdate(row.submitted_at), ACCEPTANCE_WORKDAYS)
        if today > due_on:
            body = (
                f"{row.unit}{date_text(row.submitted_at)}提交了项目“{row.project.title}”的验收，还没有结论。"
            )
            to = people.staff(row.place_code)
            yield reminder(row.project, "acceptance-waiting", f"{row.pk}", to, "验收等您办理", body, due_on)
    asked = ProjectExtension.objects.filter(status=ProjectExtension.Status.SUBMITTED)
    for row in asked.select_related("project", "unit").order_by("pk"):
        due_on = calendar.add_workdays(timezone.localdate(row.submitted_at), EXTENSION_WORKDAYS)
        if today > due_on:
            body = (
                f"{row.unit}申请把项目“{row.project.title}”延到{date_text(row.wanted_end_on)}，还没有答复。"
            )
            to = people.staff(row.place_code)
            yield reminder(
                row.project, "extension-waiting", f"{row.pk}", to, "延期申请等您答复", body, due_on
            )


def invitations_due(today: date, calendar: Calendar, people: People) -> Iterator[Reminder]:
    until = calendar.add_workdays(today, ANSWER_BEFORE)
    rows = ClaimInvitation.objects.waiting().filter(due_on__range=(today, until))
    for row in rows.select_related("project").order_by("pk"):
        body = f"街道请贵单位认领项目“{row.project.title}”，请在{date_text(row.due_on)}前答复，不方便也可以婉拒。"
        to = people.unit(row.unit_id)
        yield reminder(row.project, "invitation-due", f"{row.pk}", to, "认领邀请等您答复", body, row.due_on)
