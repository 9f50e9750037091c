"""What people type about changes, further premises and duplicates; the rules are in the actions."""

from django import forms

from core.clock import today
from units.actions.register import CHANGEABLE
from units.forms import ActionForm
from units.models import Division, Unit
from units.queries import root_place
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
