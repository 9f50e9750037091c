"""Sessions that wait, and months without any: who is chased, from which day, once; and what stands in the to-dos."""

from datetime import date

import pytest
import time_machine

from core.clock import today
from core.todo import todo_count, todo_items, waiting_items
from notifications.models import Notification
from projects.actions.sessions import record_session, resubmit_session, return_session
from projects.models import Project, Session
from projects.reminders.sessions import session_reminders
from projects.tasks import remind_of_sessions
from tests.factories.projects_sessions import make_session, make_working_claim

pytestmark = pytest.mark.django_db

# 2026-11-16 is a Monday; nothing between it and the 27th is a holiday.
MONDAY = "2026-11-16"


def at(day: str):
    return time_machine.travel(f"{day}T09:00:00+08:00", tick=False)


@pytest.fixture
def claim(huangmenjie, unit):
    with at(MONDAY):
        return make_working_claim(place=huangmenjie, unit=unit, title="家电义修日", end_on=date(2027, 12, 31))


def heard(person, kind: str) -> list[str]:
    found = Notification.objects.filter(recipient=person.user, kind=kind).order_by("id")
    return list(found.values_list("key", flat=True))


def test_after_three_workdays_the_community_then_the_unit_is_chased_once_a_turn(
    claim, liaison, community, subdistrict
):
    with at(MONDAY):
        session = record_session(
            claim=claim, held_on=today(), person_times=30, summary="义修", actor=liaison.actor
        )
    for day in ("2026-11-17", "2026-11-19", "2026-11-20", "2026-11-21", "2026-11-23"):
        with at(day):
            remind_of_sessions()
            remind_of_sessions()
    assert heard(community, "session_unconfirmed") == [f"session_unconfirmed:{session.pk}:2026-11-16"]
    assert heard(subdistrict, "session_unconfirmed") == heard(liaison, "session_unconfirmed") == []
    with at("2026-11-23"):
        return_session(session=session, note="人次", actor=community.actor)
    for day in ("2026-11-26", "2026-11-27"):
        with at(day):
            remind_of_sessions()
    assert heard(liaison, "session_returned_waiting") == [f"session_returned_waiting:{session.pk}:2026-11-23"]
    with at("2026-11-27"):
        resubmit_session(session=session, actor=liaison.actor)
    with at("2026-12-03"):
        remind_of_sessions()
    assert heard(community, "session_unconfirmed")[1:] == [f"session_unconfirmed:{session.pk}:2026-11-27"]


def test_nothing_is_said_on_days_off(claim):
    Project.objects.update(status="running", started_on=date(2026, 1, 4))
    assert list(session_reminders(date(2026, 11, 22))) == []
    assert len(list(session_reminders(date(2026, 11, 23)))) == 1


def test_a_month_or_for_long_projects_a_quarter_without_any_is_said_once(claim, liaison, huangmenjie, unit):
    Project.objects.update(status="running", started_on=date(2026, 10, 1))
    long = make_working_claim(
        place=huangmenjie, unit=unit, term="long", started_on=date(2026, 6, 1), end_on=date(2027, 12, 31)
    )
    young = make_working_claim(
        place=huangmenjie, unit=unit, started_on=date(2026, 10, 2), end_on=date(2027, 12, 31)
    )
    make_working_claim(place=huangmenjie, unit=unit, status="suspended", started_on=date(2026, 1, 1))

    def said(day: date) -> dict[int, tuple]:
        return {
            reminder.about.pk: (reminder.key.split(":")[-1], reminder.to)
            for reminder in session_reminders(day)
        }

    assert said(date(2026, 11, 2)) == {
        claim.pk: ("2026-10", (liaison.user.pk,)), long.pk: ("2026-Q3", (liaison.user.pk,)),
    }  # fmt: skip
    make_session(claim=claim, held_on=date(2026, 10, 31), status="confirmed")
    make_session(claim=long, held_on=date(2026, 7, 1), status="voided")
    assert set(said(date(2026, 11, 2))) == {long.pk}
    make_session(claim=long, held_on=date(2026, 9, 30))
    assert not said(date(2026, 11, 2)).keys() & {claim.pk, long.pk}
    assert said(date(2026, 12, 1))[young.pk][0] == "2026-11"


def kinds(person) -> list[tuple]:
    items = [item for item in todo_items(person.actor, today()) if item.kind.startswith("session")]
    assert todo_count(person.actor, today()) >= len(items)
    return [(item.kind, item.due_on) for item in items]


def waits(person) -> list[str]:
    return [item.title for item in waiting_items(person.actor, today()) if item.kind == "session"]


def test_the_community_confirms_the_unit_corrects_and_each_sees_it(
    claim, liaison, community, subdistrict, stranger, yulin
):
    with at(MONDAY):
        session = make_session(claim=claim, person_times=86)
        assert kinds(community) == [("session-confirm", date(2026, 11, 19))]
        assert waits(liaison) == ["等社区核实：家电义修日 11月16日 86 人次"]
        assert kinds(subdistrict) == kinds(stranger) == kinds(liaison) == []
        Session.objects.filter(pk=session.pk).update(status="returned")
        assert (kinds(liaison), kinds(community)) == ([("session-resubmit", None)], [])
        assert waits(community) == ["等单位更正：家电义修日 11月16日 86 人次"]
        make_session(claim=claim, place=yulin, held_on=date(2026, 11, 13))
        assert kinds(subdistrict) == [("session-confirm", date(2026, 11, 19))]
