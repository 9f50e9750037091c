"""PRJ-REGULAR, PRJ-CLAIM, PRJ-DONE and UNIT-PART: what counts, that rows add up to the total, and that each cell opens."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection

from core.indicators import get_indicator
from projects.models import Project, ProjectClaim, Resource
from tests.factories.bodies import make_body
from tests.factories.projects import make_claim, make_project
from tests.factories.projects_lists import make_booking, make_resource
from tests.factories.units import make_unit
from tests.rest import Rest
from units.indicators.territory import By, read_territory
from units.models import BodyMember

pytestmark = pytest.mark.django_db
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        yield


def at(day: str) -> datetime:
    """Noon in Chengdu."""
    return datetime.fromisoformat(f"{day}T12:00:00+08:00")


def led(place, unit, *, decided: str = "2026-03-02", **fields) -> Project:
    """A running project published in February whose lead was confirmed in March."""
    fields = {
        "status": "running", "published_at": at("2026-02-02"), "start_on": date(2026, 3, 9), "started_on": date(2026, 3, 9),
        "end_on": date(2026, 10, 31), **fields,
    }  # fmt: skip
    project = make_project(place=place, **fields)
    make_claim(project=project, unit=unit, status="confirmed", decided_at=at(decided))
    return project


def value(id: str, code: str = "510107", days=YEAR) -> tuple[int, int | None]:
    """(numerator, denominator), after checking that rows add up and that every cell equals its list."""
    indicator = get_indicator(id)
    territory = read_territory(code, By.SUBDISTRICT)
    total, rows = (lambda made: (made.total, made.rows))(indicator.count(territory, *days))
    assert sum(figure.numerator for _, figure in rows) == total.numerator
    assert indicator.members("numerator", territory, *days).count() == total.numerator
    if total.denominator is not None:
        assert sum(figure.denominator for _, figure in rows) == total.denominator
        assert indicator.members("denominator", territory, *days).count() == total.denominator
        assert indicator.members("missing", territory, *days).count() == total.denominator - total.numerator
    return total.numerator, total.denominator


def test_regular_projects_are_those_at_work_in_the_period(huangmenjie, jinyan, unit):
    led(huangmenjie, unit, is_regular=True)
    led(jinyan, unit, is_regular=True, status="done", completed_on=date(2026, 6, 1))
    led(huangmenjie, unit, is_regular=True, status="archived", completed_on=date(2025, 12, 31))
    over = led(huangmenjie, unit, is_regular=True, status="terminated")
    over.claims.update(status="quit", slot=None, left_on=date(2026, 4, 1))
    led(huangmenjie, unit)
    make_project(place=huangmenjie, is_regular=True, status="open")
    led(
        huangmenjie,
        unit,
        is_regular=True,
        started_on=date(2027, 1, 4),
        start_on=date(2027, 1, 4),
        end_on=date(2027, 9, 1),
    )
    assert value("PRJ-REGULAR") == (2, None)
    assert value("PRJ-REGULAR", "510107005") == (1, None)
    assert value("PRJ-REGULAR", days=(date(2026, 7, 1), date(2026, 9, 30))) == (1, None)
    assert value("PRJ-REGULAR", days=(date(2026, 1, 1), date(2026, 3, 8))) == (0, None)


def test_a_called_off_project_still_lowers_the_rate_of_claims(huangmenjie, jinyan, unit):
    led(huangmenjie, unit)
    late = led(jinyan, unit, decided="2026-07-01")
    make_project(place=huangmenjie, status="terminated", published_at=at("2026-02-10"))
    make_project(place=huangmenjie, status="open", published_at=at("2025-12-31"))
    make_project(place=huangmenjie, status="draft")
    assert value("PRJ-CLAIM") == (2, 3)
    assert value("PRJ-CLAIM", days=(date(2026, 1, 1), date(2026, 6, 30))) == (1, 3)
    ProjectClaim.objects.filter(project=late).update(status="quit", slot=None, left_on=date(2026, 11, 20))
    assert value("PRJ-CLAIM") == (1, 3)
    # What happened in November changes nothing in summer.
    assert value("PRJ-CLAIM", days=(date(2026, 1, 1), date(2026, 9, 30))) == (2, 3)


def test_the_day_of_publication_is_the_local_one(huangmenjie, unit):
    """20:00 in Greenwich on New Year's Eve is the new year in Chengdu."""
    led(huangmenjie, unit, published_at=datetime(2025, 12, 31, 20, tzinfo=UTC))
    assert value("PRJ-CLAIM") == (1, 1)


def test_done_of_those_taken_on_and_due(huangmenjie, jinyan, unit):
    led(huangmenjie, unit, status="done", completed_on=date(2026, 10, 30))
    led(jinyan, unit, status="archived", end_on=date(2026, 10, 31), completed_on=date(2027, 1, 8))
    led(huangmenjie, unit)
    failed = led(huangmenjie, unit, status="terminated")
    failed.claims.update(status="quit", slot=None, left_on=date(2026, 9, 1))
    led(huangmenjie, unit, end_on=date(2026, 12, 15))
    led(huangmenjie, unit, end_on=date(2027, 6, 30), status="done", completed_on=date(2026, 11, 2))
    make_project(place=huangmenjie, status="unclaimed", start_on=date(2026, 3, 9), end_on=date(2026, 10, 31))
    assert value("PRJ-DONE") == (2, 5)
    assert value("PRJ-DONE", "510107005") == (2, 4)
    # Completed early: in the period of its completion, not in that of its last day.
    assert value("PRJ-DONE", days=(date(2027, 4, 1), date(2027, 6, 30))) == (0, 0)


PROJECT_YEARS = """
    SELECT count(*) FILTER (WHERE project.completed_on <= %(last)s OR year.accepted_on <= %(last)s), count(*)
    FROM projects_project project
    LEFT JOIN projects_projectyear year ON year.project_id = project.id AND project.term = 'long'
        AND year.year = extract(year FROM %(first)s::date)
    WHERE project.published_at IS NOT NULL AND project.started_on <= %(last)s
        AND (project.term = 'short' OR year.id IS NOT NULL)
        AND least(project.end_on, project.completed_on,
            CASE project.term WHEN 'long' THEN make_date(extract(year FROM %(first)s::date)::int, 12, 31) END)
            BETWEEN %(first)s AND %(last)s
"""


def test_a_long_project_is_due_every_year_as_counted_by_sql_of_its_own(huangmenjie, jinyan, unit):
    """Three long projects over 2025 to 2027 and one short: one year accepted, one not, one completed early."""
    span = {
        "term": "long",
        "started_on": date(2025, 2, 3),
        "start_on": date(2025, 2, 3),
        "end_on": date(2027, 12, 31),
    }
    accepted, idle = led(huangmenjie, unit, **span), led(jinyan, unit, **span)
    early = led(huangmenjie, unit, **span, status="done", completed_on=date(2026, 5, 4))
    led(huangmenjie, unit, status="done", completed_on=date(2026, 10, 30))
    late = {"status": "accepted", "summary": "修了三百件。"}
    for project in (accepted, idle, early):
        project.years.create(
            year=2025, **({"accepted_on": date(2025, 12, 20), **late} if project == accepted else {})
        )
        project.years.create(year=2026)
    idle.years.filter(year=2025).update(accepted_on=date(2026, 1, 8), **late)
    asked = [
        ((date(2025, 1, 1), date(2025, 12, 31)), (1, 3)),
        ((date(2026, 4, 1), date(2026, 6, 30)), (1, 1)),
    ]
    for (first, last), expected in asked:
        with connection.cursor() as cursor:
            cursor.execute(PROJECT_YEARS, {"first": first, "last": last})
            assert cursor.fetchone() == value("PRJ-DONE", days=(first, last)) == expected
    # This year's is not over: what goes on is not due yet.
    assert value("PRJ-DONE") == (2, 2)
    with time_machine.travel("2027-01-04T10:00:00+08:00", tick=False):
        assert value("PRJ-DONE") == (2, 4)


def test_a_quit_in_november_changes_nothing_before_it(huangmenjie, yulin, unit):
    body = make_body(place=yulin, kind="joint_meeting")
    BodyMember.objects.create(body=body, unit=unit, from_on=date(2025, 1, 1))
    led(huangmenjie, unit, is_regular=True)
    spring, year = (date(2026, 3, 1), date(2026, 3, 31)), YEAR
    before = [value(id, days=spring) for id in ("PRJ-REGULAR", "UNIT-PART")]
    ProjectClaim.objects.update(status="quit", slot=None, left_on=date(2026, 11, 20))
    assert [value(id, days=spring) for id in ("PRJ-REGULAR", "UNIT-PART")] == before == [(1, None), (1, 1)]
    assert [value(id, days=year) for id in ("PRJ-REGULAR", "UNIT-PART")] == [(0, None), (0, 1)]


def test_units_taking_part_of_all_members(huangmenjie, yulin, jinyan, unit, other_unit):
    body = make_body(place=yulin, kind="joint_meeting")
    idle = make_unit(place=huangmenjie)
    for member in (unit, other_unit, idle):
        BodyMember.objects.create(body=body, unit=member, from_on=date(2025, 1, 1))
    led(huangmenjie, unit)
    led(huangmenjie, unit)
    led(jinyan, make_unit(place=jinyan))
    joint = led(huangmenjie, unit, status="done", completed_on=date(2026, 5, 1))
    make_claim(project=joint, unit=other_unit, kind="joint", status="confirmed", decided_at=at("2026-03-03"))
    assert value("UNIT-PART") == (2, 3)
    assert value("UNIT-PART", days=(date(2026, 7, 1), date(2026, 12, 31))) == (1, 3)
    assert value("UNIT-PART", days=(date(2026, 1, 1), date(2026, 2, 28))) == (0, 3)


def test_long_ones_the_three_biggest_units_and_used_resources(huangmenjie, jinyan, unit, other_unit):
    others = [make_unit(place=huangmenjie) for _ in range(3)]
    for _ in range(3):
        led(huangmenjie, unit, term="long")
    for one in (other_unit, other_unit, *others):
        led(jinyan, one)
    led(huangmenjie, other_unit, status="done", completed_on=date(2026, 5, 1))
    left = led(huangmenjie, unit)
    left.claims.update(status="quit", slot=None, left_on=date(2026, 9, 1))
    assert value("PRJ-LONG") == (3, 9)
    assert value("PRJ-LONG", days=(date(2026, 8, 1), date(2026, 8, 31))) == (3, 9)
    # Three of the one, two of the other, and one of the third, who registered first of the rest.
    assert (value("PRJ-TOP3"), value("PRJ-TOP3", "510107005")) == ((6, 8), (3, 3))
    resource = make_resource(unit=unit)
    make_resource(unit=unit, status="withdrawn")
    make_resource(unit=other_unit)
    Resource.objects.update(created_at=at("2026-03-02"))
    make_booking(resource=resource, place=jinyan, status="feedback", on=date(2026, 10, 9))
    make_booking(resource=resource, place=jinyan, status="declined", on=date(2026, 6, 9))
    assert value("PRJ-RESUSE") == (1, 2)
    assert value("PRJ-RESUSE", days=(date(2026, 4, 1), date(2026, 6, 30))) == (0, 2)


def test_they_are_published_over_rest_with_their_definition(huangmenjie, unit):
    led(huangmenjie, unit, is_regular=True)
    for id, numbers in (
        ("PRJ-REGULAR", (1, None)),
        ("PRJ-CLAIM", (1, 1)),
        ("PRJ-DONE", (0, 1)),
        ("UNIT-PART", (0, 0)),
    ):
        answer = Rest().get(f"/api/v1/statistics/indicators/{id}/?period=2026&place=510107").json()
        assert (answer["total"]["numerator"], answer["total"]["denominator"], answer["formula_version"]) == (
            *numbers,
            2,
        ), id
