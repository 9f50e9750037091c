from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RuleViolation
from core.sheets import cells
from core.sheets.cells import credit_code, date_of, integer, one_of, text, yes_no

CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates(), st.datetimes()
)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("  成都ＡＢＣ１２３　公司 ", "成都ABC123 公司"),
        ("武侯（玉林）公司", "武侯（玉林）公司"),
        ("第一行\n第二行\r\n", "第一行 第二行"),
        ("零宽\u200b字符\ufeff", "零宽字符"),
        ("换行_x000D_\n之后", "换行 之后"),
        ("带\x00空字符", "带空字符"),
        (12.0, "12"),
        (13800001111.0, "13800001111"),
        (12.5, "12.5"),
        (True, "是"),
        (date(2026, 3, 5), "2026-03-05"),
        (datetime(2026, 3, 5), "2026-03-05"),
        (datetime(2026, 3, 5, 8, 30), "2026-03-05 08:30:00"),
        ("", None),
        ("　 ", None),
        (None, None),
    ],
)
def test_text_is_tidied_without_changing_chinese_punctuation(cell, words):
    assert text(cell) == words


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,234", 1234),
        ("１２", 12),
        (12.0, 12),
        ("12.0", 12),
        ("12人", 12),
        ("1，234 户", 1234),
        (0, 0),
        ("", None),
    ],
)
def test_whole_numbers_are_read_as_people_type_them(cell, number):
    assert integer(cell) == number


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (12.5, "应填整数，现为“12.5”。"),
        ("约12人", "应填整数，现为“约12人”。"),
        ("12,34", "应填整数，现为“12,34”。"),
        ("3万", "应填整数，现为“3万”。"),
        (True, "应填整数，现为“是”。"),
        (date(2026, 3, 5), "应填整数，现为“2026-03-05”。"),
        (-1, "不能小于0，现为-1。"),
        ("99999999999", "不能大于2147483647，现为99999999999。"),
    ],
)
def test_other_numbers_are_refused_in_a_sentence(cell, sentence):
    with pytest.raises(RuleViolation) as refused:
        integer(cell)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "cell",
    [
        "2026.3.5",
        "2026-3-5",
        "2026/3/5",
        "2026年3月5日",
        "20260305",
        20260305.0,
        46086,
        46086.75,
        "46086",
        "２０２６．０３．０５",
        "2026 年 3 月 5 日",
        "2026-03-05 00:00:00",
        "2026/3/5 8:30",
        "2026-03-05T08:30:00",
        datetime(2026, 3, 5, 23, 59),
        date(2026, 3, 5),
    ],
)
def test_one_day_in_all_spellings(cell):
    day = date_of(cell)
    assert day == date(2026, 3, 5)
    assert type(day) is date


def test_a_month_in_chinese_is_its_first_day_and_blank_is_none():
    assert date_of("2026年3月") == date(2026, 3, 1)
    assert date_of("") is None
    assert date_of(None) is None


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("26.3.5", "年份要写四位，如2026-03-05；现为“26.3.5”。"),
        ("26年3月5日", "年份要写四位，如2026-03-05；现为“26年3月5日”。"),
        ("2026-02-30", "没有“2026-02-30”这一天，请核对。"),
        ("20261301", "没有“20261301”这一天，请核对。"),
        ("3月5日", "看不懂日期“3月5日”，请写成2026-03-05。"),
        (2026.0, "看不懂日期“2026”，请写成2026-03-05。"),
        (2026.1, "看不懂日期“2026.1”，请写成2026-03-05。"),
        ("2026-3/5", "看不懂日期“2026-3/5”，请写成2026-03-05。"),
        ("长期", "看不懂日期“长期”，请写成2026-03-05。"),
        ("nan", "看不懂日期“nan”，请写成2026-03-05。"),
        (True, "看不懂日期“是”，请写成2026-03-05。"),
        ("1026-03-05", "日期1026-03-05的年份不合理，请核对。"),
    ],
)
def test_what_is_no_day_is_refused_in_a_sentence(cell, sentence):
    with pytest.raises(RuleViolation) as refused:
        date_of(cell)
    assert str(refused.value) == sentence


@given(st.dates(date(1920, 1, 1), date(2100, 12, 31)))
def test_every_day_survives_every_spelling(day):
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    spellings = [day.isoformat(), f"{day:%Y%m%d}", f"{day.year}.{day.month}.{day.day}", serial, float(serial)]
    spellings += [f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}"]
    assert {date_of(spelling) for spelling in spellings} == {day}


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        ("是", True),
        ("√", True),
        ("Ｙ", True),
        (1.0, True),
        (True, True),
        ("有", True),
        ("否", False),
        ("×", False),
        ("无", False),
        (0, False),
        ("FALSE", False),
        ("", None),
    ],
)
def test_yes_and_no(cell, answer):
    assert yes_no(cell) is answer


def test_neither_yes_nor_no_is_refused():
    with pytest.raises(RuleViolation, match=r"^应填“是”或“否”，现为“大概”。$"):
        yes_no("大概")


def test_a_right_credit_code_is_taken_in_any_typing():
    assert credit_code(VALID) == VALID
    assert credit_code(f" {VALID[:6]} {VALID[6:].lower()} ") == VALID
    assert credit_code(None) is None


VALID = "91110000600037341L"


@pytest.mark.parametrize(
    "cell",
    [
        9.15101e17,
        915101070000000000,
        "9.15101E+17",
        "9.15101e17",
        "９．１５１０１Ｅ＋１７",
        "915101071234567000",
    ],
)
def test_a_credit_code_rounded_by_the_spreadsheet_is_refused_with_the_remedy(cell):
    with pytest.raises(RuleViolation) as refused:
        credit_code(cell)
    assert str(refused.value) == cells.CREDIT_CODE_LOST
    assert "设为“文本”格式" in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("510107000012345", "credit_code_length"),
        (123.0, "credit_code_length"),
        ("9111000060003734IL", "credit_code_letters"),
        ("91110000600037342L", "credit_code_check"),
    ],
)
def test_a_wrong_credit_code_is_refused(cell, code):
    with pytest.raises(RuleViolation) as refused:
        credit_code(cell)
    assert refused.value.code == code


def test_one_of_takes_its_words_only():
    clean = one_of({"正常经营": "operating", "停业": "closed"})
    assert clean(" 正常经营　") == "operating"
    assert clean("") is None
    with pytest.raises(RuleViolation, match=r"^没有“倒闭”这一项，可填：正常经营、停业。$"):
        clean("倒闭")


@given(CELLS)
def test_no_cell_whatever_does_anything_but_clean_or_refuse(cell):
    for clean in (text, integer, date_of, yes_no, credit_code):
        try:
            clean(cell)
        except RuleViolation as refused:
            assert refused.message.endswith("。")  # noqa: PT017
