"""The verbs of joint activities (共建活动): plan, change, hold, call off."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.errors import InputError, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.workflow import make_move
from units.actions.units import refuse_unless_over
from units.models import Division, JointActivity, Unit

MOST_PEOPLE = 20_000  # domain.md §2.11: more need evidence of their own


def check_activity(title: str, participants: int) -> None:
    if not title.strip():
        raise InputError("请写明活动名称。", field="title")
    if not 0 <= participants <= MOST_PEOPLE:
        raise InputError(f"参加人数要在 0 到 {MOST_PEOPLE} 之间。", field="participants")


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
    """Plan an activity at a place of the actor's own. Raises `NotAllowed`, `InputError`."""
    refuse_unless_over(place.code, actor)
    check_activity(title, 0)
    activity = JointActivity.objects.create(
        title=title.strip(), place=place, place_code=place.code, held_on=held_on, venue=venue.strip(), summary=summary.strip(),
        author_id=actor.user_id,
    )  # fmt: skip
    activity.units.set(units)
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
    refuse_unless_over(activity.place_code, actor)
    if activity.status != JointActivity.Status.PLANNED:
        raise RuleViolation("已经开展或取消的活动不能再改。", code="wrong_state")
    if "place" in values:
        refuse_unless_over(values["place"].code, actor)
        values["place_code"] = values["place"].code
    check_activity(values.get("title", activity.title), 0)
    saved = change_fields(obj=activity, values=values, actor=actor, version=version)
    if units is not None:
        change_units(saved, list(units), actor)
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
