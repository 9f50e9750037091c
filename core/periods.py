"""Periods (时段) as values: a month, quarter, half-year or year with its first and last day.

They are immutable, comparable within their kind, and written ``2026-11``, ``2026-Q4``, ``2026-H2``, ``2026``
in addresses, keys and the API. Due days that follow the workday calendar are in :mod:`core.workdays`.
"""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from core.errors import InputError

FIRST_YEAR, LAST_YEAR = 1921, 2199
FIRST_DAY = date(FIRST_YEAR, 1, 1)


class Period:
    """What all kinds share. A kind says how many months it lasts and which of the year's parts it is."""

    kind: ClassVar[str]
    months_long: ClassVar[int]
    year: int

    @property
    def part(self) -> int:
        """Which part of the year this is, counted from 1."""
        return 1

    @classmethod
    def of(cls, year: int, part: int) -> "Period":
        """The period of this kind that is part number ``part`` of a year."""
        return cls(year, part)

    @classmethod
    def containing(cls, day: date) -> "Period":
        """The period of this kind in which ``day`` lies."""
        return cls.of(day.year, (day.month - 1) // cls.months_long + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, (self.part - 1) * self.months_long + 1, 1)

    @property
    def last_day(self) -> date:
        month = self.part * self.months_long
        return date(self.year, month, monthrange(self.year, month)[1])

    def next(self) -> "Period":
        return self._shifted(1)

    def previous(self) -> "Period":
        return self._shifted(-1)

    def contains(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def months(self) -> tuple["Month", ...]:
        """The months of this period in order."""
        first = self.first_day.month
        return tuple(Month(self.year, first + offset) for offset in range(self.months_long))

    def _shifted(self, by: int) -> "Period":
        year, part = divmod(self.year * self._parts() + self.part - 1 + by, self._parts())
        return self.of(year, part + 1)

    @classmethod
    def _parts(cls) -> int:
        return 12 // cls.months_long

    def __post_init__(self):
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise InputError(f"年份应在{FIRST_YEAR}至{LAST_YEAR}之间，现为{self.year}。", code="bad_period")
        if not 1 <= self.part <= self._parts():
            raise InputError(f"{self.year}年没有第{self.part}个{KIND_LABELS[self.kind]}。", code="bad_period")


@dataclass(frozen=True, order=True)
class Month(Period):
    """One calendar month (月)."""

    year: int
    month: int
    kind: ClassVar[str] = "month"
    months_long: ClassVar[int] = 1

    @property
    def part(self) -> int:
        return self.month

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def label(self) -> str:
        return f"{self.year}年{self.month}月"


@dataclass(frozen=True, order=True)
class Quarter(Period):
    """One calendar quarter (季度)."""

    year: int
    quarter: int
    kind: ClassVar[str] = "quarter"
    months_long: ClassVar[int] = 3

    @property
    def part(self) -> int:
        return self.quarter

    def __str__(self) -> str:
        return f"{self.year}-Q{self.quarter}"

    @property
    def label(self) -> str:
        return f"{self.year}年第{'一二三四'[self.quarter - 1]}季度"


@dataclass(frozen=True, order=True)
class HalfYear(Period):
    """Half a calendar year (半年)."""

    year: int
    half: int
    kind: ClassVar[str] = "half-year"
    months_long: ClassVar[int] = 6

    @property
    def part(self) -> int:
        return self.half

    def __str__(self) -> str:
        return f"{self.year}-H{self.half}"

    @property
    def label(self) -> str:
        return f"{self.year}年{'上下'[self.half - 1]}半年"


@dataclass(frozen=True, order=True)
class Year(Period):
    """One calendar year (年度)."""

    year: int
    kind: ClassVar[str] = "year"
    months_long: ClassVar[int] = 12

    @classmethod
    def of(cls, year: int, part: int) -> "Year":
        return cls(year)

    def __str__(self) -> str:
        return str(self.year)

    @property
    def label(self) -> str:
        return f"{self.year}年"


KINDS = {kind.kind: kind for kind in (Month, Quarter, HalfYear, Year)}
KIND_LABELS = {"month": "月", "quarter": "季度", "half-year": "半年", "year": "年度"}
_SPELLINGS = (
    (Month, re.compile(r"(\d{4})-(\d{2})")),
    (Month, re.compile(r"(\d{4})年(\d{1,2})月")),
    (Quarter, re.compile(r"(\d{4})-Q(\d)")),
    (Quarter, re.compile(r"(\d{4})年第?([一二三四1-4])季度")),
    (HalfYear, re.compile(r"(\d{4})-H(\d)")),
    (HalfYear, re.compile(r"(\d{4})年([上下])半年")),
    (Year, re.compile(r"(\d{4})()年?度?")),
)
_PART_WORDS = {"": 1, "一": 1, "二": 2, "三": 3, "四": 4, "上": 1, "下": 2}


def parse(text: str) -> Period:
    """Read ``2026-11``, ``2026-Q4``, ``2026-H2``, ``2026`` or the Chinese label of a period.

    Raises InputError (a RuleViolation) with a sentence that names the accepted spellings.
    """
    spelled = unicodedata.normalize("NFKC", str(text)).strip().upper()
    for kind, pattern in _SPELLINGS:
        if match := pattern.fullmatch(spelled):
            year, part = match.groups()
            return kind.of(int(year), _PART_WORDS[part] if part in _PART_WORDS else int(part))
    raise InputError(
        f"看不懂时段“{str(text)[:40]}”，请写成 2026-11（月）、2026-Q4（季度）、2026-H2（半年）"
        "或 2026（年）。",
        code="bad_period",
    )


def containing(kind: str, day: date) -> Period:
    """The period of a kind (``month``, ``quarter``, ``half-year``, ``year``) in which ``day`` lies."""
    if kind not in KINDS:
        raise InputError(f"没有“{kind[:40]}”这种时段，可用：{'、'.join(KINDS)}。", code="bad_period")
    return KINDS[kind].containing(day)
