"""`manage.py serve` is the one parent: what dies comes back, and what ends leaves nothing behind."""

import signal
import socket
from contextlib import closing

import psutil
import pytest

from tests.wuhou.portal import ROLES, Portal, command_line, living, manage, now, wait_for


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    """One data folder for the whole module: making a database takes longer than all else."""
    return tmp_path_factory.mktemp("portal") / "var"


@pytest.fixture
def portal(var):
    """A running portal, ended with the test whatever happened to it."""
    portal = Portal(var).wait_until_ready()
    yield portal
    family = portal.family() if portal.process.poll() is None else []
    portal.end()
    wait_for(lambda: not living(family))


@pytest.fixture(scope="module")
def lasting_portal(var):
    """The portal that is hurt again and again without being started anew."""
    portal = Portal(var).wait_until_ready()
    yield portal
    portal.end()


def test_a_new_portal_tells_the_address_and_the_first_sign_in(lasting_portal):
    lasting_portal.wait_until_told(f"http://127.0.0.1:{lasting_portal.port}")
    lasting_portal.wait_until_told("首个账号（区委组织部）：district")


def test_healthz_and_readyz_say_ok_and_no_more(lasting_portal):
    parts = {"database": "ok", "redis": "ok", "migrations": "ok", "worker": "ok", "beat": "ok"}

    assert lasting_portal.get("/healthz") == (200, {"status": "ok"})
    assert lasting_portal.get("/readyz") == (200, {"status": "ok", **parts})


def test_a_second_serve_on_the_same_folder_is_refused_with_a_sentence(lasting_portal, var):
    refused = manage(var, "serve", "--no-sample")

    assert refused.returncode == 1
    assert "已在" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_command_of_manage_py_uses_the_running_services(lasting_portal, var):
    before = lasting_portal.child("postgresql")

    done = manage(var, "migrate", "--check")

    assert (done.returncode, done.stderr) == (0, "")
    assert lasting_portal.child("postgresql") == before


@pytest.mark.parametrize("role", ROLES)
def test_a_killed_child_is_restarted_and_nothing_committed_is_lost(lasting_portal, role):
    victim = lasting_portal.child(role)
    its_own = victim.children(recursive=True)
    lasting_portal.query(
        "INSERT INTO core_deploymentfact (name, value, at) VALUES (%s, '{}', now())", f"before {role}"
    )

    victim.kill()
    wait_for(lambda: not living([victim]))
    successor = wait_for(lambda: lasting_portal.child(role))
    seen_at = now()
    wait_for(lambda: lasting_portal.has_recovered_since(seen_at))

    assert successor != victim
    assert living(its_own) == []
    assert lasting_portal.query("SELECT 1 FROM core_deploymentfact WHERE name = %s", f"before {role}") == [
        (1,)
    ]


def test_a_killed_parent_leaves_no_orphan_and_starts_again_on_whole_data(lasting_portal, var):
    family = lasting_portal.family()
    lasting_portal.query(
        "INSERT INTO core_deploymentfact (name, value, at) VALUES ('before parent', '{}', now())"
    )

    lasting_portal.process.kill()
    lasting_portal.process.wait()
    reborn = Portal(var)
    try:
        wait_for(lambda: not living(family))
        reborn.wait_until_ready()
        kept = reborn.query("SELECT count(*) FROM core_deploymentfact WHERE name LIKE 'before %'")
    finally:
        reborn.end()

    assert kept == [(len(ROLES) + 1,)]


def test_ctrl_c_stops_everything_cleanly(portal):
    family = portal.family()

    status = portal.end(signal.SIGINT)

    assert status == 0
    assert living(family) == []
    assert portal.text().rstrip().endswith("已全部停止。")
    assert "database system is shut down" in (portal.var / "log" / "postgresql.log").read_text()[-300:]


def test_a_taken_port_is_refused_with_a_sentence_and_nothing_keeps_running(var):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = manage(var, "serve", "--no-sample", PORT=str(taken.getsockname()[1]))

    assert refused.returncode == 1
    assert "请用 PORT= 另选一个" in refused.stderr
    assert not [line for line in map(command_line, psutil.process_iter()) if str(var) in line]
