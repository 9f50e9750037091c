"""Who reads which register (domain.md §3): what a page refuses, REST refuses or shows as to anybody."""

import pytest

from core.api.views import CLIENT_ROLE
from core.roles import Role
from tests.cast import make_person
from tests.factories.units import cover
from tests.rest import Rest, client_key, key_of
from units.models import Carrier

API = "/api/v1/"
STAFF = (Role.DISTRICT, Role.SOCIAL_WORK, Role.SUBDISTRICT, Role.COMMUNITY)
OTHERS = (Role.REPRESENTATIVE, Role.GRID_WORKER, Role.SYSADMIN, Role.AUDITOR)
# REST list → the page that shows the same.
REGISTERS = {
    "units": "/units/",
    "party-organizations": "/units/organizations/",
    "carriers": "/units/carriers/",
    "instructors": "/units/instructors/",
    "build-plans": "/units/builds/",
    "survey-rounds": "/units/surveys/",
    "survey-lines": None,
}
PUBLISHED = {"units", "carriers"}


@pytest.fixture
def covered(unit):
    return cover(unit).organization


@pytest.mark.parametrize("role", [*STAFF, *OTHERS])
def test_page_and_rest_are_open_to_the_same_roles(places, covered, huangmenjie, role):
    somebody = make_person("somebody", role, place=huangmenjie)
    rest = Rest(key_of(somebody))
    for name, page in REGISTERS.items():
        expected = 200 if role in STAFF else 403
        if page:
            assert somebody.client.get(page).status_code == expected, name
        told = rest.get(f"{API}{name}/")
        assert told.status_code == (200 if name in PUBLISHED else expected), name
        assert rest.get(f"{API}{name}/?format=csv").status_code == told.status_code


@pytest.mark.parametrize("role", OTHERS)
def test_whoever_reads_what_is_published_reads_what_anybody_reads(
    places, unit, covered, huangmenjie, role, client
):
    Carrier.objects.create(name="玉林商务楼", kind="building", place=huangmenjie, from_on="2024-01-01")
    somebody = make_person("somebody", role, place=huangmenjie)
    rest = Rest(key_of(somebody))
    for name in PUBLISHED:
        for path in (f"{API}{name}/", f"{API}{name}/?format=csv"):
            mine, theirs = rest.get(path), client.get(path)
            assert body(mine) == body(theirs)
    assert rest.get(f"{API}units/{unit.pk}/").json() == client.get(f"{API}units/{unit.pk}/").json()
    assert set(rest.get(f"{API}units/{unit.pk}/").json()) == {
        "id",
        "name",
        "category",
        "category_display",
        "place",
    }
    assert (
        unit.name
        not in somebody.client.get("/search/", {"q": unit.name[2:4]}).content.decode().partition("<main")[2]
    )


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.json()["results"]


def test_a_units_people_read_their_own_and_what_covers_it(unit, other_unit, liaison, covered):
    theirs = cover(other_unit, organization=None).organization
    rest = Rest(key_of(liaison))
    assert [row["id"] for row in rest.get(f"{API}units/").json()["results"]] == [unit.pk]
    assert [row["id"] for row in rest.get(f"{API}party-organizations/").json()["results"]] == [covered.pk]
    page = liaison.client.get(covered.get_absolute_url())
    assert page.status_code == 200
    assert "登记书记" not in page.content.decode()
    assert liaison.client.get(theirs.get_absolute_url()).status_code == 404
    for name in ("build-plans", "survey-lines"):
        assert rest.get(f"{API}{name}/").status_code == 403


def test_a_system_with_a_token_reads_the_registers_of_its_place(places, unit, covered):
    assert CLIENT_ROLE not in STAFF
    rest = Rest(client_key(places["510107005"]))
    assert rest.get(f"{API}units/").json()["results"][0]["credit_code"] == unit.credit_code
    assert rest.get(f"{API}party-organizations/").json()["count"] == 1
