"""What people type about changes, further premises and duplicates; the rules are in the actions."""

from django import forms

from core.clock import today
from units.actions.register import CHANGEABLE
from units.forms.units import ActionForm
from units.merging import SIDES
from units.models import Division, Unit
from units.queries.units import root_place
from units.rules import REGISTERED_AT


class ChangeRequestForm(ActionForm):
    """The entry of a unit as its own people want it to be."""

    counts = ("members_not_transferred",)
    reason = forms.CharField(
        label="变更原因",
        max_length=300,
        widget=forms.Textarea,
        help_text="例如“2026年10月更名”“办公地址迁至…”。",
    )

    class Meta:
        model = Unit
        fields = CHANGEABLE
        help_texts = {
            "name": "营业执照或登记证书上的全称。",
            "members_total": "在本单位工作的党员总数，只填人数。",
            "contact": "日常联系的人，不填电话。",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = Division.objects.filter(
            level=Division.Level.COMMUNITY, administered_by=root_place().administered_by
        ).order_by("code")

    def clean_credit_code(self):
        return self.cleaned_data["credit_code"] or None


class ApproveChangeForm(forms.Form):
    """Agree with what a unit asked for; the version of the unit that was looked at goes along."""

    unit_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    note = forms.CharField(label="说明", max_length=300, required=False, widget=forms.Textarea)


class PremisesForm(forms.Form):
    """Where else a unit works."""

    place = forms.ModelChoiceField(label="所在社区", queryset=Division.objects.none())
    address = forms.CharField(label="地址", max_length=200, required=False)
    employees = forms.IntegerField(label="从业人数", min_value=0, max_value=1_000_000, initial=0)
    from_on = forms.DateField(label="起始日期", widget=forms.DateInput, initial=today)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        root = root_place()
        self.fields["place"].queryset = Division.objects.filter(
            level__in=REGISTERED_AT, administered_by=root.administered_by
        ).order_by("code")


class PremisesEndForm(forms.Form):
    """Since when a unit works there no longer."""

    on = forms.DateField(label="结束日期", widget=forms.DateInput, initial=today)


class MergePickForm(forms.Form):
    """Which unit stays."""

    into = forms.CharField(
        label="保留的单位", max_length=120, help_text="填写保留单位的全称、统一社会信用代码或单位编号。"
    )

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, **kwargs)
        self.units = units

    def clean_into(self) -> Unit:
        text = self.cleaned_data["into"].strip()
        found = self.units.filter(credit_code=text.upper()) | self.units.filter(name=text)
        if text.isascii() and text.isdigit() and len(text) < 10:
            found |= self.units.filter(pk=int(text))
        rows = list(found.order_by("pk")[:2])
        if not rows:
            raise forms.ValidationError("没有找到这个单位，请核对全称或信用代码。")
        if len(rows) > 1:
            raise forms.ValidationError("有几个单位叫这个名称，请填统一社会信用代码或单位编号。")
        return rows[0]


class MergeForm(forms.Form):
    """Since when, why, and where the open work of both goes."""

    on = forms.DateField(label="并入日期", widget=forms.DateInput, initial=today)
    reason = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea,
        help_text="例如“同一信用代码登记了两次”“更名前后各登记一次”。",
    )

    def __init__(self, *args, questions, **kwargs):
        super().__init__(*args, **kwargs)
        for kind in questions:
            self.fields[kind.name] = forms.ChoiceField(
                label=f"{kind.label}的去向", choices=list(SIDES.items()), widget=forms.RadioSelect,
                help_text="两个单位都有正在进行的，只能继续一个；另一个在并入日期结束，留在原登记里。",
            )  # fmt: skip
