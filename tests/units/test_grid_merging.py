"""Merging one community into another takes the rows of every app along, and statistics by place stay whole."""

from datetime import date

import pytest
from django.db import connection

from core.history import write_history
from core.models import HistoryEntry
from core.periods import Month
from tests.factories.evaluations import make_visit
from tests.factories.issues import make_issue
from tests.factories.places import make_grid
from tests.factories.projects import make_claim, make_project
from tests.factories.projects_points import earn, make_card
from tests.factories.units import make_unit
from units.divisions.contents import lying_there
from units.divisions.merging import RECORDS, ledgers, links_to_places, merge_places, models_with_code
from units.indicators import KINDS, MEASURES
from units.indicators.coverage import count_days
from units.indicators.territory import By, read_territory
from units.models import Division
from wuhou.invariants import INVARIANTS, broken_rows

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)


def left_at(code: str) -> set[str]:
    """Tables in which rows still carry the code of a place or of one below it."""
    found = set()
    for model in models_with_code():
        if model._base_manager.filter(place_code__startswith=code).exists():
            found.add(model._meta.label)
    return found


def test_rows_of_every_app_follow_and_nothing_is_left_behind(places, huangmenjie, district):
    source = places["510107005007"]
    grid = make_grid(source)
    unit = make_unit(place=source, is_member=True, covered="joint")
    make_visit(unit=unit, visitor=district.user, month=Month(2026, 5))
    make_issue(place=source)
    make_claim(project=make_project(place=source), unit=unit)
    card = make_card(place=source)
    earn(card, 3)
    write_history(about=unit, move="note", label="备注", actor=district.actor)
    filled = left_at(source.code)
    assert {
        "units.Unit",
        "units.Issue",
        "projects.Project",
        "projects.ProjectClaim",
        "projects.PointsEntry",
    } <= filled
    there = {one.label: one.count for one in lying_there(source)}
    assert (there["下级区划"], there["共建项目"], there["驻区单位"]) == (9, 1, 1)
    merge_places(source=source, target=huangmenjie, on=DAY, reason="社区合并", actor=district.actor)
    assert left_at(source.code) == set()
    assert HistoryEntry.objects.get(move="note").place_code == source.code
    card.refresh_from_db()
    assert (card.place, card.balance) == (huangmenjie, 3)
    assert Division.objects.get(pk=grid["松柏院1栋"].pk).code == "510107005008-P01-Y001-L01"
    assert [one.sentence for one in INVARIANTS if broken_rows(one, 1)] == []
    connection.check_constraints()


def test_records_of_the_time_and_standings_stay_and_ledgers_open_for_the_copy_alone():
    labels = {link.model._meta.label for link in links_to_places()}
    assert {"units.Unit", "units.Carrier", "projects.Project", "units.Resolution"} <= labels
    assert not {"units.Division", "units.DivisionName", "accounts.Membership", "accounts.ApiToken"} & labels
    assert not RECORDS & {model._meta.label for model in models_with_code()}
    assert ledgers() == ["projects.PointsEntry:append_only"]


def test_coverage_of_a_community_by_its_sections_adds_up_wherever_its_units_are_registered(huangmenjie):
    grid = make_grid(huangmenjie)
    make_unit(place=huangmenjie, covered="standalone")
    make_unit(place=grid["松柏院1栋"], covered="joint")
    make_unit(place=grid["桂花院"])
    territory = read_territory(huangmenjie.code, By.CHILD)
    counted = count_days(MEASURES["organization"], KINDS["non_public"], territory, [DAY])[0]
    rows = {place.name: (figure.numerator, figure.denominator) for place, figure in counted.rows}
    assert rows == {"黉门街社区": (1, 1), "第一片区": (1, 1), "第二片区": (0, 1)}
    assert (counted.total.numerator, counted.total.denominator) == (2, 3)
