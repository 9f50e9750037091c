import io
import tracemalloc
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RuleViolation
from core.sheets import upload
from core.sheets.cells import CREDIT_CODE_LOST, credit_code, date_of, integer
from core.sheets.headers import CellError, Field, HeaderMap, column_letters
from core.sheets.read import open_sheet
from tests.core.sheet_files import (
    HEADER,
    ROWS,
    locked_xlsx,
    lying_zip,
    named,
    repacked,
    separated,
    xls,
    xlsx,
    zip_bomb,
)

UNITS = HeaderMap(
    {
        "name": Field("单位名称", ["名称", "企业名称"], required=True),
        "code": Field("统一社会信用代码", ["信用代码", "社会信用代码"], required=True, parse=credit_code),
        "community": Field("所在社区", ["社区"]),
        "employees": Field("职工人数", ["从业人员", "从业人数"], parse=integer),
        "registered_on": Field("登记日期", ["注册日期"], parse=date_of),
    }
)
TEXT_ROWS = [HEADER, *[[*row[:4], row[4].isoformat()] for row in ROWS]]


def refusal(file, **options) -> RuleViolation:
    with pytest.raises(RuleViolation) as refused:
        list(open_sheet(file, **options).rows())
    return refused.value


def test_a_plain_workbook_gives_its_rows_with_their_numbers():
    sheet = open_sheet(xlsx([HEADER, *ROWS]))
    assert (sheet.kind, sheet.title, sheet.header, sheet.header_row) == ("xlsx", "单位", HEADER, 1)
    assert [(row.number, row.cells) for row in sheet.rows()] == [(2, ROWS[0]), (3, ROWS[1])]
    assert sheet.skipped == []


def test_an_old_xls_workbook_gives_the_same():
    sheet = open_sheet(xls([HEADER, *ROWS]))
    assert sheet.kind == "xls"
    assert [row.cells for row in sheet.rows()] == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("by", [",", "\t", ";"])
def test_separated_text_in_every_encoding_and_separator(encoding, by):
    sheet = open_sheet(separated(TEXT_ROWS, by=by, encoding=encoding))
    assert sheet.kind == "csv"
    assert sheet.header == HEADER
    assert [row.cells for row in sheet.rows()] == [[str(cell) for cell in row] for row in TEXT_ROWS[1:]]


def test_a_text_file_can_be_read_twice_and_stays_open():
    file = separated(TEXT_ROWS)
    sheet = open_sheet(file)
    assert len(list(sheet.rows())) == len(list(sheet.rows())) == 2
    assert file.closed is False


def test_an_upload_of_django_is_read():
    upload_file = SimpleUploadedFile("units.csv", separated(TEXT_ROWS).getvalue())
    assert [row.number for row in open_sheet(upload_file).rows()] == [2, 3]


def test_titles_blank_lines_merges_totals_and_notes_are_seen_for_what_they_are():
    rows = [
        ["武侯区驻区单位花名册"],
        [],
        ["填报单位：玉林街道", None, None, "填报日期：", "2026年11月"],
        HEADER,
        ROWS[0],
        [],
        ROWS[1],
        ["合 计", None, None, 19],
        HEADER,
        ["注：数据截至2026年10月底"],
        ["填表人：张三", None, None, "审核人：李四"],
    ]
    sheet = open_sheet(xlsx(rows, merges=["A1:E1"]), header_map=UNITS)
    assert sheet.header_row == 4
    assert [row.number for row in sheet.rows()] == [5, 7]
    assert sheet.skipped == [(8, "合计行"), (9, "重复的表头"), (10, "表尾说明"), (11, "表尾说明")]
    assert [row.number for row in open_sheet(xlsx(rows, merges=["A1:E1"])).rows()] == [5, 7]


def test_a_header_of_two_rows_takes_the_lowest_words():
    rows = [
        ["单位花名册"],
        ["单位名称", "信用代码", "人数", None, "社区"],
        [None, None, "职工人数", "党员人数", None],
        ["玉林一公司", "91110000600037341L", 12, 3, "黉门街社区"],
    ]
    merges = ["A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3"]
    sheet = open_sheet(xlsx(rows, merges=merges), header_map=UNITS)
    assert sheet.header == ["单位名称", "信用代码", "职工人数", "党员人数", "社区"]
    assert [row.number for row in sheet.rows()] == [4]


def test_a_cell_merged_downwards_counts_for_each_of_its_rows():
    rows = [
        ["社区", "名称"],
        ["黉门街社区", "一公司"],
        [None, "二公司"],
        [None, "三公司"],
        ["玉林东路社区", "四公司"],
    ]
    sheet = open_sheet(xlsx(rows, merges=["A2:A4"]))
    assert [row.cells[0] for row in sheet.rows()] == ["黉门街社区"] * 3 + ["玉林东路社区"]


def test_a_table_that_starts_in_the_middle_keeps_its_columns_and_rows():
    rows = [[], [], [None, None, *HEADER], [None, None, *ROWS[0]]]
    sheet = open_sheet(xlsx(rows), header_map=UNITS)
    (row,) = sheet.rows()
    assert row.number == 4
    assert sheet.header == ["", "", *HEADER]
    assert row.cells[3] == "玉林一公司"


def test_the_first_sheet_that_has_the_header_is_read():
    sheet = open_sheet(xlsx([HEADER, *ROWS], before=["封面"]), header_map=UNITS)
    assert sheet.title == "单位"


@pytest.mark.parametrize(
    ("file", "code", "words"),
    [
        (named(b"", "a.xlsx"), "empty_file", "这个文件是空的"),
        (named(b"%PDF-1.7 ...", "a.xlsx"), "wrong_type", "PDF 文件"),
        (named(b"\x89PNG\r\n\x1a\n", "a.csv"), "wrong_type", "图片"),
        (named(b"<html><table><tr><td>", "a.xls"), "wrong_type", "其实是网页"),
        (named(b"a,b\n\x00\x01,c", "a.csv"), "wrong_type", "不是表格"),
        (named(b"a,b\n\xff\xff,c", "a.csv"), "bad_encoding", "编码"),
        (separated(TEXT_ROWS, name="units.exe"), "wrong_type", "不能读取 .exe 文件"),
        (named(b"PK\x03\x04 broken", "a.xlsx"), "damaged_file", "已损坏"),
        (named(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls"), "damaged_file", "已损坏"),
        (named(xls([HEADER, *ROWS]).getvalue()[:3000], "a.xls"), "damaged_file", "已损坏"),
        (locked_xlsx(), "password_protected", "取消密码"),
        (lying_zip(), "damaged_file", "已损坏"),
        (zip_bomb(30), "zip_bomb", "为安全起见不予打开"),
        (xlsx([]), "empty_sheet", "表格里没有内容"),
        (xlsx([[1, 2, 3], [4, 5, 6]]), "no_header", "没有认出表头"),
        (named(b"hello", "a.csv"), "no_header", "没有认出表头"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_good_is_refused_with_what_it_is(file, code, words):
    refused = refusal(file)
    assert refused.code == code
    assert words in refused.message
    assert refused.is_input


def test_a_word_document_and_a_plain_archive_are_told_apart():
    word = (
        repacked(xlsx([HEADER]), lambda name, part: part)
        .getvalue()
        .replace(b"xl/workbook.xml", b"word/documen.xm")
    )
    assert "压缩包" in refusal(named(word, "a.xlsx")).message


def test_a_file_of_300_mb_is_refused_without_being_read(tmp_path):
    path = tmp_path / "units.csv"
    with path.open("wb") as file:
        file.truncate(300 * upload.MEGABYTE)
    with path.open("rb") as file:
        refused = refusal(file)
    assert refused.message == "文件有300 MB，超过50 MB的上限，请拆分后分别上传。"


@pytest.mark.parametrize(
    ("cell", "code"),
    [("A900001", "too_many_rows"), ("XFD3", "too_many_columns"), ("DA2", "too_many_columns")],
)
def test_a_cell_far_out_does_not_make_the_reader_lay_out_millions_of_cells(cell, code):
    rows = xlsx([HEADER, *ROWS])
    workbook = openpyxl.load_workbook(rows)
    workbook.active[cell] = "远处"
    stream = io.BytesIO()
    workbook.save(stream)
    assert refusal(named(stream.getvalue(), "units.xlsx")).code == code


def test_more_rows_than_allowed_are_refused(monkeypatch):
    monkeypatch.setattr(upload, "MAX_ROWS", 2)
    assert len(list(open_sheet(separated(TEXT_ROWS)).rows())) == 2
    assert refusal(separated([*TEXT_ROWS, TEXT_ROWS[1]])).message == "表格超过2行，请拆分后分别上传。"


def test_a_hundred_thousand_lines_of_text_are_streamed():
    line = "91110000600037341L,玉林一公司,黉门街社区,12,2026-03-05\n"
    file = named((",".join(HEADER) + "\n" + line * 100_000).encode(), "units.csv")
    tracemalloc.start()
    assert sum(1 for _ in open_sheet(file).rows()) == 100_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * upload.MEGABYTE


def test_a_missing_header_names_the_columns_that_should_be_there():
    refused = refusal(separated([["甲", "乙"], ["1", "2"]]), header_map=UNITS)
    assert (
        refused.message
        == "在前30行里没有认出表头。表头应有这些列：单位名称、统一社会信用代码。请对照模板核对后再上传。"
    )


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("单位名称（必填）", "name"),
        (" 单 位\n名 称 ", "name"),
        ("*单位名称：", "name"),
        ("职工人数 单位：人", "employees"),
        ("职工人数(人)", "employees"),
        ("【从业人数】", "employees"),
        ("统一社会信用代码\n（18位）", "code"),
        ("党员人数", None),
        ("", None),
    ],
)
def test_headers_are_recognised_however_they_are_typed(label, name):
    assert UNITS.name_of(label) == name


def test_words_in_brackets_tell_columns_apart_where_both_are_known():
    headers = HeaderMap(
        {"full": Field("党员数（正式）"), "candidate": Field("党员数（预备）"), "all": Field("党员数")}
    )
    assert headers.match(["党员数(预备)", "党员数（正式）", "党员数（人）"]).columns == {
        "candidate": 0,
        "full": 1,
        "all": 2,
    }


def test_two_fields_may_not_share_a_name():
    with pytest.raises(ValueError, match="two fields"):
        HeaderMap({"a": Field("名称"), "b": Field("名 称")})


def test_missing_unknown_and_doubled_columns_are_reported():
    match = UNITS.match(["名称", "传真", "社区", "所在社区"])
    assert match.columns == {"name": 0, "community": 2}
    assert match.missing == ["统一社会信用代码"]
    assert match.unknown == ["传真"]
    assert match.doubled == ["所在社区（C列、D列）"]
    with pytest.raises(RuleViolation, match=r"^缺少必需的列：统一社会信用代码。"):
        match.check()
    with pytest.raises(RuleViolation, match=r"^同一内容出现在两列：所在社区（C列、D列）。"):
        UNITS.match(["名称", "信用代码", "社区", "所在社区"]).check()


def test_a_row_is_cleaned_and_its_errors_name_row_and_column():
    match = UNITS.match(HEADER).check()
    form = match.read(7, [9.15101e17, "", "黉门街社区", "十二", "26.3.5"])
    assert form.values == {
        "name": None,
        "code": None,
        "community": "黉门街社区",
        "employees": None,
        "registered_on": None,
    }
    assert [str(error) for error in form.errors] == [
        f"第7行“统一社会信用代码”（A列）：{CREDIT_CODE_LOST}",
        "第7行“单位名称”（B列）：“单位名称”必须填写。",
        "第7行“职工人数”（D列）：应填整数，现为“十二”。",
        "第7行“登记日期”（E列）：年份要写四位，如2026-03-05；现为“26.3.5”。",
    ]
    assert CellError(**form.errors[0].as_dict()) == form.errors[0]
    assert match.read(8, ROWS[0][:3]).errors == []


def test_column_letters():
    assert [column_letters(index) for index in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


@given(
    st.binary(max_size=300),
    st.sampled_from(["a.csv", "a.xlsx", "a.xls", ""]),
    st.sampled_from([b"", b"PK\x03\x04"]),
)
def test_no_bytes_whatever_do_anything_but_open_or_be_refused(content, name, start):
    try:
        rows = list(open_sheet(named(start + content, name)).rows())
    except RuleViolation as refused:
        assert refused.message.endswith("。")  # noqa: PT017
    else:
        assert all(row.number > 1 for row in rows)


def test_the_date_cells_of_a_workbook_arrive_as_days():
    (row, _) = open_sheet(xlsx([HEADER, *ROWS])).rows()
    assert date_of(row.cells[4]) == date(2026, 3, 5)
