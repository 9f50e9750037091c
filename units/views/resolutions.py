"""Pages of resolutions (议定事项): the list, a unit's own on the phone, one resolution with its steps, the forms."""

from functools import cached_property

from django import forms
from django.contrib import messages
from django.db.models import Case, Q, Value, When
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.access import actor_of, requires
from core.clock import today
from core.columns import Column
from core.components import date_text
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, answer_move, move_view
from core.roles import STAFF, UNIT_SIDE, Role
from core.todo import due_tag
from units.actions.resolutions import (
    RESOLUTION_MOVES,
    add_resolution,
    ask_extension,
    change_resolution,
    issue_task_sheet,
    report_progress,
)
from units.filters.meetings import ResolutionFilter
from units.forms.meetings import ExtensionForm, ResolutionForm
from units.models import Meeting, Resolution
from units.models.meetings import CONVENERS
from units.views.meetings import documents_about

READERS = STAFF | UNIT_SIDE | {Role.REPRESENTATIVE}


def due_cell(row: Resolution):
    """How near the due day is; nothing once it is done."""
    return due_tag(row.due_on, today()) if row.status in ("open", "extension") else ""


class ResolutionList(ListPage):
    """Resolutions the actor has to do with, the most urgent first; a unit sees those it leads or helps with."""

    model = Resolution
    roles = READERS
    unit_word = "件"
    filterset_class = ResolutionFilter
    search_fields = ("text", "number", "lead_unit__name", "meeting__title")
    search_hint = "内容、编号、牵头单位、会议"
    columns = [
        Column("text", "议定事项", link=lambda row: row.get_absolute_url(), is_main=True, width=40),
        Column("number", "编号", sort="number", in_page=False, width=26),
        Column("category", "类别", lambda row: row.get_category_display(), sort="category", in_page=False),
        Column("lead", "牵头", lambda row: str(row.lead), width=24),
        Column("meeting", "会议", "meeting.title", width=34),
        Column("due_on", "办结期限", kind="date", sort="due_on"),
        Column(
            "due",
            "时限",
            due_cell,
            kind="tag",
            sheet_value=lambda row: "逾期" if row.is_overdue(today()) else "",
        ),
        Column("progress", "进度", lambda row: f"{row.progress}%", sort="progress", align="n"),
        Column("extensions", "延期", kind="int", in_page=False),
        Column("closed_on", "销号日期", kind="date", sort="closed_on", in_page=False),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    @property
    def is_unit_side(self) -> bool:
        return self.actor.role in UNIT_SIDE

    def get_title(self):
        return "本单位议定事项" if self.is_unit_side else "议定事项"

    @property
    def empty_text(self) -> str:
        return (
            "没有由贵单位牵头或配合的议定事项。"
            if self.is_unit_side
            else "还没有议定事项。纪要印发后会出现在这里。"
        )

    @property
    def default_order(self):
        if not self.is_unit_side:
            return ("-meeting__year", "-meeting__number", "pk")
        is_open = When(status__in=Resolution.UNCLOSED, then=Value(0))
        return (Case(is_open, default=Value(1)), "due_on", "pk")

    def get_rows(self):
        rows = super().get_rows().select_related("lead_unit", "lead_place", "meeting")
        if self.is_unit_side:
            helped = Resolution.co_units.through.objects.filter(unit_id=self.actor.unit_id).values(
                "resolution_id"
            )
            return rows.filter(Q(lead_unit_id=self.actor.unit_id) | Q(pk__in=helped))
        return rows


class ResolutionDetail(DetailPage):
    """One resolution: how far it has come, whose turn it is, and its task sheet."""

    model = Resolution
    roles = READERS
    template_name = "units/resolution_detail.html"

    def get_queryset(self):
        return super().get_queryset().select_related("lead_unit", "lead_place", "meeting__body", "item")

    def get_title(self):
        return self.object.text[:60]

    def get_subtitle(self):
        return f"{self.object.number} · {self.object.meeting}"

    def get_breadcrumbs(self):
        meeting = self.object.meeting
        return [("议定事项", reverse("units:resolution_list")), (str(meeting), meeting.get_absolute_url())]

    def get_facts(self):
        row = self.object
        facts = [
            ("议定内容", row.text),
            ("类别", row.get_category_display()),
            ("议题", str(row.item) if row.item else ""),
            ("牵头", str(row.lead)),
            ("配合", "、".join(str(unit) for unit in row.co_units.order_by("pk"))),
            ("办结期限", date_text(row.due_on)),
            (
                "已延期",
                f"{row.extensions} 次（最多 {Resolution.MAX_EXTENSIONS} 次）" if row.extensions else "",
            ),
            ("申请延至", date_text(row.wanted_due_on) if row.wanted_due_on else ""),
            ("进度", f"{row.progress}%"),
            ("完成日期", date_text(row.done_on) if row.done_on else ""),
            ("销号日期", date_text(row.closed_on) if row.closed_on else ""),
        ]
        return [(label, value) for label, value in facts if value]

    @cached_property
    def is_convener(self) -> bool:
        actor = self.actor
        return (
            actor.role in CONVENERS and not actor.is_read_only and actor.stands_over(self.object.place_code)
        )

    def get_actions(self):
        if self.is_convener and self.object.meeting.status in Meeting.MINUTING:
            return [("修改", reverse("units:resolution_edit", args=[self.object.pk]), "pencil")]
        return []

    def get_extra_context(self):
        row = self.object
        can_report = row.is_led_by(self.actor) and not self.actor.is_read_only
        return {
            "is_draft": not row.is_in_force,
            "is_late": row.is_in_force and row.is_overdue(today()),
            "can_progress": can_report and row.is_in_force and row.status == Resolution.Status.OPEN,
            "can_print": self.is_convener and row.is_in_force,
            "documents": list(documents_about(row)),
        }


class ResolutionNew(FormPage):
    """Write down what a session decided."""

    model = Resolution
    roles = CONVENERS
    form_class = ResolutionForm
    action = staticmethod(add_resolution)
    title = "登记议定事项"
    submit_label = "登记"
    success_message = "议定事项已登记，纪要印发后生效。"

    @cached_property
    def meeting(self) -> Meeting:
        rows = Meeting.objects.visible_to(self.actor).select_related("body__place")
        return get_object_or_404(rows, pk=self.kwargs["meeting_pk"])

    def get_subtitle(self):
        return str(self.meeting)

    def get_breadcrumbs(self):
        return [
            ("会议", reverse("units:meeting_list")),
            (str(self.meeting), self.meeting.get_absolute_url()),
        ]

    def get_form_kwargs(self):
        return {"meeting": self.meeting}

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "meeting": self.meeting}

    def get_cancel_url(self):
        return self.meeting.get_absolute_url()

    def get_success_url(self, obj):
        return f"{self.meeting.get_absolute_url()}#resolutions"


class ResolutionEdit(FormPage):
    """Change a resolution while its minutes are not issued."""

    model = Resolution
    roles = CONVENERS
    form_class = ResolutionForm
    action = staticmethod(change_resolution)
    title = "修改议定事项"

    def get_queryset(self):
        return super().get_queryset().select_related("meeting__body__place")

    def get_form_kwargs(self):
        return {"meeting": self.object.meeting}


class ResolutionExtend(FormPage):
    """Ask for more time."""

    model = Resolution
    roles = CONVENERS | UNIT_SIDE
    form_class = ExtensionForm
    action = staticmethod(ask_extension)
    title = "申请延期"
    submit_label = "申请延期"
    success_message = "延期申请已提交，等召集单位决定。"
    help_text = "一件议定事项最多延期两次。"

    def get_initial(self):
        return {"wanted_due_on": self.object.wanted_due_on}

    def get_subtitle(self):
        return f"{self.object}，现在的期限是{date_text(self.object.due_on)}"


class ProgressForm(forms.Form):
    """How far a resolution has come."""

    progress = forms.IntegerField(label="进度（%）", min_value=0, max_value=100)
    note = forms.CharField(label="进展情况", max_length=2000, required=False, widget=forms.Textarea)


class ResolutionProgress(FormPage):
    """Say how far it has come."""

    model = Resolution
    roles = CONVENERS | UNIT_SIDE
    form_class = ProgressForm
    action = staticmethod(report_progress)
    title = "填报进度"
    submit_label = "填报"
    success_message = "进度已更新。"

    def get_subtitle(self):
        return str(self.object)


@require_POST
@requires(CONVENERS)
def task_sheet(request, pk):
    """Issue the task sheet; the page then offers it."""
    actor = actor_of(request)
    rows = Resolution.objects.visible_to(actor).select_related("lead_unit", "lead_place", "meeting__body")
    row = get_object_or_404(rows, pk=pk)
    try:
        issue_task_sheet(resolution=row, actor=actor)
    except RuleViolation as refusal:
        return answer_move(request, row.get_absolute_url(), refusal)
    messages.success(request, "督办单已印发，可以下载。")
    return HttpResponseRedirect(row.get_absolute_url())


resolution_move = move_view(Resolution, RESOLUTION_MOVES, roles=CONVENERS | UNIT_SIDE)
