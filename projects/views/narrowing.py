"""The filter that leaves only what is near: the own place's, or the own unit's."""

from core.actor import Actor
from core.pages import query_string
from core.roles import UNIT_SIDE, Role

NEAR_STAFF = frozenset({Role.SUBDISTRICT, Role.COMMUNITY})


def of_place(actor: Actor) -> tuple[str, str] | None:
    """For the staff of a subdistrict or a community; the district's sees all of it anyway."""
    if actor.role not in NEAR_STAFF or not actor.place_code:
        return None
    return "只看本辖区", query_string(place=actor.place_code)


def of_place_or_unit(actor: Actor) -> tuple[str, str] | None:
    """The same, and for a unit's people what is their unit's."""
    if actor.role in UNIT_SIDE and actor.unit_id:
        return "只看本单位", query_string(unit=actor.unit_id)
    return of_place(actor)
