"""单独组建率: units with an organization of their own ÷ all that really operate."""

from tests.factories.units import make_unit
from tests.units.counting import counted


def test_a_joint_branch_does_not_count(huangmenjie):
    make_unit(place=huangmenjie, covered="standalone")
    make_unit(place=huangmenjie, covered="joint")
    make_unit(place=huangmenjie)
    assert counted("standalone") == (1, 3)
