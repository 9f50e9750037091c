"""Two people change one body or one unit from the same version: the second hears it, and nothing of either is lost."""

from collections import Counter
from datetime import date
from functools import partial

import pytest

from core.errors import StaleVersion
from core.models import HistoryEntry
from tests.factories.bodies import make_body
from tests.factories.units import make_unit
from tests.projects.test_races import at_once
from units.actions.bodies import change_body, seat_person
from units.actions.people import Named
from units.actions.units import change_unit
from units.models import BodySeat, RegionalBody

STALE = "这条记录刚刚被别人修改过，请核对后再保存。"


def real_unit(place):
    return make_unit(
        place=place,
        credit_code=None,
        credit_code_missing_reason="筹备中",
        address="旧址",
        subcategory="private",
    )


def is_as(row, values: dict) -> bool:
    row.refresh_from_db()
    return all(getattr(row, name) == value for name, value in values.items())


def changes_of(row) -> list[dict]:
    lines = HistoryEntry.objects.filter(
        about_id=row.pk, about_type__model=row._meta.model_name, move="change"
    )
    return [line.changes for line in lines.order_by("id")]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_stale_and_comes_after_the_other(huangmenjie, community, subdistrict):
    name, number = {"name": "黉门街社区大党委"}, {"approval_no": "武玉委〔2026〕8号"}
    address, count = {"address": "高升桥路1号"}, {"employees": 41}
    for row, action, first, second in (
        (make_body(place=huangmenjie), change_body, name, number),
        (make_body(place=huangmenjie, kind="office"), change_body, name, {"name": "大党委办公室"}),
        (real_unit(huangmenjie), change_unit, address, count),
        (real_unit(huangmenjie), change_unit, address, {"address": "高升桥路2号"}),
    ):
        word = "body" if isinstance(row, RegionalBody) else "unit"
        works = [
            partial(action, **{word: row}, actor=person.actor, **values)
            for person, values in ((community, first), (subdistrict, second))
        ]
        assert sorted(at_once(*[partial(work, version=1) for work in works])) == ["done", "stale"]
        late = 1 if is_as(row, first) else 0
        assert is_as(row, (first, second)[1 - late])
        with pytest.raises(StaleVersion, match=STALE):
            works[late](version=1)
        works[late](version=2)
        assert is_as(row, {**(first, second)[1 - late], **(first, second)[late]})
        assert row.version == 3
        # The timeline says who replaced what, so that the one before is not lost where both wrote the same field.
        earlier, later = changes_of(row)
        for field in set(first) & set(second):
            assert earlier[field][2] == later[field][1]
            assert later[field][2] == (first, second)[late][field]


def opened(person, row) -> dict:
    """What the form of a row is sent back with, as it was opened."""
    context = person.client.get(f"{row.get_absolute_url()}edit/").context
    values = {name: context["form"][name].value() for name in context["form"].fields}
    kept = {name: value for name, value in values.items() if value is not None and value is not False}
    return {**kept, "version": context["version"]}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["body", "unit"])
def test_the_second_form_shows_what_the_first_one_changed(kind, huangmenjie, community, subdistrict):
    row = make_body(place=huangmenjie) if kind == "body" else real_unit(huangmenjie)
    mine, theirs = (
        ({"approval_no": "武玉委〔2026〕8号"}, {"name": "黉门街社区大党委"})
        if kind == "body"
        else ({"employees": 41}, {"address": "高升桥路1号"})
    )
    address = f"{row.get_absolute_url()}edit/"
    first, second = opened(community, row), opened(subdistrict, row)
    saved = community.client.post(address, {**first, **theirs})
    assert saved.status_code == 302, saved.context["form"].errors
    refused = subdistrict.client.post(address, {**second, **mine})
    words = refused.content.decode()
    assert refused.status_code == 409
    assert "您填写期间，别人改过这条记录" in words
    assert [conflict.theirs for conflict in refused.context["conflicts"]] == [*theirs.values()]
    assert is_as(row, theirs)
    again = {**second, **mine, **theirs, "version": refused.context["version"]}
    assert subdistrict.client.post(address, again).status_code == 302
    assert is_as(row, {**mine, **theirs})
    # The same field: what the second one typed stands beside what the first one saved, then replaces it.
    last = opened(subdistrict, row)
    field = next(iter(theirs))
    community.client.post(address, {**opened(community, row), field: "甲的写法"})
    refused = subdistrict.client.post(address, {**last, field: "乙的写法"})
    (conflict,) = refused.context["conflicts"]
    assert (refused.status_code, conflict.mine, conflict.theirs) == (409, "乙的写法", "甲的写法")
    subdistrict.client.post(address, {**last, field: "乙的写法", "version": refused.context["version"]})
    assert is_as(row, {field: "乙的写法"})


@pytest.mark.django_db(transaction=True)
def test_of_two_secretaries_seated_at_once_one_is_in_office(huangmenjie, community, subdistrict):
    body = make_body(place=huangmenjie)
    works = [
        partial(
            seat_person, body=body, named=Named(name=name), post="secretary", from_on=date(2026, 3, 2), actor=who.actor
        )
        for name, who in (("刘某", community), ("杨某", subdistrict)) * 2
    ]  # fmt: skip
    assert Counter(at_once(*works)) == {"done": 1, "seat_one_secretary": 3}
    seat = BodySeat.objects.get()
    lines = HistoryEntry.objects.filter(about_id=body.pk, move="seat")
    assert [line.note for line in lines] == [f"{seat.person}任书记，自2026-03-02起。"]
