"""The places a deployment starts with (区划), read from a CSV of statistical codes."""

import csv
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from core.errors import RuleViolation
from units.models import Division

WUHOU = Path(__file__).with_name("wuhou.csv")


def read_divisions(path: Path = WUHOU) -> list[dict]:
    """Rows ``code, parent, level, name, administered_by`` in the file's order (parents first)."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def load_divisions(rows: Iterable[dict]) -> int:
    """Create or rename places so that they equal the rows; returns how many changed. Twice changes nothing.

    Raises `RuleViolation` when a code doesn't extend its parent's: the whole scope rule stands on it.
    """
    known = {division.code: division for division in Division.objects.all()}
    new: list[Division] = []
    changed = 0
    for row in rows:
        parent = known.get(row["parent"])
        if parent and not row["code"].startswith(parent.code):
            raise RuleViolation(f"区划代码 {row['code']} 不以上级代码 {parent.code} 开头。")
        if parent and parent.pk is None:
            create(new)
        division = known.setdefault(row["code"], Division(code=row["code"]))
        wanted = {
            "name": row["name"],
            "level": row["level"],
            "parent": parent,
            "administered_by": row["administered_by"],
            "path_name": path_name(row, parent),
        }
        if division.pk is None or any(getattr(division, field) != value for field, value in wanted.items()):
            for field, value in wanted.items():
                setattr(division, field, value)
            changed += 1
            if division.pk is None:
                new.append(division)
            else:
                division.save()
    create(new)
    return changed


def create(new: list[Division]) -> None:
    """Insert what is waiting, all at once; afterwards it may be somebody's parent."""
    Division.objects.bulk_create(new)
    new.clear()


def path_name(row: dict, parent: Division | None) -> str:
    """The name with the subdistrict before it, for everything below a subdistrict."""
    if parent is None or parent.level == Division.Level.DISTRICT:
        return row["name"]
    return (
        f"{parent.path_name}{row['name']}"
        if parent.level == Division.Level.SUBDISTRICT
        else f"{parent.path_name}·{row['name']}"
    )
