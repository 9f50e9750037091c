"""Filters of liaisons, premises and requests of the register; page and API share them."""

import django_filters

from core.clock import today
from units.filters.units import PlaceFilter, YesNoFilter
from units.models import DenominatorExit, Unit, UnitChangeRequest, UnitLiaison, UnitPremises
from units.models.register import AskedStatus


class CurrentFilter(YesNoFilter):
    """Lasting today, or over (or not yet begun)."""

    def narrow(self, rows, is_yes: bool):
        lasting = rows.effective(today())
        return lasting if is_yes else rows.exclude(pk__in=lasting.order_by().values("pk"))


class UnitPlaceFilter(PlaceFilter):
    """Rows whose unit is counted at or below a place."""

    def filter(self, qs, value):
        return qs.filter(unit__in=Unit.objects.under(value.code)) if value else qs


class LiaisonFilter(django_filters.FilterSet):
    """Liaisons of the units of a place, present or past."""

    place = UnitPlaceFilter(label="所在地")
    current = CurrentFilter(label="在任")
    unit = django_filters.NumberFilter(label="单位编号", min_value=1, max_value=2**62)

    class Meta:
        model = UnitLiaison
        fields: list[str] = []


class PremisesFilter(django_filters.FilterSet):
    """Premises in a place, present or past."""

    place = PlaceFilter(label="经营点所在地")
    current = CurrentFilter(label="仍在经营")
    unit = django_filters.NumberFilter(label="单位编号", min_value=1, max_value=2**62)

    class Meta:
        model = UnitPremises
        fields: list[str] = []


class ExitFilter(django_filters.FilterSet):
    """Requests to leave the denominators, of a place, in a state, for a status."""

    place = PlaceFilter()
    status = django_filters.ChoiceFilter(label="状态", choices=AskedStatus.choices)
    operating_status = django_filters.ChoiceFilter(
        label="退出后的经营状态",
        choices=[one for one in Unit.OperatingStatus.choices if one[0] != Unit.OperatingStatus.OPERATING],
    )

    class Meta:
        model = DenominatorExit
        fields: list[str] = []


class ChangeRequestFilter(django_filters.FilterSet):
    """Requests to change an entry, of a place, in a state."""

    place = PlaceFilter()
    status = django_filters.ChoiceFilter(label="状态", choices=AskedStatus.choices)

    class Meta:
        model = UnitChangeRequest
        fields: list[str] = []
