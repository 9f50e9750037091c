"""What waits for whom in evaluations (待办)."""

from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from core.actor import Actor
from core.components import Tag
from core.periods import Month
from core.roles import UNIT_SIDE, Role
from core.todo import LIMIT, TodoItem, WaitingItem, due_tag
from evaluations.models import VISITORS, MonthlyVisit


def my_visits(actor: Actor, today: date) -> QuerySet:
    """Visits that are this actor's to make, to record anew, to chase or to confirm.

    Planned visits of months before the last can no longer be recorded and are left out; a dispute waits for ever.
    """
    visits = MonthlyVisit.objects.visible_to(actor)
    if actor.role in UNIT_SIDE:
        return visits.filter(status=MonthlyVisit.Status.RECORDED)
    if actor.role not in VISITORS:
        return visits.none()
    mine = Q(visitor_id=actor.user_id)
    if actor.role == Role.SUBDISTRICT:
        mine |= Q(due_on__lt=today) | Q(status=MonthlyVisit.Status.DISPUTED)
    since = Month.containing(today).previous().first_day
    return visits.owed().filter(mine, Q(month__gte=since) | Q(status=MonthlyVisit.Status.DISPUTED))


def todo_items(actor: Actor, today: date) -> list[TodoItem]:
    visits = my_visits(actor, today).select_related("unit__place", "visitor", "recorded_by")
    describe = confirm_item if actor.role in UNIT_SIDE else visit_item
    return [describe(visit, actor, today) for visit in visits.order_by("due_on", "pk")[:LIMIT]]


def todo_count(actor: Actor, today: date) -> int:
    return my_visits(actor, today).order_by().count()


def confirm_item(visit: MonthlyVisit, actor: Actor, today: date) -> TodoItem:
    on = visit.visited_on
    return TodoItem(
        title=f"确认{on.month}月{on.day}日的走访",
        why=f"{visit.recorded_by or visit.visitor}登记了到贵单位的走访",
        url=visit.get_absolute_url(),
        action_label="去确认",
        status_tag=Tag("待确认", "wait"),
        kind="visit-confirm",
    )


def visit_item(visit: MonthlyVisit, actor: Actor, today: date) -> TodoItem:
    is_mine = visit.visitor_id == actor.user_id
    disputed = visit.status == MonthlyVisit.Status.DISPUTED
    page = "evaluations:visit-record" if is_mine and not disputed else "evaluations:visit-detail"
    return TodoItem(
        title=f"{visit.month.month}月走访：{visit.unit}（{visit.unit.place.name}）",
        why=reason(visit, is_mine, disputed),
        url=reverse(page, args=[visit.pk]),
        due_on=visit.due_on,
        action_label="去登记" if is_mine and not disputed else "去看看",
        kind="visit-record" if is_mine else "visit-overdue",
        status_tag=Tag("有异议", "late") if disputed else due_tag(visit.due_on, today),
    )


def reason(visit: MonthlyVisit, is_mine: bool, disputed: bool) -> str:
    if disputed:
        return "对方有异议，请核对后重新登记" if is_mine else f"对方有异议，走访人{visit.visitor}"
    return f"{visit.month.month}月由您走访" if is_mine else f"走访人{visit.visitor}逾期未登记"


def waiting_items(actor: Actor, today: date) -> list[WaitingItem]:
    """Visits this actor recorded that the other side hasn't confirmed yet."""
    if actor.role not in VISITORS:
        return []
    recorded = MonthlyVisit.objects.visible_to(actor).filter(status=MonthlyVisit.Status.RECORDED)
    mine = recorded.filter(Q(recorded_by_id=actor.user_id) | Q(visitor_id=actor.user_id)).select_related(
        "unit"
    )
    return [
        WaitingItem(
            title=f"{visit.unit}确认{visit.month.month}月走访",
            url=visit.get_absolute_url(),
            kind="visit-confirm",
            since=timezone.localdate(visit.recorded_at) if visit.recorded_at else None,
        )
        for visit in mine.order_by("recorded_at")[:LIMIT]
    ]
