"""Suggestions of units for a project: able, near, free and reliable ones first, each with its reasons in words."""

from datetime import timedelta

import pytest

from core.clock import today
from projects.models import Project
from projects.queries.suggestions import suggest_units
from tests.counting import CaptureQueriesContext, connection
from tests.factories.projects import make_claim, make_project
from tests.factories.projects_lists import make_resource
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(huangmenjie) -> Project:
    return make_project(place=huangmenjie, domain="health")


def member(place, name, **fields):
    return make_unit(place=place, name=name, is_member=True, **fields)


def carry(unit, place, number=1, **fields):
    """The unit has so many further projects on its hands (or done, by ``status``)."""
    for _ in range(number):
        make_claim(
            project=make_project(place=place, **{"status": "running", **fields}),
            unit=unit,
            status="confirmed",
        )


def words(project, **more) -> dict[str, tuple[str, ...]]:
    return {one.unit.name: one.reasons for one in suggest_units(project, **more)}


def test_each_reason_stands_in_words(project, huangmenjie, yulin, places, jinyan):
    able = member(huangmenjie, "能")
    make_resource(unit=able, title="健康讲座", domain="health")
    carry(able, huangmenjie, status="done", domain="health", completed_on=today() - timedelta(days=30))
    near = member(places["510107005009"], "近")
    carry(near, huangmenjie, number=2)
    far = member(jinyan, "远")
    make_claim(project=make_project(place=jinyan), unit=far, status="quit")
    assert words(project) == {
        "能": (
            "登记有“健康讲座”资源",
            "同在黉门街社区",
            "承担过 1 个健康类项目",
            "近一年完成 1 个项目，没有中途退出",
            "目前没有承担项目",
        ),
        "近": ("同在玉林街道", "目前承担 2 个项目"),
        "远": ("中途退出 1 个", "目前没有承担项目"),
    }
    assert list(words(project)) == ["能", "近", "远"]
    assert list(words(project, limit=1)) == ["能"]


def test_a_big_unit_with_many_projects_comes_after_a_small_free_one(project, huangmenjie):
    big, small = member(huangmenjie, "大", employees=5000), member(huangmenjie, "小", employees=20)
    for unit in (big, small):
        make_resource(unit=unit, title="健康讲座", domain="health")
    carry(big, huangmenjie, number=4)
    assert list(words(project)) == ["小", "大"]


def test_who_is_bound_closed_or_no_member_is_left_out(project, huangmenjie):
    bound = member(huangmenjie, "已申请")
    make_claim(project=project, unit=bound)
    member(huangmenjie, "停业", status="suspended")
    make_unit(place=huangmenjie, name="非成员")
    declined = member(huangmenjie, "未采纳")
    make_claim(project=project, unit=declined, status="rejected")
    assert list(words(project)) == ["未采纳"]


def test_a_resource_out_of_scope_or_past_its_day_is_no_reason(project, jinyan, huangmenjie):
    far, late = member(jinyan, "远"), member(huangmenjie, "过期")
    make_resource(unit=far, domain="health", scope="subdistrict")
    make_resource(unit=late, domain="health", valid_to=today() - timedelta(days=1))
    assert words(project) == {"过期": ("同在黉门街社区", "目前没有承担项目"), "远": ("目前没有承担项目",)}


def test_the_number_of_queries_does_not_grow(project, huangmenjie):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            suggest_units(project)
        return len(captured)

    def one_more(number):
        unit = member(huangmenjie, f"单位{number}")
        make_resource(unit=unit, domain="health")
        carry(unit, huangmenjie)

    one_more(1)
    assert queries() == 7
    one_more(2)
    one_more(3)
    assert queries() == 7
