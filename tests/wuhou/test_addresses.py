"""One address of Redis in the spelling of each library."""

import pytest

from wuhou.addresses import broker_url, with_database


@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("unix:///run/redis.sock?db=1", "redis+socket:///run/redis.sock?virtual_host=1"),
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("rediss://:secret@queue.example:6380/2", "rediss://:secret@queue.example:6380/2"),
    ],
)
def test_celery_reads_the_same_redis(redis_url, expected):
    assert broker_url(redis_url) == expected


@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("unix:///run/redis.sock?db=0", "unix:///run/redis.sock?db=3"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=3"),
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/3"),
        ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379/3"),
    ],
)
def test_another_numbered_database_of_the_same_redis(redis_url, expected):
    assert with_database(redis_url, 3) == expected
