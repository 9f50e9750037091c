"""Every list page of units: its rows are exported as they stand and served over REST with the same filters."""

import pytest
from django.urls import get_resolver

from core.api.registers import Register
from core.pages import ListPage
from tests.factories.bodies import make_body, make_member, make_representative, make_seat
from tests.factories.carriers import make_carrier, make_plan, make_round
from tests.factories.issues import make_activity, make_issue
from tests.factories.meetings import make_meeting, make_resolution
from tests.factories.places import make_grid
from tests.factories.units import make_organization, make_unit
from tests.rest import Rest, key_of

pytestmark = pytest.mark.django_db
# Pages of one row's own list: what narrows the register to the same rows.
OF_ONE = {"survey_lines": "round"}
# Register → the address of the list page that shows the same rows.
SERVED = {
    "unit_list": "units",
    "organization_list": "party-organizations",
    "exit_list": "denominator-exits",
    "change_request_list": "unit-change-requests",
    "liaison_list": "unit-liaisons",
    "premises_list": "unit-premises",
    "issue_list": "issues",
    "activity_list": "joint-activities",
    "gap_list": "structure-gaps",
    "body_list": "regional-bodies",
    "seat_list": "body-seats",
    "member_list": "body-members",
    "representative_list": "representatives",
    "meeting_list": "meetings",
    "resolution_list": "resolutions",
    "proposal_list": "proposals",
    "carrier_list": "carriers",
    "station_list": "service-stations",
    "instructor_list": "instructors",
    "build_list": "build-plans",
    "survey_list": "survey-rounds",
    "survey_lines": "survey-lines",
    "place_list": "divisions",
}
# List pages without a register → why.
EXCEPTIONS = {
    "ledger": "units of one day on a printed form; their rows are those of units and of coverage-units",
    "ledger_export": "the same form with its purpose, noted down",
}


def addresses(patterns, before: str = ""):
    """(address, pattern) of everything below some URL patterns."""
    for one in patterns:
        if hasattr(one, "url_patterns"):
            yield from addresses(one.url_patterns, before + str(one.pattern))
        else:
            yield before + str(one.pattern), one


@pytest.fixture(scope="module")
def pages() -> dict[str, tuple[str, type]]:
    """(address, class) of the list pages of units by the name of their address."""
    return {
        one.name: (address, one.callback.view_class)
        for address, one in addresses(get_resolver().url_patterns)
        if isinstance(getattr(one.callback, "view_class", None), type)
        and issubclass(one.callback.view_class, ListPage)
        and one.callback.view_class.__module__.startswith("units.")
    }


@pytest.fixture(scope="module")
def registers() -> dict[str, Register]:
    views = (getattr(one.callback, "cls", None) for _, one in addresses(get_resolver().url_patterns))
    found = [view.register for view in views if hasattr(view, "register")]
    return {one.name: one for one in found}


@pytest.fixture
def rows(huangmenjie, jinyan, unit):
    """Something on every list, in the community and elsewhere."""
    for place in (huangmenjie, jinyan):
        here = make_unit(place=place, is_member=True)
        make_organization(place=place)
        make_issue(place=place)
        make_activity(place=place)
        make_seat(make_body(place=place))
        make_representative(make_body(place=place, kind="assembly"))
        meeting = make_body(place=place, kind="joint_meeting")
        make_member(meeting, here)
        make_plan(place=place, unit=here)
        make_carrier(place=place)
        make_resolution(make_meeting(meeting, status="issued"))
        make_round(place=place, units=[here])


def test_every_list_is_served_or_has_a_reason(pages):
    assert set(pages) == set(SERVED) | set(EXCEPTIONS)
    assert set(SERVED) & set(EXCEPTIONS) == set()


def test_the_register_takes_the_filters_of_the_page_and_the_page_exports(pages, registers):
    for name, register_name in SERVED.items():
        page, register = pages[name][1], registers[register_name]
        assert (name, register.model) == (name, page.model)
        assert "xlsx" in page.formats, name
        wanted = set(page.filterset_class.base_filters) | set(page.extra_params) | {OF_ONE.get(name, "place")}
        taken = {one.name for one in register.extra_params} | set(register.filter_names)
        ranges = {one.rpartition("_")[0] for one in taken}
        assert wanted - taken - ranges == set(), name


def test_both_show_the_community_the_same_rows(pages, rows, community, huangmenjie):
    rest, unlike = Rest(key_of(community)), {}
    for name, register_name in SERVED.items():
        address = "/" + pages[name][0]
        if name in OF_ONE:
            continue
        shown = community.client.get(address).context["count"]
        served = rest.get(f"/api/v1/{register_name}/").json()["count"]
        if shown != served:
            unlike[name] = (shown, served)
    assert unlike == {}


def test_what_the_api_asked_of_a_filter_leaves_the_page_its_choices(registers, district, huangmenjie):
    building = make_grid(huangmenjie)["松柏院2栋"]
    for name in ("units", "divisions"):
        registers[name].__dict__.pop("filter_names", None)
        assert "place" in registers[name].filter_names
    Rest().get("/api/v1/schema/")
    for address in ("/units/", "/units/places/list/"):
        assert district.client.get(f"{address}?place={building.code}").status_code == 200
