"""What people type about party organizations; the rules themselves are in the actions."""

from django import forms
from django.db.models import Q

from core.actor import Actor
from core.codes import under
from units.actions.organizations import PARENTS
from units.forms.units import ActionForm, offer_places
from units.models import Division, PartyOrganization, Unit
from units.queries.units import root_place
from units.rules import REGISTERED_AT

NOBODY = "none"
SUBDISTRICT_WIDTH = 9
DAY = forms.DateInput


class UnitByName(forms.CharField):
    """A unit by its whole name or credit code, among ``units``."""

    def __init__(self, **kwargs):
        super().__init__(max_length=120, required=False, **kwargs)
        self.units = Unit.objects.none()

    def prepare_value(self, value):
        if isinstance(value, int):
            value = self.units.filter(pk=value).first() or ""
        return value.name if isinstance(value, Unit) else value

    def clean(self, value):
        text = super().clean(value).strip()
        if not text:
            return None
        found = list(self.units.filter(Q(name=text) | Q(credit_code=text.upper()))[:2])
        if len(found) != 1:
            raise forms.ValidationError("没有找到这个单位，或者有几家同名：请写全称或者统一社会信用代码。")
        return found[0]


def working_near(place_code: str):
    """The organizations at work in the subdistrict of a place, and those above it."""
    above = Q(place_code__in=[place_code[:length] for length in range(1, len(place_code))])
    near = under(place_code[:SUBDISTRICT_WIDTH]) | above
    rows = PartyOrganization.objects.filter(near, status=PartyOrganization.Status.ACTIVE)
    return rows.select_related("place").order_by("name")


class OrganizationForm(ActionForm):
    """A party organization on the establishment."""

    counts = ("site_area",)
    host_unit = UnitByName(label="依托单位", help_text="单独建在哪个单位，写单位全称或信用代码；没有的不填。")

    class Meta:
        model = PartyOrganization
        fields = (
            "name", "category", "form_mode", "place", "parent", "host_unit", "is_two_new", "established_on",
            "approval_no", "term_start", "term_end", "secretary_source", "member_count", "site_area",
            "is_consolidating",
        )  # fmt: skip
        widgets = dict.fromkeys(("established_on", "term_start", "term_end"), DAY)
        help_texts = {
            "approval_no": "同意成立的批复文号。",
            "parent": "隶属的党委或党总支部。",
            "term_end": "党委、村和社区党组织每届 5 年，其他 3 年；届满前 6、3、1 个月提醒换届。",
            "site_area": "没有固定活动场所的填 0。",
        }

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        levels = (*REGISTERED_AT, Division.Level.SUBDISTRICT)
        own = Division.objects.filter(under(actor.place_code, "code"), level__in=levels)
        own = own.filter(administered_by=root_place().administered_by)
        self.fields["place"].queryset = own.order_by("code")
        offer_places(self, actor, {Division.Level.SUBDISTRICT, Division.Level.COMMUNITY})
        parents = working_near(actor.place_code).filter(category__in=PARENTS)
        if self.instance.parent_id:
            parents = parents | PartyOrganization.objects.filter(pk=self.instance.parent_id)
        self.fields["parent"].queryset = parents
        self.fields["host_unit"].units = Unit.objects.visible_to(actor).effective()


class NewOrganizationForm(OrganizationForm):
    """A party organization that is registered, founded or still in preparation."""

    is_preparing = forms.BooleanField(
        label="还在筹建",
        required=False,
        help_text="还没有批复的勾选；批准以后再登记成立，筹建时不能覆盖单位。",
    )


class EstablishForm(forms.Form):
    """When it was founded and by which approval."""

    established_on = forms.DateField(label="成立日期", widget=DAY)
    approval_no = forms.CharField(label="批复文号", max_length=60)


class ExtendForm(forms.Form):
    """Until when a term is extended, and who approved it."""

    until = forms.DateField(label="延至", widget=DAY, help_text="最多延长一年，须上级批准。")
    approval_no = forms.CharField(label="上级同意的文号", max_length=60)


class EndForm(forms.Form):
    """Since when an organization is no more, by which document, and why."""

    on = forms.DateField(label="日期", widget=DAY, help_text="从这一天起不再是这个党组织。")
    basis = forms.CharField(label="依据", max_length=120, help_text="上级批复的文号或名称。")
    reason = forms.CharField(label="说明", max_length=300, required=False, widget=forms.Textarea)

    def __init__(self, *args, organization: PartyOrganization, **kwargs):
        super().__init__(*args, **kwargs)
        near = working_near(organization.place_code).exclude(pk=organization.pk)
        self.add_own(organization, near)
        self.order_fields([name for name in self.fields if name != "reason"])

    def add_own(self, organization: PartyOrganization, near) -> None:
        """What this way of ending asks besides."""


class DissolveForm(EndForm):
    """For each unit that is covered: by whom from now on."""

    def add_own(self, organization, near):
        choices = [("", "请选择"), (NOBODY, "不再由党组织覆盖"), *((str(row.pk), str(row)) for row in near)]
        self.near = {str(row.pk): row for row in near}
        self.covered = [
            spell.unit for spell in organization.coverage_spells.filter(to_on=None).select_related("unit")
        ]
        for unit in self.covered:
            self.fields[f"unit_{unit.pk}"] = forms.ChoiceField(label=f"{unit}今后由谁覆盖", choices=choices)

    def clean(self):
        cleaned = super().clean()
        given = {unit.pk: cleaned.pop(f"unit_{unit.pk}", None) for unit in self.covered}
        settlement = {pk: self.near.get(value) for pk, value in given.items() if value}
        return {**cleaned, "settlement": settlement}


class MergeForm(EndForm):
    """Into which organization; its units and members go along."""

    def add_own(self, organization, near):
        self.fields["into"] = forms.ModelChoiceField(
            label="并入", queryset=near, help_text="覆盖的单位、党员和下级党组织一并转过去。"
        )


class TransferForm(EndForm):
    """As what it is rebuilt."""

    def add_own(self, organization, near):
        self.fields["name"] = forms.CharField(label="转建后的名称", max_length=160)
        self.fields["category"] = forms.ChoiceField(
            label="转建后的类别",
            choices=PartyOrganization.Category.choices,
            initial=organization.category,
            help_text="覆盖的单位、党员、书记转到转建后的党组织；转建不计为新建。",
        )
