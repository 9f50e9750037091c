"""Workbooks with a layout: a report for print, an empty template, a returned file with red cells."""

import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

import xlsxwriter

from core.errors import RuleViolation
from core.sheets import cells
from core.sheets.headers import CellError, Field, HeaderMap
from core.sheets.read import open_sheet

# Text stays text: no formula, link or number is ever made out of what somebody typed.
TEXT_STAYS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}
EXCEL_ROWS = 1_048_576
LONGEST_TEXT = 32_767
EXACT_DIGITS = 10**15
MAX_COMMENTS = 5_000  # more of them make the file slow to open; the last column holds every message
TEMPLATE_ROWS = 5_000
LONGEST_LIST = 255
WIDTHS = {"int": 11, "rate": 10, "date": 12, "tag": 12}
A4 = 9
ERROR_LABEL = "错误说明"


class Filler(NamedTuple):
    """Who fills in a report (填报单位, 填报人); an `Actor` has the same two names."""

    label: str
    name: str


def write_xlsx(*, title: str, columns, rows: Iterable, filler, on: date, note: str = "", path):
    """Write a report that prints well: title block, frozen header with filter, A4 landscape, page numbers.

    :param columns: `core.columns.Column`; used are ``label``, ``kind``, ``width`` and ``sheet_value(row)``.
    :param filler: has ``label`` (填报单位) and ``name`` (填报人).
    :param path: a path or a writable binary file; it is returned.
    :raises RuleViolation: more rows than a worksheet holds.
    """
    columns = list(columns)
    with xlsxwriter.Workbook(path, {**TEXT_STAYS_TEXT, "constant_memory": True}) as book:
        styles = _Styles(book)
        sheet = book.add_worksheet(_sheet_name(title))
        _set_widths(sheet, columns)
        header = _write_title_block(sheet, styles, title, len(columns), _filled_in(filler, on), note)
        sheet.write_row(header, 0, [column.label for column in columns], styles.header)
        last = _write_rows(sheet, styles, columns, rows, header + 1)
        _set_page(sheet, header, last, len(columns))
    return path


def _filled_in(filler, on: date) -> str:
    return f"填报单位：{filler.label}　　填报人：{filler.name}　　日期：{on.year}年{on.month}月{on.day}日"


class _Styles:
    """The cell formats of one workbook."""

    def __init__(self, book):
        edge = {"border": 1, "border_color": "#BFBFBF", "valign": "vcenter"}
        self.title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self.block = book.add_format({"font_color": "#595959", "valign": "vcenter"})
        self.header = book.add_format(
            edge | {"bold": True, "bg_color": "#F2F2F2", "align": "center", "text_wrap": True}
        )
        self.required = book.add_format(
            edge | {"bold": True, "bg_color": "#FBE5D6", "align": "center", "text_wrap": True}
        )
        self.text = book.add_format(edge | {"text_wrap": True, "num_format": "@"})
        self.number = book.add_format(edge | {"align": "right", "num_format": "#,##0.######"})
        self.integer = book.add_format(edge | {"align": "right", "num_format": "#,##0"})
        self.rate = book.add_format(edge | {"align": "right", "num_format": "0.00%"})
        self.date = book.add_format(edge | {"align": "center", "num_format": "yyyy-mm-dd"})
        self.moment = book.add_format(edge | {"align": "center", "num_format": "yyyy-mm-dd hh:mm"})


def _set_widths(sheet, columns) -> None:
    for index, column in enumerate(columns):
        by_label = 2 * len(column.label) + 4
        wide = getattr(column, "width", None) or max(WIDTHS.get(column.kind, 20), by_label)
        sheet.set_column(index, index, min(wide, 60))


def _write_title_block(sheet, styles, title: str, width: int, filled_in: str, note: str) -> int:
    """Write the lines above the header; the row of the header."""
    sheet.set_row(0, 30)
    lines = [(title, styles.title), (filled_in, styles.block), *([(note, styles.block)] if note else [])]
    for row, (line, style) in enumerate(lines):
        if width > 1:
            sheet.merge_range(row, 0, row, width - 1, "", style)
        sheet.write_string(row, 0, line, style)
    return len(lines)


def _write_rows(sheet, styles, columns, rows: Iterable, first: int) -> int:
    """Write the rows from row ``first`` on; the last row that holds something."""
    number = first - 1
    for number, row in enumerate(rows, first):
        if number >= EXCEL_ROWS:
            raise too_many_to_export()
        for index, column in enumerate(columns):
            _write_cell(sheet, styles, number, index, column.sheet_value(row), column.kind)
    return number


def too_many_to_export() -> RuleViolation:
    """The refusal of an export that no worksheet can hold."""
    return RuleViolation(
        f"超过一张工作表{EXCEL_ROWS:,}行的上限，请缩小范围或导出 CSV。", code="too_many_rows"
    )


def _write_cell(sheet, styles, row: int, column: int, value: Any, kind: str = "text") -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, styles.text)
    elif isinstance(value, bool):
        sheet.write_string(row, column, cells.text(value), styles.text)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), styles.moment)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, styles.date)
    elif isinstance(value, int | float | Decimal) and isfinite(value) and abs(value) < EXACT_DIGITS:
        _write_number(sheet, styles, row, column, value, kind)
    else:
        sheet.write_string(row, column, str(value)[:LONGEST_TEXT], styles.text)


def _write_number(sheet, styles, row: int, column: int, value, kind: str) -> None:
    if kind == "rate":
        # 100 % is shown only when nothing is missing.
        shown = min(value, 0.9999) if value < 1 else value
        sheet.write_number(row, column, shown, styles.rate)
    else:
        sheet.write_number(row, column, value, styles.integer if value == int(value) else styles.number)


def _set_page(sheet, header: int, last: int, width: int) -> None:
    sheet.freeze_panes(header + 1, 0)
    sheet.autofilter(header, 0, max(last, header), width - 1)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)
    sheet.print_area(0, 0, max(last, header), width - 1)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "表1"


def template_xlsx(header_map: HeaderMap, *, title: str) -> bytes:
    """An empty table to fill in (下载模板): drop-downs, formats per column, a sheet that explains."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {**TEXT_STAYS_TEXT, "in_memory": True}) as book:
        styles = _Styles(book)
        sheet = book.add_worksheet(_sheet_name(title))
        guide, lists = book.add_worksheet("填写说明"), book.add_worksheet("选项")
        lists.hide()
        for index, field in enumerate(header_map.fields.values()):
            _template_column(sheet, lists, styles, index, field)
        sheet.freeze_panes(1, 0)
        _write_guide(guide, styles, header_map)
    return stream.getvalue()


def _template_column(sheet, lists, styles, index: int, field: Field) -> None:
    formats = {cells.integer: styles.integer, cells.date_of: styles.date}
    sheet.set_column(
        index, index, max(field.width, 2 * len(field.label) + 8), formats.get(field.parse, styles.text)
    )
    label = f"{field.label}（必填）" if field.required else field.label
    sheet.write_string(0, index, label, styles.required if field.required else styles.header)
    if rule := _validation(lists, index, field):
        sheet.data_validation(1, index, TEMPLATE_ROWS, index, rule)


def _validation(lists, index: int, field: Field) -> dict | None:
    title = {"error_title": "请核对", "ignore_blank": True}
    if choices := _choices(field):
        lists.write_column(0, index, choices)
        letters = xlsxwriter.utility.xl_col_to_name(index, col_abs=True)
        is_short = len(",".join(choices)) <= LONGEST_LIST and not any("," in choice for choice in choices)
        source = choices if is_short else f"=选项!{letters}$1:{letters}${len(choices)}"
        return title | {"validate": "list", "source": source, "error_message": "请从下拉列表中选择。"}
    if field.parse is cells.integer:
        return title | {"validate": "integer", "criteria": ">=", "value": 0, "error_message": "请填整数。"}
    return None


def _choices(field: Field) -> list[str]:
    return list(field.choices) or (["是", "否"] if field.parse is cells.yes_no else [])


def _write_guide(guide, styles, header_map: HeaderMap) -> None:
    guide.set_column(0, 4, 24)
    guide.write_row(0, 0, ["列", "是否必填", "说明", "示例", "可填内容"], styles.header)
    for row, field in enumerate(header_map.fields.values(), 1):
        need = "必填" if field.required else "选填"
        line = [field.label, need, field.help, field.example, "、".join(_choices(field))]
        for column, value in enumerate(line):
            _write_cell(guide, styles, row, column, value)


def mark_errors(
    file, errors: Iterable[CellError], *, name: str = "", header_map: HeaderMap | None = None
) -> bytes:
    """A copy of an uploaded file as .xlsx: bad cells red with a comment, all messages in a last column.

    Takes what `open_sheet` takes and raises what it raises; a row is written as soon as it is read.
    """
    sheet = open_sheet(file, name, header_map=header_map)
    wrong = _by_row(errors)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {**TEXT_STAYS_TEXT, "constant_memory": True}) as book:
        copy = _MarkedCopy(book, sheet)
        for number, row in sheet.all_rows():
            copy.write(number, row, wrong.get(number, ()))
    return stream.getvalue()


def _by_row(errors: Iterable[CellError]) -> dict[int, list[CellError]]:
    rows: dict[int, list[CellError]] = {}
    for error in errors:
        rows.setdefault(error.row, []).append(error)
    return rows


class _MarkedCopy:
    """The worksheet of a marked copy while it is written row by row."""

    def __init__(self, book, sheet):
        self._sheet = book.add_worksheet(_sheet_name(sheet.title))
        self._last, self._header_row, self._comments = sheet.width, sheet.header_row, 0
        red = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
        self._plain, self._red = None, book.add_format(red)
        self._date, self._red_date = (
            book.add_format(extra | {"num_format": "yyyy-mm-dd"}) for extra in ({}, red)
        )
        self._message = book.add_format({"font_color": "#9C0006"})
        self._sheet.set_column(0, self._last - 1, 16)
        self._sheet.set_column(self._last, self._last, 60)
        self._sheet.freeze_panes(sheet.header_row, 0)

    def write(self, number: int, row: list, errors: Iterable[CellError]) -> None:
        messages = self._messages(errors)
        for column in sorted({*range(len(row)), *messages}):
            self._write_cell(
                number - 1, column, row[column] if column < len(row) else "", messages.get(column)
            )
        if number == self._header_row:
            self._sheet.write_string(number - 1, self._last, ERROR_LABEL, self._red)
        elif errors:
            self._sheet.write_string(number - 1, self._last, self._summary(errors), self._message)

    @staticmethod
    def _messages(errors: Iterable[CellError]) -> dict[int, str]:
        messages: dict[int, str] = {}
        for error in errors:
            if error.column is not None:
                messages[error.column] = messages.get(error.column, "") + error.message
        return messages

    @staticmethod
    def _summary(errors: Iterable[CellError]) -> str:
        lines = [f"{error.label}：{error.message}" if error.label else error.message for error in errors]
        return " ".join(lines)[:LONGEST_TEXT]

    def _write_cell(self, row: int, column: int, value: Any, message: str | None) -> None:
        is_red = message is not None
        if isinstance(value, date):
            self._sheet.write_datetime(row, column, value, self._red_date if is_red else self._date)
        elif isinstance(value, str):
            self._write_text(row, column, value, is_red)
        else:
            self._sheet.write(row, column, _plain_value(value), self._red if is_red else None)
        if is_red and self._comments < MAX_COMMENTS:
            self._comments += 1
            self._sheet.write_comment(row, column, message)

    def _write_text(self, row: int, column: int, value: str, is_red: bool) -> None:
        if value:
            self._sheet.write_string(row, column, value[:LONGEST_TEXT], self._red if is_red else None)
        elif is_red:
            self._sheet.write_blank(row, column, None, self._red)


def _plain_value(value: Any) -> Any:
    return value if isinstance(value, bool | int | float) else str(value)


def exported(columns, rows: Iterable) -> Iterator[list]:
    """The rows of an export as lists of plain values."""
    readers = [column.sheet_value for column in columns]
    return ([read(row) for read in readers] for row in rows)
