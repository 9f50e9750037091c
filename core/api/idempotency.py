"""Idempotency-Key: the same key and body within 24 hours gives the same answer and one effect.

The key is claimed by an INSERT in the transaction of the effect: a second request with it waits for the first
one's end, then finds its answer, or (when the first was rolled back) a free key. A crash leaves neither.
"""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.api.errors import BadRequest, Problem, problem_of
from core.api.renderers import JSON_TYPE
from core.models import IdempotencyRecord

HOURS = 24
MAX_LENGTH = 200
WAIT = "20s"
SWEPT_AT_ONCE = 100
# Answers that another try with the same key would get again: what was done, and what the rules refused.
_KEPT = frozenset({*range(200, 300), 400, 404, 409, 412})


class _Refused(Exception):
    """Carries an answer out of the savepoint whose work is undone."""

    def __init__(self, response: HttpResponse):
        self.response = response


def read_key(request: HttpRequest) -> str:
    """The request's key, empty when it gives none; raises `BadRequest` for one that can't be a key."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if key and (len(key) > MAX_LENGTH or not (key.isascii() and key.isprintable())):
        raise BadRequest(f"Idempotency-Key 最多 {MAX_LENGTH} 个可见的英文字符。", attr="Idempotency-Key")
    return key


def fingerprint(request: HttpRequest, data) -> str:
    """What makes two requests the same: method, address and body (files by their content)."""
    digest = sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        for name in sorted(data):
            for value in data.getlist(name):
                digest.update(f"{name}=".encode())
                for chunk in value.chunks() if hasattr(value, "chunks") else [str(value).encode()]:
                    digest.update(chunk)
                if hasattr(value, "seek"):
                    value.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def sweep() -> None:
    """Drop some answers that nobody can ask for any more."""
    old = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - timedelta(hours=HOURS))
    ids = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    if ids:
        IdempotencyRecord.objects.filter(pk__in=ids).delete()


def claim(owner: str, key: str, mark: str) -> bool:
    """Take the key for this transaction, waiting for whoever holds it; False when it has been used."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
        cursor.execute(
            "INSERT INTO core_idempotencyrecord AS kept (owner, key, fingerprint, body, created_at)"
            " VALUES (%s, %s, %s, '', now()) ON CONFLICT (owner, key) DO UPDATE"
            " SET fingerprint = excluded.fingerprint, status_code = NULL, body = '', created_at = excluded.created_at"
            " WHERE kept.created_at < excluded.created_at - make_interval(hours => %s)",
            [owner, key, mark, HOURS],
        )
        is_new = cursor.rowcount == 1
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    return is_new


def replay(owner: str, key: str, mark: str) -> HttpResponse:
    """The answer given before; raises 409 when the key belonged to another request."""
    record = IdempotencyRecord.objects.get(owner=owner, key=key)
    if record.fingerprint != mark:
        raise Problem(
            409, [("idempotency_key_reused", "这个 Idempotency-Key 已用于另一个请求，请换一个新的。", None)]
        )
    response = HttpResponse(record.body, status=record.status_code, content_type=JSON_TYPE)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def perform(
    run: Callable[[], HttpResponse], answer_refusal: Callable[[Exception], HttpResponse]
) -> HttpResponse:
    """Run the write; what it refuses leaves no effect but an answer to keep, a fault is raised on."""
    try:
        with transaction.atomic():
            response = run()
            if response.status_code >= 400:
                raise _Refused(response)
    except _Refused as refused:
        return refused.response
    except Exception as error:
        problem = problem_of(error)
        if problem is None or problem.status not in _KEPT or "Retry-After" in problem.headers:
            raise
        response = answer_refusal(error)
    return response


def once(*, owner: str, key: str, mark: str, run, answer_refusal) -> HttpResponse:
    """Run the write unless its key has been answered already; then give that answer again."""
    with transaction.atomic():
        sweep()
        if not claim(owner, key, mark):
            return replay(owner, key, mark)
        response = perform(run, answer_refusal)
        if response.status_code not in _KEPT:
            IdempotencyRecord.objects.filter(owner=owner, key=key).delete()
        else:
            IdempotencyRecord.objects.filter(owner=owner, key=key).update(
                status_code=response.status_code, body=response.content.decode()
            )
    return response
