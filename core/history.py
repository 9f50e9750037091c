"""What happened to a row, by whom and with what words (时间线), written in the transaction of the fact."""

from typing import Any

from django.db import models, transaction

from core.actor import Actor
from core.errors import NUL_SENTENCE, InputError, StaleVersion
from core.models import HistoryEntry


def save_next_version(obj: models.Model) -> None:
    """Save the row and count its version up, so that an older form is recognised as stale."""
    if hasattr(obj, "version"):
        obj.version += 1
    obj.save()


def write_history(
    *,
    about: models.Model,
    move: str,
    label: str,
    actor: Actor,
    note: str = "",
    from_status: str = "",
    to_status: str = "",
    changes: dict | None = None,
) -> HistoryEntry:
    """Append one line to the row's timeline; ``changes`` is ``{field: [label, old, new]}`` in display words.

    Raises `InputError` for a note with a NUL, which no form has looked at: PostgreSQL can't store it.
    """
    if "\x00" in note:
        raise InputError(NUL_SENTENCE, field="note")
    return HistoryEntry.objects.create(
        about=about,
        move=move,
        label=label,
        from_status=from_status,
        to_status=to_status,
        actor_id=actor.user_id,
        actor_label=actor.label or actor.name,
        note=note.strip(),
        changes=changes or {},
        place_code=getattr(about, "place_code", "") or "",
    )


def display(obj: models.Model, field: str) -> str:
    """A field's value in the words a person reads."""
    getter = getattr(obj, f"get_{field}_display", None)
    value = getter() if getter else getattr(obj, field)
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def shown(obj: models.Model, field: str, words: str) -> str:
    """A value as the timeline keeps it: of an encrypted field no more than may be seen."""
    masked = getattr(obj._meta.get_field(field), "masked", None)
    return masked(words) if masked else words


def field_label(obj: models.Model, field: str) -> str:
    return str(obj._meta.get_field(field).verbose_name)


@transaction.atomic
def change_fields(
    *,
    obj: models.Model,
    values: dict[str, Any],
    actor: Actor,
    version: int | None = None,
    label: str = "修改",
    note: str = "",
) -> models.Model:
    """Set fields of a row under its lock, count its version up and write what changed to the timeline.

    Raises `StaleVersion` (with the present row as ``current``) when ``version`` is older than the row's.
    Changing nothing writes nothing.
    """
    locked = type(obj)._base_manager.select_for_update().get(pk=obj.pk)
    if version is not None and locked.version != version:
        raise StaleVersion(current=locked)
    changes = {}
    for field, value in values.items():
        old = display(locked, field)
        setattr(locked, field, value)
        new = display(locked, field)
        if old != new:
            changes[field] = [
                field_label(locked, field),
                shown(locked, field, old),
                shown(locked, field, new),
            ]
    if changes:
        save_next_version(locked)
        write_history(about=locked, move="change", label=label, actor=actor, note=note, changes=changes)
    return locked
