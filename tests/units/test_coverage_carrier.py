"""载体覆盖率: carriers with a branch or an open service station, on the day, whatever kind of unit is asked for."""

from datetime import date

import pytest

from tests.factories.carriers import make_carrier
from tests.factories.units import cover, make_organization, make_unit
from tests.units.counting import counted
from units.indicators import COVERAGE, KINDS, MEASURES
from units.indicators.coverage import Cell, count_days, rows_in_cell
from units.indicators.movement import ADDED, EXCLUDED, OUT_OF_USE, events, movement
from units.indicators.territory import By, read_territory
from units.models import Carrier, RegionalBody, ServiceStation, Unit

DAY = date(2026, 6, 15)
CARRIER = MEASURES["carrier"]
FIELDS = ("numerator", "denominator", "standalone", "joint", "uncovered", "excluded")


def settle(carrier: Carrier, *units: Unit) -> None:
    Unit.objects.filter(pk__in=[unit.pk for unit in units]).update(carrier=carrier)


@pytest.fixture
def carriers(places) -> dict[str, Carrier]:
    """One carrier of each sort, at three levels."""
    here, street = places["510107005008"], places["510107009"]
    made = {
        name: make_carrier(place=place)
        for name, place in {
            "alone": here,
            "jointly": here,
            "hosted": street,
            "station": street,
            "committee": here,
            "group": here,
            "bare": places["510107"],
            "closed": here,
        }.items()
    }
    branch = make_organization(place=here, category="632")
    covered = make_unit(place=here)
    cover(covered, mode="joint", organization=branch)
    settle(made["jointly"], covered)
    settle(made["alone"], make_unit(place=here, covered="standalone"), make_unit(place=here))
    host = make_unit(place=here, category="government")
    make_organization(place=here, category="631", host_unit=host, established_on=date(2024, 5, 1))
    Carrier.objects.filter(pk=made["hosted"].pk).update(manager_unit=host)
    ServiceStation.objects.create(carrier=made["station"], name="驿站", opened_on=date(2024, 1, 1))
    ServiceStation.objects.create(
        carrier=made["bare"], name="驿站", opened_on=date(2024, 1, 1), closed_on=date(2026, 6, 15)
    )
    body = RegionalBody.objects.create(
        kind="comprehensive", place=here, name="综合党委", status="running", from_on=date(2024, 1, 1)
    )
    Carrier.objects.filter(pk=made["committee"].pk).update(committee=body)
    grouped, left = make_unit(place=here), make_unit(place=here, status="moved_out", covered="standalone")
    cover(grouped, organization=make_organization(place=here, category="641"))
    settle(made["group"], grouped, left)
    Carrier.objects.filter(pk=made["closed"].pk).update(to_on=date(2026, 3, 1))
    return made


def test_a_branch_or_an_open_station_covers_a_carrier(carriers):
    assert counted("carrier") == (4, 7)
    cells = {
        cell: sorted(
            name
            for name, carrier in carriers.items()
            if rows_in_cell(CARRIER, KINDS["non_public"], read_territory("510107", By.NONE), DAY, cell)
            .filter(pk=carrier.pk)
            .exists()
        )
        for cell in Cell.values
    }
    assert cells == {
        "numerator": ["alone", "hosted", "jointly", "station"],
        "denominator": ["alone", "bare", "committee", "group", "hosted", "jointly", "station"],
        "uncovered": ["bare", "committee", "group"],
        "excluded": ["closed"],
        "standalone": ["alone", "hosted"],
        "joint": ["jointly"],
    }


def test_the_day_is_counted_as_it_was_and_the_kind_makes_no_difference(carriers):
    assert {counted("carrier", kind=kind) for kind in KINDS} == {(4, 7)}
    assert len({COVERAGE["carrier", kind].id for kind in KINDS}) == 1
    assert counted("carrier", day=date(2026, 6, 14)) == (5, 7)
    assert counted("carrier", day=date(2024, 4, 30)) == (4, 8)
    assert counted("carrier", day=date(2023, 2, 28)) == (0, 0)
    assert counted("carrier", code="510107009") == (2, 2)


@pytest.mark.parametrize(
    ("code", "by"), [("510107", By.CHILD), ("510107", By.COMMUNITY), ("510107005", By.CHILD)]
)
def test_rows_add_up_also_with_carriers_of_the_district_itself(carriers, code, by):
    counted = count_days(CARRIER, KINDS["two_new"], read_territory(code, by), [DAY])[0]
    for name in FIELDS:
        assert sum(figure.fields()[name] for _, figure in counted.rows) == counted.total.fields()[name]


def test_a_carrier_out_of_use_leaves_the_denominator(carriers):
    territory, kind = read_territory("510107", By.NONE), KINDS["non_public"]
    make_carrier(place=carriers["alone"].place, from_on=date(2026, 2, 1))
    moved = movement(CARRIER, kind, territory, date(2026, 1, 1), DAY)
    assert (moved.opening, moved.added, moved.excluded, moved.restored, moved.closing) == (
        8,
        1,
        {OUT_OF_USE: 1},
        0,
        8,
    )
    assert events(ADDED, CARRIER, kind, territory, date(2026, 1, 1), DAY).count() == 1
    assert events(EXCLUDED, CARRIER, kind, territory, date(2026, 1, 1), DAY).count() == 1
