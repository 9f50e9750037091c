"""服务人次: person-times of a year by month and place; every figure opens into its sessions."""

from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString

from core.clock import today
from core.columns import Column, cell_openings, table_body
from core.errors import RuleViolation
from core.pages import SimplePage, query_string, sheet_response
from core.periods import Month, Year
from core.roles import SIGNED_IN, THREE_OFFICERS
from projects.indicators.person_times import PERSON_TIMES
from projects.indicators.served_satisfaction import SERVED_SATISFACTION
from projects.indicators.vol_hours import VOL_HOURS
from projects.models import Session
from projects.queries.points import stated_and_recorded
from projects.queries.sessions import MonthLine, month_lines
from units.indicators.territory import By, territory_of
from units.models import Division

FIRST_YEAR = 2015


def choosable_years() -> list[tuple[str, str]]:
    """From the first session there is up to this year, the latest first."""
    first = Session.objects.order_by("held_on").values_list("held_on", flat=True).first()
    start = max(first.year, FIRST_YEAR) if first else today().year
    return [(str(year), f"{year}年") for year in range(today().year, start - 1, -1)]


class PersonTimesForm(forms.Form):
    """The year and the place of the table; what the address leaves out has its default."""

    year = forms.ChoiceField(label="年度", choices=choosable_years)
    place = forms.ModelChoiceField(
        label="地方", queryset=Division.objects.none(), to_field_name="code", empty_label=None
    )

    def __init__(self, query):
        defaults = {"year": str(today().year), "place": settings.ROOT_PLACE_CODE}
        super().__init__({**defaults, **{name: text for name, text in query.items() if text}})
        levels = (Division.Level.DISTRICT, Division.Level.SUBDISTRICT)
        self.fields["place"].queryset = Division.objects.filter(level__in=levels).order_by("code")
        self.unknown = sorted(set(query) - set(self.base_fields))

    def asked(self) -> dict:
        """The values; raises `RuleViolation` with a sentence."""
        if self.unknown:
            raise RuleViolation(f"不认识的筛选条件：{'、'.join(self.unknown)}。请从页面上重新选择。")
        if not self.is_valid():
            raise RuleViolation("没有这个年度或地方，请从页面上重新选择。")
        return self.cleaned_data


class PersonTimesPage(SimplePage):
    """Twelve months by subdistrict (or community), the year's sum, and the sessions behind each cell."""

    title = "服务人次"
    roles = SIGNED_IN - THREE_OFFICERS
    template_name = "projects/person_times.html"

    def get_breadcrumbs(self):
        return [("活动场次", reverse("projects:session_list"))]

    def get(self, request, **kwargs):
        query = request.GET.copy()
        wanted = query.pop("format", [""])[-1]
        self.form = PersonTimesForm(query)
        try:
            asked = self.form.asked()
            self.year, self.place = int(asked["year"]), asked["place"]
            if wanted:
                return self.export(wanted)
        except RuleViolation as refusal:
            return self.render(self.get_context(refusal=refusal.message, form=self.form), status=400)
        return self.render(self.get_context(form=self.form, **self.figures()))

    # The figures

    @property
    def first(self) -> date:
        return Year(self.year).first_day

    @property
    def last(self) -> date:
        return min(Year(self.year).last_day, today())

    @cached_property
    def territory(self):
        return territory_of(self.place, By.CHILD)

    @cached_property
    def counted(self) -> tuple[list[MonthLine], MonthLine]:
        return month_lines(self.territory, self.first, self.last)

    def figures(self) -> dict:
        lines, total = self.counted
        said = SERVED_SATISFACTION.count(territory_of(self.place, By.NONE), self.first, self.last).total
        columns = self.columns()
        return {
            "columns": columns,
            "body": table_body(columns, lines),
            "total": self.total_line(columns, total),
            "sums": total,
            "sums_url": self.sessions_url(self.place.code, self.first, self.last),
            "said": said,
            "chart": [(f"{number}月", count) for number, count in enumerate(total.months[: self.last.month], 1)],
            "indicator": PERSON_TIMES,
            "hours": self.hours(),
            "export_url": query_string(year=self.year, place=self.place.code, format="xlsx"),
            "level_label": "街道" if self.place.level == Division.Level.DISTRICT else "社区",
        }  # fmt: skip

    def hours(self) -> list[tuple[str, str, str]]:
        """(what, hours, where they come from) of volunteers: as sessions state them, as they are recorded by person."""
        found = stated_and_recorded(self.place.code, self.first, self.last)
        rows = (
            ("场次填报", found.stated, "单位在已核实场次里汇总填报的志愿服务时长"),
            ("逐人登记", found.recorded, f"个人积分卡上已核实的时长，即{VOL_HOURS.name}"),
            ("其中属于场次", found.of_sessions, "逐人登记中写明场次的"),
            ("差额", found.missing, "场次填报而没有逐人登记的，不计积分，也不计入志愿服务时长"),
        )
        return [(label, f"{hours:,.1f}", source) for label, hours, source in rows]

    def sessions_url(self, code: str, first: date, last: date, *, here: bool = False) -> str:
        """The sessions behind a figure; ``here``: of the very place, not of those inside it."""
        where = {"held_at" if here else "place": code}
        span = {"held_on_after": first, "held_on_before": last}
        return f"{reverse('projects:session_list')}?{urlencode({**where, 'status': 'confirmed', **span})}"

    def cell_url(self, line: MonthLine, first: date, last: date) -> str:
        """A line for the place itself holds what lies above the rows' level."""
        is_itself = line.place.code == self.place.code and line is not self.counted[1]
        return self.sessions_url(line.place.code, first, last, here=is_itself)

    def columns(self) -> list[Column]:
        heads = [self.month_column(number) for number in range(1, 13)]
        place = Column("place", "地方", lambda line: line.place.name, link=self.place_url, width=22)
        total = Column(
            "total", "全年", lambda line: line.total, kind="int",
            link=lambda line: self.cell_url(line, self.first, self.last) if line.total else None,
        )  # fmt: skip
        sessions = Column("sessions", "场次", kind="int")
        return [place, *heads, total, sessions]

    def month_column(self, number: int) -> Column:
        month = Month(self.year, number)

        def link(line: MonthLine) -> str | None:
            return self.cell_url(line, month.first_day, month.last_day) if line.months[number - 1] else None

        return Column(
            f"m{number}",
            f"{number}月",
            lambda line: line.months[number - 1] or None,
            kind="int",
            link=link,
            sheet_value=lambda line: line.months[number - 1],
        )

    def place_url(self, line: MonthLine) -> str | None:
        """One level down, as long as there is one with figures of its own."""
        if line.place.level != Division.Level.SUBDISTRICT or line.place.code == self.place.code:
            return None
        return query_string(year=self.year, place=line.place.code)

    def total_line(self, columns: list[Column], total: MonthLine) -> SafeString:
        """The sum as HTML, each figure with its link."""
        cells = [
            f"{opening}{'合计' if column.name == 'place' else column.cell(total)}</td>"
            for opening, column in zip(cell_openings(columns), columns, strict=True)
        ]
        return SafeString("".join(cells))  # nosec B703 - every part is escaped

    def export(self, wanted: str) -> HttpResponse:
        if wanted != "xlsx":
            raise RuleViolation("只能导出：xlsx。")
        lines, total = self.counted
        title = f"{self.place.name}{self.year}年服务人次"
        headers = {"Content-Disposition": content_disposition_header(True, f"{title}.xlsx")}
        return sheet_response(
            title=title, columns=self.columns(), rows=[*lines, total], actor=self.actor, headers=headers
        )
