"""Sessions as the cast holds them: convene, items, notice, attendance, minutes, signing off."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from core.errors import InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry, IssuedDocument
from core.telling import _tellers, register_teller
from tests.cast import make_person
from tests.factories.meetings import (
    make_item,
    make_joint_meeting,
    make_meeting,
    make_resolution,
    moment,
    sign_in,
)
from tests.factories.units import make_unit
from units.actions.meetings import (
    Arrival,
    adopt_item,
    cancel_meeting,
    change_meeting,
    decline_item,
    deliberate_item,
    draft_minutes,
    hold_meeting,
    issue_minutes,
    notify_meeting,
    postpone_item,
    prepare_meeting,
    propose_item,
    record_attendance,
    return_minutes,
    solicit_items,
    take_up_item,
)
from units.models import Attendance, Meeting
from units.queries.agenda import carried_over, postponed_items, turnout_of

pytestmark = pytest.mark.django_db

MONDAY, THURSDAY = date(2026, 11, 23), date(2026, 11, 26)


@pytest.fixture(autouse=True)
def on_monday():
    with time_machine.travel("2026-11-23T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def body(yulin, unit, huangmenjie):
    """玉林街道's joint meeting with the liaison's unit and another one."""
    return make_joint_meeting(yulin, unit, make_unit(place=huangmenjie, name="蜀都律师事务所"))


@pytest.fixture
def told():
    """What was said, as (kind, title)."""
    before, said = list(_tellers), []

    def teller(words):
        said.extend(words)
        return len(said)

    register_teller(teller)
    yield said
    _tellers[:] = before


def refusal(call, **arguments) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(**arguments)
    return caught.value.code


class TestConvening:
    def test_numbers_of_a_year_have_no_gaps_even_when_one_is_called_off(self, body, subdistrict):
        first = prepare_meeting(body=body, actor=subdistrict.actor)
        cancel_meeting(meeting=first, note="并入下月", actor=subdistrict.actor)
        second = prepare_meeting(body=body, actor=subdistrict.actor)
        assert [first.number, second.number] == [1, 2]
        assert second.title == "玉林街道区域党建联席会2026年第2次全体会议"

    def test_only_the_conveners_of_the_place_convene(self, body, community, liaison, stranger):
        for person in (community, liaison, stranger):
            with pytest.raises(NotAllowed):
                prepare_meeting(body=body, actor=person.actor)

    def test_an_office_does_not_sit(self, yulin, subdistrict):
        office = make_joint_meeting(yulin, kind="office")
        assert refusal(prepare_meeting, body=office, actor=subdistrict.actor) == "does_not_sit"

    def test_a_dissolved_joint_meeting_does_not_meet(self, yulin, subdistrict):
        dissolved = make_joint_meeting(yulin, status="dissolved")
        assert refusal(prepare_meeting, body=dissolved, actor=subdistrict.actor) == "not_running"

    def test_a_time_in_the_past_is_refused_beside_its_field(self, body, subdistrict):
        with pytest.raises(InputError) as caught:
            prepare_meeting(body=body, held_at=moment(MONDAY - timedelta(days=1)), actor=subdistrict.actor)
        assert caught.value.field == "held_at"


class TestItems:
    def test_members_propose_while_items_are_asked_for(self, body, subdistrict, liaison, told):
        meeting = solicit_items(meeting=make_meeting(body), actor=subdistrict.actor)
        assert meeting.items_due_on == date(2026, 11, 30)
        item = propose_item(meeting=meeting, title="停车共享", actor=liaison.actor)
        assert (item.status, item.unit) == ("proposed", liaison.membership.unit)
        assert [word.kind for word in told] == ["meeting-soliciting", "meeting-item-proposed"]

    def test_after_the_last_day_they_do_not(self, body, liaison):
        meeting = make_meeting(body, status="soliciting", items_due_on=MONDAY - timedelta(days=1))
        assert refusal(propose_item, meeting=meeting, title="停车", actor=liaison.actor) == "not_soliciting"

    def test_other_units_do_not_propose(self, body, other_liaison):
        with pytest.raises(NotAllowed):
            propose_item(
                meeting=make_meeting(body, status="soliciting"), title="停车", actor=other_liaison.actor
            )

    def test_what_the_convener_puts_on_is_adopted_at_once(self, body, subdistrict):
        item = propose_item(meeting=make_meeting(body), title="通报进展", actor=subdistrict.actor)
        assert item.status == "adopted"

    def test_the_secretary_adopts_postpones_and_declines_with_a_reason(self, body, subdistrict, unit, told):
        meeting = make_meeting(body, status="soliciting")
        items = [
            make_item(meeting, status="proposed", unit=unit, title=title) for title in ("甲", "乙", "丙")
        ]
        adopt_item(item=items[0], actor=subdistrict.actor)
        late = postpone_item(item=items[1], note="等方案", actor=subdistrict.actor)
        decline_item(item=items[2], note="属于物业", actor=subdistrict.actor)
        assert [item.status for item in meeting.items.order_by("pk")] == ["adopted", "postponed", "declined"]
        assert late.outcome == "等方案"
        assert len(told) == 3
        assert refusal(postpone_item, item=items[0], note="", actor=subdistrict.actor) in {
            "note_required",
            "wrong_state",
        }

    def test_a_postponed_item_is_offered_to_the_next_session_and_taken_up_once(self, body, subdistrict):
        old = make_meeting(body, status="issued")
        item = make_item(old, status="postponed", title="停车共享", outcome="等方案")
        meeting = make_meeting(body)
        assert list(postponed_items(meeting)) == [item]
        taken = take_up_item(item=item, meeting=meeting, actor=subdistrict.actor)
        assert (taken.meeting, taken.status) == (meeting, "adopted")
        assert not postponed_items(meeting).exists()

    def test_the_agenda_is_closed_once_members_are_notified(self, body, subdistrict):
        meeting = make_meeting(body, status="notified")
        item = make_item(meeting, status="proposed")
        assert refusal(adopt_item, item=item, actor=subdistrict.actor) == "wrong_state"
        assert refusal(propose_item, meeting=meeting, title="停车", actor=subdistrict.actor) == "wrong_state"


class TestNotice:
    def test_three_workdays_before_is_in_time_and_two_are_not(self, body, subdistrict):
        early = make_meeting(body, status="soliciting", on=THURSDAY)
        make_item(early)
        late = make_meeting(body, status="soliciting", on=THURSDAY - timedelta(days=1))
        make_item(late)
        assert notify_meeting(meeting=early, actor=subdistrict.actor).status == "notified"
        assert refusal(notify_meeting, meeting=late, actor=subdistrict.actor) == "notice_too_short"

    def test_a_notice_needs_an_agenda_and_every_item_decided(self, body, subdistrict):
        meeting = make_meeting(body, status="soliciting")
        assert refusal(notify_meeting, meeting=meeting, actor=subdistrict.actor) == "no_agenda"
        make_item(meeting, status="proposed")
        assert refusal(notify_meeting, meeting=meeting, actor=subdistrict.actor) == "items_undecided"

    def test_a_notice_needs_time_and_place(self, body, subdistrict):
        meeting = make_meeting(body, status="soliciting")
        make_item(meeting)
        Meeting.objects.update(venue="")
        assert refusal(notify_meeting, meeting=meeting, actor=subdistrict.actor) == "no_time_or_place"

    def test_every_members_liaison_is_told_and_the_paper_is_issued(self, body, subdistrict, told):
        meeting = make_meeting(body, status="soliciting")
        make_item(meeting)
        notify_meeting(meeting=meeting, actor=subdistrict.actor)
        asked = {unit for word in told for audience in word.to for unit in audience.unit_ids}
        assert asked == set(body.members.values_list("unit_id", flat=True))
        assert all("领导成员" in word.body for word in told)
        paper = IssuedDocument.objects.get()
        assert (paper.kind, paper.number, paper.about) == ("notice", "玉林党联〔2026〕1号", meeting)

    def test_a_change_of_place_after_the_notice_is_told_again(self, body, subdistrict, told):
        meeting = make_meeting(body, status="notified")
        change_meeting(meeting=meeting, venue="社区礼堂", actor=subdistrict.actor)
        assert {word.kind for word in told} == {"meeting-changed"}


class TestAttendance:
    def arrivals(self, body, *ways) -> dict:
        return {member.pk: way for member, way in zip(body.members.order_by("pk"), ways, strict=True)}

    def test_heads_and_substitutes_are_counted_apart(self, body, subdistrict):
        meeting = make_meeting(body, status="notified", on=MONDAY)
        ways = (Arrival("present", is_head=True), Arrival("substitute", substitute="刘某"))
        record_attendance(meeting=meeting, arrivals=self.arrivals(body, *ways), actor=subdistrict.actor)
        turnout = turnout_of(meeting.attendances.all())
        assert (turnout.expected, turnout.came, turnout.substitutes, turnout.heads) == (2, 2, 1, 1)
        assert "应到 2，实到 2（其中委托 1）" in HistoryEntry.objects.first().note

    def test_a_substitute_has_a_name_and_a_head_comes_in_person(self, body, subdistrict):
        meeting = make_meeting(body, status="notified")
        present = Arrival("present")
        for way, code in (
            (Arrival("substitute"), "substitute_required"),
            (Arrival("leave", is_head=True), "head_not_present"),
        ):
            arrivals = self.arrivals(body, way, present)
            assert (
                refusal(record_attendance, meeting=meeting, arrivals=arrivals, actor=subdistrict.actor)
                == code
            )
        member = body.members.first()
        with pytest.raises(IntegrityError), transaction.atomic():
            Attendance.objects.create(meeting=meeting, member=member, presence="substitute")

    def test_held_only_on_its_day_and_when_every_unit_is_accounted_for(self, body, subdistrict):
        meeting = make_meeting(body, status="notified")
        assert refusal(hold_meeting, meeting=meeting, actor=subdistrict.actor) == "not_yet"
        Meeting.objects.update(held_at=moment(MONDAY))
        assert refusal(hold_meeting, meeting=meeting, actor=subdistrict.actor) == "attendance_missing"
        sign_in(meeting, "absent")
        assert refusal(hold_meeting, meeting=meeting, actor=subdistrict.actor) == "nobody_came"
        meeting.attendances.update(presence="present")
        assert hold_meeting(meeting=meeting, actor=subdistrict.actor).status == "held"


class TestMinutes:
    @pytest.fixture
    def drafted(self, body, subdistrict):
        meeting = make_meeting(body, status="held")
        sign_in(meeting)
        make_item(meeting)
        make_resolution(meeting)
        return draft_minutes(meeting=meeting, minutes="会议决定开放停车场。", actor=subdistrict.actor)

    def test_minutes_are_not_signed_off_by_their_recorder(self, drafted, subdistrict, told):
        assert drafted.recorder == subdistrict.user
        assert refusal(issue_minutes, meeting=drafted, actor=subdistrict.actor) == "own_minutes"
        with pytest.raises(IntegrityError), transaction.atomic():
            Meeting.objects.filter(pk=drafted.pk).update(status="issued", signed_by=subdistrict.user)

    def test_another_signs_and_leads_and_members_hear_it(self, drafted, district, told):
        issued = issue_minutes(meeting=drafted, actor=district.actor)
        assert (issued.status, issued.signed_by, issued.issued_on) == ("issued", district.user, MONDAY)
        assert [word.kind for word in told] == ["meeting-issued", "resolution-assigned"]
        assert IssuedDocument.objects.get().kind == "minutes"
        assert issued.items.get().status == "deliberated"

    def test_minutes_need_a_resolution_or_the_word_none(self, body, subdistrict, district):
        meeting = make_meeting(body, status="held")
        sign_in(meeting)
        drafted = draft_minutes(meeting=meeting, minutes="听取了情况通报。", actor=subdistrict.actor)
        assert refusal(issue_minutes, meeting=drafted, actor=district.actor) == "no_resolution"
        back = return_minutes(meeting=drafted, note="写明有没有议定事项", actor=district.actor)
        again = draft_minutes(
            meeting=back, minutes="听取了情况通报。", no_resolutions=True, actor=subdistrict.actor
        )
        assert again.minutes.endswith("议定事项：无")
        assert issue_minutes(meeting=again, actor=district.actor).status == "issued"

    def test_minutes_need_attendance(self, body, subdistrict, district):
        meeting = make_meeting(body, status="held")
        make_resolution(meeting)
        drafted = draft_minutes(meeting=meeting, minutes="会议决定。", actor=subdistrict.actor)
        assert refusal(issue_minutes, meeting=drafted, actor=district.actor) == "no_attendance"

    def test_what_was_thought_of_an_item_is_kept(self, body, subdistrict):
        item = make_item(make_meeting(body, status="held"))
        assert deliberate_item(item=item, note="同意试行", actor=subdistrict.actor).outcome == "同意试行"

    def test_a_session_known_to_members_is_called_off_with_word_to_them(self, body, subdistrict, told):
        cancel_meeting(meeting=make_meeting(body), note="推迟", actor=subdistrict.actor)
        assert told == []
        cancel_meeting(meeting=make_meeting(body, status="notified"), note="推迟", actor=subdistrict.actor)
        assert {word.kind for word in told} == {"meeting-cancelled"}


def test_unclosed_resolutions_stand_first_until_closed(body):
    """Open and reported ones come again at every session; one closed after the day of a session was still on it."""
    earlier = make_meeting(body, status="issued", on=MONDAY - timedelta(days=60))
    open_one = make_resolution(earlier, due_on=MONDAY)
    closed = make_resolution(earlier, status="closed", closed_on=MONDAY - timedelta(days=10))
    make_resolution(earlier, status="terminated")
    draft = make_meeting(body, status="held", on=MONDAY - timedelta(days=30))
    make_resolution(draft)
    last = make_meeting(body, status="archived", on=MONDAY - timedelta(days=10))
    coming = make_meeting(body)
    assert list(carried_over(coming)) == [open_one]
    assert set(carried_over(last)) == {open_one, closed}


def test_who_sees_a_session(body, subdistrict, community, liaison, other_liaison, stranger, district):
    meeting = make_meeting(body, status="notified")
    people = (subdistrict, community, liaison, other_liaison, stranger, district)
    seen = {
        person.user.username: Meeting.objects.visible_to(person.actor).filter(pk=meeting.pk).exists()
        for person in people
    }
    assert seen == {
        "subdistrict": True, "community": True, "liaison": True, "other_liaison": False, "stranger": False, "district": True,
    }  # fmt: skip
    Meeting.objects.update(status="preparing")
    assert not Meeting.objects.visible_to(liaison.actor).exists()


def test_a_former_member_proposes_nothing(body, unit, liaison):
    body.members.filter(unit=unit).update(to_on=MONDAY)
    with pytest.raises(NotAllowed):
        propose_item(meeting=make_meeting(body, status="soliciting"), title="停车", actor=liaison.actor)


def test_read_only_people_convene_nothing(body, yulin):
    from dataclasses import replace

    reader = replace(make_person("reader", "subdistrict", place=yulin).actor, is_read_only=True)
    with pytest.raises(NotAllowed):
        prepare_meeting(body=body, actor=reader)
