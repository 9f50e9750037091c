"""实行大党委社区比例 ORG-PARTTIME: communities with at least one part-time member ÷ communities.

Source: domain.md §2(b), §2.15, rows of statistical table 42.
"""

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from core.indicators import Breakdown, Indicator
from units.indicators.coverage import LEVELS, Cell
from units.indicators.folding import MISSING, fold
from units.indicators.structure import codes, places, running
from units.indicators.territory import Territory
from units.models import BodySeat, Division, RegionalBody

COMMUNITIES = (Division.Level.COMMUNITY,)


def part_time_seats(territory: Territory, day: date, levels=COMMUNITIES) -> QuerySet:
    """The seats of part-time members in the committees of these levels on a day."""
    committees = running(territory, day, levels, kind=RegionalBody.Kind.COMMITTEE)
    return BodySeat.objects.effective(day).filter(post=BodySeat.Post.PART_TIME, body__in=committees)


def with_part_time(territory: Territory, day: date, levels=COMMUNITIES) -> QuerySet:
    """Communities (or another level) whose committee has a part-time member on a day."""
    seats = part_time_seats(territory, day, levels).filter(body__place=OuterRef("pk"))
    return places(territory, day, levels).filter(Exists(seats))


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """Communities with part-time members, and all, by place."""
    every = places(territory, last, COMMUNITIES)
    return fold(territory, last, codes(with_part_time(territory, last), "code"), codes(every, "code"))


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
    """The communities of a cell: with part-time members, ``missing`` them, or all."""
    there, every = with_part_time(territory, last), places(territory, last, COMMUNITIES)
    if cell == MISSING:
        return every.exclude(pk__in=there.order_by().values("pk"))
    return there if cell == Cell.NUMERATOR else every


ORG_PART_TIME = Indicator(
    id="ORG-PARTTIME",
    name="实行大党委社区比例",
    numerator_text="有兼职委员的社区",
    denominator_text="社区数",
    levels=LEVELS,
    count=count,
    members=members,
    unit_word="个",
)
