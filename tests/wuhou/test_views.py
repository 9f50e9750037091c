"""/healthz and /readyz tell a machine what works, and nothing else."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from core.models import Heartbeat
from wuhou.celery import HEARTBEAT_SECONDS

ALL_WELL = {"status": "ok", "database": "ok", "redis": "ok", "migrations": "ok", "worker": "ok", "beat": "ok"}


@pytest.fixture
def signs_of_life(db):
    for name in ("worker", "beat"):
        Heartbeat.objects.create(name=name, at=timezone.now())


def test_healthz_asks_nobody(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_is_ok_when_every_part_is(client, signs_of_life):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, ALL_WELL)


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_readyz_fails_after_three_periods_of_silence(client, signs_of_life, name):
    Heartbeat.objects.filter(name=name).update(
        at=timezone.now() - timedelta(seconds=3 * HEARTBEAT_SECONDS + 1)
    )

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, ALL_WELL | {"status": "failing", name: "failing"})


def test_readyz_fails_without_redis(client, signs_of_life):
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, ALL_WELL | {"status": "failing", "redis": "failing"})


def test_readyz_allows_reading_only(client):
    assert client.post("/readyz").status_code == 405
