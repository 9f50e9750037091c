"""What the three rates of the issue register share: two querysets of issues make a rate that opens into its rows."""

from collections.abc import Callable
from datetime import date

from django.db.models import Count, QuerySet

from core.indicators import Breakdown, Indicator, PeriodType
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory
from units.models import Issue

Rows = Callable[[Territory, date, date], QuerySet]
# Neither declined nor linked to another: what a rate is about.
OWN_WORK = [
    status for status in Issue.Status.values if status not in (Issue.Status.REJECTED, Issue.Status.DUPLICATE)
]


def issues_of(territory: Territory) -> QuerySet:
    """The issues that count for a place, duplicates and declined ones left out."""
    return Issue.objects.filter(territory.within(), status__in=OWN_WORK)


def counted(rows: QuerySet) -> list[tuple[str, int]]:
    return list(rows.order_by().values_list("place_code").annotate(number=Count("pk", distinct=True)))


def issue_rate(
    *, id: str, name: str, numerator_text: str, denominator_text: str, met: Rows, about: Rows, note: str = ""
) -> Indicator:
    """A rate over issues in a period; ``met`` are those of ``about`` that count in the numerator."""

    def count(territory: Territory, first: date, last: date) -> Breakdown:
        return fold(
            territory, last, counted(met(territory, first, last)), counted(about(territory, first, last))
        )

    def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
        rows = met if cell == "numerator" else about
        found = rows(territory, first, last)
        return found.exclude(pk__in=met(territory, first, last).values("pk")) if cell == "missing" else found

    return Indicator(
        id=id, name=name, numerator_text=numerator_text, denominator_text=denominator_text, levels=LEVELS, count=count,
        members=members, period_type=PeriodType.PERIOD, unit_word="个", note=note,
    )  # fmt: skip
