"""Coverage over HTTP: granian with one worker each, CPU per request and requests a second, turn by turn.

The portal answers with the number of threads it is really served with; the peer has as many connections.
"""

import json
import os
import signal
import socket
import subprocess  # nosec B404 - our own servers
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.db import connection

from tests.benchmarks.data import SAMPLE_UNITS, TOKEN, make_people, make_units
from tests.benchmarks.load import requests_for
from tests.benchmarks.measure import Row, Values
from tests.benchmarks.peers import query
from wuhou.stack.serving import WEB_THREADS

SECONDS, CLIENTS, TURNS = 2.0, 8, 7
PORTAL, BARE = "/api/v1/statistics/coverage/", "/bare/coverage/"


@dataclass
class Server:
    """A running server and what its processes have used."""

    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """CPU of the server and its workers since they started."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in family)

    def run(self, address: str) -> tuple[float, float]:
        """(requests a second, microseconds of the server's CPU per request)."""
        before = self.cpu_seconds()
        number, seconds = requests_for(self.port, address, TOKEN, SECONDS, CLIENTS)
        return number / seconds, (self.cpu_seconds() - before) / number * 1e6


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def running(interface: str, target: str, **environment: str):
    """Run granian with one worker until the block ends."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        interface,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--workers", "1", "--no-ws", target]
    if interface == "wsgi":
        command[-1:-1] = ["--blocking-threads", WEB_THREADS]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # nosec B603
            command, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for(port, process)
            yield Server(port, psutil.Process(process.pid))
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(15)


def wait_for(port: int, process: subprocess.Popen) -> None:
    """Wait until somebody listens."""
    for _ in range(150):
        if process.poll() is not None:
            raise RuntimeError("The server ended at once.")
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(1)
                return
        time.sleep(0.2)
    raise RuntimeError("The server doesn't answer.")


def peer_environment() -> dict[str, str]:
    """What the FastAPI peer needs: the same statement with asyncpg's placeholders."""
    sql, (topic, _, *params), places = query()
    parts = sql.split("%s")
    numbered = parts[0] + f"'{topic}'" + parts[1]
    for number, part in enumerate(parts[2:], start=1):
        numbered += f"${number}{part}"
    settings = connection.settings_dict
    host = settings["HOST"] or "localhost"
    dsn = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={host}"
    return {
        "BENCH_SQL": numbered, "BENCH_PARAMS": json.dumps(params), "BENCH_PLACES": json.dumps(places),
        "BENCH_DSN": dsn, "BENCH_CONNECTIONS": WEB_THREADS,
    }  # fmt: skip


def rows() -> list[Row]:
    make_units(SAMPLE_UNITS)
    make_people()
    root = str(Path(__file__).resolve().parent.parent.parent)
    with ExitStack() as stack:
        wsgi = ("wsgi", "wuhou.wsgi:application")
        served = stack.enter_context(running(*wsgi, PYTHONPATH=root))
        computing = stack.enter_context(running(*wsgi, PYTHONPATH=root, STATISTICS_MEMORY_BYTES="0"))
        peer = stack.enter_context(
            running("asgi", "tests.benchmarks.fastapi_peer:app", PYTHONPATH=root, **peer_environment())
        )
        ways = {
            "served": (served, PORTAL), "computed": (computing, PORTAL), "bare": (computing, BARE),
            "fastapi": (peer, "/coverage/"),
        }  # fmt: skip
        for server, address in ways.values():
            server.run(address)
        turns = [
            {name: server.run(address) for name, (server, address) in ways.items()} for _ in range(TURNS)
        ]

    def values(name: str, which: int) -> Values:
        return Values(tuple(turn[name][which] for turn in turns))

    def against_bare(name: str, words: str) -> Row:
        title = f"coverage over granian, token, {words}: CPU/request ÷ bare view"
        return Row(title, values(name, 1), values("bare", 1), "µs", 1.4, True)

    def against_fastapi(name: str, words: str) -> Row:
        title = f"the same, {words} ÷ FastAPI + asyncpg with a token query"
        note = f"one granian worker and {WEB_THREADS} connections each; FastAPI with a response model"
        return Row(title, values(name, 0), values("fastapi", 0), "req/s", 1.0, False, note=note)

    return [
        against_bare("computed", "computed each time"),
        against_bare("served", "as served"),
        against_fastapi("computed", "computed each time"),
        against_fastapi("served", "as served"),
    ]
