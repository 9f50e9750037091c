"""When a visit may be recorded, and what a record must say (月走访, domain.md §2(f) and §2.14)."""

from datetime import date

from core.errors import InputError, RuleViolation
from core.periods import Month
from core.workdays import Calendar
from evaluations.models import MonthlyVisit

SUMMARY_LENGTH = 300
# Escalation begins five workdays after the due day (domain.md §2.14, "+5 listed in the next notice"); until then
# a visit that was made in time may still be recorded. We count them from the start of the following month.
LATE_RECORD_WORKDAYS = 5


def late_record_until(month: Month, calendar: Calendar | None = None) -> date:
    """The last day on which a visit of a month may first be recorded: the fifth workday of the next month."""
    return (calendar or Calendar()).nth_workday(month.next(), LATE_RECORD_WORKDAYS)


def check_visited_on(month: Month, visited_on: date, today: date) -> None:
    if visited_on > today:
        raise InputError("走访日期不能晚于今天。", field="visited_on", code="in_the_future")
    if not month.contains(visited_on):
        raise InputError(
            f"这是{month.label}的走访，走访日期要在{month.label}内。",
            field="visited_on",
            code="outside_month",
        )


def check_words(mode: str, summary: str) -> None:
    if mode not in MonthlyVisit.Mode.values:
        raise InputError("走访方式请选择上门或座谈，电话联系不计入月走访。", field="mode", code="bad_mode")
    if not summary.strip():
        raise InputError("请写一两句谈了什么；没有具体事项就写“无”。", field="summary", code="required")
    if len(summary) > SUMMARY_LENGTH:
        raise InputError(
            f"最多写{SUMMARY_LENGTH}字，现在是{len(summary)}字。写清要点就好。",
            field="summary",
            code="too_long",
        )


def check_promise(promise: str, promise_due_on: date | None, visited_on: date) -> None:
    if promise_due_on and not promise.strip():
        raise InputError("填了答复期限，请写明答应了什么。", field="promise", code="required")
    if promise_due_on and promise_due_on < visited_on:
        raise InputError("答复期限不能早于走访日期。", field="promise_due_on", code="too_early")


def check_not_too_late(visit: MonthlyVisit, today: date) -> None:
    """A first record has a last day; one that answers a dispute has none, because the other side waits for it."""
    last_day = late_record_until(visit.period)
    if visit.status == MonthlyVisit.Status.PLANNED and today > last_day:
        raise RuleViolation(
            f"{visit.period.label}的走访补登已于{last_day.month}月{last_day.day}日截止。确有原因的，请由街道登记免访并写明理由。",
            code="too_late",
        )
