"""A list in a real browser: filters and pages change the rows only, and the address keeps what was chosen."""

import pytest
from playwright.sync_api import expect

from tests.core.test_pages import make_units

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.core.test_pages")]


@pytest.fixture
def session(subdistrict, huangmenjie) -> str:
    """The session of the subdistrict with 53 units to look at."""
    make_units(huangmenjie, 53)
    return subdistrict.client.cookies["sessionid"].value


@pytest.fixture
def open_list(session, live_server, browser):
    """Open the list as the subdistrict in a window of a width; each full page load is counted."""

    def open_page(width: int = 1440, **context):
        window = browser.new_context(viewport={"width": width, "height": 900}, **context)
        window.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = window.new_page()
        page.loads = []
        page.on("load", lambda loaded: loaded.loads.append(loaded.url))
        page.goto(f"{live_server.url}/try/units/")
        return page

    return open_page


def test_typing_narrows_the_rows_and_the_address_keeps_it(open_list):
    page = open_list()
    page.get_by_role("searchbox", name="查找").fill("单位007")
    expect(page.get_by_role("status")).to_contain_text("共 1 家")
    assert page.url.endswith("/try/units/?q=%E5%8D%95%E4%BD%8D007")
    assert len(page.loads) == 1
    page.reload()
    expect(page.get_by_role("link", name="试验单位007")).to_be_visible()


def test_sorting_and_paging_change_only_the_rows(open_list):
    page = open_list()
    page.get_by_role("link", name="党员").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("党员")
    page.get_by_role("link", name="下一页").click()
    expect(page.locator("[aria-current=page]", has_text="2")).to_be_visible()
    assert len(page.loads) == 1
    assert page.url.endswith("?sort=members_total&page=2")


def test_a_wrong_filter_is_answered_in_place(open_list):
    page = open_list()
    page.get_by_label("从").fill("abc")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("alert")).to_contain_text("有筛选条件填得不对")
    expect(page.get_by_text("党员人数：输入一个数字。")).to_be_visible()


def test_it_works_without_scripts(open_list):
    page = open_list(java_script_enabled=False)
    page.get_by_role("searchbox", name="查找").fill("单位007")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("status")).to_contain_text("共 1 家")


def test_on_a_phone_rows_are_cards_and_filters_are_folded(open_list):
    page = open_list(360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert not page.get_by_label("从").is_visible()
    cell = page.locator("tbody tr").first.locator("td").nth(1)
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"所在社区"'
