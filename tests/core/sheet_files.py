"""Real files for the tests of sheets, made the way people and their programs make them."""

import io
import zipfile
from datetime import date

import openpyxl
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile

HEADER = ["统一社会信用代码", "单位名称", "所在社区", "职工人数", "登记日期"]
ROWS = [
    ["91110000600037341L", "玉林一公司", "黉门街社区", 12, date(2026, 3, 5)],
    ["91110000600037342X", "玉林二公司", "玉林东路社区", 7, date(2026, 3, 6)],
]


def named(content: bytes, name: str) -> io.BytesIO:
    stream = io.BytesIO(content)
    stream.name = name
    return stream


def xlsx(rows, *, merges=(), title="单位", before=()) -> io.BytesIO:
    """A workbook with these rows from A1; ``before`` names blank sheets put in front."""
    workbook = openpyxl.Workbook()
    worksheet = workbook.active
    worksheet.title = title
    for index, name in enumerate(before):
        workbook.create_sheet(name, index)
    for row in rows:
        worksheet.append(row)
    for area in merges:
        worksheet.merge_cells(area)
    stream = io.BytesIO()
    workbook.save(stream)
    return named(stream.getvalue(), "units.xlsx")


def xls(rows) -> io.BytesIO:
    workbook = xlwt.Workbook(encoding="utf-8")
    worksheet = workbook.add_sheet("单位")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            worksheet.write(y, x, cell, day if isinstance(cell, date) else xlwt.Style.default_style)
    stream = io.BytesIO()
    workbook.save(stream)
    return named(stream.getvalue(), "units.xls")


def separated(rows, *, by=",", encoding="utf-8", name="units.csv") -> io.BytesIO:
    lines = [by.join("" if cell is None else str(cell) for cell in row) for row in rows]
    return named("\r\n".join(lines).encode(encoding), name)


def locked_xlsx() -> io.BytesIO:
    stream = io.BytesIO()
    OOXMLFile(xlsx([HEADER, *ROWS])).encrypt("password", stream)
    return named(stream.getvalue(), "units.xlsx")


def repacked(stream, change) -> io.BytesIO:
    """The workbook with every part passed through ``change(name, content)``."""
    result = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))
    return named(result.getvalue(), "units.xlsx")


def zip_bomb(megabytes: int) -> io.BytesIO:
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(megabytes):
                part.write(b" " * 1024 * 1024)
    return named(result.getvalue(), "units.xlsx")


def lying_zip() -> io.BytesIO:
    """A workbook whose table of contents announces a part as much smaller than it is."""
    content = bytearray(repacked(xlsx([HEADER, *ROWS]), lambda name, part: part).getvalue())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lie = (10).to_bytes(4, "little")
    return named(bytes(content.replace(size.to_bytes(4, "little"), lie)), "units.xlsx")
