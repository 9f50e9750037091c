"""The page of the three lists (三张清单): how many stand in each, and their paper with a verification code."""

from datetime import date
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.access import actor_of, requires
from core.clock import today
from core.codes import under
from core.errors import RuleViolation
from core.models import IssuedDocument
from core.pages import SimplePage, answer_move
from core.periods import Year
from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS
from projects.documents.lists import PLACES, SIZES, issue_lists
from projects.indicators.need_conversion import NEED_CONVERSION
from projects.models import Need, Project, Resource
from units.indicators.territory import read_territory
from units.models import Division
from units.queries.units import root_place

DOCUMENTS_SHOWN = 10


class IssueForm(forms.Form):
    """For which place and on what paper."""

    place = forms.ModelChoiceField(label="地方", queryset=None, empty_label=None)
    size = forms.ChoiceField(label="纸张", choices=list(SIZES.items()))

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        own = Division.objects.filter(under(actor.place_code, "code"), level__in=PLACES)
        self.fields["place"].queryset = own.filter(administered_by=root_place().administered_by).order_by(
            "code"
        )


class ThreeLists(SimplePage):
    """Needs, resources and projects side by side; staff issue them as a paper or a poster."""

    title = "三张清单"
    subtitle = "需求清单、资源清单、项目清单：有需求的提需求，有资源的给资源，合在一起做项目。"
    roles = SIGNED_IN - THREE_OFFICERS
    template_name = "projects/three_lists.html"

    def get_context(self, **more):
        is_staff = self.actor.role in STAFF and not self.actor.is_read_only
        here = under(self.actor.place_code if is_staff else "")
        on = today()
        return super().get_context(
            rate=self.conversion(on),
            needs=Need.objects.visible_to(self.actor).filter(here, status=Need.Status.VERIFIED).count(),
            collected=Need.objects.visible_to(self.actor).filter(here, status=Need.Status.COLLECTED).count(),
            resources=Resource.objects.bookable(on).filter(here).count(),
            projects=Project.objects.open().filter(here, claim_due_on__gte=on).count(),
            place_query=f"&place={self.actor.place_code}" if is_staff else "",
            form=IssueForm(actor=self.actor) if is_staff else None,
            documents=self.documents() if is_staff else [],
            **more,
        )

    def conversion(self, on: date) -> dict:
        """This year's rate of converted needs at the actor's place, with the lists behind both sides."""
        code = self.actor.place_code if self.actor.role in STAFF else root_place().code
        first, last = Year.containing(on).first_day, Year.containing(on).last_day
        total = NEED_CONVERSION.count(read_territory(code), first, last).total
        span = {"raised_on_after": first, "raised_on_before": last, "place": code, "verified": "true"}
        return {
            "figure": total,
            "denominator_url": f"{reverse('projects:need_list')}?{urlencode(span)}",
            "numerator_url": f"{reverse('projects:need_list')}?{urlencode({**span, 'converted': 'true'})}",
        }

    def documents(self) -> list[IssuedDocument]:
        """The latest papers of the places of this actor."""
        kind = ContentType.objects.get_for_model(Division)
        rows = IssuedDocument.objects.visible_to(self.actor).filter(about_type=kind)
        places = Division.objects.filter(under(self.actor.place_code, "code"), level__in=PLACES)
        return list(rows.filter(about_id__in=places.values("pk")).order_by("-pk")[:DOCUMENTS_SHOWN])


@require_POST
@requires(STAFF)
def issue(request):
    """Issue the paper; the answer is its download."""
    actor = actor_of(request)
    page = reverse("projects:three_lists")
    form = IssueForm(request.POST, actor=actor)
    if not form.is_valid():
        return answer_move(request, page, RuleViolation("请从列表中选择地方和纸张。", code="invalid"))
    try:
        document = issue_lists(**form.cleaned_data, actor=actor)
    except RuleViolation as refusal:
        return answer_move(request, page, refusal)
    messages.success(request, f"已印发：{document.title}，可以下载。")
    return HttpResponseRedirect(page)
