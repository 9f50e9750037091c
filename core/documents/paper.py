"""A paper (公文) as its writer sees it: said part by part, drawn as often as needed."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any

from docx.document import Document as DocxDocument

from core.documents import blocks, tables
from core.documents.ending import CheckMark, Imprint, draw_ending
from core.documents.page import new_document
from core.documents.text import clean, heading_number, joined, lines, one_line
from core.models import IssuedDocument

Kind = IssuedDocument.Kind
SIGN_IN_HEADER = ("序号", "单位", "姓名", "职务", "签名")
SIGN_IN_WIDTHS = (12, 56, 24, 34, 30)
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Paper:
    """An official paper in the layout of GB/T 9704-2012; text of people is cleaned on its way in.

    ``kind`` is a `Kind`; ``mark`` the red 发文机关标志, ``number`` the 发文字号 ("武组通〔2026〕3号"; "第3期" for
    minutes), ``title`` may hold line breaks, ``to`` is the 主送机关, ``signer`` the 签发人 of a report upwards.
    Minutes print ``issuer`` and ``on`` in their head. `save` gives the bytes of a .docx.
    """

    def __init__(
        self,
        kind: str,
        title: str,
        *,
        mark: str = "",
        number: str = "",
        to: str | Iterable[str] = "",
        signer: str = "",
        issuer: str = "",
        on: date | None = None,
        subtitle: str = "",
    ):
        self.kind = Kind(kind)
        self.title = clean(title)
        self.mark, self.number, self.signer = one_line(mark), one_line(number), one_line(signer)
        self.to = joined(to)
        self.subtitle = one_line(subtitle)
        self.issuer, self.on = one_line(issuer), on
        self.imprint_: Imprint | None = None
        self._blocks: list[Callable[[DocxDocument], None]] = []
        self._counts = [0, 0, 0, 0]
        self._attachments = 0

    # What the paper says, in order

    def heading(self, level: int, text: str, *, numbered: bool = True) -> None:
        """一、（一）1.（1）: level 1 to 4; numbers run by themselves and start anew under a higher heading."""
        number = self._next_number(level) if numbered else ""
        self._add(blocks.draw_heading, level, number + one_line(text))

    def paragraph(self, text: str, *, indent: bool = True) -> None:
        """Text; each of its lines becomes a paragraph, two characters in unless ``indent`` is False."""
        self._add(blocks.draw_paragraph, clean(text), indent=indent)

    def attendance(self, groups: Sequence[tuple[str, str | Iterable[str]]]) -> None:
        """出席：…, 请假：…, 列席：… of minutes, under the text; groups without names are left out."""
        named = [(one_line(label).rstrip("：:"), joined(names, "、")) for label, names in groups]
        self._add(blocks.draw_attendance, [(label, names) for label, names in named if names])

    def table(
        self,
        header: Sequence[str],
        rows: Iterable[Sequence[Any]],
        widths: Sequence[float] | None = None,
        title: str = "",
    ) -> None:
        """A table with a repeated header; ``widths`` are shares of the text's width. Figures stand at the right."""
        self._add(tables.draw_table, list(header), [list(row) for row in rows], widths, title)

    def form(self, facts: Sequence[tuple[str, Any]], boxes: Sequence[tuple[str, float]] = ()) -> None:
        """A form of facts, and boxes (label, height in mm) to be filled in by hand."""
        self._add(tables.draw_form, list(facts), list(boxes))

    def sign_in_sheet(
        self,
        people: Iterable[Sequence[str]],
        *,
        blank: int = 0,
        header: Sequence[str] = SIGN_IN_HEADER,
        widths: Sequence[float] = SIGN_IN_WIDTHS,
    ) -> None:
        """签到册: (unit, name, post) of those invited, ``blank`` rows for others."""
        self._add(
            tables.draw_sign_in_sheet,
            [tuple(one) for one in people],
            blank=blank,
            header=header,
            widths=widths,
        )

    def attachment_list(self, names: Sequence[str]) -> None:
        """附件说明 under the text: 附件：1.…"""
        self._add(blocks.draw_attachment_list, list(names))

    def attachment(self, title: str) -> None:
        """Start an attachment on a new page; what follows belongs to it. Several are numbered 附件1, 附件2, …"""
        self._attachments += 1
        self._blocks.append(partial(self._draw_attachment, self._attachments, clean(title)))
        self._counts = [0, 0, 0, 0]

    def sign(self, body: str, on: date | None, *, sealed: bool = True) -> None:
        """落款: issuing body and 成文日期, with room for a seal when ``sealed``."""
        self.issuer, self.on = one_line(body), on
        self._add(blocks.draw_signature, self.issuer, on, sealed=sealed)

    def note(self, text: str) -> None:
        """附注, e.g. 联系人：…，电话：…"""
        self._add(blocks.draw_note, text)

    def page_break(self) -> None:
        self._add(blocks.draw_page_break)

    def imprint(
        self,
        *,
        copies: str | Iterable[str] = "",
        printer: str = "",
        on: date | None = None,
        label: str = "抄送",
    ) -> None:
        """版记 at the foot of the last page; a letter (函) shows only to whom copies go (§10.1)."""
        is_letter = self.kind == Kind.LETTER
        self.imprint_ = Imprint(
            joined(copies), "" if is_letter else one_line(printer), None if is_letter else on, label
        )

    # Drawing

    def save(self, check: CheckMark | None = None) -> bytes:
        """The paper as .docx; with a ``check`` it carries code and QR. The paper itself stays as it is."""
        document = new_document()
        self._describe(document)
        self._draw_head(document)
        for draw in self._blocks:
            draw(document)
        draw_ending(document, self.imprint_, check)
        target = BytesIO()
        document.save(target)
        return target.getvalue()

    def _add(self, draw: Callable, *arguments, **named) -> None:
        self._blocks.append(lambda document: draw(document, *arguments, **named))

    def _next_number(self, level: int) -> str:
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (4 - level)
        return heading_number(level, self._counts[level - 1])

    def _draw_attachment(self, number: int, title: str, document: DocxDocument) -> None:
        label = "附件" if self._attachments == 1 else f"附件{number}"
        blocks.draw_attachment_page(document, label, title)

    def _draw_head(self, document: DocxDocument) -> None:
        if self.kind == Kind.LETTER and self.mark:
            blocks.draw_letter_head(document, self.mark, self.number)
        elif self.kind == Kind.MINUTES and self.mark:
            blocks.draw_minutes_head(document, self.mark, self.number, self.issuer, self.on)
        elif self.mark:
            blocks.draw_mark(document, self.mark)
            blocks.draw_number(document, self.number, self.signer)
        if self.title and self.title != self.mark:
            blocks.draw_title(document, self.title, lines_above=2 if self.mark else 0)
        if self.subtitle:
            blocks.draw_subtitle(document, self.subtitle)
        if self.to:
            blocks.draw_addressee(document, self.to)

    def _describe(self, document: DocxDocument) -> None:
        """The file's own properties, as 文件 → 属性 shows them."""
        properties = document.core_properties
        properties.title = " ".join(lines(self.title))[:255]
        properties.author = properties.last_modified_by = self.issuer[:255]
        properties.comments = ""
        properties.language = "zh-CN"
