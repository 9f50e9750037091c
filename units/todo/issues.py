"""What waits for whom in the issue register (待办)."""

from datetime import date

from django.db.models import Q, QuerySet

from core.actor import Actor
from core.roles import UNIT_SIDE, Role
from core.todo import LIMIT, TodoItem, WaitingItem, due_tag
from units.models import Issue

S = Issue.Status
HANDLING_ROLES = frozenset({Role.COMMUNITY, Role.SUBDISTRICT, Role.DISTRICT})
# What the level that handles an issue does next, by its status.
NEXT = {
    S.REGISTERED: ("受理", "新登记的问题，一个工作日内受理", "去受理"),
    S.ACCEPTED: ("交办", "已受理，三个工作日内交办", "去交办"),
    S.ASSIGNED: ("办理", "已交办，等待开始办理", "去办理"),
    S.PROCESSING: ("办结", "正在办理", "去办理"),
    S.RESOLVED: ("反馈", "已办结，请向反映人反馈", "去反馈"),
}
REPORTING_ROLES = UNIT_SIDE | {Role.REPRESENTATIVE, Role.GRID_WORKER}


def my_issues(actor: Actor) -> QuerySet[Issue]:
    """Issues whose next step is this actor's: those of the own level, those handed to the own unit, own ones to rate."""
    mine = Q(pk__in=[])
    if actor.role in HANDLING_ROLES and actor.place_code:
        own_staff = Q(status__in=[S.REGISTERED, S.ACCEPTED, S.RESOLVED]) | Q(
            status__in=[S.ASSIGNED, S.PROCESSING], unit=None
        )
        mine |= Q(handler__code=actor.place_code) & own_staff
    if actor.role in UNIT_SIDE:
        mine |= Q(unit_id=actor.unit_id, status__in=[S.ASSIGNED, S.PROCESSING])
    if actor.role in REPORTING_ROLES and actor.user_id:
        mine |= Q(author_id=actor.user_id, status=S.REPLIED)
    return Issue.objects.filter(mine)


def todo_items(actor: Actor, today: date) -> list[TodoItem]:
    rows = my_issues(actor).select_related("place").order_by("due_on", "pk")[:LIMIT]
    return [rate_item(issue) if issue.status == S.REPLIED else step_item(issue, today) for issue in rows]


def todo_count(actor: Actor, today: date) -> int:
    return my_issues(actor).order_by().count()


def step_item(issue: Issue, today: date) -> TodoItem:
    verb, why, button = NEXT[issue.status]
    due_on = issue.step_due_on
    return TodoItem(
        title=f"{verb}问题：{issue.title}（{issue.place.name}）", why=why, url=issue.get_absolute_url(), due_on=due_on,
        action_label=button, kind=f"issue-{issue.status}", status_tag=due_tag(due_on, today),
    )  # fmt: skip


def rate_item(issue: Issue) -> TodoItem:
    return TodoItem(
        title=f"评议问题：{issue.title}", why="您登记的问题已办结并反馈", url=issue.get_move_url("rate"), action_label="去评议",
        kind="issue-rate",
    )  # fmt: skip


def waiting_items(actor: Actor, today: date) -> list[WaitingItem]:
    """Issues this actor reported that others are still at; staff report so many that their list is the register."""
    if actor.role not in REPORTING_ROLES or not actor.user_id:
        return []
    rows = Issue.objects.filter(
        author_id=actor.user_id, status__in=[*Issue.OPEN_STATUSES, S.RESOLVED]
    ).select_related("handler")
    return [
        WaitingItem(
            f"等{issue.handler.name}办理：{issue.title}",
            issue.get_absolute_url(),
            issue.registered_on,
            "issue",
        )
        for issue in rows.order_by("registered_on", "pk")[:LIMIT]
    ]
