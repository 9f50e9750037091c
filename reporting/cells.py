"""The units or carriers behind a cell of coverage: as they were frozen with the number, or else as registered now."""

from django.db.models import QuerySet

from core.periods import Month
from reporting.frozen_lists import frozen_members, keys_of
from reporting.questions import CoverageQuestion
from reporting.snapshots import find_frozen
from units.indicators.coverage import rows_in_cell
from units.indicators.territory import Territory


def kept_members(
    question: CoverageQuestion, cell: str, territory: Territory, version: int
) -> QuerySet | None:
    """The list that was frozen with a cell; None where only the number was."""
    month = Month.containing(question.as_of)
    return frozen_members(question.indicator, month, version, cell, territory)


def rows_behind(question: CoverageQuestion, cell: str, territory: Territory, among: QuerySet) -> QuerySet:
    """The rows behind a cell among those of a queryset, the same for the page and over REST."""
    frozen = find_frozen(question.indicator, territory, question.as_of)
    kept = kept_members(question, cell, territory, frozen.version) if frozen else None
    if kept is None:
        return rows_in_cell(
            question.of_measure, question.of_kind, territory, question.as_of, cell, among=among
        )
    return question.of_measure.counts.rows(keys_of(kept), question.as_of, among)
