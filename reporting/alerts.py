"""What coverage figures don't show (预警清单): organizations too wide, idle or past their term, and units left without.

Sources: domain.md §2(c) "Goes wrong" and counting traps, §2.0.3 (a joint branch usually covers five units at most;
three full members make a branch due; terms). They warn and never block.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.periods import Month
from reporting.questions import months_before
from units.actions import JOINT_LIMIT
from units.activity import was_active
from units.indicators import KINDS, MEASURES, Cell
from units.indicators.coverage import on_that_day, rows_in_cell
from units.indicators.territory import Territory
from units.models import CoverageSpell, Instructor, PartyOrganization, Unit

IDLE_MONTHS = 6
Rows = Callable[[Territory, date], QuerySet]


@dataclass(frozen=True)
class Alert:
    """One list of warnings (预警): what it holds, why it matters, and its rows for a territory on a day."""

    slug: str
    label: str
    help: str
    unit_word: str
    rows: Rows
    is_of_units: bool = False

    @property
    def model(self):
        return Unit if self.is_of_units else PartyOrganization


def lasting(day: date, **more) -> QuerySet:
    """The coverage spells that hold on a day."""
    return CoverageSpell.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gt=day), from_on__lte=day, **more
    ).order_by()


def at_work(territory: Territory, day: date) -> QuerySet:
    """The party organizations of a territory on a day, with how many units each covers."""
    counted = lasting(day, organization=OuterRef("pk")).values("organization").annotate(n=Count("pk"))
    begun = Q(established_on__isnull=True) | Q(established_on__lte=day)
    still = Q(dissolved_on__isnull=True) | Q(dissolved_on__gt=day)
    founded = ~Q(status=PartyOrganization.Status.PREPARING)
    rows = PartyOrganization.objects.filter(territory.within(), founded, begun, still)
    return rows.annotate(covered_count=Coalesce(Subquery(counted.values("n")), 0))


def too_wide(territory: Territory, day: date) -> QuerySet:
    """Joint branches that cover more units than a joint branch usually may."""
    wide = lasting(day, mode=CoverageSpell.Mode.JOINT).values("organization")
    wide = wide.annotate(n=Count("pk")).filter(n__gt=JOINT_LIMIT).values("organization")
    return at_work(territory, day).filter(pk__in=wide)


def idle_since(day: date) -> date:
    """The first day of the six months that end on a day."""
    month = months_before(Month.containing(day), IDLE_MONTHS)
    return min(month.first_day + timedelta(days=day.day - 1), month.last_day) + timedelta(days=1)


def idle(territory: Territory, day: date) -> QuerySet:
    """Organizations of two-new units without any activity for six months (建而不动); younger ones are given time."""
    first = idle_since(day)
    old = lasting(day, category__in=Unit.TWO_NEW, from_on__lt=first).values("organization")
    active = lasting(day, organization=OuterRef("pk")).filter(was_active("unit", first, day))
    young = Q(established_on__gte=first)
    rows = at_work(territory, day).filter(pk__in=old).exclude(young)
    return rows.filter(~Exists(active)).exclude(pk__in=hosts_active(first, day))


def hosts_active(first: date, last: date) -> QuerySet:
    """Organizations whose host unit was active."""
    return PartyOrganization.objects.filter(was_active("host_unit", first, last)).values("pk")


def past_term(territory: Territory, day: date) -> QuerySet:
    """Organizations whose term has ended without an election (届满未换)."""
    return at_work(territory, day).filter(term_end__lt=day)


def due_units(territory: Territory, day: date) -> QuerySet:
    """Units with three full members or more and no organization of their own (应建未建), as COV-DUE counts them."""
    return rows_in_cell(MEASURES["due"], KINDS["two_new"], territory, day, Cell.UNCOVERED)


def unnamed_instructors(territory: Territory, day: date) -> QuerySet:
    """Units of which a form or sheet says that an instructor is sent, while nobody is registered by name."""
    sent = Instructor.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gt=day), unit=OuterRef("pk"), from_on__lte=day
    )
    rows = Unit.objects.effective().filter(territory.within(), ~Exists(sent), has_instructor=True)
    return rows.annotate(**on_that_day(day))


ALERTS = {
    alert.slug: alert
    for alert in (
        Alert(
            "wide", f"联合党支部覆盖超过 {JOINT_LIMIT} 个单位", f"联合党支部一般不超过 {JOINT_LIMIT} 个单位，请核实能否分设。",
            "个", too_wide,
        ),
        Alert(
            "idle", f"{IDLE_MONTHS} 个月没有活动的党组织",
            "覆盖的单位半年内没有共建活动、会议或者已核实的项目活动；组建不满半年的不列。", "个", idle,
        ),
        Alert("term", "届满未换届的党组织", "本届已经届满，还没有登记换届。", "个", past_term),
        Alert(
            "due", "应建未建的单位", "有3名以上正式党员、没有单独建立党组织的正常经营单位。", "家", due_units, is_of_units=True,
        ),
        Alert(
            "unnamed", "登记已派指导员、未登记到人的单位",
            "表格或台账写了“已派”，没有登记指导员是谁、何时派出；这些单位不计入工作覆盖，请在单位页面登记。", "家",
            unnamed_instructors, is_of_units=True,
        ),
    )
}  # fmt: skip
