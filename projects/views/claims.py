"""Pages of claims: the list (a unit's own, or those in a place), one claim, the way to claim, and its moves."""

from functools import cached_property

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import date_cell
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import STAFF, UNIT_SIDE
from projects.actions import CLAIM_MOVES, submit_claim
from projects.actions.claims import refuse_second, refuse_unit, refuse_unless_claimable
from projects.filters.project import ClaimFilter
from projects.forms.project import ClaimForm
from projects.models import Project, ProjectClaim
from projects.project_page import documents_about
from units.models import Unit


class ClaimList(ListPage):
    """The claims the actor may see: a unit's own, or all on projects of a place."""

    model = ProjectClaim
    roles = STAFF | UNIT_SIDE
    unit_word = "项"
    filterset_class = ClaimFilter
    search_fields = ("project__title", "unit__name")
    search_hint = "项目或单位名称"
    default_order = ("-submitted_at", "-pk")
    columns = [
        Column(
            "project", "项目", value="project.title", link=lambda row: row.get_absolute_url(), is_main=True
        ),
        Column("unit", "认领单位", value="unit.name", sort="unit__name_pinyin"),
        Column("place", "实施地", value="project.place.path_name", sort=("place_code",)),
        Column("kind", "认领方式", value=lambda row: row.get_kind_display()),
        Column("headcount", "投入人数", kind="int", sort="headcount"),
        Column("submitted_at", "提交时间", kind="date", sort="submitted_at"),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    @property
    def is_unit_side(self) -> bool:
        return self.actor.role in UNIT_SIDE

    def get_title(self):
        return "我的认领" if self.is_unit_side else "项目认领"

    @property
    def empty_text(self) -> str:
        return "贵单位还没有认领项目。" if self.is_unit_side else "还没有单位认领本辖区的项目。"

    def get_empty_action(self):
        return ("看看可认领的项目", f"{reverse('projects:project_list')}?status=open")

    def get_rows(self):
        return super().get_rows().select_related("project__place", "unit")


class ClaimDetail(DetailPage):
    """One claim: where it stands, whose turn it is, what the unit offers."""

    model = ProjectClaim
    roles = STAFF | UNIT_SIDE
    template_name = "projects/claim_detail.html"

    def get_queryset(self):
        return super().get_queryset().select_related("project__place", "unit")

    def get_title(self):
        return f"认领：{self.object.project.title}"

    def get_subtitle(self):
        return f"{self.object.unit} · {self.object.project.place}"

    def get_breadcrumbs(self):
        return [
            ("我的认领" if self.actor.role in UNIT_SIDE else "项目认领", reverse("projects:claim_list")),
            (self.object.project.title, self.object.project.get_absolute_url()),
        ]

    def get_extra_context(self):
        """The paper of what the unit took on, once it is confirmed."""
        claim = self.object
        return {
            "can_print": claim.status == ProjectClaim.Status.CONFIRMED and not self.actor.is_read_only,
            "documents": list(documents_about(claim)),
        }

    def get_facts(self):
        claim = self.object
        facts = [
            ("认领方式", claim.get_kind_display()),
            ("打算怎么做", claim.plan),
            ("投入人数", f"{claim.headcount} 人" if claim.headcount else ""),
            ("联系人", claim.contact),
            ("提交时间", date_cell(claim.submitted_at)),
            ("决定时间", date_cell(claim.decided_at) if claim.decided_at else ""),
        ]
        return [(label, value) for label, value in facts if value]


class ClaimCreate(FormPage):
    """The second and third tap of a liaison: one sentence, one button; details may be added."""

    model = ProjectClaim
    roles = UNIT_SIDE
    form_class = ClaimForm
    template_name = "projects/claim_form.html"
    action = staticmethod(submit_claim)
    title = "确认认领"
    submit_label = "确认认领"
    success_message = "已提交认领。社区初审、街道确认之后会通知您。"

    @cached_property
    def project(self) -> Project:
        return get_object_or_404(
            Project.objects.visible_to(self.actor).select_related("place"), pk=self.kwargs["project_pk"]
        )

    @cached_property
    def unit(self) -> Unit:
        return get_object_or_404(Unit.objects.visible_to(self.actor), pk=self.actor.unit_id)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        return self.project.open_kinds(today()) or self.project.claim_kinds()

    def get_breadcrumbs(self):
        return [("共建项目", reverse("projects:project_list")), (self.project.title, self.get_cancel_url())]

    def get_initial(self):
        return {"kind": self.kinds[0], "contact": self.actor.name}

    def get_form_kwargs(self):
        return {"kinds": self.kinds}

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "project": self.project, "unit": self.unit}

    def get_context(self, **more):
        return super().get_context(project=self.project, unit=self.unit, **more)

    def get_cancel_url(self):
        return self.project.get_absolute_url()

    def get_success_url(self, obj):
        return self.project.get_absolute_url()

    def get(self, request, **kwargs):
        try:
            refuse_unless_claimable(self.project, self.kinds[0])
            refuse_unit(self.unit)
            refuse_second(self.project, self.unit)
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.get_cancel_url())
        return super().get(request, **kwargs)


claim_move = move_view(ProjectClaim, CLAIM_MOVES, roles=STAFF | UNIT_SIDE, object_kwarg="claim")
