"""Visits and who makes them, with everything that must be true of them."""

from datetime import date, timedelta

from accounts.models import User
from core.periods import Month
from core.workdays import Calendar
from evaluations.models import MonthlyVisit, VisitAssignment
from units.models import Unit

LONG_AGO = date(2020, 1, 1)


def make_assignment(
    *,
    unit: Unit,
    visitor: User,
    cadence: str = "monthly",
    from_on: date = LONG_AGO,
    to_on: date | None = None,
) -> VisitAssignment:
    """Let somebody visit a unit from long ago on."""
    return VisitAssignment.objects.create(
        unit=unit, visitor=visitor, cadence=cadence, from_on=from_on, to_on=to_on
    )


def make_visit(*, unit: Unit, visitor: User, month: Month, status: str = "planned", **fields) -> MonthlyVisit:
    """A visit owed in a month; one that was recorded took place on the month's third day."""
    if status in {"recorded", "confirmed", "disputed"}:
        said = {
            "mode": "on_site",
            "summary": "谈了停车。",
            "recorded_by": visitor,
            "visited_on": month.first_day + timedelta(days=2),
        }
        fields = {**said, **fields}
    fields.setdefault("due_on", Calendar.fixed().month_visit_due(month))
    return MonthlyVisit.objects.create(
        unit=unit, visitor=visitor, month=month.first_day, place_code=unit.place_code, status=status, **fields
    )
