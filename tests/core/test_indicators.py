"""How a rate is written: whole numbers in, one rule out."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.indicators import Figure, Indicator, get_indicator, rate_display, rate_of, register

counts = st.integers(1, 10**9).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


@pytest.mark.parametrize(
    ("numerator", "denominator", "rate", "display"),
    [
        (1040, 1250, "0.8320", "83.2%"),
        (286, 286, "1.0000", "100%"),
        (0, 0, None, "—"),
        (0, 7, "0.0000", "0.0%"),
        (9999, 10000, "0.9999", "99.9%"),
        (99_999_999, 100_000_000, "0.9999", "99.9%"),
        (1, 8, "0.1250", "12.5%"),
        (1, 2000, "0.0005", "0.1%"),
        (1, 2001, "0.0005", "0.0%"),
        (1, 16, "0.0625", "6.3%"),
    ],
)
def test_rates_are_written_half_up(numerator, denominator, rate, display):
    assert rate_of(numerator, denominator) == rate
    assert rate_display(numerator, denominator) == display


@given(counts)
def test_one_hundred_percent_means_all(pair):
    numerator, denominator = pair
    assert (rate_display(numerator, denominator) == "100%") == (numerator == denominator)
    assert (rate_of(numerator, denominator) == "1.0000") == (numerator == denominator)


@given(counts)
def test_rates_equal_exact_decimals_rounded_half_up(pair):
    numerator, denominator = pair
    exact = Decimal(numerator) / Decimal(denominator)
    four = exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    if numerator < denominator:
        four = min(four, Decimal("0.9999"))
    assert rate_of(numerator, denominator) == str(four)
    one = (exact * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    expected = "100%" if numerator == denominator else f"{min(one, Decimal('99.9'))}%"
    assert rate_display(numerator, denominator) == expected


def test_a_figure_without_a_denominator_has_no_rate():
    assert Figure(37, None, {"joint": 23}).fields() == {
        "numerator": 37, "denominator": None, "rate": None, "rate_display": "—", "joint": 23,
    }  # fmt: skip


def test_an_unknown_indicator_is_refused_with_a_sentence():
    with pytest.raises(InputError, match="没有编号为“COV-MOON”的指标"):
        get_indicator("COV-MOON")


def test_two_indicators_never_share_an_id():
    taken = get_indicator("COV-ORG-NP")
    other = Indicator(
        id=taken.id, name="另一个", numerator_text="", denominator_text="", levels=(), count=taken.count,
        members=taken.members,
    )  # fmt: skip
    with pytest.raises(ValueError, match="COV-ORG-NP"):
        register(other)
