"""A real portal under `manage.py serve`, as a person at a terminal starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import environ
import psutil
import psycopg2

PROJECT = Path(__file__).resolve().parent.parent.parent
ROLES = {
    "postgresql": "bin/postgres",
    "redis": "redis-server",
    "web": "-m granian",
    "worker": "-A wuhou worker",
    "beat": "-A wuhou beat",
}
SECONDS_OF_HEARTBEAT = 1


def wait_for(what: Callable[[], object], *, seconds: float = 180):
    """The first true answer; fails when none comes in a time that suffices on a very busy machine."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what.__name__}"
        time.sleep(0.1)
    return answer


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(var: Path, **more: str) -> dict[str, str]:
    """A person's environment: nothing of the test run's own services."""
    ours = {"DATABASE_URL", "REDIS_URL", "PORTAL_VAR", "DJANGO_SETTINGS_MODULE"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("PYTEST")
    }
    return kept | {"PORTAL_VAR": str(var), "HEARTBEAT_SECONDS": str(SECONDS_OF_HEARTBEAT)} | more


def manage(var: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    """Run one command of manage.py to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=clean_environment(var, **more),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class Portal:
    """`manage.py serve` on a folder of its own and a free port; an empty district unless ``sample`` is asked for."""

    def __init__(self, var: Path, *, sample: bool = False, **environment: str):
        self.var = var
        self.port = free_port()
        self.output = var.parent / "serve.out"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *([] if sample else ["--no-sample"])],
                cwd=PROJECT,
                stdout=output,
                stderr=output,
                env=clean_environment(var, PORT=str(self.port), **environment),
            )

    def text(self) -> str:
        return self.output.read_text()

    def wait_until_told(self, sentence: str) -> None:
        """It answers before it has printed: the parent asks itself first, then tells."""
        wait_for(lambda: sentence in self.text())

    def get(self, path: str) -> tuple[int, dict]:
        """Status and JSON of a page; (0, {}) when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.text()
        return self.get("/readyz")[0] == 200

    def wait_until_ready(self) -> "Portal":
        wait_for(self.is_ready)
        return self

    def family(self) -> list[psutil.Process]:
        """Every process under the parent."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, role: str) -> psutil.Process | None:
        """The running child of this role."""
        for process in psutil.Process(self.process.pid).children():
            if ROLES[role] in command_line(process) and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def query(self, sql: str, *parameters):
        """The rows of a query on a connection of our own."""
        address = json.loads((self.var / "services.json").read_text())["DATABASE_URL"]
        settings = environ.Env.db_url_config(address)
        connection = psycopg2.connect(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"])
        connection.autocommit = True
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def heard_since(self, moment: datetime) -> bool:
        """Whether worker and beat both gave a sign of life after this moment."""
        return len(self.query("SELECT name FROM core_heartbeat WHERE at > %s", moment)) == 2

    def has_recovered_since(self, moment: datetime) -> bool:
        return self.is_ready() and self.heard_since(moment)

    def end(self, sig: int = signal.SIGTERM) -> int:
        """Ask the parent to stop and give its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(timeout=180)


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [
        process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def now() -> datetime:
    return datetime.now(UTC)
