"""What people type about projects and claims; the rules themselves are in the actions."""

from django import forms

from core.actor import Actor
from core.codes import under
from projects.actions.project import PROPOSERS, proposal_places
from projects.forms.milestones import MilestonesField
from projects.models import Project, ProjectClaim
from projects.queries.project import codes_above
from units.models import Division

PLACED_AT = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)


def neighbours(actor: Actor):
    """The communities of the subdistrict(s) the actor works in: a project may cover several."""
    above = Division.objects.filter(
        level=Division.Level.SUBDISTRICT, code__in=codes_above(actor.place_code)
    ).first()
    inside = above.code if above else actor.place_code
    return Division.objects.filter(under(inside, "code"), level=Division.Level.COMMUNITY).order_by("code")


class ProjectForm(forms.ModelForm):
    """A project as a clerk drafts it, or as a unit proposes it (without what the community decides)."""

    # What may be left as it is, folded on the page; the rest is in the order of `Meta.fields`.
    FOLDED = (
        "is_regular", "more_places", "origin", "target_group", "claim_mode", "lead_places", "budget_source",
        "safety_note", "milestones",
    )  # fmt: skip
    NOT_PROPOSED = ("origin", "more_places")
    # What stands filled in already for a unit that proposes, usually on a phone.
    FOLDED_IN_PROPOSALS = ("claim_due_on", "volunteers_needed", "expected_person_times")

    is_led_by_proposer = forms.TypedChoiceField(
        label="谁来牵头",
        coerce=lambda value: value == "True",
        choices=[
            ("True", "我单位牵头（发布时自动提交认领，仍由社区初审、街道确认）"),
            ("False", "征集其他单位认领"),
        ],
        widget=forms.RadioSelect,
        initial="True",
    )
    milestones = MilestonesField(
        label="里程碑",
        required=False,
        help_text="分几步做、每一步什么时候完成。一行一个，空着的不算；实施时由认领单位逐项报完成。",
    )

    class Meta:
        model = Project
        fields = [
            "title",
            "summary",
            "place",
            "more_places",
            "theme",
            "domain",
            "term",
            "is_regular",
            "origin",
            "target_group",
            "start_on",
            "end_on",
            "claim_due_on",
            "claim_mode",
            "lead_places",
            "volunteers_needed",
            "expected_person_times",
            "budget_source",
            "safety_note",
        ]
        widgets = {
            "start_on": forms.DateInput,
            "end_on": forms.DateInput,
            "claim_due_on": forms.DateInput,
            "more_places": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "title": "一句话说清为谁做什么，例如“黉门街社区家电义修日”。",
            "summary": "做什么、在哪里、多久一次、需要认领单位出什么。",
            "more_places": "除实施地外，还在哪些社区做；只能选同一街道的。",
            "target_group": "为谁做，例如“80岁以上独居老人”。",
            "claim_due_on": "发布后至少留 10 个工作日。",
            "lead_places": "只有“多家并行”才填 1 以上的数。",
            "is_regular": "每年都做、长期坚持的项目。",
            "expected_person_times": "长期项目填一年的人次。",
            "budget_source": "没有经费的可以不填。",
            "safety_note": "用电、高空、交通、食品等要当心的地方。",
        }

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].empty_label = None
        self.folded = self.FOLDED
        if actor.role in PROPOSERS:
            self.folded = (*self.FOLDED_IN_PROPOSALS, *self.FOLDED)
            self.fields["place"].queryset = proposal_places(actor)
            for name in self.NOT_PROPOSED:
                del self.fields[name]
            return
        del self.fields["is_led_by_proposer"]
        self.fields["place"].queryset = Division.objects.filter(
            under(actor.place_code, "code"), level__in=PLACED_AT
        )
        # The own place is the place of implementation already.
        own = [actor.place_code, *([self.instance.place_code] if self.instance.pk else [])]
        self.fields["more_places"].queryset = neighbours(actor).exclude(code__in=own)
        # Who drafts without a thought of it means the usual.
        self.fields["origin"].required = False

    @property
    def open_fields(self):
        """What everybody fills in, first on the page."""
        return [self[name] for name in self.fields if name not in self.folded]

    @property
    def folded_fields(self):
        return [self[name] for name in self.fields if name in self.folded]

    @property
    def is_unfolded(self) -> bool:
        """Whether something is wrong among what is folded."""
        return any(name in self.errors for name in self.folded)

    def clean_origin(self):
        return self.cleaned_data["origin"] or Project.Origin.COMMUNITY

    def clean_more_places(self):
        return list(self.cleaned_data["more_places"])

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields (`check_fields`)."""


class PublishForm(forms.Form):
    """The reviewer's word that nothing in it must be kept secret (保密审查)."""

    is_cleared = forms.BooleanField(
        label="已做保密审查",
        required=False,
        help_text="项目名称、内容、地点和服务对象中没有涉密、敏感和不宜公开的个人信息。",
    )
    note = forms.CharField(label="说明", required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))


class ClaimForm(forms.Form):
    """A unit's offer; everything but the button may be left as it stands."""

    kind = forms.ChoiceField(label="认领方式", widget=forms.RadioSelect)
    contact = forms.CharField(label="联系人", max_length=40, help_text="社区和街道与谁联系。")
    plan = forms.CharField(label="打算怎么做", max_length=1000, required=False, widget=forms.Textarea)
    headcount = forms.IntegerField(label="投入人数", min_value=1, max_value=100_000, required=False)

    def __init__(self, *args, kinds: tuple[str, ...], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, ProjectClaim.Kind(kind).label) for kind in kinds]
