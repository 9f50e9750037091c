"""What a row of the plan would change, in the words a person reads: for the preview and for the timeline."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from units.imports.columns import LABELS
from units.imports.staging import DIFFERENT, PLAIN
from units.models import CoverageSpell, Unit

WORDS = {
    "category": dict(Unit.Category.choices),
    "subcategory": dict(Unit.Subcategory.choices),
    "status": dict(Unit.OperatingStatus.choices),
    "mode": dict(CoverageSpell.Mode.choices),
}
# Facts with a day: shown as changed when the plan acts on them.
COVERAGE = ("organization", "mode", "covered_from")
COLUMNS = (
    "row", "unit_id", "place_code", "old_name", "coverage_action", "status_action",
    *PLAIN, *(f"old_{name}" for name in PLAIN if name != "name"), *COVERAGE, *(f"old_{name}" for name in COVERAGE),
    "missing_reason", "old_credit_code_missing_reason", "status", "old_status", "registered_on", "old_registered_on",
    "status_on", "reason", "evidence", "old_place_code",
)  # fmt: skip
CHANGED = f"""
    SELECT {", ".join("p." + name for name in COLUMNS)}, here.path_name AS place, there.path_name AS old_place
    FROM import_plan p
    LEFT JOIN units_division here ON here.id = p.place_id
    LEFT JOIN units_division there ON there.id = p.old_place_id
    WHERE NOT is_new AND {DIFFERENT} AND row > %s ORDER BY row LIMIT %s
"""  # noqa: S608


class ChangedRow(NamedTuple):
    """A unit of the register that the file would change; ``changes`` is {field: [label, old, new]}."""

    row: int
    unit_id: int
    name: str
    place_code: str
    changes: dict[str, list[str]]


def shown(field: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(WORDS.get(field, {}).get(value, value))


def change(values: dict, field: str, old: str, label: str) -> list[str] | None:
    """[label, old, new] when the file says something else than the register."""
    new = values[field]
    if new is None or new == values[old]:
        return None
    return [label, shown(field, values[old]), shown(field, new)]


def changes_of(values: dict) -> dict[str, list[str]]:
    """All changes of one row of the plan."""
    found = {name: change(values, name, f"old_{name}", LABELS[name]) for name in PLAIN}
    found["missing_reason"] = change(
        values, "missing_reason", "old_credit_code_missing_reason", LABELS["missing_reason"]
    )
    if values["place_code"] != values["old_place_code"]:
        found["place"] = ["所在社区", values["old_place"] or "", values["place"] or ""]
    if values["coverage_action"]:
        found |= {name: change(values, name, f"old_{name}", LABELS[name]) for name in COVERAGE}
    if values["status_action"] == "move":
        found["status"] = change(values, "status", "old_status", LABELS["status"])
        found["status_on"] = ["状态起始日期", "", str(values["status_on"])]
        found |= {name: [LABELS[name], "", values[name]] for name in ("reason", "evidence") if values[name]}
    if values["status_action"] == "ask":
        found["status"] = change(values, "status", "old_status", "退出统计口径（待审核）")
        found["status_on"] = ["退出日期", "", str(values["status_on"])]
        found |= {name: [LABELS[name], "", values[name]] for name in ("reason", "evidence") if values[name]}
    if values["status_action"] == "redate":
        found["registered_on"] = change(values, "registered_on", "old_registered_on", LABELS["registered_on"])
    return {name: words for name, words in found.items() if words}


def changed_rows(limit: int, after: int = 0) -> list[ChangedRow]:
    """The next units that would change, in the file's order."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, [after, limit])
        names = [column.name for column in cursor.description]
        lines = [dict(zip(names, line, strict=True)) for line in cursor]
    return [
        ChangedRow(line["row"], line["unit_id"], line["old_name"], line["place_code"], changes_of(line))
        for line in lines
    ]


def changed_batches(size: int = 2000) -> Iterator[list[ChangedRow]]:
    """All units that would change, a batch at a time."""
    after = 0
    while batch := changed_rows(size, after):
        yield batch
        after = batch[-1].row
