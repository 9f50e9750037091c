"""Pages of survey rounds (摸排): the rounds with their progress, the lines of one, a line on the phone, the spreadsheet."""

from functools import cached_property

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import Tag
from core.errors import InputError, RuleViolation
from core.indicators import rate_display
from core.pages import FormPage, ListPage
from core.roles import STAFF
from core.uploads import refuse_too_large
from units.actions.surveys import fill_by_sheet, fill_line, open_round
from units.filters.carriers import LineFilter, RoundFilter
from units.forms.carriers import LineForm, RoundForm, SheetForm
from units.models import SurveyLine, SurveyRound
from units.views.carriers import FactForm

MOST_ERRORS = 20


def progress_of(lines) -> tuple[int, int]:
    """(filled, all) of some lines."""
    found = lines.order_by().aggregate(
        done=Count("pk", filter=Q(surveyed_on__isnull=False)), total=Count("pk")
    )
    return found["done"], found["total"]


def counted(lines, **more):
    """How many lines of the outer round there are, as a subquery."""
    rows = (
        lines.filter(round=OuterRef("pk"), **more)
        .order_by()
        .values("round")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(rows), 0)


class RoundList(ListPage):
    """摸排: rounds with how far each has come in the actor's own place."""

    model = SurveyRound
    roles = STAFF
    title = "摸排"
    unit_word = "轮"
    filterset_class = RoundFilter
    search_fields = ("name",)
    search_hint = "摸排名称"
    default_order = ("-opened_on", "-pk")
    empty_text = "还没有开展摸排。"
    columns = [
        Column("name", "名称", link=lambda row: row.get_absolute_url(), is_main=True, width=32),
        Column("place", "范围", "place.path_name", width=22),
        Column("opened_on", "开始日期", kind="date", sort="opened_on"),
        Column("due_on", "截止日期", kind="date", sort="due_on"),
        Column("line_count", "应摸排", kind="int"),
        Column("filled_count", "已摸排", kind="int"),
        Column("progress", "进度", lambda row: rate_display(row.filled_count, row.line_count), align="n"),
        Column("state", "状态", lambda row: round_tag(row), kind="tag"),
    ]

    def get_rows(self):
        lines = SurveyLine.objects.visible_to(self.actor)
        rows = super().get_rows().select_related("place")
        return rows.annotate(
            line_count=counted(lines), filled_count=counted(lines, surveyed_on__isnull=False)
        )

    def get_actions(self):
        return [] if self.actor.is_read_only else [("开展摸排", reverse("units:survey_new"), "plus")]


def round_tag(row: SurveyRound) -> Tag:
    if row.filled_count == row.line_count:
        return Tag("已完成", "ok")
    return Tag("已过截止日期", "late") if row.due_on < today() else Tag("进行中", "info")


class RoundNew(FormPage):
    """Open a round."""

    model = SurveyRound
    roles = STAFF
    form_class = RoundForm
    title = "开展摸排"
    submit_label = "开展"
    success_message = "已开展摸排，每家正常经营的两新组织各有一行。"
    action = staticmethod(open_round)

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_breadcrumbs(self):
        return [("摸排", reverse("units:survey_list"))]

    def get_cancel_url(self):
        return reverse("units:survey_list")


class LineList(ListPage):
    """The lines of one round; the export is the spreadsheet to fill in."""

    model = SurveyLine
    roles = STAFF
    unit_word = "家"
    filterset_class = LineFilter
    search_fields = ("unit__name",)
    search_hint = "单位名称"
    default_order = ("unit__place_code", "pk")
    empty_text = "没有符合条件的单位。"
    columns = [
        Column("id", "编号", "pk", in_page=False, kind="int"),
        Column("unit", "单位", "unit.name", link=lambda row: row.get_absolute_url(), is_main=True, width=32),
        Column("place", "所在社区", "unit.place.path_name", sort="unit__place_code", width=22),
        Column("is_operating", "正常经营"),
        Column("employees", "从业人数", kind="int"),
        Column("members_total", "党员人数", kind="int"),
        Column("members_full", "正式党员人数", kind="int"),
        Column("not_built_reason", "未建原因", in_page=False, width=24),
        Column("surveyed_on", "摸排日期", kind="date", sort="surveyed_on"),
        Column("state", "摸排情况", lambda row: line_tag(row), kind="tag"),
    ]

    @cached_property
    def round(self) -> SurveyRound:
        rounds = SurveyRound.objects.visible_to(self.actor).select_related("place")
        return get_object_or_404(rounds, pk=self.kwargs["pk"])

    @cached_property
    def progress(self) -> tuple[int, int]:
        return progress_of(SurveyLine.objects.visible_to(self.actor).filter(round=self.round))

    def get_title(self):
        return self.round.name

    def get_subtitle(self):
        done, total = self.progress
        return f"{self.round.place} · {self.round.due_on} 截止 · 已摸排 {done:,} / {total:,} 家（{rate_display(done, total)}）"

    def get_breadcrumbs(self):
        return [("摸排", reverse("units:survey_list"))]

    def get_rows(self):
        return super().get_rows().filter(round=self.round).select_related("unit__place", "round")

    def get_actions(self):
        return (
            []
            if self.actor.is_read_only
            else [("表格回填", reverse("units:survey_sheet", args=[self.round.pk]), "file-import")]
        )


def line_tag(line: SurveyLine) -> Tag:
    if line.surveyed_on is None:
        return Tag("未摸排", "off")
    return Tag("与台账不同", "wait") if line.differs else Tag("已摸排", "ok")


class LineEdit(FactForm):
    """Fill in one line; made for the phone."""

    model = SurveyLine
    object_kwarg = "line"
    form_class = LineForm
    submit_label = "保存"
    success_message = "已登记摸排结果。"
    action = staticmethod(fill_line)

    def get_queryset(self):
        return super().get_queryset().select_related("unit__place", "round")

    def get_title(self):
        return f"摸排：{self.object.unit}"

    def get_subtitle(self):
        unit = self.object.unit
        told = f"台账：从业 {unit.employees:,} 人，党员 {unit.members_total:,} 人，正式党员 {unit.members_full:,} 人"
        return f"{unit.place} · {told}"

    def get_initial(self):
        line, unit = self.object, self.object.unit
        if line.surveyed_on is None:
            return {
                "employees": unit.employees,
                "members_total": unit.members_total,
                "members_full": unit.members_full,
            }
        return self.stored_values(line)

    def get_success_url(self, obj):
        return obj.round.get_absolute_url() + "?filled=false"

    def get_cancel_url(self):
        return self.object.round.get_absolute_url()

    def get_breadcrumbs(self):
        return [
            ("摸排", reverse("units:survey_list")),
            (self.object.round.name, self.object.round.get_absolute_url()),
        ]


class LineSheet(FactForm):
    """Fill in many lines by spreadsheet."""

    model = SurveyRound
    object_kwarg = "round"
    form_class = SheetForm
    title = "表格回填"
    submit_label = "上传回填"
    is_multipart = True
    action = staticmethod(fill_by_sheet)

    def post(self, request, **kwargs):
        try:
            refuse_too_large(request)
        except RuleViolation as refusal:
            return self.render_refusal(self.get_form({}, {}), refusal, status=413)
        return super().post(request, **kwargs)

    def run_action(self, cleaned, row=None):
        result = super().run_action(cleaned, row)
        if result["errors"]:
            shown = "；".join(str(error) for error in result["errors"][:MOST_ERRORS])
            rest = len(result["errors"]) - MOST_ERRORS
            raise InputError(
                f"表格没有写入，请改正后再上传。{shown}" + (f"；另有{rest}处。" if rest > 0 else ""),
                field="file",
            )
        self.success_message = f"已回填 {result['filled']} 家；{result['blank']} 行没有填写，未改动。"
        return self.object

    def get_breadcrumbs(self):
        return [("摸排", reverse("units:survey_list")), (self.object.name, self.object.get_absolute_url())]
