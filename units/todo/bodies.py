"""What waits for whom about regional bodies (待办): approvals, re-elections, secretaries, candidates, rosters, no sessions."""

from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse

from core.actor import Actor
from core.codes import under
from core.components import Tag
from core.periods import Quarter
from core.roles import DISTRICT_STAFF, STAFF, Role
from core.todo import LIMIT, TodoItem, WaitingItem
from units.models import BodySeat, Division, RegionalBody, Representative
from units.queries.bodies import paper_bodies, rosters_due

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


def stands_right(actor: Actor, path: str) -> Q:
    """Posts in bodies right below the actor's level; the district's own, too."""
    return under(actor.place_code, f"{path}__place_code") & Q(
        **{f"{path}__place__level__in": LEVELS_OF.get(actor.role, ())}
    )


def to_decide(actor: Actor, today: date) -> list[QuerySet]:
    """Candidates whose publicity is over and who wait for the level above: seats, then representatives."""
    if actor.role not in LEVELS_OF or actor.is_read_only or not actor.place_code:
        return []
    over = Q(status="publicized", publicity_until__lt=today)
    return [
        model.objects.filter(over, stands_right(actor, path)).exclude(author_id=actor.user_id)
        for model, path in ((BodySeat, "body"), (Representative, "assembly"))
    ]


def to_qualify(actor: Actor) -> QuerySet:
    """Recommended representatives of the actor's own level or right below whom somebody else recommended."""
    rows = Representative.objects.filter(status="recommended").exclude(author_id=actor.user_id)
    if actor.role not in OWN_LEVEL or actor.is_read_only or not actor.place_code:
        return rows.none()
    levels = {*LEVELS_OF.get(actor.role, ()), OWN_LEVEL[actor.role]}
    return rows.filter(under(actor.place_code, "assembly__place_code"), assembly__place__level__in=levels)


def own_bodies(actor: Actor) -> QuerySet:
    if actor.role not in OWN_LEVEL or actor.is_read_only or not actor.place_code:
        return RegionalBody.objects.none()
    return bodies_in(actor).filter(place__level=OWN_LEVEL[actor.role])


def rosters(actor: Actor, today: date) -> QuerySet:
    """Rosters of the actor's own level to be confirmed, in the quarter's last month."""
    rows = own_bodies(actor)
    is_time = today >= roster_reminded_on(Quarter.containing(today))
    return rows.filter(rosters_due(today)) if is_time else rows.none()


def roster_reminded_on(quarter: Quarter) -> date:
    """The first day of the quarter's last month: from then on it is to be done."""
    return quarter.last_day.replace(day=1)


def papers(actor: Actor, today: date) -> QuerySet:
    return own_bodies(actor).filter(paper_bodies(today))


def post_items(actor: Actor, today: date) -> list[TodoItem]:
    """Candidates for the level above to decide on, and recommendations for somebody else to check."""
    items = [
        TodoItem(
            title=f"{'任职' if isinstance(one, BodySeat) else '当选'}：{one}",
            why=f"{one.of_body}的人选，公示已于{one.publicity_until}期满", url=one.get_absolute_url(), action_label="去办理",
            status_tag=Tag("公示期满", "wait"), kind="post-decide",
        )
        for rows in to_decide(actor, today)
        for one in rows.select_related("person", rows.model.body_field).order_by("publicity_until", "pk")[:LIMIT]
    ]  # fmt: skip
    items += [
        TodoItem(
            title=f"资格审查：{one}", why=f"{one.assembly}推荐的代表人选", url=one.get_absolute_url(), action_label="去审查",
            status_tag=Tag("待审查", "wait"), kind="post-qualify",
        )
        for one in to_qualify(actor).select_related("person", "assembly").order_by("pk")[:LIMIT]
    ]  # fmt: skip
    return items


def place_items(actor: Actor, today: date) -> list[TodoItem]:
    """One line for all rosters of the place and one for all bodies that hold no sessions."""
    items, query = [], f"?place={actor.place_code}&level={OWN_LEVEL.get(actor.role, '')}"
    if number := rosters(actor, today).count():
        quarter = Quarter.containing(today)
        items.append(
            TodoItem(
                title=f"核对{quarter.label}名册：{number} 个组织", why="有变化的办理任免，没有变化的点“名册无变化”",
                url=f"{reverse('units:body_list')}{query}&roster_due=true", action_label="去核对", due_on=quarter.last_day,
                kind="roster-due",
            )
        )  # fmt: skip
    if number := papers(actor, today).count():
        items.append(
            TodoItem(
                title=f"{number} 个组织 12 个月没有开会", why="请安排会议，或者研究是否保留",
                url=f"{reverse('units:body_list')}{query}&paper=true", action_label="去看看", kind="body-paper",
                status_tag=Tag("没有开会", "late"),
            )
        )  # fmt: skip
    return items


def todo_items(actor: Actor, today: date) -> list[TodoItem]:
    if actor.role not in STAFF:
        return []
    waiting = mine(actor, today).select_related("place").order_by("term_end", "pk")[:LIMIT]
    differing = to_explain(actor, today).select_related("place").order_by("place_code")[:LIMIT]
    items = [item_of(body) for body in waiting] + [explain_item(body) for body in differing]
    return items + post_items(actor, today) + place_items(actor, today)


def todo_count(actor: Actor, today: date) -> int:
    if actor.role not in OWN_LEVEL:
        return 0
    counted = [mine(actor, today), to_explain(actor, today), *to_decide(actor, today), to_qualify(actor)]
    of_place = rosters(actor, today).exists() + papers(actor, today).exists()
    return sum(rows.order_by().count() for rows in counted) + of_place


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
