"""The verbs of resolutions (议定事项, domain.md §2(a)): a task with lead and due day, worked on until it is closed."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.documents import issue_document
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.models import IssuedDocument
from core.workflow import make_move
from units.actions.meetings import is_member, lock_meeting, refuse_state
from units.actions.units import refuse_unless_over
from units.documents.meetings import task_paper
from units.models import AgendaItem, Division, Issue, Meeting, RegionalBody, Resolution, Unit
from units.models.meetings import CONVENERS
from units.words import meetings as words

LONGEST_TEXT = 1000
# No resolution runs longer than this after its session, extensions included (our default).
LONGEST_TERM = timedelta(days=731)


# The series of each kind of body; a place may have several comprehensive committees, told apart by their number.
SERIES = {
    RegionalBody.Kind.JOINT_MEETING: "YD",
    RegionalBody.Kind.ASSEMBLY: "DB",
    RegionalBody.Kind.COMMITTEE: "DW",
}


def resolution_number(meeting: Meeting, order: int) -> str:
    """``YD-510107005-2026-03-01``: the body's series and place, the session of the year, the resolution within it."""
    series = SERIES.get(meeting.body.kind, f"ZW{meeting.body_id}")
    return f"{series}-{meeting.place_code}-{meeting.year}-{meeting.number:02}-{order:02}"


@transaction.atomic
def add_resolution(
    *,
    meeting: Meeting,
    text: str,
    due_on: date,
    lead_unit: Unit | None = None,
    lead_place: Division | None = None,
    co_units: Iterable[Unit] = (),
    item: AgendaItem | None = None,
    category: str = "",
    actor: Actor,
) -> Resolution:
    """Write down what a session decided, with one lead and a due day; in force once the minutes are issued."""
    locked = lock_meeting(meeting)
    refuse_unless_over(locked.place_code, actor, CONVENERS)
    refuse_state(locked, Meeting.MINUTING, "开会之后、提交纪要之前才登记议定事项；纪要待审时要先退回纪要。")
    helpers = list(co_units)
    check_resolution(locked, text, due_on, lead_unit, lead_place, helpers, item)
    check_category(category)
    resolution = Resolution.objects.create(
        meeting=locked,
        item=item,
        place_code=locked.place_code,
        number=resolution_number(locked, locked.resolutions.count() + 1),
        category=category,
        text=text.strip(),
        lead_unit=lead_unit,
        lead_place=lead_place,
        due_on=due_on,
    )
    resolution.co_units.set(helpers)
    write_history(about=resolution, move="add", label="议定", actor=actor, to_status=resolution.status)
    return resolution


def check_resolution(meeting: Meeting, text: str, due_on: date, unit, place, helpers: list, item) -> None:
    """The rules over a resolution, each with its field."""
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise InputError(f"请写明议定内容，最多 {LONGEST_TEXT} 字。", field="text", code="required")
    check_due_on(meeting, due_on, "due_on")
    check_lead(meeting, unit, place)
    for helper in helpers:
        if helper == unit:
            raise InputError("牵头单位不用再列为配合单位。", field="co_units")
        if not is_member(meeting, helper.pk):
            raise InputError(f"{helper}不是成员单位，不能列为配合单位。", field="co_units")
    if item is not None and item.meeting_id != meeting.pk:
        raise InputError("议题要从这次会议里选。", field="item")


def check_due_on(meeting: Meeting, due_on: date, field: str) -> None:
    """After the session, and not so late that nobody lives to see it."""
    if due_on <= meeting.held_on:
        raise InputError("办结期限要在会议之后。", field=field)
    if due_on > meeting.held_on + LONGEST_TERM:
        raise InputError(
            f"办结期限最迟在会议后两年内（{date_text(meeting.held_on + LONGEST_TERM)}）；更长的事请分步议定。",
            field=field,
            code="too_far",
        )


def check_category(category: str) -> None:
    if category and category not in Issue.Category.values:
        raise InputError("请从类别里选一项。", field="category")


def check_lead(meeting: Meeting, unit: Unit | None, place: Division | None) -> None:
    """One lead: a member unit, or a place at or below the session's that somebody stands above."""
    if (unit is None) == (place is None):
        raise InputError("请选一个牵头单位，或者选一个牵头的街道、社区。", field="lead_unit", code="one_lead")
    if unit is not None and not is_member(meeting, unit.pk):
        raise InputError(f"{unit}不是成员单位，不能牵头。", field="lead_unit", code="not_a_member")
    if place is not None and not place.code.startswith(meeting.place_code):
        raise InputError("牵头的街道、社区要在会议所在的地方。", field="lead_place", code="elsewhere")
    if place is not None and place.level == Division.Level.DISTRICT:
        raise InputError(
            "区级议定的事项请交给单位、街道或社区牵头，由区级确认销号。",
            field="lead_place",
            code="closes_own",
        )


@transaction.atomic
def change_resolution(
    *, resolution: Resolution, version: int | None = None, actor: Actor, **fields
) -> Resolution:
    """Change a resolution while its minutes are not issued."""
    locked = lock_meeting(resolution.meeting)
    refuse_unless_over(locked.place_code, actor, CONVENERS)
    refuse_state(locked, Meeting.MINUTING, "纪要提交以后，议定事项不能再改；纪要待审时要先退回纪要。")
    names = ("text", "due_on", "lead_unit", "lead_place", "item", "category")
    check_category(fields.get("category", ""))
    values = {name: fields.get(name, getattr(resolution, name)) for name in names}
    helpers = list(fields["co_units"]) if "co_units" in fields else list(resolution.co_units.all())
    check_resolution(
        locked,
        values["text"],
        values["due_on"],
        values["lead_unit"],
        values["lead_place"],
        helpers,
        values["item"],
    )
    saved = change_fields(obj=resolution, values=values, actor=actor, version=version)
    saved.co_units.set(helpers)
    return saved


# The lead


def refuse_draft(resolution: Resolution) -> None:
    if not resolution.is_in_force:
        raise RuleViolation("纪要还没有印发，这件事项还没有生效。", code="not_in_force")


@transaction.atomic
def report_progress(*, resolution: Resolution, progress: int, note: str = "", actor: Actor) -> Resolution:
    """The lead says how far it has come, in percent, with a sentence."""
    if actor.is_read_only or not resolution.is_led_by(actor):
        raise NotAllowed("只有牵头单位可以填报进度。")
    refuse_draft(resolution)
    if resolution.status != Resolution.Status.OPEN:
        raise RuleViolation(
            f"事项现在是“{resolution.get_status_display()}”，不用再填进度。", code="wrong_state"
        )
    if not 0 <= progress <= 100:
        raise InputError("进度在 0 到 100 之间。", field="progress")
    values = {"progress": progress}
    saved = change_fields(obj=resolution, values=values, actor=actor, label="填报进度", note=note)
    if saved.version == resolution.version and note.strip():
        write_history(about=saved, move="change", label="填报进度", actor=actor, note=note)
    return saved


@transaction.atomic
def report_done(*, resolution: Resolution, note: str, actor: Actor) -> Resolution:
    """The lead reports that it is done, in words; the convening side confirms."""
    moved = make_move(
        obj=resolution,
        move="report_done",
        actor=actor,
        note=note,
        check=refuse_draft,
        done_on=today(),
        progress=100,
    )
    words.tell_convener(moved, "done", "等待确认销号", note, actor)
    return moved


@transaction.atomic
def ask_extension(*, resolution: Resolution, wanted_due_on: date, note: str, actor: Actor) -> Resolution:
    """The lead asks for more time, at most twice."""

    def check(locked: Resolution) -> None:
        refuse_draft(locked)
        if locked.extensions >= Resolution.MAX_EXTENSIONS:
            raise RuleViolation(
                "一件议定事项最多延期两次，已经用完了。请报告完成情况，或者提请会议研究。",
                code="no_more_extensions",
            )
        if wanted_due_on <= max(locked.due_on, today()):
            raise InputError(
                f"申请的期限要晚于{date_text(max(locked.due_on, today()))}。", field="wanted_due_on"
            )
        check_due_on(locked.meeting, wanted_due_on, "wanted_due_on")

    moved = make_move(
        obj=resolution, move="ask_extension", actor=actor, note=note, check=check, wanted_due_on=wanted_due_on
    )
    words.tell_convener(moved, "extension", f"申请延期到{date_text(wanted_due_on)}", note, actor)
    return moved


# The convening side


@transaction.atomic
def grant_extension(*, resolution: Resolution, actor: Actor) -> Resolution:
    """Agree to the day asked for, as it stands under the lock."""
    locked = Resolution.objects.select_for_update(of=("self",)).get(pk=resolution.pk)
    wanted, extensions = locked.wanted_due_on, locked.extensions + 1
    changes = {"due_on": wanted, "extensions": extensions, "wanted_due_on": None} if wanted else {}
    moved = make_move(obj=locked, move="grant_extension", actor=actor, **changes)
    words.tell_lead(moved, "extended", f"同意延期到{date_text(moved.due_on)}", "", actor)
    return moved


@transaction.atomic
def refuse_extension(*, resolution: Resolution, note: str, actor: Actor) -> Resolution:
    """Keep to the day that was set."""
    moved = make_move(obj=resolution, move="refuse_extension", actor=actor, note=note, wanted_due_on=None)
    words.tell_lead(moved, "not-extended", "未同意延期", note, actor)
    return moved


@transaction.atomic
def close_resolution(*, resolution: Resolution, actor: Actor) -> Resolution:
    """Confirm that it is done (销号): by the convening side, never by its own lead."""
    refuse_own(resolution, actor)
    moved = make_move(obj=resolution, move="close", actor=actor, closed_on=today())
    words.tell_lead(moved, "closed", "已确认销号", "", actor)
    return moved


def refuse_own(resolution: Resolution, actor: Actor) -> None:
    if resolution.is_led_by(actor):
        raise NotAllowed("自己牵头的事项不能自己销号，由召集会议的一方确认。", code="own_task")


@transaction.atomic
def send_back(*, resolution: Resolution, note: str, actor: Actor) -> Resolution:
    """Not done yet: back to the lead, with what is missing."""
    moved = make_move(obj=resolution, move="send_back", actor=actor, note=note, done_on=None)
    words.tell_lead(moved, "sent-back", "退回继续办理", note, actor)
    return moved


@transaction.atomic
def terminate_resolution(*, resolution: Resolution, note: str, actor: Actor) -> Resolution:
    """End a resolution that can't or need not be carried out; of minutes handed in for signing nothing is taken out."""
    meeting = lock_meeting(resolution.meeting)

    def check(locked: Resolution) -> None:
        if not locked.is_in_force:
            refuse_state(meeting, Meeting.MINUTING, "要去掉议定事项，请先退回纪要。")

    moved = make_move(
        obj=resolution, move="terminate", actor=actor, note=note, check=check, wanted_due_on=None
    )
    if moved.is_in_force:
        words.tell_lead(moved, "terminated", "议定事项终止", note, actor)
    return moved


@transaction.atomic
def issue_task_sheet(*, resolution: Resolution, actor: Actor) -> IssuedDocument:
    """Print the task sheet (督办单) for the lead, with a code to check it by."""
    refuse_unless_over(resolution.place_code, actor, CONVENERS)
    refuse_draft(resolution)
    return issue_document(about=resolution, content=task_paper(resolution), actor=actor)


RESOLUTION_MOVES = {
    "report_done": report_done,
    "ask_extension": ask_extension,
    "grant_extension": grant_extension,
    "refuse_extension": refuse_extension,
    "close": close_resolution,
    "send_back": send_back,
    "terminate": terminate_resolution,
}
