"""What people type about sessions; the rules themselves are in the actions."""

from django import forms
from django.db.models import QuerySet

from projects.models import ProjectClaim, Session, SessionEvaluation
from projects.models.sessions import EVIDENCE_ABOVE
from projects.queries.sessions import places_of
from units.models import Division

FOLDED = (
    "place",
    "starts_at",
    "ends_at",
    "venue",
    "people",
    "volunteers",
    "volunteer_hours",
    "evidence_note",
)
PAD = {"inputmode": "numeric", "pattern": "[0-9]*"}


class ClaimChoice(forms.ModelChoiceField):
    """A claim as its project and place, with its unit where several units' are offered."""

    names_units = False

    def label_from_instance(self, claim: ProjectClaim) -> str:
        unit = f" · {claim.unit}" if self.names_units else ""
        return f"{claim.project} · {claim.project.place.name}{unit}"


class PlaceChoice(forms.ModelChoiceField):
    """A place with the names above it."""

    def label_from_instance(self, place: Division) -> str:
        return place.path_name


class SessionCorrection(forms.ModelForm):
    """The figures of a session; what stands below the summary may all be left out."""

    place = PlaceChoice(label="活动所在地", queryset=Division.objects.none(), empty_label=None)

    class Meta:
        model = Session
        fields = (
            "held_on", "place", "person_times", "summary", "evidence", "starts_at", "ends_at", "venue", "people",
            "volunteers", "volunteer_hours", "evidence_note",
        )  # fmt: skip
        widgets = {
            "held_on": forms.DateInput,
            "summary": forms.Textarea(attrs={"maxlength": 300}),
            "person_times": forms.NumberInput(attrs=PAD),
            "people": forms.NumberInput(attrs=PAD),
            "volunteers": forms.NumberInput(attrs=PAD),
            "volunteer_hours": forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.5", "min": "0"}),
            "starts_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "ends_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "person_times": "这一场服务了多少人次；同一人来两场计 2 人次，路过的不算。",
            "summary": "一两句话写实即可，例如“修好小家电 32 件”。不用拍照。",
            "evidence": f"一场或同一天合计超过 {EVIDENCE_ABOVE} 人次才要选一种，原件自己留存，不用上传。",
            "starts_at": "同一天有几场时，各场都要写明起止时间，不能重叠；没写结束时间的按两小时算。",
            "people": "去掉重复的人；不清楚可以不填。",
            "volunteer_hours": "各位志愿者的时长之和，以半小时为单位；不超过人数 × 起止时间。",
        }

    def __init__(self, *args, projects, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places_of(projects)
        # Where one project is carried out at several places, which of them is asked first.
        self.asks_place = len(projects) == 1 and self.fields["place"].queryset.count() > 1
        for name in ("volunteers", "volunteer_hours"):
            self.fields[name].required = False

    @property
    def has_errors_below(self) -> bool:
        """Whether something is wrong in the box that is folded."""
        return any(name in self.errors for name in FOLDED)

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields."""


class SessionForm(SessionCorrection):
    """A session as a liaison enters it on the phone: which project, when, how many, what."""

    claim = ClaimChoice(label="项目", queryset=ProjectClaim.objects.none(), empty_label="请选择")
    field_order = ("claim", "held_on")

    def __init__(self, *args, claims, grid=None, **kwargs):
        super().__init__(*args, **kwargs)
        offer_claims(self, claims)
        if grid is not None:
            # A grid worker enters what was done in the own community, whatever places the project has.
            self.fields["claim"].names_units = True
            self.fields["place"].queryset = grid


class AnnouncementCorrection(forms.ModelForm):
    """When and where an announced session will be, and what is done there."""

    place = PlaceChoice(label="活动所在地", queryset=Division.objects.none(), empty_label=None)

    class Meta:
        model = Session
        fields = ("held_on", "starts_at", "ends_at", "place", "venue", "summary")
        labels = {"summary": "做什么"}
        widgets = {
            "held_on": forms.DateInput,
            "summary": forms.Textarea(attrs={"maxlength": 300}),
            "starts_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "ends_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "venue": "到哪里找得到，例如“3 栋架空层”。",
            "summary": "一两句话写给居民看，例如“免费检修小家电，请带上说明书”。",
        }

    def __init__(self, *args, projects, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places_of(projects)
        self.fields["starts_at"].required = True

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields."""


class AnnouncementForm(AnnouncementCorrection):
    """An announcement as a liaison enters it."""

    claim = ClaimChoice(label="项目", queryset=ProjectClaim.objects.none(), empty_label="请选择")
    field_order = ("claim",)

    def __init__(self, *args, claims, **kwargs):
        super().__init__(*args, **kwargs)
        offer_claims(self, claims)


def offer_claims(form: forms.ModelForm, claims: QuerySet[ProjectClaim]) -> None:
    """The claims to choose from; without a place it is the project's own."""
    form.fields["claim"].queryset = claims
    form.fields["place"].empty_label = "项目实施地"
    form.fields["place"].required = False


class EvaluationForm(forms.Form):
    """Three buttons and a sentence."""

    option = forms.ChoiceField(
        choices=SessionEvaluation.Option.choices,
        error_messages={"required": "请选择满意、基本满意或不满意。"},
    )
    comment = forms.CharField(
        label="还想说什么",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"maxlength": 200}),
        help_text="可以不填。请不要写姓名、电话等个人信息。",
    )
