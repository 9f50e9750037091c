"""The import of places from a spreadsheet: check, then (once confirmed) write; up to 5,000 rows.

The check runs the very actions that write, and takes everything back: what it says is what happens. Rows are taken
level by level, so that a section and its courtyards may stand in one file in any order.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from core import jobs
from core.actor import Actor
from core.errors import InputError, NotAllowed, RuleViolation
from core.jobs import JobKind, Progress
from core.models import Job
from core.sheets import CellError, HeaderMap, mark_errors, open_sheet
from core.sheets import Field as SheetField
from core.sheets.cells import date_of, integer, one_of
from core.sheets.headers import Match, RowForm
from units.divisions.actions import add_place, change_place
from units.models import Division

KIND = "places_import"
MAX_PLACES = 5_000
ERRORS_SHOWN = 200
PREVIEW_ROWS = 200
Level = Division.Level
# What a file may add or change; the district itself is the deployment's.
LEVELS = (Level.SUBDISTRICT, Level.COMMUNITY, *Division.GRID_LEVELS)
LEVEL_WORDS = {str(level.label): level.value for level in (Level.DISTRICT, *LEVELS)} | {
    "总网格": Level.COMMUNITY.value,
    "一般网格": Level.SECTION.value,
    "网格": Level.SECTION.value,
}
KIND_WORDS = {str(kind.label): kind.value for kind in Division.CourtyardKind}
LABELS = {
    "code": "编码",
    "level": "级别",
    "name": "名称",
    "parent": "上级编码或名称",
    "courtyard_kind": "院落类型",
    "households": "户数",
    "population": "人口",
    "party_members": "党员",
    "valid_from": "启用日期",
}
FACTS = ("courtyard_kind", "households", "population", "party_members", "valid_from")
HEADERS = HeaderMap(
    {
        "code": SheetField(LABELS["code"], ["代码", "区划代码", "网格编码"], help="空着就按顺序编。", width=30),
        "level": SheetField(
            LABELS["level"], ["层级"], required=True, parse=one_of(LEVEL_WORDS), choices=("片区", "院落", "楼栋"), example="院落"
        ),
        "name": SheetField(LABELS["name"], ["网格名称", "区划名称"], required=True, example="松柏院", width=20),
        "parent": SheetField(
            LABELS["parent"], ["上级编码", "上级名称", "上级", "所属上级"], example="黉门街社区",
            help="重名时写编码，或者写带街道的全名。", width=30,
        ),
        "courtyard_kind": SheetField(
            LABELS["courtyard_kind"], ["类型"], parse=one_of(KIND_WORDS), choices=tuple(KIND_WORDS), help="只有院落填。"
        ),
        "households": SheetField(LABELS["households"], ["住户数", "总户数"], parse=integer, example=180),
        "population": SheetField(LABELS["population"], ["人口数", "总人口", "常住人口"], parse=integer, example=460),
        "party_members": SheetField(LABELS["party_members"], ["党员数", "党员人数"], parse=integer, example=12),
        "valid_from": SheetField(
            LABELS["valid_from"], ["启用时间"], parse=date_of, example="2026-01-01", help="空着就从今天起。"
        ),
    }
)  # fmt: skip
TEMPLATE = HEADERS
NOTHING_TO_WRITE = "没有需要写入的内容：表里的区划与登记的完全一样，或者都有错误。"


def start_places_import(*, file: UploadedFile, actor: Actor) -> Job:
    """Store the uploaded spreadsheet and have a worker check it.

    Raises `NotAllowed` for a role that doesn't keep places, `InputError` for an empty file.
    """
    if actor.is_read_only or actor.role not in Division.KEEPERS:
        raise NotAllowed("您当前的身份不能导入网格。")
    if not file.size:
        raise InputError("这个文件是空的，请确认选对了文件。", field="file", code="empty_file")
    name = Path(file.name or "").name[-100:] or "表格"
    file.name = f"places{Path(name).suffix.lower()[:6]}"
    return jobs.start_job(
        kind=KIND,
        phase="check",
        title=f"导入网格：{name}",
        actor=actor,
        source=file,
        options={"file_name": name},
    )


@dataclass
class ImportedPlaces:
    """What an import found and did (counts of rows)."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    errors: list[CellError] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    preview: list[tuple] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        refused = len({error.row for error in self.errors})
        return {
            "rows": self.rows,
            "new": self.new,
            "changed": self.changed,
            "same": self.same,
            "refused": refused,
            "errors": len(self.errors),
        }

    def shown_errors(self) -> list[dict]:
        return [{"row": error.row, "column": error.label, "message": error.message} for error in self.errors]


class Shelf:
    """Places in use by code, name and full name; those the file adds stand on it at once."""

    def __init__(self):
        self.by_code: dict[str, Division] = {}
        self.by_name: dict[tuple[str, str], list[Division]] = defaultdict(list)
        self.inside: dict[tuple[int | None, str], Division] = {}
        for place in Division.objects.filter(valid_to=None).select_related("parent", "party_organization"):
            self.put(place)

        closed = Division.objects.exclude(valid_to=None)
        self.closed = {place.code: place for place in closed}

    def refuse_closed(self, code: str) -> None:
        if place := self.closed.get(code):
            raise InputError(
                f"“{place}”已于{place.valid_to}停用，请从表里去掉这一行。", field="code", code="place_closed"
            )

    def put(self, place: Division) -> None:
        self.by_code[place.code] = place
        for name in {place.name, place.path_name}:
            self.by_name[place.level, name].append(place)
        self.inside[place.parent_id, place.name] = place

    def replace(self, place: Division) -> None:
        self.by_code[place.code] = self.inside[place.parent_id, place.name] = place

    def parent(self, text: str, level: str, actor: Actor) -> Division:
        """The place of the level above that a cell means; raises `InputError` beside ``parent``."""
        above = Level.values[Level.values.index(level) - 1]
        if not text:
            raise self.wrong(f"请填写所属的{Level(above).label}。")
        plain = text.replace(" ", "")
        if place := self.by_code.get(plain.upper()):
            if place.level != above:
                raise self.wrong(
                    f"{Level(level).label}的上级要是{Level(above).label}，“{place}”是{place.get_level_display()}。"
                )
            return place
        found = self.by_name.get((above, plain), [])
        mine = [place for place in found if actor.is_system or actor.stands_over(place.code)] or found
        if not mine:
            raise self.wrong(f"没有名为“{text[:30]}”的{Level(above).label}，请核对名称，或者写编码。")
        if len(mine) > 1:
            names = "、".join(f"{place}（{place.code}）" for place in mine[:5])
            raise self.wrong(f"有{len(mine)}个{Level(above).label}叫“{text[:30]}”：{names}。请写编码。")
        return mine[0]

    @staticmethod
    def wrong(sentence: str) -> InputError:
        return InputError(sentence, field="parent", code="unknown_parent")


class Reader:
    """Takes one file row by row through the actions."""

    def __init__(self, match: Match, actor: Actor):
        self.match, self.actor, self.shelf = match, actor, Shelf()
        self.done = ImportedPlaces(unknown_columns=list(match.unknown))
        self.seen: dict[Any, int] = {}

    def refuse(self, number: int, refusal: RuleViolation) -> None:
        name = refusal.field if refusal.field in LABELS else None
        self.done.errors.append(self.match.error(number, name, refusal.message, refusal.code))

    def take(self, form: RowForm) -> None:
        """One row: refused with its cell, or written by the action."""
        if form.errors:
            self.done.errors += form.errors
            return
        try:
            self.write(form.number, form.values)
        except RuleViolation as refusal:
            self.refuse(form.number, refusal)

    def write(self, number: int, values: dict[str, Any]) -> None:
        level, code = values["level"], (values["code"] or "").replace(" ", "").upper()
        if level == Level.DISTRICT:
            self.pass_by(code)
            return
        self.shelf.refuse_closed(code)
        parent = self.shelf.parent(values["parent"] or "", level, self.actor)
        place = self.shelf.by_code.get(code) if code else self.shelf.inside.get((parent.pk, values["name"]))
        self.refuse_twice(number, place)
        given = {name: values[name] for name in FACTS if values[name] is not None}
        if place is None:
            self.add(number, parent, values["name"], code, given)
        else:
            self.change(number, place, parent, values["name"], given)

    def pass_by(self, code: str) -> None:
        """The district's own line of an export: it is there, and nothing of it is taken from a file."""
        if code not in self.shelf.by_code:
            raise InputError("区的资料不在这里导入。", field="level", code="wrong_level")
        self.done.same += 1

    def refuse_twice(self, number: int, place: Division | None) -> None:
        """The second row about one place is a mistake, whichever of the two is meant."""
        if place is not None and self.seen.setdefault(place.pk, number) != number:
            raise InputError(f"与第{self.seen[place.pk]}行说的是同一个地方。", field="name", code="row_twice")

    def add(self, number: int, parent: Division, name: str, code: str, given: dict) -> None:
        place = add_place(parent=parent, name=name, code=code, actor=self.actor, **given)
        place.parent = parent
        self.seen[place.pk] = number
        self.shelf.put(place)
        self.done.new += 1
        self.tell(number, place, [["新增", "", place.code]])

    def change(self, number: int, place: Division, parent: Division, name: str, given: dict) -> None:
        if place.parent_id != parent.pk:
            raise InputError(
                f"编码 {place.code} 在{place.parent}下面；要换上级，请在页面上办理并入。",
                field="parent",
                code="other_parent",
            )
        if place.name != name:
            raise InputError(
                f"编码 {place.code} 登记的名称是“{place.name}”；更名要写依据，请在页面上办理。",
                field="name",
                code="other_name",
            )
        differing = {one: value for one, value in given.items() if getattr(place, one) != value}
        if not differing:
            self.done.same += 1
            return
        before = {one: getattr(place, one) for one in differing}
        changed = change_place(place=place, actor=self.actor, **differing)
        self.shelf.replace(changed)
        self.done.changed += 1
        told = [
            [LABELS[one], str(old if old is not None else ""), str(differing[one])]
            for one, old in before.items()
        ]
        self.tell(number, place, told)

    def tell(self, number: int, place: Division, changes: list) -> None:
        if len(self.done.preview) < PREVIEW_ROWS:
            self.done.preview.append((number, str(place), changes))


def import_places(
    file, *, name: str, actor: Actor, dry_run: bool, progress: Progress | None = None
) -> ImportedPlaces:
    """Take a spreadsheet of places: good rows are stored, refused rows are not; with ``dry_run`` nothing is.

    Raises `RuleViolation` when the file as a whole can't be read or has more than 5,000 rows.
    """
    sheet = open_sheet(file, name, header_map=HEADERS)
    match = HEADERS.match(sheet.header).check()
    forms = [match.read(row.number, row.cells) for row in sheet.rows()]
    if not forms:
        raise InputError("表头下面没有数据行，请确认选对了文件。", code="empty_sheet")
    if len(forms) > MAX_PLACES:
        raise InputError(f"一次最多导入{MAX_PLACES}行，请分几次导入。", code="too_many_rows")
    order = {level: place for place, level in enumerate(Level.values)}
    with transaction.atomic():
        reader = Reader(match, actor)
        for count, form in enumerate(sorted(forms, key=lambda form: order.get(form.values["level"], -1))):
            reader.take(form)
            if progress is not None:
                progress(count, len(forms))
        transaction.set_rollback(dry_run)
    done = reader.done
    done.rows, done.skipped = len(forms), [f"第{row.number}行：{row.reason}" for row in sheet.skipped]
    done.errors.sort(key=lambda error: (error.row, error.column if error.column is not None else -1))
    done.preview.sort()
    return done


# The job


def run(job: Job, progress: Progress, *, dry_run: bool) -> ImportedPlaces:
    with job.source.open("rb") as file:
        done = import_places(
            file, name=job.options["file_name"], actor=jobs.actor_of(job), dry_run=dry_run, progress=progress
        )
    job.done = job.total = done.rows
    job.counts, job.errors = done.counts, done.shown_errors()
    job.options |= {
        "unknown_columns": done.unknown_columns,
        "skipped": done.skipped[:50],
        "preview": [list(line) for line in done.preview],
    }
    return done


def check(job: Job, progress: Progress) -> None:
    """Phase one: say what is wrong and what would change."""
    done = run(job, progress, dry_run=True)
    if done.errors:
        keep_marked_copy(job, done.errors)
    if done.new or done.changed:
        job.status = Job.Status.READY
    else:
        job.status, job.message = Job.Status.DONE, NOTHING_TO_WRITE


def apply(job: Job, progress: Progress) -> None:
    """Phase two: write every good row."""
    done = run(job, progress, dry_run=False)
    job.message = f"已写入：新增{done.new}个，修改{done.changed}个。"
    job.status = Job.Status.DONE


def keep_marked_copy(job: Job, errors: list[CellError]) -> None:
    """The person's own file with the bad cells red (标红副本), as the job's result."""
    with job.source.open("rb") as file:
        marked = mark_errors(file, errors, name=job.options["file_name"], header_map=HEADERS)
    job.result.save(f"{Path(job.options['file_name']).stem}-标红.xlsx", ContentFile(marked), save=False)


def facts(job: Job) -> dict:
    """What the report on the job's page needs beside the job itself."""
    return {
        "errors": job.errors[:ERRORS_SHOWN],
        "error_count": job.counts.get("errors", 0),
        "of_all": f"共读到 {job.counts.get('rows', 0)} 行",
        "unknown_columns": job.options.get("unknown_columns", []),
        "skipped": job.options.get("skipped", []),
        "preview": job.options.get("preview", []),
    }


KIND_OF_JOB = JobKind(
    name=KIND, label="网格导入", phases={"check": check, "apply": apply}, template="units/division_import_report.html",
    confirm_label="确认导入", facts=facts,
)  # fmt: skip
