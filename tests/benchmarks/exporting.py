"""The register as CSV: rows a second against PostgreSQL's own COPY TO STDOUT of the same columns."""

import io

from django.db import connection
from django.db.models import F

from core.actor import SYSTEM
from core.sheets import copy_queryset_csv
from tests.benchmarks.data import make_people, make_units
from tests.benchmarks.measure import Row, Values, seconds_of, side_by_side
from tests.benchmarks.requests import TOKEN_HEADER, ask, sign_in
from units.api.units import Units
from units.models import Unit
from units.views.units import UnitList

UNITS = 200_000
HEADER = {
    "id": "编号", "name": "单位名称", "credit_code": "统一社会信用代码", "category": "类别", "place_name": "所在社区",
    "address": "地址", "operating_status": "经营状态", "employees": "从业人数", "members_total": "党员人数",
    "is_member": "联席会成员单位",
}  # fmt: skip


class Sink(io.RawIOBase):
    """Somewhere to write to that keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        return len(data)


def queryset():
    return Unit.objects.annotate(place_name=F("place__path_name")).values(*HEADER)


def page_queryset():
    """The columns of the units page as it copies them: coverage joined, codes in words."""
    rows = UnitList().annotate_copied(Unit.objects.all())
    return rows.values(**{f"copied_{name}": expression for name, expression in UnitList.copied.items()})


def rest_queryset():
    """The columns of the list's CSV over REST: every field of the contract, with its words and its place."""
    rows = Units().order(Unit.objects.all(), "")
    return Units().copied(rows, SYSTEM)[0]


def plain_copy(of=queryset, order: tuple[str, ...] = ("id",)) -> None:
    """The limit: one COPY of the same columns in the same order into nothing."""
    sql, params = of().order_by(*order).query.sql_with_params()
    with connection.cursor() as cursor:
        query = cursor.mogrify(sql, params).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", Sink())


def export() -> None:
    for _ in copy_queryset_csv(queryset(), HEADER):
        pass


def speed(values: Values) -> Values:
    """Seconds as thousands of rows a second."""
    return Values(tuple(UNITS / seconds / 1000 for seconds in values.runs))


def rows() -> list[Row]:
    make_units(UNITS)
    people = make_people()
    ours, theirs = side_by_side(lambda: seconds_of(export), lambda: seconds_of(plain_copy), 5)
    found = [Row("CSV of 200,000 units ÷ COPY TO STDOUT", speed(ours), speed(theirs), "k rows/s", 0.8, False)]
    page, headers = "/units/?format=csv", sign_in(people)
    ours, theirs = side_by_side(
        lambda: seconds_of(lambda: ask(page, **headers)),
        lambda: seconds_of(lambda: plain_copy(page_queryset)),
        5,
    )
    note = "both with coverage joined and codes in words"
    found.append(
        Row("export of the units page ÷ COPY", speed(ours), speed(theirs), "k rows/s", 0.8, False, note=note)
    )
    address, order = "/api/v1/units/?format=csv", Units.default_ordering
    ours, theirs = side_by_side(
        lambda: seconds_of(lambda: ask(address, **TOKEN_HEADER)),
        lambda: seconds_of(lambda: plain_copy(rest_queryset, order)),
        5,
    )
    note = "both with every field of the contract, its words, and the list's order"
    found.append(
        Row("GET /units/?format=csv ÷ COPY", speed(ours), speed(theirs), "k rows/s", 0.8, False, note=note)
    )
    return found
