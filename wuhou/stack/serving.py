"""What ``manage.py serve`` does before Django reads its settings: take the checkout, start PostgreSQL and Redis."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from wuhou.stack import children, local
from wuhou.stack.errors import StackError
from wuhou.stack.folders import PROJECT, private_folder
from wuhou.stack.postgres import Postgres
from wuhou.stack.redis import Redis
from wuhou.stack.supervisor import Child, Supervisor, report

SUPERVISOR = Supervisor()
WEB_WORKERS = "2"
# A request waits for PostgreSQL most of its time: with fewer threads than clients the processor stands idle.
WEB_THREADS = "8"
POOL_PROCESSES = "2"


@contextlib.contextmanager
def services(home: Path) -> Iterator[None]:
    """Run what the environment leaves to us under the supervisor; Ctrl-C at any moment ends in an orderly stop.

    :raises StackError: when another ``serve`` runs on this folder, or a service doesn't start.
    """
    private_folder(home)
    SUPERVISOR.listen_for_the_end()
    with own(home):
        try:
            for service in local.services_to_run(home):
                start(service)
            local.write_addresses(home, published_addresses())
            yield
        except KeyboardInterrupt:
            report("正在停止 …")
            sys.exit(0)
        finally:
            local.forget_addresses(home)
            SUPERVISOR.stop_all()
            report("已全部停止。")


def published_addresses() -> dict[str, str]:
    """What commands of manage.py find while we run."""
    return {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ}


@contextlib.contextmanager
def own(home: Path) -> Iterator[None]:
    """Be the only one who runs services on this folder."""
    with contextlib.ExitStack() as locks:
        try:
            locks.enter_context(local.exclusive_lock(home / "serve.lock", wait=False))
        except BlockingIOError:
            raise StackError(
                f"门户已在 {home} 上运行，不能再启动一次。The portal already runs on this folder."
            ) from None
        take_over(home, locks)
        yield


def take_over(home: Path, locks: contextlib.ExitStack) -> None:
    """Wait for a command of manage.py that uses the services at this moment, then hold them ourselves."""
    told = False
    while True:
        try:
            locks.enter_context(local.exclusive_lock(home / "owner.lock", wait=False))
            return
        except BlockingIOError:
            if not told:
                report("另一条 manage.py 命令正在使用数据库，等待它结束 …")
            told = True
            time.sleep(0.2)


def start(service: Postgres | Redis) -> None:
    """Start one service, have it watched, and put its address into our environment."""
    service.prepare()
    child = Child(service.name, service.launch, service.stop_signal, service.patience, service.log)
    SUPERVISOR.add(child)
    children.wait_until(service.is_ready, process=child.process, log=service.log, name=service.name)
    service.make_ready()
    os.environ[service.address] = service.url


def python_child(name: str, home: Path, *arguments: str, stop_signal: int, patience: float) -> Child:
    """A child that is one of our own Python programs; it and its own children die at once with us."""
    log = home / "log" / f"{name}.log"
    environment = {**os.environ, children.DIE_WITH_PARENT: "1", "PYTHONUNBUFFERED": "1"}

    def launch():
        return children.start(
            [sys.executable, "-m", *arguments],
            log=log,
            death_signal=signal.SIGKILL,
            env=environment,
            cwd=PROJECT,
        )

    return Child(name, launch, stop_signal, patience, log)


def web(home: Path, host: str, port: int) -> Child:
    return python_child(
        "web",
        home,
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--no-ws",
        "--workers",
        WEB_WORKERS,
        "--blocking-threads",
        WEB_THREADS,
        "--respawn-failed-workers",
        "--respawn-interval",
        "0.5",
        "--workers-kill-timeout",
        "10",
        "wuhou.wsgi:application",
        stop_signal=signal.SIGTERM,
        patience=15,
    )


def worker(home: Path) -> Child:
    # SIGQUIT is Celery's soft shutdown: running tasks get 30 s, then go back onto the queue.
    return python_child(
        "worker",
        home,
        "celery",
        "-A",
        "wuhou",
        "worker",
        "--pool",
        "prefork",
        "--concurrency",
        POOL_PROCESSES,
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "info",
        stop_signal=signal.SIGQUIT,
        patience=45,
    )


def beat(home: Path) -> Child:
    (home / "beat").mkdir(exist_ok=True)
    return python_child(
        "beat",
        home,
        "celery",
        "-A",
        "wuhou",
        "beat",
        "--pidfile",
        "",
        "--loglevel",
        "info",
        stop_signal=signal.SIGTERM,
        patience=10,
    )
