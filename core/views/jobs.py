"""任务: long work of one's own, its progress and report, and the buttons that send it on."""

from collections.abc import Callable

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.access import actor_of, requires
from core.columns import Column
from core.errors import RuleViolation
from core.jobs import can_undo, cancel_job, confirm_job, kind_of, undo_job
from core.models import Job
from core.pages import DetailPage, ListPage
from core.pages.moves import answer_move

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class JobList(ListPage):
    """The long work that a person has started, newest first."""

    model = Job
    title = "任务"
    unit_word = "个"
    subtitle = "导入等需要一会儿的工作在后台进行，可以离开页面，随时回到这里看结果。"
    empty_text = "还没有发起过任务。"
    columns = [
        Column("title", "名称", link=lambda row: row.get_absolute_url(), is_main=True),
        Column("kind", "类型", lambda row: kind_of(row).label),
        Column("created_at", "发起时间", kind="date", sort="created_at"),
        Column("finished_at", "完成时间", kind="date", sort="finished_at"),
        Column("status", "状态", kind="tag", sort="status"),
    ]


class JobPage(DetailPage):
    """One job: how far it is, what it found, and what the person may do next."""

    model = Job
    template_name = "core/job_detail.html"
    shows_attachments = False

    def get_breadcrumbs(self):
        return [("任务", reverse("core:job-list"))]

    def get_subtitle(self):
        return kind_of(self.object).label

    def get_extra_context(self) -> dict:
        job, kind = self.object, kind_of(self.object)
        return {
            "job": job,
            "kind": kind,
            "can_confirm": job.status == Job.Status.READY,
            "can_cancel": job.status in {Job.Status.WAITING, Job.Status.RUNNING, Job.Status.READY},
            "can_undo": can_undo(job),
            "report": kind.facts(job),
        }

    def render(self, context: dict, *, template_name: str = "", status: int = 200):
        htmx = getattr(self.request, "htmx", None)
        is_part = bool(htmx) and htmx.target == "job"
        return super().render(
            context, template_name="core/_job.html" if is_part else template_name, status=status
        )


@requires()
def result(request, pk: int):
    """The file that a job made, for the person who started it."""
    job = get_object_or_404(Job.objects.visible_to(actor_of(request)), pk=pk)
    if not job.result:
        raise Http404
    name = job.result.name.rpartition("/")[2]
    return FileResponse(job.result.open("rb"), as_attachment=True, filename=name, content_type=XLSX)


VERBS: dict[str, tuple[Callable[..., Job], str]] = {
    "confirm": (confirm_job, "已确认，正在写入。"),
    "cancel": (cancel_job, "已取消，没有写入任何数据。"),
    "undo": (undo_job, "正在撤销。"),
}


@require_POST
@requires()
def act(request, pk: int, verb: str):
    """One press of 确认, 取消 or 撤销."""
    job = get_object_or_404(Job.objects.visible_to(actor_of(request)), pk=pk)
    if verb not in VERBS:
        raise Http404
    action, sentence = VERBS[verb]
    try:
        action(job=job, actor=actor_of(request))
    except RuleViolation as refusal:
        return answer_move(request, job.get_absolute_url(), refusal)
    messages.success(request, sentence)
    return answer_move(request, job.get_absolute_url())
