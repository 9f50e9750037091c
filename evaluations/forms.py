"""What people type about visits; the rules are in `evaluations.rules` and the actions."""

from django import forms

from accounts.models import User
from core.clock import today
from evaluations.models import MonthlyVisit, VisitAssignment
from evaluations.queries import visitors_under
from evaluations.rules import SUMMARY_LENGTH
from units.models import Unit

CANDIDATES = 300


class VisitRecordForm(forms.Form):
    """登记走访: made for a phone at the unit's door, a minute at most."""

    visited_on = forms.DateField(label="走访日期", widget=forms.DateInput())
    mode = forms.ChoiceField(
        label="方式",
        choices=MonthlyVisit.Mode.choices,
        widget=forms.RadioSelect,
        help_text="电话联系不计入月走访。",
    )
    met = forms.CharField(
        label="见到的人", max_length=100, required=False, help_text="写姓氏和职务即可，例如“张经理”。"
    )
    summary = forms.CharField(
        label="谈了什么",
        max_length=SUMMARY_LENGTH,
        widget=forms.Textarea,
        help_text=f"写要点，最多{SUMMARY_LENGTH}字；没有具体事项就写“无”。不需要照片。",
    )
    promise = forms.CharField(label="答应了什么", max_length=200, required=False)
    promise_due_on = forms.DateField(label="答复期限", required=False, widget=forms.DateInput())


class UnitText(forms.CharField):
    """A unit by its name or credit code, among those the actor sees; the page offers the member units to choose from."""

    def __init__(self, **kwargs):
        super().__init__(label="单位", max_length=120, help_text="输入单位名称或统一社会信用代码。", **kwargs)
        self.units = Unit.objects.none()

    def prepare_value(self, value):
        return value.name if isinstance(value, Unit) else value

    def clean(self, value):
        text = super().clean(value).strip()
        found = list(self.units.filter(name=text)[:2]) or list(
            self.units.filter(credit_code=text.upper())[:2]
        )
        found = found or list(self.units.filter(name__icontains=text)[:2])
        if not found:
            raise forms.ValidationError("在您的辖区内没有找到这个单位，请核对名称。")
        if len(found) > 1:
            raise forms.ValidationError("有几家单位的名称都包含这几个字，请写全称或者信用代码。")
        return found[0]


class VisitorChoiceField(forms.ModelChoiceField):
    """走访人, shown with the place where he or she is staff."""

    def label_from_instance(self, user) -> str:
        places = "、".join(sorted({hat.place.name for hat in user.memberships.all() if hat.place}))
        return f"{user}（{places}）" if places else str(user)


class AssignmentForm(forms.Form):
    """安排走访: which unit, by whom, how often, from when on."""

    unit = UnitText()
    visitor = VisitorChoiceField(label="走访人", queryset=User.objects.none(), empty_label="请选择")
    cadence = forms.ChoiceField(
        label="频次",
        choices=VisitAssignment.Cadence.choices,
        initial=VisitAssignment.Cadence.MONTHLY,
        widget=forms.RadioSelect,
        help_text="每季度一次的安排，只在每季度第一个月生成走访任务。",
    )
    from_on = forms.DateField(
        label="从哪天起",
        widget=forms.DateInput(),
        initial=today,
        help_text="任务按每月第一个工作日的安排生成；本月未办的走访会转给新的走访人。",
    )

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].units = Unit.objects.visible_to(actor).effective()
        self.fields["visitor"].queryset = visitors_under(actor.place_code).prefetch_related(
            "memberships__place"
        )
        self.fields["unit"].widget.attrs.update({"list": "unit-names", "autocomplete": "off"})

    @property
    def unit_names(self) -> list[str]:
        """Names to choose from: the member units the actor sees."""
        members = self.fields["unit"].units.filter(is_member=True).order_by("name_pinyin", "pk")
        return list(members.values_list("name", flat=True)[:CANDIDATES])
