"""Columns of the visit lists, on the page and in the spreadsheet (走访台账)."""

from core.clock import today
from core.columns import Column

VISIT_COLUMNS = [
    Column("month", "月份", lambda visit: visit.period.label, sort="month"),
    Column(
        "unit",
        "单位",
        lambda visit: visit.unit.name,
        link=lambda visit: visit.get_absolute_url(),
        sort="unit__name_pinyin",
        is_main=True,
    ),
    Column("place", "所在地", lambda visit: str(visit.unit.place), sort="place_code"),
    Column("visitor", "走访人", lambda visit: str(visit.visitor), sort="visitor__name"),
    Column("due_on", "到期日", kind="date", sort="due_on"),
    Column("visited_on", "走访日期", kind="date", sort="visited_on"),
    Column("mode", "方式", lambda visit: visit.get_mode_display()),
    Column("met", "见到的人", in_page=False),
    Column("summary", "主要情况", in_page=False),
    Column("promise", "答应事项", in_page=False),
    Column("promise_due_on", "答复期限", kind="date", in_page=False),
    Column("status", "状态", lambda visit: visit.status_tag(today()), kind="tag", sort="status"),
    Column("confirmed_at", "确认时间", kind="date", in_page=False),
]
ASSIGNMENT_COLUMNS = [
    Column("unit", "单位", lambda row: row.unit.name, sort="unit__name_pinyin", is_main=True),
    Column("place", "所在地", lambda row: str(row.unit.place), sort="unit__place_code"),
    Column("visitor", "走访人", lambda row: str(row.visitor), sort="visitor__name"),
    Column("cadence", "频次", lambda row: row.get_cadence_display(), sort="cadence"),
    Column("from_on", "起", kind="date", sort="from_on"),
    Column("to_on", "止", kind="date", sort="to_on"),
]
