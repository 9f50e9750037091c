"""The verbs of the register: what they write, and in which words they refuse."""

from datetime import date

import pytest
import time_machine

from core.actor import SYSTEM
from core.errors import NotAllowed, RuleViolation, StaleVersion
from core.history import HistoryEntry
from tests.factories.units import cover, make_organization, make_unit
from units.actions import (
    change_organization,
    change_unit,
    cover_unit,
    create_organization,
    end_coverage,
    register_unit,
    return_to_operation,
)
from units.models import CoverageSpell, PartyOrganization, Unit
from units.sample_sheets.names import credit_code

pytestmark = pytest.mark.django_db
CODE = credit_code("91", "MADEX001")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(date(2026, 11, 23), tick=False):
        yield


def register(actor, place, **more) -> Unit:
    values = {"name": "成都甲有限公司", "category": "non_public", "credit_code": CODE, **more}
    return register_unit(place=place, actor=actor, **values)


def last_entry(row) -> HistoryEntry:
    return HistoryEntry.objects.filter(about_type__model=row._meta.model_name, about_id=row.pk).first()


class TestRegister:
    def test_it_counts_from_its_day(self, community, huangmenjie):
        unit = register(community.actor, huangmenjie, registered_on=date(2020, 5, 1), subcategory="private")
        assert (unit.place_code, unit.name_pinyin, unit.operating_status) == (
            huangmenjie.code,
            "cheng du jia you xian gong si",
            "operating",
        )
        assert list(unit.operating_spells.values_list("status", "from_on", "to_on")) == [
            ("operating", date(2020, 5, 1), None)
        ]
        assert (last_entry(unit).label, last_entry(unit).actor_label) == ("登记", community.actor.label)

    @pytest.mark.parametrize(("more", "field", "sentence"), [
        ({"credit_code": "91510107MADEX0011"}, "credit_code", "统一社会信用代码应为18位，现为17位：“91510107MADEX0011”。"),
        ({"credit_code": None}, "credit_code", "缺统一社会信用代码；确实没有的，请写明无信用代码的原因。"),
        ({"subcategory": "foundation"}, "subcategory", "“基金会”不属于“非公有制企业”，可填：私营控制、港澳台商控制、外商控制。"),
        ({"category": "government", "subcategory": "private"}, "subcategory", "“私营控制”不属于“机关”，这一类别不填子类。"),
        ({"members_total": 2, "members_full": 3}, "members_full", "正式党员人数（3）不能多于党员人数（2）。"),
        ({"registered_on": date(2026, 11, 24)}, "registered_on", "登记日期（2026-11-24）不能晚于今天（2026-11-23）。"),
        ({"name": "=1+1"}, "name", "单位名称不能以“=”开头，请核对是否误填了公式。"),
    ])  # fmt: skip
    def test_wrong_input_is_told_beside_its_field(self, community, huangmenjie, more, field, sentence):
        with pytest.raises(RuleViolation) as refused:
            register(community.actor, huangmenjie, **more)
        assert (refused.value.field, refused.value.message, refused.value.is_input) == (field, sentence, True)
        assert not Unit.objects.exists()

    def test_a_code_counts_once(self, community, huangmenjie):
        register(community.actor, huangmenjie)
        with pytest.raises(RuleViolation, match="这个统一社会信用代码已经登记过了。") as refused:
            register(community.actor, huangmenjie, name="成都乙有限公司")
        assert (refused.value.field, Unit.objects.count()) == ("credit_code", 1)

    def test_a_name_counts_once_in_a_subdistrict(self, district, places, huangmenjie, jinyan):
        register(district.actor, huangmenjie)
        with pytest.raises(RuleViolation, match="同一街道已登记同名单位，请核对。"):
            register(district.actor, places["510107005001"], credit_code=credit_code("91", "MADEX002"))
        assert register(district.actor, jinyan, credit_code=credit_code("91", "MADEX003")).pk

    def test_a_subdistrict_is_too_wide(self, subdistrict, yulin):
        with pytest.raises(RuleViolation, match="请选到社区，不能只选到街道或区。"):
            register(subdistrict.actor, yulin)

    def test_what_others_administer_is_not_registered_here(self, places):
        with pytest.raises(RuleViolation, match="石羊街道锦城社区由高新区管理，不在本区登记。"):
            register(SYSTEM, places["510107063010"])

    def test_nobody_registers_outside_of_the_own_place(self, stranger, liaison, huangmenjie):
        with pytest.raises(NotAllowed, match="这个地方不在您的管理范围内。"):
            register(stranger.actor, huangmenjie)
        with pytest.raises(NotAllowed, match="您当前的身份不能办理这件事。"):
            register(liaison.actor, huangmenjie)


class TestChange:
    def test_what_changed_is_in_the_timeline(self, community, huangmenjie):
        unit = register(community.actor, huangmenjie)
        change_unit(unit=unit, actor=community.actor, name="成都新有限公司", employees=30)
        assert last_entry(unit).changes == {
            "name": ["单位名称", "成都甲有限公司", "成都新有限公司"], "employees": ["从业人数", "0", "30"],
        }  # fmt: skip
        assert Unit.objects.get().name_pinyin == "cheng du xin you xian gong si"

    def test_moving_takes_standing_over_both_places(self, subdistrict, district, huangmenjie, jinyan):
        unit = register(subdistrict.actor, huangmenjie)
        with pytest.raises(NotAllowed):
            change_unit(unit=unit, actor=subdistrict.actor, place=jinyan)
        change_unit(unit=unit, actor=district.actor, place=jinyan)
        assert set(unit.operating_spells.values_list("place_code", flat=True)) == {jinyan.code}

    def test_an_older_version_is_stale(self, community, huangmenjie):
        unit = register(community.actor, huangmenjie)
        change_unit(unit=unit, actor=community.actor, version=1, employees=3)
        with pytest.raises(StaleVersion):
            change_unit(unit=unit, actor=community.actor, version=1, employees=4)


class TestDenominator:
    def test_a_unit_comes_back(self, subdistrict, huangmenjie):
        unit = make_unit(place=huangmenjie, status="suspended")
        back = return_to_operation(
            unit=unit, from_on=date(2026, 11, 20), reason="重新开业", actor=subdistrict.actor
        )
        assert (back.operating_status, unit.operating_spells.count()) == ("operating", 2)


class TestCoverage:
    def test_one_organization_at_a_time(self, community, unit, huangmenjie):
        first = make_organization(place=huangmenjie, name="甲支部")
        cover_unit(
            unit=unit, organization=first, mode="standalone", from_on=date(2024, 1, 1), actor=community.actor
        )
        with pytest.raises(RuleViolation, match="这个单位自2024-01-01起由“甲支部”覆盖，请先办理结束覆盖。"):
            cover_unit(
                unit=unit, organization=first, mode="joint", from_on=date(2025, 1, 1), actor=community.actor
            )
        assert last_entry(unit).note == "自2024-01-01起由“甲支部”覆盖（单独组建）。"

    def test_a_past_coverage_is_not_overlapped(self, community, unit, huangmenjie):
        organization = make_organization(place=huangmenjie, name="甲支部")
        cover(unit, since=date(2022, 1, 1), until=date(2024, 1, 1), organization=organization)
        with pytest.raises(
            RuleViolation, match="这个单位在2024-01-01之前由“甲支部”覆盖，起始日期不能早于这一天。"
        ):
            cover_unit(
                unit=unit,
                organization=organization,
                mode="joint",
                from_on=date(2023, 1, 1),
                actor=community.actor,
            )
        cover_unit(
            unit=unit,
            organization=organization,
            mode="joint",
            from_on=date(2024, 1, 1),
            actor=community.actor,
        )
        assert CoverageSpell.objects.count() == 2

    def test_the_database_refuses_in_the_same_language(self, community, unit, huangmenjie, monkeypatch):
        organization = make_organization(place=huangmenjie)
        cover(unit, since=date(2022, 1, 1), organization=organization)
        monkeypatch.setattr("units.actions.units.refuse_overlap", lambda *args: None)
        with pytest.raises(RuleViolation, match="同一单位同一时间只能由一个党组织覆盖。") as refused:
            cover_unit(
                unit=unit,
                organization=organization,
                mode="joint",
                from_on=date(2023, 1, 1),
                actor=community.actor,
            )
        assert refused.value.field == "from_on"

    def test_it_does_not_begin_before_the_organization(self, community, unit, huangmenjie):
        organization = make_organization(place=huangmenjie, established_on=date(2024, 5, 1))
        with pytest.raises(
            RuleViolation, match="覆盖起始日期（2024-01-01）不能早于党组织成立日期（2024-05-01）。"
        ):
            cover_unit(
                unit=unit,
                organization=organization,
                mode="joint",
                from_on=date(2024, 1, 1),
                actor=community.actor,
            )

    def test_a_dissolved_organization_covers_nobody(self, community, unit, huangmenjie):
        organization = make_organization(place=huangmenjie, name="甲支部", dissolved_on=date(2024, 5, 1))
        with pytest.raises(RuleViolation, match="“甲支部”已于2024-05-01撤销。"):
            cover_unit(
                unit=unit,
                organization=organization,
                mode="joint",
                from_on=date(2025, 1, 1),
                actor=community.actor,
            )

    def test_it_ends_on_a_day_with_a_reason(self, community, unit, huangmenjie):
        cover(unit, since=date(2022, 1, 1), organization=make_organization(place=huangmenjie, name="甲支部"))
        with pytest.raises(RuleViolation, match="请写明结束覆盖的原因。"):
            end_coverage(unit=unit, on=date(2026, 6, 1), reason="", actor=community.actor)
        spell = end_coverage(unit=unit, on=date(2026, 6, 1), reason="支部撤并", actor=community.actor)
        assert (spell.to_on, last_entry(unit).note) == (
            date(2026, 6, 1),
            "自2026-06-01起不再由“甲支部”覆盖。支部撤并",
        )

    def test_nothing_to_end_is_told(self, community, unit):
        with pytest.raises(RuleViolation, match="这个单位现在没有党组织覆盖。"):
            end_coverage(unit=unit, on=date(2026, 6, 1), reason="支部撤并", actor=community.actor)


class TestOrganizations:
    def test_a_name_counts_once_at_a_place(self, community, huangmenjie):
        create_organization(name="甲支部", category="631", place=huangmenjie, actor=community.actor)
        with pytest.raises(RuleViolation, match="这个地方已经有同名的党组织。") as refused:
            create_organization(name="甲支部", category="631", place=huangmenjie, actor=community.actor)
        assert (refused.value.field, PartyOrganization.objects.count()) == ("name", 1)

    def test_a_change_is_kept(self, community, huangmenjie):
        made = create_organization(name="甲支部", category="631", place=huangmenjie, actor=community.actor)
        change_organization(organization=made, actor=community.actor, member_count=8)
        assert last_entry(made).changes == {"member_count": ["党员人数", "0", "8"]}
