"""The verbs of joint activities (共建活动): plan, change, hold, call off."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.roles import UNIT_SIDE
from core.workflow import make_move
from units.actions.units import refuse_unless_over
from units.models import Division, JointActivity, Unit
from units.queries.issues import COMMUNITY_LENGTH

MOST_PEOPLE = 20_000  # domain.md §2.11: more need evidence of their own


def check_activity(title: str, participants: int) -> None:
    if not title.strip():
        raise InputError("请写明活动名称。", field="title")
    if not 0 <= participants <= MOST_PEOPLE:
        raise InputError(f"参加人数要在 0 到 {MOST_PEOPLE} 之间。", field="participants")


def speaks_for_unit(actor: Actor) -> bool:
    return actor.role in UNIT_SIDE and actor.unit_id is not None and not actor.is_read_only


def refuse_place(place: Division, actor: Actor) -> None:
    """Staff plan at their place or below it, a unit in the community where it is (domain.md §3, Joint activity).

    Raises `NotAllowed` for other roles and places, `InputError` beside ``place`` for a unit's people elsewhere.
    """
    if not speaks_for_unit(actor):
        refuse_unless_over(place.code, actor)
        return
    home = Unit.objects.get(pk=actor.unit_id).place_code[:COMMUNITY_LENGTH]
    if place.code[:COMMUNITY_LENGTH] != home or len(place.code) < COMMUNITY_LENGTH:
        raise InputError(
            "单位登记的共建活动，地点要在单位所在的社区。到别处开展的，请由那里的社区登记。",
            field="place",
            code="not_the_units_place",
        )


def with_own(units: Iterable[Unit], actor: Actor) -> list[Unit]:
    """Those who take part; the unit that plans is always one of them."""
    found = list(units)
    if speaks_for_unit(actor) and actor.unit_id not in {unit.pk for unit in found}:
        found.append(Unit.objects.get(pk=actor.unit_id))
    return found


@transaction.atomic
def plan_activity(
    *,
    title: str,
    place: Division,
    held_on: date,
    venue: str = "",
    summary: str = "",
    units: Iterable[Unit] = (),
    actor: Actor,
) -> JointActivity:
    """Plan an activity at a place of the actor's own: staff there, a liaison for the own unit in its community.

    Raises `NotAllowed`, `InputError`.
    """
    refuse_place(place, actor)
    check_activity(title, 0)
    activity = JointActivity.objects.create(
        title=title.strip(), place=place, place_code=place.code, held_on=held_on, venue=venue.strip(), summary=summary.strip(),
        author_id=actor.user_id,
    )  # fmt: skip
    activity.units.set(with_own(units, actor))
    write_history(about=activity, move="plan", label="登记计划", actor=actor, to_status=activity.status)
    return activity


@transaction.atomic
def change_activity(
    *,
    activity: JointActivity,
    units: Iterable[Unit] | None = None,
    version: int | None = None,
    actor: Actor,
    **values,
) -> JointActivity:
    """Change a plan; what was held or called off stays as it is."""
    if not actor.is_system and (actor.is_read_only or not activity.stands_host(actor)):
        raise NotAllowed("只有所在地的工作人员和登记这项活动的单位能改。")
    if activity.status != JointActivity.Status.PLANNED:
        raise RuleViolation("已经开展或取消的活动不能再改。", code="wrong_state")
    if "place" in values:
        refuse_place(values["place"], actor)
        values["place_code"] = values["place"].code
    check_activity(values.get("title", activity.title), 0)
    saved = change_fields(obj=activity, values=values, actor=actor, version=version)
    if units is not None:
        change_units(saved, with_own(units, actor), actor)
    return saved


def change_units(activity: JointActivity, units: list[Unit], actor: Actor) -> None:
    """Set who takes part, and say so in the timeline."""
    before = sorted(unit.name for unit in activity.units.all())
    after = sorted(unit.name for unit in units)
    if before == after:
        return
    activity.units.set(units)
    save_next_version(activity)
    changes = {"units": ["参加单位", "、".join(before), "、".join(after)]}
    write_history(about=activity, move="change", label="修改", actor=actor, changes=changes)


@transaction.atomic
def hold_activity(
    *, activity: JointActivity, note: str, participants: int, held_on: date | None = None, actor: Actor
) -> JointActivity:
    """Record that it took place, on which day and with how many people.

    Raises `InputError` for a day to come, too many people, or no words on what came of it.
    """
    on = held_on or activity.held_on
    check_activity(activity.title, participants)
    if on > today():
        raise InputError("开展日期不能晚于今天。", field="held_on")
    if len(note.strip()) > 1000:
        raise InputError("最多 1000 字。", field="note")
    return make_move(
        obj=activity,
        move="hold",
        actor=actor,
        note=note,
        summary=note.strip(),
        participants=participants,
        held_on=on,
    )


@transaction.atomic
def cancel_activity(*, activity: JointActivity, note: str, actor: Actor) -> JointActivity:
    """Call a plan off, with the reason."""
    return make_move(obj=activity, move="cancel", actor=actor, note=note)


ACTIVITY_MOVES = {"hold": hold_activity, "cancel": cancel_activity}
