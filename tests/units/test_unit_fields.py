"""What the register knows of a unit besides: its business, its names, what it belongs to, which mass organizations."""

from datetime import date
from decimal import Decimal

import pytest

from core.errors import InputError
from tests.factories.units import make_unit
from units.actions import change_unit
from units.filters.units import UnitFilter
from units.indicators import COVERAGE
from units.indicators.territory import read_territory
from units.models import BuildPlan, Unit
from units.rules import clean_industry


@pytest.mark.parametrize(("typed", "kept"), [("f", "F"), (" F51 ", "F51"), ("", ""), (None, "")])
def test_an_industry_is_a_section_with_or_without_its_division(typed, kept):
    assert clean_industry(typed) == kept


@pytest.mark.parametrize("typed", ["U", "F5", "F99", "F5A", "51", "批发"])
def test_any_other_industry_is_refused(typed):
    with pytest.raises(InputError, match="门类"):
        clean_industry(typed)


def test_a_new_name_keeps_the_old_one_and_mass_organizations_add_up(unit, subdistrict):
    old = unit.name
    changed = change_unit(
        unit=unit, name="成都安和城市服务有限公司", has_union=True, industry="k70", annual_revenue=Decimal("2350000.00"),
        affiliated_to="中共武侯区委两新工委", credit_code_missing_reason="筹备中", actor=subdistrict.actor,
    )  # fmt: skip
    assert (changed.industry, changed.has_mass_organization) == ("K70", True)
    assert [(one.name, one.until) for one in unit.former_names.all()] == [(old, date.today())]
    page = subdistrict.client.get(unit.get_absolute_url()).content.decode()
    for words in (f"{old}（至", "年营业收入 2,350,000.00 元", "中共武侯区委两新工委", "K70"):
        assert words in page
    for query in ({"industry": "K"}, {"affiliated_to": "两新工委"}):
        assert list(UnitFilter(query, Unit.objects.all()).qs) == [unit]
    assert not UnitFilter({"industry": "F"}, Unit.objects.all()).qs.exists()


def test_three_haves_and_no_member(places, huangmenjie):
    have = {"has_premises": True, "has_business": True, "employees": 10}
    make_unit(place=huangmenjie, covered="joint", **have)
    make_unit(place=huangmenjie, **have, members_total=1)
    make_unit(place=huangmenjie, **(have | {"employees": 9}))
    make_unit(place=huangmenjie, **(have | {"has_premises": False}))

    def figure(measure):
        total = (
            COVERAGE[measure, "non_public"]
            .count(read_territory("510107"), date(2026, 1, 1), date(2026, 11, 1))
            .total
        )
        return total.numerator, total.denominator

    assert COVERAGE["three_haves", "non_public"].id == "COV-3HAVE"
    assert figure("three_haves") == (1, 2)
    assert COVERAGE["no_member", "non_public"].id == "NO-MEMBER"
    assert figure("no_member") == (2, 4)


def test_a_build_plan_goes_where_its_unit_goes(unit, district, jinyan):
    plan = BuildPlan.objects.create(unit=unit, place_code=unit.place_code)
    change_unit(unit=unit, place=jinyan, credit_code_missing_reason="筹备中", actor=district.actor)
    plan.refresh_from_db()
    assert plan.place_code == jinyan.code
