"""The gallery in a real browser: nothing sticks out, nothing is out of reach, nothing needs the mouse."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = [360, 768, 1440, 1920]


@pytest.fixture
def open_gallery(browser, live_server):
    """Open a page in a window of a width, in elder mode or not; the script errors are collected."""

    def open_page(width: int, *, path: str = "/components/", elder: bool = False, **context):
        window = browser.new_context(viewport={"width": width, "height": 900}, **context)
        if elder:
            window.add_cookies([{"name": "elder", "value": "1", "url": live_server.url}])
        page = window.new_page()
        page.problems = []
        page.on("console", lambda line: line.type == "error" and page.problems.append(line.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(f"{live_server.url}{path}")
        return page

    return open_page


def sideways(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.mark.parametrize("elder", [False, True])
def test_the_page_never_scrolls_sideways(open_gallery, elder):
    for width in WIDTHS:
        page = open_gallery(width, elder=elder)
        assert sideways(page) <= 0, width
        assert page.problems == []


@pytest.mark.parametrize("elder", [False, True])
def test_axe_finds_nothing(open_gallery, elder):
    for width in (360, 1440):
        violations = Axe().run(open_gallery(width, elder=elder)).response["violations"]
        assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == []


def test_the_larger_type_is_twenty_pixels(open_gallery):
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    assert open_gallery(1440).evaluate(size) == 16
    assert open_gallery(1440, elder=True).evaluate(size) == 20


def test_everything_works_without_scripts(open_gallery):
    page = open_gallery(360, java_script_enabled=False)
    page.locator("summary", has_text="退回补充").click()
    assert page.get_by_label("退回原因").is_visible()


def test_the_first_tab_leads_to_the_text(open_gallery):
    page = open_gallery(1440, path="/no-such-page/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_a_draft_is_kept_and_offered_back_visibly(open_gallery):
    page = open_gallery(1440)
    page.fill("#id_note", "老院落的灯坏了三盏")
    page.wait_for_timeout(700)
    page.reload()
    assert page.input_value("#id_note") == "老院落的灯坏了三盏"
    assert page.get_by_text("已恢复您").is_visible()
    page.get_by_role("button", name="不要草稿").click()
    assert page.input_value("#id_note") == ""
    assert page.evaluate("localStorage.getItem('draft:gallery')") is None


def test_a_file_shows_its_name_once_chosen(open_gallery):
    page = open_gallery(1440)
    page.set_input_files("#id_file", {"name": "台账.xlsx", "mimeType": "text/plain", "buffer": b"x" * 4096})
    assert page.get_by_text("台账.xlsx（4 KB）").is_visible()
