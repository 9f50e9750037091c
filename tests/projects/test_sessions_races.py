"""Many press at once on a session, with real connections: one effect, the others hear why."""

from collections import Counter

import pytest

from core.clock import today
from core.models import HistoryEntry
from notifications.models import Notification
from projects.actions.session_evaluations import evaluate_session
from projects.actions.sessions import confirm_session, record_session, void_session
from projects.models import Session, SessionEvaluation
from tests.factories.projects_sessions import make_session, make_working_claim
from tests.projects.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claim(huangmenjie, unit):
    return make_working_claim(place=huangmenjie, unit=unit)


def test_two_confirmations_at_once_count_once(claim, community, subdistrict, liaison):
    session = make_session(claim=claim)
    outcomes = at_once(
        *[
            lambda person=person: confirm_session(session=session, actor=person.actor)
            for person in (community, subdistrict) * 4
        ]
    )
    assert Counter(outcomes) == {"done": 1, "wrong_state": 7}
    assert HistoryEntry.objects.filter(move="confirm").count() == 1
    assert Notification.objects.filter(kind="session_confirmed").count() == 1


def test_confirming_and_voiding_at_once_leave_one_truth(claim, community, liaison):
    session = make_session(claim=claim)
    outcomes = at_once(
        lambda: confirm_session(session=session, actor=community.actor),
        lambda: void_session(session=session, note="记错了", actor=liaison.actor),
    )
    assert Counter(outcomes) == {"done": 1, "wrong_state": 1}


def test_the_same_session_pressed_many_times_is_recorded_once(claim, liaison):
    typed = {"held_on": today(), "person_times": 30, "summary": "义诊"}
    outcomes = at_once(*[lambda: record_session(claim=claim, actor=liaison.actor, **typed)] * 8)
    assert Counter(outcomes) == {"done": 1, "session_once": 7}
    assert Session.objects.count() == 1


def test_thirty_presses_of_one_phone_are_one_evaluation_and_places_run_out_exactly(claim):
    session = make_session(claim=claim, person_times=8)
    outcomes = at_once(*[lambda: evaluate_session(session=session, mark="phone", option="satisfied")] * 30)
    assert Counter(outcomes) == {"done": 1, "session_evaluated_once": 29}
    outcomes = at_once(
        *[
            lambda mark=mark: evaluate_session(session=session, mark=mark, option="fairly")
            for mark in map(str, range(12))
        ]
    )
    assert Counter(outcomes) == {"done": 7, "all_evaluated": 5}
    assert SessionEvaluation.objects.count() == 8
