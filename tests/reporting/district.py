"""A small district with known figures, for the tests of statistics."""

from datetime import date

from tests.factories.bodies import make_person
from tests.factories.units import cover, make_organization, make_unit
from units.models import Instructor, OperatingSpell, PartyOrganization, Unit

STANDALONE, JOINT, UNCOVERED = 3, 2, 1


def close_unit(unit: Unit, on: date, status: str = "deregistered") -> OperatingSpell:
    """Let a unit leave the denominator."""
    unit.operating_spells.filter(to_on=None).update(to_on=on)
    Unit.objects.filter(pk=unit.pk).update(operating_status=status)
    return OperatingSpell.objects.create(
        unit=unit, status=status, from_on=on, reason="已办注销登记", evidence="登记机关公告第1号",
        place_code=unit.place_code, category=unit.category,
    )  # fmt: skip


def reopen_unit(unit: Unit, on: date) -> OperatingSpell:
    """Let a unit come back into the denominator."""
    unit.operating_spells.filter(to_on=None).update(to_on=on)
    Unit.objects.filter(pk=unit.pk).update(operating_status="operating")
    return OperatingSpell.objects.create(
        unit=unit, status="operating", from_on=on, place_code=unit.place_code, category=unit.category
    )


def build_district(places) -> dict[str, Unit]:
    """黉门街: three stand-alone, two joint, one uncovered, one deregistered in March; 金雁: one stand-alone.

    The joint branch and one of the stand-alone organizations were established this year.
    """
    here, there = places["510107005008"], places["510107009001"]
    units = {}
    for number in range(STANDALONE):
        units[f"standalone{number}"] = make_unit(
            place=here, covered="standalone", members_total=5, members_full=4, employees=120
        )
    branch = make_organization(
        place=here,
        category=PartyOrganization.Category.JOINT_BRANCH,
        is_two_new=True,
        established_on=date(2026, 4, 1),
    )
    for number in range(JOINT):
        units[f"joint{number}"] = make_unit(place=here, employees=60)
        cover(units[f"joint{number}"], mode="joint", organization=branch, since=date(2026, 4, 1))
    units["uncovered"] = make_unit(place=here, members_total=3, members_full=3)
    sent = make_person(place=here, name="周某某")
    Instructor.objects.create(unit=units["uncovered"], person=sent, from_on=date(2026, 2, 1))
    units["closed"] = make_unit(place=here, covered="standalone")
    close_unit(units["closed"], date(2026, 3, 10))
    units["elsewhere"] = make_unit(place=there, covered="standalone")
    units["social"] = make_unit(place=here, category="social_organization", covered="standalone")
    PartyOrganization.objects.filter(coverage_spells__unit=units["social"]).update(
        is_two_new=True, established_on=date(2026, 5, 2)
    )
    return units
