"""组织覆盖率: covered alone or jointly ÷ all that really operate."""

from tests.factories.units import make_unit
from tests.units.counting import counted


def test_stand_alone_and_joint_both_count(huangmenjie):
    make_unit(place=huangmenjie, covered="standalone")
    make_unit(place=huangmenjie, covered="joint")
    make_unit(place=huangmenjie)
    assert counted("organization") == (2, 3)


def test_an_instructor_or_a_trade_union_is_no_party_organization(huangmenjie):
    make_unit(place=huangmenjie, has_instructor=True, has_mass_organization=True)
    assert counted("organization") == (0, 1)


def test_units_that_do_not_really_operate_are_left_out(huangmenjie):
    for status in (
        "suspended",
        "revoked",
        "deregistered",
        "moved_out",
        "shell",
        "zombie",
        "duplicate_licence",
    ):
        make_unit(place=huangmenjie, status=status, covered="standalone")
    assert counted("organization") == (0, 0)


def test_social_organizations_have_a_rate_of_their_own(huangmenjie):
    make_unit(place=huangmenjie, category="social_organization", covered="joint")
    make_unit(place=huangmenjie)
    assert counted("organization", kind="social_organization") == (1, 1)
    assert counted("organization", kind="two_new") == (1, 2)
