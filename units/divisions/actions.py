"""The verbs of places and grid (区划与网格): add, change, rename, close; merging stands in `units.divisions.merging`.

Sources: domain.md §2.0.1, §2(g) Grid, §2.11 (17), §3 row Division/Grid. The structure of communities and above is
the district's; sections, courtyards and buildings are kept by the subdistrict and the community they lie in.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from core.actor import Actor
from core.clock import today
from core.codes import under
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.roles import Role
from units.divisions import path_name
from units.divisions.codes import COMMUNITY_WIDTH, clean_code, level_below, next_code, number_of, used_numbers
from units.divisions.contents import in_the_way
from units.models import Division, DivisionName, PartyOrganization
from units.rules import check_name, check_not_before, check_not_future

Level = Division.Level
STRUCTURE_KEEPERS = frozenset({Role.DISTRICT})
FIGURES = ("households", "population", "party_members")
NAME_LENGTH, PATH_LENGTH = 60, 160
MOST = 10_000_000


# Who may


def structure_keepers(level: str) -> Collection[str]:
    """Who adds, renames, merges and closes places of a level."""
    return Division.KEEPERS if level in Division.GRID_LEVELS else STRUCTURE_KEEPERS


def refuse_unless_keeper(code: str, actor: Actor, roles: Collection[str]) -> None:
    """Only these roles, standing at the place or above it."""
    if actor.is_system:
        return
    if actor.is_read_only or actor.role not in Division.KEEPERS:
        raise NotAllowed("您当前的身份不能办理这件事。")
    if actor.role not in roles:
        raise NotAllowed("社区和街道的设立、更名、合并、停用由区级办理。")
    if not actor.stands_over(code):
        raise NotAllowed("这个地方不在您的管理范围内。")


def lock_numbers(parent: Division) -> Division:
    """The parent as it stands now, under the lock through which all numbers of its community are given."""
    top = parent.code[:COMMUNITY_WIDTH]
    rows = Division.objects.select_for_update().filter(code__in={top, parent.code}).order_by("code")
    return list(rows)[-1]


def lock_place(place: Division) -> Division:
    """The place under lock while it is in use."""
    locked = Division.objects.select_for_update(of=("self",)).select_related("parent").get(pk=place.pk)
    if locked.valid_to is not None:
        raise RuleViolation(f"“{locked}”已于{locked.valid_to}停用，不能再改动。", code="place_closed")
    return locked


# Rules over fields


def clean_name(name: str) -> str:
    """A place's name without blanks around it; raises `InputError` beside ``name``."""
    plain = " ".join((name or "").split())
    if not plain:
        raise InputError("请填写名称。", field="name", code="required")
    if len(plain) > NAME_LENGTH:
        raise InputError(f"名称不能超过{NAME_LENGTH}个字。", field="name", code="too_long")
    if "·" in plain:
        raise InputError("名称里不要用“·”，它用来隔开上下级。", field="name", code="bad_name")
    check_name(plain)
    return plain


def refuse_same_name(parent: Division | None, name: str, but: Division | None = None) -> None:
    """Two places in use that lie side by side have two names."""
    taken = Division.objects.filter(parent=parent, name=name, valid_to=None).exclude(
        pk=but.pk if but else None
    )
    if parent is not None and taken.exists():
        raise RuleViolation(f"{parent}下面已经有“{name}”。", field="name", code="name_taken")


def free_code(text: str, parent: Division) -> str:
    """A typed code that nobody has; a courtyard's number is nobody else's in the whole community."""
    code, level = clean_code(text, parent), level_below(parent.level)
    if number_of(code, level) in used_numbers(parent.code, level):
        raise RuleViolation(
            f"编码 {code} 的编号已经用过，请换一个，或者留空由系统编。", field="code", code="code_taken"
        )
    return code


def check_path(length: int) -> None:
    """Names of all levels together fit into the full name."""
    if length > PATH_LENGTH:
        raise InputError(
            f"连同上级的全名有{length}个字，超过{PATH_LENGTH}个，请把名称取短一些。",
            field="name",
            code="too_long",
        )


def check_figures(values: dict[str, Any]) -> None:
    """Households, people and party members are counts, at most ten million."""
    for name in FIGURES:
        value = values.get(name)
        if value is not None and not 0 <= value <= MOST:
            raise InputError(f"要填 0 到 {MOST:,} 之间的整数。", field=name, code="out_of_range")


def check_kind(level: str, kind: str) -> None:
    if kind and level != Level.COURTYARD:
        raise InputError("只有院落才填院落类型。", field="courtyard_kind", code="not_a_courtyard")


def check_party_node(code: str, organization: PartyOrganization | None) -> None:
    """The party organization of a place lies in the same community (in the same subdistrict, district above it)."""
    if organization is None:
        return
    if organization.dissolved_on is not None:
        raise RuleViolation(
            f"“{organization}”已于{organization.dissolved_on}撤销。",
            field="party_organization",
            code="dissolved",
        )
    if not organization.place_code.startswith(code[:COMMUNITY_WIDTH]):
        raise RuleViolation(
            "对应党组织要在同一个社区（街道、区）里。",
            field="party_organization",
            code="organization_elsewhere",
        )


def check_begin(valid_from: date | None, parent: Division | None) -> None:
    check_not_future(valid_from, today(), field="valid_from", label="启用日期")
    earlier = parent.valid_from if parent else None
    check_not_before(valid_from, earlier, field="valid_from", label="启用日期", earlier_label="上级启用日期")


# The verbs


@transaction.atomic
def add_place(
    *,
    parent: Division,
    name: str,
    actor: Actor,
    code: str = "",
    valid_from: date | None = None,
    courtyard_kind: str = "",
    households: int | None = None,
    population: int | None = None,
    party_members: int | None = None,
    party_organization: PartyOrganization | None = None,
    is_sample: bool = False,
) -> Division:
    """Add a place directly in another (新增): one level below it, in use from ``valid_from`` (default: today).

    Without ``code`` it gets the next free number. Raises `InputError` beside the field that is wrong, `NotAllowed`
    where others keep the structure, `RuleViolation` for a name or code that is taken.
    """
    level = level_below(parent.level)
    refuse_unless_keeper(parent.code, actor, structure_keepers(level))
    above = lock_numbers(parent)
    if above.valid_to is not None:
        raise RuleViolation(
            f"“{above}”已于{above.valid_to}停用，下面不能再新增。", field="parent", code="place_closed"
        )
    name, begin = clean_name(name), valid_from or today()
    refuse_same_name(above, name)
    full_name = path_name({"name": name}, above)
    check_path(len(full_name))
    check_kind(level, courtyard_kind)
    check_figures({"households": households, "population": population, "party_members": party_members})
    check_begin(begin, above)
    code = free_code(code, above) if code.strip() else next_code(above)
    check_party_node(code, party_organization)
    place = Division.objects.create(
        code=code, name=name, path_name=full_name, level=level, parent=above,
        administered_by=above.administered_by, valid_from=begin, courtyard_kind=courtyard_kind, households=households,
        population=population, party_members=party_members, party_organization=party_organization, is_sample=is_sample,
    )  # fmt: skip
    write_history(about=place, move="add", label="新增", actor=actor, note=f"自{begin}起，编码 {code}。")
    return place


@transaction.atomic
def change_place(
    *, place: Division, actor: Actor, version: int | None = None, note: str = "", **values: Any
) -> Division:
    """Change facts of a place: kind of courtyard, figures, party organization, first day.

    Its name changes by `rename_place`, its end by `close_place` or `merge_places`. The first day belongs to the
    structure: above the grid only the district changes it. Raises `StaleVersion` for an older ``version``.
    """
    refuse_unless_keeper(place.code, actor, Division.KEEPERS)
    locked = lock_place(place)
    if "valid_from" in values and values["valid_from"] != locked.valid_from:
        refuse_unless_keeper(locked.code, actor, structure_keepers(locked.level))
        check_begin(values["valid_from"], locked.parent)
    check_kind(locked.level, values.get("courtyard_kind", ""))
    check_figures(values)
    if values.get("party_organization") != locked.party_organization:
        check_party_node(locked.code, values.get("party_organization"))
    with explained(division_valid_in_order="valid_from"):
        return change_fields(obj=locked, values=values, actor=actor, version=version, note=note)


@transaction.atomic
def rename_place(*, place: Division, name: str, on: date, basis: str, actor: Actor) -> Division:
    """Give a place another name from a day on (更名); the old one is kept for its time as `DivisionName`.

    The names with their superiors of everything below follow in one statement.
    """
    refuse_unless_keeper(place.code, actor, structure_keepers(place.level))
    locked = lock_place(place)
    name = clean_name(name)
    if name == locked.name:
        raise InputError("新名称和现在的名称一样。", field="name", code="same_name")
    if not basis.strip():
        raise InputError("请写明更名依据，如批复文号。", field="basis", code="basis_required")
    refuse_same_name(locked.parent, name, locked)
    check_not_future(on, today(), field="on", label="更名日期")
    refuse_before_last_name(locked, on)
    old, old_path = locked.name, locked.path_name
    with explained(division_renamed_once_a_day="on"):
        DivisionName.objects.create(
            division=locked, name=old, path_name=old_path, to_on=on, reason=basis.strip()[:200]
        )
    give_name(locked, name)
    save_next_version(locked)
    write_history(
        about=locked, move="rename", label="更名", actor=actor, note=f"自{on}起。依据：{basis.strip()}",
        changes={"name": ["名称", old, name]},
    )  # fmt: skip
    return locked


def refuse_before_last_name(place: Division, on: date) -> None:
    """Names follow each other: a new one begins after the place did and after the last renaming."""
    last = place.former_names.order_by("-to_on").values_list("to_on", flat=True).first()
    begin = max((day for day in (place.valid_from, last) if day), default=None)
    if begin and on <= begin:
        raise InputError(
            f"现在的名称自{begin}起用，更名日期要晚于这一天。", field="on", code="dates_out_of_order"
        )


def give_name(place: Division, name: str) -> None:
    """Set name and name with superiors, and let everything below follow in one statement (not yet saved itself)."""
    old_path = place.path_name
    place.name, place.path_name = name, path_name({"name": name}, place.parent)
    if place.level in (Level.PROVINCE, Level.CITY, Level.DISTRICT) or not old_path:
        return
    below = Division.objects.filter(under(place.code, "code"), path_name__startswith=old_path).exclude(
        pk=place.pk
    )
    longest = max([len(path) for path in below.values_list("path_name", flat=True)], default=len(old_path))
    check_path(longest + len(place.path_name) - len(old_path))
    below.update(
        path_name=Concat(Value(place.path_name), Substr("path_name", len(old_path) + 1)),
        version=F("version") + 1,
    )


@transaction.atomic
def close_place(*, place: Division, on: date, reason: str, actor: Actor) -> Division:
    """A place is no longer in use from a day on (停用); refused while something current lies there."""
    refuse_unless_keeper(place.code, actor, structure_keepers(place.level))
    locked = lock_place(place)
    check_end(locked, on, reason, label="停用日期")
    if found := in_the_way(locked):
        things = "、".join(f"{label} {count} 个" for label, count in found)
        raise RuleViolation(f"“{locked}”还有{things}，请先迁走、办结，或者并入别处。", code="place_in_use")
    locked.valid_to = on
    save_next_version(locked)
    write_history(
        about=locked, move="close", label="停用", actor=actor, note=f"自{on}起停用。{reason.strip()}"
    )
    return locked


def check_end(place: Division, on: date, reason: str, *, label: str) -> None:
    """A place ends by today, after it began, for a reason."""
    check_not_future(on, today(), field="on", label=label)
    if place.valid_from and on <= place.valid_from:
        raise InputError(
            f"{label}要晚于启用日期（{place.valid_from}）。", field="on", code="dates_out_of_order"
        )
    if not reason.strip():
        raise InputError("请写明原因或依据。", field="reason", code="reason_required")
