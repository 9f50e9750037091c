"""工作覆盖率: covered, or reached by an instructor on the day or by a mass organization."""

from datetime import date

from tests.factories.bodies import make_person
from tests.factories.units import make_unit
from tests.units.counting import DAY, counted
from units.models import Instructor


def test_each_of_the_three_ways_counts_once(huangmenjie):
    units = [
        make_unit(place=huangmenjie, covered="joint", has_mass_organization=True),
        make_unit(place=huangmenjie),
        make_unit(place=huangmenjie, has_mass_organization=True),
        make_unit(place=huangmenjie),
    ]
    for unit in units[:2]:
        Instructor.objects.create(unit=unit, person=make_person(place=huangmenjie), from_on=date(2026, 1, 1))
    assert counted("work") == (3, 4)


def test_an_instructor_counts_from_the_first_day_to_the_day_before_the_end(huangmenjie):
    unit = make_unit(place=huangmenjie)
    person = make_person(place=huangmenjie)
    Instructor.objects.create(unit=unit, person=person, from_on=date(2026, 5, 1), to_on=date(2026, 6, 1))
    days = (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 31), date(2026, 6, 1), DAY)
    assert [counted("work", day=day)[0] for day in days] == [0, 1, 1, 0, 0]


def test_what_a_sheet_says_without_naming_anybody_is_not_counted(huangmenjie):
    make_unit(place=huangmenjie, has_instructor=True)
    assert counted("work") == (0, 1)
