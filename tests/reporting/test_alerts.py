"""预警清单: joint branches too wide, idle organizations, terms that are over, units left without, told on page and REST."""

from datetime import date

import pytest
import time_machine

from reporting.alerts import ALERTS, idle_since
from tests.counting import own_queries
from tests.factories.bodies import make_body, make_member
from tests.factories.issues import make_activity
from tests.factories.meetings import make_meeting, sign_in
from tests.factories.units import cover, make_organization, make_unit
from tests.reporting.test_coverage_page import page, words
from units.activity import labels
from units.indicators.territory import By, read_territory
from units.models import Unit

DAY = date(2026, 11, 23)
URL = "/statistics/alerts/"
REST = "/api/v1/statistics/alerts/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel("2026-11-23 10:00:00+08:00", tick=False):
        yield


def found(slug: str, code: str = "510107", day: date = DAY) -> set[str]:
    return {row.name for row in ALERTS[slug].rows(read_territory(code, By.NONE), day)}


def branch_over(place, number: int, name: str, **fields):
    """A joint branch that covers some units."""
    branch = make_organization(place=place, name=name, category="632", is_two_new=True, **fields)
    units = [make_unit(place=place) for _ in range(number)]
    for unit in units:
        cover(unit, mode="joint", organization=branch)
    return units


def test_a_joint_branch_over_more_than_five_units_is_named(huangmenjie):
    branch_over(huangmenjie, 5, "五家")
    units = branch_over(huangmenjie, 6, "六家")
    assert found("wide") == {"六家"}
    assert found("wide", "510107009") == set()
    units[0].coverage_spells.update(to_on=DAY)
    assert found("wide") == set()
    assert found("wide", day=date(2026, 11, 22)) == {"六家"}


def test_six_months_without_any_activity_is_idle(huangmenjie):
    first = idle_since(DAY)
    assert first == date(2026, 5, 24)
    [idle_unit] = branch_over(huangmenjie, 1, "没有活动")
    [active] = branch_over(huangmenjie, 1, "办了活动")
    make_activity(place=huangmenjie, status="held", held_on=first).units.add(active)
    make_activity(place=huangmenjie, status="held", held_on=date(2026, 5, 23)).units.add(idle_unit)
    make_activity(place=huangmenjie, status="planned", held_on=date(2026, 11, 1)).units.add(idle_unit)
    [came] = branch_over(huangmenjie, 1, "开了会")
    body = make_body(place=huangmenjie, kind="joint_meeting")
    make_member(body, came)
    sign_in(make_meeting(body, status="issued", on=date(2026, 9, 1)))
    host = make_unit(place=huangmenjie, category="government")
    branch_over(huangmenjie, 1, "依托单位承办", host_unit=host)
    make_meeting(body, status="issued", on=date(2026, 9, 2), host_unit=host)
    branch_over(huangmenjie, 1, "刚成立", established_on=date(2026, 8, 1))
    make_organization(place=huangmenjie, name="机关支部")
    assert found("idle") == {"没有活动"}
    assert "项目活动场次已核实" in labels()


def test_terms_units_due_and_instructors_nobody_named(huangmenjie):
    make_organization(
        place=huangmenjie, name="届满", term_start=date(2023, 11, 1), term_end=date(2026, 11, 22)
    )
    make_organization(place=huangmenjie, name="最后一天", term_start=date(2023, 11, 1), term_end=DAY)
    make_organization(
        place=huangmenjie,
        name="已撤销",
        term_start=date(2020, 1, 1),
        term_end=date(2023, 1, 1),
        dissolved_on=date(2023, 1, 1),
    )
    make_unit(place=huangmenjie, name="应建", members_total=3, members_full=3)
    make_unit(place=huangmenjie, name="联建应建", members_total=3, members_full=3, covered="joint")
    make_unit(place=huangmenjie, name="只写已派", has_instructor=True)
    assert found("term") == {"届满"}
    assert found("due") == {"应建", "联建应建"}
    assert found("unnamed") == {"只写已派"}


@pytest.mark.parametrize("slug", ALERTS)
def test_every_list_opens_exports_and_answers_over_rest(slug, huangmenjie, district, stranger, liaison):
    def fill(number: int) -> None:
        branch_over(huangmenjie, 6, f"联合{number}", term_start=date(2020, 1, 1), term_end=date(2025, 1, 1))
        make_unit(place=huangmenjie, members_total=3, members_full=3, has_instructor=True)

    fill(1)
    address = f"{URL}{slug}/"
    assert own_queries(district.client, address) == 3
    fill(2)
    fill(3)
    assert own_queries(district.client, address) == 3
    assert ALERTS[slug].help in words(page(district.client, address))
    assert f"共 3 {ALERTS[slug].unit_word}" in words(page(district.client, address))
    for ending in ("xlsx", "csv"):
        assert b"".join(district.client.get(f"{address}?format={ending}").streaming_content)
    told = district.client.get(
        f"{REST}{'units' if ALERTS[slug].is_of_units else 'organizations'}/", {"kind": slug}
    )
    assert told.json()["count"] == 3
    assert stranger.client.get(address).status_code == 404
    assert stranger.client.get(f"{address}?place=510107009001").status_code == 200
    assert liaison.client.get(address).status_code == 403
    assert district.client.get(f"{address}?as_of=2027-01-01").status_code == 400
    assert Unit.objects.count() == 21 + 1


def test_the_page_counts_what_its_lists_hold(huangmenjie, district):
    branch_over(huangmenjie, 6, "六家")
    text = words(page(district.client, "/statistics/coverage/"))
    assert "联合党支部覆盖超过 5 个单位 联合党支部一般不超过 5 个单位，请核实能否分设。 1 个" in text
    assert district.client.get(f"{URL}nothing/").status_code == 404
