"""一肩挑率 ORG-ONE: regional committees whose secretary leads the party committee of the place, too ÷ regional committees.

Source: domain.md §2(b), §2.15. A note by the district explains a difference; it doesn't make it one secretary.
"""

from datetime import date

from django.db.models import QuerySet

from core.indicators import Breakdown, Indicator
from units.indicators.coverage import LEVELS, Cell
from units.indicators.folding import fold
from units.indicators.structure import codes, running
from units.indicators.territory import Territory
from units.models import RegionalBody


def committees(territory: Territory, day: date) -> QuerySet:
    """The committees at work, each with whether one secretary leads both."""
    return running(territory, day, kind=RegionalBody.Kind.COMMITTEE).with_one_secretary(day)


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """Committees with one secretary, and all committees, by place."""
    found = committees(territory, last)
    return fold(territory, last, codes(found.filter(has_one_secretary=True)), codes(found))


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
    """The committees of a cell: with one secretary, ``missing`` it, or all."""
    found = committees(territory, last)
    return found if cell == Cell.DENOMINATOR else found.filter(has_one_secretary=cell == Cell.NUMERATOR)


ORG_ONE = Indicator(
    id="ORG-ONE",
    name="书记一肩挑率",
    numerator_text="书记同时任街道党工委或社区党委书记的区域党委",
    denominator_text="正在运行的区域党委",
    levels=LEVELS,
    count=count,
    members=members,
    unit_word="个",
)
