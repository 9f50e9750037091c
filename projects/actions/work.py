"""The verbs of work on a project (domain.md §2(e)): start, suspend, resume, milestones, progress, extensions.

The unit that leads says how it goes, the owner (community or subdistrict of the place) decides. Whatever changes a
project locks its row first and the rows of its papers second.
"""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.workflow import make_move
from projects.actions.project import LONGEST_YEARS, change_milestones, lock_project, years_after
from projects.actions.years import open_year
from projects.messages import work as words
from projects.milestones import Planned, check_milestones
from projects.models import Milestone, ProgressReport, Project, ProjectClaim, ProjectExtension
from projects.models.work import OWNERS
from projects.queries.project import leads_project

Status = Project.Status
LONGEST_TEXT = 300
REPORTING = (Status.RUNNING, Status.FIXING)
EXTENDABLE = (Status.CLAIMED, Status.RUNNING, Status.SUSPENDED, Status.FIXING)


def refuse_unless_owner(project: Project, actor: Actor) -> None:
    """The staff of the project's place or above it."""
    if actor.is_read_only or actor.role not in OWNERS or not actor.stands_over(project.place_code):
        raise NotAllowed("只能由项目所在的社区或街道办理。")


def refuse_unless_lead(project: Project, actor: Actor) -> None:
    if not leads_project(project, actor):
        raise NotAllowed("只能由牵头认领的单位办理。", code="not_lead")


def refuse_unless_in(project: Project, statuses: Iterable[str], sentence: str) -> None:
    if project.status not in statuses:
        raise RuleViolation(f"项目现在是“{project.get_status_display()}”，{sentence}", code="wrong_state")


# Start and pause


@transaction.atomic
def start_project(*, project: Project, note: str = "", actor: Actor) -> Project:
    """Begin the work on a claimed project; a long-term one opens its first year. Raises ``no_lead`` without a lead."""
    locked = lock_project(project)
    moved = make_move(
        obj=locked,
        move="start",
        actor=actor,
        note=note,
        check=refuse_without_lead,
        started_on=locked.started_on or today(),
    )
    if moved.is_long:
        open_year(moved, today().year)
    words.tell_started(moved, note, actor)
    return moved


def refuse_without_lead(project: Project) -> None:
    if not project.claims.confirmed_leads().exists():
        raise RuleViolation("还没有确认主认领单位，不能开始实施。", code="no_lead")


@transaction.atomic
def suspend_project(*, project: Project, note: str, actor: Actor) -> Project:
    """Stop the work for a while, with the reason."""
    moved = make_move(obj=lock_project(project), move="suspend", actor=actor, note=note)
    words.tell_suspended(moved, note, actor)
    return moved


@transaction.atomic
def resume_project(*, project: Project, note: str = "", actor: Actor) -> Project:
    """Go on with suspended work."""
    moved = make_move(
        obj=lock_project(project), move="resume", actor=actor, note=note, check=refuse_without_lead
    )
    words.tell_resumed(moved, note, actor)
    return moved


# Milestones and progress


@transaction.atomic
def plan_milestones(*, project: Project, milestones: Iterable[Planned], actor: Actor) -> Project:
    """The owner plans anew what is not done yet, before or while the project is carried out."""
    locked = lock_project(project)
    refuse_unless_owner(locked, actor)
    refuse_unless_in(locked, (*Project.CONFIRMABLE_STATUSES, Status.FIXING), "不能再改里程碑。")
    planned = list(milestones)
    check_milestones(locked, planned)
    change_milestones(locked, planned, actor)
    return locked


@transaction.atomic
def finish_milestone(*, milestone: Milestone, note: str = "", actor: Actor) -> Milestone:
    """The leading unit reports a milestone done today, in two taps; a sentence may be added."""
    project = lock_project(milestone.project)
    refuse_unless_lead(project, actor)
    refuse_unless_in(project, REPORTING, "不能填报里程碑。")
    locked = Milestone.objects.select_for_update().get(pk=milestone.pk)
    if locked.done_on:
        raise RuleViolation(f"“{locked.title}”已于{date_text(locked.done_on)}完成。", code="done_before")
    note = clean_text(note, "完成情况", "note")
    locked.done_on, locked.note = today(), note
    save_next_version(locked)
    report(project, note or f"完成里程碑：{locked.title}", actor, locked)
    write_history(about=project, move="milestone", label="完成里程碑", actor=actor, note=told(locked, note))
    words.tell_milestone(project, locked, actor)
    return locked


@transaction.atomic
def reopen_milestone(*, milestone: Milestone, actor: Actor) -> Milestone:
    """Take back a milestone reported done by mistake."""
    project = lock_project(milestone.project)
    refuse_unless_lead(project, actor)
    refuse_unless_in(project, REPORTING, "不能更正里程碑。")
    locked = Milestone.objects.select_for_update().get(pk=milestone.pk)
    if not locked.done_on:
        raise RuleViolation(f"“{locked.title}”还没有报完成。", code="not_done")
    locked.done_on, locked.note = None, ""
    save_next_version(locked)
    write_history(about=project, move="milestone", label="更正里程碑", actor=actor, note=locked.title)
    return locked


def told(milestone: Milestone, note: str) -> str:
    return f"{milestone.title}：{note}" if note else milestone.title


def clean_text(text: str, label: str, field: str) -> str:
    """A short text as it is stored; at most 300 characters (domain.md §2.11, 摘要≤300)."""
    if len(text.strip()) > LONGEST_TEXT:
        raise InputError(f"{label}最多 {LONGEST_TEXT} 字。", field=field)
    return text.strip()


@transaction.atomic
def report_progress(*, project: Project, text: str, actor: Actor) -> ProgressReport:
    """A unit that carries the project out tells how it goes, in at most 300 characters; nothing else is asked."""
    locked = lock_project(project)
    refuse_unless_in(locked, REPORTING, "不用填报进展。")
    if not text.strip():
        raise InputError("请写一句进展。", field="text", code="required")
    made = report(locked, clean_text(text, "进展", "text"), actor)
    write_history(about=locked, move="progress", label="填报进展", actor=actor, note=made.text)
    return made


def report(project: Project, text: str, actor: Actor, milestone: Milestone | None = None) -> ProgressReport:
    """Store a report of the actor's unit; raises `NotAllowed` unless it carries the project out."""
    confirmed = project.claims.filter(status=ProjectClaim.Status.CONFIRMED)
    claim = confirmed.of_unit(actor.unit_id or 0).order_by("kind", "pk").first()
    if claim is None or actor.is_read_only:
        raise NotAllowed("只能由认领了这个项目的单位填报。", code="not_claimant")
    return ProgressReport.objects.create(
        project=project,
        claim=claim,
        milestone=milestone,
        text=text,
        reported_on=today(),
        author_id=actor.user_id,
    )


# Extensions


@transaction.atomic
def ask_extension(*, project: Project, wanted_end_on: date, reason: str, actor: Actor) -> ProjectExtension:
    """The leading unit asks for more time (延期申请); at most two are granted (domain.md §2(e))."""
    locked = lock_project(project)
    refuse_unless_lead(locked, actor)
    refuse_unless_in(locked, EXTENDABLE, "不能申请延期。")
    refuse_third(locked)
    latest = max(locked.end_on, today())
    if wanted_end_on <= latest:
        raise InputError(f"申请延到的日期要晚于{date_text(latest)}。", field="wanted_end_on")
    refuse_too_long(locked, wanted_end_on)
    if not reason.strip():
        raise InputError("请写明延期的原因。", field="reason", code="required")
    if locked.extensions.filter(status=ProjectExtension.Status.SUBMITTED).exists():
        raise RuleViolation("这个项目已有一份延期申请等待审核。", code="asked_before")
    extension = ProjectExtension.objects.create(
        project=locked,
        unit_id=actor.unit_id,
        place_code=locked.place_code,
        wanted_end_on=wanted_end_on,
        reason=clean_text(reason, "延期的原因", "reason"),
        author_id=actor.user_id,
    )
    note = f"申请延到{date_text(wanted_end_on)}：{extension.reason}"
    write_history(about=locked, move="ask_extension", label="申请延期", actor=actor, note=note)
    words.tell_extension_asked(extension, actor)
    return extension


def refuse_too_long(project: Project, wanted_end_on: date) -> None:
    """More time never makes a project longer than one may be drafted."""
    years = LONGEST_YEARS[project.term]
    longest = years_after(project.start_on, years)
    if wanted_end_on > longest:
        raise InputError(
            f"{project.get_term_display()}项目最长 {years} 年，最晚延到{date_text(longest)}。到时请提交验收，没做完的再起草一期。",
            field="wanted_end_on",
            code="too_long",
        )


def granted(project: Project) -> int:
    """How many extensions a project has had."""
    return project.extensions.filter(status=ProjectExtension.Status.APPROVED).count()


def refuse_third(project: Project) -> None:
    if granted(project) >= Project.MOST_EXTENSIONS:
        raise RuleViolation(
            f"一个项目最多延期 {Project.MOST_EXTENSIONS} 次，已经用完了。请提交验收，或者请街道中止、撤销。",
            code="no_more_extensions",
        )


@transaction.atomic
def approve_extension(*, extension: ProjectExtension, note: str = "", actor: Actor) -> ProjectExtension:
    """The owner agrees, never the one who asked; the project ends on the day asked for."""
    project = lock_project(extension.project)

    def check(locked: ProjectExtension) -> None:
        refuse_unless_in(project, EXTENDABLE, "不用再延期。")
        refuse_third(project)

    moved = make_move(obj=extension, move="approve", actor=actor, note=note, check=check)
    change_fields(
        obj=project, values={"end_on": moved.wanted_end_on}, actor=actor, label="同意延期", note=note
    )
    words.tell_extension_decided(moved, note, actor)
    return moved


@transaction.atomic
def reject_extension(*, extension: ProjectExtension, note: str, actor: Actor) -> ProjectExtension:
    """The owner keeps to the day that was set, with the reason."""
    lock_project(extension.project)
    moved = make_move(obj=extension, move="reject", actor=actor, note=note)
    note_on_project(moved, "不同意延期", note, actor)
    words.tell_extension_decided(moved, note, actor)
    return moved


@transaction.atomic
def withdraw_extension(*, extension: ProjectExtension, note: str = "", actor: Actor) -> ProjectExtension:
    """The unit needs no more time after all."""
    lock_project(extension.project)
    moved = make_move(obj=extension, move="withdraw", actor=actor, note=note)
    note_on_project(moved, "撤回延期申请", note, actor)
    return moved


def note_on_project(extension: ProjectExtension, label: str, note: str, actor: Actor) -> None:
    """People read the project's timeline."""
    write_history(about=extension.project, move="extension", label=label, actor=actor, note=note)


EXTENSION_MOVES = {
    "approve": approve_extension,
    "reject": reject_extension,
    "withdraw": withdraw_extension,
}
