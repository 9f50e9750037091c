"""The verbs of 1+N: carriers with their stations and comprehensive committee, instructors, and building organizations.

Sources: domain.md §2(c), §3. `Unit.has_instructor` is kept equal to whether somebody is sent; an organization that is
founded covers its unit through `cover_unit`, so that coverage has one door.
"""

from collections.abc import Callable
from datetime import date

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.constraints import explained
from core.errors import InputError, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.roles import DISTRICT_STAFF, Role
from core.workflow import make_move
from units.actions.bodies import plan_body
from units.actions.organizations import create_organization
from units.actions.people import Named, find_or_record
from units.actions.units import cover_unit, lock, refuse_unless_over
from units.models import (
    BuildPlan,
    Carrier,
    CoverageSpell,
    Division,
    Instructor,
    InstructorNote,
    PartyOrganization,
    Person,
    RegionalBody,
    ServiceStation,
    Unit,
)
from units.rules import check_not_before, check_not_future

Mode = CoverageSpell.Mode
CARRIER_LEVELS = (Division.Level.DISTRICT, Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
# Full members from which a unit ought to have its own organization (党章 第30条).
DUE_FROM = 3
# Our defaults: how many units one instructor looks after, and how long a month's note is.
MOST_UNITS, LONGEST_NOTE = 10, 1000
COMMITTEE_FOUNDERS = DISTRICT_STAFF | {Role.SUBDISTRICT}


# Carriers (载体)


@transaction.atomic
def register_carrier(
    *,
    name: str,
    kind: str,
    place: Division,
    from_on: date,
    actor: Actor,
    address: str = "",
    area: int = 0,
    manager_unit: Unit | None = None,
    is_sample: bool = False,
) -> Carrier:
    """Register a place where two-new units gather (登记载体); its name is unique at its place."""
    refuse_unless_over(place.code, actor)
    check_carrier(name, place)
    check_not_future(from_on, today(), field="from_on", label="启用日期")
    with explained(carrier_name_once="name"):
        carrier = Carrier.objects.create(
            name=name.strip(),
            kind=kind,
            place=place,
            from_on=from_on,
            address=address.strip(),
            area=area or 0,
            manager_unit=manager_unit,
            is_sample=is_sample,
        )
    write_history(about=carrier, move="register", label="登记", actor=actor)
    return carrier


def check_carrier(name: str, place: Division) -> None:
    if not name.strip():
        raise InputError("请填写载体名称。", field="name")
    if place.level not in CARRIER_LEVELS:
        raise InputError("载体登记在区、街道或社区。", field="place", code="wrong_level")


@transaction.atomic
def change_carrier(*, carrier: Carrier, actor: Actor, version: int | None = None, **values) -> Carrier:
    """Change what is known of a carrier; moving it needs standing over both places."""
    refuse_unless_over(carrier.place_code, actor)
    if "place" in values:
        refuse_unless_over(values["place"].code, actor)
    check_carrier(values.get("name", carrier.name), values.get("place", carrier.place))
    check_not_future(values.get("from_on"), today(), field="from_on", label="启用日期")
    if "area" in values:
        values["area"] = values["area"] or 0
    with explained(carrier_name_once="name", carrier_in_order="from_on"):
        return change_fields(obj=carrier, values=values, actor=actor, version=version)


@transaction.atomic
def close_carrier(*, carrier: Carrier, on: date, reason: str, actor: Actor) -> Carrier:
    """A carrier is no longer in use (停用); its open stations close with it."""
    locked = lock_carrier(carrier, actor)
    check_not_future(on, today(), field="on", label="停用日期")
    if not reason.strip():
        raise InputError("请写明停用的原因。", field="reason", code="reason_required")
    if on <= locked.from_on:
        raise InputError(
            f"停用日期要晚于启用日期（{locked.from_on}）。", field="on", code="dates_out_of_order"
        )
    for station in locked.stations.filter(closed_on=None):
        end_station(station, max(on, station.opened_on), locked)
    locked.to_on = on
    note_down(locked, "close", "停用", actor, f"自{on}起停用。{reason.strip()}")
    return locked


def lock_carrier(carrier: Carrier, actor: Actor) -> Carrier:
    """The carrier under lock, for staff over its place, while it is in use."""
    refuse_unless_over(carrier.place_code, actor)
    locked = Carrier.objects.select_for_update().get(pk=carrier.pk)
    if locked.to_on is not None:
        raise RuleViolation(f"“{locked}”已于{locked.to_on}停用，不能再改动。", code="carrier_closed")
    return locked


def note_down(carrier: Carrier, move: str, label: str, actor: Actor, note: str) -> None:
    save_next_version(carrier)
    write_history(about=carrier, move=move, label=label, actor=actor, note=note)


# Service stations (党建服务站)


@transaction.atomic
def open_station(
    *,
    carrier: Carrier,
    name: str,
    opened_on: date,
    actor: Actor,
    kind: str = ServiceStation.Kind.STATION,
    area: int = 0,
    facilities: str = "",
    hours: str = "",
    contact: str = "",
) -> ServiceStation:
    """Open a service station in a carrier (设立党建服务站)."""
    locked = lock_carrier(carrier, actor)
    if not name.strip():
        raise InputError("请填写服务站名称。", field="name")
    check_not_future(opened_on, today(), field="opened_on", label="启用日期")
    check_not_before(
        opened_on, locked.from_on, field="opened_on", label="启用日期", earlier_label="载体启用日期"
    )
    if locked.stations.filter(name=name.strip(), closed_on=None).exists():
        raise RuleViolation("这个载体已经有同名的服务站。", field="name", code="station_taken")
    station = ServiceStation.objects.create(
        carrier=locked,
        name=name.strip(),
        opened_on=opened_on,
        kind=kind,
        area=area or 0,
        facilities=facilities.strip(),
        hours=hours.strip(),
        contact=contact.strip(),
    )
    note_down(locked, "open_station", "设立服务站", actor, f"{station}，自{opened_on}起。")
    return station


@transaction.atomic
def close_station(*, station: ServiceStation, on: date, reason: str, actor: Actor) -> ServiceStation:
    """Close a service station (停用服务站)."""
    carrier = lock_carrier(station.carrier, actor)
    locked = ServiceStation.objects.select_for_update().get(pk=station.pk)
    if locked.closed_on is not None:
        raise RuleViolation(f"“{locked}”已于{locked.closed_on}停用。", code="station_closed")
    check_not_future(on, today(), field="on", label="停用日期")
    if not reason.strip():
        raise InputError("请写明停用的原因。", field="reason", code="reason_required")
    end_station(locked, on, carrier)
    note_down(carrier, "close_station", "停用服务站", actor, f"{locked}，自{on}起。{reason.strip()}")
    return locked


def end_station(station: ServiceStation, on: date, carrier: Carrier) -> None:
    """Keep the day a station closes; one that opened that very day cannot close on it."""
    if on <= station.opened_on:
        raise InputError(
            f"“{station}”自{station.opened_on}启用，停用日期要晚于这一天。",
            field="on",
            code="dates_out_of_order",
        )
    station.closed_on = on
    station.save(update_fields=["closed_on"])


# Comprehensive committees (区域综合党委)


@transaction.atomic
def found_committee(
    *, carrier: Carrier, actor: Actor, committee: RegionalBody | None = None, name: str = ""
) -> Carrier:
    """Link a carrier to a comprehensive committee: one that is there, or a new one that is to be approved (拟设)."""
    locked = lock_carrier(carrier, actor)
    if locked.committee_id and locked.committee.status != RegionalBody.Status.DISSOLVED:
        raise RuleViolation(
            f"“{locked}”已经由“{locked.committee}”统筹。", field="committee", code="committee_taken"
        )
    if committee is None:
        refuse_unless_over(locked.place_code, actor, COMMITTEE_FOUNDERS)
        committee = plan_body(
            kind=RegionalBody.Kind.COMPREHENSIVE,
            place=locked.place,
            name=name.strip() or f"{locked}区域综合党委",
            actor=actor,
            is_sample=locked.is_sample,
        )
    check_committee(committee)
    locked.committee = committee
    note_down(locked, "link_committee", "归入综合党委", actor, str(committee))
    return locked


def check_committee(committee: RegionalBody) -> None:
    if committee.kind != RegionalBody.Kind.COMPREHENSIVE:
        raise RuleViolation("只能归入区域综合党委。", field="committee", code="not_comprehensive")
    if committee.status == RegionalBody.Status.DISSOLVED:
        raise RuleViolation(f"“{committee}”已经撤销。", field="committee", code="dissolved")


# Instructors (党建指导员)


@transaction.atomic
def send_instructor(
    *, unit: Unit, named: Named, from_on: date, actor: Actor, dispatched_by: str = ""
) -> Instructor:
    """Send an instructor to a two-new unit (派党建指导员); one at a time, and the unit says so from now on.

    Raises `RuleViolation` ``too_many_units`` for somebody who has `MOST_UNITS` units already.
    """
    refuse_unless_over(unit.place_code, actor)
    locked = lock(unit)
    if not locked.is_two_new:
        raise RuleViolation("只向两新组织派党建指导员。", code="not_two_new")
    check_not_future(from_on, today(), field="from_on", label="派出日期")
    refuse_second_instructor(locked, from_on)
    person = find_or_record(named, place=locked.place, is_sample=locked.is_sample)
    refuse_too_many(person)
    with explained(instructor_one_per_unit="from_on"):
        sent = Instructor.objects.create(
            unit=locked, person=person, from_on=from_on, dispatched_by=dispatched_by.strip()
        )
    keep_equal(locked, f"派{person}为党建指导员，自{from_on}起。", "send_instructor", "派党建指导员", actor)
    return sent


def refuse_too_many(person: Person) -> None:
    """One person looks after a few units at a time (domain.md §2(c): units ≤ N; ten is our default)."""
    busy = person.instructions.filter(to_on=None).count()
    if busy >= MOST_UNITS:
        raise RuleViolation(
            f"{person}已经派驻 {busy} 家单位，一位党建指导员最多联系 {MOST_UNITS} 家。",
            field="name",
            code="too_many_units",
        )


@transaction.atomic
def write_instructor_note(*, instructor: Instructor, month: date, text: str, actor: Actor) -> InstructorNote:
    """Keep what the instructor did at the unit in a month (月度工作记录); writing it again corrects it."""
    refuse_unless_over(instructor.unit.place_code, actor)
    first = month.replace(day=1)
    if not text.strip():
        raise InputError("请写明这个月做了哪些工作。", field="text")
    if len(text.strip()) > LONGEST_NOTE:
        raise InputError(f"最多 {LONGEST_NOTE} 字。", field="text")
    locked = Instructor.objects.select_for_update().get(pk=instructor.pk)
    last = min(today(), locked.to_on or today())
    if not locked.from_on.replace(day=1) <= first <= last:
        raise InputError("只能登记派驻期间的月份。", field="month", code="outside_the_spell")
    note, _ = InstructorNote.objects.update_or_create(
        instructor=locked, month=first, defaults={"text": text.strip(), "author_id": actor.user_id}
    )
    write_history(
        about=locked.unit,
        move="instructor_note",
        label="指导员工作记录",
        actor=actor,
        note=f"{first:%Y年%m月}",
    )
    return note


def refuse_second_instructor(unit: Unit, from_on: date) -> None:
    last = unit.instructors.select_related("person").order_by("-from_on").first()
    if last is None:
        return
    if last.to_on is None:
        raise RuleViolation(
            f"这个单位已经派了党建指导员{last.person}，请先办理结束。",
            field="from_on",
            code="instructor_taken",
        )
    check_not_before(
        from_on, last.to_on, field="from_on", label="派出日期", earlier_label="上一位指导员的结束日期"
    )


@transaction.atomic
def end_instructor(*, instructor: Instructor, on: date, reason: str, actor: Actor) -> Instructor:
    """Call an instructor back (结束派驻); the unit has none from then on."""
    refuse_unless_over(instructor.unit.place_code, actor)
    unit = lock(instructor.unit)
    locked = Instructor.objects.select_for_update().get(pk=instructor.pk)
    if locked.to_on is not None:
        raise RuleViolation(f"派驻已于{locked.to_on}结束。", code="instructor_ended")
    check_not_future(on, today(), field="on", label="结束日期")
    if not reason.strip():
        raise InputError("请写明结束的原因。", field="reason", code="reason_required")
    if on <= locked.from_on:
        raise InputError(
            f"结束日期要晚于派出日期（{locked.from_on}）。", field="on", code="dates_out_of_order"
        )
    locked.to_on = on
    locked.save(update_fields=["to_on"])
    keep_equal(
        unit, f"{locked.person}，自{on}起。{reason.strip()}", "end_instructor", "结束派驻指导员", actor
    )
    return locked


def keep_equal(unit: Unit, note: str, move: str, label: str, actor: Actor) -> None:
    """Let ``has_instructor`` say whether somebody is sent (the unit is locked)."""
    unit.has_instructor = unit.instructors.filter(to_on=None).exists()
    save_next_version(unit)
    write_history(about=unit, move=move, label=label, actor=actor, note=note)


# Building organizations (组建计划)


@transaction.atomic
def open_plan(*, unit: Unit, actor: Actor, target_on: date | None = None) -> BuildPlan:
    """Begin to look after a unit that has no organization yet (列入组建计划)."""
    refuse_unless_over(unit.place_code, actor)
    locked = lock(unit)
    if not locked.is_two_new:
        raise RuleViolation("组建计划只管两新组织。", field="unit", code="not_two_new")
    if locked.operating_status != Unit.OperatingStatus.OPERATING:
        raise RuleViolation("这个单位现在不是正常经营，不列入组建计划。", field="unit", code="not_operating")
    if locked.coverage_spells.filter(to_on=None).exists():
        raise RuleViolation("这个单位已经有党组织覆盖。", field="unit", code="covered")
    if BuildPlan.objects.open().filter(unit=locked).exists():
        raise RuleViolation("这个单位已经列入组建计划。", field="unit", code="planned")
    plan = BuildPlan.objects.create(
        unit=locked, place_code=locked.place_code, author_id=actor.user_id, target_on=target_on
    )
    write_history(about=plan, move="open", label="列入组建计划", actor=actor, to_status=plan.status)
    return plan


@transaction.atomic
def find_none(*, plan: BuildPlan, actor: Actor) -> BuildPlan:
    """Verified: nobody there is a party member."""
    return verify(plan, "find_none", actor, lambda unit: unit.members_total == 0)


@transaction.atomic
def find_few(*, plan: BuildPlan, actor: Actor) -> BuildPlan:
    """Verified: a few members, fewer than three full ones."""
    return verify(
        plan, "find_few", actor, lambda unit: unit.members_total > 0 and unit.members_full < DUE_FROM
    )


@transaction.atomic
def find_due(*, plan: BuildPlan, actor: Actor) -> BuildPlan:
    """Verified: three full members or more, so there ought to be an organization (应建未建)."""
    return verify(plan, "find_due", actor, lambda unit: unit.members_full >= DUE_FROM)


def verify(plan: BuildPlan, move: str, actor: Actor, agrees: Callable[[Unit], bool]) -> BuildPlan:
    """Note what was verified; it must be what the register says of the unit, which counts (应建未建 by COV-DUE)."""

    def check(row: BuildPlan) -> None:
        unit = row.unit
        if not agrees(unit):
            raise RuleViolation(
                f"单位台账登记党员 {unit.members_total} 人、其中正式党员 {unit.members_full} 人，同核实结果不符，"
                "请先更正单位信息里的党员人数。",
                code="counts_differ",
            )

    return make_move(obj=plan, move=move, actor=actor, check=check)


@transaction.atomic
def regularize_plan(*, plan: BuildPlan, note: str, actor: Actor) -> BuildPlan:
    """The organization that was founded works as it should (规范运行)."""
    return make_move(obj=plan, move="regularize", actor=actor, note=note)


@transaction.atomic
def close_plan(*, plan: BuildPlan, note: str, actor: Actor) -> BuildPlan:
    """End a plan that leads nowhere, with the reason; the unit may be planned again later."""
    return make_move(obj=plan, move="close", actor=actor, note=note)


@transaction.atomic
def disband_plan(*, plan: BuildPlan, note: str, actor: Actor) -> BuildPlan:
    """Note that the organization was dissolved, merged or transferred (撤并); that itself is done on its page."""
    return make_move(obj=plan, move="disband", actor=actor, note=note)


@transaction.atomic
def send_with_plan(*, plan: BuildPlan, named: Named, from_on: date, actor: Actor) -> BuildPlan:
    """Send an instructor to the plan's unit and note it in the plan."""
    moved = make_move(obj=plan, move="send_instructor", actor=actor)
    present = moved.unit.instructors.filter(to_on=None).select_related("person").first()
    if present is None:
        send_instructor(unit=moved.unit, named=named, from_on=from_on, actor=actor)
    elif (named.person or present.person) != present.person or (
        named.name.strip() or present.person.name
    ) != present.person.name:
        raise RuleViolation(
            f"这个单位已经派了党建指导员{present.person}，请先办理结束派驻，或者填写{present.person}。",
            field="name",
            code="instructor_taken",
        )
    return moved


@transaction.atomic
def prepare_plan(
    *, plan: BuildPlan, mode: str, note: str, actor: Actor, target_on: date | None = None
) -> BuildPlan:
    """Ask for approval (请示): alone or jointly; whoever asks does not approve."""
    if mode not in Mode.values:
        raise InputError("请选择单独组建或者联合组建。", field="mode", code="mode_required")
    if target_on is not None and target_on < today():
        raise InputError("计划完成日期不能早于今天。", field="target_on", code="past_date")
    return make_move(
        obj=plan,
        move="prepare",
        actor=actor,
        note=note,
        mode=mode,
        target_on=target_on,
        author_id=actor.user_id,
    )


@transaction.atomic
def approve_plan(*, plan: BuildPlan, note: str, actor: Actor) -> BuildPlan:
    """Approve (批复) with the number of the approval; never by whoever asked."""
    if len(note.strip()) > 60:
        raise InputError("批复文号最多 60 字。", field="note")
    return make_move(obj=plan, move="approve", actor=actor, note=note, approval_no=note.strip())


@transaction.atomic
def return_plan(*, plan: BuildPlan, note: str, actor: Actor) -> BuildPlan:
    """Send back what was asked for (退回筹建), with the reason."""
    return make_move(obj=plan, move="back", actor=actor, note=note)


@transaction.atomic
def found_organization(
    *,
    plan: BuildPlan,
    founded_on: date,
    actor: Actor,
    organization: PartyOrganization | None = None,
    name: str = "",
    members: int = 0,
) -> BuildPlan:
    """The organization is founded (成立): a new one or, jointly, one that is there; from that day it covers the unit.

    Raises `RuleViolation` where the unit is covered already, `InputError` beside the field that is missing.
    """
    locked = BuildPlan.objects.select_for_update().get(pk=plan.pk)
    unit = lock(locked.unit)
    moved = make_move(obj=locked, move="found", actor=actor)
    if organization is not None and moved.mode == Mode.STANDALONE:
        raise InputError("单独组建的请填写新党组织的名称。", field="organization", code="standalone_is_new")
    organization = organization or create_organization(
        name=name_of(name, unit, moved.mode), category=category_of(moved.mode), place=unit.place, is_two_new=True,
        established_on=founded_on, member_count=members or unit.members_total, is_sample=unit.is_sample, actor=actor,
        host_unit=unit if moved.mode == Mode.STANDALONE else None,
    )  # fmt: skip
    cover_unit(unit=unit, organization=organization, mode=moved.mode, from_on=founded_on, actor=actor)
    moved.organization = organization
    moved.save(update_fields=["organization"])
    return moved


def name_of(name: str, unit: Unit, mode: str) -> str:
    if name.strip():
        return name.strip()
    if mode == Mode.JOINT:
        raise InputError(
            "请选择已有的联合党支部，或者填写新党组织的名称。", field="name", code="name_required"
        )
    return f"中共{unit}支部委员会"


def category_of(mode: str) -> str:
    kinds = PartyOrganization.Category
    return kinds.JOINT_BRANCH if mode == Mode.JOINT else kinds.BRANCH


BUILD_MOVES = {
    "find_none": find_none,
    "find_few": find_few,
    "find_due": find_due,
    "send_instructor": send_with_plan,
    "prepare": prepare_plan,
    "approve": approve_plan,
    "back": return_plan,
    "found": found_organization,
    "regularize": regularize_plan,
    "close": close_plan,
    "disband": disband_plan,
}
