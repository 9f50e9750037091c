"""Every number of the coverage and organization pages on the sample district, against SQL that uses none of our code.

The SQL below says each formula again, from the words of domain.md §2(c); REST, page, lists, movement and snapshots must say
the same.
"""

import re
from datetime import date, datetime
from functools import cache
from itertools import product
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from core.clock import today
from core.indicators import rate_display
from reporting.models import IndicatorSnapshot
from units.indicators.territory import read_territory
from units.tables import TABLES
from wuhou.sample.loading import load_sample

MONDAY, PAST = date(2026, 11, 23), date(2025, 12, 31)
MONTHS = {"2026-08": date(2026, 8, 31), "2026-09": date(2026, 9, 30), "2026-10": date(2026, 10, 31)}
URL = "/api/v1/statistics/coverage/"
FIELDS = ("numerator", "denominator", "standalone", "joint", "uncovered", "excluded")
KINDS = {
    "non_public": ("NP", "('non_public')"),
    "social_organization": ("SO", "('social_organization')"),
    "two_new": ("TN", "('non_public', 'social_organization')"),
}
# measure → (stem of the id, which units it is about, which of them count)
UNIT_MEASURES = {
    "organization": ("COV-ORG", "true", "mode IS NOT NULL"),
    "standalone": ("COV-SOLO", "true", "mode = 'standalone'"),
    "due": ("COV-DUE", "members_full >= 3", "mode = 'standalone'"),
    "work": ("COV-WORK", "true", "mode IS NOT NULL OR is_sent OR has_mass_organization"),
    "employees_50": ("COV-50", "employees >= 50", "mode IS NOT NULL"),
    "employees_100": ("COV-100", "employees >= 100", "mode IS NOT NULL"),
    "three_haves": ("COV-3HAVE", "has_premises AND has_business AND employees >= 10", "mode IS NOT NULL"),
    "no_member": ("NO-MEMBER", "true", "mode IS NULL AND members_total = 0"),
}
PLAIN_IDS = ("COV-DUE", "COV-WORK", "COV-50", "COV-100", "COV-3HAVE", "NO-MEMBER")
HERE = (
    "left({code}, 9) NOT IN ('510107061', '510107062', '510107063', '510107064') AND {code} LIKE '510107%%'"
)
LASTS = "{one}.from_on <= %(day)s AND ({one}.to_on IS NULL OR {one}.to_on > %(day)s)"
UNITS = f"""
SELECT u.place_code AS code, o.status = 'operating' AS is_in, c.mode, u.members_full, u.employees, u.has_mass_organization,
  u.members_total, u.has_premises, u.has_business,
  EXISTS (SELECT 1 FROM units_instructor i WHERE i.unit_id = u.id AND {LASTS.format(one="i")}) AS is_sent
FROM units_unit u
JOIN units_operatingspell o ON o.unit_id = u.id AND {LASTS.format(one="o")}
LEFT JOIN units_coveragespell c ON c.unit_id = u.id AND {LASTS.format(one="c")}
WHERE u.merged_into_id IS NULL AND {HERE.format(code="u.place_code")} AND u.category IN {{categories}}
"""
CARRIERS = f"""
SELECT k.place_code AS code, k.to_on IS NULL OR k.to_on > %(day)s AS is_in,
  (SELECT min(CASE WHEN c.mode = 'standalone' THEN 1 ELSE 2 END) FROM units_unit u
   JOIN units_operatingspell o ON o.unit_id = u.id AND o.status = 'operating' AND {LASTS.format(one="o")}
   JOIN units_coveragespell c ON c.unit_id = u.id AND {LASTS.format(one="c")}
   WHERE u.carrier_id = k.id AND u.merged_into_id IS NULL) AS branch,
  EXISTS (SELECT 1 FROM units_servicestation s WHERE s.carrier_id = k.id AND s.opened_on <= %(day)s
   AND (s.closed_on IS NULL OR s.closed_on > %(day)s)) AS has_station
FROM units_carrier k WHERE k.from_on <= %(day)s AND {HERE.format(code="k.place_code")}
"""
COUNTS = """
SELECT left(code, {width}), count(*) FILTER (WHERE is_in AND ({met})), count(*) FILTER (WHERE is_in),
  count(*) FILTER (WHERE is_in AND {alone}), count(*) FILTER (WHERE is_in AND {jointly}),
  count(*) FILTER (WHERE is_in AND ({met}) IS NOT TRUE), count(*) FILTER (WHERE NOT is_in)
FROM ({facts}) facts WHERE {about} GROUP BY 1
"""


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The sample as of that Monday."""
    moment = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(moment, tick=False):
            assert load_sample(today())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def client(loaded, db):
    with time_machine.travel("2026-11-23 09:30:00+08:00", tick=False):
        client = Client()
        client.force_login(
            User.objects.get(username="district"), backend="django.contrib.auth.backends.ModelBackend"
        )
        yield client


def ask(sql: str, **params) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@cache
def statement(measure: str, kind: str, width: int) -> str:
    if measure == "carrier":
        return COUNTS.format(
            width=width, met="branch IS NOT NULL OR has_station", alone="branch = 1", jointly="branch = 2",
            facts=CARRIERS, about="true",
        )  # fmt: skip
    _, about, met = UNIT_MEASURES[measure]
    return COUNTS.format(
        width=width, met=met, alone="mode = 'standalone'", jointly="mode = 'joint'", about=about,
        facts=UNITS.format(categories=KINDS[kind][1]),
    )  # fmt: skip


def by_hand(measure: str, kind: str, day: date, width: int) -> dict[str, dict[str, int]]:
    """The six numbers of each place, by its code."""
    rows = ask(statement(measure, kind, width), day=day)
    return {code: dict(zip(FIELDS, numbers, strict=True)) for code, *numbers in rows}


def summed(rows) -> dict[str, int]:
    rows = list(rows)
    return {name: sum(row[name] for row in rows) for name in FIELDS}


def indicator_id(measure: str, kind: str) -> str:
    if measure == "carrier":
        return "COV-CARRIER"
    stem = UNIT_MEASURES[measure][0]
    return stem if stem in PLAIN_IDS and kind == "non_public" else f"{stem}-{KINDS[kind][0]}"


def get(client, url: str = URL, **params):
    response = client.get(url, params)
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.json()


MEASURES = (*UNIT_MEASURES, "carrier")
ALL = list(product(MEASURES, KINDS))


def picked(figures: dict) -> dict[str, int]:
    return {name: figures[name] for name in FIELDS}


@pytest.mark.parametrize(("measure", "kind"), ALL)
def test_rest_says_what_plain_sql_says(client, measure, kind):
    for day, (by, width) in product((MONDAY, PAST), (("subdistrict", 9), ("community", 12))):
        answer = get(client, measure=measure, kind=kind, by=by, as_of=day)
        hand = by_hand(measure, kind, day, width)
        shown = {row["place"]["code"]: picked(row) for row in answer["rows"]}
        nothing = dict.fromkeys(FIELDS, 0)
        assert {code: row for code, row in shown.items() if row != nothing} == hand
        assert picked(answer["total"]) == summed(hand.values()) == summed(shown.values())
        total = answer["total"]
        assert total["rate_display"] == rate_display(total["numerator"], total["denominator"])
        assert answer["indicator"] == indicator_id(measure, kind)


def test_the_published_figures_come_out(client):
    non_public, social = (get(client, kind=kind)["total"] for kind in ("non_public", "social_organization"))
    assert (non_public["numerator"], non_public["denominator"], non_public["rate_display"]) == (
        1040,
        1250,
        "83.2%",
    )
    assert (social["numerator"], social["denominator"], social["rate_display"]) == (286, 286, "100%")


@pytest.mark.parametrize("measure", MEASURES)
def test_the_list_behind_every_cell_is_as_long_as_the_cell(client, measure):
    for kind, cell in product(KINDS, FIELDS):
        hand = summed(by_hand(measure, kind, MONDAY, 9).values())
        found = get(client, f"{URL}units/", measure=measure, kind=kind, cell=cell, page_size=1)
        assert found["count"] == hand[cell], (kind, cell)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_page_says_what_rest_says(client, measure):
    asked = {"measure": measure, "kind": "two_new", "as_of": "2026-11-23", "by": "subdistrict"}
    html = client.get("/statistics/coverage/", asked).content.decode()
    answer = get(client, **asked)
    order = ("denominator", "numerator", "standalone", "joint", "uncovered", "excluded")

    def numbers(row: dict) -> list[str]:
        return [*(f"{row[name]:,}" for name in order), row["rate_display"]]

    table = html.partition('<table class="figures">')[2].partition("</table>")[0]
    lines = [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", line)]
        for line in re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.DOTALL)[1:]
    ]
    expected = [[row["place"]["name"], *numbers(row)] for row in answer["rows"]]
    shown = [[line[0].removesuffix("本级"), *line[1:8]] for line in lines]
    assert shown == [*expected, ["合计", *numbers(answer["total"])]]


MOVED = """
WITH o AS (
  SELECT s.*, EXISTS (SELECT 1 FROM units_operatingspell p WHERE p.unit_id = s.unit_id AND p.status = 'operating'
      AND p.to_on = s.from_on) AS goes_on,
    EXISTS (SELECT 1 FROM units_operatingspell p WHERE p.unit_id = s.unit_id AND p.status = 'operating'
      AND p.from_on < s.from_on) AS was_there,
    (SELECT n.status FROM units_operatingspell n WHERE n.unit_id = s.unit_id AND n.from_on = s.to_on) AS left_for
  FROM units_operatingspell s JOIN units_unit u ON u.id = s.unit_id
  WHERE s.status = 'operating' AND u.merged_into_id IS NULL AND u.category IN {categories} AND {about} AND {here}
)
SELECT 'added', count(*) FROM o WHERE NOT goes_on AND NOT was_there AND from_on BETWEEN %(first)s AND %(last)s
UNION ALL SELECT 'restored', count(*) FROM o WHERE NOT goes_on AND was_there AND from_on BETWEEN %(first)s AND %(last)s
UNION ALL SELECT left_for, count(*) FROM o WHERE left_for <> 'operating' AND to_on BETWEEN %(first)s AND %(last)s GROUP BY 1
"""


@pytest.mark.parametrize(("measure", "kind"), list(product(UNIT_MEASURES, KINDS)))
def test_the_movement_says_what_plain_sql_says(client, measure, kind):
    first = date(2026, 1, 1)
    answer = get(client, f"{URL}movement/", measure=measure, kind=kind, **{"from": first, "to": MONDAY})
    sql = MOVED.format(
        categories=KINDS[kind][1], about=UNIT_MEASURES[measure][1], here=HERE.format(code="u.place_code")
    )
    hand = dict(ask(sql, first=first, last=MONDAY))
    opening, closing = (
        summed(by_hand(measure, kind, day, 9).values())["denominator"] for day in (PAST, MONDAY)
    )
    assert (answer["opening"], answer["closing"]) == (opening, closing)
    assert (answer["added"], answer["restored"]) == (hand.pop("added"), hand.pop("restored"))
    assert {line["reason"]: line["count"] for line in answer["excluded"]} == hand
    assert opening + answer["added"] + answer["restored"] - sum(hand.values()) == closing


@pytest.mark.parametrize(("measure", "kind"), [*product(UNIT_MEASURES, KINDS), ("carrier", "two_new")])
def test_what_is_frozen_is_what_was_true(client, measure, kind):
    for period, day in MONTHS.items():
        rows = IndicatorSnapshot.objects.filter(
            period=period, indicator=indicator_id(measure, kind)
        ).current()
        stored = {
            row.place_code: {"numerator": row.numerator, "denominator": row.denominator, **row.parts}
            for row in rows
        }
        hand = {
            code: figures
            for width in (9, 12)
            for code, figures in by_hand(measure, kind, day, width).items()
            if len(code) == width
        }
        hand["510107"] = summed(by_hand(measure, kind, day, 9).values())
        nothing = dict.fromkeys(FIELDS, 0)
        places = {code: figures for code, figures in stored.items() if figures != nothing}
        assert places == {code: figures for code, figures in hand.items() if figures != nothing}
        answer = get(client, measure=measure, kind=kind, as_of=day, by="community")
        assert (answer["frozen"], picked(answer["total"])) == (True, stored["510107"])


def test_the_restated_month_keeps_its_old_number_beside_the_new(client):
    rows = IndicatorSnapshot.objects.filter(period="2026-08", indicator="COV-ORG-NP", place_code="510107")
    first, second = rows.order_by("formula_version")
    assert (first.formula_version, second.formula_version, first.note) == (1, 2, "")
    assert first.denominator == second.denominator + 2
    assert first.numerator == second.numerator
    assert "原数保留" in second.note
    assert first.frozen_at < second.frozen_at
    html = client.get("/statistics/snapshots/?period=2026-08").content.decode()
    assert second.note in html


BODIES = "units_regionalbody b WHERE {at_work} AND b.kind"
ONE_SECRETARY = """EXISTS (SELECT 1 FROM units_bodyseat s JOIN units_partysecretary p ON p.person_id = s.person_id AND {party}
 JOIN units_partyorganization g ON g.id = p.organization_id AND g.category = '611' AND g.place_id = b.place_id
 WHERE s.body_id = b.id AND s.post = 'secretary' AND {seat})"""
PART_TIME = (
    "EXISTS (SELECT 1 FROM units_bodyseat s WHERE s.body_id = b.id AND s.post = 'part_time' AND {seat})"
)
MEMBERS = """SELECT count(DISTINCT u.id) FROM units_unit u JOIN units_bodymember m ON m.unit_id = u.id AND {member}
 JOIN units_regionalbody b ON b.id = m.body_id AND b.kind = 'joint_meeting' AND b.from_on <= %(day)s AND b.to_on IS NULL
 WHERE {unit}"""
# id → numerator and denominator
ORGANIZATION = {
    "ORG-COMPLETE": (
        f"SELECT count(*) FROM {BODIES} IN ('assembly', 'committee', 'office')",
        "SELECT 3 * count(*) FROM units_division d WHERE d.level IN ('subdistrict', 'community') AND {here}",
    ),
    "ORG-ONE": (
        f"SELECT count(*) FROM {BODIES} = 'committee' AND {ONE_SECRETARY}",
        f"SELECT count(*) FROM {BODIES} = 'committee'",
    ),
    "ORG-PARTTIME": (
        f"SELECT count(DISTINCT b.place_id) FROM {BODIES} = 'committee' AND length(b.place_code) = 12 AND {PART_TIME}",
        "SELECT count(*) FROM units_division d WHERE d.level = 'community' AND {here}",
    ),
    "CONF-UNITS": (MEMBERS, ""),
}


@pytest.mark.parametrize("indicator", ORGANIZATION)
def test_the_organization_page_says_what_plain_sql_says(client, indicator):
    words = {
        "at_work": f"{LASTS.format(one='b')} AND {HERE.format(code='b.place_code')}",
        "here": HERE.format(code="d.code"),
        "seat": LASTS.format(one="s"),
        "party": LASTS.format(one="p"),
        "member": LASTS.format(one="m"),
        "unit": HERE.format(code="u.place_code"),
    }
    numerator, denominator = (
        ask(sql.format(**words), day=MONDAY)[0][0] if sql else None for sql in ORGANIZATION[indicator]
    )
    total = get(client, f"/api/v1/statistics/indicators/{indicator}/")["total"]
    assert (total["numerator"], total["denominator"]) == (numerator, denominator)
    page = client.get("/units/organization/").content.decode()
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    shown = f"{numerator:,}" if denominator is None else f"{numerator:,} ÷ {denominator:,}"
    assert shown in words


def test_the_sample_has_organizations_in_every_condition(client):
    assert {status for (status,) in ask("SELECT DISTINCT status FROM units_partyorganization WHERE is_sample")} == {
        "preparing", "active", "dissolved", "merged", "transferred",
    }  # fmt: skip
    for condition in ("term_end <= '2026-11-23'", "is_consolidating", "category = '611'", "category = '621'"):
        assert ask(
            f"SELECT 1 FROM units_partyorganization WHERE is_two_new AND status = 'active' AND {condition} LIMIT 1"
        )
    assert not ask(
        "SELECT 1 FROM units_partyorganization WHERE is_two_new AND status = 'active' AND (form_mode = '' OR approval_no = '')"
    )


def test_no_row_of_table_27_is_empty(client):
    grid = TABLES["27"].count(read_territory("510107"), MONDAY)
    assert [label for label, _, numbers in grid.rows if not numbers[0]] == []
    whole = dict(zip(grid.heads, grid.rows[0][2], strict=True))
    assert [head for head in grid.heads if not whole[head] and head != "子类未登记"] == []
