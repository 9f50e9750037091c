"""One box for units, projects, people in role … (搜索): each app offers what it can find for an actor."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core.actor import Actor

HITS_PER_KIND = 8
MAX_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: its name, where it stands, and its page."""

    title: str
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one app found, and the list page with all of it."""

    label: str
    hits: list[Hit] = field(default_factory=list)
    more_url: str = ""


Finder = Callable[[Actor, str, int], Iterable[Hit]]
_finders: dict[str, tuple[Finder, Callable[[str], str] | None]] = {}


def offer(label: str, finder: Finder, more: Callable[[str], str] | None = None) -> None:
    """Offer ``finder(actor, text, limit)`` under a heading; ``more(text)`` is the address of the whole list."""
    _finders[label] = (finder, more)


def clean(text: str) -> str:
    """What is searched for: no NUL, no surplus blanks, at most 60 characters."""
    return " ".join(text.replace("\x00", "").split())[:MAX_LENGTH]


def search(actor: Actor, text: str) -> list[Finding]:
    """What the actor may see that matches, by kind; empty for an empty text."""
    wanted = clean(text)
    if not wanted or actor.is_anonymous:
        return []
    found = []
    for label, (finder, more) in _finders.items():
        hits = list(finder(actor, wanted, HITS_PER_KIND + 1))
        if hits:
            found.append(
                Finding(
                    label, hits[:HITS_PER_KIND], more(wanted) if more and len(hits) > HITS_PER_KIND else ""
                )
            )
    return found
