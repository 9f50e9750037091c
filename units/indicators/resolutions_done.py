"""议定事项办结率 RES-DONE: of the resolutions due by a day, how many were closed (销号) by then.

Source: domain.md §2(a), §2.15. Only issued minutes count; what was terminated is owed by nobody.
"""

from datetime import date

from django.db.models import Count, Q, QuerySet

from core.indicators import Breakdown, Indicator
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory
from units.models import Resolution


def due(territory: Territory, last: date) -> QuerySet:
    """应办结: due on or before the day, of minutes issued by then."""
    rows = Resolution.objects.in_force().filter(
        territory.within(), due_on__lte=last, meeting__issued_on__lte=last
    )
    return rows.exclude(status=Resolution.Status.TERMINATED)


def closed_by(last: date) -> Q:
    return Q(closed_on__lte=last)


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
    """The resolutions behind a cell."""
    rows = due(territory, last)
    if cell == "numerator":
        return rows.filter(closed_by(last))
    return rows.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=last)) if cell == "missing" else rows


def counted(rows: QuerySet) -> QuerySet:
    return rows.order_by().values_list("place_code").annotate(n=Count("pk"))


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """Closed of due, by the place of the session."""
    rows = due(territory, last)
    return fold(territory, last, counted(rows.filter(closed_by(last))), counted(rows))


RESOLUTIONS_DONE = Indicator(
    id="RES-DONE",
    name="议定事项办结率",
    numerator_text="其中已确认销号的议定事项",
    denominator_text="截至当日应办结的议定事项（不含终止）",
    levels=LEVELS,
    count=count,
    members=members,
    unit_word="件",
)
