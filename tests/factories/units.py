"""Units and their coverage, with everything that must be true of them."""

from datetime import date
from itertools import count

from core.pinyin import pinyin_key
from units.models import CoverageSpell, Division, OperatingSpell, PartyOrganization, Unit

_numbers = count(1)
SINCE = date(2021, 1, 1)


def make_unit(
    *,
    place: Division,
    name: str = "",
    category: str = Unit.Category.NON_PUBLIC,
    status: str = "operating",
    since: date = SINCE,
    covered: str | None = None,
    **fields,
) -> Unit:
    """A verified unit with its operating status since a day; ``covered`` is "standalone", "joint" or None."""
    fields.setdefault("verification", "verified")
    name = name or f"示例企业{next(_numbers):04d}"
    unit = Unit.objects.create(
        name=name,
        name_pinyin=pinyin_key(name),
        category=category,
        place=place,
        place_code=place.code,
        operating_status=status,
        **fields,
    )
    OperatingSpell.objects.create(
        unit=unit,
        status=status,
        from_on=since,
        place_code=place.code,
        category=category,
        reason="" if status == "operating" else "示例原因",
        evidence="" if status == "operating" else "示例依据",
    )
    if covered:
        cover(unit, mode=covered, since=since)
    return unit


def make_organization(*, place: Division, name: str = "", **fields) -> PartyOrganization:
    """A party organization at a place."""
    fields.setdefault("category", PartyOrganization.Category.BRANCH)
    if fields.get("dissolved_on"):
        fields.setdefault("status", PartyOrganization.Status.DISSOLVED)
    name = name or f"示例党支部{next(_numbers):04d}"
    return PartyOrganization.objects.create(name=name, place=place, place_code=place.code, **fields)


def cover(
    unit: Unit, *, mode: str = "standalone", since: date = SINCE, until: date | None = None, organization=None
) -> CoverageSpell:
    """Let an organization (a new one unless given) cover a unit."""
    return CoverageSpell.objects.create(
        unit=unit,
        organization=organization or make_organization(place=unit.place),
        mode=mode,
        from_on=since,
        to_on=until,
        place_code=unit.place_code,
        category=unit.category,
    )
