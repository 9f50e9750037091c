"""How far projects have come, as columns of a list: each is a subquery, so that a page costs one query."""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import CharField, Count, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from projects.models import Milestone, ProjectClaim, ProjectExtension, Session

BETWEEN = "、"


def number_of(rows: QuerySet, counted) -> Coalesce:
    """One number about the rows of each project; 0 where it has none."""
    found = rows.filter(project=OuterRef("pk")).order_by().values("project").annotate(found=counted)
    return Coalesce(Subquery(found.values("found"), output_field=IntegerField()), Value(0))


def unit_names() -> Coalesce:
    """认领单位: the units that carry a project out, who leads first: ``安和物业、晋阳文创``."""
    confirmed = ProjectClaim.objects.filter(status=ProjectClaim.Status.CONFIRMED, project=OuterRef("pk"))
    names = StringAgg("unit__name", delimiter=Value(BETWEEN), order_by=("slot", "pk"))
    found = confirmed.order_by().values("project").annotate(found=names).values("found")
    return Coalesce(Subquery(found, output_field=CharField()), Value(""))


def person_times() -> Coalesce:
    """The person-times of a project's confirmed sessions, of all its years."""
    return number_of(Session.objects.confirmed(), Sum("person_times"))


def sessions_held() -> Coalesce:
    return number_of(Session.objects.confirmed(), Count("pk"))


def milestones_done() -> Coalesce:
    return number_of(Milestone.objects.filter(done_on__isnull=False), Count("pk"))


def milestones_planned() -> Coalesce:
    return number_of(Milestone.objects.all(), Count("pk"))


def extensions_granted() -> Coalesce:
    """How often its last day was moved (延期次数)."""
    return number_of(ProjectExtension.objects.filter(status=ProjectExtension.Status.APPROVED), Count("pk"))


def with_progress(projects: QuerySet) -> QuerySet:
    """The projects with everything the table of progress says about each (domain.md §5.1, 项目进度表)."""
    return projects.annotate(
        units=unit_names(),
        served=person_times(),
        sessions_held=sessions_held(),
        steps_done=milestones_done(),
        steps_planned=milestones_planned(),
        extended=extensions_granted(),
    )
