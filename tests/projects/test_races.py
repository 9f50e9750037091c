"""Many people press at once, on a real PostgreSQL with real connections: one wins, nothing is lost, nobody waits in a circle."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from core.actor import Actor
from core.errors import RuleViolation
from core.models import HistoryEntry
from core.roles import Role
from notifications.models import Notification
from projects.actions import (
    close_expired_claims,
    confirm_claim,
    publish_project,
    quit_claim,
    reject_claim,
    submit_claim,
    terminate_project,
    withdraw_claim,
)
from projects.actions.conversion import project_from_need
from projects.models import Need, Project, ProjectClaim
from tests.cast import make_person
from tests.factories.projects import make_claim, make_project, project_fields, yesterday
from tests.factories.projects_lists import make_need
from tests.factories.units import make_unit
from tests.rest import Rest, key_of

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 20


def at_once(*works: Callable) -> list[str]:
    """Run all works in threads of their own that start together; each ends with "done" or the code of its refusal."""
    start = threading.Barrier(len(works))
    outcomes: list[str] = []

    def run(work: Callable) -> None:
        try:
            start.wait(30)
            work()
            outcomes.append("done")
        except RuleViolation as refusal:
            outcomes.append(refusal.code)
        except Exception as fault:
            outcomes.append(repr(fault))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def liaison_of(unit) -> Actor:
    return Actor(user_id=None, name="联络员", role=Role.LIAISON, unit_id=unit.pk, label=f"{unit} 联络员")


@pytest.fixture
def units(yulin) -> list:
    return [make_unit(place=yulin, is_member=True) for _ in range(CROWD)]


def test_twenty_confirmations_at_once_have_one_winner(huangmenjie, units, subdistrict, liaison):
    project = make_project(place=huangmenjie)
    claims = [make_claim(project=project, unit=unit, status="screened") for unit in units]
    outcomes = at_once(
        *[lambda claim=claim: confirm_claim(claim=claim, actor=subdistrict.actor) for claim in claims]
    )
    assert Counter(outcomes) == {"done": 1, "already_claimed": CROWD - 1}
    project.refresh_from_db()
    assert (project.status, project.version) == ("claimed", 2)
    assert project.claims.filter(status="confirmed").count() == 1
    assert project.claims.filter(status="screened").count() == CROWD - 1
    assert (
        HistoryEntry.objects.filter(move="confirm").count()
        == HistoryEntry.objects.filter(move="fill").count()
        == 1
    )


def test_places_of_a_parallel_project_are_filled_exactly(huangmenjie, units, subdistrict):
    project = make_project(place=huangmenjie, claim_mode="parallel", lead_places=7)
    claims = [make_claim(project=project, unit=unit, status="screened") for unit in units]
    outcomes = at_once(
        *[lambda claim=claim: confirm_claim(claim=claim, actor=subdistrict.actor) for claim in claims]
    )
    assert Counter(outcomes) == {"done": 7, "already_claimed": CROWD - 7}
    assert sorted(project.claims.confirmed_leads().values_list("slot", flat=True)) == [1, 2, 3, 4, 5, 6, 7]


def test_twenty_units_claim_at_once_and_each_is_in(huangmenjie, units, community, subdistrict):
    project = make_project(place=huangmenjie)
    outcomes = at_once(
        *[
            lambda unit=unit: submit_claim(project=project, unit=unit, actor=liaison_of(unit))
            for unit in units
        ]
    )
    assert outcomes == ["done"] * CROWD
    assert project.claims.count() == CROWD
    assert Notification.objects.filter(recipient=community.user, kind="claim_submitted").count() == CROWD
    assert Notification.objects.filter(recipient=subdistrict.user, kind="claim_submitted").count() == CROWD


def test_one_unit_pressing_many_times_claims_once(huangmenjie, units, community):
    project, unit = make_project(place=huangmenjie), units[0]
    outcomes = at_once(*[lambda: submit_claim(project=project, unit=unit, actor=liaison_of(unit))] * 10)
    assert Counter(outcomes) == {"done": 1, "claimed_before": 9}
    assert Notification.objects.filter(recipient=community.user).count() == 1


def test_confirming_and_withdrawing_at_once_leave_one_truth(huangmenjie, units, subdistrict):
    for unit in units[:5]:
        project = make_project(place=huangmenjie)
        claim = make_claim(project=project, unit=unit, status="screened")
        outcomes = at_once(
            lambda claim=claim: confirm_claim(claim=claim, actor=subdistrict.actor),
            lambda claim=claim, unit=unit: withdraw_claim(claim=claim, actor=liaison_of(unit)),
        )
        assert Counter(outcomes) == {"done": 1, "wrong_state": 1}
        claim.refresh_from_db()
        project.refresh_from_db()
        assert (claim.status, project.status) in {("confirmed", "claimed"), ("withdrawn", "open")}


def test_all_kinds_of_moves_on_one_project_never_deadlock(huangmenjie, units, subdistrict):
    project = make_project(place=huangmenjie, claim_mode="parallel", lead_places=4, claim_due_on=yesterday())
    confirmed = [
        make_claim(project=project, unit=unit, status="confirmed", slot=slot)
        for slot, unit in enumerate(units[:3], 1)
    ]
    screened = [make_claim(project=project, unit=unit, status="screened") for unit in units[3:9]]
    outcomes = at_once(
        *[lambda claim=claim, unit=unit: quit_claim(claim=claim, note="搬迁", actor=liaison_of(unit))
          for claim, unit in zip(confirmed, units[:3], strict=True)],
        *[lambda claim=claim: confirm_claim(claim=claim, actor=subdistrict.actor) for claim in screened],
        lambda: close_expired_claims(today=project.claim_due_on.replace(year=2099)),
        lambda: terminate_project(project=project, note="不做了", actor=subdistrict.actor),
    )  # fmt: skip
    assert set(outcomes) <= {"done", "already_claimed", "carried_out", "wrong_state"}
    slots = list(ProjectClaim.objects.confirmed_leads().values_list("slot", flat=True))
    assert len(slots) == len(set(slots)) <= 4


def test_numbers_have_no_gaps_when_many_publish_at_once(huangmenjie, subdistrict):
    projects = [make_project(place=huangmenjie, status="review") for _ in range(10)]
    outcomes = at_once(
        *[
            lambda project=project: publish_project(project=project, is_cleared=True, actor=subdistrict.actor)
            for project in projects
        ],
        *[lambda: publish_project(project=projects[0], is_cleared=True, actor=subdistrict.actor)] * 2,
    )
    assert Counter(outcomes) == {"done": 10, "wrong_state": 2}
    numbers = sorted(int(number[-4:]) for number in Project.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 11))


def test_the_deadline_and_a_last_claim_leave_one_truth(huangmenjie, units):
    project = make_project(place=huangmenjie)
    tomorrow = project.claim_due_on.replace(year=2099)
    outcomes = at_once(
        lambda: submit_claim(project=project, unit=units[0], actor=liaison_of(units[0])),
        lambda: close_expired_claims(today=tomorrow),
    )
    assert set(outcomes) <= {"done", "not_open"}
    project.refresh_from_db()
    assert project.status == "unclaimed"


def test_of_two_who_decide_one_claim_at_once_the_second_hears_it(huangmenjie, units, yulin, subdistrict):
    colleague = make_person("colleague", "subdistrict", place=yulin)
    for unit in units[:4]:
        claim = make_claim(project=make_project(place=huangmenjie), unit=unit, status="screened")
        outcomes = at_once(
            partial(confirm_claim, claim=claim, actor=subdistrict.actor),
            partial(reject_claim, claim=claim, note="能力不够", actor=colleague.actor),
        )
        assert Counter(outcomes) == {"done": 1, "wrong_state": 1}
        told = HistoryEntry.objects.filter(about_id=claim.pk, about_type__model="projectclaim")
        claim.refresh_from_db()
        assert [line.to_status for line in told] == [claim.status]
        assert claim.project.status == ("claimed" if claim.status == "confirmed" else "open")


def test_a_need_becomes_one_project_however_many_take_it_up(huangmenjie, community, subdistrict):
    need = make_need(place=huangmenjie)
    works = [
        partial(project_from_need, need=need, place=huangmenjie, actor=person.actor, **project_fields())
        for person in (community, subdistrict) * 3
    ]
    assert Counter(at_once(*works)) == {"done": 1, "wrong_state": 5}
    assert Need.objects.get().project == Project.objects.get()


def test_twenty_posts_of_one_key_are_one_claim_and_one_answer(huangmenjie, unit, liaison, community):
    project, key = make_project(place=huangmenjie), key_of(liaison)
    body, answers = {"project": project.pk, "unit": unit.pk, "kind": "lead", "plan": "每周一次"}, []

    def post() -> None:
        answers.append(Rest(key).post("/api/v1/claims/", body, idempotency_key="k"))

    assert at_once(*[post] * CROWD) == ["done"] * CROWD
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert Counter("Idempotent-Replayed" in answer.headers for answer in answers) == {
        True: CROWD - 1,
        False: 1,
    }
    assert (ProjectClaim.objects.count(), Notification.objects.filter(recipient=community.user).count()) == (
        1,
        1,
    )
