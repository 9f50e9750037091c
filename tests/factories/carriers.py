"""Carriers, build plans and survey rounds as they stand in the middle of things."""

from datetime import date
from itertools import count

from tests.factories.units import make_unit
from units.models import BuildPlan, Carrier, Division, SurveyLine, SurveyRound, Unit

_numbers = count(1)


def make_carrier(*, place: Division, name: str = "", kind: str = "building", **fields) -> Carrier:
    """A carrier in use."""
    fields.setdefault("from_on", date(2023, 3, 1))
    return Carrier.objects.create(
        name=name or f"示例大厦{next(_numbers):03d}", kind=kind, place=place, **fields
    )


def make_plan(*, place: Division, unit: Unit | None = None, **fields) -> BuildPlan:
    """A build plan in any state."""
    unit = unit or make_unit(place=place, members_total=4, members_full=3)
    return BuildPlan.objects.create(unit=unit, place_code=unit.place_code, **fields)


def make_round(*, place: Division, units: list[Unit], **fields) -> SurveyRound:
    """A round with a line for each of some units."""
    fields = {
        "name": f"第{next(_numbers)}轮摸排",
        "opened_on": date(2026, 11, 2),
        "due_on": date(2026, 11, 30),
        **fields,
    }
    made = SurveyRound.objects.create(place=place, place_code=place.code, **fields)
    SurveyLine.objects.bulk_create([SurveyLine(round=made, unit=unit) for unit in units])
    return made
