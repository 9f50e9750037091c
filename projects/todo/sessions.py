"""What waits for whom in sessions (待办): to confirm for the community, to correct or to record for the unit."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from core.actor import Actor
from core.codes import under
from core.roles import STAFF, UNIT_SIDE, Role
from core.todo import LIMIT, TodoItem, WaitingItem
from core.workdays import Calendar
from projects.models import Session
from projects.queries.sessions import sessions_to_confirm
from projects.reminders.sessions import WAITING_WORKDAYS, announced_before


def mine_to_confirm(actor: Actor) -> QuerySet[Session]:
    """The community confirms those of its place; staff above it those held at their own place."""
    rows = sessions_to_confirm(actor)
    if actor.role == Role.COMMUNITY:
        return rows
    return rows.filter(place_code=actor.place_code) if actor.role in STAFF else rows.none()


def mine_to_correct(actor: Actor) -> QuerySet[Session]:
    """Sessions of the unit that came back; for a grid worker those of the own hand."""
    returned = Session.objects.filter(status=Session.Status.RETURNED)
    if actor.role == Role.GRID_WORKER and actor.user_id is not None:
        return returned.filter(author_id=actor.user_id)
    if actor.role not in UNIT_SIDE or actor.unit_id is None:
        return Session.objects.none()
    return returned.filter(unit_id=actor.unit_id)


def mine_to_record(actor: Actor, today: date) -> QuerySet[Session]:
    """Announced sessions of the unit whose day is over."""
    if actor.role not in UNIT_SIDE or actor.unit_id is None:
        return Session.objects.none()
    return announced_before(today).filter(unit_id=actor.unit_id)


def todo_items(actor: Actor, today: date) -> Iterator[TodoItem]:
    calendar = Calendar()
    for session in with_names(mine_to_confirm(actor)):
        due_on = calendar.add_workdays(timezone.localdate(session.created_at), WAITING_WORKDAYS)
        yield TodoItem(
            f"核实场次：{described(session)}",
            f"{session.unit}登记了活动，等社区核实",
            session.get_absolute_url(),
            "核实",
            due_on,
            kind="session-confirm",
        )
    for session in with_names(mine_to_correct(actor)):
        yield TodoItem(
            f"更正场次：{described(session)}",
            "社区退回，请更正后重新提交",
            session.get_absolute_url(),
            "更正",
            kind="session-resubmit",
        )
    for session in with_names(mine_to_record(actor, today)):
        yield TodoItem(
            f"登记结果：{described(session)}",
            "预告的活动已经过了，办了的登记结果，没有办的取消",
            session.get_absolute_url(),
            "登记",
            session.held_on + timedelta(days=1),
            kind="session-record",
        )


def with_names(rows: QuerySet[Session]) -> QuerySet[Session]:
    """The first of them, oldest on top, with what their line names."""
    return rows.select_related("project", "unit").order_by("created_at", "pk")[:LIMIT]


def described(session: Session) -> str:
    when = f"{session.project} {session.held_on.month}月{session.held_on.day}日"
    return f"{when} {session.clock_text if session.person_times is None else f'{session.person_times} 人次'}"


def todo_count(actor: Actor, today: date) -> int:
    if actor.role in UNIT_SIDE:
        return mine_to_correct(actor).order_by().count() + mine_to_record(actor, today).order_by().count()
    if actor.role == Role.GRID_WORKER:
        return mine_to_correct(actor).order_by().count()
    return mine_to_confirm(actor).order_by().count() if actor.role in STAFF else 0


def waiting_items(actor: Actor, today: date) -> Iterator[WaitingItem]:
    """Sessions a unit waits to have confirmed; a community waits for those it returned."""
    if actor.role in UNIT_SIDE and actor.unit_id:
        rows, who = Session.objects.filter(unit_id=actor.unit_id, status=Session.Status.RECORDED), "社区核实"
    elif actor.role == Role.COMMUNITY:
        rows = Session.objects.filter(under(actor.place_code), status=Session.Status.RETURNED)
        who = "单位更正"
    else:
        return
    for session in with_names(rows):
        since = timezone.localdate(session.created_at)
        yield WaitingItem(f"等{who}：{described(session)}", session.get_absolute_url(), since, "session")
