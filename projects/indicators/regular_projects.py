"""常态化共建项目数 PRJ-REGULAR (the published 400余个): regular projects that a unit carried out in a period.

Source: domain.md §2(e) Statistics, §2.15: is_regular ∧ active in the year. Active: on the period's last day a unit led it
(confirmed by then, not left by then), the work began on or before that day and was not completed before the first. What
is called off ends its claims: it does not count from that day on (version 2; before, today's state changed the past).
"""

from datetime import date

from django.db.models import Q, QuerySet

from projects.indicators.project_counts import begun_by, led_on, project_count, published_projects
from projects.models import Project
from units.indicators.territory import Territory


def regular_projects(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """The regular projects at work in the period."""
    still_there = Q(completed_on=None) | Q(completed_on__gte=first)
    rows = published_projects(territory).filter(begun_by(last), still_there, is_regular=True)
    return rows.filter(led_on(last))


REGULAR_PROJECTS = project_count(
    id="PRJ-REGULAR",
    name="常态化共建项目数",
    numerator_text="时期内有单位在做的常态化项目，按实施地计，一个项目只计一次",
    rows=regular_projects,
    note="期末前撤销或单位退出的不计。第 2 版：按期末当天的认领状态计",
    version=2,
)
