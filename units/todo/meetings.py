"""What waits for whom in sessions, resolutions and proposals (待办)."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q, QuerySet

from core.actor import Actor
from core.components import Tag
from core.roles import UNIT_SIDE, Role
from core.todo import LIMIT, TodoItem, WaitingItem
from units.models import (
    AgendaItem,
    BodyMember,
    BodySeat,
    Meeting,
    MeetingReply,
    RepresentativeProposal,
    Resolution,
)
from units.models.meetings import CONVENERS

# What the convening side is to do with a session of its own place, by state.
STEPS = {
    Meeting.Status.PREPARING: ("筹备会议", "会议还没有开始征集议题", "去办理"),
    Meeting.Status.SOLICITING: (
        "定议程、发通知",
        "会议在征集议题，定好议程后提前 3 个工作日发通知",
        "去办理",
    ),
    Meeting.Status.HELD: ("写纪要", "会议已召开，纪要还没有提交", "去办理"),
    Meeting.Status.ISSUED: ("归档会议", "纪要已印发，可以归档", "去归档"),
}


def is_convener(actor: Actor) -> bool:
    return actor.role in CONVENERS and bool(actor.place_code)


def own_meetings(actor: Actor, today: date) -> QuerySet:
    """Sessions of exactly the actor's place that wait for the convening side; minutes only for another than their recorder."""
    if not is_convener(actor):
        return Meeting.objects.none()
    waiting = Q(status__in=STEPS) | Q(status="notified", held_at__date__lte=today)
    waiting |= Q(status="minutes_review") & ~Q(recorder_id=actor.user_id)
    return Meeting.objects.visible_to(actor).filter(waiting, place_code=actor.place_code)


def open_calls(actor: Actor, today: date) -> QuerySet:
    """Sessions that ask the actor's unit for items it has not given yet."""
    if actor.role not in UNIT_SIDE or actor.unit_id is None:
        return Meeting.objects.none()
    given = AgendaItem.objects.filter(unit_id=actor.unit_id).values("meeting_id")
    rows = Meeting.objects.filter(
        status=Meeting.Status.SOLICITING,
        items_due_on__gte=today,
        body_id__in=BodyMember.objects.filter(unit_id=actor.unit_id).effective(today).values("body_id"),
    )
    return rows.exclude(pk__in=given)


def unanswered(actor: Actor, today: date) -> QuerySet:
    """Notified sessions to which the actor's unit is asked and hasn't answered yet."""
    if actor.role not in UNIT_SIDE or actor.unit_id is None:
        return Meeting.objects.none()
    members = BodyMember.objects.filter(unit_id=actor.unit_id).effective(today)
    seats = BodySeat.objects.filter(from_unit_id=actor.unit_id).effective(today)
    mine = Q(member__unit_id=actor.unit_id) | Q(seat__from_unit_id=actor.unit_id)
    asked = Q(body_id__in=members.values("body_id")) | Q(body_id__in=seats.values("body_id"))
    rows = Meeting.objects.filter(asked, status=Meeting.Status.NOTIFIED, held_at__date__gte=today)
    return rows.exclude(pk__in=MeetingReply.objects.filter(mine).values("meeting_id"))


def led_resolutions(actor: Actor) -> QuerySet:
    """Resolutions the actor leads and works on."""
    rows = Resolution.objects.in_force().filter(status=Resolution.Status.OPEN)
    if actor.unit_id is not None:
        return rows.filter(lead_unit_id=actor.unit_id) if actor.role in UNIT_SIDE else rows.none()
    return rows.filter(lead_place__code=actor.place_code) if is_convener(actor) else rows.none()


def resolutions_to_decide(actor: Actor) -> QuerySet:
    """Reported done or asking for more time, of sessions of exactly the actor's place."""
    if not is_convener(actor):
        return Resolution.objects.none()
    rows = Resolution.objects.in_force().filter(place_code=actor.place_code, status__in=["done", "extension"])
    return rows.exclude(lead_place__code=actor.place_code)


def own_proposals(actor: Actor) -> QuerySet:
    """Proposals to file or assign, to answer, and for their author to rate."""
    rows = RepresentativeProposal.objects.all()
    if actor.role == Role.REPRESENTATIVE:
        return rows.filter(author_id=actor.user_id, status="replied")
    if not is_convener(actor):
        return rows.none()
    here = Q(place_code=actor.place_code, status__in=["submitted", "filed"])
    return rows.filter(here | Q(handler__code=actor.place_code, status="assigned"))


def todo_items(actor: Actor, today: date) -> Iterator[TodoItem]:
    """What the actor is to do about sessions, resolutions and proposals now."""
    for meeting in own_meetings(actor, today).order_by("held_at")[:LIMIT]:
        yield meeting_item(meeting, today)
    for meeting in open_calls(actor, today).order_by("items_due_on")[:LIMIT]:
        yield TodoItem(
            f"提议题：{meeting}",
            "联席会征集议题",
            meeting.get_absolute_url(),
            "提议题",
            meeting.items_due_on,
            kind="meeting-items",
        )
    for meeting in unanswered(actor, today).order_by("held_at")[:LIMIT]:
        yield TodoItem(
            f"回复会议通知：{meeting}",
            "请回复参加、请假或委托他人",
            f"{meeting.get_absolute_url()}#reply",
            "去回复",
            meeting.held_on,
            kind="meeting-reply",
        )
    for row in led_resolutions(actor).order_by("due_on")[:LIMIT]:
        yield TodoItem(
            f"议定事项：{row.text[:40]}",
            "由您牵头办理",
            row.get_absolute_url(),
            "去办理",
            row.due_on,
            kind="resolution-lead",
        )
    for row in (
        resolutions_to_decide(actor).select_related("lead_unit", "lead_place").order_by("due_on")[:LIMIT]
    ):
        is_done = row.status == Resolution.Status.DONE
        yield TodoItem(
            f"{'确认销号' if is_done else '决定延期'}：{row.text[:40]}",
            f"{row.lead}{'报告已完成' if is_done else '申请延期'}",
            row.get_absolute_url(),
            "去办理",
            row.due_on,
            kind="resolution-decide",
        )
    for row in own_proposals(actor).order_by("reply_due_on", "pk")[:LIMIT]:
        yield proposal_item(row)


def meeting_item(meeting: Meeting, today: date) -> TodoItem:
    if meeting.status == Meeting.Status.MINUTES_REVIEW:
        title, why, label = "签发纪要", "纪要已提交，等记录人以外的同志签发", "去签发"
    elif meeting.status == Meeting.Status.NOTIFIED:
        title, why, label = "登记会议", "会议日期已到，请登记到会情况", "去登记"
    else:
        title, why, label = STEPS[meeting.status]
    before = meeting.status in (*Meeting.OPEN_AGENDA, Meeting.Status.NOTIFIED)
    due_on = meeting.held_on if before else None
    tag = None if due_on else Tag(meeting.get_status_display(), "wait")
    return TodoItem(f"{title}：{meeting}", why, meeting.get_absolute_url(), label, due_on, tag, "meeting")


def proposal_item(row: RepresentativeProposal) -> TodoItem:
    title, why = {
        "submitted": ("代表提案待立案", "代表提交了提案"),
        "filed": ("代表提案待交办", "提案已立案"),
        "assigned": ("答复代表提案", "由您承办"),
        "replied": ("评价提案答复", "您的提案已经答复"),
    }[row.status]
    due_on = row.reply_due_on if row.status == "assigned" else None
    return TodoItem(f"{title}：{row}", why, row.get_absolute_url(), "去办理", due_on, kind="proposal")


def todo_count(actor: Actor, today: date) -> int:
    """How many of them there are."""
    if is_convener(actor):
        rows = (
            own_meetings(actor, today),
            led_resolutions(actor),
            resolutions_to_decide(actor),
            own_proposals(actor),
        )
    elif actor.role in UNIT_SIDE:
        rows = (open_calls(actor, today), unanswered(actor, today), led_resolutions(actor))
    elif actor.role == Role.REPRESENTATIVE:
        rows = (own_proposals(actor),)
    else:
        rows = ()
    return sum(found.count() for found in rows)


def waiting_items(actor: Actor, today: date) -> Iterator[WaitingItem]:
    """Resolutions of the own sessions others work on, and those the own unit reported done."""
    if is_convener(actor):
        rows = Resolution.objects.in_force().filter(
            place_code=actor.place_code, status="open", due_on__lt=today
        )
        for row in rows.select_related("lead_unit", "lead_place").order_by("due_on")[:LIMIT]:
            yield WaitingItem(
                f"等{row.lead}办结：{row.text[:40]}", row.get_absolute_url(), row.due_on, "resolution"
            )
    elif actor.role in UNIT_SIDE and actor.unit_id is not None:
        rows = Resolution.objects.in_force().filter(lead_unit_id=actor.unit_id, status="done")
        for row in rows.order_by("done_on")[:LIMIT]:
            yield WaitingItem(
                f"等召集单位确认销号：{row.text[:40]}", row.get_absolute_url(), row.done_on, "resolution"
            )
