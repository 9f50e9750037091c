"""台账: fixed columns by name, as long as the figure they stand behind, taken away with a reason that stays."""

import io
from datetime import date

import pytest
import time_machine
from openpyxl import load_workbook

from core.models import HistoryEntry
from tests.counting import own_queries
from tests.factories.carriers import make_plan
from tests.factories.units import make_unit
from tests.reporting.district import build_district, close_unit
from units.indicators import COVERAGE
from units.indicators.territory import read_territory
from units.ledgers import LEDGERS
from units.models import Unit

DAY = date(2026, 11, 23)
URL = "/units/ledgers/"
# The root, the choice of places, the place, its gaps and territory (2), count, rows.
PAGE_QUERIES = 7


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel("2026-11-23 10:00:00+08:00", tick=False):
        yield


def rows(slug: str, code: str = "510107", day: date = DAY) -> list[Unit]:
    return list(LEDGERS[slug].rows(read_territory(code), day).order_by("pk"))


def exported(client, slug: str, status: int = 200, **posted):
    response = client.post(f"{URL}{slug}/export/", posted)
    assert response.status_code == status, response.content.decode()[:3000]
    if status != 200:
        return response.content.decode()
    return load_workbook(io.BytesIO(b"".join(response.streaming_content))).active


def test_each_ledger_is_as_long_as_its_figure(places):
    units = build_district(places)
    for day in (DAY, date(2026, 3, 1)):
        for slug, measure, kind, cell in (
            ("non-public", "organization", "non_public", "denominator"),
            ("social-organizations", "organization", "social_organization", "denominator"),
            ("due", "due", "two_new", "uncovered"),
        ):
            total = COVERAGE[measure, kind].count(read_territory("510107"), day, day).total
            assert len(rows(slug, day=day)) == total.fields()[cell], (slug, day)
    assert len(rows("resident-units")) == len(units) == 9
    assert len(rows("resident-units", "510107009")) == 1
    assert rows("resident-units", day=date(2020, 12, 31)) == []


def test_a_row_says_how_the_unit_stood_on_the_day(places):
    units = build_district(places)
    by_name = {unit.name: unit for unit in rows("non-public")}
    assert {name: by_name[units[name].name].situation for name in ("standalone0", "joint0", "uncovered")} == {
        "standalone0": "branch",
        "joint0": "joint",
        "uncovered": "due",
    }
    assert by_name[units["uncovered"].name].instructor_on == "周某某"
    before = {unit.name: unit.situation for unit in rows("non-public", day=date(2026, 3, 31))}
    assert before[units["joint0"].name] == "no_member"


def test_the_gap_list_tells_how_far_the_building_has_come(huangmenjie):
    plan = make_plan(place=huangmenjie, status="preparing", target_on=date(2026, 12, 1))
    [row] = rows("due")
    assert (row.pk, row.plan_status, row.plan_target) == (plan.unit_id, "preparing", date(2026, 12, 1))


@pytest.mark.parametrize("slug", LEDGERS)
def test_a_ledger_opens_with_the_same_queries_for_one_and_for_three(slug, huangmenjie, district):
    def fill():
        make_unit(place=huangmenjie, members_total=3, members_full=3)
        make_unit(place=huangmenjie, category="social_organization", members_total=3, members_full=3)

    fill()
    assert own_queries(district.client, f"{URL}{slug}/") == PAGE_QUERIES
    fill()
    fill()
    assert own_queries(district.client, f"{URL}{slug}/") == PAGE_QUERIES


def test_taking_a_ledger_away_needs_a_reason_that_stays(places, district, community, subdistrict):
    units = build_district(places)
    refused = exported(
        community.client, "non-public", 409, place="510107005008", as_of="2026-11-23", reason=" "
    )
    assert "请写明导出的用途。" in refused
    assert not HistoryEntry.objects.filter(move="export:non-public").exists()
    sheet = exported(
        community.client, "non-public", place="510107005008", as_of="2026-11-23", reason="上报年度统计"
    )
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert lines[0][0] == "玉林街道黉门街社区非公企业党建工作台账（截至2026-11-23）"
    assert lines[1][0] == "填报单位：黉门街社区党委　　填报人：赵某　　日期：2026年11月23日"
    assert lines[2][0].startswith("导出编号：DC-2026-00001　　导出人：赵某　　导出时间：2026-11-23 10:00")
    assert lines[3][:3] == ["序号", "企业名称", "统一社会信用代码"]
    assert [line[0] for line in lines[4:]] == [1, 2, 3, 4, 5, 6]
    assert units["joint0"].name in {line[1] for line in lines[4:]}
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.print_title_rows) == (
        "landscape",
        9,
        "$4:$4",
    )
    assert sheet.freeze_panes == "A5"
    entry = HistoryEntry.objects.get(move="export:non-public")
    assert (entry.actor_id, entry.note) == (
        community.user.pk,
        "DC-2026-00001 玉林街道黉门街社区非公企业党建工作台账（截至2026-11-23），6 行。用途：上报年度统计",
    )
    assert "用途：上报年度统计" in subdistrict.client.get(URL).content.decode()


def test_a_ledger_shows_the_own_place_and_nothing_beside_it(places, stranger, subdistrict, liaison):
    units = build_district(places)
    close_unit(units["elsewhere"], date(2026, 11, 1))
    html = stranger.client.get(f"{URL}resident-units/").content.decode()
    assert units["elsewhere"].name in html
    assert units["joint0"].name not in html
    for url in (f"{URL}non-public/?place=510107005", "/units/ledgers/tables/27/?place=510107005"):
        assert stranger.client.get(url).status_code == 400
    assert exported(stranger.client, "non-public", 400, place="510107", as_of="2026-11-23", reason="看看")
    assert subdistrict.client.get(f"{URL}non-public/?as_of=2026-11-24").status_code == 400
    assert subdistrict.client.get(f"{URL}non-public/?colour=red").status_code == 400
    assert subdistrict.client.get(f"{URL}nothing/").status_code == 404
    for url in (URL, f"{URL}non-public/", f"{URL}non-public/export/", "/units/ledgers/tables/27/"):
        assert liaison.client.get(url).status_code == 403
    assert subdistrict.client.get(f"{URL}non-public/export/").status_code == 200
