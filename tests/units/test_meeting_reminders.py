"""What is due about sessions, resolutions and proposals: the stages, each told once by its key."""

from datetime import date, timedelta

import pytest
import time_machine

from core.telling import due_words
from core.todo import todo_count, todo_items
from core.workdays import Calendar
from tests.cast import make_person
from tests.factories.meetings import (
    make_item,
    make_joint_meeting,
    make_meeting,
    make_proposal,
    make_resolution,
)
from units.models import Meeting
from units.reminders.meetings import cadence_words, meeting_words_due, proposal_words, resolution_words

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
CALENDAR = Calendar.fixed()


@pytest.fixture(autouse=True)
def on_monday():
    with time_machine.travel("2026-11-23T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def body(yulin, unit):
    return make_joint_meeting(yulin, unit)


def keys(words) -> list[str]:
    return [word.key for word in words]


class TestCadence:
    """A quarter of a subdistrict ends on 31 December; 15 workdays before is 10 December."""

    def test_from_fifteen_workdays_before_the_end_of_the_quarter(self, body):
        assert keys(cadence_words(date(2026, 12, 9), CALENDAR)) == []
        word = next(iter(cadence_words(date(2026, 12, 10), CALENDAR)))
        assert word.key == f"meeting-cadence:{body.pk}:any:2026-12-31"
        assert word.title == "本期尚未安排会议：玉林街道区域党建联席会"

    def test_not_once_a_session_is_arranged(self, body):
        meeting = make_meeting(body, status="notified", on=date(2026, 12, 30))
        assert keys(cadence_words(date(2026, 12, 15), CALENDAR)) == []
        Meeting.objects.filter(pk=meeting.pk).update(status="cancelled")
        assert len(keys(cadence_words(date(2026, 12, 15), CALENDAR))) == 1

    def test_a_district_owes_two_kinds_and_a_community_every_two_months(self, places, huangmenjie):
        district = make_joint_meeting(places["510107"])
        community = make_joint_meeting(huangmenjie)
        assert keys(cadence_words(date(2026, 12, 15), CALENDAR)) == [
            f"meeting-cadence:{district.pk}:plenary:2026-12-31",
            f"meeting-cadence:{district.pk}:liaisons:2026-12-31",
            f"meeting-cadence:{community.pk}:any:2026-12-31",
        ]
        assert keys(cadence_words(date(2026, 10, 28), CALENDAR)) == [
            f"meeting-cadence:{community.pk}:any:2026-10-31"
        ]


class TestResolutions:
    @pytest.fixture
    def resolution(self, body):
        return make_resolution(make_meeting(body, status="issued"), due_on=date(2026, 11, 30))

    def test_five_workdays_before_to_the_lead(self, resolution, unit):
        assert keys(resolution_words(date(2026, 11, 20), CALENDAR)) == []
        (word,) = resolution_words(MONDAY, CALENDAR)
        assert word.key == f"resolution-due:{resolution.pk}:2026-11-30:T-5"
        assert [audience.unit_ids for audience in word.to] == [(unit.pk,)]

    def test_from_the_workday_after_to_both_sides(self, resolution, unit):
        assert [word.kind for word in resolution_words(date(2026, 11, 30), CALENDAR)] == ["resolution-due"]
        (word,) = resolution_words(date(2026, 12, 1), CALENDAR)
        assert word.kind == "resolution-overdue"
        assert [(audience.unit_ids, audience.place_code) for audience in word.to] == [
            ((unit.pk,), ""),
            ((), "510107005"),
        ]

    def test_nothing_about_what_is_reported_done_or_still_a_draft(self, body):
        make_resolution(make_meeting(body, status="issued"), due_on=MONDAY, status="done")
        make_resolution(make_meeting(body, status="held"), due_on=MONDAY)
        assert keys(resolution_words(MONDAY, CALENDAR)) == []


def test_three_workdays_before_a_proposal_is_to_be_answered(yulin):
    proposal = make_proposal(yulin, author=None, status="assigned", reply_due_on=date(2026, 11, 26))
    assert keys(proposal_words(date(2026, 11, 20), CALENDAR)) == []
    assert keys(proposal_words(MONDAY, CALENDAR)) == [f"proposal-due:{proposal.pk}:2026-11-26:T-3"]


def test_the_same_day_gives_the_same_and_days_off_give_nothing(body):
    make_resolution(make_meeting(body, status="issued"), due_on=MONDAY)
    assert keys(meeting_words_due(MONDAY)) == keys(meeting_words_due(MONDAY)) != []
    assert keys(meeting_words_due(MONDAY - timedelta(days=1))) == []
    assert set(keys(meeting_words_due(MONDAY))) <= set(keys(due_words(MONDAY)))


def titles(person) -> list[str]:
    return [item.title.split("：")[0] for item in todo_items(person.actor, MONDAY) if item.kind.split("-")[0] in {
        "meeting", "resolution", "proposal"}]  # fmt: skip


def test_what_waits_for_whom(body, subdistrict, liaison, district, yulin):
    """The secretary drives the session, another signs, the lead works, the convener closes."""
    soliciting = make_meeting(body, status="soliciting", items_due_on=MONDAY)
    make_meeting(body, status="minutes_review", recorder=subdistrict.user)
    issued = make_meeting(body, status="archived")
    make_resolution(issued)
    make_resolution(issued, status="done")
    make_proposal(yulin, author=None)
    assert sorted(titles(subdistrict)) == ["代表提案待立案", "定议程、发通知", "确认销号"]
    assert sorted(titles(liaison)) == ["提议题", "议定事项"]
    assert titles(district) == []
    colleague = make_person("colleague", "subdistrict", place=yulin)
    assert "签发纪要" in titles(colleague)
    make_item(soliciting, unit=liaison.membership.unit)
    assert titles(liaison) == ["议定事项"]
    for person in (subdistrict, liaison, district, colleague):
        assert todo_count(person.actor, MONDAY) == len(todo_items(person.actor, MONDAY))
