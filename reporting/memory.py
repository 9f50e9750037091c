"""Answers that were just given: kept by each process, and given again only while nothing counted has changed."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

LARGEST = 1024 * 1024


class AnswerMemory:
    """Bodies by question, each with the version of the data it shows; the longest unused go first.

    ``capacity`` is in bytes; 0 keeps nothing. A body is only ever found again under the very version it was put
    in with, so it can't be stale.
    """

    def __init__(self, capacity: int):
        self.capacity = capacity
        self.size = 0
        self._kept: OrderedDict[Hashable, tuple[str, bytes]] = OrderedDict()
        self._lock = Lock()

    def knows(self, question: Hashable) -> bool:
        """Whether an answer to this question is kept, of whatever version."""
        return question in self._kept

    def get(self, question: Hashable, version: str) -> bytes | None:
        with self._lock:
            kept = self._kept.get(question)
            if kept is None or kept[0] != version:
                return None
            self._kept.move_to_end(question)
            return kept[1]

    def put(self, question: Hashable, version: str, body: bytes) -> None:
        with self._lock:
            self._forget(question)
            if len(body) > min(self.capacity, LARGEST):
                return
            self._kept[question] = (version, body)
            self.size += len(body)
            while self.size > self.capacity:
                self._forget(next(iter(self._kept)))

    def _forget(self, question: Hashable) -> None:
        kept = self._kept.pop(question, None)
        if kept:
            self.size -= len(kept[1])
