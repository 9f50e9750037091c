"""A spreadsheet of 100,000 units with every check, against COPY of the resulting rows into the same tables."""

import io
import random
import tempfile
from pathlib import Path

import xlsxwriter
from django.db import connection

from core.actor import SYSTEM
from tests.benchmarks.data import clear
from tests.benchmarks.measure import Row, Values, seconds_of
from units.divisions import load_divisions, read_divisions
from units.imports import import_file
from units.models import Division
from units.sample_sheets.names import credit_code

UNITS, RUNS = 100_000, 3
# In the order in which they may be filled.
TABLES = (
    "units_unit", "units_partyorganization", "units_operatingspell", "units_coveragespell", "core_historyentry",
)  # fmt: skip
HEADINGS = [
    "单位名称", "统一社会信用代码", "单位类别", "所在街道", "所在社区", "地址", "经营状态", "从业人数", "党员人数", "正式党员人数",
    "覆盖党组织", "覆盖方式", "覆盖起始日期", "联系人",
]  # fmt: skip


def write_sheet(path: Path) -> None:
    """A district's table of units: four in five covered, five units to a joint branch."""
    dice = random.Random(510107)  # nosec B311 - the same sheet every time
    places = list(
        Division.objects.filter(level="community", administered_by="武侯区").select_related("parent")
    )
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("单位")
        sheet.write_row(0, 0, HEADINGS)
        for number in range(UNITS):
            place = places[number // 5 % len(places)]
            members = dice.choice([0, 1, 3, 5])
            row = [
                f"示例企业{number:06d}", credit_code("91", f"M{number:07d}"), "非公有制企业", place.parent.name, place.name,
                f"示例路{number}号", "正常经营", dice.randrange(300), members, members,
            ]  # fmt: skip
            if number % 5:
                row += [f"示例第{number // 5}联合党支部", "联合组建", "2022-03-01", "王某"]
            sheet.write_row(number + 1, 0, row)


def take_out() -> dict[str, bytes]:
    """The rows of the tables as COPY gives them."""
    taken = {}
    with connection.cursor() as cursor:
        for name in TABLES:
            buffer = io.BytesIO()
            cursor.copy_expert(f"COPY {name} TO STDOUT", buffer)
            taken[name] = buffer.getvalue()
    return taken


def put_in(taken: dict[str, bytes]) -> None:
    """The limit: COPY of the finished rows into the same tables with their indexes and constraints."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for name in TABLES:
            cursor.copy_expert(f"COPY {name} FROM STDIN", io.BytesIO(taken[name]))
        cursor.execute("COMMIT")


def import_sheet(path: Path) -> None:
    counts = import_file(path, SYSTEM)
    if counts["new"] != UNITS:
        raise RuntimeError(f"The import must take every row: {counts['errors'][:3]}")


def speed(seconds: list[float]) -> Values:
    """Seconds as thousands of rows a second."""
    return Values(tuple(UNITS / one / 1000 for one in seconds))


def rows() -> list[Row]:
    clear()
    load_divisions(read_divisions())
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "units.xlsx"
        write_sheet(path)
        for _ in range(RUNS):
            clear()
            ours.append(seconds_of(lambda: import_sheet(path)))
            taken = take_out()
            clear()
            theirs.append(seconds_of(lambda taken=taken: put_in(taken)))
    note = ".xlsx with every check; the same rows, timeline included, copied"
    return [
        Row(
            "import of 100,000 rows ÷ copy_expert",
            speed(ours),
            speed(theirs),
            "k rows/s",
            0.65,
            False,
            ",.1f",
            note,
        )
    ]
