"""工作覆盖率: covered, or reached by an instructor or a mass organization."""

from tests.factories.units import make_unit
from tests.units.counting import counted


def test_each_of_the_three_ways_counts_once(huangmenjie):
    make_unit(place=huangmenjie, covered="joint", has_instructor=True, has_mass_organization=True)
    make_unit(place=huangmenjie, has_instructor=True)
    make_unit(place=huangmenjie, has_mass_organization=True)
    make_unit(place=huangmenjie)
    assert counted("work") == (3, 4)
