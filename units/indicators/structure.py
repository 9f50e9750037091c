"""What the figures of the structure count: bodies at work and the places that ought to have them, on a day."""

from datetime import date

from django.db.models import QuerySet

from units.indicators.territory import Territory
from units.models import Division, RegionalBody

TIER_LEVELS = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)


def places(territory: Territory, day: date, levels=TIER_LEVELS) -> QuerySet:
    """The subdistricts and communities (or one of the levels) of a territory on a day."""
    return Division.objects.effective(day).filter(territory.within("code"), level__in=levels)


def running(territory: Territory, day: date, levels=TIER_LEVELS, **more) -> QuerySet:
    """The bodies at work at those places on a day."""
    found = RegionalBody.objects.running_on(day).filter(territory.within(), place__level__in=levels, **more)
    return found.filter(place__in=places(territory, day, levels))


def codes(rows: QuerySet, field: str = "place_code", times: int = 1) -> list[tuple[str, int]]:
    """Each row's place once (or ``times``)."""
    return [(code, times) for code in rows.order_by().values_list(field, flat=True)]
