"""The verbs of the register: register and change units, re-enter the denominator, cover and uncover.

Sources: domain.md §2.0.2, §2(c), §3 (who may what). Nobody writes outside of the own place; how a unit leaves the
denominators stands in `units.actions.register`.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.clock import today
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.roles import DISTRICT_STAFF, STAFF, Role
from units.actions.plans import close_overtaken_plans
from units.models import CoverageSpell, Division, OperatingSpell, PartyOrganization, Unit, UnitName
from units.queries.units import root_place, same_name_in_subdistrict
from units.rules import (
    check_code_or_reason,
    check_members,
    check_name,
    check_not_before,
    check_not_future,
    check_place,
    check_subcategory,
    clean_credit_code,
    clean_industry,
)

DENOMINATOR_ROLES = DISTRICT_STAFF | {Role.SUBDISTRICT}
JOINT_LIMIT = 5
OPERATING = Unit.OperatingStatus.OPERATING
# What a community may change only until a subdistrict looks at it again.
KEY_FIELDS = ("name", "credit_code", "category", "place")


def refuse_unless_over(place_code: str, actor: Actor, roles: Collection[str] = STAFF) -> None:
    """Only staff standing at the place or above it may write."""
    if actor.is_system:
        return
    if actor.is_read_only or actor.role not in roles:
        raise NotAllowed("您当前的身份不能办理这件事。")
    if not actor.stands_over(place_code):
        raise NotAllowed("这个地方不在您的管理范围内。")


def lock(unit: Unit) -> Unit:
    return Unit.objects.select_for_update().get(pk=unit.pk)


# Units


def may_verify(actor: Actor) -> bool:
    """Subdistricts and the district verify, communities submit (domain.md §2.0.2)."""
    return actor.is_system or actor.role in DENOMINATOR_ROLES


def mark_verified(unit: Unit, actor: Actor) -> None:
    """Set, without saving, that somebody has verified the unit now."""
    unit.verification = Unit.Verification.VERIFIED
    unit.verified_at, unit.verified_by_id = timezone.now(), actor.user_id


def check_unit(unit: Unit) -> None:
    """Every rule over the unit's own fields, in the words of the import."""
    unit.name = unit.name.strip()
    check_name(unit.name)
    unit.credit_code = clean_credit_code(unit.credit_code)
    unit.industry = clean_industry(unit.industry)
    unit.has_mass_organization = (
        unit.has_mass_organization or unit.has_union or unit.has_youth or unit.has_women
    )
    check_code_or_reason(unit.credit_code, unit.credit_code_missing_reason)
    check_subcategory(unit.category, unit.subcategory)
    check_members(unit.members_total, unit.members_full)
    check_place(unit.place, today(), root_place().administered_by)
    if same_name_in_subdistrict(unit).exists():
        raise RuleViolation("同一街道已登记同名单位，请核对。", field="name", code="name_taken")


@transaction.atomic
def register_unit(
    *,
    name: str,
    category: str,
    place: Division,
    actor: Actor,
    registered_on: date | None = None,
    is_sample: bool = False,
    **fields: Any,
) -> Unit:
    """Register an operating unit (登记单位), counted from ``registered_on`` (default: today).

    ``fields`` are further columns of `Unit`. What a community registers waits to be verified (domain.md §2.0.2).
    Raises `RuleViolation` beside the field that is wrong.
    """
    refuse_unless_over(place.code, actor)
    begun = registered_on or today()
    check_not_future(begun, today(), field="registered_on", label="登记日期")
    unit = Unit(name=name, category=category, place=place, is_sample=is_sample, **fields)
    check_unit(unit)
    if may_verify(actor):
        mark_verified(unit, actor)
    with explained(unit_credit_code_once="credit_code"):
        unit.save()
    open_status(unit, OPERATING, begun, actor=actor)
    write_history(about=unit, move="register", label="登记", actor=actor, to_status=OPERATING)
    return unit


@transaction.atomic
def change_unit(
    *, unit: Unit, actor: Actor, version: int | None = None, note: str = "", **values: Any
) -> Unit:
    """Change columns of a unit; moving it to another place needs standing over both.

    A verified unit whose name, code, category or place a community changes waits to be verified again.
    """
    refuse_unless_over(unit.place_code, actor)
    locked = lock(unit)
    if "place" in values:
        refuse_unless_over(values["place"].code, actor)
    before = {field: getattr(locked, field) for field in KEY_FIELDS}
    had_mass = locked.has_mass_organization
    for field, value in values.items():
        setattr(locked, field, value)
    check_unit(locked)
    if locked.has_mass_organization != had_mass:
        values["has_mass_organization"] = locked.has_mass_organization
    is_other = any(getattr(locked, field) != value for field, value in before.items())
    if is_other and not may_verify(actor) and locked.verification == Unit.Verification.VERIFIED:
        locked.verification = values["verification"] = Unit.Verification.PENDING
    values = {field: getattr(locked, field) for field in values}
    with explained(unit_credit_code_once="credit_code"):
        changed = change_fields(obj=unit, values=values, actor=actor, version=version, note=note)
    if before["name"] != changed.name:
        UnitName.objects.create(unit=changed, name=before["name"], until=today())
    if before["place"] != changed.place:
        let_requests_follow(changed)
    if "verification" in values:
        changed.verified_at = changed.verified_by = None
        changed.save(update_fields=["verified_at", "verified_by"])
    return changed


def let_requests_follow(unit: Unit) -> None:
    """What was asked about a unit that moves, and its build plans, are looked after where it is counted now."""
    for requests in (unit.denominator_exits, unit.change_requests, unit.build_plans):
        requests.update(place_code=unit.place_code)


# Operating status: who counts


def open_status(
    unit: Unit, status: str, from_on: date, *, actor: Actor, reason: str = "", evidence: str = ""
) -> OperatingSpell:
    return OperatingSpell.objects.create(
        unit=unit, status=status, from_on=from_on, reason=reason, evidence=evidence, recorded_by_id=actor.user_id,
        place_code=unit.place_code, category=unit.category,
    )  # fmt: skip


def check_turn(unit: Unit, status: str, from_on: date) -> OperatingSpell | None:
    """The present spell, once it is clear that another status may begin on a day; raises `RuleViolation` otherwise."""
    if unit.operating_status == status:
        raise RuleViolation(
            f"这个单位已经是“{unit.get_operating_status_display()}”。",
            field="operating_status",
            code="same_status",
        )
    check_not_future(from_on, today(), field="from_on", label="起始日期")
    spell = unit.operating_spells.filter(to_on=None).first()
    if spell and from_on <= spell.from_on:
        raise InputError(
            f"现在的经营状态自{spell.from_on}起，新状态的起始日期要晚于这一天。",
            field="from_on",
            code="status_overlap",
        )
    return spell


def turn_status(
    unit: Unit,
    status: str,
    from_on: date,
    *,
    actor: Actor,
    move: str,
    label: str,
    reason: str,
    evidence: str = "",
) -> Unit:
    """End the present operating status on a day and begin another (half-open days)."""
    refuse_unless_over(unit.place_code, actor, DENOMINATOR_ROLES)
    locked = lock(unit)
    spell = check_turn(locked, status, from_on)
    with explained(operating_spell_no_overlap="from_on", operating_spell_reason="reason"):
        if spell:
            spell.to_on = from_on
            spell.save(update_fields=["to_on"])
        open_status(locked, status, from_on, actor=actor, reason=reason, evidence=evidence)
    before, locked.operating_status = locked.operating_status, status
    save_next_version(locked)
    told = f"自{from_on}起。{reason}" + (f" 依据：{evidence}" if evidence else "")
    write_history(
        about=locked, move=move, label=label, actor=actor, note=told, from_status=before, to_status=status
    )
    return locked


@transaction.atomic
def return_to_operation(*, unit: Unit, from_on: date, reason: str, actor: Actor) -> Unit:
    """Bring a unit back into the denominators (恢复正常经营)."""
    if not reason.strip():
        raise InputError("请写明恢复的原因。", field="reason", code="reason_required")
    return turn_status(
        unit, OPERATING, from_on, actor=actor, move="return", label="恢复正常经营", reason=reason.strip()
    )


# Coverage


@transaction.atomic
def cover_unit(
    *, unit: Unit, organization: PartyOrganization, mode: str, from_on: date, actor: Actor
) -> CoverageSpell:
    """Let a party organization cover a unit from a day on (覆盖); one organization at a time."""
    refuse_unless_over(unit.place_code, actor)
    locked = lock(unit)
    organization = PartyOrganization.objects.select_for_update().get(pk=organization.pk)
    check_not_future(from_on, today(), field="from_on", label="覆盖起始日期")
    check_not_before(
        from_on,
        organization.established_on,
        field="from_on",
        label="覆盖起始日期",
        earlier_label="党组织成立日期",
    )
    refuse_dissolved(organization, from_on)
    refuse_overlap(locked, from_on)
    with explained(coverage_spell_no_overlap="from_on"):
        spell = CoverageSpell.objects.create(
            unit=locked, organization=organization, mode=mode, from_on=from_on, place_code=locked.place_code,
            category=locked.category,
        )  # fmt: skip
    save_next_version(locked)
    note = f"自{from_on}起由“{organization}”覆盖（{spell.get_mode_display()}）。"
    write_history(about=locked, move="cover", label="党组织覆盖", actor=actor, note=note)
    close_overtaken_plans(locked)
    return spell


def refuse_dissolved(organization: PartyOrganization, on: date, *, field: str = "organization") -> None:
    """An organization that has ended, or isn't founded yet, covers nobody."""
    if organization.status == PartyOrganization.Status.PREPARING:
        raise RuleViolation(
            f"“{organization}”还在筹建，登记成立以后才能覆盖单位。", field=field, code="preparing"
        )
    if organization.dissolved_on:
        words = organization.get_status_display().removeprefix("已")
        raise RuleViolation(
            f"“{organization}”已于{organization.dissolved_on}{words}。", field=field, code="dissolved"
        )


def refuse_overlap(unit: Unit, from_on: date) -> None:
    """Say which organization stands in the way, before the database refuses the overlap."""
    spells = unit.coverage_spells.select_related("organization").order_by("-from_on")
    for spell in spells:
        if spell.to_on is None:
            raise RuleViolation(
                f"这个单位自{spell.from_on}起由“{spell.organization}”覆盖，请先办理结束覆盖。",
                field="from_on",
                code="coverage_overlap",
            )
        if spell.to_on > from_on:
            raise RuleViolation(
                f"这个单位在{spell.to_on}之前由“{spell.organization}”覆盖，起始日期不能早于这一天。",
                field="from_on", code="coverage_overlap",
            )  # fmt: skip


@transaction.atomic
def end_coverage(*, unit: Unit, on: date, reason: str, actor: Actor) -> CoverageSpell:
    """End a unit's present coverage (结束覆盖); the day itself counts as not covered any more."""
    refuse_unless_over(unit.place_code, actor)
    locked = lock(unit)
    spell = locked.coverage_spells.filter(to_on=None).select_related("organization").first()
    if spell is None:
        raise RuleViolation("这个单位现在没有党组织覆盖。", code="not_covered")
    if not reason.strip():
        raise InputError("请写明结束覆盖的原因。", field="reason", code="reason_required")
    check_not_future(on, today(), field="on", label="结束日期")
    if on <= spell.from_on:
        raise InputError(
            f"结束日期要晚于覆盖起始日期（{spell.from_on}）。", field="on", code="dates_out_of_order"
        )
    spell.to_on = on
    spell.save(update_fields=["to_on"])
    save_next_version(locked)
    note = f"自{on}起不再由“{spell.organization}”覆盖。{reason.strip()}"
    write_history(about=locked, move="uncover", label="结束覆盖", actor=actor, note=note)
    return spell
