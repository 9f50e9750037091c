"""Acceptance: handed in with a sheet the portal fills in, found good, put right, or failed; nobody accepts the own work."""

from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.models import Membership
from accounts.queries import actor_of
from core.errors import NotAllowed, RuleViolation
from core.models import IssuedDocument
from core.roles import Role
from notifications.models import Notification
from projects.actions import accept_project, fail_project, hand_in_project, rectify_project
from projects.documents.project import issue_acceptance_paper
from projects.models import Acceptance, Project, Session
from tests.factories.papers import words_of
from tests.factories.projects import make_acceptance, make_claim, make_milestone, make_running
from tests.factories.projects_sessions import make_session
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def project(huangmenjie, unit) -> Project:
    """Work with one milestone done, 60 of 100 person-times confirmed, and one session that waits."""
    project = make_running(place=huangmenjie, unit=unit, title="家电义修日", expected_person_times=100)
    make_milestone(
        project=project, title="首次义修", due_on=date(2026, 11, 20), done_on=MONDAY, note="修好十件"
    )
    claim = project.claims.get()
    make_session(claim=claim, status="confirmed", person_times=60)
    make_session(claim=claim, held_on=date(2026, 11, 22), person_times=50)
    return project


def hand_in(project, liaison) -> Project:
    return hand_in_project(project=project, statement="每月一次，居民认可。", actor=liaison.actor)


def code_of(action, **arguments) -> str:
    with pytest.raises(RuleViolation) as refusal:
        action(**arguments)
    return refusal.value.code


def test_the_sheet_compares_what_was_promised_with_what_came_of_it(project, liaison, community):
    assert hand_in(project, liaison).status == "to_accept"
    acceptance = project.acceptances.get()
    assert (acceptance.round, acceptance.unit_id, acceptance.submitted_by) == (
        1,
        liaison.actor.unit_id,
        liaison.user,
    )
    assert list(acceptance.items.values_list("target", "outcome", "is_met")) == [
        ("首次义修", "2026-11-23完成（计划 2026-11-20）：修好十件", True),
        ("服务 100 人次", "已核实 60 人次，另有 1 场待核实", False),
    ]
    assert Notification.objects.filter(recipient=community.user, kind="project_handed_in").exists()


def test_every_milestone_is_reported_first(project, liaison):
    make_milestone(project=project, title="全年小结")
    with pytest.raises(RuleViolation) as refusal:
        hand_in(project, liaison)
    assert refusal.value.code == "milestones_open"
    assert str(refusal.value) == "还有里程碑没有报完成：全年小结。请先填报，再提交验收。"
    assert code_of(hand_in_project, project=project, statement=" ", actor=liaison.actor) == "required"
    assert not Acceptance.objects.exists()


def test_accepted_the_project_is_completed_and_who_stood_by_is_released(project, liaison, community, yulin):
    standby = make_claim(project=project, unit=make_unit(place=yulin), status="standby")
    hand_in(project, liaison)
    met = list(Acceptance.objects.get().items.values_list("pk", flat=True))
    done = accept_project(project=project, note="做得好。", met=met, actor=community.actor)
    standby.refresh_from_db()
    acceptance = Acceptance.objects.get()
    assert (done.status, done.completed_on, standby.status) == ("done", MONDAY, "rejected")
    assert (acceptance.result, acceptance.opinion, acceptance.decided_by) == (
        "passed",
        "做得好。",
        community.user,
    )
    assert list(acceptance.items.values_list("is_met", flat=True)) == [True, True]
    assert project.claims.get(unit=liaison.membership.unit).status == "confirmed"


def test_put_right_and_handed_in_again_each_round_is_kept(project, liaison, community):
    hand_in(project, liaison)
    fixing = rectify_project(project=project, note="补签到表", actor=community.actor)
    first = Acceptance.objects.get()
    # Ten workdays from Monday 2026-11-23.
    assert (fixing.status, first.result, first.rectify_due_on) == ("fixing", "rectify", date(2026, 12, 7))
    hand_in(project, liaison)
    accept_project(project=project, note="名单已补。", actor=community.actor)
    assert list(Acceptance.objects.order_by("round").values_list("round", "result")) == [
        (1, "rectify"),
        (2, "passed"),
    ]


def test_a_finding_needs_words_a_later_day_and_lines_of_its_own_sheet(project, liaison, community):
    hand_in(project, liaison)
    ask = {"project": project, "actor": community.actor}
    assert code_of(rectify_project, note="", **ask) == "note_required"
    assert code_of(fail_project, note=" ", **ask) == "note_required"
    assert code_of(rectify_project, note="补签到表", rectify_due_on=MONDAY, **ask) == "invalid"
    assert code_of(accept_project, met=[0], **ask) == "invalid"
    assert code_of(accept_project, note="长" * 1001, **ask) == "invalid"
    assert Acceptance.objects.get().result == ""


def test_failed_it_ends_with_its_claims(project, liaison, community):
    hand_in(project, liaison)
    failed = fail_project(project=project, note="一次也没有办", actor=community.actor)
    assert (failed.status, failed.completed_on) == ("terminated", None)
    assert project.claims.get().status == "quit"
    assert Acceptance.objects.get().result == "failed"


def test_nobody_accepts_what_he_or_she_handed_in(project, unit, huangmenjie, liaison):
    """One person with two hats: liaison of the unit, and community staff."""
    hand_in(project, liaison)
    second = Membership.objects.create(
        user=liaison.user, role=Role.COMMUNITY, place=huangmenjie, from_on=date(2020, 1, 1)
    )
    for action in (accept_project, rectify_project, fail_project):
        with pytest.raises(NotAllowed) as refusal:
            action(project=project, note="很好", actor=actor_of(second))
        assert str(refusal.value) == "不能验收自己提交的项目，请由另一位同事验收。"
    with pytest.raises(IntegrityError, match="acceptance_second_person"), transaction.atomic():
        Acceptance.objects.update(decided_by=liaison.user)


def test_two_findings_at_the_same_time_leave_one(project, liaison, community, subdistrict):
    hand_in(project, liaison)
    seen = Project.objects.get(pk=project.pk)
    accept_project(project=project, note="做得好。", actor=community.actor)
    assert code_of(rectify_project, project=seen, note="补签到表", actor=subdistrict.actor) == "wrong_state"


def test_a_long_project_is_compared_year_by_year(huangmenjie, unit, liaison):
    project = make_running(place=huangmenjie, unit=unit, term="long", expected_person_times=50)
    for year in (2025, 2026):
        project.years.create(year=year, expected_person_times=50)
    make_session(claim=project.claims.get(), status="confirmed", person_times=60)
    assert code_of(hand_in_project, project=project, statement="做完了。", actor=liaison.actor) == (
        "early_reason_required"
    )
    early = {"statement": "做完了。", "early_reason": " 院落拆迁。 "}
    hand_in_project(project=project, **early, actor=liaison.actor)
    acceptance = Acceptance.objects.get()
    assert acceptance.early_reason == "院落拆迁。"
    assert list(acceptance.items.values_list("target", "outcome", "is_met")) == [
        ("里程碑", "未设里程碑", None),
        ("2025年度服务 50 人次", "已核实 0 人次", False),
        ("2026年度服务 50 人次", "已核实 60 人次", True),
    ]


def test_what_falls_short_is_accepted_only_with_words(project, huangmenjie, unit, liaison, community):
    """Also when the owner ticks it as met: the figures say otherwise."""
    hand_in(project, liaison)
    lines = list(Acceptance.objects.get().items.values_list("pk", flat=True))
    for met in (None, lines):
        with pytest.raises(RuleViolation) as refusal:
            accept_project(project=project, met=met, actor=community.actor)
        assert (refusal.value.code, refusal.value.field) == ("opinion_required", "note")
        assert str(refusal.value) == (
            "没有达到：服务 100 人次；还有 1 场活动待核实。验收通过请在验收意见里写明问题和理由，也可以要求整改。"
        )
    assert Acceptance.objects.get().result == ""
    Session.objects.filter(project=project).update(status="voided")
    make_session(claim=project.claims.get(), held_on=date(2026, 11, 21), status="confirmed", person_times=120)
    assert accept_project(project=project, actor=community.actor).status == "done"
    nothing = make_running(place=huangmenjie, unit=unit, expected_person_times=500)
    hand_in(nothing, liaison)
    assert code_of(accept_project, project=nothing, actor=community.actor) == "opinion_required"


def test_the_lines_are_counted_anew_when_it_is_decided_and_both_are_kept(project, liaison, community):
    hand_in(project, liaison)
    Session.objects.filter(project=project, status="recorded").update(status="confirmed")
    done = accept_project(project=project, note="后补核实一场。", actor=community.actor)
    acceptance = Acceptance.objects.get()
    assert (done.status, acceptance.person_times) == ("done", 110)
    line = acceptance.items.last()
    assert (line.outcome, line.found, line.is_met) == (
        "已核实 60 人次，另有 1 场待核实",
        "已核实 110 人次",
        True,
    )
    # What is confirmed or revoked later changes neither the lines nor the head of the sheet.
    Session.objects.filter(project=project).update(person_times=1)
    issue_acceptance_paper(project=project, actor=community.actor)
    text = words_of(IssuedDocument.objects.get().file.read())
    assert "提交时：已核实 60 人次，另有 1 场待核实；验收时：已核实 110 人次" in text
    assert "110（已核实，截至2026年11月23日）" in text


def test_a_round_has_one_valid_sheet(project, liaison, community, subdistrict):
    hand_in(project, liaison)
    waiting = issue_acceptance_paper(project=project, actor=community.actor)
    accept_project(project=project, note="做得好。", actor=community.actor)
    with time_machine.travel("2026-11-23T11:00:00+08:00", tick=False):
        final = issue_acceptance_paper(project=project, actor=community.actor)
        again = issue_acceptance_paper(project=project, actor=subdistrict.actor)
    assert again == final
    waiting.refresh_from_db()
    assert (waiting.is_withdrawn, final.is_withdrawn) == (True, False)
    assert waiting.withdrawal_reason == "验收单已重新印发，以新的为准。"
    assert IssuedDocument.objects.count() == 2


def test_both_sides_read_it_nobody_else_does(project, unit, liaison, other_liaison, community, stranger):
    make_acceptance(project=project, unit=unit)
    seen = [
        Acceptance.objects.visible_to(person.actor).count()
        for person in (liaison, community, other_liaison, stranger)
    ]
    assert seen == [1, 1, 0, 0]


class TestPages:
    def test_a_liaison_hands_in_and_the_community_decides_on_a_form(self, project, liaison, community):
        address = f"/projects/{project.pk}/"
        page = liaison.client.get(f"{address}hand_in/").content.decode()
        assert "已核实 60 人次，另有 1 场待核实" in page
        assert liaison.client.post(f"{address}hand_in/", {"statement": ""}).status_code == 422
        answer = liaison.client.post(f"{address}hand_in/", {"statement": "每月一次。"}, follow=True)
        assert "已提交验收，由社区或街道验收。" in answer.content.decode()
        form = community.client.get(f"{address}accept/").context["form"]
        items = list(Acceptance.objects.get().items.values_list("pk", flat=True))
        assert form.initial["met"] == items[:1]
        assert (
            community.client.post(
                f"{address}rectify/", {"note": "", "rectify_due_on": "2026-12-07"}
            ).status_code
            == 422
        )
        answer = community.client.post(
            f"{address}rectify/", {"note": "补签到表", "rectify_due_on": "2026-12-10", "met": items}
        )
        assert answer.status_code == 302
        acceptance = Acceptance.objects.get()
        assert (acceptance.result, acceptance.rectify_due_on) == ("rectify", date(2026, 12, 10))
        assert "2026年12月10日前整改" in liaison.client.get(address).content.decode()
        assert "当前状态是“整改中”" in community.client.get(f"{address}accept/", follow=True).content.decode()

    def test_an_open_milestone_is_named_before_anything_is_typed(self, project, liaison):
        make_milestone(project=project, title="全年小结")
        answer = liaison.client.get(f"/projects/{project.pk}/hand_in/", follow=True)
        assert answer.redirect_chain == [(f"/projects/{project.pk}/", 302)]
        assert "还有里程碑没有报完成：全年小结" in answer.content.decode()

    def test_who_may_not_is_told_so(self, project, liaison, community, other_liaison):
        address = f"/projects/{project.pk}/"
        assert community.client.get(f"{address}hand_in/").status_code == 403
        answer = other_liaison.client.post(f"{address}hand_in/", {"statement": "我们做的"})
        assert answer.status_code == 403
        assert Project.objects.get(pk=project.pk).status == "running"

    def test_the_sheet_is_printed_with_a_code(self, project, liaison, community):
        hand_in(project, liaison)
        accept_project(project=project, note="做得好。", actor=community.actor)
        assert community.client.post(f"/projects/{project.pk}/acceptance_paper/").status_code == 302
        document = IssuedDocument.objects.get()
        text = words_of(document.file.read())
        for words in (
            "项目验收单",
            "家电义修日",
            "服务 100 人次",
            "已核实 60 人次",
            "做得好。",
            "通过",
            "赵某",
        ):
            assert words in text, words
        assert liaison.client.get(document.get_absolute_url()).status_code == 200
        with pytest.raises(NotAllowed):
            issue_acceptance_paper(project=project, actor=liaison.actor)
