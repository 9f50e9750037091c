"""How coverage is counted (覆盖率): one SQL text serves every cell, its list, and the series over time.

A formula (one file each: `organization`, `standalone`, `due`, …) says in SQL which operating units it is about and
which of them count. The facts are the operating spells of a place on a day, each with the coverage spell of that
day: a unit stands there at most once, so a joint branch over four firms is four units. Merged units are left out.
What is counted is the formula's `Subject`: units nearly always; `carrier` counts carriers by the same query.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db import connection, models
from django.db.models import OuterRef, Subquery
from django.db.models.expressions import RawSQL

from core.indicators import Breakdown, Figure, Indicator
from units.indicators.territory import Territory
from units.models import CoverageSpell, OperatingSpell, Unit


@dataclass(frozen=True, slots=True)
class Kind:
    """Which units a coverage is about (统计对象)."""

    slug: str
    suffix: str
    name: str
    operating: str
    categories: tuple[str, ...]


KINDS = {
    kind.slug: kind
    for kind in (
        Kind("non_public", "NP", "非公企业", "正常经营的非公企业", (Unit.Category.NON_PUBLIC,)),
        Kind(
            "social_organization",
            "SO",
            "社会组织",
            "正常活动的社会组织",
            (Unit.Category.SOCIAL_ORGANIZATION,),
        ),
        Kind("two_new", "TN", "两新组织", "正常经营的非公企业和正常活动的社会组织", tuple(Unit.TWO_NEW)),
    )
}


class Cell(models.TextChoices):
    """One column of the coverage table; each opens into its units."""

    NUMERATOR = "numerator", "计入覆盖"
    DENOMINATOR = "denominator", "纳入统计"
    UNCOVERED = "uncovered", "未覆盖"
    EXCLUDED = "excluded", "已剔除"
    STANDALONE = "standalone", "单独组建"
    JOINT = "joint", "联合组建"


class Labels(NamedTuple):
    """The heads of the columns of a measure's table."""

    denominator: str = "正常经营"
    numerator: str = "已覆盖"
    missing: str = "未覆盖"
    rate: str = "覆盖率"

    standalone: str = "单独建"
    joint: str = "联合建"
    excluded: str = "已剔除"


PLAIN_LABELS = Labels()


@dataclass(frozen=True)
class Subject:
    """What a measure counts (统计的是什么): when one is in the denominator, and in which mode it is covered, in SQL.

    ``facts(measure, kind, territory, days)`` gives the FROM and WHERE with their parameters, the days first;
    ``rows(ids, day, among)`` gives the rows behind a cell, ``ids`` selecting their keys.
    """

    word: str
    key: str
    place: str
    in_scope: str
    out_of_scope: str
    standalone: str
    joint: str
    facts: Callable[..., tuple[str, list[Any]]]
    rows: Callable[..., models.QuerySet]


@dataclass(frozen=True)
class Measure:
    """One way to measure coverage (口径).

    ``met`` says in SQL when an operating unit counts in the numerator, ``about`` which units the figure is about
    at all (empty: every one of the kind). They speak of ``d.day``, ``c`` (the coverage spell of the day, null when
    there is none) and ``u`` (the unit as it is registered now). ``present`` names what is only known as it is
    now, so that a past day is counted with today's value of it; pages say so.
    """

    slug: str
    label: str
    stem: str
    name: str
    numerator_text: str
    denominator_text: str
    met: str
    about: str = ""
    version: int = 1
    note: str = ""
    has_plain_id: bool = False
    labels: Labels = PLAIN_LABELS
    present: str = ""
    subject: "Subject | None" = None
    # One indicator for all kinds of unit, where the kind makes no difference.
    is_for_all_kinds: bool = False

    @property
    def counts(self) -> "Subject":
        """What is counted; units unless said otherwise."""
        return self.subject or UNITS

    @cached_property
    def reads_unit(self) -> bool:
        return "u." in self.met + self.about

    def indicator_id(self, kind: Kind) -> str:
        """``COV-ORG-NP``; measures that domain.md names without a kind are about non-public enterprises."""
        if self.is_for_all_kinds or (self.has_plain_id and kind.slug == "non_public"):
            return self.stem
        return f"{self.stem}-{kind.suffix}"


# Every unit of the kind that has a status on the day, with its coverage of that day.
FACTS = """
FROM unnest(%s::date[]) AS d(day)
JOIN units_operatingspell o ON o.from_on <= d.day AND (o.to_on IS NULL OR o.to_on > d.day)
LEFT JOIN units_coveragespell c ON c.unit_id = o.unit_id AND c.place_code >= %s AND c.place_code < %s
  AND c.category = ANY(%s) AND c.from_on <= d.day AND (c.to_on IS NULL OR c.to_on > d.day)
{unit_join}
WHERE {operating_range} AND o.category = ANY(%s) AND {unit_filter}
"""
UNIT_JOIN = "JOIN units_unit u ON u.id = o.unit_id"
NOT_MERGED = "o.unit_id NOT IN (SELECT id FROM units_unit WHERE merged_into_id IS NOT NULL)"
COUNTS = """
SELECT d.day, {code},
  count(*) FILTER (WHERE {in_scope} AND ({met})),
  count(*) FILTER (WHERE {in_scope}),
  count(*) FILTER (WHERE {in_scope} AND {standalone}),
  count(*) FILTER (WHERE {in_scope} AND {joint}),
  count(*) FILTER (WHERE {out_of_scope})
{facts} GROUP BY 1, 2
"""


def cell_condition(measure: Measure, cell: str) -> str:
    """When a fact belongs to a cell, in SQL."""
    of = measure.counts
    return {
        Cell.NUMERATOR: f"{of.in_scope} AND ({measure.met}) IS TRUE",
        Cell.DENOMINATOR: of.in_scope,
        Cell.UNCOVERED: f"{of.in_scope} AND ({measure.met}) IS NOT TRUE",
        Cell.EXCLUDED: of.out_of_scope,
        Cell.STANDALONE: f"{of.in_scope} AND {of.standalone}",
        Cell.JOINT: f"{of.in_scope} AND {of.joint}",
    }[Cell(cell)]


@lru_cache
def facts_sql(measure: Measure, operating_range: str) -> str:
    """The FROM and WHERE of a measure; the unit's own row is read only where a formula asks for it."""
    unit_filter = (
        f"u.merged_into_id IS NULL AND {measure.about or 'TRUE'}" if measure.reads_unit else NOT_MERGED
    )
    return FACTS.format(
        operating_range=operating_range,
        unit_join=UNIT_JOIN if measure.reads_unit else "",
        unit_filter=unit_filter,
    )


def facts(measure: Measure, kind: Kind, territory: Territory, days: Sequence[date]) -> tuple[str, list[Any]]:
    """The facts of some days as SQL and its parameters."""
    operating_range, codes = territory.range_sql("o.place_code")
    categories = list(kind.categories)
    return facts_sql(measure, operating_range), [list(days), *codes[:2], categories, *codes, categories]


def counts_query(
    measure: Measure, kind: Kind, territory: Territory, days: Sequence[date]
) -> tuple[str, list[Any]]:
    """The counting query: one row per day and place."""
    of = measure.counts
    facts_text, params = of.facts(measure, kind, territory, days)
    code = f"substr({of.place}, 1, {territory.width:d})" if territory.width else "''"
    return COUNTS.format(
        code=code,
        met=measure.met,
        facts=facts_text,
        in_scope=of.in_scope,
        out_of_scope=of.out_of_scope,
        standalone=of.standalone,
        joint=of.joint,
    ), params


Counts = tuple[int, int, int, int, int]
NOTHING: Counts = (0, 0, 0, 0, 0)


def figure(counts: Counts) -> Figure:
    """numerator, denominator, standalone, joint, excluded → the figure; uncovered is the rest of the denominator."""
    numerator, denominator, standalone, joint, excluded = counts
    parts = {
        "standalone": standalone,
        "joint": joint,
        "uncovered": denominator - numerator,
        "excluded": excluded,
    }
    return Figure(numerator, denominator, parts)


def summed(many: Iterable[Counts]) -> Counts:
    return tuple(map(sum, zip(*many, strict=True))) or NOTHING


def breakdown(territory: Territory, day: date, counted: Iterable[tuple]) -> Breakdown:
    """Fold counted rows (code, counts …) into the territory's rows and their total."""
    by_place: dict[str, Counts] = {}
    for code, *counts in counted:
        row = territory.row_of(code).code if territory.width else ""
        by_place[row] = summed((by_place[row], counts)) if row in by_place else counts
    total = figure(summed(by_place.values()))
    places = territory.row_places(day, by_place) if territory.width else []
    return Breakdown(total, [(place, figure(by_place.get(place.code, NOTHING))) for place in places])


def breakdowns(territory: Territory, days: Sequence[date], counted: Iterable[tuple]) -> list[Breakdown]:
    """The rows of the counting query as one breakdown per day."""
    by_day: dict[date, list[tuple]] = {day: [] for day in days}
    for day, *rest in counted:
        by_day[day].append(rest)
    return [breakdown(territory, day, by_day[day]) for day in days]


def count_days(measure: Measure, kind: Kind, territory: Territory, days: Sequence[date]) -> list[Breakdown]:
    """Coverage on each of some days, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(*counts_query(measure, kind, territory, days))
        return breakdowns(territory, days, cursor.fetchall())


def rows_in_cell(
    measure: Measure,
    kind: Kind,
    territory: Territory,
    day: date,
    cell: str,
    *,
    among: models.QuerySet | None = None,
) -> models.QuerySet:
    """What is behind a cell (``among`` the rows of a queryset): units, or carriers where the measure counts those.

    Units are annotated with what was true of them on that day: ``status_on``, ``status_since``, ``status_reason``,
    ``status_evidence``, ``mode_on``, ``covered_since``, ``organization_on`` (name) and ``organization_on_id``.
    """
    of = measure.counts
    facts_text, params = of.facts(measure, kind, territory, [day])
    # All parts of this text are constants of the formula files; every value is a parameter.
    ids = RawSQL(f"SELECT {of.key} {facts_text} AND {cell_condition(measure, cell)}", params)  # nosec B608 B611
    return of.rows(ids, day, among)


MEMBERS = """
SELECT {key}, {place}, {in_scope}, ({met}) IS TRUE, {standalone} IS TRUE, {joint} IS TRUE {facts}
"""


def members_by_cell(
    measure: Measure, kind: Kind, territory: Territory, day: date
) -> dict[str, list[tuple[int, str]]]:
    """What is behind every cell on a day, as (key, place code), in one query."""
    of = measure.counts
    facts_text, params = of.facts(measure, kind, territory, [day])
    sql = MEMBERS.format(
        key=of.key, place=of.place, in_scope=of.in_scope, met=measure.met, standalone=of.standalone, joint=of.joint,
        facts=facts_text,
    )  # fmt: skip
    found: dict[str, list[tuple[int, str]]] = {str(cell): [] for cell in Cell}
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for key, place, is_in_scope, is_met, is_standalone, is_joint in cursor.fetchall():
            cells = [Cell.DENOMINATOR, Cell.NUMERATOR if is_met else Cell.UNCOVERED]
            cells += [Cell.STANDALONE] * is_standalone + [Cell.JOINT] * is_joint
            for cell in cells if is_in_scope else [Cell.EXCLUDED]:
                found[cell].append((key, place))
    return found


def units_with(ids: RawSQL, day: date, among: models.QuerySet | None) -> models.QuerySet:
    """The units with some keys, each with what was true of it on a day."""
    return (Unit.objects.all() if among is None else among).filter(pk__in=ids).annotate(**on_that_day(day))


UNITS = Subject(
    word="单位",
    key="o.unit_id",
    place="o.place_code",
    in_scope="o.status = 'operating'",
    out_of_scope="o.status <> 'operating'",
    standalone="c.mode = 'standalone'",
    joint="c.mode = 'joint'",
    facts=facts,
    rows=units_with,
)


def on_that_day(day: date) -> dict[str, Any]:
    """Subqueries for what was true of a unit on a day."""
    operating = spell_of(OperatingSpell, day)
    covered = spell_of(CoverageSpell, day)
    return {
        "status_on": Subquery(operating.values("status")),
        "status_since": Subquery(operating.values("from_on")),
        "status_reason": Subquery(operating.values("reason")),
        "status_evidence": Subquery(operating.values("evidence")),
        "mode_on": Subquery(covered.values("mode")),
        "covered_since": Subquery(covered.values("from_on")),
        "organization_on": Subquery(covered.values("organization__name")),
        "organization_on_id": Subquery(covered.values("organization_id")),
    }


def spell_of(spells: type[models.Model], day: date) -> models.QuerySet:
    """The spell of the outer unit that holds on a day."""
    still = models.Q(to_on__isnull=True) | models.Q(to_on__gt=day)
    return spells.objects.filter(still, unit=OuterRef("pk"), from_on__lte=day).order_by()[:1]


LEVELS = ("district", "subdistrict", "community")


def coverage_indicator(measure: Measure, kind: Kind) -> Indicator:
    """The indicator of one measure for one kind of unit."""

    def count(territory: Territory, first: date, last: date) -> Breakdown:
        return count_days(measure, kind, territory, [last])[0]

    def members(cell: str, territory: Territory, first: date, last: date) -> models.QuerySet:
        return rows_in_cell(measure, kind, territory, last, cell)

    return Indicator(
        id=measure.indicator_id(kind),
        name=measure.name.format(kind=kind.name),
        numerator_text=measure.numerator_text.format(kind=kind.name, operating=kind.operating),
        denominator_text=measure.denominator_text.format(kind=kind.name, operating=kind.operating),
        levels=LEVELS,
        count=count,
        members=members,
        version=measure.version,
        note=measure.note,
        unit_word="个" if measure.subject else "家",
    )
