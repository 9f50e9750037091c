"""The list page (列表页): rows the actor may see, filtered, sorted, 50 a page, exported as they stand."""

import tempfile
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Expression, Q
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString

from core.actor import Actor
from core.clock import today
from core.columns import Column, cell_openings, page_columns, sheet_columns, table_body
from core.components import number_text
from core.errors import RuleViolation
from core.pages.base import Page
from core.sheets import Filler, copy_queryset_csv, stream_csv, write_xlsx

PAGE_SIZE = 50
COUNT_CAP = 50_000
SHEET_LIMIT = 50_000
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OWN_PARAMS = frozenset({"page", "sort", "q", "format"})


class InvalidQuery(Exception):
    """The address asks for something the list can't do; its sentence is shown above the rows (400)."""


class ListPage(Page):
    """Rows the actor may see, filtered, sorted, 50 a page, exported as they stand."""

    template_name = "pages/list.html"
    rows_template_name = "pages/_rows.html"
    model: type[models.Model] | None = None
    columns: list[Column] = []
    filterset_class = None
    search_fields: tuple[str, ...] = ()
    search_hint = ""
    # "contains" lets a trigram index on the plain column serve; Chinese has no case.
    search_lookup = "icontains"
    default_order: tuple[str, ...] = ("-pk",)
    page_size = PAGE_SIZE
    count_cap = COUNT_CAP
    unit_word = "条"
    empty_text = "还没有记录。"
    empty_action: tuple[str, str] | None = None
    extra_params: frozenset[str] = frozenset()
    formats = ("xlsx", "csv")
    # Sheet column → expression of its text. With all of them a CSV comes straight from PostgreSQL (COPY).
    copied: dict[str, Expression] = {}

    # What a subclass may give

    def get_rows(self):
        return self.model.objects.visible_to(self.actor)

    def get_columns(self) -> list[Column]:
        return self.columns

    def get_actions(self) -> list[tuple[str, str, str]]:
        """(label, address, icon) of the buttons above the list; the first is the primary one."""
        return []

    def get_empty_action(self) -> tuple[str, str] | None:
        return self.empty_action

    def get_narrowing(self) -> tuple[str, str] | None:
        """(label, address) of the one filter most people want first, such as 只看本辖区."""
        return None

    def totals(self, rows) -> dict[str, Any]:
        """Figures of the totals line by column name, counted over all filtered rows."""
        return {}

    def count_rows(self, rows) -> int:
        """How many rows there are, counted no further than one beyond the cap."""
        return rows.order_by()[: self.count_cap + 1].count()

    def get_title(self) -> str:
        return self.title or (str(self.model._meta.verbose_name) if self.model else "")

    # Filters, search, order

    @cached_property
    def filterset(self):
        if not self.filterset_class:
            return None
        return self.filterset_class(self.request.GET, queryset=self.get_rows(), request=self.request)

    @cached_property
    def filter_names(self) -> list[str]:
        """The query parameters that belong to the filters, ranges (``_min``, ``_after`` …) included."""
        if self.filterset is None:
            return []
        names = []
        for name, field in self.filterset.form.fields.items():
            suffixes = getattr(field.widget, "suffixes", None)
            names += [f"{name}_{suffix}" for suffix in suffixes] if suffixes else [name]
        return names

    @cached_property
    def search_text(self) -> str:
        return self.request.GET.get("q", "").replace("\x00", "").strip()[:100]

    def check_params(self) -> None:
        unknown = set(self.request.GET) - OWN_PARAMS - set(self.filter_names) - self.extra_params
        if unknown:
            raise InvalidQuery(f"不认识的筛选条件：{'、'.join(sorted(unknown))}。请从页面上重新选择。")
        if self.filterset is not None and not self.filterset.form.is_valid():
            raise InvalidQuery("有筛选条件填得不对，请改正后再查。")

    def mentions(self, word: str) -> Q:
        """The word in any of the searched fields."""
        return Q(*[(f"{field}__{self.search_lookup}", word) for field in self.search_fields], _connector=Q.OR)

    def search(self, rows):
        for word in self.search_text.split():
            rows = rows.filter(self.mentions(word))
        return rows

    def sort_column(self) -> tuple[Column | None, bool]:
        """The column to sort by and whether downwards."""
        asked = self.request.GET.get("sort", "")
        if not asked:
            return None, False
        for column in self.get_columns():
            if column.name == asked.removeprefix("-") and column.sort:
                return column, asked.startswith("-")
        raise InvalidQuery("这一列不能排序。请点表头选择排序方式。")

    def order(self, rows):
        """Sort by the asked column; the primary key last keeps pages stable."""
        column, is_down = self.sort_column()
        if column is None:
            is_stable = {"pk", "-pk", "id", "-id"} & set(self.default_order)
            return rows.order_by(*self.default_order, *([] if is_stable else ["pk"]))
        sign = "-" if is_down else ""
        return rows.order_by(*[sign + field for field in column.sort_fields], f"{sign}pk")

    @cached_property
    def filtered_rows(self):
        """All rows behind the present address, in order; raises `InvalidQuery`."""
        self.check_params()
        rows = self.filterset.qs if self.filterset is not None else self.get_rows()
        return self.order(self.search(rows) if self.search_fields and self.search_text else rows)

    # One page of rows

    def page_number(self, page_count: int) -> int:
        text = self.request.GET.get("page", "1")
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text)):
            raise InvalidQuery("页码要写成 1、2、3 这样的数字。")
        return min(int(text), page_count)

    def address(self, **changes) -> str:
        """The present address with some parameters changed (None takes one out)."""
        query = self.request.GET.copy()
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return f"?{query.urlencode()}" if query else self.request.path

    def header_cells(self, columns: list[Column]) -> list[dict]:
        """What the table head needs: label, alignment, sort link and ``aria-sort``."""
        asked = self.request.GET.get("sort", "")
        cells = []
        for column in columns:
            is_now = asked.removeprefix("-") == column.name
            is_down = is_now and asked.startswith("-")
            following = column.name if is_down or not is_now else f"-{column.name}"
            cells.append(
                {
                    "column": column,
                    "url": self.address(sort=following, page=None) if column.sort else "",
                    "aria_sort": ("descending" if is_down else "ascending") if is_now else "",
                    "icon": ("chevron-down" if is_down else "chevron-up") if is_now else "arrows-sort",
                }
            )
        return cells

    def totals_body(self, columns: list[Column], rows) -> str:
        """The totals line as HTML, or nothing when the list has none."""
        figures = self.totals(rows)
        if not figures:
            return ""
        first = columns[0].name
        cells = []
        for opening, column in zip(cell_openings(columns), columns, strict=True):
            value = figures.get(column.name, "合计" if column.name == first else "")
            cells.append(f"{opening}{column.text(value) if value != '' else ''}</td>")
        return SafeString(f'<tr class="sum">{"".join(cells)}</tr>')  # nosec B703 - every part is escaped

    def rows_context(self) -> dict:
        rows, columns = self.filtered_rows, page_columns(self.get_columns())
        self.sort_column()
        count = self.count_rows(rows)
        page_count = max(-(-min(count, self.count_cap) // self.page_size), 1)
        number = self.page_number(page_count)
        shown = list(rows[(number - 1) * self.page_size : number * self.page_size])
        return {
            "columns": columns,
            "header": self.header_cells(columns),
            "body": table_body(columns, shown),
            "totals": self.totals_body(columns, rows) if shown else "",
            "count": count,
            "count_text": f"{number_text(self.count_cap)}+" if count > self.count_cap else number_text(count),
            "pagination": self.pagination(number, page_count),
            "is_filtered": self.is_filtered,
            "exports": self.export_links() if shown else [],
        }

    @property
    def is_filtered(self) -> bool:
        return any(self.request.GET.get(name) for name in [*self.filter_names, "q"])

    def pagination(self, number: int, page_count: int) -> dict:
        near = range(max(number - 2, 1), min(number + 2, page_count) + 1)
        return {
            "number": number,
            "count": page_count,
            "previous": self.address(page=number - 1) if number > 1 else "",
            "next": self.address(page=number + 1) if number < page_count else "",
            "first": self.address(page=1) if near[0] > 1 else "",
            "last": self.address(page=page_count) if near[-1] < page_count else "",
            "pages": [(page, self.address(page=page)) for page in near],
        }

    def export_links(self) -> list[tuple[str, str]]:
        labels = {"xlsx": "导出当前筛选", "csv": "CSV"}
        return [(labels[name], self.address(format=name, page=None)) for name in self.formats]

    def invalid_context(self, sentence: str) -> dict:
        columns = page_columns(self.get_columns())
        return {
            "refusal": sentence,
            "columns": columns,
            "header": [],
            "body": "",
            "count": 0,
            "count_text": "0",
        }

    # Answers

    def get(self, request, **kwargs):
        try:
            wanted = request.GET.get("format", "")
            if wanted:
                return self.export(wanted)
            status, more = 200, self.rows_context()
        except (InvalidQuery, RuleViolation) as refusal:
            status, more = 400, self.invalid_context(str(refusal))
        return self.answer(more, status)

    def answer(self, more: dict, status: int) -> HttpResponse:
        htmx = getattr(self.request, "htmx", None)
        is_fragment = bool(htmx) and htmx.target == "rows"
        context = self.get_context(
            filterset=self.filterset,
            search_text=self.search_text,
            actions=self.get_actions(),
            empty_action=self.get_empty_action(),
            **more,
        )
        # htmx swaps only successful answers; the sentence inside says what was refused.
        response = self.render(
            context,
            template_name=self.rows_template_name if is_fragment else "",
            status=200 if is_fragment else status,
        )
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    def export(self, wanted: str) -> HttpResponse:
        if wanted not in self.formats:
            raise InvalidQuery(f"只能导出：{'、'.join(self.formats)}。")
        return self.export_csv() if wanted == "csv" else self.export_xlsx()

    def export_rows(self) -> Iterable:
        return self.filtered_rows.iterator(chunk_size=2000)

    def file_name(self, ending: str) -> str:
        return f"{self.get_title()}_{today():%Y%m%d}.{ending}"

    def attachment_headers(self, ending: str) -> dict[str, str]:
        return {"Content-Disposition": content_disposition_header(True, self.file_name(ending))}

    def export_csv(self) -> HttpResponse:
        is_sorted = bool(self.request.GET.get("sort"))
        copied = self.copied_lines() if self.copied and not is_sorted else None
        lines = self.shaped_lines() if copied is None else copied
        return StreamingHttpResponse(
            lines, content_type="text/csv; charset=utf-8", headers=self.attachment_headers("csv")
        )

    def shaped_lines(self) -> Iterator[bytes]:
        """The CSV row by row, in the order of the page."""
        return stream_csv(columns=sheet_columns(self.get_columns()), rows=self.export_rows())

    def copied_lines(self) -> Iterator[bytes] | None:
        """The same rows and columns as PostgreSQL writes them, in the order of their numbers; None if it can't."""
        columns = sheet_columns(self.get_columns())
        rows = self.annotate_copied(self.filtered_rows.select_related(None).prefetch_related(None))
        values = rows.values(
            "id", **{f"copied_{column.name}": self.copied[column.name] for column in columns}
        )
        return copy_queryset_csv(values, {f"copied_{column.name}": column.label for column in columns})

    def annotate_copied(self, rows):
        """What the expressions of `copied` refer to (a joined relation, say)."""
        return rows

    def export_xlsx(self) -> HttpResponse:
        if self.filtered_rows.order_by()[: SHEET_LIMIT + 1].count() > SHEET_LIMIT:
            raise InvalidQuery(
                f"一次最多导出 {number_text(SHEET_LIMIT)} 行 Excel。请先缩小筛选范围，或者导出 CSV。"
            )
        return sheet_response(
            title=self.get_title(),
            columns=sheet_columns(self.get_columns()),
            rows=self.export_rows(),
            actor=self.actor,
            headers=self.attachment_headers("xlsx"),
        )


def sheet_response(
    *, title: str, columns: list[Column], rows: Iterable, actor: Actor, headers: dict[str, str]
) -> FileResponse:
    """An .xlsx with title block, filler and date, sent from a temporary file that vanishes afterwards."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it after sending
    filler = Filler(label=actor.label.removeprefix(f"{actor.name} · "), name=actor.name)
    write_xlsx(title=title, columns=columns, rows=rows, filler=filler, on=today(), path=target)
    target.seek(0)
    return FileResponse(target, content_type=XLSX_TYPE, headers=headers)
