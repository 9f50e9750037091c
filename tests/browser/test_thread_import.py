"""An empty district becomes a counted one: its office uploads the spreadsheet and reads coverage (issue step 1 and 2)."""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.people import DESK, PHONE, People, fits
from tests.wuhou.portal import PROJECT, Portal, wait_for

SECONDS = 180_000


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    portal = Portal(tmp_path_factory.mktemp("district") / "var")
    try:
        wait_for(portal.is_ready)
        yield portal
    finally:
        portal.end()


@pytest.fixture
def office(portal):
    """The district's first sign-in, as `serve` printed it."""
    wait_for(lambda: "密码" in portal.text())
    username = re.search(r"首个账号（.*?）：(\S+)", portal.text()).group(1)
    password = re.search(r"密码（只显示这一次）：(\S+)", portal.text()).group(1)
    with sync_playwright() as playwright:
        people = People(playwright, f"http://127.0.0.1:{portal.port}")
        yield people.sign_in(username, password)
        people.close()


def upload(page, name: str):
    page.goto("/units/import/")
    page.set_input_files("input[type=file]", PROJECT / "sample" / name)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/jobs/*/")
    expect(page.get_by_text(re.compile("^(待确认|已完成)$")).first).to_be_visible(timeout=SECONDS)


def confirm(page):
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("已完成", exact=True).first).to_be_visible(timeout=SECONDS)


def counts(page) -> dict[str, int]:
    """The figures of the check report by their label."""
    return {
        card.locator(".k").inner_text(): int(re.sub(r"\D", "", card.locator(".v").inner_text()))
        for card in page.locator("section[aria-label=核对结果] .kpi").all()
    }


def coverage(portal, **params) -> dict:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    address = f"http://127.0.0.1:{portal.port}/api/v1/statistics/coverage/?{query}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)


def test_the_offices_spreadsheet_gives_the_published_figures(portal, office):
    upload(office, "units.xlsx")
    assert counts(office) == {"新增": 1536, "修改": 0, "没有变化": 0, "不能导入": 0}
    confirm(office)

    office.goto("/statistics/coverage/")
    shown = office.locator("main").inner_text()
    assert "83.2%" in shown
    assert "100%" in shown
    total = coverage(portal)["total"]
    assert (total["numerator"], total["denominator"], total["rate_display"]) == (1040, 1250, "83.2%")
    social = coverage(portal, kind="social_organization")["total"]
    assert (social["numerator"], social["denominator"], social["rate_display"]) == (286, 286, "100%")

    office.locator("main a", has_text="1,040").first.click()
    expect(office.locator("main")).to_contain_text("1,040")
    assert office.broken == []

    upload(office, "units.xlsx")
    assert counts(office) == {"新增": 0, "修改": 0, "没有变化": 1536, "不能导入": 0}
    assert coverage(portal)["total"] == total


def test_a_messy_sheet_is_told_row_by_row_and_can_be_undone(portal, office):
    before = coverage(portal)["total"]
    upload(office, "units_messy.xlsx")
    found = counts(office)
    assert found["不能导入"] > 20
    assert sum(found.values()) == 60
    with office.expect_download() as download:
        office.get_by_role("link", name="下载标红的表格").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    confirm(office)
    office.get_by_role("button", name="撤销").first.click()
    expect(office.get_by_text("已撤销", exact=True).first).to_be_visible(timeout=SECONDS)
    assert coverage(portal)["total"] == before
    assert office.broken == []


def test_the_pages_fit_phone_and_desk(office):
    for window in (PHONE, DESK):
        office.set_viewport_size(window)
        for path in ("/", "/units/", "/units/import/", "/statistics/coverage/", "/jobs/"):
            office.goto(path)
            assert fits(office), (path, window)
