"""Exports without layout, made for many rows: CSV from Python or straight from PostgreSQL, and plain .xlsx.

Formulas are defused: in a CSV, text that a spreadsheet would compute gets a leading ``'``; in .xlsx it is
a string.
"""

import csv
import io
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, CharField, Func, Value
from rustpy_xlsxwriter import write_worksheet

from core.sheets.layout import EXACT_DIGITS, EXCEL_ROWS, LONGEST_TEXT, exported, too_many_to_export

BOM = b"\xef\xbb\xbf"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Compared by ascii(): half the time of a regular expression.
_FORMULA_CODES = ", ".join(str(ord(start)) for start in FORMULA_STARTS)
_HIGHEST_FORMULA_CODE = max(map(ord, FORMULA_STARTS))
CHUNK_CHARACTERS = 64 * 1024
PIECE_BYTES = 256 * 1024
_TEXT_TYPES = {18, 19, 25, 1042, 1043}
_BOOLEAN_TYPE, _MOMENT_TYPE = 16, 1184
# Besides these: whole numbers, numerics and dates.
_COPIED_TYPES = {*_TEXT_TYPES, _BOOLEAN_TYPE, _MOMENT_TYPE, 20, 21, 23, 1082, 1700}


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def stream_csv(*, columns, rows: Iterable) -> Iterator[bytes]:
    """A CSV file (UTF-8 with mark, so that Excel reads it) in pieces of about 64 KB."""
    columns = list(columns)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([defused(column.label) for column in columns])
    yield BOM
    for values in exported(columns, rows):
        writer.writerow([_csv_value(value) for value in values])
        if buffer.tell() >= CHUNK_CHARACTERS:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content


def _csv_value(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, int | float | Decimal | date):
        return value
    return defused(str(value))


def write_plain_xlsx(*, columns, rows: Iterable, path, title: str = "导出"):
    """Write many rows fast: a header and the rows, nothing else. Returns ``path`` (or the file given)."""
    columns = list(columns)
    labels = _distinct([column.label for column in columns])
    records = (dict(zip(labels, map(_xlsx_value, values), strict=True)) for values in exported(columns, rows))
    target = path if hasattr(path, "write") else str(path)
    write_worksheet(
        _with_header(records, labels), target, sheet_name=title[:31], freeze_row=1, bold_headers=True,
        datetime_format="yyyy-mm-dd",
    )  # fmt: skip
    return path


def _with_header(records: Iterator[dict], labels: list[str]) -> Iterator[dict]:
    """The records, or one blank record when there are none: the writer takes the header from the first."""
    first = next(records, None)
    yield first if first is not None else dict.fromkeys(labels)
    for number, record in enumerate(records, 2):
        if number >= EXCEL_ROWS:
            raise too_many_to_export()
        yield record


def _distinct(labels: list[str]) -> list[str]:
    """The labels, numbered where two are alike: the writer tells columns apart by them."""
    counts = dict.fromkeys(labels, 0)
    result = []
    for label in labels:
        counts[label] += 1
        result.append(label if counts[label] == 1 else f"{label} {counts[label]}")
    return result


def _xlsx_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int) and abs(value) >= EXACT_DIGITS:
        return str(value)
    if value is None or isinstance(value, int | float | date):
        return value
    return str(value)[:LONGEST_TEXT]


@dataclass(frozen=True)
class CsvWords:
    """How a copied CSV writes what a program and a person read differently; ``moment`` is SQL around the column."""

    yes: str
    no: str
    moment: str


FOR_PEOPLE = CsvWords("是", "否", "to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI')")
# The words of the API: moments in ISO 8601 with the offset, fractions of a second only where there are any.
FOR_PROGRAMS = CsvWords(
    "true",
    "false",
    "replace(to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '.000000', '') || '+08:00'",
)


class InWords(Func):
    """A code in the portal's words, written by PostgreSQL; a code without words stands for itself, a blank one is NULL."""

    output_field = CharField()

    def __init__(self, code, words: Mapping):
        self.words = {value: str(word) for value, word in words.items() if value not in {None, ""}}
        super().__init__(code)

    def as_sql(self, compiler, connection, **context):
        code, params = compiler.compile(self.source_expressions[0])
        pairs = [part for pair in self.words.items() for part in pair]
        branches = "WHEN %s THEN %s " * len(self.words)
        return f"CASE {code} {branches}ELSE nullif({code}::text, '') END", [*params, *pairs, *params]


def copy_csv(
    sql: str,
    params: Sequence | Mapping,
    header: Mapping[str, str],
    *,
    order: Sequence[str] = ("id",),
    own: Collection[str] = (),
    words: CsvWords = FOR_PEOPLE,
) -> Iterator[bytes] | None:
    """A CSV file straight from PostgreSQL: one COPY, one snapshot, whatever the number of rows.

    PostgreSQL writes into a temporary file, which is then sent in pieces: memory stays flat, and a slow reader
    keeps neither the connection nor the snapshot.

    :param sql: a SELECT (no ORDER BY) with ``%s`` placeholders whose columns have distinct names.
    :param header: the columns to write, in order: name in the SELECT → label in the file.
    :param order: columns of the SELECT to sort by, ``-`` for downwards; they need not be written.
    :param own: columns whose texts are the portal's own words, which no spreadsheet takes for a formula.
    :return: the pieces of the file, or None when a column is of a type that COPY writes in another way than
        Python does (JSON, lists, fractions …).
    """
    with connection.cursor() as cursor:
        base = cursor.mogrify(sql, params or None).decode()
        types = _column_types(cursor, base)
    if not all(types[name] in _COPIED_TYPES for name in header):
        return None
    chosen = ", ".join(_copied_column(name, types[name], name in own, words) for name in header)
    sorting = ", ".join(_direction(name) for name in order)
    # OFFSET 0 keeps the two apart: what the SELECT computes is computed once, however often a column is named here.
    sorted_base = f"SELECT * FROM ({base}) b ORDER BY {sorting} OFFSET 0"  # nosec B608  # noqa: S608
    query = f"SELECT {chosen} FROM ({sorted_base}) q ORDER BY {sorting}"  # nosec B608  # noqa: S608
    return chain([BOM + _header_line(header)], _copied(query))


def copy_queryset_csv(
    queryset,
    header: Mapping[str, str],
    *,
    order: Sequence[str] = ("id",),
    words: CsvWords = FOR_PEOPLE,
) -> Iterator[bytes] | None:
    """`copy_csv` of a ``.values(...)`` queryset; None also for one that groups its rows.

    Joined columns need a name of their own: ``place_name=F("place__name")``.
    """
    query = queryset.order_by().query
    if query.group_by is not None:
        return None
    try:
        sql, params = query.sql_with_params()
    except EmptyResultSet:
        return iter([BOM + _header_line(header)])
    own = {name for name in header if _is_own(_selected(query, name))}
    return copy_csv(sql, params, header, order=order, own=own, words=words)


def _selected(query, name: str):
    """The expression of a selected column."""
    return query.annotation_select.get(name) or query.resolve_ref(name)


def _is_own(expression) -> bool:
    """Whether all texts an expression can give are the portal's own: codes of choices and the words for them."""
    if isinstance(expression, Value):
        return not (isinstance(expression.value, str) and expression.value.startswith(FORMULA_STARTS))
    if isinstance(expression, Case):
        return all(map(_is_own, [*(when.result for when in expression.cases), expression.default]))
    return isinstance(expression, InWords) or bool(getattr(expression.output_field, "choices", None))


def _header_line(header: Mapping[str, str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([defused(label) for label in header.values()])
    return buffer.getvalue().encode()


def _column_types(cursor, base: str) -> dict[str, int]:
    """PostgreSQL's type number of each column of the SELECT."""
    cursor.execute(f"SELECT * FROM ({base}) q LIMIT 0")  # nosec B608  # noqa: S608
    return {column.name: column.type_code for column in cursor.description}


def _copied_column(name: str, type_code: int, is_own: bool, words: CsvWords) -> str:
    column = _quoted(name)
    if type_code in _TEXT_TYPES and not is_own:
        # Most texts begin with a Chinese or Latin letter and are through after one comparison; "" is a blank cell.
        return (
            f"CASE WHEN ascii({column}) > {_HIGHEST_FORMULA_CODE} THEN {column}"
            f" WHEN ascii({column}) IN ({_FORMULA_CODES}) THEN '''' || {column} WHEN {column} <> '' THEN {column} END"
        )
    if type_code == _BOOLEAN_TYPE:
        return f"CASE {column} WHEN true THEN '{words.yes}' WHEN false THEN '{words.no}' END"
    return words.moment.format(column) if type_code == _MOMENT_TYPE else column


def _direction(name: str) -> str:
    return f"{_quoted(name.removeprefix('-'))}{' DESC' if name.startswith('-') else ''}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _copied(query: str) -> Iterator[bytes]:
    """What PostgreSQL writes for a query, in pieces, by way of a file that nobody else sees."""
    with tempfile.TemporaryFile(buffering=PIECE_BYTES) as file:
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", file)
        file.seek(0)
        yield from iter(partial(file.read, PIECE_BYTES), b"")
