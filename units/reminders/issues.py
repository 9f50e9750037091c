"""Whom to chase about issues (domain.md §2.14): takes the day, yields words, writes nothing.

Two workdays before an issue is due its handlers hear it; from the workday after a missed day — of the present step
or of the whole — they and the place above hear it once. Nothing is said on days off.
"""

from collections.abc import Iterator
from datetime import date

from core.components import date_text
from core.telling import Audience, Word, reminds
from core.workdays import Calendar
from units.models import Issue
from units.words.issues import staff_at

BEFORE_WORKDAYS = 2


@reminds
def issue_reminders(today: date) -> Iterator[Word]:
    """Every reminder about open issues that is due on a day; the same day gives the same again."""
    calendar = Calendar()
    if not calendar.is_workday(today):
        return
    until = calendar.add_workdays(today, BEFORE_WORKDAYS)
    late = Issue.objects.overdue(today) | Issue.objects.open().filter(due_on__lte=until)
    for issue in late.select_related("handler__parent").order_by("pk").iterator(chunk_size=2000):
        if issue.is_overdue(today):
            yield overdue_word(issue)
        elif today >= calendar.add_workdays(issue.due_on, -BEFORE_WORKDAYS):
            yield due_word(issue)


def handlers_of(issue: Issue) -> tuple[Audience, ...]:
    """The staff who handle it now, and the unit it was handed to."""
    unit = (Audience(unit_ids=(issue.unit_id,)),) if issue.unit_id else ()
    return (staff_at(issue.handler), *unit)


def due_word(issue: Issue) -> Word:
    return word(
        issue, f"T-{BEFORE_WORKDAYS}", handlers_of(issue), issue.due_on, "issue-due", "问题快到期了", "前办结"
    )


def overdue_word(issue: Issue) -> Word:
    """For the level that handles it and the one above."""
    above = issue.handler.parent
    to = (*handlers_of(issue), *((staff_at(above),) if above else ()))
    step = (
        "办结"
        if issue.due_on <= issue.step_due_on
        else {"registered": "受理", "accepted": "交办"}.get(issue.status, "办结")
    )
    missed = min(issue.step_due_on, issue.due_on)
    return word(
        issue,
        f"+1:{issue.status}",
        to,
        missed,
        "issue-overdue",
        f"问题逾期未{step}",
        f"前应{step}，还没有完成",
    )


def word(
    issue: Issue, stage: str, to: tuple[Audience, ...], due_on: date, kind: str, heading: str, verb: str
) -> Word:
    return Word(
        key=f"{kind}:{issue.pk}:{due_on}:{stage}",
        to=to,
        kind=kind,
        title=f"{heading}：{issue.title}",
        body=f"{issue.handler}办理的问题 {issue.number}“{issue.title}”{date_text(due_on)}{verb}。",
        url=issue.get_absolute_url(),
        about=issue,
        due_on=due_on,
    )
