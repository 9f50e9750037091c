"""The import of units: the whole district, the messy table row by row, twice, within one's place, all or nothing."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.db import connection

from core.actor import SYSTEM
from core.errors import RuleViolation
from core.models import HistoryEntry
from tests.factories.units import cover, make_organization, make_unit
from units.imports import applying, import_file
from units.models import CoverageSpell, OperatingSpell, PartyOrganization, Unit
from units.sample_sheets.names import credit_code

pytestmark = pytest.mark.django_db
SAMPLE = settings.BASE_DIR / "sample"
DAY = date(2026, 11, 23)
HEADER = ["单位名称", "统一社会信用代码", "单位类别", "所属街道", "所属社区", "覆盖党组织", "组建方式", "覆盖起始日期", "登记日期",
          "经营状态", "退出日期", "退出原因", "依据", "党员人数", "正式党员人数", "地址"]  # fmt: skip
USUAL = {"单位类别": "非公有制企业", "所属街道": "玉林街道", "所属社区": "黉门街社区"}
CODE, OTHER_CODE = credit_code("91", "MADEX001"), credit_code("91", "MADEX002")
FIRM = {"单位名称": "成都甲有限公司", "统一社会信用代码": CODE}


def sheet(path: Path, *rows: dict) -> Path:
    """A small workbook with the usual header."""
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for row in rows:
        book.active.append([{**USUAL, **row}.get(label) for label in HEADER])
    book.save(path / "units.xlsx")
    return path / "units.xlsx"


def imported(path, actor=SYSTEM, **more) -> dict:
    return import_file(path, actor, today=DAY, **more)


def counts(told: dict) -> tuple:
    return tuple(told[name] for name in ("rows", "new", "changed", "same", "refused"))


def only_message(told: dict) -> tuple:
    [error] = told["errors"]
    return error["row"], error["column"], error["message"]


class TestSampleDistrict:
    def test_alone_gives_the_published_figures(self, places):
        told = imported(SAMPLE / "units.xlsx", is_sample=True)
        assert (counts(told), told["errors"]) == ((1536, 1536, 0, 0, 0), [])
        open_now = CoverageSpell.objects.filter(to_on=None)
        assert Unit.objects.filter(category="non_public", operating_status="operating").count() == 1250
        assert open_now.filter(category="non_public").count() == 1040
        assert open_now.filter(category="non_public", mode="standalone").count() == 391
        assert open_now.filter(category="social_organization").count() == 286
        assert Unit.objects.filter(category="social_organization").count() == 286
        assert Unit.objects.filter(is_sample=False).count() == 0

    def test_founds_thirty_seven_two_new_organizations_this_year(self, places):
        imported(SAMPLE / "units.xlsx")
        new = PartyOrganization.objects.filter(established_on__year=2026)
        assert (new.count(), new.filter(is_two_new=True).count(), new.filter(category="632").count()) == (
            37,
            37,
            23,
        )

    def test_twice_changes_nothing(self, places):
        imported(SAMPLE / "units.xlsx")
        before = (
            HistoryEntry.objects.count(),
            CoverageSpell.objects.count(),
            PartyOrganization.objects.count(),
        )
        told = imported(SAMPLE / "units.xlsx")
        assert (counts(told), told["errors"]) == ((1536, 0, 0, 1536, 0), [])
        assert before == (
            HistoryEntry.objects.count(),
            CoverageSpell.objects.count(),
            PartyOrganization.objects.count(),
        )

    def test_every_row_begins_its_timeline(self, places, district):
        imported(SAMPLE / "units.xlsx", district.actor)
        entry = HistoryEntry.objects.filter(about_id=Unit.objects.first().pk, about_type__model="unit").get()
        assert (entry.label, entry.actor_label, entry.note, entry.to_status) == (
            "导入登记", "李某 · 区委组织部", "units.xlsx", "operating",
        )  # fmt: skip

    def test_dry_run_counts_and_writes_nothing(self, places):
        assert counts(imported(SAMPLE / "units.xlsx", dry_run=True)) == (1536, 1536, 0, 0, 0)
        assert (Unit.objects.count(), PartyOrganization.objects.count()) == (0, 0)


CATEGORIES = "国有经济控制企业、集体经济控制企业、非公有制企业、事业单位、机关、社会组织、城市街道、城市社区、乡镇、农村社区、建制村、其他"
SUBCATEGORIES = (
    "私营控制、港澳台商控制、外商控制、社会团体、基金会、社会服务机构（民办非企业单位）、"
    "律师事务所、会计师事务所、税务师事务所、高校、医院、中小学、科研院所"
)
ROUNDED = "统一社会信用代码被表格软件当成数字，末几位已经丢失；请先把这一列设为“文本”格式，再重新填写代码。"
MESSY = [
    (20, "单位名称", "“单位名称”必须填写。"),
    (21, "单位类别", "“单位类别”必须填写。"),
    (22, "所属社区", "“所属社区”必须填写。"),
    (23, "单位类别", f"没有“股份制”这一项，可填：{CATEGORIES}。"),
    (24, "子类", f"没有“连锁”这一项，可填：{SUBCATEGORIES}。"),
    (25, "经营状态", "没有“半停产”这一项，可填：正常经营、停业、吊销、注销、迁出、空壳、僵尸、一企多照。"),
    (26, "组建方式", "没有“派建”这一项，可填：单独组建、联合组建。"),
    (27, "联席会成员单位", "应填“是”或“否”，现为“也许”。"),
    (28, "所属社区", "没有“黉门社区”这个社区，请核对社区名称，要写全名，如“黉门街社区”。"),
    (29, "所属街道", "没有“玉林北街道”这个街道，请核对街道名称。"),
    (30, "所属社区", "玉林街道没有金雁社区；金雁社区在晋阳街道。"),
    (31, "所属社区", "有2个锦城社区（簇桥街道、石羊街道），请在“所属街道”写明是哪一个。"),
    (32, "所属社区", "石羊街道锦城社区由高新区管理，不在本区登记。"),
    (33, "统一社会信用代码", "统一社会信用代码应为18位，现为17位：“91510107MADEY0308”。"),
    (
        34,
        "统一社会信用代码",
        "统一社会信用代码只用数字和大写字母，不用I、O、Z、S、V，请核对“91510107MAIEY03168”。",
    ),
    (35, "统一社会信用代码", "统一社会信用代码“91510107MADEY03241”校验不符，请对照证照逐位核对。"),
    (36, "统一社会信用代码", ROUNDED),
    (37, "统一社会信用代码", ROUNDED),
    (38, "统一社会信用代码", "缺统一社会信用代码；确实没有的，请写明无信用代码的原因。"),
    (39, "统一社会信用代码", "与第4行的统一社会信用代码重复，请只保留一行。"),
    (40, "单位名称", "与第4行是同一街道的同名单位，请只保留一行。"),
    (42, "从业人数", "应填整数，现为“约50”。"),
    (43, "从业人数", "不能小于0，现为-3。"),
    (44, "正式党员人数", "正式党员人数（5）不能多于党员人数（2）。"),
    (45, "党员人数", "应填整数，现为“2.5”。"),
    (46, "登记日期", "没有“2016-2-30”这一天，请核对。"),
    (47, "登记日期", "年份要写四位，如2026-03-05；现为“16.3.5”。"),
    (48, "登记日期", "看不懂日期“去年春天”，请写成2026-03-05。"),
    (49, "登记日期", "登记日期（2027-01-01）不能晚于今天（2026-11-23）。"),
    (50, "覆盖起始日期", "覆盖起始日期（2017-01-01）不能早于登记日期（2018-01-01）。"),
    (51, "覆盖起始日期", "覆盖起始日期（2020-01-01）不能早于党组织成立日期（2021-01-01）。"),
    (52, "组建方式", "写了党组织覆盖情况，还缺“组建方式”。"),
    (53, "覆盖党组织", "写了党组织覆盖情况，还缺“覆盖党组织”、“覆盖起始日期”。"),
    (54, "覆盖起始日期", "写了党组织覆盖情况，还缺“覆盖起始日期”。"),
    (55, "退出原因", "经营状态为“吊销”，要写明退出原因。"),
    (56, "依据", "经营状态为“吊销”，要写明依据。"),
    (57, "退出日期", "正常经营的单位不填退出日期，请核对经营状态。"),
    (58, "退出日期", "退出日期（2015-01-01）不能早于登记日期（2016-03-05）。"),
    (59, "单位名称", "单位名称不能以“=”开头，请核对是否误填了公式。"),
    (60, "单位名称", "单位名称不能超过120个字，现有121个字。"),
    (60, "统一社会信用代码", "统一社会信用代码应为18位，现为3位：“123”。"),
    (60, "从业人数", "应填整数，现为“很多”。"),
    (62, "统一社会信用代码", "本街道已登记同名单位，信用代码是91510107MADEM010XD，与这里填的不同，请核对。"),
    (
        63,
        "覆盖起始日期",
        "这个单位自2015-01-23起由“中共太平园家居市场管理有限公司支部委员会”覆盖，新的覆盖起始日期要晚于这一天。",
    ),
]


@pytest.fixture
def sample(places):
    imported(SAMPLE / "units.xlsx")


class TestMessyTable:
    @pytest.mark.parametrize("name", ["units_messy.xlsx", "units_messy_gbk.csv"])
    def test_every_mistake_is_told_with_row_and_column(self, sample, name):
        told = imported(SAMPLE / name)
        assert [(one["row"], one["column"], one["message"]) for one in told["errors"]] == MESSY
        assert counts(told) == (60, 17, 1, 0, 42)

    def test_every_spelling_of_a_day_is_understood(self, sample):
        imported(SAMPLE / "units_messy.xlsx")
        rows = Unit.objects.filter(name__startswith="成都摸底样本").order_by("employees")
        days = {unit.credit_code: unit.operating_spells.earliest("from_on").from_on for unit in rows}
        spelled = [days[credit_code("91", f"MADEY{number:03d}")] for number in range(2, 8)]
        assert spelled == [date(2016, 3, 5)] * 5 + [date(2016, 3, 1)]

    def test_odd_spellings_are_cleaned(self, sample):
        imported(SAMPLE / "units_messy.xlsx")
        full_width = Unit.objects.get(credit_code=credit_code("91", "MADEY002"))
        assert (full_width.name, full_width.employees) == ("成都摸底样本02号商贸有限公司", 12)
        counted = Unit.objects.get(credit_code=credit_code("91", "MADEY009"))
        assert (counted.employees, counted.members_total, counted.place_code) == (1234, 3, "510107005008")
        formula = Unit.objects.get(credit_code=credit_code("91", "MADEY016"))
        assert formula.employees == 7

    def test_a_unit_that_left_has_both_spells(self, sample):
        imported(SAMPLE / "units_messy.xlsx")
        unit = Unit.objects.get(credit_code=credit_code("91", "MADEY015"))
        spells = list(
            unit.operating_spells.order_by("from_on").values_list(
                "status", "from_on", "to_on", "reason", "evidence"
            )
        )
        assert spells == [
            ("operating", date(2016, 3, 5), date(2026, 6, 30), "", ""),
            ("deregistered", date(2026, 6, 30), None, "已办理注销登记", "注销公告（2026）第12号"),
        ]
        assert unit.operating_status == "deregistered"

    def test_a_second_time_the_good_rows_are_the_same(self, sample):
        imported(SAMPLE / "units_messy.xlsx")
        assert counts(imported(SAMPLE / "units_messy.xlsx")) == (60, 0, 0, 18, 42)


class TestChanges:
    def test_a_filled_cell_changes_and_a_blank_one_does_not(self, huangmenjie, tmp_path):
        unit = make_unit(
            name="成都甲有限公司", place=huangmenjie, credit_code=CODE, address="旧址1号", employees=9
        )
        told = imported(
            sheet(tmp_path, {"单位名称": "成都甲有限公司", "统一社会信用代码": CODE, "地址": "新址2号"})
        )
        unit.refresh_from_db()
        assert (counts(told), unit.address, unit.employees, unit.version) == (
            (1, 0, 1, 0, 0),
            "新址2号",
            9,
            2,
        )

    def test_the_timeline_shows_old_and_new(self, huangmenjie, tmp_path):
        unit = make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE, address="旧址1号")
        imported(sheet(tmp_path, {"单位名称": "成都乙有限公司", "统一社会信用代码": CODE, "地址": "新址2号"}))
        entry = HistoryEntry.objects.get(about_id=unit.pk, move="import")
        assert entry.changes == {
            "name": ["单位名称", "成都甲有限公司", "成都乙有限公司"],
            "address": ["地址", "旧址1号", "新址2号"],
        }

    def test_without_a_code_name_and_subdistrict_are_the_key(self, huangmenjie, jinyan, tmp_path):
        unit = make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=None)
        make_unit(name="成都甲有限公司", place=jinyan, credit_code=None)
        told = imported(sheet(tmp_path, {"单位名称": "成都甲有限公司", "统一社会信用代码": CODE}))
        unit.refresh_from_db()
        assert (counts(told), unit.credit_code) == ((1, 0, 1, 0, 0), CODE)

    def test_a_new_organization_takes_over_from_its_day(self, huangmenjie, tmp_path):
        unit = make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE)
        cover(unit, since=date(2022, 1, 1), organization=make_organization(place=huangmenjie, name="旧支部"))
        told = imported(sheet(tmp_path, {
            **FIRM, "覆盖党组织": "新联合党支部", "组建方式": "联合组建", "覆盖起始日期": "2024-05-01",
        }))  # fmt: skip
        spells = list(
            unit.coverage_spells.order_by("from_on").values_list(
                "organization__name", "mode", "from_on", "to_on"
            )
        )
        assert counts(told) == (1, 0, 1, 0, 0)
        assert spells == [
            ("旧支部", "standalone", date(2022, 1, 1), date(2024, 5, 1)),
            ("新联合党支部", "joint", date(2024, 5, 1), None),
        ]

    def test_a_wrong_beginning_is_corrected(self, huangmenjie, tmp_path):
        unit = make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE)
        cover(unit, since=date(2022, 1, 1), organization=make_organization(place=huangmenjie, name="支部"))
        imported(sheet(tmp_path, {
            **FIRM, "覆盖党组织": "支部", "组建方式": "单独组建", "覆盖起始日期": "2021-07-01",
        }))  # fmt: skip
        assert list(unit.coverage_spells.values_list("from_on", "to_on")) == [(date(2021, 7, 1), None)]

    def test_a_past_coverage_stands_in_the_way(self, huangmenjie, tmp_path):
        unit = make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE)
        cover(
            unit,
            since=date(2021, 1, 1),
            until=date(2023, 1, 1),
            organization=make_organization(place=huangmenjie, name="旧支部"),
        )
        told = imported(sheet(tmp_path, {
            **FIRM, "覆盖党组织": "新支部", "组建方式": "单独组建", "覆盖起始日期": "2022-05-01",
        }))  # fmt: skip
        assert only_message(told) == (
            2,
            "覆盖起始日期",
            "这个单位在2023-01-01之前由“旧支部”覆盖，覆盖起始日期不能早于这一天。",
        )

    def test_a_unit_that_operates_only_asks_to_leave_and_asks_once(self, huangmenjie, tmp_path):
        unit = make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE)
        row = {**FIRM, "经营状态": "注销", "退出日期": "2026-10-01", "退出原因": "注销", "依据": "公告"}
        assert imported(sheet(tmp_path, row))["changed"] == 1
        unit.refresh_from_db()
        asked = unit.denominator_exits.get()
        assert (unit.operating_status, unit.operating_spells.count()) == ("operating", 1)
        assert (asked.status, asked.operating_status, asked.from_on, asked.reason, asked.evidence, asked.place_code) == (
            "submitted", "deregistered", date(2026, 10, 1), "注销", "公告", huangmenjie.code,
        )  # fmt: skip
        assert imported(sheet(tmp_path, row))["same"] == 1
        assert unit.denominator_exits.count() == 1

    def test_moving_carries_the_spells_along(self, huangmenjie, jinyan, tmp_path):
        unit = make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE, covered="standalone")
        imported(
            sheet(
                tmp_path,
                {
                    "单位名称": "成都甲有限公司",
                    "统一社会信用代码": CODE,
                    "所属街道": "晋阳街道",
                    "所属社区": "金雁社区",
                },
            )
        )
        assert set(OperatingSpell.objects.filter(unit=unit).values_list("place_code", flat=True)) == {
            jinyan.code
        }
        assert set(CoverageSpell.objects.filter(unit=unit).values_list("place_code", flat=True)) == {
            jinyan.code
        }

    def test_two_rows_that_mean_one_unit_are_told(self, huangmenjie, tmp_path):
        make_unit(name="成都甲有限公司", place=huangmenjie, credit_code=CODE)
        told = imported(sheet(tmp_path,
            {"单位名称": "成都乙有限公司", "统一社会信用代码": CODE}, {"单位名称": "成都甲有限公司"},
        ))  # fmt: skip
        assert only_message(told) == (3, "单位名称", "与第2行指的是同一个已登记单位，请只保留一行。")

    def test_a_joint_branch_over_two_communities_sits_in_the_subdistrict(self, places, tmp_path):
        joint = {"覆盖党组织": "玉林商圈联合党支部", "组建方式": "联合组建", "覆盖起始日期": "2024-01-01"}
        imported(sheet(tmp_path,
            {"单位名称": "成都甲有限公司", "统一社会信用代码": CODE, **joint},
            {"单位名称": "成都乙有限公司", "统一社会信用代码": OTHER_CODE, "所属社区": "棕北社区", **joint},
        ))  # fmt: skip
        organization = PartyOrganization.objects.get()
        assert (organization.place_code, organization.category, organization.coverage_spells.count()) == (
            "510107005",
            "632",
            2,
        )


class TestScope:
    def test_a_subdistrict_imports_only_rows_of_its_place(self, subdistrict, tmp_path):
        told = imported(sheet(tmp_path,
            {"单位名称": "成都甲有限公司", "统一社会信用代码": CODE},
            {"单位名称": "成都乙有限公司", "统一社会信用代码": OTHER_CODE, "所属街道": "晋阳街道", "所属社区": "金雁社区"},
        ), subdistrict.actor)  # fmt: skip
        assert only_message(told) == (3, "所属社区", "不在本次导入的范围（玉林街道）内。")
        assert list(Unit.objects.values_list("name", flat=True)) == ["成都甲有限公司"]

    def test_it_cannot_pull_a_unit_over(self, subdistrict, jinyan, tmp_path):
        make_unit(name="成都甲有限公司", place=jinyan, credit_code=CODE)
        told = imported(
            sheet(tmp_path, {"单位名称": "成都甲有限公司", "统一社会信用代码": CODE}), subdistrict.actor
        )
        assert only_message(told) == (
            2, "所属社区", "这个单位已登记在晋阳街道金雁社区，不在您的管理范围内，请联系区委组织部办理迁移。",
        )  # fmt: skip

    def test_a_place_outside_of_ones_own_is_refused(self, subdistrict, jinyan, tmp_path):
        with pytest.raises(RuleViolation, match="晋阳街道金雁社区不在您的管理范围内。"):
            imported(sheet(tmp_path, {"单位名称": "成都甲有限公司"}), subdistrict.actor, place=jinyan)


class TestFiles:
    def test_missing_columns_are_named(self, places, tmp_path):
        book = openpyxl.Workbook()
        book.active.append(["单位名称", "地址", "联系人"])
        book.active.append(["成都甲有限公司", "某路", "王某"])
        book.save(tmp_path / "a.xlsx")
        with pytest.raises(RuleViolation, match="缺少必需的列：单位类别、所属社区。请对照模板补上后再上传。"):
            imported(tmp_path / "a.xlsx")

    def test_a_header_without_rows_is_told(self, places, tmp_path):
        with pytest.raises(RuleViolation, match="表头下面没有数据行，请确认选对了文件。"):
            imported(sheet(tmp_path))

    @pytest.mark.parametrize(("name", "content", "sentence"), [
        ("a.xlsx", b"", "这个文件是空的，请确认选对了文件。"),
        ("a.xlsx", b"%PDF-1.7 ...", "这个文件是PDF 文件，不是表格，请上传 .xlsx、.xls 或 .csv 表格。"),
        ("a.xlsx", b"PK\x03\x04broken", "文件已损坏或不完整，无法打开。"),
    ])  # fmt: skip
    def test_a_wrong_file_is_a_sentence(self, places, tmp_path, name, content, sentence):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RuleViolation, match=sentence):
            imported(tmp_path / name)


@pytest.mark.django_db(transaction=True)
class TestAllOrNothing:
    def test_a_crash_in_the_middle_leaves_nothing(self, places, monkeypatch):
        def crash(*args):
            raise ConnectionError("the worker was killed")

        monkeypatch.setattr(applying, "write_changed_history", lambda who: None)
        monkeypatch.setattr(applying, "type_id", crash)
        with pytest.raises(ConnectionError):
            imported(SAMPLE / "units.xlsx")
        assert (Unit.objects.count(), PartyOrganization.objects.count(), OperatingSpell.objects.count()) == (
            0,
            0,
            0,
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('pg_temp.import_plan')")
            assert cursor.fetchone() == (None,)
