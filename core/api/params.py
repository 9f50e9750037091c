"""Query parameters: declared once, read strictly, described in the schema. Nothing unknown is ignored."""

import re
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django.http import QueryDict

from core.api.errors import Problem
from core.api.parsers import NUL_SENTENCE
from core.errors import RuleViolation

Refusal = tuple[str, str, str | None]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True)
class Param:
    """One query parameter; ``default`` is a value or a callable without arguments."""

    name: str
    help: str = ""
    default: Any = None
    is_required: bool = False

    def read(self, text: str) -> Any:
        """The value of the text; raises ValueError with a Chinese sentence."""
        return text

    def schema(self) -> dict:
        """The parameter's JSON schema."""
        return {"type": "string"}

    def get_default(self) -> Any:
        return self.default() if callable(self.default) else self.default


@dataclass(frozen=True, kw_only=True)
class TextParam(Param):
    max_length: int = 200

    def read(self, text: str) -> str:
        if len(text) > self.max_length:
            raise ValueError(f"最多 {self.max_length} 个字。")
        return text

    def schema(self) -> dict:
        return {"type": "string", "maxLength": self.max_length}


@dataclass(frozen=True, kw_only=True)
class ChoiceParam(Param):
    """One of the slugs in ``choices`` ({slug: 中文}); a model's TextChoices may be given as its ``choices`` list."""

    choices: dict[str, str] | Iterable[tuple[str, str]] = ()

    def __post_init__(self):
        object.__setattr__(self, "choices", dict(self.choices))

    def read(self, text: str) -> str:
        if text not in self.choices:
            raise ValueError(f"“{text[:40]}”不是可用的取值。可用：{'、'.join(self.choices)}。")
        return text

    def schema(self) -> dict:
        return {"type": "string", "enum": list(self.choices)}


@dataclass(frozen=True, kw_only=True)
class IntParam(Param):
    minimum: int = 0
    maximum: int = 2**31 - 1

    def read(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
            raise ValueError(f"要写成 {self.minimum} 到 {self.maximum} 之间的整数。")
        if not self.minimum <= int(text) <= self.maximum:
            raise ValueError(f"要在 {self.minimum} 到 {self.maximum} 之间。")
        return int(text)

    def schema(self) -> dict:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, kw_only=True)
class BoolParam(Param):
    def read(self, text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValueError("只能写 true 或 false。")
        return text == "true"

    def schema(self) -> dict:
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class DateParam(Param):
    """A day ``YYYY-MM-DD``; ``earliest`` and ``latest`` (a callable) are the first and the last that are accepted."""

    earliest: date | None = None
    latest: Callable[[], date] | None = None

    def read(self, text: str) -> date:
        # Only this spelling: fromisoformat would also take 20261122 and 2026-W47-7.
        try:
            day = date.fromisoformat(text if _DAY.fullmatch(text) else "")
        except ValueError:
            raise ValueError("日期要写成 2026-11-22 这样的形式。") from None
        if self.earliest and day < self.earliest:
            raise ValueError(f"日期不能早于 {self.earliest}。")
        if self.latest and day > self.latest():
            raise ValueError(f"日期不能晚于 {self.latest()}。")
        return day

    def schema(self) -> dict:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, kw_only=True)
class ParsedParam(Param):
    """Anything that ``parse(text)`` reads; a `RuleViolation` it raises becomes the 400's sentence."""

    parse: Callable[[str], Any] = str
    pattern: str = ""
    example: str = ""

    def read(self, text: str) -> Any:
        try:
            return self.parse(text)
        except RuleViolation as refusal:
            raise ValueError(refusal.message) from None

    def schema(self) -> dict:
        return {
            "type": "string",
            **({"pattern": self.pattern} if self.pattern else {}),
            **({"examples": [self.example]} if self.example else {}),
        }


def refuse_unreadable(query: QueryDict) -> list[Refusal]:
    """Parameters given twice, empty, or with a character that can't be stored."""
    refusals: list[Refusal] = []
    for name, values in query.lists():
        if len(values) > 1:
            refusals.append(("repeated", f"参数 {name[:40]} 只能给一次。", name[:40]))
        elif "\x00" in values[0] or "\x00" in name:
            refusals.append(("invalid", NUL_SENTENCE, name.replace("\x00", "")[:40]))
        elif values[0] == "":
            refusals.append(("invalid", f"参数 {name[:40]} 没有取值；不需要时请去掉。", name[:40]))
    return refusals


def refuse_unknown(query: QueryDict, names: Iterable[str]) -> list[Refusal]:
    """Parameters nobody declared."""
    return [
        ("unknown_parameter", f"不认识的参数：{name[:40]}。", name.replace("\x00", "")[:40])
        for name in query
        if name not in names
    ]


def read_params(
    query: QueryDict, params: Iterable[Param], other_names: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The values of all declared parameters, defaults filled in; raises a 400 `Problem` naming every wrong one.

    ``other_names`` are parameters that somebody else reads (filters, pages).
    """
    if not query:
        query = _NO_QUERY
    by_name = {param.name: param for param in params}
    refusals: list[Refusal] = []
    if query:
        refusals = refuse_unknown(query, by_name.keys() | other_names) or refuse_unreadable(query)
    values = {}
    for name, param in by_name.items():
        text = query.get(name)
        if text is not None and not refusals:
            try:
                values[name] = param.read(text)
            except ValueError as error:
                refusals.append(("invalid", str(error), name))
        elif text is None and param.is_required:
            refusals.append(("required", f"缺少参数 {name}。", name))
        else:
            values[name] = param.get_default()
    if refusals:
        raise Problem(400, refusals)
    return values


_NO_QUERY = QueryDict()


def filter_names(name: str, one: django_filters.Filter) -> list[str]:
    """The query parameters of a page's filter: a range has one for each end.

    Asked of a copy: a filter keeps the field it made, with the choices of whoever asked first, and hands it on.
    """
    suffixes = getattr(copy(one).field.widget, "suffixes", None)
    return [f"{name}_{suffix}" for suffix in suffixes] if suffixes else [name]
