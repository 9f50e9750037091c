"""Pages of the issue register (问题台账): the list, one issue with its steps, the forms of its moves."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import Tag, date_cell, date_text
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import STAFF
from core.todo import due_tag
from core.workflow import refuse_unless_possible
from units.actions.issues import (
    ISSUE_MOVES,
    assign_issue,
    mark_duplicate,
    rate_issue,
    record_rating,
    report_issue,
)
from units.documents.posters import PosterPage
from units.filters.issues import IssueFilter
from units.forms.issues import AssignForm, DuplicateForm, IssueForm, RateForm, RecordRatingForm
from units.models import Division, Issue
from units.models.issues import REPORTERS
from units.queries.issues import MOST_CANDIDATES, duplicate_candidates, place_code_of


def step_tag(issue: Issue) -> Tag | str:
    """How near the due day of the present step is; nothing once it is solved."""
    return due_tag(min(issue.step_due_on, issue.due_on), today()) if issue.step_due_on else ""


class IssueList(ListPage):
    """The register as far as the actor sees it, newest first; names and phones never stand in the list."""

    model = Issue
    title = "问题台账"
    roles = REPORTERS
    unit_word = "个"
    filterset_class = IssueFilter
    search_fields = ("title", "number", "text")
    search_hint = "标题、编号、情况"
    default_order = ("-registered_on", "-pk")
    empty_text = "还没有登记问题。居民、网格员、代表和单位反映的问题都会出现在这里。"
    columns = [
        Column("title", "标题", link=lambda row: row.get_absolute_url(), is_main=True, width=32),
        Column("number", "编号", sort="number"),
        Column("place", "发生地", "place.path_name", sort="place_code", width=22),
        Column("category", "类别", lambda row: row.get_category_display(), sort="category"),
        Column("source", "来源", lambda row: row.get_source_display(), in_page=False),
        Column("handler", "办理层级", "handler.name"),
        Column("unit", "承办单位", "unit.name", in_page=False, width=28),
        Column("registered_on", "登记日期", kind="date", sort="registered_on"),
        Column("due_on", "办结期限", kind="date", sort="due_on"),
        Column(
            "due",
            "时限",
            step_tag,
            kind="tag",
            sheet_value=lambda row: "逾期" if row.is_overdue(today()) else "",
        ),
        Column("resolved_on", "办结日期", kind="date", in_page=False),
        Column("satisfaction", "评议", lambda row: row.get_satisfaction_display(), in_page=False),
        Column("reporter", "反映人（隐去）", "masked_reporter", in_page=False, width=22),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("place", "handler", "unit")

    def get_actions(self):
        actions = [] if self.actor.is_read_only else [("登记问题", reverse("units:issue_new"), "plus")]
        if self.actor.role in STAFF:
            actions.append(("台账概况", reverse("units:issue_overview"), "chart-bar"))
            actions.append(("张贴二维码", reverse("units:issue_poster"), "grid-dots"))
        return actions

    def get_empty_action(self):
        return ("登记问题", reverse("units:issue_new"))


class IssueRow:
    """What the pages of one issue share."""

    model = Issue
    roles = REPORTERS

    def get_queryset(self):
        return super().get_queryset().select_related("place", "handler", "unit", "duplicate_of", "author")

    def get_breadcrumbs(self):
        return [("问题台账", reverse("units:issue_list"))]


def rating_text(issue: Issue) -> str:
    """``满意（电话回访登记）``: what was said, and whether the reporter said it."""
    return (
        f"{issue.get_satisfaction_display()}（{issue.get_rated_way_display()}）" if issue.satisfaction else ""
    )


class IssueDetail(IssueRow, DetailPage):
    """One issue: its steps, what the actor may do, what it repeats and what repeats it."""

    template_name = "units/issues_detail.html"

    def get_title(self):
        return self.object.title

    def get_subtitle(self):
        return f"{self.object.number} · {self.object.place}"

    def get_facts(self):
        issue = self.object
        facts = [
            ("情况", issue.text),
            ("类别", issue.get_category_display()),
            ("来源", issue.get_source_display()),
            ("反映人", self.reporter()),
            ("办理层级", f"{issue.handler}{f'（转上级 {issue.escalated} 次）' if issue.escalated else ''}"),
            ("承办单位", str(issue.unit) if issue.unit else ""),
            ("登记日期", date_text(issue.registered_on)),
            ("受理期限", date_cell(issue.accept_due_on) if issue.status == Issue.Status.REGISTERED else ""),
            ("办结期限", date_text(issue.due_on)),
            ("办理结果", issue.result),
            ("反馈", issue.reply),
            ("评议", rating_text(issue)),
            ("重新办理", "已重新办理一次" if issue.reopened else ""),
            ("查询码", issue.reply_code if issue.shows_reporter_to(self.actor) or self.is_author else ""),
        ]
        return [(label, value) for label, value in facts if value]

    @property
    def is_author(self) -> bool:
        return self.object.author_id is not None and self.object.author_id == self.actor.user_id

    def reporter(self) -> str:
        issue = self.object
        if not issue.shows_reporter_to(self.actor):
            return issue.masked_reporter
        return "，".join(part for part in (issue.reporter_name, issue.reporter_phone) if part)

    def get_extra_context(self):
        issue = self.object
        visible = Issue.objects.visible_to(self.actor)
        seen_original = visible.filter(pk=issue.duplicate_of_id).first() if issue.duplicate_of_id else None
        can_link = any(row.name == "mark_duplicate" for row in issue.available_moves(self.actor))
        candidates = (
            duplicate_candidates(issue).filter(pk__in=visible.values("pk"))
            if can_link
            else Issue.objects.none()
        )
        return {
            "original": seen_original,
            "duplicates": list(visible.filter(duplicate_of=issue)),
            "candidates": list(candidates.select_related("place")[:MOST_CANDIDATES]),
            "is_late": issue.is_overdue(today()),
            "step": step_tag(issue),
        }


class IssueNew(FormPage):
    """Enter an issue; a unit's own people and representatives only say what and where."""

    model = Issue
    roles = REPORTERS
    form_class = IssueForm
    title = "登记问题"
    submit_label = "登记"
    success_message = "已登记。社区在一个工作日内受理。"
    action = staticmethod(report_issue)

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_initial(self):
        """The community of the actor's own place or unit, where there is just one."""
        own = Division.objects.filter(code=place_code_of(self.actor), level=Division.Level.COMMUNITY).first()
        return {"place": own, "source": Issue.Source.VISIT}

    def get_breadcrumbs(self):
        return [("问题台账", reverse("units:issue_list"))]

    def get_cancel_url(self):
        return reverse("units:issue_list")


class IssueMoveForm(FormPage):
    """A move that needs more than a note, as a form at the move's own address."""

    model = Issue
    roles = REPORTERS
    move_name = ""
    success_message = "已办理。"

    def get_queryset(self):
        return super().get_queryset().select_related("place", "handler", "unit")

    @property
    def is_change(self) -> bool:
        """The row moves by its action, under its own lock."""
        return False

    @property
    def issue(self) -> Issue:
        return self.object

    def get(self, request, **kwargs):
        try:
            refuse_unless_possible(self.issue, Issue.get_move(self.move_name), self.actor, "")
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.issue.get_absolute_url())
        return super().get(request, **kwargs)

    def get_title(self):
        return f"{Issue.get_move(self.move_name).label}：{self.issue.title}"

    def get_subtitle(self):
        return f"{self.issue.number} · {self.issue.place}"

    def get_breadcrumbs(self):
        return [("问题台账", reverse("units:issue_list")), (self.issue.number, self.issue.get_absolute_url())]

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "issue": self.issue}

    def get_cancel_url(self):
        return self.issue.get_absolute_url()


class IssueAssign(IssueMoveForm):
    """Hand an issue to a unit or to the level's own staff (交办)."""

    move_name = "assign"
    form_class = AssignForm
    action = staticmethod(assign_issue)
    submit_label = "交办"
    success_message = "已交办。"


class IssueDuplicate(IssueMoveForm):
    """Link an issue to the one that says the same (并入已有问题)."""

    move_name = "mark_duplicate"
    form_class = DuplicateForm
    action = staticmethod(mark_duplicate)
    submit_label = "并入"
    success_message = "已并入。"
    help_text = "下面是同一社区前后 30 天内同类或标题相近的问题。并入后不再单独办理，反映人凭自己的查询码看到原问题的进展。"

    def get_form_kwargs(self):
        return {"issue": self.issue, "actor": self.actor}


class IssueRate(IssueMoveForm):
    """The reporter's own word (评议)."""

    move_name = "rate"
    form_class = RateForm
    action = staticmethod(rate_issue)
    submit_label = "提交评议"
    success_message = "已评议。"


class IssueRecordRating(IssueMoveForm):
    """Enter what the reporter said when called back (登记回访评议)."""

    move_name = "record_rating"
    form_class = RecordRatingForm
    action = staticmethod(record_rating)
    submit_label = "登记评议"
    success_message = "已登记评议。"


issue_move = move_view(Issue, ISSUE_MOVES, roles=REPORTERS, object_kwarg="issue")


class IssuePoster(PosterPage):
    """反映问题 on a wall: residents report by phone without an account."""

    title = "张贴二维码：反映问题"
    opens = "issues:report"
    lead = "有问题，扫码告诉社区"
    steps = (
        "手机扫一扫，写清在哪里、怎么样，不用注册。",
        "姓名电话可以不留，留了只有社区看得到。",
        "社区一个工作日内受理，一般十五个工作日内办结。",
        "凭查询码看办理情况，办结后请您评议。",
    )

    def get_breadcrumbs(self):
        return [("问题台账", reverse("units:issue_list"))]
