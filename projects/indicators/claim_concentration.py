"""认领集中度 PRJ-TOP3: of the claims that units held at the end of a period, those of the three units that held most.

Source: domain.md §2(e) "Goes wrong": claims concentrated in 3 big units → load indicator. The three are those of the whole
deployment, for every place alike, so that places add up. Units are not ranked, and nobody is told which three.
"""

from datetime import date

from django.db.models import Count, Q, QuerySet

from projects.indicators.project_counts import project_rate
from projects.models import ProjectClaim
from units.indicators.territory import Territory
from units.queries.units import root_place

BIGGEST = 3


def held(day: date) -> QuerySet[ProjectClaim]:
    """The confirmed claims on work that was not over on a day, anywhere."""
    going_on = Q(project__completed_on=None) | Q(project__completed_on__gt=day)
    return ProjectClaim.objects.held_on(day).filter(going_on)


def at_hand(territory: Territory, first: date, last: date) -> QuerySet[ProjectClaim]:
    """Those on projects of a place at the end of the period."""
    return held(last).filter(territory.within())


def of_the_biggest(territory: Territory, first: date, last: date) -> QuerySet[ProjectClaim]:
    """Those of the three units with most claims in the whole deployment; of equals the one registered first."""
    here = held(last).under(root_place().code).order_by()
    counted = here.values("unit_id").annotate(number=Count("pk")).order_by("-number", "unit_id")
    biggest = [row["unit_id"] for row in counted[:BIGGEST]]
    return at_hand(territory, first, last).filter(unit_id__in=biggest)


CLAIM_CONCENTRATION = project_rate(
    id="PRJ-TOP3",
    name="认领集中度",
    numerator_text="其中认领最多的三家单位手上的认领",
    denominator_text="期末各单位手上已确认、项目没有完成的认领，按实施地计",
    met=of_the_biggest,
    about=at_hand,
    unit_word="项",
    note="三家按全区认领数确定，各地口径相同；不列名次",
)
