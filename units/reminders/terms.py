"""Whom to remind of re-elections (换届提醒): six, three and one months before a term ends, and when it is over.

Source: domain.md §2.0.3, §2.14. Pure: takes the day and yields words; each stage has its own key, so that each
person hears it once, and after a pause only the stage that applies now. Nothing is said on days off.
"""

from collections.abc import Iterator
from datetime import date

from core.roles import Role
from core.telling import Audience, Word, reminds
from core.workdays import Calendar
from units.models import Division, PartyOrganization, RegionalBody
from units.terms import REMINDED_MONTHS, STAGE_WORDS, months_after, stage_on

STAFF_OF = {
    Division.Level.DISTRICT: frozenset({Role.DISTRICT}),
    Division.Level.SUBDISTRICT: frozenset({Role.SUBDISTRICT}),
    Division.Level.COMMUNITY: frozenset({Role.COMMUNITY}),
}
FIRST_MONTHS = max(REMINDED_MONTHS)


@reminds
def term_words(today: date) -> Iterator[Word]:
    """Bodies and party organizations whose term ends soon or is over."""
    if not Calendar().is_workday(today):
        return
    until = months_after(today, FIRST_MONTHS)
    bodies = RegionalBody.objects.running().filter(term_end__lte=until).select_related("place__parent")
    for body in bodies.order_by("pk"):
        yield from word_about(body, today)
    organizations = PartyOrganization.objects.filter(term_end__lte=until, dissolved_on=None).select_related(
        "place__parent"
    )
    for organization in organizations.order_by("pk"):
        yield from word_about(organization, today)


def word_about(about: RegionalBody | PartyOrganization, today: date) -> Iterator[Word]:
    stage = stage_on(today, about.term_end)
    if stage is None:
        return
    words = STAGE_WORDS[stage]
    yield Word(
        key=f"term:{about._meta.model_name}-{about.pk}:{about.term_end}:{stage}",
        to=tuple(audiences(about.place, is_over=stage == "over")),
        kind="term-over" if stage == "over" else "term-due",
        title=f"换届提醒：{about}{words}",
        body=f"本届于{about.term_end}届满，请按规定启动换届；需要延期或提前的，应先报上级批准。",
        url=about.get_absolute_url(),
        about=about,
        due_on=about.term_end,
    )


def audiences(place: Division, *, is_over: bool) -> Iterator[Audience]:
    """The staff at the place; once the term is over, those above it as well."""
    level_place = place
    while level_place is not None and level_place.level not in STAFF_OF:
        level_place = level_place.parent
    if level_place is None:
        return
    yield Audience(roles=STAFF_OF[level_place.level], place_code=level_place.code)
    above = level_place.parent
    if is_over and above is not None and above.level in STAFF_OF:
        yield Audience(roles=STAFF_OF[above.level], place_code=above.code)
