"""The sample district as an office lays it out: title, filler line, header, rows, totals; byte for byte repeatable."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from units.sample_sheets.district import AS_OF, SampleUnit

TITLE = "武侯区非公有制企业和社会组织党建工作台账"
FILLER = "填报单位：中共成都市武侯区委组织部（演示数据，单位均为虚构）"
HEADER = (
    ("序号", 6), ("单位名称", 34), ("统一社会\n信用代码", 22), ("单位类别", 13), ("子类", 14), ("所属街道", 12),
    ("所属社区", 13), ("地址", 24), ("经营状态", 10), ("从业人数\n（人）", 9), ("党员人数\n（人）", 9), ("正式党员\n人数", 9),
    ("覆盖党组织", 34), ("组建方式", 10), ("党组织\n成立日期", 12), ("覆盖起始日期", 13), ("登记日期", 12),
    ("联席会\n成员单位", 9), ("联系人", 9), ("无信用代码的原因", 22),
)  # fmt: skip
MADE_ON = datetime(2026, 11, 20, 9, 0)


def cells_of(number: int, unit: SampleUnit) -> tuple:
    """One row in the order of `HEADER`."""
    return (
        number, unit.name, unit.code, unit.category, unit.subcategory, unit.subdistrict, unit.community, unit.address,
        "正常经营", unit.employees, unit.members_total, unit.members_full, unit.organization, unit.mode,
        unit.established_on, unit.covered_from, unit.registered_on, "是" if unit.is_member else "否", unit.contact,
        unit.missing_reason,
    )  # fmt: skip


def totals_of(units: list[SampleUnit]) -> Iterator[tuple[int, int]]:
    """(column, sum) of the counted columns."""
    for column, name in ((9, "employees"), (10, "members_total"), (11, "members_full")):
        yield column, sum(getattr(unit, name) for unit in units)


class Book:
    """A workbook with the formats of the office."""

    def __init__(self, path: Path, sheet_name: str):
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
        self.book.set_properties({"title": TITLE, "created": MADE_ON})
        self.sheet = self.book.add_worksheet(sheet_name)
        edge = {"border": 1, "valign": "vcenter", "font_name": "仿宋", "font_size": 11}
        self.formats = {
            "title": self.book.add_format(
                {"bold": True, "font_size": 18, "align": "center", "font_name": "宋体"}
            ),
            "filler": self.book.add_format({"font_name": "仿宋", "font_size": 11}),
            "head": self.book.add_format({**edge, "bold": True, "text_wrap": True, "align": "center"}),
            "cell": self.book.add_format({**edge, "text_wrap": True}),
            "date": self.book.add_format({**edge, "num_format": "yyyy-mm-dd"}),
        }

    def head(self, title: str, filler: str, header: Iterable[tuple[str, int]]) -> None:
        header = list(header)
        self.sheet.merge_range(0, 0, 0, len(header) - 1, title, self.formats["title"])
        self.sheet.merge_range(1, 0, 1, len(header) - 1, filler, self.formats["filler"])
        for column, (label, width) in enumerate(header):
            self.sheet.set_column(column, column, width)
            self.sheet.write_string(2, column, label, self.formats["head"])
        self.sheet.set_row(0, 30)
        self.sheet.set_row(2, 32)
        self.sheet.freeze_panes(3, 2)

    def write(self, row: int, cells: Iterable) -> None:
        for column, value in enumerate(cells):
            self._write(row, column, value)

    def _write(self, row: int, column: int, value) -> None:
        cell = self.formats["cell"]
        if isinstance(value, date):
            self.sheet.write_datetime(row, column, value, self.formats["date"])
        elif isinstance(value, int | float):
            self.sheet.write_number(row, column, value, cell)
        elif value == "=3+4":
            self.sheet.write_formula(row, column, value, cell, 7)
        elif value:
            self.sheet.write_string(row, column, value, cell)
        else:
            self.sheet.write_blank(row, column, None, cell)

    def page(self, last_row: int, last_column: int) -> None:
        """A4 across, header repeated, page numbers, as it would be printed."""
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.repeat_rows(2)
        self.sheet.print_area(0, 0, last_row, last_column)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer("&C第 &P 页，共 &N 页")

    def close(self) -> None:
        self.book.close()


def write_district(path: Path, units: list[SampleUnit]) -> None:
    """``sample/units.xlsx``."""
    book = Book(path, "两新组织台账")
    filler = f"{FILLER}        填报日期：{AS_OF.year}年{AS_OF.month}月{AS_OF.day}日        单位：人"
    book.head(TITLE, filler, HEADER)
    for number, unit in enumerate(units, 1):
        book.write(number + 2, cells_of(number, unit))
    last = len(units) + 3
    book.write(last, ("合计", f"{len(units)} 家", *[""] * (len(HEADER) - 2)))
    for column, total in totals_of(units):
        book.sheet.write_number(last, column, total, book.formats["cell"])
    book.page(last, len(HEADER) - 1)
    book.close()
