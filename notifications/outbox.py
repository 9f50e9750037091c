"""The outbox: messages and their e-mail copies are stored in the transaction of the fact, each fact told once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction

from core.queue import send_after_commit

ROWS_PER_STATEMENT = 2000
TITLE_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person: ``recipient_id`` is the user's primary key, ``about`` the row it speaks of."""

    key: str
    recipient_id: int
    kind: str
    title: str
    about: models.Model
    body: str = ""
    url: str = ""
    due_on: date | None = None


# One statement for messages and deliveries: only what is really new gets an e-mail copy. Sorted by recipient and
# key, so that two workers that tell the same facts wait for each other instead of deadlocking.
PUT = """
WITH told AS (
    INSERT INTO notifications_notification (recipient_id, key, kind, title, body, url, due_on, about_type_id, about_id, created_at)
    SELECT recipient_id, key, kind, title, body, url, due_on, about_type_id, about_id, clock_timestamp()
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::date[], %s::int[], %s::bigint[])
        AS new (recipient_id, key, kind, title, body, url, due_on, about_type_id, about_id)
    ORDER BY recipient_id, key
    ON CONFLICT (recipient_id, key) DO NOTHING
    RETURNING id, recipient_id
), posted AS (
    INSERT INTO notifications_delivery (notification_id, channel, status, attempts, next_try_at, last_error)
    SELECT told.id, 'email', 'pending', 0, now(), ''
    FROM told JOIN accounts_user person ON person.id = told.recipient_id
    WHERE person.wants_email AND person.email <> ''
    ORDER BY told.id
)
SELECT count(*) FROM told
"""


def put(messages: Iterable[Message]) -> int:
    """Store messages that were not told before and wake the sender after commit; returns how many were new."""
    with transaction.atomic():
        new = sum(put_batch(batch) for batch in batched_rows(messages))
        if new:
            send_after_commit("notifications.tasks.deliver_due")
    return new


def batched_rows(messages: Iterable[Message]) -> Iterator[list[tuple]]:
    waiting = iter(messages)
    while batch := [row_of(message) for message in islice(waiting, ROWS_PER_STATEMENT)]:
        yield batch


def row_of(message: Message) -> tuple:
    """The message as a row of the statement above."""
    return (
        message.recipient_id,
        message.key,
        message.kind,
        message.title[:TITLE_LENGTH],
        message.body,
        message.url,
        message.due_on,
        ContentType.objects.get_for_model(message.about).pk,
        message.about.pk,
    )


def put_batch(rows: list[tuple]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PUT, [list(column) for column in zip(*rows, strict=True)])
        return cursor.fetchone()[0]
