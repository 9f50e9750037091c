"""Verification, changes on the unit's own word, liaisons and further premises: what they write and whom they show it to."""

from datetime import date, timedelta
from itertools import product

import pytest
import time_machine
from django.test import Client

from accounts.actions import hand_over_liaison
from accounts.models import Membership, User
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation, StaleVersion
from core.models import HistoryEntry
from core.roles import Role
from core.telling import due_words
from notifications.models import Notification
from tests.cast import make_person
from tests.counting import own_queries
from tests.factories.units import make_organization, make_unit
from tests.rest import Rest, error, key_of
from tests.units.counting import counted
from units.actions import change_unit, register_unit
from units.actions.liaisons import replace_liaison
from units.actions.premises import add_premises, end_premises
from units.actions.register import CHANGE_MOVES, approve_change, request_change, verify_units
from units.models import Unit, UnitChangeRequest, UnitLiaison, UnitPremises
from units.sample_sheets.names import credit_code
from units.todo.register import todo_items

pytestmark = pytest.mark.django_db
NOW = date(2026, 11, 23)
CODE = credit_code("91", "MADEX001")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def text(response) -> str:
    return response.content.decode()


def last(row) -> HistoryEntry:
    return HistoryEntry.objects.filter(about_type__model=row._meta.model_name, about_id=row.pk).first()


class TestVerification:
    def test_communities_submit_and_subdistricts_verify(self, community, subdistrict, stranger, huangmenjie):
        mine = register_unit(
            name="成都甲有限公司",
            category="non_public",
            credit_code=CODE,
            place=huangmenjie,
            actor=community.actor,
        )
        theirs = register_unit(
            name="成都乙有限公司", category="other", credit_code_missing_reason="筹备", place=huangmenjie,
            actor=subdistrict.actor,
        )  # fmt: skip
        assert (mine.verification, theirs.verification, theirs.verified_by) == (
            "pending",
            "verified",
            subdistrict.user,
        )
        assert [item.title for item in todo_items(subdistrict.actor, NOW)] == ["待核实 1 家单位"]
        assert community.client.post(f"/units/{mine.pk}/verify/").status_code == 403
        assert stranger.client.post("/units/verify/", {"units": mine.pk}).status_code == 403
        assert "已核实。" in text(subdistrict.client.post(f"/units/{mine.pk}/verify/", follow=True))
        assert "不用再核实" in text(subdistrict.client.post(f"/units/{mine.pk}/verify/", follow=True))
        mine.refresh_from_db()
        assert (mine.verification, mine.verified_by, last(mine).label) == (
            "verified",
            subdistrict.user,
            "核实",
        )
        # What identifies the unit is looked at again; everything else the community keeps itself.
        change_unit(unit=mine, employees=9, actor=community.actor)
        assert Unit.objects.get(pk=mine.pk).verification == "verified"
        change_unit(unit=mine, name="成都新有限公司", actor=community.actor)
        assert Unit.objects.get(pk=mine.pk).verification == "pending"

    def test_all_that_are_marked_at_once_and_only_in_the_own_place(
        self, subdistrict, district, places, huangmenjie, jinyan
    ):
        near, other, far = [
            make_unit(place=place, verification="pending") for place in (huangmenjie, huangmenjie, jinyan)
        ]
        page = text(subdistrict.client.get("/units/?verification=pending"))
        assert (page.count('name="units"'), "核实勾选的" in page) == (2, True)
        assert 'name="units"' not in text(subdistrict.client.get("/units/"))
        typed = {"units": [near.pk, far.pk], "shown": [near.pk, other.pk]}
        assert "已核实 1 家。" in text(subdistrict.client.post("/units/verify/", typed, follow=True))
        assert "已核实 1 家。" in text(
            subdistrict.client.post("/units/verify/", {**typed, "all": "1"}, follow=True)
        )
        assert list(Unit.objects.filter(verification="pending")) == [far]
        for wrong, sentence in (({}, "请先勾选要核实的单位。"), ({"units": "x"}, "勾选的单位不对")):
            assert sentence in text(subdistrict.client.post("/units/verify/", wrong, follow=True))
        with pytest.raises(InputError, match="一次最多核实500家。"):
            verify_units(units=range(1, 600), actor=district.actor)


WANTED = {"address": "新街1号", "employees": 12}


class TestChangeRequests:
    def test_only_what_differs_is_kept_and_applied_by_staff(self, liaison, subdistrict, unit):
        Unit.objects.filter(pk=unit.pk).update(credit_code=CODE)
        unit.refresh_from_db()
        asked = request_change(unit=unit, reason="搬迁", actor=liaison.actor, name=unit.name, **WANTED)
        unit.refresh_from_db()
        assert (asked.values, unit.verification, unit.address) == (WANTED, "change_pending", "")
        with pytest.raises(RuleViolation, match="贵单位已有一份变更申请等待审核"):
            request_change(unit=unit, reason="搬迁", actor=liaison.actor, address="又一处")
        with pytest.raises(StaleVersion):
            approve_change(change_request=asked, unit_version=unit.version - 1, actor=subdistrict.actor)
        approve_change(change_request=asked, unit_version=unit.version, actor=subdistrict.actor)
        unit.refresh_from_db()
        assert (unit.address, unit.employees, unit.verification, unit.verified_by) == (
            "新街1号", 12, "verified", subdistrict.user,
        )  # fmt: skip
        assert last(unit).changes == {
            "address": ["地址", "", "新街1号"],
            "employees": ["从业人数", "0", "12"],
        }
        told = Notification.objects.filter(recipient=liaison.user).values_list("title", flat=True)
        assert list(told) == [f"信息变更已同意：{unit}"]

    def test_refusals_lose_nothing(
        self, liaison, other_liaison, community, district, unit, huangmenjie, jinyan
    ):
        Unit.objects.filter(pk=unit.pk).update(credit_code=CODE)
        unit.refresh_from_db()
        for values, field, sentence in (
            ({}, None, "填写的内容与现在登记的完全一样，不用申请。"),
            ({"credit_code": "123"}, "credit_code", "统一社会信用代码应为18位"),
            ({"members_full": 9}, "members_full", "不能多于党员人数"),
            ({"operating_status": "shell"}, "operating_status", "这一项不能由单位申请变更。"),
            ({"address": "长" * 201}, "address", "200"),
        ):
            with pytest.raises(InputError, match=sentence) as refused:
                request_change(unit=unit, reason="更正", actor=liaison.actor, **values)
            assert refused.value.field == field
        with pytest.raises(NotAllowed, match="只能申请变更本单位的信息。"):
            request_change(unit=unit, reason="更正", actor=other_liaison.actor, **WANTED)
        # By the time of the decision the name is taken: told, and the request still waits.
        asked = request_change(unit=unit, reason="更名", actor=liaison.actor, name="成都新名有限公司")
        taken = make_unit(place=huangmenjie, name="成都新名有限公司")
        with pytest.raises(RuleViolation, match="同一街道已登记同名单位"):
            approve_change(change_request=asked, actor=community.actor)
        asked.refresh_from_db()
        assert asked.status == "submitted"
        taken.delete()
        # Into another subdistrict only who stands over both agrees.
        UnitChangeRequest.objects.update(values={"place": jinyan.code})
        asked.refresh_from_db()
        with pytest.raises(NotAllowed, match="不在您的管理范围内"):
            approve_change(change_request=asked, actor=community.actor)
        approve_change(change_request=asked, actor=district.actor)
        assert Unit.objects.get(pk=unit.pk).place == jinyan

    @pytest.mark.parametrize("role", [*Role.values, "stranger", "other_liaison"])
    def test_moves(self, role, request, places, unit, huangmenjie):
        placed = {
            Role.DISTRICT: "510107", Role.SOCIAL_WORK: "510107", Role.SUBDISTRICT: "510107005",
            Role.COMMUNITY: "510107005008", Role.GRID_WORKER: "510107005008", Role.REPRESENTATIVE: "510107005008",
        }  # fmt: skip
        own = unit if role in (Role.LIAISON, Role.SOCIAL_ORG) else None
        if role in ("stranger", "other_liaison"):
            actor = request.getfixturevalue(role).actor
        else:
            actor = make_person(
                f"{role}_person", role, unit=own, place=places.get(placed.get(role, ""))
            ).actor
        staff = {"district", "social_work", "subdistrict", "community"}
        unit_side = {"liaison", "social_org"}
        Unit.objects.filter(pk=unit.pk).update(credit_code=CODE)
        for name, status in product(CHANGE_MOVES, UnitChangeRequest.Status.values):
            UnitChangeRequest.objects.all().delete()
            row = UnitChangeRequest.get_move(name)
            asked = UnitChangeRequest.objects.create(
                unit=unit, values={"address": "新街"}, reason="搬", status=status
            )
            try:
                happened = CHANGE_MOVES[name](change_request=asked, note="理由", actor=actor).status
            except NotAllowed:
                happened = "not_allowed"
            except RuleViolation as refusal:
                happened = refusal.code
            if role in (unit_side if name == "withdraw" else staff):
                assert happened == (row.target if status in row.sources else "wrong_state"), (name, status)
            else:
                assert happened == "not_allowed", (name, status)

    def test_on_the_phone_and_at_the_desk(self, liaison, subdistrict, community, stranger, unit):
        Unit.objects.filter(pk=unit.pk).update(credit_code=CODE, address="老街9号")
        way = f"/units/{unit.pk}/change-request/"
        form = liaison.client.get(way)
        assert "老街9号" in text(form)
        stored = {
            "name": unit.name, "credit_code": CODE, "category": "non_public", "place": unit.place_id, "employees": 0,
            "members_total": 0, "members_full": 0, "version": form.context["version"],
        }  # fmt: skip
        assert liaison.client.post(way, {**stored, "address": "老街9号", "reason": "无"}).status_code == 400
        assert "已提交" in text(
            liaison.client.post(way, {**stored, "address": "新街1号", "reason": "搬迁"}, follow=True)
        )
        asked = UnitChangeRequest.objects.get()
        address = asked.get_absolute_url()
        assert (asked.values, stranger.client.get(address).status_code) == ({"address": "新街1号"}, 404)
        assert liaison.client.get(f"{address}approve/").status_code == 403
        page = community.client.get(f"{address}approve/")
        assert "老街9号" in text(page)
        typed = {"unit_version": page.context["form"].initial["unit_version"]}
        change_unit(unit=unit, address="别处2号", actor=subdistrict.actor)
        stale = community.client.post(f"{address}approve/", typed)
        assert (stale.status_code, "别处2号" in text(stale), "刚刚被别人修改过" in text(stale)) == (
            409,
            True,
            True,
        )
        again = {"unit_version": Unit.objects.get(pk=unit.pk).version}
        assert f'value="{again["unit_version"]}"' in text(stale)
        assert "单位信息已更新" in text(community.client.post(f"{address}approve/", again, follow=True))
        assert Unit.objects.get(pk=unit.pk).address == "新街1号"

    def test_lists_take_the_same_queries(self, liaison, subdistrict, unit, huangmenjie):
        def ask(one):
            Unit.objects.filter(pk=one.pk).update(credit_code_missing_reason="筹备")
            actor = make_person(f"l{one.pk}", Role.LIAISON, unit=one).actor
            request_change(unit=one, reason="搬迁", actor=actor, **WANTED)

        ask(unit)
        one = own_queries(subdistrict.client, "/units/change-requests/")
        for _ in range(2):
            ask(make_unit(place=huangmenjie))
        assert own_queries(subdistrict.client, "/units/change-requests/") == one == 3
        assert '共 <b class="num">1</b> 份' in text(liaison.client.get("/units/change-requests/"))

    def test_over_rest(self, liaison, subdistrict, stranger, unit):
        Unit.objects.filter(pk=unit.pk).update(credit_code=CODE)
        rest, way = Rest(key_of(liaison)), "/api/v1/unit-change-requests/"
        body = {"unit": unit.pk, "reason": "搬迁", "values": WANTED}
        for wrong, field in (
            ({"values": {"employees": "x"}}, "values.employees"), ({"values": {"is_member": True}}, "values.is_member"),
            ({"values": {"place": "9"}}, "place"), ({"unit": 9_999_999}, "unit"), ({"values": {"employees": -1}}, "employees"),
        ):  # fmt: skip
            assert error(rest.post(way, {**body, **wrong}))[::3] == (400, field), wrong
        made = rest.post(way, body)
        assert (made.status_code, made.json()["changes"][0]) == (
            201, {"field": "address", "label": "地址", "old": "", "new": "新街1号"},
        )  # fmt: skip
        one = f"{way}{made.json()['id']}/"
        assert Rest(key_of(stranger)).get(one).status_code == 404
        staff = Rest(key_of(subdistrict))
        assert staff.post(f"{one}approve/", {"unit_version": 1}).status_code == 412
        version = staff.get(one).json()["unit_version"]
        assert staff.post(f"{one}approve/", {"unit_version": version}).json()["status"] == "approved"


class TestLiaisons:
    def test_the_old_one_ends_and_sees_the_unit_no_longer(self, liaison, subdistrict, unit):
        before = replace_liaison(
            unit=unit,
            name="张某",
            phone="13812340001",
            from_on=date(2024, 1, 1),
            user=liaison.user,
            actor=subdistrict.actor,
        )
        assert liaison.client.get(unit.get_absolute_url()).status_code == 200
        done = hand_over_liaison(
            unit=unit, name="钱某", phone="13812340002", post="办公室主任", from_on=NOW, reason="岗位调整",
            username="qian_mou", actor=subdistrict.actor,
        )  # fmt: skip
        before.refresh_from_db()
        assert (before.to_on, before.end_reason) == (NOW, "岗位调整")
        assert liaison.client.get(unit.get_absolute_url()).status_code != 200
        assert list(Membership.objects.order_by("pk").filter(unit=unit).values_list("user__username", "to_on")) == [
            ("liaison", NOW), ("qian_mou", None),
        ]  # fmt: skip
        assert (done.liaison.user, done.user.check_password(done.password)) == (done.user, True)
        assert last(unit).note == "自2026-11-23起由钱某担任。原联络员：张某。岗位调整"
        browser = Client()
        answer = browser.post("/accounts/sign-in/", {"username": "qian_mou", "password": done.password})
        assert answer.status_code == 302
        assert browser.get(unit.get_absolute_url()).status_code == 200

    def test_refusals(self, liaison, other_liaison, community, stranger, unit):
        given = {"unit": unit, "name": "钱某", "phone": "13812340002", "from_on": NOW, "reason": "岗位调整"}
        hand_over_liaison(**{**given, "reason": ""}, actor=community.actor)
        for more, field, sentence in (
            ({"name": " "}, "name", "请填写联络员姓名。"), ({"phone": "12"}, "phone", "电话只能是 7 到 20 位数字"),
            ({"reason": ""}, "reason", "请写明更换原因。"), ({"from_on": date(2026, 1, 1)}, "from_on", "不能早于这一天"),
        ):  # fmt: skip
            with pytest.raises(InputError, match=sentence) as refused:
                hand_over_liaison(**{**given, "name": "冯某", **more}, actor=community.actor)
            assert refused.value.field == field
        with pytest.raises(RuleViolation, match="钱某已经是这个单位的联络员。"):
            hand_over_liaison(**given, actor=community.actor)
        with pytest.raises(NotAllowed, match="账号由街道开通"):
            hand_over_liaison(**{**given, "name": "冯某", "username": "feng_mou"}, actor=community.actor)
        for person in (stranger, other_liaison):
            with pytest.raises(NotAllowed):
                hand_over_liaison(**{**given, "name": "冯某"}, actor=person.actor)
        assert UnitLiaison.objects.count() == 1

    def test_the_form_shows_the_password_once(self, subdistrict, community, liaison, unit):
        way = f"/accounts/liaisons/{unit.pk}/hand-over/"
        assert way in text(liaison.client.get(unit.get_absolute_url()))
        assert "开通账号" not in text(community.client.get(way))
        typed = {"name": "钱某", "phone": "13812340002", "from_on": "2026-11-23", "username": "qian_mou"}
        page = subdistrict.client.post(way, typed)
        password = page.context["password"]
        assert (page.status_code, password in text(page), "no-store" in page["Cache-Control"]) == (
            201,
            True,
            True,
        )
        assert User.objects.get(username="qian_mou").check_password(password)
        assert password not in text(subdistrict.client.get(unit.get_absolute_url()))
        taken = subdistrict.client.post(way, {**typed, "name": "冯某", "reason": "调整"})
        assert (taken.status_code, "这个账号已经有人用了" in text(taken)) == (409, True)

    def test_staff_list_them_with_the_phone_hidden(self, subdistrict, community, liaison, unit, huangmenjie):
        replace_liaison(unit=unit, name="张某", phone="13812340001", from_on=NOW, actor=community.actor)
        one = own_queries(subdistrict.client, "/units/liaisons/")
        for _ in range(2):
            replace_liaison(
                unit=make_unit(place=huangmenjie),
                name="李某",
                phone="13812340003",
                from_on=NOW,
                actor=community.actor,
            )
        assert own_queries(subdistrict.client, "/units/liaisons/") == one == 3
        page = text(subdistrict.client.get("/units/liaisons/?current=true"))
        assert ("138****0001" in page, "13812340001" in page) == (True, False)
        rest = (
            Rest(key_of(subdistrict))
            .get(f"/api/v1/unit-liaisons/?unit={unit.pk}&current=true")
            .json()["results"]
        )
        assert [(row["person"], row["phone"]) for row in rest] == [("张某", "138****0001")]
        assert Rest(key_of(liaison)).get("/api/v1/unit-liaisons/").status_code == 403
        assert "13812340001" in text(liaison.client.get(unit.get_absolute_url()))


class TestPremises:
    def test_seen_there_changed_here_counted_once(self, subdistrict, stranger, community, unit, jinyan):
        before = counted("organization", day=NOW), counted("organization", code=jinyan.code, day=NOW)
        assert stranger.client.get(unit.get_absolute_url()).status_code == 404
        given = {"unit": unit, "place": jinyan, "from_on": date(2026, 3, 1)}
        premises = add_premises(**given, employees=4, actor=subdistrict.actor)
        after = counted("organization", day=NOW), counted("organization", code=jinyan.code, day=NOW)
        assert (before, after) == (((0, 1), (0, 0)), ((0, 1), (0, 0)))
        page = text(stranger.client.get(unit.get_absolute_url()))
        assert (unit.name in page, "/edit/" in page, "/hand-over/" in page) == (True, False, False)
        with pytest.raises(NotAllowed, match="这个地方不在您的管理范围内。"):
            change_unit(unit=unit, employees=5, actor=stranger.actor)
        for query, shown in (("", False), ("premises=true", True), ("premises=true&place=510107009001", True),
                             ("place=510107009001", False)):  # fmt: skip
            assert (unit.name in text(stranger.client.get(f"/units/?{query}"))) is shown, query
            listed = Rest(key_of(stranger)).get(f"/api/v1/units/?{query}").json()["count"]
            assert listed == int(shown), query
        assert Rest(key_of(stranger)).get(f"/api/v1/units/{unit.pk}/").status_code == 200
        for more, sentence in (
            ({}, "这个单位在该社区的经营点已经登记。"),
            ({"place": unit.place}, "这就是单位登记所在的社区"),
            ({"place": jinyan.parent}, "请选到社区"),
            ({"from_on": date(2027, 1, 1)}, "不能晚于今天"),
        ):
            with pytest.raises(RuleViolation, match=sentence):
                add_premises(**{**given, **more}, actor=community.actor)
        end_premises(premises=premises, on=NOW, actor=community.actor)
        assert stranger.client.get(unit.get_absolute_url()).status_code == 404
        with pytest.raises(RuleViolation, match="这个经营点已于2026-11-23结束。"):
            end_premises(premises=premises, on=NOW, actor=community.actor)

    def test_on_the_page_and_in_the_list(self, community, subdistrict, unit, jinyan, huangmenjie):
        typed = {"place": jinyan.pk, "from_on": "2026-03-01", "employees": 3, "address": "晋阳路1号"}
        assert "已登记。" in text(community.client.post(f"/units/{unit.pk}/premises/", typed, follow=True))
        premises = UnitPremises.objects.get()
        one = own_queries(subdistrict.client, "/units/premises/")
        for _ in range(2):
            add_premises(unit=make_unit(place=huangmenjie), place=jinyan, from_on=NOW, actor=community.actor)
        assert own_queries(subdistrict.client, "/units/premises/") == one == 3
        rows = Rest(key_of(subdistrict)).get("/api/v1/unit-premises/").json()
        assert (rows["count"], rows["results"][0]["place"]["code"]) == (3, jinyan.code)
        ended = community.client.post(
            f"/units/premises/{premises.pk}/end/", {"on": "2026-11-01"}, follow=True
        )
        assert "2026-11-01" in text(ended)


def test_what_is_late_is_chased_once(subdistrict, district, community, unit, liaison, huangmenjie):
    Unit.objects.filter(pk=unit.pk).update(credit_code=CODE)
    make_organization(place=huangmenjie)
    with time_machine.travel(NOW - timedelta(days=14), tick=False):
        request_change(unit=unit, reason="搬迁", actor=liaison.actor, **WANTED)
    words = {word.kind: word for word in due_words(today())}
    assert words["change-late"].due_on == date(2026, 11, 16)
    assert words["liaison-missing"].key == f"liaison-missing:{unit.pk}:2026-11"
    titles = [item.title for item in todo_items(community.actor, NOW)]
    assert titles == [f"审核信息变更：{unit}", f"{unit}没有联络员"]
    assert [item.title for item in todo_items(district.actor, NOW)] == [f"审核信息变更：{unit}"]
