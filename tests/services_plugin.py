"""The services of a test run: a real PostgreSQL and Redis that live as long as pytest.

Loaded with ``-p tests.services_plugin`` (see pyproject.toml), because they must run before Django's settings
are read. The processes of pytest-xdist inherit the addresses.
"""

import os
import shutil

import pytest

from wuhou.stack import throwaway

_services = throwaway.services()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    _services.__enter__()
    early_config.add_cleanup(lambda: _services.__exit__(None, None, None))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser that script/test found (``CHROMIUM``), or the one on the path."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "Chromium is missing: apt-get install -y chromium fonts-noto-cjk libatomic1"
    return found
