"""`manage.py serve`: the whole portal under one parent."""

import http.client
import os
import socket
import time

from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections

from wuhou.first_start import prepare_data, welcome
from wuhou.stack import serving
from wuhou.stack.folders import var_folder

PATIENCE = 60


class Command(BaseCommand):
    help = "Run PostgreSQL, Redis, web, worker and beat; Ctrl-C stops all of them."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--no-sample", action="store_true", help="start a new database as an empty district"
        )
        parser.add_argument("--host", default=os.environ.get("BIND") or "127.0.0.1")
        parser.add_argument("--port", type=int, default=os.environ.get("PORT") or 8000)

    def handle(self, *, no_sample, host, port, **options):
        refuse_taken_port(host, port)
        call_command("migrate", interactive=False, verbosity=0)
        first = prepare_data(with_sample=not no_sample)
        start_programs(host, port)
        self.stdout.write(welcome(f"http://{reachable(host)}:{port}", first))
        self.stdout.flush()
        connections.close_all()
        serving.SUPERVISOR.watch()


def refuse_taken_port(host: str, port: int) -> None:
    """:raises CommandError: when another program listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CommandError(
                f"端口 {port} 不能使用（{reason}），请用 PORT= 另选一个。Port {port} cannot be used."
            ) from error


def start_programs(host: str, port: int) -> None:
    """Start web, worker and beat, and wait until the printed address will work."""
    home = var_folder()
    for child in (serving.worker(home), serving.web(home, host, port), serving.beat(home)):
        serving.SUPERVISOR.add(child)
    wait_for_web(host, port)


def wait_for_web(host: str, port: int) -> None:
    """:raises CommandError: when the web process stays silent."""
    deadline = time.monotonic() + PATIENCE
    while not answers(host, port):
        serving.SUPERVISOR.look_after_all()
        if time.monotonic() > deadline:
            log = var_folder() / "log" / "web.log"
            raise CommandError(f"网页服务没有应答，请查看 {log}。The web process does not answer.")
        time.sleep(0.1)


def answers(host: str, port: int) -> bool:
    """Whether /healthz says yes."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable(host: str) -> str:
    """The address under which this machine reaches its own server."""
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # nosec B104
