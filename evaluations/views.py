"""Pages of monthly visits (月走访): the list, one visit, recording, and who visits whom."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from core.access import requires
from core.clock import today
from core.columns import Column
from core.components import date_text, percent_text
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, move_view, query_string
from core.periods import Month
from core.roles import STAFF, UNIT_SIDE
from evaluations.actions import (
    ASSIGNERS,
    assign_visitor,
    confirm_visit,
    dispute_visit,
    end_assignment,
    exempt_visit,
    record_visit,
)
from evaluations.filters import AssignmentFilter, VisitFilter
from evaluations.forms import AssignmentForm, VisitRecordForm
from evaluations.models import VISITORS, MonthlyVisit, VisitAssignment
from evaluations.queries import visit_figures
from evaluations.sheets import ASSIGNMENT_COLUMNS, VISIT_COLUMNS
from units.models import Unit

MOVES = {"confirm": confirm_visit, "dispute": dispute_visit, "exempt": exempt_visit}


class VisitList(ListPage):
    """走访台账: every visit the actor may see, newest month first, with the rate of what is filtered."""

    model = MonthlyVisit
    roles = STAFF | UNIT_SIDE
    title = "月走访"
    columns = VISIT_COLUMNS
    filterset_class = VisitFilter
    search_fields = ("unit__name", "visitor__name")
    search_hint = "单位或走访人"
    default_order = ("-month", "due_on", "place_code", "pk")
    empty_text = "还没有走访任务。安排走访人以后，每月第一个工作日自动生成。"

    def get_rows(self):
        return super().get_rows().select_related("unit__place", "visitor")

    def get_actions(self):
        actions = (
            [("走访安排", reverse("evaluations:assignment-list"), "list-check")]
            if self.actor.role in STAFF
            else []
        )
        here = f"{reverse('evaluations:visit-list')}{query_string(month=Month.containing(today()))}"
        return [*actions, ("只看本月", here, "calendar")]

    def get_empty_action(self):
        return ("去安排走访", reverse("evaluations:assign")) if self.actor.role in ASSIGNERS else None

    def totals(self, rows):
        figures = visit_figures(rows)
        exempt = f"，免访 {figures.exempt}" if figures.exempt else ""
        rate = percent_text(*figures.rate)
        return {
            "unit": f"应访 {figures.owed}{exempt}",
            "status": f"走访率 {rate}（已确认 {figures.confirmed}）",
        }


class VisitDetail(DetailPage):
    """One visit: where it stands, whose turn it is, what was said."""

    model = MonthlyVisit
    roles = STAFF | UNIT_SIDE

    def get_queryset(self):
        return super().get_queryset().select_related("unit__place", "visitor", "recorded_by")

    def get_breadcrumbs(self):
        return [("月走访", reverse("evaluations:visit-list"))]

    def get_subtitle(self):
        return f"{self.object.unit.place} · {date_text(self.object.due_on)}到期"

    def get_facts(self):
        visit = self.object
        return [
            ("单位", visit.unit.name),
            ("走访人", str(visit.visitor)),
            ("走访日期", date_text(visit.visited_on)),
            ("方式", visit.get_mode_display()),
            ("见到的人", visit.met),
            ("谈了什么", visit.summary),
            ("答应了什么", visit.promise),
            ("答复期限", date_text(visit.promise_due_on)),
        ]


class VisitRecord(FormPage):
    """登记走访: the visitor's form, short enough for a phone."""

    model = MonthlyVisit
    roles = VISITORS
    form_class = VisitRecordForm
    action = staticmethod(record_visit)
    object_kwarg = "visit"
    submit_label = "登记，请对方确认"
    success_message = "已登记，已请对方联络员确认。"

    def get_queryset(self):
        return super().get_queryset().select_related("unit__place", "visitor")

    def get_title(self):
        return f"登记走访：{self.object.unit}"

    def get_subtitle(self):
        return f"{self.object.period.label} · {self.object.unit.place} · {date_text(self.object.due_on)}到期"

    def get_breadcrumbs(self):
        return [
            ("月走访", reverse("evaluations:visit-list")),
            (str(self.object), self.object.get_absolute_url()),
        ]

    def get_initial(self):
        """The row's own values; a first record opens with today (within the month) and an on-site visit."""
        visit, day = self.object, today()
        first = {"visited_on": day if visit.period.contains(day) else None, "mode": MonthlyVisit.Mode.ON_SITE}
        return {**first, **{name: value for name, value in super().get_initial().items() if value}}

    def get(self, request, **kwargs):
        if not any(move.name == "record" for move in self.object.available_moves(self.actor)):
            messages.error(request, f"这次走访现在不能登记：{self.object.get_status_display()}。")
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)


visit_move = move_view(MonthlyVisit, MOVES, roles=STAFF | UNIT_SIDE, object_kwarg="visit")


def change_link(row: VisitAssignment):
    """The way to another visitor, or to ending the assignment, which is done on the same page."""
    if row.to_on is not None:
        return ""
    return format_html(
        '<a class="btn s" href="{}{}">改安排</a>',
        reverse("evaluations:assign"),
        query_string(unit=row.unit_id),
    )


class AssignmentList(ListPage):
    """走访安排: who visits which unit how often."""

    model = VisitAssignment
    roles = STAFF
    title = "走访安排"
    subtitle = "每月第一个工作日按这里的安排生成走访任务。"
    filterset_class = AssignmentFilter
    search_fields = ("unit__name", "visitor__name")
    search_hint = "单位或走访人"
    default_order = ("unit__place_code", "unit__name_pinyin", "-from_on", "pk")
    unit_word = "项"
    empty_text = "还没有安排。安排以后，每月第一个工作日自动生成走访任务。"

    def get_rows(self):
        return super().get_rows().select_related("unit__place", "visitor")

    def get_breadcrumbs(self):
        return [("月走访", reverse("evaluations:visit-list"))]

    def get_columns(self):
        if self.actor.role not in ASSIGNERS:
            return ASSIGNMENT_COLUMNS
        button = Column("change", "", change_link, kind="html", in_sheet=False)
        return [*ASSIGNMENT_COLUMNS, button]

    def get_actions(self):
        return [("安排走访", reverse("evaluations:assign"), "plus")] if self.actor.role in ASSIGNERS else []

    def get_empty_action(self):
        return ("安排走访", reverse("evaluations:assign")) if self.actor.role in ASSIGNERS else None


class Assign(FormPage):
    """安排走访: give a unit a visitor; a former one ends that day."""

    model = VisitAssignment
    roles = ASSIGNERS
    form_class = AssignmentForm
    template_name = "evaluations/assign.html"
    action = staticmethod(assign_visitor)
    title = "安排走访"
    submit_label = "保存安排"
    success_message = "已安排。"

    def get_breadcrumbs(self):
        return [("走访安排", reverse("evaluations:assignment-list"))]

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def current(self) -> VisitAssignment | None:
        """The running assignment of the unit the address names (``?unit=``), if the actor may see it."""
        number = self.request.GET.get("unit", "")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        rows = VisitAssignment.objects.visible_to(self.actor).filter(unit_id=int(number), to_on__isnull=True)
        return rows.select_related("unit", "visitor").first()

    def get_initial(self):
        row = self.current()
        if row:
            return {"unit": row.unit, "visitor": row.visitor_id, "cadence": row.cadence}
        number = self.request.GET.get("unit", "")
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        unit = Unit.objects.visible_to(self.actor).filter(pk=int(number)).first() if is_number else None
        return {"unit": unit} if unit else {}

    def get_context(self, **more):
        return super().get_context(current=self.current(), **more)

    def get_success_url(self, obj):
        return reverse("evaluations:assignment-list")

    def get_cancel_url(self):
        return reverse("evaluations:assignment-list")


@require_POST
@requires(ASSIGNERS)
def end(request, pk):
    """End an assignment today; visits already opened stay."""
    row = get_object_or_404(VisitAssignment.objects.visible_to(request.actor), pk=pk)
    try:
        end_assignment(assignment=row, actor=request.actor)
        messages.success(request, f"已结束对{row.unit}的走访安排。")
    except RuleViolation as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("evaluations:assignment-list"))
