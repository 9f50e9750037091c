"""Regional bodies and the people in them, with everything that must be true of them."""

from datetime import date
from itertools import count

from tests.factories.units import make_organization
from units.models import (
    BodyMember,
    BodySeat,
    Division,
    PartyOrganization,
    PartySecretary,
    Person,
    RegionalBody,
    Representative,
    Unit,
)

_numbers = count(1)
SINCE = date(2024, 3, 1)
TERM_END = date(2029, 3, 1)


def make_person(*, place: Division, name: str = "", unit: Unit | None = None, **fields) -> Person:
    """Somebody who acts at a place."""
    return Person.objects.create(
        name=name or f"人员{next(_numbers):03d}", place=place, place_code=place.code, unit=unit, **fields
    )


def make_body(*, place: Division, kind: str = "committee", status: str = "running", **fields) -> RegionalBody:
    """A body with a status and the days that go with it."""
    if status in ("running", "re_electing", "dissolved"):
        fields = {"from_on": SINCE, "term_start": SINCE, "term_end": TERM_END, **fields}
    if status == "dissolved":
        fields.setdefault("to_on", date(2025, 3, 1))
    label = RegionalBody.Kind(kind).label
    return RegionalBody.objects.create(
        kind=kind, place=place, name=fields.pop("name", f"{place.name}{label}"), status=status, **fields
    )


def make_seat(body: RegionalBody, person: Person | None = None, post: str = "member", **fields) -> BodySeat:
    """A seat in a body since it began."""
    person = person or make_person(place=body.place)
    return BodySeat.objects.create(
        body=body, person=person, post=post, from_on=fields.pop("from_on", SINCE), **fields
    )


def make_member(body: RegionalBody, unit: Unit, kind: str = "enterprise", **fields) -> BodyMember:
    """A member unit of a joint meeting."""
    return BodyMember.objects.create(
        body=body, unit=unit, kind=kind, from_on=fields.pop("from_on", SINCE), **fields
    )


def make_representative(assembly: RegionalBody, kind: str = "party_member", **fields) -> Representative:
    """A representative of an assembly."""
    person = fields.pop("person", None) or make_person(place=assembly.place)
    return Representative.objects.create(
        assembly=assembly, person=person, kind=kind, produced_by="elected", from_on=SINCE, **fields
    )


def make_party_committee(*, place: Division, secretary: Person | None = None) -> PartyOrganization:
    """The party committee (611) of a place, led by somebody since long ago."""
    organization = make_organization(
        place=place, name=f"中共{place.name}委员会", category="611", secretary=secretary
    )
    if secretary:
        PartySecretary.objects.create(organization=organization, person=secretary, from_on=SINCE)
    return organization
