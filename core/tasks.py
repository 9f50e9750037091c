"""Tasks that every deployment needs whatever it is used for."""

from celery import shared_task
from django.utils import timezone

from core import jobs
from core.models import Heartbeat


@shared_task(name="core.tasks.heartbeat")
def heartbeat() -> None:
    """A worker's sign of life: the task came from beat through Redis into PostgreSQL."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})


@shared_task(name="core.tasks.run_job")
def run_job(job_id: int) -> None:
    """Run a job's present phase."""
    jobs.run_job(job_id)


@shared_task(name="core.tasks.sweep_jobs")
def sweep_jobs() -> None:
    """Wake the jobs that a killed worker left behind."""
    jobs.sweep_jobs()
