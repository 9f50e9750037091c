"""A backup restores: what was there is there again, and what came later is gone."""

import pytest

from tests.wuhou.portal import manage
from wuhou.stack.local import shared_lock

COUNT = "from core.models import WorkdayOverride as W; print(sorted(str(w.date) for w in W.objects.all()))"


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    folder = tmp_path_factory.mktemp("backup") / "var"
    assert manage(folder, "migrate").returncode == 0
    # Holding the lock of the users keeps the services up between the commands.
    with shared_lock(folder / "users.lock"):
        yield folder


def add_day(var, day: str) -> None:
    code = f"from core.models import WorkdayOverride as W; W.objects.create(date='{day}', is_workday=True)"
    assert manage(var, "shell", "-c", code).returncode == 0


def days(var) -> str:
    return manage(var, "shell", "-v", "0", "-c", COUNT).stdout.strip()


def run_sql(var, sql: str) -> None:
    code = f"from django.db import connection; connection.cursor().execute('{sql}')"
    assert manage(var, "shell", "-c", code).returncode == 0


def test_a_restored_database_is_what_was_backed_up(var, tmp_path):
    add_day(var, "2026-01-04")
    file = tmp_path / "portal.backup"
    assert manage(var, "backup", str(file)).returncode == 0
    add_day(var, "2026-02-14")
    run_sql(var, "CREATE TABLE came_later (id int)")

    restored = manage(var, "restore", str(file), "--yes")

    assert (restored.returncode, restored.stderr) == (0, "")
    assert days(var) == "['2026-01-04']"
    assert "came_later" not in manage(var, "inspectdb").stdout
    assert manage(var, "migrate", "--check").returncode == 0


def test_a_damaged_backup_changes_nothing(var, tmp_path):
    whole, damaged = tmp_path / "whole", tmp_path / "damaged"
    manage(var, "backup", str(whole))
    damaged.write_bytes(whole.read_bytes()[:-5000])
    before = days(var)

    refused = manage(var, "restore", str(damaged), "--yes")

    assert refused.returncode == 1
    assert "现有数据未改动" in refused.stderr
    assert days(var) == before


def test_a_restore_without_yes_asks_and_a_silent_terminal_means_no(var, tmp_path):
    file = tmp_path / "portal.backup"
    manage(var, "backup", str(file))

    refused = manage(var, "restore", str(file))

    assert refused.returncode == 1
    assert "没有恢复" in refused.stderr


def test_a_backup_never_overwrites_a_file(var, tmp_path):
    file = tmp_path / "precious"
    file.write_text("keep me")

    refused = manage(var, "backup", str(file))

    assert refused.returncode == 1
    assert "已经存在" in refused.stderr
    assert file.read_text() == "keep me"
