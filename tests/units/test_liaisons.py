"""Changes of liaisons: entered a little ahead, taken back, and followed by every roster of the joint meetings."""

from datetime import timedelta

import pytest
import time_machine

from accounts.actions import hand_over_liaison, take_back_liaison
from accounts.models import Membership
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry
from tests.factories.bodies import make_body, make_member, make_person
from tests.rest import Rest, error, key_of
from units.actions.bodies import add_member, change_member
from units.actions.liaisons import follow_planned_liaisons
from units.actions.people import Named
from units.models import BodyMember, UnitLiaison
from units.tasks import follow_liaisons

pytestmark = pytest.mark.django_db


def replace(unit, actor, name="钱某", days=0, **fields):
    return hand_over_liaison(
        **{
            "unit": unit, "name": name, "phone": "13812340002", "from_on": today() + timedelta(days=days),
            "reason": "岗位调整", "actor": actor, **fields,
        }
    )  # fmt: skip


@pytest.fixture
def spoken_for(unit, liaison, subdistrict):
    """The unit with its liaison 张某 of the cast's account."""
    made = replace(unit, subdistrict.actor, "张某").liaison
    UnitLiaison.objects.filter(pk=made.pk).update(user=liaison.user, from_on="2024-01-01")
    Membership.objects.filter(unit=unit).update(to_on=None)
    return unit


@pytest.fixture
def members(spoken_for, places, huangmenjie) -> list[BodyMember]:
    """The unit's seats in two joint meetings; one roster still names somebody long gone."""
    old = make_person(place=huangmenjie, name="旧某", unit=spoken_for)
    meetings = [make_body(place=place, kind="joint_meeting") for place in (places["510107"], huangmenjie)]
    return [make_member(meeting, spoken_for, liaison=old) for meeting in meetings]


class TestAhead:
    def test_near_future_only_one_at_a_time_and_taken_back(self, spoken_for, liaison, subdistrict, community):
        unit, staff = spoken_for, subdistrict.actor
        with pytest.raises(InputError, match="最多提前31天登记") as refusal:
            replace(unit, staff, days=32)
        assert (refusal.value.field, refusal.value.code) == ("from_on", "too_far_ahead")
        planned = replace(unit, staff, days=31, username="qian_mou").liaison
        with pytest.raises(RuleViolation, match="请先撤回这次更换"):
            replace(unit, staff, "冯某")
        assert liaison.client.get(unit.get_absolute_url()).status_code == 200
        page = subdistrict.client.get(unit.get_absolute_url()).content.decode()
        way = f"/accounts/liaisons/{planned.pk}/withdraw/"
        assert ("尚未开始" in page, "至今" in page.split("党组织覆盖")[0], way in page) == (True, False, True)
        listed = subdistrict.client.get("/units/liaisons/").content.decode()
        assert ("尚未开始" in listed, ">在任<" in listed) == (True, True)
        subdistrict.client.post(way)
        assert list(unit.liaisons.values_list("person__name", "to_on", "end_reason")) == [("张某", None, "")]
        assert list(Membership.objects.filter(unit=unit).values_list("user__username", "to_on")) == [
            ("liaison", None)
        ]
        assert HistoryEntry.objects.filter(move="liaison_withdrawn").get().note.endswith("仍为张某。")
        # An earlier day can be entered now.
        assert replace(unit, staff, "冯某", days=1).liaison.person.name == "冯某"

    def test_what_has_begun_is_not_taken_back_and_strangers_do_nothing(
        self, spoken_for, subdistrict, stranger, other_liaison
    ):
        begun = replace(spoken_for, subdistrict.actor).liaison
        with pytest.raises(RuleViolation, match="不能撤回") as refusal:
            take_back_liaison(liaison=begun, actor=subdistrict.actor)
        assert refusal.value.code == "begun"
        planned = replace(spoken_for, subdistrict.actor, "冯某", days=3).liaison
        for person in (stranger, other_liaison):
            with pytest.raises(NotAllowed):
                take_back_liaison(liaison=planned, actor=person.actor)
            assert person.client.post(f"/accounts/liaisons/{planned.pk}/withdraw/").status_code == 404

    def test_over_rest(self, spoken_for, subdistrict, liaison, huangmenjie):
        rest, way = Rest(key_of(subdistrict)), "/api/v1/unit-liaisons/"
        one = rest.get(f"{way}?unit={spoken_for.pk}").json()["results"][0]
        wanted = {
            "name": "钱某",
            "phone": "13812340002",
            "from_on": str(today() + timedelta(days=40)),
            "reason": "调整",
        }
        assert error(rest.post(f"{way}{one['id']}/replace/", wanted)) == (
            400, "validation_error", "too_far_ahead", "from_on",
        )  # fmt: skip
        wanted["from_on"] = str(today() + timedelta(days=4))
        made = rest.post(f"{way}{one['id']}/replace/", wanted)
        assert (made.status_code, made.json()["person"], made.json()["phone"]) == (200, "钱某", "138****0002")
        assert [row["person"] for row in rest.get(f"{way}?unit={spoken_for.pk}&ordering=from_on").json()["results"]] == [
            "张某", "钱某",
        ]  # fmt: skip
        back = rest.post(f"{way}{made.json()['id']}/withdraw/", {})
        assert (back.json()["id"], back.json()["to_on"]) == (one["id"], None)
        assert Rest(key_of(liaison)).post(f"{way}{one['id']}/replace/", wanted).status_code == 403
        first = rest.post(way, {**wanted, "unit": spoken_for.pk, "reason": ""})
        assert error(first)[2:] == ("reason_required", "reason")


class TestRosters:
    def test_one_entry_is_followed_everywhere_at_once(self, members, spoken_for, subdistrict):
        made = replace(spoken_for, subdistrict.actor).liaison
        assert {row.liaison_id for row in BodyMember.objects.all()} == {made.person_id}
        told = HistoryEntry.objects.filter(move="change_member").values_list("note", flat=True)
        assert list(told) == [f"{spoken_for}，联络员：旧某 → 钱某（随单位登记）。"] * 2

    def test_a_planned_change_reaches_the_rosters_on_its_day(self, members, spoken_for, subdistrict):
        replace(spoken_for, subdistrict.actor, days=5)
        assert {row.liaison.name for row in BodyMember.objects.all()} == {"旧某"}
        assert follow_planned_liaisons(on=today()) == 0
        with time_machine.travel(today() + timedelta(days=5, hours=1)):
            assert (follow_liaisons(), follow_liaisons()) == (2, 0)
        assert {row.liaison.name for row in BodyMember.objects.all()} == {"钱某"}

    def test_rosters_name_nobody_else(self, members, spoken_for, places, subdistrict, district, liaison):
        with pytest.raises(RuleViolation, match="名册随之更新") as refusal:
            change_member(member=members[0], liaison=Named(name="别某"), actor=district.actor)
        assert (refusal.value.code, refusal.value.field) == ("liaison_registered", "liaison")
        page = liaison.client.get(f"/units/members/{members[0].pk}/contacts/").content.decode()
        assert ("联络员以单位登记的为准：张某" in page, 'name="liaison_name"' in page) == (True, False)
        meeting = make_body(place=places["510107005"], kind="joint_meeting")
        joined = add_member(
            body=meeting, unit=spoken_for, kind="enterprise", from_on=today(), actor=subdistrict.actor
        )
        assert joined.liaison.name == "张某"
