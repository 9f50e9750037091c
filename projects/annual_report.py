"""共建项目和服务 in the year's report of a joint meeting."""

from datetime import date

from core.annual_report import FIGURE_HEADER, Section, figure_row
from projects.indicators.vol_hours import MINUTES
from units.indicators.territory import Territory, read_territory

INDICATORS = (
    "PRJ-REGULAR", "PRJ-CLAIM", "PRJ-DONE", "PRJ-NEED", "UNIT-PART", "PRJ-SES", "PRJ-PT", "PRJ-SAT", "VOL-PEOPLE",
)  # fmt: skip


def project_section(place_code: str, first: date, last: date) -> Section:
    """Projects, sessions and volunteers of a place in a period."""
    territory = read_territory(place_code)
    rows = [figure_row(one, territory, first, last) for one in INDICATORS]
    return Section("共建项目和志愿服务", FIGURE_HEADER, [*rows, hours_row(territory, first, last)])


def hours_row(territory: Territory, first: date, last: date) -> tuple:
    """The hours of service, counted in minutes."""
    name, _, minutes, whole = figure_row("VOL-HOURS", territory, first, last)
    return (name, f"{minutes / MINUTES:,.1f}小时", f"{minutes}分钟", whole)
