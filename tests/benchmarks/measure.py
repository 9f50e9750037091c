"""How two ways to the same result are compared: turn by turn in one run, medians and spreads beside the ratio."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

RUNS = 9


@dataclass(frozen=True)
class Values:
    """What several runs of one way gave."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a share of the median."""
        if len(self.runs) < 4:
            return (max(self.runs) - min(self.runs)) / 2 / self.median if self.median else 0.0
        low, _, high = statistics.quantiles(self.runs, n=4)
        return (high - low) / 2 / self.median if self.median else 0.0

    def text(self, form: str) -> str:
        return f"{self.median:{form}} ±{self.spread * 100:.0f}%"


@dataclass(frozen=True)
class Row:
    """One line of the table: ours, theirs, and the ratio that has a target."""

    name: str
    ours: Values
    theirs: Values
    unit: str
    target: float
    is_at_most: bool
    form: str = ",.0f"
    note: str = ""

    @property
    def ratio(self) -> float:
        """The median of the ratios of each turn, where both were measured side by side."""
        if len(self.ours.runs) == len(self.theirs.runs):
            return statistics.median(a / b for a, b in zip(self.ours.runs, self.theirs.runs, strict=True))
        return self.ours.median / self.theirs.median

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.target if self.is_at_most else self.ratio >= self.target

    def cells(self) -> list[str]:
        sign = "≤" if self.is_at_most else "≥"
        return [
            self.name,
            f"{self.ours.text(self.form)} {self.unit}",
            f"{self.theirs.text(self.form)} {self.unit}",
            f"{self.ratio:.2f}",
            f"{sign} {self.target:g}",
            "yes" if self.is_met else "NO",
            str(len(self.ours.runs)),
            self.note,
        ]


HEAD = ["work", "portal (median ±spread)", "measured against", "ratio", "target", "met", "runs", "note"]


def table(rows: list[Row]) -> str:
    """The rows as a table that reads in a terminal and in Markdown."""
    lines = [HEAD, *[row.cells() for row in rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)


def cpu_of(work: Callable[[], object], times: int) -> float:
    """Microseconds of this process's CPU that one call takes."""
    gc.collect()
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times * 1e6


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def side_by_side(
    ours: Callable[[], float], theirs: Callable[[], float], runs: int = RUNS
) -> tuple[Values, Values]:
    """Measure two ways turn by turn, so that whatever else the machine does hits both alike."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(runs)]
    return Values(tuple(a for a, _ in pairs)), Values(tuple(b for _, b in pairs))
