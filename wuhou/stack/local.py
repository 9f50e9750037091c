"""The services of a checkout: those that run already, or started for the moment.

Locks in ``PORTAL_VAR`` are kernel locks, so that a killed process holds nothing:
``owner.lock`` is held by whoever runs the services (``serve`` or the keeper), ``users.lock`` is shared by all
commands that use the keeper's services; when nobody shares it any more the keeper stops them.
"""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from wuhou.stack.children import tail
from wuhou.stack.errors import StackError
from wuhou.stack.folders import PROJECT, private_folder
from wuhou.stack.postgres import Postgres
from wuhou.stack.redis import Redis

PATIENCE = 90


def missing_addresses() -> list[str]:
    """Which of the two addresses the environment leaves to us. Production names its own or is refused."""
    if os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production"):
        return []
    return [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]


def services_to_run(home: Path) -> list[Postgres | Redis]:
    """The services whose address the environment leaves to us."""
    missing = missing_addresses()
    return [service for service in (Postgres(home), Redis(home)) if service.address in missing]


@contextlib.contextmanager
def borrowed(home: Path) -> Iterator[None]:
    """Use the services of this checkout as long as the block runs."""
    private_folder(home)
    with shared_lock(home / "users.lock"):
        start_keeper_unless_running(home)
        os.environ.update(read_addresses(home))
        yield


def start_keeper_unless_running(home: Path) -> None:
    """Make sure that somebody runs the services; of two commands at once only the first starts the keeper."""
    with exclusive_lock(home / "start.lock"):
        if not is_owned(home):
            forget_addresses(home)
            launch_keeper(home)
        wait_for_addresses(home)


def launch_keeper(home: Path) -> None:
    """Start the keeper in a session of its own: Ctrl-C in the terminal is not for it."""
    log = home / "log" / "keeper.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "wuhou.stack.keeper", os.fspath(home)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=PROJECT,
            start_new_session=True,
        )
    deadline = time.monotonic() + PATIENCE
    while not addresses_file(home).exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise StackError(tail(log, 40) or "PostgreSQL 和 Redis 未能启动。")
        time.sleep(0.05)


def wait_for_addresses(home: Path) -> None:
    """Another process (``serve``) may hold the services but still be starting them."""
    deadline = time.monotonic() + PATIENCE
    while not addresses_file(home).exists():
        if time.monotonic() > deadline or not is_owned(home):
            raise StackError(f"{home} 的服务没有启动成功，请查看 {home / 'log'}。The services did not start.")
        time.sleep(0.1)


def addresses_file(home: Path) -> Path:
    return home / "services.json"


def write_addresses(home: Path, addresses: dict[str, str]) -> None:
    """Publish where the services are, whole or not at all."""
    unfinished = home / "services.json.unfinished"
    unfinished.write_text(json.dumps(addresses))
    unfinished.rename(addresses_file(home))


def read_addresses(home: Path) -> dict[str, str]:
    """The published addresses, as far as the environment does not name others."""
    published = json.loads(addresses_file(home).read_text())
    return {name: published[name] for name in missing_addresses() if name in published}


def forget_addresses(home: Path) -> None:
    addresses_file(home).unlink(missing_ok=True)


def is_owned(home: Path) -> bool:
    """Whether a living process runs the services of this folder."""
    try:
        with exclusive_lock(home / "owner.lock", wait=False):
            return False
    except BlockingIOError:
        return True


@contextlib.contextmanager
def exclusive_lock(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock alone.

    :raises BlockingIOError: when it is held and ``wait`` is False.
    """
    with locked(path, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB)):
        yield


@contextlib.contextmanager
def shared_lock(path: Path) -> Iterator[None]:
    """Hold the lock together with others."""
    with locked(path, fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def locked(path: Path, how: int) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, how)
        yield
