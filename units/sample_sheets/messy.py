"""Sixty rows as they really come (问题表格): every spelling that must be understood, every mistake that must be told.

The last three mean units of the sample district. The same rows are written as .xlsx and as .csv in GBK.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

from units.sample_sheets.names import credit_code
from units.sample_sheets.workbook import Book

TITLE = "街道两新组织摸底表（汇总）"
FILLER = "填报单位：某街道党建办        填报日期：2026.11.20"
HEADER = (
    ("序号", 6), ("企业名称", 34), ("信用代码", 22), ("单位性质", 13), ("细类", 14), ("街道", 12), ("社  区", 13),
    ("经营地址", 20), ("登记状态", 10), ("员工人数\n（人）", 9), ("党员数", 9), ("正式党员", 9), ("党组织名称", 34),
    ("组建形式", 10), ("支部成立时间", 12), ("组建时间", 13), ("成立时间", 12), ("退出时间", 12), ("剔除原因", 16),
    ("佐证材料", 16), ("是否联席会成员单位", 9), ("无代码原因", 14), ("联络人", 9), ("备注", 14),
)  # fmt: skip
FIELDS = (
    "ordinal", "name", "code", "category", "subcategory", "subdistrict", "community", "address", "status", "employees",
    "members_total", "members_full", "organization", "mode", "established_on", "covered_from", "registered_on",
    "left_on", "reason", "evidence", "is_member", "missing_reason", "contact", "remark",
)  # fmt: skip
FIRST_ROW = 4  # as the spreadsheet numbers it: the row below the header
_MISTAKES = (
    # Understood: spellings of the same things
    {"remark": "规范的一行"},
    {"registered_on": "2016.3.5", "employees": "１２", "code": str.lower},
    {"registered_on": "2016年3月5日", "code": lambda code: f" {code[:8]}　{code[8:]} "},
    {"registered_on": "2016/3/5", "name": "  {name}\n"},
    {"registered_on": 20160305},
    {"registered_on": 42434},
    {"registered_on": "2016年3月", "category": "民营企业", "subcategory": "私营企业"},
    {"community": "黉门街", "subdistrict": "玉林"},
    {"community": "黉门街社区居委会", "subdistrict": "玉林街道办事处", "employees": "1,234人", "members_total": "3 名"},
    {"community": "锦城社区", "subdistrict": "簇桥街道"},
    {"code": "", "missing_reason": "筹备中，尚未领证"},
    {"organization": "无", "mode": "—", "covered_from": "/", "established_on": "-"},
    {"status": "存续", "is_member": "√"},
    {"organization": "黉门街社区企业临时联合党支部", "mode": "联建", "established_on": "2021-6-1", "covered_from": "2021-07-01"},
    {"status": "已注销", "left_on": "2026.6.30", "reason": "已办理注销登记", "evidence": "注销公告（2026）第12号"},
    {"employees": "=3+4"},
    # Required cells
    {"name": ""},
    {"category": ""},
    {"community": ""},
    # Words that mean nothing
    {"category": "股份制"},
    {"subcategory": "连锁"},
    {"status": "半停产"},
    {"organization": "某某党支部", "mode": "派建", "covered_from": "2020-1-1"},
    {"is_member": "也许"},
    # Places
    {"community": "黉门社区"},
    {"subdistrict": "玉林北街道"},
    {"community": "金雁社区"},
    {"community": "锦城社区", "subdistrict": ""},
    {"community": "锦城社区", "subdistrict": "石羊街道"},
    # Credit codes
    {"code": lambda code: code[:-1]},
    {"code": lambda code: code[:10] + "I" + code[11:]},
    {"code": lambda code: code[:-1] + ("1" if code[-1] != "1" else "2")},
    {"code": 9.15101070000001e17},
    {"code": "9.15101E+17"},
    {"code": ""},
    {"code": "first"},
    # The same unit twice
    {"name": "first"},
    {"name": "first", "subdistrict": "晋阳街道", "community": "金雁社区"},
    # Numbers
    {"employees": "约50"},
    {"employees": -3},
    {"members_total": 2, "members_full": 5},
    {"members_total": "2.5"},
    # Dates
    {"registered_on": "2016-2-30"},
    {"registered_on": "16.3.5"},
    {"registered_on": "去年春天"},
    {"registered_on": date(2027, 1, 1)},
    {"registered_on": "2018-1-1", "organization": "某某党支部", "mode": "单建", "covered_from": "2017-1-1"},
    {"organization": "某某党支部", "mode": "单建", "established_on": "2021-1-1", "covered_from": "2020-1-1"},
    # Half a coverage
    {"organization": "某某党支部", "covered_from": "2020-1-1"},
    {"mode": "单建"},
    {"organization": "某某党支部", "mode": "单建"},
    # Leaving the denominator
    {"status": "吊销", "evidence": "公告"},
    {"status": "吊销", "reason": "被吊销营业执照"},
    {"status": "正常", "left_on": "2026-1-1"},
    {"status": "迁出", "left_on": "2015-1-1", "reason": "迁往外区", "evidence": "迁出通知书"},
    # Odd text
    {"name": "=HYPERLINK(1)"},
    {"name": "某" * 121, "code": "123", "employees": "很多"},
    # Units of the sample district: one to change, one whose name is taken, one that is covered already
    {"name": "成都安和物业服务有限公司", "code": credit_code("91", "MADEM009"), "subdistrict": "机投桥街道",
     "community": "机投社区", "address": "机投社区新苑路9号", "registered_on": ""},
    {"name": "华兴高新材料有限公司", "subdistrict": "华兴街道", "community": "三河社区", "registered_on": ""},
    {"name": "太平园家居市场管理有限公司", "code": credit_code("91", "MADEM005"), "subdistrict": "红牌楼街道",
     "community": "太平社区", "organization": "太平社区商户党支部", "mode": "单建", "covered_from": "2012-6-1", "registered_on": ""},
)  # fmt: skip


def usual_row(number: int) -> dict:
    """A row without a mistake, different from every other."""
    return {
        "ordinal": number, "name": f"成都摸底样本{number:02d}号商贸有限公司", "code": credit_code("91", f"MADEY{number:03d}"),
        "category": "非公企业", "subcategory": "私营", "subdistrict": "玉林街道", "community": "黉门街社区",
        "address": f"黉门街{number}号", "status": "正常", "employees": number, "members_total": 3, "members_full": 2,
        "registered_on": date(2016, 3, 5), "contact": "王某某",
    }  # fmt: skip


def messy_rows() -> Iterator[list]:
    """The sixty rows as lists of cells."""
    for number, mistakes in zip(count(1), _MISTAKES, strict=False):
        row = usual_row(number)
        for field, wrong in mistakes.items():
            row[field] = spoiled(field, row.get(field), wrong)
        yield [row.get(field, "") for field in FIELDS]


def spoiled(field: str, right, wrong):
    """The cell with its mistake: a value, a function of the right one, or the first row's."""
    if callable(wrong):
        return wrong(right)
    if wrong == "first":
        return usual_row(1)[field]
    return wrong.replace("{name}", right) if isinstance(wrong, str) and "{name}" in wrong else wrong


def write_messy(path: Path) -> None:
    """``sample/units_messy.xlsx``."""
    book = Book(path, "摸底表")
    book.head(TITLE, FILLER, HEADER)
    for index, cells in enumerate(messy_rows()):
        book.write(FIRST_ROW - 1 + index, cells)
    last = FIRST_ROW - 1 + len(_MISTAKES)
    book.write(last, ("合计", f"{len(_MISTAKES)}家", *[""] * (len(HEADER) - 2)))
    book.write(last + 1, ("填表人：王某某",))
    book.close()


def write_messy_csv(path: Path) -> None:
    """``sample/units_messy_gbk.csv``: the same rows as an old program exports them."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([TITLE])
    writer.writerow([FILLER])
    writer.writerow([label.replace("\n", "") for label, _ in HEADER])
    for cells in messy_rows():
        writer.writerow([7 if cell == "=3+4" else cell for cell in cells])
    writer.writerow(["合计", f"{len(_MISTAKES)}家"])
    path.write_bytes(stream.getvalue().encode("gbk"))
