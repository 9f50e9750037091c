"""认领率 PRJ-CLAIM: of the projects published in a period, those that a unit has taken on by its end.

Source: domain.md §2(e) Statistics: 有确认认领的项目 ÷ 已发布项目. A project that was called off stays in the denominator:
nobody raises the rate by withdrawing what nobody wanted.
"""

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from projects.indicators.project_counts import project_rate, published_projects
from projects.models import Project, ProjectClaim
from units.indicators.territory import Territory


def published(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """The projects published in the period."""
    return published_projects(territory).filter(published_at__date__range=(first, last))


def claimed(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """Those whose lead was confirmed by the period's last day."""
    leads = ProjectClaim.objects.confirmed_leads().filter(project=OuterRef("pk"), decided_at__date__lte=last)
    return published(territory, first, last).filter(Exists(leads))


CLAIMED_PROJECTS = project_rate(
    id="PRJ-CLAIM",
    name="项目认领率",
    numerator_text="其中到期末已确认主认领单位的项目",
    denominator_text="时期内发布的项目，含后来撤销的",
    met=claimed,
    about=published,
)
