"""Who signs in for a unit that is merged into another one: the role ends there and goes on for the unit that stays."""

from datetime import timedelta

from accounts.actions import close_role
from accounts.models import Membership
from core.roles import UNIT_SIDE
from units.merging import Carried, Merging
from units.models import Unit


def open_roles(unit: Unit):
    return Membership.objects.filter(unit=unit, role__in=UNIT_SIDE, to_on=None).select_related("user", "unit")


def clash(source: Unit, target: Unit):
    rows = open_roles(source)
    return rows if open_roles(target).exists() else rows.none()


def settle(merging: Merging, is_taken: bool) -> None:
    if is_taken:
        end(list(open_roles(merging.target)), merging)


def move(merging: Merging) -> None:
    """The source's people go on for the target where that has none (any more)."""
    people = list(open_roles(merging.source))
    end(people, merging)
    if open_roles(merging.target).exists():
        return
    for hat in people:
        Membership.objects.create(user=hat.user, role=hat.role, unit=merging.target, from_on=merging.on)


def end(hats: list[Membership], merging: Merging) -> None:
    for hat in hats:
        close_role(hat, max(merging.on, hat.from_on + timedelta(days=1)), merging.actor)


KIND = Carried("accounts", "联络员账号", Membership, clash=clash, settle=settle, move=move)
