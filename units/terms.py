"""Terms of office (任期): when one ends, and when people are reminded of the re-election (换届)."""

from calendar import monthrange
from datetime import date

REMINDED_MONTHS = (6, 3, 1)


def months_after(day: date, months: int) -> date:
    """The same day so many months later (earlier when negative), or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def stage_on(today: date, term_end: date) -> str | None:
    """``T-6``, ``T-3``, ``T-1`` or ``over``: how near the end of a term is; None while there is nothing to say."""
    if today > term_end:
        return "over"
    near = [months for months in REMINDED_MONTHS if today >= months_after(term_end, -months)]
    return f"T-{min(near)}" if near else None


STAGE_WORDS = {"over": "已经届满", "T-1": "一个月内届满", "T-3": "三个月内届满", "T-6": "六个月内届满"}
