"""Whom to chase about the years of long-term projects (domain.md §2(e), §2.14 年考评 milestones): takes the day, writes nothing.

| what | when | whom |
| --- | --- | --- |
| the summary of the year, due 10 December | five workdays before; the workday after | leading units; then the owner too |
| a summary handed in | after five workdays | the owner |
| the result of the review, due 31 January | five workdays before; the workday after | the subdistrict |

One message for all projects of a unit or a place: whoever leads twelve hears it once.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby

from django.urls import reverse

from accounts.queries import liaisons_of
from core.components import date_text
from core.roles import Role
from core.workdays import Calendar
from notifications.reminders import Reminder
from projects.models import ProjectClaim, ProjectYear
from projects.queries.project import staff_of, staff_over

SUMMARY_DUE, REVIEW_DUE = (12, 10), (1, 31)
BEFORE, ACCEPT_WORKDAYS = 5, 5
SHOWN = 3
Status = ProjectYear.Status


def summary_due_on(year: int) -> date:
    """The day on which the list of the yearly review opens."""
    return date(year, *SUMMARY_DUE)


def review_due_on(year: int) -> date:
    """Results of a year's review are written down by the end of the January after it."""
    return date(year + 1, *REVIEW_DUE)


def accept_due_on(year: ProjectYear, calendar: Calendar) -> date:
    return calendar.add_workdays(year.concluded_on, ACCEPT_WORKDAYS)


def year_reminders(today: date, calendar: Calendar) -> Iterator[Reminder]:
    """Every reminder about years of projects that is due on a workday."""
    yield from summaries_due(today, calendar)
    yield from acceptances_due(today, calendar)
    yield from reviews_due(today, calendar)


def stage_of(due_on: date, today: date, calendar: Calendar) -> str:
    if today > due_on:
        return "+1"
    return f"T-{BEFORE}" if today >= calendar.add_workdays(due_on, -BEFORE) else ""


def summaries_due(today: date, calendar: Calendar) -> Iterator[Reminder]:
    owed = ProjectYear.objects.owed(today).select_related("project").order_by("year", "project_id")
    rows = [row for row in owed if stage_of(summary_due_on(row.year), today, calendar)]
    leads = leads_of(rows)
    led = [(unit_id, row) for row in rows for unit_id in leads.get(row.project_id, ())]
    for (unit_id, year), mine in grouped(led, key=lambda pair: (pair[0], pair[1].year)):
        due_on = summary_due_on(year)
        stage = stage_of(due_on, today, calendar)
        words = f"{year}年度小结{'逾期未写' if stage == '+1' else '请在' + date_text(due_on) + '前写好'}：{titles(row for _, row in mine)}"
        people = tuple(person.pk for person in liaisons_of(unit_id))
        first = mine[0][1].project
        yield told(
            "year-summary-due", f"unit-{unit_id}:{year}:{stage}", people, "请写年度小结", words, first, due_on
        )
    late = [row for row in rows if stage_of(summary_due_on(row.year), today, calendar) == "+1"]
    for (code, year), here in grouped(late, key=lambda row: (row.project.place_code, row.year)):
        words = f"{year}年度小结逾期未写，请催一催：{titles(here)}"
        people = tuple(person.pk for person in staff_of(code))
        key = f"place-{code}:{year}:+1"
        yield told(
            "year-summary-due", key, people, "年度小结逾期", words, here[0].project, summary_due_on(year)
        )


def acceptances_due(today: date, calendar: Calendar) -> Iterator[Reminder]:
    waiting = ProjectYear.objects.by_themselves().filter(status=Status.CONCLUDED, concluded_on__lt=today)
    rows = [row for row in waiting.select_related("project") if today > accept_due_on(row, calendar)]
    for (code, concluded), here in grouped(rows, key=lambda row: (row.project.place_code, row.concluded_on)):
        words = f"{date_text(concluded)}提交的年度小结还没有验收：{titles(here)}"
        people = tuple(person.pk for person in staff_of(code))
        due_on = accept_due_on(here[0], calendar)
        key = f"place-{code}:{concluded}"
        yield told("year-accept-waiting", key, people, "年度小结等您验收", words, here[0].project, due_on)


def reviews_due(today: date, calendar: Calendar) -> Iterator[Reminder]:
    waiting = ProjectYear.objects.by_themselves().filter(status=Status.TO_REVIEW).select_related("project")
    rows = [row for row in waiting if stage_of(review_due_on(row.year), today, calendar)]
    for (code, year), here in grouped(rows, key=lambda row: (row.project.place_code[:9], row.year)):
        due_on = review_due_on(year)
        stage = stage_of(due_on, today, calendar)
        words = f"{year}年度评议结果{'逾期未登记' if stage == '+1' else '请在' + date_text(due_on) + '前登记'}：{titles(here)}"
        people = tuple(
            person.pk for person in staff_over(code, Role.SUBDISTRICT) or staff_over(code, Role.DISTRICT)
        )
        key = f"place-{code}:{year}:{stage}"
        yield told("year-review-due", key, people, "请登记年度评议结果", words, here[0].project, due_on)


def leads_of(rows: list[ProjectYear]) -> dict[int, list[int]]:
    """The units that lead the projects of these years, in one query."""
    found: dict[int, list[int]] = {}
    leads = ProjectClaim.objects.confirmed_leads().filter(project__in={row.project_id for row in rows})
    for project_id, unit_id in leads.order_by("pk").values_list("project_id", "unit_id"):
        found.setdefault(project_id, []).append(unit_id)
    return found


def grouped(rows: list, key: Callable) -> Iterator[tuple[tuple, list]]:
    for value, group in groupby(sorted(rows, key=key), key=key):
        yield value, list(group)


def titles(years: Iterable[ProjectYear]) -> str:
    names = [f"“{row.project.title}”" for row in years]
    more = f"等 {len(names)} 个项目" if len(names) > SHOWN else ""
    return f"{'、'.join(names[:SHOWN])}{more}。"


def told(
    kind: str, key: str, to: tuple[int, ...], title: str, body: str, about, due_on: date
) -> Reminder:  # fmt: skip
    return Reminder(
        key=f"{kind}:{key}", to=to, kind=kind.replace("-", "_"), title=title, body=body,
        url=reverse("projects:year_list"), about=about, due_on=due_on,
    )  # fmt: skip
