"""The verbs of sessions (domain.md §2(a)): convene, solicit, notify, hold, write, sign and archive.

The session's row is locked before its items and its attendance, so that no two people write over each other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.roles import UNIT_SIDE
from core.workdays import add_workdays
from core.workflow import make_move
from units.actions.units import refuse_unless_over
from units.documents.meetings import issue_minutes_paper, issue_notice
from units.models import AgendaItem, Attendance, Meeting, RegionalBody, Unit
from units.models.meetings import CONVENERS
from units.queries.agenda import adopted_items, carried_over, members_of, turnout_of
from units.words import meetings as words

# domain.md §2(a): the notice goes out at least this many workdays before, with the agenda.
NOTICE_WORKDAYS = 3
ITEMS_WORKDAYS = 5
LONGEST_TITLE = 100
LONGEST_TEXT = 2000
LONGEST_MINUTES = 10_000
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
    actor: Actor,
) -> Meeting:
    """Begin a session of a running joint meeting; it gets the year's next number, without gaps.

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
        author_id=actor.user_id,
    )
    check_arrangement(meeting)
    meeting.save()
    write_history(about=meeting, move="prepare", label="筹备会议", actor=actor, to_status=meeting.status)
    return meeting


def refuse_body(body: RegionalBody) -> None:
    if body.kind != RegionalBody.Kind.JOINT_MEETING:
        raise RuleViolation(
            "只有联席会召开这样的会议，请选择联席会。", field="body", code="not_joint_meeting"
        )
    if body.status not in RegionalBody.RUNNING:
        raise RuleViolation(
            f"{body}现在是“{body.get_status_display()}”，不能召开会议。", field="body", code="not_running"
        )


def next_session(body: RegionalBody, year: int) -> int:
    """The next number of the year; exact while the body's row is locked. A session called off keeps its number."""
    last = Meeting.objects.filter(body=body, year=year).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def default_title(body: RegionalBody, year: int, number: int, kind: str) -> str:
    return f"{body.name}{year}年第{number}次{Meeting.Kind(kind).label}"[:LONGEST_TITLE]


def check_arrangement(meeting: Meeting) -> None:
    """The rules over time, place and host."""
    if meeting.kind not in Meeting.Kind.values:
        raise InputError("会议类型只能是全体会议、专题会议或联络员会议。", field="kind")
    if len(meeting.title) > LONGEST_TITLE:
        raise InputError(f"名称最多 {LONGEST_TITLE} 字。", field="title")
    if len(meeting.venue) > LONGEST_TITLE or len(meeting.chair) > 40:
        raise InputError("地点最多 100 字，主持人最多 40 字。", field="venue")
    if meeting.held_on and meeting.held_on < today():
        raise InputError("会议时间已经过去了，请填写今天或以后的时间。", field="held_at")
    if meeting.held_on and meeting.held_on.year != meeting.year:
        raise InputError(f"这是{meeting.number_text}会议，时间要在{meeting.year}年内。", field="held_at")
    if meeting.items_due_on and meeting.held_on and meeting.items_due_on > meeting.held_on:
        raise InputError("议题征集截止日不能晚于会议当天。", field="items_due_on")
    if meeting.host_unit_id and not is_member(meeting, meeting.host_unit_id):
        raise InputError("承办单位要从成员单位里选。", field="host_unit")


def is_member(meeting: Meeting, unit_id: int | None) -> bool:
    return unit_id is not None and members_of(meeting).filter(unit_id=unit_id).exists()


@transaction.atomic
def change_meeting(*, meeting: Meeting, version: int | None = None, actor: Actor, **fields) -> Meeting:
    """Change time, place or title until the session is held; members who were notified hear of it."""
    locked = lock_meeting(meeting)
    refuse_unless_over(locked.place_code, actor, CONVENERS)
    refuse_state(locked, (*Meeting.OPEN_AGENDA, Status.NOTIFIED), "不能再改时间和地点。")
    before = (locked.held_at, locked.venue)
    for name, value in fields.items():
        setattr(locked, name, value.strip() if isinstance(value, str) else value)
    check_arrangement(locked)
    if locked.status == Status.NOTIFIED:
        refuse_incomplete(locked)
    values = {name: getattr(locked, name) for name in fields}
    saved = change_fields(obj=locked, values=values, actor=actor, version=version)
    if saved.status == Status.NOTIFIED and before != (saved.held_at, saved.venue):
        words.tell_changed(saved, actor)
    return saved


@transaction.atomic
def solicit_items(*, meeting: Meeting, actor: Actor) -> Meeting:
    """Ask the member units for items; until five workdays on where no day was set."""
    due_on = meeting.items_due_on or add_workdays(today(), ITEMS_WORKDAYS)

    def check(locked: Meeting) -> None:
        if due_on < today():
            raise RuleViolation(
                "议题征集截止日已经过去，请先修改。", field="items_due_on", code="items_due_over"
            )
        if not members_of(locked).exists():
            raise RuleViolation("这个联席会还没有成员单位，请先登记成员单位。", code="no_members")

    moved = make_move(obj=meeting, move="solicit", actor=actor, check=check, items_due_on=due_on)
    words.tell_soliciting(moved, actor)
    return moved


@transaction.atomic
def notify_meeting(*, meeting: Meeting, actor: Actor) -> Meeting:
    """Send the notice with its agenda, at least three workdays before; every member's liaison is told."""
    moved = make_move(obj=meeting, move="notify", actor=actor, check=refuse_notice)
    issue_notice(moved, actor)
    words.tell_notified(moved, actor)
    return moved


def refuse_notice(meeting: Meeting) -> None:
    """Why the notice can't go out now."""
    refuse_incomplete(meeting)
    earliest = add_workdays(today(), NOTICE_WORKDAYS)
    if meeting.held_on < earliest:
        raise RuleViolation(
            f"会议通知要提前 {NOTICE_WORKDAYS} 个工作日发出，今天发出的话，会议最早定在{date_text(earliest)}。",
            field="held_at",
            code="notice_too_short",
        )
    undecided = meeting.items.filter(status=AgendaItem.Status.PROPOSED).count()
    if undecided:
        raise RuleViolation(f"还有 {undecided} 件议题没有决定采纳、暂缓或不采纳。", code="items_undecided")
    if not (adopted_items(meeting).exists() or carried_over(meeting).exists()):
        raise RuleViolation("通知要附议程，请至少采纳一件议题。", code="no_agenda")


def refuse_incomplete(meeting: Meeting) -> None:
    if meeting.held_at is None or not meeting.venue:
        raise RuleViolation(
            "发通知要写明时间和地点，请先修改会议安排。", field="held_at", code="no_time_or_place"
        )


@transaction.atomic
def cancel_meeting(*, meeting: Meeting, note: str, actor: Actor) -> Meeting:
    """Call a session off, with the reason; it keeps its number."""
    was_known = meeting.status != Status.PREPARING
    moved = make_move(obj=meeting, move="cancel", actor=actor, note=note)
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
def propose_item(*, meeting: Meeting, title: str, background: str = "", actor: Actor) -> AgendaItem:
    """A member unit proposes an item while items are asked for; the convening side puts one on at once."""
    refuse_item(title, background)
    locked = lock_meeting(meeting)
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


def refuse_proposer(meeting: Meeting, actor: Actor) -> None:
    if actor.is_read_only or actor.role not in UNIT_SIDE or not is_member(meeting, actor.unit_id):
        raise NotAllowed("只有成员单位的联络员可以提出议题。")
    if not meeting.is_open_for_items(today()):
        raise RuleViolation(
            "现在不在议题征集期内，可以等下一次会议，或者直接联系召集单位。", code="not_soliciting"
        )


def next_position(meeting: Meeting) -> int:
    return (meeting.items.aggregate(last=Max("position"))["last"] or 0) + 1


def move_item(item: AgendaItem, move: str, actor: Actor, note: str = "", **changes) -> AgendaItem:
    """Decide about an item while the agenda is open, and tell the unit that proposed it."""
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
    words.tell_item_decided(moved, note, actor)
    return moved


@transaction.atomic
def adopt_item(*, item: AgendaItem, actor: Actor) -> AgendaItem:
    """Put a proposed item on the agenda."""
    return move_item(item, "adopt", actor)


@transaction.atomic
def postpone_item(*, item: AgendaItem, note: str, actor: Actor) -> AgendaItem:
    """Put an item off, with the reason; the next session is offered it."""
    return move_item(item, "postpone", actor, note, outcome=note.strip()[:LONGEST_TEXT])


@transaction.atomic
def decline_item(*, item: AgendaItem, note: str, actor: Actor) -> AgendaItem:
    """Leave an item off the agenda, with the reason."""
    return move_item(item, "decline", actor, note, outcome=note.strip()[:LONGEST_TEXT])


@transaction.atomic
def take_up_item(*, item: AgendaItem, meeting: Meeting, actor: Actor) -> AgendaItem:
    """Bring an item that was put off on to the agenda of a later session of the same joint meeting."""
    if item.status != AgendaItem.Status.POSTPONED:
        raise RuleViolation("只有暂缓的议题可以转入下一次会议。", code="wrong_state")
    if meeting.body_id != item.meeting.body_id:
        raise RuleViolation("只能转入同一个联席会的会议。", code="other_body")
    return move_item(item, "adopt", actor, meeting=meeting, position=next_position(meeting), outcome="")


@transaction.atomic
def deliberate_item(*, item: AgendaItem, note: str, actor: Actor) -> AgendaItem:
    """Write down what the session thought of an item."""
    locked = lock_meeting(item.meeting)
    return make_move(
        obj=item,
        move="deliberate",
        actor=actor,
        note=note,
        check=lambda row: refuse_state(locked, Meeting.MINUTING, "开会之后、纪要印发之前才登记审议意见。"),
        outcome=note.strip()[:LONGEST_TEXT],
    )


# The session


@dataclass(frozen=True, slots=True)
class Arrival:
    """How one member unit came: the presence, whether its head came in person, who stood in."""

    presence: str
    is_head: bool = False
    substitute: str = ""


@transaction.atomic
def record_attendance(*, meeting: Meeting, arrivals: Mapping[int, Arrival], actor: Actor) -> Meeting:
    """Write down who came, by the member's number; may be done again until the minutes are handed in.

    Raises `InputError` (field ``member-<id>``) for a substitute without a name or a head who didn't come.
    """
    locked = lock_meeting(meeting)
    refuse_unless_over(locked.place_code, actor, CONVENERS)
    refuse_state(locked, Meeting.SIGNING_IN, "发出通知之后、提交纪要之前才登记到会情况。")
    members = {member.pk: member for member in members_of(locked)}
    for pk, arrival in arrivals.items():
        if pk not in members:
            raise InputError("有单位不是这个联席会的成员。", field=f"member-{pk}", code="not_a_member")
        check_arrival(members[pk], arrival)
        Attendance.objects.update_or_create(
            meeting=locked,
            member=members[pk],
            defaults={
                "presence": arrival.presence,
                "is_head": arrival.is_head,
                "substitute": arrival.substitute.strip(),
            },
        )
    turnout = turnout_of(locked.attendances.all())
    write_history(about=locked, move="attend", label="登记到会情况", actor=actor, note=turnout.text)
    return locked


def check_arrival(member, arrival: Arrival) -> None:
    field = f"member-{member.pk}"
    if arrival.presence not in Presence.values:
        raise InputError(f"{member.unit}：到会情况只能是实到、委托他人、请假或缺席。", field=field)
    if len(arrival.substitute) > 40:
        raise InputError(f"{member.unit}：受托人最多 40 字。", field=field)
    if arrival.presence == Presence.SUBSTITUTE and not arrival.substitute.strip():
        raise InputError(
            f"{member.unit}：委托他人到会要写明受托人。", field=field, code="substitute_required"
        )
    if arrival.is_head and arrival.presence != Presence.PRESENT:
        raise InputError(
            f"{member.unit}：主要负责人本人到会才能勾选“主要负责人”。", field=field, code="head_not_present"
        )


@transaction.atomic
def hold_meeting(*, meeting: Meeting, actor: Actor) -> Meeting:
    """The session took place, and of every member unit is known whether it came."""
    return make_move(obj=meeting, move="hold", actor=actor, check=refuse_unheld)


def refuse_unheld(meeting: Meeting) -> None:
    if meeting.held_on > today():
        raise RuleViolation(f"会议定在{date_text(meeting.held_on)}，还没有到。", code="not_yet")
    missing = members_of(meeting).exclude(attendances__meeting=meeting).count()
    if missing:
        raise RuleViolation(f"还有 {missing} 家成员单位没有登记到会情况。", code="attendance_missing")
    if not turnout_of(meeting.attendances.all()).came:
        raise RuleViolation("没有一家单位到会，不能登记为已召开；可以取消这次会议。", code="nobody_came")


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
def issue_minutes(*, meeting: Meeting, actor: Actor) -> Meeting:
    """Sign the minutes off, by another than their recorder; the resolutions come into force and their leads hear it."""
    lock_meeting(meeting)
    refuse_recorder(meeting, actor)
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
    "deliberate": deliberate_item,
}
