"""What the indicators over projects share: querysets of projects make a count or a rate that opens into its rows."""

from collections.abc import Callable
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from core.indicators import Breakdown, Indicator, PeriodType
from projects.models import Project, ProjectClaim
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory

Rows = Callable[[Territory, date, date], QuerySet]


def published_projects(territory: Territory) -> QuerySet[Project]:
    """Projects of a place that were ever published, whatever has become of them since."""
    return Project.objects.filter(territory.within(), published_at__isnull=False)


def led_on(day: date) -> Exists:
    """Whether on a day a unit led the project: confirmed by then and not left by then, whatever came later."""
    leads = ProjectClaim.objects.held_on(day).filter(kind=ProjectClaim.Kind.LEAD)
    return Exists(leads.filter(project=OuterRef("pk")))


def begun_by(last: date) -> Q:
    """The work began on or before a day; where that was not noted, on the day planned."""
    return Q(started_on__lte=last) | Q(started_on=None, start_on__lte=last)


def counted(rows: QuerySet) -> list[tuple[str, int]]:
    return list(rows.order_by().values_list("place_code").annotate(number=Count("pk", distinct=True)))


def project_count(
    *, id: str, name: str, numerator_text: str, rows: Rows, note: str = "", version: int = 1
) -> Indicator:
    """How many projects there are in a period."""

    def count(territory: Territory, first: date, last: date) -> Breakdown:
        return fold(territory, last, counted(rows(territory, first, last)), None)

    def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
        return rows(territory, first, last)

    return Indicator(
        id=id, name=name, numerator_text=numerator_text, denominator_text="", levels=LEVELS, count=count, members=members,
        period_type=PeriodType.PERIOD, unit_word="个", note=note, version=version,
    )  # fmt: skip


def project_rate(
    id: str, name: str, numerator_text: str, denominator_text: str, met: Rows, about: Rows, unit_word: str = "个", note: str = "",
    version: int = 1,
) -> Indicator:  # fmt: skip
    """A rate over rows in a period; ``met`` are those of ``about`` that count in the numerator."""

    def count(territory: Territory, first: date, last: date) -> Breakdown:
        return fold(
            territory, last, counted(met(territory, first, last)), counted(about(territory, first, last))
        )

    def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
        if cell == "numerator":
            return met(territory, first, last)
        found = about(territory, first, last)
        return found.exclude(pk__in=met(territory, first, last).values("pk")) if cell == "missing" else found

    return Indicator(
        id=id, name=name, numerator_text=numerator_text, denominator_text=denominator_text, levels=LEVELS, count=count,
        members=members, period_type=PeriodType.PERIOD, unit_word=unit_word, note=note, version=version,
    )  # fmt: skip
