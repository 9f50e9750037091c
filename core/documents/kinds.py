"""The usual papers, opened with the parts each of them always has."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from core.documents.paper import Kind, Paper
from core.numbers import next_number

TASK_BOXES = (("承办情况", 45), ("承办单位\n负责人签字", 16), ("销号意见", 22))


def document_number(prefix: str, year: int, number: int) -> str:
    """发文字号: six-cornered brackets, no leading zero, no 第 ("武组通〔2026〕3号"; GB/T 9704-2012 §7.2.5)."""
    return f"{prefix}〔{year}〕{number}号"


def take_document_number(prefix: str, year: int) -> str:
    """The next 发文字号 of a series; inside the transaction that issues the paper, so that none is lost."""
    return document_number(prefix, year, next_number(f"document:{prefix}:{year}"))


def official_letter(
    title: str, *, mark: str, number: str, to: str | Iterable[str], kind: str = Kind.NOTICE, signer: str = ""
) -> Paper:
    """通知、通报 with red head, or (``kind="letter"``) a 函 in letter form."""
    return Paper(kind, title, mark=mark, number=number, to=to, signer=signer)


def minutes(title: str, *, mark: str, number: str, issuer: str, on: date) -> Paper:
    """纪要: head with number of the issue ("第3期"), body and day; `Paper.attendance` comes after the text."""
    return Paper(Kind.MINUTES, title, mark=mark, number=number, issuer=issuer, on=on)


def task_sheet(
    title: str,
    *,
    facts: Sequence[tuple[str, Any]],
    demand: str = "",
    boxes: Sequence[tuple[str, float]] = TASK_BOXES,
) -> Paper:
    """督办单: what is to be done by whom until when, and boxes for the answer (label, height in mm)."""
    paper = Paper(Kind.TASK_SHEET, title)
    if demand:
        paper.paragraph(demand)
    paper.form(facts, boxes)
    return paper


def plain_report(title: str, *, subtitle: str = "") -> Paper:
    """会议材料, 报告: a title, sections, tables; no red head."""
    return Paper(Kind.REPORT, title, subtitle=subtitle)
