"""The project list with filters: the same with 1,000 and 100,000 projects, for the office and for a unit's phone."""

from datetime import date
from urllib.parse import quote, unquote

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from core.roles import Role
from tests.benchmarks.data import make_people, make_units
from tests.benchmarks.measure import Row, Values, seconds_of
from tests.benchmarks.requests import ask, sign_in
from units.models import Unit

SMALL, LARGE = 1_000, 100_000
FIRST_DAY = date(2026, 1, 1)
# What the office asks all day: everything, one subdistrict, some filters together, a name.
OFFICE = (
    "/projects/",
    "/projects/?place=510107005",
    "/projects/?status=running&theme=residents",
    "/projects/?domain=health&term=long&place=510107009",
    f"/projects/?q={quote('义诊月月行')}",
    f"/projects/?q={quote('义诊')}",
    "/projects/?sort=-claim_due_on",
)
PHONE = ("/projects/", "/projects/?status=open&domain=elderly")
FILL = """
    INSERT INTO projects_project (number, title, summary, theme, domain, term, is_regular, place_id, place_code, start_on, end_on,
        claim_mode, lead_places, claim_due_on, origin, target_group, budget_source, safety_note, expected_person_times,
        volunteers_needed, status, version, is_sample, created_at)
    SELECT 'B-' || n, place.name || (ARRAY['院落义诊月月行', '家电义修日', '法律驿站', '四点半课堂'])[1 + n %% 4] || n,
        '按月开展', (ARRAY['community', 'residents', 'members'])[1 + n %% 3],
        (ARRAY['health', 'elderly', 'law', 'children', 'environment', 'culture'])[1 + n %% 6],
        (ARRAY['long', 'short'])[1 + n %% 2], n %% 2 = 0, place.id, place.code, %(on)s, %(on)s::date + 400,
        'single', 1, %(on)s::date + 300 + n %% 60, 'community', '', '', '', 300, 4,
        (ARRAY['running', 'running', 'running', 'open', 'claimed', 'done', 'archived', 'reviewed'])[1 + n %% 8], 1, false, now()
    FROM generate_series(1, %(number)s) AS n
    JOIN (SELECT id, code, name, row_number() OVER (ORDER BY code) - 1 AS place FROM units_division
          WHERE level = 'community' AND administered_by = '武侯区') AS place ON place.place = n %% 72
"""


def make_projects(number: int) -> None:
    """So many projects in all communities; every third is led by one of the units."""
    make_units(SMALL)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE projects_project CASCADE")
        cursor.execute(FILL, {"number": number, "on": FIRST_DAY})
        cursor.execute(
            "INSERT INTO projects_projectclaim (project_id, unit_id, place_code, kind, slot, plan, contact, status, submitted_at, version)"
            " SELECT project.id, unit.id, project.place_code, 'lead', 1, '', '', 'confirmed', now(), 1 FROM projects_project project"
            " JOIN (SELECT id, row_number() OVER (ORDER BY id) AS nr FROM units_unit) unit ON unit.nr = 1 + project.id %% 1000"
            " WHERE project.status <> 'open' AND project.id %% 3 = 0",
            [],
        )
        cursor.execute("VACUUM ANALYZE")


def visitors() -> dict[tuple[str, ...], dict[str, str]]:
    """The addresses each kind of person asks for, with the headers of the signed-in browser."""
    officer = make_people()
    unit = Unit.objects.order_by("pk").first()
    phone = type(officer).objects.get_or_create(username="bench_liaison", defaults={"name": "张某"})[0]
    Membership.objects.get_or_create(user=phone, role=Role.LIAISON, unit=unit, from_on=FIRST_DAY)
    return {OFFICE: sign_in(officer), PHONE: sign_in(phone)}


def visit(number: int) -> dict[str, tuple[Values, int]]:
    """For each address the milliseconds of the first page and its number of queries."""
    make_projects(number)
    found = {}
    for addresses, headers in visitors().items():
        for address in addresses:
            for _ in range(3):
                ask(address, **headers)
            with CaptureQueriesContext(connection) as captured:
                ask(address, **headers)
            queries = len(captured)
            runs = tuple(seconds_of(lambda url=address, h=headers: ask(url, **h)) * 1000 for _ in range(15))
            name = f"{'unit' if addresses is PHONE else 'office'} {unquote(address)}"
            found[name] = Values(runs), queries
    return found


def rows() -> list[Row]:
    small, large = visit(SMALL), visit(LARGE)
    table = [
        Row(f"project list, 100,000 ÷ 1,000: {name}", large[name][0], small[name][0], "ms", 2, True, ",.1f")
        for name in small
    ]
    most, same = (max(found[name][1] for name in found) for found in (large, small))
    return [
        *table,
        Row(
            "the same: most queries",
            Values((float(most),)),
            Values((float(same),)),
            "",
            1,
            True,
            note="must be equal",
        ),
    ]
