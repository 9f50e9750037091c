"""Districts to measure on: as many units as wanted, deterministic, made by PostgreSQL itself."""

import io
import random
from datetime import date, timedelta

from django.db import connection, models

from accounts.actions import hash_key
from accounts.models import ApiToken, Membership, User
from core.roles import Role
from units.divisions import load_divisions, read_divisions
from units.models import CoverageSpell, Division, OperatingSpell, PartyOrganization, Unit

TOKEN = "benchmark-token-0123456789abcdef"  # nosec B105
SAMPLE_UNITS = 1_536
TEMPLATES = 1_000


def make_people() -> User:
    """The district's person who asks, with a token for the API; `make_units` comes first, it clears them."""
    place = Division.objects.get(code="510107")
    user, _ = User.objects.get_or_create(username="bench", defaults={"name": "李某"})
    membership, _ = Membership.objects.get_or_create(
        user=user, role=Role.DISTRICT, place=place, from_on=date(2020, 1, 1)
    )
    digest = hash_key(TOKEN)
    ApiToken.objects.get_or_create(
        digest=digest, defaults={"hint": "bench", "name": "bench", "membership": membership}
    )
    return user


def clear() -> None:
    """Forget all units and, since PostgreSQL truncates what points at them, the people's roles; places stay."""
    places = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY units_division TO STDOUT", places)
        cursor.execute("TRUNCATE units_unit, units_partyorganization, core_historyentry CASCADE")
        places.seek(0)
        cursor.copy_expert("COPY units_division FROM STDIN", places)


def make_units(number: int) -> None:
    """A register of ``number`` units: four in five covered, one in ten closed at some time."""
    clear()
    load_divisions(read_divisions())
    dice = random.Random(510107)  # nosec B311 - the same district every time
    places = list(Division.objects.filter(level="community", administered_by="武侯区"))
    organizations = PartyOrganization.objects.bulk_create(
        PartyOrganization(name="示例支部", category="631", place=place, place_code=place.code)
        for place in places
    )
    first = min(number, TEMPLATES)
    units = Unit.objects.bulk_create(random_unit(dice, places, index) for index in range(first))
    live(dice, units, {one.place_id: one for one in organizations})
    for copy in range(1, number // first):
        multiply(copy)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def random_unit(dice: random.Random, places: list[Division], index: int) -> Unit:
    place = dice.choice(places)
    members = dice.choice([0, 0, 1, 2, 3, 8])
    return Unit(
        name=f"示例单位{index:06d}", name_pinyin=f"SLDW{index:06d}", place=place, place_code=place.code,
        category=dice.choices(["non_public", "social_organization"], [8, 2])[0], address="示例路1号",
        employees=dice.randrange(300), members_total=members, members_full=members,
    )  # fmt: skip


def live(dice: random.Random, units: list[Unit], organizations: dict[int, PartyOrganization]) -> None:
    """Give units their operating and coverage spells."""
    operating, covered = [], []
    for unit in units:
        same = {"unit": unit, "place_code": unit.place_code, "category": unit.category}
        since = date(2018, 1, 1) + timedelta(dice.randrange(2800))
        until = since + timedelta(dice.randrange(30, 400)) if dice.random() < 0.1 else None
        operating.append(OperatingSpell(status="operating", from_on=since, to_on=until, **same))
        if until:
            operating.append(OperatingSpell(status="deregistered", from_on=until, reason="注销登记", **same))
        if dice.random() < 0.8:
            mode = dice.choice(["standalone", "joint"])
            covered.append(
                CoverageSpell(organization=organizations[unit.place_id], mode=mode, from_on=since, **same)
            )
    OperatingSpell.objects.bulk_create(operating)
    CoverageSpell.objects.bulk_create(covered)


def columns_of(model: type[models.Model], *but: str) -> list[str]:
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    return [field.column for field in fields if field.column not in {"id", *but}]


def multiply(copy: int) -> None:
    """Copy the first thousand units with their spells, under other names, inside PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM units_unit")
        low = cursor.fetchone()[0]
        high = low + TEMPLATES - 1
        step = copy * TEMPLATES
        copied = columns_of(Unit, "name", "name_pinyin")
        names = ", ".join(copied)
        cursor.execute(
            f"INSERT INTO units_unit (id, name, name_pinyin, {names}) SELECT id + %s, name || %s, name_pinyin || %s, {names}"
            " FROM units_unit WHERE id BETWEEN %s AND %s",
            [step, f"第{copy}家", f"D{copy}J", low, high],
        )
        for model in (OperatingSpell, CoverageSpell):
            names = ", ".join(columns_of(model, "unit_id"))
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} (unit_id, {names}) SELECT unit_id + %s, {names}"
                f" FROM {model._meta.db_table} WHERE unit_id BETWEEN %s AND %s",
                [step, low, high],
            )
