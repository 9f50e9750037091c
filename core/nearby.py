"""Values kept in a process's own memory, forgotten everywhere the moment somebody says so.

Asking Redis for a value costs a request more than everything else the API's base does, so what every request
needs (a token's card) stays in the process. A Redis channel tells all processes what to forget; a process that
doesn't hear the channel keeps nothing and asks the database, so Redis being away costs time, never truth.
"""

import logging
import threading
import time
from collections import OrderedDict
from typing import Any

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# A listener that hasn't turned round for so long is stuck or dead.
TRUSTED_SECONDS = 5.0
RETRY_SECONDS = 1.0


class Nearby:
    """A bounded store in memory; an entry lives ``seconds`` at most, and only while the channel is heard."""

    def __init__(self, channel: str, *, seconds: float, size: int):
        self.channel, self.seconds, self.size = channel, seconds, size
        self._entries: OrderedDict[str, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()
        self._listener: threading.Thread | None = None
        self._heard_at = float("-inf")
        self._forgotten = 0

    # Reading and keeping

    def mark(self) -> int:
        """Take this before reading the truth; `put` keeps nothing that was forgotten since."""
        return self._forgotten

    def get(self, key: str) -> Any:
        """The value, or None when there is none, it is too old, or the channel isn't heard."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        now = time.monotonic()
        if now - entry[0] > self.seconds or now - self._heard_at > TRUSTED_SECONDS:
            return None
        return entry[1]

    def put(self, key: str, value: Any, mark: int) -> None:
        """Keep a value read after ``mark`` was taken."""
        self._listen()
        with self._lock:
            if mark != self._forgotten:
                return
            self._entries[key] = (time.monotonic(), value)
            self._entries.move_to_end(key)
            while len(self._entries) > self.size:
                self._entries.popitem(last=False)

    # Forgetting

    def forget(self, key: str) -> None:
        """Forget a value here and in every other process."""
        self._drop(key)
        try:
            with Redis.from_url(settings.REDIS_URL) as client:
                client.publish(self.channel, key)
        except (RedisError, OSError) as error:
            logger.warning(
                "%s: others forget within %s s, Redis is away: %s", self.channel, self.seconds, error
            )

    def _drop(self, key: str | None) -> None:
        with self._lock:
            self._forgotten += 1
            if key is None:
                self._entries.clear()
            else:
                self._entries.pop(key, None)

    # Listening

    def _listen(self) -> None:
        """Start the listener of this process, once."""
        if self._listener is None or not self._listener.is_alive():
            with self._lock:
                if self._listener is None or not self._listener.is_alive():
                    self._listener = threading.Thread(target=self._hear, name=self.channel, daemon=True)
                    self._listener.start()

    def _hear(self) -> None:
        while True:
            try:
                self._hear_connected()
            except (RedisError, OSError, ValueError) as error:
                logger.info("%s not heard: %s", self.channel, error)
            self._heard_at = float("-inf")
            self._drop(None)
            time.sleep(RETRY_SECONDS)

    def _hear_connected(self) -> None:
        """Follow the channel until the connection breaks; only after the subscription is anything trusted."""
        client = Redis.from_url(settings.REDIS_URL, health_check_interval=2, socket_timeout=4)
        with client, client.pubsub() as channel:
            channel.subscribe(self.channel)
            is_subscribed = False
            while True:
                message = channel.get_message(timeout=1.0)
                if message and message["type"] == "subscribe":
                    is_subscribed = True
                elif message and message["type"] == "message":
                    self._drop(message["data"].decode())
                if is_subscribed:
                    self._heard_at = time.monotonic()
