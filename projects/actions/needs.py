"""The verbs of needs (需求, domain.md §2(e)): raise, change, verify, link, resolve, close, release.

Turning one into a project is in `projects.actions.conversion`.
"""

from dataclasses import replace

from django.db import transaction

from core.actor import SYSTEM, Actor
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.roles import STAFF, UNIT_SIDE, Role
from core.workflow import make_move
from projects.messages import lists as list_messages
from projects.models import Need, Project
from projects.queries.lists import offering_units, take_list_number
from units.actions.issues import PHONE
from units.models import Division, Unit
from units.queries.issues import reportable_places

# domain.md §3, row Need: staff for their place, a unit for itself, representatives and grid workers for residents.
RAISERS = STAFF | UNIT_SIDE | {Role.REPRESENTATIVE, Role.GRID_WORKER}
SOURCES = {
    Role.LIAISON: Need.Source.PORTAL,
    Role.SOCIAL_ORG: Need.Source.PORTAL,
    Role.REPRESENTATIVE: Need.Source.REPRESENTATIVE,
    Role.GRID_WORKER: Need.Source.VISIT,
}
MOST_PEOPLE = 1_000_000
LONGEST = {"title": 100, "description": 2000, "reporter_name": 40, "result": 1000}
# The resident acts for nobody else, and only by the public page.
RESIDENT = replace(SYSTEM, name="居民", label="居民（公开页面）")


def lock_need(need: Need) -> Need:
    """The need as it stands now, locked until the transaction ends; always locked after its project."""
    return Need.objects.select_for_update(of=("self",)).select_related("place").get(pk=need.pk)


# Raise and change


@transaction.atomic
def raise_need(
    *,
    place: Division,
    title: str,
    domain: str,
    description: str = "",
    urgency: str = Need.Urgency.NORMAL,
    side: str = "",
    source: str = "",
    unit: Unit | None = None,
    beneficiaries: int | None = None,
    reporter_name: str = "",
    reporter_phone: str = "",
    actor: Actor,
) -> Need:
    """Enter a need; what the actor is decides whose it is and where it comes from, staff choose both.

    ``beneficiaries`` are people. Raises `NotAllowed` for a role or place that may not, `InputError` beside a field.
    """
    refuse_unless_raiser(place, actor)
    if actor.role in STAFF:
        side, source = side or Need.Side.RESIDENTS, source or Need.Source.VISIT
        unit = unit if side == Need.Side.UNIT else None
        check_unit(side, unit, actor)
    else:
        side = Need.Side.UNIT if actor.role in UNIT_SIDE else Need.Side.RESIDENTS
        source, reporter_name, reporter_phone = SOURCES[actor.role], "", ""
        unit = Unit.objects.get(pk=actor.unit_id) if actor.role in UNIT_SIDE else None
    return register(
        place=place, title=title, domain=domain, description=description, urgency=urgency, side=side, source=source,
        unit=unit, beneficiaries=beneficiaries, reporter_name=reporter_name, reporter_phone=reporter_phone, actor=actor,
    )  # fmt: skip


@transaction.atomic
def raise_by_resident(
    *,
    place: Division,
    title: str,
    domain: str,
    description: str = "",
    beneficiaries: int | None = None,
    reporter_name: str = "",
    reporter_phone: str = "",
) -> Need:
    """A resident raises a need from the public page, with or without a name; `need_codes.code_of` finds it again."""
    if not reportable_places(SYSTEM).filter(pk=place.pk).exists():
        raise InputError("请选择所在的社区。", field="place")
    return register(
        place=place, title=title, domain=domain, description=description, urgency=Need.Urgency.NORMAL,
        side=Need.Side.RESIDENTS, source=Need.Source.PORTAL, unit=None, beneficiaries=beneficiaries,
        reporter_name=reporter_name, reporter_phone=reporter_phone, actor=RESIDENT,
    )  # fmt: skip


def refuse_unless_raiser(place: Division, actor: Actor) -> None:
    if actor.is_read_only or actor.role not in RAISERS:
        raise NotAllowed("您当前的身份不能登记需求。")
    if not reportable_places(actor).filter(pk=place.pk).exists():
        raise NotAllowed("只能登记您所在辖区内的需求。")


def check_unit(side: str, unit: Unit | None, actor: Actor) -> None:
    """A unit's need names a unit that staff of this place may speak of."""
    if side not in Need.Side.values:
        raise InputError("请从列表中选择是谁的需求。", field="side")
    if side != Need.Side.UNIT:
        return
    if unit is None:
        raise InputError("单位的需求要写明是哪个单位。", field="unit")
    if not offering_units(actor).filter(pk=unit.pk).exists():
        raise InputError("只能选择本辖区正常经营的成员单位。", field="unit")


def register(
    *, place: Division, actor: Actor, title: str, description: str, reporter_phone: str, **fields
) -> Need:
    """Check and write a new need with its number."""
    check_words(
        title=title, description=description, reporter_phone=reporter_phone,
        **{name: fields[name] for name in ("domain", "urgency", "source", "beneficiaries", "reporter_name")},
    )  # fmt: skip
    on = today()
    need = Need.objects.create(
        number=take_list_number("XQ", "need", place, on), title=title.strip(), description=description.strip(),
        reporter_phone=reporter_phone.strip(), place=place, raised_on=on, author_id=actor.user_id, **fields,
    )  # fmt: skip
    write_history(about=need, move="raise", label="登记", actor=actor, to_status=need.status)
    list_messages.tell_raised(need, actor)
    return need


def check_words(
    *,
    title: str,
    domain: str,
    description: str = "",
    urgency: str = Need.Urgency.NORMAL,
    source: str = Need.Source.OTHER,
    beneficiaries: int | None = None,
    reporter_name: str = "",
    reporter_phone: str = "",
) -> None:
    """Raise the first thing wrong with what was typed, beside its field."""
    if not title.strip():
        raise InputError("请用一句话写明需要什么。", field="title")
    if domain not in Project.Domain.values:
        raise InputError("请从列表中选择领域。", field="domain")
    if urgency not in Need.Urgency.values:
        raise InputError("请从列表中选择紧急程度。", field="urgency")
    if source not in Need.Source.values:
        raise InputError("请从列表中选择来源。", field="source")
    for field, value in (("title", title), ("description", description), ("reporter_name", reporter_name)):
        if len(value) > LONGEST[field]:
            raise InputError(f"最多 {LONGEST[field]} 字。", field=field)
    if beneficiaries is not None and not 1 <= beneficiaries <= MOST_PEOPLE:
        raise InputError("预计受益人数要在 1 到 1000000 之间；说不准可以不填。", field="beneficiaries")
    if reporter_phone.strip() and not PHONE.fullmatch(reporter_phone.strip()):
        raise InputError("电话只能是 7 到 20 位数字，可以带区号和短横。", field="reporter_phone")


@transaction.atomic
def change_need(*, need: Need, version: int | None = None, actor: Actor, **fields) -> Need:
    """Correct a need that is not verified yet. Raises `StaleVersion` when somebody changed it since ``version``."""
    locked = lock_need(need)
    refuse_unless_changer(locked, actor)
    if locked.status != Need.Status.COLLECTED:
        raise RuleViolation("只有还没核实的需求可以修改。", code="wrong_state")
    if "place" in fields and fields["place"] != locked.place:
        refuse_unless_raiser(fields["place"], actor)
    names = ("title", "domain", "description", "urgency", "beneficiaries")
    check_words(**{name: fields.get(name, getattr(locked, name)) for name in names})
    return change_fields(obj=locked, values=fields, actor=actor, version=version)


def may_change(need: Need, actor: Actor) -> bool:
    """Whoever raised it, and the staff of its place."""
    if actor.is_read_only:
        return False
    is_author = actor.user_id is not None and actor.user_id == need.author_id
    return is_author or (actor.role in STAFF and need.stands_over(actor))


def refuse_unless_changer(need: Need, actor: Actor) -> None:
    if not may_change(need, actor):
        raise NotAllowed("只能由登记人或本辖区的工作人员修改。")


# Verify, link, resolve, close


@transaction.atomic
def verify_need(*, need: Need, note: str = "", actor: Actor) -> Need:
    """Somebody else than who raised it has looked and finds it so; from now on all may read it."""
    moved = make_move(obj=need, move="verify", actor=actor, note=note)
    list_messages.tell_author(moved, "verified", "已核实", note, actor)
    return moved


@transaction.atomic
def link_need(*, need: Need, duplicate_of: Need, note: str = "", actor: Actor) -> Need:
    """Link a need to the one that says the same; who raised it follows that one from now on."""
    # Both at once and in one order: two people may link the pair the other way round at the same time.
    pair = Need.objects.select_for_update().filter(pk__in=[need.pk, duplicate_of.pk]).order_by("pk")
    original = {one.pk: one for one in pair}[duplicate_of.pk]
    refuse_original(need, original)
    told = f"并入 {original.number}。{note.strip()}"
    moved = make_move(obj=need, move="link", actor=actor, note=told, duplicate_of=original)
    list_messages.tell_author(moved, "linked", f"已并入 {original.number}", note, actor)
    return moved


def refuse_original(need: Need, original: Need) -> None:
    if original.pk == need.pk:
        raise InputError("不能并入它自己。", field="duplicate_of")
    if original.status in (Need.Status.DUPLICATE, Need.Status.CLOSED):
        raise InputError(
            f"{original.number}是“{original.get_status_display()}”，请选择还有效的需求。",
            field="duplicate_of",
        )
    if need.duplicates.exists():
        raise RuleViolation(
            "已有别的需求并入这一条，请把后来的并入先前的。", field="duplicate_of", code="has_duplicates"
        )


@transaction.atomic
def resolve_need(*, need: Need, note: str, actor: Actor) -> Need:
    """What was needed is there; ``note`` says how, and stands on the resident's page."""
    moved = make_move(
        obj=need, move="resolve", actor=actor, note=note, check=short_enough(note), result=note.strip()
    )
    list_messages.tell_author(moved, "resolved", "已解决", note, actor)
    return moved


@transaction.atomic
def close_need(*, need: Need, note: str, actor: Actor) -> Need:
    """Put a need away without meeting it, with the reason."""
    moved = make_move(
        obj=need, move="close", actor=actor, note=note, check=short_enough(note), result=note.strip()
    )
    list_messages.tell_author(moved, "closed", "已关闭", note, actor)
    return moved


def short_enough(note: str):
    def check(row: Need) -> None:
        if len(note.strip()) > LONGEST["result"]:
            raise InputError(f"最多 {LONGEST['result']} 字。", field="note")

    return check


# A project that ends gives its needs back


def release_needs(project: Project, note: str = "") -> int:
    """Make the needs of a project that was called off verified again; returns how many.

    Called inside the transaction that ends the project, which holds the project's lock.
    """
    needs = Need.objects.filter(project=project, status=Need.Status.CONVERTED).order_by("pk")
    for need in needs:
        told = f"项目“{project.title}”已撤销。{note.strip()}"
        moved = make_move(obj=need, move="release", actor=SYSTEM, note=told, project=None)
        list_messages.tell_released(moved, project, SYSTEM)
    return len(needs)


# Without `convert`, which needs a project.
NEED_MOVES = {
    "verify": verify_need,
    "link": link_need,
    "resolve": resolve_need,
    "close": close_need,
}
