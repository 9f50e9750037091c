"""Sections, courtyards and buildings under a community, with codes as they are given."""

from datetime import date

from core.actor import SYSTEM
from units.divisions.actions import add_place
from units.models import Division

SINCE = date(2024, 1, 1)


def make_place(parent: Division, name: str, *, since: date = SINCE, **fields) -> Division:
    """A place directly in another, with the next free code."""
    return add_place(parent=parent, name=name, valid_from=since, actor=SYSTEM, **fields)


def make_grid(community: Division) -> dict[str, Division]:
    """Two sections, three courtyards and four buildings of a community, by name."""
    found = {name: make_place(community, name) for name in ("第一片区", "第二片区")}
    for section, name in (("第一片区", "松柏院"), ("第一片区", "银杏院"), ("第二片区", "桂花院")):
        found[name] = make_place(found[section], name, courtyard_kind="old")
    for courtyard, name, households in (
        ("松柏院", "1栋", 60),
        ("松柏院", "2栋", 40),
        ("银杏院", "1栋", 30),
        ("桂花院", "1栋", 50),
    ):
        found[courtyard + name] = make_place(found[courtyard], name, households=households)
    return found
