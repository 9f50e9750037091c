"""Reading of spreadsheets as people really have them: titles above the header, merged cells, totals, notes.

An ``.xlsx`` or ``.xls`` is held by the Rust reader while it is read; a ``.csv`` streams. Rows keep the number
the spreadsheet shows, so that every error can be found again.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

import python_calamine as calamine

from core.errors import InputError
from core.sheets import cells, upload
from core.sheets.headers import HeaderMap

HEADER_WITHIN = 30
DEEPEST_HEADER = 3
TOTALS = {"合计", "总计", "小计", "共计", "累计"}
FOOTNOTES = ("注:", "备注:", "说明:", "填表说明", "填报说明", "填表人", "填报人", "制表人", "审核人",
             "负责人", "单位负责人", "填报单位", "填报日期", "填表日期", "联系电话")  # fmt: skip
DELIMITERS = (",", "\t", ";", "，", "|")
LONGEST_CELL = 1_000_000
Cells = list[Any]
Merge = tuple[tuple[int, int], tuple[int, int]]


class Row(NamedTuple):
    """One data row: its number in the spreadsheet (from 1) and its cells from column A."""

    number: int
    cells: Cells


class Skipped(NamedTuple):
    """A row below the header that is no data, and why."""

    number: int
    reason: str


class WorkbookRows:
    """One worksheet of a workbook: rows from row 1 and column A on."""

    def __init__(self, worksheet: calamine.CalamineSheet):
        self._worksheet = worksheet
        self.title = worksheet.name
        start, end = worksheet.start, worksheet.end
        self._offset = start[1] if start else 0
        self.width = end[1] + 1 if end else 0
        self.height = end[0] + 1 if end else 0
        self.merges: list[Merge] = worksheet.merged_cell_ranges or []

    def __iter__(self) -> Iterator[Cells]:
        if not self.width:
            return iter(())
        if not self._offset:
            return self._worksheet.iter_rows()
        blank = [""] * self._offset
        return (blank + row for row in self._worksheet.iter_rows())


class TextRows:
    """A text file of separated values: rows from its first line on, read afresh each time."""

    title = ""
    merges: Sequence[Merge] = ()

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._encoding = upload.encoding_of(stream)
        self._delimiter = self._guess_delimiter()

    def __iter__(self) -> Iterator[Cells]:
        return self._rows(self._delimiter)

    @property
    def width(self) -> int:
        return max(map(len, self), default=0)

    def _rows(self, delimiter: str) -> Iterator[Cells]:
        csv.field_size_limit(LONGEST_CELL)
        self._stream.seek(0)
        reader = io.TextIOWrapper(self._stream, encoding=self._encoding, newline="")
        try:
            yield from csv.reader(reader, delimiter=delimiter)
        except csv.Error as error:
            raise InputError(
                f"文本表格的格式有误，无法读下去。{upload.SAVE_AS}", code="damaged_file"
            ) from error
        finally:
            reader.detach()

    def _guess_delimiter(self) -> str:
        return max(DELIMITERS, key=self._evenness)

    def _evenness(self, delimiter: str) -> int:
        """How many cells stand in rows of the commonest length: the right separator makes a rectangle."""
        widths = Counter(len(row) for row in islice(self._rows(delimiter), HEADER_WITHIN * 2))
        return max((width * count for width, count in widths.items() if width > 1), default=0)


class Header(NamedTuple):
    """Where the header is (rows counted from 0, both included) and its labels by column."""

    first: int
    last: int
    labels: list[str]


class Sheet:
    """A spreadsheet with its header found; ``rows()`` gives the data, ``all_rows()`` every row as it stands.

    ``skipped`` lists, after ``rows()`` was read, the totals, notes and repeated headers that were left out.
    """

    def __init__(self, source, header: Header, *, name: str, kind: str):
        self.name, self.kind, self.title = name, kind, source.title
        self.header = header.labels
        self.header_row = header.last + 1
        self.skipped: list[Skipped] = []
        self._source, self._first_data = source, header.last + 1

    @property
    def width(self) -> int:
        """How many columns the widest row has."""
        return max(self._source.width, len(self.header))

    def all_rows(self) -> Iterator[Row]:
        """Every row from row 1 as it stands, blank ones included."""
        return (Row(number, row) for number, row in enumerate(self._source, 1))

    def rows(self) -> Iterator[Row]:
        """The data rows. Raises InputError beyond MAX_ROWS of them."""
        self.skipped = []
        count = 0
        for row, first in self._filled_rows():
            if reason := self._reason_to_skip(row.cells, first):
                self.skipped.append(Skipped(row.number, reason))
                continue
            count += 1
            if count > upload.MAX_ROWS:
                raise upload.too_many_rows()
            yield row

    def _filled_rows(self) -> Iterator[tuple[Row, Any]]:
        """Rows below the header that hold something, each with its first filled cell.

        Cells merged downwards are repeated in each row.
        """
        spans = _downward_merges(self._source.merges, self._first_data)
        running: dict[int, tuple[int, Any]] = {}
        for index, row in enumerate(islice(iter(self._source), self._first_data, None), self._first_data):
            if spans:
                _repeat_merged(row, index, spans.get(index, ()), running)
            first = _first_filled(row)
            if first is not None:
                yield Row(index + 1, row), first

    def _reason_to_skip(self, row: Cells, first: Any) -> str | None:
        if not isinstance(first, str):
            return None
        words = first.replace(" ", "").replace("\u3000", "").replace("：", ":").strip()
        if words.rstrip(":") in TOTALS:
            return "合计行"
        if words.startswith(FOOTNOTES) and _filled(row) <= 3 and not self._is_whole(row):
            return "表尾说明"
        return "重复的表头" if self._is_header_again(row) else None

    def _is_whole(self, row: Cells) -> bool:
        return _filled(row) * 2 > sum(map(bool, self.header))

    def _is_header_again(self, row: Cells) -> bool:
        # Told apart by their first cells nearly always: cleaning all of them would cost every row.
        is_same = all(_label(cell) == label for cell, label in zip(row, self.header, strict=False))
        return is_same and any(self.header[: len(row)])


def open_sheet(file, name: str = "", *, header_map: HeaderMap | None = None) -> Sheet:
    """Open an uploaded spreadsheet and find its header.

    :param file: a path, an upload, a stored file or any seekable binary file.
    :param name: the file's name, for its ending and for messages.
    :param header_map: the labels to look for; without it the fullest row of distinct words is the header.
    :raises InputError: empty, locked, damaged, dangerous, too large, not a spreadsheet, or no header found.
    """
    stream = upload.binary(file)
    name = name or getattr(file, "name", "") or (str(file) if isinstance(file, str) else "")
    kind = upload.kind_of(stream, name)
    sources = [TextRows(stream)] if kind == "csv" else _worksheets(stream)
    return _first_with_header(sources, header_map, name=name, kind=kind)


def _worksheets(stream: BinaryIO) -> Iterator[WorkbookRows]:
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(stream)
        for meta in workbook.sheets_metadata:
            is_seen = meta.visible == calamine.SheetVisibleEnum.Visible
            if is_seen and meta.typ == calamine.SheetTypeEnum.WorkSheet:
                yield _sized(WorkbookRows(workbook.get_sheet_by_name(meta.name)))
    except calamine.PasswordError as error:
        raise InputError(
            "这个文件设有打开密码，请用表格软件取消密码后再上传。", code="password_protected"
        ) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise upload.damaged() from error
    except BaseException as error:  # a Rust panic on a broken file isn't an Exception
        if type(error).__name__ != "PanicException":
            raise
        raise upload.damaged() from error


def _sized(source: WorkbookRows) -> WorkbookRows:
    if source.height > upload.MAX_ROWS + HEADER_WITHIN:
        raise upload.too_many_rows()
    return source


def _first_with_header(sources: Iterable, header_map: HeaderMap | None, *, name: str, kind: str) -> Sheet:
    holds_anything = False
    for source in sources:
        top = list(islice(iter(source), HEADER_WITHIN))
        holds_anything = holds_anything or any(_filled(row) for row in top)
        if header := _find_header(top, source.merges, header_map):
            return Sheet(source, header, name=name, kind=kind)
    if not holds_anything:
        raise InputError("表格里没有内容，请确认选对了文件。", code="empty_sheet")
    raise _no_header(header_map)


def _no_header(header_map: HeaderMap | None) -> InputError:
    labels = header_map.required_labels if header_map else []
    wanted = f"表头应有这些列：{'、'.join(labels)}。" if labels else ""
    return InputError(
        f"在前{HEADER_WITHIN}行里没有认出表头。{wanted}请对照模板核对后再上传。", code="no_header"
    )


def _find_header(top: list[Cells], merges: Sequence[Merge], header_map: HeaderMap | None) -> Header | None:
    score = header_map.score if header_map else _wordiness
    scores = [score(row) for row in top]
    best = max(scores, default=0)
    least = min(2, len(header_map.fields)) if header_map else 2
    return _whole_header(top, scores.index(best), merges) if best >= least else None


def _wordiness(row: Cells) -> int:
    """How many cells of a row are words, if all are and no two alike; a header is the wordiest row."""
    filled = [cell for cell in row if not _is_blank(cell)]
    labels = {_label(cell) for cell in filled if isinstance(cell, str) and not _looks_numeric(cell)}
    return len(labels) if len(labels) == len(filled) else 0


def _looks_numeric(cell: str) -> bool:
    return cell.strip().replace(",", "").replace(".", "").replace("-", "").replace("/", "").isdigit()


def _whole_header(top: list[Cells], row: int, merges: Sequence[Merge]) -> Header:
    """A header of several rows: merged cells tell its depth, the lowest words of a column are its label."""
    deep = [
        (up[0], down[0])
        for up, down in merges
        if up[0] <= row <= down[0] and 0 < down[0] - up[0] < DEEPEST_HEADER
    ]
    first = min((up for up, _ in deep), default=row)
    last = max((down for _, down in deep), default=row)
    rows = top[first : last + 1]
    width = max(map(len, rows))
    labels = [next((_label(line[at]) for line in reversed(rows) if at < len(line) and _label(line[at])), "")
              for at in range(width)]  # fmt: skip
    return Header(first, last, labels)


def _label(cell: Any) -> str:
    return cells.text(cell) or ""


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _first_filled(row: Cells) -> Any:
    """The first cell that holds something; None in a blank row."""
    for cell in row:
        if cell.__class__ is str:
            if cell and not cell.isspace():
                return cell
        elif cell is not None:
            return cell
    return None


def _filled(row: Cells) -> int:
    return sum(not _is_blank(cell) for cell in row)


def _downward_merges(merges: Sequence[Merge], first_data: int) -> dict[int, list[tuple[int, int]]]:
    """Merges of data cells over several rows: first row → (column, last row)."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _right) in merges:
        if bottom > top >= first_data:
            spans.setdefault(top, []).append((left, bottom))
    return spans


def _repeat_merged(row: Cells, index: int, starting: Iterable[tuple[int, int]], running: dict) -> None:
    for column, last in starting:
        if column < len(row):
            running[column] = (last, row[column])
    for column, (last, value) in list(running.items()):
        if index > last:
            del running[column]
        elif any(not _is_blank(cell) for cell in row):
            row[column] = value
