"""新建两新党组织: two-new party organizations established in a period."""

from datetime import date

from tests.factories.units import cover, make_organization, make_unit
from units.indicators import NEW_ORGANIZATIONS, Cell
from units.indicators.territory import By, read_territory
from units.models import PartyOrganization

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def count(code: str = "510107", by: str = By.NONE):
    return NEW_ORGANIZATIONS.count(read_territory(code, by), FIRST, LAST)


def test_both_days_of_the_period_belong_to_it(huangmenjie):
    for day in (FIRST, LAST, date(2025, 12, 31), date(2027, 1, 1), None):
        make_organization(place=huangmenjie, is_two_new=True, established_on=day)
    assert count().total.numerator == 2


def test_organizations_are_counted_not_the_units_they_cover(huangmenjie):
    branch = make_organization(
        place=huangmenjie,
        is_two_new=True,
        established_on=LAST,
        category=PartyOrganization.Category.JOINT_BRANCH,
    )
    for _ in range(3):
        cover(make_unit(place=huangmenjie), mode="joint", organization=branch)
    assert count().total.fields()["numerator"] == 1
    assert count().total.parts == {"standalone": 0, "joint": 1}


def test_an_organization_of_a_government_office_is_not_two_new(huangmenjie):
    make_organization(place=huangmenjie, established_on=FIRST)
    assert count().total.numerator == 0


def test_rows_add_up_and_open(places, huangmenjie, jinyan):
    make_organization(place=huangmenjie, is_two_new=True, established_on=FIRST)
    make_organization(
        place=jinyan, is_two_new=True, established_on=FIRST, category=PartyOrganization.Category.JOINT_BRANCH
    )
    make_organization(place=places["510107"], is_two_new=True, established_on=FIRST)
    breakdown = count(by=By.CHILD)
    rows = {place.code: figure.numerator for place, figure in breakdown.rows if figure.numerator}
    assert rows == {"510107": 1, "510107005": 1, "510107009": 1}
    territory = read_territory("510107", By.NONE)
    lists = {
        cell: NEW_ORGANIZATIONS.members(cell, territory, FIRST, LAST).count()
        for cell in ("numerator", "joint")
    }
    assert lists == {Cell.NUMERATOR: 3, Cell.JOINT: 1}
