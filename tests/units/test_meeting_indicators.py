"""CONF-ATT, CONF-HEAD and RES-DONE, counted by hand and opened into what is behind them."""

from datetime import date

import pytest

from tests.factories.meetings import make_joint_meeting, make_meeting, make_resolution, sign_in
from tests.factories.units import make_unit
from tests.rest import Rest
from units.indicators.conf_attendance import CONF_ATTENDANCE, CONF_HEADS
from units.indicators.resolutions_done import RESOLUTIONS_DONE
from units.indicators.territory import By, read_territory

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 4, 1), date(2026, 6, 30)


@pytest.fixture
def body(yulin, huangmenjie):
    return make_joint_meeting(yulin, *(make_unit(place=huangmenjie) for _ in range(4)))


@pytest.fixture
def held(body):
    """Of four one came in person as head, one in person, one by a substitute, one not at all."""
    meeting = make_meeting(body, status="issued", on=date(2026, 5, 12))
    sign_in(meeting)
    head, _, other, absent = meeting.attendances.order_by("pk")
    type(head).objects.filter(pk=head.pk).update(is_head=True)
    type(head).objects.filter(pk=other.pk).update(presence="substitute", substitute="刘某")
    type(head).objects.filter(pk=absent.pk).update(presence="absent")
    return meeting


def pair(indicator, code="510107", first=FIRST, last=LAST) -> tuple[int, int]:
    total = indicator.count(read_territory(code, By.NONE), first, last).total
    return total.numerator, total.denominator


def test_substitutes_came_but_are_no_heads(held):
    assert pair(CONF_ATTENDANCE) == (3, 4)
    assert pair(CONF_HEADS) == (1, 4)


def test_only_sessions_of_the_period_with_issued_minutes_count(held, body):
    sign_in(make_meeting(body, status="minutes_review", on=date(2026, 5, 20)))
    sign_in(make_meeting(body, status="archived", on=date(2026, 7, 1)))
    assert pair(CONF_ATTENDANCE) == (3, 4)
    assert pair(CONF_ATTENDANCE, last=date(2026, 7, 1)) == (7, 8)


def test_rows_add_up_and_every_cell_opens(held, jinyan):
    other = make_meeting(
        make_joint_meeting(jinyan, make_unit(place=jinyan)), status="issued", on=date(2026, 6, 1)
    )
    sign_in(other)
    territory = read_territory("510107", By.SUBDISTRICT)
    found = CONF_ATTENDANCE.count(territory, FIRST, LAST)
    assert (found.total.numerator, found.total.denominator) == (4, 5)
    assert sum(row.denominator for _, row in found.rows) == 5
    for cell, size in (("numerator", 4), ("denominator", 5), ("missing", 1)):
        assert CONF_ATTENDANCE.members(cell, territory, FIRST, LAST).count() == size


def test_closed_of_due_on_any_day(body):
    meeting = make_meeting(body, status="issued", on=date(2026, 3, 2))
    for due, closed, status in (
        (date(2026, 4, 10), date(2026, 4, 9), "closed"), (date(2026, 4, 20), date(2026, 5, 20), "closed"),
        (date(2026, 4, 30), None, "open"), (date(2026, 4, 30), None, "terminated"), (date(2026, 9, 1), None, "open"),
    ):  # fmt: skip
        make_resolution(meeting, due_on=due, closed_on=closed, status=status)
    make_resolution(make_meeting(body, status="held", on=date(2026, 4, 1)), due_on=date(2026, 4, 15))
    assert pair(RESOLUTIONS_DONE, last=date(2026, 4, 30)) == (1, 3)
    assert pair(RESOLUTIONS_DONE, last=date(2026, 5, 20)) == (2, 3)
    assert pair(RESOLUTIONS_DONE, last=date(2026, 3, 1)) == (0, 0)
    territory = read_territory("510107", By.NONE)
    assert RESOLUTIONS_DONE.members("missing", territory, LAST, date(2026, 4, 30)).count() == 2


def test_they_are_served_over_rest(held):
    answer = Rest().get("/api/v1/statistics/indicators/CONF-ATT/?period=2026-Q2&by=none").json()
    assert (answer["total"]["numerator"], answer["total"]["rate"]) == (3, "0.7500")
    assert (
        Rest().get("/api/v1/statistics/indicators/RES-DONE/?as_of=2026-06-30").json()["total"]["rate"] is None
    )
