"""Filters of the years of long-term projects."""

import django_filters

from core.clock import today
from core.codes import under
from projects.filters.project import PlaceFilter, YesNoFilter
from projects.models import ProjectYear

FIRST_YEAR, LAST_YEAR = 2000, 2100


class ProjectPlaceFilter(PlaceFilter):
    """Years of projects at or below a place."""

    def filter(self, qs, value):
        return qs.filter(under(value.code, "project__place_code")) if value else qs


class OwedFilter(YesNoFilter):
    """To be summed up by today and not yet, or not so."""

    def narrow(self, rows, is_yes: bool):
        owed = ProjectYear.objects.owed(today())
        return rows.filter(pk__in=owed.values("pk")) if is_yes else rows.exclude(pk__in=owed.values("pk"))


class ProjectYearFilter(django_filters.FilterSet):
    """Years of projects of a place, of one calendar year, in a state, or owed."""

    place = ProjectPlaceFilter()
    year = django_filters.NumberFilter(label="年度", min_value=FIRST_YEAR, max_value=LAST_YEAR)
    status = django_filters.ChoiceFilter(label="状态", choices=ProjectYear.Status.choices)
    owed = OwedFilter(label="该写小结还没写")

    class Meta:
        model = ProjectYear
        fields: list[str] = []


class ProjectYearApiFilter(ProjectYearFilter):
    """What the API adds: the years of one project, by its number."""

    project = django_filters.NumberFilter(field_name="project_id", min_value=1, max_value=2**63 - 1)
