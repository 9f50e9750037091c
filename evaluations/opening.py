"""Opening a month's visits in one statement, however many assignments there are (月走访 生成)."""

from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from core.actor import SYSTEM, Actor
from core.periods import Month
from core.workdays import Calendar
from evaluations.models import MonthlyVisit

# One visit per unit and month is a constraint of the table: a second run, or two at once, adds nothing.
OPEN = """
    WITH opened AS (
        INSERT INTO evaluations_monthlyvisit
            (unit_id, month, visitor_id, place_code, due_on, status, mode, met, summary, promise, opened_at, version)
        SELECT assignment.unit_id, %(month)s, assignment.visitor_id, unit.place_code, %(due_on)s, 'planned',
               '', '', '', '', now(), 1
        FROM evaluations_visitassignment assignment
        JOIN units_unit unit ON unit.id = assignment.unit_id
        WHERE assignment.from_on <= %(first_workday)s
          AND (assignment.to_on IS NULL OR assignment.to_on > %(first_workday)s)
          AND unit.merged_into_id IS NULL
          AND unit.operating_status = 'operating'
          AND assignment.cadence = ANY(%(cadences)s)
          AND NOT EXISTS (
              SELECT FROM evaluations_monthlyvisit visit
              WHERE visit.unit_id = assignment.unit_id AND visit.month = %(month)s
          )
        ON CONFLICT (unit_id, month) DO NOTHING
        RETURNING id, place_code
    )
    INSERT INTO core_historyentry
        (about_type_id, about_id, move, label, from_status, to_status, actor_id, actor_label, note, changes, place_code, at)
    SELECT %(about_type)s, id, 'open', '生成走访任务', '', 'planned', %(actor_id)s, %(actor_label)s, '', '{}', place_code, now()
    FROM opened
"""


def cadences_of(month: Month) -> list[str]:
    """Which assignments fall into a month: quarterly ones into the first month of a quarter only."""
    return ["monthly", "quarterly"] if month.month % 3 == 1 else ["monthly"]


@transaction.atomic
def open_visits(*, month: Month, actor: Actor = SYSTEM) -> int:
    """Open the visits of a month for every assignment in force on its first workday; returns how many are new.

    A unit that doesn't operate or was merged is left out. Due on the month's last workday (domain.md §2.0.6).
    """
    calendar = Calendar()
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN,
            {
                "month": month.first_day,
                "due_on": calendar.month_visit_due(month),
                "first_workday": calendar.nth_workday(month, 1),
                "cadences": cadences_of(month),
                "about_type": ContentType.objects.get_for_model(MonthlyVisit).pk,
                "actor_id": actor.user_id,
                "actor_label": actor.label,
            },
        )
        return cursor.rowcount


def open_visits_of_today(today: date) -> int:
    """Open this month's visits once its first workday has come: on the day itself, or later when beat was down."""
    month = Month.containing(today)
    return open_visits(month=month) if today >= Calendar().nth_workday(month, 1) else 0
