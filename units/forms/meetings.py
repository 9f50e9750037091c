"""What people type about sessions, resolutions and proposals; the rules themselves are in the actions."""

from django import forms
from django.db.models import Case, Q, Value, When

from core.actor import Actor
from core.clock import today
from core.codes import under
from units.forms.units import ActionForm
from units.models import (
    AgendaItem,
    BodyMember,
    Division,
    Meeting,
    RegionalBody,
    RepresentativeProposal,
    Resolution,
    Unit,
)
from units.models.meetings import CONVENERS, ROLLS
from units.queries.agenda import adopted_items, leading_units, open_proposals

LEADING_LEVELS = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)


class MomentInput(forms.DateTimeInput):
    """A day and a time, with the browser's own calendar."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


def member_units(bodies):
    """The units that are today members of these joint meetings, or of that at the place of another body."""
    members = BodyMember.objects.filter(
        body__kind=RegionalBody.Kind.JOINT_MEETING, body__place_code__in=bodies.values("place_code")
    ).effective(today())
    return Unit.objects.filter(pk__in=members.values("unit_id")).order_by("name_pinyin")


def convened_bodies(actor: Actor):
    """The bodies the actor may convene: the own place's first, of a place the joint meeting first."""
    rows = RegionalBody.objects.running().filter(under(actor.place_code), kind__in=ROLLS)
    is_joint = When(kind=RegionalBody.Kind.JOINT_MEETING, then=Value(0))
    return rows.order_by("place_code", Case(is_joint, default=Value(1)), "kind", "pk")


class MeetingForm(ActionForm):
    """Time, place and title of a session."""

    class Meta:
        model = Meeting
        fields = (
            "title",
            "kind",
            "held_at",
            "venue",
            "chair",
            "observers",
            "host_unit",
            "items_due_on",
            "emergency_reason",
        )
        widgets = {"held_at": MomentInput, "items_due_on": forms.DateInput}
        help_texts = {
            "title": "不填就按“某联席会某年第几次会议”。",
            "held_at": "可以先不填；发通知时要提前 3 个工作日，发出以后改日期也一样。",
            "observers": "列席的单位或人员，用顿号隔开，写进通知和纪要。",
            "emergency_reason": "确实来不及提前 3 个工作日的，写明理由，理由印在通知上；平时不填。",
            "items_due_on": "不填就从开始征集起留 5 个工作日。",
            "host_unit": "轮值或承办的成员单位，没有就不填。",
        }

    def __init__(self, *args, bodies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["host_unit"].queryset = member_units(bodies)
        self.fields["title"].required = False


class NewMeetingForm(MeetingForm):
    """A session that is convened."""

    body = forms.ModelChoiceField(RegionalBody.objects.none(), label="召开的组织", empty_label=None)
    field_order = (
        "body",
        "kind",
        "held_at",
        "venue",
        "chair",
        "observers",
        "items_due_on",
        "host_unit",
        "title",
        "emergency_reason",
    )

    def __init__(self, *args, actor: Actor, **kwargs):
        bodies = convened_bodies(actor)
        super().__init__(*args, bodies=bodies.order_by(), **kwargs)
        self.fields["body"].queryset = bodies


class ItemForm(forms.Form):
    """A matter for the agenda."""

    title = forms.CharField(label="议题", max_length=100, help_text="一句话说清要商量什么。")
    background = forms.CharField(label="背景和建议", max_length=2000, required=False, widget=forms.Textarea)


class NewItemForm(ItemForm):
    """A matter for the agenda; of the convening side it may be a report, or a proposal to this assembly."""

    kind = forms.ChoiceField(label="类型", choices=AgendaItem.Kind.choices, required=False)
    proposal = forms.ModelChoiceField(
        RepresentativeProposal.objects.none(), label="列入的代表提案", required=False
    )
    field_order = ("kind", "proposal", "title", "background")

    def __init__(self, *args, meeting: Meeting, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        is_convener = actor.role in CONVENERS and not actor.unit_id
        if is_convener and meeting.roll == "representative":
            self.fields["proposal"].queryset = open_proposals(meeting)
        else:
            del self.fields["proposal"]
            self.fields["kind"].choices = AgendaItem.Kind.choices[:2]
        if not is_convener:
            del self.fields["kind"]

    def clean(self):
        cleaned = super().clean()
        if "kind" in self.fields:
            cleaned["kind"] = cleaned.get("kind") or AgendaItem.Kind.MATTER
        return cleaned


class DeliberationForm(forms.Form):
    """What a session thought of an item, and how it voted where it did."""

    note = forms.CharField(label="审议意见", max_length=2000, widget=forms.Textarea)
    ayes = forms.IntegerField(
        label="赞成", min_value=0, max_value=32767, required=False, help_text="表决的填票数，没有表决不填。"
    )
    noes = forms.IntegerField(label="反对", min_value=0, max_value=32767, required=False)
    abstentions = forms.IntegerField(label="弃权", min_value=0, max_value=32767, required=False)


class SigningForm(forms.Form):
    """Signing off the minutes as they were read."""

    read_version = forms.IntegerField(widget=forms.HiddenInput)


class CadenceForm(forms.Form):
    """How often a body sits."""

    cadence_months = forms.TypedChoiceField(
        label="会议周期",
        choices=[("", "按层级的默认周期"), *((n, f"每 {n} 个月一次") for n in (1, 2, 3, 4, 6, 12))],
        coerce=int,
        empty_value=None,
        required=False,
        help_text="联席会默认区半年（联络员会季度）、街道季度、社区双月；代表会议和区域党委默认每年至少一次。",
    )


class MinutesForm(forms.Form):
    """The minutes as their recorder hands them in."""

    minutes = forms.CharField(
        label="会议纪要",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="写会议认为、会议指出、会议决定。时间地点、到会情况和议定事项表由系统排入，不用再写。",
    )
    no_resolutions = forms.BooleanField(
        label="本次会议没有议定事项", required=False, help_text="勾选后在纪要末尾写明“议定事项：无”。"
    )


class ResolutionForm(ActionForm):
    """What was decided: one lead, who helps, until when."""

    class Meta:
        model = Resolution
        fields = ("item", "category", "text", "lead_unit", "lead_place", "co_units", "due_on")
        widgets = {"due_on": forms.DateInput, "co_units": forms.CheckboxSelectMultiple}
        help_texts = {
            "text": "做什么、做到什么程度，办结时对照着看。",
            "lead_unit": "牵头单位和牵头的街道、社区只选一个。",
            "item": "由哪一件议题议定，可以不选。",
            "due_on": "最迟在会议后两年内。",
        }

    def __init__(self, *args, meeting: Meeting, **kwargs):
        super().__init__(*args, **kwargs)
        units = leading_units(meeting)
        self.fields["lead_unit"].queryset = self.fields["co_units"].queryset = units
        self.fields["item"].queryset = adopted_items(meeting)
        self.fields["lead_place"].queryset = Division.objects.filter(
            Q(level__in=LEADING_LEVELS),
            under(meeting.place_code, "code"),
            administered_by=meeting.body.place.administered_by,
        ).order_by("code")


class ExtensionForm(forms.Form):
    """Until when the lead wants to go on, and why."""

    wanted_due_on = forms.DateField(label="申请延至", widget=forms.DateInput)
    note = forms.CharField(label="延期的理由", max_length=2000, widget=forms.Textarea)


class ProposalForm(ActionForm):
    """A representative's proposal."""

    class Meta:
        model = RepresentativeProposal
        fields = ("body", "title", "text", "co_signers")
        help_texts = {"text": "写明情况和建议。", "co_signers": "一同提出的代表，用顿号隔开。"}

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        above = [actor.place_code[:length] for length in range(2, len(actor.place_code) + 1)]
        self.fields["body"].queryset = (
            RegionalBody.objects.running()
            .filter(kind=RegionalBody.Kind.ASSEMBLY, place_code__in=above)
            .order_by("-place_code")
        )
        self.fields["body"].empty_label = None


class AssignForm(forms.Form):
    """Who answers a proposal."""

    handler = forms.ModelChoiceField(Division.objects.none(), label="承办的街道或社区", empty_label=None)
    note = forms.CharField(label="交办意见", max_length=2000, required=False, widget=forms.Textarea)

    def __init__(self, *args, proposal: RepresentativeProposal, **kwargs):
        super().__init__(*args, **kwargs)
        place = proposal.body.place
        levels = (*LEADING_LEVELS, place.level)
        self.fields["handler"].queryset = Division.objects.filter(
            under(place.code, "code"), level__in=levels, administered_by=place.administered_by
        ).order_by("code")


class AdviseForm(AssignForm):
    """To whom a proposal is handed as a suggestion, and why it is none."""

    note = forms.CharField(label="转为建议的理由", max_length=2000, widget=forms.Textarea)


class RateForm(forms.Form):
    """Whether the answer satisfies its proposer."""

    rating = forms.ChoiceField(
        label="对答复的评价", choices=RepresentativeProposal.Rating.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label="意见",
        max_length=2000,
        required=False,
        widget=forms.Textarea,
        help_text="第一次答复不满意的，请写明哪里不满意：承办单位在 30 个工作日内重新办理。",
    )
