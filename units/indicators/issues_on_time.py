"""问题按时办结率 ISS-ONTIME: of the issues that fell due in a period, those solved by their due day.

Source: domain.md §2(a), §2.15: 按时办结率 = 按时办结 ÷ 已到期.
"""

from datetime import date

from django.db.models import F, QuerySet

from units.indicators.issue_counts import issue_rate, issues_of
from units.indicators.territory import Territory


def fallen_due(territory: Territory, first: date, last: date) -> QuerySet:
    return issues_of(territory).filter(accepted_on__isnull=False, due_on__range=(first, last))


def on_time(territory: Territory, first: date, last: date) -> QuerySet:
    return fallen_due(territory, first, last).filter(resolved_on__lte=F("due_on"))


ISSUES_ON_TIME = issue_rate(
    id="ISS-ONTIME",
    name="问题按时办结率",
    numerator_text="其中在办结期限当日或以前办结的问题数",
    denominator_text="办结期限落在时期内的已受理问题数，不含不予受理和重复的",
    met=on_time,
    about=fallen_due,
    note="转上级或重新办理的按新的期限计",
)
