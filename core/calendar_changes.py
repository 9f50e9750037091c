"""Entering a holiday notice (放假安排): the override, and the due days that move with it (domain.md §2.0.6)."""

from collections.abc import Callable
from datetime import date

from django.db import transaction

from core.actor import Actor
from core.errors import InputError
from core.history import change_fields, write_history
from core.models import WorkdayOverride

# Each app with due days that follow the calendar offers how to compute its unfinished ones anew for a year.
_recomputations: list[Callable[[int, Actor], int]] = []


def recomputes_due_days(function: Callable[[int, Actor], int]) -> Callable[[int, Actor], int]:
    """Register ``function(year, actor) -> changed``, which moves the unfinished due days of a year and logs each."""
    _recomputations.append(function)
    return function


def recompute(year: int, actor: Actor) -> int:
    """Move every unfinished due day of a year to where the calendar now puts it; returns how many moved."""
    return sum(function(year, actor) for function in _recomputations)


@transaction.atomic
def enter_override(
    *, date: date, is_workday: bool, note: str = "", source: str = "", actor: Actor
) -> WorkdayOverride:
    """Say of one day whether offices work, and move the unfinished due days of its year.

    Raises `InputError` without a source: a due day moves only on the word of an announcement.
    """
    if not source.strip():
        raise InputError("请写明依据，例如“国办发明电〔2026〕8号”。", field="source")
    known = WorkdayOverride.objects.select_for_update().filter(date=date).first()
    values = {"is_workday": is_workday, "note": note.strip(), "source": source.strip()}
    if known:
        row = change_override(known, values, actor)
    else:
        row = WorkdayOverride.objects.create(date=date, **values)
        write_history(about=row, move="enter", label="录入放假安排", actor=actor)
    recompute(date.year, actor)
    return row


def change_override(row: WorkdayOverride, values: dict, actor: Actor) -> WorkdayOverride:
    return change_fields(obj=row, values=values, actor=actor, label="修改放假安排")


@transaction.atomic
def remove_override(*, override: WorkdayOverride, actor: Actor) -> None:
    """Take an override back; the calendar library counts again for that day."""
    year = override.date.year
    write_history(about=override, move="remove", label="取消放假安排", actor=actor, note=str(override))
    override.delete()
    recompute(year, actor)
