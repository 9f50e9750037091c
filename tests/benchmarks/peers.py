"""What the portal is measured against: the same SQL and the same answer with nothing around them."""

from functools import lru_cache

import orjson
from django.db import connection
from django.http import HttpResponse

from core.access import public
from core.clock import today
from core.indicators import rate_display, rate_of
from reporting.models import CountedChange
from reporting.versions import dated_query, versions
from units.indicators.territory import By

DISTRICT = "510107"


@lru_cache
def query():
    """The portal's own statement for the district by subdistrict, its parameters, and the places' names."""
    territory, sql, params = dated_query(DISTRICT, By.CHILD, "organization", "non_public", versions()[1])
    places = {code: place.fields() for code, place in territory.places.items()}
    return sql, [CountedChange.Topic.PLACES, [today()], *params], places


def figure(numerator: int, denominator: int, standalone: int, joint: int, excluded: int) -> dict:
    return {
        "numerator": numerator, "denominator": denominator, "rate": rate_of(numerator, denominator),
        "rate_display": rate_display(numerator, denominator), "standalone": standalone, "joint": joint,
        "uncovered": denominator - numerator, "excluded": excluded,
    }  # fmt: skip


def answer(counted: list[tuple], places: dict[str, dict]) -> dict:
    """The body of the contract from the rows of the SQL."""
    rows = [
        {"place": places[code], **figure(*counts)}
        for _, code, *counts in sorted(counted, key=lambda row: row[1])
    ]
    total = figure(*(sum(column) for column in zip(*(row[2:] for row in counted), strict=True)))
    return {
        "indicator": "COV-ORG-NP", "name": "非公企业组织覆盖率", "formula_version": 1, "place": places[DISTRICT],
        "as_of": today(), "frozen": False, "total": total, "rows": rows,
    }  # fmt: skip


@public
def bare_coverage(request):
    """A plain Django view: the SQL, the answer, orjson."""
    sql, params, places = query()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        counted = [row[2:] for row in cursor.fetchall()]
    return HttpResponse(orjson.dumps(answer(counted, places)), content_type="application/json")
