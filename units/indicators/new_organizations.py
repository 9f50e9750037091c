"""当年新建两新党组织 NEW-ORG (the published 37): two-new party organizations established in a period.

Source: domain.md §2(c): established in the period, not 转隶. Organizations are counted, not the units they cover: a
joint branch is one. Version 2 leaves out what was rebuilt from another organization (转建).
"""

from datetime import date

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr

from core.indicators import Breakdown, Figure, Indicator, PeriodType
from units.indicators.coverage import LEVELS, Cell
from units.indicators.territory import Territory
from units.models import PartyOrganization

JOINT = (PartyOrganization.Category.JOINT_BRANCH, PartyOrganization.Category.TEMPORARY_JOINT_BRANCH)
CELLS = {Cell.NUMERATOR: Q(), Cell.STANDALONE: ~Q(category__in=JOINT), Cell.JOINT: Q(category__in=JOINT)}


def established(territory: Territory, first: date, last: date) -> QuerySet:
    """Two-new organizations of a place established between two days, both included."""
    return PartyOrganization.objects.filter(
        territory.within(), is_two_new=True, established_on__range=(first, last)
    ).exclude(form_mode=PartyOrganization.FormMode.TRANSFERRED)


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet:
    """The organizations behind a cell: all, or the stand-alone or joint ones."""
    return established(territory, first, last).filter(CELLS[Cell(cell)])


def figure(standalone: int, joint: int) -> Figure:
    return Figure(standalone + joint, None, {"standalone": standalone, "joint": joint})


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """How many were established in a period, by place."""
    counted = (
        established(territory, first, last)
        .order_by()
        .values_list(Substr("place_code", 1, territory.width or 1))
        .annotate(
            standalone=Count("pk", filter=CELLS[Cell.STANDALONE]), joint=Count("pk", filter=CELLS[Cell.JOINT])
        )
    )
    by_place: dict[str, tuple[int, int]] = {}
    for code, standalone, joint in counted:
        row = territory.row_of(code).code if territory.width else ""
        before = by_place.get(row, (0, 0))
        by_place[row] = (before[0] + standalone, before[1] + joint)
    total = figure(*map(sum, zip(*by_place.values(), strict=True))) if by_place else figure(0, 0)
    places = territory.row_places(last, by_place) if territory.width else []
    return Breakdown(total, [(place, figure(*by_place.get(place.code, (0, 0)))) for place in places])


NEW_ORGANIZATIONS = Indicator(
    id="NEW-ORG",
    name="新建两新党组织数",
    numerator_text="在时期内成立的两新党组织数，联合党支部按一个计，转建的不计",
    denominator_text="",
    levels=LEVELS,
    count=count,
    members=members,
    version=2,
    period_type=PeriodType.PERIOD,
    unit_word="个",
)
