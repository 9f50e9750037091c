"""Mail leaves the outbox once each, through whatever happens to the server, the workers and Redis."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from core.errors import NotAllowed
from core.roles import Role
from notifications.actions import notify
from notifications.delivery import (
    MOST_ATTEMPTS,
    PAUSES,
    claim_next,
    deliver_due,
    rescue_stuck,
    retry_delivery,
)
from notifications.models import Delivery, Notification
from notifications.tasks import deliver_due as deliver_due_task
from tests.cast import make_person
from tests.notifications.mail_server import Post, free_port, mail_server

pytestmark = pytest.mark.django_db(transaction=True)

SMTP = "django.core.mail.backends.smtp.EmailBackend"
LONG_AGO = timedelta(minutes=11)


@pytest.fixture
def post(settings) -> Post:
    """The server's counter; the server itself runs while the fixture ``server`` is used."""
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    settings.EMAIL_USE_TLS = False
    settings.PUBLIC_URL = "https://portal.example"
    settings.DEFAULT_FROM_EMAIL = "区域化党建 <portal@wuhou.example>"
    return Post()


@pytest.fixture
def server(post, settings) -> Post:
    with mail_server(post, settings.EMAIL_PORT):
        yield post


def tell(person, count: int = 1) -> None:
    first = Notification.objects.count()
    for number in range(first, first + count):
        notify(
            key=f"fact:{number}",
            to=[person.user],
            kind="fact",
            title=f"认领已确认：家电义修日 {number}",
            body="请按计划实施。",
            url="/projects/7/",
            about=person.user,
        )


@pytest.fixture
def person(places):
    return make_person("reader", Role.COMMUNITY, place=places["510107005008"], name="赵某")


def statuses() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("status", flat=True))


def make_due() -> None:
    """Let the pause before the next try pass."""
    Delivery.objects.filter(status="pending").update(next_try_at=timezone.now())


class TestSending:
    def test_a_message_is_sent_once_in_chinese_with_absolute_addresses(self, server, person):
        tell(person)
        assert deliver_due().sent == 1
        assert deliver_due().sent == 0
        (mail,) = server.mails
        assert (mail["To"], mail["Subject"]) == ("reader@example.test", "认领已确认：家电义修日 0")
        text = mail.get_body(("plain",)).get_content()
        page = mail.get_body(("html",)).get_content()
        assert "赵某，您好" in text
        assert "请按计划实施。" in text
        assert "https://portal.example/projects/7/" in text
        assert 'href="https://portal.example/projects/7/"' in page
        assert statuses() == ["sent"]
        assert Delivery.objects.get().sent_at is not None

    def test_a_batch_shares_a_connection(self, server, person):
        tell(person, 60)
        assert deliver_due().sent == 60
        assert server.connections == 2

    def test_bounds_of_a_run_leave_the_rest_for_the_next(self, server, person):
        tell(person, 5)
        first = deliver_due(most_rows=3)
        assert (first.sent, first.is_more) == (3, True)
        assert deliver_due(most_seconds=0).sent == 0
        assert deliver_due().sent == 2

    def test_words_that_look_like_markup_stay_words(self, server, person):
        notify(
            key="x",
            to=[person.user],
            kind="fact",
            title="甲<script>\r\nBcc: a@b.c",
            body="<b>乙</b> & 丙",
            about=person.user,
        )
        assert deliver_due().sent == 1
        (mail,) = server.mails
        assert mail["Bcc"] is None
        assert "<b>乙</b> & 丙" in mail.get_body(("plain",)).get_content()
        assert "&lt;b&gt;乙&lt;/b&gt;" in mail.get_body(("html",)).get_content()

    def test_the_message_id_is_the_same_at_every_try(self, server, person):
        tell(person)
        deliver_due()
        Delivery.objects.update(status="pending", next_try_at=timezone.now())
        deliver_due()
        first, second = server.mails
        assert first["Message-ID"] == second["Message-ID"]
        assert first["Message-ID"].endswith("@wuhou.example>")

    def test_the_task_sends_what_is_due(self, server, person):
        tell(person, 2)
        assert deliver_due_task() == 2


class TestRefusals:
    def test_a_server_that_is_down_costs_one_try_and_everything_arrives_once_it_is_up(
        self, post, settings, person
    ):
        tell(person, 3)
        down = deliver_due()
        assert (down.sent, down.put_off) == (0, 1)
        assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]
        with mail_server(post, settings.EMAIL_PORT):
            assert deliver_due().sent == 2
            make_due()
            assert deliver_due().sent == 1
        assert statuses() == ["sent"] * 3
        assert len(post.mails) == 3

    def test_put_off_by_the_recipient_it_waits_and_then_arrives(self, server, person):
        server.answers["reader@example.test"] = ["451 4.7.1 greylisted"]
        tell(person)
        assert deliver_due().put_off == 1
        row = Delivery.objects.get()
        assert "451" in row.last_error
        assert row.next_try_at > timezone.now() + timedelta(seconds=50)
        assert deliver_due().sent == 0
        make_due()
        assert deliver_due().sent == 1
        assert Delivery.objects.get().last_error == ""

    def test_one_recipient_put_off_holds_up_nobody_else(self, server, person, district):
        server.answers["reader@example.test"] = ["450 later"]
        tell(person)
        tell(district)
        outcome = deliver_due()
        assert (outcome.sent, outcome.put_off) == (1, 1)

    @pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "554 refused"])
    def test_refused_for_good_it_is_given_up_at_once(self, server, person, answer):
        server.answers["reader@example.test"] = [answer]
        tell(person)
        assert deliver_due().given_up == 1
        row = Delivery.objects.get()
        assert (row.status, row.attempts) == ("given_up", 1)
        assert answer[:3] in row.last_error

    def test_contents_refused_for_good_are_given_up_and_for_now_are_tried_again(self, server, person):
        server.data_answers = ["554 5.7.1 spam", "452 4.3.1 disk full"]
        tell(person, 2)
        outcome = deliver_due()
        assert (outcome.given_up, outcome.put_off) == (1, 1)
        make_due()
        assert deliver_due().sent == 1

    def test_pauses_grow_and_after_eight_tries_it_is_given_up(self, server, person):
        server.answers["reader@example.test"] = ["450 later"] * MOST_ATTEMPTS
        tell(person)
        pauses = []
        for _ in range(MOST_ATTEMPTS):
            make_due()
            deliver_due()
            pauses.append(round((Delivery.objects.get().next_try_at - timezone.now()).total_seconds() / 60))
        assert pauses[: len(PAUSES)] == list(PAUSES)
        row = Delivery.objects.get()
        assert (row.status, row.attempts) == ("given_up", 8)

    def test_an_address_that_is_none_or_gone_is_given_up(self, server, person):
        tell(person, 2)
        person.user.email = "no-at-sign and blanks\n"
        person.user.save()
        assert deliver_due(most_rows=1).given_up == 1
        person.user.email = ""
        person.user.save()
        assert deliver_due().given_up == 1
        assert not server.mails


class TestCrashes:
    def test_two_workers_at_once_send_each_message_once(self, server, person):
        tell(person, 40)

        def work():
            try:
                deliver_due()
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert sorted(mail["Subject"] for mail in server.mails) == sorted(
            f"认领已确认：家电义修日 {n}" for n in range(40)
        )
        assert statuses() == ["sent"] * 40

    def test_a_worker_killed_between_claim_and_send_loses_nothing(self, server, settings, person):
        tell(person, 2)
        killed = subprocess.run(
            [sys.executable, "-c", KILLED_AFTER_CLAIM], env=worker_environment(), check=False, timeout=180
        )
        assert killed.returncode == -signal.SIGKILL
        assert sorted(statuses()) == ["pending", "sending"]
        assert deliver_due().sent == 1
        Delivery.objects.filter(status="sending").update(claimed_at=F("claimed_at") - LONG_AGO)
        assert deliver_due().sent == 1
        assert statuses() == ["sent"] * 2
        assert len({mail["Message-ID"] for mail in server.mails}) == 2

    def test_a_row_just_claimed_is_left_to_its_worker(self, server, person):
        tell(person)
        claim_next()
        assert rescue_stuck() == 0
        assert deliver_due().sent == 0

    def test_a_message_that_kills_every_worker_is_given_up(self, server, person):
        tell(person)
        for _ in range(MOST_ATTEMPTS):
            make_due()
            claim_next()
            Delivery.objects.update(claimed_at=timezone.now() - LONG_AGO)
            rescue_stuck()
        row = Delivery.objects.get()
        assert (row.status, row.attempts) == ("given_up", 8)

    def test_with_redis_away_the_fact_and_its_message_are_committed_at_once(self, server, person):
        away = {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}
        script = NOTIFIES.format(pk=person.user.pk)
        told = subprocess.run(
            [sys.executable, "-c", script],
            env=worker_environment() | away,
            check=False,
            timeout=180,
            capture_output=True,
            text=True,
        )
        assert told.returncode == 0, told.stderr
        assert float(told.stdout) < 3
        assert Notification.objects.count() == 1
        assert deliver_due().sent == 1


KILLED_AFTER_CLAIM = """
import os, signal, django
django.setup()
from notifications.delivery import claim_next
assert claim_next() is not None
os.kill(os.getpid(), signal.SIGKILL)
"""

NOTIFIES = """
import time, django
django.setup()
from accounts.models import User
from notifications.actions import notify
person = User.objects.get(pk={pk})
started = time.monotonic()
notify(key="fact", to=[person], kind="fact", title="一件事", about=person)
print(time.monotonic() - started)
"""


def worker_environment() -> dict[str, str]:
    """The environment of a process that works on the test's own database."""
    wanted = connection.settings_dict
    address = f"postgres://{wanted['USER']}:{wanted['PASSWORD'] or ''}@"
    host = str(wanted["HOST"])
    where = f"{host}:{wanted['PORT']}" if wanted["PORT"] else host
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "wuhou.settings.test",
        "DATABASE_URL": f"{address}/{where}/{wanted['NAME']}"
        if host.startswith("/")
        else f"{address}{where}/{wanted['NAME']}",
    }


class TestAdministrator:
    def test_a_message_given_up_starts_again_by_the_system_administrator_alone(self, server, person):
        sysadmin = make_person("root_person", Role.SYSADMIN)
        server.answers["reader@example.test"] = ["550 no"]
        tell(person)
        deliver_due()
        row = Delivery.objects.get()
        with pytest.raises(NotAllowed):
            retry_delivery(delivery=row, actor=person.actor)
        assert retry_delivery(delivery=row, actor=sysadmin.actor) is True
        assert retry_delivery(delivery=row, actor=sysadmin.actor) is False
        assert deliver_due().sent == 1

    def test_the_list_shows_who_and_why_and_not_what(self, server, person):
        sysadmin = make_person("root_person", Role.SYSADMIN)
        server.answers["reader@example.test"] = ["550 no such user"]
        tell(person)
        deliver_due()
        page = sysadmin.client.get("/messages/unsent/").content.decode()
        assert "reader@example.test" in page
        assert "550 no such user" in page
        assert "家电义修日" not in page
        assert person.client.get("/messages/unsent/").status_code == 403
        answer = sysadmin.client.post("/messages/unsent/retry/", {"delivery": Delivery.objects.get().pk})
        assert (answer.status_code, Delivery.objects.get().status) == (302, "pending")
