"""Finding or recording the people who act; only what is needed to name and reach them (domain.md §2.0.4)."""

from dataclasses import dataclass

from core.errors import InputError
from units.models import Division, Person, Unit

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as a form names him or her: a person already known, or a name with post and phone."""

    person: Person | None = None
    name: str = ""
    duty: str = ""
    phone: str = ""
    is_woman: bool = False
    is_party_member: bool = True

    @property
    def is_empty(self) -> bool:
        return self.person is None and not self.name.strip()


def find_or_record(
    named: Named, *, place: Division, unit: Unit | None = None, is_sample: bool = False, field: str = "name"
) -> Person:
    """The person meant; one of the same name in the same unit and place is taken to be the same.

    Raises `InputError` when nobody is named.
    """
    if named.person is not None:
        return named.person
    name = named.name.strip()
    if not name:
        raise InputError("请选择人员，或者填写姓名。", field=field, code="person_required")
    if len(name) > LONGEST_NAME:
        raise InputError(f"姓名最多 {LONGEST_NAME} 字。", field=field)
    known = (
        Person.objects.filter(name=name, place=place, unit=unit, post=named.duty.strip())
        .order_by("pk")
        .first()
    )
    return known or Person.objects.create(
        name=name, place=place, place_code=place.code, unit=unit, post=named.duty.strip(), phone=named.phone.strip(),
        is_woman=named.is_woman, is_party_member=named.is_party_member, is_sample=is_sample,
    )  # fmt: skip
