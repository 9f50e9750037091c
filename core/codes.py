"""Codes that extend each other: a row under a place carries a code that starts with the place's."""

from django.db.models import Q


def next_prefix(code: str) -> str:
    """The smallest string after everything that starts with ``code`` (``"510107"`` → ``"510108"``)."""
    return code[:-1] + chr(ord(code[-1]) + 1)


def under(code: str, field: str = "place_code") -> Q:
    """Rows at or below the place ``code``, written as the range an index can walk; all rows for ``""``."""
    if not code:
        return Q()
    return Q(**{f"{field}__gte": code, f"{field}__lt": next_prefix(code)})
