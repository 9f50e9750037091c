"""The verbs of the register in full: verify units, change them on their own word, let them leave the denominators.

Sources: domain.md §2.0.2 (verification, changes), §2(c) "Goes wrong" and §2.11 rule 16 (leaving). A unit leaves the
denominators only by a request with reason and evidence that another person, at a subdistrict or above, approves.
Every verb locks the unit first, then the request.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation, StaleVersion
from core.history import change_fields, display, field_label, save_next_version, write_history
from core.roles import UNIT_SIDE
from core.workflow import make_move
from units.actions.units import (
    DENOMINATOR_ROLES,
    OPERATING,
    change_unit,
    check_turn,
    check_unit,
    lock,
    mark_verified,
    may_verify,
    refuse_unless_over,
    turn_status,
)
from units.models import DenominatorExit, Division, Unit, UnitChangeRequest
from units.rules import check_leaving
from units.words import register as register_words

MOST_AT_ONCE = 500
Verification = Unit.Verification

# Verification


@transaction.atomic
def verify_unit(*, unit: Unit, note: str = "", actor: Actor) -> Unit:
    """Say that what stands in the register is true (核实): a subdistrict or above, never the community alone.

    Raises `NotAllowed`, or `RuleViolation` when the unit is verified already or a change of it waits.
    """
    refuse_unless_over(unit.place_code, actor, DENOMINATOR_ROLES)
    locked = lock(unit)
    refuse_unverifiable(locked)
    return set_verified(locked, note, actor)


def refuse_unverifiable(unit: Unit) -> None:
    if unit.verification == Verification.CHANGE_PENDING:
        raise RuleViolation("这个单位有一份变更申请等待审核，请先审核变更申请。", code="change_pending")
    if unit.verification != Verification.PENDING:
        raise RuleViolation(
            f"这个单位是“{unit.get_verification_display()}”，不用再核实。", code="wrong_state"
        )


def set_verified(unit: Unit, note: str, actor: Actor) -> Unit:
    before = unit.verification
    mark_verified(unit, actor)
    save_next_version(unit)
    write_history(
        about=unit, move="verify", label="核实", actor=actor, note=note, from_status=before, to_status=unit.verification
    )  # fmt: skip
    return unit


@transaction.atomic
def verify_units(*, units: Iterable[int], actor: Actor) -> int:
    """Verify the pending ones among some units the actor sees (批量核实); returns how many there were.

    Raises `NotAllowed` for a role that doesn't verify, `InputError` for none or too many.
    """
    if actor.is_read_only or actor.role not in DENOMINATOR_ROLES:
        raise NotAllowed("核实由街道以上办理。")
    wanted = set(units)
    if not wanted:
        raise InputError("请先勾选要核实的单位。", field="units", code="nothing_chosen")
    if len(wanted) > MOST_AT_ONCE:
        raise InputError(f"一次最多核实{MOST_AT_ONCE}家。", field="units", code="too_many")
    rows = (
        Unit.objects.under(actor.place_code)
        .effective()
        .filter(pk__in=wanted, verification=Verification.PENDING)
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    return len([set_verified(unit, "", actor) for unit in rows])


# Leaving the denominators


@transaction.atomic
def request_exit(
    *, unit: Unit, operating_status: str, from_on: date, reason: str, evidence: str, actor: Actor
) -> DenominatorExit:
    """Ask that a unit leave the denominators (申请退出统计口径); it goes on counting until somebody else approves.

    Raises `InputError` without status, reason or evidence, `RuleViolation` for a unit that doesn't operate or whose
    request waits already, `NotAllowed` outside of the actor's place.
    """
    refuse_unless_over(unit.place_code, actor)
    locked = lock(unit)
    check_exit(locked, operating_status, from_on, reason, evidence)
    with explained(denominator_exit_one_open=None):
        asked = DenominatorExit.objects.create(
            unit=locked, operating_status=operating_status, from_on=from_on, reason=reason.strip(),
            evidence=evidence.strip(), author_id=actor.user_id, is_sample=locked.is_sample,
        )  # fmt: skip
    told = f"{asked.get_operating_status_display()}，自{from_on}起。{asked.reason} 依据：{asked.evidence}"
    write_history(about=asked, move="request", label="申请", actor=actor, note=told, to_status=asked.status)
    write_history(about=locked, move="request_exit", label="申请退出统计口径", actor=actor, note=told)
    register_words.tell_exit_asked(asked, actor)
    return asked


def check_exit(unit: Unit, status: str, from_on: date, reason: str, evidence: str) -> None:
    if status == OPERATING or status not in Unit.OperatingStatus.values:
        raise InputError("请选择退出后的经营状态。", field="operating_status", code="status_required")
    check_leaving(status, reason, evidence)
    refuse_merged(unit)
    if unit.operating_status != OPERATING:
        raise RuleViolation(
            f"这个单位已经是“{unit.get_operating_status_display()}”，不在统计口径内。",
            field="operating_status",
            code="same_status",
        )
    check_turn(unit, status, from_on)


def refuse_merged(unit: Unit) -> None:
    if unit.merged_into_id is not None:
        raise RuleViolation("这个单位已经并入其他单位。", code="unit_merged")


def decide(request, move: str, note: str, actor: Actor, **changes):
    """Make a move of a request that says who decided when."""
    return make_move(
        obj=request, move=move, actor=actor, note=note, decided_by_id=actor.user_id, decided_at=timezone.now(), **changes
    )  # fmt: skip


@transaction.atomic
def approve_exit(*, denominator_exit: DenominatorExit, note: str = "", actor: Actor) -> DenominatorExit:
    """Approve that a unit leaves (同意退出): from its day on it counts no more. Somebody other than who asked.

    Raises what `make_move` and `turn_status` refuse; nothing is written then.
    """
    unit = lock(denominator_exit.unit)
    moved = decide(denominator_exit, "approve", note, actor)
    turn_status(
        unit, moved.operating_status, moved.from_on, actor=actor, move="leave", label="退出统计口径",
        reason=moved.reason, evidence=moved.evidence,
    )  # fmt: skip
    register_words.tell_exit_decided(moved, "已同意", note, actor)
    return moved


@transaction.atomic
def reject_exit(*, denominator_exit: DenominatorExit, note: str, actor: Actor) -> DenominatorExit:
    """Refuse that a unit leaves, with the reason; it goes on counting."""
    lock(denominator_exit.unit)
    moved = decide(denominator_exit, "reject", note, actor)
    write_history(about=moved.unit, move="exit_rejected", label="不同意退出统计口径", actor=actor, note=note)
    register_words.tell_exit_decided(moved, "未同意", note, actor)
    return moved


@transaction.atomic
def withdraw_exit(*, denominator_exit: DenominatorExit, note: str = "", actor: Actor) -> DenominatorExit:
    """Who asked takes it back."""
    lock(denominator_exit.unit)
    return make_move(obj=denominator_exit, move="withdraw", actor=actor, note=note)


EXIT_MOVES = {"approve": approve_exit, "reject": reject_exit, "withdraw": withdraw_exit}

# Changes on the unit's own word

CHANGEABLE = (
    "name", "credit_code", "credit_code_missing_reason", "category", "subcategory", "place", "address", "employees",
    "members_total", "members_full", "members_not_transferred", "has_mass_organization", "legal_rep_is_member",
    "legal_rep_is_secretary", "contact",
)  # fmt: skip


def to_plain(field: str, value: Any) -> Any:
    """A column's value as the request keeps it: places by their code, everything else is plain already."""
    return value.code if isinstance(value, Division) else value


def from_plain(field: str, value: Any) -> Any:
    """The other way round; a place that is gone by now is refused in words."""
    if field != "place":
        return value
    place = Division.objects.filter(code=value).first()
    if place is None:
        raise RuleViolation(
            "申请里的社区已经不在使用中，请联系单位重新申请。", field="place", code="place_gone"
        )
    return place


def plain_of(unit: Unit) -> dict[str, Any]:
    """The changeable columns of a unit in plain values."""
    return {field: to_plain(field, getattr(unit, field)) for field in CHANGEABLE}


@transaction.atomic
def request_change(*, unit: Unit, reason: str, actor: Actor, **values: Any) -> UnitChangeRequest:
    """A unit's own people ask that its entry be changed (申请变更信息); only what differs is kept.

    ``values`` are columns of `CHANGEABLE`. Raises `NotAllowed` for another unit, `InputError` beside a wrong field or
    when nothing differs, `RuleViolation` while another request waits.
    """
    if actor.is_read_only or actor.role not in UNIT_SIDE or actor.unit_id != unit.pk:
        raise NotAllowed("只能申请变更本单位的信息。")
    locked = lock(unit)
    refuse_merged(locked)
    wanted = differing(locked, values)
    if not reason.strip():
        raise InputError("请写明变更原因。", field="reason", code="reason_required")
    with explained(change_request_one_open=None):
        asked = UnitChangeRequest.objects.create(
            unit=locked,
            values=wanted,
            reason=reason.strip(),
            author_id=actor.user_id,
            is_sample=locked.is_sample,
        )
    write_history(
        about=asked, move="request", label="申请", actor=actor, note=asked.reason, to_status=asked.status
    )
    change_fields(
        obj=locked, values={"verification": Verification.CHANGE_PENDING}, actor=actor, label="申请变更信息",
        note=asked.reason,
    )  # fmt: skip
    register_words.tell_change_asked(asked, actor)
    return asked


def differing(unit: Unit, values: dict[str, Any]) -> dict[str, Any]:
    """The plain values that differ from the entry, after every rule over the unit as it would be."""
    unknown = set(values) - set(CHANGEABLE)
    if unknown:
        raise InputError("这一项不能由单位申请变更。", field=min(unknown), code="not_changeable")
    before = plain_of(unit)
    wished = Unit.objects.get(pk=unit.pk)
    for field, value in values.items():
        setattr(wished, field, value)
    refuse_misfit(wished, values)
    check_unit(wished)
    wanted = {
        field: value
        for field, value in plain_of(wished).items()
        if field in values and value != before[field]
    }
    if not wanted:
        raise InputError("填写的内容与现在登记的完全一样，不用申请。", code="nothing_changed")
    return wanted


def refuse_misfit(unit: Unit, fields: Iterable[str]) -> None:
    """What the columns themselves refuse: unknown choices, text that is too long, negative numbers."""
    try:
        unit.clean_fields(exclude=[one.name for one in unit._meta.fields if one.name not in fields])
    except ValidationError as refused:
        field, sentences = next(iter(refused.message_dict.items()))
        raise InputError(sentences[0], field=field) from None


def changes_of(request: UnitChangeRequest) -> list[tuple[str, str, str, str]]:
    """(field, label, present words, wanted words) of each field asked for, against the entry as it stands now."""
    present, wished = request.unit, Unit(pk=request.unit_id)
    found = []
    for field, value in request.values.items():
        if field == "place":
            new = str(Division.objects.filter(code=value).first() or value)
        else:
            setattr(wished, field, value)
            new = display(wished, field)
        found.append((field, field_label(present, field), display(present, field), new))
    return found


@transaction.atomic
def approve_change(
    *, change_request: UnitChangeRequest, note: str = "", unit_version: int | None = None, actor: Actor
) -> UnitChangeRequest:
    """Apply what a unit asked for (同意变更). A rule that refuses is told and nothing is written.

    ``unit_version`` is the version of the unit the decider looked at; raises `StaleVersion` when it has changed since.
    """
    unit = lock(change_request.unit)
    moved = decide(change_request, "approve", note, actor)
    if unit_version is not None and unit.version != unit_version:
        raise StaleVersion("单位信息刚刚被别人修改过，请核对现在的内容后再审核。", current=unit)
    values = {field: from_plain(field, value) for field, value in moved.values.items()}
    settle(unit, actor)
    change_unit(unit=unit, actor=actor, note=f"依据单位的变更申请。{note.strip()}", **values)
    register_words.tell_change_decided(moved, "已同意", note, actor)
    return moved


def settle(unit: Unit, actor: Actor, *, is_verified_now: bool = True) -> None:
    """The unit waits for no decision any more: verified by who decides above, else as it was before."""
    if is_verified_now and may_verify(actor):
        mark_verified(unit, actor)
    else:
        unit.verification = Verification.VERIFIED if unit.verified_at else Verification.PENDING
    save_next_version(unit)


@transaction.atomic
def reject_change(*, change_request: UnitChangeRequest, note: str, actor: Actor) -> UnitChangeRequest:
    """Refuse what a unit asked for, with the reason; the liaison reads it."""
    unit = lock(change_request.unit)
    moved = decide(change_request, "reject", note, actor)
    settle(unit, actor, is_verified_now=False)
    write_history(about=unit, move="change_rejected", label="不同意变更", actor=actor, note=note)
    register_words.tell_change_decided(moved, "未同意", note, actor)
    return moved


@transaction.atomic
def withdraw_change(*, change_request: UnitChangeRequest, note: str = "", actor: Actor) -> UnitChangeRequest:
    """The unit takes its request back."""
    unit = lock(change_request.unit)
    moved = make_move(obj=change_request, move="withdraw", actor=actor, note=note)
    settle(unit, actor, is_verified_now=False)
    return moved


CHANGE_MOVES = {"approve": approve_change, "reject": reject_change, "withdraw": withdraw_change}
