"""The sessions of the sample district: every state, numbers compared with independent SQL, gone after purging."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction

from core.clock import today
from units.indicators.conf_attendance import CONF_ATTENDANCE, CONF_HEADS
from units.indicators.resolutions_done import RESOLUTIONS_DONE
from units.indicators.territory import By, read_territory
from units.models import (
    AgendaItem,
    Attendance,
    Meeting,
    MeetingReply,
    RepresentativeProposal,
    Resolution,
)
from units.queries.agenda import carried_over
from wuhou.sample.loading import load_sample
from wuhou.sample.purging import purge_sample

MONDAY, FIRST = date(2026, 11, 23), date(2026, 1, 1)
ATTENDED = """
    SELECT count(*) FILTER (WHERE {came}), count(*) FROM units_attendance a JOIN units_meeting m ON m.id = a.meeting_id
    WHERE m.status IN ('issued', 'archived') AND a.member_id IS NOT NULL AND m.held_at >= '2026-01-01+08' AND m.held_at < '2026-11-24+08'"""
SQL = (
    (CONF_ATTENDANCE, ATTENDED.format(came="presence IN ('present', 'substitute')")),
    (CONF_HEADS, ATTENDED.format(came="is_head")),
    (
        RESOLUTIONS_DONE,
        """SELECT count(*) FILTER (WHERE r.closed_on <= '2026-11-23'), count(*)
        FROM units_resolution r JOIN units_meeting m ON m.id = r.meeting_id
        WHERE m.status IN ('issued', 'archived') AND r.due_on <= '2026-11-23' AND r.status <> 'terminated'""",
    ),
)


def on(day: date):
    moment = datetime(day.year, day.month, day.day, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    return time_machine.travel(moment, tick=False)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        with on(MONDAY):
            assert load_sample(today())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def sample(loaded, db):
    with on(MONDAY):
        yield


def states(model) -> set[str]:
    return set(model.objects.values_list("status", flat=True))


@pytest.mark.parametrize("model", [Meeting, Resolution, AgendaItem, RepresentativeProposal])
def test_every_state_is_there(sample, model):
    assert states(model) == set(model.Status.values)


def test_some_are_overdue_and_some_extended(sample):
    assert Resolution.objects.overdue(MONDAY).count() == 2
    assert set(Resolution.objects.values_list("extensions", flat=True)) == {0, 1, 2}
    notified = Meeting.objects.get(status="notified", place_code="510107005", body__kind="joint_meeting")
    assert carried_over(notified).filter(due_on__lt=MONDAY).count() == 1


def test_numbers_of_a_year_have_no_gaps(sample):
    series: dict[tuple, list[int]] = {}
    for body, year, number in Meeting.objects.order_by("number").values_list("body", "year", "number"):
        series.setdefault((body, year), []).append(number)
    assert len(series) == 12
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in series.values())


def test_several_places_and_kinds_of_bodies_sit_and_every_answer_and_rating_occurs(sample):
    held = set(Meeting.objects.values_list("body__kind", "place_code"))
    assert {kind for kind, _ in held} == {"joint_meeting", "assembly", "committee"}
    assert {code for kind, code in held if kind == "joint_meeting"} == {
        "510107", "510107001", "510107005", "510107009", "510107001004", "510107005008",
    }  # fmt: skip
    assert set(MeetingReply.objects.values_list("answer", flat=True)) == set(MeetingReply.Answer.values)
    ratings = set(RepresentativeProposal.objects.values_list("rating", flat=True))
    assert ratings == {"", *RepresentativeProposal.Rating.values}
    assert RepresentativeProposal.objects.filter(status="assigned", reply_due_on__lt=MONDAY).count() == 1
    assert AgendaItem.objects.filter(proposal__isnull=False).exists()


@pytest.mark.parametrize(("indicator", "sql"), SQL, ids=lambda one: getattr(one, "id", ""))
def test_the_figures_are_those_of_independent_sql(sample, indicator, sql):
    total = indicator.count(read_territory("510107", By.NONE), FIRST, MONDAY).total
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert (total.numerator, total.denominator) == cursor.fetchone()
    assert total.denominator > 0


def test_nothing_is_left_after_purging(sample):
    purge_sample()
    for model in (Meeting, AgendaItem, Attendance, MeetingReply, Resolution, RepresentativeProposal):
        assert not model.objects.exists()
