"""Which state of the data an answer shows: read in one short query, equal exactly while nothing changed."""

from functools import lru_cache

from django.db import connection

from core.indicators import Breakdown
from reporting.models import CountedChange
from reporting.questions import CoverageQuestion
from units.indicators import KINDS, MEASURES
from units.indicators.coverage import breakdowns, counts_query
from units.indicators.territory import Territory, read_territory

VERSIONS = """
SELECT coalesce(sum(weight), 0)::text{more}, coalesce(sum(weight) FILTER (WHERE topic = %s), 0)::text
FROM reporting_countedchange
"""
# Carriers and their stations leave no marks; there are few of them, and their version is what they say.
CARRIERS = """ || (SELECT md5(coalesce(string_agg(k::text, ',' ORDER BY k.id), '')) FROM units_carrier k)
  || (SELECT md5(coalesce(string_agg(s::text, ',' ORDER BY s.id), '')) FROM units_servicestation s)"""


def versions_sql(*, of_carriers: bool = False) -> str:
    """The statement that reads the versions; its one parameter is the topic of the places."""
    return VERSIONS.format(more=CARRIERS if of_carriers else "")


def versions(*, of_carriers: bool = False) -> tuple[str, str]:
    """The version of everything that is counted (with ``of_carriers``: carriers, too), and that of the places alone."""
    with connection.cursor() as cursor:
        cursor.execute(versions_sql(of_carriers=of_carriers), [CountedChange.Topic.PLACES])
        return cursor.fetchone()


@lru_cache(maxsize=512)
def known_territory(code: str, by: str, places_version: str) -> Territory:
    """The territory of a place; kept by this process until a place changes.

    Raises `InputError` for field ``place`` when there is no such place.
    """
    return read_territory(code, by)


# The version and the figures of one snapshot; a place without any unit still has a version.
DATED = "SELECT v.*, f.* FROM ({versions}) v LEFT JOIN ({counts}) f ON true"
_seen_places: list[str] = []


@lru_cache(maxsize=512)
def dated_query(
    place: str, by: str, measure: str, kind: str, places_version: str
) -> tuple[Territory, str, list]:
    """The territory of a question, and the statement that answers it with its parameters after the days."""
    territory = known_territory(place, by, places_version)
    counts, (_, *params) = counts_query(MEASURES[measure], KINDS[kind], territory, [])
    shown = versions_sql(of_carriers=MEASURES[measure].subject is not None)
    return territory, DATED.format(versions=shown, counts=counts), params


def count_dated(question: CoverageQuestion) -> tuple[tuple[str, str], Territory, Breakdown]:
    """The answer to a question with the versions it shows, in one statement once the places are known.

    Raises `InputError` for field ``place`` when there is no such place.
    """
    places = _seen_places[0] if _seen_places else versions()[1]
    days = [question.as_of]
    while True:
        territory, sql, params = dated_query(
            question.place, question.by, question.measure, question.kind, places
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [CountedChange.Topic.PLACES, days, *params])
            found = cursor.fetchall()
        shown = found[0][:2]
        _seen_places[:] = [shown[1]]
        if shown[1] == places:
            counted = [row[2:] for row in found if row[2] is not None]
            return shown, territory, breakdowns(territory, days, counted)[0]
        places = shown[1]
