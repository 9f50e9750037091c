"""The parent restarts a failing child with growing pauses, so that it never spins."""

import signal
import sys

import pytest

from tests.wuhou.portal import wait_for
from wuhou.stack import children, supervisor
from wuhou.stack.errors import StackError
from wuhou.stack.supervisor import Child, Supervisor, how_it_ended


@pytest.fixture
def failing(tmp_path):
    """A program that ends at once."""
    log = tmp_path / "failing.log"

    def launch():
        program = [sys.executable, "-c", "import sys; sys.exit('no such table')"]
        return children.start(program, log=log, death_signal=signal.SIGKILL)

    return Child("failing", launch, signal.SIGTERM, 5, log)


def deaths(child: Child, count: int) -> list[float]:
    """The pauses after this many deaths in a row."""
    pauses = []
    for _ in range(count):
        child.start()
        wait_for(lambda: child.has_died)
        pauses.append(child.pause)
        child.bury()
        child.grow_pause()
    return pauses


def test_the_pause_doubles_and_stays_below_half_a_minute(failing):
    assert deaths(failing, 3) == [0.5, 1, 2]
    failing.pause = 20
    assert deaths(failing, 3) == [20, 30, 30]


def test_a_child_that_lived_long_is_restarted_soon(failing, monkeypatch):
    failing.pause = 16
    monkeypatch.setattr(supervisor, "STEADY_AFTER", 0)

    failing.start()
    wait_for(lambda: failing.has_died)

    assert "0.5 秒后重启" in failing.bury()


def test_a_death_and_a_restart_are_one_line_each(failing):
    said = []
    parent = Supervisor(say=said.append)
    parent.add(failing)

    wait_for(lambda: parent.look_after_all() or len(said) >= 2)
    parent.stop_all()

    assert said[0] == f"failing 已退出（1），0.5 秒后重启（日志 {failing.log}）"
    assert said[1] == "failing 已重启"


def test_a_service_that_does_not_start_is_explained_by_its_log(failing):
    failing.start()

    with pytest.raises(StackError, match=r"(?s)failing 未能启动.*no such table"):
        children.wait_until(lambda: False, process=failing.process, log=failing.log, name="failing")


def test_endings_are_told_in_words():
    assert how_it_ended(-9) == "被信号 SIGKILL 终止"
    assert how_it_ended(1) == "已退出（1）"
