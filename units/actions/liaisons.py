"""The verbs of liaisons (联络员): one speaks for a unit from a day to a day, and a change is reported at once.

Source: domain.md §2.0.2 (联络员信息动态报备机制). The account by which a liaison signs in is changed by
`accounts.actions.hand_over_liaison`, which calls `replace_liaison`.
"""

from datetime import date

from django.db import transaction

from core.actor import Actor
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import save_next_version, write_history
from core.roles import STAFF, UNIT_SIDE
from units.actions.people import LONGEST_NAME, Named, find_or_record
from units.actions.units import lock
from units.models import Person, Unit, UnitLiaison
from units.rules import check_phone
from units.words import register as register_words


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
    field, `RuleViolation` for a unit that was merged or a day before the present liaison began.
    """
    refuse_unless_speaks(unit, actor)
    locked = lock(unit)
    if locked.merged_into_id is not None:
        raise RuleViolation("这个单位已经并入其他单位。", code="unit_merged")
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
    return liaison


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
