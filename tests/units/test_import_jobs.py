"""The import as a person sees it: upload, report, confirm, undo; as a job over REST; and what is refused at the door."""

import io
from datetime import date

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError

from accounts.models import Membership
from core.jobs import run_job
from core.models import HistoryEntry, Job
from tests.factories.units import cover, make_organization, make_unit
from tests.rest import Rest, key_of
from tests.units.test_imports import CODE, OTHER_CODE, sheet
from units.actions import change_unit
from units.imports import jobs as import_jobs
from units.models import CoverageSpell, OperatingSpell, PartyOrganization, Unit

pytestmark = pytest.mark.django_db
SAMPLE = settings.BASE_DIR / "sample"
TWO = (
    {
        "单位名称": "成都甲有限公司",
        "统一社会信用代码": CODE,
        "地址": "新址2号",
        "覆盖党组织": "甲支部",
        "组建方式": "单独组建",
        "覆盖起始日期": "2024-01-01",
    },
    {"单位名称": "成都乙有限公司", "统一社会信用代码": OTHER_CODE},
)


def upload(person, path, name="台账.xlsx") -> Job:
    """Upload through the page and let a worker check it."""
    response = person.client.post("/units/import/", {"file": SimpleUploadedFile(name, path.read_bytes())})
    assert response.status_code == 302, response.content.decode()
    job = Job.objects.latest("pk")
    assert response["Location"] == f"/jobs/{job.pk}/"
    return worked(job)


def worked(job: Job) -> Job:
    run_job(job.pk)
    job.refresh_from_db()
    return job


def press(person, job: Job, verb: str) -> Job:
    assert person.client.post(f"/jobs/{job.pk}/{verb}/").status_code == 302
    return worked(job)


def page(person, job: Job) -> str:
    return person.client.get(f"/jobs/{job.pk}/").content.decode()


class TestFromUploadToUndo:
    def test_the_report_comes_first_and_nothing_is_written(self, district, tmp_path):
        job = upload(district, sheet(tmp_path, *TWO))
        assert (job.status, job.counts["new"], Unit.objects.count()) == ("ready", 2, 0)
        assert "确认导入" in page(district, job)

    def test_confirming_writes_and_undoing_takes_back(self, district, tmp_path):
        job = press(district, upload(district, sheet(tmp_path, *TWO)), "confirm")
        assert (job.status, job.message, Unit.objects.count()) == ("done", "已写入：新增2家，修改0家。", 2)
        assert "撤销（24小时内）" in page(district, job)
        job = press(district, job, "undo")
        assert (job.status, job.message) == ("undone", "已撤销：删去新增的2家，恢复修改过的0家。")
        assert (Unit.objects.count(), PartyOrganization.objects.count(), CoverageSpell.objects.count()) == (
            0,
            0,
            0,
        )

    def test_undoing_restores_a_changed_unit_with_its_spells(self, district, huangmenjie, tmp_path):
        unit = make_unit(
            name="成都旧有限公司",
            place=huangmenjie,
            credit_code=CODE,
            address="旧址1号",
            since=date(2019, 1, 1),
        )
        cover(unit, since=date(2022, 1, 1), organization=make_organization(place=huangmenjie, name="旧支部"))
        before = (list(OperatingSpell.objects.values()), list(CoverageSpell.objects.values()))
        job = press(district, upload(district, sheet(tmp_path, *TWO)), "confirm")
        unit.refresh_from_db()
        assert (unit.name, unit.address, unit.coverage_spells.count()) == ("成都甲有限公司", "新址2号", 2)
        press(district, job, "undo")
        unit.refresh_from_db()
        assert (unit.name, unit.address, unit.version, unit.name_pinyin) == (
            "成都旧有限公司",
            "旧址1号",
            3,
            "cheng du jiu you xian gong si",
        )
        assert (list(OperatingSpell.objects.values()), list(CoverageSpell.objects.values())) == before
        labels = HistoryEntry.objects.filter(about_id=unit.pk, about_type__model="unit").order_by("id")
        assert list(labels.values_list("label", flat=True)) == ["导入修改", "撤销导入"]

    def test_undo_is_refused_with_the_names_of_what_was_changed_since(self, district, tmp_path):
        job = press(district, upload(district, sheet(tmp_path, *TWO)), "confirm")
        change_unit(unit=Unit.objects.get(credit_code=OTHER_CODE), actor=district.actor, address="又改了")
        job = press(district, job, "undo")
        assert (job.status, job.message) == (
            "done",
            "不能撤销：导入之后，成都乙有限公司又有改动或已经使用。请在单位页面逐一更正。",
        )
        assert Unit.objects.count() == 2

    def test_undo_is_refused_once_somebody_speaks_for_a_new_unit(self, district, liaison, tmp_path):
        job = press(district, upload(district, sheet(tmp_path, *TWO)), "confirm")
        Membership.objects.create(
            user=liaison.user,
            role="liaison",
            unit=Unit.objects.get(credit_code=CODE),
            from_on=date(2026, 1, 1),
        )
        job = press(district, job, "undo")
        assert (job.status, job.message) == (
            "done",
            "不能撤销：导入之后，成都甲有限公司又有改动或已经使用。请在单位页面逐一更正。",
        )

    def test_the_same_file_again_has_nothing_to_write(self, district, tmp_path):
        press(district, upload(district, sheet(tmp_path, *TWO)), "confirm")
        job = upload(district, sheet(tmp_path, *TWO))
        assert (job.status, job.counts["same"], job.message) == ("done", 2, import_jobs.NOTHING_TO_WRITE)

    def test_a_change_after_the_report_is_shown_before_it_is_overwritten(
        self, district, huangmenjie, tmp_path
    ):
        unit = make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE)
        job = upload(district, sheet(tmp_path, *TWO))
        change_unit(unit=unit, actor=district.actor, address="别人刚改的", credit_code_missing_reason="")
        job = press(district, job, "confirm")
        unit.refresh_from_db()
        assert (job.status, job.message, unit.address) == (
            "ready",
            import_jobs.CHANGED_MEANWHILE,
            "别人刚改的",
        )
        assert "别人刚改的" in page(district, job)
        assert press(district, job, "confirm").status == "done"

    def test_a_worker_killed_while_writing_leaves_nothing_and_the_next_one_ends_it(
        self, district, tmp_path, monkeypatch
    ):
        job = upload(district, sheet(tmp_path, *TWO))
        with monkeypatch.context() as patch:
            patch.setattr(import_jobs, "drop_tables", killed)
            job = press(district, job, "confirm")
        assert (job.status, Unit.objects.count(), HistoryEntry.objects.filter(move="import").count()) == (
            "applying",
            0,
            0,
        )
        assert (worked(job).status, Unit.objects.count()) == ("done", 2)
        worked(job)
        assert Unit.objects.count() == 2


def killed() -> None:
    raise OperationalError("server closed the connection unexpectedly")


class TestReport:
    def test_the_messy_table_is_told_and_returned_with_red_cells(self, district):
        job = upload(district, SAMPLE / "units_messy.xlsx", "摸底表.xlsx")
        assert (job.status, job.counts) == (
            "ready", {"rows": 60, "new": 20, "changed": 0, "same": 0, "refused": 40, "errors": 42},
        )  # fmt: skip
        told = page(district, job)
        assert "第4行的统一社会信用代码重复" in told
        assert "（C列）" in told
        assert "这些列没有认出来，内容没有读取：备注。" in told
        response = district.client.get(f"/jobs/{job.pk}/result/")
        book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
        assert book.active.cell(36, 3).fill.fgColor.rgb != "00000000"
        assert "校验不符" in str(book.active.cell(35, 25).value)

    def test_old_and_new_are_shown_before_confirming(self, district, huangmenjie, tmp_path):
        make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE, address="旧址1号")
        told = page(district, upload(district, sheet(tmp_path, TWO[0])))
        assert "地址：<del>旧址1号</del> → <ins>新址2号</ins>" in told

    def test_while_it_waits_the_page_asks_again_by_itself_and_without_scripts(self, district, tmp_path):
        content = sheet(tmp_path, *TWO).read_bytes()
        district.client.post("/units/import/", {"file": SimpleUploadedFile("a.xlsx", content)})
        told = page(district, Job.objects.latest("pk"))
        assert 'hx-trigger="every 1s"' in told
        assert '<meta http-equiv="refresh" content="3">' in told

    def test_another_persons_job_is_not_found(self, district, subdistrict, tmp_path):
        job = upload(district, sheet(tmp_path, *TWO))
        assert subdistrict.client.get(f"/jobs/{job.pk}/").status_code == 404
        assert subdistrict.client.get(f"/jobs/{job.pk}/result/").status_code == 404
        assert subdistrict.client.post(f"/jobs/{job.pk}/confirm/").status_code == 404

    def test_a_file_that_cannot_be_read_ends_with_a_sentence(self, district, tmp_path):
        (tmp_path / "a.xlsx").write_bytes(b"%PDF-1.7")
        job = upload(district, tmp_path / "a.xlsx")
        assert (job.status, job.message) == (
            "failed",
            "这个文件是PDF 文件，不是表格，请上传 .xlsx、.xls 或 .csv 表格。",
        )
        assert job.message in page(district, job)


class TestDoor:
    def test_an_empty_file_is_told_beside_the_field(self, district):
        response = district.client.post("/units/import/", {"file": SimpleUploadedFile("a.xlsx", b"")})
        assert (response.status_code, "这个文件是空的，请确认选对了文件。" in response.content.decode()) == (
            400,
            True,
        )

    def test_a_huge_file_is_thrown_away_as_it_arrives(self, district, tmp_path):
        big = tmp_path / "big.xlsx"
        with big.open("wb") as file:
            file.truncate(60 * 1024 * 1024)
        with big.open("rb") as file:
            response = district.client.post("/units/import/", {"file": file})
        assert response.status_code == 413
        assert "文件有60 MB，超过50 MB的上限，请拆分后分别上传。" in response.content.decode()
        assert not Job.objects.exists()

    def test_a_liaison_is_told_which_role_is_needed(self, liaison):
        assert liaison.client.get("/units/import/").status_code == 403

    def test_the_template_reads_as_its_own_header(self, district):
        response = district.client.get("/units/import/template/")
        header = [
            cell.value for cell in openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0][1]
        ]
        assert header[:3] == ["单位名称（必填）", "统一社会信用代码", "无信用代码的原因"]


class TestRest:
    def test_it_writes_the_good_rows_and_tells_the_others(self, district, tmp_path):
        bad = {"单位名称": "成都丙有限公司", "统一社会信用代码": "123"}
        response = self.post(district, sheet(tmp_path, *TWO, bad))
        assert (response.status_code, response.json()["status"]) == (202, "waiting")
        job = worked(Job.objects.get(pk=response.json()["id"]))
        told = Rest(key_of(district)).get(f"/api/v1/jobs/{job.pk}/").json()
        assert (told["status"], told["progress"], told["counts"]["new"], Unit.objects.count()) == (
            "done",
            100,
            2,
            2,
        )
        assert told["errors"] == [
            {"row": 4, "column": "统一社会信用代码", "message": "统一社会信用代码应为18位，现为3位：“123”。"}
        ]

    def test_a_dry_run_writes_nothing(self, district, tmp_path):
        response = self.post(district, sheet(tmp_path, *TWO), dry_run="true")
        job = worked(Job.objects.get(pk=response.json()["id"]))
        assert (job.status, job.counts["new"], Unit.objects.count()) == ("done", 2, 0)

    def test_a_liaison_may_not(self, liaison, tmp_path):
        assert self.post(liaison, sheet(tmp_path, *TWO)).status_code == 403

    def test_without_a_file_it_is_a_400(self, district):
        response = Rest(key_of(district)).client.post(
            "/api/v1/units/import/", {}, headers={"Authorization": f"Token {key_of(district)}"}
        )
        assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "file")

    @staticmethod
    def post(person, path, **more):
        file = SimpleUploadedFile("台账.xlsx", path.read_bytes())
        headers = {"Authorization": f"Token {key_of(person)}"}
        return Rest().client.post("/api/v1/units/import/", {"file": file, **more}, headers=headers)


def test_undoing_takes_the_requests_to_leave_back(subdistrict, district, huangmenjie, tmp_path):
    unit = make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE)
    row = {
        "单位名称": "成都甲有限公司",
        "统一社会信用代码": CODE,
        "经营状态": "停业",
        "退出日期": "2026-06-01",
        "退出原因": "停业",
        "依据": "走访记录",
    }
    job = upload(subdistrict, sheet(tmp_path, row))
    assert "1 家正常经营的单位表中写了退出统计口径" in page(subdistrict, job)
    assert "退出统计口径（待审核）：<del>正常经营</del> → <ins>停业</ins>" in page(subdistrict, job)
    done = press(subdistrict, job, "confirm")
    assert done.message == "已写入：新增0家，修改1家。其中1家申请退出统计口径，待审核。"
    asked = unit.denominator_exits.get()
    assert (asked.status, asked.author) == ("submitted", subdistrict.user)
    press(subdistrict, done, "undo")
    asked.refresh_from_db()
    unit.refresh_from_db()
    assert (asked.status, unit.operating_status, unit.operating_spells.count()) == (
        "withdrawn",
        "operating",
        1,
    )
