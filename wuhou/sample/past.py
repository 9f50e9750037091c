"""Letting what is loaded today look as old as it claims to be: the portal's own actions always write "now"."""

from datetime import date, datetime, time, timedelta

import pgtrigger
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Max
from django.utils import timezone
from psycopg2.extras import execute_values

from core.actor import Actor
from core.models import HistoryEntry
from notifications.models import Notification

INSERT_HISTORY = """
    INSERT INTO core_historyentry (about_type_id, about_id, move, label, from_status, to_status, actor_id, actor_label,
        note, changes, place_code, at) VALUES %s
"""


def moment(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A local moment of a day."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def last_id(model: type[models.Model]) -> int:
    return model.objects.aggregate(last=Max("pk"))["last"] or 0


class Diary:
    """Remembers how far it has dated what was written about some rows, and dates what came since."""

    def __init__(self):
        self.turn_page()

    def turn_page(self) -> None:
        self.history, self.messages = last_id(HistoryEntry), last_id(Notification)

    def date(self, at: datetime, *about: models.Model) -> None:
        """Everything written about these rows since the last page happened at this moment."""
        for obj in about:
            named = {"about_type": ContentType.objects.get_for_model(obj), "about_id": obj.pk}
            with pgtrigger.ignore("core.HistoryEntry:append_only"):
                HistoryEntry.objects.filter(pk__gt=self.history, **named).update(at=at)
            Notification.objects.filter(pk__gt=self.messages, **named).update(created_at=at)
        self.turn_page()


def entry(
    about: models.Model,
    move: str,
    label: str,
    actor: Actor,
    at: datetime,
    *,
    before: str = "",
    after: str = "",
    note: str = "",
) -> tuple:
    """One line of a timeline in the past, ready to be inserted."""
    kind = ContentType.objects.get_for_model(about).pk
    return (
        kind,
        about.pk,
        move,
        label,
        before,
        after,
        actor.user_id,
        actor.label,
        note,
        "{}",
        about.place_code,
        at,
    )


def write_past(entries: list[tuple]) -> None:
    """Insert many lines at once, oldest first."""
    with connection.cursor() as cursor:
        execute_values(cursor, INSERT_HISTORY, sorted(entries, key=lambda line: line[-1]), page_size=1000)


def workday_before(day: date, days: int) -> date:
    """The day so many days earlier, moved back to Monday to Friday."""
    earlier = day - timedelta(days=days)
    return earlier - timedelta(days=max(earlier.weekday() - 4, 0))
