"""Reminders (提醒): apps say purely what is due and whom to chase; here it becomes messages, each told once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import models

from notifications.outbox import Message, put


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to chase somebody about.

    ``key`` names the fact and the stage (``visit-due:unit-7:2026-11:T-5``): the same key reaches a person once,
    however often it is sent. ``to`` are the primary keys of the users, ``about`` the row it speaks of, ``url`` the
    page to open (a path of this site), ``due_on`` the day it is due.
    """

    key: str
    to: tuple[int, ...]
    kind: str
    title: str
    body: str
    url: str
    about: models.Model
    due_on: date | None = None

    def messages(self) -> list[Message]:
        return [
            Message(
                key=self.key,
                recipient_id=pk,
                kind=self.kind,
                title=self.title,
                body=self.body,
                url=self.url,
                about=self.about,
                due_on=self.due_on,
            )
            for pk in self.to
        ]


def send_reminders(reminders: Iterable[Reminder]) -> int:
    """Store the messages of all reminders, with an e-mail copy for those who want one, thousands in one statement.

    What was told before is left alone; returns how many messages are new.
    """
    return put(message for reminder in reminders for message in reminder.messages())
