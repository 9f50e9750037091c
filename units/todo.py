"""What waits for whom in the register (待办): one function per part, each in a module of its own."""

from datetime import date

from core.actor import Actor
from core.todo import TodoItem, WaitingItem
from units import todo_bodies, todo_carriers, todo_issues, todo_register

PARTS = (todo_bodies, todo_issues, todo_carriers, todo_register)


def todo_items(actor: Actor, today: date) -> list[TodoItem]:
    return [item for part in PARTS for item in part.todo_items(actor, today)]


def todo_count(actor: Actor, today: date) -> int:
    return sum(part.todo_count(actor, today) for part in PARTS)


def waiting_items(actor: Actor, today: date) -> list[WaitingItem]:
    return [item for part in PARTS for item in part.waiting_items(actor, today)]
