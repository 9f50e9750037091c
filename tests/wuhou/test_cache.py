"""A Redis that is away makes the portal slower, never an error page."""

from django.core.cache import cache

from wuhou.cache import ForgivingRedisCache


def test_the_cache_keeps_things_while_redis_is_there():
    cache.set("place", "武侯区", 30)

    assert cache.get("place") == "武侯区"
    assert cache.delete("place") is True
    assert cache.get("place", "unknown") == "unknown"


def test_without_redis_nothing_is_found_and_nothing_fails():
    away = ForgivingRedisCache("redis://127.0.0.1:1/0", {})

    away.set("place", "武侯区", 30)
    assert away.get("place", "unknown") == "unknown"
    assert away.add("place", 1) is True
    assert away.get_or_set("place", lambda: 7) == 7
    assert away.get_many(["place"]) == {}
    assert away.set_many({"place": 1}) == ["place"]
    assert away.delete("place") is False
    assert away.touch("place") is False
    assert away.has_key("place") is False
