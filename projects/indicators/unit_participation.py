"""单位参与率 UNIT-PART: of the member units of the joint meetings, those that carried out at least one project in a period.

Source: domain.md §2(e) Statistics, §2.15: 有≥1确认认领的成员单位 ÷ 成员单位. The denominator is CONF-UNITS on the period's last
day; a unit counts where it is registered. A claim counts from its confirmation until its project is completed or the unit
leaves, as lead or jointly (version 2: as of the period's last day).
"""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from projects.indicators.project_counts import project_rate
from projects.models import ProjectClaim
from units.indicators.conf_units import members as member_units
from units.indicators.territory import Territory
from units.models import Unit


def about(territory: Territory, first: date, last: date) -> QuerySet[Unit]:
    """The member units on the period's last day."""
    return member_units("numerator", territory, first, last)


def taking_part(territory: Territory, first: date, last: date) -> QuerySet[Unit]:
    """Those with a confirmed claim on a project not completed before the period."""
    still_there = Q(project__completed_on=None) | Q(project__completed_on__gte=first)
    claims = ProjectClaim.objects.held_on(last).filter(still_there, unit=OuterRef("pk"))
    return about(territory, first, last).filter(Exists(claims))


UNIT_PARTICIPATION = project_rate(
    id="UNIT-PART",
    name="单位参与率",
    numerator_text="其中时期内有确认认领的项目在做的单位",
    denominator_text="期末在任的联席会成员单位",
    met=taking_part,
    about=about,
    unit_word="家",
    version=2,
    note="第 2 版：按期末当天的认领状态计，以后退出的不影响以前的数",
)
