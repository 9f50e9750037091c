"""Reading the rows of the file: cells cleaned, every rule that needs no database checked, duplicates found.

Fast because most cells repeat: what a cell means is remembered by column, and only odd text is cleaned.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from operator import mul
from typing import Any, NamedTuple

from core.errors import InputError, RuleViolation
from core.pinyin import pinyin_key
from core.sheets import CellError, Match
from units.imports.columns import FIELDS, LABELS, NOTHING
from units.imports.places import Home, PlaceBook
from units.models import Unit
from units.rules import (
    check_leaving,
    check_members,
    check_name,
    check_not_before,
    check_not_future,
    check_subcategory,
)

# Cells of these columns hardly repeat; everything else is remembered.
DISTINCT = {"name", "credit_code", "address"}
REMEMBERED = 50_000
# GB 32100-2015: the weighted values of all 18 characters add up to a multiple of 31.
_CODE = re.compile("[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}")
_CODE_LETTERS = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_VALUES = bytes.maketrans(_CODE_LETTERS, bytes(range(len(_CODE_LETTERS))))
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
# Text that needs no cleaning: no control, full-width or invisible characters, no doubled or outer spaces.
_ODD = re.compile(
    r"[\x00-\x1f\x7f\u00a0\u200b-\u200d\u2028\u2029\u2060\u3000\ufeff\ufffe\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]|  |^ | $|_x00"
)


STORED = (
    "name", "credit_code", "missing_reason", "category", "subcategory", "address", "status", "employees",
    "members_total", "members_full", "has_instructor", "has_mass_organization", "is_member", "contact",
    "short_name", "has_premises", "has_business", "annual_revenue", "has_union", "has_youth", "has_women", "industry",
    "affiliated_to", "organization", "mode", "established_on", "covered_from", "registered_on", "left_on", "reason", "evidence",
)  # fmt: skip
# Where a field's text stands in a row for the staging table; what isn't stored goes to the end and is cut off.
_PLACES = {name: place for place, name in enumerate(STORED)}
_NOWHERE = len(STORED)


def copy_value(value: Any) -> str:
    """A value as COPY's text format wants it."""
    if value is None:
        return "\\N"
    if value.__class__ is str:
        return value.replace("\\", "\\\\") if "\\" in value else value
    if value.__class__ is bool:
        return "t" if value else "f"
    return str(value)


def copy_line(number: int, home: Home, pinyin: str, texts: list[str]) -> str:
    """A row as one line for the staging table, in the order of its columns."""
    return "\t".join((str(number), copy_value(pinyin), *home.texts, *texts[:_NOWHERE])) + "\n"


class Refused(NamedTuple):
    """A value that a cell can't have, remembered instead of the value."""

    message: str
    code: str


def quick_text(parse: Callable[[Any], Any], limit: int) -> Callable[[Any], Any]:
    """The cleaner, skipped for text that is clean already."""

    def clean(cell: Any):
        if cell.__class__ is str and 1 < len(cell) <= limit and cell not in NOTHING and not _ODD.search(cell):
            return cell
        return parse(cell)

    return clean


def quick_code(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The cleaner of credit codes, skipped for a code in capitals whose check character (GB 32100-2015) is right."""

    def clean(cell: Any):
        is_whole = cell.__class__ is str and _CODE.fullmatch(cell)
        if is_whole and sum(map(mul, cell.encode().translate(_CODE_VALUES), _CODE_WEIGHTS)) % 31 == 0:
            return cell
        return parse(cell)

    return clean


QUICK = {
    "name": quick_text(FIELDS["name"].parse, 120),
    "address": quick_text(FIELDS["address"].parse, 200),
    "organization": quick_text(FIELDS["organization"].parse, 160),
    "credit_code": quick_code(FIELDS["credit_code"].parse),
}


class CellReader:
    """Reads one column's cells; ``seen`` remembers what each cell means and how COPY writes it."""

    def __init__(self, name: str):
        self.name, self.field = name, FIELDS[name]
        self.parse = QUICK.get(name, self.field.parse)
        self.seen: dict[Any, tuple[Any, str]] = {}
        self.remembers = name not in DISTINCT

    def read(self, cell: Any) -> tuple[Any, str]:
        """(clean value, or None for blank, or `Refused`; the value as COPY's text format wants it)."""
        try:
            value = self.parse(cell)
        except RuleViolation as refusal:
            value = Refused(refusal.message, refusal.code)
        if value is None and self.field.required:
            value = Refused(f"“{self.field.label}”必须填写。", "required")
        found = (value, copy_value(value))
        if self.remembers and len(self.seen) < REMEMBERED:
            self.seen[cell if cell.__class__ is str else (cell.__class__, cell)] = found
        return found


class RowReader:
    """Turns the sheet's rows into good rows; what is wrong gathers in ``errors``."""

    def __init__(self, match: Match, places: PlaceBook, today: date):
        self.match, self.places, self.today = match, places, today
        self.errors: list[CellError] = []
        self.refused_rows: set[int] = set()
        self.count = 0
        self._blank = dict.fromkeys(FIELDS)
        self._blank_texts = ["\\N"] * (_NOWHERE + 1)
        readers = [(column, CellReader(name)) for name, column in match.columns.items() if name != "ordinal"]
        self._readers = [
            (reader.name, _PLACES.get(reader.name, _NOWHERE), column, reader.seen.get, reader.read)
            for column, reader in readers
        ]
        self._codes: dict[str, int] = {}
        self._names: dict[tuple[str, str], int] = {}

    def good_lines(self, rows: Iterable) -> Iterator[str]:
        """Rows without a mistake of their own, in the file's order, each as a line for the staging table."""
        for number, cells in rows:
            self.count += 1
            values, texts, unread = self._values(number, cells)
            home = self._home(number, values, unread)
            self._check(number, values, unread)
            self._check_doubled(number, values, home)
            if home and number not in self.refused_rows:
                yield copy_line(number, home, pinyin_key(values["name"]), texts)

    def refuse(self, number: int, field: str | None, message: str, code: str) -> None:
        """Note an error; a field without a column counts for the row."""
        self.errors.append(self.match.error(number, field, message, code))
        self.refused_rows.add(number)

    def _values(self, number: int, cells: list) -> tuple[dict[str, Any], list[str], set[str]]:
        """The row's clean values, the same as COPY writes them, and the names of the fields that couldn't be read."""
        values, texts, width, unread = self._blank.copy(), self._blank_texts.copy(), len(cells), set()
        for name, place, column, recall, read in self._readers:
            cell = cells[column] if column < width else None
            # Words are their own key; 1, 1.0 and True, alike to a dictionary, are told apart by their kind.
            value, texts[place] = recall(cell if cell.__class__ is str else (cell.__class__, cell)) or read(
                cell
            )
            if value.__class__ is Refused:
                self.refuse(number, name, value.message, value.code)
                unread.add(name)
            else:
                values[name] = value
        return values, texts, unread

    def _home(self, number: int, values: dict, unread: set[str]) -> Home | None:
        if values["community"] is None or "subdistrict" in unread:
            return None
        try:
            return self.places.find(values["subdistrict"], values["community"])
        except InputError as refusal:
            self.refuse(number, refusal.field, refusal.message, refusal.code)
            return None

    def _check(self, number: int, values: dict, unread: set[str]) -> None:
        for rule, fields in ROW_RULES:
            if unread and not unread.isdisjoint(fields):
                continue
            try:
                rule(values, self.today)
            except InputError as refusal:
                self.refuse(number, refusal.field, refusal.message, refusal.code)

    def _check_doubled(self, number: int, values: dict, home: Home | None) -> None:
        """The same unit twice in the file: the later row is refused and names the earlier one."""
        code, name = values["credit_code"], values["name"]
        if code:
            first = self._codes.setdefault(code, number)
            if first != number:
                self.refuse(
                    number,
                    "credit_code",
                    f"与第{first}行的统一社会信用代码重复，请只保留一行。",
                    "doubled_in_file",
                )
                return
        if name and home:
            first = self._names.setdefault((name, home.subdistrict), number)
            if first != number:
                self.refuse(
                    number, "name", f"与第{first}行是同一街道的同名单位，请只保留一行。", "doubled_in_file"
                )


# Rules over several cells of one row.


def name_is_words(values: dict, today: date) -> None:
    check_name(values["name"])


def subcategory_fits(values: dict, today: date) -> None:
    if values["category"] and values["subcategory"]:
        check_subcategory(values["category"], values["subcategory"])


def members_fit(values: dict, today: date) -> None:
    check_members(values["members_total"], values["members_full"])


def days_are_past(values: dict, today: date) -> None:
    for name in ("registered_on", "established_on", "covered_from", "left_on"):
        if values[name] is not None:
            check_not_future(values[name], today, field=name, label=LABELS[name])


def days_are_in_order(values: dict, today: date) -> None:
    for name, earlier in (
        ("covered_from", "registered_on"), ("left_on", "registered_on"), ("covered_from", "established_on"),
    ):  # fmt: skip
        if values[name] is not None and values[earlier] is not None:
            check_not_before(
                values[name], values[earlier], field=name, label=LABELS[name], earlier_label=LABELS[earlier]
            )


def coverage_is_whole(values: dict, today: date) -> None:
    """组织、方式、日期: all three or none."""
    names = ("organization", "mode", "covered_from")
    missing = [name for name in names if values[name] is None]
    if missing and len(missing) < len(names):
        labels = "、".join(f"“{LABELS[name]}”" for name in missing)
        raise InputError(f"写了党组织覆盖情况，还缺{labels}。", field=missing[0], code="coverage_incomplete")


def leaving_is_explained(values: dict, today: date) -> None:
    status = values["status"]
    if status and status != Unit.OperatingStatus.OPERATING:
        check_leaving(status, values["reason"], values["evidence"])
    elif values["left_on"] is not None:
        raise InputError(
            "正常经营的单位不填退出日期，请核对经营状态。", field="left_on", code="left_but_operating"
        )


# Each rule with the fields it reads: a cell that couldn't be read is told once, not again by a rule.
ROW_RULES = (
    (name_is_words, ("name",)),
    (subcategory_fits, ("category", "subcategory")),
    (members_fit, ("members_total", "members_full")),
    (days_are_past, ()),
    (days_are_in_order, ()),
    (coverage_is_whole, ("organization", "mode", "covered_from")),
    (leaving_is_explained, ("status", "left_on", "reason", "evidence")),
)
