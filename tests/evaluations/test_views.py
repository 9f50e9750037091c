"""The pages of visits: scope, the record form, one tap of the liaison, lists that ask the same number of queries."""

from datetime import date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.periods import Month
from evaluations.models import MonthlyVisit, VisitAssignment
from tests.factories.evaluations import make_assignment, make_visit
from tests.factories.units import make_unit

NOVEMBER = Month(2026, 11)
FORM = {
    "visited_on": "2026-11-18",
    "mode": "on_site",
    "met": "张经理",
    "summary": "停车紧张",
    "promise": "",
    "promise_due_on": "",
}


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield


@pytest.fixture
def visit(unit, community):
    return make_visit(unit=unit, visitor=community.user, month=NOVEMBER)


@pytest.fixture
def elsewhere(other_unit, stranger):
    return make_visit(unit=other_unit, visitor=stranger.user, month=NOVEMBER)


def text_of(response) -> str:
    return response.content.decode()


def test_each_sees_the_visits_of_the_own_place_or_unit(
    visit, elsewhere, district, subdistrict, community, liaison, stranger
):
    seen = {
        person.user.username: {
            name
            for name in (visit.unit.name, elsewhere.unit.name)
            if name in text_of(person.client.get("/evaluations/visits/"))
        }
        for person in (district, subdistrict, community, liaison, stranger)
    }
    mine, others = visit.unit.name, elsewhere.unit.name
    assert seen == {
        "district": {mine, others}, "subdistrict": {mine}, "community": {mine}, "liaison": {mine}, "stranger": {others},
    }  # fmt: skip


def test_the_list_tells_the_rate_of_what_is_filtered(unit, community, huangmenjie, subdistrict):
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER, status="confirmed")
    for status in ("planned", "recorded", "exempt"):
        make_visit(unit=make_unit(place=huangmenjie), visitor=community.user, month=NOVEMBER, status=status)
    make_visit(unit=unit, visitor=community.user, month=Month(2026, 10))
    text = text_of(subdistrict.client.get("/evaluations/visits/?month=2026-11"))
    assert "应访 3，免访 1" in text
    assert "走访率 33.3%（已确认 1）" in text
    assert "走访率 0.0%（已确认 0）" in text_of(subdistrict.client.get("/evaluations/visits/?status=overdue"))


@pytest.mark.parametrize(
    "query", ["month=2026-13", "status=nonsense", "place=510107009", "visitor=999999", "colour=red", "page=0"]
)
def test_a_filter_that_makes_no_sense_is_refused(query, visit, subdistrict):
    assert subdistrict.client.get(f"/evaluations/visits/?{query}").status_code == 400


def test_the_export_holds_what_was_said(unit, community, subdistrict):
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER, status="confirmed", promise="答复停车")
    response = subdistrict.client.get("/evaluations/visits/?month=2026-11&format=xlsx")
    rows = list(
        openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content))).active.iter_rows(
            values_only=True
        )
    )
    assert any({unit.name, "谈了停车。", "答复停车", "对方已确认"} <= set(row) for row in rows)


def test_the_visitor_records_on_the_phone_and_the_liaison_confirms_with_one_tap(visit, community, liaison):
    page = community.client.get(f"/evaluations/visits/{visit.pk}/record/")
    assert page.status_code == 200
    assert 'value="2026-11-23"' in text_of(page)
    version = page.context["version"]
    answer = community.client.post(f"/evaluations/visits/{visit.pk}/record/", {**FORM, "version": version})
    assert answer.status_code == 302
    assert answer.url == f"/evaluations/visits/{visit.pk}/"
    text = text_of(liaison.client.get(answer.url))
    assert "情况属实" in text
    assert "有异议" in text
    assert liaison.client.post(f"/evaluations/visits/{visit.pk}/confirm/", {"next": "/"}).url == "/"
    visit.refresh_from_db()
    assert visit.status == "confirmed"


def test_a_refused_record_keeps_what_was_typed(visit, community):
    version = community.client.get(f"/evaluations/visits/{visit.pk}/record/").context["version"]
    form = {**FORM, "visited_on": "2026-10-30", "version": version}
    answer = community.client.post(f"/evaluations/visits/{visit.pk}/record/", form)
    text = text_of(answer)
    assert answer.status_code == 400
    assert "走访日期要在2026年11月内" in text
    assert "停车紧张" in text


def test_a_visit_that_was_recorded_meanwhile_is_shown_not_overwritten(visit, community):
    version = community.client.get(f"/evaluations/visits/{visit.pk}/record/").context["version"]
    community.client.post(f"/evaluations/visits/{visit.pk}/record/", {**FORM, "version": version})
    answer = community.client.post(
        f"/evaluations/visits/{visit.pk}/record/", {**FORM, "summary": "另一句话", "version": version}
    )
    text = text_of(answer)
    assert answer.status_code == 409
    assert "停车紧张" in text
    assert "另一句话" in text
    visit.refresh_from_db()
    assert visit.summary == "停车紧张"


def test_a_confirmed_visit_has_no_record_form(visit, community):
    MonthlyVisit.objects.update(status="confirmed", visited_on=date(2026, 11, 18))
    assert (
        community.client.get(f"/evaluations/visits/{visit.pk}/record/").url
        == f"/evaluations/visits/{visit.pk}/"
    )


def test_a_dispute_without_a_sentence_is_refused_in_words(visit, liaison):
    MonthlyVisit.objects.update(status="recorded", visited_on=date(2026, 11, 18))
    answer = liaison.client.post(f"/evaluations/visits/{visit.pk}/dispute/", {"note": ""}, follow=True)
    assert "请填写哪里不符。" in text_of(answer)


@pytest.mark.parametrize("address", ["", "record/"])
def test_a_foreign_visit_is_not_found(address, visit, stranger):
    assert stranger.client.get(f"/evaluations/visits/{visit.pk}/{address}").status_code == 404


@pytest.mark.parametrize("move", ["confirm", "dispute", "exempt", "record"])
def test_a_foreign_visit_is_not_moved(move, visit, stranger, other_liaison):
    for person in (stranger, other_liaison):
        assert person.client.post(f"/evaluations/visits/{visit.pk}/{move}/", {"note": "x"}).status_code in {
            403,
            404,
        }
    visit.refresh_from_db()
    assert visit.status == "planned"


def test_an_unknown_move_is_refused_in_words(visit, community):
    assert "没有这个操作。" in text_of(
        community.client.post(f"/evaluations/visits/{visit.pk}/fly/", follow=True)
    )


def test_the_subdistrict_assigns_by_the_units_name(unit, community, subdistrict):
    page = subdistrict.client.get("/evaluations/assignments/new/")
    assert f'<option value="{unit.name}">' in text_of(page)
    form = {"unit": "安和物业", "visitor": community.user.pk, "cadence": "monthly", "from_on": "2026-11-23"}
    assert subdistrict.client.post("/evaluations/assignments/new/", form).url == "/evaluations/assignments/"
    assert VisitAssignment.objects.get().visitor == community.user
    assert unit.name in text_of(subdistrict.client.get("/evaluations/assignments/?state=now"))


def test_a_unit_elsewhere_is_not_found_by_its_name(other_unit, community, subdistrict):
    form = {
        "unit": other_unit.name,
        "visitor": community.user.pk,
        "cadence": "monthly",
        "from_on": "2026-11-23",
    }
    answer = subdistrict.client.post("/evaluations/assignments/new/", form)
    assert answer.status_code == 422
    assert "在您的辖区内没有找到这个单位" in text_of(answer)


def test_the_running_assignment_is_shown_and_ended(unit, community, subdistrict):
    row = make_assignment(unit=unit, visitor=community.user)
    text = text_of(subdistrict.client.get(f"/evaluations/assignments/new/?unit={unit.pk}"))
    assert "成都安和物业服务有限公司由赵某走访，每月" in text
    subdistrict.client.post(f"/evaluations/assignments/{row.pk}/end/")
    row.refresh_from_db()
    assert row.to_on == date(2026, 11, 23)


@pytest.mark.parametrize("who", ["community", "liaison"])
def test_only_the_subdistrict_and_the_district_assign(who, request):
    assert request.getfixturevalue(who).client.get("/evaluations/assignments/new/").status_code == 403


@pytest.mark.parametrize("address", ["/evaluations/visits/", "/evaluations/assignments/"])
def test_lists_ask_the_same_number_of_queries_with_one_row_and_with_three(
    address, unit, community, huangmenjie, subdistrict
):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert subdistrict.client.get(address).status_code == 200
        return len(captured)

    make_visit(unit=unit, visitor=community.user, month=NOVEMBER)
    make_assignment(unit=unit, visitor=community.user)
    queries()
    with_one = queries()
    for _ in range(2):
        more = make_unit(place=huangmenjie)
        make_visit(unit=more, visitor=community.user, month=NOVEMBER)
        make_assignment(unit=more, visitor=community.user)
    assert queries() == with_one
