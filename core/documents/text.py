"""The words of a paper: made safe for Word, counted in characters, numbered the Chinese way."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

DIGITS = "〇一二三四五六七八九"
NUMBER = re.compile(r"[+\-−]?[\d,]+(\.\d+)?\s?[%‰]?")
# Marks that Unicode calls half or ambiguous but Chinese type sets in a full square.
FULL_SQUARE = frozenset("WFA")


def is_safe(character: str) -> bool:
    """False for what XML forbids or what turns reading round: controls, bidi marks, half surrogates.

    Private and not yet assigned characters stay: rare characters of names are written with them.
    """
    if ord(character) & 0xFFFE == 0xFFFE or character in "\u2028\u2029":
        return False
    return character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}


def clean(text: Any) -> str:
    """The text with unsafe characters left out, tabs as blanks and one kind of line break; "" for None."""
    if text is None:
        return ""
    one_break = str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(character for character in one_break if is_safe(character)).strip()


def one_line(text: Any) -> str:
    return " ".join(clean(text).split("\n"))


def lines(text: Any) -> list[str]:
    """The non-empty lines of a text; each becomes a paragraph of its own."""
    return [line.strip() for line in clean(text).split("\n") if line.strip()]


def width(text: str) -> float:
    """How many squares of the 28-character line a text takes: 1 for Chinese, 0.5 for digits and letters."""
    return sum(1 if unicodedata.east_asian_width(character) in FULL_SQUARE else 0.5 for character in text)


def date_in_text(day: date) -> str:
    """成文日期: Arabic figures, no leading zeros (GB/T 9704-2012 §7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def cell_text(value: Any) -> str:
    """A value as a table shows it: 是/否, 2026-11-22, figures as they are."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{local:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else clean(value)


def is_figure(value: Any) -> bool:
    """Whether a cell holds a number and stands at the right edge of its column."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float | Decimal) or NUMBER.fullmatch(cell_text(value)) is not None


def chinese_number(number: int) -> str:
    """一 … 九十九, for the first two levels of headings."""
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        return str(number)
    start = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return start + (DIGITS[ones] if ones else "")


def heading_number(level: int, number: int) -> str:
    """一、（一）1. （1） for levels 1 to 4 (GB/T 9704-2012 §7.3.3)."""
    forms = {
        1: f"{chinese_number(number)}、",
        2: f"（{chinese_number(number)}）",
        3: f"{number}.",
        4: f"（{number}）",
    }
    return forms[level]


def joined(items: str | Iterable[str], mark: str = "，") -> str:
    """Names in one sentence, or the sentence itself when it is one already."""
    parts = [items] if isinstance(items, str) else items
    return mark.join(text for part in parts if (text := one_line(part)))
