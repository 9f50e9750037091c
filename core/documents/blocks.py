"""The parts of a paper as they stand on the sheet, each drawn by one function (GB/T 9704-2012 §7, §10)."""

from collections.abc import Sequence
from datetime import date

from docx.document import Document as DocxDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.shared import Mm, Pt

from core.documents.page import (
    BODY,
    HEADINGS,
    HEITI,
    KAITI,
    LINE,
    MARK,
    RED,
    SIZE_3,
    TEXT_WIDTH_MM,
    TITLE,
    add_run,
    border,
    indent_side,
    set_line,
)
from core.documents.text import date_in_text, lines, one_line, width

LARGEST_MARK, SMALLEST_MARK = 48, 22
MARK_SLACK_MM = 4
POINTS_PER_MM = 72 / 25.4
# An empty square: one character from the edge where an indent would shorten the line below.
SQUARE = "\u3000"


def add_line(document: DocxDocument, text: str = "", *, style: str = "Normal", font: str = ""):
    paragraph = document.add_paragraph(style=style)
    if text:
        add_run(paragraph, text, font=font)
    return paragraph


# 版头


def mark_size(mark: str) -> int:
    """The largest size at which the mark (发文机关标志) still stands on one line, in points."""
    fitting = int((TEXT_WIDTH_MM - MARK_SLACK_MM) * POINTS_PER_MM / max(width(mark), 1))
    return max(SMALLEST_MARK, min(LARGEST_MARK, fitting))


def draw_mark(document: DocxDocument, mark: str) -> None:
    """Red and centred, 35 mm under the upper edge of the text."""
    paragraph = add_line(document, style=MARK)
    paragraph.paragraph_format.space_before = Mm(35)
    add_run(paragraph, mark, size=mark_size(mark), color=RED)


def draw_number(document: DocxDocument, number: str, signer: str = "") -> None:
    """发文字号 two lines under the mark, centred; with a 签发人 number left and signer right; then the red line."""
    paragraph = add_line(document, f"{SQUARE}{number}" if signer else number)
    paragraph.paragraph_format.space_before = 2 * LINE
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if signer:
        add_right_text(paragraph, "签发人：")
        add_run(paragraph, signer, font=KAITI)
    draw_red_line(paragraph)


def draw_red_line(paragraph) -> None:
    """分隔线: 4 mm under the number, as wide as the text."""
    border(paragraph, "bottom", space=11)


def add_right_text(paragraph, text: str) -> None:
    """A second text on the line, one square from the right edge (the red line below keeps its full width)."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
    edge = Mm(TEXT_WIDTH_MM) - Pt(SIZE_3)
    paragraph.paragraph_format.tab_stops.add_tab_stop(edge, WD_TAB_ALIGNMENT.RIGHT)
    add_run(paragraph, f"\t{text}")


def draw_letter_head(document: DocxDocument, mark: str, number: str) -> None:
    """信函格式 (§10.1): mark 30 mm from the sheet's edge, red double lines above and below, no number on page one."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.header_distance, section.footer_distance = Mm(30), Mm(20)
    for footer in (section.footer, section.even_page_footer):
        footer.paragraphs[0].paragraph_format.space_after = Mm(5.5)
    head = section.first_page_header.paragraphs[0]
    head.style = document.styles[MARK]
    add_run(head, mark, size=mark_size(mark), color=RED)
    widen(head)
    border(head, "bottom", kind="thickThinSmallGap", eighths=24, space=11)
    foot = section.first_page_footer.paragraphs[0]
    foot.style = document.styles[MARK]
    widen(foot)
    border(foot, "top", kind="thinThickSmallGap", eighths=24)
    if number:
        add_line(document, number).alignment = WD_ALIGN_PARAGRAPH.RIGHT


def widen(paragraph) -> None:
    """The double lines are 170 mm long, centred on the sheet: a little more to the left than to the right."""
    paragraph.paragraph_format.left_indent = Mm(20 - 28)
    paragraph.paragraph_format.right_indent = Mm(20 - 26)


def draw_minutes_head(document: DocxDocument, mark: str, number: str, issuer: str, on: date | None) -> None:
    """纪要格式 (§10.3): mark, number of the issue, who issued it and when, red line."""
    draw_mark(document, mark)
    if number:
        issue = add_line(document, number)
        issue.alignment = WD_ALIGN_PARAGRAPH.CENTER
        issue.paragraph_format.space_before = LINE
    line = add_line(document, f"{SQUARE}{issuer}")
    line.paragraph_format.space_before = LINE
    if on is not None:
        add_right_text(line, date_in_text(on))
    draw_red_line(line)


# 主体


def draw_title(document: DocxDocument, title: str, *, lines_above: int) -> None:
    """标题: 2号 小标宋, centred; a line break of the writer's is kept (梯形、菱形回行)."""
    parts = lines(title)
    for index, part in enumerate(parts):
        paragraph = add_line(document, part, style=TITLE)
        paragraph.paragraph_format.keep_with_next = True
        if index == 0:
            paragraph.paragraph_format.space_before = lines_above * LINE
        if index == len(parts) - 1:
            paragraph.paragraph_format.space_after = LINE


def draw_subtitle(document: DocxDocument, text: str) -> None:
    """A line under the title, in 楷体: a period, a day, a place."""
    paragraph = add_line(document, one_line(text), font=KAITI)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_after = LINE


def draw_addressee(document: DocxDocument, to: str) -> None:
    """主送机关: at the left edge, ends with a colon."""
    add_line(document, f"{one_line(to).rstrip('：:')}：")


def draw_heading(document: DocxDocument, level: int, text: str) -> None:
    add_line(document, one_line(text), style=HEADINGS[level])


def draw_paragraph(document: DocxDocument, text: str, *, indent: bool = True) -> None:
    """正文: each line of the text a paragraph, its first line two characters in."""
    for line in lines(text):
        add_line(document, line, style=BODY if indent else "Normal")


def draw_attendance(document: DocxDocument, groups: Sequence[tuple[str, str]]) -> None:
    """出席、请假、列席: one line under the text; label in 黑体, names in 仿宋 under each other (§10.3)."""
    for index, (label, names) in enumerate(groups):
        paragraph = add_line(document)
        paragraph.paragraph_format.space_before = 0 if index else LINE
        hang_under_label(paragraph, width(label) + 1)
        add_run(paragraph, f"{label}：", font=HEITI)
        add_run(paragraph, names)


def hang_under_label(paragraph, characters: float) -> None:
    """Start two characters in; further lines start where the text after the label does."""
    paragraph.paragraph_format.left_indent = Pt(SIZE_3 * (2 + characters))
    paragraph.paragraph_format.first_line_indent = Pt(-SIZE_3 * characters)


def draw_attachment_list(document: DocxDocument, names: Sequence[str]) -> None:
    """附件说明: one line under the text; several attachments are numbered, and none ends with a full stop."""
    for index, name in enumerate(names, start=1):
        number = f"{index}." if len(names) > 1 else ""
        start = "附件：" if index == 1 else "　　　"
        paragraph = add_line(document, f"{start}{number}{one_line(name).rstrip('。')}")
        hang_under_label(paragraph, 3 + width(number))
        if index == 1:
            paragraph.paragraph_format.space_before = LINE


def draw_attachment_page(document: DocxDocument, label: str, title: str) -> None:
    """附件另页: its label in 黑体 at the upper left, its title centred in the third line."""
    paragraph = add_line(document, label, font=HEITI)
    paragraph.paragraph_format.page_break_before = True
    draw_title(document, title, lines_above=1)


def draw_signature(document: DocxDocument, body: str, on: date | None, *, sealed: bool) -> None:
    """落款: body centred over the day, day four characters from the right where a seal is put, else two (§7.3.5)."""
    keep_last_paragraph(document)
    day = date_in_text(on) if on is not None else ""
    edge = 4 if sealed else 2
    over = (width(day) - width(body)) / 2 if day else 0
    signer = add_line(document, body)
    signer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    signer.paragraph_format.space_before = LINE * (2 if sealed else 1)
    signer.paragraph_format.keep_with_next = bool(day)
    indent_side(signer, "right", max(edge + over, 0))
    if day:
        line = add_line(document, day)
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        indent_side(line, "right", edge)


def keep_last_paragraph(document: DocxDocument) -> None:
    """What follows never stands on a page without text (no 此页无正文): the last paragraph comes along."""
    last = document.element.body[-2] if len(document.element.body) > 1 else None
    if last is not None and last.tag.endswith("}p"):
        document.paragraphs[-1].paragraph_format.keep_with_next = True


def draw_note(document: DocxDocument, text: str) -> None:
    """附注: in round brackets, two characters in, under the date and on its page."""
    keep_last_paragraph(document)
    paragraph = add_line(document, f"（{one_line(text).strip('（）()')}）")
    indent_side(paragraph, "left", 2)
    paragraph.paragraph_format.space_before = LINE


def draw_page_break(document: DocxDocument) -> None:
    add_line(document).add_run().add_break(WD_BREAK.PAGE)


def tiny(paragraph) -> None:
    """A paragraph Word needs but nobody should see."""
    set_line(paragraph.paragraph_format, Pt(1))
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(0)
