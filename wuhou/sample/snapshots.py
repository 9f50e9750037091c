"""The last three month-ends of the sample district, frozen; the oldest once restated, with the old number beside the new."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from core.actor import SYSTEM, Actor
from core.periods import Month
from reporting.questions import months_before
from reporting.snapshots import freeze, restate, write
from units.indicators import COVERAGE
from units.models import OperatingSpell, Unit
from wuhou.sample.past import moment

MONTHS = 3
LATE = 2
COVERAGE_RATE = COVERAGE["organization", "non_public"]
NOTE = f"{LATE}家企业的注销、迁出登记在冻结以后才补录，分母减少{LATE}家；原数保留。"


@contextmanager
def exits_unknown(exits: list[OperatingSpell], until: date) -> Iterator[None]:
    """For as long as this lasts, the units of some exits go on operating until a later day."""
    before = {
        spell.pk: OperatingSpell.objects.get(unit=spell.unit_id, to_on=spell.from_on).pk for spell in exits
    }
    OperatingSpell.objects.filter(pk__in=before.keys()).update(from_on=until)
    OperatingSpell.objects.filter(pk__in=before.values()).update(to_on=until)
    yield
    for spell in exits:
        OperatingSpell.objects.filter(pk=before[spell.pk]).update(to_on=spell.from_on)
        OperatingSpell.objects.filter(pk=spell.pk).update(from_on=spell.from_on)


class Snapshots:
    """Freezes them as they were frozen: on the first of the month after, before two exits had been recorded."""

    def __init__(self, actors: dict[str, Actor], today: date):
        self.actors = actors
        self.last = Month.containing(today).previous()

    def load(self) -> None:
        first = months_before(self.last, MONTHS - 1)
        late = self.late_exits(first)
        with exits_unknown(late, first.next().first_day):
            write([COVERAGE_RATE], first, SYSTEM, at=self.frozen_at(first))
        for number in range(MONTHS):
            month = months_before(self.last, MONTHS - 1 - number)
            freeze(month=month, at=self.frozen_at(month))
        if late:
            at = moment(first.next().first_day + timedelta(days=8), 15)
            restate(month=first, indicator=COVERAGE_RATE, note=NOTE, actor=self.actors["district"], at=at)

    def frozen_at(self, month: Month) -> datetime:
        return moment(month.next().first_day, 0, 30)

    def late_exits(self, month: Month) -> list[OperatingSpell]:
        """The spells of the enterprises that left last before a month's end."""
        spells = OperatingSpell.objects.filter(
            unit__is_sample=True, category=Unit.Category.NON_PUBLIC, from_on__lte=month.last_day, to_on=None
        )
        return list(spells.exclude(status="operating").order_by("-from_on", "pk")[:LATE])
