"""分母变动: opening + added − excluded by reason + restored = closing, told with random lives of units."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.units import make_unit
from tests.units.counting import counted
from units.indicators import KINDS, MEASURES
from units.indicators.movement import ADDED, EXCLUDED, RESTORED, events, movement
from units.indicators.territory import read_territory
from units.models import OperatingSpell, Unit

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


def moved(measure: str = "organization", first: date = FIRST, last: date = LAST):
    return movement(MEASURES[measure], KINDS["non_public"], read_territory("510107"), first, last)


def live(place, *turns: tuple[str, date], **fields) -> Unit:
    """A unit that had these statuses since these days, one after the other."""
    unit = make_unit(place=place, since=turns[0][1], status=turns[0][0], **fields)
    for status, day in turns[1:]:
        unit.operating_spells.filter(to_on=None).update(to_on=day)
        OperatingSpell.objects.create(
            unit=unit,
            status=status,
            from_on=day,
            reason="原因",
            place_code=unit.place_code,
            category=unit.category,
        )
    return unit


def test_a_new_unit_is_added(huangmenjie):
    live(huangmenjie, ("operating", date(2026, 2, 1)))
    result = moved()
    assert (result.opening, result.added, result.restored, result.excluded, result.closing) == (
        0,
        1,
        0,
        {},
        1,
    )


def test_a_unit_that_comes_back_is_restored(huangmenjie):
    live(
        huangmenjie,
        ("operating", date(2020, 1, 1)),
        ("suspended", date(2025, 3, 1)),
        ("operating", date(2026, 3, 1)),
    )
    result = moved()
    assert (result.opening, result.added, result.restored, result.closing) == (0, 0, 1, 1)


def test_who_leaves_and_comes_back_in_the_same_period_is_seen_doing_both(huangmenjie):
    live(
        huangmenjie,
        ("operating", date(2020, 1, 1)),
        ("zombie", date(2026, 2, 1)),
        ("operating", date(2026, 3, 1)),
    )
    result = moved()
    assert (result.opening, result.restored, result.excluded, result.closing) == (1, 1, {"zombie": 1}, 1)


def test_a_renewed_entry_without_a_gap_is_no_movement(huangmenjie):
    live(huangmenjie, ("operating", date(2020, 1, 1)), ("operating", date(2026, 2, 1)))
    result = moved()
    assert (result.opening, result.added, result.excluded, result.closing) == (1, 0, {}, 1)


def test_a_unit_whose_entry_ends_without_a_successor_left_for_no_recorded_reason(huangmenjie):
    unit = live(huangmenjie, ("operating", date(2020, 1, 1)))
    unit.operating_spells.update(to_on=date(2026, 5, 1))
    assert moved().excluded == {"unrecorded": 1}


def test_one_periods_closing_is_the_nexts_opening(huangmenjie):
    live(huangmenjie, ("operating", date(2026, 2, 1)), ("moved_out", date(2026, 4, 1)))
    live(huangmenjie, ("operating", date(2026, 4, 1)))
    first, second = moved(last=date(2026, 3, 31)), moved(first=date(2026, 4, 1))
    assert first.closing == second.opening == 1
    assert (second.added, second.excluded) == (1, {"moved_out": 1})


@pytest.mark.django_db
def test_only_the_units_of_the_formula_move(huangmenjie):
    live(huangmenjie, ("operating", date(2026, 2, 1)), members_total=3, members_full=3)
    live(huangmenjie, ("operating", date(2026, 2, 1)))
    assert moved("due").added == 1


days = st.dates(date(2025, 7, 1), date(2026, 12, 31))
lives = st.lists(
    st.tuples(st.sampled_from(["operating", "operating", "suspended", "deregistered", "moved_out"]), days),
    min_size=1,
    max_size=5,
    unique_by=lambda turn: turn[1],
).map(lambda turns: sorted(turns, key=lambda turn: turn[1]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(many=st.lists(lives, max_size=8), first=days, length=st.integers(0, 300))
def test_it_always_adds_up_and_every_line_opens(huangmenjie, many, first, length):
    Unit.objects.all().delete()
    for turns in many:
        live(huangmenjie, *turns)
    last = first + timedelta(days=length)
    result = moved(first=first, last=last)
    assert result.opening == counted("organization", day=first - timedelta(days=1))[1]
    assert result.closing == counted("organization", day=last)[1]
    assert result.opening + result.added - result.excluded_total + result.restored == result.closing
    territory = read_territory("510107")
    lists = {
        line: events(line, MEASURES["organization"], KINDS["non_public"], territory, first, last).count()
        for line in (ADDED, RESTORED, EXCLUDED)
    }
    assert lists == {ADDED: result.added, RESTORED: result.restored, EXCLUDED: result.excluded_total}
