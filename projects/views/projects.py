"""Pages of projects: the list, one project with its claims, the draft's form, and its moves."""

from django.contrib import messages
from django.db.models import Case, Value, When
from django.http import HttpResponseRedirect
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import date_text
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import STAFF, UNIT_SIDE
from projects.actions import PROJECT_MOVES, change_project, draft_project
from projects.actions.project import DRAFTERS, earliest_deadline
from projects.filters import ProjectFilter
from projects.forms import ProjectForm
from projects.models import Project, ProjectClaim
from projects.queries import confirmed_count, lead_names, open_claim_of, timeline_of

UNIT_COLUMNS = ("title", "place", "domain", "volunteers_needed", "claim_due_on", "status")


def attach(claim: ProjectClaim, project: Project) -> ProjectClaim:
    """Let the claim know its project without asking the database again."""
    claim.project = project
    return claim


class ProjectList(ListPage):
    """All projects the actor may see; for units those open for claims come first, soonest deadline on top."""

    model = Project
    title = "共建项目"
    unit_word = "个"
    filterset_class = ProjectFilter
    search_fields = ("title", "number", "summary")
    search_hint = "项目名称、编号、内容"
    empty_text = "还没有项目。社区起草、街道发布之后，就会出现在这里。"
    columns = [
        Column("title", "项目名称", sort="title", link=lambda row: row.get_absolute_url(), is_main=True),
        Column("number", "编号", sort="number"),
        Column("place", "实施地", value="place.path_name", sort=("place_code",)),
        Column("theme", "主题", value=lambda row: row.get_theme_display()),
        Column("domain", "领域", value=lambda row: row.get_domain_display()),
        Column("term", "期限", value=lambda row: row.get_term_display()),
        Column("volunteers_needed", "需要人手", kind="int", sort="volunteers_needed"),
        Column("claim_due_on", "认领截止", kind="date", sort="claim_due_on"),
        Column("leads", "已确认", value=lambda row: f"{row.leads} / {row.lead_places}", align="n"),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("place").annotate(leads=confirmed_count())

    def get_columns(self):
        """A unit's phone shows what decides whether to claim; the rest stands on the project's page."""
        if self.actor.role in UNIT_SIDE:
            return [column for column in self.columns if column.name in UNIT_COLUMNS]
        return [column for column in self.columns if column.name != "volunteers_needed"]

    def count_rows(self, rows):
        """Count without counting each project's leads."""
        return super().count_rows(rows.values("pk"))

    @property
    def default_order(self):
        if self.actor.role not in UNIT_SIDE:
            return ("-pk",)
        is_open = When(status=Project.Status.OPEN, claim_due_on__gte=today(), then=Value(0))
        return (Case(is_open, default=Value(1)), "claim_due_on", "pk")

    def get_actions(self):
        return (
            [("起草项目", reverse("projects:project_create"), "plus")] if self.actor.role in DRAFTERS else []
        )

    def get_empty_action(self):
        return ("起草项目", reverse("projects:project_create")) if self.actor.role in DRAFTERS else None


class ProjectDetail(DetailPage):
    """One project: its state, what the actor may do, the claims on it and the timeline of all of them."""

    model = Project
    template_name = "projects/project_detail.html"

    def get_queryset(self):
        return super().get_queryset().select_related("place")

    def get_subtitle(self):
        return f"{self.object.number or '尚未编号'} · {self.object.place}"

    def get_breadcrumbs(self):
        return [("共建项目", reverse("projects:project_list"))]

    def get_actions(self):
        project = self.object
        is_mine = self.actor.role in DRAFTERS and self.actor.stands_over(project.place_code)
        if project.status == Project.Status.DRAFT and is_mine:
            return [("修改", reverse("projects:project_change", args=[project.pk]), "pencil")]
        return []

    def get_facts(self):
        project = self.object
        facts = [
            ("项目内容", project.summary),
            ("主题", project.get_theme_display()),
            ("领域", project.get_domain_display()),
            ("期限", f"{project.get_term_display()}{'，常态化' if project.is_regular else ''}"),
            ("实施时间", f"{date_text(project.start_on)} 至 {date_text(project.end_on)}"),
            ("认领方式", self.describe_mode()),
            ("认领截止", date_text(project.claim_due_on, weekday=True)),
            ("需要人手", f"{project.volunteers_needed} 人" if project.volunteers_needed else ""),
            ("预计服务", f"{project.expected_person_times} 人次" if project.expected_person_times else ""),
            ("认领单位", lead_names(project)),
        ]
        return [(label, value) for label, value in facts if value]

    def describe_mode(self) -> str:
        project = self.object
        if project.claim_mode == Project.ClaimMode.PARALLEL:
            return f"{project.get_claim_mode_display()}，最多 {project.lead_places} 家"
        return project.get_claim_mode_display()

    def get_context(self, **more):
        project = self.object
        claims = list(
            ProjectClaim.objects.visible_to(self.actor)
            .filter(project=project)
            .select_related("unit")
            .order_by("pk")
        )
        mine = open_claim_of(project, self.actor)
        return super().get_context(
            **{
                **more,
                "claims": [attach(claim, project) for claim in claims],
                "is_staff": self.actor.role in STAFF,
                "my_claim": mine,
                "can_claim": mine is None and project.can_be_claimed_by(self.actor, today()),
                "timeline": timeline_of(project, claims),
            }
        )


class DraftPage(FormPage):
    """What drafting and changing share."""

    model = Project
    roles = DRAFTERS
    form_class = ProjectForm

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_breadcrumbs(self):
        return [("共建项目", reverse("projects:project_list"))]


class ProjectCreate(DraftPage):
    title = "起草项目"
    action = staticmethod(draft_project)
    submit_label = "保存草稿"
    success_message = "草稿已保存。核对后点“提交审核”。"

    def get_initial(self):
        year_end = today().replace(month=12, day=31)
        due = earliest_deadline(today())
        return {"start_on": due, "end_on": max(year_end, due), "claim_due_on": due, "lead_places": 1}

    def get_cancel_url(self):
        return reverse("projects:project_list")


class ProjectChange(DraftPage):
    action = staticmethod(change_project)

    def get(self, request, **kwargs):
        if self.object.status != Project.Status.DRAFT:
            messages.error(request, "只有草稿可以修改；已经提交的项目要先退回。")
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)


project_move = move_view(Project, PROJECT_MOVES, roles=STAFF)
