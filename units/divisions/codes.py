"""Codes of places: every code extends its parent's, and the next free number is offered (domain.md §2.0.1).

A community's code has twelve digits; below it ``-P02`` is a section, ``-Y011`` a courtyard, ``-L03`` a building:
``510107005008-P02-Y011-L03``. Courtyards are numbered through the whole community, so that one number names one.
"""

import re
import unicodedata
from typing import NamedTuple

from core.codes import under
from core.errors import InputError, RuleViolation
from units.models import Division

Level = Division.Level
COMMUNITY_WIDTH = 12


class Series(NamedTuple):
    """How a level's number is written: what stands before it, and how many digits it has."""

    mark: str
    digits: int
    example: str

    def written(self, number: int) -> str:
        return f"{self.mark}{number:0{self.digits}d}"


SERIES = {
    Level.SUBDISTRICT: Series("", 3, "510107005"),
    Level.COMMUNITY: Series("", 3, "510107005008"),
    Level.SECTION: Series("-P", 2, "510107005008-P02"),
    Level.COURTYARD: Series("-Y", 3, "510107005008-P02-Y011"),
    Level.BUILDING: Series("-L", 2, "510107005008-P02-Y011-L03"),
}


def level_below(level: str) -> str:
    """The level of what lies directly in a place; raises `InputError` where nothing may be added."""
    order = Level.values
    below = order[order.index(level) + 1] if level != Level.BUILDING else ""
    if below not in SERIES:
        sentence = (
            "楼栋下面不再划分。" if level == Level.BUILDING else "这一级的区划由部署时载入，不在这里新增。"
        )
        raise InputError(sentence, field="parent", code="wrong_level")
    return below


def series_top(parent_code: str, level: str) -> str:
    """The place through which numbers of a level run: the community for courtyards, else the parent."""
    return parent_code[:COMMUNITY_WIDTH] if level == Level.COURTYARD else parent_code


def number_of(code: str, level: str) -> int | None:
    """The number at the end of a code of this level; None when it isn't written that way."""
    series = SERIES[level]
    found = re.search(rf"{series.mark}(\d{{{series.digits}}})$", code)
    return int(found[1]) if found else None


def used_numbers(parent_code: str, level: str) -> set[int]:
    """Numbers that are taken, closed places included: a code is never given twice."""
    rows = Division.objects.filter(under(series_top(parent_code, level), "code"), level=level)
    return {number_of(code, level) or 0 for code in rows.values_list("code", flat=True)}


def free_number(used: set[int], level: str, wanted: int | None = None) -> int:
    """``wanted`` when it is free, else the one after the highest; takes it.

    Raises `RuleViolation` when the digits don't suffice.
    """
    number = wanted if wanted and wanted not in used else max(used, default=0) + 1
    if number >= 10 ** SERIES[level].digits:
        raise RuleViolation(f"{Level(level).label}的编号已经用满，请联系系统管理员。", code="numbers_used_up")
    used.add(number)
    return number


def next_code(parent: Division, level: str = "") -> str:
    """The code that the next place directly in ``parent`` gets."""
    level = level or level_below(parent.level)
    number = free_number(used_numbers(parent.code, level), level)
    return parent.code + SERIES[level].written(number)


def clean_code(text: str, parent: Division) -> str:
    """A typed code in capitals and half-width letters; it extends the parent's as its level is written.

    Raises `InputError` beside ``code``.
    """
    code = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    level = level_below(parent.level)
    if not code.startswith(parent.code):
        raise InputError(
            f"编码“{code[:40]}”不以上级编码 {parent.code} 开头。", field="code", code="code_not_under_parent"
        )
    rest, series = code.removeprefix(parent.code), SERIES[level]
    if not re.fullmatch(rf"{series.mark}\d{{{series.digits}}}", rest, re.ASCII):
        raise InputError(
            f"{Level(level).label}的编码要像 {parent.code}{series.written(2)} 这样写。",
            field="code",
            code="bad_code",
        )
    return code
