"""The verbs of liaisons (联络员): one speaks for a unit from a day to a day, and a change is reported at once.

Source: domain.md §2.0.2 (联络员信息动态报备机制). The account by which a liaison signs in is changed by
`accounts.actions.hand_over_liaison`, which calls `replace_liaison`. One entry serves all: the rosters of the joint
meetings name whoever speaks for the unit, from the day on which that begins.
"""

from datetime import date, timedelta

from django.db import transaction

from core.actor import SYSTEM, Actor
from core.clock import today
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import save_next_version, write_history
from core.roles import STAFF, UNIT_SIDE
from units.actions.people import LONGEST_NAME, Named, find_or_record
from units.actions.units import lock
from units.models import BodyMember, Person, RegionalBody, Unit, UnitLiaison
from units.rules import check_phone
from units.words import register as register_words

# How far ahead a change may be entered (our default); one that hasn't begun can be taken back.
PLANNED_DAYS = 31
# A change that was entered ahead reaches the rosters on its day, or within a week of it when nothing ran.
CATCH_UP_DAYS = 7


def refuse_unless_speaks(unit: Unit, actor: Actor) -> None:
    """Staff over the place, or the unit's own people."""
    if actor.is_system or (actor.role in UNIT_SIDE and actor.unit_id == unit.pk and not actor.is_read_only):
        return
    if actor.is_read_only or actor.role not in STAFF:
        raise NotAllowed("您当前的身份不能更换联络员。")
    if not actor.stands_over(unit.place_code):
        raise NotAllowed("这个地方不在您的管理范围内。")


@transaction.atomic
def replace_liaison(
    *,
    unit: Unit,
    name: str,
    phone: str,
    post: str = "",
    from_on: date,
    reason: str = "",
    user=None,
    actor: Actor,
) -> UnitLiaison:
    """Let somebody else speak for a unit from a day on (更换联络员); the present liaison ends on that day.

    ``user`` is the account by which the new one signs in, if there is one. Raises `NotAllowed`, `InputError` beside a
    field (a day more than `PLANNED_DAYS` ahead, or before the present liaison began), `RuleViolation` for a unit that
    was merged, or while another change is planned (``change_planned``).
    """
    refuse_unless_speaks(unit, actor)
    lock_joint_meetings(unit)
    locked = lock(unit)
    if locked.merged_into_id is not None:
        raise RuleViolation("这个单位已经并入其他单位。", code="unit_merged")
    refuse_second_plan(locked)
    check_day(from_on)
    person = whom(locked, name, phone, post)
    last = locked.liaisons.filter(is_primary=True, to_on=None).select_related("person").first()
    if last:
        end(last, person, from_on, reason)
    with explained(liaison_one_primary="from_on"):
        liaison = UnitLiaison.objects.create(unit=locked, person=person, user=user, from_on=from_on)
    save_next_version(locked)
    told = f"自{from_on}起由{person}担任。" + (f"原联络员：{last.person}。" if last else "") + reason.strip()
    write_history(
        about=locked, move="liaison", label="更换联络员" if last else "登记联络员", actor=actor, note=told
    )
    register_words.tell_liaison_changed(liaison, actor)
    if from_on <= today():
        follow_rosters(liaison, actor)
    return liaison


def check_day(from_on: date) -> None:
    latest = today() + timedelta(days=PLANNED_DAYS)
    if from_on > latest:
        raise InputError(
            f"起始日期（{from_on}）太远：最多提前{PLANNED_DAYS}天登记，最晚填{latest}。", field="from_on", code="too_far_ahead"
        )  # fmt: skip


def refuse_second_plan(unit: Unit) -> None:
    planned = unit.liaisons.filter(is_primary=True, from_on__gt=today()).select_related("person").first()
    if planned:
        raise RuleViolation(
            f"已定自{planned.from_on}起由{planned.person}担任联络员，请先撤回这次更换，再登记新的。", field="from_on",
            code="change_planned",
        )  # fmt: skip


@transaction.atomic
def withdraw_liaison(*, liaison: UnitLiaison, actor: Actor) -> UnitLiaison | None:
    """Take back a planned change (撤回更换): the present liaison goes on; returns him or her, None where nobody was.

    Raises `RuleViolation` ``withdrawn_already``, or ``begun`` once its day has come.
    """
    refuse_unless_speaks(liaison.unit, actor)
    unit = lock(liaison.unit)
    planned = unit.liaisons.filter(pk=liaison.pk).select_related("person").first()
    if planned is None:
        raise RuleViolation("这次更换已经撤回，请刷新页面。", code="withdrawn_already")
    if planned.from_on <= today():
        raise RuleViolation(
            f"{planned.person}已自{planned.from_on}起担任联络员，不能撤回；要换人的，请再登记一次更换。", code="begun"
        )  # fmt: skip
    before = (
        unit.liaisons.filter(is_primary=planned.is_primary, to_on=planned.from_on)
        .exclude(pk=planned.pk)
        .select_related("person")
        .first()
    )
    told = f"不再自{planned.from_on}起由{planned.person}担任。" + (f"仍为{before.person}。" if before else "")
    register_words.tell_liaison_withdrawn(planned, told, actor)
    planned.delete()
    if before:
        before.to_on, before.end_reason = None, ""
        before.save(update_fields=["to_on", "end_reason"])
    save_next_version(unit)
    write_history(about=unit, move="liaison_withdrawn", label="撤回更换联络员", actor=actor, note=told)
    return before


# The rosters of the joint meetings


def lock_joint_meetings(unit: Unit) -> None:
    """The bodies the unit is a member of, in their order: before the unit itself, as the verbs of bodies do."""
    member_of = BodyMember.objects.filter(unit=unit, to_on=None).values("body_id")
    list(RegionalBody.objects.select_for_update().filter(pk__in=member_of).order_by("pk").values_list("pk"))


def follow_rosters(liaison: UnitLiaison, actor: Actor) -> int:
    """Name a unit's present liaison in every joint meeting it is a member of; returns how many rosters changed."""
    members = BodyMember.objects.filter(unit=liaison.unit_id, to_on=None).exclude(liaison=liaison.person_id)
    rows = list(members.select_related("body", "liaison", "unit").order_by("body_id"))
    for member in rows:
        before, member.liaison = member.liaison, liaison.person
        member.save(update_fields=["liaison"])
        save_next_version(member.body)
        write_history(
            about=member.body, move="change_member", label="更换人员", actor=actor,
            note=f"{member.unit}，联络员：{before or '未定'} → {liaison.person}（随单位登记）。",
        )  # fmt: skip
    return len(rows)


@transaction.atomic
def follow_planned_liaisons(*, on: date) -> int:
    """Bring changes that were entered ahead into the rosters once their day has come; running twice changes nothing."""
    begun = UnitLiaison.objects.effective(on).filter(
        is_primary=True, from_on__gt=on - timedelta(days=CATCH_UP_DAYS)
    )
    changed = 0
    for liaison in begun.select_related("person", "unit").order_by("pk"):
        lock_joint_meetings(liaison.unit)
        changed += follow_rosters(liaison, SYSTEM)
    return changed


def registered_liaison(unit: Unit) -> UnitLiaison | None:
    """Who speaks for a unit today, as the unit's own register says."""
    present = unit.liaisons.effective(today()).filter(is_primary=True)
    return present.select_related("person").first()


def whom(unit: Unit, name: str, phone: str, post: str) -> Person:
    """The person meant, with the phone as it is given now."""
    phone, post = phone.strip(), post.strip()
    if not name.strip():
        raise InputError("请填写联络员姓名。", field="name")
    if len(name.strip()) > LONGEST_NAME:
        raise InputError(f"姓名最多 {LONGEST_NAME} 字。", field="name")
    if len(post) > Person._meta.get_field("post").max_length:
        raise InputError("职务最多 80 字。", field="post")
    check_phone(phone)
    named = Named(name=name, duty=post, phone=phone, is_party_member=False)
    person = find_or_record(named, place=unit.place, unit=unit, is_sample=unit.is_sample)
    if person.phone != phone:
        person.phone = phone
        save_next_version(person)
    return person


def end(last: UnitLiaison, person: Person, on: date, reason: str) -> None:
    if last.person_id == person.pk:
        raise RuleViolation(f"{person}已经是这个单位的联络员。", field="name", code="same_liaison")
    if on < last.from_on:
        raise InputError(
            f"现任联络员{last.person}自{last.from_on}起担任，新联络员的起始日期不能早于这一天。",
            field="from_on",
            code="dates_out_of_order",
        )
    if not reason.strip():
        raise InputError("请写明更换原因。", field="reason", code="reason_required")
    if len(reason.strip()) > UnitLiaison._meta.get_field("end_reason").max_length:
        raise InputError("更换原因最多 100 字。", field="reason")
    last.to_on, last.end_reason = on, reason.strip()
    last.save(update_fields=["to_on", "end_reason"])
