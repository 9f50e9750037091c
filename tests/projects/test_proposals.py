"""What a unit proposes: its own draft, the community's answer, and the way to publication (domain.md §3, R4 and R6)."""

from datetime import date

import pytest
import time_machine

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.roles import Role
from core.todo import todo_items, waiting_items
from notifications.models import Notification
from projects.actions import (
    change_project,
    confirm_claim,
    draft_project,
    drop_proposal,
    hand_back_proposal,
    propose_project,
    publish_project,
    recall_proposal,
    screen_claim,
    submit_project,
    take_up_proposal,
    terminate_project,
)
from projects.models import Project, ProjectClaim
from projects.reminders.project import proposal_reminders
from tests.cast import make_person
from tests.counting import own_queries
from tests.factories.projects import project_fields
from tests.rest import Rest, error, key_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        yield


def told(person) -> list[str]:
    return list(
        Notification.objects.filter(recipient=person.user).order_by("id").values_list("kind", flat=True)
    )


def kinds(person) -> list[str]:
    return [one.kind for one in todo_items(person.actor, today()) if one.kind.startswith("project")]


def draft(liaison, place, **fields) -> Project:
    return draft_project(place=place, actor=liaison.actor, **project_fields(title="义诊", **fields))


def proposed(liaison, place, **fields) -> Project:
    return propose_project(project=draft(liaison, place, **fields), actor=liaison.actor)


def test_from_the_unit_over_the_community_to_publication_with_its_claim_first(
    liaison, community, subdistrict, huangmenjie, unit
):
    project = draft(liaison, huangmenjie, is_led_by_proposer=True)
    assert (project.status, project.proposed_by, project.origin) == ("draft", unit, "unit")
    assert kinds(liaison) == ["project-draft"]
    project = propose_project(project=project, actor=liaison.actor)
    assert (told(community), told(subdistrict)) == (["project_proposed"], ["project_proposed"])
    assert (kinds(liaison), kinds(community), kinds(subdistrict)) == ([], ["project-proposal"], [])
    assert [one.title for one in waiting_items(liaison.actor, today())] == ["等社区接收或退回：义诊"]
    project = take_up_proposal(project=project, actor=community.actor)
    assert (project.status, project.taken_up_by, told(liaison)) == (
        "draft",
        community.user,
        ["project_taken_up"],
    )
    assert (kinds(liaison), kinds(community)) == ([], ["project-draft"])
    project = change_project(project=project, title="院落义诊", actor=community.actor)
    project = submit_project(project=project, actor=community.actor)
    project = publish_project(project=project, is_cleared=True, actor=subdistrict.actor)
    claim = ProjectClaim.objects.get()
    assert (claim.unit, claim.kind, claim.status, claim.author) == (unit, "lead", "submitted", liaison.user)
    claim = screen_claim(claim=claim, actor=community.actor)
    confirm_claim(claim=claim, actor=subdistrict.actor)
    project.refresh_from_db()
    assert project.status == "claimed"


def test_a_unit_that_seeks_others_has_no_claim_and_hears_of_the_publication(
    liaison, community, subdistrict, huangmenjie
):
    project = take_up_proposal(project=proposed(liaison, huangmenjie), actor=community.actor)
    project = submit_project(project=project, actor=community.actor)
    publish_project(project=project, is_cleared=True, actor=subdistrict.actor)
    assert "project_published" in told(liaison)
    assert not ProjectClaim.objects.exists()


def test_handed_back_with_words_it_is_the_units_draft_again(liaison, community, huangmenjie):
    project = proposed(liaison, huangmenjie)
    with pytest.raises(InputError if False else RuleViolation):
        hand_back_proposal(project=project, note=" ", actor=community.actor)
    project = hand_back_proposal(project=project, note="写清每月几次", actor=community.actor)
    assert (project.status, told(liaison)) == ("draft", ["project_handed_back"])
    assert Notification.objects.get(kind="project_handed_back").body.endswith("说明：写清每月几次")
    for action in (change_project, submit_project):
        with pytest.raises(NotAllowed):
            action(project=project, actor=community.actor)
    with pytest.raises(NotAllowed):
        terminate_project(project=project, note="不需要", actor=community.actor)
    project = change_project(project=project, summary="每月两次", actor=liaison.actor)
    project = propose_project(project=project, actor=liaison.actor)
    project = recall_proposal(project=project, actor=liaison.actor)
    assert drop_proposal(project=project, note="人手不够", actor=liaison.actor).status == "terminated"


def test_once_taken_up_it_is_the_communitys(liaison, community, huangmenjie):
    project = take_up_proposal(project=proposed(liaison, huangmenjie), actor=community.actor)
    with pytest.raises(NotAllowed):
        change_project(project=project, title="别的", actor=liaison.actor)
    with pytest.raises(NotAllowed):
        drop_proposal(project=project, note="不做了", actor=liaison.actor)


def test_nobody_reviews_what_he_or_she_took_up_or_proposed(liaison, subdistrict, yulin, huangmenjie):
    project = take_up_proposal(project=proposed(liaison, huangmenjie), actor=subdistrict.actor)
    project = submit_project(project=project, actor=subdistrict.actor)
    assert kinds(subdistrict) == []
    with pytest.raises(NotAllowed) as refusal:
        publish_project(project=project, is_cleared=True, actor=subdistrict.actor)
    assert refusal.value.code == "own_paper"
    colleague = make_person("colleague", Role.SUBDISTRICT, place=yulin)
    assert publish_project(project=project, is_cleared=True, actor=colleague.actor).status == "open"


def test_only_for_the_own_community_or_subdistrict_and_only_the_own_is_seen(
    liaison, other_liaison, stranger, community, huangmenjie, yulin, jinyan
):
    with pytest.raises(NotAllowed):
        draft(liaison, jinyan)
    for_subdistrict = proposed(liaison, yulin)
    assert (told(community), kinds(community)) == ([], [])
    with pytest.raises(NotAllowed):
        take_up_proposal(project=for_subdistrict, actor=community.actor)
    here = proposed(liaison, huangmenjie)
    seen = [Project.objects.visible_to(one.actor).filter(pk=here.pk).count()
            for one in (liaison, other_liaison, stranger, community)]  # fmt: skip
    assert seen == [1, 0, 0, 1]


def test_unanswered_after_five_workdays_the_community_is_chased_then_the_subdistrict(
    liaison, community, subdistrict, huangmenjie
):
    proposed(liaison, huangmenjie)
    chased = {
        day: [one.to for one in proposal_reminders(date(2026, *day))]
        for day in ((11, 29), (11, 30), (12, 2), (12, 3))
    }
    both = (community.user.pk, subdistrict.user.pk)
    assert {day: [tuple(sorted(to)) for to in many] for day, many in chased.items()} == {
        (11, 29): [],
        (11, 30): [(community.user.pk,)],
        (12, 2): [(community.user.pk,)],
        (12, 3): [tuple(sorted(both))],
    }


class TestPages:
    def body(self, place, **fields) -> dict:
        return {
            **project_fields(title="义诊"),
            "place": place.pk,
            "volunteers_needed": 4,
            "expected_person_times": 100,
            "is_led_by_proposer": "True",
            **fields,
        }

    def test_a_social_organization_proposes_by_phone_and_the_community_takes_it_up(
        self, community, subdistrict, huangmenjie, yulin, unit
    ):
        social_org = make_person("social_org", Role.SOCIAL_ORG, unit=unit)
        assert "提出项目" in social_org.client.get("/projects/").content.decode()
        form = social_org.client.get("/projects/new/").context["form"]
        assert list(form.fields["place"].queryset) == [huangmenjie, yulin]
        assert not {"origin", "more_places"} & set(form.fields)
        answer = social_org.client.post("/projects/new/", self.body(huangmenjie), follow=True)
        assert "提交社区" in answer.content.decode()
        project = Project.objects.get()
        opened = social_org.client.get(f"/projects/{project.pk}/change/")
        body = {**self.body(huangmenjie, title="院落义诊"), "version": opened.context["version"]}
        assert social_org.client.post(f"/projects/{project.pk}/change/", body).status_code == 302
        social_org.client.post(f"/projects/{project.pk}/propose/")
        page = community.client.get(f"/projects/{project.pk}/").content.decode()
        assert "院落义诊" in page
        assert "（自己牵头）" in page
        assert f"/projects/{project.pk}/take_up/" in page
        community.client.post(f"/projects/{project.pk}/take_up/")
        community.client.post(f"/projects/{project.pk}/submit/")
        assert own_queries(subdistrict.client, f"/projects/{project.pk}/publish/") == 1
        refused = subdistrict.client.post(f"/projects/{project.pk}/publish/", {"note": ""})
        assert (refused.status_code, "请审查后勾选“已做保密审查”" in refused.content.decode()) == (400, True)
        subdistrict.client.post(f"/projects/{project.pk}/publish/", {"is_cleared": "on"})
        project.refresh_from_db()
        assert project.status == "open"
        assert "保密审查" in subdistrict.client.get(f"/projects/{project.pk}/").content.decode()

    def test_the_same_by_rest(self, liaison, community, subdistrict, district, huangmenjie):
        unit_side, below, above = (Rest(key_of(one)) for one in (liaison, community, subdistrict))
        body = {**project_fields(title="义诊"), "place": huangmenjie.code, "is_led_by_proposer": True}
        body = {name: value.isoformat() if isinstance(value, date) else value for name, value in body.items()}
        made = unit_side.post("/api/v1/projects/", body)
        assert made.status_code == 201, made.content
        one = f"/api/v1/projects/{made.json()['id']}/"
        shown = unit_side.post(f"{one}propose/").json()
        assert (shown["status"], shown["proposed_by"]["name"], shown["is_led_by_proposer"]) == (
            "proposed",
            "成都安和物业服务有限公司",
            True,
        )
        assert [move["name"] for move in shown["moves"]] == ["recall", "drop"]
        assert error(Rest(key_of(district)).post(f"{one}take_up/"))[0] == 403
        below.post(f"{one}take_up/")
        below.post(f"{one}submit/")
        assert error(above.post(f"{one}publish/")) == (
            400,
            "validation_error",
            "invalid",
            "is_cleared",
        )
        published = above.post(f"{one}publish/", {"is_cleared": True}).json()
        assert (published["status"], published["cleared_at"] is not None) == ("open", True)
