"""Merging one place into another (合并): rows and children move, nothing is lost, every sum stays the same.

Every model is treated alike, found by its foreign keys to `Division` and its ``place_code``. Papers, snapshots and
timelines keep the code under which they were written. Statistics of past days are counted by the present places:
what lay in the merged place counts for the place it went into, also before the day; frozen month-ends keep the old rows.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date

import pgtrigger
from django.db import connection, models, transaction

from core.actor import Actor
from core.codes import under
from core.constraints import explained
from core.errors import InputError, RuleViolation
from core.history import save_next_version, write_history
from units.divisions import path_name
from units.divisions.actions import (
    FIGURES,
    check_end,
    check_path,
    refuse_unless_keeper,
    structure_keepers,
)
from units.divisions.codes import SERIES, free_number, number_of, series_top, used_numbers
from units.divisions.contents import stored_models
from units.models import Division, DivisionName

# Records of what was said at the time: they keep the code they were written with.
RECORDS = {
    "core.HistoryEntry",
    "core.IssuedDocument",
    "reporting.IndicatorSnapshot",
    "reporting.FrozenMembers",
}
# Who stands where is decided with the accounts, not by merging places.
STANDINGS = {"accounts.Membership", "accounts.ApiToken"}


@transaction.atomic
def merge_places(*, source: Division, target: Division, on: date, reason: str, actor: Actor) -> Division:
    """Merge ``source`` into ``target`` of the same level from a day on (并入); returns the target.

    Children of the source move under the target with new codes, rows follow with place and code, figures are added
    up, the source ends with the target as its successor. Raises `RuleViolation` where a constraint stands in the way,
    e.g. a running body of the same kind at both.
    """
    for place in (source, target):
        refuse_unless_keeper(place.code, actor, structure_keepers(place.level))
    source, target = lock_both(source, target)
    check_pair(source, target)
    check_end(source, on, reason, label="并入日期")
    codes = move_children(source, target, on, actor)
    move_rows({source.pk: target.pk}, {source.code: target.code, **codes})
    add_figures(source, target)
    source.valid_to, source.successor = on, target
    save_next_version(source)
    save_next_version(target)
    note = f"自{on}起并入“{target}”（{target.code}）。{reason.strip()}"
    write_history(about=source, move="merge", label="并入", actor=actor, note=note)
    told = f"自{on}起“{source}”（{source.code}）并入。{reason.strip()}"
    write_history(about=target, move="absorb", label="并入来", actor=actor, note=told)
    return target


def lock_both(source: Division, target: Division) -> tuple[Division, Division]:
    """Both under lock in one order, with whoever gives numbers in their communities."""
    keys, tops = {source.pk, target.pk}, {source.code[:12], target.code[:12]}
    wanted = models.Q(pk__in=keys) | models.Q(code__in=tops)
    rows = Division.objects.select_for_update(of=("self",)).select_related("parent").filter(wanted)
    found = {row.pk: row for row in rows.order_by("code")}
    return found[source.pk], found[target.pk]


def check_pair(source: Division, target: Division) -> None:
    """Two different places of one level, both in use and run by the same."""
    if source.pk == target.pk:
        raise InputError("不能并入自己。", field="target", code="same_place")
    if source.level != target.level:
        raise InputError(f"只能并入同级的{source.get_level_display()}。", field="target", code="other_level")
    for field, place in ((None, source), ("target", target)):
        if place.valid_to is not None:
            raise RuleViolation(f"“{place}”已于{place.valid_to}停用。", field=field, code="place_closed")
    if source.administered_by != target.administered_by:
        raise RuleViolation(
            f"“{target}”由{target.administered_by}管理，不能并入。",
            field="target",
            code="place_administered_elsewhere",
        )
    if source.level not in SERIES:
        raise RuleViolation("区和区以上的区划不在这里合并。", code="wrong_level")


# Children


def move_children(source: Division, target: Division, on: date, actor: Actor) -> dict[str, str]:
    """Put everything below the source under the target; returns new codes by old ones."""
    rows = list(Division.objects.filter(under(source.code, "code")).exclude(pk=source.pk).order_by("code"))
    moved: dict[int, Division] = {source.pk: target}
    renumbered: dict[str, str] = {}
    used: dict[tuple[str, str], set[int]] = {}
    names = set(Division.objects.filter(parent=target, valid_to=None).values_list("name", flat=True))
    for row in rows:
        above, old = moved[row.parent_id], row.code
        row.code = new_code(row, above, used)
        if above is target:
            keep_apart(row, source, names, on)
        row.parent, row.path_name = above, path_name({"name": row.name}, above)
        check_path(len(row.path_name))
        row.version += 1
        moved[row.pk], renumbered[old] = row, row.code
    Division.objects.bulk_update(rows, ["code", "name", "parent", "path_name", "version"], batch_size=500)
    for old, row in zip(renumbered, rows, strict=True):
        write_history(
            about=row, move="recode", label="随上级并入", actor=actor, note=f"“{source}”并入“{target}”。",
            changes={"code": ["区划代码", old, row.code]},
        )  # fmt: skip
    return renumbered


def new_code(row: Division, above: Division, used: dict[tuple[str, str], set[int]]) -> str:
    """The row's code under its new parent: its own number where that is free, else the next."""
    key = (series_top(above.code, row.level), row.level)
    if key not in used:
        used[key] = used_numbers(above.code, row.level)
    own = number_of(row.code, row.level)
    if row.code.startswith(key[0]):
        # It stays in its series (a courtyard within its community): its own number is nobody else's.
        return above.code + SERIES[row.level].written(own or 0)
    return above.code + SERIES[row.level].written(free_number(used[key], row.level, own))


def keep_apart(row: Division, source: Division, names: set[str], on: date) -> None:
    """A moved place whose name is taken there says where it comes from; its old name is kept."""
    if row.valid_to is not None:
        return
    if row.name in names:
        DivisionName.objects.update_or_create(
            division=row, to_on=on,
            defaults={"name": row.name, "path_name": row.path_name, "reason": f"“{source.name}”并入后重名"},
        )  # fmt: skip
        row.name = f"{row.name}（原{source.name}）"[:60]
    names.add(row.name)


def add_figures(source: Division, target: Division) -> None:
    """What was counted at the source counts at the target."""
    for name in FIGURES:
        both = [value for value in (getattr(source, name), getattr(target, name)) if value is not None]
        setattr(target, name, sum(both) if both else None)


# Rows


def links_to_places() -> Iterator[models.ForeignKey]:
    """Every foreign key by which a row points at the place it is about."""
    for model in stored_models():
        if model in (Division, DivisionName) or model._meta.label in RECORDS | STANDINGS:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Division:
                yield field


def models_with_code() -> Iterator[type[models.Model]]:
    """Every model that repeats the code of a place."""
    for model in stored_models():
        has_code = any(field.name == "place_code" for field in model._meta.concrete_fields)
        if has_code and model._meta.label not in RECORDS:
            yield model


def follow_codes(model: type[models.Model], codes: dict[str, str]) -> None:
    """Write the new codes over the old ones of a table in one statement."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET place_code = moved.new_code"  # noqa: S608  # nosec B608 - a table of our own models
            " FROM unnest(%s::text[], %s::text[]) AS moved(old_code, new_code) WHERE place_code = moved.old_code",
            [list(codes), list(codes.values())],
        )


def ledgers() -> list[str]:
    """Triggers that refuse any change to rows whose copy of the code has to follow."""
    following = set(models_with_code())
    return [
        f"{model._meta.label}:{trigger.name}"
        for model, trigger in pgtrigger.registered()
        if model in following and isinstance(trigger, pgtrigger.Protect)
    ]


@contextmanager
def refused_by(model: type[models.Model]) -> Iterator[None]:
    """A constraint that stands in the way is told with the kind of row it is about."""
    try:
        with explained():
            yield
    except RuleViolation as refusal:
        label = model._meta.verbose_name
        raise RuleViolation(f"现在不能并入：{label}——{refusal.message}", code=refusal.code) from refusal


def move_rows(places: dict[int, int], codes: dict[str, str]) -> None:
    """Let rows of every model follow: their foreign keys by ``places`` (ids), their copies by ``codes``.

    Raises `RuleViolation` that names the kind of row for which a constraint stands in the way.
    """
    with ExitStack() as stack:
        if kept := ledgers():
            stack.enter_context(pgtrigger.ignore(*kept))
        for link in links_to_places():
            for old, new in places.items():
                with refused_by(link.model):
                    link.model._base_manager.filter(**{link.attname: old}).update(**{link.attname: new})
        for model in models_with_code():
            with refused_by(model):
                follow_codes(model, codes)
