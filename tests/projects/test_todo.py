"""Each sees what is his or hers to do about projects, and whom he or she waits for."""

import pytest

from core.clock import today
from core.todo import todo_count, todo_items, waiting_items
from projects.actions import screen_claim, submit_claim
from tests.factories.projects import make_project, yesterday

pytestmark = pytest.mark.django_db


def kinds(person) -> list[str]:
    items = [
        item.kind for item in todo_items(person.actor, today()) if item.kind.startswith(("project", "claim"))
    ]
    assert todo_count(person.actor, today()) >= len(items)
    return sorted(items)


def waits(person) -> list[str]:
    return [item.title for item in waiting_items(person.actor, today()) if item.kind in ("project", "claim")]


def test_a_claim_goes_from_community_to_subdistrict_while_the_unit_waits(
    huangmenjie, liaison, community, subdistrict, stranger, district
):
    project = make_project(place=huangmenjie, title="义诊")
    claim = submit_claim(project=project, unit=liaison.membership.unit, actor=liaison.actor)
    assert (kinds(community), kinds(subdistrict)) == (["claim-screen"], [])
    assert waits(liaison) == waits(subdistrict) == ["等社区初审：成都安和物业服务有限公司 · 义诊"]
    screen_claim(claim=claim, actor=community.actor)
    assert (kinds(community), kinds(subdistrict)) == ([], ["claim-confirm"])
    assert waits(liaison) == waits(community) == ["等街道确认：成都安和物业服务有限公司 · 义诊"]
    assert kinds(stranger) == kinds(district) == kinds(liaison) == []


def test_projects_wait_for_whoever_reviews_them(huangmenjie, yulin, community, subdistrict, district):
    make_project(place=huangmenjie, status="review", title="义诊", author=community.user)
    make_project(place=yulin, status="review", author=subdistrict.user)
    make_project(place=huangmenjie, status="draft", author=community.user)
    make_project(place=huangmenjie, status="unclaimed", claim_due_on=yesterday())
    assert kinds(community) == ["project-draft"]
    assert kinds(subdistrict) == ["project-review", "project-unclaimed"]
    assert kinds(district) == ["project-review"]
    assert waits(community) == ["等街道审核：义诊"]
