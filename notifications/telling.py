"""Delivery of words from the apps on the left (`core.telling`): who is meant becomes people, each told once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date

from django.db.models import Q

from accounts.models import Membership
from core.clock import today
from core.roles import UNIT_SIDE
from core.telling import Audience, Word, due_words
from notifications.outbox import Message, put


class Directory:
    """Who holds which role where on one day, read in one query and asked for every audience.

    With ``audiences`` only the places and units they name are read; without, all of the deployment.
    """

    def __init__(self, on: date, audiences: Collection[Audience] | None = None):
        self.at_place: dict[tuple[str, str], set[int]] = defaultdict(set)
        self.of_unit: dict[tuple[int, str], set[int]] = defaultdict(set)
        held = Membership.objects.effective(on).filter(user__is_active=True)
        if audiences is not None:
            places = {audience.place_code for audience in audiences}
            units = {unit for audience in audiences for unit in audience.unit_ids}
            held = held.filter(Q(place__code__in=places) | Q(unit__in=units))
        for user, role, place, unit in held.values_list("user_id", "role", "place__code", "unit_id"):
            if unit:
                self.of_unit[unit, role].add(user)
            elif place:
                self.at_place[place, role].add(user)

    def people(self, audience: Audience) -> set[int]:
        """The primary keys of everybody meant; a unit without roles means those who speak for it."""
        found = set(audience.user_ids)
        for role in audience.roles:
            found |= self.at_place.get((audience.place_code, role), set())
        for unit in audience.unit_ids:
            for role in audience.roles & UNIT_SIDE or UNIT_SIDE:
                found |= self.of_unit.get((unit, role), set())
        return found

    def told_of(self, word: Word) -> set[int]:
        everybody = set().union(*(self.people(audience) for audience in word.to))
        return everybody - {word.not_to}


def messages(words: Iterable[Word], directory: Directory) -> Iterator[Message]:
    """One message for each person and word."""
    for word in words:
        for recipient in sorted(directory.told_of(word)):
            yield Message(
                key=word.key,
                recipient_id=recipient,
                kind=word.kind,
                title=word.title,
                about=word.about,
                body=word.body,
                url=word.url,
                due_on=word.due_on,
            )


def tell_words(words: Iterable[Word]) -> int:
    """Store the messages in the present transaction; returns how many are new (`core.telling.tell` calls this)."""
    told = list(words)
    audiences = [audience for word in told for audience in word.to]
    return put(messages(told, Directory(today(), audiences)))


def tell_what_is_due(on: date | None = None) -> int:
    """Say everything that is due on a day (today); running it again says nothing twice."""
    day = on or today()
    return put(messages(due_words(day), Directory(day)))
