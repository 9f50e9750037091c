"""One address of Redis, written the way each library wants it."""


def broker_url(redis_url: str) -> str:
    """The address for Celery: ``unix:///run/redis.sock?db=1`` becomes ``redis+socket:///run/redis.sock?virtual_host=1``."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("db=", "virtual_host=", 1)


def with_database(redis_url: str, number: int) -> str:
    """The same Redis, another of its numbered databases: parallel test processes must not see each other."""
    if redis_url.startswith("unix://"):
        return f"{redis_url.split('?', 1)[0]}?db={number}"
    return f"{redis_url.rstrip('/').rsplit('/', 1)[0] if redis_url.count('/') > 2 else redis_url}/{number}"
