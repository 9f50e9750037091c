"""Pages of the needs (需求清单): the list, one need with what is like it, its forms, and into a project in one step."""

from functools import cached_property

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import Tag, date_text
from core.encryption import masked_phone
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS
from core.todo import due_tag
from core.workflow import refuse_unless_possible
from projects.actions.conversion import convert_need, draft_of_need, project_from_need
from projects.actions.needs import (
    NEED_MOVES,
    RAISERS,
    change_need,
    link_need,
    may_change,
    raise_need,
)
from projects.actions.project import DRAFTERS
from projects.filters.lists import NeedFilter
from projects.forms.lists import JoinForm, LinkForm, NeedChangeForm, NeedForm
from projects.models import Need, Project, ResourceBooking
from projects.need_codes import code_of
from projects.queries.lists import (
    COMMUNITY_LENGTH,
    MOST_CANDIDATES,
    community_of,
    joinable_projects,
    need_candidates,
    verify_due,
)
from projects.queries.suggestions import suggest_units
from projects.views.narrowing import of_place
from projects.views.projects import ProjectCreate
from units.documents.posters import PosterPage
from units.models import Division
from units.models.issues import masked_name
from units.queries.issues import place_code_of

READERS = SIGNED_IN - THREE_OFFICERS
URGENCY_TONES = {Need.Urgency.NORMAL: "off", Need.Urgency.URGENT: "wait", Need.Urgency.CRITICAL: "late"}


def urgency_tag(need: Need) -> Tag:
    return Tag(need.get_urgency_display(), URGENCY_TONES[need.urgency])


def masked_reporter(need: Need) -> str:
    """``王*，138****1234``."""
    return "，".join(
        part for part in (masked_name(need.reporter_name), masked_phone(need.reporter_phone)) if part
    )


class NeedList(ListPage):
    """The needs as far as the actor may read them, newest first; names and phones never stand in the list."""

    model = Need
    title = "需求清单"
    roles = READERS
    unit_word = "条"
    filterset_class = NeedFilter
    search_fields = ("title", "number", "description")
    search_hint = "需求、编号、情况"
    default_order = ("-raised_on", "-pk")
    empty_text = "还没有需求。居民、网格员、代表、单位提出的需求，核实后都列在这里。"
    columns = [
        Column("title", "需求", link=lambda row: row.get_absolute_url(), is_main=True, width=34),
        Column("number", "编号", sort="number"),
        Column("side", "谁的需求", lambda row: row.get_side_display(), sort="side"),
        Column("place", "所在地", "place.path_name", sort=("place_code",), width=22),
        Column("unit", "提出单位", "unit.name", in_page=False, width=28),
        Column("domain", "领域", lambda row: row.get_domain_display(), sort="domain"),
        Column("urgency", "紧急程度", urgency_tag, kind="tag"),
        Column("beneficiaries", "受益人数", kind="int", sort="beneficiaries"),
        Column("source", "来源", lambda row: row.get_source_display(), in_page=False),
        Column("raised_on", "提出日期", kind="date", sort="raised_on"),
        Column(
            "project",
            "转成的项目",
            lambda row: row.project.title if row.project else "",
            in_page=False,
            width=30,
        ),
        Column("result", "解决情况", in_page=False, width=40),
        Column("reporter", "提出人（隐去）", masked_reporter, in_page=False, width=22),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("place", "unit", "project")

    def get_narrowing(self):
        return of_place(self.actor)

    def get_columns(self):
        """Who raised it, even masked, is for staff."""
        is_staff = self.actor.role in STAFF
        return [column for column in self.columns if is_staff or column.name != "reporter"]

    def get_actions(self):
        may = self.actor.role in RAISERS and not self.actor.is_read_only
        found = [("登记需求", reverse("projects:need_new"), "plus")] if may else []
        poster = [("张贴二维码", reverse("projects:need_poster"), "grid-dots")]
        return [*found, *poster] if may and self.actor.role in STAFF else found

    def get_empty_action(self):
        actions = self.get_actions()
        return actions[0][:2] if actions else None


class NeedRow:
    """What the pages of one need share."""

    model = Need
    roles = READERS

    def get_queryset(self):
        return super().get_queryset().select_related("place", "unit", "project", "duplicate_of", "author")

    def get_breadcrumbs(self):
        return [("需求清单", reverse("projects:need_list"))]


class NeedDetail(NeedRow, DetailPage):
    """One need: its steps, what is like it, the project it became and the units that might do it."""

    template_name = "projects/need_detail.html"

    def get_subtitle(self):
        return f"{self.object.number} · {self.object.place}"

    def get_actions(self):
        need = self.object
        if need.status == Need.Status.COLLECTED and may_change(need, self.actor):
            return [("修改", reverse("projects:need_change", args=[need.pk]), "pencil")]
        return []

    def get_facts(self):
        need = self.object
        people = f"{need.beneficiaries:,} 人" if need.beneficiaries else ""
        facts = [
            ("具体情况", need.description),
            ("谁的需求", f"{need.get_side_display()}{f'：{need.unit}' if need.unit else ''}"),
            ("领域", need.get_domain_display()),
            ("紧急程度", need.get_urgency_display()),
            ("预计受益", people),
            ("来源", need.get_source_display()),
            ("提出人", self.reporter()),
            ("提出日期", date_text(need.raised_on)),
            ("核实期限", date_text(verify_due(need)) if need.status == Need.Status.COLLECTED else ""),
            ("解决情况", need.result),
            (
                "查询码",
                code_of(need) if need.author_id is None and need.shows_reporter_to(self.actor) else "",
            ),
        ]
        return [(label, value) for label, value in facts if value]

    def reporter(self) -> str:
        """In full for the community alone, masked for other staff, not at all for anybody else."""
        need = self.object
        if need.shows_reporter_to(self.actor):
            return "，".join(part for part in (need.reporter_name, need.reporter_phone) if part)
        return masked_reporter(need) if self.actor.role in STAFF else ""

    def get_extra_context(self):
        need = self.object
        visible = Need.objects.visible_to(self.actor)
        moves = {row.name for row in need.available_moves(self.actor)}
        candidates = (
            need_candidates(need).filter(pk__in=visible.values("pk"))
            if "link" in moves
            else Need.objects.none()
        )
        bookings = ResourceBooking.objects.visible_to(self.actor).filter(need=need)
        return {
            "original": visible.filter(pk=need.duplicate_of_id).first() if need.duplicate_of_id else None,
            "project": self.visible_project,
            "duplicates": list(visible.filter(duplicate_of=need)),
            "candidates": list(candidates[:MOST_CANDIDATES]),
            "bookings": list(bookings.select_related("resource", "place")),
            "suggestions": self.get_suggestions(),
            "due": due_tag(verify_due(need), today())
            if need.status == Need.Status.COLLECTED and "verify" in moves
            else None,
        }

    @cached_property
    def visible_project(self) -> Project | None:
        if self.object.project_id is None:
            return None
        return Project.objects.visible_to(self.actor).filter(pk=self.object.project_id).first()

    def get_suggestions(self) -> list:
        """For the staff, while the project still looks for a unit."""
        project = self.visible_project
        is_open = project is not None and project.status in (Project.Status.OPEN, Project.Status.UNCLAIMED)
        return suggest_units(project) if is_open and self.actor.role in STAFF else []


class NeedNew(FormPage):
    """Enter a need; a unit's own people, representatives and grid workers only say what and where."""

    model = Need
    roles = RAISERS
    form_class = NeedForm
    title = "登记需求"
    submit_label = "登记"
    success_message = "已登记。由另一位同事或上级核实后，各方都能看到。"
    action = staticmethod(raise_need)

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_initial(self):
        """The community of the actor's own place or unit, where there is just one."""
        code = place_code_of(self.actor)[:COMMUNITY_LENGTH]
        own = Division.objects.filter(code=code, level=Division.Level.COMMUNITY).first()
        return {
            "place": own,
            "side": Need.Side.RESIDENTS,
            "source": Need.Source.VISIT,
            "urgency": Need.Urgency.NORMAL,
        }

    def get_breadcrumbs(self):
        return [("需求清单", reverse("projects:need_list"))]

    def get_cancel_url(self):
        return reverse("projects:need_list")


class NeedChange(NeedRow, FormPage):
    """Correct a need that is not verified yet."""

    form_class = NeedChangeForm
    object_kwarg = "need"
    action = staticmethod(change_need)

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get(self, request, **kwargs):
        if self.object.status != Need.Status.COLLECTED or not may_change(self.object, self.actor):
            messages.error(request, "只有还没核实的需求可以由登记人或本辖区的工作人员修改。")
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)


class NeedMoveForm(NeedRow, FormPage):
    """A move that needs more than a note, as a form at the move's own address."""

    roles = STAFF
    move_name = ""

    @property
    def is_change(self) -> bool:
        """The row moves by its action, under its own lock."""
        return False

    def get(self, request, **kwargs):
        try:
            refuse_unless_possible(self.object, Need.get_move(self.move_name), self.actor, "-")
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)

    def get_title(self):
        return f"{Need.get_move(self.move_name).label}：{self.object.title}"

    def get_subtitle(self):
        return f"{self.object.number} · {self.object.place}"

    def get_breadcrumbs(self):
        return [*super().get_breadcrumbs(), (self.object.number, self.object.get_absolute_url())]

    def get_form_kwargs(self):
        return {"need": self.object, "actor": self.actor}

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "need": self.object}

    def get_cancel_url(self):
        return self.object.get_absolute_url()


class NeedLink(NeedMoveForm):
    """Link a need to the one that says the same (并入重复的需求)."""

    move_name = "link"
    form_class = LinkForm
    action = staticmethod(link_need)
    submit_label = "并入"
    success_message = "已并入。"
    help_text = (
        "列出同一社区前后 60 天内同领域或说法相近的需求。并入后不再单独办理，提出人看到的是原需求的进展。"
    )


class NeedJoin(NeedMoveForm):
    """Let a need go into a project that is there (并入已有项目)."""

    move_name = "convert"
    form_class = JoinForm
    action = staticmethod(convert_need)
    submit_label = "并入这个项目"
    success_message = "已并入项目。"
    help_text = "几条需求可以并入同一个项目。列出需求所在地还在进行的项目。"

    def get_title(self):
        return f"并入已有项目：{self.object.title}"


class NeedConvert(ProjectCreate):
    """From a need to a project in one step: the project's form, filled in from the need."""

    title = "转为项目"
    roles = DRAFTERS
    action = staticmethod(project_from_need)
    success_message = "项目草稿已保存，需求已转为项目。核对后点“提交审核”。"

    @cached_property
    def need(self) -> Need:
        rows = Need.objects.visible_to(self.actor).select_related("place")
        return get_object_or_404(rows, pk=self.kwargs["need_pk"])

    def get(self, request, **kwargs):
        try:
            refuse_unless_possible(self.need, Need.get_move("convert"), self.actor, "")
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.need.get_absolute_url())
        return super().get(request, **kwargs)

    def get_subtitle(self):
        return f"需求 {self.need.number} · {self.need.place}"

    def get_breadcrumbs(self):
        return [("需求清单", reverse("projects:need_list")), (self.need.title, self.need.get_absolute_url())]

    def get_initial(self):
        return {**super().get_initial(), **draft_of_need(self.need), "place": community_of(self.need.place)}

    def get_action_kwargs(self, cleaned):
        return {**super().get_action_kwargs(cleaned), "need": self.need}

    def get_context(self, **more):
        """Beside the new project the way into one that is there."""
        join = ("并入已有项目", reverse("projects:need_join", args=[self.need.pk]), "copy")
        has_others = joinable_projects(self.need, self.actor).exists()
        return super().get_context(actions=[join] if has_others else [], **more)

    def get_cancel_url(self):
        return self.need.get_absolute_url()


need_move = move_view(
    Need,
    {name: action for name, action in NEED_MOVES.items() if name != "link"},
    roles=STAFF,
    object_kwarg="need",
)


class NeedPoster(PosterPage):
    """提出需求 on a wall: residents raise needs by phone without an account."""

    title = "张贴二维码：提出需求"
    opens = "open:need_raise"
    lead = "需要什么，扫码说给社区"
    steps = (
        "手机扫一扫，写清需要什么、为谁、在哪里，不用注册。",
        "姓名电话可以不留，留了只有社区看得到。",
        "社区三个工作日内核实，合适的变成共建项目，由驻区单位来做。",
        "凭查询码随时看进展。",
    )

    def get_breadcrumbs(self):
        return [("需求清单", reverse("projects:need_list"))]
