"""应建已建率: of the units with three full members or more, those with an organization of their own."""

from tests.factories.units import make_unit
from tests.units.counting import counted


def test_three_full_members_make_a_branch_due(huangmenjie):
    make_unit(place=huangmenjie, members_total=3, members_full=3, covered="standalone")
    make_unit(place=huangmenjie, members_total=3, members_full=3)
    make_unit(place=huangmenjie, members_total=3, members_full=2, covered="standalone")
    assert counted("due") == (1, 2)


def test_a_joint_branch_does_not_settle_what_is_due(huangmenjie):
    make_unit(place=huangmenjie, members_total=9, members_full=9, covered="joint")
    assert counted("due") == (0, 1)
