"""The month's visits: opened once, for whom, and due on the day the calendar says."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from core.actor import SYSTEM
from core.calendar_changes import enter_override
from core.models import HistoryEntry, WorkdayOverride
from core.periods import Month
from evaluations.actions import open_visits
from evaluations.models import MonthlyVisit
from evaluations.tasks import open_visits as open_visits_task
from tests.factories.evaluations import make_assignment
from tests.factories.units import make_unit

CHENGDU = ZoneInfo("Asia/Shanghai")
NOVEMBER = Month(2026, 11)
DUE_DAYS_OF_2026 = [
    date(2026, 1, 30), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 29), date(2026, 6, 30),
    date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 30), date(2026, 11, 30), date(2026, 12, 31),
]  # fmt: skip


def at(year, month, day, hour=9):
    return time_machine.travel(datetime(year, month, day, hour, tzinfo=CHENGDU), tick=False)


@pytest.mark.parametrize("due_on", DUE_DAYS_OF_2026, ids=str)
def test_visits_of_2026_are_due_on_the_last_workday_of_each_month(due_on, unit, community):
    make_assignment(unit=unit, visitor=community.user)
    assert open_visits(month=Month.containing(due_on)) == 1
    assert MonthlyVisit.objects.get().due_on == due_on


def test_a_visit_is_opened_for_the_assigned_visitor_and_says_so_in_its_timeline(unit, community):
    make_assignment(unit=unit, visitor=community.user)
    open_visits(month=NOVEMBER)
    visit = MonthlyVisit.objects.get()
    assert (visit.unit, visit.visitor, visit.month, visit.status) == (
        unit,
        community.user,
        date(2026, 11, 1),
        "planned",
    )
    assert visit.place_code == unit.place_code
    entry = HistoryEntry.objects.get()
    assert (entry.about, entry.label, entry.actor_label, entry.to_status) == (
        visit,
        "生成走访任务",
        "系统自动",
        "planned",
    )
    assert entry.place_code == unit.place_code


def test_opening_twice_opens_once(unit, other_unit, community, stranger):
    make_assignment(unit=unit, visitor=community.user)
    assert open_visits(month=NOVEMBER) == 1
    make_assignment(unit=other_unit, visitor=stranger.user)
    assert [open_visits(month=NOVEMBER), open_visits(month=NOVEMBER)] == [1, 0]
    assert MonthlyVisit.objects.count() == HistoryEntry.objects.count() == 2


def test_only_assignments_in_force_on_the_first_workday_count(huangmenjie, community):
    def assigned(from_on, to_on=None):
        unit = make_unit(place=huangmenjie)
        make_assignment(unit=unit, visitor=community.user, from_on=from_on, to_on=to_on)
        return unit

    # The first workday of November 2026 is Monday the 2nd.
    begins_that_day = assigned(date(2026, 11, 2))
    ends_the_day_after = assigned(date(2026, 1, 1), date(2026, 11, 3))
    assigned(date(2026, 11, 3))
    assigned(date(2026, 1, 1), date(2026, 11, 2))
    assert open_visits(month=NOVEMBER) == 2
    assert {visit.unit for visit in MonthlyVisit.objects.all()} == {begins_that_day, ends_the_day_after}


def test_a_unit_that_closed_or_was_merged_is_not_visited(huangmenjie, unit, community):
    closed = make_unit(place=huangmenjie, status="deregistered")
    merged = make_unit(place=huangmenjie, merged_into=unit)
    for one in (unit, closed, merged):
        make_assignment(unit=one, visitor=community.user)
    assert open_visits(month=NOVEMBER) == 1
    assert MonthlyVisit.objects.get().unit == unit


@pytest.mark.parametrize(("month", "opened"), [(9, 0), (10, 1), (11, 0), (12, 0)])
def test_a_quarterly_visit_is_opened_in_the_first_month_of_a_quarter(month, opened, unit, community):
    make_assignment(unit=unit, visitor=community.user, cadence="quarterly")
    assert open_visits(month=Month(2026, month)) == opened


def test_the_task_waits_for_the_first_workday(unit, community):
    make_assignment(unit=unit, visitor=community.user)
    # 1 to 7 October 2026 are days off: the first workday is the 8th.
    with at(2026, 10, 7, 23):
        assert open_visits_task() == 0
    with at(2026, 10, 8, 0):
        assert [open_visits_task() for _ in range(10)] == [1] + [0] * 9


def test_the_task_catches_up_when_beat_was_down(unit, community):
    make_assignment(unit=unit, visitor=community.user)
    with at(2026, 11, 23):
        assert open_visits_task() == 1
    assert MonthlyVisit.objects.get().due_on == date(2026, 11, 30)


def test_a_holiday_notice_moves_the_due_days_of_planned_visits(
    unit, other_unit, community, stranger, district
):
    make_assignment(unit=unit, visitor=community.user)
    make_assignment(unit=other_unit, visitor=stranger.user)
    open_visits(month=NOVEMBER)
    MonthlyVisit.objects.filter(unit=other_unit).update(status="exempt")
    with at(2026, 11, 23):
        enter_override(
            date=date(2026, 11, 30),
            is_workday=False,
            note="演练",
            source="国办发明电〔2026〕8号",
            actor=district.actor,
        )
    assert dict(MonthlyVisit.objects.values_list("unit__name", "due_on")) == {
        unit.name: date(2026, 11, 27), other_unit.name: date(2026, 11, 30),
    }  # fmt: skip
    moved = HistoryEntry.objects.get(move="move_due_day")
    assert moved.changes == {"due_on": ["到期日", "2026-11-30", "2026-11-27"]}
    assert moved.actor_label == "李某 · 区委组织部"


def test_an_override_decides_the_due_day_when_visits_open(unit, community):
    WorkdayOverride.objects.create(date=date(2026, 11, 30), is_workday=False)
    make_assignment(unit=unit, visitor=community.user)
    open_visits(month=NOVEMBER, actor=SYSTEM)
    assert MonthlyVisit.objects.get().due_on == date(2026, 11, 27)


def test_a_thousand_assignments_are_opened_in_the_same_number_of_queries(
    huangmenjie, community, django_assert_num_queries
):
    units = [make_unit(place=huangmenjie) for _ in range(3)]
    for one in units:
        make_assignment(unit=one, visitor=community.user)
    open_visits(month=Month(2026, 9))
    with django_assert_num_queries(4):
        assert open_visits(month=Month(2026, 10)) == 3
    with django_assert_num_queries(4):
        assert open_visits(month=Month(2026, 10)) == 0
