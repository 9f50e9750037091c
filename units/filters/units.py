"""Filters of the registers of units and party organizations; page and API share them."""

import django_filters
from django.db.models import Q

from core.clock import today
from core.codes import under
from units.models import Division, PartyOrganization, Unit
from units.rules import INDUSTRIES

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


class YesNoField(django_filters.fields.ChoiceField):
    """``true`` or ``false`` as a bool, for `narrow` and for a FilterSet's own method alike; None when nothing is asked."""

    def clean(self, value):
        text = super().clean(value)
        return text == "true" if text else None


class YesNoFilter(django_filters.ChoiceFilter):
    """``true`` or ``false``; anything else is refused."""

    field_class = YesNoField

    def __init__(self, **kwargs):
        super().__init__(choices=YES_NO, **kwargs)

    def filter(self, qs, value):
        return qs if value is None else self.narrow(qs, value)

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


def counted_here(rows, actor, params):
    """Units counted in the actor's place; with ``premises`` among the parameters all that the actor may see."""
    return rows if params.get("premises") or not actor.place_code else rows.under(actor.place_code)


class UnitFilter(django_filters.FilterSet):
    """Units of a place, a category, two-new or not, covered today or not, by status, members of the joint meeting.

    With ``premises=true`` also those with a further place of business in the place.
    """

    place = PlaceFilter()
    category = django_filters.ChoiceFilter(label="单位类别", choices=Unit.Category.choices)
    two_new = TwoNewFilter(label="两新")
    covered = CoveredFilter(label="有党组织覆盖")
    operating_status = django_filters.ChoiceFilter(label="经营状态", choices=Unit.OperatingStatus.choices)
    member = YesNoFilter(label="联席会成员单位", field_name="is_member")
    verification = django_filters.ChoiceFilter(label="核实状态", choices=Unit.Verification.choices)
    affiliation = django_filters.ChoiceFilter(label="隶属（条）", choices=Unit.Affiliation.choices)
    affiliated_to = django_filters.CharFilter(label="隶属党组织", lookup_expr="icontains", max_length=100)
    industry = django_filters.ChoiceFilter(
        label="行业门类", choices=[(one, one) for one in INDUSTRIES], lookup_expr="startswith"
    )
    premises = django_filters.ChoiceFilter(
        label="分支经营点", choices=[("true", "含分支经营点")], method="keep", empty_label="不含"
    )

    class Meta:
        model = Unit
        fields: list[str] = []

    def keep(self, rows, name, value):
        """What `filter_queryset` reads."""
        return rows

    def filter_queryset(self, queryset):
        cleaned = self.form.cleaned_data
        place = cleaned.get("place")
        if not (cleaned.get("premises") and place):
            return super().filter_queryset(queryset)
        cleaned["place"] = None
        rows = super().filter_queryset(queryset.present_in(place.code))
        cleaned["place"] = place
        return rows


class OrganizationFilter(django_filters.FilterSet):
    """Party organizations of a place, a category, formed in a way, two-new or not, being put in order or not."""

    place = PlaceFilter()
    category = django_filters.ChoiceFilter(label="类别", choices=PartyOrganization.Category.choices)
    form_mode = django_filters.ChoiceFilter(label="组建方式", choices=PartyOrganization.FormMode.choices)
    two_new = YesNoFilter(label="两新党组织", field_name="is_two_new")
    consolidating = YesNoFilter(label="软弱涣散整顿中", field_name="is_consolidating")
    status = django_filters.ChoiceFilter(label="状态", choices=PartyOrganization.Status.choices)

    class Meta:
        model = PartyOrganization
        fields: list[str] = []
