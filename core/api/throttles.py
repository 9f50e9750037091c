"""How often one client may write, or present wrong tokens: 429 with the seconds to wait."""

import time

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled

MINUTE = 60


def count(name: str) -> int:
    """Count one more in the present minute; returns how many there are now (0 while the cache is away)."""
    key = f"rate:{name}:{int(time.time()) // MINUTE}"
    if cache.add(key, 1, timeout=2 * MINUTE):
        return 1
    try:
        return cache.incr(key)
    except (ValueError, RedisError):  # the counter went away: nobody is refused for that
        return 0


def seconds_left() -> int:
    return MINUTE - int(time.time()) % MINUTE


def count_write(owner: str) -> None:
    """Raise 429 when this token or person has written too often this minute."""
    if count(f"write:{owner}") > settings.API_WRITES_PER_MINUTE:
        raise Throttled(wait=seconds_left())


def count_wrong_token(address: str) -> None:
    """Raise 429 when too many wrong tokens came from this address this minute."""
    if count(f"token:{address}") > settings.API_WRONG_TOKENS_PER_MINUTE:
        raise Throttled(wait=seconds_left())
