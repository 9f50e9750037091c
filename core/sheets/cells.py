"""Cleaning of single cells: what people type becomes text, numbers, dates and codes, or is refused.

Every function takes a cell as the reader gives it (str, int, float, bool, date, datetime or None),
returns None for a blank cell, and raises InputError (a RuleViolation) with a Chinese sentence.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from core.errors import InputError

# Only letters, digits and the space: full-width punctuation is right in Chinese names.
_HALF_WIDTH = {
    code: code - 0xFEE0
    for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for code in range(ord(first), ord(last) + 1)
}
_INVISIBLE = dict.fromkeys([*range(0x20), 0x7F, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xFFFE])
_INVISIBLE |= dict.fromkeys(map(ord, "\t\n\r\v\f\u00a0\u3000\u2028\u2029"), " ")
_TABLE = _HALF_WIDTH | _INVISIBLE
_EXCEL_ESCAPE = re.compile(r"_x00(?:0D|0A|09)_", re.IGNORECASE)
_COUNT = re.compile(r"([+-]?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.0*)?[人名个户家次场项元条件年岁]?")
_FULL_DATE = re.compile(
    r"(\d{4})([-/.年])(\d{1,2})(?:\2|月)(\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_RUN_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_ONLY = re.compile(r"(\d{4})年(\d{1,2})月")
_SHORT_YEAR = re.compile(r"\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
_EXCEL_DAY_ZERO = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 7306, 73415  # 1920-01-01 and 2100-12-31 as Excel counts days
FIRST_YEAR, LAST_YEAR = 1900, 2100
MAX_INTEGER = 2_147_483_647
YES = {"是", "有", "对", "已", "√", "✓", "✔", "☑", "y", "yes", "true", "t", "1"}
NO = {"否", "无", "没有", "不是", "未", "×", "✗", "✘", "x", "n", "no", "false", "f", "0"}
CREDIT_CODE_LOST = (
    "统一社会信用代码被表格软件当成数字，末几位已经丢失；请先把这一列设为“文本”格式，再重新填写代码。"
)


def text(cell: Any) -> str | None:
    """The words of a cell: half-width letters, digits and spaces, one space at most, nothing invisible."""
    if cell is None or cell == "":
        return None
    if not isinstance(cell, str):
        return _words_of(cell)
    cleaned = _EXCEL_ESCAPE.sub(" ", cell).translate(_TABLE)
    return " ".join(cleaned.split()) or None


def _words_of(cell) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return (
            cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ", "seconds")
        )
    return str(cell)


def _narrow(cell: Any) -> str | None:
    """The words of a cell with punctuation narrowed too: for numbers, dates and codes."""
    words = text(cell)
    return unicodedata.normalize("NFKC", words) if words else None


def _quoted(words: str) -> str:
    return f"“{words[:40]}”"


def integer(cell: Any, *, minimum: int | None = 0, maximum: int = MAX_INTEGER) -> int | None:
    """A whole number: ``1,234``, ``１２``, ``12.0``, ``12人``; within the bounds given."""
    words = _narrow(cell)
    if words is None:
        return None
    found = None if isinstance(cell, bool | date) else _COUNT.fullmatch(words.replace(" ", ""))
    if not found:
        raise InputError(f"应填整数，现为{_quoted(words)}。", code="not_integer")
    number = int(found[1] + found[2].replace(",", ""))
    return _within(number, minimum, maximum)


def _within(number: int, minimum: int | None, maximum: int) -> int:
    if minimum is not None and number < minimum:
        raise InputError(f"不能小于{minimum}，现为{number}。", code="too_small")
    if number > maximum:
        raise InputError(f"不能大于{maximum}，现为{number}。", code="too_large")
    return number


def date_of(cell: Any) -> date | None:
    """A day in any spelling in use; ``2026年3月`` is its first day. Two-digit years are refused."""
    if isinstance(cell, datetime):
        return _sensible(cell.date())
    if isinstance(cell, date):
        return _sensible(cell)
    words = _narrow(cell)
    if words is None:
        return None
    if isinstance(cell, bool):
        raise _no_date(words)
    return _sensible(_spelled_date(words) or _serial_date(words))


def _spelled_date(words: str) -> date | None:
    compact = re.sub(r"\s*([-/.年月日])\s*", r"\1", words)
    if found := _FULL_DATE.fullmatch(compact):
        return _day(words, found[1], found[3], found[4])
    if found := _RUN_TOGETHER.fullmatch(compact):
        return _day(words, *found.groups())
    if found := _MONTH_ONLY.fullmatch(compact):
        return _day(words, *found.groups(), 1)
    if _SHORT_YEAR.fullmatch(compact):
        raise InputError(f"年份要写四位，如2026-03-05；现为{_quoted(words)}。", code="short_year")
    return None


def _serial_date(words: str) -> date:
    """The day behind the number that Excel keeps for a date."""
    try:
        serial = float(words)
    except ValueError:
        raise _no_date(words) from None
    if not FIRST_SERIAL <= serial < LAST_SERIAL + 1:
        raise _no_date(words)
    return _EXCEL_DAY_ZERO + timedelta(days=int(serial))


def _day(words: str, year, month, day) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise InputError(f"没有{_quoted(words)}这一天，请核对。", code="no_such_day") from None


def _sensible(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InputError(f"日期{day.isoformat()}的年份不合理，请核对。", code="bad_year")
    return day


def _no_date(words: str) -> InputError:
    return InputError(f"看不懂日期{_quoted(words)}，请写成2026-03-05。", code="not_date")


def yes_no(cell: Any) -> bool | None:
    """是 or 否, in the words and signs in use."""
    if isinstance(cell, bool):
        return cell
    words = _narrow(cell)
    if words is None:
        return None
    if words.lower() not in YES | NO:
        raise InputError(f"应填“是”或“否”，现为{_quoted(words)}。", code="not_yes_no")
    return words.lower() in YES


def credit_code(cell: Any) -> str | None:
    """A unified social credit code (统一社会信用代码, GB 32100-2015), checked down to its last character."""
    words = _narrow(cell)
    if words is None:
        return None
    code = re.sub(r"[\s\-'’]", "", words).upper()
    if _was_a_number(cell, code):
        raise InputError(CREDIT_CODE_LOST, code="credit_code_rounded")
    _check_credit_code(code)
    return code


def _was_a_number(cell: Any, code: str) -> bool:
    if re.fullmatch(r"\d+(\.\d+)?E\+?\d+", code):
        return True
    if isinstance(cell, int | float):
        return abs(cell) >= 10**14
    return bool(re.fullmatch(r"\d{15}000", code)) and not uscc.is_valid(code)


def _check_credit_code(code: str) -> None:
    if len(code) != 18:
        raise InputError(
            f"统一社会信用代码应为18位，现为{len(code)}位：{_quoted(code)}。", code="credit_code_length"
        )
    if not re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{18}", code):
        raise InputError(
            f"统一社会信用代码只用数字和大写字母，不用I、O、Z、S、V，请核对{_quoted(code)}。",
            code="credit_code_letters",
        )
    try:
        uscc.validate(code)
    except ValidationError:
        raise InputError(
            f"统一社会信用代码{_quoted(code)}校验不符，请对照证照逐位核对。", code="credit_code_check"
        ) from None


def one_of(choices: Mapping[str, Any]) -> Callable[[Any], Any]:
    """A cleaner that accepts the given Chinese words only and returns what each stands for."""

    def clean(cell: Any):
        words = text(cell)
        if words is None:
            return None
        if words.replace(" ", "") not in choices:
            raise InputError(f"没有{_quoted(words)}这一项，可填：{'、'.join(choices)}。", code="not_a_choice")
        return choices[words.replace(" ", "")]

    return clean
