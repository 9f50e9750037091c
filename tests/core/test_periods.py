from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RuleViolation
from core.periods import KINDS, HalfYear, Month, Quarter, Year, containing, parse

DAYS = st.dates(date(1922, 1, 1), date(2198, 12, 31))
KIND_NAMES = st.sampled_from(sorted(KINDS))


@pytest.mark.parametrize(
    ("period", "text", "label", "first", "last"),
    [
        (Month(2026, 11), "2026-11", "2026年11月", date(2026, 11, 1), date(2026, 11, 30)),
        (Month(2028, 2), "2028-02", "2028年2月", date(2028, 2, 1), date(2028, 2, 29)),
        (Quarter(2026, 4), "2026-Q4", "2026年第四季度", date(2026, 10, 1), date(2026, 12, 31)),
        (Quarter(2026, 1), "2026-Q1", "2026年第一季度", date(2026, 1, 1), date(2026, 3, 31)),
        (HalfYear(2026, 2), "2026-H2", "2026年下半年", date(2026, 7, 1), date(2026, 12, 31)),
        (Year(2026), "2026", "2026年", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_knows_its_text_its_label_and_its_days(period, text, label, first, last):
    assert str(period) == text
    assert period.label == label
    assert (period.first_day, period.last_day) == (first, last)
    assert parse(text) == period
    assert parse(label) == period


def test_next_and_previous_cross_the_year():
    assert Month(2026, 12).next() == Month(2027, 1)
    assert Month(2026, 1).previous() == Month(2025, 12)
    assert Quarter(2026, 4).next() == Quarter(2027, 1)
    assert Quarter(2026, 1).previous() == Quarter(2025, 4)
    assert HalfYear(2026, 2).next() == HalfYear(2027, 1)
    assert Year(2026).next() == Year(2027)
    assert Year(2026).previous() == Year(2025)


def test_a_quarter_and_a_year_list_their_months():
    assert Quarter(2026, 2).months() == (Month(2026, 4), Month(2026, 5), Month(2026, 6))
    assert len(Year(2026).months()) == 12
    assert Month(2026, 5).months() == (Month(2026, 5),)


def test_periods_of_a_kind_stand_in_order_and_can_be_keys():
    assert sorted([Month(2026, 10), Month(2025, 12)]) == [Month(2025, 12), Month(2026, 10)]
    assert {Quarter(2026, 4): 1}[Quarter(2026, 4)] == 1
    with pytest.raises(AttributeError):
        Month(2026, 11).month = 12


@given(KIND_NAMES, DAYS)
def test_every_day_lies_in_exactly_the_period_that_contains_it(kind, day):
    period = containing(kind, day)
    assert period.contains(day)
    assert not period.next().contains(day)
    assert not period.previous().contains(day)
    assert period.next().previous() == period
    assert (period.next().first_day - period.last_day).days == 1
    assert parse(str(period)) == period


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "2026-H3", "26-11", "十一月", "2026-1-1"]
)
def test_what_is_no_period_is_refused_in_a_sentence(text):
    with pytest.raises(RuleViolation) as refused:
        parse(text)
    assert refused.value.code == "bad_period"
    assert refused.value.message.endswith("。")


def test_the_refusal_names_what_was_wrong():
    with pytest.raises(RuleViolation, match=r"^2026年没有第13个月。$"):
        parse("2026-13")
    with pytest.raises(RuleViolation, match=r"^年份应在1921至2199之间，现为9999。$"):
        parse("9999-01")
    with pytest.raises(RuleViolation, match=r"^没有“week”这种时段"):
        containing("week", date(2026, 11, 23))


def test_full_width_and_small_letters_are_read():
    assert parse("２０２６－ｑ４") == Quarter(2026, 4)
    assert parse(" 2026年第3季度 ") == Quarter(2026, 3)
    assert parse("2026年度") == Year(2026)
