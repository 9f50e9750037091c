"""Exports without layout, made for many rows: CSV from Python or straight from PostgreSQL, and plain .xlsx.

Formulas are defused: in a CSV, text that a spreadsheet would compute gets a leading ``'``; in .xlsx it is
a string.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Max, Min
from rustpy_xlsxwriter import write_worksheet

from core.sheets.layout import EXACT_DIGITS, EXCEL_ROWS, LONGEST_TEXT, exported, too_many_to_export

BOM = b"\xef\xbb\xbf"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Compared by ascii(): half the time of a regular expression.
_FORMULA_CODES = ", ".join(str(ord(start)) for start in FORMULA_STARTS)
CHUNK_ROWS = 20_000
CHUNK_CHARACTERS = 64 * 1024
_TEXT_TYPES = {18, 19, 25, 1042, 1043}
_BOOLEAN_TYPE, _MOMENT_TYPE = 16, 1184
_NUMBER_TYPES = {20, 21, 23}


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


def copy_csv(
    sql: str,
    params: Sequence | Mapping,
    header: Mapping[str, str],
    *,
    key: str = "id",
    chunk: int = CHUNK_ROWS,
    bounds: tuple[int, int] | None = None,
) -> Iterator[bytes]:
    """A CSV file straight from PostgreSQL, ``chunk`` rows at a time in the order of ``key``.

    :param sql: a SELECT (no ORDER BY) with ``%s`` placeholders whose columns have distinct names.
    :param header: the columns to write, in order: name in the SELECT → label in the file.
    :param key: a column of the SELECT, unique and never null; it need not be written.
    :param bounds: the lowest and highest number the key can have, where that is known cheaper than by asking.
    """
    yield BOM + _header_line(header)
    with connection.cursor() as cursor:
        base = cursor.mogrify(sql, params or None).decode()
        types = _column_types(cursor, base)
        chosen = ", ".join(_copied_column(name, types[name]) for name in header)
        if types[key] in _NUMBER_TYPES:
            spans = _number_spans(bounds or _bounds(cursor, base, key), chunk)
        else:
            spans = _counted_spans(cursor, base, key, chunk)
        for low, high in spans:
            yield _copied(cursor, _chunk_query(cursor, base, chosen, key, low, high))


def copy_queryset_csv(queryset, header: Mapping[str, str], *, key: str = "id") -> Iterator[bytes]:
    """`copy_csv` of a ``.values(...)`` queryset.

    Joined columns need a name of their own: ``place_name=F("place__name")``.
    """
    try:
        sql, params = queryset.order_by().query.sql_with_params()
    except EmptyResultSet:
        return iter([BOM + _header_line(header)])
    return copy_csv(sql, params, header, key=key, bounds=_table_bounds(queryset, key))


def _table_bounds(queryset, key: str) -> tuple[int, int] | None:
    """The lowest and highest primary key of the table, read from the ends of its index."""
    if key != queryset.model._meta.pk.name or key in queryset.query.annotations:
        return None
    first, last = queryset.model._base_manager.aggregate(first=Min("pk"), last=Max("pk")).values()
    return None if first is None else (first, last)


def _header_line(header: Mapping[str, str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([defused(label) for label in header.values()])
    return buffer.getvalue().encode()


def _column_types(cursor, base: str) -> dict[str, int]:
    """PostgreSQL's type number of each column of the SELECT."""
    cursor.execute(f"SELECT * FROM ({base}) q LIMIT 0")  # nosec B608  # noqa: S608
    return {column.name: column.type_code for column in cursor.description}


def _bounds(cursor, base: str, key: str) -> tuple[int, int] | None:
    """The lowest and highest key of the SELECT; None when it gives no row."""
    name = _quoted(key)
    cursor.execute(f"SELECT min({name}), max({name}) FROM ({base}) q")  # nosec B608  # noqa: S608
    first, last = cursor.fetchone()
    return None if first is None else (first, last)


def _number_spans(bounds: tuple[int, int] | None, chunk: int) -> Iterator[tuple[int, int]]:
    """Spans of a numbered key, at most ``chunk`` rows each; gaps make some of them smaller, or empty."""
    if bounds:
        first, last = bounds
        yield from ((low - 1, min(low + chunk - 1, last)) for low in range(first, last + 1, chunk))


def _counted_spans(cursor, base: str, key: str, chunk: int) -> Iterator[tuple[Any, Any]]:
    """Spans of any other key, counted out row by row."""
    low, size = None, chunk
    while size == chunk:
        high, size = _chunk_end(cursor, base, key, low, chunk)
        if size:
            yield low, high
        low = high


def _copied_column(name: str, type_code: int) -> str:
    column = _quoted(name)
    if type_code in _TEXT_TYPES:
        return f"CASE WHEN ascii({column}) IN ({_FORMULA_CODES}) THEN '''' || {column} ELSE {column} END"
    if type_code == _BOOLEAN_TYPE:
        return f"CASE {column} WHEN true THEN '是' WHEN false THEN '否' END"
    if type_code == _MOMENT_TYPE:
        return f"to_char({column} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI')"
    return column


def _chunk_end(cursor, base: str, key: str, low: Any, chunk: int) -> tuple[Any, int]:
    """The key of the last row of the chunk after ``low``, and how many rows the chunk has."""
    name, after = _quoted(key), _after(cursor, key, low)
    page = f"SELECT {name} AS k FROM ({base}) q WHERE {after} ORDER BY 1 LIMIT {int(chunk)}"  # nosec B608  # noqa: S608
    cursor.execute(f"SELECT max(k), count(*) FROM ({page}) page")  # nosec B608  # noqa: S608
    return cursor.fetchone()


def _chunk_query(cursor, base: str, chosen: str, key: str, low: Any, high: Any) -> str:
    where = f"{_after(cursor, key, low)} AND {_quoted(key)} <= {_literal(cursor, high)}"
    return f"SELECT {chosen} FROM ({base}) q WHERE {where} ORDER BY {_quoted(key)}"  # nosec B608  # noqa: S608


def _after(cursor, key: str, low: Any) -> str:
    return "true" if low is None else f"{_quoted(key)} > {_literal(cursor, low)}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _literal(cursor, value: Any) -> str:
    return cursor.mogrify("%s", [value]).decode()


def _copied(cursor, query: str) -> bytes:
    buffer = io.BytesIO()
    cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", buffer)
    return buffer.getvalue()
