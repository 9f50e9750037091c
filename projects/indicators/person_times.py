"""年服务人次 PRJ-PT (the published 15万余) and the number of sessions PRJ-SES: confirmed sessions held in a period.

Source: domain.md §2(e) "Person-times", §2.15: yearly total = Σ confirmed sessions. A session counts once, at the
place where it was held, however many units and programmes claim it.
"""

from datetime import date

from django.db.models import Count, QuerySet, Sum

from core.indicators import Breakdown, Indicator, PeriodType
from projects.models import Session
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet[Session]:
    """The confirmed sessions held in the period; their ``person_times`` add up to the figure."""
    return Session.objects.confirmed().filter(territory.within(), held_on__range=(first, last))


def count_person_times(territory: Territory, first: date, last: date) -> Breakdown:
    """How many person-times were served, by place."""
    held = members("numerator", territory, first, last).order_by()
    return fold(
        territory, last, list(held.values_list("place_code").annotate(number=Sum("person_times"))), None
    )


def count_sessions(territory: Territory, first: date, last: date) -> Breakdown:
    """How many sessions were held, by place."""
    held = members("numerator", territory, first, last).order_by()
    return fold(territory, last, list(held.values_list("place_code").annotate(number=Count("pk"))), None)


PERSON_TIMES = Indicator(
    id="PRJ-PT",
    name="服务人次",
    numerator_text="时期内已核实场次的服务人次之和，按活动所在地计",
    denominator_text="",
    levels=LEVELS,
    count=count_person_times,
    members=members,
    period_type=PeriodType.PERIOD,
    unit_word="人次",
    note="同一人来两次计 2 人次；路过的不计；一场只计一次",
)
SESSIONS_HELD = Indicator(
    id="PRJ-SES",
    name="活动场次",
    numerator_text="时期内已核实的活动场次",
    denominator_text="",
    levels=LEVELS,
    count=count_sessions,
    members=members,
    period_type=PeriodType.PERIOD,
    unit_word="场",
)
