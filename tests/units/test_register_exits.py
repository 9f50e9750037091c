"""Leaving the denominators: one asks with reason and evidence, another approves at a subdistrict or above."""

from datetime import date
from itertools import product
from threading import Barrier, Thread

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from core.errors import NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.roles import Role
from notifications.models import Notification
from tests.cast import make_person
from tests.counting import own_queries
from tests.factories.units import make_unit
from tests.rest import Rest, error, key_of
from units.actions import change_unit
from units.actions.register import EXIT_MOVES, approve_exit, request_exit
from units.indicators import KINDS, MEASURES
from units.indicators.movement import movement
from units.indicators.territory import By, read_territory
from units.models import DenominatorExit

pytestmark = pytest.mark.django_db
STAFF = {"district", "social_work", "subdistrict", "community"}
ABOVE = STAFF - {"community"}
PLACED = {
    Role.DISTRICT: "510107", Role.SOCIAL_WORK: "510107", Role.SUBDISTRICT: "510107005", Role.COMMUNITY: "510107005008",
    Role.GRID_WORKER: "510107005008", Role.REPRESENTATIVE: "510107005008",
}  # fmt: skip
WANTED = {
    "operating_status": "deregistered",
    "from_on": date(2026, 11, 1),
    "reason": "已注销",
    "evidence": "注销公告",
}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(date(2026, 11, 23), tick=False):
        yield


def ask(unit, actor, **more) -> DenominatorExit:
    return request_exit(unit=unit, actor=actor, **{**WANTED, **more})


def text(response) -> str:
    return response.content.decode()


def test_it_counts_until_another_person_approves(community, subdistrict, unit):
    asked = ask(unit, community.actor)
    unit.refresh_from_db()
    assert (asked.status, unit.operating_status, unit.version) == ("submitted", "operating", 1)
    approve_exit(denominator_exit=asked, actor=subdistrict.actor)
    unit.refresh_from_db()
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by, unit.operating_status) == (
        "approved",
        subdistrict.user,
        "deregistered",
    )
    assert list(unit.operating_spells.order_by("from_on").values_list("status", "to_on", "reason", "evidence")) == [
        ("operating", date(2026, 11, 1), "", ""), ("deregistered", None, "已注销", "注销公告"),
    ]  # fmt: skip
    entry = HistoryEntry.objects.filter(about_type__model="unit", about_id=unit.pk).first()
    assert (entry.from_status, entry.to_status, entry.note) == (
        "operating", "deregistered", "自2026-11-01起。已注销 依据：注销公告",
    )  # fmt: skip
    told = Notification.objects.filter(recipient=community.user).values_list("title", flat=True)
    assert list(told) == [f"退出统计口径已同意：{unit}"]
    moved = movement(
        MEASURES["organization"], KINDS["non_public"], read_territory("510107", By.NONE), date(2026, 11, 1), date(2026, 11, 23)
    )  # fmt: skip
    assert (moved.opening, moved.excluded, moved.closing) == (1, {"deregistered": 1}, 0)


@pytest.mark.parametrize(("more", "field", "sentence"), [
    ({"reason": " "}, "reason", "经营状态为“注销”，要写明退出原因。"),
    ({"evidence": ""}, "evidence", "经营状态为“注销”，要写明依据。"),
    ({"from_on": date(2026, 12, 1)}, "from_on", "起始日期（2026-12-01）不能晚于今天（2026-11-23）。"),
    ({"from_on": date(2021, 1, 1)}, "from_on", "现在的经营状态自2021-01-01起，新状态的起始日期要晚于这一天。"),
    ({"operating_status": "operating"}, "operating_status", "请选择退出后的经营状态。"),
])  # fmt: skip
def test_it_is_refused_in_words(subdistrict, unit, more, field, sentence):
    with pytest.raises(RuleViolation) as refused:
        ask(unit, subdistrict.actor, **more)
    assert (refused.value.field, refused.value.message) == (field, sentence)


def test_one_request_waits_at_a_time_and_nobody_outside_asks(community, stranger, liaison, unit):
    ask(unit, community.actor)
    with pytest.raises(RuleViolation, match="这个单位退出统计口径的申请正在等待审核。"):
        ask(unit, community.actor)
    for person, sentence in (
        (stranger, "这个地方不在您的管理范围内。"),
        (liaison, "您当前的身份不能办理这件事。"),
    ):
        with pytest.raises(NotAllowed, match=sentence):
            ask(unit, person.actor)


def test_nobody_approves_the_own_request_whatever_the_code_does(subdistrict, district, unit):
    asked = ask(unit, subdistrict.actor)
    with pytest.raises(NotAllowed, match="不能办理自己提交的事项"):
        approve_exit(denominator_exit=asked, actor=subdistrict.actor)
    with pytest.raises(IntegrityError, match="denominator_exit_second_person"), transaction.atomic():
        DenominatorExit.objects.update(status="approved", decided_by=subdistrict.user)
    # Days that overlap by the time of the decision: the sentence is told and nothing is written.
    unit.operating_spells.update(from_on=date(2026, 11, 10))
    with pytest.raises(RuleViolation, match="新状态的起始日期要晚于这一天"):
        approve_exit(denominator_exit=asked, actor=district.actor)
    asked.refresh_from_db()
    assert asked.status == "submitted"


def test_it_follows_a_unit_that_moves(community, stranger, district, unit, jinyan):
    asked = ask(unit, community.actor)
    change_unit(unit=unit, place=jinyan, credit_code_missing_reason="筹备", actor=district.actor)
    assert stranger.client.get(asked.get_absolute_url()).status_code == 200
    assert community.client.get(asked.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("role", [*Role.values, "stranger", "other_liaison"])
def test_moves(role, request, places, unit, huangmenjie):
    if role in ("stranger", "other_liaison"):
        actor = request.getfixturevalue(role).actor
    elif role in (Role.LIAISON, Role.SOCIAL_ORG):
        actor = make_person(f"{role}_person", role, unit=unit).actor
    else:
        actor = make_person(f"{role}_person", role, place=places.get(PLACED.get(role, ""))).actor
    author = make_person("author", Role.COMMUNITY, place=huangmenjie).user
    decider = make_person("decider", Role.SUBDISTRICT, place=places["510107005"]).user
    for name, status in product(EXIT_MOVES, DenominatorExit.Status.values):
        row, owner = DenominatorExit.get_move(name), actor.user_id if name == "withdraw" else author.pk
        asked = DenominatorExit.objects.create(
            unit=make_unit(place=huangmenjie), author_id=owner, status=status, decided_by=decider, **WANTED
        )
        allowed = STAFF if name == "withdraw" else ABOVE
        try:
            happened = EXIT_MOVES[name](denominator_exit=asked, note="理由", actor=actor).status
        except NotAllowed:
            happened = "not_allowed"
        except RuleViolation as refusal:
            happened = refusal.code
        # Who asks for the own place may be the stranger as well; only the author's own request is taken back.
        expected = row.target if status in row.sources else "wrong_state"
        if role == "stranger" and name == "withdraw":
            assert happened == expected
        else:
            assert happened == (expected if role in allowed else "not_allowed"), (name, status)


class TestPages:
    def test_asked_by_the_community_and_decided_above(self, community, subdistrict, stranger, unit):
        typed = {**WANTED, "from_on": "2026-11-01"}
        assert community.client.post(f"/units/{unit.pk}/leave/", {**typed, "evidence": ""}).status_code == 422
        page = community.client.post(f"/units/{unit.pk}/leave/", typed, follow=True)
        asked = DenominatorExit.objects.get()
        assert "审核同意之前，这个单位仍计入分母" in text(page)
        assert "同意退出" not in text(page)
        address = asked.get_absolute_url()
        assert stranger.client.get(address).status_code == 404
        assert stranger.client.post(f"{address}approve/").status_code == 404
        assert "同意退出" in text(subdistrict.client.get(address))
        assert "退出统计口径的申请</a>正在等待审核" in text(subdistrict.client.get(unit.get_absolute_url()))
        refused = subdistrict.client.post(f"{address}reject/", {"note": ""}, follow=True)
        assert "请填写不同意的理由" in text(refused)
        assert "已办理：不同意" in text(
            subdistrict.client.post(f"{address}reject/", {"note": "请补充"}, follow=True)
        )
        assert unit.denominator_exits.get().status == "rejected"

    def test_the_list_filters_exports_and_counts_its_queries(self, subdistrict, community, unit, huangmenjie):
        ask(unit, community.actor)
        one = own_queries(subdistrict.client, "/units/exits/")
        for _ in range(2):
            ask(make_unit(place=huangmenjie), community.actor, operating_status="shell")
        assert own_queries(subdistrict.client, "/units/exits/") == one == 3
        shown = text(subdistrict.client.get("/units/exits/?status=submitted&operating_status=deregistered"))
        assert '共 <b class="num">1</b> 份' in shown
        assert subdistrict.client.get("/units/exits/?status=x").status_code == 400
        sheet = b"".join(subdistrict.client.get("/units/exits/?format=csv").streaming_content).decode(
            "utf-8-sig"
        )
        assert "注销公告" in sheet


class TestRest:
    def test_ask_and_decide(self, community, subdistrict, stranger, unit):
        body = {**WANTED, "unit": unit.pk, "from_on": "2026-11-01"}
        rest = Rest(key_of(community))
        assert error(rest.post("/api/v1/denominator-exits/", {**body, "evidence": ""}))[::3] == (
            400,
            "evidence",
        )
        made = rest.post("/api/v1/denominator-exits/", body)
        assert (made.status_code, made.json()["status"]) == (201, "submitted")
        assert [one["name"] for one in made.json()["moves"]] == ["withdraw"]
        assert error(rest.post("/api/v1/denominator-exits/", body))[:3] == (
            409, "client_error", "denominator_exit_one_open",
        )  # fmt: skip
        way = f"/api/v1/denominator-exits/{made.json()['id']}/"
        assert Rest(key_of(stranger)).get(way).status_code == 404
        assert rest.post(f"{way}approve/").status_code == 403
        assert error(Rest(key_of(stranger)).post("/api/v1/denominator-exits/", body))[::3] == (400, "unit")
        done = Rest(key_of(subdistrict)).post(f"{way}approve/")
        assert (done.status_code, done.json()["status_display"]) == (200, "已同意")
        unit.refresh_from_db()
        assert unit.operating_status == "deregistered"


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_are_one(community, subdistrict, district, unit):
    asked, started, told = ask(unit, community.actor), Barrier(2), []

    def run(actor):
        try:
            started.wait()
            told.append(approve_exit(denominator_exit=asked, actor=actor).status)
        except RuleViolation as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(person.actor,)) for person in (subdistrict, district)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(told), unit.operating_spells.count()) == (["approved", "wrong_state"], 2)
