"""Denominator movement (分母变动): opening + added − excluded by reason + restored = closing.

Printed under every rate, so that nobody raises it by striking out firms unseen (domain.md §2(c)). Opening is the
state at the end of the day before the first; every entry and exit that takes effect from the first to the last
day counts, also when the same unit leaves and comes back. Carriers come with their first day and leave when they are
closed (停用); they don't come back.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from units.indicators.coverage import Kind, Measure, count_days
from units.indicators.territory import Territory
from units.models import Carrier, OperatingSpell, Unit

ADDED, RESTORED, EXCLUDED = "added", "restored", "excluded"
UNRECORDED = "unrecorded"
OUT_OF_USE = "out_of_use"
REASON_LABELS = {
    **dict(Unit.OperatingStatus.choices),
    UNRECORDED: "无后续登记",
    OUT_OF_USE: "载体停用",
}
OPERATING = Unit.OperatingStatus.OPERATING


@dataclass(frozen=True, slots=True)
class Movement:
    """How a denominator came from one day to another; ``excluded`` by the status the units left for."""

    first: date
    last: date
    opening: int
    added: int
    restored: int
    excluded: dict[str, int]
    closing: int

    @property
    def excluded_total(self) -> int:
        return sum(self.excluded.values())

    @property
    def opening_on(self) -> date:
        return self.first - timedelta(days=1)


def spells(measure: Measure, kind: Kind, territory: Territory) -> QuerySet:
    """All operating spells of the units a figure is about."""
    about = Q()
    if measure.about:
        # A constant of the formula files, without any value in it.
        ids = RawSQL(f"SELECT u.id FROM units_unit u WHERE {measure.about}", [])  # noqa: S608 # nosec B608 B611
        about = Q(unit__in=ids)
    return OperatingSpell.objects.filter(
        territory.within(),
        about,
        category__in=kind.categories,
        status=OPERATING,
        unit__merged_into__isnull=True,
    )


def of_same_unit(**conditions) -> QuerySet:
    return OperatingSpell.objects.filter(unit=OuterRef("unit"), **conditions).order_by()


def entries(measure: Measure, kind: Kind, territory: Territory, first: date, last: date) -> QuerySet:
    """Spells with which a unit came into the denominator; ``event`` says whether it had been there before."""
    if measure.subject:
        came = Carrier.objects.filter(territory.within(), from_on__range=(first, last))
        return came.annotate(event=Value(ADDED, CharField()), event_on=F("from_on"))
    before = of_same_unit(status=OPERATING, from_on__lt=OuterRef("from_on"))
    return (
        spells(measure, kind, territory)
        .filter(
            ~Exists(of_same_unit(status=OPERATING, to_on=OuterRef("from_on"))), from_on__range=(first, last)
        )
        .annotate(
            event=Case(
                When(Exists(before), then=Value(RESTORED)), default=Value(ADDED), output_field=CharField()
            ),
            event_on=F("from_on"),
        )
    )


def exits(measure: Measure, kind: Kind, territory: Territory, first: date, last: date) -> QuerySet:
    """Spells with whose end a unit left the denominator; ``left_for`` is the status it has since."""
    if measure.subject:
        left = Carrier.objects.filter(territory.within(), to_on__range=(first, last))
        return left.annotate(left_for=Value(OUT_OF_USE, CharField()), event_on=F("to_on"))
    following = of_same_unit(from_on=OuterRef("to_on"))
    return (
        spells(measure, kind, territory)
        .filter(~Exists(following.filter(status=OPERATING)), to_on__range=(first, last))
        .annotate(
            left_for=Coalesce(Subquery(following.values("status")[:1]), Value(UNRECORDED)),
            left_reason=Subquery(following.values("reason")[:1]),
            left_evidence=Subquery(following.values("evidence")[:1]),
            event_on=F("to_on"),
        )
    )


def events(
    cell: str, measure: Measure, kind: Kind, territory: Territory, first: date, last: date
) -> QuerySet:
    """The spells (or carriers, where the measure counts those) behind one line of the movement."""
    if cell == EXCLUDED:
        return exits(measure, kind, territory, first, last)
    return entries(measure, kind, territory, first, last).filter(event=cell)


def counted_by(rows: QuerySet, field: str) -> dict[str, int]:
    return dict(rows.order_by(field).values_list(field).annotate(number=Count("pk")))


def movement(measure: Measure, kind: Kind, territory: Territory, first: date, last: date) -> Movement:
    """The movement of a denominator from the first to the last day, both included; four queries."""
    opening, closing = (
        count_days(measure, kind, territory, [day])[0].total.denominator
        for day in (first - timedelta(days=1), last)
    )
    came = counted_by(entries(measure, kind, territory, first, last), "event")
    left = counted_by(exits(measure, kind, territory, first, last), "left_for")
    order = [reason for reason in REASON_LABELS if reason in left]
    return Movement(
        first,
        last,
        opening,
        came.get(ADDED, 0),
        came.get(RESTORED, 0),
        {reason: left[reason] for reason in order},
        closing,
    )
