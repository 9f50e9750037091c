"""Long work: taken by one worker, ended exactly once, taken up again after a crash, given up in the end."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from core import jobs
from core.errors import RuleViolation
from core.jobs import JobKind, cancel_job, confirm_job, run_job, start_job, sweep_jobs, undo_job
from core.models import Heartbeat, Job

KIND = "tests_of_jobs"


class Work:
    """A kind of work that notes what it did in the database, and can be told to stumble."""

    def __init__(self):
        self.stumbles: list[Exception] = []
        self.inside, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()

    def write(self, job, progress):
        Heartbeat.objects.create(name=f"written-{job.pk}-{Heartbeat.objects.count()}", at=timezone.now())
        progress(1, 2, at_once=True)
        self.inside.set()
        assert self.may_end.wait(20)
        if self.stumbles:
            raise self.stumbles.pop()
        job.status = Job.Status.DONE
        job.options["is_written"] = True

    def check(self, job, progress):
        job.status = Job.Status.READY

    def undo(self, job, progress):
        if self.stumbles:
            raise self.stumbles.pop()
        job.status = Job.Status.UNDONE


@pytest.fixture
def work(monkeypatch):
    made = Work()
    phases = {"check": made.check, "apply": made.write, "undo": made.undo}
    monkeypatch.setitem(jobs._kinds, KIND, JobKind(name=KIND, label="试验", phases=phases, undo="undo"))
    monkeypatch.setattr(jobs, "send_now", lambda *args: True)
    monkeypatch.setattr(jobs, "send_after_commit", lambda *args: None)
    return made


@pytest.fixture
def job(work, district):
    return start_job(kind=KIND, phase="apply", title="试验任务", actor=district.actor)


def written() -> int:
    return Heartbeat.objects.filter(name__startswith="written").count()


def make_stale(job) -> None:
    Job.objects.filter(pk=job.pk).update(beat_at=timezone.now() - timedelta(minutes=2))


@pytest.mark.django_db
class TestPhases:
    def test_a_checked_job_waits_for_confirmation(self, work, district):
        job = start_job(kind=KIND, phase="check", title="试验任务", actor=district.actor)
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, job.finished_at) == ("ready", None)
        confirm_job(job=job, actor=district.actor)
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, written()) == ("done", 1)

    def test_a_refusal_ends_it_with_the_sentence(self, work, job):
        work.stumbles.append(RuleViolation("这个文件是空的。"))
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, job.message, written()) == ("failed", "这个文件是空的。", 0)

    def test_a_fault_ends_it_and_writes_nothing(self, work, job):
        work.stumbles.append(ZeroDivisionError())
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, job.message, written()) == ("failed", jobs.FAILED_SENTENCE, 0)

    def test_done_work_is_not_done_again(self, work, job):
        run_job(job.pk)
        run_job(job.pk)
        assert written() == 1

    def test_a_refused_undo_leaves_it_done(self, work, job, district):
        run_job(job.pk)
        job.refresh_from_db()
        undo_job(job=job, actor=district.actor)
        work.stumbles.append(RuleViolation("不能撤销。"))
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, job.message) == ("done", "不能撤销。")
        undo_job(job=job, actor=district.actor)
        run_job(job.pk)
        job.refresh_from_db()
        assert job.status == "undone"

    def test_undo_ends_after_a_day(self, work, job, district):
        run_job(job.pk)
        Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(hours=25))
        job.refresh_from_db()
        with pytest.raises(RuleViolation, match="只有写入数据后24小时内的任务可以撤销。"):
            undo_job(job=job, actor=district.actor)

    def test_a_second_confirmation_is_refused(self, work, district):
        job = start_job(kind=KIND, phase="check", title="试验任务", actor=district.actor)
        run_job(job.pk)
        job.refresh_from_db()
        confirm_job(job=job, actor=district.actor)
        with pytest.raises(RuleViolation, match="任务现在是“写入中”，请刷新页面看看。"):
            confirm_job(job=job, actor=district.actor)

    def test_what_is_written_cannot_be_cancelled(self, work, job, district):
        run_job(job.pk)
        with pytest.raises(RuleViolation, match="任务现在是“已完成”，不能取消。"):
            cancel_job(job=job, actor=district.actor)

    def test_another_persons_job_is_not_there(self, work, job, subdistrict):
        with pytest.raises(Job.DoesNotExist):
            cancel_job(job=job, actor=subdistrict.actor)


@pytest.mark.django_db
class TestSweep:
    def test_it_wakes_what_a_killed_worker_left(self, work, job):
        work.stumbles.append(OperationalError("server closed the connection"))
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, job.attempts, written()) == ("running", 1, 0)
        assert sweep_jobs() == 0
        make_stale(job)
        assert sweep_jobs() == 1
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, written()) == ("done", 1)

    def test_it_gives_up_after_five_attempts(self, work, job):
        Job.objects.filter(pk=job.pk).update(attempts=5)
        make_stale(job)
        assert sweep_jobs() == 0
        job.refresh_from_db()
        assert (job.status, job.message) == ("failed", jobs.GIVEN_UP_SENTENCE)


@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    def test_only_one_works_and_progress_is_seen_meanwhile(self, work, job):
        work.may_end.clear()
        first = threading.Thread(target=in_thread, args=(job.pk,))
        first.start()
        assert work.inside.wait(20)
        make_stale(job)
        assert sweep_jobs() == 0
        run_job(job.pk)
        assert list(Job.objects.filter(pk=job.pk).values_list("status", "done", "total")) == [
            ("running", 1, 2)
        ]
        work.may_end.set()
        first.join(20)
        assert (Job.objects.get(pk=job.pk).status, written()) == ("done", 1)

    def test_a_job_cancelled_while_it_runs_writes_nothing(self, work, job, district):
        work.may_end.clear()
        first = threading.Thread(target=in_thread, args=(job.pk,))
        first.start()
        assert work.inside.wait(20)
        cancel_job(job=job, actor=district.actor)
        work.may_end.set()
        first.join(20)
        assert (Job.objects.get(pk=job.pk).status, written()) == ("cancelled", 0)


def in_thread(job_id: int) -> None:
    try:
        run_job(job_id)
    finally:
        connection.close()
