"""长期项目占比 PRJ-LONG: of the projects at work in a period, those that run for years.

Source: domain.md §2(e) "Goes wrong": cherry-picking photo events → long-term share shown. At work: as in PRJ-REGULAR.
"""

from datetime import date

from django.db.models import Q, QuerySet

from projects.indicators.project_counts import begun_by, led_on, project_rate, published_projects
from projects.models import Project
from units.indicators.territory import Territory


def at_work(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """The projects that a unit led on the period's last day, begun by then and not completed before the period."""
    still_there = Q(completed_on=None) | Q(completed_on__gte=first)
    return published_projects(territory).filter(begun_by(last), still_there).filter(led_on(last))


def long_ones(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """Those of them that are long-term."""
    return at_work(territory, first, last).filter(term=Project.Term.LONG)


LONG_PROJECTS = project_rate(
    id="PRJ-LONG",
    name="长期项目占比",
    numerator_text="其中长期项目",
    denominator_text="时期内有单位在做的项目，按实施地计",
    met=long_ones,
    about=at_work,
)
