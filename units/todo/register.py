"""What waits for whom in the register (待办): requests to decide, units to verify, member units without a liaison."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from core.actor import Actor
from core.clock import end_of_day
from core.roles import DISTRICT_STAFF, Role
from core.todo import LIMIT, TodoItem, WaitingItem, due_tag
from core.workdays import Calendar
from units.models import DenominatorExit, Unit, UnitChangeRequest, UnitLiaison
from units.words.register import DECIDE_WORKDAYS

# The district steps in after so many days (five workdays and a weekend).
LONG_WAIT_DAYS = 7
PLACE_ROLES = frozenset({Role.SUBDISTRICT, Role.COMMUNITY})


def waiting_in_place(model, actor: Actor, today: date) -> QuerySet:
    """Requests of the actor's place that others handed in; the district gets those that have waited long."""
    rows = model.objects.visible_to(actor).filter(status="submitted").exclude(author_id=actor.user_id)
    if actor.role in DISTRICT_STAFF:
        return rows.filter(submitted_at__lte=end_of_day(today - timedelta(days=LONG_WAIT_DAYS)))
    return rows


def exits_to_decide(actor: Actor, today: date) -> QuerySet:
    if actor.is_read_only or actor.role not in DISTRICT_STAFF | {Role.SUBDISTRICT}:
        return DenominatorExit.objects.none()
    return waiting_in_place(DenominatorExit, actor, today)


def changes_to_decide(actor: Actor, today: date) -> QuerySet:
    if actor.is_read_only or actor.role not in DISTRICT_STAFF | PLACE_ROLES:
        return UnitChangeRequest.objects.none()
    return waiting_in_place(UnitChangeRequest, actor, today)


def units_to_verify(actor: Actor) -> QuerySet:
    """Pending units, for the subdistrict that verifies them."""
    if actor.is_read_only or actor.role != Role.SUBDISTRICT:
        return Unit.objects.none()
    return Unit.objects.under(actor.place_code).effective().filter(verification=Unit.Verification.PENDING)


def without_liaison(rows: QuerySet, today: date) -> QuerySet:
    """Member units for which nobody speaks today."""
    present = UnitLiaison.objects.effective(today).filter(unit=OuterRef("pk"), is_primary=True)
    return rows.effective().filter(~Exists(present), is_member=True, operating_status="operating")


def members_without_liaison(actor: Actor, today: date) -> QuerySet:
    if actor.is_read_only or actor.role != Role.COMMUNITY:
        return Unit.objects.none()
    return without_liaison(Unit.objects.under(actor.place_code), today)


def todo_items(actor: Actor, today: date) -> list[TodoItem]:
    calendar = Calendar()
    items = [
        request_item(row, "退出统计口径", "正常经营的单位要退出分母，由另一个人审核", calendar, today)
        for row in exits_to_decide(actor, today).select_related("unit").order_by("submitted_at")[:LIMIT]
    ]
    items += [
        request_item(row, "信息变更", "单位申请变更登记信息", calendar, today)
        for row in changes_to_decide(actor, today).select_related("unit").order_by("submitted_at")[:LIMIT]
    ]
    if count := units_to_verify(actor).count():
        items.append(verify_item(count))
    if missing := list(members_without_liaison(actor, today).order_by("pk")[:2]):
        items.append(liaison_item(missing))
    return items


def request_item(row, what: str, why: str, calendar: Calendar, today: date) -> TodoItem:
    due_on = calendar.add_workdays(timezone.localtime(row.submitted_at).date(), DECIDE_WORKDAYS)
    return TodoItem(
        title=f"审核{what}：{row.unit}", why=why, url=row.get_absolute_url(), due_on=due_on, action_label="去审核",
        kind=row._meta.model_name, status_tag=due_tag(due_on, today),
    )  # fmt: skip


def verify_item(count: int) -> TodoItem:
    return TodoItem(
        title=f"待核实 {count} 家单位", why="社区登记或修改的单位由街道核实",
        url=f"{reverse('units:unit_list')}?verification=pending", action_label="去核实", kind="unit-verify",
    )  # fmt: skip


def liaison_item(missing: list[Unit]) -> TodoItem:
    more = "等" if len(missing) > 1 else ""
    return TodoItem(
        title=f"{missing[0]}{more}没有联络员", why="联席会成员单位要有一名在任联络员",
        url=missing[0].get_absolute_url(), action_label="去登记", kind="liaison-missing",
    )  # fmt: skip


def todo_count(actor: Actor, today: date) -> int:
    decided = (
        exits_to_decide(actor, today).order_by().count() + changes_to_decide(actor, today).order_by().count()
    )
    return decided + units_to_verify(actor).exists() + members_without_liaison(actor, today).exists()


def waiting_items(actor: Actor, today: date) -> list[WaitingItem]:
    """The actor's own requests that others are to decide."""
    if not actor.user_id:
        return []
    return [
        WaitingItem(
            f"等审核：{row}", row.get_absolute_url(), timezone.localtime(row.submitted_at).date(), kind
        )
        for model, kind in ((DenominatorExit, "exit"), (UnitChangeRequest, "change"))
        for row in model.objects.visible_to(actor)
        .filter(author_id=actor.user_id, status="submitted")
        .select_related("unit")
        .order_by("submitted_at")[:LIMIT]
    ]
