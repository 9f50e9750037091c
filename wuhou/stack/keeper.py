"""Runs PostgreSQL and Redis as long as any command of ``manage.py`` uses them: ``python -m wuhou.stack.keeper FOLDER``."""

import contextlib
import signal
import sys
from pathlib import Path

from wuhou.stack import children, local
from wuhou.stack.errors import StackError
from wuhou.stack.postgres import Postgres
from wuhou.stack.redis import Redis


def keep(home: Path) -> None:
    """Start the services, publish their addresses, wait until nobody uses them, stop them.

    ``users.lock`` is let go last: a command that comes meanwhile waits for it, finds nothing running and
    starts the next keeper.
    """
    with (
        contextlib.ExitStack() as unused,
        local.exclusive_lock(home / "owner.lock"),
        contextlib.ExitStack() as running,
    ):
        running.callback(local.forget_addresses, home)
        local.write_addresses(home, dict(start(service, running) for service in local.services_to_run(home)))
        unused.enter_context(local.exclusive_lock(home / "users.lock"))


def start(service: Postgres | Redis, running: contextlib.ExitStack) -> tuple[str, str]:
    """Start one service, have it stopped at the end, and give the name and value of its address."""
    service.prepare()
    process = service.start()
    running.callback(children.stop, process, sig=service.stop_signal, patience=service.patience)
    service.make_ready()
    return service.address, service.url


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        keep(Path(sys.argv[1]))
    except StackError as refusal:
        sys.exit(str(refusal))
