"""PostgreSQL and Redis for one test run: in a temporary folder, careless about crashes, gone afterwards."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wuhou.stack import children
from wuhou.stack.postgres import AS_NOBODY, Postgres
from wuhou.stack.redis import Redis


@contextlib.contextmanager
def services() -> Iterator[None]:
    """Set ``DATABASE_URL`` and ``REDIS_URL`` to fresh services; those already set are left alone.

    ``PORTAL_VAR`` becomes the temporary folder, so that no test writes into a person's data.
    """
    with contextlib.ExitStack() as stack:
        home = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="wuhou-", ignore_cleanup_errors=True))
        )
        os.environ["PORTAL_VAR"] = str(home)
        for service in (Postgres(home, durable=False), Redis(home, durable=False)):
            if not os.environ.get(service.address):
                os.environ[service.address] = stack.enter_context(running(service))
        yield


@contextlib.contextmanager
def running(service: Postgres | Redis) -> Iterator[str]:
    """Run one service and give its URL."""
    try:
        service.prepare()
        process = service.start()
        try:
            service.make_ready()
            yield service.url
        finally:
            children.stop(process, sig=service.stop_signal, patience=service.patience)
    finally:
        clear_away(service)


def clear_away(service: Postgres | Redis) -> None:
    """Remove what lies outside the temporary folder: a short socket folder, another account's data."""
    if isinstance(service, Postgres) and service.way == AS_NOBODY:
        shutil.rmtree(service.ground, ignore_errors=True)
    sockets = service.sockets if isinstance(service, Postgres) else service.socket.parent
    if service.home not in sockets.parents:
        shutil.rmtree(sockets, ignore_errors=True)
