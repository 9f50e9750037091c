"""1+N of the sample district: every state there is, kept equal to the register, gone after purging."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction

from core.clock import today
from units.models import BuildPlan, Carrier, Instructor, SurveyLine, SurveyRound
from wuhou.sample.loading import load_sample
from wuhou.sample.purging import purge_sample

MONDAY = date(2026, 11, 23)
DIFFERENT = """
SELECT count(*) FROM units_unit u WHERE u.category IN ('non_public', 'social_organization')
AND u.has_instructor <> EXISTS (SELECT 1 FROM units_instructor i WHERE i.unit_id = u.id AND i.to_on IS NULL)
"""
WRONGLY_BUILT = """
SELECT count(*) FROM units_buildplan p WHERE (p.status IN ('founded', 'regular', 'closed')) <>
EXISTS (SELECT 1 FROM units_coveragespell c WHERE c.unit_id = p.unit_id AND c.to_on IS NULL)
"""


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    moment = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(moment, tick=False):
            assert load_sample(today())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def sample(loaded, db):
    return MONDAY


def test_every_state_and_kind_occurs(sample):
    assert set(BuildPlan.objects.values_list("status", flat=True)) == set(BuildPlan.Status.values)
    assert set(Carrier.objects.values_list("kind", flat=True)) == set(Carrier.Kind.values)
    assert BuildPlan.objects.filter(target_on__lt=sample).exists()
    assert SurveyRound.objects.count() == 2
    assert SurveyLine.objects.filled(False).exists()
    assert Instructor.objects.filter(to_on__isnull=False).exists()


@pytest.mark.parametrize("sql", [DIFFERENT, WRONGLY_BUILT])
def test_it_is_kept_equal_to_the_register(sample, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.fetchone() == (0,)


def test_it_is_purged(sample):
    purge_sample()
    assert [model.objects.count() for model in (BuildPlan, Carrier, Instructor, SurveyRound, SurveyLine)] == [
        0
    ] * 5
