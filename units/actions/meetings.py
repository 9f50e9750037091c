"""The verbs of sessions (domain.md §2(a)): convene, solicit, notify, hold, write, sign and archive.

The session's row is locked before its items and its attendance, so that no two people write over each other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, NotAllowed, RuleViolation, StaleVersion
from core.history import change_fields, save_next_version, write_history
from core.roles import UNIT_SIDE, Role
from core.workdays import add_workdays
from core.workflow import make_move
from units.actions.units import refuse_unless_over
from units.documents.meetings import issue_decision, issue_minutes_paper, issue_notice
from units.models import (
    AgendaItem,
    Attendance,
    Meeting,
    MeetingReply,
    RegionalBody,
    RepresentativeProposal,
    Unit,
)
from units.models.meetings import CONVENERS, ROLLS, invitee_name
from units.queries.agenda import (
    adopted_items,
    carried_over,
    invited_to,
    leading_units,
    speaks_for,
    turnout_of,
)
from units.words import meetings as words

# domain.md §2(a): the notice goes out at least this many workdays before, with the agenda.
NOTICE_WORKDAYS = 3
ITEMS_WORKDAYS = 5
LONGEST_TITLE = 100
LONGEST_TEXT = 2000
LONGEST_MINUTES = 10_000
LONGEST_REASON = 200
CADENCE_MONTHS = (1, 2, 3, 4, 6, 12)
# Nothing is arranged further ahead than this.
FARTHEST = timedelta(days=366)
NONE_WORD = "议定事项：无"
SAYS_NONE = re.compile(r"议定事项\s*[:：]\s*无")
Presence = Attendance.Presence
Status = Meeting.Status


def lock_meeting(meeting: Meeting) -> Meeting:
    """The session as it stands now, locked until the transaction ends."""
    return Meeting.objects.select_for_update(of=("self",)).select_related("body__place").get(pk=meeting.pk)


def refuse_state(meeting: Meeting, allowed: tuple, sentence: str) -> None:
    """Raise the sentence unless the session is in one of these states."""
    if meeting.status not in allowed:
        raise RuleViolation(f"会议现在是“{meeting.get_status_display()}”，{sentence}", code="wrong_state")


# Convening


@transaction.atomic
def prepare_meeting(
    *,
    body: RegionalBody,
    kind: str = Meeting.Kind.PLENARY,
    title: str = "",
    held_at: datetime | None = None,
    venue: str = "",
    chair: str = "",
    host_unit: Unit | None = None,
    items_due_on: date | None = None,
    observers: str = "",
    emergency_reason: str = "",
    actor: Actor,
) -> Meeting:
    """Begin a session of a running body (联席会、代表会议、区域党委); it gets the year's next number, without gaps.

    Raises `NotAllowed` outside of the own place, `RuleViolation` for a body that doesn't meet, `InputError` beside a
    field.
    """
    refuse_unless_over(body.place_code, actor, CONVENERS)
    locked = RegionalBody.objects.select_for_update().get(pk=body.pk)
    refuse_body(locked)
    year = timezone.localdate(held_at).year if held_at else today().year
    number = next_session(locked, year)
    meeting = Meeting(
        body=locked,
        place_code=locked.place_code,
        kind=kind,
        year=year,
        number=number,
        title=title.strip() or default_title(locked, year, number, kind),
        held_at=held_at,
        venue=venue.strip(),
        chair=chair.strip(),
        host_unit=host_unit,
        items_due_on=items_due_on,
        observers=observers.strip(),
        emergency_reason=emergency_reason.strip(),
        author_id=actor.user_id,
    )
    check_arrangement(meeting)
    meeting.save()
    write_history(about=meeting, move="prepare", label="筹备会议", actor=actor, to_status=meeting.status)
    return meeting


def refuse_body(body: RegionalBody) -> None:
    if body.kind not in ROLLS:
        raise RuleViolation(
            "办公室不召开会议，请选择联席会、代表会议或区域党委。", field="body", code="does_not_sit"
        )
    if body.status not in RegionalBody.RUNNING:
        raise RuleViolation(
            f"{body}现在是“{body.get_status_display()}”，不能召开会议。", field="body", code="not_running"
        )


@transaction.atomic
def set_cadence(*, body: RegionalBody, cadence_months: int | None, actor: Actor) -> RegionalBody:
    """How often a body sits, in months; None for the default of its level (domain.md §2(a) Cadence)."""
    refuse_unless_over(body.place_code, actor, CONVENERS)
    refuse_body(body)
    if cadence_months is not None and cadence_months not in CADENCE_MONTHS:
        raise InputError("会议周期只能是 1、2、3、4、6 或 12 个月。", field="cadence_months")
    return change_fields(
        obj=body, values={"cadence_months": cadence_months}, actor=actor, label="修改会议周期"
    )


def next_session(body: RegionalBody, year: int) -> int:
    """The next number of the year; exact while the body's row is locked. A session called off keeps its number."""
    last = Meeting.objects.filter(body=body, year=year).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def default_title(body: RegionalBody, year: int, number: int, kind: str) -> str:
    word = Meeting.Kind(kind).label if body.kind == RegionalBody.Kind.JOINT_MEETING else "会议"
    return f"{body.name}{year}年第{number}次{word}"[:LONGEST_TITLE]


def check_arrangement(meeting: Meeting) -> None:
    """The rules over time, place and host."""
    if meeting.kind not in Meeting.Kind.values:
        raise InputError("会议类型只能是全体会议、专题会议或联络员会议。", field="kind")
    if len(meeting.title) > LONGEST_TITLE:
        raise InputError(f"名称最多 {LONGEST_TITLE} 字。", field="title")
    if len(meeting.venue) > LONGEST_TITLE or len(meeting.chair) > 40:
        raise InputError("地点最多 100 字，主持人最多 40 字。", field="venue")
    if len(meeting.observers) > LONGEST_REASON:
        raise InputError(f"列席最多 {LONGEST_REASON} 字。", field="observers")
    if len(meeting.emergency_reason) > LONGEST_REASON:
        raise InputError(f"紧急会议的理由最多 {LONGEST_REASON} 字。", field="emergency_reason")
    for field in ("held_on", "items_due_on"):
        day = getattr(meeting, field)
        if day and day > today() + FARTHEST:
            raise InputError("最远只能安排一年以内的日子。", field=field.replace("held_on", "held_at"))
    if meeting.held_on and meeting.held_on < today():
        raise InputError("会议时间已经过去了，请填写今天或以后的时间。", field="held_at")
    if meeting.held_on and meeting.held_on.year != meeting.year:
        raise InputError(f"这是{meeting.number_text}会议，时间要在{meeting.year}年内。", field="held_at")
    if meeting.items_due_on and meeting.held_on and meeting.items_due_on > meeting.held_on:
        raise InputError("议题征集截止日不能晚于会议当天。", field="items_due_on")
    if meeting.host_unit_id and not is_member(meeting, meeting.host_unit_id):
        raise InputError("承办单位要从成员单位里选。", field="host_unit")


def is_member(meeting: Meeting, unit_id: int | None) -> bool:
    """Whether a unit may host, lead or help: a member on the day of the session."""
    return unit_id is not None and leading_units(meeting).filter(pk=unit_id).exists()


@transaction.atomic
def change_meeting(*, meeting: Meeting, version: int | None = None, actor: Actor, **fields) -> Meeting:
    """Change time, place or title until the session is held.

    Once it is notified a new day is again three workdays ahead (or an emergency, with its reason), a corrected notice
    is issued, everybody expected hears of it, and answers given for another day are asked for anew.
    """
    locked = lock_meeting(meeting)
    refuse_unless_over(locked.place_code, actor, CONVENERS)
    refuse_state(locked, (*Meeting.OPEN_AGENDA, Status.NOTIFIED), "不能再改时间和地点。")
    before, day = (locked.held_at, locked.venue), locked.held_on
    for name, value in fields.items():
        setattr(locked, name, value.strip() if isinstance(value, str) else value)
    check_arrangement(locked)
    if locked.status == Status.NOTIFIED:
        refuse_incomplete(locked)
        if locked.held_on != day:
            refuse_short_notice(locked)
    values = {name: getattr(locked, name) for name in fields}
    saved = change_fields(obj=locked, values=values, actor=actor, version=version)
    if saved.status == Status.NOTIFIED and before != (saved.held_at, saved.venue):
        announce_again(saved, day, actor)
    return saved


def announce_again(meeting: Meeting, day: date, actor: Actor) -> None:
    """A corrected notice for everybody; answers given for another day no longer count."""
    if meeting.held_on != day:
        meeting.replies.all().delete()
    issue_notice(meeting, actor, is_correction=True)
    words.tell_changed(meeting, actor)


@transaction.atomic
def solicit_items(*, meeting: Meeting, actor: Actor) -> Meeting:
    """Ask the member units for items; until five workdays on where no day was set."""
    due_on = meeting.items_due_on or add_workdays(today(), ITEMS_WORKDAYS)

    def check(locked: Meeting) -> None:
        if due_on < today():
            raise RuleViolation(
                "议题征集截止日已经过去，请先修改。", field="items_due_on", code="items_due_over"
            )
        if not invited_to(locked).exists():
            raise RuleViolation(f"{locked.body}还没有{roll_word(locked)}，请先登记。", code="no_members")

    moved = make_move(obj=meeting, move="solicit", actor=actor, check=check, items_due_on=due_on)
    words.tell_soliciting(moved, actor)
    return moved


def roll_word(meeting: Meeting) -> str:
    """What those expected are called: 成员单位, 代表, 委员."""
    return {"member": "成员单位", "representative": "代表", "seat": "委员"}[meeting.roll]


@transaction.atomic
def notify_meeting(*, meeting: Meeting, actor: Actor) -> Meeting:
    """Send the notice with its agenda, at least three workdays before or with the reason why not; all expected are told."""
    moved = make_move(obj=meeting, move="notify", actor=actor, check=refuse_notice)
    issue_notice(moved, actor)
    words.tell_notified(moved, actor)
    return moved


def refuse_notice(meeting: Meeting) -> None:
    """Why the notice can't go out now."""
    refuse_incomplete(meeting)
    refuse_short_notice(meeting)
    undecided = meeting.items.filter(status=AgendaItem.Status.PROPOSED).count()
    if undecided:
        raise RuleViolation(f"还有 {undecided} 件议题没有决定采纳、暂缓或不采纳。", code="items_undecided")
    if not (adopted_items(meeting).exists() or carried_over(meeting).exists()):
        raise RuleViolation("通知要附议程，请至少采纳一件议题。", code="no_agenda")


def refuse_short_notice(meeting: Meeting) -> None:
    """domain.md §2(a): three workdays ahead; an emergency says why it can't be."""
    earliest = add_workdays(today(), NOTICE_WORKDAYS)
    if meeting.held_on < earliest and not meeting.emergency_reason:
        raise RuleViolation(
            f"会议通知要提前 {NOTICE_WORKDAYS} 个工作日发出，今天发出的话，会议最早定在{date_text(earliest)}。"
            "确需提前的，请填写紧急会议的理由。",
            field="held_at",
            code="notice_too_short",
        )


def refuse_incomplete(meeting: Meeting) -> None:
    if meeting.held_at is None or not meeting.venue:
        raise RuleViolation(
            "发通知要写明时间和地点，请先修改会议安排。", field="held_at", code="no_time_or_place"
        )


@transaction.atomic
def cancel_meeting(*, meeting: Meeting, note: str, actor: Actor) -> Meeting:
    """Call a session off, with the reason; it keeps its number, and its items wait for the next session."""
    was_known = meeting.status != Status.PREPARING
    moved = make_move(obj=meeting, move="cancel", actor=actor, note=note)
    reason = f"会议取消，转下次会议：{note.strip()}"[:LONGEST_TEXT]
    for item in moved.items.filter(status__in=[AgendaItem.Status.PROPOSED, AgendaItem.Status.ADOPTED]):
        postponed = make_move(obj=item, move="postpone", actor=actor, note=reason, outcome=reason)
        words.tell_item_decided(postponed, reason, actor)
    if was_known:
        words.tell_cancelled(moved, note, actor)
    return moved


# Items


def refuse_item(title: str, background: str) -> None:
    if not title.strip():
        raise InputError("请填写议题。", field="title", code="required")
    if len(title) > LONGEST_TITLE:
        raise InputError(f"议题最多 {LONGEST_TITLE} 字，详细情况写在背景里。", field="title")
    if len(background) > LONGEST_TEXT:
        raise InputError(f"背景和建议最多 {LONGEST_TEXT} 字。", field="background")


@transaction.atomic
def propose_item(
    *,
    meeting: Meeting,
    title: str,
    background: str = "",
    kind: str = AgendaItem.Kind.MATTER,
    proposal: RepresentativeProposal | None = None,
    actor: Actor,
) -> AgendaItem:
    """A member unit or representative proposes an item while items are asked for; the convening side puts one on at once.

    Of the convening side it may be a report that is heard, or a representative's proposal to this assembly.
    """
    refuse_item(title, background)
    locked = lock_meeting(meeting)
    refuse_kind(locked, kind, proposal)
    is_convener = actor.role in CONVENERS and not actor.unit_id
    if is_convener:
        refuse_unless_over(locked.place_code, actor, CONVENERS)
        refuse_state(locked, Meeting.OPEN_AGENDA, "不能再加议题。")
    else:
        refuse_proposer(locked, actor)
    item = AgendaItem.objects.create(
        meeting=locked,
        place_code=locked.place_code,
        position=next_position(locked),
        title=title.strip(),
        background=background.strip(),
        unit_id=actor.unit_id,
        kind=(AgendaItem.Kind.PROPOSAL if proposal else kind) if is_convener else AgendaItem.Kind.MATTER,
        proposal=proposal if is_convener else None,
        status=AgendaItem.Status.ADOPTED if is_convener else AgendaItem.Status.PROPOSED,
        author_id=actor.user_id,
    )
    write_history(
        about=locked,
        move="propose_item",
        label="列入议题" if is_convener else "提出议题",
        actor=actor,
        note=item.title,
    )
    if not is_convener:
        words.tell_item_proposed(item, actor)
    return item


def refuse_kind(meeting: Meeting, kind: str, proposal: RepresentativeProposal | None) -> None:
    if kind not in AgendaItem.Kind.values:
        raise InputError("议题类型只能是审议事项、听取报告或代表提案。", field="kind")
    if kind == AgendaItem.Kind.PROPOSAL and proposal is None:
        raise InputError("请选择列入的代表提案。", field="proposal", code="required")
    if proposal is None:
        return
    if proposal.body_id != meeting.body_id:
        raise InputError("只能列入提交给这个代表会议的提案。", field="proposal", code="other_body")
    if meeting.items.filter(proposal=proposal).exclude(status="declined").exists():
        raise RuleViolation("这件提案已经在议程里。", field="proposal", code="already_there")


def refuse_proposer(meeting: Meeting, actor: Actor) -> None:
    is_invited = (
        meeting.roll == "representative"
        and actor.role == Role.REPRESENTATIVE
        and (actor.place_code.startswith(meeting.place_code))
    )
    is_unit = actor.role in UNIT_SIDE and speaks_for(meeting, actor) is not None
    if actor.is_read_only or not (is_invited or is_unit):
        raise NotAllowed("只有成员单位的联络员和代表可以提出议题。")
    if not meeting.is_open_for_items(today()):
        raise RuleViolation(
            "现在不在议题征集期内，可以等下一次会议，或者直接联系召集单位。", code="not_soliciting"
        )


def next_position(meeting: Meeting) -> int:
    return (meeting.items.aggregate(last=Max("position"))["last"] or 0) + 1


def move_item(item: AgendaItem, move: str, actor: Actor, note: str = "", **changes) -> AgendaItem:
    """Decide about an item while the agenda is open, and tell who proposed it."""
    refuse_long(note)
    target = changes.get("meeting") or item.meeting
    locked = lock_meeting(target)
    moved = make_move(
        obj=item,
        move=move,
        actor=actor,
        note=note,
        check=lambda row: refuse_state(locked, Meeting.OPEN_AGENDA, "议程已经定了。"),
        **changes,
    )
    write_history(
        about=locked,
        move=f"item_{move}",
        label=f"议题{moved.get_status_display()}",
        actor=actor,
        note=moved.title,
    )
    if move == "withdraw":
        words.tell_item_withdrawn(moved, actor)
    else:
        words.tell_item_decided(moved, note, actor)
    return moved


def refuse_long(note: str) -> None:
    """One limit for every word on an item, the field's own; nothing is cut off silently."""
    if len(note.strip()) > LONGEST_TEXT:
        raise InputError(
            f"最多 {LONGEST_TEXT} 字，现在有 {len(note.strip())} 字。", field="note", code="too_long"
        )


@transaction.atomic
def adopt_item(*, item: AgendaItem, actor: Actor) -> AgendaItem:
    """Put a proposed item on the agenda."""
    return move_item(item, "adopt", actor)


@transaction.atomic
def postpone_item(*, item: AgendaItem, note: str, actor: Actor) -> AgendaItem:
    """Put an item off, with the reason; the next session is offered it."""
    return move_item(item, "postpone", actor, note, outcome=note.strip())


@transaction.atomic
def decline_item(*, item: AgendaItem, note: str, actor: Actor) -> AgendaItem:
    """Leave an item off the agenda, with the reason."""
    return move_item(item, "decline", actor, note, outcome=note.strip())


@transaction.atomic
def withdraw_item(*, item: AgendaItem, actor: Actor) -> AgendaItem:
    """Take back the own item before it is decided about."""
    return move_item(item, "withdraw", actor)


@transaction.atomic
def change_item(
    *, item: AgendaItem, title: str, background: str = "", version: int | None = None, actor: Actor
) -> AgendaItem:
    """Put an item in other words while the agenda is open: the convening side, or its proposer until it is decided."""
    refuse_item(title, background)
    locked = lock_meeting(item.meeting)
    row = AgendaItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if actor.role in CONVENERS and not actor.unit_id:
        refuse_unless_over(locked.place_code, actor, CONVENERS)
    elif actor.is_read_only or actor.role not in AgendaItem.PROPOSERS or not row.stands_proposer(actor):
        raise NotAllowed("只有召集单位和提出的一方可以修改议题。")
    elif row.status != AgendaItem.Status.PROPOSED:
        raise RuleViolation(
            f"议题已经{row.get_status_display()}，要改请联系召集单位。", code="already_decided"
        )
    refuse_state(locked, Meeting.OPEN_AGENDA, "议程已经定了，不能再改议题。")
    values = {"title": title.strip(), "background": background.strip()}
    saved = change_fields(obj=row, values=values, actor=actor, version=version, label="修改议题")
    if saved.version != row.version:
        write_history(about=locked, move="change_item", label="修改议题", actor=actor, note=saved.title)
    return saved


@transaction.atomic
def place_item(*, item: AgendaItem, position: int, actor: Actor) -> AgendaItem:
    """Put an item at a place of the agenda (1 is the first) while it is open; the others close up."""
    locked = lock_meeting(item.meeting)
    refuse_unless_over(locked.place_code, actor, CONVENERS)
    refuse_state(locked, Meeting.OPEN_AGENDA, "议程已经定了，不能再调整顺序。")
    rows = list(locked.items.select_for_update(of=("self",)).order_by("position", "pk"))
    if not 1 <= position <= len(rows):
        raise InputError(f"序号在 1 到 {len(rows)} 之间。", field="position")
    moved = next(row for row in rows if row.pk == item.pk)
    rows.remove(moved)
    rows.insert(position - 1, moved)
    for order, row in enumerate(rows, 1):
        if row.position != order:
            row.position = order
            save_next_version(row)
    write_history(
        about=locked, move="place_item", label="调整议程顺序", actor=actor, note=f"{position}. {moved.title}"
    )
    return moved


@transaction.atomic
def take_up_item(*, item: AgendaItem, meeting: Meeting, actor: Actor) -> AgendaItem:
    """Bring an item that was put off on to the agenda of a later session of the same joint meeting."""
    if item.status != AgendaItem.Status.POSTPONED:
        raise RuleViolation("只有暂缓的议题可以转入下一次会议。", code="wrong_state")
    if meeting.body_id != item.meeting.body_id:
        raise RuleViolation("只能转入同一个组织的会议。", code="other_body")
    return move_item(item, "adopt", actor, meeting=meeting, position=next_position(meeting), outcome="")


@transaction.atomic
def deliberate_item(
    *,
    item: AgendaItem,
    note: str,
    ayes: int | None = None,
    noes: int | None = None,
    abstentions: int | None = None,
    actor: Actor,
) -> AgendaItem:
    """Write down what the session thought of an item, and how it voted where it did (赞成、反对、弃权)."""
    refuse_long(note)
    locked = lock_meeting(item.meeting)
    votes = check_votes(locked, ayes, noes, abstentions)
    return make_move(
        obj=item,
        move="deliberate",
        actor=actor,
        note=note,
        check=lambda row: refuse_state(locked, Meeting.MINUTING, "开会之后、提交纪要之前才登记审议意见。"),
        outcome=note.strip(),
        **votes,
    )


def check_votes(meeting: Meeting, ayes: int | None, noes: int | None, abstentions: int | None) -> dict:
    """The votes as fields; no more hands than people who came."""
    given = {"ayes": ayes, "noes": noes, "abstentions": abstentions}
    if all(value is None for value in given.values()):
        return given
    votes = {name: value or 0 for name, value in given.items()}
    came = turnout_of(meeting.attendances.all()).came
    if min(votes.values()) < 0 or sum(votes.values()) > came:
        raise InputError(
            f"实到 {came}，赞成、反对、弃权加起来不能更多。", field="ayes", code="too_many_votes"
        )
    return votes


# The session


@dataclass(frozen=True, slots=True)
class Arrival:
    """How one of those expected came: the presence, whether a unit's head came in person, who stood in.

    ``version`` is that of the line as it was read (0: nothing recorded yet); None compares nothing.
    """

    presence: str
    is_head: bool = False
    substitute: str = ""
    version: int | None = None


@transaction.atomic
def record_attendance(*, meeting: Meeting, arrivals: Mapping[int, Arrival], actor: Actor) -> Meeting:
    """Write down who came, by the number of the member unit, representative or seat; until the minutes are handed in.

    Only the lines that are given are written, so two people at one sheet don't undo each other. Raises `InputError`
    (field ``member-<id>``) for a substitute without a name or a head who didn't come, `StaleVersion` for a line
    somebody else has written since it was read.
    """
    locked = lock_meeting(meeting)
    refuse_unless_over(locked.place_code, actor, CONVENERS)
    refuse_state(locked, Meeting.SIGNING_IN, "发出通知之后、提交纪要之前才登记到会情况。")
    invited = {one.pk: one for one in invited_to(locked)}
    known = {row.invitee_id: row for row in locked.attendances.all()}
    for pk, arrival in arrivals.items():
        if pk not in invited:
            raise InputError("有一行不在这次会议的名册里。", field=f"member-{pk}", code="not_a_member")
        check_arrival(locked, invited[pk], arrival)
        write_arrival(locked, invited[pk], known.get(pk), arrival)
    turnout = turnout_of(locked.attendances.all())
    note = turnout.text_for(locked.roll == "member")
    write_history(about=locked, move="attend", label="登记到会情况", actor=actor, note=note)
    return locked


def write_arrival(meeting: Meeting, invitee, row: Attendance | None, arrival: Arrival) -> None:
    """One line of the sheet; a line that already says so stays as it is."""
    said = (arrival.presence, arrival.is_head, arrival.substitute.strip())
    if row is not None and said == (row.presence, row.is_head, row.substitute):
        return
    if arrival.version is not None and arrival.version != (row.version if row else 0):
        now = row.get_presence_display() if row else "未登记"
        raise StaleVersion(
            f"{invitee_name(invitee)}的到会情况刚刚被别人改为“{now}”，请核对后再保存。", current=row
        )
    row = row or Attendance(**{"meeting": meeting, meeting.roll: invitee, "version": 0})
    row.presence, row.is_head, row.substitute = said
    save_next_version(row)


def check_arrival(meeting: Meeting, invitee, arrival: Arrival) -> None:
    field, name = f"member-{invitee.pk}", invitee_name(invitee)
    if arrival.presence not in Presence.values:
        raise InputError(f"{name}：到会情况只能是实到、委托他人、请假或缺席。", field=field)
    if len(arrival.substitute) > 40:
        raise InputError(f"{name}：受托人最多 40 字。", field=field)
    if arrival.presence == Presence.SUBSTITUTE:
        refuse_substitute(meeting, name, arrival.substitute, field)
    if arrival.is_head and arrival.presence != Presence.PRESENT:
        raise InputError(
            f"{name}：主要负责人本人到会才能勾选“主要负责人”。", field=field, code="head_not_present"
        )


def refuse_substitute(meeting: Meeting, name: str, substitute: str, field: str) -> None:
    """Units send somebody by name; representatives and members of a committee come themselves (our default)."""
    if meeting.roll != "member":
        raise InputError(f"{name}：代表和委员要本人到会，不能委托他人。", field=field, code="in_person")
    if not substitute.strip():
        raise InputError(f"{name}：委托他人到会要写明受托人。", field=field, code="substitute_required")


@transaction.atomic
def reply_notice(
    *, meeting: Meeting, answer: str, substitute: str = "", note: str = "", actor: Actor
) -> MeetingReply:
    """Answer a notice (参会回执): come, ask for leave with the reason, or name who comes instead; may be changed until the day.

    Raises `NotAllowed` for somebody who isn't expected, `InputError` beside a field.
    """
    locked = lock_meeting(meeting)
    invitee = None if actor.is_read_only else speaks_for(locked, actor)
    if invitee is None:
        raise NotAllowed(
            "您不在这次会议的名册里，不用回复；有出入请联系召集单位核对名册。", code="not_invited"
        )
    refuse_state(locked, (Status.NOTIFIED,), "发出通知之后、开会之前才回复。")
    if locked.held_on < today():
        raise RuleViolation("会议日期已经过了，不用再回复。", code="too_late")
    check_reply(locked, invitee_name(invitee), answer, substitute, note)
    row = locked.replies.filter(**{meeting.roll: invitee}).first()
    row = row or MeetingReply(**{"meeting": locked, locked.roll: invitee, "version": 0})
    row.answer, row.author_id = answer, actor.user_id
    row.substitute = substitute.strip() if answer == MeetingReply.Answer.SUBSTITUTE else ""
    row.note = note.strip()
    save_next_version(row)
    write_history(
        about=locked, move="reply", label="参会回执", actor=actor, note=f"{invitee_name(invitee)}：{row.text}"
    )
    return row


def check_reply(meeting: Meeting, name: str, answer: str, substitute: str, note: str) -> None:
    if answer not in MeetingReply.Answer.values:
        raise InputError("回执只能是参加、委托他人或请假。", field="answer")
    if len(substitute) > 40:
        raise InputError("受托人最多 40 字。", field="substitute")
    if len(note) > LONGEST_REASON:
        raise InputError(f"理由最多 {LONGEST_REASON} 字。", field="note")
    if answer == MeetingReply.Answer.SUBSTITUTE:
        refuse_substitute(meeting, name, substitute, "substitute")
    if answer == MeetingReply.Answer.LEAVE and not note.strip():
        raise InputError("请填写请假的理由。", field="note", code="note_required")


@transaction.atomic
def hold_meeting(*, meeting: Meeting, actor: Actor) -> Meeting:
    """The session took place, everybody expected is accounted for, and enough came where there is a quorum."""
    return make_move(obj=meeting, move="hold", actor=actor, check=refuse_unheld)


def refuse_unheld(meeting: Meeting) -> None:
    if meeting.held_on > today():
        raise RuleViolation(f"会议定在{date_text(meeting.held_on)}，还没有到。", code="not_yet")
    missing = invited_to(meeting).exclude(attendances__meeting=meeting).count()
    if missing:
        counter = "家" if meeting.roll == "member" else "名"
        raise RuleViolation(
            f"还有 {missing} {counter}{roll_word(meeting)}没有登记到会情况。", code="attendance_missing"
        )
    turnout = turnout_of(meeting.attendances.all())
    if not turnout.came:
        raise RuleViolation("没有一家单位到会，不能登记为已召开；可以取消这次会议。", code="nobody_came")
    if meeting.has_quorum_rule and turnout.came * 2 <= turnout.expected:
        raise RuleViolation(
            f"应到{roll_word(meeting)} {turnout.expected} 名，实到 {turnout.came} 名，没有超过半数，会议不能召开；"
            "请另定时间，或者取消这次会议。",
            code="no_quorum",
        )


# Minutes


@transaction.atomic
def draft_minutes(*, meeting: Meeting, minutes: str, no_resolutions: bool = False, actor: Actor) -> Meeting:
    """Hand the minutes in for signing; who does is their recorder."""
    text = minutes.strip()
    if not text:
        raise InputError("请填写会议纪要。", field="minutes", code="required")
    if no_resolutions and not SAYS_NONE.search(text):
        text = f"{text}\n{NONE_WORD}"
    if len(text) > LONGEST_MINUTES:
        raise InputError(f"会议纪要最多 {LONGEST_MINUTES} 字。", field="minutes")
    moved = make_move(obj=meeting, move="draft_minutes", actor=actor, minutes=text, recorder_id=actor.user_id)
    words.tell_minutes_drafted(moved, actor)
    return moved


@transaction.atomic
def return_minutes(*, meeting: Meeting, note: str, actor: Actor) -> Meeting:
    """Send the minutes back to their recorder."""
    moved = make_move(obj=meeting, move="return_minutes", actor=actor, note=note)
    words.tell_minutes_returned(moved, note, actor)
    return moved


@transaction.atomic
def issue_minutes(*, meeting: Meeting, read_version: int | None = None, actor: Actor) -> Meeting:
    """Sign the minutes off, by another than their recorder; the resolutions come into force and their leads hear it.

    ``read_version`` is the version of the session as the signer read it, by default that of ``meeting``; when the
    minutes were returned and handed in again since, `StaleVersion` is raised.
    """
    locked = lock_meeting(meeting)
    refuse_recorder(locked, actor)
    read = meeting.version if read_version is None else read_version
    if locked.status == Status.MINUTES_REVIEW and read != locked.version:
        raise StaleVersion("您核对之后纪要又改过，请重新核对再签发。", current=locked)
    moved = make_move(
        obj=meeting,
        move="issue",
        actor=actor,
        check=refuse_unissuable,
        signed_by_id=actor.user_id,
        issued_on=today(),
    )
    for item in moved.items.filter(status=AgendaItem.Status.ADOPTED):
        make_move(obj=item, move="deliberate", actor=actor, note="见会议纪要。")
    issue_minutes_paper(moved, actor)
    if moved.roll == "representative":
        issue_decision(moved, actor)
    words.tell_issued(moved, actor)
    resolutions = moved.resolutions.exclude(status="terminated").select_related(
        "meeting", "lead_unit", "lead_place"
    )
    for resolution in resolutions:
        words.tell_resolved(resolution, actor)
    return moved


def refuse_recorder(meeting: Meeting, actor: Actor) -> None:
    is_own = actor.user_id is not None and actor.user_id == meeting.recorder_id
    if is_own and meeting.status == Status.MINUTES_REVIEW:
        raise NotAllowed("纪要要由记录人以外的人签发，请另一位同志核对签发。", code="own_minutes")


def refuse_unissuable(meeting: Meeting) -> None:
    """domain.md §2(a): minutes need attendance and at least one resolution, or the word 无."""
    if not turnout_of(meeting.attendances.all()).came:
        raise RuleViolation("还没有登记到会情况，不能签发纪要。", code="no_attendance")
    has_any = meeting.resolutions.exclude(status="terminated").exists()
    if not has_any and not SAYS_NONE.search(meeting.minutes):
        raise RuleViolation(
            "纪要里没有议定事项。请登记议定事项，或者在纪要里写明“议定事项：无”。", code="no_resolution"
        )


@transaction.atomic
def archive_meeting(*, meeting: Meeting, actor: Actor) -> Meeting:
    """Put the papers of a session away."""
    return make_move(obj=meeting, move="archive", actor=actor)


MEETING_MOVES = {
    "solicit": solicit_items,
    "notify": notify_meeting,
    "hold": hold_meeting,
    "draft_minutes": draft_minutes,
    "issue": issue_minutes,
    "return_minutes": return_minutes,
    "archive": archive_meeting,
    "cancel": cancel_meeting,
}
ITEM_MOVES = {
    "adopt": adopt_item,
    "postpone": postpone_item,
    "decline": decline_item,
    "withdraw": withdraw_item,
    "deliberate": deliberate_item,
}
