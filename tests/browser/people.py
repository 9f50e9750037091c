"""People in front of a real portal (`manage.py serve`): each with an own browser window and sign-in."""

import os

from playwright.sync_api import Page, Playwright

from tests.browser.conftest import chromium

PHONE = {"width": 360, "height": 780}
DESK = {"width": 1440, "height": 900}


class People:
    """Opens windows for people and closes them all at the end."""

    def __init__(self, playwright: Playwright, address: str):
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        self.address = address

    def sign_in(self, username: str, password: str, *, window: dict = DESK) -> Page:
        """A page of somebody who has just signed in; every answer of 500 or more fails the test."""
        page = self.browser.new_context(
            viewport=window, base_url=self.address, accept_downloads=True
        ).new_page()
        page.broken = []
        page.on("response", lambda answer: answer.status >= 500 and page.broken.append(answer.url))
        page.goto("/")
        page.get_by_role("textbox", name="账号").fill(username)
        page.locator("input[name=password]").fill(password)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(self.address + "/")
        return page

    def close(self) -> None:
        self.browser.close()


def fits(page: Page) -> bool:
    """Whether the page needs no scrolling sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
