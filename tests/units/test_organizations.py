"""The way of a party organization: prepared, founded, its term extended once, at last dissolved, merged or transferred."""

from datetime import date

import pytest
import time_machine

from core.errors import InputError, NotAllowed, RuleViolation
from reporting.alerts import ALERTS
from tests.factories.units import cover, make_organization, make_unit
from tests.rest import Rest, error, key_of
from units.actions import change_organization, cover_unit, create_organization
from units.actions.bodies import appoint_secretary
from units.actions.organizations import (
    dissolve_organization,
    establish_organization,
    extend_term,
    merge_organization,
    transfer_organization,
)
from units.actions.people import Named
from units.indicators import NEW_ORGANIZATIONS
from units.indicators.territory import read_territory
from units.models import CoverageSpell, PartyOrganization

ON = date(2026, 11, 1)
API = "/api/v1/party-organizations/"
Status = PartyOrganization.Status


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel("2026-11-23 10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def committee(yulin):
    return make_organization(place=yulin, name="中共玉林街道两新综合委员会", category="611")


@pytest.fixture
def branch(huangmenjie, committee):
    """A joint branch over two units, with a secretary and a group below it."""
    made = make_organization(
        place=huangmenjie, name="玉林商圈联合党支部", category="632", parent=committee, member_count=7, is_two_new=True,
        established_on=date(2022, 3, 1), term_start=date(2023, 10, 1), term_end=date(2026, 10, 1),
    )  # fmt: skip
    for name in ("甲公司", "乙公司"):
        cover(
            make_unit(place=huangmenjie, name=name), mode="joint", organization=made, since=date(2022, 3, 1)
        )
    make_organization(place=huangmenjie, name="商圈第一党小组", category="641", parent=made)
    return made


@pytest.fixture
def other(huangmenjie):
    return make_organization(place=huangmenjie, name="黉门街联合党支部", category="632", member_count=5)


def covering() -> dict:
    """Who covers which unit now, and how."""
    rows = CoverageSpell.objects.filter(to_on=None).select_related("unit", "organization")
    return {row.unit.name: (row.organization.name, row.mode, row.from_on) for row in rows}


def units_of(organization) -> dict:
    return {spell.unit.name: spell.unit_id for spell in organization.coverage_spells.select_related("unit")}


def test_in_preparation_it_covers_nobody_until_it_is_founded(subdistrict, huangmenjie, committee):
    made = create_organization(
        name="丙公司党支部",
        category="631",
        place=huangmenjie,
        parent=committee,
        is_preparing=True,
        actor=subdistrict.actor,
    )
    unit = make_unit(place=huangmenjie)
    asked = {
        "unit": unit,
        "organization": made,
        "mode": "standalone",
        "from_on": ON,
        "actor": subdistrict.actor,
    }
    with pytest.raises(RuleViolation, match="还在筹建"):
        cover_unit(**asked)
    with pytest.raises(InputError, match="批复文号"):
        establish_organization(organization=made, established_on=ON, approval_no=" ", actor=subdistrict.actor)
    with pytest.raises(InputError, match="登记成立"):
        change_organization(organization=made, established_on=ON, actor=subdistrict.actor)
    founded = establish_organization(
        organization=made, established_on=ON, approval_no="玉街党〔2026〕8号", actor=subdistrict.actor
    )
    assert (founded.status, founded.established_on, founded.approval_no) == (
        "active",
        ON,
        "玉街党〔2026〕8号",
    )
    assert cover_unit(**asked).organization == made


def test_dissolving_settles_every_unit(branch, other, committee, subdistrict, yulin):
    units = units_of(branch)
    asked = {"organization": branch, "on": ON, "basis": "玉街党〔2026〕9号", "actor": subdistrict.actor}
    with pytest.raises(InputError, match="请写明“乙公司”今后由哪个党组织覆盖，或者不再覆盖。"):
        dissolve_organization(**asked, settlement={units["甲公司"]: other})
    assert covering()["甲公司"][0] == branch.name
    ended = dissolve_organization(**asked, settlement={units["甲公司"]: other, units["乙公司"]: None})
    assert (ended.status, ended.dissolved_on, ended.end_basis) == ("dissolved", ON, "玉街党〔2026〕9号")
    assert covering() == {"甲公司": (other.name, "joint", ON)}
    assert PartyOrganization.objects.get(name="商圈第一党小组").parent == committee
    with pytest.raises(RuleViolation, match="不再修改"):
        change_organization(organization=ended, member_count=1, actor=subdistrict.actor)
    today = read_territory("510107")
    for slug in ("wide", "idle", "term"):
        assert branch not in ALERTS[slug].rows(today, date(2026, 11, 23))
    assert branch in ALERTS["term"].rows(today, date(2026, 10, 15))


def test_merging_takes_units_members_and_what_is_below_along(branch, other, district):
    with pytest.raises(InputError, match="不能并入自己"):
        merge_organization(organization=branch, into=branch, on=ON, basis="文", actor=district.actor)
    merge_organization(organization=branch, into=other, on=ON, basis="武组〔2026〕3号", actor=district.actor)
    assert {name for name, *_ in covering().values()} == {other.name}
    branch.refresh_from_db()
    other.refresh_from_db()
    assert (branch.status, branch.successor, other.member_count) == ("merged", other, 12)
    assert list(other.children.values_list("name", flat=True)) == ["商圈第一党小组"]
    with pytest.raises(RuleViolation, match="已于2026-11-01并入。"):
        cover_unit(
            unit=make_unit(place=other.place),
            organization=branch,
            mode="joint",
            from_on=ON,
            actor=district.actor,
        )


def test_what_is_transferred_is_not_new(branch, subdistrict):
    appoint_secretary(
        organization=branch,
        named=Named(name="周某某"),
        from_on=date(2023, 10, 1),
        actor=subdistrict.actor,
    )
    territory = read_territory("510107")
    before = NEW_ORGANIZATIONS.count(territory, date(2026, 1, 1), date(2026, 11, 23)).total
    branch.refresh_from_db()
    ended = transfer_organization(
        organization=branch,
        name="玉林商圈党总支部",
        category="621",
        on=ON,
        basis="玉街党〔2026〕10号",
        actor=subdistrict.actor,
    )
    made = ended.successor
    assert (made.form_mode, made.established_on, made.member_count, made.is_two_new) == (
        "transferred",
        ON,
        7,
        True,
    )
    assert {name for name, *_ in covering().values()} == {made.name}
    assert made.secretaries.get(to_on=None).person.name == "周某某"
    assert not branch.secretaries.filter(to_on=None).exists()
    assert NEW_ORGANIZATIONS.count(territory, date(2026, 1, 1), date(2026, 11, 23)).total == before
    assert list(made.children.values_list("name", flat=True)) == ["商圈第一党小组"]


def test_a_term_is_extended_once_by_a_year_at_most_with_approval(branch, subdistrict):
    asked = {"organization": branch, "actor": subdistrict.actor}
    with pytest.raises(InputError, match="最多一年"):
        extend_term(until=date(2027, 10, 2), approval_no="武组〔2026〕7号", **asked)
    with pytest.raises(InputError, match="上级同意"):
        extend_term(until=date(2027, 3, 1), approval_no="", **asked)
    assert branch.condition_on(date(2026, 11, 23)) == "届满未换"
    extended = extend_term(until=date(2027, 3, 1), approval_no="武组〔2026〕7号", **asked)
    assert (extended.term_end, extended.regular_term_end) == (date(2027, 3, 1), date(2026, 10, 1))
    assert extended.condition_on(date(2026, 11, 23)) == "正常"
    with pytest.raises(RuleViolation, match="已经延期过一次"):
        extend_term(
            organization=extended, until=date(2027, 5, 1), approval_no="再延", actor=subdistrict.actor
        )


def test_a_parent_is_a_committee_at_work_and_not_below(branch, committee, district):
    with pytest.raises(InputError, match="党委或党总支部"):
        change_organization(organization=committee, parent=branch, actor=district.actor)
    below = make_organization(place=branch.place, name="下级总支", category="621", parent=committee)
    with pytest.raises(InputError, match="自己的下级"):
        change_organization(organization=committee, parent=below, actor=district.actor)


@pytest.mark.parametrize("move", PartyOrganization.FORM_MOVES)
def test_subdistricts_and_the_district_decide(branch, district, subdistrict, community, stranger, move):
    if move == "establish":
        PartyOrganization.objects.filter(pk=branch.pk).update(status="preparing", established_on=None)
        branch.refresh_from_db()
    may = [one for one in (district, subdistrict, community, stranger) if move in names(branch, one)]
    assert may == [district, subdistrict]
    assert community.client.get(branch.get_move_url(move)).status_code == 403
    assert subdistrict.client.get(branch.get_move_url(move)).status_code == 200


def names(row, person) -> list[str]:
    return [one.name for one in row.available_moves(person.actor)]


def test_page_and_rest_say_the_same(branch, other, committee, subdistrict, community):
    units = units_of(branch)
    page = subdistrict.client.get(branch.get_absolute_url()).content.decode()
    assert "届满未换" in page
    assert "商圈第一党小组" in page
    assert committee.name in page
    asked = {"on": "2026-11-01", "basis": "玉街党〔2026〕9号", f"unit_{units['甲公司']}": str(other.pk)}
    posted = subdistrict.client.post(f"{branch.get_absolute_url()}dissolve/", asked)
    assert posted.status_code == 422
    rest = Rest(key_of(subdistrict))
    body = {
        "on": "2026-11-01",
        "basis": "玉街党〔2026〕9号",
        "units": [{"unit": units["甲公司"], "organization": other.pk}],
    }
    refused = rest.post(f"{API}{branch.pk}/dissolve/", body)
    assert error(refused) == (400, "validation_error", "coverage_unsettled", f"unit_{units['乙公司']}")
    assert Rest(key_of(community)).post(f"{API}{branch.pk}/dissolve/", body).status_code == 403
    body["units"].append({"unit": units["乙公司"], "organization": None})
    told = rest.post(f"{API}{branch.pk}/dissolve/", body).json()
    assert (told["status"], told["status_display"], told["moves"]) == ("dissolved", "已撤销", [])
    made = rest.post(
        API,
        {
            "name": "新支部",
            "category": "631",
            "place": "510107005008",
            "parent": committee.pk,
            "is_preparing": True,
        },
    )
    assert (made.status_code, made.json()["status"], made.json()["parent"]["id"]) == (
        201,
        "preparing",
        committee.pk,
    )
    changed = rest.patch(f"{API}{made.json()['id']}/", {"member_count": 4})
    assert changed.json()["member_count"] == 4
    assert error(rest.patch(f"{API}{branch.pk}/", {"member_count": 4}))[:3] == (409, "client_error", "ended")


def test_the_form_names_parent_and_host(committee, subdistrict, huangmenjie):
    unit = make_unit(place=huangmenjie, name="丁公司")
    typed = {
        "name": "丁公司党支部", "category": "631", "place": huangmenjie.pk, "parent": committee.pk, "host_unit": "丁公司",
        "member_count": 3, "is_preparing": "on",
    }  # fmt: skip
    assert subdistrict.client.post("/units/organizations/new/", typed).status_code == 302
    made = PartyOrganization.objects.get(name="丁公司党支部")
    assert (made.parent, made.host_unit, made.status) == (committee, unit, Status.PREPARING)
    address = f"{made.get_absolute_url()}edit/"
    assert "丁公司" in subdistrict.client.get(address).content.decode()
    wrong = subdistrict.client.post(
        "/units/organizations/new/", typed | {"name": "别的", "host_unit": "没有的公司"}
    )
    assert (wrong.status_code, "没有找到这个单位" in wrong.content.decode()) == (422, True)


def test_others_may_not(branch, stranger, community):
    with pytest.raises(NotAllowed):
        dissolve_organization(organization=branch, on=ON, basis="文", settlement={}, actor=community.actor)
