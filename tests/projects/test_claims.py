"""Claims: who may claim what, who decides, what becomes of the others, and who hears of it."""

import pytest

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.roles import Role
from notifications.models import Notification
from projects.actions import (
    confirm_claim,
    quit_claim,
    reject_claim,
    screen_claim,
    standby_claim,
    submit_claim,
    terminate_project,
    withdraw_claim,
)
from projects.models import Project, ProjectClaim
from tests.cast import make_person
from tests.factories.projects import make_claim, make_extension, make_project, yesterday
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db

Status = ProjectClaim.Status
Kind = ProjectClaim.Kind


def told(person) -> list[str]:
    """The kinds of messages a person found, oldest first."""
    return list(
        Notification.objects.filter(recipient=person.user).order_by("id").values_list("kind", flat=True)
    )


@pytest.fixture
def project(huangmenjie) -> Project:
    return make_project(place=huangmenjie, title="家电义修日")


@pytest.fixture
def rival(yulin):
    """The liaison of a second unit of the subdistrict."""
    unit = make_unit(place=yulin, name="成都玉林电器有限公司", is_member=True)
    return make_person("rival", Role.LIAISON, unit=unit, name="周某")


def submit(project, person, **more) -> ProjectClaim:
    return submit_claim(project=project, unit=person.membership.unit, actor=person.actor, **more)


def screened(project, person) -> ProjectClaim:
    return make_claim(project=project, unit=person.membership.unit, status=Status.SCREENED)


class TestSubmit:
    def test_a_liaison_claims_for_the_own_unit(self, project, liaison):
        claim = submit(project, liaison, plan=" 带四名师傅 ", headcount=4)
        assert (claim.status, claim.kind, claim.plan, claim.headcount) == (
            "submitted",
            "lead",
            "带四名师傅",
            4,
        )
        assert (claim.contact, claim.author, claim.place_code) == ("张某", liaison.user, project.place_code)

    def test_community_and_subdistrict_hear_of_it_the_liaison_does_not_hear_the_own_word(
        self, project, liaison, community, subdistrict, stranger
    ):
        submit(project, liaison)
        assert told(community) == told(subdistrict) == ["claim_submitted"]
        assert told(liaison) == told(stranger) == []

    def test_nobody_claims_for_another_unit(self, project, liaison, other_unit, community):
        for actor in (liaison.actor, community.actor):
            with pytest.raises(NotAllowed) as refusal:
                submit_claim(project=project, unit=other_unit, actor=actor)
            assert str(refusal.value) == "只能由单位的联络员为本单位认领。"

    def test_a_unit_claims_once(self, project, liaison):
        submit(project, liaison)
        with pytest.raises(RuleViolation) as refusal:
            submit(project, liaison)
        assert refusal.value.code == "claimed_before"
        assert str(refusal.value) == "贵单位已经申请过这个项目，现在是“已提交”。"

    def test_after_stepping_back_a_unit_may_claim_again(self, project, liaison):
        withdraw_claim(claim=submit(project, liaison), actor=liaison.actor)
        assert submit(project, liaison).status == "submitted"

    def test_the_last_day_is_in_time_the_day_after_is_late(self, project, liaison):
        Project.objects.update(claim_due_on=yesterday())
        with pytest.raises(RuleViolation) as refusal:
            submit(project, liaison)
        assert refusal.value.code == "deadline_passed"
        Project.objects.update(claim_due_on=today())
        assert submit(project, liaison).pk

    @pytest.mark.parametrize("status", ["draft", "review", "unclaimed", "terminated"])
    def test_only_open_projects_are_claimed(self, huangmenjie, liaison, status):
        with pytest.raises(RuleViolation) as refusal:
            submit(make_project(place=huangmenjie, status=status), liaison)
        assert refusal.value.code == "not_open"

    def test_a_taken_project_names_who_took_it(self, huangmenjie, liaison, rival):
        project = make_project(place=huangmenjie, status="claimed")
        make_claim(project=project, unit=rival.membership.unit, status="confirmed")
        with pytest.raises(RuleViolation) as refusal:
            submit(project, liaison)
        assert refusal.value.code == "already_claimed"
        assert "已经确认由成都玉林电器有限公司认领" in str(refusal.value)

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"operating_status": "moved_out"}, "unit_not_operating"),
            ({"merged_into_id": True}, "unit_merged"),
        ],
    )
    def test_a_unit_that_no_longer_counts_claims_nothing(self, project, liaison, other_unit, fields, code):
        if "merged_into_id" in fields:
            fields = {"merged_into": other_unit}
        type(other_unit).objects.filter(pk=liaison.actor.unit_id).update(**fields)
        with pytest.raises(RuleViolation) as refusal:
            submit(project, liaison)
        assert refusal.value.code == code

    @pytest.mark.parametrize(
        ("mode", "leads", "kinds"),
        [
            ("single", 1, {"lead", "standby"}),
            ("joint", 1, {"lead", "joint", "standby"}),
            ("parallel", 3, {"lead", "standby"}),
        ],
    )
    def test_the_kind_fits_the_mode(self, huangmenjie, liaison, mode, leads, kinds):
        def is_refused(kind: str) -> bool:
            project = make_project(place=huangmenjie, claim_mode=mode, lead_places=leads)
            try:
                submit(project, liaison, kind=kind)
            except RuleViolation as refusal:
                return refusal.code == "kind_not_open"
            return False

        assert {kind for kind in Kind.values if not is_refused(kind)} == kinds

    def test_a_joint_project_takes_partners_after_the_lead_is_confirmed(self, huangmenjie, liaison, rival):
        project = make_project(place=huangmenjie, claim_mode="joint", status="claimed")
        make_claim(project=project, unit=rival.membership.unit, status="confirmed")
        assert submit(project, liaison, kind="joint").kind == "joint"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"kind": "boss"}, "kind"),
            ({"headcount": 0}, "headcount"),
            ({"headcount": 10**9}, "headcount"),
            ({"plan": "长" * 1001}, "plan"),
            ({"contact": "长" * 41}, "contact"),
        ],
    )
    def test_wrong_input_is_refused_beside_its_field(self, project, liaison, fields, field):
        with pytest.raises(InputError) as refusal:
            submit(project, liaison, **fields)
        assert refusal.value.field == field


class TestDecide:
    def test_screened_then_confirmed_the_project_is_claimed_and_both_sides_hear(
        self, project, liaison, community, subdistrict, stranger
    ):
        claim = screen_claim(claim=submit(project, liaison), actor=community.actor)
        claim = confirm_claim(claim=claim, note="条件很好", actor=subdistrict.actor)
        project.refresh_from_db()
        assert (claim.status, claim.slot, claim.decided_at is not None) == ("confirmed", 1, True)
        assert project.status == "claimed"
        assert told(liaison) == ["claim_screened", "claim_confirmed"]
        assert told(community) == ["claim_submitted", "claim_confirmed"]
        assert told(subdistrict) == ["claim_submitted", "claim_screened"]
        assert told(stranger) == []

    def test_the_second_confirmation_loses_and_names_the_winner(self, project, liaison, rival, subdistrict):
        first, second = screened(project, liaison), screened(project, rival)
        confirm_claim(claim=first, actor=subdistrict.actor)
        with pytest.raises(RuleViolation) as refusal:
            confirm_claim(claim=second, actor=subdistrict.actor)
        assert refusal.value.code == "already_claimed"
        assert "成都安和物业服务有限公司" in str(refusal.value)
        second.refresh_from_db()
        assert (second.status, second.slot) == ("screened", None)
        assert told(rival) == ["project_taken"]

    def test_the_loser_may_stand_by(self, project, liaison, rival, subdistrict):
        first, second = screened(project, liaison), screened(project, rival)
        confirm_claim(claim=first, actor=subdistrict.actor)
        assert standby_claim(claim=second, actor=subdistrict.actor).status == "standby"
        assert told(rival) == ["project_taken", "claim_standby"]

    def test_who_stood_by_moves_up_when_the_winner_leaves(self, project, liaison, rival, subdistrict):
        winner = confirm_claim(claim=screened(project, liaison), actor=subdistrict.actor)
        reserve = make_claim(project=project, unit=rival.membership.unit, status="standby", kind="standby")
        quit_claim(claim=winner, note="人手不够，工具留给接手单位", actor=liaison.actor)
        project.refresh_from_db()
        assert project.status == "open"
        assert told(rival) == ["project_standby_offered"]
        assert (
            "候补单位：成都玉林电器有限公司"
            in Notification.objects.get(recipient=subdistrict.user, kind="project_reopened").body
        )
        reserve = confirm_claim(claim=reserve, actor=subdistrict.actor)
        project.refresh_from_db()
        assert (reserve.status, reserve.kind, reserve.slot, project.status) == (
            "confirmed",
            "lead",
            1,
            "claimed",
        )

    def test_leaving_after_the_deadline_leaves_the_project_unclaimed(self, project, liaison, subdistrict):
        winner = confirm_claim(claim=screened(project, liaison), actor=subdistrict.actor)
        Project.objects.update(claim_due_on=yesterday())
        quit_claim(claim=winner, note="搬迁", actor=liaison.actor)
        project.refresh_from_db()
        assert project.status == "unclaimed"

    def test_parallel_places_fill_one_by_one(self, huangmenjie, liaison, rival, subdistrict):
        project = make_project(place=huangmenjie, claim_mode="parallel", lead_places=2)
        first, second = screened(project, liaison), screened(project, rival)
        assert confirm_claim(claim=first, actor=subdistrict.actor).slot == 1
        project.refresh_from_db()
        assert project.status == "open"
        assert confirm_claim(claim=second, actor=subdistrict.actor).slot == 2
        project.refresh_from_db()
        assert project.status == "claimed"

    def test_a_freed_place_is_taken_again(self, huangmenjie, liaison, rival, subdistrict):
        project = make_project(place=huangmenjie, claim_mode="parallel", lead_places=2)
        first = confirm_claim(claim=screened(project, liaison), actor=subdistrict.actor)
        confirm_claim(claim=screened(project, rival), actor=subdistrict.actor)
        quit_claim(claim=first, note="搬迁", actor=liaison.actor)
        assert confirm_claim(claim=screened(project, liaison), actor=subdistrict.actor).slot == 1

    def test_a_partner_needs_no_place(self, huangmenjie, liaison, rival, subdistrict):
        project = make_project(place=huangmenjie, claim_mode="joint")
        confirm_claim(claim=screened(project, liaison), actor=subdistrict.actor)
        partner = make_claim(project=project, unit=rival.membership.unit, status="screened", kind="joint")
        partner = confirm_claim(claim=partner, actor=subdistrict.actor)
        assert (partner.status, partner.kind, partner.slot) == ("confirmed", "joint", None)

    def test_a_claim_made_in_time_may_be_confirmed_after_the_deadline(
        self, huangmenjie, liaison, subdistrict
    ):
        project = make_project(place=huangmenjie, status="unclaimed", claim_due_on=yesterday())
        confirm_claim(claim=screened(project, liaison), actor=subdistrict.actor)
        project.refresh_from_db()
        assert project.status == "claimed"

    def test_a_rejection_needs_a_reason_and_reaches_the_unit(self, project, liaison, community):
        claim = submit(project, liaison)
        with pytest.raises(RuleViolation) as refusal:
            reject_claim(claim=claim, note=" ", actor=community.actor)
        assert (refusal.value.field, refusal.value.code) == ("note", "note_required")
        reject_claim(claim=claim, note="需要持证电工", actor=community.actor)
        assert Notification.objects.get(recipient=liaison.user, kind="claim_rejected").body.endswith(
            "说明：需要持证电工"
        )

    def test_the_same_claim_is_confirmed_once(self, project, liaison, subdistrict):
        claim = screened(project, liaison)
        confirm_claim(claim=claim, actor=subdistrict.actor)
        with pytest.raises(RuleViolation) as refusal:
            confirm_claim(claim=claim, actor=subdistrict.actor)
        assert refusal.value.code == "wrong_state"

    def test_terminating_a_project_closes_its_claims_with_the_reason(self, project, liaison, community):
        claim = submit(project, liaison)
        terminate_project(project=project, note="场地拆迁", actor=community.actor)
        claim.refresh_from_db()
        assert claim.status == "rejected"
        assert HistoryEntry.objects.filter(move="close").get().note == "项目已撤销：场地拆迁"
        assert told(liaison) == ["claim_rejected"]

    def test_ending_a_project_somebody_carries_out_ends_its_claims_too(
        self, huangmenjie, liaison, subdistrict
    ):
        project = make_project(place=huangmenjie, claim_mode="parallel", lead_places=2)
        claim = confirm_claim(claim=screened(project, liaison), actor=subdistrict.actor)
        terminate_project(project=project, note="场地拆迁", actor=subdistrict.actor)
        claim.refresh_from_db()
        assert (claim.status, claim.slot) == ("quit", None)
        assert HistoryEntry.objects.get(move="end").note == "项目已撤销：场地拆迁"
        assert told(liaison)[-1] == "claim_ended"

    @pytest.mark.parametrize("status", ["to_accept", "done", "terminated", "archived"])
    def test_nobody_joins_or_leaves_work_that_is_handed_in_or_over(
        self, status, huangmenjie, yulin, liaison, subdistrict
    ):
        project = make_project(place=huangmenjie, status=status, claim_mode="parallel", lead_places=3)
        late = make_claim(project=project, unit=make_unit(place=yulin), status="standby")
        with pytest.raises(RuleViolation) as refusal:
            confirm_claim(claim=late, actor=subdistrict.actor)
        assert refusal.value.code == "not_open"
        lead = make_claim(project=project, unit=liaison.membership.unit, status="confirmed")
        with pytest.raises(RuleViolation) as refusal:
            quit_claim(claim=lead, note="搬迁", actor=liaison.actor)
        assert refusal.value.code == "too_late_to_quit"

    def test_a_running_project_that_loses_its_lead_goes_back_and_the_standby_takes_over(
        self, huangmenjie, yulin, liaison, subdistrict
    ):
        """One click hands over: domain.md §2(e), 退出要有原因和交接."""
        project = make_project(place=huangmenjie, status="running", claim_due_on=yesterday())
        lead = make_claim(project=project, unit=liaison.membership.unit, status="confirmed")
        reserve = make_claim(project=project, unit=make_unit(place=yulin, name="玉林电器"), status="standby")
        make_extension(project=project, unit=liaison.membership.unit)
        quit_claim(claim=lead, note="搬迁，资料交社区", actor=liaison.actor)
        project.refresh_from_db()
        assert (project.status, project.extensions.get().status) == ("unclaimed", "withdrawn")
        assert Notification.objects.get(kind="project_reopened").body.endswith(
            "候补单位：玉林电器，可以直接确认。"
        )
        assert [row.name for row in reserve.available_moves(subdistrict.actor)] == ["confirm", "reject"]
        confirm_claim(claim=reserve, actor=subdistrict.actor)
        project.refresh_from_db()
        assert (project.status, project.stands_lead(liaison.actor)) == ("claimed", False)


def test_staff_of_a_subdistrict_project_screen_it_themselves(yulin, liaison, community, subdistrict):
    project = make_project(place=yulin)
    claim = make_claim(project=project, unit=liaison.membership.unit)
    with pytest.raises(NotAllowed):
        screen_claim(claim=claim, actor=community.actor)
    assert screen_claim(claim=claim, actor=subdistrict.actor).status == "screened"


def test_moves_of_another_unit_are_refused(project, liaison, other_liaison):
    claim = submit(project, liaison)
    with pytest.raises(NotAllowed):
        withdraw_claim(claim=claim, actor=other_liaison.actor)
