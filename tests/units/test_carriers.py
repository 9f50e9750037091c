"""1+N: carriers and stations, comprehensive committees, instructors, and the way of a unit to its organization."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import product

import pytest
from django.db import connections

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.roles import Role
from tests.cast import make_person
from tests.counting import own_queries
from tests.factories.carriers import make_carrier, make_plan
from tests.factories.units import cover, make_organization, make_unit
from tests.rest import Rest, key_of
from units.actions.carriers import (
    approve_plan,
    close_carrier,
    close_station,
    end_instructor,
    find_due,
    find_none,
    found_committee,
    found_organization,
    open_plan,
    open_station,
    prepare_plan,
    register_carrier,
    return_plan,
    send_instructor,
    send_with_plan,
)
from units.actions.people import Named
from units.actions.units import cover_unit, end_coverage
from units.models import BuildPlan, Carrier, CoverageSpell, Instructor, PartyOrganization, RegionalBody
from units.reminders.carriers import carrier_words
from units.todo.carriers import todo_count, todo_items, waiting_items

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)
SOMEBODY = Named(name="钱某某", duty="街道党建办干部")


def text(response) -> str:
    return response.content.decode()


class TestCarriers:
    def test_a_carrier_with_its_station_and_committee(self, huangmenjie, subdistrict):
        carrier = register_carrier(
            name="来福士写字楼", kind="building", place=huangmenjie, from_on=DAY, actor=subdistrict.actor
        )
        station = open_station(
            carrier=carrier, name="一楼党群驿站", opened_on=DAY, hours="9:00–18:00", actor=subdistrict.actor
        )
        carrier = found_committee(carrier=carrier, actor=subdistrict.actor)
        committee = carrier.committee
        assert (committee.kind, committee.status, committee.name) == (
            "comprehensive",
            "planned",
            "来福士写字楼区域综合党委",
        )
        assert station.carrier == carrier
        assert Carrier.objects.get().version == 3
        assert list(HistoryEntry.objects.filter(about_id=carrier.pk, move__contains="_").values_list("move", flat=True)) == [
            "link_committee", "open_station",
        ]  # fmt: skip

    def test_a_second_carrier_of_the_name_is_refused(self, huangmenjie, community):
        make_carrier(place=huangmenjie, name="甲大厦")
        with pytest.raises(RuleViolation) as refusal:
            register_carrier(
                name="甲大厦", kind="building", place=huangmenjie, from_on=DAY, actor=community.actor
            )
        assert (refusal.value.field, refusal.value.code) == ("name", "carrier_name_once")

    def test_nobody_writes_elsewhere(self, huangmenjie, stranger, liaison):
        carrier = make_carrier(place=huangmenjie)
        for person in (stranger, liaison):
            with pytest.raises(NotAllowed):
                close_carrier(carrier=carrier, on=today(), reason="改造", actor=person.actor)

    def test_closing_takes_the_stations_along(self, huangmenjie, community):
        carrier = make_carrier(place=huangmenjie)
        station = open_station(carrier=carrier, name="驿站", opened_on=DAY, actor=community.actor)
        closed = close_carrier(carrier=carrier, on=date(2026, 9, 1), reason="整体改造", actor=community.actor)
        station.refresh_from_db()
        assert (closed.to_on, station.closed_on) == (date(2026, 9, 1), date(2026, 9, 1))
        with pytest.raises(RuleViolation, match="已于"):
            open_station(carrier=closed, name="新站", opened_on=today(), actor=community.actor)

    @pytest.mark.parametrize(("on", "reason", "field"), [
        (DAY, "搬走", "on"), (date(2026, 7, 1), " ", "reason"), (date(2999, 1, 1), "搬走", "on"),
    ])  # fmt: skip
    def test_a_station_closes_later_than_it_opened_with_a_reason(
        self, huangmenjie, community, on, reason, field
    ):
        station = open_station(
            carrier=make_carrier(place=huangmenjie), name="驿站", opened_on=DAY, actor=community.actor
        )
        with pytest.raises(InputError) as refusal:
            close_station(station=station, on=on, reason=reason, actor=community.actor)
        assert refusal.value.field == field

    def test_only_a_comprehensive_committee_may_be_linked(self, huangmenjie, subdistrict):
        other = RegionalBody.objects.create(kind="office", place=huangmenjie, name="办公室")
        with pytest.raises(RuleViolation) as refusal:
            found_committee(carrier=make_carrier(place=huangmenjie), committee=other, actor=subdistrict.actor)
        assert refusal.value.code == "not_comprehensive"

    def test_a_community_does_not_found_a_committee(self, huangmenjie, community):
        with pytest.raises(NotAllowed):
            found_committee(carrier=make_carrier(place=huangmenjie), actor=community.actor)


class TestInstructors:
    def test_the_unit_says_whether_somebody_is_sent(self, unit, community):
        sent = send_instructor(unit=unit, named=SOMEBODY, from_on=DAY, actor=community.actor)
        unit.refresh_from_db()
        assert (unit.has_instructor, sent.person.name) == (True, "钱某某")
        with pytest.raises(RuleViolation) as refusal:
            send_instructor(unit=unit, named=SOMEBODY, from_on=today(), actor=community.actor)
        assert refusal.value.code == "instructor_taken"
        end_instructor(instructor=sent, on=date(2026, 9, 1), reason="轮换", actor=community.actor)
        unit.refresh_from_db()
        assert unit.has_instructor is False
        send_instructor(unit=unit, named=Named(name="李某"), from_on=date(2026, 9, 1), actor=community.actor)
        unit.refresh_from_db()
        assert unit.has_instructor is True

    def test_only_two_new_units_get_one(self, huangmenjie, community):
        office = make_unit(place=huangmenjie, category="government")
        with pytest.raises(RuleViolation) as refusal:
            send_instructor(unit=office, named=SOMEBODY, from_on=DAY, actor=community.actor)
        assert refusal.value.code == "not_two_new"


class TestBuilding:
    def test_from_due_to_founded_and_covered(self, huangmenjie, community, subdistrict):
        unit = make_unit(place=huangmenjie, name="楠屿澄商贸", members_total=5, members_full=4)
        plan = open_plan(unit=unit, actor=community.actor)
        plan = find_due(plan=plan, actor=community.actor)
        plan = prepare_plan(plan=plan, mode="standalone", note="玉街党工〔2026〕8号", actor=community.actor)
        plan = approve_plan(plan=plan, note="玉党批〔2026〕3号", actor=subdistrict.actor)
        plan = found_organization(plan=plan, founded_on=today(), actor=community.actor)
        spell = CoverageSpell.objects.get(unit=unit)
        assert (plan.status, plan.approval_no, plan.organization) == (
            "founded",
            "玉党批〔2026〕3号",
            spell.organization,
        )
        assert (spell.mode, spell.from_on, spell.organization.category) == ("standalone", today(), "631")
        assert (
            spell.organization.host_unit,
            spell.organization.established_on,
            spell.organization.is_two_new,
        ) == (unit, today(), True)

    def test_jointly_an_organization_that_is_there_takes_the_unit_in(self, huangmenjie, community):
        joint = make_organization(
            place=huangmenjie, category="632", is_two_new=True, established_on=date(2024, 1, 1)
        )
        plan = make_plan(place=huangmenjie, status="approved", mode="joint")
        found_organization(plan=plan, founded_on=today(), organization=joint, actor=community.actor)
        assert CoverageSpell.objects.get(unit=plan.unit).organization == joint
        assert PartyOrganization.objects.count() == 1

    def test_whoever_asks_does_not_approve(self, huangmenjie, subdistrict, district):
        plan = make_plan(place=huangmenjie, status="due")
        plan = prepare_plan(plan=plan, mode="joint", note="请示1号", actor=subdistrict.actor)
        with pytest.raises(NotAllowed) as refusal:
            approve_plan(plan=plan, note="批复1号", actor=subdistrict.actor)
        assert refusal.value.code == "own_paper"
        assert approve_plan(plan=plan, note="批复1号", actor=district.actor).status == "approved"

    def test_sent_back_with_a_reason(self, huangmenjie, subdistrict):
        plan = make_plan(place=huangmenjie, status="preparing", mode="joint")
        with pytest.raises(RuleViolation, match="退回的原因"):
            return_plan(plan=plan, note=" ", actor=subdistrict.actor)
        assert return_plan(plan=plan, note="材料不全", actor=subdistrict.actor).status == "due"

    def test_a_unit_that_is_covered_by_then_is_refused(self, huangmenjie, community):
        plan = make_plan(place=huangmenjie, status="approved", mode="standalone")
        cover(plan.unit)
        with pytest.raises(RuleViolation) as refusal:
            found_organization(plan=plan, founded_on=today(), actor=community.actor)
        assert refusal.value.code == "coverage_overlap"
        plan.refresh_from_db()
        assert (plan.status, PartyOrganization.objects.filter(name__startswith="中共").count()) == (
            "approved",
            0,
        )

    @pytest.mark.parametrize(("fields", "code"), [
        ({"category": "government"}, "not_two_new"), ({"status": "shell"}, "not_operating"), ({"covered": "joint"}, "covered"),
    ])  # fmt: skip
    def test_only_operating_two_new_units_without_organization(self, huangmenjie, community, fields, code):
        with pytest.raises(RuleViolation) as refusal:
            open_plan(unit=make_unit(place=huangmenjie, **fields), actor=community.actor)
        assert refusal.value.code == code

    def test_an_instructor_is_the_plans_next_step(self, huangmenjie, community):
        plan = make_plan(place=huangmenjie, status="few_members")
        moved = send_with_plan(plan=plan, named=SOMEBODY, from_on=DAY, actor=community.actor)
        plan.unit.refresh_from_db()
        assert (moved.status, plan.unit.has_instructor, Instructor.objects.count()) == ("instructor", True, 1)

    @pytest.mark.django_db(transaction=True)
    def test_two_who_found_at_once_found_one(self, huangmenjie, community):
        plan = make_plan(place=huangmenjie, status="approved", mode="standalone")

        def found(_number) -> bool:
            try:
                found_organization(plan=plan, founded_on=today(), actor=community.actor)
            except RuleViolation:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(found, range(2))) == [False, True]
        assert (PartyOrganization.objects.count(), CoverageSpell.objects.count()) == (1, 1)


WRITERS = {Role.COMMUNITY, Role.SUBDISTRICT, Role.DISTRICT, Role.SOCIAL_WORK}
APPROVALS = {"approve", "back"}
ROLES = [
    Role.COMMUNITY,
    Role.SUBDISTRICT,
    Role.DISTRICT,
    Role.SOCIAL_WORK,
    Role.LIAISON,
    Role.REPRESENTATIVE,
    Role.AUDITOR,
]
BUILD_ARGUMENTS = {
    "send_instructor": {"named": SOMEBODY, "from_on": DAY},
    "prepare": {"mode": "standalone", "note": "请示1号"},
    "approve": {"note": "批复1号"},
    "back": {"note": "材料不全"},
    "found": {"founded_on": DAY},
    **{name: {"note": "理由"} for name in ("regularize", "close", "disband")},
}
# What the register must say of a unit for each verification.
COUNTS = {"find_none": (0, 0), "find_few": (2, 1)}


@pytest.mark.parametrize("role", ROLES)
def test_every_build_move_by_status_and_role(role, huangmenjie, places, unit):
    """The table of who may do what in which state, made with the actions themselves."""
    from units.actions.carriers import BUILD_MOVES

    standing = {Role.COMMUNITY: "510107005008", Role.SUBDISTRICT: "510107005"}.get(role, "510107")
    actor = make_person(
        "somebody", role, **({"unit": unit} if role == Role.LIAISON else {"place": places[standing]})
    ).actor
    for row, status in product(BuildPlan.MOVES, BuildPlan.Status.values):
        allowed = WRITERS - {Role.COMMUNITY} if row.name in APPROVALS else WRITERS
        total, full = COUNTS.get(row.name, (4, 3))
        fitting = make_unit(place=huangmenjie, members_total=total, members_full=full)
        plan = make_plan(place=huangmenjie, unit=fitting, status=status, mode="standalone")
        arguments = BUILD_ARGUMENTS.get(row.name, {})
        if role not in allowed:
            expected, outcome = "not_allowed", NotAllowed
        elif status not in row.sources:
            expected, outcome = "wrong_state", RuleViolation
        else:
            assert BUILD_MOVES[row.name](plan=plan, actor=actor, **arguments).status == row.target, (
                row.name,
                status,
            )
            continue
        with pytest.raises(outcome) as refusal:
            BUILD_MOVES[row.name](plan=plan, actor=actor, **arguments)
        assert expected == "not_allowed" or refusal.value.code == expected, (row.name, status)


class TestPlansFollowTheUnit:
    def test_covered_by_another_way_the_plan_ends_and_a_later_one_may_begin(self, huangmenjie, community):
        plan = make_plan(place=huangmenjie, status="due")
        joint = make_organization(place=huangmenjie, category="632", is_two_new=True, established_on=DAY)
        cover_unit(unit=plan.unit, organization=joint, mode="joint", from_on=DAY, actor=community.actor)
        plan.refresh_from_db()
        assert plan.status == "closed"
        assert HistoryEntry.objects.latest("pk").note == "单位已由党组织覆盖，计划自动了结。"
        end_coverage(unit=plan.unit, on=today(), reason="党支部撤销", actor=community.actor)
        assert open_plan(unit=plan.unit, actor=community.actor).status == "unverified"
        with pytest.raises(RuleViolation, match="已经列入组建计划"):
            open_plan(unit=plan.unit, actor=community.actor)

    def test_what_was_verified_agrees_with_the_register(self, huangmenjie, community):
        plan = make_plan(place=huangmenjie)
        with pytest.raises(
            RuleViolation, match="登记党员 4 人、其中正式党员 3 人，同核实结果不符"
        ) as refusal:
            find_none(plan=plan, actor=community.actor)
        assert refusal.value.code == "counts_differ"

    def test_another_instructor_than_the_present_one_is_refused(self, huangmenjie, community):
        plan = make_plan(place=huangmenjie, status="few_members")
        send_instructor(unit=plan.unit, named=SOMEBODY, from_on=DAY, actor=community.actor)
        with pytest.raises(RuleViolation, match="已经派了党建指导员钱某某"):
            send_with_plan(plan=plan, named=Named(name="赵某某"), from_on=DAY, actor=community.actor)
        assert (
            send_with_plan(plan=plan, named=SOMEBODY, from_on=DAY, actor=community.actor).status
            == "instructor"
        )

    def test_ten_units_are_enough_for_one_instructor(self, huangmenjie, community):
        units = [make_unit(place=huangmenjie) for _ in range(11)]
        first = send_instructor(unit=units[0], named=SOMEBODY, from_on=DAY, actor=community.actor)
        named = Named(person=first.person)
        for unit in units[1:10]:
            send_instructor(unit=unit, named=named, from_on=DAY, actor=community.actor)
        with pytest.raises(RuleViolation, match="最多联系 10 家"):
            send_instructor(unit=units[10], named=named, from_on=DAY, actor=community.actor)

    def test_a_months_note_is_kept_once_and_only_of_the_spell(self, huangmenjie, community):
        plan = make_plan(place=huangmenjie)
        sent = send_instructor(unit=plan.unit, named=SOMEBODY, from_on=DAY, actor=community.actor)
        page = f"/units/instructors/{sent.pk}/notes/"
        for words in ("走访两次", "走访三次，发展积极分子一名"):
            community.client.post(page, {"month": today().isoformat(), "text": words})
        assert list(sent.notes.values_list("text", flat=True)) == ["走访三次，发展积极分子一名"]
        refused = community.client.post(page, {"month": "2026-05-01", "text": "早了"})
        assert (refused.status_code, "只能登记派驻期间的月份" in text(refused)) == (400, True)


class TestWhatWaits:
    def test_approvals_and_late_plans(self, huangmenjie, community, subdistrict, stranger):
        make_plan(place=huangmenjie, status="preparing", mode="joint", author=community.user)
        late = make_plan(place=huangmenjie, status="due", target_on=today() - timedelta(days=1))
        assert [item.kind for item in todo_items(subdistrict.actor, today())] == ["build-approve"]
        assert [item.url for item in todo_items(community.actor, today())] == [late.get_absolute_url()]
        assert [item.kind for item in waiting_items(community.actor, today())] == ["build-approve"]
        assert (todo_count(subdistrict.actor, today()), todo_count(community.actor, today())) == (1, 1)
        assert todo_items(stranger.actor, today()) == []

    def test_reminded_three_days_before_and_when_late(self, huangmenjie):
        friday = date(2026, 11, 20)
        make_plan(place=huangmenjie, status="due", target_on=date(2026, 11, 23))
        make_plan(place=huangmenjie, status="founded", target_on=date(2026, 11, 1))
        (soon,) = carrier_words(friday)
        (over,) = carrier_words(date(2026, 11, 24))
        assert soon.title.endswith("还有3天")
        assert [audience.place_code for audience in over.to] == ["510107005008", "510107005"]
        assert list(carrier_words(date(2026, 11, 21))) == []


class TestPages:
    LISTS = ("/units/carriers/", "/units/stations/", "/units/instructors/", "/units/builds/")

    def fill(self, place, community):
        carrier = make_carrier(place=place)
        open_station(carrier=carrier, name="驿站", opened_on=DAY, actor=community.actor)
        plan = make_plan(place=place, status="few_members")
        send_instructor(unit=plan.unit, named=SOMEBODY, from_on=DAY, actor=community.actor)

    @pytest.mark.parametrize("url", LISTS)
    def test_one_row_and_three_take_the_same_queries(self, url, huangmenjie, community, district):
        self.fill(huangmenjie, community)
        one = own_queries(district.client, url)
        self.fill(huangmenjie, community)
        self.fill(huangmenjie, community)
        assert own_queries(district.client, url) == one <= 3

    @pytest.mark.parametrize("url", LISTS)
    def test_a_stranger_sees_nothing_and_a_liaison_no_list(
        self, url, huangmenjie, community, stranger, liaison
    ):
        self.fill(huangmenjie, community)
        assert "共 0" in text(stranger.client.get(url)) or "还没有" in text(stranger.client.get(url))
        assert liaison.client.get(url).status_code == 403
        assert stranger.client.get(f"{url}?format=csv").status_code == 200

    @pytest.mark.parametrize("url", LISTS)
    def test_lists_come_as_spreadsheets(self, url, huangmenjie, community):
        self.fill(huangmenjie, community)
        for ending in ("xlsx", "csv"):
            response = community.client.get(f"{url}?format={ending}")
            assert response.status_code == 200
            assert len(b"".join(response.streaming_content)) > 20

    def test_the_whole_way_through_the_pages(self, huangmenjie, community, subdistrict):
        unit = make_unit(place=huangmenjie, name="楠屿澄商贸", members_total=5, members_full=4)
        assert community.client.get(f"/units/{unit.pk}/").status_code == 200
        response = community.client.post(f"/units/{unit.pk}/build/", {})
        plan = BuildPlan.objects.get()
        assert response["Location"] == plan.get_absolute_url()
        assert community.client.get(f"/units/{unit.pk}/build/")["Location"] == plan.get_absolute_url()
        url = plan.get_absolute_url()
        assert "核实：应建未建" in text(community.client.get(url))
        community.client.post(f"{url}find_due/")
        community.client.post(f"{url}prepare/", {"mode": "standalone", "note": "请示8号"})
        subdistrict.client.post(f"{url}approve/", {"note": "批复3号"})
        assert community.client.get(f"{url}found/").status_code == 200
        response = community.client.post(f"{url}found/", {"founded_on": today().isoformat()})
        assert response["Location"] == url
        assert "中共楠屿澄商贸支部委员会" in text(community.client.get(url))

    def test_forms_of_a_carrier(self, huangmenjie, community):
        posted = {
            "name": "乙大厦",
            "kind": "building",
            "place": huangmenjie.pk,
            "from_on": "2026-01-05",
            "address": "一环路",
        }
        community.client.post("/units/carriers/new/", posted)
        carrier = Carrier.objects.get()
        url = carrier.get_absolute_url()
        typed = {
            "name": "驿站",
            "kind": "post",
            "opened_on": "2026-02-01",
            "area": 30,
            "facilities": "图书角",
        }
        community.client.post(f"{url}stations/new/", typed)
        page = text(community.client.get(url))
        assert "驿站" in page
        assert "还没有归入综合党委" in page
        station = carrier.stations.get()
        for address in (
            f"{url}edit/",
            f"{url}close/",
            f"{url}committee/",
            f"/units/stations/{station.pk}/close/",
        ):
            assert community.client.get(address).status_code == 200, address
        community.client.post(f"/units/stations/{station.pk}/close/", {"on": "2026-03-01", "reason": "搬迁"})
        assert carrier.stations.get().closed_on == date(2026, 3, 1)

    def test_a_foreign_row_is_not_found(self, huangmenjie, community, stranger):
        self.fill(huangmenjie, community)
        plan, carrier = BuildPlan.objects.get(), Carrier.objects.get()
        own = carrier.get_absolute_url()
        for url in (plan.get_absolute_url(), own, f"{own}close/", f"/units/{plan.unit_id}/build/"):
            assert stranger.client.get(url).status_code == 404, url


class TestRest:
    def test_anybody_reads_address_and_hours(self, huangmenjie, community):
        carrier = make_carrier(place=huangmenjie, name="甲大厦", address="一环路1号")
        open_station(carrier=carrier, name="驿站", opened_on=DAY, hours="9–18点", actor=community.actor)
        (station,) = Rest().get("/api/v1/service-stations/").json()["results"]
        assert (station["address"], station["hours"], "area" in station) == ("一环路1号", "9–18点", False)
        (row,) = Rest().get("/api/v1/carriers/").json()["results"]
        assert (row["name"], row["station_count"], "committee" in row) == ("甲大厦", 1, False)

    def test_yes_and_no_narrow_to_either_half(self, huangmenjie, community):
        kept, closed = (make_carrier(place=huangmenjie, name=name) for name in ("甲大厦", "乙大厦"))
        open_station(carrier=kept, name="驿站", opened_on=DAY, actor=community.actor)
        close_carrier(carrier=closed, on=today(), reason="拆迁", actor=community.actor)
        make_plan(place=huangmenjie, target_on=today() - timedelta(days=1))
        rest = Rest(key_of(community))

        def ids(path):
            found = rest.get(f"/api/v1/{path}").json()["results"]
            name, query = path.split("/?")
            page = community.client.get(f"/units/{name.replace('build-plans', 'builds')}/?{query}")
            assert (page.status_code, page.context["count"]) == (200, len(found)), path
            return [row["id"] for row in found]

        for name, yes, no in (("in_use", kept, closed), ("station", kept, closed)):
            assert ids(f"carriers/?{name}=true") == [yes.pk], name
            assert ids(f"carriers/?{name}=false") == [no.pk], name
        assert ids("carriers/?committee=true") == []
        assert len(ids("carriers/?committee=false")) == 2
        assert len(ids("build-plans/?late=true")) == 1
        assert ids("build-plans/?late=false") == []

    def test_a_plan_moves_by_token(self, huangmenjie, community, subdistrict, stranger):
        plan = make_plan(place=huangmenjie, status="due")
        url = f"/api/v1/build-plans/{plan.pk}/"
        rest = Rest(key_of(community))
        assert (
            rest.post(f"{url}prepare/", {"mode": "standalone", "note": "请示1号"}).json()["status"]
            == "preparing"
        )
        assert rest.post(f"{url}approve/", {"note": "批复1号"}).status_code == 403
        assert (
            Rest(key_of(subdistrict)).post(f"{url}approve/", {"note": "批复1号"}).json()["status"]
            == "approved"
        )
        told = rest.post(f"{url}found/", {"founded_on": "2026-11-02"}).json()
        assert (told["status"], told["organization"]["id"]) == ("founded", PartyOrganization.objects.get().pk)
        assert rest.post(f"{url}found/", {"founded_on": "2026-11-02"}).status_code == 409
        assert Rest(key_of(stranger)).get(url).status_code == 404

    def test_plans_and_instructors_are_not_public(self, huangmenjie):
        make_plan(place=huangmenjie)
        for name in ("build-plans", "instructors", "survey-rounds", "survey-lines"):
            assert Rest().get(f"/api/v1/{name}/").status_code == 401, name


def test_the_units_page_names_the_instructor_and_counts_no_bare_flag(huangmenjie, community):
    unit = make_unit(place=huangmenjie, has_instructor=True)
    page = text(community.client.get(f"/units/{unit.pk}/"))
    assert "台账写“已派”，未登记到人，不计入工作覆盖" in page
    assert "派党建指导员" in page
    send_instructor(unit=unit, named=SOMEBODY, from_on=DAY, actor=community.actor)
    assert f"{SOMEBODY.name}，自{DAY}起" in text(community.client.get(f"/units/{unit.pk}/"))
