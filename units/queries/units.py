"""Reads over places and units that more than one page needs."""

from django.conf import settings
from django.db.models import Q

from core.codes import next_prefix, under
from units.models import Division, Unit


def root_place() -> Division:
    """The deployment's own place: every sum starts here unless told otherwise."""
    return Division.objects.get(code=settings.ROOT_PLACE_CODE)


def excluded_codes(place: Division) -> list[str]:
    """Codes of the topmost places inside ``place`` that somebody else administers (高新区 inside 武侯区)."""
    inner = Division.objects.filter(under(place.code, "code")).exclude(administered_by=place.administered_by)
    found: list[str] = []
    for code in inner.order_by("code").values_list("code", flat=True):
        if not any(code.startswith(above) for above in found):
            found.append(code)
    return found


def within(place: Division, field: str = "place_code") -> Q:
    """Rows that count for a place: at or below it, without what others administer inside it."""
    inside = under(place.code, field)
    for code in excluded_codes(place):
        inside &= ~Q(**{f"{field}__gte": code, f"{field}__lt": next_prefix(code)})
    return inside


def same_name_in_subdistrict(unit: Unit):
    """Other units with this name in the same subdistrict: without a credit code the name is the key (domain.md §5.1)."""
    inside = Unit.objects.effective().filter(under(unit.place.code[:9]), name=unit.name)
    return inside.exclude(pk=unit.pk)
