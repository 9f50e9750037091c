"""One import from file to register, in one transaction: the entry for commands, tests and the job's phases."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import IntegrityError, transaction

from core.actor import Actor
from core.clock import today as local_today
from core.codes import next_prefix
from core.errors import RuleViolation
from core.sheets import CellError, open_sheet
from units.imports import staging
from units.imports.applying import apply_plan
from units.imports.changes import ChangedRow, changed_rows
from units.imports.columns import HEADERS
from units.imports.places import PlaceBook
from units.imports.rows import RowReader
from units.models import Division

PREVIEW_ROWS = 200
PROGRESS_EVERY = 1000
Progress = Callable[[int, int], None]


@dataclass
class Imported:
    """What an import found and did (counts of rows)."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    asked: int = 0
    errors: list[CellError] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    preview: list[ChangedRow] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return len({error.row for error in self.errors})

    @property
    def counts(self) -> dict[str, int]:
        return {
            "rows": self.rows,
            "new": self.new,
            "changed": self.changed,
            "same": self.same,
            "refused": self.refused,
        }

    def error_list(self) -> list[dict]:
        """The errors as the API and the command give them."""
        return [{"row": error.row, "column": error.label, "message": error.message} for error in self.errors]

    def as_dict(self) -> dict:
        return {**self.counts, "errors": self.error_list()}


def nobody_waits(done: int, total: int) -> None:
    """Progress that nobody looks at."""


def import_file(
    path: str | Path,
    actor: Actor,
    dry_run: bool = False,
    *,
    place: Division | None = None,
    is_sample: bool = False,
    today: date | None = None,
) -> dict:
    """Import a spreadsheet of units: good rows are stored, refused rows are not; with ``dry_run`` nothing is.

    :param actor: who imports; rows outside the actor's place are refused. ``place`` narrows it further.
    :return: ``{"rows", "new", "changed", "same", "refused", "errors": [{"row", "column", "message"}]}``.
    :raises RuleViolation: the file as a whole can't be read, or somebody registered one of its units meanwhile.
    """
    on = today or local_today()
    try:
        with transaction.atomic():
            done = read_plan(
                path, name=Path(path).name, scope=scope_of(actor, place), today=on, is_final=not dry_run
            )
            if not dry_run:
                apply_plan(actor=actor, today=on, note=Path(path).name, is_sample=is_sample, import_id=None)
            drop_tables()
    except IntegrityError as error:
        raise collided() from error
    return done.as_dict()


def collided() -> RuleViolation:
    return RuleViolation("导入期间有人登记了同样的单位，这次没有写入任何数据，请重新导入。", code="collision")


def drop_tables() -> None:
    """Forget the temporary tables, so that a second import in the same transaction can make its own."""
    staging.run(
        "DROP TABLE IF EXISTS import_row, import_error, import_match, import_known, import_organization, import_plan,"
        " import_founding, import_history"
    )


def scope_of(actor: Actor, place: Division | None = None) -> Division | None:
    """The place the import may touch; None for everywhere. Raises `RuleViolation` for a place outside the actor's."""
    if actor.is_system:
        return place
    own = Division.objects.filter(code=actor.place_code).first()
    if own is None:
        raise RuleViolation("您当前的身份没有管理范围，不能导入单位。", code="permission_denied")
    if place is None:
        return own
    if not actor.stands_over(place.code):
        raise RuleViolation(f"{place}不在您的管理范围内。", field="place", code="out_of_scope")
    return place


def read_plan(
    file, *, name: str, scope: Division | None, today: date, is_final: bool, progress: Progress = nobody_waits
) -> Imported:
    """Read the file and plan what it would do; must run inside a transaction, which holds the plan's tables.

    Two imports never plan at the same time; with ``is_final`` the units it means are locked as well.
    """
    sheet = open_sheet(file, name, header_map=HEADERS)
    match = HEADERS.match(sheet.header).check()
    staging.run("SELECT pg_advisory_xact_lock(%s)", [staging.LOCK_KEY])
    reader = RowReader(match, PlaceBook(today), today)
    staging.stage(counted(reader, sheet.rows(), progress))
    if not reader.count:
        raise RuleViolation("表头下面没有数据行，请确认选对了文件。", code="empty_sheet", is_input=True)
    limits = (scope.code, next_prefix(scope.code), str(scope)) if scope else None
    staging.plan(scope=limits, today=today, is_final=is_final)
    for row, field_, message, code in staging.take_errors():
        reader.refuse(row, field_, message, code)
    return report(reader, match, sheet)


def counted(reader: RowReader, rows: Iterable, progress: Progress) -> Iterator[str]:
    """The lines of the good rows, telling how far the reading has come."""
    for line in reader.good_lines(rows):
        if reader.count % PROGRESS_EVERY == 0:
            progress(reader.count, 0)
        yield line


def report(reader: RowReader, match, sheet) -> Imported:
    return Imported(
        rows=reader.count,
        errors=sorted(
            reader.errors, key=lambda error: (error.row, error.column if error.column is not None else -1)
        ),
        unknown_columns=list(match.unknown),
        columns=dict(match.columns),
        preview=list(changed_rows(PREVIEW_ROWS)),
        skipped=[f"第{row.number}行：{row.reason}" for row in sheet.skipped],
        **staging.count_verdicts(),
    )
