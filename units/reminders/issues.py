"""Whom to chase about issues (domain.md §2.14): takes the day, yields words, writes nothing.

On the day by which it should be accepted or handed on, and two workdays before it is due, its handlers hear it. From the
workday after a missed day — of the present step or of the whole — they and the place above hear it, five workdays later
the next place up, and after ten the district. Nothing is said on days off.
"""

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.db.models import Q

from core.components import date_text
from core.telling import Audience, Word, reminds
from core.workdays import Calendar
from units.models import Division, Issue
from units.words.issues import staff_at

BEFORE_WORKDAYS = 2
# After how many workdays of delay how many places above the handling one hear it.
LADDER = ((1, 1), (5, 2), (10, 3))
STEP_WORDS = {"registered": "受理", "accepted": "交办"}


@reminds
def issue_reminders(today: date) -> Iterator[Word]:
    """Every reminder about open issues that is due on a day; the same day gives the same again."""
    calendar = Calendar()
    if not calendar.is_workday(today):
        return
    until = calendar.add_workdays(today, BEFORE_WORKDAYS)
    steps = Q(status="registered", accept_due_on=today) | Q(status="accepted", assign_due_on=today)
    open_ones = Issue.objects.open()
    chased = Issue.objects.overdue(today) | open_ones.filter(due_on__lte=until) | open_ones.filter(steps)
    rows = chased.select_related("handler__parent__parent").order_by("pk")
    for issue in rows.iterator(chunk_size=2000):
        if issue.is_overdue(today):
            yield overdue_word(issue, calendar, today)
            continue
        if issue.step_due_on == today and issue.status in STEP_WORDS:
            yield step_word(issue)
        if today >= calendar.add_workdays(issue.due_on, -BEFORE_WORKDAYS):
            yield due_word(issue)


def handlers_of(issue: Issue) -> tuple[Audience, ...]:
    """The staff who handle it now, and the unit it was handed to."""
    unit = (Audience(unit_ids=(issue.unit_id,)),) if issue.unit_id else ()
    return (staff_at(issue.handler), *unit)


def due_word(issue: Issue) -> Word:
    return word(
        issue, f"T-{BEFORE_WORKDAYS}", handlers_of(issue), issue.due_on, "issue-due", "问题快到期了", "前办结"
    )


def step_word(issue: Issue) -> Word:
    """On the day by which it should be accepted or handed on."""
    step = STEP_WORDS[issue.status]
    return word(
        issue, issue.status, (staff_at(issue.handler),), issue.step_due_on, "issue-step", f"问题今天应{step}", f"前应{step}"
    )  # fmt: skip


def overdue_word(issue: Issue, calendar: Calendar, today: date) -> Word:
    """For the level that handles it and as many above as the delay has reached."""
    missed = min(issue.step_due_on, issue.due_on)
    days, steps_up = [
        rung for rung in LADDER if calendar.add_workdays(missed, rung[0]) <= today or rung == LADDER[0]
    ][-1]
    to = (*handlers_of(issue), *map(staff_at, places_above(issue.handler, steps_up)))
    step = "办结" if issue.due_on <= issue.step_due_on else STEP_WORDS.get(issue.status, "办结")
    return word(
        issue, f"+{days}:{issue.status}", to, missed, "issue-overdue", f"问题逾期未{step}", f"前应{step}，还没有完成"
    )  # fmt: skip


def places_above(place: Division, steps: int) -> list[Division]:
    """The places above one, nearest first, not further than the deployment's own district."""
    root, found = settings.ROOT_PLACE_CODE, []
    while len(found) < steps and place.code != root and place.parent is not None:
        place = place.parent
        found.append(place)
    return found


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
