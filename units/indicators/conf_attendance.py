"""联席会出席率 CONF-ATT and 主要负责人到会率 CONF-HEAD: who came to the sessions of a period.

Source: domain.md §2(a), §2.15. Only sessions whose minutes are issued count (against padding); a substitute came,
but is no head.
"""

from datetime import date
from functools import partial

from django.db.models import Count, Q, QuerySet

from core.indicators import Breakdown, Indicator, PeriodType
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory
from units.models import Attendance, Meeting

PLACE = "meeting__place_code"
CAME = Q(presence__in=[Attendance.Presence.PRESENT, Attendance.Presence.SUBSTITUTE])
HEADS = Q(is_head=True)


def expected(territory: Territory, first: date, last: date) -> QuerySet:
    """应到: one row per member unit and session of a joint meeting; representatives and seats don't count here."""
    return Attendance.objects.filter(
        territory.within(PLACE),
        member__isnull=False,
        meeting__status__in=Meeting.PUBLISHED,
        meeting__held_at__date__range=(first, last),
    )


def counted(rows: QuerySet) -> QuerySet:
    return rows.order_by().values_list(PLACE).annotate(n=Count("pk"))


def members(came: Q, cell: str, territory: Territory, first: date, last: date) -> QuerySet:
    """The rows of the sign-in sheets behind a cell."""
    rows = expected(territory, first, last)
    if cell == "numerator":
        return rows.filter(came)
    return rows.exclude(came) if cell == "missing" else rows


def count(came: Q, territory: Territory, first: date, last: date) -> Breakdown:
    """Who came of those expected, by the place of the session."""
    rows = expected(territory, first, last)
    return fold(territory, last, counted(rows.filter(came)), counted(rows))


CONF_ATTENDANCE = Indicator(
    id="CONF-ATT",
    name="联席会出席率",
    numerator_text="纪要已印发的会议上实到（含委托）的成员单位次数",
    denominator_text="应到的成员单位次数",
    levels=LEVELS,
    count=partial(count, CAME),
    members=partial(members, CAME),
    period_type=PeriodType.PERIOD,
    unit_word="家次",
)
CONF_HEADS = Indicator(
    id="CONF-HEAD",
    name="主要负责人到会率",
    numerator_text="纪要已印发的会议上主要负责人本人到会的成员单位次数",
    denominator_text="应到的成员单位次数",
    levels=LEVELS,
    count=partial(count, HEADS),
    members=partial(members, HEADS),
    period_type=PeriodType.PERIOD,
    unit_word="家次",
)
