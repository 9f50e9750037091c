"""The verbs of further premises (分支经营点): a unit is seen where it works, and counted once, where it is registered."""

from datetime import date

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.constraints import explained
from core.errors import InputError, RuleViolation
from core.history import save_next_version, write_history
from units.actions.units import lock, refuse_unless_over
from units.models import Division, Unit, UnitPremises
from units.queries.units import root_place
from units.rules import check_not_future, check_place

COMMUNITY_LENGTH = 12


@transaction.atomic
def add_premises(
    *, unit: Unit, place: Division, from_on: date, address: str = "", employees: int = 0, actor: Actor
) -> UnitPremises:
    """Enter a further place of business in another community; whoever works there may read the unit from now on.

    Raises `NotAllowed` unless the actor stands over the place the unit is counted in, `InputError` beside a field.
    """
    refuse_unless_over(unit.place_code, actor)
    locked = lock(unit)
    if locked.merged_into_id is not None:
        raise RuleViolation("这个单位已经并入其他单位。", code="unit_merged")
    check_place(place, today(), root_place().administered_by)
    if place.code[:COMMUNITY_LENGTH] == locked.place_code[:COMMUNITY_LENGTH]:
        raise InputError("这就是单位登记所在的社区，不用再登记经营点。", field="place", code="own_place")
    check_not_future(from_on, today(), field="from_on", label="起始日期")
    with explained(premises_once="place"):
        premises = UnitPremises.objects.create(
            unit=locked, place=place, address=address.strip(), employees=employees, from_on=from_on
        )
    save_next_version(locked)
    note = f"自{from_on}起在{place}有经营点。"
    write_history(about=locked, move="premises", label="登记分支经营点", actor=actor, note=note)
    return premises


@transaction.atomic
def end_premises(*, premises: UnitPremises, on: date, actor: Actor) -> UnitPremises:
    """The unit works there no longer from a day on."""
    refuse_unless_over(premises.unit.place_code, actor)
    locked = lock(premises.unit)
    row = UnitPremises.objects.select_for_update(of=("self",)).select_related("place").get(pk=premises.pk)
    if row.to_on is not None:
        raise RuleViolation(f"这个经营点已于{row.to_on}结束。", code="already_ended")
    check_not_future(on, today(), field="on", label="结束日期")
    if on <= row.from_on:
        raise InputError(f"结束日期要晚于起始日期（{row.from_on}）。", field="on", code="dates_out_of_order")
    row.to_on = on
    row.save(update_fields=["to_on"])
    save_next_version(locked)
    write_history(
        about=locked,
        move="premises_end",
        label="结束分支经营点",
        actor=actor,
        note=f"自{on}起不再在{row.place}经营。",
    )
    return row
