"""Endpoints that belong to no single app: what waits for me, and long work."""

from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers

from core.api.naming import named_serializer
from core.api.views import ApiView
from core.clock import today
from core.models import Job
from core.todo import todo_items


def local(moment):
    return moment and timezone.localtime(moment)


class TodoView(ApiView):
    """What waits for the token's person, most urgent first (待办)."""

    help = "等我办的事项"
    tag = "todo"
    response_serializer = named_serializer(
        "TodoList",
        {
            "count": serializers.IntegerField(),
            "results": named_serializer(
                "TodoItem",
                {
                    "kind": serializers.CharField(help_text="事项类型"),
                    "title": serializers.CharField(help_text="事项"),
                    "why": serializers.CharField(help_text="为什么轮到您"),
                    "due_on": serializers.DateField(allow_null=True, help_text="期限"),
                    "is_overdue": serializers.BooleanField(help_text="是否逾期"),
                    "action": serializers.CharField(help_text="要做什么"),
                    "url": serializers.CharField(help_text="办理页面的地址"),
                },
            )(many=True),
        },
    )

    def get(self, request, **kwargs):
        on = today()
        items = todo_items(self.actor, on)
        return {"count": len(items), "results": [self.shape(item, on) for item in items]}

    def shape(self, item, on) -> dict:
        return {
            "kind": item.kind,
            "title": item.title,
            "why": item.why,
            "due_on": item.due_on,
            "is_overdue": item.is_overdue(on),
            "action": item.action_label,
            "url": self.request._request.build_absolute_uri(item.url),
        }


def job_data(job: Job) -> dict:
    """A job as the API tells it; also the answer (202) of what starts one."""
    return {
        "id": job.pk,
        "kind": job.kind,
        "title": job.title,
        "status": job.status,
        "status_display": job.get_status_display(),
        "done": job.done,
        "total": job.total,
        "progress": progress_of(job),
        "counts": job.counts,
        "errors": [error_data(one) for one in job.errors],
        "message": job.message,
        "created_at": local(job.created_at),
        "started_at": local(job.started_at),
        "finished_at": local(job.finished_at),
    }


def progress_of(job: Job) -> int:
    """Whole per cent; 100 only when the work has ended."""
    if not job.is_open:
        return 100
    return min(job.done * 100 // job.total, 99) if job.total else 0


def error_data(error: dict) -> dict:
    return {"row": error.get("row"), "column": error.get("column"), "message": error.get("message", "")}


JobSerializer = named_serializer(
    "Job",
    {
        "id": serializers.IntegerField(),
        "kind": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.ChoiceField(choices=Job.Status.choices),
        "status_display": serializers.CharField(),
        "done": serializers.IntegerField(help_text="已处理的行数"),
        "total": serializers.IntegerField(help_text="总行数"),
        "progress": serializers.IntegerField(help_text="百分比 0–100"),
        "counts": serializers.DictField(help_text="统计，例如 new、changed、same、refused"),
        "errors": named_serializer(
            "RowError",
            {
                "row": serializers.IntegerField(allow_null=True, help_text="表格里的行号"),
                "column": serializers.CharField(allow_null=True, help_text="列名"),
                "message": serializers.CharField(help_text="哪里不对，怎么改"),
            },
        )(many=True),
        "message": serializers.CharField(),
        "created_at": serializers.DateTimeField(),
        "started_at": serializers.DateTimeField(allow_null=True),
        "finished_at": serializers.DateTimeField(allow_null=True),
    },
)


class JobView(ApiView):
    """A long piece of work of one's own: progress, counts and row errors (任务)."""

    help = "任务的进度、统计和逐行错误"
    tag = "jobs"
    response_serializer = JobSerializer

    def get(self, request, pk, **kwargs):
        job = Job.objects.visible_to(self.actor).filter(pk=pk).first()
        if job is None:
            raise Http404
        return job_data(job)


urlpatterns = [
    path("todo/", TodoView.as_view(), name="todo"),
    path("jobs/<int:pk>/", JobView.as_view(), name="job-detail"),
]
