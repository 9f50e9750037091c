"""Which column is which: headers are recognised by their label or a synonym, however they are typed."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from core.errors import InputError, RuleViolation
from core.sheets import cells

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>|\{[^{}]*\}|〔[^〔〕]*〕")
_MEASURE = re.compile(r"(?<=.)单位[:为]\S{1,4}$")
_NOISE = re.compile(r"[\s:*、,，.。·\-_/\\|#()\[\]【】<>{}〔〕]+")


def _full_key(label: Any) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", str(label)).lower())


def _short_key(label: Any) -> str:
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(label)).lower())
    return _NOISE.sub("", _MEASURE.sub("", _BRACKETS.sub("", plain)))


def column_letters(index: int) -> str:
    """The letters of a column counted from 0: A, B … Z, AA."""
    letters = ""
    while index >= 0:
        index, rest = divmod(index, 26)
        letters, index = chr(65 + rest) + letters, index - 1
    return letters


@dataclass(frozen=True)
class Field:
    """One field of a row form: its column's label and other names, whether it must be there, how it is read.

    ``choices`` become the drop-down of the template, ``example`` and ``help`` its guidance; ``width`` is in
    characters.
    """

    label: str
    synonyms: Sequence[str] = ()
    required: bool = False
    parse: Callable[[Any], Any] = cells.text
    choices: Sequence[str] = ()
    example: Any = None
    help: str = ""
    width: int = 16


@dataclass(frozen=True)
class CellError:
    """What is wrong with one cell, or with a whole row (``column`` None)."""

    row: int  # as the spreadsheet numbers it, from 1
    column: int | None  # from 0
    label: str
    message: str
    field: str | None = None
    code: str = "invalid"

    def __str__(self) -> str:
        where = f"“{self.label}”（{column_letters(self.column)}列）" if self.column is not None else ""
        return f"第{self.row}行{where}：{self.message}"

    def as_dict(self) -> dict:
        """The same for a JSON field; ``CellError(**kept)`` brings it back."""
        return asdict(self)


class RowForm(NamedTuple):
    """One row after reading: clean values by field name, and what was wrong."""

    number: int
    values: dict[str, Any]
    errors: list[CellError]


@dataclass(frozen=True)
class Match:
    """How a header row answers a header map: column of each field, what is missing, what is unknown."""

    fields: Mapping[str, Field]
    columns: dict[str, int]
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def check(self) -> "Match":
        """Self, or InputError naming the missing or doubled columns."""
        if self.missing:
            raise InputError(
                f"缺少必需的列：{'、'.join(self.missing)}。请对照模板补上后再上传。", code="missing_columns"
            )
        if self.doubled:
            raise InputError(
                f"同一内容出现在两列：{'；'.join(self.doubled)}。请只保留一列。", code="doubled_columns"
            )
        return self

    def read(self, number: int, row: Sequence[Any]) -> RowForm:
        """Clean one row; a field without a column or with a bad cell is None in ``values``."""
        values: dict[str, Any] = dict.fromkeys(self.fields)
        errors: list[CellError] = []
        for name, column in self.columns.items():
            try:
                values[name] = self._clean(self.fields[name], row[column] if column < len(row) else None)
            except RuleViolation as refused:
                errors.append(self.error(number, name, refused.message, refused.code))
        return RowForm(number, values, errors)

    def error(self, number: int, name: str | None, message: str, code: str = "invalid") -> CellError:
        """An error of a row at the cell of a field (at the whole row when the field has no column)."""
        label = self.fields[name].label if name in self.fields else ""
        return CellError(number, self.columns.get(name), label, message, name, code)

    @staticmethod
    def _clean(field_: Field, cell: Any):
        value = field_.parse(cell)
        if value is None and field_.required:
            raise InputError(f"“{field_.label}”必须填写。", code="required")
        return value


class HeaderMap:
    """The fields that a spreadsheet may have, by name, and the recognition of their columns."""

    def __init__(self, fields: Mapping[str, Field]):
        self.fields = dict(fields)
        self._names: dict[str, str] = {}
        for name, field_ in self.fields.items():
            for label in (field_.label, *field_.synonyms):
                if self._names.setdefault(_full_key(label), name) != name:
                    raise ValueError(f"{label!r} stands for two fields")

    def name_of(self, label: Any) -> str | None:
        """The field of a header cell; the whole label wins over the label without its brackets."""
        return self._names.get(_full_key(label)) or self._names.get(_short_key(label))

    def score(self, header: Sequence[Any]) -> int:
        """How many different fields a row names: the header row is the one that names most."""
        return len(
            {name for cell in header if isinstance(cell, str) and cell and (name := self.name_of(cell))}
        )

    def match(self, header: Sequence[str]) -> Match:
        """Recognise the columns of a header row; nothing is refused yet (see `Match.check`)."""
        columns: dict[str, int] = {}
        unknown, doubled = [], []
        for index, label in enumerate(header):
            name = self.name_of(label) if label else None
            if label and name is None:
                unknown.append(cells.text(label))
            elif name in columns:
                both = f"{column_letters(columns[name])}列、{column_letters(index)}列"
                doubled.append(f"{self.fields[name].label}（{both}）")
            elif name:
                columns[name] = index
        missing = [
            field_.label for name, field_ in self.fields.items() if field_.required and name not in columns
        ]
        return Match(self.fields, columns, missing, unknown, doubled)

    @property
    def required_labels(self) -> list[str]:
        return [field_.label for field_ in self.fields.values() if field_.required]
