"""志愿服务人数 VOL-PEOPLE: different persons with at least one verified service in a period.

Source: domain.md §2.15: distinct. Each person counts once, in the community that keeps the card, wherever the services
were: so the rows of a place add up to its total. Cards of units and teams are no persons.
"""

from datetime import date

from django.db.models import Count, QuerySet

from core.indicators import Breakdown, Indicator, PeriodType
from projects.models import PointsCard, PointsEntry
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet[PointsCard]:
    """The persons' cards with a service in the period that still stands."""
    served = PointsEntry.objects.filter(
        kind=PointsEntry.Kind.SERVICE, occurred_on__range=(first, last), reversed_by__isnull=True
    )
    cards = PointsCard.objects.filter(territory.within(), holder=PointsCard.Holder.PERSON)
    return cards.filter(pk__in=served.order_by().values("card_id"))


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """How many persons served, by the community of their card."""
    cards = members("numerator", territory, first, last).order_by().values_list("place_code")
    return fold(territory, last, list(cards.annotate(number=Count("pk"))), None)


VOL_PEOPLE = Indicator(
    id="VOL-PEOPLE",
    name="志愿服务人数",
    numerator_text="时期内有已核实志愿服务的个人积分卡数，每人计一次，按积分卡所在社区计",
    denominator_text="",
    levels=LEVELS,
    count=count,
    members=members,
    period_type=PeriodType.PERIOD,
    unit_word="人",
    note="单位卡、队伍卡不计；冲正后没有别的服务的不计",
)
