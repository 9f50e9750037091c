"""50人以上组建率: covered ÷ all with 50 employees or more."""

from tests.factories.units import make_unit
from tests.units.counting import counted


def test_the_limit_itself_belongs_to_it(huangmenjie):
    make_unit(place=huangmenjie, employees=50, covered="joint")
    make_unit(place=huangmenjie, employees=50)
    make_unit(place=huangmenjie, employees=49, covered="standalone")
    assert counted("employees_50") == (1, 2)
