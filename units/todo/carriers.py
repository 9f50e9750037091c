"""What waits for whom in 1+N (待办): approvals of build plans, plans behind their date, rounds that aren't finished."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.actor import Actor
from core.components import Tag
from core.roles import STAFF, Role
from core.todo import LIMIT, TodoItem, WaitingItem
from units.models import BuildPlan, SurveyLine, SurveyRound

Status = BuildPlan.Status
# Those who do the work on the ground; the district looks at the lists.
APPROVER, FILLER = Role.SUBDISTRICT, Role.COMMUNITY


def to_approve(actor: Actor) -> QuerySet:
    """Plans this actor may approve, not the own."""
    if actor.role != APPROVER:
        return BuildPlan.objects.none()
    return (
        BuildPlan.objects.visible_to(actor).filter(status=Status.PREPARING).exclude(author_id=actor.user_id)
    )


def to_finish(actor: Actor, today: date) -> QuerySet:
    """Plans of the actor's community that are approved, or behind their date."""
    if actor.role != FILLER:
        return BuildPlan.objects.none()
    late = Q(target_on__lt=today) & ~Q(status__in=(Status.FOUNDED, Status.PREPARING))
    return BuildPlan.objects.visible_to(actor).filter(Q(status=Status.APPROVED) | late)


def to_survey(actor: Actor) -> QuerySet:
    """Rounds with units of the actor's community that nobody has looked into."""
    if actor.role != FILLER:
        return SurveyRound.objects.none()
    open_lines = SurveyLine.objects.visible_to(actor).filled(False).filter(round=OuterRef("pk"))
    return SurveyRound.objects.visible_to(actor).filter(Exists(open_lines))


def todo_items(actor: Actor, today: date) -> list[TodoItem]:
    if actor.role not in STAFF or actor.is_read_only:
        return []
    plans = [(approve_item, to_approve(actor)), (finish_item, to_finish(actor, today))]
    found = [
        make(plan)
        for make, rows in plans
        for plan in rows.select_related("unit__place").order_by("target_on", "pk")[:LIMIT]
    ]
    return found + [survey_item(one) for one in to_survey(actor).order_by("due_on", "pk")[:LIMIT]]


def todo_count(actor: Actor, today: date) -> int:
    if actor.role not in (APPROVER, FILLER) or actor.is_read_only:
        return 0
    rows = (to_approve(actor),) if actor.role == APPROVER else (to_finish(actor, today), to_survey(actor))
    return sum(some.order_by().count() for some in rows)


def approve_item(plan: BuildPlan) -> TodoItem:
    return TodoItem(
        title=f"批复组建：{plan.unit}", why=f"{plan.unit.place}请示{plan.get_mode_display()}党组织", url=plan.get_absolute_url(),
        action_label="去批复", status_tag=Tag("待批复", "wait"), kind="build-approve",
    )  # fmt: skip


def finish_item(plan: BuildPlan) -> TodoItem:
    is_approved = plan.status == Status.APPROVED
    return TodoItem(
        title=f"组建党组织：{plan.unit}", why="已批复，等待成立" if is_approved else "已过计划完成日期", url=plan.get_absolute_url(),
        action_label="去办理", due_on=plan.target_on, kind="build-finish",
    )  # fmt: skip


def survey_item(one: SurveyRound) -> TodoItem:
    return TodoItem(
        title=f"摸排：{one}", why="还有单位没有登记摸排结果", url=f"{one.get_absolute_url()}?filled=false", action_label="去登记",
        due_on=one.due_on, kind="survey",
    )  # fmt: skip


def waiting_items(actor: Actor, today: date) -> list[WaitingItem]:
    """Approvals this actor has asked for."""
    if actor.role not in STAFF:
        return []
    asked = BuildPlan.objects.visible_to(actor).filter(status=Status.PREPARING, author_id=actor.user_id)
    rows = asked.select_related("unit").order_by("pk")[:LIMIT]
    return [
        WaitingItem(title=f"批复组建：{plan.unit}", url=plan.get_absolute_url(), kind="build-approve")
        for plan in rows
    ]
