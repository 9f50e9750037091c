"""联席会成员单位数 CONF-UNITS: units that are members of a joint meeting on a day.

Source: domain.md §2(a), §2.15. A unit in several joint meetings is one unit, counted where it is registered.
"""

from datetime import date

from django.db.models import QuerySet

from core.indicators import Breakdown, Indicator
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.structure import codes
from units.indicators.territory import Territory
from units.models import BodyMember, RegionalBody, Unit


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
    """The member units."""
    meetings = RegionalBody.objects.running_on(last).filter(kind=RegionalBody.Kind.JOINT_MEETING)
    current = BodyMember.objects.effective(last).filter(body__in=meetings)
    return Unit.objects.filter(territory.within(), pk__in=current.values("unit_id"))


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """How many member units, by place."""
    return fold(territory, last, codes(members("", territory, first, last)), None)


CONF_UNITS = Indicator(
    id="CONF-UNITS",
    name="联席会成员单位数",
    numerator_text="现任联席会成员单位，同一单位只计一次",
    denominator_text="",
    levels=LEVELS,
    count=count,
    members=members,
    unit_word="家",
)
