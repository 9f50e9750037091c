"""志愿服务时长 VOL-HOURS: the hours of verified service in a period, in minutes because published numbers are whole.

Source: domain.md §2.15: Σ valid hours. Each person's service counts once, on the person's card: what a team or a unit
books for the same service is points, not hours once more. A reversal stands on the day of the service it takes back,
so that the hours leave the period they were counted in; redeeming points never touches them. What units state for a
whole session is another number (`projects.queries.points.stated_and_recorded`).
"""

from datetime import date

from django.db.models import QuerySet, Sum

from core.indicators import Breakdown, Indicator, PeriodType
from projects.models import PointsCard, PointsEntry
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory

MINUTES = 60
COUNTED = (PointsEntry.Kind.SERVICE, PointsEntry.Kind.REVERSAL)


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet[PointsEntry]:
    """The persons' entries whose ``hours`` add up to the figure: service, and reversals with a minus."""
    entries = PointsEntry.objects.filter(
        territory.within(), kind__in=COUNTED, occurred_on__range=(first, last)
    )
    return entries.filter(card__holder=PointsCard.Holder.PERSON)


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """How many minutes were served, by the place of the service."""
    sums = members("numerator", territory, first, last).order_by().values_list("place_code")
    served = [(code, int(hours * MINUTES)) for code, hours in sums.annotate(served=Sum("hours"))]
    return fold(territory, last, served, None)


VOL_HOURS = Indicator(
    id="VOL-HOURS",
    name="志愿服务时长",
    numerator_text="时期内个人积分卡上已核实志愿服务的时长之和，以分钟计（除以 60 为小时），按服务所在地计",
    denominator_text="",
    levels=LEVELS,
    count=count,
    members=members,
    period_type=PeriodType.PERIOD,
    unit_word="分钟",
    version=2,
    note="每人每次服务只计一次，队伍卡、单位卡不计；冲正的记录从服务当天所在时期扣除；兑换积分不减少时长；"
    "场次里由单位汇总填报的时长不计入，两者的差额见“服务人次”页",
)
