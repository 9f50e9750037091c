"""How coverage is counted, whatever the formula: told with random districts and an independent count."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.bodies import make_person
from tests.factories.units import cover, make_organization, make_unit
from units.indicators import KINDS, MEASURES
from units.indicators.coverage import Cell, count_days, rows_in_cell
from units.indicators.territory import By, read_territory
from units.models import Division, Instructor, OperatingSpell, PartyOrganization, Unit

DAY = date(2026, 6, 15)
ORGANIZATION, NON_PUBLIC = MEASURES["organization"], KINDS["non_public"]
OF_UNITS = {slug: measure for slug, measure in MEASURES.items() if not measure.subject}
FIELDS = ("numerator", "denominator", "standalone", "joint", "uncovered", "excluded")


def fields_of(figure) -> dict[str, int]:
    return {name: value for name, value in figure.fields().items() if name in FIELDS}


def count(code: str = "510107", by: str = By.NONE, *, measure=ORGANIZATION, kind=NON_PUBLIC, day: date = DAY):
    return count_days(measure, kind, read_territory(code, by), [day])[0]


def close(unit: Unit, on: date, status: str = "deregistered") -> None:
    """Let a unit leave the denominator on a day."""
    unit.operating_spells.filter(to_on=None).update(to_on=on)
    OperatingSpell.objects.create(
        unit=unit,
        status=status,
        from_on=on,
        reason="注销登记",
        evidence="登记机关公告",
        place_code=unit.place_code,
        category=unit.category,
    )


def test_a_joint_branch_over_four_firms_is_one_organization_and_four_covered_units(huangmenjie):
    branch = make_organization(place=huangmenjie, category=PartyOrganization.Category.JOINT_BRANCH)
    for _ in range(4):
        cover(make_unit(place=huangmenjie), mode="joint", organization=branch)
    assert fields_of(count().total) == {
        "numerator": 4,
        "denominator": 4,
        "standalone": 0,
        "joint": 4,
        "uncovered": 0,
        "excluded": 0,
    }
    assert PartyOrganization.objects.count() == 1


def test_a_unit_that_was_covered_by_two_organizations_in_turn_counts_once(huangmenjie):
    unit = make_unit(place=huangmenjie)
    cover(unit, since=date(2022, 1, 1), until=date(2024, 1, 1))
    cover(unit, mode="joint", since=date(2024, 1, 1))
    assert count().total.numerator == 1
    assert count(day=date(2023, 12, 31)).total.parts["standalone"] == 1
    assert count(day=date(2024, 1, 1)).total.parts["joint"] == 1


def test_a_closed_unit_leaves_the_rate_on_the_day_it_closes_though_its_coverage_still_runs(huangmenjie):
    unit = make_unit(place=huangmenjie, covered="standalone")
    close(unit, DAY)
    assert fields_of(count(day=DAY - timedelta(days=1)).total)["numerator"] == 1
    assert fields_of(count(day=DAY).total) == {
        "numerator": 0,
        "denominator": 0,
        "standalone": 0,
        "joint": 0,
        "uncovered": 0,
        "excluded": 1,
    }


def test_a_merged_unit_is_left_out_of_every_cell(huangmenjie):
    stays, goes = make_unit(place=huangmenjie, covered="joint"), make_unit(place=huangmenjie, covered="joint")
    Unit.objects.filter(pk=goes.pk).update(merged_into=stays)
    for measure in OF_UNITS.values():
        assert count(measure=measure).total.denominator == (0 if measure.about else 1)


def test_what_the_high_tech_zone_runs_is_left_out_of_the_district_but_counts_for_itself(places, huangmenjie):
    foreign = next(
        place for place in places.values() if place.level == "community" and place.administered_by == "高新区"
    )
    make_unit(place=foreign, covered="standalone")
    make_unit(place=huangmenjie)
    assert count().total.denominator == 1
    assert count(foreign.code).total.denominator == 1
    assert foreign.code[:9] not in [place.code for place, _ in count(by=By.CHILD).rows]


def test_a_unit_of_a_state_body_is_no_two_new_unit(huangmenjie):
    make_unit(place=huangmenjie, category=Unit.Category.GOVERNMENT, covered="standalone")
    make_unit(place=huangmenjie, category=Unit.Category.SOCIAL_ORGANIZATION)
    assert count(kind=KINDS["two_new"]).total.denominator == 1
    assert count().total.denominator == 0


def test_every_subdistrict_has_its_row_even_without_units(places):
    rows = count(by=By.CHILD).rows
    assert len(rows) == 11
    assert [place.name for place, _ in rows][:3] == ["浆洗街街道", "望江路街道", "玉林街道"]
    assert rows[0][1].rate_display == "—"


def test_every_community_has_its_row(places):
    assert len(count(by=By.COMMUNITY).rows) == 72
    assert len(count("510107005", By.CHILD).rows) == 11


def test_a_unit_registered_at_the_district_itself_gets_a_row_of_its_own(places, huangmenjie):
    make_unit(place=places["510107"])
    make_unit(place=huangmenjie)
    breakdown = count(by=By.CHILD)
    assert [(place.code, figure.denominator) for place, figure in breakdown.rows if figure.denominator] == [
        ("510107", 1),
        ("510107005", 1),
    ]


def test_units_in_courtyards_count_for_their_community(huangmenjie):
    section = Division.objects.create(
        code="510107005008-P01",
        name="第一片区",
        level="section",
        parent=huangmenjie,
        administered_by="武侯区",
    )
    yard = Division.objects.create(
        code="510107005008-P01-Y001",
        name="一号院",
        level="courtyard",
        parent=section,
        administered_by="武侯区",
    )
    make_unit(place=yard)
    make_unit(place=huangmenjie)
    rows = {place.code: figure.denominator for place, figure in count("510107005", By.CHILD).rows}
    assert rows["510107005008"] == 2
    inside = [(place.code, figure.denominator) for place, figure in count("510107005008", By.CHILD).rows]
    assert inside == [("510107005008", 1), ("510107005008-P01", 1)]


def test_a_subdistrict_that_was_dissolved_shows_only_while_it_existed(places):
    Division.objects.filter(code="510107015").update(valid_to=date(2026, 1, 1))
    assert len(count(by=By.CHILD, day=date(2025, 12, 31)).rows) == 11
    assert len(count(by=By.CHILD).rows) == 10


def test_a_whole_series_takes_one_query(places, huangmenjie, django_assert_num_queries):
    make_unit(place=huangmenjie, since=date(2026, 3, 1))
    territory = read_territory("510107", By.CHILD)
    days = [date(2026, month, 1) for month in range(1, 7)]
    with django_assert_num_queries(1):
        series = count_days(ORGANIZATION, NON_PUBLIC, territory, days)
    assert [point.total.denominator for point in series] == [0, 0, 1, 1, 1, 1]
    assert all(len(point.rows) == 11 for point in series)


# ---- random districts against an independent count ----------------------------------------------------------

spell_days = st.dates(date(2024, 1, 1), date(2026, 12, 31))
random_unit = st.fixed_dictionaries(
    {
        "place": st.sampled_from(
            ["510107005008", "510107005001", "510107009001", "510107005", "510107", "510107062001"]
        ),
        "category": st.sampled_from(["non_public", "social_organization", "government"]),
        "since": spell_days,
        "closed": st.none() | spell_days,
        "covered": st.none()
        | st.tuples(st.sampled_from(["standalone", "joint"]), spell_days, st.none() | spell_days),
        "members_full": st.integers(0, 5),
        "employees": st.sampled_from([3, 49, 50, 99, 100, 500]),
        "instructed": st.none() | st.tuples(spell_days, st.none() | spell_days),
        "has_mass_organization": st.booleans(),
        "has_premises": st.booleans(),
        "has_business": st.booleans(),
        "is_merged": st.sampled_from([False, False, False, True]),
    }
)


def build(rows, places, organization, elsewhere) -> None:
    """Write a random district row by row, directly into the tables."""
    for row in rows:
        place = places.get(row["place"]) or places[elsewhere]
        unit = make_unit(
            place=place,
            category=row["category"],
            since=row["since"],
            employees=row["employees"],
            members_total=row["members_full"],
            members_full=row["members_full"],
            **{name: row[name] for name in ("has_mass_organization", "has_premises", "has_business")},
        )
        if row["closed"] and row["closed"] > row["since"]:
            close(unit, row["closed"], "moved_out")
        if row["covered"]:
            mode, since, until = row["covered"]
            cover(
                unit,
                mode=mode,
                since=since,
                until=until if until and until > since else None,
                organization=organization,
            )
        if row["instructed"]:
            since, until = row["instructed"]
            until = until if until and until > since else None
            person = make_person(place=place)
            Instructor.objects.create(unit=unit, person=person, from_on=since, to_on=until)
        if row["is_merged"]:
            Unit.objects.filter(pk=unit.pk).update(merged_into=unit)


def lasts(spell, day: date) -> bool:
    return spell.from_on <= day and (spell.to_on is None or day < spell.to_on)


def expected(measure: str, kind, day: date, prefix: str) -> dict[str, int]:
    """The same figures, counted slowly in Python from all rows."""
    figures = dict.fromkeys(FIELDS, 0)
    own = Division.objects.get(code=prefix).administered_by
    foreign = [d.code for d in Division.objects.exclude(administered_by=own) if d.code.startswith(prefix)]
    units = Unit.objects.filter(category__in=kind.categories, merged_into=None, place_code__startswith=prefix)
    for unit in units.prefetch_related("operating_spells", "coverage_spells", "instructors"):
        if any(unit.place_code.startswith(code) for code in foreign):
            continue
        if measure == "due" and unit.members_full < 3:
            continue
        if measure == "three_haves" and not (
            unit.has_premises and unit.has_business and unit.employees >= 10
        ):
            continue
        if measure.startswith("employees") and unit.employees < int(measure.removeprefix("employees_")):
            continue
        holds = [spell for spell in unit.operating_spells.all() if lasts(spell, day)]
        covers = [spell for spell in unit.coverage_spells.all() if lasts(spell, day)]
        if not holds:
            continue
        if holds[0].status != "operating":
            figures["excluded"] += 1
            continue
        mode = covers[0].mode if covers else ""
        instructed = any(lasts(spell, day) for spell in unit.instructors.all())
        by_work = measure == "work" and (instructed or unit.has_mass_organization)
        met = mode == "standalone" if measure in {"standalone", "due"} else bool(mode) or by_work
        if measure == "no_member":
            met = not mode and not unit.members_total
        figures["denominator"] += 1
        figures["numerator"] += met
        figures["uncovered"] += not met
        figures["standalone"] += mode == "standalone"
        figures["joint"] += mode == "joint"
    return figures


@pytest.mark.parametrize("measure", OF_UNITS.values(), ids=OF_UNITS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(random_unit, max_size=12), day=spell_days, kind=st.sampled_from(list(KINDS.values())))
def test_rows_add_up_and_equal_an_independent_count_and_their_lists(places, measure, rows, day, kind):
    elsewhere = next(
        code for code, p in places.items() if p.level == "community" and p.administered_by == "高新区"
    )
    Unit.objects.update(merged_into=None)
    Unit.objects.all().delete()
    PartyOrganization.objects.all().delete()
    build(rows, places, make_organization(place=places["510107"]), elsewhere)
    for code, by in (("510107", By.CHILD), ("510107", By.COMMUNITY), ("510107005", By.CHILD)):
        territory = read_territory(code, by)
        breakdown = count_days(measure, kind, territory, [day])[0]
        total = fields_of(breakdown.total)
        assert total == expected(measure.slug, kind, day, code)
        for name in FIELDS:
            assert total[name] == sum(fields_of(figure)[name] for _, figure in breakdown.rows)
        for cell in Cell.values:
            assert rows_in_cell(measure, kind, territory, day, cell).count() == total[cell]
