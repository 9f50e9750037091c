"""The way into a post: seats and representatives by stages, publicity, the next term; what posts never are."""

from datetime import date, timedelta

import pytest
import time_machine

from core.clock import today
from core.errors import NotAllowed, RuleViolation
from core.roles import Role
from core.workdays import add_workdays
from tests.cast import make_person as make_cast
from tests.factories.bodies import (
    SINCE,
    make_body,
    make_member,
    make_person,
    make_representative,
    make_seat,
)
from tests.factories.meetings import make_meeting, make_resolution
from tests.factories.units import make_unit
from tests.rest import Rest, error, key_of
from units.actions.bodies import (
    add_member,
    complete_re_election,
    dissolve_body,
    re_elect_body,
    seat_person,
    seat_representative,
)
from units.actions.people import Named
from units.actions.posts import (
    appoint_seat,
    drop_seat,
    elect_representative,
    link_account,
    propose_seat,
    publicize_representative,
    publicize_seat,
    qualify_representative,
    recommend_representative,
    reject_representative,
)
from units.models import BodySeat, Meeting, RegionalBody, Representative
from units.queries.bodies import representative_of
from units.reminders.bodies import body_words
from units.todo.bodies import todo_items

pytestmark = pytest.mark.django_db


def refused(action, **arguments) -> tuple[str, str | None]:
    """(code, field) of the refusal."""
    with pytest.raises(RuleViolation) as refusal:
        action(**arguments)
    return refusal.value.code, refusal.value.field


@pytest.fixture
def committee(huangmenjie) -> RegionalBody:
    return make_body(place=huangmenjie)


@pytest.fixture
def assembly(huangmenjie) -> RegionalBody:
    return make_body(place=huangmenjie, kind="assembly")


def after_publicity() -> time_machine.travel:
    """The day after a publicity that began today."""
    return time_machine.travel(add_workdays(today(), 5) + timedelta(days=1, hours=6))


class TestNonsense:
    def test_posts_belong_to_kinds_of_bodies(self, committee, assembly, huangmenjie, community):
        given = {"named": Named(name="王某某"), "from_on": today(), "actor": community.actor}
        office = make_body(place=huangmenjie, kind="office")
        meeting = make_body(place=huangmenjie, kind="joint_meeting")
        for body, post, answer in (
            (assembly, "secretary", ("no_posts_here", "post")), (meeting, "member", ("no_posts_here", "post")),
            (office, "secretary", ("wrong_post", "post")), (committee, "director", ("wrong_post", "post")),
        ):  # fmt: skip
            assert refused(seat_person, body=body, post=post, **given) == answer
            proposed = {name: value for name, value in given.items() if name != "from_on"}
            assert refused(propose_seat, body=body, post=post, **proposed) == answer
        page = community.client.get(f"/units/bodies/{committee.pk}/seats/new/").content.decode()
        assert ("兼职委员</option>" in page, "主任</option>" in page) == (True, False)

    def test_nobody_is_in_a_body_before_it_began(self, committee, assembly, community, subdistrict):
        early = {"from_on": date(1950, 1, 1), "named": Named(name="王某某"), "actor": community.actor}
        assert refused(seat_person, body=committee, post="member", **early) == (
            "dates_out_of_order",
            "from_on",
        )
        chosen = {"body": assembly, "kind": "resident", "produced_by": "elected", **early}
        assert refused(seat_representative, **chosen) == ("dates_out_of_order", "from_on")
        chosen["from_on"] = today()
        assert refused(seat_representative, **chosen) == ("constituency_required", "constituency")
        approved = make_body(place=assembly.place, kind="office", status="approved")
        assert refused(seat_person, body=approved, post="director", **{**early, "from_on": today()}) == (
            "not_begun",
            None,
        )

    def test_members_are_units_at_work_under_their_own_kind(self, huangmenjie, community):
        meeting = make_body(place=huangmenjie, kind="joint_meeting")
        unit = make_unit(place=huangmenjie, name="成都某广告有限公司")
        given = {"body": meeting, "unit": unit, "from_on": today(), "actor": community.actor}
        assert refused(add_member, kind="hospital", **given) == ("kind_mismatch", "kind")
        early = {**given, "from_on": date(1950, 1, 1)}
        assert refused(add_member, kind="enterprise", **early) == ("dates_out_of_order", "from_on")
        unit.operating_status = "shell"
        unit.save()
        assert refused(add_member, kind="enterprise", **given) == ("not_operating", "unit")
        hospital = make_unit(place=huangmenjie, name="某医院", category="institution", subcategory="hospital")
        rest = Rest(key_of(community))
        wanted = {"body": meeting.pk, "unit": hospital.pk, "kind": "university", "from_on": str(today())}
        answer = rest.post("/api/v1/body-members/", wanted)
        assert error(answer) == (400, "validation_error", "kind_mismatch", "kind")
        assert "单位类型应为医院" in answer.json()["errors"][0]["detail"]
        assert rest.post("/api/v1/body-members/", {**wanted, "kind": "hospital"}).status_code == 201


def test_a_body_with_open_business_is_not_dissolved(huangmenjie, committee, unit, subdistrict):
    meeting = make_body(place=huangmenjie, kind="joint_meeting")
    make_member(meeting, unit)
    seat = make_seat(committee, make_person(place=huangmenjie, name="周某某"), "part_time", from_unit=unit)
    session = make_meeting(body=meeting, status="notified")
    resolution = make_resolution(make_meeting(body=meeting, status="issued"))
    with pytest.raises(RuleViolation) as refusal:
        dissolve_body(body=meeting, note="合并", actor=subdistrict.actor)
    for words in (
        "1 次会议没有开完",
        "已通知",
        "1 项议定事项没有销号",
        resolution.number,
        "周某某任“黉门街社区区域党委”兼职委员",
    ):
        assert words in refusal.value.message
    seat.delete()
    type(resolution)._base_manager.update(status="closed")
    Meeting._base_manager.filter(pk=session.pk).update(status="cancelled")
    assert dissolve_body(body=meeting, note="合并", actor=subdistrict.actor).status == "dissolved"


class TestSeats:
    def test_proposed_publicized_and_appointed_by_the_level_above(self, committee, community, subdistrict):
        given = {"body": committee, "named": Named(name="王某某"), "actor": community.actor}
        seat = propose_seat(post="secretary", **given)
        assert (seat.status, seat.from_on, BodySeat.objects.effective(today()).count()) == (
            "proposed",
            None,
            0,
        )
        assert refused(propose_seat, post="member", **given) == ("proposed_already", "person")
        with pytest.raises(NotAllowed):
            appoint_seat(seat=seat, actor=community.actor)
        seat = publicize_seat(seat=seat, actor=community.actor)
        assert (seat.publicized_on, seat.publicity_until) == (today(), add_workdays(today(), 5))
        assert refused(appoint_seat, seat=seat, actor=subdistrict.actor) == ("publicity_running", "from_on")
        with after_publicity():
            page = f"/units/seats/{seat.pk}/"
            assert "任职" in subdistrict.client.get(page).content.decode()
            answer = subdistrict.client.post(f"{page}appoint/", {"from_on": ""}, follow=True)
            assert "王某某" in answer.content.decode()
            seat.refresh_from_db()
            assert (seat.status, seat.from_on) == ("serving", today())
            assert refused(
                propose_seat,
                body=committee,
                named=Named(name="李某某"),
                post="secretary",
                actor=community.actor,
            ) == ("seat_one_secretary", "post")

    def test_given_up_with_a_reason_and_nobody_appoints_the_own(self, committee, subdistrict, district):
        seat = propose_seat(
            body=committee, named=Named(name="王某某"), post="member", actor=subdistrict.actor
        )
        with pytest.raises(NotAllowed, match="自己提交"):
            appoint_seat(seat=seat, actor=subdistrict.actor)
        assert refused(drop_seat, seat=seat, note=" ", actor=subdistrict.actor)[0] == "note_required"
        # Without a publicity, which is optional for seats, another person above may appoint at once.
        assert appoint_seat(seat=seat, actor=district.actor).status == "serving"
        assert refused(drop_seat, seat=seat, note="另有安排", actor=subdistrict.actor)[0] == "wrong_state"


class TestRepresentatives:
    def recommend(self, assembly, actor, name="赵某某", **fields):
        return recommend_representative(
            **{
                "body": assembly, "named": Named(name=name), "kind": "resident", "produced_by": "recommended",
                "constituency": "第一网格", "actor": actor, **fields,
            }
        )  # fmt: skip

    def test_recommended_checked_publicized_elected(self, assembly, community, subdistrict):
        one = self.recommend(assembly, community.actor)
        assert (one.status, one.voting_scopes) == ("recommended", ["item", "livelihood"])
        with pytest.raises(NotAllowed, match="自己提交"):
            qualify_representative(representative=one, actor=community.actor)
        assert refused(elect_representative, representative=one, actor=subdistrict.actor)[0] == "wrong_state"
        one = qualify_representative(representative=one, actor=subdistrict.actor)
        one = publicize_representative(representative=one, actor=community.actor)
        assert refused(elect_representative, representative=one, actor=subdistrict.actor) == (
            "publicity_running",
            "from_on",
        )
        with after_publicity():
            one = elect_representative(representative=one, actor=subdistrict.actor)
            assert (one.status, one.from_on) == ("elected", today())

    def test_a_failed_check_has_a_reason_and_ends_it(self, assembly, community, subdistrict):
        one = self.recommend(assembly, community.actor, voting_scopes=["item"])
        assert (
            refused(reject_representative, representative=one, note="", actor=subdistrict.actor)[0]
            == "note_required"
        )
        one = reject_representative(representative=one, note="不在本选区居住", actor=subdistrict.actor)
        assert (one.status, one.available_moves(subdistrict.actor)) == ("rejected", [])
        # Somebody turned down may be recommended anew.
        assert self.recommend(assembly, community.actor).status == "recommended"

    def test_an_account_speaks_while_its_representative_is_in_office(self, assembly, community, huangmenjie):
        person = make_cast("daibiao", Role.REPRESENTATIVE, place=huangmenjie)
        first, second = make_representative(assembly), make_representative(assembly)
        assert not representative_of(person.actor, today()).exists()
        link_account(representative=first, user_id=person.user.pk, actor=community.actor)
        assert representative_of(person.actor, today()).get() == first
        assert refused(
            link_account, representative=second, user_id=person.user.pk, actor=community.actor
        ) == (
            "account_taken",
            "username",
        )
        Representative.objects.filter(pk=first.pk).update(to_on=today(), status="ended")
        assert not representative_of(person.actor, today()).exists()

    def test_over_rest_like_the_pages(self, assembly, community, subdistrict):
        rest, above = Rest(key_of(community)), Rest(key_of(subdistrict))
        wanted = {"body": assembly.pk, "name": "郑某", "kind": "party_member", "produced_by": "elected"}
        refusal = rest.post("/api/v1/recommended-representatives/", wanted)
        assert error(refusal)[2:] == ("constituency_required", "constituency")
        made = rest.post("/api/v1/recommended-representatives/", {**wanted, "constituency": "P01"})
        assert (made.status_code, made.json()["status_display"]) == (201, "推荐")
        one = f"/api/v1/representatives/{made.json()['id']}/"
        assert [row["name"] for row in rest.get(one).json()["moves"]] == ["drop"]
        assert error(rest.post(f"{one}qualify/", {}))[0] == 403
        assert [row["name"] for row in above.get(one).json()["moves"]] == ["qualify", "reject", "drop"]
        assert above.post(f"{one}qualify/", {}).json()["status"] == "qualified"
        assert rest.post(f"{one}publicize/", {}).json()["publicity_until"] == str(add_workdays(today(), 5))
        assert error(above.post(f"{one}elect/", {}))[:3] == (409, "client_error", "publicity_running")
        seat = rest.post(
            "/api/v1/proposed-seats/",
            {"body": make_body(place=assembly.place).pk, "name": "王某", "post": "deputy"},
        ).json()
        assert above.post(f"/api/v1/body-seats/{seat['id']}/appoint/", {}).json()["from_on"] == str(today())


class TestReElection:
    def test_the_old_list_ends_and_the_new_one_begins_in_one_step(self, assembly, community, subdistrict):
        staying, leaving = make_representative(assembly), make_representative(assembly)
        body = re_elect_body(body=assembly, actor=community.actor)
        # Somebody of the old list may be recommended for the next term as well.
        again = TestRepresentatives().recommend(body, community.actor, named=Named(person=leaving.person))
        done = {"body": body, "note": "批复2号", "actor": subdistrict.actor}
        assert refused(complete_re_election, **done)[0] == "publicity_running"
        qualify_representative(representative=again, actor=subdistrict.actor)
        publicize_representative(representative=again, actor=community.actor)
        with after_publicity():
            body = complete_re_election(**done, representatives=[staying])
            rows = assembly.representatives.order_by("pk").values_list(
                "person", "status", "from_on", "to_on", "end_kind"
            )
            assert list(rows) == [
                (staying.person_id, "ended", SINCE, today(), "term"), (leaving.person_id, "ended", SINCE, today(), "term"),
                (leaving.person_id, "elected", today(), None, ""), (staying.person_id, "elected", today(), None, ""),
            ]  # fmt: skip
            assert (body.status, body.term_no) == ("running", 2)

    def test_no_new_list_and_no_secretary_are_refused_and_nothing_changes(
        self, committee, community, subdistrict
    ):
        make_seat(committee, post="secretary")
        member = make_seat(committee)
        body = re_elect_body(body=committee, actor=community.actor)
        done = {"body": body, "note": "批复2号", "actor": subdistrict.actor}
        assert refused(complete_re_election, **done)[0] == "empty_list"
        assert refused(complete_re_election, **done, seats=[member])[0] == "no_secretary"
        body.refresh_from_db()
        assert (body.status, body.seats.held().count()) == ("re_electing", 2)
        page = f"/units/bodies/{body.pk}/re_elected/"
        assert "连任的班子成员" in subdistrict.client.get(page).content.decode()
        rest = Rest(key_of(subdistrict))
        strange = {"note": "批复2号", "seats": [10**6]}
        assert error(rest.post(f"/api/v1/regional-bodies/{body.pk}/re_elected/", strange))[2:] == (
            "unknown",
            "seats",
        )


class TestWhoReads:
    def test_a_unit_reads_its_own_conferences_and_what_is_public(
        self, committee, assembly, huangmenjie, jinyan, unit, liaison, community, stranger
    ):
        meeting, far = (
            make_body(place=huangmenjie, kind="joint_meeting"),
            make_body(place=jinyan, kind="assembly"),
        )
        office = make_body(place=jinyan, kind="office")
        make_seat(make_body(place=jinyan))
        make_seat(office, post="director")
        make_representative(far)
        make_representative(assembly)
        propose_seat(body=committee, named=Named(name="王某某"), post="member", actor=community.actor)
        for address, before in (("seats", 1), ("representatives", 0), ("members", 0)):
            assert liaison.client.get(f"/units/{address}/").context["count"] == before
        make_member(meeting, unit)
        rest = Rest(key_of(liaison))
        for address, name, after in (
            ("seats", "body-seats", 1), ("representatives", "representatives", 1), ("members", "body-members", 1),
        ):  # fmt: skip
            assert liaison.client.get(f"/units/{address}/").context["count"] == after
            assert rest.get(f"/api/v1/{name}/").json()["count"] == after
        hidden = office.seats.get()
        assert liaison.client.get(f"/units/seats/{hidden.pk}/").status_code == 404
        assert hidden.person.name not in liaison.client.get(office.get_absolute_url()).content.decode()
        assert rest.get(f"/api/v1/regional-bodies/{office.pk}/").json()["seats"] == []
        assert stranger.client.get("/units/representatives/").context["count"] == 2


def test_a_body_is_changed_over_rest_from_the_version_read(committee, community, stranger):
    rest, one = Rest(key_of(community)), f"/api/v1/regional-bodies/{committee.pk}/"
    tag = rest.get(one)["ETag"]
    changed = rest.patch(one, {"name": "黉门街大党委"}, if_match=tag)
    assert (changed.status_code, changed.json()["name"], changed.json()["term_end"]) == (
        200,
        "黉门街大党委",
        "2029-03-01",
    )
    assert rest.patch(one, {"name": "别的"}, if_match=tag).status_code == 412
    assert error(rest.patch(one, {"term_end": "2020-01-01"}))[2:] == ("body_term_in_order", "term_end")
    assert Rest(key_of(stranger)).patch(one, {"name": "别的"}).status_code == 403


class TestDue:
    def test_publicities_are_chased_and_decided_by_the_level_above(
        self, committee, community, subdistrict, district
    ):
        seat = propose_seat(body=committee, named=Named(name="王某某"), post="member", actor=community.actor)
        publicize_seat(seat=seat, actor=community.actor)
        until = seat.__class__.objects.get().publicity_until
        keys = lambda day: {word.key.split(":")[0] for word in body_words(day)}  # noqa: E731
        assert "publicity-ends" in keys(until)
        assert not {"publicity-ends", "publicity-over"} & keys(add_workdays(until, -3))
        late = add_workdays(until, 1)
        assert keys(late) & {"publicity-ends", "publicity-over"} == {"publicity-over"}
        decide = [item.title for item in todo_items(subdistrict.actor, late) if item.kind == "post-decide"]
        assert decide == ["任职：王某某 委员"]
        for person in (community, district):
            assert not [item for item in todo_items(person.actor, late) if item.kind == "post-decide"]

    def test_rosters_are_confirmed_or_changed_once_a_quarter(self, committee, community, subdistrict):
        december = date(2026, 12, 1)
        assert "roster-due" in {item.kind for item in todo_items(community.actor, december)}
        assert "roster-due" not in {item.kind for item in todo_items(subdistrict.actor, december)}
        assert f"roster-due:{committee.place_code}:2026-Q4" in {word.key for word in body_words(december)}
        assert "名册无变化" in community.client.get(committee.get_absolute_url()).content.decode()
        way = f"/units/bodies/{committee.pk}/confirm_roster/"
        assert "已确认名册无变化" in community.client.post(way, follow=True).content.decode()
        committee.refresh_from_db()
        assert committee.roster_confirmed_on == today()
        assert "roster-due" not in {item.kind for item in todo_items(community.actor, december)}
        again = Rest(key_of(community)).post(f"/api/v1/regional-bodies/{committee.pk}/confirm_roster/", {})
        assert error(again)[2] == "confirmed_already"
        other = make_body(place=committee.place, kind="office")
        seat_person(
            body=other, named=Named(name="王某"), post="staff", from_on=today(), actor=community.actor
        )
        other.refresh_from_db()
        assert other.roster_confirmed_on == today()

    def test_a_year_without_a_session_is_flagged(self, committee, assembly, huangmenjie, community):
        make_body(place=huangmenjie, kind="office")
        make_meeting(body=assembly, status="issued", on=today() - timedelta(days=30))
        listed = community.client.get("/units/bodies/?paper=true")
        assert listed.context["count"] == 1
        assert "12 个月没有开会" in listed.content.decode()
        rest = Rest(key_of(community)).get("/api/v1/regional-bodies/?paper=true").json()
        assert [row["id"] for row in rest["results"]] == [committee.pk]
        assert "12 个月没有开过会" in community.client.get(committee.get_absolute_url()).content.decode()
        assert [item.title for item in todo_items(community.actor, today()) if item.kind == "body-paper"] == [
            "1 个组织 12 个月没有开会"
        ]
        assert f"body-paper:{committee.pk}:2026-2" in {word.key for word in body_words(date(2026, 11, 24))}

    def test_an_account_is_linked_or_opened_for_a_representative(
        self, assembly, huangmenjie, community, subdistrict
    ):
        one = make_representative(assembly)
        way = f"/accounts/representatives/{one.pk}/account/"
        assert way in community.client.get(one.get_absolute_url()).content.decode()
        answer = community.client.post(way, {"username": "wang_mou"})
        assert (answer.status_code, "新账号由街道开通" in answer.content.decode()) == (403, True)
        opened = subdistrict.client.post(way, {"username": "wang_mou"})
        assert (opened.status_code, opened.context["password"] in opened.content.decode()) == (201, True)
        one.refresh_from_db()
        assert one.user.username == "wang_mou"
        other = make_representative(assembly)
        taken = community.client.post(
            f"/accounts/representatives/{other.pk}/account/", {"username": "wang_mou"}
        )
        assert (taken.status_code, "已经关联本会议的另一位代表" in taken.content.decode()) == (409, True)
        wrong = community.client.post(way, {"username": "community"})
        assert (wrong.status_code, "的代表身份，不能关联" in wrong.content.decode()) == (409, True)
