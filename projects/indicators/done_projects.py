"""完成率 PRJ-DONE: of the projects that units took on and that were due in a period, those accepted by its end.

Source: domain.md §2(e) Statistics: 已完成 ÷ (已认领且到期). Due is the project's last day, moved by granted extensions.
A project that was begun and called off, or failed its acceptance, was taken on and not done.
"""

from datetime import date

from django.db.models import Q, QuerySet

from projects.indicators.project_counts import led_by_somebody, project_rate, published_projects
from projects.models import Project
from units.indicators.territory import Territory


def due(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """The projects taken on whose last day lies in the period."""
    taken_on = Q(started_on__isnull=False) | Q(led_by_somebody())
    return published_projects(territory).filter(taken_on, end_on__range=(first, last))


def done(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """Those accepted on or before the period's last day."""
    return due(territory, first, last).filter(completed_on__lte=last)


DONE_PROJECTS = project_rate(
    id="PRJ-DONE",
    name="项目完成率",
    numerator_text="其中到期末已验收通过的项目",
    denominator_text="时期内到期的已认领项目",
    met=done,
    about=due,
)
