"""The one parent behind ``manage.py serve``: starts its children, restarts those that die, stops them in order."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from wuhou.stack import children

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# Who lived this long is no longer failing at its start: the next pause is short again.
STEADY_AFTER = 60.0
TICK = 0.2


@dataclass
class Child:
    """A process that shall run as long as its parent does.

    :param launch: starts it and gives the process.
    :param stop_signal: asks it to end; after ``patience`` seconds it is killed.
    """

    name: str
    launch: Callable[[], subprocess.Popen]
    stop_signal: int
    patience: float
    log: Path
    process: subprocess.Popen | None = None
    launched_at: float = 0.0
    due_at: float = 0.0
    pause: float = field(default=FIRST_PAUSE)

    def start(self) -> None:
        self.process = self.launch()
        self.launched_at = time.monotonic()

    @property
    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    @property
    def is_due(self) -> bool:
        return self.process is None and time.monotonic() >= self.due_at

    def bury(self) -> str:
        """Clear away a dead process and plan the next one; gives how it ended, in words."""
        children.kill_session(self.process)
        ending = how_it_ended(self.process.returncode)
        if time.monotonic() - self.launched_at > STEADY_AFTER:
            self.pause = FIRST_PAUSE
        self.process, self.due_at = None, time.monotonic() + self.pause
        return f"{ending}，{self.pause:g} 秒后重启（日志 {self.log}）"

    def grow_pause(self) -> None:
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process, sig=self.stop_signal, patience=self.patience)
        self.process = None


def how_it_ended(code: int) -> str:
    """``-9`` → 被信号 SIGKILL 终止."""
    if code >= 0:
        return f"已退出（{code}）"
    return f"被信号 {signal.Signals(-code).name} 终止"


def report(sentence: str) -> None:
    """One line with the time for the person at the terminal."""
    print(f"[{datetime.now():%H:%M:%S}] {sentence}", flush=True)  # noqa: T201


class Supervisor:
    """Keeps children alive. Those added first are started first and stopped last."""

    def __init__(self, say: Callable[[str], None] = report):
        self.say = say
        self.children: list[Child] = []
        self.is_stopping = False

    def listen_for_the_end(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal end the watch; later ones don't disturb the orderly stop."""
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, self._end)

    def _end(self, *_) -> None:
        if not self.is_stopping:
            self.is_stopping = True
            raise KeyboardInterrupt

    def add(self, child: Child) -> None:
        """Start a child and watch it from now on."""
        self.children.append(child)
        child.start()

    def watch(self) -> None:
        """Restart whoever dies, until the end is asked for (KeyboardInterrupt)."""
        while True:
            self.look_after_all()
            time.sleep(TICK)

    def look_after_all(self) -> None:
        for child in self.children:
            if child.has_died:
                self.say(f"{child.name} {child.bury()}")
            elif child.is_due:
                self._restart(child)

    def _restart(self, child: Child) -> None:
        child.start()
        child.grow_pause()
        self.say(f"{child.name} 已重启")

    def stop_all(self) -> None:
        """Stop the last-started first."""
        self.is_stopping = True
        for child in reversed(self.children):
            child.stop()
        self.children.clear()
