"""What is asked of coverage: the same question behind a page, a REST call, a spreadsheet and a link."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from core.clock import today
from core.errors import InputError
from core.indicators import Indicator
from core.periods import Month, Period, Quarter, Year
from units.indicators import COVERAGE, KINDS, MEASURES
from units.indicators.coverage import Kind, Measure
from units.indicators.territory import By

STEPS = {"month": Month, "quarter": Quarter, "year": Year}
STEP_LABELS = {"month": "按月", "quarter": "按季", "year": "按年"}
MOST_POINTS = 120


@dataclass(frozen=True)
class CoverageQuestion:
    """Coverage of a place: which units, by which measure, on which day, broken into which rows."""

    place: str
    as_of: date
    kind: str = "non_public"
    measure: str = "organization"
    by: str = By.CHILD

    @property
    def indicator(self) -> Indicator:
        return COVERAGE[self.measure, self.kind]

    @property
    def of_kind(self) -> Kind:
        return KINDS[self.kind]

    @property
    def of_measure(self) -> Measure:
        return MEASURES[self.measure]

    def but(self, **changes) -> "CoverageQuestion":
        """The same question with something changed."""
        return replace(self, **changes)

    def params(self, **more: Any) -> dict[str, str]:
        """The question as query parameters."""
        own = {
            "place": self.place,
            "kind": self.kind,
            "measure": self.measure,
            "as_of": self.as_of.isoformat(),
            "by": str(self.by),
        }
        return own | {name: str(value) for name, value in more.items() if value is not None}

    def query(self, **more: Any) -> str:
        """The question as the end of an address."""
        return urlencode(self.params(**more))


def periods_between(first: Period, last: Period) -> list[Period]:
    """The periods of one kind from the first to the last."""
    found = [first]
    while found[-1] < last and len(found) <= MOST_POINTS:
        found.append(found[-1].next())
    return found


def periods_of(step: str, first: Month, last: Month) -> list[Period]:
    """The months, quarters or years that touch the months from the first to the last."""
    kind = STEPS[step]
    return periods_between(kind.containing(first.first_day), kind.containing(last.first_day))


def months_before(month: Month, number: int) -> Month:
    """The month ``number`` months earlier."""
    for _ in range(number):
        month = month.previous()
    return month


def asked_days(period: Period | None, as_of: date | None) -> tuple[str | None, date, date]:
    """A period as written, and the first and last day that count; a day alone counts from the start of its year.

    Raises `InputError` for a period of the future, or one beside a day.
    """
    if period and as_of:
        raise InputError("period 和 as_of 只能给一个。", field="as_of")
    if period is None:
        last = as_of or today()
        return None, last.replace(month=1, day=1), last
    if period.first_day > today():
        raise InputError(f"时段 {period} 还没有开始。", field="period")
    return str(period), period.first_day, min(period.last_day, today())
