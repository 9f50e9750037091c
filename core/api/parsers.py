"""Bodies of requests: JSON, and forms with files; whatever can't be stored is refused here."""

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser

from core.api.renderers import JSON_TYPE
from core.errors import NUL_SENTENCE


def has_nul(data) -> bool:
    """Whether any text inside holds a NUL, which PostgreSQL can't store (walks without recursion)."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if "\x00" in value:
                return True
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
    return False


def read_json(body: bytes):
    """The value of a JSON body; raises `ParseError` with a sentence."""
    if not body.strip():
        return {}
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParseError(
            f"请求正文不是有效的 JSON（第 {error.lineno} 行第 {error.colno} 列附近）。"
        ) from None
    if b"\\u0000" in body and has_nul(data):
        raise ParseError(NUL_SENTENCE)
    return data


class JsonParser(BaseParser):
    """UTF-8 JSON, no larger than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    media_type = JSON_TYPE

    def parse(self, stream, media_type=None, parser_context=None):
        # `body` and not `read()`: only it refuses what is too large before reading it.
        return read_json(stream.body)


class FileParser(MultiPartParser):
    """multipart/form-data for uploads; large files go to disk by Django's upload handlers."""

    def parse(self, stream, media_type=None, parser_context=None):
        parsed = super().parse(stream, media_type, parser_context)
        if has_nul([list(values) for _, values in parsed.data.lists()]):
            raise ParseError(NUL_SENTENCE)
        return parsed
