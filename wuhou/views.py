"""Signs of life for machines: is the process up, and is everything behind it."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from core.models import Heartbeat
from wuhou.celery import HEARTBEAT_SECONDS

OK, FAILING = "ok", "failing"


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers. Asks nothing of anybody else."""
    return JsonResponse({"status": OK})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Every part the portal needs, as ok or failing; 503 when one fails. No detail: anyone may ask."""
    parts = {name: OK if is_well(check) else FAILING for name, check in CHECKS.items()}
    status = OK if set(parts.values()) == {OK} else FAILING
    return JsonResponse({"status": status, **parts}, status=200 if status == OK else 503)


def is_well(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (Error, RedisError, OSError):
        return False


def database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def redis_answers() -> bool:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        return bool(client.ping())


def migrations_are_applied() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def heard_lately(name: str) -> bool:
    """Whether a process gave a sign of life within three of its periods."""
    since = timezone.now() - timedelta(seconds=3 * HEARTBEAT_SECONDS)
    return Heartbeat.objects.filter(name=name, at__gte=since).exists()


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "redis": redis_answers,
    "migrations": migrations_are_applied,
    "worker": lambda: heard_lately("worker"),
    "beat": lambda: heard_lately("beat"),
}
