"""Pages of projects: the list, one project with all that belongs to it, the draft's form, and its moves."""

from django.contrib import messages
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import localdate

from core.actor import Actor
from core.clock import today
from core.codes import under
from core.columns import Column
from core.components import date_text, number_text
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, move_view, query_string
from core.roles import DISTRICT_STAFF, SIGNED_IN, STAFF, THREE_OFFICERS, UNIT_SIDE
from core.workflow import refuse_unless_possible
from projects.actions import PROJECT_MOVES, change_project, draft_project, publish_project
from projects.actions.project import (
    DRAFTERS,
    PROPOSERS,
    earliest_deadline,
    may_change,
    proposal_places,
)
from projects.filters.project import UNDER_WAY, ProgressFilter, ProjectFilter
from projects.forms.milestones import PlannedList
from projects.forms.project import ProjectForm, PublishForm
from projects.milestones import planned_of
from projects.models import Project, ProjectClaim
from projects.project_page import work_context
from projects.queries.progress import with_progress
from projects.queries.project import (
    confirmed_count,
    lead_names,
    loads_of,
    open_claim_of,
    timeline_of,
    without_words,
)
from projects.queries.sessions import sessions_block
from projects.views.narrowing import of_place

READERS = SIGNED_IN - THREE_OFFICERS
UNIT_COLUMNS = ("title", "place", "domain", "volunteers_needed", "claim_due_on", "status")


def attach(claim: ProjectClaim, project: Project) -> ProjectClaim:
    """Let the claim know its project without asking the database again."""
    claim.project = project
    return claim


def near(actor: Actor) -> ExpressionWrapper:
    """Whether a row lies at or below the actor's place."""
    return ExpressionWrapper(under(actor.place_code), output_field=BooleanField())


def share(done: int, expected: int) -> str:
    """``320 / 600``; without an expectation only what was done."""
    return f"{number_text(done)} / {number_text(expected)}" if expected else number_text(done)


# Claims that somebody still has to decide on.
WAITING_CLAIMS = (ProjectClaim.Status.SUBMITTED, ProjectClaim.Status.SCREENED)
UNITS = Column("units", "认领单位", width=34)
# What the table of progress tells besides; numbers of their own in a sheet.
PROGRESS = [
    Column("served", "已核实服务人次", kind="int", in_page=False),
    Column("sessions_held", "已核实场次", kind="int", in_page=False),
    Column("steps_done", "已完成里程碑", kind="int", in_page=False),
    Column("steps_planned", "里程碑总数", kind="int", in_page=False),
    Column("extended", "延期次数", kind="int", in_page=False),
]


class ProjectList(ListPage):
    """All projects the actor may see; for units those open for claims come first, soonest deadline on top."""

    model = Project
    title = "共建项目"
    roles = READERS
    unit_word = "个"
    filterset_class = ProjectFilter
    search_fields = ("title", "number")
    search_lookup = "contains"
    search_hint = "项目名称、编号"
    count_cap = 10_000
    empty_text = "还没有项目。社区起草、街道发布之后，就会出现在这里。"
    columns = [
        Column("title", "项目名称", sort="title", link=lambda row: row.get_absolute_url(), is_main=True),
        Column("number", "编号", sort="number"),
        Column("place", "实施地", value="place.path_name", sort=("place_code",)),
        Column("theme", "主题", value=lambda row: row.get_theme_display()),
        Column("domain", "领域", value=lambda row: row.get_domain_display()),
        Column("term", "期限", value=lambda row: row.get_term_display()),
        Column("is_regular", "常态化", in_page=False),
        Column("origin", "来源", value=lambda row: row.get_origin_display(), in_page=False),
        Column("target_group", "服务对象", in_page=False, width=24),
        Column("volunteers_needed", "需要人手", kind="int", sort="volunteers_needed"),
        Column("expected_person_times", "预计服务人次", kind="int", in_page=False),
        Column("claim_due_on", "认领截止", kind="date", sort="claim_due_on"),
        Column("start_on", "开始日期", kind="date", sort="start_on", in_page=False),
        Column("end_on", "结束日期", kind="date", sort="end_on", in_page=False),
        Column("completed_on", "完成日期", kind="date", sort="completed_on", in_page=False),
        Column(
            "leads", "已确认", value=lambda row: f"{row.leads} / {row.lead_places}", align="n", in_page=False
        ),
        UNITS,
        *PROGRESS,
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_rows(self):
        rows = super().get_rows().select_related("place").annotate(leads=confirmed_count())
        rows = rows.annotate(is_own=near(self.actor)) if self.puts_own_first else rows
        return with_progress(rows)

    def get_narrowing(self):
        label = "只看本单位" if self.actor.role in UNIT_SIDE else "只看本辖区"
        return (label, query_string(mine="true")) if self.actor.unit_id or self.puts_own_first else None

    def get_columns(self):
        """A unit's phone shows what decides whether to claim; the rest stands on the project's page."""
        if self.actor.role in UNIT_SIDE:
            return [column for column in self.columns if column.name in UNIT_COLUMNS]
        return [column for column in self.columns if column.name != "volunteers_needed"]

    def count_rows(self, rows):
        """Count without counting each project's leads."""
        return super().count_rows(rows.values("pk"))

    @property
    def puts_own_first(self) -> bool:
        """Whoever works below the district looks for the own place's among those of the whole district."""
        return self.actor.role not in UNIT_SIDE | DISTRICT_STAFF and bool(self.actor.place_code)

    @property
    def default_order(self):
        if self.actor.role in UNIT_SIDE:
            return ("-is_open", "claim_due_on", "pk")
        return ("-is_own", "-pk") if self.puts_own_first else ("-pk",)

    def get_actions(self):
        if self.actor.is_read_only:
            return []
        if self.actor.role in PROPOSERS:
            return [("提出项目", reverse("projects:project_create"), "plus")]
        if self.actor.role not in STAFF:
            return []
        drafting = [("起草项目", reverse("projects:project_create"), "plus")]
        papers = [("项目清单公告", reverse("projects:project_papers"), "file-text")]
        return [*(drafting if self.actor.role in DRAFTERS else []), *papers]

    def get_empty_action(self):
        """Whoever may make the first one is led to it."""
        actions = [] if self.actor.is_read_only else self.get_actions()
        return next(((label, url) for label, url, icon in actions if icon == "plus"), None)


class ProgressTable(ProjectList):
    """项目进度表 (domain.md §5.1): who carries out what, how much of it is confirmed, which steps are done."""

    title = "项目进度表"
    filterset_class = ProgressFilter
    empty_text = "还没有单位认领的项目。认领确认之后，进度就在这里看。"
    columns = [
        Column("title", "项目名称", sort="title", link=lambda row: row.get_absolute_url(), is_main=True),
        Column("number", "编号", sort="number", in_page=False),
        Column("place", "实施地", value="place.path_name", sort=("place_code",)),
        UNITS,
        Column("term", "期限", value=lambda row: row.get_term_display(), in_page=False),
        Column("start_on", "开始日期", kind="date", sort="start_on", in_page=False),
        Column(
            "steps",
            "里程碑",
            value=lambda row: share(row.steps_done, row.steps_planned),
            align="n",
            in_sheet=False,
        ),
        Column(
            "people",
            "服务人次",
            value=lambda row: share(row.served, row.expected_person_times),
            align="n",
            in_sheet=False,
        ),
        Column("expected_person_times", "预计服务人次", kind="int", in_page=False),
        *PROGRESS[:-1],
        Column("extended", "延期次数", kind="int"),
        Column("end_on", "结束日期", kind="date", sort="end_on"),
        Column("status", "状态", kind="tag", sort="status"),
    ]
    default_order = ("is_over", "end_on", "pk")
    puts_own_first = False

    def get_rows(self):
        is_over = ExpressionWrapper(Q(status__in=Project.ACCEPTED_STATUSES), output_field=BooleanField())
        return super().get_rows().filter(status__in=UNDER_WAY).annotate(is_over=is_over)

    def get_columns(self):
        return self.columns

    def get_narrowing(self):
        if self.actor.unit_id:
            return super().get_narrowing()
        return of_place(self.actor)

    def get_actions(self):
        return []

    def get_empty_action(self):
        return ("看看待认领的项目", f"{reverse('projects:project_list')}?status=open")


class ProjectDetail(DetailPage):
    """One project: its state, what the actor may do, how it goes, the claims on it and the timeline of all of them."""

    model = Project
    roles = READERS
    template_name = "projects/project_detail.html"

    def get_queryset(self):
        return super().get_queryset().select_related("place", "proposed_by", "cleared_by", "issue")

    def get_subtitle(self):
        return f"{self.object.number or '尚未编号'} · {self.object.place}"

    def get_breadcrumbs(self):
        return [("共建项目", reverse("projects:project_list"))]

    def get_actions(self):
        project = self.object
        if project.status == Project.Status.DRAFT and may_change(project, self.actor):
            return [("修改", reverse("projects:project_change", args=[project.pk]), "pencil")]
        return []

    def get_facts(self):
        project = self.object
        facts = [
            ("项目内容", project.summary),
            ("主题", project.get_theme_display()),
            ("领域", project.get_domain_display()),
            ("期限", f"{project.get_term_display()}{'，常态化' if project.is_regular else ''}"),
            ("服务对象", project.target_group),
            ("还覆盖", "、".join(place.name for place in project.more_places.order_by("code"))),
            ("来源", project.get_origin_display()),
            ("提出单位", self.describe_proposer()),
            ("实施时间", f"{date_text(project.start_on)} 至 {date_text(project.end_on)}"),
            ("开始实施", date_text(project.started_on) if project.started_on else ""),
            ("完成日期", date_text(project.completed_on) if project.completed_on else ""),
            ("认领方式", self.describe_mode()),
            ("认领截止", date_text(project.claim_due_on, weekday=True)),
            ("需要人手", f"{project.volunteers_needed} 人" if project.volunteers_needed else ""),
            ("预计服务", self.describe_expected()),
            ("经费来源", project.budget_source),
            ("安全提示", project.safety_note),
            ("认领单位", lead_names(project)),
            ("保密审查", self.describe_clearance()),
        ]
        return [(label, value) for label, value in facts if value]

    def describe_proposer(self) -> str:
        """Who proposed it, and whether that unit leads it itself."""
        project = self.object
        if project.proposed_by is None:
            return ""
        return f"{project.proposed_by}（{'自己牵头' if project.is_led_by_proposer else '征集其他单位认领'}）"

    def describe_clearance(self) -> str:
        """Who looked for what must not be published, and when: for staff."""
        project = self.object
        if project.cleared_by is None or self.actor.role not in STAFF:
            return ""
        return f"{project.cleared_by.name}，{date_text(localdate(project.cleared_at))}"

    def describe_mode(self) -> str:
        project = self.object
        if project.claim_mode == Project.ClaimMode.PARALLEL:
            return f"{project.get_claim_mode_display()}，最多 {project.lead_places} 家"
        return project.get_claim_mode_display()

    def describe_expected(self) -> str:
        project = self.object
        if not project.expected_person_times:
            return ""
        return f"{'每年 ' if project.is_long else ''}{project.expected_person_times:,} 人次"

    def get_context(self, **more):
        project = self.object
        claims = list(
            ProjectClaim.objects.visible_to(self.actor)
            .filter(project=project)
            .select_related("unit")
            .order_by("pk")
        )
        mine = open_claim_of(project, self.actor)
        if mine:
            attach(mine, project)
        is_staff = self.actor.role in STAFF
        waiting = [claim for claim in claims if claim.status in WAITING_CLAIMS] if is_staff else []
        work = work_context(project, self.actor)
        timeline = timeline_of(project, [*claims, *work["invitations"]])
        has_part = bool(claims) or self.actor.stands_over(project.place_code)
        return super().get_context(
            **{
                **more,
                "claims": self.with_loads([attach(claim, project) for claim in claims]) if is_staff else [],
                "is_staff": is_staff,
                # Who has to decide between offers finds them above the project's own facts.
                "claims_wait": bool(waiting) and project.status in Project.CONFIRMABLE_STATUSES,
                "claims_compete": len(waiting) > 1,
                "my_claim": mine,
                "can_claim": mine is None and project.can_be_claimed_by(self.actor, today()),
                "timeline": timeline if has_part else without_words(timeline),
                "sessions": sessions_block(project, self.actor),
                **work,
            }
        )

    def with_loads(self, claims: list[ProjectClaim]) -> list[tuple[ProjectClaim, str]]:
        """Each claim with what its unit has on its hands and how it went before: for whoever confirms."""
        loads = loads_of(claim.unit_id for claim in claims)
        return [(claim, loads[claim.unit_id].text) for claim in claims]


class DraftPage(FormPage):
    """What drafting and changing share."""

    model = Project
    roles = DRAFTERS | PROPOSERS
    form_class = ProjectForm
    template_name = "projects/project_form.html"

    @property
    def is_proposal(self) -> bool:
        return self.actor.role in PROPOSERS

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_breadcrumbs(self):
        return [("共建项目", reverse("projects:project_list"))]

    def stored_values(self, row):
        """Those of the fields that this actor's form has."""
        hidden = self.form_class.NOT_PROPOSED if self.is_proposal else ("is_led_by_proposer",)
        return {name: value for name, value in super().stored_values(row).items() if name not in hidden}


class ProjectCreate(DraftPage):
    action = staticmethod(draft_project)
    submit_label = "保存草稿"

    def get_title(self):
        return "提出项目" if self.is_proposal else "起草项目"

    def get_subtitle(self):
        return "社区接收并完善，街道审核后发布。" if self.is_proposal else ""

    @property
    def success_message(self) -> str:
        return f"草稿已保存。核对后点“{'提交社区' if self.is_proposal else '提交审核'}”。"

    def get_initial(self):
        year_end = today().replace(month=12, day=31)
        due = earliest_deadline(today())
        initial = {"start_on": due, "end_on": max(year_end, due), "claim_due_on": due, "lead_places": 1}
        return {**initial, "place": proposal_places(self.actor).first()} if self.is_proposal else initial

    def get_cancel_url(self):
        return reverse("projects:project_list")


class ProjectChange(DraftPage):
    action = staticmethod(change_project)

    def stored_values(self, row):
        return {**super().stored_values(row), "milestones": PlannedList(planned_of(row))}

    def get(self, request, **kwargs):
        if self.object.status != Project.Status.DRAFT:
            messages.error(request, "只有草稿可以修改；已经提交的项目要先退回。")
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)


class Publish(FormPage):
    """Publish a project: the reviewer says that it was checked for confidentiality (保密审查)."""

    model = Project
    roles = STAFF
    form_class = PublishForm
    template_name = "projects/project_publish.html"
    action = staticmethod(publish_project)
    submit_label = "发布"
    success_message = "已发布，各单位可以认领。"

    @property
    def is_change(self) -> bool:
        """The row moves by its action, under its own lock."""
        return False

    def get_queryset(self):
        return super().get_queryset().select_related("place", "proposed_by", "author")

    def get_title(self):
        return f"发布：{self.object.title}"

    def get_subtitle(self):
        return str(self.object.place)

    def get_breadcrumbs(self):
        return [
            ("共建项目", reverse("projects:project_list")),
            (self.object.title, self.object.get_absolute_url()),
        ]

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "project": self.object}

    def get_cancel_url(self):
        return self.object.get_absolute_url()

    def get_context(self, **more):
        return super().get_context(**{**more, "project": self.object})

    def get(self, request, **kwargs):
        try:
            refuse_unless_possible(self.object, Project.get_move("publish"), self.actor, "")
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)


project_move = move_view(Project, PROJECT_MOVES, roles=STAFF | UNIT_SIDE)
