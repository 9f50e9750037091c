"""What people type about places; the rules themselves are in the actions."""

from datetime import date

from django import forms

from core.clock import today
from core.codes import under
from core.errors import RuleViolation
from core.sheets import MAX_UPLOAD_BYTES
from units.divisions.codes import COMMUNITY_WIDTH, level_below, next_code
from units.forms.units import ActionForm
from units.models import Division, PartyOrganization

FIRST_DAY = date(2000, 1, 1)
BASIS_HELP = "文件名称或文号，例如“武民政〔2026〕12号”。"


def organizations_at(code: str):
    """Party organizations that may belong to a place: those of its community (subdistrict, district above it)."""
    rows = PartyOrganization.objects.under(code[:COMMUNITY_WIDTH]).filter(dissolved_on=None, host_unit=None)
    return rows.filter(is_two_new=False).order_by("category", "name")


def offered_code(parent: Division, level: str) -> str:
    """What the field says of the next free code."""
    try:
        return f"不填就按顺序编：{next_code(parent, level)}"
    except RuleViolation as refusal:
        return refusal.message


class PlaceFields(ActionForm):
    """Figures and party organization of a place."""

    class Meta:
        model = Division
        fields = (
            "courtyard_kind",
            "households",
            "population",
            "party_members",
            "party_organization",
            "valid_from",
        )
        widgets = {"valid_from": forms.DateInput}
        help_texts = {
            "households": "不填的按下级合计。",
            "party_organization": "社区党委、网格党支部、院落党小组；没有的请先在“党组织”登记。",
        }

    def narrow(self, level: str, code: str) -> None:
        self.fields["party_organization"].queryset = organizations_at(code)
        if level != Division.Level.COURTYARD:
            self.fields["courtyard_kind"].widget = forms.HiddenInput()


class NewPlaceForm(PlaceFields):
    """A place that is added directly in another."""

    class Meta(PlaceFields.Meta):
        fields = ("name", "code", *PlaceFields.Meta.fields)

    def __init__(self, *args, parent: Division, **kwargs):
        super().__init__(*args, **kwargs)
        level = level_below(parent.level)
        self.narrow(level, parent.code)
        self.fields["name"].label = f"{Division.Level(level).label}名称"
        self.fields["code"].required = False
        self.fields["code"].help_text = offered_code(parent, level)
        self.initial.setdefault("valid_from", today())


class PlaceForm(PlaceFields):
    """What is known of a place."""

    def __init__(self, *args, place: Division, **kwargs):
        super().__init__(*args, **kwargs)
        self.narrow(place.level, place.code)


class RenameForm(forms.Form):
    """Another name from a day on."""

    name = forms.CharField(label="新名称", max_length=60)
    on = forms.DateField(
        label="更名日期", widget=forms.DateInput, help_text="从这一天起用新名称；查以前的日期仍显示原名。"
    )
    basis = forms.CharField(label="更名依据", max_length=200, help_text=BASIS_HELP)


class MergeForm(forms.Form):
    """Into which place, since when and why; the table of what moves has been read."""

    target = forms.ModelChoiceField(label="并入", queryset=Division.objects.none(), empty_label="请选择")
    on = forms.DateField(label="并入日期", widget=forms.DateInput)
    reason = forms.CharField(label="原因和依据", max_length=300, widget=forms.Textarea, help_text=BASIS_HELP)
    is_read = forms.BooleanField(label="已核对下面列出的内容，同意一并转入")

    def __init__(self, *args, place: Division, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = targets(place, actor)


def targets(place: Division, actor):
    """Where a place may be merged into: its level's places of the same community, or (above) of the actor's place."""
    width = COMMUNITY_WIDTH if place.is_grid else len(actor.place_code)
    rows = Division.objects.filter(
        under(place.code[:width], "code"),
        level=place.level,
        valid_to=None,
        administered_by=place.administered_by,
    )
    return rows.exclude(pk=place.pk).order_by("code")


class ClosePlaceForm(forms.Form):
    """Since when and why a place is no longer in use."""

    on = forms.DateField(label="停用日期", widget=forms.DateInput, help_text="从这一天起不再使用。")
    reason = forms.CharField(label="原因和依据", max_length=300, widget=forms.Textarea)


class DayForm(forms.Form):
    """The tree on which day, opened down to which place."""

    on = forms.DateField(label="日期", required=False, widget=forms.DateInput)
    at = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on and not FIRST_DAY <= on <= today():
            raise forms.ValidationError(f"日期要在 {FIRST_DAY} 和今天之间。")
        return on


class PlacesFileForm(forms.Form):
    """The spreadsheet to import."""

    file = forms.FileField(
        label="表格文件",
        help_text=f"支持 .xlsx、.xls、.csv（UTF-8 或 GBK），不超过 {MAX_UPLOAD_BYTES // 1024 // 1024} MB、5000 行。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.et,.csv,.txt"}),
        allow_empty_file=True,
    )
