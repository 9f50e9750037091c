import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.db.models import Case, Count, F, Value, When
from django.db.models.functions import Concat
from hypothesis import given, settings
from hypothesis import strategies as st

from core.columns import Column
from core.errors import RuleViolation
from core.models import WorkdayOverride
from core.sheets import (
    FOR_PROGRAMS,
    CellError,
    Field,
    Filler,
    HeaderMap,
    InWords,
    copy_csv,
    copy_queryset_csv,
    layout,
    mark_errors,
    open_sheet,
    plain,
    stream_csv,
    template_xlsx,
    write_plain_xlsx,
    write_xlsx,
)
from core.sheets.cells import credit_code, date_of, integer, yes_no
from core.sheets.plain import BOM, PIECE_BYTES, defused
from tests.core.sheet_files import HEADER, ROWS, named, separated, xls, xlsx

COLUMNS = [
    Column("name", "单位名称"),
    Column("employees", "职工人数", kind="int"),
    Column("rate", "覆盖率", kind="rate"),
    Column("since", "登记日期", kind="date"),
]
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "http://example.com"]
UNITS = HeaderMap(
    {
        "name": Field("单位名称", required=True, help="营业执照上的全称"),
        "code": Field("统一社会信用代码", required=True, parse=credit_code),
        "kind": Field("类别", choices=["非公有制企业", "社会组织"]),
        "community": Field("所在社区", choices=[f"第{number}社区居民委员会" for number in range(72)]),
        "employees": Field("职工人数", parse=integer),
        "has_branch": Field("是否建立党组织", parse=yes_no),
        "registered_on": Field("登记日期", parse=date_of, example="2026-03-05"),
    }
)


def record(name="玉林一公司", employees=12, rate=(1, 2), since=date(2026, 3, 5)) -> dict:
    return {"name": name, "employees": employees, "rate": rate, "since": since}


def report(rows, **options) -> openpyxl.Workbook:
    stream = io.BytesIO()
    filler = Filler("玉林街道党工委", "张三")
    write_xlsx(
        title="单位台账",
        columns=COLUMNS,
        rows=rows,
        filler=filler,
        on=date(2026, 11, 23),
        path=stream,
        **options,
    )
    return openpyxl.load_workbook(stream)


def lines(pieces: Iterable[bytes]) -> list[list[str]]:
    content = b"".join(pieces)
    assert content.startswith(BOM)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_report_has_its_title_block_frozen_header_filter_and_page():
    sheet = report([record(), record("二公司")], note="暂按周一至周五，待国务院放假通知").active
    assert sheet["A1"].value == "单位台账"
    assert sheet["A2"].value == "填报单位：玉林街道党工委　　填报人：张三　　日期：2026年11月23日"
    assert sheet["A3"].value == "暂按周一至周五，待国务院放假通知"
    assert [cell.value for cell in sheet[4]] == ["单位名称", "职工人数", "覆盖率", "登记日期"]
    assert sheet.freeze_panes == "A5"
    assert sheet.auto_filter.ref == "A4:D6"
    assert sheet.print_area == "'单位台账'!$A$1:$D$6"
    assert sheet.print_title_rows == "$4:$4"
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert sheet.oddFooter.center.text == "第 &P 页，共 &N 页"


def test_numbers_stand_right_and_dates_are_dates():
    row = report([record()]).active[4]
    assert [cell.value for cell in row] == ["玉林一公司", 12, 0.5, datetime(2026, 3, 5)]
    assert [cell.alignment.horizontal for cell in row[1:3]] == ["right", "right"]
    assert [cell.number_format for cell in row[1:]] == ["#,##0", "0.00%", "yyyy-mm-dd"]


def test_a_hundred_per_cent_is_shown_only_when_nothing_is_missing():
    sheet = report([record(rate=(99_999, 100_000)), record(rate=(5, 5)), record(rate=(0, 0))]).active
    assert [sheet.cell(row, 3).value for row in (4, 5, 6)] == [0.9999, 1, None]


@pytest.mark.parametrize("writer", ["report", "plain"])
def test_no_text_becomes_a_formula_or_a_link_in_a_workbook(writer):
    rows = [record(name) for name in EVIL]
    if writer == "report":
        cells = report(rows).active["A"][3:]
    else:
        stream = io.BytesIO()
        write_plain_xlsx(columns=COLUMNS, rows=rows, path=stream)
        cells = openpyxl.load_workbook(stream).active["A"][1:]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.hyperlink for cell in cells} == {None}
    assert [cell.value.replace("_x000D_", "").strip() for cell in cells] == [name.strip() for name in EVIL]


def test_a_report_is_read_back_as_it_was_written():
    stream = io.BytesIO()
    filler = Filler("玉林街道", "张三")
    write_xlsx(
        title="台账", columns=COLUMNS, rows=[record()], filler=filler, on=date(2026, 11, 23), path=stream
    )
    sheet = open_sheet(named(stream.getvalue(), "a.xlsx"))
    assert [row.cells for row in sheet.rows()] == [["玉林一公司", 12, 0.5, date(2026, 3, 5)]]


def test_a_plain_workbook_keeps_values_and_its_header_when_empty(tmp_path):
    path = write_plain_xlsx(
        columns=COLUMNS, rows=[record(employees=915101070000000000)], path=tmp_path / "a.xlsx"
    )
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for cell in sheet[2]] == [
        "玉林一公司",
        "915101070000000000",
        0.5,
        datetime(2026, 3, 5),
    ]
    empty = write_plain_xlsx(columns=COLUMNS, rows=[], path=tmp_path / "b.xlsx")
    assert [cell.value for cell in openpyxl.load_workbook(empty).active[1]] == [
        column.label for column in COLUMNS
    ]


def test_more_rows_than_a_worksheet_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "EXCEL_ROWS", 6)
    monkeypatch.setattr(plain, "EXCEL_ROWS", 6)
    write_plain_xlsx(columns=COLUMNS, rows=[record()] * 5, path=tmp_path / "a.xlsx")
    for write in (
        report,
        lambda rows: write_plain_xlsx(columns=COLUMNS, rows=rows, path=tmp_path / "b.xlsx"),
    ):
        with pytest.raises(RuleViolation, match="请缩小范围或导出 CSV"):
            write([record()] * 6)


def test_two_columns_of_one_label_are_both_written(tmp_path):
    columns = [Column("name", "名称"), Column("employees", "名称")]
    path = write_plain_xlsx(columns=columns, rows=[record()], path=tmp_path / "a.xlsx")
    assert [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active] == [
        ["名称", "名称 2"],
        ["玉林一公司", 12],
    ]


def test_a_csv_is_streamed_with_its_mark_and_defused():
    columns = [Column("name", "名称"), Column("employees", "人数", kind="int"), Column("since", "日期")]
    rows = [record("=1+1", employees=-5), record('引号"逗号,', since=datetime(2026, 3, 5, 8, 30))]
    pieces = list(stream_csv(columns=columns, rows=rows))
    assert lines(pieces) == [
        ["名称", "人数", "日期"],
        ["'=1+1", "-5", "2026-03-05"],
        ['引号"逗号,', "12", "2026-03-05 08:30"],
    ]
    many = list(stream_csv(columns=columns, rows=(record() for _ in range(10_000))))
    assert max(map(len, many)) < 200_000
    assert len(lines(many)) == 10_001


@given(st.text(max_size=20))
def test_defused_text_never_starts_like_a_formula(text):
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert defused(text).endswith(text)


@pytest.mark.django_db
def test_a_copy_is_sorted_as_asked_and_sent_in_small_pieces():
    sql = "SELECT g AS id, g %% 2 AS odd, 'n' || g AS name FROM generate_series(1, %s) g WHERE 'a%%' = 'a%%'"
    names = [f"n{number}" for number in (4, 2, 5, 3, 1)]
    found = lines(copy_csv(sql, [5], {"name": "名称"}, order=["odd", "-id"]))
    assert found == [["名称"], *[[name] for name in names]]
    assert lines(copy_csv(sql, [0], {"name": "名称"})) == [["名称"]]
    many = list(copy_csv(sql, [100_000], {"name": "名称"}))
    assert max(map(len, many)) <= PIECE_BYTES
    assert len(lines(many)) == 100_001


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["'{}'::jsonb", "ARRAY[1]", "1.5::float8", "'08:30'::time"])
def test_what_postgresql_would_write_differently_is_not_copied(value):
    assert copy_csv(f"SELECT 1 AS id, {value} AS value", (), {"value": "值"}) is None


@pytest.mark.django_db
def test_a_copy_for_programs_has_true_and_false_and_moments_with_their_offset():
    sql = """SELECT 1 AS id, true AS yes, false AS no, '2026-11-22T16:30:00Z'::timestamptz AS at,
             '2026-11-22T16:30:00.05Z'::timestamptz AS exactly"""
    header = {name: name for name in ("yes", "no", "at", "exactly")}
    found = lines(copy_csv(sql, (), header, words=FOR_PROGRAMS))
    assert found[1] == ["true", "false", "2026-11-23T00:30:00+08:00", "2026-11-23T00:30:00.050000+08:00"]


@pytest.mark.django_db
def test_a_copy_defuses_text_and_writes_local_time_and_yes():
    sql = """SELECT 1 AS id, %(evil)s::text AS name, true AS yes, NULL::boolean AS unknown, -5 AS number,
             '2026-11-22T16:30:00Z'::timestamptz AS at, DATE '2026-03-05' AS day, 1.50 AS money"""
    header = {name: name for name in ("name", "yes", "unknown", "number", "at", "day", "money")}
    for evil in EVIL[:-1]:
        row = lines(copy_csv(sql, {"evil": evil}, header))[1]
        assert row == [f"'{evil}", "是", "", "-5", "2026-11-23 00:30", "2026-03-05", "1.50"]
    assert Decimal(row[-1]) == Decimal("1.5")


@pytest.mark.django_db
def test_a_copy_of_a_queryset_has_its_filters_and_may_be_empty(django_assert_num_queries):
    for day, note in [(1, "元旦"), (2, "=1"), (3, "调休")]:
        WorkdayOverride.objects.create(date=date(2027, 1, day), is_workday=day == 3, note=note)
    header = {"date": "日期", "is_workday": "上班", "note": "说明"}
    chosen = WorkdayOverride.objects.exclude(note="元旦").values("id", *header)
    with django_assert_num_queries(2):
        found = lines(copy_queryset_csv(chosen, header))
    assert found == [["日期", "上班", "说明"], ["2027-01-02", "否", "'=1"], ["2027-01-03", "是", "调休"]]
    assert lines(copy_queryset_csv(chosen.none(), header)) == [["日期", "上班", "说明"]]


@pytest.mark.django_db
def test_only_the_portals_own_words_go_undefused():
    WorkdayOverride.objects.create(date=date(2027, 1, 1), is_workday=True, note="-3")
    WorkdayOverride.objects.create(date=date(2027, 1, 2), is_workday=True, note="")
    WorkdayOverride.objects.create(date=date(2027, 1, 3), is_workday=True, note="a")
    rows = WorkdayOverride.objects.values(
        "id",
        typed=Concat("note", Value("")),
        worded=InWords(F("note"), {"a": "甲", "": "空"}),
        hostile=Case(When(note="a", then=Value("=1")), default=F("note")),
    )
    header = {name: name for name in ("typed", "worded", "hostile")}
    found = lines(copy_queryset_csv(rows, header, order=["id"]))
    assert found[1:] == [["'-3", "-3", "'-3"], ["", "", ""], ["a", "甲", "'=1"]]
    assert copy_queryset_csv(rows.annotate(n=Count("id")), header) is None


@pytest.mark.parametrize(
    "file",
    [
        xlsx([HEADER, *ROWS]),
        xls([HEADER, *ROWS]),
        separated([HEADER, *ROWS]),
        separated([HEADER, *ROWS], encoding="gbk"),
    ],
)
def test_a_file_comes_back_with_its_bad_cells_red(file):
    errors = [
        CellError(3, 0, "统一社会信用代码", "校验不符。"),
        CellError(3, 3, "职工人数", "应填整数。"),
        CellError(2, None, "", "与第3行重复。"),
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(mark_errors(file, errors))).active
    assert [cell.value for cell in sheet[1]] == [*HEADER, "错误说明"]
    assert sheet["A3"].fill.start_color.rgb == sheet["D3"].fill.start_color.rgb == "FFFFC7CE"
    assert (sheet["A3"].comment.text, sheet["D3"].comment.text) == ("校验不符。", "应填整数。")
    assert sheet["B3"].fill.fill_type is None
    assert sheet["F3"].value == "统一社会信用代码：校验不符。 职工人数：应填整数。"
    assert sheet["F2"].value == "与第3行重复。"
    assert sheet["B2"].value == "玉林一公司"


def test_a_marked_copy_keeps_titles_blank_rows_and_harmless_formulas():
    rows = [["花名册"], [], HEADER, ["=1+1", "一公司", None, 3, date(2026, 3, 5)]]
    file = separated([["花名册"], [], HEADER, ["=1+1", "一公司"]])
    sheet = openpyxl.load_workbook(
        io.BytesIO(mark_errors(file, [CellError(4, 4, "登记日期", "必须填写。")]))
    ).active
    assert sheet["A1"].value == "花名册"
    assert sheet["F3"].value == "错误说明"
    assert (sheet["A4"].value, sheet["A4"].data_type) == ("=1+1", "s")
    assert sheet["E4"].comment.text == "必须填写。"
    marked = openpyxl.load_workbook(io.BytesIO(mark_errors(xlsx(rows), []))).active
    assert marked["E4"].value == datetime(2026, 3, 5)


def test_the_template_is_recognised_and_offers_its_choices():
    content = template_xlsx(UNITS, title="单位台账")
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.active
    assert UNITS.match([cell.value for cell in sheet[1]]).missing == []
    assert sheet["A1"].value == "单位名称（必填）"
    rules = {str(rule.sqref): (rule.type, rule.formula1) for rule in sheet.data_validations.dataValidation}
    assert rules == {
        "C2:C5001": ("list", '"非公有制企业,社会组织"'),
        "D2:D5001": ("list", "选项!$D$1:$D$72"),
        "E2:E5001": ("whole", "0"),
        "F2:F5001": ("list", '"是,否"'),
    }
    assert sheet.column_dimensions["B"].width >= 16
    assert book["选项"].sheet_state == "hidden"
    assert [cell.value for cell in book["填写说明"][2]] == [
        "单位名称",
        "必填",
        "营业执照上的全称",
        None,
        None,
    ]
    assert list(open_sheet(named(content, "a.xlsx"), header_map=UNITS).rows()) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1, max_size=8))
def test_any_text_can_be_written_and_a_file_of_it_opens(words):
    sheet = report([record(name) for name in words]).active
    assert sheet.max_row == 3 + len(words)
