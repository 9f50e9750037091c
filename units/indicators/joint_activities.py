"""共建活动次数 ACT-COUNT (the published 200余次): joint activities held in a period.

Source: domain.md §2.15. An activity of many units is one, counted at its place.
"""

from datetime import date

from django.db.models import Count, QuerySet

from core.indicators import Breakdown, Indicator, PeriodType
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory
from units.models import JointActivity


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
    """The activities that were held."""
    return JointActivity.objects.published().filter(territory.within(), held_on__range=(first, last))


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """How many were held, by place."""
    held = members("numerator", territory, first, last)
    return fold(
        territory, last, list(held.order_by().values_list("place_code").annotate(number=Count("pk"))), None
    )


JOINT_ACTIVITIES = Indicator(
    id="ACT-COUNT",
    name="共建活动次数",
    numerator_text="时期内已开展的共建活动次数，几个单位一起开展的计一次",
    denominator_text="",
    levels=LEVELS,
    count=count,
    members=members,
    period_type=PeriodType.PERIOD,
    unit_word="次",
)
