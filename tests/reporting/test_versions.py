"""The version of the data: it changes with every commit, only then, and nobody waits for it."""

import threading
from datetime import date

import pytest
from django.db import connection, connections, transaction

from projects.models import Project, Session
from reporting.models import CountedChange
from reporting.versions import versions
from tests.factories.projects_sessions import make_evaluations, make_session, make_working_claim
from tests.factories.units import cover, make_unit
from units.divisions import load_divisions, read_divisions
from units.models import Division, OperatingSpell, Unit


@pytest.fixture
def place(transactional_db) -> Division:
    load_divisions(read_divisions())
    return Division.objects.get(code="510107005008")


def in_thread(work) -> threading.Thread:
    """Run something on a database connection of its own."""

    def run():
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_reading_leaves_the_version_alone(huangmenjie):
    make_unit(place=huangmenjie)
    before = versions()
    assert Unit.objects.count() == 1
    assert versions() == before


def test_places_have_a_version_of_their_own(huangmenjie):
    facts, places = versions()
    make_unit(place=huangmenjie)
    assert versions()[0] != facts
    assert versions()[1] == places
    Division.objects.filter(pk=huangmenjie.pk).update(name="黉门街")
    assert versions()[1] != places


def test_what_projects_do_leaves_marks_too(huangmenjie, unit):
    seen = [versions()[0]]
    session = make_session(claim=make_working_claim(place=huangmenjie, unit=unit))
    seen.append(versions()[0])
    make_evaluations(session, satisfied=1)
    seen.append(versions()[0])
    Session.objects.filter(pk=session.pk).update(person_times=61)
    seen.append(versions()[0])
    Project.objects.update(is_regular=True)
    seen.append(versions()[0])
    assert len(set(seen)) == 5


def test_a_change_of_many_rows_is_one_mark(huangmenjie):
    for _ in range(3):
        make_unit(place=huangmenjie)
    CountedChange.objects.all().delete()
    Unit.objects.update(employees=5)
    assert CountedChange.objects.count() == 1


def test_a_change_is_seen_when_it_is_committed_whoever_commits_first(place):
    """Two writers overlap; the later number commits first. A version by highest number would miss the other."""
    seen, first_wrote, second_done = [versions()], threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            make_unit(place=place)
            first_wrote.set()
            second_done.wait(10)

    writer = in_thread(first)
    first_wrote.wait(10)
    make_unit(place=place)
    seen.append(versions())
    second_done.set()
    writer.join()
    seen.append(versions())
    assert len(set(seen)) == 3


def test_writers_never_wait_for_each_other(place):
    """A transaction that stays open after its mark holds nobody up."""
    unit, other = make_unit(place=place), make_unit(place=place)
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Unit.objects.filter(pk=unit.pk).update(employees=1)
            held.set()
            go_on.wait(10)

    writer = in_thread(hold)
    held.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    try:
        for employees in range(120):
            Unit.objects.filter(pk=other.pk).update(employees=employees)
    finally:
        go_on.set()
        writer.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert Unit.objects.get(pk=other.pk).employees == 119


def test_marks_are_folded_without_changing_their_sum(place):
    unit = make_unit(place=place)
    for employees in range(400):
        Unit.objects.filter(pk=unit.pk).update(employees=employees)
    assert CountedChange.objects.filter(topic="facts").count() < 400
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(weight), 0)::text FROM reporting_countedchange")
        assert cursor.fetchone()[0] == versions()[0]


def test_equal_versions_mean_equal_data_while_others_write(place):
    """Readers in one snapshot each: whenever two of them saw the same version, they saw the same rows."""
    units = [make_unit(place=place) for _ in range(4)]
    seen: dict[str, set[tuple]] = {}

    def write(unit):
        for turn in range(40):
            with transaction.atomic():
                cover(unit, since=date(2022, 1, 1)) if turn % 2 == 0 else unit.coverage_spells.all().delete()
                OperatingSpell.objects.filter(unit=unit).update(from_on=date(2021, 1, 1 + turn % 20))

    writers = [in_thread(lambda unit=unit: write(unit)) for unit in units]
    while any(writer.is_alive() for writer in writers):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(
                "SELECT (SELECT sum(weight) FROM reporting_countedchange),"
                " (SELECT count(*) FROM units_coveragespell), (SELECT sum(from_on - '2020-01-01') FROM units_operatingspell)"
            )
            version, *rows = cursor.fetchone()
        seen.setdefault(str(version), set()).add(tuple(rows))
    for writer in writers:
        writer.join()
    assert len(seen) > 5
    assert all(len(rows) == 1 for rows in seen.values())
