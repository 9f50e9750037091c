"""What a process keeps in memory is forgotten at once everywhere, and never trusted while nobody hears the channel."""

import time

import pytest
from django.conf import settings
from redis import Redis

from core.nearby import Nearby


def wait_for(condition, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@pytest.fixture
def kept() -> Nearby:
    """A store of this process that hears its channel."""
    store = Nearby("test-nearby", seconds=30, size=3)
    store.put("warm", 1, store.mark())
    assert wait_for(lambda: keep(store, "warm", 1))
    return store


def keep(store: Nearby, key: str, value) -> bool:
    store.put(key, value, store.mark())
    return store.get(key) == value


def test_nothing_is_trusted_before_the_channel_is_heard():
    store = Nearby("test-nearby", seconds=30, size=3)
    store.put("a", 1, store.mark())
    store._heard_at = float("-inf")
    assert store.get("a") is None


def test_another_process_forgets_too(kept):
    elsewhere = Nearby("test-nearby", seconds=30, size=3)
    assert wait_for(lambda: keep(elsewhere, "a", 1))
    keep(kept, "a", 1)
    kept.forget("a")
    assert kept.get("a") is None
    assert wait_for(lambda: elsewhere.get("a") is None, 2)


def test_a_value_read_before_it_was_forgotten_is_not_kept_after(kept):
    mark = kept.mark()
    kept.forget("a")
    kept.put("a", "stale", mark)
    assert kept.get("a") is None


def test_only_so_many_are_kept_and_only_so_long(kept):
    for number in range(4):
        keep(kept, str(number), number)
    assert [kept.get(str(number)) for number in range(4)] == [None, 1, 2, 3]
    kept.seconds = 0.01
    time.sleep(0.02)
    assert kept.get("3") is None


def test_a_broken_channel_is_not_trusted_and_is_heard_again_by_itself(kept):
    keep(kept, "a", 1)
    with Redis.from_url(settings.REDIS_URL) as admin:
        for client in admin.client_list(_type="pubsub"):
            admin.client_kill_filter(_id=client["id"])
    assert wait_for(lambda: kept.get("a") is None)
    assert wait_for(lambda: keep(kept, "a", 1))


def test_forgetting_while_redis_is_away_forgets_here(kept, settings):
    keep(kept, "a", 1)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    kept.forget("a")
    assert kept.get("a") is None
