"""What people type while a project is carried out, accepted, or looked after; the rules themselves are in the actions."""

from django import forms

from core.actor import Actor
from core.codes import under
from projects.forms.milestones import MilestonesField
from projects.forms.project import neighbours
from projects.models import Acceptance, Project
from projects.queries.project import sheet_rows
from units.models import Unit


class MilestonesForm(forms.Form):
    """The steps that are not done yet."""

    milestones = MilestonesField(
        label="里程碑", required=False, help_text="已经完成的不用再列。一行一个，空着的不算。"
    )


class ProgressForm(forms.Form):
    """One sentence on how it goes."""

    text = forms.CharField(
        label="进展", max_length=300, widget=forms.Textarea, help_text="一两句话就行，最多 300 字，不用照片。"
    )


class FinishForm(forms.Form):
    """A milestone is done."""

    note = forms.CharField(
        label="完成情况", max_length=300, required=False, widget=forms.Textarea, help_text="可以不填。"
    )


class ExtensionForm(forms.Form):
    """Until when, and why."""

    wanted_end_on = forms.DateField(label="申请延到", widget=forms.DateInput)
    reason = forms.CharField(label="原因", max_length=300, widget=forms.Textarea)


class HandInForm(forms.Form):
    """What was done; the targets are filled in by the portal."""

    statement = forms.CharField(
        label="完成情况", max_length=1000, widget=forms.Textarea, help_text="做了什么、效果怎样，写实即可。"
    )
    early_reason = forms.CharField(
        label="提前完成的原因",
        max_length=300,
        required=False,
        widget=forms.Textarea,
        help_text="长期项目还没有到结束日期，请写明为什么现在就验收。",
    )

    def __init__(self, *args, is_early: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not is_early:
            del self.fields["early_reason"]


class DecideForm(forms.Form):
    """What the owner finds of each target, and in words."""

    met = forms.TypedMultipleChoiceField(
        label="达到的目标", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label="验收意见",
        max_length=1000,
        required=False,
        widget=forms.Textarea,
        help_text="有目标没有达到，或者还有活动待核实的，请写明问题和理由。",
    )

    def __init__(self, *args, acceptance: Acceptance | None, **kwargs):
        super().__init__(*args, **kwargs)
        rows = sheet_rows(acceptance) if acceptance else []
        promised = [row for row in rows if row.pk and row.is_met is not None]
        if promised:
            self.fields["met"].choices = [(row.pk, f"{row.target}（{row.words}）") for row in promised]
            self.initial["met"] = [row.pk for row in promised if row.is_met]
        else:
            del self.fields["met"]


class RectifyForm(DecideForm):
    """What is to be put right, until when."""

    rectify_due_on = forms.DateField(label="整改期限", widget=forms.DateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].label = "整改要求"
        self.fields["note"].help_text = ""
        self.fields["note"].required = True


class FailForm(DecideForm):
    """Why it is not accepted."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].label = "不通过的原因"
        self.fields["note"].help_text = ""
        self.fields["note"].required = True


class YearForm(forms.Form):
    """A year summed up."""

    summary = forms.CharField(
        label="年度小结",
        max_length=300,
        widget=forms.Textarea,
        help_text="这一年做了什么、有什么变化，最多 300 字。",
    )


# Nobody claimed it


class InviteForm(forms.Form):
    """Whom to ask, and why."""

    unit = forms.ModelChoiceField(label="请哪个单位", queryset=Unit.objects.none(), empty_label="请选择")
    reason = forms.CharField(
        label="为什么请这个单位",
        max_length=300,
        widget=forms.Textarea,
        help_text="单位联络员会看到这段话。",
    )
    due_on = forms.DateField(label="请在此日前答复", widget=forms.DateInput)

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        members = Unit.objects.effective().filter(
            is_member=True, operating_status=Unit.OperatingStatus.OPERATING
        )
        self.fields["unit"].queryset = members.filter(under(actor.place_code[:6])).order_by("name_pinyin")


class AnswerForm(forms.Form):
    """A unit that agrees; everything may be left as it stands."""

    contact = forms.CharField(label="联系人", max_length=40, required=False, help_text="社区和街道与谁联系。")
    plan = forms.CharField(label="打算怎么做", max_length=1000, required=False, widget=forms.Textarea)
    headcount = forms.IntegerField(label="投入人数", min_value=1, max_value=100_000, required=False)


class ReshapeForm(forms.ModelForm):
    """A project made shorter or smaller, and open for claims again."""

    note = forms.CharField(label="调整的理由", max_length=300, widget=forms.Textarea)

    class Meta:
        model = Project
        fields = [
            "end_on",
            "claim_mode",
            "lead_places",
            "more_places",
            "volunteers_needed",
            "expected_person_times",
            "claim_due_on",
        ]
        widgets = {
            "end_on": forms.DateInput,
            "claim_due_on": forms.DateInput,
            "more_places": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "end_on": "改短：提前结束。",
            "claim_mode": "拆小：改成“多家并行”，每家做一部分。",
            "lead_places": "只有“多家并行”才填 1 以上的数。",
            "claim_due_on": "从今天起至少 10 个工作日。",
        }
        labels = {"claim_due_on": "新的认领截止日"}

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["more_places"].queryset = neighbours(actor)

    def clean_more_places(self):
        return list(self.cleaned_data["more_places"])

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields."""
