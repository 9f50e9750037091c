"""Places and grid: codes, adding, renaming as of a day, merging with everything that lies there, closing, who may what."""

from datetime import date
from functools import partial

import pytest

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import write_history
from core.models import HistoryEntry
from tests.cast import make_person
from tests.factories.carriers import make_carrier
from tests.factories.places import make_grid, make_place
from tests.factories.units import cover, make_organization, make_unit
from tests.projects.test_races import at_once
from tests.units.counting import counted
from units.divisions.actions import add_place, change_place, close_place, rename_place
from units.divisions.contents import lying_there
from units.divisions.merging import merge_places
from units.divisions.tree import names_on, sums_under
from units.models import Division, DivisionName, PartyOrganization, Unit
from wuhou.invariants import INVARIANTS, broken_rows

pytestmark = pytest.mark.django_db
DAY, LATER = date(2026, 6, 1), date(2026, 7, 1)
BASIS = "武民政〔2026〕12号"


@pytest.fixture
def grid(huangmenjie):
    return make_grid(huangmenjie)


def code_of(refused) -> tuple[str | None, str]:
    return refused.value.field, refused.value.code


class TestAdding:
    def test_codes_extend_each_other_and_courtyards_are_numbered_through_the_community(self, grid):
        codes = {
            place.name if place.level != "building" else f"{place.parent.name}{place.name}": place.code
            for place in grid.values()
        }
        assert codes == {
            "第一片区": "510107005008-P01", "第二片区": "510107005008-P02",
            "松柏院": "510107005008-P01-Y001", "银杏院": "510107005008-P01-Y002", "桂花院": "510107005008-P02-Y003",
            "松柏院1栋": "510107005008-P01-Y001-L01", "松柏院2栋": "510107005008-P01-Y001-L02",
            "银杏院1栋": "510107005008-P01-Y002-L01", "桂花院1栋": "510107005008-P02-Y003-L01",
        }  # fmt: skip
        building = grid["桂花院1栋"]
        assert str(building) == "玉林街道黉门街社区·第二片区·桂花院·1栋"
        assert (building.alias, grid["第二片区"].alias, building.administered_by) == (
            "微网格",
            "一般网格",
            "武侯区",
        )
        assert HistoryEntry.objects.filter(move="add", about_id=building.pk).get().place_code == building.code

    def test_every_building_lies_in_one_courtyard_one_level_below(self, grid, community, huangmenjie):
        typed = add_place(
            parent=grid["第二片区"], name="海棠院", code="510107005008-p02-y０11", actor=community.actor
        )
        assert (typed.code, typed.level, typed.parent) == (
            "510107005008-P02-Y011",
            "courtyard",
            grid["第二片区"],
        )
        for parent, code, expected in (
            (grid["第二片区"], "510107005008-P01-Y012", ("code", "code_not_under_parent")),
            (grid["第二片区"], "510107005008-P02-L01", ("code", "bad_code")),
            (grid["第二片区"], "510107005008-P02-Y001", ("code", "code_taken")),
            (grid["松柏院1栋"], "", ("parent", "wrong_level")),
        ):
            with pytest.raises(RuleViolation) as refused:
                add_place(parent=parent, name="新的", code=code, actor=community.actor)
            assert code_of(refused) == expected
        wrong = [one.sentence for one in INVARIANTS if "上级" in one.sentence and broken_rows(one, 1)]
        assert wrong == []
        Division.objects.filter(pk=typed.pk).update(level="building")
        assert [one.sentence for one in INVARIANTS if broken_rows(one, 1)] == [
            "片区、院落、楼栋直接属于上一级"
        ]

    def test_names_kinds_and_days_are_checked_beside_their_field(self, grid, community, jinyan):
        elsewhere = make_organization(place=jinyan)
        for values, expected in (
            ({"name": " "}, ("name", "required")),
            ({"name": "=1+1"}, ("name", "name_is_formula")),
            ({"name": "松柏院"}, ("name", "name_taken")),
            ({"name": "新院", "valid_from": date(2099, 1, 1)}, ("valid_from", "future_date")),
            ({"name": "新院", "valid_from": date(2020, 1, 1)}, ("valid_from", "dates_out_of_order")),
            ({"name": "长" * 61}, ("name", "too_long")),
            ({"name": "新院", "households": 10_000_001}, ("households", "out_of_range")),
            (
                {"name": "新院", "party_organization": elsewhere},
                ("party_organization", "organization_elsewhere"),
            ),
        ):
            with pytest.raises(RuleViolation) as refused:
                add_place(parent=grid["第一片区"], actor=community.actor, **values)
            assert code_of(refused) == expected
        with pytest.raises(InputError) as refused:
            change_place(place=grid["第一片区"], courtyard_kind="old", actor=community.actor)
        assert code_of(refused) == ("courtyard_kind", "not_a_courtyard")

    def test_the_grid_is_kept_by_its_community_and_the_structure_above_by_the_district(
        self, grid, huangmenjie, yulin, district, subdistrict, community, stranger, liaison
    ):
        social = make_person("social", "social_work", place=yulin.parent)
        for person in (stranger, liaison, social):
            with pytest.raises(NotAllowed):
                add_place(parent=huangmenjie, name="第三片区", actor=person.actor)
        for person in (subdistrict, community):
            with pytest.raises(NotAllowed, match="由区级办理"):
                rename_place(place=huangmenjie, name="新社区", on=DAY, basis=BASIS, actor=person.actor)
        with pytest.raises(NotAllowed, match="由区级办理"):
            add_place(parent=yulin, name="新社区", actor=subdistrict.actor)
        assert add_place(parent=yulin, name="新社区", actor=district.actor).code == "510107005014"
        assert add_place(parent=huangmenjie, name="第三片区", actor=subdistrict.actor).code.endswith("-P03")
        changed = change_place(place=huangmenjie, households=6328, actor=community.actor)
        assert (changed.households, changed.version) == (6328, 2)


class TestRenaming:
    def test_the_old_name_is_kept_for_its_time_and_everything_below_follows(
        self, grid, community, huangmenjie
    ):
        section, building = grid["第一片区"], grid["松柏院1栋"]
        rename_place(place=section, name="华西片区", on=DAY, basis=BASIS, actor=community.actor)
        rename_place(place=section, name="华西坝片区", on=LATER, basis=BASIS, actor=community.actor)
        building.refresh_from_db()
        assert str(building) == "玉林街道黉门街社区·华西坝片区·松柏院·1栋"
        assert str(Division.objects.get(code__endswith="-P02-Y003")) == "玉林街道黉门街社区·第二片区·桂花院"
        called = [
            names_on([section], day).get(section.pk)
            for day in (date(2026, 5, 31), DAY, date(2026, 6, 30), LATER)
        ]
        assert called == ["第一片区", "华西片区", "华西片区", None]
        kept = list(DivisionName.objects.values_list("name", "path_name", "to_on", "reason"))
        assert kept == [
            ("华西片区", "玉林街道黉门街社区·华西片区", LATER, BASIS),
            ("第一片区", "玉林街道黉门街社区·第一片区", DAY, BASIS),
        ]
        entry = HistoryEntry.objects.filter(move="rename").latest("pk")
        assert entry.changes == {"name": ["名称", "华西片区", "华西坝片区"]}

    def test_it_needs_a_basis_a_new_name_and_a_day_in_order(self, grid, community):
        section = rename_place(
            place=grid["第一片区"], name="华西片区", on=DAY, basis=BASIS, actor=community.actor
        )
        for values, expected in (
            ({"name": "华西片区"}, ("name", "same_name")),
            ({"name": "第二片区"}, ("name", "name_taken")),
            ({"basis": " "}, ("basis", "basis_required")),
            ({"on": DAY}, ("on", "dates_out_of_order")),
            ({"on": date(2099, 1, 1)}, ("on", "future_date")),
        ):
            with pytest.raises(RuleViolation) as refused:
                rename_place(
                    place=section,
                    actor=community.actor,
                    **{"name": "另名", "on": LATER, "basis": BASIS, **values},
                )
            assert code_of(refused) == expected

    def test_full_names_below_stay_within_their_length(self, grid, community):
        change = {"on": DAY, "basis": BASIS, "actor": community.actor}
        section, courtyard = grid["第一片区"], grid["松柏院"]
        rename_place(place=section, name="长" * 60, **change)
        assert len(str(add_place(parent=courtyard, name="栋" * 60, actor=community.actor))) == 135
        with pytest.raises(InputError, match="连同上级的全名有192个字") as refused:
            rename_place(place=courtyard, name="院" * 60, **change)
        assert code_of(refused) == ("name", "too_long")


def picture(place: Division) -> tuple:
    """Coverage now and in the past, and the figures of a place: what merging inside it leaves alone."""
    past = counted("organization", day=date(2025, 1, 1))
    return counted("organization"), past, sums_under(place.code, today())[place.pk].shown


class TestMerging:
    def test_rows_and_children_move_and_the_sums_stay(self, grid, community, huangmenjie):
        source, target = grid["第一片区"], grid["第二片区"]
        unit = make_unit(place=grid["松柏院1栋"], covered="standalone")
        left = make_unit(place=source)
        make_unit(place=target, covered="joint")
        cover(left, organization=make_organization(place=grid["银杏院"], name="银杏院党支部"))
        write_history(about=unit, move="note", label="备注", actor=community.actor)
        before = picture(huangmenjie)
        there = {one.label: one.count for one in lying_there(source)}
        assert (there["下级区划"], there["驻区单位"]) == (5, 2)
        merge_places(source=source, target=target, on=DAY, reason=BASIS, actor=community.actor)
        assert picture(huangmenjie) == before
        assert before[0] == (3, 3)
        source.refresh_from_db()
        assert (source.valid_to, source.successor, source.code) == (DAY, target, "510107005008-P01")
        moved = dict(
            Division.objects.filter(valid_to=None, code__startswith=target.code).values_list(
                "code", "path_name"
            )
        )
        top = "玉林街道黉门街社区·第二片区"
        assert moved == {
            "510107005008-P02": top,
            "510107005008-P02-Y001": f"{top}·松柏院",
            "510107005008-P02-Y001-L01": f"{top}·松柏院·1栋",
            "510107005008-P02-Y001-L02": f"{top}·松柏院·2栋",
            "510107005008-P02-Y002": f"{top}·银杏院",
            "510107005008-P02-Y002-L01": f"{top}·银杏院·1栋",
            "510107005008-P02-Y003": f"{top}·桂花院",
            "510107005008-P02-Y003-L01": f"{top}·桂花院·1栋",
        }
        unit.refresh_from_db()
        left.refresh_from_db()
        assert (unit.place_code, left.place, left.place_code) == (
            "510107005008-P02-Y001-L01",
            target,
            target.code,
        )
        assert set(unit.coverage_spells.values_list("place_code", flat=True)) == {unit.place_code}
        assert HistoryEntry.objects.get(move="note").place_code == "510107005008-P01-Y001-L01"
        assert [one.sentence for one in INVARIANTS if broken_rows(one, 1)] == []

    def test_a_name_that_is_taken_there_says_where_it_comes_from(self, grid, community):
        source, target = grid["银杏院"], grid["松柏院"]
        change_place(place=source, households=200, actor=community.actor)
        change_place(place=target, households=100, actor=community.actor)
        merged = merge_places(source=source, target=target, on=DAY, reason=BASIS, actor=community.actor)
        moved = grid["银杏院1栋"]
        moved.refresh_from_db()
        assert (moved.code, moved.name) == ("510107005008-P01-Y001-L03", "1栋（原银杏院）")
        assert list(moved.former_names.values_list("name", "to_on")) == [("1栋", DAY)]
        assert merged.households == 300

    def test_communities_merge_only_by_the_district_and_only_when_nothing_clashes(
        self, grid, places, huangmenjie, district, subdistrict
    ):
        source = places["510107005007"]
        section = make_place(source, "第一片区")
        carrier = make_carrier(place=source, name="来福士")
        make_organization(place=source, name="一支部")
        twin = make_organization(place=huangmenjie, name="一支部")
        merge = partial(merge_places, source=source, target=huangmenjie, on=DAY, reason=BASIS)
        with pytest.raises(NotAllowed, match="由区级办理"):
            merge(actor=subdistrict.actor)
        with pytest.raises(RuleViolation, match="现在不能并入：党组织——这个地方已经有同名的党组织。"):
            merge(actor=district.actor)
        source.refresh_from_db()
        assert (source.valid_to, Division.objects.get(pk=section.pk).code) == (None, "510107005007-P01")
        PartyOrganization.objects.filter(pk=twin.pk).update(name="二支部")
        merge(actor=district.actor)
        section.refresh_from_db()
        carrier.refresh_from_db()
        assert (section.code, section.name) == ("510107005008-P03", f"第一片区（原{source.name}）")
        assert (carrier.place, carrier.place_code) == (huangmenjie, huangmenjie.code)

    def test_only_into_another_of_the_same_level_in_use_by_today(self, grid, places, community, district):
        source = grid["第一片区"]
        for target, on, expected in (
            (source, DAY, ("target", "same_place")),
            (grid["松柏院"], DAY, ("target", "other_level")),
            (grid["第二片区"], date(2099, 1, 1), ("on", "future_date")),
            (grid["第二片区"], date(2023, 1, 1), ("on", "dates_out_of_order")),
        ):
            with pytest.raises(RuleViolation) as refused:
                merge_places(source=source, target=target, on=on, reason=BASIS, actor=community.actor)
            assert code_of(refused) == expected
        merge_places(source=source, target=grid["第二片区"], on=DAY, reason=BASIS, actor=community.actor)
        with pytest.raises(RuleViolation) as refused:
            merge_places(source=source, target=grid["第二片区"], on=DAY, reason=BASIS, actor=community.actor)
        assert code_of(refused) == (None, "place_closed")
        elsewhere = Division.objects.filter(level="community").exclude(administered_by="武侯区").first()
        with pytest.raises(RuleViolation) as refused:
            merge_places(
                source=places["510107005007"], target=elsewhere, on=DAY, reason=BASIS, actor=district.actor
            )
        assert code_of(refused) == ("target", "place_administered_elsewhere")


class TestClosing:
    def test_not_while_something_current_lies_there(self, grid, community):
        courtyard = grid["桂花院"]
        unit = make_unit(place=courtyard)
        with pytest.raises(RuleViolation, match="还有下级区划 1 个、驻区单位 1 个，请先迁走"):
            close_place(place=courtyard, on=DAY, reason="拆迁", actor=community.actor)
        close_place(place=grid["桂花院1栋"], on=DAY, reason="拆迁", actor=community.actor)
        Unit.objects.filter(pk=unit.pk).update(operating_status="deregistered")
        closed = close_place(place=courtyard, on=LATER, reason="拆迁", actor=community.actor)
        assert (closed.valid_to, closed.exists_on(date(2026, 6, 30)), closed.exists_on(LATER)) == (
            LATER,
            True,
            False,
        )
        for act in (
            partial(change_place, place=courtyard, households=1),
            partial(add_place, parent=courtyard, name="2栋"),
            partial(close_place, place=courtyard, on=LATER, reason="再停"),
        ):
            with pytest.raises(RuleViolation) as refused:
                act(actor=community.actor)
            assert refused.value.code == "place_closed"


@pytest.mark.django_db(transaction=True)
def test_two_who_add_at_once_get_different_codes(huangmenjie, subdistrict, community):
    sections = [make_place(huangmenjie, name) for name in ("第一片区", "第二片区")]
    works = [
        partial(add_place, parent=sections[number % 2], name=f"{number}号院", actor=person.actor)
        for number, person in enumerate((subdistrict, community) * 3)
    ]
    assert at_once(*works) == ["done"] * 6
    codes = Division.objects.filter(level="courtyard").values_list("code", flat=True)
    assert sorted(int(code[-3:]) for code in codes) == [1, 2, 3, 4, 5, 6]
