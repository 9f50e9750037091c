"""A real browser for the tests of this folder."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright


def chromium() -> str | None:
    """The browser of the machine; None lets Playwright look for its own."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture
def browser(live_server):
    """Chromium, closed before the database is emptied: Playwright's loop and the ORM don't share a thread.

    Rows that a test needs are made by fixtures that stand before this one.
    """
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield browser
        browser.close()
