"""What people type about projects and claims; the rules themselves are in the actions."""

from django import forms

from core.actor import Actor
from core.codes import under
from projects.models import Project, ProjectClaim
from units.models import Division


class ProjectForm(forms.ModelForm):
    """A project as a clerk drafts it."""

    class Meta:
        model = Project
        fields = [
            "title",
            "summary",
            "place",
            "theme",
            "domain",
            "term",
            "is_regular",
            "start_on",
            "end_on",
            "claim_due_on",
            "claim_mode",
            "lead_places",
            "volunteers_needed",
            "expected_person_times",
        ]
        widgets = {"start_on": forms.DateInput, "end_on": forms.DateInput, "claim_due_on": forms.DateInput}
        help_texts = {
            "title": "一句话说清为谁做什么，例如“黉门街社区家电义修日”。",
            "summary": "做什么、在哪里、多久一次、需要认领单位出什么。",
            "claim_due_on": "发布后至少留 10 个工作日。",
            "lead_places": "只有“多家并行”才填 1 以上的数。",
            "is_regular": "每年都做、长期坚持的项目。",
        }

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        levels = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
        self.fields["place"].queryset = Division.objects.filter(
            under(actor.place_code, "code"), level__in=levels
        )
        self.fields["place"].empty_label = None

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields (`check_fields`)."""


class ClaimForm(forms.Form):
    """A unit's offer; everything but the button may be left as it stands."""

    kind = forms.ChoiceField(label="认领方式", widget=forms.RadioSelect)
    contact = forms.CharField(label="联系人", max_length=40, help_text="社区和街道与谁联系。")
    plan = forms.CharField(label="打算怎么做", max_length=1000, required=False, widget=forms.Textarea)
    headcount = forms.IntegerField(label="投入人数", min_value=1, max_value=100_000, required=False)

    def __init__(self, *args, kinds: tuple[str, ...], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, ProjectClaim.Kind(kind).label) for kind in kinds]
