"""Processes that never outlive their parent."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from wuhou.stack.errors import StackError

PR_SET_PDEATHSIG = 1
DIE_WITH_PARENT = "PORTAL_DIE_WITH_PARENT"
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(sig: int = signal.SIGKILL) -> None:
    """Ask the kernel to send this process ``sig`` when the thread that started it ends, however it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0)


def die_with_parent_if_asked() -> None:
    """For processes started by our children (web workers, pool children): die when the child dies."""
    if os.environ.get(DIE_WITH_PARENT):
        die_with_parent()


def start(
    argv: Sequence[str | Path],
    *,
    log: Path,
    death_signal: int,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen:
    """Start a child in its own session, so that Ctrl-C in the terminal reaches only the parent.

    Must be called from the main thread: the kernel ties the death signal to the starting thread.
    """
    parent = os.getpid()

    def tie_to_parent() -> None:
        die_with_parent(death_signal)
        if os.getppid() != parent:
            os._exit(1)

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [os.fspath(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=tie_to_parent,
        )


def stop(process: subprocess.Popen, *, sig: int, patience: float) -> None:
    """Ask politely with ``sig``, wait ``patience`` seconds, then kill the child's whole session."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            kill_session(process)
    kill_session(process)


def kill_session(process: subprocess.Popen) -> None:
    """Kill the child and whatever it started that still shares its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(
    is_ready: Callable[[], bool], *, process: subprocess.Popen, log: Path, name: str, patience: float = 60
) -> None:
    """Wait for a service.

    :raises StackError: when it ends or stays silent, with the last lines of its log.
    """
    deadline = time.monotonic() + patience
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            kill_session(process)
            raise StackError(f"{name} 未能启动（did not start），日志 {log} 的最后几行：\n{tail(log)}")
        time.sleep(0.05)


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, "" when there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
