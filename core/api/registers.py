"""Registers: a list, its single rows, its moves, and what may be created or changed, from a handful of attributes.

class Claims(Register):
    name, basename, model = "claims", "claim", ProjectClaim
    fields = [Field("id"), Field("status"), place_field(path="project__place"), …]
    filterset_class = ClaimFilter
    search_fields = ("project__title",)
    ordering = {"id": "id", "submitted_at": "submitted_at"}
    actions = {"confirm": confirm_claim, …}          # by the name of the move
    create_input, create_action = ClaimInput, submit_claim

urlpatterns = [*Claims().urls()]                       # api:claim-list, api:claim-detail, api:claim-confirm
"""

import inspect
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.http import Http404, QueryDict, StreamingHttpResponse
from django.urls import path
from django.utils.http import content_disposition_header

from core.actor import Actor
from core.api.conditional import refuse_stale, tag
from core.api.errors import BadRequest, Problem
from core.api.fields import Plan, RowField, plan_for
from core.api.inputs import NoteInput
from core.api.params import IntParam, Param, TextParam, filter_names
from core.api.renderers import CSV_TYPE, dumps
from core.api.views import WITH_CREDENTIALS, ApiView
from core.clock import today
from core.sheets import FOR_PROGRAMS, copy_queryset_csv, stream_csv

PAGE_SIZE, MAX_PAGE_SIZE = 50, 500
CHUNK = 2000
_EMPTY = (None, "", [], ())


def written(name: str, given: list[str]) -> str:
    """The query parameter behind a filter's field: itself, or one end of a range."""
    return next((one for one in given if one.rpartition("_")[0] == name), name)


@dataclass(frozen=True)
class MoveAction:
    """What a move calls: ``action(*, <object_kwarg>, actor, **body)``; ``input`` is the serializer of its body."""

    action: Callable
    input: type = NoteInput
    help: str = ""

    @cached_property
    def takes_note(self) -> bool:
        parameters = inspect.signature(self.action).parameters
        return "note" in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


@dataclass(frozen=True)
class CsvColumn:
    """A column of a list's CSV: the field's own name, and its value in the shaped row."""

    label: str
    path: tuple[str, ...]
    kind: str = "text"

    def sheet_value(self, row: dict):
        value: Any = row
        for key in self.path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list | dict):
            return dumps(value).decode()
        return value.isoformat() if hasattr(value, "isoformat") else value


class Register:
    """A list of the contract with everything about it; see the module's example.

    ``fields`` marked ``public`` are what anonymous clients get of ``get_public_rows()`` when ``is_public``, and people
    who read no more of it than anybody (`reads_published`).
    ``actions`` maps a move's name to its action or a `MoveAction`. ``create_action(**body, actor=)`` and
    ``change_action(<object_kwarg>=, actor=, **body)`` make POST on the list and PATCH on the row possible.
    """

    name = ""
    basename = ""
    # The group of the description; the list's own name unless told otherwise.
    tag = ""
    model: type[models.Model]
    fields: list[RowField] = []
    filterset_class: type | None = None
    search_fields: tuple[str, ...] = ()
    ordering: dict[str, str | tuple[str, ...]] = {"id": "id"}
    default_ordering: tuple[str, ...] = ("-id",)
    extra_params: tuple[Param, ...] = ()
    is_public = False
    roles: Collection[str] = WITH_CREDENTIALS
    write_roles: Collection[str] | None = None
    actions: dict[str, Callable | MoveAction] = {}
    object_kwarg = ""
    create_input: type | None = None
    create_action: Callable | None = None
    change_input: type | None = None
    change_action: Callable | None = None
    # The serializers (partially applied, for the description) of the keys that ``get_more`` adds to a single row.
    more: dict[str, Callable] = {}
    # For the description, in Chinese: about the rows, and what the list is called where the model's name won't do.
    help = ""
    list_help = ""

    # What a subclass may give

    def get_rows(self, actor: Actor, query: dict[str, Any]) -> models.QuerySet:
        """The rows a client with credentials may see; ``query`` holds ``extra_params`` on the list."""
        return self.model.objects.visible_to(actor)

    def get_public_rows(self, query: dict[str, Any]) -> models.QuerySet:
        """The rows whose public fields anybody may read."""
        return self.model.objects.published()

    def get_etag_source(self, view: ApiView) -> str | None:
        """A cheap version of the whole list, where there is one."""
        return None

    def get_more(self, obj, actor: Actor) -> dict[str, Any]:
        """Further keys of a single row (related rows …); only for clients with credentials."""
        return {}

    def lock(self, obj) -> None:
        """Lock what a move locks first, in its order; only asked when If-Match is given."""
        self.model._base_manager.select_for_update().get(pk=obj.pk)

    def get_move_actions(self) -> dict[str, MoveAction]:
        return {
            name: one if isinstance(one, MoveAction) else MoveAction(one)
            for name, one in self.actions.items()
        }

    # Rows and fields

    def reads_published(self, actor: Actor) -> bool:
        """Whether this client gets the published rows and fields alone."""
        return actor.is_anonymous

    def rows_for(self, actor: Actor, query: dict[str, Any]) -> models.QuerySet:
        return self.get_public_rows(query) if self.reads_published(actor) else self.get_rows(actor, query)

    def fields_for(self, actor: Actor, *, is_detail: bool) -> list[RowField]:
        return [
            one
            for one in self.fields
            if (one.public or not self.reads_published(actor)) and (is_detail or not one.detail_only)
        ]

    @cached_property
    def _plans(self) -> dict[tuple[str, ...], Plan]:
        return {}

    def plan_for(self, actor: Actor, *, is_detail: bool) -> Plan:
        fields = self.fields_for(actor, is_detail=is_detail)
        key = tuple(one.name for one in fields)
        if key not in self._plans:
            self._plans[key] = plan_for(self.model, fields)
        return self._plans[key]

    def copied(self, rows: models.QuerySet, actor: Actor) -> tuple[models.QuerySet, list[str]] | None:
        """The columns of the list's CSV as ``copied_0``, ``copied_1`` …, and the rows' order by selected names.

        None where Python makes one of the values.
        """
        found = [one.copied(self.model) for one in self.fields_for(actor, is_detail=False)]
        if None in found:
            return None
        columns = {f"copied_{number}": one for number, one in enumerate(chain.from_iterable(found))}
        keys = {
            f"order_{number}": F(name.removeprefix("-")) for number, name in enumerate(rows.query.order_by)
        }
        order = [
            f"-{key}" if name.startswith("-") else key
            for key, name in zip(keys, rows.query.order_by, strict=True)
        ]
        return rows.annotate(**columns, **keys).values(*columns, *keys), order

    def get_object(self, view: ApiView, pk: int):
        obj = self.rows_for(view.actor, view.query).filter(pk=pk).first()
        if obj is None:
            raise Http404
        return obj

    def moves_of(self, obj, actor: Actor) -> list[dict[str, str]]:
        """What this client may do with the row now."""
        if self.reads_published(actor) or not hasattr(obj, "available_moves"):
            return []
        return [
            {"name": one.name, "label": one.label}
            for one in obj.available_moves(actor)
            if one.name in self.actions
        ]

    def represent(self, obj, actor: Actor) -> dict[str, Any]:
        """A single row as this client sees it."""
        plan = self.plan_for(actor, is_detail=True)
        selected = plan.rows(self.model._base_manager.filter(pk=obj.pk)).first()
        if selected is None:
            raise Http404
        shown = plan.shape(selected)
        if not self.reads_published(actor):
            shown.update(self.get_more(obj, actor))
        if hasattr(obj, "available_moves"):
            shown["moves"] = self.moves_of(obj, actor)
        return shown

    # Filters, search, order

    @cached_property
    def filter_names(self) -> frozenset[str]:
        """The query parameters of the page's filters, ranges by their suffixes."""
        if self.filterset_class is None:
            return frozenset()
        filters = self.filterset_class.base_filters.items()
        return frozenset(full for name, one in filters for full in filter_names(name, one))

    def filter(self, rows: models.QuerySet, query: QueryDict, request) -> models.QuerySet:
        """Narrow by the same FilterSet as the page; a value it doesn't know is a 400."""
        given = [name for name in query if name in self.filter_names]
        if not given:
            return rows
        filterset = self.filterset_class(query, queryset=rows, request=request)
        form = filterset.form
        if not form.is_valid():
            raise Problem(
                400,
                [
                    ("invalid", str(one), written(name, given))
                    for name, many in form.errors.items()
                    for one in many
                ],
            )
        for name in given:
            value = form.cleaned_data.get(name if name in form.fields else name.rpartition("_")[0])
            # django-filter reads a boolean it doesn't know as "not given": that would ignore it silently.
            if value in _EMPTY or (isinstance(value, models.QuerySet) and not value):
                raise BadRequest(f"“{query[name][:40]}”不是可用的取值。", attr=name)
        return filterset.qs

    def search(self, rows: models.QuerySet, text: str) -> models.QuerySet:
        for word in text.split():
            rows = rows.filter(
                Q(*[(f"{one}__icontains", word) for one in self.search_fields], _connector=Q.OR)
            )
        return rows

    def order(self, rows: models.QuerySet, text: str) -> models.QuerySet:
        """Sort by comma-separated names, ``-`` for downwards; the primary key last keeps pages stable."""
        if not text:
            return rows.order_by(*self.default_ordering)
        order: list[str] = []
        for name in text.split(","):
            if name.removeprefix("-") not in self.ordering:
                raise BadRequest(
                    f"不能按“{name[:40]}”排序。可用：{'、'.join(self.ordering)}。", attr="ordering"
                )
            target = self.ordering[name.removeprefix("-")]
            sign = "-" if name.startswith("-") else ""
            order += [sign + one for one in ((target,) if isinstance(target, str) else target)]
        return rows.order_by(*order, "-pk" if text.startswith("-") else "pk")

    # Addresses

    def urls(self) -> list:
        """The paths of the list, its rows and its moves, for an app's ``urlpatterns``."""
        rows = (RegisterRow,) if self.change_action is None else (ChangeMixin, RegisterRow)
        one = f"{self.name}/<int:pk>/"
        return [
            self.list_path(f"{self.name}/", f"{self.basename}-list"),
            path(one, self.view("Row", rows, public=self.is_public), name=f"{self.basename}-detail"),
            *[
                path(
                    f"{one}{name}/",
                    self.view(name.title(), (RegisterMove,), move=name),
                    name=f"{self.basename}-{name}",
                )
                for name in self.actions
            ],
        ]

    def list_path(self, route: str, name: str):
        """The path of the list alone, for a list that stands elsewhere in the tree."""
        lists = (RegisterList,) if self.create_action is None else (CreateMixin, RegisterList)
        return path(
            route, self.view("List", lists, public=self.is_public, params=self.list_params), name=name
        )

    def view(self, suffix: str, bases: tuple[type, ...], **attributes) -> Callable:
        """A view of this register's own class, so that errors and the schema can name it."""
        named = {
            "register": self,
            "roles": self.roles,
            "write_roles": self.write_roles,
            "tag": self.tag or self.name,
            **attributes,
        }
        return type(f"{type(self).__name__}{suffix}", bases, named).as_view()

    @cached_property
    def list_params(self) -> tuple[Param, ...]:
        found: list[Param] = [
            IntParam(name="page", minimum=1, default=1, help="第几页"),
            IntParam(name="page_size", minimum=1, maximum=MAX_PAGE_SIZE, default=PAGE_SIZE, help="每页几条"),
            TextParam(
                name="ordering",
                default="",
                help=f"排序，可用 {'、'.join(self.ordering)}；前面加 - 为倒序，多个用逗号隔开",
            ),
        ]
        if self.search_fields:
            found.append(TextParam(name="search", default="", max_length=100, help="搜索，多个词用空格隔开"))
        return (*found, *self.extra_params)


class RegisterView(ApiView):
    """What the list, a row and a move of a register share."""

    register: Register


class RegisterList(RegisterView):
    """``GET /<list>/``: a page of rows as JSON, or all of them as CSV."""

    has_csv = True

    def get_etag_source(self) -> str | None:
        return self.register.get_etag_source(self)

    def get_other_names(self) -> frozenset[str]:
        return self.register.filter_names

    def get_filtered_rows(self) -> models.QuerySet:
        register, query = self.register, self.query
        rows = register.rows_for(self.actor, query)
        rows = register.filter(rows, self.request._request.GET, self.request._request)
        if query.get("search"):
            rows = register.search(rows, query["search"])
        return register.order(rows, query["ordering"])

    def get(self, request, **kwargs):
        rows = self.get_filtered_rows()
        plan = self.register.plan_for(self.actor, is_detail=False)
        return self.stream(rows, plan) if self.format == "csv" else self.page(rows, plan)

    def page(self, rows: models.QuerySet, plan: Plan) -> dict[str, Any]:
        number, size = self.query["page"], self.query["page_size"]
        count = rows.order_by().count()
        pages = max(-(-count // size), 1)
        if number > pages:
            raise BadRequest(f"没有第 {number} 页：共 {count} 条，{pages} 页。", attr="page")
        start = (number - 1) * size
        return {
            "count": count,
            "next": self.address(number + 1) if number < pages else None,
            "previous": self.address(number - 1) if number > 1 else None,
            "results": [plan.shape(row) for row in plan.rows(rows)[start : start + size]],
        }

    def address(self, number: int) -> str:
        """The full address of another page of the same list."""
        query = self.request._request.GET.copy()
        query["page"] = number
        return self.request._request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    def stream(self, rows: models.QuerySet, plan: Plan) -> StreamingHttpResponse:
        """All rows as CSV (UTF-8 with BOM), straight from PostgreSQL where it can write every column."""
        lines = self.copied_lines(rows)
        name = f"{self.register.name}_{today():%Y%m%d}.csv"
        headers = {"Content-Disposition": content_disposition_header(True, name)}
        return StreamingHttpResponse(
            self.shaped_lines(rows, plan) if lines is None else lines, content_type=CSV_TYPE, headers=headers
        )

    def shaped_lines(self, rows: models.QuerySet, plan: Plan) -> Iterator[bytes]:
        """The CSV row by row, sent while it is read."""
        shaped = (plan.shape(row) for row in plan.rows(rows).iterator(chunk_size=CHUNK))
        return stream_csv(columns=self.csv_columns(), rows=shaped)

    def copied_lines(self, rows: models.QuerySet) -> Iterator[bytes] | None:
        """The same rows and columns as PostgreSQL writes them; None where Python makes one of the values."""
        selected = self.register.copied(rows, self.actor)
        if selected is None:
            return None
        values, order = selected
        labels = [column.label for column in self.csv_columns()]
        header = {f"copied_{number}": label for number, label in enumerate(labels)}
        return copy_queryset_csv(values, header, order=order, words=FOR_PROGRAMS)

    def csv_columns(self) -> list[CsvColumn]:
        fields = self.register.fields_for(self.actor, is_detail=False)
        paths = [names for one in fields for names in one.flat_names(self.register.model)]
        return [CsvColumn("_".join(names), names) for names in paths]


class CreateMixin:
    """``POST /<list>/``: 201 with the new row."""

    def post(self, request, **kwargs):
        register = self.register
        body = self.read_body(register.create_input)
        obj = type(register).create_action(**body, actor=self.actor)
        return self.created(register.represent(obj, self.actor))


class RegisterRow(RegisterView):
    """``GET /<list>/{id}/``: one row, with the moves that are possible now."""

    def get(self, request, pk, **kwargs):
        obj = self.register.get_object(self, pk)
        return self.register.represent(obj, self.actor)


def row_tag(view: RegisterView, obj) -> str:
    """The entity tag that ``GET`` of this row answers with for this client."""
    return tag(dumps(view.register.represent(obj, view.actor)))


def refuse_stale_row(view: RegisterView, obj) -> None:
    """Check If-Match against the row as it stands under its lock."""
    if "HTTP_IF_MATCH" in view.request.META:
        view.register.lock(obj)
        refuse_stale(view.request._request, row_tag(view, view.register.get_object(view, obj.pk)))


class ChangeMixin:
    """``PATCH /<list>/{id}/``: some fields of a row; the answer is the row."""

    @transaction.atomic
    def patch(self, request, pk, **kwargs):
        register = self.register
        obj = register.get_object(self, pk)
        refuse_stale_row(self, obj)
        body = self.read_body(register.change_input, object=obj)
        changed = type(register).change_action(
            **{register.object_kwarg or register.basename: obj}, **body, actor=self.actor
        )
        return register.represent(changed or obj, self.actor)


class RegisterMove(RegisterView):
    """``POST /<list>/{id}/<move>/``: one move of the moves table; the answer is the row afterwards."""

    move = ""

    @transaction.atomic
    def post(self, request, pk, **kwargs):
        register, one = self.register, self.register.get_move_actions()[self.move]
        obj = register.get_object(self, pk)
        body = self.read_body(one.input, object=obj)
        refuse_stale_row(self, obj)
        if not one.takes_note:
            body.pop("note", None)
        moved = one.action(**{register.object_kwarg or register.basename: obj}, **body, actor=self.actor)
        return self.show(moved if isinstance(moved, register.model) else obj)

    def show(self, obj):
        """The row afterwards; where it has left this client's view, only its state."""
        visible = self.register.rows_for(self.actor, self.query).filter(pk=obj.pk).first()
        if visible is None:
            return {
                "id": obj.pk,
                "status": obj.status,
                "status_display": obj.get_status_display(),
                "moves": [],
            }
        return self.register.represent(visible, self.actor)
