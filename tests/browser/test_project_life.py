"""From a resident's need to a rated result and a redeemed point, by four roles: resident, community, subdistrict, liaison."""

import re
from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.clock import today
from projects.models import PointsTariff
from tests.browser.people import DESK, PHONE, fits

pytestmark = pytest.mark.django_db(transaction=True)
ON_THE_PHONE = ("resident", "liaison")


@pytest.fixture
def sessions(liaison, community, subdistrict) -> dict[str, str]:
    PointsTariff.objects.create(version=1, valid_from=date(2020, 1, 1), basis="区域党委办公室会议")
    people = {"liaison": liaison, "community": community, "subdistrict": subdistrict}
    return {name: person.client.cookies["sessionid"].value for name, person in people.items()}


@pytest.fixture
def open_as(sessions, browser, live_server):
    """Open an address as one of them, each in one window; residents and liaisons come on a phone."""
    windows: dict[str, Page] = {}

    def open_page(name: str, address: str) -> Page:
        if name not in windows:
            window = browser.new_context(
                viewport=PHONE if name in ON_THE_PHONE else DESK, base_url=live_server.url
            )
            if name in sessions:
                window.add_cookies([{"name": "sessionid", "value": sessions[name], "url": live_server.url}])
            windows[name] = window.new_page()
        windows[name].goto(address)
        return windows[name]

    return open_page


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).first.click()


def send(page: Page) -> None:
    """Press the form's own button."""
    page.locator("main form button[type=submit]").first.click()


def looks_right(page: Page) -> None:
    """Nothing sticks out sideways and axe finds nothing."""
    assert fits(page), page.url
    violations = Axe().run(page).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == [], page.url


def raise_need(page: Page) -> None:
    page.get_by_label("在哪个社区").select_option("510107005008")
    page.get_by_label("需要什么").fill("三号院老人修小家电不方便")
    page.get_by_label("哪一方面").select_option("convenience")
    page.get_by_label("具体情况").fill("电饭煲、门锁坏了没人修")
    page.locator("input[name=consent]").check()
    looks_right(page)
    send(page)
    expect(page.get_by_text("您的查询码是")).to_be_visible()


def make_a_project_of_it(page: Page) -> None:
    page.get_by_role("link", name="三号院老人修小家电不方便").first.click()
    press(page, "核实通过")
    page.get_by_role("link", name="转为项目").first.click()
    assert page.get_by_label("项目名称").input_value() == "三号院老人修小家电不方便"
    page.get_by_label("项目名称").fill("黉门街家电义修")
    page.get_by_label("主题", exact=True).select_option("residents")
    page.get_by_label("期限", exact=True).select_option("short")
    page.get_by_label("开始日期", exact=True).fill(str(today()))
    page.get_by_label("结束日期", exact=True).fill(str(today() + timedelta(days=120)))
    page.get_by_label("认领截止日").fill(str(today() + timedelta(days=30)))
    page.get_by_label("需要人手").fill("3")
    page.get_by_label("预计服务人次").fill("60")
    press(page, "保存草稿")
    press(page, "提交审核")


def record_session(page: Page) -> None:
    page.get_by_label("服务人次", exact=True).fill("264")
    page.get_by_label("做了什么").fill("修好小家电 32 件")
    press(page, "登记")
    expect(page.get_by_text("超过 200 人次").first).to_be_visible()
    page.get_by_label("佐证", exact=False).first.select_option("签到表")
    looks_right(page)
    press(page, "登记")
    expect(page.get_by_text("已登记，请社区核实")).to_be_visible()


def record_service(page: Page, card: str) -> None:
    page.get_by_label("积分卡号").fill(card)
    page.get_by_label("服务日期").fill(str(today() - timedelta(days=1)))
    page.get_by_label("开始时间").fill("09:00")
    page.get_by_label("结束时间").fill("12:00")
    page.get_by_label("服务类别").select_option("convenience")
    page.get_by_label("做了什么").fill("小家电检修")
    page.get_by_label("服务所在地").select_option(label="玉林街道黉门街社区")
    send(page)
    expect(page.get_by_role("button", name="核实入账")).to_have_count(0)


def redeem(page: Page, card: str) -> None:
    page.goto("/projects/redemptions/new/")
    page.get_by_label("卡号或扫码").fill(card)
    page.get_by_label("兑换项").select_option(index=1)
    send(page)


def test_from_a_need_to_a_redeemed_point(open_as):
    raise_need(open_as("resident", "/open/needs/new/"))

    office = open_as("community", "/projects/needs/")
    make_a_project_of_it(office)
    project = office.url
    above = open_as("subdistrict", project)
    above.get_by_role("link", name="发布", exact=True).click()
    above.get_by_label("保密审查").check()
    press(above, "发布")

    phone = open_as("liaison", project)
    phone.get_by_role("link", name="认领", exact=True).and_(phone.locator(".btn")).click()
    press(phone, "确认认领")
    office.goto(project)
    press(office, "初审通过")
    above.goto(project)
    press(above, "确认认领")
    office.goto(project)
    press(office, "开始实施")
    expect(office.get_by_text("已办理：开始实施")).to_be_visible()

    record_session(open_as("liaison", "/projects/sessions/new/"))
    session = phone.url
    phone.goto(f"{session}poster/")
    code = re.search(r"/open/sessions/(\w+)", phone.content()).group(1)
    office.goto(session)
    press(office, "核实")
    expect(office.get_by_text("已办理：核实")).to_be_visible()

    resident = open_as("resident", f"/open/sessions/{code}/")
    looks_right(resident)
    press(resident, "满意")
    expect(resident.get_by_text("谢谢您的评价")).to_be_visible()
    resident.goto(f"/open/sessions/{code}/")
    expect(resident.get_by_role("button", name="满意", exact=True)).to_have_count(0)

    phone.goto(f"{project}hand_in/")
    phone.get_by_label("完成情况").fill("一期完成。")
    send(phone)
    office.goto(f"{project}accept/")
    looks_right(office)
    send(office)
    expect(office.get_by_text("验收通过，项目已完成")).to_be_visible()
    expect(office.get_by_text("已核实 264 人次").first).to_be_visible()
    looks_right(office)

    office.goto("/projects/cards/new/")
    office.get_by_label("姓名").fill("孔某某")
    office.get_by_label("电话").fill("13800000999")
    send(office)
    card = re.search(r"JF-\d{9}-\d{6}", office.inner_text("main")).group(0)
    office.goto("/projects/records/new/")
    record_service(office, card)
    above.goto(office.url)
    press(above, "核实入账")
    expect(above.get_by_text("已办理：核实入账")).to_be_visible()

    office.goto("/projects/rewards/new/")
    office.get_by_label("名称").fill("午餐券")
    office.get_by_label("类型").select_option("service")
    office.get_by_label("所需积分").fill("2")
    office.get_by_label("兑换点").select_option(label="玉林街道黉门街社区")
    send(office)
    expect(office.get_by_text("请接着登记入库数量")).to_be_visible()
    office.get_by_label("数量").fill("1")
    office.get_by_label("说明").fill("区级配发")
    send(office)
    redeem(office, card)
    office.get_by_label("持卡人手机号后四位").fill("0999")
    looks_right(office)
    press(office, "确认兑换")
    expect(office.locator("main").get_by_text("待领取").first).to_be_visible()
    redeem(office, card)
    expect(office.get_by_text(re.compile("没有库存|最多兑换")).first).to_be_visible()
    expect(office.get_by_role("button", name="确认兑换")).to_have_count(0)
    resident.goto("/open/needs/state/")
    looks_right(resident)
