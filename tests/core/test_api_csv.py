"""The CSV of a list over REST: what PostgreSQL writes by itself is what the rows of the API say, field by field."""

import csv

import pytest
from django.http import QueryDict
from django.urls import get_resolver

from core.actor import ANONYMOUS, SYSTEM
from core.api.params import read_params
from core.api.registers import RegisterList
from core.clock import today
from tests.factories.carriers import make_carrier, make_plan
from tests.factories.issues import make_activity, make_issue
from tests.factories.projects import make_claim, make_project
from tests.factories.units import cover, make_organization, make_unit
from tests.rest import Rest, key_of
from units.models import Unit

pytestmark = pytest.mark.django_db


def views(patterns) -> list[type]:
    """The list views of all registers below some URL patterns."""
    found = []
    for one in patterns:
        if hasattr(one, "url_patterns"):
            found += views(one.url_patterns)
        elif issubclass(getattr(one.callback, "cls", object), RegisterList):
            found.append(one.callback.cls)
    return found


def read(pieces) -> list[list[str]]:
    text = b"".join(pieces).decode("utf-8-sig")
    return list(csv.reader(text.splitlines(keepends=True)))


@pytest.fixture
def rows(huangmenjie, jinyan, liaison):
    """Rows with every kind of cell: blank and odd text, codes, moments, related rows that are there or not."""
    organization = make_organization(place=huangmenjie, name="=联合党支部")
    plain = make_unit(place=huangmenjie, name='"引号",某某公司', address="多行\n地址", employees=1200)
    cover(plain, mode="joint", organization=organization)
    make_unit(place=jinyan, name="@某某公司", covered="standalone", credit_code="91510107MADEM00112")
    make_unit(
        place=huangmenjie, status="moved_out", subcategory=Unit.Subcategory.PRIVATE, address=" 前面有空格"
    )
    make_project(place=huangmenjie, title="甲 义诊", claim_due_on=today())
    make_claim(project=make_project(place=jinyan, title="-乙"), unit=plain)
    make_issue(place=huangmenjie, status="reviewed")
    make_activity(place=huangmenjie)
    make_plan(place=huangmenjie, unit=plain)
    make_carrier(place=huangmenjie)


def test_every_list_says_the_same_copied_as_shaped(rows):
    copied_lists, compared = set(), 0
    for view_class in views(get_resolver().url_patterns):
        view, register = view_class(), view_class.register
        query = read_params(QueryDict(), register.list_params)
        for actor in (SYSTEM, ANONYMOUS) if register.is_public else (SYSTEM,):
            view.actor = actor
            found = register.order(register.rows_for(actor, query), "")
            copied = view.copied_lines(found)
            # None: Python makes one of the values, a masked name, a count or a list.
            if copied is not None:
                plan = register.plan_for(actor, is_detail=False)
                copied = read(copied)
                assert copied == read(view.shaped_lines(found, plan)), register.name
                copied_lists |= {register.name} if len(copied) > 1 else set()
                compared += len(copied) - 1
    assert copied_lists >= {
        "units",
        "coverage-units",
        "projects",
        "claims",
        "build-plans",
    }
    assert compared > 20


def test_the_copy_keeps_scope_filters_and_order(rows, subdistrict):
    rest = Rest(key_of(subdistrict))

    def names(query: str) -> list[str]:
        return [line[1] for line in read(rest.get(f"/api/v1/units/?format=csv{query}").streaming_content)[1:]]

    everything = [one["name"] for one in rest.get("/api/v1/units/").json()["results"]]
    assert [name.removeprefix("'") for name in names("")] == everything
    downwards = rest.get("/api/v1/units/?ordering=-name").json()["results"]
    assert names("&ordering=-name") == [one["name"] for one in downwards]
    assert names("&search=引号") == ['"引号",某某公司']
    assert names("&search=没有这一家") == []
