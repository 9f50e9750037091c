"""What follows a unit into the one it is merged into (并入): each app says it for its own rows.

An app right of `units` registers its `Carried` kinds in ``apps.py ready()``; `units.actions.merging` asks all of them.
A guard test knows every foreign key to `Unit`: it is carried, or stays with the entry that was merged for a reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models

from core.actor import Actor
from units.models import Unit

KEEP, TAKE = "keep", "take"
# What the form asks where both have something open of which only one can go on (去向).
SIDES = {KEEP: "以保留的单位为准", TAKE: "以并入的单位为准"}


@dataclass(frozen=True)
class Merging:
    """One merging under way: ``source`` becomes part of ``target`` from ``on``; ``choices`` say where open work goes."""

    source: Unit
    target: Unit
    on: date
    actor: Actor
    choices: Mapping[str, str]

    @property
    def note(self) -> str:
        return f"“{self.source}”并入“{self.target}”。"


Clash = Callable[[Unit, Unit], models.QuerySet]


def nothing(source: Unit, target: Unit) -> models.QuerySet:
    """No row stands in the way."""
    return Unit.objects.none()


@dataclass(frozen=True)
class Carried:
    """One kind of rows of a unit.

    ``clash(source, target)`` gives the source's open rows that can't go on beside the target's own; where there are
    any the form must say which side goes on, and ``settle(merging, is_taken)`` ends the other. ``refuse`` gives a
    sentence for what must be finished before. ``stay`` gives rows that remain with the merged entry.
    """

    name: str
    label: str
    model: type[models.Model]
    fields: tuple[str, ...] = ("unit",)
    clash: Clash = nothing
    settle: Callable[[Merging, bool], None] | None = None
    stay: Clash = nothing
    refuse: Callable[[Unit, Unit], str] = field(default=lambda source, target: "")
    move: Callable[[Merging], None] | None = None

    def rows(self, unit: Unit) -> models.QuerySet:
        mine = models.Q(*[(name, unit) for name in self.fields], _connector=models.Q.OR)
        return self.model._base_manager.filter(mine)

    def is_clashing(self, source: Unit, target: Unit) -> bool:
        return self.clash(source, target).exists()

    def carry(self, merging: Merging) -> None:
        """Settle what clashes, then let every row that may follow point to the target."""
        source, target = merging.source, merging.target
        if self.settle and self.is_clashing(source, target):
            self.settle(merging, merging.choices.get(self.name) == TAKE)
        if self.move:
            self.move(merging)
            return
        staying = list(self.stay(source, target).values_list("pk", flat=True))
        for name in self.fields:
            rows = self.model._base_manager.filter(**{name: source}).exclude(pk__in=staying)
            rows.update(**{name: target})


# (model, field) → why those rows stay with the entry that was merged
STAYS = {
    ("units.OperatingSpell", "unit"): "since when the entry itself counted",
    ("units.UnitName", "unit"): "what the entry itself was called",
    ("units.ImportedChange", "unit"): "what an import found there",
    ("units.UnitChangeRequest", "unit"): "what was asked for the entry; open ones are decided before",
    ("units.DenominatorExit", "unit"): "what was asked for the entry; open ones are decided before",
}
_kinds: dict[str, Carried] = {}


def register(*kinds: Carried) -> None:
    """Offer kinds of rows; registering the same name again replaces it."""
    _kinds.update({kind.name: kind for kind in kinds})


def kinds() -> list[Carried]:
    return list(_kinds.values())


def end_open(rows: models.QuerySet, on: date, **more: Any) -> None:
    """End rows that last, on a day; one that began later ends as soon as it may."""
    for row in rows:
        row.to_on = max(on, row.from_on)
        for name, value in more.items():
            setattr(row, name, value)
        row.save()


def carried_fields() -> set[tuple[str, str]]:
    """Every (model, field) that some kind carries."""
    return {(kind.model._meta.label, name) for kind in _kinds.values() for name in kind.fields}


def preview(source: Unit, target: Unit) -> Iterable[tuple[Carried, int, int, bool]]:
    """(kind, rows of the source, rows of the target, whether it must be decided) for each kind there is anything of."""
    for kind in _kinds.values():
        mine, theirs = kind.rows(source).count(), kind.rows(target).count()
        if mine:
            yield kind, mine, theirs, kind.is_clashing(source, target)
