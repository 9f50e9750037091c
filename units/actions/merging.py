"""Merging an entry that stands twice into the one that stays (并入); the district's alone (domain.md §2.0.2, §3).

Nothing is lost: rows of every app follow (`units.merging`), what can't stays with the merged entry, and the timeline of
both tells of it. Live figures count the two as one from then on; frozen ones stay as they were.
"""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import save_next_version, write_history
from core.roles import DISTRICT_STAFF
from units.actions.units import OPERATING, open_status
from units.merging import SIDES, Carried, Merging, kinds
from units.models import Unit
from units.rules import check_not_future

GONE = Unit.OperatingStatus.DUPLICATE_LICENCE


@transaction.atomic
def merge_units(
    *,
    source: Unit,
    target: Unit,
    on: date,
    reason: str,
    choices: Mapping[str, str] | None = None,
    actor: Actor,
) -> Unit:
    """Make ``source`` part of ``target`` from a day on; returns the target.

    ``choices`` maps the name of a kind with open work on both sides to one of `SIDES`. Raises `NotAllowed` below the
    district, `InputError` where a choice is missing, `RuleViolation` for what must be finished before.
    """
    if not actor.is_system and (actor.is_read_only or actor.role not in DISTRICT_STAFF):
        raise NotAllowed("重复登记由区级合并。")
    rows = {
        row.pk: row
        for row in Unit.objects.select_for_update().filter(pk__in=[source.pk, target.pk]).order_by("pk")
    }
    source, target = rows[source.pk], rows[target.pk]
    if not (
        actor.is_system or (actor.stands_over(source.place_code) and actor.stands_over(target.place_code))
    ):
        raise NotAllowed("这个地方不在您的管理范围内。")
    check_not_future(on, today(), field="on", label="并入日期")
    if not reason.strip():
        raise InputError(
            "请写明并入的理由，例如同一信用代码登记了两次。", field="reason", code="reason_required"
        )
    for sentence in refusals(source, target):
        raise RuleViolation(sentence, code="not_mergeable")
    merging = Merging(source, target, on, actor, dict(choices or {}))
    refuse_undecided(merging)
    leave(merging, reason)
    for kind in kinds():
        kind.carry(merging)
    return tell_both(merging, reason)


def refusals(source: Unit, target: Unit) -> list[str]:
    """Sentences about what must be finished before these two can be merged."""
    if source.pk == target.pk:
        return ["不能并入它自己。"]
    found = [f"“{unit}”已经并入其他单位。" for unit in (source, target) if unit.merged_into_id is not None]
    if source.operating_status == OPERATING != target.operating_status:
        found.append(f"“{target}”不是正常经营的单位，请选择正常经营的单位作为保留单位。")
    for rows, what in (
        (source.denominator_exits, "退出统计口径的申请"),
        (source.change_requests, "信息变更申请"),
    ):
        if rows.filter(status="submitted").exists():
            found.append(f"“{source}”有{what}等待审核，请先审核。")
    return found + [sentence for kind in kinds() if (sentence := kind.refuse(source, target))]


def questions(source: Unit, target: Unit) -> list[Carried]:
    """Kinds with open work on both sides, of which somebody must say where it goes."""
    return [kind for kind in kinds() if kind.settle and kind.is_clashing(source, target)]


def refuse_undecided(merging: Merging) -> None:
    for kind in questions(merging.source, merging.target):
        if merging.choices.get(kind.name) not in SIDES:
            raise InputError(
                f"两个单位都有正在进行的“{kind.label}”，请选择去向。", field=kind.name, code="undecided"
            )


def leave(merging: Merging, reason: str) -> None:
    """The source counts no more: its spell ends on the day, and its code is free for the target that has none."""
    source, target, on = merging.source, merging.target, merging.on
    spell = source.operating_spells.filter(to_on=None).first()
    told = {"reason": f"并入“{target}”。{reason.strip()}"[:300], "evidence": "重复登记合并"}
    if source.operating_status == OPERATING:
        if spell and spell.from_on < on:
            spell.to_on = on
            spell.save(update_fields=["to_on"])
            open_status(source, GONE, on, actor=merging.actor, **told)
        elif spell:
            spell.status, spell.reason, spell.evidence = GONE, told["reason"], told["evidence"]
            spell.save(update_fields=["status", "reason", "evidence"])
        source.operating_status = GONE
    code, source.merged_into = source.credit_code, target
    if code and not target.credit_code:
        source.credit_code, source.credit_code_missing_reason = None, "代码已转给并入的单位"
    source.verification = Unit.Verification.CANCELLED
    source.is_member, had_seat = False, source.is_member
    save_next_version(source)
    if code and not target.credit_code:
        target.credit_code, target.credit_code_missing_reason = code, ""
    target.is_member = target.is_member or had_seat
    save_next_version(target)


def tell_both(merging: Merging, reason: str) -> Unit:
    source, target, actor = merging.source, merging.target, merging.actor
    decided = "；".join(
        f"{kind.label}{SIDES[merging.choices[kind.name]]}"
        for kind in kinds()
        if merging.choices.get(kind.name) in SIDES
    )
    told = f"自{merging.on}起。{reason.strip()}" + (f" 去向：{decided}。" if decided else "")
    write_history(
        about=source, move="merged", label=f"并入{target}"[:40], actor=actor, note=told, to_status="cancelled"
    )
    write_history(about=target, move="merge", label="并入重复登记", actor=actor, note=f"{source}并入。{told}")
    return target
