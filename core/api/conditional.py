"""ETag, If-None-Match and If-Match: an unchanged answer isn't computed twice, a stale write is refused.

A view with a cheap version of its data (`get_etag_source`) is asked for that first. For all others the
database's snapshot is the version: while `pg_current_snapshot()` stays the same, nothing was committed, so the
answer given under it still holds. Each process remembers the tags of its last answers that way.
"""

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock

from django.db import connection
from django.http import HttpRequest, HttpResponse

from core.api.errors import Problem
from core.clock import today

REMEMBERED = 1024
VARY = "Accept, Authorization, Cookie"
_tags: OrderedDict[tuple, str] = OrderedDict()
_lock = Lock()


def tag(*parts: str | bytes) -> str:
    """A strong entity tag of the parts."""
    digest = blake2b(digest_size=12)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\x00")
    return f'"{digest.hexdigest()}"'


def tags_of(header: str) -> set[str]:
    """The tags of an If-None-Match or If-Match header, weak marks dropped."""
    return {one.strip().removeprefix("W/") for one in header.split(",") if one.strip()}


def is_listed(etag: str, header: str) -> bool:
    return header.strip() == "*" or etag in tags_of(header)


def snapshot() -> str | None:
    """The database's present snapshot; None inside a transaction, whose own changes it wouldn't show."""
    if connection.in_atomic_block:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return cursor.fetchone()[0]


def recall(key: tuple) -> str | None:
    with _lock:
        if key in _tags:
            _tags.move_to_end(key)
        return _tags.get(key)


def remember(key: tuple, etag: str) -> None:
    with _lock:
        _tags[key] = etag
        _tags.move_to_end(key)
        while len(_tags) > REMEMBERED:
            _tags.popitem(last=False)


def not_modified(etag: str) -> HttpResponse:
    return finish(HttpResponse(status=304), etag)


def finish(response: HttpResponse, etag: str | None) -> HttpResponse:
    headers = response.headers
    if etag:
        headers["ETag"] = etag
    # Always ask again: what a person may see can change within a second.
    headers.setdefault("Cache-Control", "private, no-cache")
    headers["Vary"] = VARY
    return response


def answer_by_source(view, request: HttpRequest, source: str, compute) -> HttpResponse:
    """The view knows its version: with the client's copy still current nothing else is asked."""
    etag = tag(source, view.reader_key, view.format, request.get_full_path())
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    if asked and is_listed(etag, asked):
        return not_modified(etag)
    response = compute()
    return finish(response, etag if response.status_code == 200 else None)


def answer_by_snapshot(view, request: HttpRequest, compute) -> HttpResponse:
    """The tag is the hash of the body; the snapshot says whether the body needs computing at all."""
    now = snapshot()
    key = (now, view.reader_key, view.format, request.get_full_path(), today())
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    known = recall(key) if asked and now else None
    if known and is_listed(known, asked):
        return not_modified(known)
    response = compute()
    if response.status_code != 200:
        return finish(response, None)
    if response.streaming:
        return finish(response, tag(*map(str, key)) if now else None)
    etag = tag(response.content)
    if now:
        remember(key, etag)
    if asked and is_listed(etag, asked):
        return not_modified(etag)
    return finish(response, etag)


def answer_dated(view, request: HttpRequest, compute) -> HttpResponse:
    """The answer reads its version with its figures, in one statement: nothing has to be asked before."""
    response = compute()
    if response.status_code != 200:
        return finish(response, None)
    return finish(
        response, tag(view.get_etag_source(), view.reader_key, view.format, request.get_full_path())
    )


def answer(view, request: HttpRequest, compute) -> HttpResponse:
    """The answer to a GET, or 304 when the client's copy is still the present one."""
    if view.dates_its_answer and "HTTP_IF_NONE_MATCH" not in request.META:
        return answer_dated(view, request, compute)
    source = view.get_etag_source()
    if source is not None:
        return answer_by_source(view, request, source, compute)
    return answer_by_snapshot(view, request, compute)


def refuse_stale(request: HttpRequest, etag: str) -> None:
    """412 when the client's If-Match names another version than the present one."""
    asked = request.META.get("HTTP_IF_MATCH")
    if asked and not is_listed(etag, asked):
        raise Problem(
            412,
            [("stale", "这条记录在您读取之后又有改动，请重新读取后再办理。", None)],
            headers={"ETag": etag},
        )
