"""Words from the apps on the left reach the people meant, once, in the transaction of the fact."""

from datetime import date

import pytest
from django.db import transaction

from core import telling
from core.roles import Role
from core.telling import Audience, Word, tell
from notifications.models import Notification
from notifications.tasks import tell_what_is_due
from notifications.telling import tell_what_is_due as tell_due_on

DAY = date(2026, 11, 23)


def word(unit, *to, key="issue-assigned:1", **more) -> Word:
    return Word(key=key, to=to, kind="issue_assigned", title="问题已交办", about=unit, url="/units/", **more)


def told() -> set[str]:
    return set(Notification.objects.values_list("recipient__username", flat=True))


def test_roles_at_a_place_hear_it_and_nobody_elsewhere(unit, subdistrict, community, stranger, liaison):
    at = Audience(roles=frozenset({Role.COMMUNITY}), place_code=unit.place_code)
    assert tell(word(unit, at)) == 1
    assert told() == {"community"}


def test_a_unit_means_those_who_speak_for_it(unit, liaison, other_liaison, community):
    assert tell(word(unit, Audience(unit_ids=(unit.pk,)))) == 1
    assert told() == {"liaison"}


def test_each_person_hears_a_fact_once_however_often_meant_and_told(unit, liaison, community):
    both = Audience(unit_ids=(unit.pk,)), Audience(user_ids=(liaison.user.pk, community.user.pk))
    assert tell(word(unit, *both)) == 2
    assert tell(word(unit, *both)) == 0


def test_who_did_it_does_not_hear_the_own_word(unit, liaison, community):
    everybody = Audience(user_ids=(liaison.user.pk, community.user.pk))
    tell(word(unit, everybody, not_to=community.user.pk))
    assert told() == {"liaison"}


def tell_and_fail(*words) -> None:
    with transaction.atomic():
        tell(*words)
        raise ZeroDivisionError


def test_a_fact_rolled_back_is_not_told(unit, community):
    with pytest.raises(ZeroDivisionError):
        tell_and_fail(word(unit, Audience(user_ids=(community.user.pk,))))
    assert told() == set()


def test_a_role_that_ended_hears_nothing(unit, community):
    community.membership.to_on = date(2024, 1, 1)
    community.membership.save()
    assert tell(word(unit, Audience(roles=frozenset({Role.COMMUNITY}), place_code=unit.place_code))) == 0


def test_what_is_due_is_told_once_on_its_day(unit, community, monkeypatch):
    def due(today):
        if today == DAY:
            yield word(unit, Audience(user_ids=(community.user.pk,)), key="due:1", due_on=DAY)

    monkeypatch.setattr(telling, "_due", [due])
    assert tell_due_on(date(2026, 11, 22)) == 0
    assert tell_due_on(DAY) == 1
    assert tell_due_on(DAY) == 0


def test_the_beat_task_asks_every_app(community):
    assert tell_what_is_due() == 0
    assert len(telling._due) >= 3


def test_telling_takes_the_same_queries_for_one_word_and_for_three(
    unit, community, django_assert_num_queries
):
    at = Audience(roles=frozenset({Role.COMMUNITY}), place_code=unit.place_code)
    tell(word(unit, at, key="warm"))
    with django_assert_num_queries(4):
        tell(word(unit, at, key="one"))
    with django_assert_num_queries(4):
        tell(*(word(unit, at, key=f"three-{number}") for number in range(3)))
