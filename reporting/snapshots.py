"""Month-end snapshots (月末快照): frozen once, printed the same for ever, restated only as a further version.

Source: domain.md §2(c): "Units change → freeze month-end snapshot; restated figures get formula_version+1 and a note,
old notice keeps the old number"; §3: freezing is irrevocable and the district's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from core.actor import SYSTEM, Actor
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.indicators import Breakdown, Figure, Indicator, PeriodType, all_indicators
from core.periods import Month, parse
from core.roles import DISTRICT_STAFF
from reporting.frozen_lists import keep_members
from reporting.models import IndicatorSnapshot
from units.indicators.territory import By, Place, Territory, read_territory
from units.models import Division, Unit

LOCK = 510107_03
# The places that are frozen one by one; their rows say how each is broken down.
OWN_ROWS = {
    Division.Level.DISTRICT: (By.SUBDISTRICT, By.COMMUNITY),
    Division.Level.SUBDISTRICT: (By.COMMUNITY,),
}


def month_from(text: str, *, field: str = "period") -> Month:
    """A month written ``2026-10``.

    Raises `InputError` for every other spelling.
    """
    try:
        found = parse(text)
    except RuleViolation as refusal:
        raise InputError("月份要写成 2026-10 这样的形式。", field=field, code="bad_period") from refusal
    if not isinstance(found, Month) or str(found) != text:
        raise InputError("月份要写成 2026-10 这样的形式。", field=field, code="bad_period")
    return found


# Freezing


@transaction.atomic
def freeze(*, month: Month, actor: Actor = SYSTEM, at: datetime | None = None) -> int:
    """Freeze all indicators of a month that is over (冻结); what is frozen already stays, so twice changes nothing.

    ``at`` is the moment it was done, now unless told otherwise. Returns how many values are new.
    Raises `RuleViolation` for a month that isn't over, `NotAllowed` below the district.
    """
    refuse_unless_district(actor)
    if month.last_day >= today():
        raise RuleViolation(f"{month.label}还没有结束，不能冻结。", field="period", code="month_not_over")
    one_at_a_time()
    frozen = set(
        IndicatorSnapshot.objects.filter(period=str(month)).values_list("indicator", flat=True).distinct()
    )
    missing = [one for one in all_indicators() if one.id not in frozen]
    return write(missing, month, actor, at=at)


@transaction.atomic
def restate(
    *, month: Month, indicator: Indicator, note: str, actor: Actor, at: datetime | None = None
) -> int:
    """Count a frozen month again (重述): a further version with a note; the frozen one stays and keeps its number."""
    refuse_unless_district(actor)
    if not note.strip():
        raise InputError("请写明重述的原因。", field="note", code="note_required")
    if len(note.strip()) > 300:
        raise InputError("重述的原因最多 300 字。", field="note")
    one_at_a_time()
    frozen = IndicatorSnapshot.objects.filter(period=str(month), indicator=indicator.id)
    last = frozen.aggregate(last=Max("formula_version"))["last"]
    if last is None:
        raise RuleViolation(
            f"{month.label}的“{indicator.name}”还没有冻结，不用重述。", field="period", code="not_frozen"
        )
    version = max(last + 1, indicator.version)
    return write([indicator], month, actor, version=version, note=note.strip(), at=at)


def refuse_unless_district(actor: Actor) -> None:
    if not actor.is_system and (actor.role not in DISTRICT_STAFF or actor.is_read_only):
        raise NotAllowed("快照由区委组织部、社会工作部冻结。")


def one_at_a_time() -> None:
    """Two who freeze at once wait for each other; the second finds everything frozen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def write(
    indicators: list[Indicator],
    month: Month,
    actor: Actor,
    *,
    version: int = 0,
    note: str = "",
    at: datetime | None = None,
) -> int:
    """Count indicators at every place and store the values; returns how many."""
    shared = {
        "period": str(month), "frozen_at": at or timezone.now(), "frozen_by": (actor.label or actor.name)[:120], "note": note,
        "is_sample": Unit.objects.filter(is_sample=True).exists(),
    }  # fmt: skip
    territories = frozen_territories()
    values = [
        IndicatorSnapshot(indicator=one.id, formula_version=version or one.version, **shared, **value)
        for one in indicators
        for value in values_of(one, month, territories)
    ]
    IndicatorSnapshot.objects.bulk_create(values, batch_size=500)
    root = read_territory(settings.ROOT_PLACE_CODE)
    for one in indicators:
        keep_members(one, month, root, version=version or one.version, is_sample=shared["is_sample"])
    return len(values)


def frozen_territories() -> dict[str, Territory]:
    """The territories of the root by the level of their rows."""
    root = read_territory(settings.ROOT_PLACE_CODE)
    return {by: read_territory(root.code, by) for by in OWN_ROWS.get(root.place.level, (By.COMMUNITY,))}


def values_of(indicator: Indicator, month: Month, territories: dict[str, Territory]) -> list[dict[str, Any]]:
    """The values of one indicator: the root, each subdistrict with its communities, and each community.

    Every row is counted once, for the root; a subdistrict's rows are the root's that lie in it.
    """
    counted = {by: indicator.count(one, month.first_day, month.last_day) for by, one in territories.items()}
    root = next(iter(territories.values())).place
    total = next(iter(counted.values())).total
    found = [{**value(root, total), "rows": {str(by): packed_rows(one.rows) for by, one in counted.items()}}]
    for by, one in counted.items():
        for place, figure in one.rows:
            if place.level != by or place.code == root.code:
                continue
            inner = {
                str(level): packed_rows(
                    row for row in counted[level].rows if row[0].code.startswith(place.code)
                )
                for level in OWN_ROWS.get(place.level, ())
            }
            found.append({**value(place, figure), "rows": inner})
    return found


def packed_rows(rows) -> list[list]:
    return [packed(*row) for row in rows]


def value(place: Place, figure: Figure) -> dict[str, Any]:
    return {
        "place_code": place.code, "place_name": place.path_name or place.name, "place_level": place.level,
        "numerator": figure.numerator, "denominator": figure.denominator, "parts": dict(figure.parts),
    }  # fmt: skip


def packed(place: Place, figure: Figure) -> list:
    return [
        place.code,
        place.name,
        place.path_name,
        place.level,
        figure.numerator,
        figure.denominator,
        dict(figure.parts),
    ]


# Reading


@dataclass(frozen=True)
class Frozen:
    """A frozen answer: the figures as they were, and the version they carry."""

    version: int
    breakdown: Breakdown
    # Whether rows were asked for that were not frozen.
    lacks_rows: bool = False

    @property
    def rows_note(self) -> str:
        return "社区以下没有冻结分项，只有合计。" if self.lacks_rows else ""


def find_frozen(
    indicator: Indicator, territory: Territory, last: date, first: date | None = None
) -> Frozen | None:
    """The frozen answer for a month's last day, newest version; None where there is none.

    What happened in a period is frozen for its month alone: ``first`` must be the month's first day.
    """
    return find_all_frozen(indicator, territory, [(first or last, last)])[0]


def find_all_frozen(
    indicator: Indicator, territory: Territory, spans: Sequence[tuple[date, date]]
) -> list[Frozen | None]:
    """The same for many (first, last) days, in one query at most."""
    months = [frozen_month(indicator, first, last) for first, last in spans]
    wanted = [str(month) for month in months if month]
    if not wanted:
        return [None] * len(months)
    stored = IndicatorSnapshot.objects.filter(
        period__in=wanted, indicator=indicator.id, place_code=territory.code
    )
    newest = {row.period: row for row in stored.order_by("formula_version")}
    rows = [newest.get(str(month)) for month in months]
    return [thawed(row, territory) if row else None for row in rows]


def frozen_month(indicator: Indicator, first: date, last: date) -> Month | None:
    """The month whose frozen value answers for these days; None where none can."""
    month = Month.containing(last)
    is_whole = indicator.period_type == PeriodType.AS_OF or first == month.first_day
    return month if month.last_day == last and is_whole else None


def thawed(row: IndicatorSnapshot, territory: Territory) -> Frozen:
    """A stored value as a breakdown; its total always, without rows where none were frozen (grids below a community)."""
    level = "" if territory.by == By.NONE else territory.level
    total = Figure(row.numerator, row.denominator, row.parts)
    if level == row.place_level:
        return Frozen(row.formula_version, Breakdown(total, [(territory.place, total)]))
    rows = [
        (Place(code, name, path_name, place_level, None, None), Figure(numerator, denominator, parts))
        for code, name, path_name, place_level, numerator, denominator, parts in row.rows.get(level, [])
    ]
    return Frozen(row.formula_version, Breakdown(total, rows), bool(level) and level not in row.rows)
