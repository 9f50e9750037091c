from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from core import workdays
from core.clock import end_of_day, today
from core.errors import RuleViolation
from core.models import WorkdayOverride
from core.periods import Month, Quarter
from core.workdays import NOT_ANNOUNCED, Calendar

ANNOUNCED = Calendar.fixed()


@pytest.mark.parametrize(
    "day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
)
def test_make_up_days_at_the_weekend_are_workdays(day):
    assert ANNOUNCED.is_workday(date.fromisoformat(day)) is True


@pytest.mark.parametrize(
    "day", ["2026-01-01", "2026-02-17", "2026-04-06", "2026-05-05", "2026-10-07", "2026-11-22"]
)
def test_holidays_and_plain_weekends_are_not(day):
    assert ANNOUNCED.is_workday(date.fromisoformat(day)) is False


def test_2026_has_248_workdays():
    assert ANNOUNCED.workdays_between(date(2026, 1, 1), date(2026, 12, 31)) == 248


def test_the_fifth_workday_of_may_and_october_2026():
    assert ANNOUNCED.nth_workday(Month(2026, 5), 5) == date(2026, 5, 11)
    assert ANNOUNCED.nth_workday(Month(2026, 10), 5) == date(2026, 10, 13)


@pytest.mark.parametrize(
    "due",
    [
        "01-30",
        "02-28",
        "03-31",
        "04-30",
        "05-29",
        "06-30",
        "07-31",
        "08-31",
        "09-30",
        "10-30",
        "11-30",
        "12-31",
    ],
)
def test_the_visits_of_a_month_of_2026_are_due_on_its_last_workday(due):
    day = date.fromisoformat(f"2026-{due}")
    assert ANNOUNCED.month_visit_due(Month.containing(day)) == day


def test_the_visit_reminder_comes_five_workdays_before():
    assert ANNOUNCED.month_visit_reminder_on(Month(2026, 11)) == date(2026, 11, 23)
    assert ANNOUNCED.month_visit_reminder_on(Month(2026, 10)) == date(2026, 10, 23)


@pytest.mark.parametrize(("quarter", "due"), [(1, "04-15"), (2, "07-14"), (3, "10-20")])
def test_the_notice_of_a_quarter_is_due_ten_workdays_after_it(quarter, due):
    assert ANNOUNCED.quarter_notice_due(Quarter(2026, quarter)) == date.fromisoformat(f"2026-{due}")


def test_the_notice_of_the_fourth_quarter_falls_into_a_year_not_announced_and_says_so():
    due = ANNOUNCED.quarter_notice_due(Quarter(2026, 4))
    assert due == date(2027, 1, 14)
    assert ANNOUNCED.note(due) == "暂按周一至周五，待国务院放假通知"
    assert ANNOUNCED.note(date(2026, 12, 31)) is None
    assert ANNOUNCED.note(date(2026, 12, 31), due) == NOT_ANNOUNCED


def test_a_year_not_announced_counts_monday_to_friday_and_believes_no_guess():
    assert ANNOUNCED.is_announced(2026) is True
    assert ANNOUNCED.is_announced(2027) is False
    assert ANNOUNCED.is_workday(date(2027, 1, 4)) is True
    assert ANNOUNCED.is_workday(date(2027, 2, 8)) is True  # Spring Festival by the moon, not yet by notice
    assert ANNOUNCED.is_workday(date(2027, 1, 9)) is False


def test_workdays_left_in_a_month_count_the_day_itself():
    assert ANNOUNCED.workdays_left(Month(2026, 11), date(2026, 11, 23)) == 6
    assert ANNOUNCED.workdays_left(Month(2026, 11), date(2026, 11, 30)) == 1
    assert ANNOUNCED.workdays_left(Month(2026, 11), date(2026, 12, 1)) == 0
    assert ANNOUNCED.workdays_left(Month(2026, 11), date(2026, 10, 1)) == 21


@pytest.mark.parametrize("n", [0, -1, 22])
def test_a_workday_the_month_does_not_have_is_refused(n):
    with pytest.raises(RuleViolation, match=f"2026年11月没有第{n}个工作日"):
        ANNOUNCED.nth_workday(Month(2026, 11), n)


@given(st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.integers(1, 60))
def test_adding_workdays_and_counting_them_agree(day, n):
    later = ANNOUNCED.add_workdays(day, n)
    assert ANNOUNCED.is_workday(later)
    assert ANNOUNCED.workdays_between(day + timedelta(days=1), later) == n
    if ANNOUNCED.is_workday(day):
        assert ANNOUNCED.add_workdays(later, -n) == day


def test_overrides_win_over_the_announcement():
    calendar = Calendar.fixed({date(2026, 11, 30): False, date(2026, 11, 29): True})
    assert calendar.last_workday(Month(2026, 11)) == date(2026, 11, 29)


def test_the_notice_typed_in_as_overrides_makes_a_year_announced():
    october = {date(2027, 10, day): False for day in range(1, 8)}
    assert Calendar.fixed(october).is_announced(2027) is False
    february = {date(2027, 2, day): False for day in range(5, 13)}
    calendar = Calendar.fixed(october | february)
    assert calendar.is_announced(2027) is True
    assert calendar.note(date(2027, 2, 8)) is None
    assert calendar.is_announced(2028) is False


@pytest.mark.django_db
def test_a_changed_override_counts_at_once():
    assert workdays.is_workday(date(2026, 11, 30)) is True
    override = WorkdayOverride.objects.create(
        date=date(2026, 11, 30), is_workday=False, note="停电", source="区府办"
    )
    assert workdays.is_workday(date(2026, 11, 30)) is False
    assert workdays.last_workday(Month(2026, 11)) == date(2026, 11, 27)
    override.delete()
    assert workdays.month_visit_due(Month(2026, 11)) == date(2026, 11, 30)


@pytest.mark.django_db
def test_the_module_functions_follow_the_overrides():
    WorkdayOverride.objects.create(date=date(2026, 11, 24), is_workday=False)
    assert workdays.add_workdays(date(2026, 11, 23), 1) == date(2026, 11, 25)
    assert workdays.nth_workday(Month(2026, 11), 17) == date(2026, 11, 25)
    assert workdays.workdays_between(date(2026, 11, 23), date(2026, 11, 27)) == 4
    assert workdays.workdays_left(Month(2026, 11), date(2026, 11, 23)) == 5
    assert workdays.month_visit_reminder_on(Month(2026, 11)) == date(2026, 11, 20)
    assert workdays.quarter_notice_due(Quarter(2026, 3)) == date(2026, 10, 20)
    assert workdays.is_announced(2027) is False
    assert workdays.calendar_note(date(2027, 1, 4)) == NOT_ANNOUNCED


@pytest.mark.django_db
def test_a_loaded_calendar_asks_the_database_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        calendar = Calendar.load([2026, 2027])
        for quarter in range(1, 5):
            calendar.quarter_notice_due(Quarter(2026, quarter))
        assert calendar.is_announced(2027) is False
    with django_assert_num_queries(1):
        calendar.is_workday(date(2025, 6, 2))
        calendar.is_workday(date(2025, 6, 3))


def test_the_local_day_begins_at_midnight_in_chengdu():
    with time_machine.travel(datetime(2026, 11, 22, 16, 0, tzinfo=UTC), tick=False):
        assert today() == date(2026, 11, 23)
    with time_machine.travel(datetime(2026, 11, 22, 15, 59, tzinfo=UTC), tick=False):
        assert today() == date(2026, 11, 22)


def test_a_due_day_ends_at_its_last_second_local_time():
    assert end_of_day(date(2026, 11, 30)) == datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
