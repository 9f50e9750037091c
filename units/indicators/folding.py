"""Folding facts counted by place into the rows of a territory: they add up to the total on every field."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from core.indicators import Breakdown, Figure
from units.indicators.territory import Territory

Counted = Iterable[tuple[str, int]]
# The cell of what is left of the denominator.
MISSING = "missing"


def figure(numerator: int, denominator: int | None) -> Figure:
    """The figure, with what is left of the denominator as ``missing``."""
    return Figure(numerator, denominator, {} if denominator is None else {MISSING: denominator - numerator})


def fold(territory: Territory, day: date, numerators: Counted, denominators: Counted | None) -> Breakdown:
    """(place code, count) pairs of both sides of a figure as the territory's breakdown."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    total = [0, 0]
    for side, counted in enumerate((numerators, denominators or ())):
        for code, count in counted:
            total[side] += count
            if territory.width:
                counts[territory.row_of(code[: territory.width]).code][side] += count
    places = territory.row_places(day, counts) if territory.width else []

    def shown(pair: Iterable[int]) -> Figure:
        numerator, denominator = pair
        return figure(numerator, None if denominators is None else denominator)

    return Breakdown(shown(total), [(place, shown(counts.get(place.code, (0, 0)))) for place in places])
