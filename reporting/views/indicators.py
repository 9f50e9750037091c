"""The pages of indicators (指标): the catalogue, one page for each, and the list behind every number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString

from core.charts import ChartPoint
from core.clock import today
from core.columns import Column, cell_openings, page_columns, sheet_columns, status_reader, table_body
from core.components import number_text
from core.errors import InputError, RuleViolation
from core.indicators import (
    PERIOD_TYPE_LABELS,
    Breakdown,
    Figure,
    Indicator,
    PeriodType,
    all_indicators,
    get_indicator,
)
from core.pages import InvalidQuery, ListPage, Page, SimplePage, sheet_response
from core.periods import Month
from core.roles import SIGNED_IN, STAFF
from core.sheets import stream_csv
from reporting.answers import known, last_days, points
from reporting.behind import (
    EVALUATIONS,
    Behind,
    Shape,
    behind,
    cell_label,
    cells_of,
    page_address,
    readable,
    shape_of,
)
from reporting.frozen_lists import frozen_behind, frozen_members, frozen_note
from reporting.indicator_forms import IndicatorForm, question_form
from reporting.questions import months_before, periods_of
from reporting.snapshots import Frozen
from reporting.versions import known_territory, versions
from reporting.views.coverage import FORMATS, prefixes
from units.indicators import COVERAGE
from units.indicators.territory import By, Place, Territory
from units.models import Division

MONTHS_DRAWN = 12
FAMILIES = {"COV": "覆盖", "NO": "覆盖", "NEW": "覆盖", "ORG": "组织", "CONF": "会议", "RES": "会议", "ISS": "问题", "ACT": "会议",
            "PRJ": "项目", "UNIT": "项目", "VOL": "志愿服务"}  # fmt: skip
FAMILY_ORDER = ("覆盖", "组织", "会议", "问题", "项目", "志愿服务", "其他")


def family_of(indicator: Indicator) -> str:
    return FAMILIES.get(indicator.id.partition("-")[0], "其他")


class IndicatorsPage(SimplePage):
    """Every published number with its definition and version."""

    template_name = "reporting/indicators.html"
    title = "指标口径"
    subtitle = "页面、接口、表格和通报都按同一口径计算；口径有改动时版本加一，已印发的数字不改。"
    roles = SIGNED_IN

    def get_context(self, **more) -> dict:
        families = [
            (name, [(one, PERIOD_TYPE_LABELS[one.period_type]) for one in found])
            for name in FAMILY_ORDER
            if (found := [one for one in all_indicators() if family_of(one) == name])
        ]
        return super().get_context(families=families, **more)


def coverage_address(indicator: Indicator, query) -> str | None:
    """The page of a coverage indicator, for the same place and day; None for all others."""
    kept = {name: text for name, text in query.items() if name in ("place", "as_of", "by", "format")}
    for (measure, kind), one in COVERAGE.items():
        if one is indicator:
            return f"{reverse('reporting:coverage')}?{urlencode({'measure': measure, 'kind': kind, **kept})}"
    return None


def month_address(
    indicator: Indicator, place: str, month: Month, day: date | None = None, **more: Any
) -> str:
    """The page of an indicator for a month: what happened in it, or the state on its last day (or ``day``)."""
    is_state = indicator.period_type == PeriodType.AS_OF
    time = {"as_of": day or month.last_day} if is_state else {"period": month}
    return (
        f"{reverse('reporting:indicator', args=[indicator.id])}?{urlencode({'place': place, **time, **more})}"
    )


@dataclass(frozen=True)
class Question:
    """What is asked of an indicator: of which place, on which days; and how the address says it."""

    indicator: Indicator
    place: str
    by: str
    period: str | None
    first: date
    last: date

    def query(self, **more: Any) -> str:
        time = {"period": self.period} if self.period else {"as_of": self.last}
        return urlencode({"place": self.place, **time, "by": self.by, **more})

    def address(self, **more: Any) -> str:
        return f"{reverse('reporting:indicator', args=[self.indicator.id])}?{self.query(**more)}"

    def rows_address(self, place: str, cell: str, *, is_own: bool = False) -> str:
        query = self.query(place=place, cell=cell, **({"own": 1} if is_own else {}))
        return f"{reverse('reporting:indicator_rows', args=[self.indicator.id])}?{query}"

    @property
    def days_text(self) -> str:
        return f"{self.first} 至 {self.last}" if self.period else f"截至 {self.last}"


class OneIndicator:
    """What the page of an indicator and the lists behind it share: the indicator, the question, the place."""

    @cached_property
    def indicator(self) -> Indicator:
        try:
            return get_indicator(self.kwargs["id"])
        except InputError as missing:
            raise Http404 from missing

    @cached_property
    def question(self) -> Question:
        """What the address asks; raises `InputError` with a sentence."""
        period, first, last = self.form.days()
        asked = self.form.cleaned_data
        return Question(self.indicator, asked["place"], asked["by"], period, first, last)

    @cached_property
    def places_version(self) -> str:
        return versions()[1]

    def territory_by(self, by: str) -> Territory:
        """The asked place; one outside the actor's own is as good as not there. Others see the district as a whole."""
        territory = known_territory(self.question.place, by, self.places_version)
        is_staff = self.actor.role in STAFF
        if not (
            self.actor.stands_over(territory.code) if is_staff else territory.code == settings.ROOT_PLACE_CODE
        ):
            raise Http404
        return territory

    @cached_property
    def published(self) -> tuple[Breakdown, Frozen | None]:
        """The figures as over REST, and what of them was frozen."""
        territory = self.territory_by(self.question.by)
        return known(self.indicator, territory, self.question.first, self.question.last)

    @property
    def frozen(self) -> Frozen | None:
        return self.published[1]


@dataclass(frozen=True)
class Line:
    """A row of the table: a place with its figure, and where the figure's numbers lead."""

    name: str
    place: Place
    figure: Figure
    question: Question
    is_open: bool
    # What lies at the place itself, in none of the rows beneath it.
    is_own: bool = False

    def cell_url(self, cell: str) -> str | None:
        """The list behind a number; None for those who see totals alone."""
        if not self.is_open:
            return None
        return self.question.rows_address(self.place.code, cell, is_own=self.is_own)

    @property
    def place_url(self) -> str | None:
        """The same page one level down."""
        is_above = self.place.level in (Division.Level.DISTRICT, Division.Level.SUBDISTRICT)
        if not (self.is_open and not self.is_own and is_above and self.place.code != self.question.place):
            return None
        return self.question.address(place=self.place.code, by=By.CHILD)


class IndicatorPage(OneIndicator, Page):
    """One indicator of a place, on a day or in a period; every number opens into the list behind it."""

    template_name = "reporting/indicator.html"
    roles = SIGNED_IN

    def get(self, request, **kwargs):
        if self.actor.role in STAFF and (address := coverage_address(self.indicator, request.GET)):
            return HttpResponseRedirect(address)
        query = request.GET.copy()
        wanted = query.pop("format", [""])[-1]
        self.form = question_form(self.indicator, query, self.actor)
        try:
            figures = self.export(wanted) if wanted else self.figures()
        except RuleViolation as refusal:
            self.question = None
            return self.render(self.get_context(refusal=refusal.message, form=self.form), status=400)
        return figures if wanted else self.render(self.get_context(**figures))

    def get_title(self) -> str:
        return self.indicator.name

    def get_subtitle(self) -> str:
        if self.question is None:
            return ""
        opens = " · 每个数字都可以点开名单" if self.is_open else ""
        place = self.territory_by(self.question.by).place
        return f"{self.question.days_text} · {place.path_name} · 口径 {self.indicator.id} 第 {self.version} 版{opens}"

    def get_breadcrumbs(self) -> list[tuple[str, str]]:
        found = [("指标口径", reverse("reporting:indicators"))]
        if self.question is None or not self.is_open:
            return found
        above = Division.objects.filter(code__in=prefixes(self.question.place)).order_by("code")
        return found + [
            (place.name, self.question.address(place=place.code, by=By.CHILD))
            for place in above
            if self.actor.stands_over(place.code)
        ]

    @property
    def is_open(self) -> bool:
        """Whether the actor may open lists: staff, at the own place and below."""
        return self.actor.role in STAFF

    @property
    def version(self) -> int:
        return self.frozen.version if self.frozen else self.indicator.version

    def figures(self) -> dict[str, Any]:
        total = self.total_line()
        return {
            "form": self.form,
            "question": self.question,
            "indicator": self.indicator,
            "version": self.version,
            "total": total.figure,
            "numerator_url": total.cell_url("numerator"),
            "denominator_url": total.cell_url("denominator"),
            "notes": self.notes(),
            "chart": self.chart(),
            "chart_kind": "rate" if self.indicator.denominator_text else "int",
            "exports": self.export_links(),
            **self.table(),
        }

    def notes(self) -> list[str]:
        if not self.frozen:
            return []
        month = Month.containing(self.question.last)
        return [
            f"{month.label}的数值已在月末冻结，以后的更正不改变它；点开是冻结时的名单。{self.frozen.rows_note}"
        ]

    # The chart

    def chart(self) -> list[ChartPoint]:
        """The last twelve months as over REST: each month's end, or what happened in the month."""
        last = Month.containing(self.question.last)
        periods = periods_of("month", months_before(last, MONTHS_DRAWN - 1), last)
        territory, until = self.territory_by(By.NONE), self.question.last
        counted = [
            self.indicator.count(territory, period.first_day, day)
            for period, day in zip(periods, last_days(periods, until), strict=True)
        ]
        drawn = points(self.indicator, territory, counted, periods, until)
        return [self.chart_point(period, point) for period, point in zip(periods, drawn, strict=True)]

    def chart_point(self, period: Month, point: dict) -> ChartPoint:
        figure = Figure(point["total"]["numerator"], point["total"]["denominator"])
        url = month_address(self.indicator, self.question.place, period, point["as_of"], by=self.question.by)
        if not self.indicator.denominator_text:
            return ChartPoint(f"{period.month}月", figure.numerator, url)
        note = f"{figure.numerator:,} ÷ {figure.denominator:,}"
        return ChartPoint(f"{period.month}月", figure.share, url, note=note, text=figure.rate_display)

    # The table

    @cached_property
    def columns(self) -> list[Column]:
        level = self.territory_by(self.question.by).level
        label = dict(Division.Level.choices).get(level, "地方")
        found = [Column("place", label, value="name", link=lambda line: line.place_url, width=26)]
        found += [count_column(self.indicator, cell) for cell in cells_of(self.indicator, self.total)]
        if self.indicator.denominator_text:
            found.append(
                Column("rate", "比率", value="figure.rate_display", sheet_value=lambda line: line.figure.rate_display,
                       align="n")
            )  # fmt: skip
        return found

    @property
    def total(self) -> Figure:
        return self.published[0].total

    def total_line(self) -> Line:
        place = self.territory_by(self.question.by).place
        return Line("合计", place, self.total, self.question, self.is_open)

    def lines(self) -> list[Line]:
        return [self.row_line(place, figure) for place, figure in self.published[0].rows]

    def row_line(self, place: Place, figure: Figure) -> Line:
        """A row; what lies above the rows' level has a row of its own."""
        name = place.path_name if self.question.by == By.COMMUNITY else place.name
        is_own = place.level != self.territory_by(self.question.by).level
        label = f"{name}本级" if is_own else name
        return Line(label, place, figure, self.question, self.is_open, is_own)

    def table(self) -> dict[str, Any]:
        columns, total = page_columns(self.columns), self.total_line()
        cells = [
            f"{opening}{'合计' if column.name == 'place' else column.cell(total)}</td>"
            for opening, column in zip(cell_openings(columns), columns, strict=True)
        ]
        return {
            "columns": columns,
            "level_label": columns[0].label,
            "body": table_body(columns, self.lines()),
            "total_cells": SafeString("".join(cells)),  # nosec B703 - every part is escaped
        }

    # Exports

    def export_links(self) -> list[tuple[str, str]]:
        return [
            (label, self.question.address(format=name))
            for name, label in (("xlsx", "导出当前筛选"), ("csv", "CSV"))
        ]

    def export(self, wanted: str) -> HttpResponse:
        if wanted not in FORMATS:
            raise InputError(f"只能导出：{'、'.join(FORMATS)}。")
        name = f"{self.indicator.name}_{today():%Y%m%d}.{wanted}"
        headers = {"Content-Disposition": content_disposition_header(True, name)}
        columns, rows = sheet_columns(self.columns), [*self.lines(), self.total_line()]
        if wanted == "csv":
            lines = stream_csv(columns=columns, rows=rows)
            return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
        place = self.territory_by(self.question.by).place.path_name
        title = f"{place}{self.indicator.name}（{self.question.days_text}）"
        return sheet_response(title=title, columns=columns, rows=rows, actor=self.actor, headers=headers)


def count_column(indicator: Indicator, cell: str) -> Column:
    """A column of whole numbers that open."""
    return Column(
        cell,
        cell_label(indicator, cell),
        value=lambda line: line.figure.fields()[cell],
        kind="int",
        link=lambda line: line.cell_url(cell),
    )


# The list behind a number

HIDDEN = "（不在查看范围）"


class IndicatorRows(OneIndicator, ListPage):
    """The rows behind a number of an indicator; a row outside the actor's sight counts, without saying what it is."""

    template_name = "reporting/figure_list.html"
    roles = STAFF
    empty_text = "这一格没有记录。"
    search_hint = "按名称查找"
    extra_params = frozenset({"place", "by", "as_of", "period", "cell", "own"})

    @cached_property
    def form(self) -> IndicatorForm:
        own = {"page", "sort", "format", "q", "cell", "own"}
        query = {name: text for name, text in self.request.GET.items() if name not in own}
        return question_form(self.indicator, query, self.actor)

    @property
    def hidden_params(self) -> list[tuple[str, str]]:
        """What a search keeps of the address."""
        return [(name, text) for name, text in self.request.GET.items() if name in self.extra_params]

    @property
    def clear_url(self) -> str:
        """The same list without the search."""
        return f"{self.request.path}?{urlencode(self.hidden_params)}"

    @cached_property
    def is_own(self) -> bool:
        """Whether only what lies at the place itself is asked for, in none of the rows beneath it."""
        text = self.request.GET.get("own", "")
        if text not in ("", "1"):
            raise InvalidQuery("own 只能写 1，或者不写。")
        return bool(text)

    @cached_property
    def territory(self) -> Territory:
        return self.territory_by(self.question.by if self.is_own else By.NONE)

    @cached_property
    def published(self) -> tuple[Breakdown, Frozen | None]:
        return known(self.indicator, self.territory, self.question.first, self.question.last)

    @cached_property
    def figure(self) -> Figure:
        """The figure whose cell is asked for."""
        total, rows = self.published[0].total, self.published[0].rows
        if not self.is_own:
            return total
        own = [figure for place, figure in rows if place.code == self.territory.code]
        return (
            own[0]
            if own
            else Figure(0, 0 if self.indicator.denominator_text else None, dict.fromkeys(total.parts, 0))
        )

    @cached_property
    def cell(self) -> str:
        """The asked cell; raises `InvalidQuery` for one this indicator hasn't."""
        asked, known_cells = self.request.GET.get("cell", "numerator"), cells_of(self.indicator, self.figure)
        if asked not in known_cells:
            raise InvalidQuery(f"没有“{asked[:40]}”这一格，可用：{'、'.join(known_cells)}。")
        return asked

    @cached_property
    def is_sound(self) -> bool:
        """Whether the address names a list at all; if not, the page says why and nothing else."""
        try:
            return bool(self.cell)
        except (InvalidQuery, RuleViolation):
            return False

    @cached_property
    def behind(self) -> Behind:
        question = self.question
        found = behind(self.indicator, self.cell, self.territory, question.first, question.last)
        if self.kept_members is not None:
            return frozen_behind(found, self.kept_members, self.territory if self.is_own else None)
        return found.at_place_itself(self.territory) if self.is_own else found

    @cached_property
    def kept_members(self) -> QuerySet | None:
        """The list that was frozen with the number, where there is one."""
        if not self.frozen:
            return None
        month = Month.containing(self.question.last)
        return frozen_members(self.indicator, month, self.frozen.version, self.cell, self.territory)

    @cached_property
    def shape(self) -> Shape:
        return shape_of(self.behind.rows)

    @property
    def model(self):
        return self.behind.rows.model if self.is_sound else None

    @property
    def search_fields(self) -> tuple[str, ...]:
        return (self.shape.name,) if self.is_sound else ()

    @property
    def unit_word(self) -> str:
        if self.is_sound and self.behind.sum_label:
            return "条"
        return self.indicator.unit_word

    @property
    def default_order(self) -> tuple[str, ...]:
        return (self.shape.place, "pk")

    def get_rows(self):
        return readable(self.behind.rows, self.actor)

    def check_params(self) -> None:
        """An address that doesn't name a list is refused first."""
        if self.cell:
            super().check_params()

    def search(self, rows):
        """Only what the actor may read is found by its name."""
        return super().search(rows.filter(may_read=True))

    def totals(self, rows) -> dict[str, Any]:
        if not self.behind.sum_label:
            return {}
        return {"counted": rows.order_by().aggregate(total=Sum("counted"))["total"] or 0}

    def get_columns(self) -> list[Column]:
        if not self.is_sound:
            return [NAME]
        shape = self.shape
        name = Column(
            "name", "名称", lambda row: str(row) if row.may_read else HIDDEN, sort=shape.name, is_main=True, width=40,
            link=lambda row: page_address(row, shape),
            sheet_value=lambda row: shape.sheet_name(row) if row.may_read else HIDDEN,
        )  # fmt: skip
        found = [name]
        if shape.name != "path_name":
            found.append(Column("place", "地方", "place_name", sort=shape.place, width=24))
        if shape.status:
            read = status_reader(shape.status)
            found.append(
                Column("status", "状态", lambda row: read(row) if row.may_read else None, kind="tag")
            )
        if self.behind.sum_label:
            found.append(Column("counted", self.behind.sum_label, kind="int", sort="counted"))
        return found

    def get_title(self) -> str:
        if not self.is_sound:
            return self.indicator.name
        return f"{self.indicator.name}：{cell_label(self.indicator, self.cell)}"

    def get_subtitle(self) -> str:
        if not self.is_sound:
            return ""
        place = f"{self.territory.place.path_name}{'本级' if self.is_own else ''}"
        return f"{place} · {self.question.days_text}"

    def get_breadcrumbs(self) -> list[tuple[str, str]]:
        address = reverse("reporting:indicator", args=[self.indicator.id])
        return [
            ("指标口径", reverse("reporting:indicators")),
            (self.indicator.name, self.question.address() if self.is_sound else address),
        ]

    def get_context(self, **more) -> dict:
        notes = list(self.notes()) if self.is_sound else []
        return super().get_context(indicator=self.indicator, notes=notes, **more)

    def notes(self) -> Iterable[str]:
        """What a reader of the list has to know: what was frozen, and where single rows are shown to nobody."""
        number = f"{number_text(self.figure.fields()[self.cell])} {self.indicator.unit_word}"
        if self.frozen:
            yield frozen_note(
                f"{Month.containing(self.question.last).label}", number, is_kept=self.kept_members is not None
            )
        if self.indicator.id == EVALUATIONS:
            yield f"这一格是 {number}评价。评价不逐份、不逐场公开，下面是各地的份数。"


NAME = Column("name", "名称", is_main=True)
