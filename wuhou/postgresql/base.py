"""The backend that settings name as ``ENGINE``; Django looks for ``DatabaseWrapper`` here."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A kept connection is asked only when its socket has something to tell.

    ``CONN_HEALTH_CHECKS`` sends ``SELECT 1`` before the first query of every request. A server that stops, is killed or
    ends the session leaves its last word or the end of the stream in the socket; where there is neither, the
    connection is as good as it was after its last answer.
    """

    def is_usable(self) -> bool:
        """False when the server is gone; costs no round trip while it says nothing."""
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return super().is_usable() if waiting.poll(0) else True
