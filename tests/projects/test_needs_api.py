"""`/needs/`, `/resources/` and `/bookings/` over REST: what anybody reads, and the same refusals as on the pages."""

from datetime import timedelta

import pytest

from core.clock import today
from core.indicators import get_indicator
from projects.models import Need, Project
from tests.factories.projects import make_project
from tests.factories.projects_lists import make_booking, make_need, make_resource
from tests.rest import Rest, error, key_of
from units.indicators.territory import By, read_territory

pytestmark = pytest.mark.django_db
NEEDS, RESOURCES, BOOKINGS = "/api/v1/needs/", "/api/v1/resources/", "/api/v1/bookings/"
PHONE = "13812341234"


class TestReading:
    def test_what_anybody_reads(self, huangmenjie, unit):
        need = make_need(place=huangmenjie, description="细节", reporter_name="钱某某", reporter_phone=PHONE)
        make_need(place=huangmenjie, status="collected")
        resource = make_resource(unit=unit, contact="张某", hours={1: ("09:00", "12:00")})
        make_resource(unit=unit, status="paused")
        body = Rest().get(NEEDS).json()
        assert [row["id"] for row in body["results"]] == [need.pk]
        assert set(body["results"][0]) == {
            "id", "number", "title", "side", "side_display", "place", "domain", "domain_display", "urgency",
            "urgency_display", "beneficiaries", "raised_on", "status", "status_display",
        }  # fmt: skip
        assert "description" not in Rest().get(f"{NEEDS}{need.pk}/").json()
        shown = Rest().get(RESOURCES).json()["results"]
        assert [(row["id"], "contact" in row) for row in shown] == [(resource.pk, False)]
        assert Rest().get(BOOKINGS).status_code == 401

    def test_names_and_phones_are_masked_for_every_reader(self, huangmenjie, community):
        need = make_need(place=huangmenjie, reporter_name="钱某某", reporter_phone=PHONE)
        rest = Rest(key_of(community))
        for path in (NEEDS, f"{NEEDS}{need.pk}/", f"{NEEDS}?format=csv"):
            answer = rest.get(path)
            body = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
            assert ("138****1234" in body, PHONE in body, "钱某某" in body) == (True, False, False)

    def test_filters_are_the_pages_and_unknown_ones_are_refused(self, huangmenjie, unit, community, stranger):
        make_need(place=huangmenjie, domain="law")
        resource = make_resource(unit=unit, hours={2: ("09:00", "12:00")})
        booking = make_booking(resource=resource, place=huangmenjie)
        rest = Rest(key_of(community))
        for query, count in (
            (f"{NEEDS}?domain=law&place=510107005", 1), (f"{NEEDS}?late=true", 0), (f"{RESOURCES}?unit={unit.pk}", 1),
            (f"{RESOURCES}?bookable=false", 0), (f"{BOOKINGS}?resource={resource.pk}&status=requested", 1),
            (f"{BOOKINGS}?on_after=2099-01-01", 0),
        ):  # fmt: skip
            assert rest.get(query).json()["count"] == count, query
        for query in (
            f"{NEEDS}?status=x",
            f"{NEEDS}?late=maybe",
            f"{RESOURCES}?kind=x",
            f"{BOOKINGS}?colour=red",
        ):
            assert error(rest.get(query))[0] == 400, query
        assert rest.get(f"{RESOURCES}{resource.pk}/").json()["windows"] == [
            {"weekday": 2, "opens_at": "09:00", "closes_at": "12:00"}
        ]
        assert Rest(key_of(stranger)).get(f"{BOOKINGS}{booking.pk}/").status_code == 404


class TestNeeds:
    def test_the_whole_way(self, huangmenjie, community, subdistrict, liaison):
        typed = {"place": huangmenjie.code, "title": "老人学用手机", "domain": "elderly", "beneficiaries": 20}
        unit_side, staff = Rest(key_of(liaison)), Rest(key_of(community))
        created = unit_side.post(NEEDS, typed)
        assert (created.status_code, created.json()["side"], created.json()["moves"]) == (201, "unit", [])
        way = f"{NEEDS}{created.json()['id']}/"
        assert unit_side.patch(way, {"title": "老人学用智能手机"}).json()["title"] == "老人学用智能手机"
        assert {move["name"] for move in staff.get(way).json()["moves"]} == {"verify", "link", "close"}
        assert staff.post(f"{way}verify/").json()["status"] == "verified"
        missing = staff.post(f"{way}convert/", {"term": "short"})
        assert error(missing)[::3] == (400, "start_on")
        start, end = today().isoformat(), (today() + timedelta(days=300)).isoformat()
        drafted = staff.post(
            f"{way}convert/", {"term": "short", "start_on": start, "end_on": end, "claim_due_on": end}
        )
        project = Project.objects.get()
        assert (drafted.status_code, drafted.json()["project"]["id"]) == (200, project.pk)
        assert (project.title, project.origin, project.place) == ("老人学用智能手机", "need", huangmenjie)
        other = make_need(place=huangmenjie)
        joined = staff.post(f"{NEEDS}{other.pk}/convert/", {"project": project.pk})
        assert joined.json()["status"] == "converted"
        assert staff.post(f"{way}resolve/", {"note": "每周三开课"}).json()["status"] == "resolved"

    def test_refusals(self, huangmenjie, community, stranger, liaison):
        rest = Rest(key_of(community))
        typed = {"place": huangmenjie.code, "title": "手机", "domain": "elderly"}
        for changed, attr in (
            ({"place": "9"}, "place"),
            ({"side": "unit"}, "unit"),
            ({"unit": 999_999}, "unit"),
            ({"colour": 1}, "colour"),
        ):
            assert error(rest.post(NEEDS, {**typed, **changed}))[::3] == (400, attr)
        assert Rest(key_of(stranger)).post(NEEDS, typed).status_code == 403
        need = make_need(place=huangmenjie)
        way = f"{NEEDS}{need.pk}"
        assert error(rest.post(f"{way}/verify/"))[:3] == (409, "client_error", "wrong_state")
        assert error(rest.post(f"{way}/close/"))[::3] == (400, "note")
        assert error(rest.post(f"{way}/link/", {"duplicate_of": need.pk}))[::3] == (400, "duplicate_of")
        assert error(rest.post(f"{way}/link/", {"duplicate_of": 999_999}))[::3] == (400, "duplicate_of")
        assert error(rest.post(f"{way}/convert/", {"project": 999_999}))[::3] == (400, "project")
        ended = make_project(place=huangmenjie, status="archived")
        refused = rest.post(f"{way}/convert/", {"project": ended.pk})
        assert error(refused)[:3] == (409, "client_error", "project_ended")
        assert Rest(key_of(liaison)).post(f"{way}/resolve/", {"note": "好了"}).status_code == 403
        original = make_need(place=huangmenjie)
        linked = rest.post(f"{way}/link/", {"duplicate_of": original.pk}).json()
        assert linked["duplicate_of"] == {"id": original.pk, "number": original.number}


class TestResourcesAndBookings:
    def test_offer_book_accept_and_the_second_is_refused_in_the_same_words(
        self, huangmenjie, yulin, unit, liaison, community, subdistrict
    ):
        unit_side, place = Rest(key_of(liaison)), Rest(key_of(community))
        week = [{"weekday": day, "opens_at": "09:00", "closes_at": "21:00"} for day in range(1, 8)]
        typed = {"unit": unit.pk, "title": "会议室", "kind": "venue", "domain": "culture", "windows": week}
        created = unit_side.post(RESOURCES, typed)
        assert (created.status_code, len(created.json()["windows"])) == (201, 7)
        way = f"{RESOURCES}{created.json()['id']}/"
        changed = unit_side.patch(way, {"quantity": "60 人", "windows": week[:6]}).json()
        assert (changed["quantity"], len(changed["windows"])) == ("60 人", 6)
        overlapping = {"windows": [week[0], {**week[0], "opens_at": "10:00"}]}
        assert error(unit_side.patch(way, overlapping))[::3] == (400, "windows")
        assert unit_side.patch(way, {"windows": week}).status_code == 200
        on = today() + timedelta(days=7)
        asked = {
            "resource": created.json()["id"], "starts_at": f"{on}T09:00:00+08:00", "ends_at": f"{on}T11:00:00+08:00",
            "purpose": "健康讲座",
        }  # fmt: skip
        booking = place.post(BOOKINGS, asked)
        assert (booking.status_code, booking.json()["place"]["code"]) == (201, huangmenjie.code)
        rival = Rest(key_of(subdistrict)).post(BOOKINGS, asked)
        assert rival.status_code == 201
        accepted = unit_side.post(f"{BOOKINGS}{booking.json()['id']}/accept/")
        assert accepted.json()["status"] == "accepted"
        refused = unit_side.post(f"{BOOKINGS}{rival.json()['id']}/accept/")
        assert error(refused) == (409, "client_error", "booked", "starts_at")
        assert refused.json()["errors"][0]["detail"] == "这段时间已经有别的预约，请换一个时间。"
        for changed, status, code, attr in (
            ({"starts_at": "0001-01-01"}, 400, "overflow", "starts_at"),
            ({}, 409, "booked", "starts_at"), ({"ends_at": f"{on}T08:00:00+08:00"}, 400, "invalid", "ends_at"),
            ({"starts_at": f"{on}T07:00:00+08:00"}, 409, "closed_then", "starts_at"),
            ({"resource": 999_999}, 400, "unknown_resource", "resource"), ({"need": 999_999}, 400, "unknown_need", "need"),
        ):  # fmt: skip
            answer = error(place.post(BOOKINGS, {**asked, **changed}))
            assert (answer[0], *answer[2:]) == (status, code, attr)
        assert unit_side.post(BOOKINGS, asked).status_code == 403
        assert error(unit_side.post(f"{way}withdraw/", {"note": "装修"}))[2] == "open_bookings"

    def test_feedback_and_into_a_project(self, huangmenjie, unit, community):
        rest = Rest(key_of(community))
        resource = make_resource(unit=unit, title="健康讲座", domain="health")
        booking = make_booking(resource=resource, place=huangmenjie, status="used", on=today())
        way = f"{BOOKINGS}{booking.pk}/give_feedback/"
        assert error(rest.post(way, {"rating": 5}))[::3] == (400, "rating")
        assert error(rest.post(way, {"rating": "dissatisfied"}))[::3] == (400, "note")
        told = rest.post(way, {"rating": "satisfied", "note": "很好"}).json()
        assert (told["rating"], told["rating_display"]) == ("satisfied", "满意")
        assert "satisfied,满意" in b"".join(rest.get(f"{BOOKINGS}?format=csv").streaming_content).decode()
        start, end = today().isoformat(), (today() + timedelta(days=300)).isoformat()
        drafted = rest.post(
            f"{RESOURCES}{resource.pk}/convert/",
            {"term": "long", "start_on": start, "end_on": end, "claim_due_on": end},
        )
        assert (drafted.status_code, Project.objects.get().origin) == (200, "resource")


def test_the_rate_of_converted_needs_opens_into_its_rows(huangmenjie, jinyan):
    make_need(place=huangmenjie)
    make_need(place=huangmenjie, status="converted")
    make_need(place=jinyan, status="resolved", project=make_project(place=jinyan))
    for status in ("collected", "duplicate", "closed"):
        make_need(
            place=huangmenjie,
            status=status,
            **({"duplicate_of": Need.objects.first()} if status == "duplicate" else {}),
        )
    make_need(place=huangmenjie, raised_on=today() - timedelta(days=800))
    rate = get_indicator("PRJ-NEED")
    year = (today().replace(month=1, day=1), today().replace(month=12, day=31))
    territory = read_territory("510107", By.SUBDISTRICT)
    found = rate.count(territory, *year)
    assert (found.total.numerator, found.total.denominator, found.total.rate_display) == (2, 3, "66.7%")
    by_code = {place.code: (figure.numerator, figure.denominator) for place, figure in found.rows}
    assert (by_code["510107005"], by_code["510107009"]) == ((1, 2), (1, 1))
    sizes = [rate.members(cell, territory, *year).count() for cell in ("numerator", "denominator", "missing")]
    assert sizes == [2, 3, 1]
    path = f"/api/v1/statistics/indicators/PRJ-NEED/?period={today().year}"
    assert Rest().get(path).json()["total"]["rate"] == "0.6667"
