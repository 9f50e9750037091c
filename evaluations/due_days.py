"""Moving the due days of planned visits when a holiday notice is entered (放假安排, domain.md §2.0.6)."""

from core.actor import Actor
from core.calendar_changes import recomputes_due_days
from core.history import write_history
from core.periods import Year
from core.workdays import Calendar
from evaluations.models import MonthlyVisit


@recomputes_due_days
def move_visit_due_days(year: int, actor: Actor) -> int:
    """Bring planned visits of a year to the last workday of their month as the calendar now has it."""
    calendar = Calendar()
    return sum(move_month(month, calendar, actor) for month in Year(year).months())


def move_month(month, calendar: Calendar, actor: Actor) -> int:
    due_on = calendar.month_visit_due(month)
    planned = MonthlyVisit.objects.filter(month=month.first_day, status=MonthlyVisit.Status.PLANNED)
    moved = list(planned.exclude(due_on=due_on).select_for_update(of=("self",)))
    for visit in moved:
        changes = {"due_on": ["到期日", visit.due_on.isoformat(), due_on.isoformat()]}
        visit.due_on = due_on
        visit.version += 1
        visit.save(update_fields=["due_on", "version"])
        write_history(
            about=visit, move="move_due_day", label="到期日随放假安排调整", actor=actor, changes=changes
        )
    return len(moved)
