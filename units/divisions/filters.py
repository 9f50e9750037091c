"""Filters of the list of places; page and API share them."""

import django_filters

from core.clock import today
from core.codes import under
from units.filters.units import PlaceFilter, YesNoFilter
from units.models import Division


class InsideFilter(PlaceFilter):
    """A place and everything below it, by its code."""

    def filter(self, qs, value):
        return qs.filter(under(value.code, "code")) if value else qs


class InUseFilter(YesNoFilter):
    """In use today, or not (yet, any more)."""

    def narrow(self, rows, is_yes: bool):
        now = rows.model.objects.effective(today()).values("pk")
        return rows.filter(pk__in=now) if is_yes else rows.exclude(pk__in=now)


class OnFilter(django_filters.DateFilter):
    """Places that were in use on a day."""

    def filter(self, qs, value):
        return qs.effective(value) if value else qs


class PlaceListFilter(django_filters.FilterSet):
    """What the list page offers."""

    place = InsideFilter(label="范围")
    level = django_filters.ChoiceFilter(choices=Division.Level.choices, label="级别")
    courtyard_kind = django_filters.ChoiceFilter(choices=Division.CourtyardKind.choices, label="院落类型")
    in_use = InUseFilter(label="现在使用中")
    on = OnFilter(label="在用日期")

    class Meta:
        model = Division
        fields: list[str] = []


class DivisionFilter(PlaceListFilter):
    """What the API adds: ``parent``, the code of the place directly above."""

    parent = django_filters.CharFilter(field_name="parent__code", label="上级区划代码", max_length=32)
