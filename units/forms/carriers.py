"""What people type about carriers, instructors, build plans and survey rounds; the rules are in the actions."""

from django import forms
from django.db.models import Q

from core.actor import Actor
from core.codes import under
from units.actions.bodies import people_around
from units.actions.carriers import CARRIER_LEVELS
from units.forms.bodies import NamedForm
from units.forms.units import ActionForm
from units.models import (
    BuildPlan,
    Carrier,
    CoverageSpell,
    Division,
    PartyOrganization,
    RegionalBody,
    ServiceStation,
    SurveyLine,
    Unit,
)
from units.queries.units import root_place

WHY_HELP = "写明事实，例如“楼宇整体改造，商户已搬离”。"


def places_of(actor: Actor):
    """The district, subdistricts and communities at or below the actor's own place, without what others run."""
    own = Division.objects.filter(under(actor.place_code, "code"), level__in=CARRIER_LEVELS)
    return own.filter(administered_by=root_place().administered_by).order_by("code")


class CarrierForm(ActionForm):
    """A carrier as the register keeps it."""

    class Meta:
        model = Carrier
        fields = ("name", "kind", "place", "address", "area", "manager_unit", "from_on")
        widgets = {"from_on": forms.DateInput}
        help_texts = {"manager_unit": "物业公司、园区管委会等，可以不填。"}

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places_of(actor)
        managers = Unit.objects.effective().filter(under(actor.place_code))
        self.fields["manager_unit"].queryset = managers.filter(
            Q(name__contains="物业") | Q(name__contains="园") | Q(is_member=True)
        ).order_by("name_pinyin")


class EndForm(forms.Form):
    """Since when and why something is over."""

    on = forms.DateField(label="从哪一天起", widget=forms.DateInput)
    reason = forms.CharField(label="原因", max_length=300, widget=forms.Textarea, help_text=WHY_HELP)


class StationForm(ActionForm):
    """A service station in a carrier."""

    class Meta:
        model = ServiceStation
        fields = ("name", "kind", "area", "facilities", "hours", "contact", "opened_on")
        widgets = {"opened_on": forms.DateInput}
        help_texts = {
            "facilities": "例如“会议室、图书角、充电、饮水”，可以不填。",
            "hours": "例如“工作日 9:00–18:00”，对外公开。",
            "contact": "值班岗位和座机，不填个人手机号。",
        }


class CommitteeForm(forms.Form):
    """Which comprehensive committee a carrier belongs to, or a new one."""

    committee = forms.ModelChoiceField(
        label="已有的区域综合党委",
        queryset=RegionalBody.objects.none(),
        required=False,
        help_text="没有的，留空并填写新名称，由上级批复。",
    )
    name = forms.CharField(
        label="新设的综合党委名称", max_length=120, required=False, help_text="不填就按载体命名。"
    )

    def __init__(self, *args, carrier: Carrier, **kwargs):
        super().__init__(*args, **kwargs)
        near = RegionalBody.objects.filter(
            under(carrier.place_code[:9]), kind=RegionalBody.Kind.COMPREHENSIVE
        )
        self.fields["committee"].queryset = near.exclude(status=RegionalBody.Status.DISSOLVED).order_by(
            "name"
        )


class InstructorForm(NamedForm):
    """Who is sent to a unit since when."""

    from_on = forms.DateField(label="派出日期", widget=forms.DateInput)
    dispatched_by = forms.CharField(
        label="派出单位", max_length=80, required=False, help_text="例如“玉林街道党工委”，可以不填。"
    )

    def __init__(self, *args, unit: Unit, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_person(people_around(unit.place_code), word="指导员", is_short=True)


class InstructorNoteForm(forms.Form):
    """What an instructor did in a month."""

    month = forms.DateField(label="月份", widget=forms.DateInput, help_text="填这个月里的任何一天。")
    text = forms.CharField(
        label="工作情况",
        max_length=1000,
        widget=forms.Textarea,
        help_text="做了哪些工作、有什么进展，写实即可。",
    )


class PlanForm(forms.Form):
    """A unit that is to be looked after until it has an organization."""

    target_on = forms.DateField(
        label="计划完成日期", widget=forms.DateInput, required=False, help_text="可以先不填，筹建时再定。"
    )


class PrepareForm(forms.Form):
    """What approval is asked for."""

    mode = forms.ChoiceField(label="组建方式", choices=CoverageSpell.Mode.choices, widget=forms.RadioSelect)
    note = forms.CharField(label="请示文号", max_length=200)
    target_on = forms.DateField(label="计划完成日期", widget=forms.DateInput, required=False)


class FoundForm(forms.Form):
    """The organization that was founded."""

    organization = forms.ModelChoiceField(
        label="已有的联合党组织", queryset=PartyOrganization.objects.none(), required=False,
        help_text="加入已有的联合党支部时选择；新成立的留空，在下面填写名称。",
    )  # fmt: skip
    name = forms.CharField(label="新党组织名称", max_length=160, required=False)
    members = forms.IntegerField(label="党员人数", min_value=0, max_value=100_000, required=False)
    founded_on = forms.DateField(
        label="成立日期", widget=forms.DateInput, help_text="从这一天起计入党组织覆盖。"
    )

    def __init__(self, *args, plan: BuildPlan, **kwargs):
        super().__init__(*args, **kwargs)
        if plan.mode == CoverageSpell.Mode.STANDALONE:
            del self.fields["organization"]
            self.fields["name"].help_text = f"不填就叫“中共{plan.unit}支部委员会”。"
        else:
            near = PartyOrganization.objects.under(plan.place_code[:9]).filter(
                dissolved_on=None, is_two_new=True
            )
            self.fields["organization"].queryset = near.order_by("name")

    def clean_members(self) -> int:
        return self.cleaned_data["members"] or 0


class RoundForm(forms.Form):
    """A round that is to be opened."""

    name = forms.CharField(label="名称", max_length=80, help_text="例如“2026年下半年两新组织摸排”。")
    place = forms.ModelChoiceField(label="范围", queryset=Division.objects.none())
    due_on = forms.DateField(label="截止日期", widget=forms.DateInput)

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places_of(actor)


class LineForm(ActionForm):
    """What was found at one unit: few fields, big enough for a phone."""

    is_operating = forms.NullBooleanField(
        label="正常经营", widget=forms.RadioSelect(choices=[("true", "是"), ("false", "否")]),
    )  # fmt: skip
    is_applied = forms.BooleanField(
        label="同时更新单位台账的人数", required=False, initial=True, help_text="不勾选的，只记入本轮摸排。"
    )

    class Meta:
        model = SurveyLine
        fields = ("is_operating", "employees", "members_total", "members_full", "not_built_reason")
        help_texts = {"not_built_reason": "没有党组织的单位填写，例如“正式党员不足3名”。"}


class SheetForm(forms.Form):
    """The exported list, filled in."""

    file = forms.FileField(
        label="填好的表格", allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.et,.csv"}),
        help_text="先在清单页导出，填好后上传；“编号”列不要改，没有填的行不动。",
    )  # fmt: skip
    is_applied = forms.BooleanField(label="同时更新单位台账的人数", required=False)
