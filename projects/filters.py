"""Filters of the lists of projects and claims; page and API share them."""

import django_filters
from django import forms

from core.codes import under
from projects.models import Project, ProjectClaim
from units.models import Division

FILTERED_LEVELS = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)


def choosable_places(request=None):
    """Subdistricts and communities in the order of their codes."""
    return Division.objects.filter(level__in=FILTERED_LEVELS).order_by("code")


class PlaceFilter(django_filters.ModelChoiceFilter):
    """Rows at or below a place, given by its code."""

    def __init__(self, **kwargs):
        super().__init__(queryset=choosable_places, to_field_name="code", label="实施地", **kwargs)

    def filter(self, qs, value):
        return qs.filter(under(value.code)) if value else qs


class ProjectFilter(django_filters.FilterSet):
    place = PlaceFilter()
    theme = django_filters.ChoiceFilter(label="主题", choices=Project.Theme.choices)
    domain = django_filters.ChoiceFilter(label="领域", choices=Project.Domain.choices)
    term = django_filters.ChoiceFilter(label="期限", choices=Project.Term.choices)
    status = django_filters.ChoiceFilter(label="状态", choices=Project.Status.choices)
    due_before = django_filters.DateFilter(
        label="认领截止不晚于", field_name="claim_due_on", lookup_expr="lte", widget=forms.DateInput
    )

    class Meta:
        model = Project
        fields: list[str] = []


class ClaimFilter(django_filters.FilterSet):
    place = PlaceFilter()
    status = django_filters.ChoiceFilter(label="状态", choices=ProjectClaim.Status.choices)
    kind = django_filters.ChoiceFilter(label="认领方式", choices=ProjectClaim.Kind.choices)

    class Meta:
        model = ProjectClaim
        fields: list[str] = []


class ClaimApiFilter(ClaimFilter):
    """What the API adds: the claims on one project or of one unit, by number."""

    project = django_filters.NumberFilter(field_name="project_id", min_value=1, max_value=2**63 - 1)
    unit = django_filters.NumberFilter(field_name="unit_id", min_value=1, max_value=2**63 - 1)
