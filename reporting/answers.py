"""The answers of statistics in the shape of the REST contract; pages and spreadsheets show the same figures."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from core.indicators import Breakdown, Indicator
from core.periods import Period
from reporting.questions import CoverageQuestion
from reporting.snapshots import Frozen, find_all_frozen, find_frozen
from units.indicators.coverage import count_days
from units.indicators.movement import REASON_LABELS, Movement
from units.indicators.territory import Territory


def figures(breakdown: Breakdown) -> dict[str, Any]:
    """``total`` and ``rows`` of an answer."""
    return {
        "total": breakdown.total.fields(),
        "rows": [{"place": place.fields(), **figure.fields()} for place, figure in breakdown.rows],
    }


def heading(indicator: Indicator, territory: Territory) -> dict[str, Any]:
    """Which number of which place an answer gives."""
    return {
        "indicator": indicator.id,
        "name": indicator.name,
        "formula_version": indicator.version,
        "place": territory.place.fields(),
        # What is only known as it is registered now, as the catalogue says; most have nothing to say.
        **({"note": indicator.note} if indicator.note else {}),
    }


def coverage_answer(question: CoverageQuestion, territory: Territory, counted: Breakdown) -> dict[str, Any]:
    """Coverage on a day with its rows; on a month's last day that was frozen, as it was frozen."""
    frozen = find_frozen(question.indicator, territory, question.as_of)
    return {**heading(question.indicator, territory), "as_of": question.as_of, **shown(counted, frozen)}


def shown(counted: Breakdown, frozen: Frozen | None) -> dict[str, Any]:
    """What was frozen, with the version it was frozen in, or else what is counted now."""
    if frozen is None:
        return {"frozen": False, **figures(counted)}
    return {"frozen": True, "formula_version": frozen.version, **figures(frozen.breakdown)}


def known(
    indicator: Indicator, territory: Territory, first: date, last: date
) -> tuple[Breakdown, Frozen | None]:
    """An indicator of a place as it stands published: as it was frozen, or else counted now; and what was frozen."""
    frozen = find_frozen(indicator, territory, last, first)
    return (frozen.breakdown if frozen else indicator.count(territory, first, last)), frozen


def indicator_answer(indicator: Indicator, territory: Territory, first: date, last: date) -> dict[str, Any]:
    """The figures of an indicator over REST; its page shows the same."""
    return shown(*known(indicator, territory, first, last))


def last_days(periods: Sequence[Period], until: date) -> list[date]:
    """Each period's last day; of a period that still runs, the day ``until``."""
    return [min(period.last_day, until) for period in periods]


def points(
    indicator: Indicator,
    territory: Territory,
    counted: Sequence[Breakdown],
    periods: Sequence[Period],
    until: date,
) -> list[dict]:
    """A series as a list of points; those of frozen months as they were frozen."""
    days = last_days(periods, until)
    spans = [(period.first_day, day) for period, day in zip(periods, days, strict=True)]
    kept = find_all_frozen(indicator, territory, spans)
    return [
        {"period": str(period), "as_of": day, **shown(breakdown, frozen)}
        for period, day, breakdown, frozen in zip(periods, days, counted, kept, strict=True)
    ]


def coverage_series(
    question: CoverageQuestion, territory: Territory, periods: Sequence[Period]
) -> list[Breakdown]:
    """Coverage at each period's last day."""
    days = last_days(periods, question.as_of)
    return count_days(question.of_measure, question.of_kind, territory, days)


def movement_answer(question: CoverageQuestion, territory: Territory, moved: Movement) -> dict[str, Any]:
    """A denominator's movement."""
    return {
        **heading(question.indicator, territory),
        "from": moved.first,
        "to": moved.last,
        "opening_as_of": moved.opening_on,
        "opening": moved.opening,
        "added": moved.added,
        "excluded": [
            {"reason": reason, "reason_display": REASON_LABELS[reason], "count": number}
            for reason, number in moved.excluded.items()
        ],
        "excluded_total": moved.excluded_total,
        "restored": moved.restored,
        "closing_as_of": moved.last,
        "closing": moved.closing,
    }
