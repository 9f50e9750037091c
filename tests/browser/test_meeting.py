"""A secretary takes a session all the way: convened, items, notice, held, minutes, resolutions, closed at the next one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Page, expect

from core.clock import today
from core.workdays import add_workdays
from tests.browser.people import DESK, PHONE, fits
from tests.cast import make_person
from tests.factories.meetings import make_joint_meeting, moment
from tests.factories.units import make_unit
from units.models import Meeting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sessions(yulin, unit, huangmenjie, subdistrict, liaison) -> dict[str, str]:
    """Who takes part, by the key of a session: the secretary, a colleague who signs, the liaison of a member unit."""
    make_joint_meeting(yulin, unit, make_unit(place=huangmenjie, name="蜀都律师事务所"))
    colleague = make_person("colleague", "subdistrict", place=yulin, name="高某")
    people = {"secretary": subdistrict, "colleague": colleague, "liaison": liaison}
    return {name: person.client.cookies["sessionid"].value for name, person in people.items()}


@pytest.fixture
def open_as(sessions, browser, live_server):
    """Open an address as one of them; the liaison comes on a phone."""

    def open_page(name: str, address: str) -> Page:
        window = browser.new_context(viewport=PHONE if name == "liaison" else DESK)
        window.add_cookies([{"name": "sessionid", "value": sessions[name], "url": live_server.url}])
        page = window.new_page()
        page.goto(f"{live_server.url}{address}")
        return page

    return open_page


def elsewhere(work):
    """Ask the database on a thread of its own: this one belongs to the browser."""

    def run():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def the_day_comes() -> None:
    """The day of the notified session is today."""
    Meeting.objects.filter(status="notified").update(held_at=moment(today()))


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


def convene(page: Page) -> None:
    """Fill in the arrangement; the day keeps the three workdays of the notice."""
    day = add_workdays_of(5)
    page.get_by_role("link", name="筹备会议").first.click()
    page.get_by_label("时间").fill(f"{day}T14:30")
    page.get_by_label("地点").fill("三楼会议室")
    press(page, "开始筹备")
    expect(page.get_by_text("会议已建立")).to_be_visible()


def add_workdays_of(days: int):
    return elsewhere(lambda: add_workdays(today(), days))


def looks_right(page: Page) -> None:
    """Nothing sticks out sideways and axe finds nothing."""
    assert fits(page), page.url
    violations = Axe().run(page).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == [], page.url


def test_a_whole_session_and_its_task_closed_at_the_next(open_as):
    page = open_as("secretary", "/units/meetings/")
    convene(page)
    address = page.url.split("/units/")[1]
    press(page, "开始征集议题")

    phone = open_as("liaison", f"/units/{address}")
    phone.get_by_role("link", name="提出议题").click()
    phone.get_by_label("议题").fill("错时共享停车泊位")
    press(phone, "提出议题")
    expect(phone.get_by_text("议题已提出")).to_be_visible()
    looks_right(phone)

    page.reload()
    page.locator("#agenda").get_by_role("button", name="采纳", exact=True).click()
    expect(page.get_by_text("已办理：采纳")).to_be_visible()
    looks_right(page)
    press(page, "发出会议通知")
    expect(page.get_by_role("link", name="的通知")).to_be_visible()

    phone = open_as("liaison", f"/units/{address}")
    press(phone, "参加")
    expect(phone.get_by_text("已回复：参加")).to_be_visible()
    looks_right(phone)

    elsewhere(the_day_comes)
    page.reload()
    expect(page.get_by_text("回执：参加 1，委托 0，请假 0，未回复 1")).to_be_visible()
    page.get_by_label("成都安和物业服务有限公司到会情况").select_option("实到")
    page.get_by_label("成都安和物业服务有限公司主要负责人到会").check()
    page.get_by_label("蜀都律师事务所到会情况").select_option("委托他人")
    press(page, "保存到会情况")
    expect(page.get_by_text("委托他人到会要写明受托人")).to_be_visible()
    page.get_by_label("蜀都律师事务所受托人").fill("刘某")
    press(page, "保存到会情况")
    expect(page.get_by_text("实到 2（其中委托 1）").first).to_be_visible()
    looks_right(page)
    press(page, "登记已召开")

    page.get_by_role("link", name="登记议定事项").click()
    page.get_by_label("议定内容").fill("夜间开放 30 个泊位")
    page.get_by_label("牵头单位").select_option("成都安和物业服务有限公司")
    page.get_by_label("办结期限").fill(str(today() + timedelta(days=30)))
    press(page, "登记")
    expect(page.get_by_text("议定事项已登记")).to_be_visible()
    page.get_by_role("link", name="提交纪要").click()
    assert "错时共享停车泊位" in page.get_by_label("会议纪要").input_value()
    press(page, "提交纪要")
    expect(page.get_by_text("纪要已提交")).to_be_visible()
    expect(page.get_by_role("button", name="签发纪要")).to_have_count(0)

    signer = open_as("colleague", f"/units/{address}")
    signer.get_by_role("link", name="签发纪要").click()
    looks_right(signer)
    press(signer, "核对无误，签发")
    expect(signer.get_by_text("已办理：签发纪要")).to_be_visible()

    convene(open_as("secretary", "/units/meetings/"))
    phone = open_as("liaison", "/units/resolutions/")
    phone.get_by_role("link", name="夜间开放 30 个泊位").click()
    looks_right(phone)
    phone.locator("summary", has_text="报告完成").click()
    phone.get_by_label("完成情况").fill("30 个泊位已开放")
    phone.locator("form").get_by_role("button", name="报告完成").click()
    expect(phone.get_by_text("已办理：报告完成")).to_be_visible()

    page = open_as("secretary", "/units/meetings/?status=preparing")
    page.locator("table.rows td.main a").first.click()
    expect(page.get_by_text("上次议定事项（未销号，列议程首位）")).to_be_visible()
    coming = page.url
    page.get_by_role("link", name="夜间开放 30 个泊位").click()
    press(page, "确认销号")
    expect(page.get_by_text("已办理：确认销号")).to_be_visible()
    page.goto(coming)
    expect(page.get_by_text("上次议定事项（未销号，列议程首位）")).to_have_count(0)
