"""问题办结率 ISS-SOLVED (the published 145 are its numerator): of the issues accepted in a period, those solved by its end.

Source: domain.md §2(a), §2.15: 问题办结率 = 办结 ÷ 受理.
"""

from datetime import date

from django.db.models import QuerySet

from units.indicators.issue_counts import issue_rate, issues_of
from units.indicators.territory import Territory


def accepted(territory: Territory, first: date, last: date) -> QuerySet:
    return issues_of(territory).filter(accepted_on__range=(first, last))


def solved(territory: Territory, first: date, last: date) -> QuerySet:
    return accepted(territory, first, last).filter(resolved_on__lte=last)


ISSUES_SOLVED = issue_rate(
    id="ISS-SOLVED",
    name="问题办结率",
    numerator_text="其中到期末已办结的问题数",
    denominator_text="时期内受理的问题数，不含不予受理和重复的",
    met=solved,
    about=accepted,
)
