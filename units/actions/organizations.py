"""The verbs of party organizations: register, found, change, extend a term; dissolve, merge, transfer.

Sources: domain.md §2.0.3 (categories, terms), §2(c) (撤销/并入/转建), §3 (communities register, subdistricts decide).
Whoever ends an organization says what becomes of every unit it covers; nothing stays covered by what is no more.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.constraints import explained
from core.errors import InputError, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.workflow import make_move
from units.actions.units import refuse_dissolved, refuse_unless_over
from units.models import CoverageSpell, Division, PartyOrganization, PartySecretary, Unit
from units.rules import check_not_before, check_not_future, check_term
from units.terms import months_after

Status = PartyOrganization.Status
Category = PartyOrganization.Category
Mode = CoverageSpell.Mode
PARENTS = (
    Category.COMMITTEE,
    Category.GENERAL_BRANCH,
    Category.TEMPORARY_COMMITTEE,
    Category.TEMPORARY_GENERAL_BRANCH,
)
JOINT_CATEGORIES = (Category.JOINT_BRANCH, Category.TEMPORARY_JOINT_BRANCH)
LONGEST_EXTENSION_MONTHS = 12
DEEPEST = 20
# Which unit is to be covered by which organization from now on; None: by none.
Settlement = Mapping[int, PartyOrganization | None]


@transaction.atomic
def create_organization(
    *,
    name: str,
    category: str,
    place: Division,
    actor: Actor,
    is_preparing: bool = False,
    is_sample: bool = False,
    **fields: Any,
) -> PartyOrganization:
    """Register a party organization (登记党组织), founded or in preparation; ``fields`` are further columns."""
    refuse_unless_over(place.code, actor)
    if is_preparing and fields.get("established_on"):
        raise InputError(
            "筹建中的党组织还没有成立日期，批准成立时再登记。", field="established_on", code="not_founded"
        )
    check_not_future(fields.get("established_on"), today(), field="established_on", label="成立日期")
    check_term(fields.get("term_start"), fields.get("term_end"), today())
    check_parent(None, fields.get("parent"))
    with explained(party_organization_name_once="name"):
        organization = PartyOrganization.objects.create(
            name=name.strip(), category=category, place=place, place_code=place.code, is_sample=is_sample,
            status=Status.PREPARING if is_preparing else Status.ACTIVE, **fields,
        )  # fmt: skip
    write_history(
        about=organization, move="register", label="登记", actor=actor, to_status=organization.status
    )
    return organization


@transaction.atomic
def change_organization(
    *, organization: PartyOrganization, actor: Actor, version: int | None = None, **values: Any
) -> PartyOrganization:
    """Change columns of a party organization; one that has ended stays as it was."""
    refuse_unless_over(organization.place_code, actor)
    if organization.is_ended:
        raise RuleViolation(f"这个党组织{organization.get_status_display()}，不再修改。", code="ended")
    if "place" in values:
        refuse_unless_over(values["place"].code, actor)
        values["place_code"] = values["place"].code
    established = values.get("established_on")
    if established and organization.status == Status.PREPARING:
        raise InputError(
            "还在筹建，请用“登记成立”登记成立日期和批复文号。", field="established_on", code="not_founded"
        )
    check_not_future(established, today(), field="established_on", label="成立日期")
    check_term(
        values.get("term_start", organization.term_start),
        values.get("term_end", organization.term_end),
        today(),
    )
    if values.get("parent"):
        check_parent(organization, values["parent"])
    with explained(party_organization_name_once="name"):
        return change_fields(obj=organization, values=values, actor=actor, version=version)


def check_parent(organization: PartyOrganization | None, parent: PartyOrganization | None) -> None:
    """A parent is a committee or general branch at work, and never below the organization itself (隶属)."""
    if parent is None:
        return
    if parent.category not in PARENTS:
        raise InputError("上级党组织应是党委或党总支部。", field="parent", code="not_a_parent")
    if parent.status != Status.ACTIVE:
        raise InputError(
            f"“{parent}”{parent.get_status_display()}，不能作上级。", field="parent", code="ended"
        )
    above, steps = parent, 0
    while organization is not None and above is not None and steps < DEEPEST:
        if above.pk == organization.pk:
            raise InputError("上级党组织不能是自己或者自己的下级。", field="parent", code="circle")
        above, steps = above.parent, steps + 1


@transaction.atomic
def establish_organization(
    *, organization: PartyOrganization, established_on: date, approval_no: str, actor: Actor
) -> PartyOrganization:
    """What was in preparation is approved and founded (登记成立), with the number of the approval."""
    if not approval_no.strip():
        raise InputError("请填写批复文号。", field="approval_no", code="approval_required")
    check_not_future(established_on, today(), field="established_on", label="成立日期")
    note = f"{established_on}成立，{approval_no.strip()}。"
    return make_move(
        obj=organization, move="establish", actor=actor, note=note, established_on=established_on,
        approval_no=approval_no.strip(),
    )  # fmt: skip


@transaction.atomic
def extend_term(
    *, organization: PartyOrganization, until: date, approval_no: str, actor: Actor
) -> PartyOrganization:
    """Extend a term once, by a year at most, with the superior's approval (延期换届, domain.md §2.0.3)."""

    def check(locked: PartyOrganization) -> None:
        if locked.term_end is None:
            raise RuleViolation("还没有登记本届届满日期，请先修改登记。", field="until", code="no_term")
        if locked.regular_term_end:
            raise RuleViolation("本届已经延期过一次，请按期换届。", field="until", code="extended")
        latest = months_after(locked.term_end, LONGEST_EXTENSION_MONTHS)
        if not locked.term_end < until <= latest:
            raise InputError(
                f"延期后的届满日期要晚于{locked.term_end}，不晚于{latest}（最多一年）。",
                field="until",
                code="too_long",
            )

    if not approval_no.strip():
        raise InputError("请填写上级同意延期的文号。", field="approval_no", code="approval_required")
    check(organization)
    return make_move(
        obj=organization, move="extend_term", actor=actor, check=check, term_end=until,
        regular_term_end=organization.term_end, extension_no=approval_no.strip(),
        note=f"届满日期由{organization.term_end}延至{until}，{approval_no.strip()}。",
    )  # fmt: skip


# Ending


@transaction.atomic
def dissolve_organization(
    *,
    organization: PartyOrganization,
    on: date,
    basis: str,
    settlement: Settlement,
    actor: Actor,
    reason: str = "",
) -> PartyOrganization:
    """Dissolve an organization (撤销) on a day by a document; ``settlement`` says who covers each of its units now.

    Raises `InputError` for field ``unit_<id>`` for the first unit that nothing is said of.
    """
    ended = end(organization, "dissolve", on, basis, reason, actor)
    for spell in open_spells(ended):
        if spell.unit_id not in settlement:
            raise InputError(
                f"请写明“{spell.unit}”今后由哪个党组织覆盖，或者不再覆盖。", field=f"unit_{spell.unit_id}",
                code="coverage_unsettled",
            )  # fmt: skip
        target = settlement[spell.unit_id]
        if target is not None and target.pk == ended.pk:
            raise InputError(
                "不能再由撤销的党组织覆盖。", field=f"unit_{spell.unit_id}", code="same_organization"
            )
        hand_over(spell, target, on, actor, field=f"unit_{spell.unit_id}")
    adopt_children(ended, ended.parent, actor)
    return ended


@transaction.atomic
def merge_organization(
    *,
    organization: PartyOrganization,
    into: PartyOrganization,
    on: date,
    basis: str,
    actor: Actor,
    reason: str = "",
) -> PartyOrganization:
    """Merge an organization into another (并入), which covers all its units and counts its members from that day."""
    if into.pk == organization.pk:
        raise InputError("不能并入自己。", field="into", code="same_organization")
    refuse_unless_over(into.place_code, actor)
    ended = end(organization, "merge", on, basis, reason, actor, into=into)
    target = PartyOrganization.objects.select_for_update().get(pk=into.pk)
    for spell in open_spells(ended):
        hand_over(spell, target, on, actor, field="into")
    adopt_children(ended, target, actor)
    target.member_count += ended.member_count
    save_next_version(target)
    write_history(
        about=target,
        move="absorb",
        label="并入来",
        actor=actor,
        note=f"自{on}起“{ended}”并入。{basis.strip()}",
    )
    return ended


@transaction.atomic
def transfer_organization(
    *,
    organization: PartyOrganization,
    name: str,
    category: str,
    on: date,
    basis: str,
    actor: Actor,
    reason: str = "",
) -> PartyOrganization:
    """Rebuild an organization as another (转建): the other covers its units from that day and is not a new one."""
    check_end(organization, on, basis)
    made = create_organization(
        name=name, category=category, place=organization.place, parent=organization.parent,
        host_unit=organization.host_unit, secretary=organization.secretary, is_two_new=organization.is_two_new,
        established_on=on, form_mode=PartyOrganization.FormMode.TRANSFERRED, approval_no=basis.strip()[:60],
        term_start=organization.term_start, term_end=organization.term_end, member_count=organization.member_count,
        secretary_source=organization.secretary_source, site_area=organization.site_area,
        is_sample=organization.is_sample, actor=actor,
    )  # fmt: skip
    ended = end(organization, "transfer", on, basis, reason, actor, into=made)
    if made.secretary_id:
        PartySecretary.objects.create(organization=made, person_id=made.secretary_id, from_on=on)
    for spell in open_spells(ended):
        hand_over(spell, made, on, actor, field="category")
    adopt_children(ended, made if category in PARENTS else ended.parent, actor)
    return ended


def check_end(organization: PartyOrganization, on: date, basis: str) -> None:
    if not basis.strip():
        raise InputError("请写明依据的文件（文号或名称）。", field="basis", code="basis_required")
    check_not_future(on, today(), field="on", label="日期")
    check_not_before(
        on, organization.established_on, field="on", label="日期", earlier_label="党组织成立日期"
    )
    last = open_spells(organization).order_by("-from_on").first()
    if last is not None and on <= last.from_on:
        raise InputError(
            f"日期要晚于“{last.unit}”的覆盖起始日期（{last.from_on}）。",
            field="on",
            code="dates_out_of_order",
        )


def end(
    organization: PartyOrganization,
    move: str,
    on: date,
    basis: str,
    reason: str,
    actor: Actor,
    *,
    into: PartyOrganization | None = None,
) -> PartyOrganization:
    """Bring an organization to its end; its units are locked before it, as whoever covers a unit does."""
    list(
        Unit.objects.select_for_update().filter(coverage_spells__in=open_spells(organization)).order_by("pk")
    )
    if into is not None:
        refuse_dissolved(into, on, field="into")
    told = f"自{on}起。依据：{basis.strip()}。{f'成为“{into}”。' if into else ''}{reason.strip()}"
    ended = make_move(
        obj=organization, move=move, actor=actor, note=told, check=lambda locked: check_end(locked, on, basis),
        dissolved_on=on, end_basis=basis.strip(), successor=into,
    )  # fmt: skip
    for post in ended.secretaries.filter(to_on=None):
        post.to_on = max(on, date.fromordinal(post.from_on.toordinal() + 1))
        post.save(update_fields=["to_on"])
    return ended


def open_spells(organization: PartyOrganization):
    return organization.coverage_spells.filter(to_on=None).select_related("unit").order_by("unit_id")


def hand_over(
    spell: CoverageSpell, target: PartyOrganization | None, on: date, actor: Actor, *, field: str
) -> None:
    """End a unit's coverage on a day and, where there is a target, begin the next one the same day."""
    spell.to_on = on
    spell.save(update_fields=["to_on"])
    unit, told = spell.unit, f"自{on}起不再由“{spell.organization}”覆盖"
    if target is not None:
        refuse_dissolved(target, on, field=field)
        check_not_before(
            on, target.established_on, field=field, label="日期", earlier_label="接续党组织成立日期"
        )
        others = target.coverage_spells.filter(to_on=None).exists()
        is_joint = target.category in JOINT_CATEGORIES or others
        CoverageSpell.objects.create(
            unit=unit, organization=target, mode=Mode.JOINT if is_joint else Mode.STANDALONE, from_on=on,
            place_code=unit.place_code, category=unit.category,
        )  # fmt: skip
        told += f"，由“{target}”覆盖"
    save_next_version(unit)
    write_history(
        about=unit, move="cover" if target else "uncover", label="党组织变动", actor=actor, note=f"{told}。"
    )


def adopt_children(ended: PartyOrganization, parent: PartyOrganization | None, actor: Actor) -> None:
    """What belonged to an organization that has ended belongs to its successor, or to whom it belonged itself."""
    for child in ended.children.select_for_update().order_by("pk"):
        change_fields(
            obj=child, values={"parent": parent}, actor=actor, note=f"“{ended}”{ended.get_status_display()}。"
        )


ORGANIZATION_MOVES = {
    "establish": establish_organization,
    "extend_term": extend_term,
    "merge": merge_organization,
    "transfer": transfer_organization,
    "dissolve": dissolve_organization,
}
