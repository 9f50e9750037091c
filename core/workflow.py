"""Statuses move only by a row of a model's MOVES table; buttons, checks, API and tests all read it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models, transaction

from core.actor import SYSTEM_ROLE, Actor
from core.errors import NotAllowed, RuleViolation
from core.history import save_next_version, write_history

AnyStatusModel = TypeVar("AnyStatusModel", bound="StatusModel")
# One limit for the words of every move, on pages, REST and import alike.
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a moves table: who, standing where, may bring a row from which states to which.

    ``standing`` names a method ``stands_<standing>(actor) -> bool`` of the model: "over" (the actor's place is
    above the row's), "unit" (the actor speaks for the row's unit), and so on. ``not_author`` refuses the
    person who submitted it: nobody approves their own paper.
    """

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    roles: frozenset[str]
    standing: str = "over"
    needs_note: bool = False
    not_author: bool = False
    tone: str = "default"
    note_label: str = "说明"

    @property
    def is_by_system(self) -> bool:
        return self.roles == frozenset({SYSTEM_ROLE})


def move(name: str, label: str, sources, target: str, roles, **more) -> Move:
    """Write a row of a moves table without ceremony."""
    sources = (sources,) if isinstance(sources, str) else tuple(sources)
    return Move(name, label, sources, target, frozenset(str(role) for role in roles), **more)


class StatusModel(models.Model):
    """A model whose ``status`` moves by its ``MOVES`` table.

    A subclass gives ``Status`` (TextChoices), ``MOVES`` and ``STEPS`` (the states of the usual way, in order,
    drawn as a line) and, where ``not_author`` is used, ``author_id``. ``STEP_AT`` says where on the line a state
    beside the usual way stands: ``{"suspended": "running"}``.
    """

    MOVES: tuple[Move, ...] = ()
    STEPS: tuple[str, ...] = ()
    STEP_AT: dict[str, str] = {}

    class Meta:
        abstract = True

    @classmethod
    def get_move(cls, name: str) -> Move:
        for row in cls.MOVES:
            if row.name == name:
                return row
        raise RuleViolation("没有这个操作。", code="unknown_move")

    def stands_over(self, actor: Actor) -> bool:
        return actor.stands_over(self.place_code)

    def stands_unit(self, actor: Actor) -> bool:
        return actor.unit_id is not None and actor.unit_id == self.unit_id

    def stands_anywhere(self, actor: Actor) -> bool:
        return True

    def is_own_paper(self, actor: Actor) -> bool:
        """Whether the actor submitted the row; a model with further people in that part says so."""
        return actor.user_id is not None and actor.user_id == getattr(self, "author_id", None)

    def may(self, row: Move, actor: Actor) -> bool:
        """Whether the actor's role, standing and independence allow this move, whatever the present state."""
        if actor.is_system:
            return True
        if actor.is_read_only or actor.role not in row.roles:
            return False
        if row.not_author and self.is_own_paper(actor):
            return False
        return getattr(self, f"stands_{row.standing}")(actor)

    def available_moves(self, actor: Actor) -> list[Move]:
        """The rows of the table that this actor may make now, in the table's order."""
        return [
            row
            for row in self.MOVES
            if self.status in row.sources and not row.is_by_system and self.may(row, actor)
        ]

    def turn_roles(self) -> frozenset[str]:
        """Whose turn it is: the roles that may move the row on from where it stands."""
        return frozenset().union(*(row.roles for row in self.MOVES if self.status in row.sources)) - {
            SYSTEM_ROLE
        }


def refuse_unless_possible(obj: StatusModel, row: Move, actor: Actor, note: str) -> None:
    """Raise the sentence that says why this actor can't make this move now."""
    if not obj.may(row, actor):
        if row.not_author and obj.is_own_paper(actor):
            raise NotAllowed("不能办理自己提交的事项，请由另一位同事办理。", code="own_paper")
        raise NotAllowed(f"您当前的身份不能“{row.label}”。")
    if obj.status not in row.sources:
        raise RuleViolation(
            f"当前状态是“{obj.get_status_display()}”，不能“{row.label}”。请刷新页面看看最新情况。",
            code="wrong_state",
        )
    if row.needs_note and not note.strip():
        raise RuleViolation(f"请填写{row.note_label}。", field="note", code="note_required", is_input=True)
    if len(note.strip()) > LONGEST_NOTE and not actor.is_system:
        raise RuleViolation(
            f"{row.note_label}最多 {LONGEST_NOTE} 字，现在有 {len(note.strip())} 字，请写短一些。",
            field="note",
            code="note_too_long",
            is_input=True,
        )


@transaction.atomic
def make_move(
    *,
    obj: AnyStatusModel,
    move: str,
    actor: Actor,
    note: str = "",
    check: Callable[[AnyStatusModel], None] | None = None,
    **changes: Any,
) -> AnyStatusModel:
    """Lock the row, make the move and write its `HistoryEntry`, all in one transaction.

    ``check(locked)`` may raise once the row is locked; ``changes`` are further fields set with the move.
    Returns the locked, saved row. Raises `NotAllowed` (role, standing, own paper) or `RuleViolation` (state, note).
    """
    row = obj.get_move(move)
    locked = type(obj)._base_manager.select_for_update().get(pk=obj.pk)
    refuse_unless_possible(locked, row, actor, note)
    if check:
        check(locked)
    before = locked.status
    locked.status = row.target
    for field, value in changes.items():
        setattr(locked, field, value)
    save_next_version(locked)
    write_history(
        about=locked,
        move=row.name,
        label=row.label,
        actor=actor,
        note=note,
        from_status=before,
        to_status=row.target,
    )
    return locked
