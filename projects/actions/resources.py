"""The verbs of resources (资源, domain.md §2(e)): offer, change, opening hours, pause, resume, withdraw."""

from collections.abc import Iterable
from datetime import date, time
from itertools import pairwise

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.actor import Actor
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.roles import STAFF, UNIT_SIDE
from core.workflow import make_move
from projects.messages import lists as list_messages
from projects.models import Project, Resource, ResourceBooking, ResourceWindow
from projects.queries.lists import HOLDING, hours_of, hours_text, take_list_number
from units.models import Division, Unit

OFFERERS = STAFF | UNIT_SIDE
LONGEST = {"title": 100, "description": 2000, "quantity": 60, "conditions": 300, "contact": 40}
MOST_WINDOWS = 28
# (weekday from 1 = Monday, from, to)
Window = tuple[int, time, time]


def lock_resource(resource: Resource) -> Resource:
    """The resource as it stands now, locked until the transaction ends; always locked before its bookings."""
    rows = Resource.objects.select_for_update(of=("self",)).select_related("unit", "place")
    return rows.get(pk=resource.pk)


# Offer and change


@transaction.atomic
def offer_resource(
    *,
    unit: Unit,
    kind: str,
    domain: str,
    title: str,
    place: Division | None = None,
    windows: Iterable[Window] = (),
    actor: Actor,
    **fields,
) -> Resource:
    """Enter what a unit can give; without ``place`` it lies where the unit is. Staff do it for units of their place.

    ``fields``: description, quantity, conditions, contact, scope, is_exclusive, valid_to (last day). Raises
    `NotAllowed` for somebody else's unit, `InputError` beside a field, `RuleViolation` for a unit that has closed.
    """
    refuse_other_unit(unit, actor)
    refuse_closed(unit)
    where = place or unit.place
    check_fields(title=title, kind=kind, domain=domain, **fields)
    resource = Resource.objects.create(
        number=take_list_number("ZY", "resource", where, today()), unit=unit, place=where, kind=kind, domain=domain,
        title=title.strip(), author_id=actor.user_id, **fields,
    )  # fmt: skip
    write_history(about=resource, move="offer", label="登记", actor=actor, to_status=resource.status)
    if windows := list(windows):
        write_windows(resource, windows)
    if actor.role in STAFF:
        list_messages.tell_offered(resource, actor)
    return resource


def refuse_other_unit(unit: Unit, actor: Actor) -> None:
    is_own = actor.role in UNIT_SIDE and actor.unit_id == unit.pk
    is_ours = actor.role in STAFF and actor.stands_over(unit.place_code)
    if actor.is_read_only or not (is_own or is_ours):
        raise NotAllowed("只能登记本单位的资源，工作人员只能登记本辖区单位的资源。")


def refuse_closed(unit: Unit) -> None:
    if unit.merged_into_id is not None:
        raise RuleViolation(
            f"{unit}已并入别的单位，请登记在合并后的单位名下。", field="unit", code="unit_merged"
        )
    if unit.operating_status != Unit.OperatingStatus.OPERATING:
        raise RuleViolation(
            f"{unit}登记的状态是“{unit.get_operating_status_display()}”，不能登记资源。",
            field="unit",
            code="unit_not_operating",
        )


def check_fields(
    *, title: str, kind: str, domain: str, scope: str = "", valid_to: date | None = None, **words
) -> None:
    """Raise the first thing wrong with what was typed, beside its field."""
    if not title.strip():
        raise InputError("请用一句话写明能提供什么。", field="title")
    if kind not in Resource.Kind.values:
        raise InputError("请从列表中选择类型。", field="kind")
    if domain not in Project.Domain.values:
        raise InputError("请从列表中选择领域。", field="domain")
    if scope and scope not in Resource.Scope.values:
        raise InputError("请从列表中选择开放范围。", field="scope")
    for field, value in (("title", title), *words.items()):
        if field in LONGEST and len(value) > LONGEST[field]:
            raise InputError(f"最多 {LONGEST[field]} 字。", field=field)
    if valid_to is not None and valid_to < today():
        raise InputError("有效期不能早于今天。", field="valid_to")


@transaction.atomic
def change_resource(*, resource: Resource, version: int | None = None, actor: Actor, **fields) -> Resource:
    """Change what is offered. Raises `StaleVersion` when somebody changed it since ``version``.

    ``exclusive_overlap``: it can't become exclusive while accepted bookings overlap.
    """
    locked = lock_resource(resource)
    refuse_unless_keeper(locked, actor)
    if locked.status == Resource.Status.WITHDRAWN:
        raise RuleViolation("已经撤回的资源不能修改。", code="wrong_state")
    names = ("title", "kind", "domain", "scope", *[name for name in LONGEST if name != "title"])
    checked = {name: fields.get(name, getattr(locked, name)) for name in names}
    new_end = fields.get("valid_to") if fields.get("valid_to") != locked.valid_to else None
    check_fields(**checked, valid_to=new_end)
    saved = change_fields(obj=locked, values=fields, actor=actor, version=version)
    if "is_exclusive" in fields:
        follow_exclusive(saved)
    return saved


def refuse_unless_keeper(resource: Resource, actor: Actor) -> None:
    if actor.is_read_only or actor.role not in OFFERERS or not resource.stands_keeper(actor):
        raise NotAllowed("只能由提供单位或本辖区的工作人员修改。")


def follow_exclusive(resource: Resource) -> None:
    """The bookings to come follow whether the resource is for one at a time."""
    coming = resource.bookings.filter(ends_at__gt=timezone.now(), status__in=("requested", *HOLDING))
    try:
        with transaction.atomic():
            coming.exclude(is_exclusive=resource.is_exclusive).update(is_exclusive=resource.is_exclusive)
    except IntegrityError as error:
        raise RuleViolation(
            "已确认的预约里有时间重叠的，不能改为同一时间只供一家使用。",
            field="is_exclusive",
            code="exclusive_overlap",
        ) from error


# Opening hours


@transaction.atomic
def set_windows(*, resource: Resource, windows: Iterable[Window], actor: Actor) -> Resource:
    """Replace the weekly opening hours; none at all means by arrangement. Bookings already accepted stay.

    Raises `InputError` beside ``windows`` for hours out of order or overlapping.
    """
    locked = lock_resource(resource)
    refuse_unless_keeper(locked, actor)
    if locked.status == Resource.Status.WITHDRAWN:
        raise RuleViolation("已经撤回的资源不能修改。", code="wrong_state")
    before = hours_text(hours_of(locked.windows.all()))
    locked.windows.all().delete()
    write_windows(locked, list(windows))
    after = hours_text(hours_of(locked.windows.all()))
    if after != before:
        save_next_version(locked)
        changes = {"windows": ["开放时段", before or "另行商定", after or "另行商定"]}
        write_history(about=locked, move="change", label="调整开放时段", actor=actor, changes=changes)
    return locked


def write_windows(resource: Resource, windows: list[Window]) -> None:
    check_windows(windows)
    ResourceWindow.objects.bulk_create(
        ResourceWindow(resource=resource, weekday=weekday, opens_at=opens, closes_at=closes)
        for weekday, opens, closes in windows
    )


def check_windows(windows: list[Window]) -> None:
    if len(windows) > MOST_WINDOWS:
        raise InputError(f"开放时段最多 {MOST_WINDOWS} 段。", field="windows")
    if any(weekday not in ResourceWindow.Weekday.values for weekday, _, _ in windows):
        raise InputError("星期要写成 1 到 7，1 是周一。", field="windows")
    ordered = sorted(windows)
    if any(closes <= opens for _, opens, closes in ordered):
        raise InputError("结束时间要晚于开始时间。", field="windows")
    for earlier, later in pairwise(ordered):
        if earlier[0] == later[0] and later[1] < earlier[2]:
            label = ResourceWindow.Weekday(later[0]).label
            raise InputError(f"{label}的两段时间重叠了。", field="windows")


# Pause, resume, withdraw


@transaction.atomic
def pause_resource(*, resource: Resource, note: str, actor: Actor) -> Resource:
    """Take no new bookings for a while; those accepted stay."""
    moved = make_move(obj=resource, move="pause", actor=actor, note=note)
    list_messages.tell_resource(moved, "paused", "已暂停预约", note, actor)
    return moved


@transaction.atomic
def resume_resource(*, resource: Resource, note: str = "", actor: Actor) -> Resource:
    """Take bookings again."""
    moved = make_move(obj=resource, move="resume", actor=actor, note=note)
    list_messages.tell_resource(moved, "resumed", "恢复可用", note, actor)
    return moved


@transaction.atomic
def withdraw_resource(*, resource: Resource, note: str, actor: Actor) -> Resource:
    """Offer it no longer. Raises `RuleViolation` ``open_bookings`` while somebody counts on it."""
    locked = lock_resource(resource)

    def check(row: Resource) -> None:
        coming = ResourceBooking.objects.filter(
            resource=row, status__in=["requested", "accepted"], ends_at__gt=timezone.now()
        ).count()
        if coming:
            raise RuleViolation(
                f"还有 {coming} 个预约没有办完。请先答复或婉拒，再撤回资源。", code="open_bookings"
            )

    moved = make_move(obj=locked, move="withdraw", actor=actor, note=note, check=check)
    list_messages.tell_resource(moved, "withdrawn", "已撤回", note, actor)
    return moved


RESOURCE_MOVES = {
    "pause": pause_resource,
    "resume": resume_resource,
    "withdraw": withdraw_resource,
}
