"""Pages, rosters, to-dos, reminders and REST of regional bodies, as each of the cast opens them."""

import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.roles import THREE_OFFICERS
from core.telling import due_words
from core.todo import todo_items, waiting_items
from tests.cast import make_person as make_cast
from tests.counting import own_queries
from tests.factories.bodies import (
    make_body,
    make_member,
    make_party_committee,
    make_person,
    make_representative,
    make_seat,
)
from tests.factories.units import make_unit
from tests.rest import Rest, error, key_of
from units.models import BodySeat, RegionalBody, Unit
from units.reminders.terms import term_words
from units.terms import months_after, stage_on

pytestmark = pytest.mark.django_db
LISTS = ("/units/bodies/", "/units/seats/", "/units/members/", "/units/representatives/")


def text(response) -> str:
    return response.content.decode()


def sheet_of(response) -> list[list]:
    content = b"".join(response.streaming_content)
    return [
        list(row) for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    ]


def fill(place, number: int = 1) -> None:
    """A body of each kind with people in it, at some communities of the place."""
    for community in list(place.children.order_by("code"))[:number]:
        unit = make_unit(place=community, is_member=True)
        secretary = make_person(place=community, phone="13800001234")
        make_party_committee(place=community, secretary=secretary)
        make_seat(make_body(place=community), secretary, "secretary")
        make_body(place=community, kind="office")
        make_representative(make_body(place=community, kind="assembly"))
        make_member(make_body(place=community, kind="joint_meeting"), unit, liaison=secretary)


class TestStructure:
    def test_the_tree_shows_what_works_and_what_is_missing(self, huangmenjie, yulin, subdistrict):
        secretary = make_person(place=huangmenjie, name="王某某")
        make_party_committee(place=huangmenjie, secretary=secretary)
        make_seat(make_body(place=huangmenjie), secretary, "secretary")
        page = text(subdistrict.client.get("/units/organization/"))
        assert "玉林街道" in page
        assert "王某某" in page
        assert "一肩挑" in page
        assert f"/units/bodies/new/?place={huangmenjie.code}&amp;kind=office" in page
        assert '1</span> ÷ <span class="num">36' in page

    def test_the_community_sees_its_subdistrict_and_may_fill_only_its_own_gaps(self, huangmenjie, community):
        page = text(community.client.get("/units/organization/"))
        assert f"place={huangmenjie.code}&amp;kind=committee" in page
        assert "place=510107005001&amp;kind=committee" not in page

    def test_a_past_date_shows_the_structure_of_that_day(self, huangmenjie, district):
        make_body(place=huangmenjie, from_on=date(2025, 5, 1), name="黉门街社区大党委")
        before = district.client.get("/units/organization/?place=510107005&on=2025-04-30")
        after = district.client.get("/units/organization/?place=510107005&on=2025-05-01")
        body = RegionalBody.objects.get()
        assert body.get_absolute_url() not in text(before)
        assert body.get_absolute_url() in text(after)

    def test_two_secretaries_are_a_red_flag_until_the_district_says_why(self, huangmenjie, district):
        make_party_committee(place=huangmenjie, secretary=make_person(place=huangmenjie))
        body = make_body(place=huangmenjie)
        make_seat(body, post="secretary")
        address = "/units/organization/?place=510107005"
        assert '<span class="tag late">' in text(district.client.get(address))
        assert "书记不一致</span>" in text(district.client.get(address))
        detail = text(district.client.get(body.get_absolute_url()))
        assert "须由区委组织部说明" in detail
        assert f"/units/bodies/{body.pk}/note/" in detail
        district.client.post(f"/units/bodies/{body.pk}/note/", {"note": "待补选"})
        assert "书记不一致，已说明" in text(district.client.get(address))
        assert "区级说明：待补选" in text(district.client.get(body.get_absolute_url()))

    @pytest.mark.parametrize("query", ["?on=2999-01-01", "?on=abc", "?place=999", "?on=1990-01-01"])
    def test_a_wrong_question_gets_a_sentence(self, query, district):
        assert district.client.get(f"/units/organization/{query}").status_code == 400

    def test_as_many_queries_for_one_community_as_for_three(self, yulin, subdistrict):
        fill(yulin, 1)
        one = own_queries(subdistrict.client, "/units/organization/")
        RegionalBody.objects.all().delete()
        fill(yulin.parent.children.exclude(pk=yulin.pk).first(), 3)
        assert own_queries(subdistrict.client, "/units/organization/") == one

    def test_who_may_look(self, places, liaison):
        assert liaison.client.get("/units/organization/").status_code == 200
        assert Client().get("/units/organization/").status_code == 302
        for role in THREE_OFFICERS:
            assert make_cast(str(role), role).client.get("/units/organization/").status_code == 403


class TestGaps:
    def test_the_list_and_its_sheet_name_what_is_missing(self, huangmenjie, district):
        make_body(place=huangmenjie)
        page = text(district.client.get("/units/organization/gaps/?place=510107005008"))
        assert "区域党员代表会议、区域党委办公室" in page
        rows = sheet_of(district.client.get("/units/organization/gaps/?place=510107005&format=xlsx"))
        assert ["玉林街道黉门街社区", "社区", "区域党员代表会议、区域党委办公室", 2, "武侯区"] in [
            row[:5] for row in rows
        ]

    def test_a_complete_place_is_not_in_it_and_places_of_others_neither(self, huangmenjie, district):
        for kind in RegionalBody.TIERS:
            make_body(place=huangmenjie, kind=kind)
        listed = [row[0] for row in sheet_of(district.client.get("/units/organization/gaps/?format=xlsx"))]
        assert "玉林街道黉门街社区" not in listed
        assert "玉林街道电信路社区" in listed
        assert not any("芳草街" in str(name) for name in listed)
        earlier = sheet_of(district.client.get("/units/organization/gaps/?on=2020-01-01&format=xlsx"))
        assert "玉林街道黉门街社区" in [row[0] for row in earlier]

    def test_a_wrong_day_is_a_sentence(self, district):
        assert district.client.get("/units/organization/gaps/?on=gestern").status_code == 400

    def test_as_many_queries_for_one_row_as_for_three(self, places, district):
        counts = {
            own_queries(district.client, f"/units/organization/gaps/?place={code}")
            for code in ("510107005008", "510107015")
        }
        assert len(counts) == 1


class TestLists:
    @pytest.mark.parametrize("address", LISTS)
    def test_as_many_queries_for_one_row_as_for_three(self, address, yulin, district):
        fill(yulin, 1)
        one = own_queries(district.client, address)
        RegionalBody.objects.all().delete()
        other = yulin.parent.children.exclude(pk=yulin.pk).first()
        fill(other, 3)
        assert own_queries(district.client, address) == one

    @pytest.mark.parametrize("address", LISTS)
    def test_the_sheet_holds_the_rows(self, address, yulin, district):
        fill(yulin, 2)
        rows = sheet_of(district.client.get(f"{address}?format=xlsx"))
        assert len(rows) > 4
        assert district.client.get(f"{address}?format=csv").status_code == 200

    def test_phones_are_whole_only_for_staff_over_the_place(self, yulin, subdistrict, stranger, liaison):
        fill(yulin, 1)
        assert "13800001234" in text(subdistrict.client.get("/units/members/"))
        page = text(stranger.client.get("/units/members/"))
        assert ("138****1234" in page, "13800001234" in page) == (True, False)
        # A unit reads the rosters of its own conferences alone (domain.md §3).
        assert "1234" not in text(liaison.client.get("/units/members/"))
        make_member(
            RegionalBody.objects.get(kind="joint_meeting"), Unit.objects.get(pk=liaison.actor.unit_id)
        )
        page = text(liaison.client.get("/units/members/"))
        assert ("138****1234" in page, "13800001234" in page) == (True, False)

    def test_the_roster_of_one_body(self, huangmenjie, yulin, district):
        body, other = make_body(place=huangmenjie), make_body(place=yulin)
        make_seat(body, make_person(place=huangmenjie, name="王某某"))
        make_seat(other, make_person(place=yulin, name="李某某"))
        address = f"/units/seats/?body={body.pk}&current=true&format=xlsx"
        assert address.replace("&", "&amp;") in text(district.client.get(body.get_absolute_url()))
        names = [row[0] for row in sheet_of(district.client.get(address))]
        assert "王某某" in names
        assert "李某某" not in names
        assert district.client.get("/units/seats/?body=abc").status_code == 400

    def test_filters_of_bodies(self, huangmenjie, yulin, district):
        over = make_body(place=huangmenjie, term_end=today() - timedelta(days=1))
        soon = make_body(place=yulin, term_end=months_after(today(), 5))
        make_seat(soon, make_person(place=yulin), "part_time", from_unit=make_unit(place=huangmenjie))
        found = {
            query: text(district.client.get(f"/units/bodies/?{query}"))
            for query in (
                "term=over",
                "term=soon",
                "part_time=true",
                "level=community",
                "one_secretary=false",
                "kind=office",
            )
        }
        assert [over.name in page for page in found.values()] == [True, False, False, True, True, False]
        assert [soon.name in page for page in found.values()] == [False, True, True, False, True, False]

    def test_the_composition_of_representatives(self, huangmenjie, district):
        assembly = make_body(place=huangmenjie, kind="assembly")
        make_representative(assembly, person=make_person(place=huangmenjie, is_woman=True))
        make_representative(
            assembly, "resident", person=make_person(place=huangmenjie, is_party_member=False)
        )
        page = text(district.client.get("/units/representatives/"))
        assert "占 50.0%" in page
        assert "女性 1 人，占 50.0%" in text(district.client.get(assembly.get_absolute_url()))


class TestForms:
    def test_a_gap_is_filled_from_the_tree_to_the_first_term(self, huangmenjie, community, subdistrict):
        form = community.client.get(f"/units/bodies/new/?place={huangmenjie.code}&kind=office")
        assert form.context["form"].initial == {"place": huangmenjie, "kind": "office"}
        answer = community.client.post(
            "/units/bodies/new/", {"kind": "office", "place": huangmenjie.pk, "name": ""}, follow=True
        )
        body = RegionalBody.objects.get()
        assert "黉门街社区区域党委办公室" in text(answer)
        assert f"/units/bodies/{body.pk}/approve/" not in text(answer)
        subdistrict.client.post(f"/units/bodies/{body.pk}/approve/", {"note": "武玉委〔2026〕8号"})
        page = text(community.client.get(body.get_absolute_url()))
        assert f'href="/units/bodies/{body.pk}/start/"' in page
        answer = community.client.post(
            f"/units/bodies/{body.pk}/start/", {"from_on": "2026-01-05"}, follow=True
        )
        body.refresh_from_db()
        assert (body.status, body.term_end) == ("running", date(2031, 1, 5))
        assert "运行" in text(answer)

    def test_a_seat_is_given_and_ended(self, huangmenjie, community):
        body = make_body(place=huangmenjie)
        typed = {"name": "王某某", "post": "secretary", "from_on": "2026-02-02", "is_party_member": "on"}
        answer = community.client.post(f"/units/bodies/{body.pk}/seats/new/", typed, follow=True)
        assert "王某某" in text(answer)
        refused = community.client.post(f"/units/bodies/{body.pk}/seats/new/", {**typed, "name": "李某某"})
        assert refused.status_code == 409
        assert "现任书记是王某某" in text(refused)
        assert "李某某" in text(refused)
        seat = BodySeat.objects.get()
        answer = community.client.post(
            f"/units/seats/{seat.pk}/end/", {"on": "2026-11-02", "reason": "调离"}, follow=True
        )
        assert "曾经任职" in text(answer)

    def test_a_part_time_member_of_a_stranger_unit_is_refused_beside_the_field(
        self, huangmenjie, places, unit, community
    ):
        body = make_body(place=huangmenjie)
        typed = {"name": "张某某", "post": "part_time", "from_unit": unit.pk, "from_on": "2026-02-02"}
        assert community.client.post(f"/units/bodies/{body.pk}/seats/new/", typed).status_code == 422
        make_member(make_body(place=places["510107"], kind="joint_meeting"), unit)
        assert community.client.post(f"/units/bodies/{body.pk}/seats/new/", typed).status_code == 302

    def test_members_and_their_people(self, places, unit, district, liaison, other_liaison):
        meeting = make_body(place=places["510107"], kind="joint_meeting")
        typed = {"unit": unit.pk, "kind": "enterprise", "from_on": "2026-02-02", "liaison_name": "张某"}
        answer = district.client.post(f"/units/bodies/{meeting.pk}/members/new/", typed, follow=True)
        assert "成都安和物业服务有限公司" in text(answer)
        member = meeting.members.get()
        changed = liaison.client.post(
            f"/units/members/{member.pk}/contacts/", {"liaison_name": "赵某", "leader_name": "周某"}
        )
        assert changed.status_code == 302
        member.refresh_from_db()
        assert (member.leader.name, member.liaison.name) == ("周某", "赵某")
        refused = other_liaison.client.post(f"/units/members/{member.pk}/contacts/", {"liaison_name": "孙某"})
        assert refused.status_code == 404
        answer = district.client.post(
            f"/units/members/{member.pk}/end/", {"on": "2026-11-02", "reason": "迁出"}
        )
        assert answer.status_code == 302

    def test_representatives(self, huangmenjie, community):
        body = make_body(place=huangmenjie, kind="assembly")
        typed = {
            "name": "赵某某",
            "kind": "resident",
            "produced_by": "elected",
            "constituency": "P01",
            "from_on": "2026-02-02",
        }
        answer = community.client.post(f"/units/bodies/{body.pk}/representatives/new/", typed, follow=True)
        assert "P01" in text(answer)
        found = body.representatives.get()
        answer = community.client.post(
            f"/units/representatives/{found.pk}/end/",
            {"on": "2026-11-02", "reason": "迁出", "end_kind": "moved"},
        )
        assert answer.status_code == 302
        found.refresh_from_db()
        assert (found.status, found.end_kind, found.end_reason) == ("ended", "moved", "迁出")

    def test_the_secretary_of_a_party_organization(self, huangmenjie, community, stranger):
        organization = make_party_committee(place=huangmenjie)
        address = f"/units/organizations/{organization.pk}/secretary/"
        assert address in text(community.client.get(organization.get_absolute_url()))
        assert stranger.client.get(address).status_code == 404
        answer = community.client.post(address, {"name": "王某某", "from_on": "2026-02-02"}, follow=True)
        assert "王某某" in text(answer)

    def test_two_edits_at_once_show_both_texts_and_lose_nothing(self, huangmenjie, community, subdistrict):
        body = make_body(place=huangmenjie)
        address = f"/units/bodies/{body.pk}/edit/"
        forms = [person.client.get(address) for person in (community, subdistrict)]
        typed = {"name": body.name, "approval_no": "", "term_start": "2024-03-01", "term_end": "2029-03-01"}
        versions = [form.context["version"] for form in forms]
        community.client.post(address, {**typed, "approval_no": "甲号", "version": versions[0]})
        second = subdistrict.client.post(address, {**typed, "approval_no": "乙号", "version": versions[1]})
        assert second.status_code == 409
        assert "甲号" in text(second)
        body.refresh_from_db()
        assert body.approval_no == "甲号"

    @pytest.mark.parametrize(
        "page", ["edit/", "seats/new/", "members/new/", "representatives/new/", "start/", "re_elected/"]
    )
    def test_readers_open_no_form_and_strangers_save_none(self, page, huangmenjie, liaison, stranger):
        body = make_body(place=huangmenjie, kind="assembly")
        address = f"/units/bodies/{body.pk}/{page}"
        assert liaison.client.get(address).status_code == 403
        typed = {
            "name": "王某某",
            "post": "member",
            "kind": "resident",
            "produced_by": "elected",
            "from_on": "2026-02-02",
        }
        assert stranger.client.post(address, typed).status_code == 404
        body.refresh_from_db()
        assert (body.version, body.seats.count(), body.representatives.count()) == (1, 0, 0)


class TestDue:
    def test_stages(self):
        end = date(2026, 12, 31)
        days = {
            "2026-06-29": None, "2026-06-30": "T-6", "2026-09-30": "T-3", "2026-11-30": "T-1", "2026-12-31": "T-1",
            "2027-01-01": "over",
        }  # fmt: skip
        assert {day: stage_on(date.fromisoformat(day), end) for day in days} == days

    def test_people_hear_each_stage_once_and_above_once_it_is_over(self, huangmenjie):
        make_body(place=huangmenjie, term_end=date(2026, 12, 20))
        near = list(term_words(date(2026, 11, 23)))
        assert [(word.key.rsplit(":", 1)[1], [one.place_code for one in word.to]) for word in near] == [
            ("T-1", ["510107005008"])
        ]
        assert near == list(term_words(date(2026, 11, 23)))
        over = list(term_words(date(2026, 12, 21)))
        assert [one.place_code for one in over[0].to] == ["510107005008", "510107005"]
        assert list(term_words(date(2026, 11, 22))) == []
        assert near[0] in list(due_words(date(2026, 11, 23)))

    def test_party_organizations_are_reminded_too(self, huangmenjie):
        organization = make_party_committee(place=huangmenjie)
        type(organization).objects.update(term_end=date(2027, 2, 1))
        assert [word.about for word in term_words(date(2026, 11, 23))] == [organization]

    def test_to_dos(self, huangmenjie, yulin, community, subdistrict, district):
        planned = make_body(place=huangmenjie, kind="office", status="planned", author=community.user)
        make_body(place=huangmenjie, term_end=today() - timedelta(days=9))
        cast = {"community": community, "subdistrict": subdistrict, "district": district}
        titles = {
            name: {item.title for item in todo_items(person.actor, today())} for name, person in cast.items()
        }
        assert f"批复：{planned}" in titles["subdistrict"]
        assert f"批复：{planned}" not in titles["community"] | titles["district"]
        assert "换届：黉门街社区区域党委" in titles["community"]
        assert "书记不一致：黉门街社区区域党委" in titles["district"]
        assert [item.title for item in waiting_items(community.actor, today())] == [f"上级批复：{planned}"]


class TestRest:
    def test_the_list_and_one_body(self, huangmenjie, yulin, community):
        body = make_body(place=huangmenjie)
        make_seat(body, make_person(place=huangmenjie, name="王某某"), "secretary")
        rest = Rest(key_of(community))
        listed = rest.get("/api/v1/regional-bodies/?place=510107005&kind=committee&status=running").json()
        assert listed["count"] == 1
        assert listed["results"][0]["kind_display"] == "区域党委"
        one = rest.get(f"/api/v1/regional-bodies/{body.pk}/").json()
        assert one["seats"][0]["name"] == "王某某"
        assert [move["name"] for move in one["moves"]] == ["re_elect"]
        assert error(rest.get("/api/v1/regional-bodies/?kind=unknown"))[0] == 400
        assert Rest().get("/api/v1/regional-bodies/").status_code == 401

    def test_set_up_over_rest(self, huangmenjie, community, subdistrict, stranger):
        mine, above = Rest(key_of(community)), Rest(key_of(subdistrict))
        wanted = {"kind": "office", "place": huangmenjie.code}
        created = mine.post("/api/v1/regional-bodies/", wanted)
        assert created.status_code == 201
        address = f"/api/v1/regional-bodies/{created.json()['id']}/"
        assert error(mine.post("/api/v1/regional-bodies/", wanted)) == (
            409, "client_error", "body_one_active_per_kind_and_place", "kind",
        )  # fmt: skip
        assert mine.post(f"{address}approve/", {"note": "文号"}).status_code == 403
        assert above.post(f"{address}approve/", {"note": "武玉委〔2026〕8号"}).json()["status"] == "approved"
        assert mine.post(f"{address}start/", {"from_on": "2026-03-02"}).json()["term_end"] == "2031-03-02"
        assert mine.post(f"{address}start/", {}).status_code == 409
        assert Rest(key_of(stranger)).post("/api/v1/regional-bodies/", wanted).status_code == 403

    def test_a_published_figure_follows_what_was_just_written(self, huangmenjie):
        address = "/api/v1/statistics/indicators/ORG-ONE/?place=510107&by=none"
        secretary = make_person(place=huangmenjie)
        make_party_committee(place=huangmenjie, secretary=secretary)
        body = make_body(place=huangmenjie)
        before = Rest().get(address)
        assert (before.json()["total"]["numerator"], before.json()["total"]["denominator"]) == (0, 1)
        make_seat(body, secretary, "secretary")
        after = Rest().get(address, if_none_match=before["ETag"])
        assert (after.status_code, after.json()["total"]["rate_display"]) == (200, "100%")

    def test_as_many_queries_for_one_row_as_for_three(self, yulin, district):
        rest = Rest(key_of(district))
        counts = []
        for number in (1, 3):
            RegionalBody.objects.all().delete()
            for community in list(yulin.children.order_by("code"))[:number]:
                make_body(place=community)
            rest.get("/api/v1/regional-bodies/")
            with CaptureQueriesContext(connection) as captured:
                assert rest.get("/api/v1/regional-bodies/").json()["count"] == number
            counts.append(len(captured))
        assert counts[0] == counts[1]


def test_the_day_of_chengdu_counts(huangmenjie, district):
    body = make_body(place=huangmenjie, from_on=date(2026, 11, 23))
    moment = datetime(2026, 11, 23, 0, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    with time_machine.travel(moment, tick=False):
        assert RegionalBody.objects.running_on(today()).get() == body
