"""两层三级健全率 ORG-COMPLETE: tiers at work ÷ three for every subdistrict and community.

Source: domain.md §2(b), §2.15. A tier counts from the day it began until the day it was dissolved.
"""

from datetime import date

from django.db.models import Count, ExpressionWrapper, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from core.indicators import Breakdown, Indicator
from units.indicators.coverage import LEVELS, Cell
from units.indicators.folding import fold
from units.indicators.structure import codes, places, running
from units.indicators.territory import Territory
from units.models import RegionalBody

TIERS = RegionalBody.TIERS


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """Tiers at work and tiers there ought to be, by place."""
    tiers = codes(running(territory, last, kind__in=TIERS))
    return fold(territory, last, tiers, codes(places(territory, last), "code", times=len(TIERS)))


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
    """The bodies at work; for the denominator and what is ``missing`` the places, each ``counted`` with its tiers."""
    if cell == Cell.NUMERATOR:
        return running(territory, last, kind__in=TIERS)
    due, rows = Value(len(TIERS)), places(territory, last)
    if cell == Cell.DENOMINATOR:
        return rows.annotate(counted=due)
    bodies = running(territory, last, kind__in=TIERS).filter(place=OuterRef("pk"))
    there = bodies.order_by().values("place").annotate(number=Count("pk")).values("number")
    lacking = ExpressionWrapper(due - Coalesce(Subquery(there), 0), output_field=IntegerField())
    return rows.annotate(counted=lacking).exclude(counted=0)


ORG_COMPLETE = Indicator(
    id="ORG-COMPLETE",
    name="两层三级健全率",
    numerator_text="正在运行的区域党员代表会议、区域党委、区域党委办公室",
    denominator_text="街道和社区数 × 3",
    levels=LEVELS,
    count=count,
    members=members,
    unit_word="个",
)
