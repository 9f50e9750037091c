"""Filters of the list of sessions; page and API share them."""

import django_filters
from django import forms

from projects.models import Session
from units.indicators.territory import By, territory_of
from units.models import Division

FILTERED_LEVELS = (Division.Level.DISTRICT, Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
LARGEST_ID = 2**63 - 1
YES_NO = (("true", "是"), ("false", "否"))


def choosable_places(request=None):
    """The district, its subdistricts and communities in the order of their codes."""
    return Division.objects.filter(level__in=FILTERED_LEVELS).order_by("code")


class CountedPlaceFilter(django_filters.ModelChoiceFilter):
    """Rows that count for a place, as statistics count them: what others administer inside it is left out."""

    def __init__(self, **kwargs):
        super().__init__(
            queryset=choosable_places,
            to_field_name="code",
            label="活动所在地",
            **kwargs,
        )

    def filter(self, qs, value):
        return qs.filter(territory_of(value, By.NONE).within()) if value else qs


class SessionFilter(django_filters.FilterSet):
    """Sessions of a place, a state, days of a range; and, for links and the API, of one project, unit or very place."""

    place = CountedPlaceFilter()
    status = django_filters.ChoiceFilter(label="状态", choices=Session.Status.choices)
    held_on = django_filters.DateFromToRangeFilter(label="日期")
    project = django_filters.NumberFilter(
        field_name="project_id", min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput
    )
    unit = django_filters.NumberFilter(
        field_name="unit_id", min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput
    )
    held_at = django_filters.ModelChoiceFilter(
        queryset=choosable_places, to_field_name="code", field_name="place", widget=forms.HiddenInput
    )

    class Meta:
        model = Session
        fields: list[str] = []
