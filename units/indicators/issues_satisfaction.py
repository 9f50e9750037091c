"""群众满意率 ISS-SAT: of the issues rated in a period, those rated satisfied or basically satisfied.

Source: domain.md §2(a), §2.15: 满意率 = (满意 + 基本满意) ÷ 有效评议.
"""

from datetime import date

from django.db.models import QuerySet

from units.indicators.issue_counts import issue_rate, issues_of
from units.indicators.territory import Territory
from units.models import Issue

CONTENT = (Issue.Satisfaction.SATISFIED, Issue.Satisfaction.BASICALLY)


def rated(territory: Territory, first: date, last: date) -> QuerySet:
    return issues_of(territory).filter(rated_on__range=(first, last)).exclude(satisfaction="")


def content(territory: Territory, first: date, last: date) -> QuerySet:
    return rated(territory, first, last).filter(satisfaction__in=CONTENT)


ISSUES_SATISFACTION = issue_rate(
    id="ISS-SAT",
    name="问题办理满意率",
    numerator_text="其中评议为满意或基本满意的问题数",
    denominator_text="时期内经反映人评议的问题数",
    met=content,
    about=rated,
)
