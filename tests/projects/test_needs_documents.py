"""The three lists on paper: what stands in them, and the same as an A3 poster."""

import io
from datetime import timedelta

import pytest
from docx import Document

from core.clock import today
from core.errors import NotAllowed
from core.models import IssuedDocument
from projects.documents.lists import issue_lists, three_lists
from tests.factories.projects import make_project
from tests.factories.projects_lists import make_need, make_resource

pytestmark = pytest.mark.django_db


def read(data: bytes):
    return Document(io.BytesIO(data))


def cells(document) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]


@pytest.fixture
def full(huangmenjie, jinyan, unit, other_unit):
    """One row in each list of 黉门街社区, and one of everything that is not for its paper."""
    make_need(place=huangmenjie, title="送餐", beneficiaries=20, reporter_name="钱某某")
    make_need(place=huangmenjie, title="未核实", status="collected")
    make_need(place=jinyan, title="别处")
    make_resource(unit=unit, title="会议室", hours={1: ("09:00", "12:00")}, conditions="提前三天")
    make_resource(unit=unit, title="暂停的", status="paused")
    make_resource(unit=other_unit, title="别处的")
    make_project(place=huangmenjie, title="义诊", number="XM-2026-玉林-0001", volunteers_needed=6)
    make_project(place=huangmenjie, title="过期的", claim_due_on=today() - timedelta(days=1))


def test_each_list_holds_what_is_open_at_the_place(full, huangmenjie):
    rows = cells(read(three_lists(huangmenjie, "a4", today()).save()))
    due = (today() + timedelta(days=30)).isoformat()
    assert rows == [
        ["序号", "需求", "领域", "地点", "受益人数"],
        ["1", "送餐", "助老", "黉门街社区", "20"],
        ["序号", "资源", "提供单位", "开放时段", "使用条件"],
        ["1", "会议室", "成都安和物业服务有限公司", "周一 09:00—12:00", "提前三天"],
        ["序号", "编号和名称", "主题", "期限", "地点", "需要人手", "认领截止"],
        ["1", "XM-2026-玉林-0001\n义诊", "服务居民", "短期", "黉门街社区", "6", due],
    ]


def test_the_poster_is_the_same_on_a_sheet_of_a3(full, huangmenjie):
    small, large = (read(three_lists(huangmenjie, size, today()).save()) for size in ("a4", "a3"))
    assert cells(small) == cells(large)
    sheet = large.sections[0]
    assert (round(sheet.page_width.mm), round(sheet.page_height.mm)) == (297, 420)
    sizes = [document.styles["公文正文"].font.size.pt for document in (small, large)]
    assert sizes == [16.0, 22.5]
    widths = [document.inline_shapes[0].width.mm for document in (small, large)]
    assert [round(width) for width in widths] == [36, 51]


def test_staff_issue_it_for_their_place_from_the_page(full, community, liaison, huangmenjie, jinyan):
    page = community.client.get("/projects/lists/")
    assert [page.context[name] for name in ("needs", "collected", "resources", "projects")] == [1, 1, 1, 1]
    make_need(place=huangmenjie, status="converted")
    rate = community.client.get("/projects/lists/").context["rate"]
    assert rate["figure"].rate_display == "50.0%"
    for side, number in (("numerator", 1), ("denominator", 2)):
        assert community.client.get(rate[f"{side}_url"]).context["count"] == number
    answer = community.client.post(
        "/projects/lists/issue/", {"place": huangmenjie.pk, "size": "a3"}, follow=True
    )
    document = IssuedDocument.objects.get()
    assert document.title in answer.content.decode()
    assert community.client.get(document.get_absolute_url()).status_code == 200
    refused = community.client.post("/projects/lists/issue/", {"place": jinyan.pk, "size": "a3"}, follow=True)
    assert "请从列表中选择地方和纸张" in refused.content.decode()
    assert liaison.client.get("/projects/lists/").context["form"] is None
    assert liaison.client.post("/projects/lists/issue/", {}).status_code == 403
    with pytest.raises(NotAllowed, match="只能由工作人员印发本辖区的清单"):
        issue_lists(place=jinyan, size="a4", actor=community.actor)
    assert IssuedDocument.objects.count() == 1
