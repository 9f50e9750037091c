"""The coverage page and the lists behind its numbers, told by the cast."""

import csv
import io
import re
from datetime import date

import pytest
import time_machine

from core.periods import Month
from reporting.snapshots import freeze
from tests.counting import own_queries
from tests.factories.carriers import make_carrier
from tests.factories.units import make_unit
from tests.reporting.district import build_district

URL = "/statistics/coverage/"
NOW = "2026-11-23 10:00:00+08:00"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def units(places):
    return build_district(places)


def page(client, url: str = URL, status: int = 200, **params) -> str:
    response = client.get(url, params)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def words(html: str) -> str:
    """The visible words of a page."""
    body = html.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def links(html: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="(/statistics/[^"]+)"', html)]


def test_the_page_shows_the_figures_of_the_district(district, units):
    text = words(page(district.client))
    assert "截至 2026-11-23 · 武侯区 · 口径 COV-ORG-NP 第 1 版" in text
    assert "非公企业组织覆盖率 85.7% 6 ÷ 7 家正常经营" in text
    assert "社会组织组织覆盖率 100% 1 ÷ 1 家正常活动" in text
    assert "2026年新建两新党组织 2 个 单建 1 · 联建 1" in text
    assert "应建未建 1 家" in text
    assert "期初（2025-12-31） 8 新增 ＋ 0 剔除：注销 － 1 期末（2026-11-23） 7" in text
    assert "合计 7 6 4 2 1 1 85.7%" in text


def test_every_number_opens_into_a_list_of_that_length(district, units):
    html = page(district.client)
    cells = [
        link
        for link in links(html)
        if "/units/?" in link or "/movement/?" in link or "/new-organizations/?" in link
    ]
    assert len(cells) > 60
    for link in sorted(set(cells)):
        number = re.search(rf'<a[^>]*href="{re.escape(link.replace("&", "&amp;"))}"[^>]*>([\d,]+)</a>', html)
        text = words(page(district.client, link))
        if number:
            shown = int(number[1].replace(",", ""))
            assert (f"共 {shown} " in text) if shown else ("没有" in text), link


# Versions, table, 2 headlines, new organizations, gap, series (2 with what is frozen), movement (4), 5 warnings.
PAGE_QUERIES = 17


def test_the_page_takes_the_same_queries_for_one_unit_and_for_many(district, places):
    make_unit(place=places["510107005008"])
    assert own_queries(district.client, URL) == PAGE_QUERIES
    build_district(places)
    assert own_queries(district.client, URL) == PAGE_QUERIES


@pytest.mark.parametrize("cell", ["joint", "standalone"])
def test_a_list_takes_the_same_queries_for_two_units_and_for_four(district, units, cell):
    """Version of the places, count, rows."""
    assert own_queries(district.client, f"{URL}units/?cell={cell}") == 3


def test_a_subdistrict_sees_all_totals_but_opens_only_its_own(subdistrict, units):
    html = page(subdistrict.client)
    assert "晋阳街道" in html
    opened = [link for link in links(html) if "cell=" in link]
    assert opened
    assert all("place=510107005" in link for link in opened)


def test_opening_another_places_cell_is_not_found(subdistrict, units):
    page(subdistrict.client, f"{URL}units/", 404, place="510107009", cell="denominator")
    page(subdistrict.client, f"{URL}movement/", 404, place="510107")
    page(subdistrict.client, f"{URL}new-organizations/", 404, place="510107")


def test_a_subdistrict_opens_into_its_communities(district, units):
    html = page(district.client)
    [link] = [link for link in links(html) if "/coverage/?" in link and "place=510107005&" in link]
    text = words(page(district.client, link))
    assert "分社区" in text
    assert "黉门街社区 6 5 3 2 1 1 83.3%" in text


def test_any_day_any_measure(district, units):
    text = words(page(district.client, as_of="2026-03-09", measure="due", kind="two_new", by="community"))
    assert "口径 COV-DUE-TN 第 1 版" in text
    assert "玉林街道黉门街社区 4 3 3 0 1 0 75.0%" in text


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"as_of": "2026-11-24"}, "截至：日期不能晚于今天。"),
        ({"as_of": "0001-01-01"}, "截至：日期不能早于 1921-01-01。"),
        ({"as_of": "26/1/1"}, "截至：日期要写成 2026-11-22 这样的形式。"),
        ({"place": "999"}, "没有代码为“999”的区划"),
        ({"measure": "rooftop"}, "口径："),
        ({"colour": "red"}, "不认识的筛选条件：colour"),
        ({"format": "pdf"}, "只能导出：xlsx、csv。"),
    ],
)
def test_a_wrong_address_is_answered_with_a_sentence(district, places, params, sentence):
    assert sentence in words(page(district.client, status=400, **params))


def test_the_excluded_list_says_why_and_by_which_formula(district, units):
    text = words(page(district.client, f"{URL}units/", cell="excluded"))
    assert "非公企业组织覆盖率：已剔除" in text
    assert "口径 COV-ORG-NP 第 1 版" in text
    assert f"{units['closed'].name}" in text
    assert "注销 2026-03-10 已办注销登记 登记机关公告第1号" in text


def test_a_search_stays_in_its_cell(district, units):
    html = page(district.client, f"{URL}units/", cell="joint", q=units["joint0"].name)
    assert "共 1 家" in words(html)
    assert '<input type="hidden" name="cell" value="joint">' in html


def test_a_wrong_cell_is_answered_with_a_sentence(district, places):
    assert "哪一格：" in words(page(district.client, f"{URL}units/", 400, cell="half"))
    assert "不认识的筛选条件" in words(page(district.client, f"{URL}units/", 400, colour="red"))
    assert "没有代码为" in words(page(district.client, f"{URL}units/", 400, place="999"))
    assert "没有代码为" in words(page(district.client, f"{URL}new-organizations/", 400, place="999"))
    assert "起始日不能晚于截止日" in words(
        page(district.client, f"{URL}movement/", 400, first="2026-05-01", as_of="2026-04-01")
    )


def test_the_table_exports_as_csv_with_its_total(district, units):
    body = b"".join(district.client.get(URL, {"format": "csv"}).streaming_content)
    lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert lines[0] == ["街道", "正常经营", "已覆盖", "单独建", "联合建", "未覆盖", "已剔除", "覆盖率"]
    assert lines[3] == ["玉林街道", "6", "5", "3", "2", "1", "1", "83.3%"]
    assert lines[-1] == ["合计", "7", "6", "4", "2", "1", "1", "85.7%"]


def test_the_table_exports_as_a_workbook_with_a_title_block(district, units):
    from openpyxl import load_workbook

    body = b"".join(district.client.get(URL, {"format": "xlsx"}).streaming_content)
    sheet = load_workbook(io.BytesIO(body)).active
    assert sheet["A1"].value == "武侯区非公企业组织覆盖率（截至2026-11-23）"
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert ["合计", 7, 6, 4, 2, 1, 1, "85.7%"] in values


def test_the_units_of_a_cell_export(district, units):
    body = b"".join(district.client.get(f"{URL}units/", {"cell": "joint", "format": "csv"}).streaming_content)
    assert len(body.decode("utf-8-sig").splitlines()) == 3


def test_a_liaison_is_told_whose_page_it_is(liaison, places):
    assert liaison.client.get(URL).status_code == 403


def test_nobody_signed_in_is_sent_to_the_sign_in_page(client, places):
    assert client.get(URL).status_code == 302


def test_published_figures_of_2015_stand_apart(district, places):
    text = words(page(district.client))
    assert "2015年公布数 历史对照，不参与本页计算" in text
    assert "非公企业组织覆盖率 73.12% 83.2%" in text


def test_everybody_signed_in_reads_the_definitions(liaison, db):
    text = words(page(liaison.client, "/statistics/indicators/"))
    assert "COV-ORG-NP" in text
    assert "正常经营的非公企业总数" in text


def test_the_day_of_the_year_start_belongs_to_the_year(district, places, units):
    make_unit(place=places["510107005008"], since=date(2026, 1, 1))
    assert "期初（2025-12-31） 8 新增 ＋ 1" in words(page(district.client))


def test_carriers_of_the_district_itself_have_a_row_without_links(district, places):
    make_carrier(place=places["510107"], name="行业系统")
    park = make_carrier(place=places["510107005008"])
    html = page(district.client, measure="carrier")
    text = words(html)
    assert "武侯区本级 1 0 0 0 1 0 0.0%" in text
    assert "玉林街道 1 0 0 0 1 0 0.0%" in text
    assert "合计 2 0 0 0 2 0 0.0%" in text
    for link in links(html):
        if "cell=denominator" in link and "measure=carrier" in link:
            number = re.search(rf'href="{re.escape(link.replace("&", "&amp;"))}"[^>]*>([\d,]+)</a>', html)[1]
            shown = words(page(district.client, link))
            assert ("没有载体" in shown) if number == "0" else (f"共 {number} 个" in shown), link
    assert park.name in words(page(district.client, f"{URL}units/", measure="carrier", place="510107005"))
    moved = page(district.client, f"{URL}movement/", measure="carrier", line="added", first="2023-01-01")
    assert "共 2 个" in words(moved) or "共 2 家" in words(moved)


def test_a_past_day_says_what_is_only_known_as_it_is_now(district, units):
    asked = {"measure": "due", "as_of": "2026-10-30"}
    sentence = "正式党员人数没有留存历史：2026-10-30 的这一口径按今天登记的正式党员人数计算。"
    assert sentence in words(page(district.client, **asked))
    assert sentence in words(page(district.client, f"{URL}units/", **asked))
    assert sentence not in words(page(district.client, measure="due"))
    assert "没有留存历史" not in words(page(district.client, as_of="2026-10-30"))


def test_a_frozen_month_is_shown_as_it_was_frozen_like_over_rest(district, units, places):
    freeze(month=Month(2026, 10))
    make_unit(place=places["510107005008"], since=date(2026, 10, 1))
    asked = {"as_of": "2026-10-31"}
    text = words(page(district.client, **asked))
    assert "2026-10-31 的数值已在月末冻结" in text
    assert "合计 7 6 4 2 1 1 85.7%" in text
    told = district.client.get("/api/v1/statistics/coverage/", asked).json()["total"]
    assert (told["denominator"], told["rate_display"]) == (7, "85.7%")
    cell = words(page(district.client, f"{URL}units/", cell="denominator", **asked))
    assert "已经冻结，这一格冻结时是 7 家" in cell
    assert "共 7 家" in cell
    assert "下面是冻结时的名单" in cell
    assert "合计 8 6 4 2 2 1 75.0%" in words(page(district.client, as_of="2026-10-30"))


@pytest.mark.parametrize(("months", "first"), [("12", "12月"), ("36", "23年12月")])
def test_the_chart_goes_back_and_each_point_opens_its_day(district, units, months, first):
    html = page(district.client, months=months)
    chart = html.partition('<details class="chart-table">')[2].partition("</details>")[0]
    rows = re.findall(r"<tr><td>(.*?)</td>", chart)
    assert [re.sub(r"<[^>]+>", "", row) for row in rows[:3]] == ["此前", "2015年", first]
    assert len(rows) == int(months) + 2
    assert "73.12%" in chart
    link = re.search(r'href="([^"]+as_of=2026-10-31[^"]+)"', chart)[1].replace("&amp;", "&")
    assert "截至 2026-10-31" in words(page(district.client, link))
    assert "12 个月" in words(page(district.client, kind="two_new"))
    assert (
        "此前"
        not in page(district.client, kind="two_new").partition("chart-table")[2].partition("</details>")[0]
    )
    assert page(district.client, status=400, months="24")
