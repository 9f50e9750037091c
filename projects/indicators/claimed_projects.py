"""认领率 PRJ-CLAIM: of the projects published in a period, those that a unit has taken on by its end.

Source: domain.md §2(e) Statistics: 有确认认领的项目 ÷ 已发布项目. A project that was called off stays in the denominator:
nobody raises the rate by withdrawing what nobody wanted. Version 2: a claim counts when it was confirmed on or before
the period's last day and not left by then, so that a unit that leaves in November changes nothing in March.
"""

from datetime import date

from django.db.models import QuerySet

from projects.indicators.project_counts import led_on, project_rate, published_projects
from projects.models import Project
from units.indicators.territory import Territory


def published(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """The projects published in the period."""
    return published_projects(territory).filter(published_at__date__range=(first, last))


def claimed(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """Those that somebody led at the end of the period's last day."""
    return published(territory, first, last).filter(led_on(last))


CLAIMED_PROJECTS = project_rate(
    id="PRJ-CLAIM",
    name="项目认领率",
    numerator_text="其中到期末已确认主认领单位、单位没有退出的项目",
    denominator_text="时期内发布的项目，含后来撤销的",
    met=claimed,
    about=published,
    version=2,
    note="第 2 版：按期末当天的认领状态计，以后退出的不影响以前的数",
)
