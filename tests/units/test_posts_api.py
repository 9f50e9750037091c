"""REST of posts in bodies: read like the rosters, written by the same actions, which refuse the same things."""

import pytest

from tests.factories.bodies import make_body, make_member, make_person, make_seat
from tests.factories.units import make_unit
from tests.rest import Rest, error, key_of
from units.models import BodyMember, BodySeat, Person, Representative

pytestmark = pytest.mark.django_db
SEATS, MEMBERS, REPRESENTATIVES = "/api/v1/body-seats/", "/api/v1/body-members/", "/api/v1/representatives/"
DAY = "2026-03-02"


@pytest.fixture
def committee(huangmenjie):
    return make_body(place=huangmenjie)


@pytest.fixture
def meeting(huangmenjie):
    return make_body(place=huangmenjie, kind="joint_meeting")


class TestSeats:
    def test_seated_and_relieved_with_the_refusals_of_the_page(
        self, committee, meeting, unit, community, stranger
    ):
        rest = Rest(key_of(community))
        wanted = {
            "body": committee.pk,
            "name": "王某某",
            "post": "secretary",
            "from_on": DAY,
            "phone": "13800001234",
        }
        made = rest.post(SEATS, wanted, idempotency_key="one")
        again = rest.post(SEATS, wanted, idempotency_key="one")
        assert (made.status_code, again.json()) == (201, made.json())
        seat = BodySeat.objects.get()
        assert made.json()["person"] == {"id": seat.person_id, "name": "王某某", "duty": ""}
        assert "13800001234" not in made.content.decode()
        second = rest.post(SEATS, {**wanted, "name": "李某某"})
        assert error(second) == (409, "client_error", "seat_one_secretary", "post")
        part_time = {**wanted, "name": "张某某", "post": "part_time"}
        assert error(rest.post(SEATS, part_time))[2:] == ("unit_required", "from_unit")
        outside = rest.post(SEATS, {**part_time, "from_unit": unit.pk})
        assert error(outside) == (409, "client_error", "not_a_member_unit", "from_unit")
        assert f"“{unit}”在{DAY}不是" in outside.json()["errors"][0]["detail"]
        make_member(meeting, unit)
        assert rest.post(SEATS, {**part_time, "from_unit": unit.pk}).json()["from_unit"]["name"] == unit.name
        assert Rest(key_of(stranger)).post(SEATS, {**wanted, "post": "member"}).status_code == 403
        one = f"{SEATS}{seat.pk}/"
        tag = rest.get(one)["ETag"]
        early = rest.post(f"{one}end/", {"on": "2026-03-01", "reason": "调动"})
        assert error(early) == (400, "validation_error", "dates_out_of_order", "on")
        ended = rest.post(f"{one}end/", {"on": "2026-06-01", "reason": "调动"}, if_match=tag)
        assert (ended.json()["to_on"], ended.json()["end_reason"]) == ("2026-06-01", "调动")
        stale = rest.post(f"{one}end/", {"on": "2026-07-01", "reason": "调动"}, if_match=tag)
        assert error(stale)[0] == 412
        assert error(rest.post(f"{one}end/", {"on": "2026-07-01", "reason": "调动"}))[2] == "ended_already"
        past = rest.get(f"{SEATS}?body={committee.pk}&current=false").json()["results"]
        assert [row["id"] for row in past] == [seat.pk]

    def test_only_people_the_form_offers_are_named_by_number(self, committee, huangmenjie, jinyan, community):
        near, far = make_person(place=huangmenjie), make_person(place=jinyan)
        rest = Rest(key_of(community))
        wanted = {"body": committee.pk, "post": "member", "from_on": DAY}
        assert error(rest.post(SEATS, {**wanted, "person": far.pk})) == (
            400, "validation_error", "unknown", "person",
        )  # fmt: skip
        assert rest.post(SEATS, {**wanted, "person": near.pk}).json()["person"]["id"] == near.pk
        assert error(rest.post(SEATS, wanted))[2:] == ("person_required", "name")
        assert error(rest.post(SEATS, {**wanted, "body": 2**62, "name": "某"}))[2:] == ("unknown", "body")

    @pytest.mark.parametrize("query", ["body=0", "body=x", "post=king", "current=2", f"body={10**30}"])
    def test_what_it_does_not_know_is_refused(self, community, query):
        assert Rest(key_of(community)).get(f"{SEATS}?{query}").status_code == 400


class TestMembers:
    def test_a_unit_joins_changes_its_people_and_leaves(
        self, meeting, committee, unit, other_unit, community, liaison
    ):
        rest = Rest(key_of(community))
        wanted = {
            "body": meeting.pk,
            "unit": unit.pk,
            "kind": "enterprise",
            "from_on": DAY,
            "leader": {"name": "周某"},
        }
        made = rest.post(MEMBERS, wanted).json()
        assert (made["leader"]["name"], made["liaison"]) == ("周某", None)
        assert error(rest.post(MEMBERS, wanted))[2:] == ("body_member_once", "unit")
        wrong = {**wanted, "body": committee.pk, "unit": other_unit.pk}
        assert error(rest.post(MEMBERS, wrong))[2] == "not_a_joint_meeting"
        one, own = f"{MEMBERS}{made['id']}/", Rest(key_of(liaison))
        tag = own.get(one)["ETag"]
        changed = own.patch(one, {"liaison": {"name": "吴某", "duty": "办公室主任"}}, if_match=tag).json()
        # Whoever is left out stays.
        assert (changed["leader"]["name"], changed["liaison"]["duty"]) == ("周某", "办公室主任")
        assert own.patch(one, {"liaison": None}, if_match=tag).status_code == 412
        assert own.patch(one, {"leader": None}).json()["leader"] is None
        known = Person.objects.get(name="周某")
        assert own.patch(one, {"leader": {"person": known.pk}}).json()["leader"]["id"] == known.pk
        elsewhere = make_person(place=other_unit.place)
        assert error(own.patch(one, {"leader": {"person": elsewhere.pk}}))[2:] == ("unknown", "leader")
        assert own.post(MEMBERS, {**wanted, "unit": other_unit.pk}).status_code == 403
        assert own.post(f"{one}end/", {"on": "2026-06-01", "reason": "注销"}).status_code == 403
        seat = make_seat(committee, post="part_time", from_unit=unit)
        held = rest.post(f"{one}end/", {"on": "2026-06-01", "reason": "注销"})
        assert error(held) == (409, "client_error", "part_time_in_office", None)
        seat.delete()
        assert rest.post(f"{one}end/", {"on": "2026-06-01", "reason": "注销"}).json()["to_on"] == "2026-06-01"
        assert BodyMember.objects.filter(to_on=None).count() == 0


class TestRepresentatives:
    def test_registered_once_and_ended(self, huangmenjie, committee, unit, community, liaison):
        assembly = make_body(place=huangmenjie, kind="assembly")
        rest = Rest(key_of(community))
        wanted = {
            "body": assembly.pk, "name": "郑某", "kind": "unit", "produced_by": "elected", "from_on": DAY, "unit": unit.pk,
            "constituency": "第一片区", "is_woman": True,
        }  # fmt: skip
        made = rest.post(REPRESENTATIVES, wanted).json()
        assert (made["kind_display"], made["unit"]["id"], made["is_woman"]) == ("驻区单位代表", unit.pk, True)
        assert error(rest.post(REPRESENTATIVES, wanted))[2:] == ("representative_once", "person")
        nowhere = {**wanted, "name": "冯某", "unit": None}
        assert error(rest.post(REPRESENTATIVES, nowhere))[2:] == ("unit_required", "unit")
        wrong = {**wanted, "body": committee.pk}
        assert error(rest.post(REPRESENTATIVES, wrong))[2] == "not_an_assembly"
        assert Rest(key_of(liaison)).post(REPRESENTATIVES, wanted).status_code == 403
        ended = rest.post(f"{REPRESENTATIVES}{made['id']}/end/", {"on": "2026-06-01", "reason": "调离"})
        assert ended.json()["to_on"] == "2026-06-01"
        assert Representative.objects.filter(to_on=None).count() == 0
        assert rest.get(f"{REPRESENTATIVES}?body={assembly.pk}&current=true").json()["count"] == 0


def test_gaps_are_those_of_the_page(huangmenjie, district):
    make_body(place=huangmenjie, kind="office")
    rest = Rest(key_of(district))
    rows = rest.get("/api/v1/structure-gaps/?place=510107005008").json()["results"]
    assert [(row["code"], row["has_office"], row["has_committee"]) for row in rows] == [
        (huangmenjie.code, True, False)
    ]
    count = district.client.get("/units/organization/gaps/").context["count"]
    assert rest.get("/api/v1/structure-gaps/").json()["count"] == count
    assert (
        rest.get("/api/v1/structure-gaps/?on=2023-01-01&place=510107005008&missing=office").json()["count"]
        == 1
    )
    assert rest.get("/api/v1/structure-gaps/?on=2999-01-01").status_code == 400


def test_one_row_costs_as_much_as_three(
    meeting, committee, huangmenjie, community, django_assert_num_queries
):
    rest = Rest(key_of(community))
    for number in (1, 3):
        while BodySeat.objects.count() < number:
            make_seat(committee)
            make_member(meeting, make_unit(place=huangmenjie))
        for address in (SEATS, MEMBERS):
            rest.get(address)
            with django_assert_num_queries(2):
                assert rest.get(address).json()["count"] == number
