"""One beat counts, and every line of its table names a task that exists."""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from core.models import Heartbeat
from wuhou.beat import BeatLock
from wuhou.celery import BEAT_LINES, beat_schedule


@pytest.fixture
def locks(transactional_db):
    """Two beats started by mistake."""
    pair = BeatLock(), BeatLock()
    yield pair
    for lock in pair:
        lock.release()


def test_only_the_first_of_two_beats_counts(locks):
    first, second = locks

    assert [first.is_held(), second.is_held(), first.is_held()] == [True, False, True]


def test_the_second_beat_takes_over_when_the_first_is_gone(locks):
    first, second = locks
    first.is_held()
    first.release()

    assert second.is_held()


def test_the_beat_that_counts_leaves_a_sign_of_life(locks):
    locks[0].is_held()

    assert timezone.now() - Heartbeat.objects.get(name="beat").at < timedelta(minutes=1)


@pytest.mark.parametrize("task", [line[0] for line in BEAT_LINES])
def test_every_line_of_beat_names_a_task(task):
    current_app.loader.import_default_modules()

    assert task in current_app.tasks


def test_every_scan_expires_before_the_next_one_is_sent():
    schedule = beat_schedule([("a", 15), ("b", 3600)])

    assert schedule["a"] == {"task": "a", "schedule": 15, "options": {"expires": 15}}
    assert all("expires" in line["options"] for line in beat_schedule().values())
