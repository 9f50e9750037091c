"""What waits for whom about points: one line for each kind, because a community has many records a day."""

from datetime import date, timedelta

from django.db.models import CharField, Count, DateTimeField, Min, QuerySet, Value
from django.urls import reverse
from django.utils import timezone

from core.actor import Actor
from core.codes import under
from core.periods import Month
from core.roles import UNIT_SIDE, Role
from core.todo import TodoItem, WaitingItem
from core.workdays import Calendar
from projects.models import CallBack, PointsCard, Redemption, Reward, VolunteerRecord
from projects.models.points import KEEPERS
from projects.queries.points import open_requests
from projects.reminders.points import COLLECT_DAYS, FEW_LEFT, VERIFY_WORKDAYS, certificate_due

MOST_CERTIFICATES = 20


def counted(rows: QuerySet, kind: str, moment: str | None = None) -> QuerySet:
    """``(kind, how many, since when)`` of rows, in a shape that unites with others."""
    since = Min(moment) if moment else Value(None, output_field=DateTimeField())
    named = rows.order_by().annotate(what=Value(kind, output_field=CharField())).values("what")
    return named.annotate(many=Count("pk"), since=since).values_list("what", "many", "since")


def waiting_rows(actor: Actor) -> QuerySet:
    """All that waits for staff of a place, counted in one query."""
    here = under(actor.place_code)
    records = VolunteerRecord.objects.filter(here, status="pending").exclude(author_id=actor.user_id)
    parts = [
        counted(Redemption.objects.filter(here, status="reserved"), "redemption-collect", "created_at"),
        counted(Reward.objects.filter(here, is_offered=True, stock__lte=FEW_LEFT), "stock-low"),
    ]
    if actor.role == Role.SUBDISTRICT:
        calls = CallBack.objects.filter(here, outcome="open")
        denied = CallBack.objects.filter(here, outcome="denied", record__status="valid")
        parts += [counted(calls, "call-back"), counted(denied, "record-reverse", "called_at")]
        # A subdistrict verifies what was entered at its own level; its communities verify theirs.
        records = records.filter(place_code=actor.place_code)
    return counted(records, "record-verify", "created_at").union(*parts, all=True)


def todo_items(actor: Actor, today: date) -> list[TodoItem]:
    """One line for each kind of which there is something."""
    if actor.role not in KEEPERS or not actor.place_code:
        return []
    found = {kind: (many, since) for kind, many, since in waiting_rows(actor) if many}
    return [
        *[ITEMS[kind](*found[kind], today) for kind in ITEMS if kind in found],
        *certificate_items(actor),
    ]


def certificate_items(actor: Actor) -> list[TodoItem]:
    """One line for each certificate a unit asked the community for (民政部令第67号: 及时)."""
    if actor.role != Role.COMMUNITY:
        return []
    entries = list(open_requests(actor.place_code)[:MOST_CERTIFICATES])
    cards = PointsCard.objects.in_bulk([entry.about_id for entry in entries]) if entries else {}
    calendar = Calendar()
    return [
        TodoItem(
            f"出具志愿服务记录证明：{cards[entry.about_id].name}",
            f"{entry.actor_label}申请：{entry.note}",
            reverse("projects:card_certificate", args=[entry.about_id]),
            "去出具",
            certificate_due(entry.at, calendar),
            kind="certificate",
        )
        for entry in entries
    ]


def verify_item(many: int, since, today: date) -> TodoItem:
    due_on = Calendar().add_workdays(timezone.localdate(since), VERIFY_WORKDAYS)
    return TodoItem(
        f"核实志愿服务记录：{many} 条",
        "登记人以外的同事核实后才入账",
        reverse("projects:record_verify"),
        "去核实",
        due_on,
        kind="record-verify",
    )


def collect_item(many: int, since, today: date) -> TodoItem:
    due_on = timezone.localdate(since) + timedelta(days=COLLECT_DAYS)
    return TodoItem(
        f"待领取的积分兑换：{many} 张",
        "积分和库存已经扣减，等交付",
        f"{reverse('projects:redemption_list')}?status=reserved",
        "去办理",
        due_on,
        kind="redemption-collect",
    )


def call_item(many: int, since, today: date) -> TodoItem:
    return TodoItem(
        f"随机回访：{many} 条",
        "上月核实的志愿服务抽中回访",
        f"{reverse('projects:call_back_list')}?outcome=open",
        "去回访",
        Calendar().last_workday(Month.containing(today)),
        kind="call-back",
    )


def reverse_item(many: int, since, today: date) -> TodoItem:
    return TodoItem(
        f"回访不属实，待冲正：{many} 条",
        "回访不属实的服务由街道核对后冲正",
        f"{reverse('projects:call_back_list')}?outcome=denied",
        "去核对",
        timezone.localdate(since) if since else None,
        kind="record-reverse",
    )


def stock_item(many: int, since, today: date) -> TodoItem:
    return TodoItem(
        f"兑换项快兑完了：{many} 项",
        f"库存不多于 {FEW_LEFT} 件，补货或者下架",
        f"{reverse('projects:reward_list')}?offered=true&sort=stock",
        "去补货",
        kind="stock-low",
    )


ITEMS = {
    "record-verify": verify_item,
    "record-reverse": reverse_item,
    "call-back": call_item,
    "redemption-collect": collect_item,
    "stock-low": stock_item,
}


def waiting_items(actor: Actor, today: date) -> list[WaitingItem]:
    """What a unit's person entered and others still have to verify."""
    if actor.role not in UNIT_SIDE or not actor.user_id:
        return []
    mine = VolunteerRecord.objects.filter(status="pending", author_id=actor.user_id).order_by()
    counts = mine.aggregate(many=Count("pk"), since=Min("created_at"))
    if not counts["many"]:
        return []
    url = f"{reverse('projects:record_list')}?status=pending"
    since = timezone.localdate(counts["since"])
    return [WaitingItem(f"等社区核实：{counts['many']} 条志愿服务记录", url, since, "record")]
