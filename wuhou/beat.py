"""One beat counts: however many are started, only the one that holds a lock in PostgreSQL sends tasks."""

import logging
from contextlib import suppress

import psycopg2
from celery.beat import PersistentScheduler
from django.db import connection

logger = logging.getLogger(__name__)

# Any number, the same in every beat of one database ("510107" and the day this was written).
LOCK = 510107_2026
PAUSE = 5
SIGN_OF_LIFE = """
    INSERT INTO core_heartbeat (name, at) VALUES ('beat', now())
    ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""


class BeatLock:
    """A session's advisory lock on a connection of its own; PostgreSQL lets it go when beat dies."""

    def __init__(self):
        self.session = None

    def is_held(self) -> bool:
        """Take the lock or make sure that it is still ours, and leave a sign of life."""
        try:
            return self._take() and self._live()
        except psycopg2.Error as error:
            logger.warning("beat has no database: %s", error)
            self.release()
            return False

    def _take(self) -> bool:
        if self.session is None:
            self.session = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
            self.session.autocommit = True
            if not self._ask("SELECT pg_try_advisory_lock(%s)"):
                self.session.close()
                self.session = None
                return False
            logger.info("this beat counts")
        return True

    def _ask(self, question: str) -> bool:
        with self.session.cursor() as cursor:
            cursor.execute(question, [LOCK])
            return cursor.fetchone()[0]

    def _live(self) -> bool:
        with self.session.cursor() as cursor:
            cursor.execute(SIGN_OF_LIFE)
        return True

    def release(self) -> None:
        """Let the lock go at once: after a mere close PostgreSQL holds it until it notices that we are gone."""
        if self.session is not None:
            with suppress(psycopg2.Error):
                self._ask("SELECT pg_advisory_unlock(%s)")
            with suppress(psycopg2.Error):
                self.session.close()
        self.session = None


class OneBeatScheduler(PersistentScheduler):
    """Celery's scheduler with a file, silent while another beat holds the lock."""

    def __init__(self, *args, **kwargs):
        self.lock = BeatLock()
        super().__init__(*args, **kwargs)

    def tick(self, *args, **kwargs):
        """Send what is due and return the seconds until the next look."""
        if not self.lock.is_held():
            return PAUSE
        return super().tick(*args, **kwargs)

    def close(self):
        self.lock.release()
        super().close()
