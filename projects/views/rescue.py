"""Pages of the subdistrict's care for projects nobody claimed (街道统筹): the list, one project's ways out, a unit's answer."""

from functools import cached_property

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.access import actor_of, requires
from core.clock import today
from core.columns import Column
from core.errors import RuleViolation
from core.pages import FormPage, ListPage, SimplePage, answer_move, move_view, query_string
from core.roles import STAFF, UNIT_SIDE
from core.workdays import add_workdays
from core.workflow import refuse_unless_possible
from projects.actions import (
    INVITATION_MOVES,
    accept_invitation,
    invite_unit,
    put_on_agenda,
    reshape_project,
)
from projects.actions.project import earliest_deadline
from projects.actions.rescue import ANSWER_WORKDAYS, RESHAPED, next_session
from projects.filters.project import RescueFilter
from projects.forms.work import AnswerForm, InviteForm, ReshapeForm
from projects.models import ClaimInvitation, Project
from projects.models.work import STAFF_ABOVE
from projects.queries.suggestions import suggest_units
from projects.views.work import ProjectFormPage


class RescueList(ListPage):
    """Projects whose time for claims ran out without a unit, those that wait longest first."""

    model = Project
    title = "街道统筹"
    roles = STAFF
    unit_word = "个"
    filterset_class = RescueFilter
    search_fields = ("title", "number")
    search_hint = "项目名称、编号"
    default_order = ("claim_due_on", "pk")
    empty_text = "没有无人认领的项目。认领期满仍没有单位认领的，会出现在这里。"
    columns = [
        Column("title", "项目名称", link=lambda row: row.rescue_url, is_main=True, width=34),
        Column("number", "编号", sort="number"),
        Column("place", "实施地", value="place.path_name", sort="place_code", width=22),
        Column("domain", "领域", value=lambda row: row.get_domain_display()),
        Column("claim_due_on", "认领截止", kind="date", sort="claim_due_on"),
        Column("end_on", "项目结束", kind="date", sort="end_on"),
        Column("asked", "等答复单位", kind="int"),
        Column("declined", "未认领单位", kind="int"),
    ]

    def get_empty_action(self):
        return ("看看待认领的项目", f"{reverse('projects:project_list')}?status=open")

    def get_rows(self):
        rows = super().get_rows().under(self.actor.place_code)
        waiting, over = Q(invitations__status="invited"), Q(invitations__status__in=["declined", "lapsed"])
        unclaimed = rows.filter(status=Project.Status.UNCLAIMED).select_related("place")
        return unclaimed.annotate(
            asked=Count("invitations", filter=waiting), declined=Count("invitations", filter=over)
        )


class Rescue(SimplePage):
    """One project's ways out: ask a unit, make it smaller, lay it before the meeting, give up."""

    roles = STAFF_ABOVE
    template_name = "projects/rescue.html"

    @cached_property
    def project(self) -> Project:
        rows = Project.objects.visible_to(self.actor).under(self.actor.place_code).select_related("place")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_title(self):
        return f"统筹：{self.project.title}"

    def get_subtitle(self):
        return f"{self.project.number} · {self.project.place}"

    def get_breadcrumbs(self):
        return [
            ("街道统筹", reverse("projects:rescue_list")),
            (self.project.title, self.project.get_absolute_url()),
        ]

    def get(self, request, **kwargs):
        if self.project.status != Project.Status.UNCLAIMED:
            messages.info(request, f"项目现在是“{self.project.get_status_display()}”，不用再统筹。")
            return HttpResponseRedirect(self.project.get_absolute_url())
        return super().get(request, **kwargs)

    def get_context(self, **more):
        project = self.project
        invitations = list(project.invitations.select_related("unit"))
        asked = {one.unit_id for one in invitations if one.status == ClaimInvitation.Status.INVITED}
        return super().get_context(
            object=project,
            suggestions=[(one, self.invite_url(one), one.unit.pk in asked) for one in suggest_units(project)],
            invitations=invitations,
            meeting=next_session(project, self.actor),
            **more,
        )

    def invite_url(self, suggestion) -> str:
        """The form of the invitation, filled in with the unit and why it was suggested."""
        address = reverse("projects:invite", args=[self.project.pk])
        return address + query_string(unit=suggestion.unit.pk, reason=suggestion.text)


class Invite(ProjectFormPage):
    """Ask a unit."""

    roles = STAFF_ABOVE
    form_class = InviteForm
    action = staticmethod(invite_unit)
    title = "协商认领"
    submit_label = "发出邀请"
    success_message = "已发出邀请，单位答复后会告诉您。"

    def get_initial(self):
        asked = self.request.GET
        unit = asked.get("unit", "")
        return {
            "unit": unit if unit.isascii() and unit.isdigit() and len(unit) < 19 else None,
            "reason": asked.get("reason", "")[:300],
            "due_on": add_workdays(today(), ANSWER_WORKDAYS),
        }

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_cancel_url(self):
        return reverse("projects:rescue", args=[self.project.pk])

    def get_success_url(self, obj):
        return self.get_cancel_url()


class Reshape(FormPage):
    """Make a project shorter or smaller, and open it again."""

    model = Project
    roles = STAFF_ABOVE
    form_class = ReshapeForm
    action = staticmethod(reshape_project)
    submit_label = "保存并重新开放认领"
    success_message = "已调整，重新开放认领。"

    def get_title(self):
        return f"改短或拆小：{self.object.title}"

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_initial(self):
        return {**super().get_initial(), "claim_due_on": earliest_deadline(today())}

    def stored_values(self, row):
        """The deadline is set anew; nobody else's change of it is overwritten unseen."""
        values = super().stored_values(row)
        return {name: values[name] for name in (*RESHAPED, "more_places")}

    def get_breadcrumbs(self):
        return [
            ("街道统筹", reverse("projects:rescue_list")),
            (self.object.title, self.object.get_absolute_url()),
        ]

    def get_cancel_url(self):
        return reverse("projects:rescue", args=[self.object.pk])


@require_POST
@requires(STAFF_ABOVE)
def agenda(request, pk):
    """Lay a project before the next session, in one click."""
    actor = actor_of(request)
    project = get_object_or_404(Project.objects.visible_to(actor), pk=pk)
    url = reverse("projects:rescue", args=[project.pk])
    try:
        item = put_on_agenda(project=project, actor=actor)
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, f"已列入{item.meeting}的议题。")
    return HttpResponseRedirect(url)


# The unit's answer


class InvitationDetails(FormPage):
    """Say yes with who to talk to and what is planned; the button on the project's page needs none of it."""

    model = ClaimInvitation
    roles = UNIT_SIDE
    form_class = AnswerForm
    action = staticmethod(accept_invitation)
    title = "同意认领"
    submit_label = "同意认领"
    success_message = "已同意认领，街道确认之后会通知您。"

    @property
    def is_change(self) -> bool:
        return False

    def get_queryset(self):
        return super().get_queryset().select_related("project__place", "unit")

    def get(self, request, **kwargs):
        try:
            refuse_unless_possible(self.object, ClaimInvitation.get_move("accept"), self.actor, "")
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)

    def get_subtitle(self):
        return self.object.project.title

    def get_initial(self):
        return {"contact": self.actor.name}

    def get_breadcrumbs(self):
        return [(self.object.project.title, self.object.get_absolute_url())]

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "invitation": self.object}

    def get_cancel_url(self):
        return self.object.get_absolute_url()


invitation_move = move_view(ClaimInvitation, INVITATION_MOVES, roles=UNIT_SIDE, object_kwarg="invitation")
