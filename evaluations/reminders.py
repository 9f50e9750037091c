"""Whom to chase about visits (月走访 提醒, domain.md §2.14): takes the day, yields reminders, writes nothing.

Five workdays before the due day and once more the workday before it, the visitor is reminded; from the workday
after it the subdistrict hears what is overdue. Each stage has its own key, so it reaches a person once however
often this runs; when beat was down, only the stage that applies now is sent. Nothing is sent on days off.
"""

from collections.abc import Iterator
from datetime import date

from core.periods import Month
from core.workdays import VISIT_REMINDER_WORKDAYS, Calendar
from evaluations.models import MonthlyVisit
from evaluations.queries import prefixes, subdistrict_staff
from evaluations.rules import late_record_until
from notifications.reminders import Reminder

LAST_REMINDER_WORKDAYS = 1
EARLY, LAST, OVERDUE = "T-5", "T-1", "overdue"


def stage_on(today: date, due_on: date, calendar: Calendar) -> str | None:
    """The stage a visit due on ``due_on`` is in, or None while there is nothing to say."""
    if today > due_on:
        is_chased = (
            calendar.add_workdays(due_on, 1) <= today <= late_record_until(Month.containing(due_on), calendar)
        )
        return OVERDUE if is_chased else None
    if today >= calendar.add_workdays(due_on, -LAST_REMINDER_WORKDAYS):
        return LAST
    return EARLY if today >= calendar.add_workdays(due_on, -VISIT_REMINDER_WORKDAYS) else None


def visit_reminders(today: date, calendar: Calendar | None = None) -> Iterator[Reminder]:
    """Every reminder about visits that is due on a day; the same day gives the same reminders again."""
    calendar = calendar or Calendar()
    if not calendar.is_workday(today):
        return
    stages = {due_on: stage_on(today, due_on, calendar) for due_on in due_days(today)}
    due_now = [due_on for due_on, stage in stages.items() if stage]
    if not due_now:
        return
    staff = subdistrict_staff(today)
    visits = MonthlyVisit.objects.filter(status=MonthlyVisit.Status.PLANNED, due_on__in=due_now)
    for visit in visits.select_related("unit", "visitor").order_by("pk").iterator(chunk_size=2000):
        yield reminder(visit, stages[visit.due_on], today, staff)


def due_days(today: date) -> list[date]:
    """The due days that may have a stage today: of planned visits of this month and the one before."""
    since = Month.containing(today).previous().first_day
    planned = MonthlyVisit.objects.filter(status=MonthlyVisit.Status.PLANNED, due_on__gte=since)
    return list(planned.order_by().values_list("due_on", flat=True).distinct())


def reminder(visit: MonthlyVisit, stage: str, today: date, staff: dict[str, tuple[int, ...]]) -> Reminder:
    month = visit.period
    overdue = stage == OVERDUE
    return Reminder(
        key=f"visit-due:unit-{visit.unit_id}:{month}:{stage}",
        to=chased(visit, staff) if overdue else visitor_or_staff(visit, staff),
        kind="visit-overdue" if overdue else "visit-due",
        title=f"{month.month}月走访{'逾期' if overdue else due_words(visit.due_on, today)}：{visit.unit}",
        body=body_of(visit, overdue),
        url=visit.get_absolute_url(),
        about=visit,
        due_on=visit.due_on,
    )


def chased(visit: MonthlyVisit, staff: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The staff of the subdistrict above the unit."""
    return next((staff[code] for code in prefixes(visit.place_code) if code in staff), ())


def visitor_or_staff(visit: MonthlyVisit, staff: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The visitor; when the account was closed, the subdistrict, so that the visit isn't forgotten."""
    return (visit.visitor_id,) if visit.visitor.is_active else chased(visit, staff)


def due_words(due_on: date, today: date) -> str:
    days = (due_on - today).days
    return "今天到期" if days == 0 else "明天到期" if days == 1 else f"{due_on.month}月{due_on.day}日到期"


def body_of(visit: MonthlyVisit, overdue: bool) -> str:
    due = f"{visit.due_on.month}月{visit.due_on.day}日"
    if not overdue:
        return f"由{visit.visitor}走访{visit.unit}，{due}前完成并登记。上门或座谈均可，写清谈了什么即可。"
    last = late_record_until(visit.period)
    return (
        f"{visit.visitor}应于{due}前走访{visit.unit}，还没有登记。已经走访的，请在{last.month}月{last.day}日前补登；"
        "确有原因未走访的，请登记免访并写明理由。"
    )
