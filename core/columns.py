"""Columns of a list: one description serves the page, the spreadsheet and the CSV."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString

from core.components import EMPTY, Tag, date_cell, number_text, rate_text, status_of, tag_of

RIGHT_KINDS = {"int", "rate"}
# A cell without a value; a card on a phone leaves its line out.
NOTHING = f'<span class="none">{EMPTY}</span>'


def read_name(row, name: str):
    """One step of a path: an attribute, or a key of a dict; a method without arguments is called."""
    if row is None:
        return None
    value = row.get(name) if type(row) is dict else getattr(row, name)
    return value() if callable(value) else value


def path_reader(path: str) -> Callable[[Any], Any]:
    """Read ``"unit.place.name"`` from an object (or from a dict); a missing relation or key reads as None."""
    if "." not in path:
        return lambda row: read_name(row, path)
    return lambda row: reduce(read_name, path.split("."), row)


def status_reader(field: str) -> Callable[[Any], Any]:
    """Read a status field as its `Tag`; rows that bring their own `Tag` or word give that."""
    display, plain = f"get_{field}_display", path_reader(field)
    return lambda row: status_of(row, field) if hasattr(row, display) else plain(row)


def words(value) -> str:
    """A value of any kind as the page shows it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return date_cell(value) if isinstance(value, date) else str(value)


# How the page writes the values of each kind; everything else is shown as it is.
WORDS = {"date": date_cell, "int": number_text, "rate": rate_text}


@dataclass(eq=False)
class Column:
    """One column (列).

    ``value`` is an attribute path ("place.name", default: the name) or a callable of the row. ``kind`` is
    text, date (dates and moments), int, rate ((numerator, denominator) or a share of 1), tag (a `Tag`, or the
    name of a status field) or html (safe markup of `core.components`; such a column needs ``sheet_value``).
    ``link`` gives the address behind a cell, ``sort`` the model field(s) it sorts by, ``align="n"``
    right-aligned figures, ``sheet_value`` what an export writes where that differs. ``is_main`` marks the
    column that heads the card on a phone (default: the first).
    """

    name: str
    label: str
    value: str | Callable[[Any], Any] | None = None
    link: Callable[[Any], str | None] | None = None
    align: str | None = None
    sort: str | tuple[str, ...] | None = None
    sheet_value: Callable[[Any], Any] | None = None
    kind: str = "text"
    width: int | None = None
    help: str = ""
    is_main: bool = False
    in_sheet: bool = True
    in_page: bool = True

    def __post_init__(self):
        source = self.value or self.name
        is_status = self.kind == "tag" and isinstance(source, str) and "." not in source
        reader = status_reader if is_status else path_reader
        self.value = source if callable(source) else reader(source)
        self.words = WORDS.get(self.kind, words)
        self.align = self.align or ("n" if self.kind in RIGHT_KINDS else None)
        self.sheet_value = self.sheet_value or self._plain

    @property
    def sort_fields(self) -> tuple[str, ...]:
        return (self.sort,) if isinstance(self.sort, str) else tuple(self.sort or ())

    def _plain(self, row):
        """The value as a spreadsheet keeps it: numbers as numbers, dates as dates, words as words."""
        value = self.value(row)
        if isinstance(value, Tag):
            return value.word
        if isinstance(value, datetime) and timezone.is_aware(value):
            return timezone.localtime(value).replace(tzinfo=None)
        if self.kind == "rate" and isinstance(value, tuple):
            return value[0] / value[1] if value[1] else None
        if isinstance(value, bool):
            return words(value)
        return value if value is None or isinstance(value, int | float | date) else str(value)

    def text(self, value) -> str:
        """The words of a raw value as the page shows them, not yet escaped."""
        return EMPTY if value is None or value == "" else self.words(value)

    def inside(self, value) -> str:
        """A raw value as HTML."""
        if type(value) is Tag:
            return tag_of(value)
        if type(value) is SafeString:
            return value or EMPTY
        text = self.text(value)
        return tag_of(text) if self.kind == "tag" and text != EMPTY else escape(text)

    def cell(self, row) -> str:
        """The inside of the row's table cell as HTML."""
        inside = self.inside(self.value(row))
        url = self.link(row) if self.link else None
        return f'<a href="{escape(url)}">{inside}</a>' if url else inside


def page_columns(columns: Iterable[Column]) -> list[Column]:
    return [column for column in columns if column.in_page]


def sheet_columns(columns: Iterable[Column]) -> list[Column]:
    return [column for column in columns if column.in_sheet]


def cell_openings(columns: list[Column]) -> list[str]:
    """The opening tag of each column's cells; the label in it heads the line of a card on a phone."""
    main = next((column for column in columns if column.is_main), columns[0])
    openings = []
    for column in columns:
        names = " ".join(
            name for name in (column.align, "main" if column is main else "", f"k-{column.kind}") if name
        )
        openings.append(f'<td class="{names}" data-label="{escape(column.label)}">')
    return openings


def table_body(columns: list[Column], rows: Iterable) -> SafeString:
    """All rows of a table as HTML, joined in Python: a template tag per cell costs ten times as much."""
    pairs = list(zip(cell_openings(columns), [column.cell for column in columns], strict=True))
    lines = []
    for row in rows:
        cells = "</td>".join(
            [opening + (NOTHING if (text := cell(row)) == EMPTY else text) for opening, cell in pairs]
        )
        lines.append(f"<tr>{cells}</td></tr>")
    return SafeString("\n".join(lines))  # nosec B703 - every part is escaped
