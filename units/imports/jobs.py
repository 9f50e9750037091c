"""The import as long work: check, then (once confirmed) apply, then (within a day) undo."""

from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from core import jobs
from core.actor import Actor
from core.clock import today
from core.errors import InputError, NotAllowed
from core.jobs import JobKind, Progress
from core.models import Job
from core.roles import STAFF
from core.sheets import CellError, mark_errors
from core.sheets.headers import column_letters
from units.imports import staging
from units.imports.applying import apply_plan
from units.imports.columns import HEADERS, LABELS
from units.imports.running import Imported, drop_tables, read_plan, scope_of
from units.imports.undo import undo_import
from units.models import UnitImport

KIND = "units_import"
ERRORS_KEPT = 2000
ERRORS_SHOWN = 200
IMPORT_ROLES = STAFF
NOTHING_TO_WRITE = "没有需要写入的内容：表里的单位与登记的完全一样，或者都有错误。"
CHANGED_MEANWHILE = "在您核对之后，登记的数据又有变化。已经按最新数据重新核对，请再看一遍后确认。"


def start_import(
    *, file: UploadedFile, actor: Actor, dry_run: bool = False, is_confirmed: bool = False
) -> Job:
    """Store the uploaded spreadsheet and have a worker check it.

    With ``dry_run`` the job ends after the check, with ``is_confirmed`` (REST) the good rows are written at once.
    Raises `NotAllowed` for a role that doesn't register units, `InputError` for an empty file.
    """
    if actor.is_read_only or actor.role not in IMPORT_ROLES:
        raise NotAllowed("您当前的身份不能导入单位。")
    if not file.size:
        raise InputError("这个文件是空的，请确认选对了文件。", field="file", code="empty_file")
    name = Path(file.name or "").name[-100:] or "表格"
    file.name = f"units{Path(name).suffix.lower()[:6]}"
    return jobs.start_job(
        kind=KIND, phase="check", title=f"导入单位：{name}", actor=actor, source=file,
        options={"file_name": name, "dry_run": dry_run, "is_confirmed": is_confirmed and not dry_run},
    )  # fmt: skip


def plan_of(job: Job, progress: Progress, *, is_final: bool) -> Imported:
    with job.source.open("rb") as file:
        return read_plan(
            file, name=job.options["file_name"], scope=scope_of(jobs.actor_of(job)), today=today(),
            is_final=is_final, progress=progress,
        )  # fmt: skip


def check(job: Job, progress: Progress) -> None:
    """Phase one: read the file, say what is wrong and what would change; written at once only when asked for."""
    is_confirmed = job.options["is_confirmed"]
    found = plan_of(job, progress, is_final=is_confirmed)
    keep_report(job, found)
    if found.errors:
        keep_marked_copy(job, found.errors)
    if is_confirmed:
        write(job, found)
    elif job.options["dry_run"]:
        job.status = Job.Status.DONE
    elif found.new or found.changed:
        job.status = Job.Status.READY
    else:
        job.status, job.message = Job.Status.DONE, NOTHING_TO_WRITE
    drop_tables()


def apply(job: Job, progress: Progress) -> None:
    """Phase two: write every good row, unless the register has changed since the person looked at the report."""
    found = plan_of(job, progress, is_final=True)
    is_as_seen = staging.fingerprint() == job.options.get("fingerprint")
    keep_report(job, found)
    if is_as_seen:
        write(job, found)
    else:
        job.status, job.message = Job.Status.READY, CHANGED_MEANWHILE
    drop_tables()


def write(job: Job, found: Imported) -> None:
    """Write the plan, and keep what is needed to take it back."""
    done = UnitImport.objects.create(job=job)
    note = f"{job.options['file_name']}（任务{job.pk}）"
    apply_plan(actor=jobs.actor_of(job), today=today(), note=note, is_sample=False, import_id=done.pk)
    job.options["is_written"] = bool(found.new or found.changed)
    asked = f"其中{found.asked}家申请退出统计口径，待审核。" if found.asked else ""
    job.message = (
        f"已写入：新增{found.new}家，修改{found.changed}家。{asked}"
        if job.options["is_written"]
        else NOTHING_TO_WRITE
    )
    job.status = Job.Status.DONE


def undo(job: Job, progress: Progress) -> None:
    """Phase three: take back what was written."""
    undone = undo_import(job.unit_import, actor=jobs.actor_of(job))
    job.counts = {**job.counts, **undone}
    job.message = f"已撤销：删去新增的{undone['removed']}家，恢复修改过的{undone['restored']}家。"
    job.status = Job.Status.UNDONE


def keep_report(job: Job, found: Imported) -> None:
    """What the job's page and the API show of the check."""
    job.done = job.total = found.rows
    asked = {"asked": found.asked} if found.asked else {}
    job.counts = {**found.counts, **asked, "errors": len(found.errors)}
    job.errors = found.error_list()[:ERRORS_KEPT]
    job.options |= {
        "fingerprint": staging.fingerprint(),
        "unknown_columns": found.unknown_columns,
        "columns": found.columns,
        "skipped": found.skipped[:50],
        "preview": [[row.row, row.unit_id, row.name, list(row.changes.values())] for row in found.preview],
    }


def keep_marked_copy(job: Job, errors: list[CellError]) -> None:
    """The person's own file with the bad cells red (标红副本), as the job's result."""
    with job.source.open("rb") as file:
        marked = mark_errors(file, errors, name=job.options["file_name"], header_map=HEADERS)
    job.result.save(f"{Path(job.options['file_name']).stem}-标红.xlsx", ContentFile(marked), save=False)


def facts(job: Job) -> dict:
    """What the report on the job's page needs beside the job itself."""
    letters = {LABELS[name]: column_letters(index) for name, index in job.options.get("columns", {}).items()}
    return {
        "preview": job.options.get("preview", []),
        "errors": [
            (one["row"], one["column"], letters.get(one["column"]), one["message"])
            for one in job.errors[:ERRORS_SHOWN]
        ],
        "of_all": f"共读到 {job.counts.get('rows', 0)} 行",
        "error_count": job.counts.get("errors", 0),
        "unknown_columns": job.options.get("unknown_columns", []),
        "skipped": job.options.get("skipped", []),
    }


KIND_OF_JOB = JobKind(
    name=KIND, label="单位导入", phases={"check": check, "apply": apply, "undo": undo},
    template="units/_import_report.html", undo="undo", confirm_label="确认导入", facts=facts,
)  # fmt: skip
