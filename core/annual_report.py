"""What apps lay into a year's report of a joint meeting (年度工作报告): each its own section of figures.

An app registers a source in ``apps.py ready()``; the report prints the sections in their order. Rows
are made of indicators, so that the paper says what pages and REST say.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from core.indicators import Figure, Indicator, get_indicator


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a table under it (none without rows), and a sentence on where the figures come from."""

    label: str
    header: tuple[str, ...]
    rows: list[tuple]
    note: str = ""


Source = Callable[[str, date, date], Section | None]
FIGURE_HEADER = ("指标", "数值", "分子", "分母")
_sources: dict[str, tuple[int, Source]] = {}


def offer(slug: str, source: Source, *, order: int = 50) -> None:
    """Register ``source(place_code, first, last)``: the section of a place for the days of a period, or None."""
    _sources[slug] = (order, source)


def sections(place_code: str, first: date, last: date) -> Iterator[Section]:
    """What every app has to say about a place in a period, by the order it was registered with."""
    for _, source in sorted(_sources.values(), key=lambda one: one[0]):
        section = source(place_code, first, last)
        if section is not None:
            yield section


def value_text(indicator: Indicator, figure: Figure) -> str:
    """``83.2%`` of a rate, ``38家`` of a number."""
    if indicator.denominator_text:
        return figure.rate_display
    return f"{figure.numerator}{indicator.unit_word}"


def figure_row(indicator_id: str, territory, first: date, last: date) -> tuple:
    """An indicator of a territory as a row under `FIGURE_HEADER`."""
    indicator = get_indicator(indicator_id)
    figure: Figure = indicator.count(territory, first, last).total
    whole = figure.denominator if indicator.denominator_text else "—"
    return (indicator.name, value_text(indicator, figure), figure.numerator, whole)
