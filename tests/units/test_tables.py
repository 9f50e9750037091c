"""统计报表 25、27、30、42: every number against plain SQL, every sum, on a district with all there is."""

import io
from datetime import date

import pytest
import time_machine
from django.db import connection
from openpyxl import load_workbook

from tests.counting import own_queries
from tests.factories.bodies import make_body, make_person, make_seat
from tests.factories.units import cover, make_organization, make_unit
from tests.reporting.district import build_district
from units.indicators import COVERAGE
from units.indicators.territory import read_territory
from units.models import Instructor
from units.tables import PARTS, TABLES

DAY = date(2026, 11, 23)
# One line of the table of units, told without any of our code.
SQL = """
SELECT {what} FROM units_unit u
JOIN units_operatingspell o ON o.unit_id = u.id AND o.status = 'operating' AND o.from_on <= %(day)s
 AND (o.to_on IS NULL OR o.to_on > %(day)s)
LEFT JOIN units_coveragespell c ON c.unit_id = u.id AND c.from_on <= %(day)s AND (c.to_on IS NULL OR c.to_on > %(day)s)
LEFT JOIN units_partyorganization p ON p.id = c.organization_id
WHERE u.merged_into_id IS NULL AND u.place_code LIKE %(place)s AND ({line}) AND ({head})
"""
SENT = """EXISTS (SELECT 1 FROM units_instructor i WHERE i.unit_id = u.id AND i.from_on <= %(day)s
 AND (i.to_on IS NULL OR i.to_on > %(day)s))"""
LINES = (
    "true",
    "c.mode = 'standalone'",
    "c.mode = 'standalone' AND p.category IN ('611', '911')",
    "c.mode = 'standalone' AND p.category IN ('621', '921')",
    "c.mode = 'standalone' AND p.category NOT IN ('611', '911', '621', '921')",
    "c.mode = 'joint'",
    "c.mode = 'joint' AND u.members_full >= 3",
    "c.id IS NULL",
    "c.id IS NULL AND u.members_full >= 3",
    "c.id IS NULL AND u.members_full < 3 AND u.members_total > 0",
    "c.id IS NULL AND u.members_total = 0",
    f"c.id IS NULL AND {SENT}",
    "true",
    "true",
)
WHAT = ["count(*)"] * 12 + [
    "coalesce(sum(u.members_total), 0)",
    "coalesce(sum(u.members_not_transferred), 0)",
]
SUBCATEGORIES = {
    "27": ("non_public", ("private", "hmt", "foreign")),
    "30": (
        "social_organization",
        ("association", "foundation", "service_agency", "law_firm", "accounting_firm", "tax_firm"),
    ),
}
CATEGORIES = (
    "state_owned", "collective", "non_public", "institution", "government", "social_organization", "urban_subdistrict",
    "urban_community", "township", "rural_community", "village", "other",
)  # fmt: skip


def heads(slug: str) -> list[str]:
    """The columns of a table in SQL."""
    if slug == "25":
        return ["true", *(f"u.category = '{one}'" for one in CATEGORIES)]
    category, subs = SUBCATEGORIES[slug]
    named = [f"u.subcategory = '{one}'" for one in subs]
    rest = f"u.subcategory NOT IN ({', '.join(repr(one) for one in subs)})"
    more = ["u.employees >= 50", "u.employees >= 100", "u.legal_rep_is_member", "u.legal_rep_is_secretary"]
    found = ["true", *named, rest, *(more if slug == "27" else [])]
    return [f"u.category = '{category}' AND {one}" for one in found]


def by_hand(slug: str, place: str, day: date) -> list[list[int]]:
    with connection.cursor() as cursor:
        return [
            [one(cursor, SQL.format(what=what, line=line, head=head), place, day) for head in heads(slug)]
            for what, line in zip(WHAT, LINES, strict=True)
        ]


def one(cursor, sql: str, place: str, day: date) -> int:
    cursor.execute(sql, {"day": day, "place": f"{place}%"})
    return cursor.fetchone()[0]


def counted(slug: str, place: str = "510107", day: date = DAY) -> list[list[int]]:
    return [numbers for _, _, numbers in TABLES[slug].count(read_territory(place), day).rows]


@pytest.fixture
def units(places):
    """The small district, and one unit of every sort the tables tell apart."""
    found = build_district(places)
    here, there = places["510107005008"], places["510107009001"]
    sorts = [
        {"subcategory": "private", "employees": 50, "legal_rep_is_member": True},
        {"subcategory": "hmt", "employees": 99, "members_total": 2, "members_full": 1},
        {
            "subcategory": "foreign",
            "employees": 100,
            "legal_rep_is_secretary": True,
            "legal_rep_is_member": True,
        },
        {"subcategory": "private", "members_total": 8, "members_full": 7, "members_not_transferred": 3},
        *({"category": "social_organization", "subcategory": one} for one in SUBCATEGORIES["30"][1]),
        *({"category": one} for one in CATEGORIES),
    ]
    made = [make_unit(place=there if number % 3 else here, **sort) for number, sort in enumerate(sorts)]
    for unit, category in zip(made, ("611", "621", "931", "911", "921", "632", "631"), strict=False):
        mode = "joint" if category == "632" else "standalone"
        cover(unit, mode=mode, organization=make_organization(place=unit.place, category=category))
    joint = make_unit(place=here, members_total=5, members_full=4)
    cover(joint, mode="joint", since=date(2026, 6, 1))
    Instructor.objects.create(unit=made[9], person=make_person(place=here), from_on=date(2026, 7, 1))
    return found


@pytest.mark.parametrize("slug", ["25", "27", "30"])
def test_every_number_equals_plain_sql_and_everything_adds_up(units, slug):
    for place in ("510107", "510107005", "510107009001"):
        for day in (DAY, date(2026, 3, 31)):
            rows = counted(slug, place, day)
            assert rows == by_hand(slug, place, day), (place, day)
            for number in rows:
                assert number[0] == sum(number[1 : PARTS[slug]])
            for column in zip(*rows, strict=True):
                assert column[0] == column[1] + column[5] + column[7]
                assert column[1] == sum(column[2:5])
                assert column[7] == sum(column[8:11])
    assert sum(counted(slug)[0]) > 8


def test_the_tables_say_what_coverage_says(units):
    for slug, kind in (("27", "non_public"), ("30", "social_organization")):
        figures = {
            measure: COVERAGE[measure, kind].count(read_territory("510107"), DAY, DAY).total
            for measure in ("organization", "standalone", "due")
        }
        first = [numbers[0] for numbers in counted(slug)]
        assert first[0] == figures["organization"].denominator
        assert first[1] + first[5] == figures["organization"].numerator
        assert first[1] == figures["standalone"].numerator
        assert first[6] + first[8] == figures["due"].parts["uncovered"]


def test_table_42_counts_places_bodies_and_part_time_members(places):
    street, here = places["510107005"], places["510107005008"]
    committee = make_body(place=here)
    for _ in range(2):
        make_seat(committee, post="part_time", from_unit=make_unit(place=here))
    make_body(place=street)
    make_body(place=here, kind="office")
    make_body(place=street, kind="joint_meeting")
    make_body(place=places["510107009001"], status="dissolved")
    make_body(place=places["510107062"])
    assert counted("42") == [
        [83, 11, 72], [0, 0, 0], [2, 1, 1], [1, 0, 1], [0, 0, 0], [1, 0, 1], [1, 1, 0], [2, 0, 2],
    ]  # fmt: skip
    assert counted("42", "510107005")[0] == [12, 1, 11]
    assert counted("42", day=date(2024, 2, 29))[2] == [0, 0, 0]


@pytest.mark.parametrize("slug", TABLES)
def test_a_table_opens_and_prints_the_same_numbers(units, district, slug):
    with time_machine.travel("2026-11-23 10:00:00+08:00", tick=False):
        page = district.client.get(f"/units/ledgers/tables/{slug}/").content.decode()
        body = b"".join(district.client.get(f"/units/ledgers/tables/{slug}/?format=xlsx").streaming_content)
        assert own_queries(district.client, f"/units/ledgers/tables/{slug}/") == (13 if slug == "42" else 6)
        assert district.client.get(f"/units/ledgers/tables/{slug}/?format=pdf").status_code == 400
    sheet = load_workbook(io.BytesIO(body)).active
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert lines[0][0] == f"武侯区{TABLES[slug].name}（截至2026-11-23）"
    assert [line[1:] for line in lines[4:]] == counted(slug)
    assert f"第 {TABLES[slug].number} 表" in page


def test_a_past_day_says_what_is_only_known_as_it_is_now(units, district):
    def text(slug, day):
        return district.client.get(f"/units/ledgers/tables/{slug}/", {"as_of": day}).content.decode()

    assert "没有留存历史：2026-06-30 的这些栏目按今天登记的数计算" in text("27", "2026-06-30")
    assert "没有留存历史" not in text("42", "2026-06-30")
