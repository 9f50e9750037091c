"""The verbs of messages: tell people of a fact, mark it read. Sending is in `notifications.delivery`."""

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.utils import timezone

from accounts.models import User
from core.actor import Actor
from notifications.outbox import Message, put


def notify(
    *,
    key: str,
    to: Iterable[User],
    kind: str,
    title: str,
    about: models.Model,
    body: str = "",
    url: str = "",
    due_on: date | None = None,
) -> int:
    """Store a message of one fact for each person, in the transaction of the fact; told once whatever happens.

    ``key`` names the fact (``claim-confirmed:12``). Returns how many people are newly told.
    """
    people = {user.pk for user in to}
    return put(
        Message(
            key=key, recipient_id=pk, kind=kind, title=title, body=body, url=url, about=about, due_on=due_on
        )
        for pk in people
    )


def mark_read(*, notifications: models.QuerySet, actor: Actor) -> int:
    """Mark messages of the actor as read; returns how many were unread."""
    return notifications.visible_to(actor).unread().update(read_at=timezone.now())
