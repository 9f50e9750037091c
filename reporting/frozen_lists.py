"""The lists behind frozen figures (冻结名单): kept with the snapshot, so that a number of a past month opens into its rows.

Source: domain.md §2(c): "freeze month-end snapshot", "export the unit list behind each cell".
"""

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import BigIntegerField, F, Func, QuerySet

from core.indicators import Indicator
from core.periods import Month
from reporting.behind import Behind, behind, cells_of, rows_of_place_itself, shape_of
from reporting.models import FrozenMembers
from units.indicators import COVERAGE, KINDS, MEASURES
from units.indicators.coverage import members_by_cell
from units.indicators.territory import Territory

# A member: its key, the code of its place, and what it brings to a figure that is a sum.
Member = tuple[int, str, int | None]


def keep_members(
    indicator: Indicator, month: Month, territory: Territory, *, version: int, is_sample: bool
) -> None:
    """Store which rows make up the figures of an indicator at the root and everywhere below."""
    shared = {
        "indicator": indicator.id,
        "period": str(month),
        "formula_version": version,
        "is_sample": is_sample,
    }
    kept = [FrozenMembers(place_code=territory.code, ids=[], **shared)]
    for cell, members in cell_members(indicator, month, territory):
        by_place: dict[str, list[Member]] = defaultdict(list)
        for member in members:
            by_place[member[1]].append(member)
        for code, here in by_place.items():
            counts = None if here[0][2] is None else [number or 0 for _, _, number in here]
            kept.append(
                FrozenMembers(
                    cell=cell, place_code=code, ids=[key for key, *_ in here], counts=counts, **shared
                )
            )
    FrozenMembers.objects.bulk_create(kept, batch_size=500)


def cell_members(
    indicator: Indicator, month: Month, territory: Territory
) -> Iterator[tuple[str, list[Member]]]:
    """Each cell of an indicator with its members now."""
    for (measure, kind), one in COVERAGE.items():
        if one is indicator:
            found = members_by_cell(MEASURES[measure], KINDS[kind], territory, month.last_day)
            yield from ((cell, [(*pair, None) for pair in pairs]) for cell, pairs in found.items())
            return
    total = indicator.count(territory, month.first_day, month.last_day).total
    for cell in cells_of(indicator, total):
        of = behind(indicator, cell, territory, month.first_day, month.last_day)
        fields = ["pk", shape_of(of.rows).place, *(["counted"] if of.sum_label else [])]
        rows = of.rows.order_by().values_list(*fields)
        yield cell, [(row[0], row[1] or territory.code, row[2] if of.sum_label else None) for row in rows]


def frozen_members(
    indicator: Indicator, month: Month, version: int, cell: str, territory: Territory
) -> QuerySet[FrozenMembers] | None:
    """The stored members of a cell of a place; None where only figures were frozen, as before lists were kept."""
    stored = FrozenMembers.objects.filter(indicator=indicator.id, period=str(month), formula_version=version)
    if not stored.filter(cell="").exists():
        return None
    return stored.filter(territory.within(), cell=cell)


def keys_of(stored: QuerySet[FrozenMembers]) -> QuerySet:
    """The keys of the members, as a subquery."""
    keys = Func(F("ids"), function="unnest", output_field=BigIntegerField())
    return stored.order_by().annotate(key=keys).values("key")


def frozen_behind(live: Behind, stored: QuerySet[FrozenMembers], own_of: Territory | None = None) -> Behind:
    """What was behind a cell when it was frozen; ``own_of`` leaves what lay in none of the territory's rows."""
    if own_of is not None:
        stored = rows_of_place_itself(stored, own_of, "place_code")
    rows = live.rows.model._default_manager.filter(pk__in=keys_of(stored))
    if live.sum_label:
        keys, counts = [], []
        for ids, numbers in stored.values_list("ids", "counts"):
            keys += ids
            counts += numbers or [0] * len(ids)
        rows = rows.annotate(counted=CountOf(F("pk"), keys=keys, counts=counts))
    return Behind(rows, live.sum_label)


class CountOf(Func):
    """The number beside a key in two arrays of equal length, in PostgreSQL."""

    def __init__(self, key, *, keys: list[int], counts: list[int]):
        super().__init__(key, output_field=BigIntegerField())
        self.keys, self.counts = keys, counts

    def as_sql(self, compiler, connection, **more):
        key, params = compiler.compile(self.source_expressions[0])
        return f"(%s::bigint[])[array_position(%s::bigint[], {key}::bigint)]", [
            self.counts,
            self.keys,
            *params,
        ]


def frozen_note(when: str, number: str, *, is_kept: bool, hidden: int = 0) -> str:
    """What a reader of the list behind a frozen number has to know."""
    told = f"{when}的数值已经冻结，这一格冻结时是 {number}；"
    if not is_kept:
        return f"{told}下面是按现在登记的资料列出的名单，数目不同时以冻结的数为准。"
    away = f"其中 {hidden} 个现在已不在本地登记，不列出。" if hidden else ""
    return f"{told}下面是冻结时的名单，各栏按现在登记的资料。{away}"
