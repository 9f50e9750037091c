"""Filters of the registers of units and party organizations; page and API share them."""

import django_filters
from django.db.models import Q

from core.clock import today
from core.codes import under
from units.models import Division, PartyOrganization, Unit

FILTERED_LEVELS = (Division.Level.DISTRICT, Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
YES_NO = (("true", "是"), ("false", "否"))


def choosable_places(request=None):
    """The district, its subdistricts and communities in the order of their codes; below them what the address names."""
    asked = request.GET.get("place", "") if request is not None else ""
    wanted = Q(level__in=FILTERED_LEVELS)
    if asked.isascii() and asked.isprintable():
        wanted |= Q(code=asked)
    return Division.objects.filter(wanted).order_by("code")


class PlaceFilter(django_filters.ModelChoiceFilter):
    """Rows at or below a place, given by its code."""

    def __init__(self, **kwargs):
        super().__init__(queryset=choosable_places, to_field_name="code", **{"label": "所在地", **kwargs})

    def filter(self, qs, value):
        return qs.filter(under(value.code)) if value else qs


class YesNoFilter(django_filters.ChoiceFilter):
    """``true`` or ``false``; anything else is refused."""

    def __init__(self, **kwargs):
        super().__init__(choices=YES_NO, **kwargs)

    def filter(self, qs, value):
        return self.narrow(qs, value == "true") if value else qs

    def narrow(self, rows, is_yes: bool):
        return rows.filter(**{self.field_name: is_yes})


class TwoNewFilter(YesNoFilter):
    """Non-public enterprises and social organizations, or all others."""

    def narrow(self, rows, is_yes: bool):
        return rows.filter(category__in=Unit.TWO_NEW) if is_yes else rows.exclude(category__in=Unit.TWO_NEW)


class CoveredFilter(YesNoFilter):
    """Covered by a party organization today, or not."""

    def narrow(self, rows, is_yes: bool):
        return rows.covered(today(), is_yes)


class UnitFilter(django_filters.FilterSet):
    """Units of a place, a category, two-new or not, covered today or not, by status, members of the joint meeting."""

    place = PlaceFilter()
    category = django_filters.ChoiceFilter(label="单位类别", choices=Unit.Category.choices)
    two_new = TwoNewFilter(label="两新")
    covered = CoveredFilter(label="有党组织覆盖")
    operating_status = django_filters.ChoiceFilter(label="经营状态", choices=Unit.OperatingStatus.choices)
    member = YesNoFilter(label="联席会成员单位", field_name="is_member")

    class Meta:
        model = Unit
        fields: list[str] = []


class OrganizationFilter(django_filters.FilterSet):
    """Party organizations of a place, a category, two-new or not."""

    place = PlaceFilter()
    category = django_filters.ChoiceFilter(label="类别", choices=PartyOrganization.Category.choices)
    two_new = YesNoFilter(label="两新党组织", field_name="is_two_new")

    class Meta:
        model = PartyOrganization
        fields: list[str] = []
