"""Points over REST: same rules, same sentences, append-only ledger; and the two indicators."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from core.clock import today
from core.indicators import get_indicator
from projects.actions.records import reverse_record, verify_record
from projects.models import PointsCard, PointsEntry
from projects.queries.points import stated_and_recorded
from tests.factories.projects_points import (
    earn,
    make_card,
    make_record,
    make_redemption,
    make_reward,
    make_tariff,
)
from tests.factories.projects_sessions import make_session, make_working_claim
from tests.rest import Rest, error, key_of
from units.indicators.territory import By, read_territory

pytestmark = pytest.mark.django_db
URL = "/api/v1/points/"


@pytest.fixture
def card(huangmenjie, unit) -> PointsCard:
    make_tariff()
    return make_card(place=huangmenjie, points=12, name="王某某", phone="13812341234", unit=unit)


def test_the_ledger_is_read_only_and_scoped(card, community, stranger, liaison):
    for person, count in ((community, 1), (liaison, 1), (stranger, 0)):
        assert Rest(key_of(person)).get(f"{URL}entries/").json()["count"] == count
    rest = Rest(key_of(community))
    entry = rest.get(f"{URL}entries/?kind=service&card={card.number}").json()["results"][0]
    assert (entry["delta"], entry["hours"], entry["kind_display"]) == ("12.0", "12.0", "志愿服务")
    assert rest.post(f"{URL}entries/", {}).status_code == 405
    assert rest.patch(f"{URL}entries/{entry['id']}/", {"delta": 99}).status_code == 405
    assert Rest().get(f"{URL}entries/").status_code == 401
    assert error(rest.get(f"{URL}cards/?ordering=balance"))[0] == 400
    assert rest.get(f"{URL}entries/?place=510107").json()["count"] == 1
    assert rest.get(f"{URL}entries/?place=510107009").json()["count"] == 0
    assert error(rest.get(f"{URL}entries/?place=nowhere"))[0] == 400
    shown = rest.get(f"{URL}cards/{card.pk}/").json()
    assert (shown["phone"], shown["balance"]) == ("138****1234", "12.0")
    assert Rest(key_of(stranger)).get(f"{URL}cards/{card.pk}/").status_code == 404


def test_a_record_is_entered_by_one_and_verified_by_another(card, liaison, community, stranger):
    body = {"card": card.number, "served_on": str(today() - timedelta(days=1)), "starts": "09:00", "ends": "11:00",
            "kind": "elderly", "content": "陪同就医"}  # fmt: skip
    unit_side, staff = Rest(key_of(liaison)), Rest(key_of(community))
    made = unit_side.post(f"{URL}records/", body, idempotency_key="one")
    assert made.status_code == 201
    assert unit_side.post(f"{URL}records/", body, idempotency_key="one").json() == made.json()
    assert (made.json()["status"], made.json()["hours"], made.json()["moves"]) == ("pending", "2.0", [])
    again = unit_side.post(f"{URL}records/", body)
    assert error(again) == (409, "client_error", "record_no_overlap", "starts")
    assert error(unit_side.post(f"{URL}records/", {**body, "ends": "15:00"}))[2:] == ("session_cap", "hours")
    assert error(unit_side.post(f"{URL}records/", {**body, "card": "JF-0"}))[2:] == ("unknown_card", "card")
    address = f"{URL}records/{made.json()['id']}/"
    assert unit_side.post(f"{address}verify/").status_code == 403
    assert Rest(key_of(stranger)).post(f"{address}verify/").status_code == 404
    assert staff.post(f"{address}verify/").json()["status"] == "valid"
    assert error(staff.post(f"{address}verify/"))[:3] == (409, "client_error", "wrong_state")


def test_redeeming_and_cancelling(card, community, huangmenjie, liaison):
    reward = make_reward(place=huangmenjie, stock=1)
    rest, body = Rest(key_of(community)), {"card": card.number, "reward": reward.pk, "tail": "1234"}
    assert error(rest.post(f"{URL}redemptions/", {**body, "tail": ""}))[2:] == ("wrong_tail", "tail")
    assert Rest().get(f"{URL}rewards/").json()["results"][0]["stock"] == 1
    made = rest.post(f"{URL}redemptions/", body)
    assert (made.status_code, made.json()["status"]) == (201, "reserved")
    assert error(rest.post(f"{URL}redemptions/", body)) == (409, "client_error", "quarter_limit", "reward")
    assert Rest(key_of(liaison)).post(f"{URL}redemptions/", body).status_code == 403
    address = f"{URL}redemptions/{made.json()['id']}/cancel/"
    assert error(rest.post(address))[2:] == ("note_required", "note")
    assert rest.post(address, {"note": "不要了"}).json()["status"] == "cancelled"
    nameless = {"name": "李某", "place": "510107005008"}
    assert error(rest.post(f"{URL}cards/", nameless))[2:] == ("phone_required", "phone")
    issued = rest.post(f"{URL}cards/", {**nameless, "phone": "028-8555 1234"})
    assert (issued.status_code, issued.json()["number"]) == (201, "JF-510107005-000001")
    assert error(rest.post(f"{URL}cards/", {"name": "李某", "place": "x"}))[2:] == ("unknown_place", "place")


class TestIndicators:
    def test_hours_and_people_of_a_period(self, card, huangmenjie, jinyan, yulin, community, subdistrict):
        november, october = date(2026, 11, 3), date(2026, 10, 3)
        earn(card, Decimal("1.5"), on=november)
        earn(card, 2, on=date(2026, 11, 30))
        elsewhere = make_record(card=card, on=november, hour=15, place=jinyan)
        verify_record(record=elsewhere, actor=district_actor(jinyan))
        undone = make_record(card=make_card(place=huangmenjie), on=november)
        verify_record(record=undone, actor=community.actor)
        earn(make_card(place=huangmenjie), 3, on=october)
        earn(make_card(place=huangmenjie, holder="team", name="义剪队"), 3, on=october)
        earn(make_card(place=huangmenjie, holder="unit", unit=card.unit), 2, on=november)
        make_redemption(card=card, reward=make_reward(place=huangmenjie))
        first, last = date(2026, 11, 1), date(2026, 11, 30)
        hours, people = get_indicator("VOL-HOURS"), get_indicator("VOL-PEOPLE")
        district = read_territory("510107", By.SUBDISTRICT)
        assert hours.count(district, first, last).total.numerator == 450
        assert people.count(district, first, last).total.numerator == 2
        reverse_record(record=undone, note="查实未参加", actor=subdistrict.actor)
        counted = hours.count(district, first, last)
        by_place = {place.code: figure.numerator for place, figure in counted.rows if figure.numerator}
        assert (counted.total.numerator, by_place) == (330, {"510107005": 210, "510107009": 120})
        assert sum(entry.hours for entry in hours.members("numerator", district, first, last)) * 60 == 330
        assert list(people.members("numerator", district, first, last)) == [card]
        assert people.count(district, first, last).total.numerator == 1
        october_figure = hours.count(read_territory("510107005008"), october, date(2026, 10, 31))
        assert october_figure.total.numerator == 180
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sum(r.hours) * 60 FROM projects_volunteerrecord r JOIN projects_pointscard c ON c.id = r.card_id"
                " WHERE c.holder = 'person' AND r.status = 'valid'"
                " AND (r.starts_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %s AND %s", [first, last],
            )  # fmt: skip
            assert cursor.fetchone()[0] == 330

    def test_sessions_state_hours_that_persons_have_not_recorded(self, card, huangmenjie, unit, community):
        claim = make_working_claim(place=huangmenjie, unit=unit)
        day = {"held_on": date(2026, 11, 3), "volunteers": 4}
        session = make_session(claim=claim, status="confirmed", volunteer_hours=8, starts_at=time(9), **day)
        make_session(claim=claim, volunteer_hours=99, starts_at=time(14), **day)
        for number, fields in enumerate(({"session": session}, {"session": session, "holder": "team"}, {})):
            owner = make_card(place=huangmenjie, holder=fields.pop("holder", "person"))
            make_record(card=owner, on=day["held_on"], hour=8 + number, status="valid", **fields)
        found = stated_and_recorded("510107005", date(2026, 11, 1), date(2026, 11, 30))
        assert (found.stated, found.recorded, found.of_sessions, found.missing) == (8, 4, 2, 6)
        page = community.client.get("/projects/sessions/figures/?year=2026&place=510107005").content.decode()
        for hours in ("8.0", "4.0", "6.0"):
            assert f'data-label="小时">{hours}</td>' in page
        catalogue = {
            one["id"]: one["unit"] for one in Rest().get("/api/v1/statistics/indicators/").json()["results"]
        }
        assert catalogue["VOL-HOURS"] == "分钟"

    def test_over_rest_and_its_rows_add_up(self, card, community):
        earn(card, 2, on=date(2026, 11, 3))
        rest = Rest(key_of(community))
        for name, number in (("VOL-HOURS", 120), ("VOL-PEOPLE", 1)):
            body = rest.get(
                f"/api/v1/statistics/indicators/{name}/?place=510107005&period=2026-11&by=community"
            ).json()
            assert body["total"]["numerator"] == number
            assert sum(row["numerator"] for row in body["rows"]) == number
        listed = rest.get(
            f"{URL}entries/?counts_hours=true&occurred_on_after=2026-11-01&occurred_on_before=2026-11-30"
        )
        assert [row["hours"] for row in listed.json()["results"]] == ["2.0"]
        assert PointsEntry.objects.count() == 2


def district_actor(place):
    """Somebody of another community's staff."""
    from core.actor import Actor

    return Actor(user_id=None, name="孙某", role="community", place_code=place.code, label="孙某")
