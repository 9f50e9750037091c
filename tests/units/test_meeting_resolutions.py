"""Resolutions from the minutes to 销号, and representatives' proposals, as the cast handles them."""

from datetime import date, timedelta

import pytest
import time_machine

from core.errors import InputError, NotAllowed, RuleViolation
from core.models import IssuedDocument
from core.roles import Role
from tests.cast import make_person
from tests.factories.bodies import make_representative
from tests.factories.meetings import make_joint_meeting, make_meeting, make_proposal, make_resolution
from tests.factories.units import make_unit
from units.actions.proposals import assign_proposal, rate_proposal, reply_proposal, submit_proposal
from units.actions.resolutions import (
    add_resolution,
    ask_extension,
    change_resolution,
    close_resolution,
    grant_extension,
    issue_task_sheet,
    refuse_extension,
    report_done,
    report_progress,
    send_back,
)
from units.models import Resolution

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
LATER = MONDAY + timedelta(days=30)


@pytest.fixture(autouse=True)
def on_monday():
    with time_machine.travel("2026-11-23T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def body(yulin, unit):
    return make_joint_meeting(yulin, unit)


@pytest.fixture
def resolution(body):
    return make_resolution(make_meeting(body, status="issued"), due_on=LATER)


def refusal(call, **arguments) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(**arguments)
    return caught.value.code


class TestDeciding:
    def test_a_resolution_has_one_lead_and_a_number(self, body, unit, yulin, subdistrict):
        meeting = make_meeting(body, status="held")
        made = add_resolution(
            meeting=meeting, text="开放泊位", due_on=LATER, lead_unit=unit, actor=subdistrict.actor
        )
        assert made.number == f"YD-510107005-2026-{meeting.number:02}-01"
        for leads in ({}, {"lead_unit": unit, "lead_place": yulin}):
            assert (
                refusal(
                    add_resolution, meeting=meeting, text="甲", due_on=LATER, actor=subdistrict.actor, **leads
                )
                == "one_lead"
            )

    def test_units_outside_the_joint_meeting_do_not_lead(self, body, other_unit, subdistrict):
        meeting = make_meeting(body, status="held")
        code = refusal(
            add_resolution,
            meeting=meeting,
            text="甲",
            due_on=LATER,
            lead_unit=other_unit,
            actor=subdistrict.actor,
        )
        assert code == "not_a_member"

    def test_a_place_elsewhere_and_the_district_itself_do_not_lead(
        self, body, jinyan, places, subdistrict, district
    ):
        meeting = make_meeting(body, status="held")
        code = refusal(
            add_resolution,
            meeting=meeting,
            text="甲",
            due_on=LATER,
            lead_place=jinyan,
            actor=subdistrict.actor,
        )
        assert code == "elsewhere"
        top = make_meeting(make_joint_meeting(places["510107"]), status="held")
        code = refusal(
            add_resolution,
            meeting=top,
            text="甲",
            due_on=LATER,
            lead_place=places["510107"],
            actor=district.actor,
        )
        assert code == "closes_own"

    def test_the_day_lies_after_the_session(self, body, unit, subdistrict):
        meeting = make_meeting(body, status="held")
        with pytest.raises(InputError):
            add_resolution(
                meeting=meeting, text="甲", due_on=meeting.held_on, lead_unit=unit, actor=subdistrict.actor
            )

    def test_once_issued_it_is_no_longer_changed(self, resolution, body, unit, subdistrict):
        assert (
            refusal(change_resolution, resolution=resolution, text="乙", actor=subdistrict.actor)
            == "wrong_state"
        )
        draft = make_resolution(make_meeting(body, status="held"), due_on=LATER)
        assert change_resolution(resolution=draft, text="乙", actor=subdistrict.actor).text == "乙"

    def test_a_draft_is_nobodys_task_yet(self, body, liaison):
        draft = make_resolution(make_meeting(body, status="minutes_review"))
        assert not Resolution.objects.visible_to(liaison.actor).exists()
        assert refusal(report_done, resolution=draft, note="完成", actor=liaison.actor) == "not_in_force"


class TestDoing:
    def test_reported_by_the_lead_closed_by_the_convener(self, resolution, liaison, subdistrict):
        report_progress(resolution=resolution, progress=60, note="已开放一半", actor=liaison.actor)
        done = report_done(resolution=resolution, note="30 个泊位已开放", actor=liaison.actor)
        assert (done.done_on, done.progress) == (MONDAY, 100)
        closed = close_resolution(resolution=done, actor=subdistrict.actor)
        assert (closed.status, closed.closed_on) == ("closed", MONDAY)

    def test_the_lead_unit_never_closes_its_own(self, resolution, liaison):
        done = report_done(resolution=resolution, note="完成", actor=liaison.actor)
        assert refusal(close_resolution, resolution=done, actor=liaison.actor) == "own_task"

    def test_the_lead_place_never_closes_its_own(self, body, yulin, subdistrict, district):
        own = make_resolution(make_meeting(body, status="issued"), lead_place=yulin, status="done")
        assert refusal(close_resolution, resolution=own, actor=subdistrict.actor) == "own_task"
        assert close_resolution(resolution=own, actor=district.actor).status == "closed"

    def test_nothing_is_reported_done_without_words(self, resolution, liaison):
        assert refusal(report_done, resolution=resolution, note=" ", actor=liaison.actor) == "note_required"

    def test_what_is_not_done_goes_back(self, resolution, liaison, subdistrict):
        done = report_done(resolution=resolution, note="完成", actor=liaison.actor)
        back = send_back(resolution=done, note="还差夜间值守", actor=subdistrict.actor)
        assert (back.status, back.done_on) == ("open", None)

    def test_extended_twice_and_no_more(self, resolution, liaison, subdistrict):
        for days in (40, 50):
            asked = ask_extension(
                resolution=resolution,
                wanted_due_on=MONDAY + timedelta(days=days),
                note="等设备",
                actor=liaison.actor,
            )
            resolution = grant_extension(resolution=asked, actor=subdistrict.actor)
        assert (resolution.due_on, resolution.extensions) == (MONDAY + timedelta(days=50), 2)
        code = refusal(
            ask_extension,
            resolution=resolution,
            wanted_due_on=MONDAY + timedelta(days=60),
            note="等",
            actor=liaison.actor,
        )
        assert code == "no_more_extensions"

    def test_a_refused_extension_keeps_the_day_and_the_count(self, resolution, liaison, subdistrict):
        asked = ask_extension(
            resolution=resolution, wanted_due_on=LATER + timedelta(days=9), note="等", actor=liaison.actor
        )
        kept = refuse_extension(resolution=asked, note="按期办结", actor=subdistrict.actor)
        assert (kept.due_on, kept.extensions, kept.status) == (LATER, 0, "open")

    def test_an_earlier_day_is_no_extension(self, resolution, liaison):
        with pytest.raises(InputError):
            ask_extension(resolution=resolution, wanted_due_on=LATER, note="等", actor=liaison.actor)

    def test_progress_is_the_leads_to_say(self, resolution, subdistrict, liaison):
        with pytest.raises(NotAllowed):
            report_progress(resolution=resolution, progress=10, actor=subdistrict.actor)
        with pytest.raises(InputError):
            report_progress(resolution=resolution, progress=101, actor=liaison.actor)

    def test_the_task_sheet_is_a_paper_with_a_code(self, resolution, subdistrict, liaison):
        with pytest.raises(NotAllowed):
            issue_task_sheet(resolution=resolution, actor=liaison.actor)
        issue_task_sheet(resolution=resolution, actor=subdistrict.actor)
        assert IssuedDocument.objects.get().kind == "task_sheet"


class TestProposals:
    @pytest.fixture
    def proposer(self, huangmenjie):
        person = make_person("proposer", Role.REPRESENTATIVE, place=huangmenjie, name="周某")
        make_representative(make_joint_meeting(huangmenjie, kind="assembly"), user=person.user)
        return person

    def test_a_representative_proposes_upwards_only(self, proposer, yulin, jinyan):
        assembly = make_joint_meeting(yulin, kind="assembly")
        made = submit_proposal(
            body=assembly, title="加装扶手", text="三号院楼梯没有扶手。", actor=proposer.actor
        )
        assert (made.status, made.author) == ("submitted", proposer.user)
        with pytest.raises(NotAllowed):
            submit_proposal(
                body=make_joint_meeting(jinyan, kind="assembly"), title="甲", text="乙", actor=proposer.actor
            )

    def test_nobody_else_proposes_and_a_joint_meeting_takes_none(self, proposer, yulin, liaison, subdistrict):
        for person in (liaison, subdistrict):
            with pytest.raises(NotAllowed):
                submit_proposal(
                    body=make_joint_meeting(yulin, kind="assembly"), title="甲", text="乙", actor=person.actor
                )
        code = refusal(
            submit_proposal, body=make_joint_meeting(yulin), title="甲", text="乙", actor=proposer.actor
        )
        assert code == "not_an_assembly"

    def test_answered_within_thirty_workdays_and_rated_by_its_author(
        self, proposer, yulin, huangmenjie, subdistrict, community
    ):
        proposal = make_proposal(yulin, author=proposer.user, status="filed")
        assigned = assign_proposal(proposal=proposal, handler=huangmenjie, actor=subdistrict.actor)
        assert assigned.reply_due_on == date(2027, 1, 4)
        replied = reply_proposal(proposal=assigned, note="下月安装", actor=community.actor)
        assert replied.reply == "下月安装"
        assert rate_proposal(proposal=replied, rating="satisfied", actor=proposer.actor).status == "closed"

    def test_it_is_assigned_only_within_the_assemblys_place(self, proposer, yulin, jinyan, subdistrict):
        proposal = make_proposal(yulin, author=proposer.user, status="filed")
        assert (
            refusal(assign_proposal, proposal=proposal, handler=jinyan, actor=subdistrict.actor)
            == "elsewhere"
        )


def test_who_sees_a_resolution(resolution, body, subdistrict, liaison, other_liaison, stranger, huangmenjie):
    helper = make_person("helper", Role.LIAISON, unit=make_unit(place=huangmenjie))
    people = (subdistrict, liaison, other_liaison, stranger, helper)

    def seen():
        return [Resolution.objects.visible_to(person.actor).exists() for person in people]

    assert seen() == [True, True, False, False, False]
    resolution.co_units.add(helper.membership.unit)
    assert seen() == [True, True, False, False, True]
