"""The structure of the sample district: 245 of 249 tiers at work, compared with independent SQL; edge cases; purging."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction

from core.clock import today
from tests.rest import Rest
from units.indicators import STRUCTURE
from units.indicators.territory import By, read_territory
from units.models import BodyMember, BodySeat, PartyOrganization, Person, RegionalBody, Representative, Unit
from wuhou.sample.loading import load_sample
from wuhou.sample.purging import purge_sample

MONDAY = date(2026, 11, 23)
OWN = "administered_by = '武侯区'"
SQL = {
    "ORG-COMPLETE": f"""
        SELECT (SELECT count(*) FROM units_regionalbody b JOIN units_division d ON d.id = b.place_id
                WHERE b.kind IN ('assembly', 'committee', 'office') AND b.status IN ('running', 're_electing') AND {OWN}),
               (SELECT 3 * count(*) FROM units_division WHERE level IN ('subdistrict', 'community') AND {OWN})""",
    "ORG-ONE": """
        SELECT count(*) FILTER (WHERE s.person_id = o.secretary_id), count(DISTINCT b.id)
        FROM units_regionalbody b
        LEFT JOIN units_bodyseat s ON s.body_id = b.id AND s.post = 'secretary' AND s.to_on IS NULL
        LEFT JOIN units_partyorganization o ON o.place_id = b.place_id AND o.category = '611' AND o.host_unit_id IS NULL
        WHERE b.kind = 'committee' AND b.status IN ('running', 're_electing')""",
    "ORG-PARTTIME": f"""
        SELECT (SELECT count(DISTINCT b.place_id) FROM units_bodyseat s JOIN units_regionalbody b ON b.id = s.body_id
                JOIN units_division d ON d.id = b.place_id
                WHERE s.post = 'part_time' AND s.to_on IS NULL AND b.kind = 'committee' AND d.level = 'community'),
               (SELECT count(*) FROM units_division WHERE level = 'community' AND {OWN})""",
    "CONF-UNITS": "SELECT count(DISTINCT unit_id), NULL FROM units_bodymember WHERE to_on IS NULL",
}


def on(day: date):
    moment = datetime(day.year, day.month, day.day, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    return time_machine.travel(moment, tick=False)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        with on(MONDAY):
            assert load_sample(today())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def sample(loaded, db):
    with on(MONDAY):
        yield


@pytest.mark.parametrize("indicator", STRUCTURE, ids=lambda one: one.id)
def test_every_figure_equals_independent_sql_and_its_rows_add_up(indicator, sample):
    with connection.cursor() as cursor:
        cursor.execute(SQL[indicator.id])
        expected = cursor.fetchone()
    for by in (By.CHILD, By.COMMUNITY):
        counted = indicator.count(read_territory("510107", by), MONDAY, MONDAY)
        assert (counted.total.numerator, counted.total.denominator) == expected
        assert sum(figure.numerator for _, figure in counted.rows) == expected[0]
        if expected[1] is not None:
            assert sum(figure.denominator for _, figure in counted.rows) == expected[1]


def test_the_published_shape(sample):
    totals = {one.id: one.count(read_territory("510107", By.NONE), MONDAY, MONDAY).total for one in STRUCTURE}
    assert (totals["ORG-COMPLETE"].numerator, totals["ORG-COMPLETE"].denominator) == (245, 249)
    assert (totals["ORG-ONE"].numerator, totals["ORG-ONE"].denominator) == (82, 83)
    assert totals["CONF-UNITS"].numerator == 35
    sanhe = RegionalBody.objects.filter(place__path_name__contains="三河", place_code__startswith="510107015")
    assert set(sanhe.values_list("kind", flat=True)) == {"assembly", "committee"}


def test_the_edge_cases_are_there(sample):
    bodies = RegionalBody.objects.all()
    assert set(bodies.values_list("status", flat=True)) == set(RegionalBody.Status.values)
    assert [body.name for body in bodies.running().filter(term_end__lt=MONDAY)] == ["金雁社区区域党委"]
    assert bodies.exclude(secretary_note="").count() == 1
    assert set(BodySeat.objects.values_list("post", flat=True)) == set(BodySeat.Post.values)
    hospital = BodyMember.objects.filter(unit__name="四川大学华西医院").values_list(
        "body__place_code", flat=True
    )
    assert {"510107", "510107004", "510107005"} <= set(hospital)
    assert set(Representative.objects.values_list("kind", flat=True)) == set(Representative.Kind.values)
    assert not Person.objects.exclude(name__regex="^.某某?$").exists()


def test_part_time_members_come_from_member_units_near(sample):
    for seat in BodySeat.objects.filter(post="part_time").select_related("body", "from_unit"):
        assert BodyMember.objects.filter(unit=seat.from_unit, to_on=None).exists()
        assert seat.from_unit.place_code[:9] == seat.body.place_code[:9]


def test_the_figures_are_served_over_rest(sample):
    answer = Rest().get(
        "/api/v1/statistics/indicators/ORG-COMPLETE/?place=510107&by=subdistrict&as_of=2026-11-23"
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["total"]["numerator"], body["total"]["denominator"], body["total"]["rate_display"]) == (
        245,
        249,
        "98.4%",
    )
    assert len(body["rows"]) == 11


def test_purging_leaves_nothing_of_it(sample):
    purge_sample()
    for model in (RegionalBody, Person, BodySeat, BodyMember, Representative, PartyOrganization, Unit):
        assert not model.objects.exists()
