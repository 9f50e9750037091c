"""The register as CSV: PostgreSQL's own copy says the same as the list's columns, row by row."""

import csv
from datetime import date

import pytest

from tests.factories.units import cover, make_organization, make_unit
from units.models import Unit
from units.views.units import UnitList


def lines(client, query: str = "") -> list[list[str]]:
    answer = client.get(f"/units/?format=csv{query}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(text.splitlines()))


@pytest.fixture
def register(huangmenjie, jinyan):
    """Units of every kind of cell: covered, once covered, uncovered, left, with text that a spreadsheet would compute."""
    organization = make_organization(place=huangmenjie, name="黉门街联合党支部")
    cover(
        make_unit(place=huangmenjie, employees=1200, contact="=1+1"), mode="joint", organization=organization
    )
    cover(make_unit(place=huangmenjie, name="@某某公司"), until=date(2024, 1, 1))
    make_unit(place=huangmenjie, category=Unit.Category.GOVERNMENT, is_member=True)
    make_unit(place=huangmenjie, status="moved_out", subcategory=Unit.Subcategory.PRIVATE)
    make_unit(place=jinyan, covered="standalone", credit_code="91510107MADEM00112")


def test_the_copy_says_what_the_columns_say(register, district):
    copied, shaped = lines(district.client), lines(district.client, "&sort=name")
    assert copied[0] == shaped[0] == [column.label for column in UnitList.columns if column.in_sheet]
    assert sorted(copied[1:]) == sorted(shaped[1:])
    assert len(copied) == 6


def test_text_that_a_spreadsheet_would_compute_stays_text(register, district):
    cells = {cell for line in lines(district.client) for cell in line}
    assert {"'=1+1", "'@某某公司"} <= cells


def test_the_copy_keeps_the_filter_and_the_scope(register, district, subdistrict, stranger):
    assert len(lines(subdistrict.client)) == 5
    assert [line[0] for line in lines(stranger.client)[1:]] == [
        Unit.objects.get(place_code="510107009001").name
    ]
    assert len(lines(district.client, "&covered=true")) == 3


def test_every_column_of_the_sheet_is_copied():
    assert set(UnitList.copied) == {column.name for column in UnitList.columns if column.in_sheet}
