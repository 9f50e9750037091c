"""The import of places: a messy table row by row, twice, nothing half-written, within one's place."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.jobs import run_job
from core.models import HistoryEntry, Job
from tests.factories.places import make_grid
from units.divisions import imports
from units.models import Division

pytestmark = pytest.mark.django_db
HEADER = ["网格编码", "级别", "名称", "所属上级", "院落类型", "户数", "人口", "党员数", "启用日期", "备注"]
# In no order: a building before its courtyard, the courtyard before its section.
GOOD = (
    ["", "楼栋", "1栋", "海棠院", "", "36户", "", "", "2024.3.1"],
    ["", "院落", "海棠院", "第三片区", "老旧院落", "", "", "１２", "2024年3月1日"],
    ["", "片区", "第三片区", "黉门街社区", "", "", "", "", "2024-03-01"],
    ["510107005008-P01-Y001", "院落", "松柏院", "510107005008-P01", "单位宿舍", "120", "", "", ""],
    ["", "楼栋", "1栋", "松柏院", "", "60", "", "", ""],
)
BAD = (
    ["", "单元", "一单元", "松柏院", "", "", "", "", ""],
    ["", "院落", "", "第一片区", "", "", "", "", ""],
    ["", "楼栋", "5栋", "第一片区", "", "", "", "", ""],
    ["", "片区", "第九片区", "金雁社区", "", "", "", "", ""],
    ["", "片区", "锦城片区", "锦城社区", "", "", "", "", ""],
    ["510107005008-P02-Y003", "院落", "桂花园", "第二片区", "", "", "", "", ""],
    ["", "院落", "新院", "第一片区", "", "-3", "", "", ""],
    ["", "院落", "新二院", "第一片区", "", "", "", "", "2099-1-1"],
    ["", "楼栋", "1栋", "松柏院", "", "61", "", "", ""],
    ["", "楼栋", "2栋", "不存在院", "", "", "", "", ""],
)  # fmt: skip


@pytest.fixture
def grid(huangmenjie):
    return make_grid(huangmenjie)


def table(*rows: list) -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["黉门街社区网格表"])
    for row in (HEADER, *rows):
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def worked(job: Job) -> Job:
    run_job(job.pk)
    job.refresh_from_db()
    return job


def upload(person, *rows: list) -> Job:
    file = SimpleUploadedFile("网格.xlsx", table(*rows))
    answer = person.client.post("/units/places/import/", {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    return worked(Job.objects.latest("pk"))


def confirm(person, job: Job) -> Job:
    assert person.client.post(f"/jobs/{job.pk}/confirm/").status_code == 302
    return worked(job)


def counts(job: Job) -> tuple:
    return tuple(job.counts[name] for name in ("rows", "new", "changed", "same", "refused"))


def test_a_messy_table_is_told_row_by_row_and_only_good_rows_are_written(grid, community, places):
    places_before = Division.objects.count()
    job = upload(community, *GOOD, *BAD)
    assert (job.status, counts(job), Division.objects.count()) == ("ready", (15, 3, 1, 1, 10), places_before)
    assert [(one["row"], one["column"], one["message"]) for one in job.errors] == [
        (8, "级别", "没有“单元”这一项，可填：区县、街道、社区、片区、院落、楼栋、总网格、一般网格、网格。"),
        (9, "名称", "“名称”必须填写。"),
        (10, "上级编码或名称", "没有名为“第一片区”的院落，请核对名称，或者写编码。"),
        (11, "", "这个地方不在您的管理范围内。"),
        (12, "上级编码或名称", "有2个社区叫“锦城社区”：簇桥街道锦城社区（510107011006）、石羊街道锦城社区（510107063010）。请写编码。"),
        (13, "名称", "编码 510107005008-P02-Y003 登记的名称是“桂花院”；更名要写依据，请在页面上办理。"),
        (14, "户数", job.errors[6]["message"]),
        (15, "启用日期", job.errors[7]["message"]),
        (16, "名称", "与第7行说的是同一个地方。"),
        (17, "上级编码或名称", "没有名为“不存在院”的院落，请核对名称，或者写编码。"),
    ]  # fmt: skip
    page = community.client.get(f"/jobs/{job.pk}/").content.decode()
    assert "下载标红的表格" in page
    assert "这些列没有读取：备注" in page
    assert "510107005008-P03-Y004" in page
    red = openpyxl.load_workbook(job.result.open("rb")).active
    assert red["D10"].fill.fgColor.rgb.endswith("FFC7CE")
    job = confirm(community, job)
    assert (job.status, job.message) == ("done", "已写入：新增3个，修改1个。")
    made = Division.objects.get(code="510107005008-P03-Y004-L01")
    assert (str(made), made.households, made.valid_from.isoformat()) == (
        "玉林街道黉门街社区·第三片区·海棠院·1栋", 36, "2024-03-01",
    )  # fmt: skip
    assert (made.parent.courtyard_kind, made.parent.party_members) == ("old", 12)
    changed = Division.objects.get(code="510107005008-P01-Y001")
    assert (changed.courtyard_kind, changed.households) == ("unit_housing", 120)


def test_twice_changes_nothing(grid, community):
    confirm(community, upload(community, *GOOD))
    history = HistoryEntry.objects.count()
    job = upload(community, *GOOD)
    assert (job.status, counts(job), job.message) == ("done", (5, 0, 0, 5, 0), imports.NOTHING_TO_WRITE)
    assert HistoryEntry.objects.count() == history


def test_what_is_exported_goes_in_again_unchanged(grid, district):
    answer = district.client.get("/units/places/list/?format=xlsx")
    file = SimpleUploadedFile("清单.xlsx", b"".join(answer.streaming_content))
    district.client.post("/units/places/import/", {"file": file})
    job = worked(Job.objects.latest("pk"))
    assert (job.errors, counts(job)) == ([], (138, 0, 0, 138, 0))


def test_a_crash_in_the_middle_leaves_nothing(grid, community, monkeypatch):
    job = upload(community, *GOOD)
    before, add = Division.objects.count(), imports.add_place

    def add_until_building(**values):
        if values["name"] == "1栋":
            raise ZeroDivisionError
        return add(**values)

    monkeypatch.setattr(imports, "add_place", add_until_building)
    job = confirm(community, job)
    assert (job.status, Division.objects.count()) == ("failed", before)


def test_the_door_is_for_those_who_keep_places(grid, liaison, community):
    assert liaison.client.get("/units/places/import/").status_code == 403
    empty = SimpleUploadedFile("空.xlsx", b"")
    answer = community.client.post("/units/places/import/", {"file": empty})
    assert (answer.status_code, "这个文件是空的" in answer.content.decode()) == (400, True)
    template = openpyxl.load_workbook(
        io.BytesIO(community.client.get("/units/places/import/template/").content)
    )
    assert [cell.value for cell in template.worksheets[0][1]][:4] == [
        "编码",
        "级别（必填）",
        "名称（必填）",
        "上级编码或名称",
    ]
    job = upload(community, ["", "楼栋", "1栋", "松柏院"])
    assert counts(job) == (1, 0, 0, 1, 0)
