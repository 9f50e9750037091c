"""JSON and CSV: what is sent, and which of the two a client gets."""

from decimal import Decimal

import orjson
from django.http import HttpResponse
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

JSON_TYPE = "application/json"
CSV_TYPE = "text/csv; charset=utf-8"
# Browsers and plain clients: whoever takes anything gets JSON.
_ANYTHING = frozenset({"", "*/*", "application/*", JSON_TYPE})


def plain(value):
    """What orjson doesn't know: decimals and lazy texts travel as strings."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def dumps(data) -> bytes:
    """The body of a JSON answer (UTF-8)."""
    return orjson.dumps(data, default=plain, option=orjson.OPT_NON_STR_KEYS)


def json_response(data, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(dumps(data), status=status, headers=headers, content_type=JSON_TYPE)


class JsonRenderer(BaseRenderer):
    """DRF's renderer interface over `dumps`, for views that return a DRF Response."""

    media_type = JSON_TYPE
    format = "json"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        return b"" if data is None else dumps(data)


def accepts(header: str, *types: str) -> bool:
    """Whether an Accept header takes one of the types."""
    for part in header.split(","):
        wanted, _, options = part.partition(";")
        wanted = wanted.strip().lower()
        refused = options.replace(" ", "") in {"q=0", "q=0.0"}
        if not refused and (
            wanted in types or wanted == "*/*" or wanted in {f"{one.split('/')[0]}/*" for one in types}
        ):
            return True
    return False


def wanted_format(accept: str) -> str:
    """``"json"`` or ``"csv"`` by the Accept header; raises `NotAcceptable` (406) for anything else."""
    if accept in _ANYTHING or accepts(accept, JSON_TYPE):
        return "csv" if accept.lower().startswith("text/csv") else "json"
    if accepts(accept, "text/csv"):
        return "csv"
    raise NotAcceptable


class Negotiation(BaseContentNegotiation):
    """There is one renderer for DRF; CSV is a matter of the list views (`format=csv`)."""

    def select_parser(self, request, parsers):
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type
