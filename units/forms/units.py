"""What people type about units and party organizations; the rules themselves are in `units.rules` and the actions."""

from collections.abc import Collection

from django import forms
from django.db.models import Q

from core.actor import Actor
from core.clock import today
from core.codes import under
from core.sheets import MAX_UPLOAD_BYTES
from units.models import Carrier, CoverageSpell, Division, PartyOrganization, Unit
from units.queries.units import root_place
from units.rules import REGISTERED_AT

COMMUNITY_WIDTH = 12
REASON_HELP = "写明事实，例如“已于2026年6月办理注销”。"


def home_places(actor: Actor):
    """Where the actor may register a unit: communities and what lies in them, run by the deployment's own district."""
    root = root_place()
    return Division.objects.filter(
        under(actor.place_code, "code"), level__in=REGISTERED_AT, administered_by=root.administered_by
    ).order_by("code")


def offer_places(form: forms.ModelForm, actor: Actor, levels: Collection[str]) -> None:
    """Let the list of places show these levels, and the grid of the one community that is near (the actor's own else).

    What was chosen elsewhere is accepted all the same: only the list is short.
    """
    first = form.initial.get("place")
    near = first if isinstance(first, Division) else (form.instance.place if form.instance.pk else None)
    code = near.code if near else actor.place_code
    inner = Q(level__in=levels)
    if len(code) >= COMMUNITY_WIDTH:
        inner |= under(code[:COMMUNITY_WIDTH], "code")
    field = form.fields["place"]
    rows = field.queryset.filter(inner).effective(today())
    field.widget.choices = [("", "请选择"), *((place.pk, str(place)) for place in rows)]


class ActionForm(forms.ModelForm):
    """A form over a model whose fields the action sets and checks; a number of ``counts`` left out is 0."""

    counts: tuple[str, ...] = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.counts:
            self.fields[name].required = False

    def clean(self):
        cleaned = super().clean()
        return cleaned | {name: cleaned.get(name) or 0 for name in self.counts if name not in self.errors}

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields."""


class UnitForm(ActionForm):
    """A unit as the register keeps it."""

    counts = ("members_not_transferred",)

    class Meta:
        model = Unit
        fields = (
            "name", "credit_code", "credit_code_missing_reason", "category", "subcategory", "place", "address",
            "employees", "members_total", "members_full", "members_not_transferred",
            "has_premises", "has_business", "annual_revenue", "has_union", "has_youth", "has_women",
            "has_mass_organization", "legal_rep_is_member", "legal_rep_is_secretary", "is_member", "contact",
            "short_name", "affiliation", "affiliated_to", "new_field", "industry", "carrier",
        )  # fmt: skip
        help_texts = {
            "name": "营业执照或登记证书上的全称。",
            "credit_code": "18位；部队、筹备中的单位等确实没有的可以不填，在下一栏写明原因。",
            "subcategory": "非公有制企业、社会组织、事业单位才有子类。",
            "members_total": "在本单位工作的党员总数，只填人数。",
            "contact": "日常联系的人，不填电话。",
            "industry": "国民经济行业门类的字母，可再加两位大类，例如 F 或 F51。",
            "has_business": "有固定场所、有10名以上员工、有经营活动的列入“三有企业”。",
            "has_mass_organization": "知道是哪一种的，勾选上面三项即可。",
            "affiliated_to": "党的关系归哪个党组织管（条），例如“中共成都市国资委委员会”。",
        }

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = home_places(actor)
        offer_places(self, actor, {Division.Level.COMMUNITY})
        self.fields["carrier"].queryset = Carrier.objects.filter(under(actor.place_code)).order_by("name")

    def clean_industry(self):
        return self.cleaned_data["industry"].upper()

    def clean_credit_code(self):
        return self.cleaned_data["credit_code"] or None


class NewUnitForm(UnitForm):
    """A unit that is registered for the first time."""

    registered_on = forms.DateField(
        label="登记日期", widget=forms.DateInput, help_text="从这一天起计入统计口径。"
    )


class LeaveForm(forms.Form):
    """Why and since when a unit isn't to count any more."""

    operating_status = forms.ChoiceField(
        label="退出后的经营状态",
        choices=[
            ("", "请选择"),
            *[one for one in Unit.OperatingStatus.choices if one[0] != Unit.OperatingStatus.OPERATING],
        ],
    )
    from_on = forms.DateField(label="起始日期", widget=forms.DateInput, help_text="从这一天起不再计入分母。")
    reason = forms.CharField(label="退出原因", max_length=300, help_text=REASON_HELP, widget=forms.Textarea)
    evidence = forms.CharField(
        label="依据", max_length=300, help_text="文件名称或文号、公示网址、走访记录等。"
    )


class ReturnForm(forms.Form):
    """Since when and why a unit counts again."""

    from_on = forms.DateField(label="起始日期", widget=forms.DateInput, help_text="从这一天起重新计入分母。")
    reason = forms.CharField(label="恢复原因", max_length=300, widget=forms.Textarea)


class CoverForm(forms.Form):
    """Which party organization covers a unit, how and since when."""

    organization = forms.ModelChoiceField(
        label="覆盖党组织",
        queryset=PartyOrganization.objects.none(),
        help_text="列出本街道的党组织；没有的请先登记党组织。",
    )
    mode = forms.ChoiceField(label="组建方式", choices=CoverageSpell.Mode.choices, widget=forms.RadioSelect)
    from_on = forms.DateField(label="覆盖起始日期", widget=forms.DateInput)

    def __init__(self, *args, unit: Unit, **kwargs):
        super().__init__(*args, **kwargs)
        near = PartyOrganization.objects.under(unit.place_code[:9]).filter(dissolved_on=None)
        self.fields["organization"].queryset = near.order_by("name")


class UncoverForm(forms.Form):
    """Since when and why a unit is covered no longer."""

    on = forms.DateField(label="结束日期", widget=forms.DateInput, help_text="这一天起不再计入已覆盖。")
    reason = forms.CharField(label="结束原因", max_length=300, widget=forms.Textarea)


class ImportForm(forms.Form):
    """The spreadsheet to import."""

    file = forms.FileField(
        label="表格文件",
        help_text=f"支持 .xlsx、.xls、.csv（UTF-8 或 GBK），不超过 {MAX_UPLOAD_BYTES // 1024 // 1024} MB、20万行。"
        "列的顺序不限，列名按常用叫法识别。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.et,.csv,.txt"}),
        allow_empty_file=True,
    )
