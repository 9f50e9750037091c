"""Taking an import back (撤销导入): everything as it was before, unless somebody has worked with its rows since."""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from core.actor import Actor
from core.errors import RuleViolation
from core.history import save_next_version, write_history
from units.imports.applying import HISTORY_COLUMNS
from units.imports.staging import LOCK_KEY, rows_of, run
from units.models import (
    CoverageSpell,
    DenominatorExit,
    ImportedChange,
    OperatingSpell,
    PartyOrganization,
    Unit,
    UnitImport,
)

NAMED_AT_MOST = 20
OWN = (OperatingSpell, CoverageSpell, ImportedChange)


def undo_import(done: UnitImport, *, actor: Actor) -> dict[str, int]:
    """Take an import back within one transaction; returns how many units were removed and restored.

    Raises `RuleViolation` naming the units that were changed, or used by something else, since the import.
    """
    run("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
    changed_ids = list(done.changes.values_list("unit_id", flat=True))
    list(
        Unit.objects.filter(pk__in=[*done.new_unit_ids, *changed_ids])
        .order_by("pk")
        .select_for_update()
        .values_list("pk")
    )
    refuse_touched(done, changed_ids)
    restore_changed(done)
    withdraw_exits(done, actor)
    write_undo_history([*done.new_unit_ids, *changed_ids], actor)
    remove_new(done)
    UnitImport.objects.filter(pk=done.pk).update(undone_at=timezone.now())
    return {"removed": len(done.new_unit_ids), "restored": len(changed_ids)}


# What stands in the way


def refuse_touched(done: UnitImport, changed_ids: list[int]) -> None:
    names = [*changed_since(done), *merged_away(done, changed_ids), *used_elsewhere(done)]
    if names:
        named = "、".join(dict.fromkeys(names[:NAMED_AT_MOST]))
        more = f"等{len(set(names))}家" if len(set(names)) > NAMED_AT_MOST else ""
        raise RuleViolation(
            f"不能撤销：导入之后，{named}{more}又有改动或已经使用。请在单位页面逐一更正。",
            code="changed_since",
        )


def changed_since(done: UnitImport) -> list[str]:
    """Units whose version isn't the one that the import left."""
    new = Unit.objects.filter(pk__in=done.new_unit_ids).exclude(version=1)
    touched = done.changes.exclude(unit__version=models.F("version_after"))
    return [*new.values_list("name", flat=True), *touched.values_list("unit__name", flat=True)]


def merged_away(done: UnitImport, changed_ids: list[int]) -> list[str]:
    merged = Unit.objects.filter(pk__in=[*done.new_unit_ids, *changed_ids], merged_into__isnull=False)
    return list(merged.values_list("name", flat=True))


def references(model: type[models.Model]) -> Iterable[models.Field]:
    """Every foreign key of the project that points to the model, hidden ones included."""
    for relation in model._meta.get_fields(include_hidden=True):
        is_reverse = relation.auto_created and (relation.one_to_many or relation.one_to_one)
        if is_reverse and not relation.related_model._meta.proxy:
            yield relation.field


def used_elsewhere(done: UnitImport) -> list[str]:
    """New units that something other than their own spells points to: a member of staff, a claim, a visit …"""
    found: list[str] = []
    for field in references(Unit):
        if field.model in OWN:
            continue
        rows = field.model._base_manager.filter(**{f"{field.name}__in": done.new_unit_ids})
        if field.model is PartyOrganization:
            rows = rows.exclude(pk__in=done.new_organization_ids)
        found += rows.values_list(f"{field.name}__name", flat=True)[: NAMED_AT_MOST + 1]
    return found


# Back to what was


def columns_of(model: type[models.Model], *without: str) -> list[str]:
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    return [field.column for field in fields if field.column not in without]


def restore_changed(done: UnitImport) -> None:
    """Put the changed units and their spells back, as one more version."""
    columns = columns_of(Unit, "id", "version", "updated_at")
    run(
        f"""UPDATE units_unit u SET {", ".join(f"{name} = kept.{name}" for name in columns)},
                version = u.version + 1, updated_at = now()
            FROM units_importedchange c, jsonb_populate_record(NULL::units_unit, c.before -> 'unit') kept
            WHERE c.unit_import_id = %s AND u.id = c.unit_id""",  # noqa: S608
        [done.pk],
    )
    for table in ("units_denominatorexit", "units_unitchangerequest"):
        run(
            f"""UPDATE {table} r SET place_code = u.place_code FROM units_importedchange c JOIN units_unit u ON u.id = c.unit_id
                WHERE c.unit_import_id = %s AND r.unit_id = u.id AND r.place_code <> u.place_code""",  # noqa: S608
            [done.pk],
        )
    restore_spells(done, OperatingSpell, "operating")
    restore_spells(done, CoverageSpell, "coverage")


def restore_spells(done: UnitImport, model: type[models.Model], key: str) -> None:
    table, columns = model._meta.db_table, ", ".join(columns_of(model))
    run(
        f"DELETE FROM {table} s USING units_importedchange c WHERE c.unit_import_id = %s AND s.unit_id = c.unit_id",  # noqa: S608
        [done.pk],
    )
    run(
        f"""INSERT INTO {table} ({columns}) SELECT {", ".join(f"kept.{name}" for name in columns_of(model))}
            FROM units_importedchange c, jsonb_populate_recordset(NULL::{table}, c.before -> '{key}') kept
            WHERE c.unit_import_id = %s""",  # noqa: S608
        [done.pk],
    )


def withdraw_exits(done: UnitImport, actor: Actor) -> None:
    """Take back what the import asked for and nobody has decided yet."""
    asked = done.changes.filter(before__has_key="exit").values_list("before__exit", flat=True)
    for row in DenominatorExit.objects.filter(pk__in=list(asked), status="submitted").select_for_update():
        row.status = DenominatorExit.Status.WITHDRAWN
        save_next_version(row)
        write_history(
            about=row,
            move="undo_import",
            label="撤销导入",
            actor=actor,
            from_status="submitted",
            to_status=row.status,
        )


def remove_new(done: UnitImport) -> None:
    """Remove what the import added; a party organization that others use by now stays."""
    ids = {"units": done.new_unit_ids, "organizations": done.new_organization_ids}
    run("DELETE FROM units_operatingspell WHERE unit_id = ANY(%(units)s)", ids)
    run("DELETE FROM units_coveragespell WHERE unit_id = ANY(%(units)s)", ids)
    run("UPDATE units_partyorganization SET host_unit_id = NULL WHERE host_unit_id = ANY(%(units)s)", ids)
    run("DELETE FROM units_unit WHERE id = ANY(%(units)s)", ids)
    free = [pk for (pk,) in rows_of(unused_organizations(), ids)]
    run("DELETE FROM units_partyorganization WHERE id = ANY(%s)", [free])


def unused_organizations() -> str:
    """The added organizations that nobody has changed and nothing points to any more."""
    conditions = [
        f"NOT EXISTS (SELECT 1 FROM {field.model._meta.db_table} r WHERE r.{field.column} = o.id)"  # noqa: S608
        for field in references(PartyOrganization)
    ]
    return (
        "SELECT o.id FROM units_partyorganization o WHERE o.id = ANY(%(organizations)s) AND o.version = 1 AND "  # noqa: S608
        + " AND ".join(conditions)
    )


def write_undo_history(unit_ids: list[int], actor: Actor) -> None:
    run(
        f"""INSERT INTO core_historyentry ({HISTORY_COLUMNS})
            SELECT %s, id, 'undo_import', '撤销导入', '', operating_status, %s::bigint, %s, '', '{{}}'::jsonb, place_code, now()
            FROM units_unit WHERE id = ANY(%s) ORDER BY id""",  # noqa: S608
        [ContentType.objects.get_for_model(Unit).pk, actor.user_id, actor.label or actor.name, unit_ids],
    )
