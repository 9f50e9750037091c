"""What apps lay before a joint meeting (会议材料): unclaimed projects, overdue issues, each offered by its own app.

An app registers a source in ``apps.py ready()``; a session's page offers the matters for its agenda and the meeting
pack prints them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

LIMIT = 30


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that may go on the agenda: its title, a sentence on it, and the page where it stands."""

    title: str
    background: str = ""
    url: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The matters of one source, at most `LIMIT`."""

    slug: str
    label: str
    matters: list[Matter]


Source = Callable[[str, date], list[Matter]]
_sources: dict[str, tuple[str, Source]] = {}


def offer(slug: str, label: str, source: Source) -> None:
    """Register ``source(place_code, today)``: the matters at or below a place, most urgent first."""
    _sources[slug] = (label, source)


def sections(place_code: str, today: date) -> Iterator[Section]:
    """What every app lays before a session at a place, in the order of registration."""
    for slug, (label, source) in _sources.items():
        yield Section(slug, label, list(source(place_code, today))[:LIMIT])
