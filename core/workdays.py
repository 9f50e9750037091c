"""The Chinese workday calendar (工作日): weekends, holidays, make-up days and the database's word over all.

Sources in falling order: ``WorkdayOverride`` rows; the State Council's announcements as kept by the
``holidays`` library; Monday to Friday where no announcement exists yet, with a visible note. The library
also guesses future feasts; a guess isn't an announcement and is not used.

Each module function reads the overrides afresh (one query per year it touches), so a changed override counts
at once. Bulk code takes one :class:`Calendar` and asks it everything: one query in all.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.apps import apps
from holidays.countries.china import ChinaStaticHolidays

from core.errors import InputError
from core.periods import Month, Quarter

NOT_ANNOUNCED = "暂按周一至周五，待国务院放假通知"
# A yearly notice gives more than ten weekdays off; a few local overrides are no notice.
OVERRIDES_OF_A_NOTICE = 10
QUARTER_NOTICE_WORKDAYS = 10
VISIT_REMINDER_WORKDAYS = 5
ONE_DAY = timedelta(days=1)


@lru_cache
def _announced(year: int):
    """The library's calendar of a year that the State Council has announced, else None."""
    return (
        holidays.country_holidays("CN", years=year)
        if year in ChinaStaticHolidays.special_public_holidays
        else None
    )


class Calendar:
    """A workday calendar over a snapshot of the overrides; lives as long as one piece of work.

    ``Calendar()`` reads the overrides of a year when first asked about it; ``Calendar.load(years)`` reads
    several years in one query; ``Calendar.fixed(overrides)`` never asks the database.
    """

    def __init__(self):
        self._overrides: dict[date, bool] = {}
        self._read_years: set[int] = set()
        self._reads_database = True

    @classmethod
    def load(cls, years: Iterable[int]) -> "Calendar":
        """A calendar with the overrides of these years, read in one query."""
        calendar = cls()
        calendar._read(set(years))
        return calendar

    @classmethod
    def fixed(cls, overrides: Mapping[date, bool] | None = None) -> "Calendar":
        """A calendar over given overrides (day → is a workday) that never asks the database."""
        calendar = cls()
        calendar._overrides, calendar._reads_database = dict(overrides or {}), False
        return calendar

    def is_workday(self, day: date) -> bool:
        """Whether offices work on ``day``."""
        override = self._overrides_of(day.year).get(day)
        if override is not None:
            return override
        announced = _announced(day.year)
        return announced.is_working_day(day) if announced is not None else day.weekday() < 5

    def is_announced(self, year: int) -> bool:
        """Whether the holiday notice (放假通知) of a year is known, from the library or the overrides."""
        return _announced(year) is not None or self._days_off_entered(year) >= OVERRIDES_OF_A_NOTICE

    def note(self, *days: date) -> str | None:
        """The note to show beside due days of which one lies in a year not announced yet, else None."""
        known = all(self.is_announced(year) for year in {day.year for day in days})
        return None if known else NOT_ANNOUNCED

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th workday after ``day`` (before it when negative); 0 gives ``day`` itself."""
        step = ONE_DAY if n > 0 else -ONE_DAY
        left = abs(n)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def nth_workday(self, month: Month, n: int) -> date:
        """The n-th workday of a month, from 1. Raises InputError when the month has fewer."""
        day = self.add_workdays(month.first_day - ONE_DAY, n)
        if n < 1 or not month.contains(day):
            raise InputError(f"{month.label}没有第{n}个工作日。", code="no_such_workday")
        return day

    def last_workday(self, month: Month) -> date:
        """The last workday of a month."""
        return self.add_workdays(month.last_day + ONE_DAY, -1)

    def workdays_between(self, first: date, last: date) -> int:
        """How many workdays lie from ``first`` to ``last``, both included; 0 when ``last`` is earlier."""
        span = range((last - first).days + 1)
        return sum(self.is_workday(first + timedelta(days=offset)) for offset in span)

    def workdays_left(self, month: Month, on: date) -> int:
        """How many workdays of a month are left on a day, that day included."""
        return self.workdays_between(max(month.first_day, on), month.last_day)

    def month_visit_due(self, month: Month) -> date:
        """When the visits of a month (月走访) are due: its last workday (domain.md 2.0.6)."""
        return self.last_workday(month)

    def month_visit_reminder_on(self, month: Month) -> date:
        """The day of the visit reminder: five workdays before the visits are due."""
        return self.add_workdays(self.month_visit_due(month), -VISIT_REMINDER_WORKDAYS)

    def quarter_notice_due(self, quarter: Quarter) -> date:
        """When the notice (通报) of a quarter is due: the 10th workday after it (domain.md 2.0.6)."""
        return self.add_workdays(quarter.last_day, QUARTER_NOTICE_WORKDAYS)

    def _days_off_entered(self, year: int) -> int:
        entered = self._overrides_of(year).items()
        return sum(not works for day, works in entered if day.year == year and day.weekday() < 5)

    def _overrides_of(self, year: int) -> dict[date, bool]:
        if self._reads_database and year not in self._read_years:
            self._read({year})
        return self._overrides

    def _read(self, years: set[int]) -> None:
        rows = apps.get_model("core", "WorkdayOverride").objects.filter(date__year__in=years)
        self._overrides.update(rows.values_list("date", "is_workday"))
        self._read_years |= years


def is_workday(day: date) -> bool:
    """:meth:`Calendar.is_workday` on the overrides as they are now."""
    return Calendar().is_workday(day)


def is_announced(year: int) -> bool:
    """:meth:`Calendar.is_announced` on the overrides as they are now."""
    return Calendar().is_announced(year)


def calendar_note(*days: date) -> str | None:
    """:meth:`Calendar.note` on the overrides as they are now."""
    return Calendar().note(*days)


def add_workdays(day: date, n: int) -> date:
    """:meth:`Calendar.add_workdays` on the overrides as they are now."""
    return Calendar().add_workdays(day, n)


def nth_workday(month: Month, n: int) -> date:
    """:meth:`Calendar.nth_workday` on the overrides as they are now."""
    return Calendar().nth_workday(month, n)


def last_workday(month: Month) -> date:
    """:meth:`Calendar.last_workday` on the overrides as they are now."""
    return Calendar().last_workday(month)


def workdays_between(first: date, last: date) -> int:
    """:meth:`Calendar.workdays_between` on the overrides as they are now."""
    return Calendar().workdays_between(first, last)


def workdays_left(month: Month, on: date) -> int:
    """:meth:`Calendar.workdays_left` on the overrides as they are now."""
    return Calendar().workdays_left(month, on)


def month_visit_due(month: Month) -> date:
    """:meth:`Calendar.month_visit_due` on the overrides as they are now."""
    return Calendar().month_visit_due(month)


def month_visit_reminder_on(month: Month) -> date:
    """:meth:`Calendar.month_visit_reminder_on` on the overrides as they are now."""
    return Calendar().month_visit_reminder_on(month)


def quarter_notice_due(quarter: Quarter) -> date:
    """:meth:`Calendar.quarter_notice_due` on the overrides as they are now."""
    return Calendar().quarter_notice_due(quarter)
