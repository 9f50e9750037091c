"""A kept connection is noticed dead before a request uses it, and asked for nothing while it lives."""

import pytest
from django.db import connection, connections


def end_session(pid: int) -> None:
    """End another session of the server, as a restart does."""
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
    other.close()


def new_request() -> None:
    """What Django does when a request begins."""
    connection.health_check_enabled = True
    connection.close_if_unusable_or_obsolete()


@pytest.mark.django_db(transaction=True)
def test_a_session_the_server_ended_is_replaced_before_the_next_query():
    connection.ensure_connection()
    first = connection.connection.info.backend_pid
    end_session(first)
    new_request()

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != first


@pytest.mark.django_db(transaction=True)
def test_a_living_connection_is_kept_without_asking_the_server(monkeypatch):
    connection.ensure_connection()
    kept = connection.connection
    monkeypatch.setattr("django.db.backends.postgresql.base.DatabaseWrapper.is_usable", lambda self: 1 / 0)
    new_request()

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert connection.connection is kept
