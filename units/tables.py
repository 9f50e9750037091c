"""Statistical tables in the manner of the yearly statistics of party organizations (党内统计 25、27、30、42 表式).

Source: domain.md §0 fact 6 (row structure), §2.0.2 (columns of tables 27 and 30), §2(b) (table 42). Every unit comes from
the coverage indicator's own denominator and every body from the structure indicators, so that no table says another
number than the pages. Rows and columns add up: 总数 = 单独建 + 联合支部覆盖 + 未建立, 未建立 = 应建尚未建 + 仅有个别党员 +
没有党员. COV-DUE's 应建未建 is 应建尚未建 plus the units a joint branch covers that have three full members.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Case, Count, IntegerField, QuerySet, Sum, Value, When

from units.indicators import MEASURES, Cell
from units.indicators.coverage import Kind, rows_in_cell
from units.indicators.org_part_time import part_time_seats, with_part_time
from units.indicators.structure import TIER_LEVELS, places, running
from units.indicators.territory import Territory
from units.models import Division, RegionalBody, Unit
from units.queries.situations import STANDALONE, WITHOUT, Situation, with_situation

Category, Subcategory = Unit.Category, Unit.Subcategory


class Facet(NamedTuple):
    """Units of one and the same kind, counted together."""

    category: str
    subcategory: str
    size: int
    has_member: bool
    has_secretary: bool
    situation: str
    is_due: bool
    is_instructed: bool
    units: int
    members: int
    not_transferred: int


Belongs = Callable[[Facet], bool]


class Line(NamedTuple):
    """A row of a table; ``depth`` 1 is a part of the row above it."""

    label: str
    belongs: Belongs
    depth: int = 0
    counts: str = "units"


def every(facet: Facet) -> bool:
    return True


def situated(*situations: str) -> Belongs:
    return lambda facet: facet.situation in situations


LINES = (
    Line("总数", every),
    Line("一、单独建立党组织的", situated(*STANDALONE)),
    Line("建立党委的", situated(Situation.COMMITTEE), 1),
    Line("建立党总支的", situated(Situation.GENERAL_BRANCH), 1),
    Line("建立党支部的", situated(Situation.BRANCH), 1),
    Line("二、由联合党支部覆盖的", situated(Situation.JOINT)),
    Line("有3名以上正式党员的", lambda facet: facet.situation == Situation.JOINT and facet.is_due, 1),
    Line("三、未建立党组织的", situated(*WITHOUT)),
    Line("应建尚未建的", situated(Situation.DUE), 1),
    Line("仅有个别党员的", situated(Situation.FEW_MEMBERS), 1),
    Line("没有党员的", situated(Situation.NO_MEMBER), 1),
    Line("未建立党组织、已派党建指导员的", lambda facet: facet.situation in WITHOUT and facet.is_instructed),
    Line("党员（人）", every, counts="members"),
    Line("未转入组织关系的（人）", every, 1, "not_transferred"),
)


class Head(NamedTuple):
    """A column of a table; those that are ``part`` of the whole add up to the first."""

    label: str
    belongs: Belongs
    is_part: bool = True


def subcategories(*codes: str) -> tuple[Head, ...]:
    """A column for each subcategory and one for what is not registered yet."""
    named = [
        Head(str(Subcategory(code).label), lambda facet, code=code: facet.subcategory == code)
        for code in codes
    ]
    return (*named, Head("子类未登记", lambda facet: facet.subcategory not in codes))


def categories() -> tuple[Head, ...]:
    return tuple(
        Head(str(label), lambda facet, code=code: facet.category == code) for code, label in Category.choices
    )


WHOLE = Head("合计", every, is_part=False)


@dataclass(frozen=True)
class Grid:
    """A table with its numbers: a row of whole numbers for each line, in the order of the columns."""

    heads: tuple[str, ...]
    rows: list[tuple[str, int, list[int]]]


@dataclass(frozen=True)
class StatisticalTable:
    """One table: its number in the yearly statistics, its name, and how it is counted for a territory on a day."""

    slug: str
    number: int
    name: str
    help: str
    count: Callable[[Territory, date], Grid]

    @property
    def label(self) -> str:
        return f"{self.name}（党内统计第{self.number}表式）"

    def title(self, place: Division, day: date) -> str:
        return f"{place.path_name}{self.name}（截至{day}）"


# Units


SIZE = Case(
    When(employees__gte=100, then=100),
    When(employees__gte=50, then=50),
    default=0,
    output_field=IntegerField(),
)
IS_DUE = Case(When(members_full__gte=3, then=Value(True)), default=Value(False))
FACET = (
    "category", "subcategory", "size", "legal_rep_is_member", "legal_rep_is_secretary", "situation", "is_due",
    "is_instructed",
)  # fmt: skip


def facets(kinds: Iterable[str], territory: Territory, day: date) -> list[Facet]:
    """The operating units of some categories, counted by everything a table asks for; one query."""
    kind = Kind("table", "", "", "", tuple(kinds))
    units = rows_in_cell(MEASURES["organization"], kind, territory, day, Cell.DENOMINATOR)
    rows = with_situation(units, day).annotate(size=SIZE, is_due=IS_DUE).order_by().values_list(*FACET)
    counted = rows.annotate(
        units_n=Count("pk"), members_n=Sum("members_total"), not_transferred_n=Sum("members_not_transferred")
    )
    return [Facet(*row) for row in counted]


def of_units(kinds: Iterable[str], heads: tuple[Head, ...]) -> Callable[[Territory, date], Grid]:
    """How a table of units is counted."""

    def count(territory: Territory, day: date) -> Grid:
        found = facets(kinds, territory, day)
        rows = [
            (
                line.label,
                line.depth,
                [
                    sum(getattr(one, line.counts) for one in found if line.belongs(one) and head.belongs(one))
                    for head in heads
                ],
            )
            for line in LINES
        ]
        return Grid(tuple(head.label for head in heads), rows)

    return count


# Bodies


def by_level(rows: QuerySet, field: str) -> list[int]:
    """How many of some rows belong to subdistricts and how many to communities, by the level a field names."""
    found = dict(rows.order_by().values_list(field).annotate(number=Count("pk", distinct=True)))
    return [found.get(level, 0) for level in TIER_LEVELS]


def of_bodies(territory: Territory, day: date) -> Grid:
    """Table 42: how many subdistricts and communities have their bodies, and 大工委、大党委 with part-time members."""
    kinds = RegionalBody.Kind

    def bodies(kind: str) -> QuerySet:
        return running(territory, day, kind=kind)

    one_secretary = bodies(kinds.COMMITTEE).with_one_secretary(day).filter(has_one_secretary=True)
    rows = [
        ("街道、社区数", 0, places(territory, day), "level"),
        ("建立区域党员代表会议的", 0, bodies(kinds.ASSEMBLY), "place__level"),
        ("建立区域党委的", 0, bodies(kinds.COMMITTEE), "place__level"),
        ("实行大工委（街道）、大党委（社区）的", 1, with_part_time(territory, day, TIER_LEVELS), "level"),
        ("书记一肩挑的", 1, one_secretary, "place__level"),
        ("建立区域党委办公室的", 0, bodies(kinds.OFFICE), "place__level"),
        ("建立区域党建联席会的", 0, bodies(kinds.JOINT_MEETING), "place__level"),
        ("兼职委员（人）", 0, part_time_seats(territory, day, TIER_LEVELS), "body__place__level"),
    ]
    counted = [(label, depth, by_level(found, field)) for label, depth, found, field in rows]
    return Grid(
        ("合计", "街道", "社区"), [(label, depth, [sum(pair), *pair]) for label, depth, pair in counted]
    )


SIZES = (
    Head("50人以上", lambda facet: facet.size >= 50, is_part=False),
    Head("100人以上", lambda facet: facet.size >= 100, is_part=False),
    Head("法定代表人是党员", lambda facet: facet.has_member, is_part=False),
    Head("法定代表人兼任书记", lambda facet: facet.has_secretary, is_part=False),
)
CATEGORIES = categories()
ENTERPRISES = subcategories(*Unit.SUBCATEGORIES[Category.NON_PUBLIC])
SOCIAL = subcategories(*Unit.SUBCATEGORIES[Category.SOCIAL_ORGANIZATION])
# The columns that add up to the first, by table.
PARTS = {
    slug: 1 + len(heads) for slug, heads in (("25", CATEGORIES), ("27", ENTERPRISES), ("30", SOCIAL))
} | {"42": 3}

TABLES = {
    table.slug: table
    for table in (
        StatisticalTable(
            "25", 25, "法人单位建立党组织情况", "当日正常经营（活动）的全部驻区单位，按单位类别。",
            of_units(Category.values, (WHOLE, *CATEGORIES)),
        ),
        StatisticalTable(
            "27", 27, "非公有制企业建立党组织情况", "当日正常经营的非公有制企业；50人以上含100人以上的。",
            of_units([Category.NON_PUBLIC], (WHOLE, *ENTERPRISES, *SIZES)),
        ),
        StatisticalTable(
            "30", 30, "社会组织建立党组织情况", "当日正常活动的社会组织，含律师、会计师、税务师事务所。",
            of_units([Category.SOCIAL_ORGANIZATION], (WHOLE, *SOCIAL)),
        ),
        StatisticalTable(
            "42", 42, "街道、社区区域化党建情况", "当日的街道和社区；大工委、大党委以区域党委中有兼职委员为准。", of_bodies,
        ),
    )
}  # fmt: skip
