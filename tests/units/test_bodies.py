"""The rules of regional bodies: one of each kind, part-time members, one secretary for both, terms, races."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connections

from core.clock import today
from core.errors import NotAllowed, RuleViolation, StaleVersion
from core.models import HistoryEntry
from core.roles import Role
from tests.cast import make_person as make_cast
from tests.factories.bodies import (
    SINCE,
    make_body,
    make_member,
    make_party_committee,
    make_person,
    make_representative,
    make_seat,
)
from tests.factories.units import make_unit
from units.actions.bodies import (
    add_member,
    appoint_secretary,
    approve_body,
    change_body,
    change_member,
    complete_re_election,
    dissolve_body,
    end_member,
    end_representative,
    end_seat,
    plan_body,
    re_elect_body,
    seat_person,
    seat_representative,
    set_secretary_note,
    start_body,
    years_after,
)
from units.actions.people import Named
from units.models import BodySeat, Person, RegionalBody, Unit

pytestmark = pytest.mark.django_db


def refused(action, **arguments) -> tuple[str, str | None]:
    """(code, field) of the refusal."""
    with pytest.raises(RuleViolation) as refusal:
        action(**arguments)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in refusal.value.message)
    return refusal.value.code, refusal.value.field


@pytest.fixture
def committee(huangmenjie) -> RegionalBody:
    return make_body(place=huangmenjie)


@pytest.fixture
def meeting(places) -> RegionalBody:
    """The district's joint meeting."""
    return make_body(place=places["510107"], kind="joint_meeting")


class TestSettingUp:
    def test_from_plan_to_the_first_term(self, huangmenjie, community, subdistrict):
        body = plan_body(kind="office", place=huangmenjie, actor=community.actor)
        assert (body.name, body.status, body.place_code) == (
            "黉门街社区区域党委办公室",
            "planned",
            "510107005008",
        )
        body = approve_body(body=body, note="武玉委〔2026〕8号", actor=subdistrict.actor)
        assert (body.status, body.approval_no) == ("approved", "武玉委〔2026〕8号")
        body = start_body(body=body, actor=community.actor)
        assert (body.status, body.from_on) == ("running", today())
        assert body.term_end == years_after(today(), 5)
        assert list(HistoryEntry.objects.filter(about_id=body.pk).values_list("move", flat=True)) == [
            "start",
            "approve",
            "plan",
        ]

    def test_five_years_after_a_leap_day(self):
        assert years_after(date(2024, 2, 29), 5) == date(2029, 2, 28)

    def test_one_active_body_of_a_kind_at_a_place(self, committee, huangmenjie, community):
        arguments = {"kind": "committee", "place": huangmenjie, "actor": community.actor}
        assert refused(plan_body, **arguments) == ("body_one_active_per_kind_and_place", "kind")
        RegionalBody.objects.update(status="dissolved")
        assert plan_body(**arguments).status == "planned"

    def test_the_three_tiers_stand_at_subdistricts_and_communities(self, places, district):
        arguments = {"place": places["510107"], "actor": district.actor}
        assert refused(plan_body, kind="committee", **arguments) == ("wrong_level", "place")
        assert plan_body(kind="joint_meeting", **arguments).name == "武侯区区域党建联席会"

    def test_nobody_plans_elsewhere(self, huangmenjie, stranger, liaison):
        for person in (stranger, liaison):
            with pytest.raises(NotAllowed):
                plan_body(kind="office", place=huangmenjie, actor=person.actor)

    def test_a_subdistrict_does_not_approve_its_own_body(self, yulin, subdistrict, district):
        body = make_body(place=yulin, kind="office", status="planned")
        with pytest.raises(NotAllowed):
            approve_body(body=body, note="文号", actor=subdistrict.actor)
        assert approve_body(body=body, note="文号", actor=district.actor).status == "approved"

    def test_nobody_approves_the_own_paper(self, yulin, district):
        body = make_body(place=yulin, kind="office", status="planned", author=district.user)
        with pytest.raises(NotAllowed):
            approve_body(body=body, note="文号", actor=district.actor)

    def test_a_term_ends_after_it_begins(self, huangmenjie, community):
        body = make_body(place=huangmenjie, kind="office", status="approved")
        day = today()
        assert refused(start_body, body=body, from_on=day, term_end=day, actor=community.actor) == (
            "body_term_in_order",
            "term_end",
        )
        assert refused(start_body, body=body, from_on=day + timedelta(days=1), actor=community.actor) == (
            "future_date",
            "from_on",
        )

    def test_a_re_election_begins_the_next_term(self, committee, community, subdistrict):
        seat = make_seat(committee, post="secretary")
        body = re_elect_body(body=committee, actor=community.actor)
        body = complete_re_election(
            body=body, note="换届批复1号", from_on=today(), seats=[seat], actor=subdistrict.actor
        )
        assert (body.status, body.term_no, body.term_start, body.approval_no) == (
            "running",
            2,
            today(),
            "换届批复1号",
        )
        # The old list ends and the new one begins, in one step; who goes on sits in both.
        assert list(BodySeat.objects.order_by("pk").values_list("person", "from_on", "to_on", "status", "end_reason")) == [
            (seat.person_id, SINCE, today(), "ended", "换届"), (seat.person_id, today(), None, "serving", ""),
        ]  # fmt: skip

    def test_dissolving_ends_every_post(self, committee, subdistrict):
        make_seat(committee)
        body = dissolve_body(body=committee, note="并入玉林街道", actor=subdistrict.actor)
        assert (body.status, body.to_on) == ("dissolved", today())
        assert BodySeat.objects.get().to_on == today()
        assert refused(
            seat_person,
            body=body,
            named=Named(name="李某某"),
            post="member",
            from_on=today(),
            actor=subdistrict.actor,
        ) == ("dissolved", None)


class TestSeats:
    def seat(self, body, actor, **fields):
        return seat_person(
            **{
                "body": body,
                "named": Named(name="王某某"),
                "post": "member",
                "from_on": today(),
                "actor": actor,
                **fields,
            }
        )

    def test_a_person_is_recorded_once(self, committee, huangmenjie, community):
        office = make_body(place=huangmenjie, kind="office")
        named = Named(name="王某某", duty="社区党委书记")
        first = self.seat(committee, community.actor, named=named, post="secretary")
        second = self.seat(office, community.actor, named=named, post="director")
        assert first.person == second.person
        assert Person.objects.count() == 1

    def test_a_body_has_one_secretary(self, committee, community):
        self.seat(committee, community.actor, post="secretary")
        assert refused(
            seat_person,
            body=committee,
            named=Named(name="李某某"),
            post="secretary",
            from_on=today(),
            actor=community.actor,
        ) == ("seat_one_secretary", "post")

    def test_a_part_time_member_comes_from_a_member_unit(self, committee, meeting, unit, community):
        other = {"post": "part_time", "from_unit": unit}
        arguments = {
            "body": committee,
            "named": Named(name="张某某"),
            "from_on": today(),
            "actor": community.actor,
            **other,
        }
        assert refused(seat_person, **arguments) == ("not_a_member_unit", "from_unit")
        assert refused(seat_person, **{**arguments, "from_unit": None}) == ("unit_required", "from_unit")
        make_member(meeting, unit)
        assert seat_person(**arguments).from_unit == unit

    def test_membership_elsewhere_or_in_the_past_does_not_count(self, committee, places, unit, community):
        there = make_body(place=places["510107009"], kind="joint_meeting")
        make_member(there, unit)
        own = make_body(place=places["510107005"], kind="joint_meeting")
        make_member(own, unit, to_on=today())
        assert refused(
            seat_person, body=committee, named=Named(name="张某某"), post="part_time", from_unit=unit, from_on=today(),
            actor=community.actor,
        ) == ("not_a_member_unit", "from_unit")  # fmt: skip

    def test_somebody_sits_once_in_a_body(self, committee, community):
        seat = self.seat(committee, community.actor)
        assert refused(
            seat_person,
            body=committee,
            named=Named(person=seat.person),
            post="deputy",
            from_on=today(),
            actor=community.actor,
        ) == ("seated_already", "person")

    def test_a_seat_ends_with_day_and_reason(self, committee, community):
        seat = make_seat(committee)
        assert refused(end_seat, seat=seat, on=today(), reason=" ", actor=community.actor) == (
            "reason_required",
            "reason",
        )
        assert refused(end_seat, seat=seat, on=SINCE, reason="调离", actor=community.actor) == (
            "dates_out_of_order",
            "on",
        )
        ended = end_seat(seat=seat, on=today(), reason="工作调动", actor=community.actor)
        assert (ended.to_on, ended.end_reason) == (today(), "工作调动")
        assert refused(end_seat, seat=seat, on=today(), reason="调离", actor=community.actor) == (
            "ended_already",
            None,
        )

    def test_nobody_is_named(self, committee, community):
        assert refused(
            seat_person, body=committee, named=Named(), post="member", from_on=today(), actor=community.actor
        ) == ("person_required", "name")


class TestOneSecretary:
    def has_one(self, body, on=None) -> bool:
        return RegionalBody.objects.with_one_secretary(on or today()).get(pk=body.pk).has_one_secretary

    def test_both_are_led_by_the_same_person(self, committee, huangmenjie, community):
        organization = make_party_committee(place=huangmenjie)
        spell = appoint_secretary(
            organization=organization, named=Named(name="王某某"), from_on=SINCE, actor=community.actor
        )
        make_seat(committee, make_person(place=huangmenjie), "secretary")
        assert not self.has_one(committee)
        BodySeat.objects.update(person=spell.person)
        assert self.has_one(committee)
        organization.refresh_from_db()
        assert organization.secretary == spell.person

    def test_a_past_date_knows_who_led_then(self, committee, huangmenjie, community):
        first = make_person(place=huangmenjie, name="王某某")
        organization = make_party_committee(place=huangmenjie, secretary=first)
        make_seat(committee, first, "secretary")
        changed = date(2026, 5, 1)
        appoint_secretary(
            organization=organization, named=Named(name="李某某"), from_on=changed, actor=community.actor
        )
        assert self.has_one(committee, date(2026, 4, 30))
        assert not self.has_one(committee, changed)
        assert refused(
            appoint_secretary,
            organization=organization,
            named=Named(name="李某某"),
            from_on=today(),
            actor=community.actor,
        ) == ("same_secretary", "person")

    def test_a_secretary_of_a_firms_committee_does_not_count(self, committee, huangmenjie, unit):
        person = make_person(place=huangmenjie)
        organization = make_party_committee(place=huangmenjie, secretary=person)
        type(organization).objects.update(host_unit=unit)
        make_seat(committee, person, "secretary")
        assert not self.has_one(committee)

    def test_only_the_district_explains_a_difference(self, committee, community, subdistrict, district):
        for person in (community, subdistrict):
            with pytest.raises(NotAllowed):
                set_secretary_note(body=committee, note="书记外出学习", actor=person.actor)
        assert (
            set_secretary_note(body=committee, note="书记外出学习", actor=district.actor).secretary_note
            == "书记外出学习"
        )

    def test_other_bodies_need_no_such_note(self, meeting, district):
        assert refused(set_secretary_note, body=meeting, note="说明", actor=district.actor) == (
            "not_a_committee",
            None,
        )


class TestMembers:
    def test_a_unit_joins_with_leader_and_liaison_and_is_marked(self, meeting, huangmenjie, district):
        unit = make_unit(place=huangmenjie, name="成都新成员有限公司")
        member = add_member(
            body=meeting, unit=unit, kind="enterprise", from_on=today(), leader=Named(name="周某"), liaison=Named(name="吴某"),
            actor=district.actor,
        )  # fmt: skip
        assert (member.leader.name, member.liaison.unit) == ("周某", unit)
        unit.refresh_from_db()
        assert (unit.is_member, unit.version) == (True, 2)
        assert refused(
            add_member, body=meeting, unit=unit, kind="enterprise", from_on=today(), actor=district.actor
        ) == ("body_member_once", "unit")

    def test_only_joint_meetings_have_members(self, committee, unit, community):
        assert refused(
            add_member, body=committee, unit=unit, kind="enterprise", from_on=today(), actor=community.actor
        ) == ("not_a_joint_meeting", None)

    def test_a_unit_leaves_once_its_part_time_member_has(self, meeting, committee, unit, district):
        member = make_member(meeting, unit)
        seat = make_seat(committee, post="part_time", from_unit=unit)
        leave = {"member": member, "on": today(), "reason": "迁出", "actor": district.actor}
        assert refused(end_member, **leave) == ("part_time_in_office", None)
        end_seat(seat=seat, on=today(), reason="单位退出", actor=district.actor)
        assert end_member(**leave).to_on == today()
        assert Unit.objects.get(pk=unit.pk).is_member is False

    def test_another_membership_keeps_the_seat_and_the_mark(self, meeting, committee, yulin, unit, district):
        make_member(make_body(place=yulin, kind="joint_meeting"), unit)
        member = make_member(meeting, unit)
        make_seat(committee, post="part_time", from_unit=unit)
        end_member(member=member, on=today(), reason="改由街道联席会联系", actor=district.actor)
        assert Unit.objects.get(pk=unit.pk).is_member is True

    def test_the_liaison_changes_the_own_units_people_only(self, meeting, unit, other_unit, liaison):
        mine, theirs = make_member(meeting, unit), make_member(meeting, other_unit)
        changed = change_member(
            member=mine, leader=Named(name="钱某"), liaison=Named(name="赵某"), actor=liaison.actor
        )
        assert (str(changed.leader), str(changed.liaison)) == ("钱某", "赵某")
        with pytest.raises(NotAllowed):
            change_member(member=theirs, leader=Named(), liaison=Named(), actor=liaison.actor)
        assert "联络员：未定 → 赵某" in HistoryEntry.objects.first().note


class TestRepresentatives:
    def test_a_representative_is_registered_once_and_may_end(self, huangmenjie, community):
        assembly = make_body(place=huangmenjie, kind="assembly")
        arguments = {
            "body": assembly, "named": Named(name="赵某某"), "kind": "resident", "produced_by": "elected",
            "constituency": "P01网格", "from_on": today() - timedelta(days=1), "actor": community.actor,
        }  # fmt: skip
        found = seat_representative(**arguments)
        assert refused(seat_representative, **arguments) == ("representative_once", "person")
        assert (
            end_representative(representative=found, on=today(), reason="迁出", actor=community.actor).to_on
            == today()
        )

    def test_a_units_representative_names_the_unit(self, huangmenjie, committee, community):
        assembly = make_body(place=huangmenjie, kind="assembly")
        arguments = {
            "named": Named(name="赵某某"),
            "produced_by": "invited",
            "from_on": today(),
            "actor": community.actor,
        }
        assert refused(seat_representative, body=assembly, kind="unit", **arguments) == (
            "unit_required",
            "unit",
        )
        assert refused(seat_representative, body=committee, kind="resident", **arguments) == (
            "not_an_assembly",
            None,
        )
        make_representative(assembly)


class TestTogether:
    def test_an_older_form_is_refused(self, committee, community, subdistrict):
        change_body(
            body=committee, name="黉门街社区大党委", version=committee.version, actor=subdistrict.actor
        )
        with pytest.raises(StaleVersion):
            change_body(body=committee, name="别的名称", version=committee.version, actor=community.actor)

    @pytest.mark.django_db(transaction=True)
    def test_two_people_edit_one_body_at_once_and_nothing_is_lost(self, huangmenjie, community, subdistrict):
        body = make_body(place=huangmenjie)
        actors = [community.actor, subdistrict.actor]

        def seat(number: int) -> str:
            try:
                post = "secretary" if number < 4 else "member"
                seat_person(
                    body=body,
                    named=Named(name=f"人员{number}"),
                    post=post,
                    from_on=today(),
                    actor=actors[number % 2],
                )
                return "seated"
            except RuleViolation as refusal:
                return refusal.code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(seat, range(8)))
        assert sorted(outcomes[:4]) == ["seat_one_secretary"] * 3 + ["seated"]
        assert outcomes[4:] == ["seated"] * 4
        body.refresh_from_db()
        assert body.seats.count() == 5
        assert body.version == 6

    def test_roles_below_district_write_at_their_place(self, committee, places):
        for role, code, is_allowed in (
            (Role.SUBDISTRICT, "510107009", False),
            (Role.GRID_WORKER, "510107005008", False),
            (Role.SOCIAL_WORK, "510107", True),
        ):
            actor = make_cast(f"{role}_{code}", role, place=places[code]).actor
            if is_allowed:
                assert change_body(body=committee, name="新名称", actor=actor).name == "新名称"
            else:
                with pytest.raises(NotAllowed):
                    change_body(body=committee, name="别的", actor=actor)
