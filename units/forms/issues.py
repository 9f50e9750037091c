"""What people type about issues and joint activities; the rules themselves are in the actions."""

from django import forms

from core.actor import SYSTEM, Actor
from core.codes import under
from core.roles import STAFF, UNIT_SIDE
from units.forms.units import ActionForm
from units.models import Division, Issue, JointActivity, Unit
from units.queries.issues import COMMUNITY_LENGTH, duplicate_candidates, reportable_places, undertakers
from units.queries.units import root_place

MOST_CHOICES = 50
CONSENT = (
    "我知道：所填内容只用于办理这个问题；姓名和电话可以不填，填了的只有所在社区的工作人员看得到；"
    "请不要写他人的姓名、身份证号、病情等个人信息。"
)


class IssueForm(ActionForm):
    """An issue as somebody with an account enters it."""

    class Meta:
        model = Issue
        fields = ("title", "text", "category", "place", "source", "reporter_name", "reporter_phone")
        widgets = {"text": forms.Textarea}
        help_texts = {
            "title": "一句话说清是什么问题，例如“2号院西门路灯不亮”。",
            "text": "在哪里、什么时候、怎么样。不要写居民的姓名和电话。",
            "place": "问题发生的社区或网格。",
            "reporter_name": "反映人不愿留名的可以不填；只有社区看得到。",
            "reporter_phone": "用于回访，只有社区看得到。",
        }

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = reportable_places(actor)
        if actor.role not in STAFF:
            for name in ("source", "reporter_name", "reporter_phone"):
                del self.fields[name]
        else:
            self.fields["reporter_name"].required = self.fields["reporter_phone"].required = False


class PublicIssueForm(forms.Form):
    """An issue as a resident enters it; the last field is a trap that people don't see."""

    place = forms.ModelChoiceField(
        label="在哪个社区", queryset=Division.objects.none(), to_field_name="code", empty_label="请选择"
    )
    title = forms.CharField(label="什么问题", max_length=100, help_text="一句话，例如“2号院西门路灯不亮”。")
    text = forms.CharField(
        label="具体情况", max_length=2000, widget=forms.Textarea, help_text="在哪里、什么时候、怎么样。"
    )
    category = forms.ChoiceField(label="类别", choices=[("", "请选择"), *Issue.Category.choices])
    reporter_name = forms.CharField(label="您的称呼", max_length=40, required=False)
    reporter_phone = forms.CharField(
        label="联系电话", max_length=20, required=False, help_text="填了便于社区向您回话。"
    )
    consent = forms.BooleanField(label=CONSENT, error_messages={"required": "请先阅读并勾选这段说明。"})
    website = forms.CharField(label="网址（请留空）", max_length=200, required=False)

    def __init__(self, *args, place: Division | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        places = reportable_places(SYSTEM)
        inside = under(place.code, "code") if place else under(root_place().code, "code")
        self.fields["place"].queryset = (
            places.filter(inside) if place else places.filter(level=Division.Level.COMMUNITY)
        )

    @property
    def is_trapped(self) -> bool:
        """Whether a program filled in what people don't see."""
        return bool(self.data.get("website"))


class CodeForm(forms.Form):
    """The query code of a reported issue."""

    code = forms.CharField(
        label="查询码", max_length=40, help_text="登记时给您的 10 位字母和数字，不分大小写。"
    )


class RateForm(forms.Form):
    """What the reporter thinks of it."""

    satisfaction = forms.ChoiceField(
        label="评议", choices=Issue.Satisfaction.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label="意见",
        max_length=500,
        required=False,
        widget=forms.Textarea,
        help_text="可以不填；不满意的请写明哪里没有解决。",
    )


class RecordRatingForm(RateForm):
    """What the reporter said when a colleague called back."""

    way = forms.ChoiceField(label="怎样回访", choices=Issue.RatedWay.choices[1:], widget=forms.RadioSelect)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        note = self.fields["note"]
        note.label, note.required, note.help_text = (
            "反映人的原话",
            True,
            "照实记下；办理这个问题的人不能登记。",
        )


class PublicRateForm(RateForm):
    """The same on the public page, where who is dissatisfied may have it handled again."""

    reopen = forms.BooleanField(label="不满意，请重新办理（一个问题最多一次）", required=False)


class AssignForm(forms.Form):
    """To whom an issue is handed."""

    unit = forms.ModelChoiceField(
        label="承办单位", queryset=None, required=False, empty_label="由本级工作人员办理",
        help_text="列出联席会成员单位；不选就由本级办理。",
    )  # fmt: skip
    note = forms.CharField(label="交办要求", max_length=500, required=False, widget=forms.Textarea)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = undertakers()


class DuplicateForm(forms.Form):
    """Which issue says the same."""

    duplicate_of = forms.ModelChoiceField(
        label="并入哪个问题", queryset=None, empty_label=None, widget=forms.RadioSelect
    )
    note = forms.CharField(label="说明", max_length=300, required=False)

    def __init__(self, *args, issue: Issue, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        visible = Issue.objects.visible_to(actor).values("pk")
        nearest = list(
            duplicate_candidates(issue).filter(pk__in=visible).values_list("pk", flat=True)[:MOST_CHOICES]
        )
        self.fields["duplicate_of"].queryset = duplicate_candidates(issue).filter(pk__in=nearest)


class ActivityForm(ActionForm):
    """A joint activity as it is planned."""

    class Meta:
        model = JointActivity
        fields = ("title", "place", "held_on", "venue", "summary", "units")
        widgets = {
            "held_on": forms.DateInput,
            "summary": forms.Textarea,
            "units": forms.CheckboxSelectMultiple,
        }
        help_texts = {"summary": "打算做什么、为谁做。", "units": "一起开展的成员单位。"}

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        if actor.role in UNIT_SIDE and actor.unit_id:
            self.offer_to_unit(Unit.objects.get(pk=actor.unit_id))
            return
        levels = (Division.Level.DISTRICT, Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
        own = Division.objects.filter(under(actor.place_code, "code"), level__in=levels)
        self.fields["place"].queryset = own.filter(administered_by=root_place().administered_by).order_by(
            "code"
        )
        self.fields["units"].queryset = undertakers()

    def offer_to_unit(self, unit: Unit) -> None:
        """A unit's people plan in the community where it is; their own unit takes part anyway."""
        places = Division.objects.filter(code=unit.place_code[:COMMUNITY_LENGTH])
        self.fields["place"].queryset, self.fields["place"].empty_label = places, None
        self.fields["units"].queryset = undertakers().exclude(pk=unit.pk)
        self.fields["units"].help_text = "和本单位一起开展的成员单位；本单位自动算参加，不用选。"


class HoldForm(forms.Form):
    """What came of an activity."""

    held_on = forms.DateField(label="开展日期", widget=forms.DateInput)
    participants = forms.IntegerField(label="参加人数", min_value=0, max_value=20_000)
    note = forms.CharField(
        label="开展情况", max_length=1000, widget=forms.Textarea, help_text="做了什么、有什么结果，写实即可。"
    )
