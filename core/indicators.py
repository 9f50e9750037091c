"""Published numbers (指标): one definition each, stored as whole numbers, shown by one rule.

An app defines its indicators in ``indicators.py`` and registers them here; `reporting` serves whatever is
registered, on pages, over REST and in spreadsheets alike. core knows only their shape.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.utils.module_loading import autodiscover_modules

from core.errors import InputError

NO_RATE = "—"


def half_up_share(numerator: int, denominator: int, scale: int) -> int:
    """``numerator ÷ denominator`` in parts of ``scale``, half up; the whole only when both are equal."""
    if numerator == denominator:
        return scale
    share = (2 * numerator * scale + denominator) // (2 * denominator)
    return min(share, scale - 1) if numerator < denominator else share


def rate_of(numerator: int, denominator: int | None) -> str | None:
    """The rate as a decimal string with four places (``"0.8320"``); None where there is nothing to divide by."""
    if not denominator:
        return None
    share = half_up_share(numerator, denominator, 10_000)
    return f"{share // 10_000}.{share % 10_000:04}"


def rate_display(numerator: int, denominator: int | None) -> str:
    """The rate as people read it: ``83.2%``, ``100%`` only when both are equal, ``—`` for denominator 0.

    Source: domain.md §2(c), counting traps: one decimal, half up, else at most 99.9 %.
    """
    if not denominator:
        return NO_RATE
    share = half_up_share(numerator, denominator, 1000)
    return "100%" if numerator == denominator else f"{share // 10}.{share % 10}%"


@dataclass(frozen=True)
class Figure:
    """One value of an indicator: whole numbers only; ``parts`` are counts that belong to it."""

    numerator: int
    denominator: int | None
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> str | None:
        return rate_of(self.numerator, self.denominator)

    @property
    def rate_display(self) -> str:
        return rate_display(self.numerator, self.denominator)

    @property
    def share(self) -> float | None:
        """The rate as a share of 1 for drawing, never for printing."""
        return self.numerator / self.denominator if self.denominator else None

    def fields(self) -> dict[str, Any]:
        """The figure as the API writes it."""
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "rate": self.rate,
            "rate_display": self.rate_display,
            **self.parts,
        }


@dataclass(frozen=True)
class Breakdown:
    """A figure and the rows (place, figure) it is the exact sum of, on every field."""

    total: Figure
    rows: list[tuple[Any, Figure]]


class PeriodType(StrEnum):
    """Whether a number is a state on a day or something that happened in a period."""

    AS_OF = "as_of"
    PERIOD = "period"


PERIOD_TYPE_LABELS = {PeriodType.AS_OF: "时点数", PeriodType.PERIOD: "时期数"}


@dataclass(frozen=True, eq=False)
class Indicator:
    """The definition of one published number (指标).

    ``count(territory, first, last)`` gives the `Breakdown` of a territory: for a state on a day ``last`` is the
    day and ``first`` is not read. ``members(cell, territory, first, last)`` gives the rows behind one cell as a
    queryset, so that every number opens. ``version`` grows whenever the formula changes; old notices keep theirs.
    """

    id: str
    name: str
    numerator_text: str
    denominator_text: str
    levels: tuple[str, ...]
    count: Callable[[Any, date, date], Breakdown]
    members: Callable[[str, Any, date, date], Any]
    version: int = 1
    period_type: PeriodType = PeriodType.AS_OF
    unit_word: str = "家"
    is_published: bool = True
    note: str = ""

    @cached_property
    def formula(self) -> str:
        """The definition in one line, printed beside the list behind a number."""
        return (
            f"{self.numerator_text} ÷ {self.denominator_text}"
            if self.denominator_text
            else self.numerator_text
        )

    def fields(self) -> dict[str, Any]:
        """The catalogue entry as the API writes it."""
        return {
            "id": self.id,
            "name": self.name,
            "numerator": self.numerator_text,
            "denominator": self.denominator_text or None,
            "unit": self.unit_word,
            "formula_version": self.version,
            "levels": list(self.levels),
            "period_type": self.period_type.value,
            "period_type_display": PERIOD_TYPE_LABELS[self.period_type],
            "published": self.is_published,
            "note": self.note,
        }


_indicators: dict[str, Indicator] = {}


def register(*indicators: Indicator) -> None:
    """Offer indicators to everybody who counts; a second one with the same id is a mistake."""
    for indicator in indicators:
        if _indicators.setdefault(indicator.id, indicator) is not indicator:
            raise ValueError(f"Two indicators are called {indicator.id}.")


def discover() -> None:
    """Load the ``indicators`` module of every app, so that all are registered."""
    autodiscover_modules("indicators")


def all_indicators() -> list[Indicator]:
    """The catalogue in the order of registration."""
    return list(_indicators.values())


def get_indicator(indicator_id: str) -> Indicator:
    """Find an indicator by its id.

    Raises `InputError` when there is none.
    """
    try:
        return _indicators[indicator_id]
    except KeyError:
        raise InputError(
            f"没有编号为“{indicator_id[:40]}”的指标。", field="id", code="unknown_indicator"
        ) from None
