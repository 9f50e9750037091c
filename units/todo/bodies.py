"""What waits for whom about regional bodies (待办): approvals, re-elections, two secretaries that differ."""

from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse

from core.actor import Actor
from core.codes import under
from core.components import Tag
from core.roles import DISTRICT_STAFF, STAFF, Role
from core.todo import LIMIT, TodoItem, WaitingItem
from units.models import Division, RegionalBody

Status = RegionalBody.Status
LEVELS_OF = {
    Role.DISTRICT: (Division.Level.DISTRICT, Division.Level.SUBDISTRICT),
    Role.SUBDISTRICT: (Division.Level.COMMUNITY,),
}
OWN_LEVEL = {
    Role.DISTRICT: Division.Level.DISTRICT,
    Role.SUBDISTRICT: Division.Level.SUBDISTRICT,
    Role.COMMUNITY: Division.Level.COMMUNITY,
}


def bodies_in(actor: Actor) -> QuerySet:
    return RegionalBody.objects.visible_to(actor).filter(under(actor.place_code))


def to_approve(actor: Actor) -> Q:
    """Bodies the level right below wants to set up."""
    levels = LEVELS_OF.get(actor.role, ())
    return Q(status=Status.PLANNED, place__level__in=levels) & ~Q(author_id=actor.user_id)


def to_re_elect(actor: Actor, today: date) -> Q:
    """Bodies of the actor's own level whose term is over."""
    return Q(status__in=RegionalBody.RUNNING, term_end__lt=today, place__level=OWN_LEVEL.get(actor.role, ""))


def mine(actor: Actor, today: date) -> QuerySet:
    if actor.role not in OWN_LEVEL or not actor.place_code:
        return RegionalBody.objects.none()
    return bodies_in(actor).filter(to_approve(actor) | to_re_elect(actor, today))


def to_explain(actor: Actor, today: date) -> QuerySet:
    """Committees whose secretary isn't the party committee's, and nobody in the district has said why."""
    if actor.role not in DISTRICT_STAFF or actor.role not in OWN_LEVEL:
        return RegionalBody.objects.none()
    committees = (
        bodies_in(actor).running_on(today).filter(kind=RegionalBody.Kind.COMMITTEE, secretary_note="")
    )
    return committees.with_one_secretary(today).filter(has_one_secretary=False)


def todo_items(actor: Actor, today: date) -> list[TodoItem]:
    if actor.role not in STAFF:
        return []
    waiting = mine(actor, today).select_related("place").order_by("term_end", "pk")[:LIMIT]
    differing = to_explain(actor, today).select_related("place").order_by("place_code")[:LIMIT]
    return [item_of(body) for body in waiting] + [explain_item(body) for body in differing]


def todo_count(actor: Actor, today: date) -> int:
    if actor.role not in OWN_LEVEL:
        return 0
    return mine(actor, today).order_by().count() + to_explain(actor, today).order_by().count()


def item_of(body: RegionalBody) -> TodoItem:
    if body.status == Status.PLANNED:
        return TodoItem(
            title=f"批复：{body}", why=f"{body.place}申请设立", url=body.get_absolute_url(), action_label="去批复",
            status_tag=Tag("待批复", "wait"), kind="body-approve",
        )  # fmt: skip
    return TodoItem(
        title=f"换届：{body}", why=f"第{body.term_no}届已于{body.term_end}届满", url=body.get_absolute_url(), action_label="去办理",
        due_on=body.term_end, kind="body-re-elect",
    )  # fmt: skip


def explain_item(body: RegionalBody) -> TodoItem:
    return TodoItem(
        title=f"书记不一致：{body}", why="区域党委书记和党组织书记不是同一人，须由区级说明", url=reverse("units:body_note", args=[body.pk]),
        action_label="去说明", status_tag=Tag("须说明", "late"), kind="body-secretary",
    )  # fmt: skip


def waiting_items(actor: Actor, today: date) -> list[WaitingItem]:
    """Bodies this actor asked for that aren't approved yet."""
    if actor.role not in STAFF:
        return []
    asked = bodies_in(actor).filter(status=Status.PLANNED, author_id=actor.user_id).order_by("pk")[:LIMIT]
    return [
        WaitingItem(title=f"上级批复：{body}", url=body.get_absolute_url(), kind="body-approve")
        for body in asked
    ]
