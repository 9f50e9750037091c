"""`manage.py` finds, borrows and returns the services by itself; what cannot start says so in one sentence."""

import subprocess
import sys

import psutil
import pytest

from tests.wuhou.portal import PROJECT, clean_environment, command_line, manage, wait_for
from wuhou.stack import postgres
from wuhou.stack.commands import needs_services
from wuhou.stack.folders import LONGEST_SOCKET_FOLDER, socket_folder
from wuhou.stack.postgres import AS_NOBODY, Postgres
from wuhou.stack.redis import Redis
from wuhou.stack.throwaway import running


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    """A data folder whose database has all tables."""
    folder = tmp_path_factory.mktemp("commands") / "var"
    assert manage(folder, "migrate").returncode == 0
    return folder


def servers_on(folder) -> list[str]:
    return [line for line in map(command_line, psutil.process_iter()) if str(folder) in line]


def test_a_command_starts_the_services_for_the_moment_and_leaves_none_behind(var):
    done = manage(var, "migrate", "--check")

    assert (done.returncode, done.stderr) == (0, "")
    wait_for(lambda: not servers_on(var))


def test_two_commands_at_once_share_the_services(var):
    both = [
        subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--check"], cwd=PROJECT, env=clean_environment(var)
        )
        for _ in range(2)
    ]

    assert [command.wait(timeout=180) for command in both] == [0, 0]
    wait_for(lambda: not servers_on(var))


def test_a_command_killed_in_the_middle_leaves_no_server(var):
    command = subprocess.Popen(
        [
            sys.executable,
            "manage.py",
            "shell",
            "-v",
            "0",
            "-c",
            "import time; print('up', flush=True); time.sleep(60)",
        ],
        cwd=PROJECT,
        env=clean_environment(var),
        stdout=subprocess.PIPE,
    )
    assert command.stdout.readline() == b"up\n"

    command.kill()
    command.wait()
    command.stdout.close()

    wait_for(lambda: not servers_on(var))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("manage.py", False),
        ("manage.py help", False),
        ("manage.py migrate --help", False),
        ("manage.py check", False),
        ("manage.py migrate", True),
        ("manage.py serve", True),
        ("manage.py import_units file.xlsx", True),
    ],
)
def test_only_commands_that_need_a_database_start_one(line, expected):
    assert needs_services(line.split()) is expected


def test_a_half_made_database_folder_is_made_anew(tmp_path):
    unfinished = tmp_path / "var" / "postgres.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")

    with running(Postgres(tmp_path / "var", durable=False)):
        assert servers_on(tmp_path)


def test_a_long_path_gets_a_short_socket_folder_and_works(tmp_path):
    home = tmp_path / ("很长的文件夹" * 6) / "a b"

    assert len(str(socket_folder(home))) <= LONGEST_SOCKET_FOLDER
    with running(Postgres(home, durable=False)) as database, running(Redis(home, durable=False)) as queue:
        assert database.startswith("postgres://portal@//tmp/")
        assert queue.startswith("unix:///tmp/")


@pytest.mark.parametrize("folder", ["a b", "数据"])
def test_addresses_with_blanks_and_chinese_letters_lead_to_the_database(tmp_path, folder):
    home = tmp_path / folder

    assert manage(home, "migrate", "--check").returncode == 1
    assert (home / "postgres" / "PG_VERSION").exists()


def test_root_without_user_namespaces_runs_postgresql_as_another_account(tmp_path, monkeypatch):
    monkeypatch.setattr(
        postgres, "way_to_run", lambda: AS_NOBODY if sys.platform == "linux" and is_root() else ()
    )
    service = Postgres(tmp_path / "var", durable=False)

    with running(service):
        owner = {psutil.Process(service.running_pid()).uids().real}

    assert owner == ({postgres.NOBODY} if is_root() else {psutil.Process().uids().real})


def is_root() -> bool:
    return psutil.Process().uids().real == 0


def test_a_named_database_is_used_instead_of_an_own_one(tmp_path):
    with running(Postgres(tmp_path / "elsewhere", durable=False)) as address:
        done = manage(tmp_path / "var", "migrate", "--check", DATABASE_URL=address)

    assert (done.returncode, done.stderr) == (1, "")
    assert (tmp_path / "var" / "redis").exists()
    assert not (tmp_path / "var" / "postgres").exists()


def test_services_that_cannot_start_say_so_in_a_sentence(tmp_path):
    (tmp_path / "var" / "postgres").mkdir(parents=True)

    refused = manage(tmp_path / "var", "migrate")

    assert refused.returncode == 1
    assert "PostgreSQL 未能启动" in refused.stderr
    assert "Traceback" not in refused.stderr
