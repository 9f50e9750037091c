"""A fact is told once, with an e-mail copy for those who want one, in the transaction of the fact."""

from datetime import date

import pytest
from django.db import transaction

from notifications.actions import mark_read, notify
from notifications.models import Delivery, Notification
from notifications.outbox import ROWS_PER_STATEMENT
from notifications.reminders import Reminder, send_reminders

pytestmark = pytest.mark.django_db


def reminder(unit, *people, key="visit-due:unit-7:2026-11:T-5") -> Reminder:
    return Reminder(
        key=key,
        to=tuple(person.user.pk for person in people),
        kind="visit_due",
        title="本月走访快到期了",
        body="还有 5 个工作日。",
        url=f"/units/{unit.pk}/",
        about=unit,
        due_on=date(2026, 11, 30),
    )


def test_a_fact_is_told_once_to_each_person(unit, community, subdistrict):
    people = [community.user, subdistrict.user, community.user]
    told = [notify(key="fact:1", to=people, kind="fact", title="一件事", about=unit) for _ in range(3)]
    assert told == [2, 0, 0]
    assert Notification.objects.count() == 2
    assert Delivery.objects.filter(status="pending", channel="email", attempts=0).count() == 2


def test_a_message_keeps_all_it_says(unit, community):
    send_reminders([reminder(unit, community)])
    message = Notification.objects.get()
    assert (message.recipient, message.about, message.due_on) == (community.user, unit, date(2026, 11, 30))
    assert (message.title, message.body, message.url) == (
        "本月走访快到期了",
        "还有 5 个工作日。",
        f"/units/{unit.pk}/",
    )
    assert message.read_at is None


def test_who_wants_no_email_or_has_no_address_is_told_in_the_portal_alone(
    unit, community, subdistrict, district
):
    community.user.wants_email = False
    community.user.save()
    subdistrict.user.email = ""
    subdistrict.user.save()
    notify(
        key="fact:2",
        to=[community.user, subdistrict.user, district.user],
        kind="fact",
        title="一件事",
        about=unit,
    )
    assert Notification.objects.count() == 3
    assert [row.notification.recipient for row in Delivery.objects.all()] == [district.user]


def test_a_fact_rolled_back_is_not_told(unit, community):
    with transaction.atomic():
        notify(key="fact:3", to=[community.user], kind="fact", title="一件事", about=unit)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not Delivery.objects.exists()


def test_thousands_of_reminders_take_a_statement_per_batch(
    unit, community, subdistrict, django_assert_num_queries
):
    def many():
        for number in range(ROWS_PER_STATEMENT):
            yield reminder(unit, community, subdistrict, key=f"visit-due:unit-{number}:2026-11:T-5")

    send_reminders([reminder(unit, community, key="an-earlier-fact")])
    with django_assert_num_queries(4):
        assert send_reminders(many()) == 2 * ROWS_PER_STATEMENT
    assert send_reminders(many()) == 0
    assert Delivery.objects.count() == 2 * ROWS_PER_STATEMENT + 1


def test_reading_counts_only_the_own_messages(unit, community, subdistrict):
    notify(key="fact:4", to=[community.user, subdistrict.user], kind="fact", title="一件事", about=unit)
    assert mark_read(notifications=Notification.objects.all(), actor=community.actor) == 1
    assert mark_read(notifications=Notification.objects.all(), actor=community.actor) == 0
    assert list(Notification.objects.unread().values_list("recipient__username", flat=True)) == [
        "subdistrict"
    ]
