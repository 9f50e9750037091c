"""Nobody claimed it: the subdistrict asks units, makes the project smaller, or lays it before the joint meeting."""

from datetime import date

import pytest
import time_machine

from core.errors import InputError, NotAllowed, RuleViolation
from notifications.models import Notification
from projects.actions import (
    accept_invitation,
    confirm_claim,
    decline_invitation,
    invite_unit,
    lapse_invitations,
    put_on_agenda,
    reshape_project,
    terminate_project,
)
from projects.models import ClaimInvitation, Project
from tests.counting import own_queries
from tests.factories.bodies import make_body
from tests.factories.meetings import make_meeting
from tests.factories.projects import make_claim, make_invitation, make_milestone, make_project
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
# The fifth and the tenth workday after that Monday.
ANSWER, EARLIEST = date(2026, 11, 30), date(2026, 12, 7)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def project(huangmenjie) -> Project:
    return make_project(
        place=huangmenjie, status="unclaimed", title="家电义修日", claim_due_on=date(2026, 11, 20),
        start_on=date(2026, 10, 1), end_on=date(2027, 6, 30),
    )  # fmt: skip


def invite(project, unit, subdistrict, **more) -> ClaimInvitation:
    return invite_unit(project=project, unit=unit, reason="就在附近。", actor=subdistrict.actor, **more)


def code_of(action, **arguments) -> str:
    with pytest.raises(RuleViolation) as refusal:
        action(**arguments)
    assert any("一" <= letter <= "鿿" for letter in str(refusal.value))
    return refusal.value.code


class TestInviting:
    def test_the_unit_agrees_and_the_subdistrict_confirms_in_one_step(
        self, project, unit, liaison, subdistrict
    ):
        invitation = invite(project, unit, subdistrict)
        assert invitation.due_on == ANSWER
        message = Notification.objects.get(recipient=liaison.user)
        assert (message.kind, message.due_on) == ("project_invited", ANSWER)
        assert "就在附近。" in message.body
        accepted = accept_invitation(invitation=invitation, headcount=4, actor=liaison.actor)
        claim = project.claims.get()
        assert (accepted.status, claim.status, claim.kind, claim.headcount, claim.contact) == (
            "accepted", "screened", "lead", 4, liaison.actor.name,
        )  # fmt: skip
        confirm_claim(claim=claim, actor=subdistrict.actor)
        project.refresh_from_db()
        assert project.status == "claimed"

    def test_it_may_decline_with_a_reason_and_be_asked_again(self, project, unit, liaison, subdistrict):
        invitation = invite(project, unit, subdistrict)
        assert (
            code_of(decline_invitation, invitation=invitation, note="", actor=liaison.actor)
            == "note_required"
        )
        decline_invitation(invitation=invitation, note="年底太忙", actor=liaison.actor)
        told = Notification.objects.get(recipient=subdistrict.user, kind="project_invitation_answered")
        assert told.title == "成都安和物业服务有限公司婉拒了认领：家电义修日"
        assert invite(project, unit, subdistrict).status == "invited"

    def test_unanswered_it_lapses_after_its_day_once(self, project, unit, liaison, subdistrict):
        invitation = invite(project, unit, subdistrict)
        assert lapse_invitations(today=ANSWER) == 0
        with time_machine.travel("2026-12-01T09:00:00+08:00", tick=False):
            assert code_of(accept_invitation, invitation=invitation, actor=liaison.actor) == "deadline_passed"
            assert [lapse_invitations(today=date(2026, 12, 1)) for _ in range(2)] == [1, 0]
        invitation.refresh_from_db()
        assert invitation.status == "lapsed"

    def test_who_may_be_asked(self, project, unit, yulin, subdistrict, community, huangmenjie):
        ask = {"project": project, "reason": "就在附近。", "actor": subdistrict.actor}
        invite(project, unit, subdistrict)
        assert code_of(invite_unit, unit=unit, **ask) == "asked_before"
        claimant = make_claim(project=project, unit=make_unit(place=yulin), status="screened").unit
        assert code_of(invite_unit, unit=claimant, **ask) == "claimed_before"
        closed = make_unit(place=yulin, status="deregistered")
        assert code_of(invite_unit, unit=closed, **ask) == "unit_not_operating"
        other = make_unit(place=yulin)
        assert code_of(invite_unit, unit=other, **{**ask, "reason": " "}) == "invalid"
        assert code_of(invite_unit, unit=other, due_on=MONDAY, **ask) == "invalid"
        with pytest.raises(NotAllowed):
            invite_unit(unit=other, **{**ask, "actor": community.actor})
        running = make_project(place=huangmenjie, status="running")
        assert code_of(invite_unit, unit=other, **{**ask, "project": running}) == "wrong_state"

    def test_a_project_that_found_a_unit_needs_no_other(
        self, project, unit, liaison, other_liaison, subdistrict
    ):
        invitation = invite(project, unit, subdistrict)
        Project.objects.update(status="claimed")
        assert code_of(accept_invitation, invitation=invitation, actor=liaison.actor) == "not_open"
        with pytest.raises(NotAllowed):
            accept_invitation(invitation=invitation, actor=other_liaison.actor)

    def test_whom_else_they_asked_is_nobodys_business(
        self, project, unit, other_unit, liaison, other_liaison, community, stranger
    ):
        make_invitation(project=project, unit=unit)
        make_invitation(project=project, unit=other_unit)
        seen = [
            ClaimInvitation.objects.visible_to(person.actor).count()
            for person in (liaison, other_liaison, community, stranger)
        ]
        assert seen == [1, 1, 2, 0]

    def test_nor_does_the_timeline_tell_it(self, project, unit, subdistrict, liaison, other_liaison):
        invite(project, unit, subdistrict)
        pages = [
            person.client.get(f"/projects/{project.pk}/").content.decode()
            for person in (subdistrict, liaison, other_liaison)
        ]
        assert [f"协商认领 · {unit}" in page for page in pages] == [True, True, False]

    def test_an_ended_project_asks_nobody(self, project, unit, subdistrict):
        invitation = invite(project, unit, subdistrict)
        terminate_project(project=project, note="不做了", actor=subdistrict.actor)
        invitation.refresh_from_db()
        assert invitation.status == "lapsed"


class TestReshaping:
    def test_shorter_and_split_it_is_open_again(self, project, subdistrict, liaison, places):
        changed = reshape_project(
            project=project, note="一家做不了", end_on=date(2027, 1, 31), claim_mode="parallel", lead_places=3,
            more_places=[places["510107005009"]], actor=subdistrict.actor,
        )  # fmt: skip
        assert (changed.status, changed.claim_due_on, changed.end_on, changed.lead_places) == (
            "open", EARLIEST, date(2027, 1, 31), 3,
        )  # fmt: skip
        assert Notification.objects.filter(recipient=liaison.user, kind="project_claimable_again").exists()

    def test_what_does_not_fit_is_refused_and_nothing_is_changed(
        self, project, subdistrict, community, jinyan
    ):
        make_milestone(project=project, title="全年小结", due_on=date(2027, 6, 1))
        change = {"project": project, "note": "改短", "actor": subdistrict.actor}
        for fields, field in (
            ({"end_on": date(2027, 3, 1)}, "milestones"),
            ({"end_on": date(2026, 9, 1)}, None),
            ({"lead_places": 3}, None),
            ({"more_places": [jinyan]}, "more_places"),
            ({"title": "换个名字"}, "title"),
            ({"claim_due_on": date(2026, 12, 4)}, "claim_due_on"),
        ):
            with pytest.raises(InputError) as refusal:
                reshape_project(**change, **fields)
            assert refusal.value.field == field, fields
        with pytest.raises(NotAllowed):
            reshape_project(**{**change, "actor": community.actor})
        project.refresh_from_db()
        assert (project.status, project.version) == ("unclaimed", 1)


class TestAgenda:
    def test_one_click_lays_it_before_the_next_session_of_the_nearest_meeting(
        self, project, yulin, places, subdistrict
    ):
        for place, title in ((places["510107"], "区联席会"), (yulin, "玉林联席会")):
            make_meeting(body=make_body(place=place, kind="joint_meeting", status="running"), title=title)
        item = put_on_agenda(project=project, actor=subdistrict.actor)
        assert (item.meeting.title, item.title, item.status) == (
            "玉林联席会",
            "协商认领项目：家电义修日",
            "adopted",
        )
        assert code_of(put_on_agenda, project=project, actor=subdistrict.actor) == "listed_before"

    def test_without_a_session_it_says_what_to_do(self, project, subdistrict):
        assert code_of(put_on_agenda, project=project, actor=subdistrict.actor) == "no_open_session"
        page = subdistrict.client.get(f"/projects/{project.pk}/rescue/").content.decode()
        assert "/meetings/new/" in page


class TestPages:
    def test_the_subdistrict_sees_five_units_with_reasons_and_asks_one(
        self, project, yulin, unit, subdistrict, liaison
    ):
        for _ in range(5):
            make_unit(place=yulin, is_member=True)
        page = subdistrict.client.get(f"/projects/{project.pk}/rescue/")
        assert len(page.context["suggestions"]) == 5
        suggestion, url, _ = page.context["suggestions"][0]
        assert suggestion.unit == unit
        assert "同在" in suggestion.text
        form = subdistrict.client.get(url).context["form"]
        assert (form["unit"].value(), form["reason"].value()) == (str(unit.pk), suggestion.text)
        body = {"unit": unit.pk, "reason": suggestion.text, "due_on": "2026-11-30"}
        answer = subdistrict.client.post(f"/projects/{project.pk}/invite/", body, follow=True)
        assert "已发出邀请" in answer.content.decode()
        invitation = ClaimInvitation.objects.get()
        mine = liaison.client.get(f"/projects/{project.pk}/").content.decode()
        assert f"/projects/invitations/{invitation.pk}/accept/" in mine
        answer = liaison.client.post(f"/projects/invitations/{invitation.pk}/accept/", follow=True)
        assert "已办理：同意认领" in answer.content.decode()
        assert project.claims.get().status == "screened"

    def test_it_is_reshaped_on_a_form(self, project, subdistrict):
        address = f"/projects/{project.pk}/reshape/"
        form = subdistrict.client.get(address)
        body = {
            "end_on": "2027-01-31", "claim_mode": "single", "lead_places": 1, "volunteers_needed": 2, "expected_person_times": 0,
            "claim_due_on": "2026-12-08", "note": "改短", "version": form.context["version"],
        }  # fmt: skip
        refused = subdistrict.client.post(address, {**body, "claim_due_on": "2026-12-01"})
        assert refused.status_code == 400
        assert "认领截止日要在2026年12月7日或以后" in refused.content.decode()
        assert subdistrict.client.post(address, body).status_code == 302
        project.refresh_from_db()
        assert (project.status, project.claim_due_on) == ("open", date(2026, 12, 8))

    def test_others_have_no_rescue(self, project, community, district, liaison, stranger):
        address = f"/projects/{project.pk}/rescue/"
        assert [person.client.get(address).status_code for person in (community, liaison, stranger, district)] == [
            403, 403, 403, 200,
        ]  # fmt: skip

    def test_the_list_costs_the_same_with_one_row_and_with_three(self, huangmenjie, yulin, subdistrict):
        def cost() -> int:
            project = make_project(place=huangmenjie, status="unclaimed")
            make_invitation(project=project, unit=make_unit(place=yulin))
            return own_queries(subdistrict.client, "/projects/rescue/")

        assert [cost(), cost(), cost()] == [3] * 3
