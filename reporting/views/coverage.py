"""The coverage page (覆盖率): headline rates, the year so far, the denominator's movement, and the table."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString

from core.actor import Actor
from core.charts import ChartPoint
from core.clock import today
from core.columns import Column, cell_openings, page_columns, sheet_columns, table_body
from core.components import bar
from core.errors import RuleViolation
from core.indicators import Breakdown, Figure
from core.pages import Page, sheet_response
from core.periods import Month
from core.roles import STAFF
from core.sheets import stream_csv
from reporting.alerts import ALERTS
from reporting.answers import coverage_series, last_days
from reporting.baselines import BASELINES, SOURCE, YEAR, baseline_points
from reporting.forms import PageForm
from reporting.questions import CoverageQuestion, months_before, periods_of
from reporting.snapshots import Frozen, find_all_frozen, find_frozen
from reporting.versions import known_territory, versions
from reporting.views.lists import present_notes
from units.indicators import NEW_ORGANIZATIONS, Cell
from units.indicators.coverage import count_days
from units.indicators.movement import ADDED, EXCLUDED, REASON_LABELS, RESTORED, movement
from units.indicators.territory import By, Place, Territory
from units.models import Division

FORMATS = ("xlsx", "csv")


def target_share() -> float:
    """The district's target as a share of 1 (setting in percent)."""
    return settings.COVERAGE_TARGET_PERCENT / 100


@dataclass(frozen=True)
class Line:
    """A row of the table: a place with its figure, and where the figure's numbers lead."""

    place: Place
    figure: Figure
    question: CoverageQuestion
    is_open: bool
    name: str

    def cell_url(self, cell: str) -> str | None:
        """The list behind a number; None for somebody who may not see the units."""
        if not self.is_open:
            return None
        return f"{reverse('reporting:coverage_units')}?{self.question.query(cell=cell)}"

    @property
    def place_url(self) -> str | None:
        """The same page one level down; a community leads to its units."""
        if self.name.endswith("本级"):
            return None
        if self.place.level in (Division.Level.DISTRICT, Division.Level.SUBDISTRICT):
            return f"{reverse('reporting:coverage')}?{self.question.but(by=By.CHILD).query()}"
        return self.cell_url(Cell.DENOMINATOR)


def line_of(question: CoverageQuestion, place: Place, figure: Figure, actor: Actor, name: str = "") -> Line:
    is_open = actor.stands_over(place.code)
    return Line(place, figure, question.but(place=place.code), is_open, name or place.path_name or place.name)


def count_column(cell: str, label: str, **more) -> Column:
    """A column of whole numbers that open."""

    def value(line: Line):
        fields = line.figure.fields()
        return fields[cell]

    return Column(cell, label, value=value, kind="int", link=lambda line: line.cell_url(cell), **more)


def table_columns(question: CoverageQuestion, level_label: str) -> list[Column]:
    """The columns of the table, for the page and for the spreadsheet."""
    labels = question.of_measure.labels
    return [
        Column("place", level_label, value="name", link=lambda line: line.place_url, width=26),
        count_column(Cell.DENOMINATOR, labels.denominator),
        count_column(Cell.NUMERATOR, labels.numerator),
        count_column(Cell.STANDALONE, labels.standalone),
        count_column(Cell.JOINT, labels.joint),
        count_column(Cell.UNCOVERED, labels.missing),
        count_column(Cell.EXCLUDED, labels.excluded),
        Column(
            "rate", labels.rate, value=lambda line: line.figure.rate_display, align="n",
            sheet_value=lambda line: line.figure.rate_display,
        ),
        Column(
            "target", f"与目标 {settings.COVERAGE_TARGET_PERCENT}%", kind="html", in_sheet=False,
            value=lambda line: bar(line.figure.share, target_share(), line.figure.rate_display),
            sheet_value=lambda line: line.figure.rate_display,
        ),
    ]  # fmt: skip


class CoveragePage(Page):
    """Coverage of a place on a day; every number opens into the units behind it."""

    template_name = "reporting/coverage.html"
    title = "两新组织覆盖率"
    roles = STAFF
    # None as long as the address isn't understood.
    question: CoverageQuestion | None = None

    def get(self, request, **kwargs):
        query = request.GET.copy()
        wanted = query.pop("format", [""])[-1]
        self.form = PageForm(query)
        try:
            if self.form.unknown:
                raise RuleViolation(f"不认识的筛选条件：{'、'.join(self.form.unknown)}。请从页面上重新选择。")
            self.question = self.form.question()
            if wanted:
                return self.export(wanted)
            return self.render(self.get_context(**self.figures()))
        except RuleViolation as refusal:
            self.question = None
            return self.render(self.get_context(refusal=refusal.message, form=self.form), status=400)

    # The place and the words

    @cached_property
    def places_version(self) -> str:
        return versions()[1]

    def territory(self, by: str = By.NONE) -> Territory:
        return known_territory(self.question.place, by, self.places_version)

    @cached_property
    def breakdown(self) -> Breakdown:
        return self.frozen.breakdown if self.frozen else self.counted(self.question)

    @cached_property
    def frozen(self) -> Frozen | None:
        """The frozen answer, where the day is a month's last and was frozen; the same as over REST."""
        question = self.question
        return find_frozen(question.indicator, self.territory(question.by), question.as_of)

    def counted(self, question: CoverageQuestion) -> Breakdown:
        """A question about this page's place, counted now."""
        territory = self.territory(question.by)
        return count_days(question.of_measure, question.of_kind, territory, [question.as_of])[0]

    def shown(self, question: CoverageQuestion) -> Breakdown:
        """A question about this page's place as it was frozen, or else counted now."""
        frozen = find_frozen(question.indicator, self.territory(question.by), question.as_of)
        return frozen.breakdown if frozen else self.counted(question)

    @property
    def is_root(self) -> bool:
        return self.question is None or self.question.place == settings.ROOT_PLACE_CODE

    def get_title(self) -> str:
        return self.title if self.is_root else f"{self.territory().place.path_name}{self.title}"

    def get_subtitle(self) -> str:
        if self.question is None:
            return ""
        indicator = self.question.indicator
        version = self.frozen.version if self.frozen else indicator.version
        return (
            f"截至 {self.question.as_of} · {self.territory().place.path_name} · "
            f"口径 {indicator.id} 第 {version} 版 · 每个数字都可以点开名单"
        )

    def get_breadcrumbs(self) -> list[tuple[str, str]]:
        if self.is_root:
            return []
        above = Division.objects.filter(code__in=prefixes(self.question.place)).order_by("code")
        url = reverse("reporting:coverage")
        return [
            (place.name, f"{url}?{self.question.but(place=place.code, by=By.CHILD).query()}")
            for place in above
            if place.code.startswith(settings.ROOT_PLACE_CODE)
        ]

    # The blocks of the page

    def figures(self) -> dict[str, Any]:
        return {
            "form": self.form,
            "question": self.question,
            "headlines": self.headlines(),
            "new_organizations": self.new_organizations(),
            "gap": self.gap(),
            "notes": self.notes(),
            "alerts": self.alerts(),
            "chart": self.chart(),
            "months": self.form.cleaned_data["months"],
            "target": target_share(),
            "movement": self.movement_lines(),
            "baselines": BASELINES if self.is_root else (),
            "baseline_year": YEAR,
            "baseline_source": SOURCE,
            "exports": self.export_links(),
            **self.table(),
        }

    def line(self, question: CoverageQuestion) -> Line:
        """The total of a question about this page's place."""
        territory = self.territory()
        return line_of(question, territory.place, self.shown(question).total, self.actor)

    def notes(self) -> list[str]:
        """What a reader of this day has to know before reading the numbers."""
        if self.frozen:
            return [
                f"{self.question.as_of} 的数值已在月末冻结，以后的更正不改变它；点开是冻结时的名单。{self.frozen.rows_note}"
            ]
        return present_notes(self.question)

    def alerts(self) -> list[dict[str, Any]]:
        """The lists of warnings with how long each is and where it is."""
        question, territory = self.question, self.territory()
        is_open = self.actor.stands_over(question.place)
        return [
            {
                "alert": alert,
                "number": alert.rows(territory, question.as_of).order_by().values("pk").count(),
                "url": f"{reverse('reporting:alerts', args=[alert.slug])}?place={question.place}&as_of={question.as_of}"
                if is_open
                else "",
            }
            for alert in ALERTS.values()
        ]

    def headlines(self) -> list[dict[str, Any]]:
        """The two published rates, whatever the filters say."""
        found = []
        for kind in ("non_public", "social_organization"):
            line = self.line(self.question.but(kind=kind, measure="organization", by=By.NONE))
            found.append(
                {
                    "name": line.question.indicator.name,
                    "figure": line.figure,
                    "numerator_url": line.cell_url(Cell.NUMERATOR),
                    "denominator_url": line.cell_url(Cell.DENOMINATOR),
                    "word": "正常经营" if kind == "non_public" else "正常活动",
                }
            )
        return found

    def new_organizations(self) -> dict[str, Any]:
        """New two-new organizations of the year up to the day."""
        last = self.question.as_of
        total = NEW_ORGANIZATIONS.count(self.territory(), last.replace(month=1, day=1), last).total
        url = reverse("reporting:new_organizations") if self.actor.stands_over(self.question.place) else ""
        links = {
            cell: f"{url}?place={self.question.place}&as_of={last}&cell={cell}" if url else ""
            for cell in (Cell.NUMERATOR, Cell.STANDALONE, Cell.JOINT)
        }
        return {"figure": total, "year": last.year, "links": links}

    def gap(self) -> dict[str, Any]:
        """应建未建: two-new units with three full members or more and no organization of their own."""
        line = self.line(self.question.but(kind="two_new", measure="due", by=By.NONE))
        return {"number": line.figure.parts["uncovered"], "url": line.cell_url(Cell.UNCOVERED)}

    def chart(self) -> list[ChartPoint]:
        """The published figures of the past where there are any, then each month's end; frozen months as frozen."""
        question, territory = self.question.but(by=By.NONE), self.territory()
        number = int(self.form.cleaned_data["months"])
        last = Month.containing(question.as_of)
        periods = periods_of("month", months_before(last, number - 1), last)
        days = last_days(periods, question.as_of)
        kept = find_all_frozen(question.indicator, territory, [(day, day) for day in days])
        counted = coverage_series(question, territory, periods)
        points = [
            self.chart_point(
                day, (frozen.breakdown if frozen else live).total, number > 12, frozen is not None
            )
            for day, live, frozen in zip(days, counted, kept, strict=True)
        ]
        baselines = baseline_points(question.indicator.id) if self.is_root else []
        room = [ChartPoint("", None)] * (number // 12)
        return [one for baseline in baselines for one in (baseline, *room)] + points

    def chart_point(self, day: date, figure: Figure, is_long: bool, is_frozen: bool) -> ChartPoint:
        name = f"{day:%y}年{day.month}月" if is_long else f"{day.month}月"
        months = self.form.cleaned_data["months"]
        url = f"{reverse('reporting:coverage')}?{self.question.but(as_of=day).query(months=months)}"
        note = f"{figure.numerator:,} ÷ {figure.denominator:,}{'，已冻结' if is_frozen else ''}"
        return ChartPoint(name, figure.share, url, note=note)

    def movement_lines(self) -> dict[str, Any]:
        """The denominator's way from the start of the year to the day."""
        question = self.question
        first = question.as_of.replace(month=1, day=1)
        moved = movement(question.of_measure, question.of_kind, self.territory(), first, question.as_of)
        lines = [("新增", "＋", moved.added, {"line": ADDED})]
        lines += [
            (f"剔除：{REASON_LABELS[reason]}", "－", number, {"line": EXCLUDED, "reason": reason})
            for reason, number in moved.excluded.items()
        ]
        lines += [("恢复", "＋", moved.restored, {"line": RESTORED})] if moved.restored else []
        url = reverse("reporting:movement_units") if self.actor.stands_over(question.place) else ""
        return {
            "moved": moved,
            "lines": [
                (label, sign, number, f"{url}?{question.query(first=first, **more)}" if url else "")
                for label, sign, number, more in lines
            ],
        }

    # The table

    @cached_property
    def columns(self) -> list[Column]:
        level = self.territory(self.question.by).level
        return table_columns(self.question, dict(Division.Level.choices).get(level, "地方"))

    def lines(self) -> list[Line]:
        return [self.row_line(place, figure) for place, figure in self.breakdown.rows]

    def row_line(self, place: Place, figure: Figure) -> Line:
        """A row; what lies above the rows' level (a carrier of the district itself) has a row without links of its own."""
        name = "" if self.question.by == By.COMMUNITY else place.name
        if place.level == self.territory(self.question.by).level:
            return line_of(self.question, place, figure, self.actor, name)
        return Line(place, figure, self.question, False, f"{name or place.path_name}本级")

    def total_line(self) -> Line:
        return line_of(self.question, self.territory().place, self.breakdown.total, self.actor, "合计")

    def table(self) -> dict[str, Any]:
        columns, total = page_columns(self.columns), self.total_line()
        cells = [
            f"{opening}{total.name if column.name == 'place' else column.cell(total)}</td>"
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
        url = reverse("reporting:coverage")
        return [
            (label, f"{url}?{self.question.query(format=name)}")
            for name, label in (("xlsx", "导出当前筛选"), ("csv", "CSV"))
        ]

    def sheet_title(self) -> str:
        place, question = self.territory().place, self.question
        return f"{place.path_name}{question.indicator.name}（截至{question.as_of}）"

    def export(self, wanted: str) -> HttpResponse:
        if wanted not in FORMATS:
            raise RuleViolation(f"只能导出：{'、'.join(FORMATS)}。")
        name = f"{self.question.indicator.name}_{today():%Y%m%d}.{wanted}"
        headers = {"Content-Disposition": content_disposition_header(True, name)}
        columns, rows = sheet_columns(self.columns), [*self.lines(), self.total_line()]
        if wanted == "csv":
            lines = stream_csv(columns=columns, rows=rows)
            return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
        return sheet_response(
            title=self.sheet_title(), columns=columns, rows=rows, actor=self.actor, headers=headers
        )


def prefixes(code: str) -> list[str]:
    """All codes that may stand above this one."""
    return [code[:length] for length in range(1, len(code))]
