"""需求转化率 PRJ-NEED: of the needs raised in a period and found so, those that became a project.

Source: domain.md §2(e) Statistics: 需求转化率 = 转项目需求 ÷ 已核实需求. A need that was linked to another or closed is
neither; one that was resolved counts as verified, and as converted when a project did it. Needs keep no day of each
step, so the figure of a past period follows what its needs have become since.
"""

from datetime import date

from django.db.models import Count, QuerySet

from core.indicators import Breakdown, Indicator, PeriodType
from projects.models import Need
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory


def verified(territory: Territory, first: date, last: date) -> QuerySet[Need]:
    """The needs of a place raised in the period that were found so."""
    return Need.objects.published().filter(territory.within(), raised_on__range=(first, last))


def converted(territory: Territory, first: date, last: date) -> QuerySet[Need]:
    """Those of them that went into a project which was not called off."""
    return verified(territory, first, last).filter(project__isnull=False)


def counted(rows: QuerySet[Need]) -> list[tuple[str, int]]:
    return list(rows.order_by().values_list("place_code").annotate(number=Count("pk")))


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet[Need]:
    """The needs behind one cell: numerator, denominator, or ``missing`` (verified, in no project)."""
    if cell == "numerator":
        return converted(territory, first, last)
    rows = verified(territory, first, last)
    return rows.filter(project__isnull=True) if cell == "missing" else rows


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """Both sides by place."""
    return fold(
        territory, last, counted(converted(territory, first, last)), counted(verified(territory, first, last))
    )


NEED_CONVERSION = Indicator(
    id="PRJ-NEED",
    name="需求转化率",
    numerator_text="其中已转为项目的需求数",
    denominator_text="时期内提出、经核实的需求数，不含重复和关闭的",
    levels=LEVELS,
    count=count,
    members=members,
    period_type=PeriodType.PERIOD,
    unit_word="条",
    note="按需求现在的状态计；项目撤销的，需求退回未转化",
)
