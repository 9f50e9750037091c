"""Tables of a paper: repeated header rows, rows that do not break, figures at the right."""

from collections.abc import Iterable, Sequence
from typing import Any

from docx.document import Document as DocxDocument
from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm

from core.documents.blocks import add_line, tiny
from core.documents.page import HEITI, LINE, TABLE, TABLE_HEAD, TEXT_WIDTH_MM, add_run, child
from core.documents.text import cell_text, clean, is_figure, one_line, width

LABEL_MM, VALUE_MM = 28, 50
# A value with more characters than this gets a row of its own in a form.
SHORT_VALUE = 10
SIGN_IN_ROW_MM = 11
# 1 mm between a cell's line and its text, so that 序号 fits into a narrow column.
CELL_MARGIN = 57
RUNNING_NUMBER = "序号"


def new_table(document: DocxDocument, widths: Sequence[float]):
    """An empty table with lines, as wide as the text; ``widths`` are shares of it."""
    table = document.add_table(rows=0, cols=len(widths))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    margins = table_property(table, "tblCellMar", "w:tblLook")
    for side in ("left", "right"):
        child(margins, side, w=CELL_MARGIN, type="dxa")
    scale = TEXT_WIDTH_MM / sum(widths)
    for column, share in zip(table.columns, widths, strict=True):
        column.width = Mm(share * scale)
    return table


def table_property(table, tag: str, *later: str):
    """A new property of the table, in the place Word's schema gives it: before those in ``later``."""
    element = OxmlElement(f"w:{tag}")
    table._tbl.tblPr.insert_element_before(element, *later)
    return element


def add_row(table, *, height_mm: float = 0):
    """A row that moves to the next page whole."""
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if height_mm:
        row.height, row.height_rule = Mm(height_mm), WD_ROW_HEIGHT_RULE.AT_LEAST
    for cell, column in zip(row.cells, table.columns, strict=True):
        cell.width = column.width
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    return row


def repeat_on_each_page(row) -> None:
    """表头重复."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def write(cell, value: Any, *, style: str = TABLE, align=None) -> None:
    """Put a value into a cell; every line of it becomes a paragraph."""
    for index, line in enumerate(cell_text(value).split("\n")):
        paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        paragraph.style = cell.part.document.styles[style]
        if align is not None:
            paragraph.alignment = align
        if line.strip():
            add_run(paragraph, line.strip())


def write_header(table, header: Sequence[str]) -> None:
    row = add_row(table)
    repeat_on_each_page(row)
    for cell, label in zip(row.cells, header, strict=True):
        write(cell, one_line(label), style=TABLE_HEAD)


def close(document: DocxDocument) -> None:
    """Two tables in a row would grow together in Word: keep a hair between them."""
    tiny(add_line(document))


def draw_table_title(document: DocxDocument, title: str) -> None:
    paragraph = add_line(document, one_line(title), font=HEITI)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_before = LINE // 2


def draw_table(
    document: DocxDocument,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    widths: Sequence[float] | None = None,
    title: str = "",
) -> None:
    """A table with a header that repeats; ``widths`` are shares of the text's width (default: equal)."""
    if title:
        draw_table_title(document, title)
    table = new_table(document, widths or [1] * len(header))
    write_header(table, header)
    for values in rows:
        for cell, label, value in zip(add_row(table).cells, header, values, strict=True):
            write(cell, value, align=edge_of(label, value))
    close(document)


def edge_of(label: str, value: Any):
    """Figures stand at the right, running numbers in the middle, words where the style says."""
    if label == RUNNING_NUMBER:
        return WD_ALIGN_PARAGRAPH.CENTER
    return WD_ALIGN_PARAGRAPH.RIGHT if is_figure(value) else None


def is_short(value: Any) -> bool:
    return "\n" not in clean(value) and width(cell_text(value)) <= SHORT_VALUE


def pair_up(pairs: Sequence[tuple[str, Any]]) -> list[list[tuple[str, Any]]]:
    """Rows of a form: two short facts side by side, a long one alone."""
    rows: list[list[tuple[str, Any]]] = []
    for label, value in pairs:
        if rows and len(rows[-1]) == 1 and is_short(value) and is_short(rows[-1][0][1]):
            rows[-1].append((label, value))
        else:
            rows.append([(label, value)])
    return rows


def draw_form(
    document: DocxDocument, pairs: Sequence[tuple[str, Any]], boxes: Sequence[tuple[str, float]] = ()
) -> None:
    """A form (表单): facts with their labels, then ``boxes`` (label, height in mm) to be filled in by hand."""
    table = new_table(document, [LABEL_MM, VALUE_MM, LABEL_MM, VALUE_MM])
    for facts in pair_up(pairs):
        write_facts(add_row(table, height_mm=10), facts)
    for label, height in boxes:
        write_facts(add_row(table, height_mm=height), [(label, "")])
    close(document)


def write_facts(row, facts: Sequence[tuple[str, Any]]) -> None:
    cells = row.cells
    if len(facts) == 1:
        cells[1].merge(cells[3])
    for (label, value), at in zip(facts, (0, 2), strict=False):
        write(cells[at], label, style=TABLE_HEAD)
        write(cells[at + 1], value)


def draw_sign_in_sheet(
    document: DocxDocument,
    people: Iterable[Sequence[str]],
    *,
    blank: int,
    header: Sequence[str],
    widths: Sequence[float],
) -> None:
    """签到册: numbered rows high enough for a signature, ``blank`` further ones for those not on the list."""
    table = new_table(document, widths)
    write_header(table, header)
    known = [list(person) for person in people]
    middle = len(header) - 2
    for number, person in enumerate([*known, *([[""] * middle] * blank)], start=1):
        cells = add_row(table, height_mm=SIGN_IN_ROW_MM).cells
        write(cells[0], number, align=WD_ALIGN_PARAGRAPH.CENTER)
        for cell, value in zip(cells[1:-1], person, strict=True):
            write(cell, value)
        write(cells[-1], "")
    close(document)


def clear_borders(table) -> None:
    """A table that only arranges: no lines at all."""
    borders = table_property(table, "tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        child(borders, side, val="nil")


def cell_border(cell, side: str, eighths: int) -> None:
    """One black line at a cell's edge, ``eighths`` of a point thick."""
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.insert_element_before(borders, "w:shd", "w:noWrap", "w:tcMar", "w:textDirection", "w:tcFitText",
                                         "w:vAlign", "w:hideMark")  # fmt: skip
    child(borders, side, val="single", sz=eighths, space=0, color="000000")
