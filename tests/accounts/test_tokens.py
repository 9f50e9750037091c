"""API tokens: what they open, for how long, and that they end at once."""

import time
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import end_role, hash_key, issue_token, revoke_token
from accounts.models import ApiToken, Membership
from core.actor import SYSTEM
from core.cache import tokens
from core.clock import today
from core.errors import InputError
from core.models import HistoryEntry
from tests.rest import Rest, client_key, error, key_of

pytestmark = pytest.mark.django_db

TODO = "/api/v1/todo/"


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()
    tokens.forget(hash_key("wrong"))


def warm(rest: Rest) -> Rest:
    """Ask until the process hears the channel and keeps the card."""
    digest = hash_key(rest.headers["Authorization"].removeprefix("Token "))
    deadline = time.monotonic() + 60
    while tokens.get(digest) is None and time.monotonic() < deadline:
        rest.get("/api/v1/jobs/1/")
        time.sleep(0.02)
    assert tokens.get(digest) is not None
    return rest


def test_a_key_is_stored_hashed_and_shown_once(liaison):
    token, key = issue_token(name="大屏", membership=liaison.membership, actor=liaison.actor)
    assert len(key) >= 40
    assert (token.digest, token.hint) == (hash_key(key), key[:6])
    assert key not in str(ApiToken.objects.values().get())
    assert HistoryEntry.objects.get(about_id=token.pk, move="issue").actor_id == liaison.user.pk


def test_without_or_with_a_wrong_token_it_is_401_and_says_how(liaison):
    for rest in (Rest(), Rest("wrong")):
        answer = rest.get(TODO)
        assert error(answer)[:2] == (401, "client_error")
        assert answer.headers["WWW-Authenticate"] == 'Token realm="api"'
    assert Rest(key_of(liaison)).get(TODO).status_code == 200


@pytest.mark.parametrize("header", ["Bearer abc", "Token", "Token a b", "Token " + "x" * 200, "abc"])
def test_another_spelling_of_the_header_is_401_even_where_reading_is_public(places, header):
    assert error(Rest().get("/api/v1/divisions/", authorization=header))[0] == 401


def test_a_warm_token_costs_no_query(liaison):
    rest = warm(Rest(key_of(liaison)))
    with CaptureQueriesContext(connection) as queries:
        rest.get("/api/v1/jobs/1/")
    assert [one["sql"] for one in queries if "core_job" not in one["sql"]] == []


def test_a_wrong_key_is_remembered_as_wrong(db):
    rest = warm(Rest("wrong"))
    with CaptureQueriesContext(connection) as queries:
        assert rest.get(TODO).status_code == 401
    assert len(queries) == 0


def test_too_many_wrong_keys_from_one_address_are_429(db, settings):
    settings.API_WRONG_TOKENS_PER_MINUTE = 2
    statuses = [Rest("wrong").get(TODO).status_code for _ in range(6)]
    assert set(statuses) <= {401, 429}
    assert 429 in statuses


def test_a_revoked_token_ends_at_once(liaison, django_capture_on_commit_callbacks):
    token, key = issue_token(name="大屏", membership=liaison.membership, actor=liaison.actor)
    assert warm(Rest(key)).get(TODO).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        revoke_token(token=token, actor=liaison.actor)
    assert Rest(key).get(TODO).status_code == 401
    revoke_token(token=token, actor=liaison.actor)
    assert HistoryEntry.objects.filter(about_id=token.pk, move="revoke").count() == 1


def test_a_token_ends_in_the_second_it_expires(liaison):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        key = key_of(liaison, expires_at=timezone.now() + timedelta(seconds=20))
        assert warm(Rest(key)).get(TODO).status_code == 200
        clock.shift(19)
        assert Rest(key).get(TODO).status_code == 200
        clock.shift(1)
        assert Rest(key).get(TODO).status_code == 401


def test_a_token_lives_as_long_as_the_role(liaison):
    key = key_of(liaison)
    tomorrow = today() + timedelta(days=1)
    Membership.objects.filter(pk=liaison.membership.pk).update(to_on=tomorrow)
    midnight = timezone.make_aware(timezone.datetime(tomorrow.year, tomorrow.month, tomorrow.day))
    with time_machine.travel(midnight - timedelta(seconds=1), tick=False) as clock:
        assert warm(Rest(key)).get(TODO).status_code == 200
        clock.shift(1)
        assert Rest(key).get(TODO).status_code == 401


def test_ending_the_role_ends_its_tokens_at_once(liaison, district, django_capture_on_commit_callbacks):
    key = key_of(liaison)
    assert warm(Rest(key)).get(TODO).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        end_role(membership=liaison.membership, to_on=today(), actor=district.actor)
    assert Rest(key).get(TODO).status_code == 401


def test_a_token_of_a_disabled_account_is_401(liaison):
    key = key_of(liaison)
    liaison.user.is_active = False
    liaison.user.save()
    assert Rest(key).get(TODO).status_code == 401


def test_the_last_use_is_noted_once_a_minute(liaison):
    token, key = issue_token(name="大屏", membership=liaison.membership, actor=liaison.actor)

    def used_at():
        return ApiToken.objects.get(pk=token.pk).last_used_at

    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False) as clock:
        assert used_at() is None
        Rest(key).get(TODO)
        first = used_at()
        assert first == timezone.now()
        clock.shift(59)
        Rest(key).get(TODO)
        assert used_at() == first
        clock.shift(1)
        Rest(key).get(TODO)
        assert used_at() == timezone.now()


def test_a_person_sees_only_the_own_place_and_a_client_only_its_place(stranger, yulin, jinyan):
    assert Rest(key_of(stranger)).get(TODO).status_code == 200
    assert Rest(client_key(yulin)).get(TODO).json() == {"count": 0, "results": []}


def test_a_token_needs_a_name_and_a_scope(liaison, yulin):
    with pytest.raises(InputError):
        issue_token(name=" ", membership=liaison.membership, actor=SYSTEM)
    with pytest.raises(InputError):
        issue_token(name="大屏", actor=SYSTEM)


def test_the_command_prints_the_key_and_nothing_else(liaison):
    out = StringIO()
    call_command("create_token", "liaison", "--days", "3", stdout=out)
    key = out.getvalue().strip()
    assert out.getvalue() == f"{key}\n"
    assert Rest(key).get(TODO).status_code == 200
    left = ApiToken.objects.get().expires_at - timezone.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)


@pytest.mark.parametrize(
    "arguments", [("nobody",), ("liaison", "--days", "0"), ("liaison", "--days", "99999")]
)
def test_the_command_refuses_with_a_sentence(liaison, arguments):
    with pytest.raises(CommandError, match=r"[\u4e00-\u9fff]"):
        call_command("create_token", *arguments)


def test_a_session_reads_and_writes_with_csrf_only(liaison):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(liaison.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(TODO).status_code == 200
    answer = client.post(TODO, "{}", content_type="application/json")
    assert error(answer) == (403, "client_error", "csrf_failed", None)


def test_a_signed_in_person_without_a_role_is_403(liaison):
    client = liaison.client
    Membership.objects.update(to_on=today())
    assert error(client.get(TODO)) == (403, "client_error", "no_role", None)


def test_the_calendar_takes_the_token_in_the_address(liaison):
    key = key_of(liaison)
    answer = Rest().get(f"/api/v1/calendar.ics?token={key}")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    lines = answer.content.decode().split("\r\n")
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert Rest().get("/api/v1/calendar.ics").status_code == 401
    assert Rest().get("/api/v1/calendar.ics?token=wrong").status_code == 401
    assert Rest().get(f"{TODO}?token={key}").status_code == 401
