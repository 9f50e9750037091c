"""Filters of the lists of sessions, resolutions and proposals; page and API share them."""

import django_filters
from django import forms

from core.clock import today
from units.filters.units import PlaceFilter, YesNoFilter
from units.models import (
    AgendaItem,
    Division,
    Issue,
    Meeting,
    RegionalBody,
    RepresentativeProposal,
    Resolution,
    Unit,
)
from units.models.meetings import ROLLS


def leading_units(request=None):
    """The units that lead a resolution."""
    led = Resolution.objects.in_force().filter(lead_unit__isnull=False).values("lead_unit_id")
    return Unit.objects.filter(pk__in=led).order_by("name_pinyin")


class LeadingPlaceFilter(django_filters.ModelChoiceFilter):
    """Resolutions led by the staff of a place, given by its code."""

    def __init__(self, **kwargs):
        places = Division.objects.filter(
            level__in=[Division.Level.SUBDISTRICT, Division.Level.COMMUNITY]
        ).order_by("code")
        super().__init__(queryset=places, to_field_name="code", **kwargs)


class OverdueFilter(YesNoFilter):
    """Past their due day today and not reported done, or all others."""

    def narrow(self, rows, is_yes: bool):
        late = Resolution.objects.overdue(today()).values("pk")
        return rows.filter(pk__in=late) if is_yes else rows.exclude(pk__in=late)


class MeetingFilter(django_filters.FilterSet):
    """Sessions of a place, a kind of body, a kind, a state, a span of days."""

    place = PlaceFilter(label="地方")
    body_kind = django_filters.ChoiceFilter(
        label="召开的组织",
        field_name="body__kind",
        choices=[(kind.value, kind.label) for kind in RegionalBody.Kind if kind in ROLLS],
    )
    kind = django_filters.ChoiceFilter(label="会议类型", choices=Meeting.Kind.choices)
    status = django_filters.ChoiceFilter(label="状态", choices=Meeting.Status.choices)
    year = django_filters.NumberFilter(label="年度", min_value=1921, max_value=2199)
    held_after = django_filters.DateFilter(
        label="召开不早于", field_name="held_at", lookup_expr="date__gte", widget=forms.DateInput
    )

    class Meta:
        model = Meeting
        fields: list[str] = []


class ResolutionFilter(django_filters.FilterSet):
    """Resolutions of a place, by state and lead, overdue or not."""

    place = PlaceFilter(label="地方")
    status = django_filters.ChoiceFilter(label="状态", choices=Resolution.Status.choices)
    category = django_filters.ChoiceFilter(label="类别", choices=Issue.Category.choices)
    overdue = OverdueFilter(label="已逾期")
    lead = django_filters.ModelChoiceFilter(label="牵头单位", field_name="lead_unit", queryset=leading_units)
    lead_place = LeadingPlaceFilter(label="牵头街道或社区", field_name="lead_place")
    due_before = django_filters.DateFilter(
        label="期限不晚于", field_name="due_on", lookup_expr="lte", widget=forms.DateInput
    )

    class Meta:
        model = Resolution
        fields: list[str] = []


class ResolutionApiFilter(ResolutionFilter):
    """What the API adds: the resolutions of one session."""

    meeting = django_filters.NumberFilter(field_name="meeting_id", min_value=1, max_value=2**63 - 1)


class AgendaItemFilter(django_filters.FilterSet):
    """The items of one session, by state and kind."""

    meeting = django_filters.NumberFilter(
        label="会议", field_name="meeting_id", min_value=1, max_value=2**63 - 1
    )
    status = django_filters.ChoiceFilter(label="状态", choices=AgendaItem.Status.choices)
    kind = django_filters.ChoiceFilter(label="类型", choices=AgendaItem.Kind.choices)

    class Meta:
        model = AgendaItem
        fields: list[str] = []


class LateReplyFilter(YesNoFilter):
    """Not answered by the day it was due, or all others."""

    def narrow(self, rows, is_yes: bool):
        late = {"status": RepresentativeProposal.Status.ASSIGNED, "reply_due_on__lt": today()}
        return rows.filter(**late) if is_yes else rows.exclude(**late)


class ProposalFilter(django_filters.FilterSet):
    """Proposals of a place, by state and rating, answered late or not."""

    place = PlaceFilter(label="地方")
    status = django_filters.ChoiceFilter(label="状态", choices=RepresentativeProposal.Status.choices)
    rating = django_filters.ChoiceFilter(label="评价", choices=RepresentativeProposal.Rating.choices)
    overdue = LateReplyFilter(label="答复已逾期")

    class Meta:
        model = RepresentativeProposal
        fields: list[str] = []
