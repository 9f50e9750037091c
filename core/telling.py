"""Word of a fact from apps left of `notifications` (单位、会议、问题): said here, delivered by whoever registered.

An app that may not import `notifications` calls `tell` in the transaction of the fact, or registers a function that
yields what is due on a day. `notifications` registers the teller and asks `due_words` from beat.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db import models


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom it concerns: named people, and everybody who holds one of the roles at exactly this place or unit."""

    user_ids: tuple[int, ...] = ()
    roles: frozenset[str] = field(default_factory=frozenset)
    place_code: str = ""
    unit_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """One fact for some people; ``key`` names it, so that each person hears it once (``meeting-notified:12``)."""

    key: str
    to: tuple[Audience, ...]
    kind: str
    title: str
    about: models.Model
    body: str = ""
    url: str = ""
    due_on: date | None = None
    not_to: int | None = None


Teller = Callable[[Iterable[Word]], int]
DueWords = Callable[[date], Iterable[Word]]
_tellers: list[Teller] = []
_due: list[DueWords] = []


def register_teller(teller: Teller) -> None:
    """Set who delivers; one in a deployment."""
    _tellers[:] = [teller]


def tell(*words: Word) -> int:
    """Hand over words of facts in the present transaction; returns how many messages are new."""
    return sum(teller(words) for teller in _tellers)


def reminds(function: DueWords) -> DueWords:
    """Register ``function(today)``: pure, yields the words that are due on a day; the same day gives the same."""
    if function not in _due:
        _due.append(function)
    return function


def due_words(today: date) -> Iterator[Word]:
    """Everything that is to be said on a day, from every app."""
    for function in _due:
        yield from function(today)
