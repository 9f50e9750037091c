"""放假安排: which days are (not) workdays by notice; whoever enters one sees what moved."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.access import requires
from core.calendar_changes import enter_override, remove_override
from core.columns import Column
from core.models import WorkdayOverride
from core.pages import FormPage, ListPage
from core.roles import Role

KEEPERS = frozenset({Role.SYSADMIN, Role.DISTRICT})


class WorkdayList(ListPage):
    """All days somebody said something about."""

    model = WorkdayOverride
    roles = KEEPERS
    title = "放假安排"
    subtitle = "国务院办公厅的放假通知公布后在这里录入，未办完的事项会按新的工作日重新计算到期日。"
    template_name = "core/workday_list.html"
    columns = [
        Column("date", "日期", sort="date", kind="date"),
        Column("is_workday", "安排", lambda row: "上班" if row.is_workday else "放假"),
        Column("note", "说明"),
        Column("source", "依据"),
    ]
    default_order = ("-date",)
    empty_text = "还没有录入。没有录入的日期按已公布的放假安排计算；尚未公布的年份暂按周一至周五。"

    def get_rows(self):
        # Public calendar, no business data: whoever may open the page sees all of it.
        return WorkdayOverride.objects.all() if self.actor.role in KEEPERS else WorkdayOverride.objects.none()

    def get_actions(self):
        return [("录入一天", reverse("core:workday-enter"), "plus")]

    def get_context(self, **more):
        return super().get_context(latest=self.get_rows().order_by("-date")[:20], **more)


class WorkdayForm(forms.Form):
    date = forms.DateField(label="日期", widget=forms.DateInput(attrs={"type": "date"}))
    is_workday = forms.TypedChoiceField(
        label="安排",
        choices=[("0", "放假"), ("1", "上班（调休）")],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="说明", max_length=100, required=False, help_text="例如：元旦、春节调休")
    source = forms.CharField(
        label="依据", max_length=200, help_text="放假通知的文号，例如“国办发明电〔2026〕8号”"
    )


class WorkdayEnter(FormPage):
    """Enter or correct one day."""

    model = WorkdayOverride
    form_class = WorkdayForm
    roles = KEEPERS
    title = "录入放假安排"
    action = staticmethod(enter_override)
    success_message = "已录入，未办完事项的到期日已按新的工作日重新计算。"

    def get_queryset(self):
        return (
            WorkdayOverride.objects.filter() if self.actor.role in KEEPERS else WorkdayOverride.objects.none()
        )

    def get_success_url(self, obj):
        return reverse("core:workdays")

    def get_cancel_url(self):
        return reverse("core:workdays")


@require_POST
@requires(KEEPERS)
def remove_workday(request, pk):
    """Take one day back."""
    remove_override(override=get_object_or_404(WorkdayOverride, pk=pk), actor=request.actor)
    messages.success(request, "已取消这一天的安排，到期日已重新计算。")
    return redirect("core:workdays")
