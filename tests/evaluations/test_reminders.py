"""Reminders of visits: the right day, the right person, once however often the task runs."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from core.periods import Month
from core.workdays import Calendar
from evaluations.reminders import stage_on, visit_reminders
from evaluations.tasks import send_visit_reminders
from notifications.models import Delivery, Notification
from tests.factories.evaluations import make_visit

NOVEMBER = Month(2026, 11)
CALENDAR = Calendar.fixed()


def morning_of(day: date):
    return time_machine.travel(
        datetime(day.year, day.month, day.day, 9, 20, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False
    )


@pytest.mark.parametrize(
    ("due_on", "early", "last", "overdue"),
    [
        # The last workday of February 2026 is Saturday the 28th; the feast ends on the 23rd.
        (date(2026, 2, 28), date(2026, 2, 14), date(2026, 2, 27), date(2026, 3, 2)),
        (date(2026, 10, 30), date(2026, 10, 23), date(2026, 10, 29), date(2026, 11, 2)),
        (date(2026, 11, 30), date(2026, 11, 23), date(2026, 11, 27), date(2026, 12, 1)),
        (date(2026, 9, 30), date(2026, 9, 22), date(2026, 9, 29), date(2026, 10, 8)),
    ],
    ids=str,
)
def test_stages_begin_on_the_right_workdays(due_on, early, last, overdue):
    day = timedelta(days=1)
    assert stage_on(early - day, due_on, CALENDAR) is None
    assert stage_on(early, due_on, CALENDAR) == "T-5"
    assert stage_on(last - day, due_on, CALENDAR) == "T-5"
    assert stage_on(last, due_on, CALENDAR) == "T-1"
    assert stage_on(due_on, due_on, CALENDAR) == "T-1"
    assert stage_on(overdue - day, due_on, CALENDAR) == ("T-1" if overdue - day == due_on else None)
    assert stage_on(overdue, due_on, CALENDAR) == "overdue"


def test_the_early_stage_of_every_month_of_2026_is_five_workdays_before_the_due_day():
    for month in range(1, 13):
        due_on = CALENDAR.month_visit_due(Month(2026, month))
        early = CALENDAR.month_visit_reminder_on(Month(2026, month))
        assert CALENDAR.workdays_between(early, due_on) == 6
        assert stage_on(early, due_on, CALENDAR) == "T-5"


def test_five_workdays_before_the_end_of_the_month_the_visitor_is_reminded_once(unit, community):
    visit = make_visit(unit=unit, visitor=community.user, month=NOVEMBER)
    with morning_of(date(2026, 11, 20)):
        assert send_visit_reminders() == 0
    with morning_of(date(2026, 11, 23)):
        assert [send_visit_reminders() for _ in range(10)] == [1] + [0] * 9
    message = Notification.objects.get()
    assert message.recipient == community.user
    assert message.key == f"visit-due:unit-{unit.pk}:2026-11:T-5"
    assert message.title == "11月走访11月30日到期：成都安和物业服务有限公司"
    assert (
        message.body
        == "由赵某走访成都安和物业服务有限公司，11月30日前完成并登记。上门或座谈均可，写清谈了什么即可。"
    )
    assert (message.url, message.due_on, message.about) == (
        f"/evaluations/visits/{visit.pk}/",
        date(2026, 11, 30),
        visit,
    )
    assert Delivery.objects.get().notification == message


def test_each_day_of_the_month_brings_each_stage_once(unit, community, subdistrict):
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER)
    told = {}
    day = date(2026, 11, 1)
    while day < date(2026, 12, 31):
        with morning_of(day):
            new = send_visit_reminders()
        if new:
            told[day] = Notification.objects.latest("id")
        day += timedelta(days=1)
    assert [(day, row.kind, row.recipient.username) for day, row in told.items()] == [
        (date(2026, 11, 23), "visit-due", "community"),
        (date(2026, 11, 27), "visit-due", "community"),
        (date(2026, 12, 1), "visit-overdue", "subdistrict"),
    ]
    assert told[date(2026, 12, 1)].body == (
        "赵某应于11月30日前走访成都安和物业服务有限公司，还没有登记。已经走访的，请在12月7日前补登；"
        "确有原因未走访的，请登记免访并写明理由。"
    )


def test_when_beat_was_down_only_the_stage_of_today_goes_out(unit, community):
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER)
    with morning_of(date(2026, 11, 25)):
        assert send_visit_reminders() == 1
    with morning_of(date(2026, 11, 30)):
        assert send_visit_reminders() == 1
        assert send_visit_reminders() == 0
    assert list(Notification.objects.order_by("id").values_list("key", "title")) == [
        (f"visit-due:unit-{unit.pk}:2026-11:T-5", "11月走访11月30日到期：成都安和物业服务有限公司"),
        (f"visit-due:unit-{unit.pk}:2026-11:T-1", "11月走访今天到期：成都安和物业服务有限公司"),
    ]


def test_nothing_is_sent_on_days_off(unit, community):
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER)
    assert list(visit_reminders(date(2026, 11, 28))) == []


@pytest.mark.parametrize("status", ["recorded", "confirmed", "disputed", "exempt"])
def test_only_planned_visits_are_chased(status, unit, community):
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER, status=status)
    assert list(visit_reminders(date(2026, 11, 27))) == []


def test_when_the_visitor_has_left_the_subdistrict_is_reminded(unit, community, subdistrict):
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER)
    community.user.is_active = False
    community.user.save()
    assert [reminder.to for reminder in visit_reminders(date(2026, 11, 23))] == [(subdistrict.user.pk,)]


def test_old_visits_are_not_chased_for_ever(unit, community, subdistrict):
    make_visit(unit=unit, visitor=community.user, month=Month(2026, 9))
    make_visit(unit=unit, visitor=community.user, month=Month(2026, 10))
    assert list(visit_reminders(date(2026, 11, 9))) == []
    assert [reminder.key for reminder in visit_reminders(date(2026, 11, 6))] == [
        f"visit-due:unit-{unit.pk}:2026-10:overdue"
    ]


def test_the_number_of_queries_does_not_grow_with_the_visits(
    unit, other_unit, community, stranger, django_assert_num_queries
):
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER)
    with django_assert_num_queries(3):
        assert len(list(visit_reminders(date(2026, 11, 23), CALENDAR))) == 1
    make_visit(unit=other_unit, visitor=stranger.user, month=NOVEMBER)
    with django_assert_num_queries(3):
        assert len(list(visit_reminders(date(2026, 11, 23), CALENDAR))) == 2
