"""Pages of the work on a project: steps and progress, more time, acceptance, years, papers. Each form stands at its move's address."""

from functools import cached_property

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.access import actor_of, requires
from core.columns import Column
from core.components import date_text
from core.errors import RuleViolation
from core.pages import FormPage, ListPage, SimplePage, answer_move, back_to, move_view
from core.roles import STAFF, UNIT_SIDE
from core.workflow import refuse_unless_possible
from projects.actions import (
    EXTENSION_MOVES,
    YEAR_MOVES,
    accept_project,
    ask_extension,
    conclude_year,
    fail_project,
    finish_milestone,
    hand_in_project,
    plan_milestones,
    rectify_project,
    reopen_milestone,
    report_progress,
)
from projects.actions.acceptance import default_rectify_due, is_early, refuse_open_milestones
from projects.actions.work import granted
from projects.documents.project import (
    issue_acceptance_paper,
    issue_announcement,
    issue_claim_paper,
    open_projects,
)
from projects.filters.work import ProjectYearFilter
from projects.forms.milestones import PlannedList
from projects.forms.work import (
    DecideForm,
    ExtensionForm,
    FailForm,
    FinishForm,
    HandInForm,
    MilestonesForm,
    ProgressForm,
    RectifyForm,
    YearForm,
)
from projects.milestones import planned_of
from projects.models import Milestone, Project, ProjectClaim, ProjectExtension, ProjectYear
from projects.models.work import OWNERS, STAFF_ABOVE
from projects.project_page import documents_about
from projects.queries.project import led_projects, served_in_year, sheet_lines
from units.models import Division


class ProjectFormPage(FormPage):
    """A form about a project whose action writes other rows, or moves the project under its own lock."""

    model = Project
    lookup = "pk"
    roles = UNIT_SIDE

    @property
    def is_change(self) -> bool:
        return False

    def get_queryset(self):
        return super().get_queryset().select_related("place")

    @property
    def project(self) -> Project:
        return self.object

    def get_subtitle(self):
        return self.project.title

    def get_breadcrumbs(self):
        return [("共建项目", reverse("projects:project_list")), (self.project.title, self.get_cancel_url())]

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "project": self.project}

    def get_cancel_url(self):
        return self.project.get_absolute_url()

    def get_success_url(self, obj):
        return self.project.get_absolute_url()


# Milestones and progress


class MilestonesPlan(ProjectFormPage):
    """The owner plans anew what is not done."""

    roles = OWNERS
    form_class = MilestonesForm
    action = staticmethod(plan_milestones)
    title = "调整里程碑"
    success_message = "里程碑已保存。"

    def get_initial(self):
        return {"milestones": PlannedList(planned_of(self.project))}


class ProgressNew(ProjectFormPage):
    """A unit says how it goes."""

    form_class = ProgressForm
    action = staticmethod(report_progress)
    title = "填报进展"
    submit_label = "填报"
    success_message = "进展已填报。"


class MilestoneFinish(ProjectFormPage):
    """A milestone is done, with a sentence on it; the button on the project's page needs none."""

    form_class = FinishForm
    action = staticmethod(finish_milestone)
    submit_label = "报完成"
    success_message = "已报完成。"

    @cached_property
    def milestone(self) -> Milestone:
        rows = Milestone.objects.visible_to(self.actor).select_related("project__place")
        return get_object_or_404(rows, pk=self.kwargs["milestone_pk"])

    @property
    def project(self) -> Project:
        return self.milestone.project

    def get_title(self):
        return f"里程碑完成：{self.milestone.title}"

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "milestone": self.milestone}


@require_POST
@requires(UNIT_SIDE)
def milestone_reopen(request, milestone_pk):
    """Take back a milestone reported done by mistake."""
    actor = actor_of(request)
    rows = Milestone.objects.visible_to(actor).select_related("project")
    milestone = get_object_or_404(rows, pk=milestone_pk)
    url = back_to(request, milestone.project.get_absolute_url())
    try:
        reopen_milestone(milestone=milestone, actor=actor)
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, "已更正，里程碑恢复为未完成。")
    return answer_move(request, url)


# More time


class ExtensionNew(ProjectFormPage):
    """Ask for more time."""

    form_class = ExtensionForm
    action = staticmethod(ask_extension)
    title = "申请延期"
    submit_label = "提交申请"
    success_message = "延期申请已提交，由社区或街道审核。"

    @property
    def help_text(self) -> str:
        left = Project.MOST_EXTENSIONS - granted(self.project)
        return f"项目现在到{date_text(self.project.end_on)}结束，还可以延期 {left} 次。"


extension_move = move_view(
    ProjectExtension, EXTENSION_MOVES, roles=STAFF | UNIT_SIDE, object_kwarg="extension"
)


# Acceptance


class ProjectMoveForm(ProjectFormPage):
    """A move that needs more than a note; who can't make it now is told why on the project's page."""

    move_name = ""
    object_kwarg = "project"

    def get_title(self):
        return Project.get_move(self.move_name).label

    def refuse_early(self) -> None:
        """What else stands in the way, told before anything is typed."""

    def get(self, request, **kwargs):
        try:
            # A note is asked for on the form itself.
            refuse_unless_possible(self.project, Project.get_move(self.move_name), self.actor, "…")
            self.refuse_early()
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.project.get_absolute_url())
        return super().get(request, **kwargs)


class HandIn(ProjectMoveForm):
    """The unit hands in; the sheet is filled in by the portal and shown beforehand."""

    move_name = "hand_in"
    form_class = HandInForm
    template_name = "projects/hand_in.html"
    action = staticmethod(hand_in_project)
    submit_label = "提交验收"
    success_message = "已提交验收，由社区或街道验收。"

    def refuse_early(self):
        refuse_open_milestones(self.project)

    def get_form_kwargs(self):
        return {"is_early": is_early(self.project)}

    def get_context(self, **more):
        return super().get_context(lines=sheet_lines(self.project), **more)


class Decide(ProjectMoveForm):
    """What the three findings share: the round that waits, its statement and its lines."""

    roles = OWNERS

    @cached_property
    def acceptance(self):
        waiting = self.project.acceptances.filter(result="").select_related("unit", "project")
        return waiting.prefetch_related("items").order_by("-round").first()

    def get_form_kwargs(self):
        return {"acceptance": self.acceptance}

    @property
    def help_text(self) -> str:
        if self.acceptance is None:
            return ""
        early = self.acceptance.early_reason
        return (
            f"{self.acceptance.unit}第 {self.acceptance.round} 次提交：{self.acceptance.statement}"
            f"{f'提前完成的原因：{early}' if early else ''}"
        )


class Accept(Decide):
    move_name = "accept"
    form_class = DecideForm
    action = staticmethod(accept_project)
    submit_label = "验收通过"
    success_message = "验收通过，项目已完成。"


class Rectify(Decide):
    move_name = "rectify"
    form_class = RectifyForm
    action = staticmethod(rectify_project)
    submit_label = "要求整改"
    success_message = "已要求整改，单位整改后再次提交验收。"

    def get_initial(self):
        return {"rectify_due_on": default_rectify_due()}


class Fail(Decide):
    move_name = "fail"
    form_class = FailForm
    action = staticmethod(fail_project)
    submit_label = "验收不通过"
    success_message = "验收不通过，项目已撤销。"


# Years


class YearConclude(ProjectFormPage):
    """Sum a year up."""

    roles = OWNERS | UNIT_SIDE
    form_class = YearForm
    action = staticmethod(conclude_year)
    submit_label = "保存小结"
    success_message = "年度小结已保存。"

    @cached_property
    def year(self) -> ProjectYear:
        rows = ProjectYear.objects.visible_to(self.actor).select_related("project__place")
        return get_object_or_404(rows, pk=self.kwargs["year_pk"])

    @property
    def project(self) -> Project:
        return self.year.project

    def get_title(self):
        return f"{self.year.year}年度小结"

    def get_initial(self):
        return {"summary": self.year.summary}

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "project_year": self.year}


year_move = move_view(ProjectYear, YEAR_MOVES, roles=STAFF | UNIT_SIDE, object_kwarg="project_year")


class YearList(ListPage):
    """The years of long-term projects: which are summed up, accepted, listed and reviewed."""

    model = ProjectYear
    title = "项目年度"
    roles = STAFF | UNIT_SIDE
    unit_word = "条"
    filterset_class = ProjectYearFilter
    search_fields = ("project__title", "project__number")
    search_hint = "项目名称、编号"
    default_order = ("-year", "project__place_code", "pk")
    empty_text = "还没有长期项目的年度。长期项目开始实施后每年一条。"
    columns = [
        Column(
            "project", "项目", value="project.title", link=lambda row: row.get_absolute_url(), is_main=True,
            sort="project__title", width=30,
        ),
        Column("year", "年度", value=lambda row: f"{row.year}", sort="year"),
        Column("place", "实施地", value="project.place.path_name", sort="project__place_code", width=22),
        Column("expected_person_times", "预计人次", kind="int", sort="expected_person_times"),
        Column("served", "已核实人次", kind="int"),
        Column("summary", "小结", in_page=False, width=40),
        Column("concluded_on", "小结日期", kind="date", sort="concluded_on", in_page=False),
        Column("accepted_on", "验收日期", kind="date", sort="accepted_on"),
        Column("opinion", "验收意见", in_page=False, width=30),
        Column("review_result", "评议结果", in_page=False, width=24),
        Column("status", "状态", kind="tag", sort="status"),
    ]  # fmt: skip

    def get_breadcrumbs(self):
        return [("共建项目", reverse("projects:project_list"))]

    def get_empty_action(self):
        return ("看看长期项目", f"{reverse('projects:project_list')}?term=long")

    def get_rows(self):
        """A unit's own, else those of the place."""
        rows = super().get_rows().select_related("project__place").annotate(served=served_in_year())
        if self.actor.unit_id:
            return rows.filter(project__in=led_projects(self.actor.unit_id))
        return rows.under(self.actor.place_code)


# Papers


class ProjectPapers(SimplePage):
    """项目清单公告: what would be announced now, and what was."""

    roles = STAFF
    template_name = "projects/project_papers.html"
    title = "项目清单公告"

    def get_breadcrumbs(self):
        return [("共建项目", reverse("projects:project_list"))]

    def get_context(self, **more):
        place = get_object_or_404(Division, code=self.actor.place_code)
        return super().get_context(
            place=place,
            projects=list(open_projects(place)),
            documents=list(documents_about(place)),
            can_issue=self.actor.role in STAFF_ABOVE and not self.actor.is_read_only,
            **more,
        )


def issue(request, url: str, work) -> HttpResponseRedirect:
    """Run what issues a paper and go where it may be opened."""
    try:
        document = work()
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, f"《{document.title}》已印发，可以下载。")
    return HttpResponseRedirect(url)


@require_POST
@requires(STAFF_ABOVE)
def announcement_issue(request):
    """Issue the announcement of the actor's own place."""
    actor = actor_of(request)
    place = get_object_or_404(Division, code=actor.place_code)
    return issue(
        request, reverse("projects:project_papers"), lambda: issue_announcement(place=place, actor=actor)
    )


@require_POST
@requires(OWNERS | UNIT_SIDE)
def claim_paper(request, pk):
    """Issue what a unit took on."""
    actor = actor_of(request)
    rows = ProjectClaim.objects.visible_to(actor).select_related("project__place", "unit")
    claim = get_object_or_404(rows, pk=pk)
    return issue(request, claim.get_absolute_url(), lambda: issue_claim_paper(claim=claim, actor=actor))


@require_POST
@requires(OWNERS)
def acceptance_paper(request, pk):
    """Issue the latest acceptance sheet."""
    actor = actor_of(request)
    project = get_object_or_404(Project.objects.visible_to(actor).select_related("place"), pk=pk)
    url = project.get_absolute_url()
    return issue(request, url, lambda: issue_acceptance_paper(project=project, actor=actor))
