"""Fields of a register's rows: read by ``values_list`` in one query, shaped by plain Python, typed for the schema."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Case, F, Value, When
from django.db.models.functions import NullIf
from django.db.models.lookups import IsNull
from django.utils import timezone
from rest_framework import serializers

from core.api.naming import named_serializer
from core.sheets import InWords

Source = str | Any  # an ORM path ("place__name") or an expression
Row = tuple

# The words of `kind`: how a value is typed in the schema.
KINDS: dict[str, type[serializers.Field]] = {
    "text": serializers.CharField,
    "integer": serializers.IntegerField,
    "boolean": serializers.BooleanField,
    "date": serializers.DateField,
    "moment": serializers.DateTimeField,
    "decimal": serializers.CharField,
    "list": serializers.ListField,
    "object": serializers.DictField,
}


def model_field(model: type[models.Model], path: str) -> models.Field | None:
    """The model field at the end of an ORM path; None when it isn't one (an annotation)."""
    found = None
    for name in path.split("__"):
        try:
            found = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        model = found.related_model or model
    return found


def is_never_null(model: type[models.Model], source: Source) -> bool:
    """Whether a source is a path of model fields of which none may be null."""
    names = source.split("__") if isinstance(source, str) else []
    found = [model_field(model, "__".join(names[: end + 1])) for end in range(len(names))]
    return bool(found) and not any(one is None or one.null for one in found)


def kind_of(found: models.Field | None) -> str:
    """The word for a model field's values."""
    if isinstance(found, models.ForeignKey):
        return kind_of(found.target_field)
    for types, kind in (
        ((models.BooleanField,), "boolean"),
        ((models.AutoField, models.IntegerField), "integer"),
        ((models.DateTimeField,), "moment"),
        ((models.DateField,), "date"),
        ((models.DecimalField,), "decimal"),
        ((models.JSONField,), "object"),
    ):
        if isinstance(found, types):
            return kind
    return "text"


def expression_of(source: Source):
    """A source as an expression of its own."""
    return F(source) if isinstance(source, str) else source


def to_local(value):
    """A moment with the offset of Chengdu."""
    return value and timezone.localtime(value)


@dataclass
class Plan:
    """What one kind of row selects, and how the selected tuple becomes the row's dict."""

    model: type[models.Model]
    names: list[str] = field(default_factory=list)
    expressions: dict[str, Any] = field(default_factory=dict)
    makers: list[tuple[str, Callable[[Row], Any]]] = field(default_factory=list)

    def select(self, source: Source) -> int:
        """Select a source once; returns its position in the tuple."""
        name = source
        if not isinstance(source, str):
            name = f"api_{len(self.expressions)}"
            self.expressions[name] = source
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def rows(self, queryset):
        """The queryset as tuples of what was selected."""
        return (
            queryset.annotate(**self.expressions).values_list(*self.names)
            if self.expressions
            else queryset.values_list(*self.names)
        )

    def shape(self, row: Row) -> dict[str, Any]:
        return {name: make(row) for name, make in self.makers}

    def make(self, name: str, position: int, convert: Callable | None = None) -> None:
        self.makers.append(
            (name, (lambda row: convert(row[position])) if convert else (lambda row: row[position]))
        )


class RowField:
    """What all kinds of fields share: a name, whether anybody may read it, whether only single rows carry it."""

    name: str
    public: bool
    detail_only: bool

    def plan(self, plan: Plan) -> None:
        """Add what this field selects and makes."""
        raise NotImplementedError

    def serializers(self, model) -> dict[str, serializers.Field]:
        """The field(s) of the row in the schema."""
        raise NotImplementedError

    def flat_names(self, model) -> list[tuple[str, ...]]:
        """The columns of this field in a CSV, as paths into the row."""
        return [(name,) for name in self.serializers(model)]

    def copied(self, model) -> list[Any] | None:
        """The expressions of `flat_names`, for PostgreSQL to write; None where Python makes the value."""
        return None


@dataclass
class Field(RowField):
    """One value. A field with choices brings its Chinese ``<name>_display`` along.

    ``source`` is an ORM path or an expression (default: the name), ``kind`` a word of `KINDS` where the model
    can't tell it, ``convert`` a function of the selected value.
    """

    name: str
    source: Source = None
    public: bool = False
    detail_only: bool = False
    choices: Any = None
    kind: str = ""
    convert: Callable | None = None
    help: str = ""

    def __post_init__(self):
        self.source = self.name if self.source is None else self.source

    def found(self, model) -> models.Field | None:
        return model_field(model, self.source) if isinstance(self.source, str) else None

    def get_choices(self, model) -> dict:
        choices = self.choices if self.choices is not None else getattr(self.found(model), "choices", None)
        return dict(getattr(choices, "choices", choices) or {})

    def get_kind(self, model) -> str:
        return self.kind or kind_of(self.found(model))

    def plan(self, plan: Plan) -> None:
        position = plan.select(self.source)
        convert = self.convert or (to_local if self.get_kind(plan.model) == "moment" else None)
        plan.make(self.name, position, convert)
        choices = self.get_choices(plan.model)
        if choices:
            plan.make(
                f"{self.name}_display",
                position,
                lambda value: choices.get(value, "" if value is None else value),
            )

    def copied(self, model) -> list[Any] | None:
        if self.convert:
            return None
        value = expression_of(self.source)
        choices = self.get_choices(model)
        if not choices:
            return [value]
        code = NullIf(value, Value("")) if self.get_kind(model) == "text" else value
        return [code, InWords(value, choices)]

    def serializers(self, model) -> dict[str, serializers.Field]:
        found = self.found(model)
        label = self.help or str(getattr(found, "verbose_name", "") or "")
        is_null = bool(getattr(found, "null", self.source != self.name))
        choices = self.get_choices(model)
        if choices:
            coded = serializers.ChoiceField(
                choices=[*choices.items()], help_text=label, allow_null=is_null, allow_blank=True
            )
            return {
                self.name: coded,
                f"{self.name}_display": serializers.CharField(help_text=f"{label}（中文）"),
            }
        return {self.name: KINDS[self.get_kind(model)](help_text=label, allow_null=is_null)}


@dataclass
class Nested(RowField):
    """A small object of a related row, e.g. ``Nested("unit", {"id": "unit_id", "name": "unit__name"})``; null without one."""

    name: str
    parts: dict[str, Source]
    public: bool = False
    detail_only: bool = False
    help: str = ""

    def plan(self, plan: Plan) -> None:
        places = [(key, plan.select(source)) for key, source in self.parts.items()]
        first = places[0][1]
        plan.makers.append(
            (
                self.name,
                lambda row: None if row[first] is None else {key: row[position] for key, position in places},
            )
        )

    def part_serializers(self, model) -> dict[str, serializers.Field]:
        return {
            key: KINDS[kind_of(model_field(model, source) if isinstance(source, str) else None)]()
            for key, source in self.parts.items()
        }

    def serializers(self, model) -> dict[str, serializers.Field]:
        title = "".join(part.title() for part in self.name.split("_"))
        shape = "".join(key.title().replace("_", "") for key in self.parts)
        nested = named_serializer(f"{title}{shape}", self.part_serializers(model))
        return {self.name: nested(help_text=self.help, allow_null=True)}

    def flat_names(self, model) -> list[tuple[str, ...]]:
        return [(self.name, key) for key in self.parts]

    def copied(self, model) -> list[Any] | None:
        """The first part tells whether there is a related row at all."""
        first, *others = map(expression_of, self.parts.values())
        if is_never_null(model, next(iter(self.parts.values()))):
            return [first, *others]
        return [first, *(Case(When(IsNull(first, False), then=one)) for one in others)]


@dataclass
class Computed(RowField):
    """A value that Python makes of several selected ones: ``compute(*values)``."""

    name: str
    sources: tuple[Source, ...]
    compute: Callable[..., Any]
    kind: str = "text"
    public: bool = False
    detail_only: bool = False
    is_null: bool = False
    help: str = ""

    def plan(self, plan: Plan) -> None:
        positions = [plan.select(source) for source in self.sources]
        plan.makers.append((self.name, lambda row: self.compute(*[row[position] for position in positions])))

    def serializers(self, model) -> dict[str, serializers.Field]:
        return {self.name: KINDS[self.kind](help_text=self.help, allow_null=self.is_null)}


def place_field(name: str = "place", *, path: str = "", public: bool = True, help: str = "所在地") -> Nested:
    """A place as ``{"code", "name", "level"}``; ``path`` is the ORM path to the Division (default: the name)."""
    path = path or name
    parts = {"code": f"{path}__code", "name": f"{path}__name", "level": f"{path}__level"}
    return Nested(name, parts, public=public, help=help)


def plan_for(model: type[models.Model], fields) -> Plan:
    """Compile fields into what to select and how to shape it."""
    plan = Plan(model)
    for one in fields:
        one.plan(plan)
    return plan
