"""The whole way with real processes: committed here, woken through Redis, sent by a Celery worker, killed in between."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from core.queue import send_now
from core.roles import Role
from notifications.actions import notify
from notifications.models import Delivery
from notifications.tasks import TASK
from tests.cast import make_person
from tests.notifications.mail_server import Post, mail_server
from tests.notifications.test_delivery import worker_environment

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGES = 40
WORKER = (
    "-m",
    "celery",
    "-A",
    "wuhou.celery",
    "worker",
    "--concurrency",
    "2",
    "--loglevel",
    "WARNING",
    "--without-mingle",
)


@contextmanager
def worker(tmp_path, port: int):
    """A Celery worker with two processes on the test's database, Redis and mail server; killed at the end."""
    (tmp_path / "worker_settings.py").write_text(
        "from wuhou.settings.test import *\n"
        f"EMAIL_HOST, EMAIL_PORT = '127.0.0.1', {port}\n"
        f"CELERY_BROKER_URL = {settings.CELERY_BROKER_URL!r}\n"
    )
    environment = worker_environment() | {
        "DJANGO_SETTINGS_MODULE": "worker_settings",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(settings.BASE_DIR)]),
    }
    process = subprocess.Popen(
        [sys.executable, *WORKER], env=environment, cwd=settings.BASE_DIR, start_new_session=True
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen) -> None:
    """End the worker and its pool at once, as a failing machine does."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def wait_until(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.05)


def sent() -> int:
    return Delivery.objects.filter(status="sent").count()


def test_a_worker_killed_in_the_middle_loses_nothing_and_the_next_one_sends_the_rest(places, tmp_path):
    person = make_person("reader", Role.COMMUNITY, place=places["510107005008"], name="赵某")
    post = Post(seconds=0.05)
    with mail_server(post) as port:
        with worker(tmp_path, port) as first:
            for number in range(MESSAGES):
                notify(
                    key=f"fact:{number}",
                    to=[person.user],
                    kind="fact",
                    title=f"第 {number} 条",
                    about=person.user,
                )
            wait_until(lambda: sent() >= 5)
            kill(first)
        before = sent()
        assert before < MESSAGES
        # What the dead worker held is taken up after ten minutes; let them pass.
        Delivery.objects.filter(status="sending").update(claimed_at=timezone.now() - timedelta(minutes=11))
        with worker(tmp_path, port):
            assert send_now(TASK)
            wait_until(lambda: sent() == MESSAGES)
    numbers = [mail["Message-ID"] for mail in post.mails]
    assert len(set(numbers)) == MESSAGES
    # At most the two messages in the dead worker's hands came twice, and are known by their Message-ID.
    assert len(numbers) - MESSAGES <= 2
