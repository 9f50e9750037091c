"""服务人次 PRJ-PT, sessions held and the satisfaction of those served: what counts, where, and that it adds up."""

from datetime import date

import pytest
import time_machine
from django.db import connection

from core.errors import InputError
from core.indicators import get_indicator
from projects.models import Session
from tests.factories.projects_sessions import make_evaluations, make_session, make_working_claim
from tests.rest import Rest
from units.indicators.territory import By, read_territory

pytestmark = pytest.mark.django_db

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
# Inside the district's border, but run by the High-Tech Zone.
HIGH_TECH = "510107061"


@pytest.fixture
def held(places, unit, other_unit, huangmenjie, yulin, jinyan) -> dict[str, Session]:
    """Sessions of 2025 and 2026 at four places, in every state."""
    dates = {"start_on": date(2025, 1, 1), "end_on": date(2027, 12, 31)}
    claim = make_working_claim(place=huangmenjie, unit=unit, **dates)
    claim.project.more_places.add(yulin)
    far = make_working_claim(place=jinyan, unit=other_unit, **dates)
    high_tech = make_working_claim(place=places[HIGH_TECH], unit=other_unit, **dates)
    made = [
        ("january", claim, {"held_on": date(2026, 1, 1), "person_times": 100}),
        ("april", claim, {"held_on": date(2026, 4, 30), "person_times": 20}),
        ("yulin", claim, {"held_on": date(2026, 4, 30), "person_times": 3, "place": yulin}),
        ("december", far, {"held_on": date(2026, 12, 31), "person_times": 50}),
        ("last_year", far, {"held_on": date(2025, 12, 31), "person_times": 7}),
        ("high_tech", high_tech, {"held_on": date(2026, 4, 1), "person_times": 900, "evidence": "tickets"}),
    ]
    found = {
        name: make_session(claim=one, status="confirmed", **fields) for name, one, fields in made
    }  # fmt: skip
    for number, status in enumerate(("recorded", "returned", "voided", "revoked"), 1):
        make_session(
            claim=claim, status=status, held_on=date(2026, 4, number), person_times=1000, evidence="tickets"
        )
    return found


def value(name: str, place: str = "510107", days: tuple[date, date] = YEAR) -> tuple[int, int | None]:
    total = get_indicator(name).count(read_territory(place, By.NONE), *days).total
    return total.numerator, total.denominator


def sql(first: date, last: date, prefix: str) -> tuple[int, int]:
    """An independent count: sums by plain SQL, without what the High-Tech Zone runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(s.person_times), 0), count(*) FROM projects_session s"
            " JOIN units_division d ON d.id = s.place_id WHERE s.status = 'confirmed' AND s.held_on >= %s AND s.held_on <= %s"
            " AND d.code LIKE %s AND substr(d.code, 1, 9) NOT IN ('510107061', '510107062', '510107063', '510107064')",
            [first, last, f"{prefix}%"],
        )
        return cursor.fetchone()


def test_confirmed_sessions_of_the_period_count_where_they_were_held(held):
    april = (date(2026, 4, 1), date(2026, 4, 30))
    for place, days, served, sessions in (
        ("510107", YEAR, 173, 4), ("510107", april, 23, 2), ("510107005", YEAR, 123, 3), ("510107005008", YEAR, 120, 2),
        ("510107009", YEAR, 50, 1), ("510107", (date(2025, 1, 1), date(2025, 12, 31)), 7, 1), (HIGH_TECH, YEAR, 900, 1),
    ):  # fmt: skip
        assert value("PRJ-PT", place, days) == (served, None), place
        assert value("PRJ-SES", place, days) == (sessions, None), place
        if place != HIGH_TECH:
            assert sql(*days, place) == (served, sessions)


def test_rows_add_up_and_every_figure_is_the_sum_of_its_sessions(held):
    indicator = get_indicator("PRJ-PT")
    for place, by in (("510107", By.SUBDISTRICT), ("510107", By.COMMUNITY), ("510107005", By.CHILD)):
        territory = read_territory(place, by)
        counted = indicator.count(territory, *YEAR)
        assert (
            sum(figure.numerator for _, figure in counted.rows)
            == counted.total.numerator
            == value("PRJ-PT", place)[0]
        )
        for row, figure in counted.rows:
            inside = indicator.members("numerator", read_territory(row.code, By.NONE), *YEAR)
            if row.level == territory.level:
                assert sum(inside.values_list("person_times", flat=True)) == figure.numerator
    members = indicator.members("numerator", read_territory("510107", By.NONE), *YEAR)
    assert set(members) == {held["january"], held["april"], held["yulin"], held["december"]}


def test_a_place_with_few_evaluations_is_left_out_and_rows_still_add_up(held):
    make_evaluations(held["january"], satisfied=3, fairly=1)
    make_evaluations(held["april"], dissatisfied=2)
    make_evaluations(held["yulin"], dissatisfied=4)
    make_evaluations(held["december"], satisfied=5)
    make_evaluations(Session.objects.get(status="recorded"), dissatisfied=9)
    indicator, territory = get_indicator("PRJ-SAT"), read_territory("510107", By.COMMUNITY)
    counted = indicator.count(territory, *YEAR)
    assert (counted.total.numerator, counted.total.denominator) == (9, 11)
    shown = {
        place.code: (figure.numerator, figure.denominator)
        for place, figure in counted.rows
        if figure.denominator
    }
    assert shown == {"510107005008": (4, 6), "510107009001": (5, 5)}
    for cell, behind in (
        ("numerator", {"510107005008": 4, "510107009001": 5}),
        ("denominator", {"510107005008": 6, "510107009001": 5}),
        ("missing", {"510107005008": 2}),
    ):
        assert dict(indicator.members(cell, territory, *YEAR).values_list("code", "counted")) == behind
    assert value("PRJ-SAT", "510107", (date(2026, 4, 1), date(2026, 4, 30))) == (0, 0)


@time_machine.travel("2026-11-24T09:00:00+08:00", tick=False)
def test_over_rest_by_year_quarter_and_month(held):
    client = Rest()
    for period, total in (("2026", 123), ("2026-Q2", 23), ("2026-04", 23), ("2026-01", 100), ("2025", 7)):
        answer = client.get(f"/api/v1/statistics/indicators/PRJ-PT/?period={period}&place=510107").json()
        assert (answer["total"]["numerator"], answer["total"]["denominator"]) == (total, None), period
        assert sum(row["numerator"] for row in answer["rows"]) == total
    series = client.get("/api/v1/statistics/indicators/PRJ-PT/series/?from=2026-01&to=2026-04").json()
    assert [point["total"]["numerator"] for point in series["points"]] == [100, 0, 0, 23]
    with pytest.raises(InputError):
        get_indicator("PRJ-XX")
