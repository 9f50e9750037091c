"""What waits for a person (待办): each app offers its own, the workbench, the header and the API read them all.

An app registers its ``todo`` modules in ``apps.py ready()``. A module offers any of

* ``todo_items(actor, today) -> list[TodoItem]``: what this actor is to do now,
* ``todo_count(actor, today) -> int``: how many there are, where counting is cheaper than listing,
* ``waiting_items(actor, today) -> list[WaitingItem]``: what this actor waits for others to do.

Each is one or two queries whatever the number of rows, and lists at most `LIMIT` of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType

from core.actor import Actor
from core.components import Tag

LIMIT = 200
SOON_DAYS = 3


@dataclass(frozen=True, slots=True)
class TodoItem:
    """One thing the actor is to do: what, why it is his or hers, until when, and the page where it is done.

    ``status_tag`` is the state in colour, icon and word; without one it tells how near the due day is.
    ``kind`` is a slug for the API ("visit-record").
    """

    title: str
    why: str
    url: str
    action_label: str
    due_on: date | None = None
    status_tag: Tag | None = None
    kind: str = ""

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One thing the actor waits for: what, whose turn it is (within ``title``), and since which day."""

    title: str
    url: str
    since: date | None = None
    kind: str = ""

    def days(self, today: date) -> int:
        return (today - self.since).days if self.since else 0


@dataclass
class Registry:
    """The ``todo`` modules of the apps, in the order in which the apps were started."""

    modules: dict[str, ModuleType] = field(default_factory=dict)

    def offers(self, name: str) -> Iterator:
        return (getattr(module, name) for module in self.modules.values() if hasattr(module, name))


_registry = Registry()


def register(*modules: ModuleType) -> None:
    """Offer an app's to-dos; registering the same module again changes nothing."""
    _registry.modules |= {module.__name__: module for module in modules}


def due_tag(due_on: date | None, today: date) -> Tag:
    """How near a due day is, in words: 逾期 2 天, 今天到期, 明天到期, 还有 5 天."""
    if due_on is None:
        return Tag("待办理", "info")
    days = (due_on - today).days
    if days < 0:
        return Tag(f"逾期 {-days} 天", "late")
    if days == 0:
        return Tag("今天到期", "late")
    words = "明天到期" if days == 1 else f"还有 {days} 天"
    return Tag(words, "wait" if days <= SOON_DAYS else "info")


def sort_key(item: TodoItem) -> tuple:
    """Overdue and nearest first, what has no due day last."""
    return (item.due_on is None, item.due_on or date.max, item.title)


def todo_items(actor: Actor, today: date) -> list[TodoItem]:
    """Everything that waits for this actor, most urgent first."""
    if actor.is_anonymous:
        return []
    return sorted(
        (item for offer in _registry.offers("todo_items") for item in offer(actor, today)), key=sort_key
    )


def waiting_items(actor: Actor, today: date) -> list[WaitingItem]:
    """Everything this actor waits for, longest first."""
    if actor.is_anonymous:
        return []
    found = [item for offer in _registry.offers("waiting_items") for item in offer(actor, today)]
    return sorted(found, key=lambda item: (item.since or today, item.title))


def todo_count(actor: Actor, today: date) -> int:
    """How many things wait for this actor."""
    if actor.is_anonymous:
        return 0
    return sum(count_of(module, actor, today) for module in _registry.modules.values())


def count_of(module: ModuleType, actor: Actor, today: date) -> int:
    if hasattr(module, "todo_count"):
        return module.todo_count(actor, today)
    return len(module.todo_items(actor, today)) if hasattr(module, "todo_items") else 0
