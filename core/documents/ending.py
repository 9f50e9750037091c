"""What stands at the foot of the last page: the check mark (核验码) and the 版记."""

from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

import segno
from docx.document import Document as DocxDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from core.documents.blocks import add_line, indent_side, tiny
from core.documents.page import SIZE_4, SIZE_5, SMALL, SONGTI, add_run
from core.documents.tables import add_row, cell_border, clear_borders, new_table
from core.documents.text import date_in_text

# Shares of the text's width: picture, middle, right.
QR_COLUMN_MM, MIDDLE_MM, RIGHT_MM = 27, 64, 65
QR_MM = 20
# GB/T 9704-2012 §7.4.1: first and last line 0.35 mm, those between 0.25 mm (here in eighths of a point).
THICK, THIN = 8, 6


@dataclass(frozen=True)
class CheckMark:
    """What is printed so that anybody can check the paper: the code as people type it and two addresses."""

    code: str
    url: str
    page_url: str


@dataclass(frozen=True)
class Imprint:
    """版记: to whom copies go, who printed it and when. ``label`` is 抄送, or 分送 for minutes."""

    copies: str = ""
    printer: str = ""
    on: date | None = None
    label: str = field(default="抄送")

    @property
    def has_printer(self) -> bool:
        return bool(self.printer or self.on)


def draw_ending(document: DocxDocument, imprint: Imprint | None, check: CheckMark | None) -> None:
    """Check mark and 版记 in one table that Word holds at the foot of the last page."""
    if imprint is None and check is None:
        return
    table = new_table(document, [QR_COLUMN_MM, MIDDLE_MM, RIGHT_MM])
    clear_borders(table)
    float_at_foot(table)
    if check is not None:
        write_check(add_row(table), check)
    if imprint is not None:
        write_imprint(table, imprint)
    tiny(add_line(document))


def float_at_foot(table) -> None:
    """Word: a table that keeps to the lower edge of the text on its page; other text moves aside."""
    place = OxmlElement("w:tblpPr")
    for name, value in (
        ("leftFromText", "0"),
        ("rightFromText", "0"),
        ("topFromText", "120"),
        ("bottomFromText", "0"),
        ("vertAnchor", "margin"),
        ("horzAnchor", "margin"),
        ("tblpXSpec", "center"),
        ("tblpYSpec", "bottom"),
    ):
        place.set(qn(f"w:{name}"), value)
    table._tbl.tblPr.insert_element_before(
        place,
        "w:tblOverlap",
        "w:bidiVisual",
        "w:tblStyleRowBandSize",
        "w:tblStyleColBandSize",
        "w:tblW",
        "w:jc",
    )


def qr_picture(url: str) -> BytesIO:
    """The address as a QR code (PNG, black on white, with its quiet zone)."""
    picture = BytesIO()
    segno.make(url, error="m", micro=False).save(picture, kind="png", scale=8, border=2)
    picture.seek(0)
    return picture


def write_check(row, check: CheckMark) -> None:
    cells = row.cells
    words = cells[1].merge(cells[2])
    styles = words.part.document.styles
    cells[0].paragraphs[0].style = styles[SMALL]
    # Programs that do not hold the table at the foot still leave air above it.
    cells[0].paragraphs[0].paragraph_format.space_before = Pt(12)
    cells[0].paragraphs[0].add_run().add_picture(qr_picture(check.url), width=Mm(QR_MM))
    sentences = (
        f"核验码：{check.code}",
        "扫描二维码，或者打开下面的网址输入核验码，可以核对本文件是否有效。",
        check.page_url,
    )
    for index, sentence in enumerate(sentences):
        paragraph = words.paragraphs[0] if index == 0 else words.add_paragraph()
        paragraph.style = styles[SMALL]
        add_run(paragraph, sentence, font=SONGTI, size=SIZE_5)


def write_imprint(table, imprint: Imprint) -> None:
    """抄送 and 印发, one square in from both edges, between lines."""
    rows = []
    if imprint.copies:
        rows.append(write_copies(add_row(table), imprint))
    if imprint.has_printer:
        rows.append(write_printer(add_row(table), imprint))
    for index, cells in enumerate(rows):
        for cell in cells:
            cell_border(cell, "top", THICK if index == 0 else THIN)
            if index == len(rows) - 1:
                cell_border(cell, "bottom", THICK)


def write_copies(row, imprint: Imprint):
    cell = row.cells[0].merge(row.cells[2])
    fill(cell, f"{imprint.label}：{imprint.copies.rstrip('。')}。", "left")
    # Further lines start under the first name.
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.first_line_indent = None
    indent_hanging(paragraph, start=1, hang=len(imprint.label) + 1)
    return [cell]


def indent_hanging(paragraph, *, start: int, hang: int) -> None:
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.attrib.clear()
    for name, characters in (("left", start + hang), ("hanging", hang), ("right", start)):
        indent.set(qn(f"w:{name}Chars"), str(characters * 100))
        indent.set(qn(f"w:{name}"), str(characters * SIZE_4 * 20))


def write_printer(row, imprint: Imprint):
    left = row.cells[0].merge(row.cells[1])
    right = row.cells[2]
    fill(left, imprint.printer, "left")
    if imprint.on is not None:
        fill(right, f"{date_in_text(imprint.on)}印发", "right")
    return [left, right]


def fill(cell, text: str, side: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = cell.part.document.styles[SMALL]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if side == "right" else WD_ALIGN_PARAGRAPH.LEFT
    indent_side(paragraph, side, 1, SIZE_4)
    add_run(paragraph, text)
