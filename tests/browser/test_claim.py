"""A liaison claims in three taps on a phone, with scripts and without; the staff decide on a desktop."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.factories.projects import make_project

pytestmark = pytest.mark.django_db(transaction=True)

PHONE, DESKTOP = (360, 740), (1440, 900)


@pytest.fixture
def project(huangmenjie):
    return make_project(place=huangmenjie, title="家电义修日", volunteers_needed=4)


@pytest.fixture
def sessions(liaison, community, subdistrict) -> dict[str, str]:
    people = {"liaison": liaison, "community": community, "subdistrict": subdistrict}
    return {name: person.client.cookies["sessionid"].value for name, person in people.items()}


@pytest.fixture
def open_as(sessions, project, browser, live_server):
    """Open an address as somebody of the cast in a window of a size."""

    def open_page(name: str, address: str, size: tuple[int, int], **context):
        window = browser.new_context(viewport={"width": size[0], "height": size[1]}, **context)
        window.add_cookies([{"name": "sessionid", "value": sessions[name], "url": live_server.url}])
        page = window.new_page()
        page.goto(f"{live_server.url}{address}")
        return page

    return open_page


def is_in_sight(locator) -> bool:
    """Whether the whole of it lies within the window, so that a thumb needs no scrolling."""
    box, window = locator.bounding_box(), locator.page.viewport_size
    return box["y"] >= 0 and box["y"] + box["height"] <= window["height"]


@pytest.mark.parametrize("scripts", [True, False])
def test_open_claim_confirm(open_as, scripts):
    page = open_as("liaison", "/projects/", PHONE, java_script_enabled=scripts)
    taps = [
        page.get_by_role("link", name="家电义修日"),
        page.get_by_role("link", name="认领", exact=True).and_(page.locator(".btn")),
        page.get_by_role("button", name="确认认领"),
    ]
    for tap in taps:
        assert is_in_sight(tap)
        tap.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360 if scripts else True
    expect(page.get_by_text("已提交认领")).to_be_visible()
    expect(page.get_by_role("heading", name="贵单位的认领")).to_be_visible()


def test_screened_and_confirmed_on_the_projects_page(open_as, project):
    page = open_as("liaison", f"/projects/{project.pk}/claim/", PHONE)
    page.get_by_role("button", name="确认认领").click()
    page = open_as("community", f"/projects/{project.pk}/", DESKTOP)
    page.get_by_role("button", name="初审通过").click()
    expect(page.get_by_text("已办理：初审通过")).to_be_visible()
    page = open_as("subdistrict", f"/projects/{project.pk}/", DESKTOP)
    page.get_by_role("button", name="确认认领").click()
    expect(page.get_by_text("认领已满")).to_be_visible()
    page = open_as("liaison", "/messages/", PHONE)
    page.get_by_role("link", name="认领已确认：家电义修日").click()
    expect(page.get_by_role("heading", name="认领：家电义修日")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_axe_finds_nothing_and_nothing_sticks_out(open_as, project, size):
    addresses = {
        "liaison": [
            "/projects/",
            f"/projects/{project.pk}/",
            f"/projects/{project.pk}/claim/",
            "/projects/claims/",
            "/messages/",
        ],
        "community": ["/projects/new/", f"/projects/{project.pk}/"],
    }
    for name, address in [(name, address) for name, many in addresses.items() for address in many]:
        page = open_as(name, address, size)
        violations = Axe().run(page).response["violations"]
        assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == [], address
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, address
        page.context.close()
