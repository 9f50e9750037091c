"""The REST endpoints of reporting (api.md): coverage, its units, series and movement, and the catalogue."""

from datetime import date
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.utils.http import content_disposition_header

from core.api import (
    ApiView,
    ChoiceParam,
    DateParam,
    Field,
    IntParam,
    Nested,
    ParsedParam,
    Register,
    TextParam,
    place_field,
)
from core.api.registers import MAX_PAGE_SIZE, PAGE_SIZE, CsvColumn
from core.api.renderers import CSV_TYPE, JSON_TYPE, dumps
from core.api.views import CLIENT_ROLE
from core.clock import today
from core.errors import InputError
from core.indicators import Indicator, all_indicators, get_indicator
from core.periods import FIRST_DAY, Month, Period, parse
from core.roles import STAFF
from core.sheets import stream_csv
from reporting import shapes
from reporting.alerts import ALERTS
from reporting.answers import (
    coverage_answer,
    coverage_series,
    heading,
    indicator_answer,
    last_days,
    movement_answer,
    points,
)
from reporting.cells import rows_behind
from reporting.memory import AnswerMemory
from reporting.questions import (
    MOST_POINTS,
    STEP_LABELS,
    CoverageQuestion,
    asked_days,
    months_before,
    periods_of,
)
from reporting.snapshot_api import snapshot_patterns
from reporting.versions import count_dated, known_territory, versions
from units.indicators import COV_CARRIER, KINDS, MEASURES, Cell
from units.indicators.carrier import CARRIER
from units.indicators.movement import movement
from units.indicators.territory import By, Territory
from units.models import Carrier, CoverageSpell, PartyOrganization, Unit


def month_of(text: str) -> Month:
    """A month written ``2026-11``.

    Raises `InputError` for every other spelling.
    """
    period = parse(text)
    if not isinstance(period, Month) or str(period) != text:
        raise InputError("月份要写成 2026-11 这样的形式。")
    return period


def root_code() -> str:
    return settings.ROOT_PLACE_CODE


PLACE = TextParam(
    name="place", default=root_code, max_length=32, help="区划代码，如 510107、510107005、510107005008"
)
AS_OF = DateParam(name="as_of", default=today, latest=today, help="截至日期，不晚于今天")
BY = ChoiceParam(name="by", choices=By.choices, default=By.CHILD, help="分到哪一级")
KIND = ChoiceParam(
    name="kind",
    choices={slug: kind.name for slug, kind in KINDS.items()},
    default="non_public",
    help="统计对象",
)
MEASURE = ChoiceParam(
    name="measure",
    choices={slug: measure.label for slug, measure in MEASURES.items()},
    default="organization",
    help="口径",
)
QUESTION = (PLACE, KIND, MEASURE, AS_OF, BY)
SPAN = (
    ParsedParam(name="from", parse=month_of, pattern=r"^\d{4}-\d{2}$", example="2026-01", help="起始月份"),
    ParsedParam(name="to", parse=month_of, pattern=r"^\d{4}-\d{2}$", example="2026-11", help="截止月份"),
    ChoiceParam(name="step", choices=STEP_LABELS, default="month", help="步长"),
)
CELL = (
    *QUESTION,
    ChoiceParam(name="cell", choices=Cell.choices, default=Cell.DENOMINATOR, help="哪一格"),
)
FIELD_COLUMNS = (
    "numerator",
    "denominator",
    "rate",
    "rate_display",
    "standalone",
    "joint",
    "uncovered",
    "excluded",
)


def ask(query: dict[str, Any]) -> CoverageQuestion:
    """The question in the query parameters of a call."""
    return CoverageQuestion(
        place=query["place"],
        as_of=query.get("as_of") or today(),
        kind=query["kind"],
        measure=query["measure"],
        by=query.get("by", By.NONE),
    )


def span_of(query: dict[str, Any], until: date) -> list[Period]:
    """The periods of a series: twelve months up to now unless told otherwise.

    Raises `InputError` for a span that is turned round, lies in the future, or has too many points.
    """
    last = query["to"] or Month.containing(until)
    first = query["from"] or months_before(last, 11)
    if last.first_day > until:
        raise InputError(f"截止月份不能晚于 {Month.containing(until)}。", field="to")
    if first > last:
        raise InputError("起始月份不能晚于截止月份。", field="from")
    periods = periods_of(query["step"], first, last)
    if len(periods) > MOST_POINTS:
        raise InputError(f"一次最多取 {MOST_POINTS} 个点，请缩短时间或加大步长。", field="from")
    return periods


memory = AnswerMemory(settings.STATISTICS_MEMORY_BYTES)


class StatisticsView(ApiView):
    """What all published statistics share: anybody may read, and the version of the data is the tag.

    A subclass gives `compute`; its answer is remembered for as long as nothing that is counted changes.
    """

    public = True
    tag = "statistics"

    def compute(self) -> dict[str, Any]:
        """The answer as plain data, the same for every reader."""
        raise NotImplementedError

    def write_csv(self, answer: dict[str, Any]) -> HttpResponse:
        """The answer as CSV, where ``has_csv``."""
        raise NotImplementedError

    def get(self, request, **kwargs):
        return self.write_csv(self.compute()) if self.format == "csv" else self.remembered()

    def remembered(self) -> HttpResponse:
        """The answer from memory when it shows the present version, else computed and remembered."""
        key = (self.request._request.path, self.open_day(), *self.query.values())
        body = memory.get(key, self.data_versions[0]) if memory.knows(key) else None
        if body is None:
            body = dumps(self.compute())
            memory.put(key, self.data_versions[0], body)
        return HttpResponse(body, content_type=JSON_TYPE)

    @cached_property
    def data_versions(self) -> tuple[str, str]:
        return versions(of_carriers=self.counts_carriers())

    def counts_carriers(self) -> bool:
        """Whether the answer depends on carriers."""
        return False

    def get_etag_source(self) -> str:
        """All marks of writes, the day that open dates depend on, and the formula."""
        return f"{self.data_versions[0]} {self.open_day()} {self.formula_version()}"

    def open_day(self) -> date:
        """The day that dates which aren't given depend on."""
        return today()

    def formula_version(self) -> str:
        return ""

    def territory(self, code: str, by: str = By.NONE) -> Territory:
        return known_territory(code, by, self.data_versions[1])


class CoverageView(StatisticsView):
    """Base of the endpoints that answer a coverage question."""

    params = QUESTION

    @cached_property
    def question(self) -> CoverageQuestion:
        return ask(self.query)

    def open_day(self) -> date:
        return self.question.as_of

    def counts_carriers(self) -> bool:
        return self.question.of_measure.subject is not None

    def formula_version(self) -> str:
        return f"{self.question.indicator.id} {self.question.indicator.version}"

    def asked_territory(self) -> Territory:
        return self.territory(self.question.place, self.question.by)


def lines_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of an answer, or its total where there are none."""
    return answer["rows"] or [{"place": answer["place"], **answer["total"]}]


def csv_answer(name: str, lines: list[dict[str, Any]], first: list[tuple[str, ...]]) -> StreamingHttpResponse:
    """Rows of figures as CSV: the given columns first, then all fields of the figures there are."""
    present = [field for field in FIELD_COLUMNS if field in lines[0]]
    columns = [CsvColumn("_".join(names), names) for names in [*first, *((field,) for field in present)]]
    headers = {"Content-Disposition": content_disposition_header(True, f"{name}_{today():%Y%m%d}.csv")}
    return StreamingHttpResponse(
        stream_csv(columns=columns, rows=lines), content_type=CSV_TYPE, headers=headers
    )


PLACE_COLUMNS = [("place", "code"), ("place", "name"), ("place", "level")]


class Coverage(CoverageView):
    """``GET /statistics/coverage/``: coverage of a place on a day, with its rows."""

    help = "覆盖率：某地某日及其分项"
    has_csv = True
    dates_its_answer = True
    response_serializer = shapes.AnswerShape

    def compute(self):
        self.data_versions, territory, counted = count_dated(self.question)
        return coverage_answer(self.question, territory, counted)

    def write_csv(self, answer):
        return csv_answer("coverage", lines_of(answer), PLACE_COLUMNS)


def series_lines(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a series' CSV: each row of each point."""
    return [
        {"period": point["period"], "as_of": point["as_of"], **line}
        for point in answer["points"]
        for line in lines_of({"place": answer["place"], **point})
    ]


SERIES_COLUMNS = [("period",), ("as_of",), *PLACE_COLUMNS]


class CoverageSeries(CoverageView):
    """``GET /statistics/coverage/series/``: coverage at each period's last day."""

    help = "覆盖率随时间的变化"
    params = (*QUESTION, *SPAN)
    has_csv = True
    response_serializer = shapes.SeriesShape

    def compute(self):
        territory, until = self.asked_territory(), self.question.as_of
        periods = span_of(self.query, until)
        counted = coverage_series(self.question, territory, periods)
        found = points(self.question.indicator, territory, counted, periods, until)
        return {**heading(self.question.indicator, territory), "step": self.query["step"], "points": found}

    def write_csv(self, answer):
        return csv_answer("coverage_series", series_lines(answer), SERIES_COLUMNS)


def year_start() -> date:
    return today().replace(month=1, day=1)


class CoverageMovement(CoverageView):
    """``GET /statistics/coverage/movement/``: opening + added − excluded by reason + restored = closing."""

    help = "统计基数的变动：期初、新增、剔除、恢复、期末"
    params = (
        PLACE,
        KIND,
        MEASURE,
        DateParam(
            name="from", default=year_start, earliest=FIRST_DAY, latest=today, help="起始日；期初为前一日"
        ),
        DateParam(name="to", default=today, latest=today, help="截止日"),
    )
    response_serializer = shapes.MovementShape

    def open_day(self) -> date:
        return today()

    def compute(self):
        first, last = self.query["from"], self.query["to"]
        if first > last:
            raise InputError("起始日不能晚于截止日。", field="from")
        territory = self.asked_territory()
        moved = movement(self.question.of_measure, self.question.of_kind, territory, first, last)
        return movement_answer(self.question, territory, moved)


class CoverageUnits(Register):
    """``GET /statistics/coverage/units/``: the units behind a cell, for those who may see them."""

    name = "coverage-units"
    basename = "coverage-unit"
    list_help = "一个格子背后的单位"
    tag = "statistics"
    model = Unit
    roles = STAFF | {CLIENT_ROLE}
    fields = [
        Field("id"),
        Field("name"),
        Field("credit_code"),
        Field("category"),
        place_field(),
        Field("status", source="status_on", choices=Unit.OperatingStatus, kind="text", help="当日经营状态"),
        Field("status_since", source="status_since", kind="date", help="该状态起始日"),
        Field("status_reason", source="status_reason", kind="text", help="剔除的原因"),
        Field("status_evidence", source="status_evidence", kind="text", help="剔除的依据"),
        Field("mode", source="mode_on", choices=CoverageSpell.Mode, kind="text", help="当日覆盖方式"),
        Field("covered_since", source="covered_since", kind="date", help="覆盖起始日"),
        Nested("organization", {"id": "organization_on_id", "name": "organization_on"}, help="覆盖的党组织"),
        Field("members_full"),
        Field("employees"),
    ]
    search_fields = ("name", "credit_code")
    ordering = {"id": "id", "name": "name_pinyin", "place": "place_code", "employees": "employees"}
    default_ordering = ("place_code", "id")
    extra_params = CELL

    def get_rows(self, actor, query):
        """The rows of the cell; a place outside the client's own is as good as not there (404)."""
        question = ask(query)
        territory = known_territory(question.place, By.NONE, versions()[1])
        if not (actor.is_system or actor.stands_over(territory.code)):
            raise Http404
        return rows_behind(question, query["cell"], territory, self.model.objects.visible_to(actor))


class CoverageCarriers(CoverageUnits):
    """The same address with ``measure=carrier``: the carriers behind a cell."""

    name = "coverage-carriers"
    basename = "coverage-carrier"
    list_help = "载体覆盖率一个格子背后的载体"
    model = Carrier
    fields = [
        Field("id"),
        Field("name"),
        Field("kind"),
        place_field(),
        Field("address"),
        Field("from_on"),
        Field("to_on"),
        Field("has_station", source="has_station_on", kind="boolean", help="当日有在用的党建服务站"),
        Nested("committee", {"id": "committee_id", "name": "committee__name"}, help="区域综合党委"),
    ]
    search_fields = ("name", "address")
    ordering = {"id": "id", "place": "place_code", "from_on": "from_on"}


units_list = CoverageUnits().list_path("statistics/coverage/units/", "coverage-units")
carriers_list = CoverageCarriers().list_path("statistics/coverage/units/", "coverage-units")


@wraps(units_list.callback)
def behind_cell(request, **kwargs) -> HttpResponse:
    """What is behind a cell: units, or carriers where the measure counts those."""
    is_of_carriers = request.GET.get("measure") == CARRIER.slug
    return (carriers_list if is_of_carriers else units_list).callback(request, **kwargs)


class OrganizationAlerts(Register):
    """``GET /statistics/alerts/organizations/``: party organizations that need looking after (预警)."""

    name, basename, tag, model = "alerts-organizations", "alert-organization", "statistics", PartyOrganization
    list_help = "预警：覆盖过宽、没有活动、届满未换届的党组织"
    roles = STAFF | {CLIENT_ROLE}
    is_of_units = False
    fields = [
        Field("id"),
        Field("name"),
        Field("category"),
        place_field(),
        Field("covered_count", source="covered_count", kind="integer", help="当日覆盖的单位数"),
        Field("member_count"),
        Field("established_on"),
        Field("term_end"),
    ]
    search_fields = ("name",)
    ordering = {"id": "id", "place": "place_code", "term_end": "term_end"}
    default_ordering = ("place_code", "id")

    @property
    def extra_params(self):
        kinds = {slug: one.label for slug, one in ALERTS.items() if one.is_of_units == self.is_of_units}
        return (
            PLACE,
            AS_OF,
            ChoiceParam(name="kind", choices=kinds, default=next(iter(kinds)), help="哪一种"),
        )

    def get_rows(self, actor, query):
        """The rows of the list; a place outside the client's own is as good as not there (404)."""
        territory = known_territory(query["place"], By.NONE, versions()[1])
        if not (actor.is_system or actor.stands_over(territory.code)):
            raise Http404
        mine = self.model.objects.visible_to(actor)
        return ALERTS[query["kind"]].rows(territory, query["as_of"]).filter(pk__in=mine.values("pk"))


class UnitAlerts(OrganizationAlerts):
    """``GET /statistics/alerts/units/``: units that are left without an organization or a named instructor."""

    name, basename, model = "alerts-units", "alert-unit", Unit
    list_help = "预警：应建未建、未登记到人的单位"
    is_of_units = True
    fields = CoverageUnits.fields
    search_fields = CoverageUnits.search_fields
    ordering = CoverageUnits.ordering


class Catalogue(StatisticsView):
    """``GET /statistics/indicators/``: every published number with its definition."""

    help = "指标目录"
    params = (
        IntParam(name="page", minimum=1, default=1, help="第几页"),
        IntParam(name="page_size", minimum=1, maximum=MAX_PAGE_SIZE, default=PAGE_SIZE, help="每页几条"),
    )
    response_serializer = shapes.CatalogueShape

    def get_etag_source(self) -> str:
        return " ".join(f"{indicator.id}:{indicator.version}" for indicator in all_indicators())

    def get(self, request, **kwargs):
        rows = [indicator.fields() for indicator in all_indicators()]
        number, size = self.query["page"], self.query["page_size"]
        pages = max(-(-len(rows) // size), 1)
        if number > pages:
            raise InputError(f"没有第 {number} 页，共 {pages} 页。", field="page")
        return {
            "count": len(rows),
            "next": self.address(number + 1) if number < pages else None,
            "previous": self.address(number - 1) if number > 1 else None,
            "results": rows[(number - 1) * size : number * size],
        }

    def address(self, number: int) -> str:
        """The full address of another page."""
        query = self.request._request.GET.copy()
        query["page"] = number
        return self.request._request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


class IndicatorView(StatisticsView):
    """Base of the endpoints of one indicator."""

    @cached_property
    def indicator(self) -> Indicator:
        try:
            return get_indicator(self.kwargs["id"])
        except InputError as missing:
            raise Http404 from missing

    def formula_version(self) -> str:
        return str(self.indicator.version)

    def counts_carriers(self) -> bool:
        return self.indicator is COV_CARRIER


class IndicatorValue(IndicatorView):
    """``GET /statistics/indicators/{id}/``: one indicator of a place, on a day or in a period."""

    help = "一项指标的数值"
    params = (
        PLACE,
        ParsedParam(name="period", parse=parse, example="2026-Q4", help="时段：2026-11、2026-Q4 或 2026"),
        DateParam(name="as_of", latest=today, help="截至日期；时期数按当年年初至该日"),
        BY,
    )
    has_csv = True
    response_serializer = shapes.IndicatorAnswerShape

    def compute(self):
        period, first, last = asked_days(self.query["period"], self.query["as_of"])
        territory = self.territory(self.query["place"], self.query["by"])
        answer = indicator_answer(self.indicator, territory, first, last)
        return {**heading(self.indicator, territory), "period": period, "as_of": last, **answer}

    def write_csv(self, answer):
        return csv_answer("indicator", lines_of(answer), PLACE_COLUMNS)


class IndicatorSeries(IndicatorView):
    """``GET /statistics/indicators/{id}/series/``: one indicator over time."""

    help = "一项指标随时间的变化"
    params = (PLACE, BY, *SPAN)
    has_csv = True
    response_serializer = shapes.SeriesShape

    def compute(self):
        territory = self.territory(self.query["place"], self.query["by"])
        periods = span_of(self.query, today())
        counted = [
            self.indicator.count(territory, period.first_day, day)
            for period, day in zip(periods, last_days(periods, today()), strict=True)
        ]
        found = points(self.indicator, territory, counted, periods, today())
        return {**heading(self.indicator, territory), "step": self.query["step"], "points": found}

    def write_csv(self, answer):
        return csv_answer("indicator_series", series_lines(answer), SERIES_COLUMNS)


# Patterns under /api/v1/, gathered by wuhou.api.
urlpatterns = [
    *snapshot_patterns,
    path("statistics/coverage/", Coverage.as_view(), name="coverage"),
    path("statistics/coverage/units/", behind_cell, name="coverage-units"),
    OrganizationAlerts().list_path("statistics/alerts/organizations/", "alert-organizations"),
    UnitAlerts().list_path("statistics/alerts/units/", "alert-units"),
    path("statistics/coverage/series/", CoverageSeries.as_view(), name="coverage-series"),
    path("statistics/coverage/movement/", CoverageMovement.as_view(), name="coverage-movement"),
    path("statistics/indicators/", Catalogue.as_view(), name="indicator-list"),
    path("statistics/indicators/<str:id>/", IndicatorValue.as_view(), name="indicator-detail"),
    path("statistics/indicators/<str:id>/series/", IndicatorSeries.as_view(), name="indicator-series"),
]
