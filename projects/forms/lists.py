"""What people type about needs, resources and bookings; the rules themselves are in the actions."""

import re
import unicodedata
from datetime import time

from django import forms

from core.actor import SYSTEM, Actor
from core.codes import under
from core.roles import STAFF
from projects.actions.bookings import RATINGS
from projects.models import Need, Project, Resource, ResourceWindow
from projects.queries.lists import (
    MOST_CANDIDATES,
    bookable_places,
    hours_of,
    is_open_for,
    joinable_projects,
    need_candidates,
    offering_units,
    spans_text,
)
from units.models import Division
from units.queries.issues import reportable_places
from units.queries.units import root_place

CONSENT = (
    "我知道：所填内容只用于核实和办理这条需求；姓名和电话可以不填，填了的只有所在社区的工作人员看得到；"
    "请不要写他人的姓名、身份证号、病情等个人信息。"
)
# The longest list to choose from: the latest rows.
MOST_CHOICES = 200


def latest(rows):
    """The latest rows to choose from, as a queryset that the choice is looked up in."""
    return rows.model.objects.filter(
        pk__in=list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST_CHOICES])
    ).order_by("-pk")


class ActionForm(forms.ModelForm):
    """A form over a model whose fields the action sets and checks."""

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields."""


# Needs


class NeedForm(ActionForm):
    """A need as somebody with an account enters it."""

    class Meta:
        model = Need
        fields = (
            "title", "description", "place", "domain", "urgency", "beneficiaries", "side", "unit", "source",
            "reporter_name", "reporter_phone",
        )  # fmt: skip
        widgets = {"description": forms.Textarea}
        help_texts = {
            "title": "一句话说清需要什么，例如“2号院老人想学用智能手机”。",
            "description": "谁需要、在哪里、什么时候、需要多少。不要写居民的姓名和电话。",
            "place": "需求所在的社区或网格。",
            "beneficiaries": "说不准可以不填。",
            "unit": "是单位的需求才选；列出本辖区的成员单位。",
            "reporter_name": "提出人不愿留名的可以不填；只有社区看得到。",
            "reporter_phone": "用于回访，只有社区看得到。",
        }

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = reportable_places(actor)
        if actor.role in STAFF:
            self.fields["unit"].queryset = offering_units(actor)
        else:
            for name in ("side", "unit", "source", "reporter_name", "reporter_phone"):
                self.fields.pop(name)


class NeedChangeForm(ActionForm):
    """What may be corrected until a need is verified."""

    class Meta(NeedForm.Meta):
        fields = ("title", "description", "place", "domain", "urgency", "beneficiaries")

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = reportable_places(actor)


class PublicNeedForm(forms.Form):
    """A need as a resident enters it; the last field is a trap that people don't see."""

    place = forms.ModelChoiceField(
        label="在哪个社区", queryset=Division.objects.none(), to_field_name="code", empty_label="请选择"
    )
    title = forms.CharField(
        label="需要什么", max_length=100, help_text="一句话，例如“2号院老人想学用智能手机”。"
    )
    description = forms.CharField(
        label="具体情况",
        max_length=2000,
        required=False,
        widget=forms.Textarea,
        help_text="谁需要、在哪里、什么时候、需要多少。",
    )
    domain = forms.ChoiceField(label="哪一方面", choices=[("", "请选择"), *Project.Domain.choices])
    beneficiaries = forms.IntegerField(
        label="大概多少人需要", min_value=1, max_value=1_000_000, required=False
    )
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
    """The query code of a resident's need."""

    code = forms.CharField(
        label="查询码", max_length=40, help_text="登记时给您的 12 位字母和数字，不分大小写。"
    )


class NeedChoiceField(forms.ModelChoiceField):
    """Needs by number, words and state."""

    def label_from_instance(self, need: Need) -> str:
        return f"{need.title}（{need.number}，{need.get_status_display()}）"


class LinkForm(forms.Form):
    """Which need says the same: one of the likely ones, or any other by its number."""

    duplicate_of = NeedChoiceField(
        label="并入哪一条需求", queryset=None, empty_label=None, widget=forms.RadioSelect, required=False
    )
    number = forms.CharField(
        label="或者填编号",
        max_length=40,
        required=False,
        help_text="上面没有的，填它的编号，例如 XQ-2026-玉林-0012。",
    )
    note = forms.CharField(label="说明", max_length=300, required=False)

    def __init__(self, *args, need: Need, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.visible = Need.objects.visible_to(actor)
        near = need_candidates(need).filter(pk__in=self.visible.values("pk"))
        nearest = list(near.values_list("pk", flat=True)[:MOST_CANDIDATES])
        self.fields["duplicate_of"].queryset = need_candidates(need).filter(pk__in=nearest)
        if not nearest:
            self.fields.pop("duplicate_of")
            self.fields["number"].label = "并入哪一条需求（编号）"

    def clean(self):
        cleaned = super().clean()
        number = cleaned.pop("number", "").strip()
        if number:
            cleaned["duplicate_of"] = self.visible.filter(number=number).first()
            if cleaned["duplicate_of"] is None:
                self.add_error("number", "没有这个编号的需求，或者它不在您的范围内。")
        elif not cleaned.get("duplicate_of"):
            self.add_error("number", "请选择并入哪一条需求。")
        return cleaned


class JoinForm(forms.Form):
    """The project that is there already into which a need goes."""

    project = forms.ModelChoiceField(label="已有的项目", queryset=None)
    note = forms.CharField(label="说明", max_length=300, required=False)

    def __init__(self, *args, need: Need, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = latest(joinable_projects(need, actor))


# Resources


class ResourceForm(ActionForm):
    """What a unit can give; staff also say which unit."""

    class Meta:
        model = Resource
        fields = (
            "unit", "title", "kind", "domain", "description", "quantity", "conditions", "contact", "scope", "is_exclusive",
            "valid_to",
        )  # fmt: skip
        widgets = {"description": forms.Textarea, "valid_to": forms.DateInput}
        help_texts = {
            "unit": "列出本辖区的成员单位。",
            "title": "一句话说清能提供什么，例如“多功能会议室”“健康讲座”。",
            "quantity": "例如“可坐 60 人”“每月 2 场”“折叠椅 30 把”。",
            "conditions": "例如“提前三天预约，使用后打扫干净”。",
            "contact": "与谁联系，不填手机号。",
            "is_exclusive": "场地、设备一般要勾；讲师、岗位等可以同时供几家的不勾。",
            "valid_to": "长期有效的不填。",
        }

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        if actor.role in STAFF:
            self.fields["unit"].queryset = offering_units(actor)
        else:
            del self.fields["unit"]


class ResourceChangeForm(ActionForm):
    """What may be changed later; the unit stays."""

    class Meta(ResourceForm.Meta):
        fields = ResourceForm.Meta.fields[1:]


SPAN = re.compile(r"(\d{1,2})(?:[:点时](\d{1,2})?分?)?\s*[-~至到]+\s*(\d{1,2})(?:[:点时](\d{1,2})?分?)?")
DASHES = str.maketrans(
    dict.fromkeys("—–－−～〜", "-") | {"：": ":", "，": ",", "、": ",", "；": ",", ";": ","}
)
SPAN_HELP = "请写成 9:00-12:00 的样子，两段之间用逗号隔开。"


def read_spans(text: str) -> list[tuple[time, time]]:
    """``9:00-12:00，14:00—17:00`` as people type it; raises `forms.ValidationError` for anything else."""
    plain = unicodedata.normalize("NFKC", text.translate(DASHES)).translate(DASHES)
    return [read_span(part) for part in re.split(r"[,\n]+", plain) if part.strip()]


def read_span(text: str) -> tuple[time, time]:
    match = SPAN.fullmatch(text.strip())
    if not match:
        raise forms.ValidationError(SPAN_HELP)
    first_hour, first_minute, last_hour, last_minute = (int(part or 0) for part in match.groups())
    # A clerk's 24:00 is the last minute of the day.
    if (last_hour, last_minute) == (24, 0):
        last_hour, last_minute = 23, 59
    try:
        return time(first_hour, first_minute), time(last_hour, last_minute)
    except ValueError as error:
        raise forms.ValidationError(SPAN_HELP) from error


class HoursForm(forms.Form):
    """The weekly opening hours: a line per day, empty where it is closed; all empty means by arrangement."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for day, label in ResourceWindow.Weekday.choices:
            self.fields[f"day_{day}"] = forms.CharField(label=label, max_length=120, required=False)

    def clean(self):
        cleaned = super().clean()
        windows = []
        for day in ResourceWindow.Weekday.values:
            try:
                windows += [(day, *span) for span in read_spans(cleaned.get(f"day_{day}", ""))]
            except forms.ValidationError as error:
                self.add_error(f"day_{day}", error)
        return {"windows": windows}

    @staticmethod
    def initial_of(resource: Resource) -> dict[str, str]:
        """The present hours as the form spells them."""
        hours = hours_of(resource.windows.all())
        return {
            f"day_{day}": spans_text(spans).replace("—", "-").replace("、", "，")
            for day, spans in hours.items()
        }


# Bookings


class MomentInput(forms.DateTimeInput):
    """Day and time with the browser's own picker."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class BookingForm(forms.Form):
    """When and what for; the place is asked only where there are several."""

    place = forms.ModelChoiceField(label="申请方", queryset=None, empty_label=None)
    starts_at = forms.DateTimeField(
        label="从", widget=MomentInput, error_messages={"invalid": "请写成 2026-11-25 09:00 的样子。"}
    )
    ends_at = forms.DateTimeField(
        label="到", widget=MomentInput, error_messages={"invalid": "请写成 2026-11-25 11:00 的样子。"}
    )
    purpose = forms.CharField(label="用来做什么", max_length=200, help_text="例如“重阳节健康讲座”。")
    headcount = forms.IntegerField(label="参加人数", min_value=1, max_value=100_000, required=False)
    need = forms.ModelChoiceField(label="用于需求", queryset=None, required=False)
    project = forms.ModelChoiceField(label="用于项目", queryset=None, required=False)

    def __init__(self, *args, resource: Resource, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        places = bookable_places(actor)
        reachable = [place.pk for place in places if is_open_for(resource, place.code)]
        self.fields["place"].queryset = places.filter(pk__in=reachable) if reachable else places
        here = under(actor.place_code)
        needs = Need.objects.filter(here, status__in=[Need.Status.VERIFIED, Need.Status.CONVERTED])
        self.fields["need"].queryset = latest(needs)
        working = Project.objects.visible_to(actor).filter(
            here, status__in=("open", *Project.WORKING_STATUSES)
        )
        self.fields["project"].queryset = latest(working)


class FeedbackForm(forms.Form):
    """What the place thinks of it."""

    rating = forms.TypedChoiceField(
        label="评价", choices=list(RATINGS.items()), coerce=int, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label="使用情况",
        max_length=500,
        required=False,
        widget=forms.Textarea,
        help_text="可以不填；不满意的请写明哪里不满意。",
    )
