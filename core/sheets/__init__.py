"""Spreadsheets in and out: reading what people have, cleaning cells, naming errors, writing tidy tables."""

from core.sheets.headers import CellError, Field, HeaderMap, Match, RowForm
from core.sheets.layout import Filler, mark_errors, template_xlsx, write_xlsx
from core.sheets.plain import (
    FOR_PROGRAMS,
    InWords,
    copy_csv,
    copy_queryset_csv,
    stream_csv,
    write_plain_xlsx,
)
from core.sheets.read import Row, Sheet, Skipped, open_sheet
from core.sheets.upload import MAX_ROWS, MAX_UPLOAD_BYTES

__all__ = [
    "FOR_PROGRAMS",
    "MAX_ROWS",
    "MAX_UPLOAD_BYTES",
    "CellError",
    "Field",
    "Filler",
    "HeaderMap",
    "InWords",
    "Match",
    "Row",
    "RowForm",
    "Sheet",
    "Skipped",
    "copy_csv",
    "copy_queryset_csv",
    "mark_errors",
    "open_sheet",
    "stream_csv",
    "template_xlsx",
    "write_plain_xlsx",
    "write_xlsx",
]
