"""Long work that a worker does in steps (任务): started by a person, found again under 任务, ended exactly once.

The stored row is the truth. A phase runs in one transaction under an advisory lock, and the row's new status is
written in that same transaction: a worker that is killed leaves nothing, the lock is free again, and the sweep
wakes another one. Progress goes through a connection of its own, so that it is seen before the work is committed.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from django.core.files import File
from django.db import IntegrityError, InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import F, Q
from django.utils import timezone

from core.actor import Actor
from core.errors import RuleViolation
from core.models import Job
from core.queue import send_after_commit, send_now

logger = logging.getLogger(__name__)

LOCK_CLASS = 510_107
MAX_ATTEMPTS = 5
STALE_AFTER = timedelta(seconds=45)
PROGRESS_SECONDS = 0.4
UNDO_WITHIN = timedelta(hours=24)
OPEN = (Job.Status.WAITING, Job.Status.RUNNING, Job.Status.APPLYING)
FAILED_SENTENCE = "系统出了问题，没有写入任何数据。请稍后重新发起；仍不行时请联系系统管理员。"
GIVEN_UP_SENTENCE = f"试了{MAX_ATTEMPTS}次都没有做完，没有写入任何数据。请联系系统管理员。"
RUN_TASK = "core.tasks.run_job"


class Abandoned(Exception):
    """The job was cancelled while its phase ran: everything the phase wrote is rolled back."""


class Progress:
    """Tells how far a phase has come, through a connection outside of the phase's transaction."""

    def __init__(self, job_id: int):
        self.job_id = job_id
        self.told_at = 0.0

    @cached_property
    def side(self):
        return connections["default"].copy()

    def __call__(self, done: int, total: int = 0, *, at_once: bool = False) -> None:
        """Note ``done`` of ``total`` steps (0: unknown); quick calls are skipped unless ``at_once``."""
        now = time.monotonic()
        if not at_once and now - self.told_at < PROGRESS_SECONDS:
            return
        self.told_at = now
        with self.side.cursor() as cursor:
            cursor.execute(
                "UPDATE core_job SET done = %s, total = %s, beat_at = now() WHERE id = %s",
                [done, total, self.job_id],
            )

    def close(self) -> None:
        if "side" in self.__dict__:
            self.side.close()


Phase = Callable[[Job, Progress], None]


@dataclass(frozen=True)
class JobKind:
    """A kind of long work: its phases by name, and the template of its report on the job's page.

    A phase may set fields of the job, its ``status`` at least; it must not save the job itself. ``undo`` names the
    phase that takes a done job back; it is offered once a phase has set ``options["is_written"]``. ``facts(job)``
    gives the page's template what it shows.
    """

    name: str
    label: str
    phases: dict[str, Phase]
    template: str = ""
    undo: str = ""
    confirm_label: str = "确认"
    facts: Callable[[Job], dict] = field(default=lambda job: {})


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Offer a kind of long work; called in ``apps.py ready()``."""
    _kinds[kind.name] = kind


def kind_of(job: Job) -> JobKind:
    return _kinds[job.kind]


def actor_of(job: Job) -> Actor:
    """Who asked for the present phase, in the role of that moment."""
    return Actor(**job.options["actor"])


# What people do


@transaction.atomic
def start_job(
    *,
    kind: str,
    phase: str,
    title: str,
    actor: Actor,
    source: File | None = None,
    options: dict | None = None,
) -> Job:
    """Store the work and wake a worker once it is committed."""
    job = Job.objects.create(
        kind=kind,
        title=title[:200],
        source=source or "",
        options={**(options or {}), "phase": phase, "actor": actor.as_dict()},
        place_code=actor.place_code,
        created_by_id=actor.user_id,
        membership_id=actor.membership_id,
        beat_at=timezone.now(),
    )
    send_after_commit(RUN_TASK, job.pk)
    return job


@transaction.atomic
def move_on(*, job: Job, source: str, phase: str, actor: Actor) -> Job:
    """Send a resting job into its next writing phase; refuses when somebody was quicker."""
    locked = Job.objects.visible_to(actor).select_for_update().get(pk=job.pk)
    if locked.status != source:
        raise RuleViolation(
            f"任务现在是“{locked.get_status_display()}”，请刷新页面看看。", code="wrong_state"
        )
    locked.status = Job.Status.APPLYING
    locked.options = {**locked.options, "phase": phase, "actor": actor.as_dict()}
    locked.done, locked.attempts, locked.message, locked.beat_at = 0, 0, "", timezone.now()
    locked.save()
    send_after_commit(RUN_TASK, locked.pk)
    return locked


def confirm_job(*, job: Job, actor: Actor) -> Job:
    """Have a checked job written."""
    return move_on(job=job, source=Job.Status.READY, phase="apply", actor=actor)


def can_undo(job: Job) -> bool:
    """Whether a done job may still be taken back (24 hours)."""
    if job.status != Job.Status.DONE or job.finished_at is None or not kind_of(job).undo:
        return False
    return bool(job.options.get("is_written")) and timezone.now() - job.finished_at <= UNDO_WITHIN


def undo_job(*, job: Job, actor: Actor) -> Job:
    """Have a done job taken back; refused after 24 hours."""
    if job.status == Job.Status.DONE and not can_undo(job):
        raise RuleViolation("只有写入数据后24小时内的任务可以撤销。", code="undo_too_late")
    return move_on(job=job, source=Job.Status.DONE, phase=kind_of(job).undo, actor=actor)


@transaction.atomic
def cancel_job(*, job: Job, actor: Actor) -> Job:
    """Give up a job that has written nothing yet."""
    locked = Job.objects.visible_to(actor).select_for_update().get(pk=job.pk)
    if locked.status not in {Job.Status.WAITING, Job.Status.RUNNING, Job.Status.READY}:
        raise RuleViolation(f"任务现在是“{locked.get_status_display()}”，不能取消。", code="wrong_state")
    locked.status, locked.finished_at = Job.Status.CANCELLED, timezone.now()
    locked.save()
    return locked


# What a worker does


def run_job(job_id: int) -> None:
    """Run the job's present phase, unless another worker is at it; twice does no harm."""
    if not take(job_id):
        return
    progress = Progress(job_id)
    try:
        work(job_id, progress)
    except Abandoned:
        logger.info("job %s was cancelled while it ran", job_id)
    except RuleViolation as refusal:
        fail(job_id, refusal.message)
    except (OperationalError, InterfaceError, IntegrityError):
        # The database went away or somebody was quicker: the sweep wakes the job again.
        logger.warning("job %s is tried again", job_id, exc_info=True)
    except Exception:
        logger.exception("job %s failed", job_id)
        fail(job_id, FAILED_SENTENCE)
    finally:
        progress.close()


def try_lock(job_id: int) -> bool:
    """Take the job's lock for this transaction; False while another worker holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, job_id % 2**31])
        return cursor.fetchone()[0]


@transaction.atomic
def take(job_id: int) -> bool:
    """Count an attempt at an open job that nobody works on; the lock is free again afterwards."""
    if not try_lock(job_id):
        return False
    now = timezone.now()
    waiting = Job.objects.filter(pk=job_id, status=Job.Status.WAITING)
    waiting.update(status=Job.Status.RUNNING, started_at=now)
    return bool(
        Job.objects.filter(pk=job_id, status__in=OPEN).update(attempts=F("attempts") + 1, beat_at=now)
    )


@transaction.atomic
def work(job_id: int, progress: Progress) -> None:
    """The phase and the job's new status, in one transaction."""
    if not try_lock(job_id):
        return
    job = Job.objects.get(pk=job_id)
    if not job.is_open:
        return
    before = job.status
    kind_of(job).phases[job.options["phase"]](job, progress)
    current = Job.objects.select_for_update().values_list("status", flat=True).get(pk=job_id)
    if current != before:
        raise Abandoned
    if not job.is_open and job.status != Job.Status.READY:
        job.finished_at = timezone.now()
    job.beat_at = timezone.now()
    job.save()


def fail(job_id: int, sentence: str) -> None:
    """End an open job with the sentence that says why; an undo that is refused leaves the job done."""
    for job in Job.objects.filter(pk=job_id, status__in=OPEN):
        is_undo = job.options.get("phase") == kind_of(job).undo != ""
        Job.objects.filter(pk=job_id, status=job.status).update(
            status=Job.Status.DONE if is_undo else Job.Status.FAILED,
            message=sentence,
            finished_at=F("finished_at") if is_undo else timezone.now(),
        )


def sweep_jobs() -> int:
    """Wake open jobs that nobody works on (a killed worker, an empty Redis); give up after five attempts.

    Returns how many were woken.
    """
    stale = Job.objects.filter(
        Q(beat_at__isnull=True) | Q(beat_at__lt=timezone.now() - STALE_AFTER), status__in=OPEN
    )
    woken = 0
    for job_id, attempts in stale.values_list("pk", "attempts"):
        if attempts >= MAX_ATTEMPTS and is_idle(job_id):
            fail(job_id, GIVEN_UP_SENTENCE)
        elif attempts < MAX_ATTEMPTS and is_idle(job_id):
            woken += send_now(RUN_TASK, job_id)
    return woken


@transaction.atomic
def is_idle(job_id: int) -> bool:
    """Whether no worker holds the job's lock now."""
    return try_lock(job_id)
