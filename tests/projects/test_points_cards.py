"""Cards, rules, call-backs, certificates, export: who may, what is said, what is told to whom."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from docx import Document

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.periods import Month
from core.workdays import Calendar
from notifications.models import Notification
from projects.actions.call_backs import draw, draw_call_backs, record_call_back, seed_of
from projects.actions.certificates import (
    exported_records,
    issue_certificate,
    note_export,
    request_certificate,
)
from projects.actions.points import change_card, close_card, freeze_card, issue_card, unfreeze_card
from projects.actions.tariffs import add_tariff
from projects.models import CallBack, PointsCard, PointsTariff
from projects.queries.points import open_requests
from projects.reminders.points import points_reminders
from projects.tasks import remind_of_points
from projects.todo.points import todo_items, waiting_items
from tests.factories.projects_points import (
    earn,
    make_card,
    make_record,
    make_redemption,
    make_reward,
)

pytestmark = pytest.mark.django_db
CHENGDU = ZoneInfo("Asia/Shanghai")
NUMBERS = {
    "points_per_hour": Decimal(1),
    "session_cap_hours": Decimal(4),
    "day_cap_hours": Decimal(8),
    "min_hours": Decimal("0.5"),
    "leader_factor": Decimal("1.4"),
    "organizer_factor": Decimal("1.2"),
}


def on(year: int, month: int, day: int, hour: int = 10):
    return time_machine.travel(datetime(year, month, day, hour, tzinfo=CHENGDU), tick=False)


class TestCards:
    def test_a_community_issues_and_numbers_run_within_the_subdistrict(
        self, huangmenjie, places, community, subdistrict
    ):
        first = issue_card(name="王某某", phone="13812341234", place=huangmenjie, actor=community.actor)
        second = issue_card(
            name="李某", phone="85551234", place=places["510107005001"], actor=subdistrict.actor
        )
        assert (first.number, second.number) == ("JF-510107005-000001", "JF-510107005-000002")
        assert len(first.token) == 24
        assert first.token != second.token
        with pytest.raises(RuleViolation, match="这个人已经有积分卡了。"):
            issue_card(name="王某某", phone="13812341234", place=huangmenjie, actor=community.actor)
        third = issue_card(holder="team", name="义剪队", place=huangmenjie, actor=community.actor)
        assert third.number == "JF-510107005-000003"

    def test_one_person_has_one_card_however_the_phone_is_written(
        self, huangmenjie, jinyan, community, stranger
    ):
        card = issue_card(name="王某", phone="138 1234-1234", place=huangmenjie, actor=community.actor)
        assert card.phone == "13812341234"
        for spelled in ("+86 13812341234", "8613812341234", "１３８１２３４１２３４", "0086-138-1234-1234"):
            with pytest.raises(RuleViolation, match="这个人已经有积分卡了。"):
                issue_card(name="王某", phone=spelled, place=huangmenjie, actor=community.actor)
        with pytest.raises(InputError, match="个人的积分卡要填电话"):
            issue_card(name="王某", place=huangmenjie, actor=community.actor)
        other = {"name": "王某", "phone": "13900001111", "place": huangmenjie, "actor": community.actor}
        with pytest.raises(RuleViolation) as refused:
            issue_card(**other)
        assert refused.value.field == "is_namesake"
        assert refused.value.message == (
            f"黉门街社区已有同名的积分卡（{card.number}，138****1234），一人只能有一张。"
            "确实是同名的另一个人，请勾选“是同名的另一个人”。"
        )
        assert issue_card(**other, is_namesake=True).phone == "13900001111"
        nameless = make_card(place=jinyan, name="李某")
        with pytest.raises(RuleViolation, match="没有登记电话，分不清是不是同一个人。请先补上那张卡的电话。"):
            issue_card(name="李某", phone="13900002222", place=jinyan, is_namesake=True, actor=stranger.actor)
        changed = change_card(
            card=nameless, name="李某", phone="139-0000-2222", place=jinyan, actor=stranger.actor
        )
        assert changed.phone == "13900002222"
        assert PointsCard.objects.count() == 3

    def test_a_liaison_issues_to_the_unit_and_its_volunteers_alone(
        self, unit, other_unit, liaison, community
    ):
        card = issue_card(holder="unit", actor=liaison.actor)
        assert (card.name, card.unit, card.place) == (unit.name, unit, unit.place)
        volunteer = issue_card(name="王某某", phone="13812341234", actor=liaison.actor)
        assert (volunteer.holder, volunteer.unit) == ("person", unit)
        assert Notification.objects.filter(recipient=community.user, kind="points_card_issued").count() == 2
        with pytest.raises(RuleViolation, match="这个单位已经有积分卡了。"):
            issue_card(holder="unit", actor=liaison.actor)
        with pytest.raises(NotAllowed):
            issue_card(name="王某", unit=other_unit, actor=liaison.actor)

    @pytest.mark.parametrize(
        ("typed", "field"),
        [({"name": " "}, "name"), ({"phone": "138"}, "phone"), ({"holder": "unit"}, "unit"), ({"holder": "x"}, "holder")],
    )  # fmt: skip
    def test_what_is_wrong_is_said_beside_its_field(self, huangmenjie, community, typed, field):
        with pytest.raises(InputError) as refused:
            issue_card(
                **{"name": "王某", "phone": "13812341234", "place": huangmenjie, **typed},
                actor=community.actor,
            )
        assert refused.value.field == field

    def test_others_and_elsewhere_are_refused(self, huangmenjie, jinyan, yulin, community, district):
        with pytest.raises(NotAllowed):
            issue_card(name="王某", place=huangmenjie, actor=district.actor)
        with pytest.raises(NotAllowed):
            issue_card(name="王某", phone="13812341234", place=jinyan, actor=community.actor)
        with pytest.raises(InputError, match="请选择社区"):
            issue_card(name="王某", phone="13812341234", place=yulin, actor=community.actor)

    def test_corrections_stand_in_the_timeline(self, huangmenjie, community, stranger):
        card = make_card(place=huangmenjie, name="王某", phone="13812341234", points=3)
        changed = change_card(
            card=card, name="王某某", phone=card.phone, place=huangmenjie, actor=community.actor
        )
        changed.refresh_from_db()
        assert (changed.name, changed.balance) == ("王某某", 3)
        assert HistoryEntry.objects.get(move="change").changes == {"name": ["姓名或名称", "王某", "王某某"]}
        with pytest.raises(NotAllowed):
            change_card(card=card, name="王某", place=huangmenjie, actor=stranger.actor)

    def test_the_subdistrict_freezes_and_the_points_stay(self, huangmenjie, community, subdistrict):
        card = make_card(place=huangmenjie, points=3)
        with pytest.raises(NotAllowed):
            freeze_card(card=card, note="核查", actor=community.actor)
        assert freeze_card(card=card, note="核查", actor=subdistrict.actor).balance == 3
        assert unfreeze_card(card=card, note="已查清", actor=subdistrict.actor).status == "active"

    def test_a_card_closes_once_nothing_is_open(self, huangmenjie, community):
        card, reward = make_card(place=huangmenjie, points=5), make_reward(place=huangmenjie)
        redemption = make_redemption(card=card, reward=reward)
        with pytest.raises(RuleViolation, match="还有待领取的兑换"):
            close_card(card=card, note="搬走", actor=community.actor)
        redemption.status = "collected"
        redemption.save()
        record = make_record(card=card)
        with pytest.raises(RuleViolation, match="还有待核的服务记录"):
            close_card(card=card, note="搬走", actor=community.actor)
        record.delete()
        assert close_card(card=card, note="搬走", actor=community.actor).status == "closed"


class TestTariffs:
    def test_the_district_adds_versions_from_tomorrow_on(self, district, subdistrict):
        first = add_tariff(valid_from=date(2026, 1, 1), basis="试行办法", **NUMBERS, actor=district.actor)
        tomorrow = today() + timedelta(days=1)
        with pytest.raises(InputError, match="新规则从明天或以后开始"):
            add_tariff(valid_from=today(), basis="修订", **NUMBERS, actor=district.actor)
        second = add_tariff(valid_from=tomorrow, basis="修订", **NUMBERS, actor=district.actor)
        assert (first.version, second.version) == (1, 2)
        with pytest.raises(RuleViolation, match="新规则要晚于这一天"):
            add_tariff(valid_from=tomorrow, basis="再修订", **NUMBERS, actor=district.actor)
        with pytest.raises(NotAllowed):
            add_tariff(valid_from=date(2099, 1, 1), basis="x", **NUMBERS, actor=subdistrict.actor)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"points_per_hour": Decimal(0)}, "points_per_hour"),
            ({"min_hours": Decimal("0.7")}, "min_hours"),
            ({"day_cap_hours": Decimal(3)}, "day_cap_hours"),
            ({"basis": " "}, "basis"),
        ],
    )
    def test_wrong_numbers_are_said_beside_their_field(self, district, wrong, field):
        typed = {"valid_from": date(2099, 1, 1), "basis": "试行办法", **NUMBERS, **wrong}
        with pytest.raises(RuleViolation) as refused:
            add_tariff(**typed, actor=district.actor)
        assert refused.value.field == field
        assert not PointsTariff.objects.exists()


class TestCallBacks:
    @pytest.fixture
    def october(self, huangmenjie, jinyan):
        """Forty-one records verified in October in 玉林, one in 晋阳."""
        with on(2026, 10, 20):
            card = make_card(place=huangmenjie)
            records = [earn(card, 1) for _ in range(41)]
            earn(make_card(place=jinyan), 1)
        return records

    def test_one_in_twenty_and_at_least_one_by_a_printed_seed(self, october, subdistrict):
        with on(2026, 10, 31):
            assert draw_call_backs(today=today()) == 0
        assert draw_call_backs(today=date(2026, 11, 1)) == 0
        assert draw_call_backs(today=date(2026, 11, 2)) == 4
        assert draw_call_backs(today=date(2026, 11, 3)) == 0
        drawn = CallBack.objects.filter(place_code__startswith="510107005")
        seed = seed_of("510107005", Month(2026, 10))
        numbers = sorted(record.pk for record in october)
        assert sorted(drawn.values_list("record_id", flat=True)) == sorted(
            random.Random(seed).sample(numbers, 3)
        )
        assert HistoryEntry.objects.filter(
            move="draw_call_backs", note__contains=f"种子 {seed}，抽取 3 条"
        ).exists()
        assert Notification.objects.get(recipient=subdistrict.user).kind == "call_backs_drawn"

    def test_the_same_seed_draws_the_same(self):
        numbers = list(range(100))
        assert draw(numbers, "a") == draw(numbers[::-1], "a")
        assert len(draw(numbers, "a")) == 5
        assert draw(numbers, "a") != draw(numbers, "b")

    def test_a_denied_service_is_proposed_for_reversal(self, october, subdistrict, community, stranger):
        draw_call_backs(today=date(2026, 11, 2))
        call_back = CallBack.objects.filter(place_code__startswith="510107005").first()
        for person in (community, stranger):
            with pytest.raises(NotAllowed):
                record_call_back(call_back=call_back, outcome="confirmed", actor=person.actor)
        with pytest.raises(InputError, match="请写明对方怎么说。"):
            record_call_back(call_back=call_back, outcome="denied", actor=subdistrict.actor)
        record_call_back(call_back=call_back, outcome="unreached", actor=subdistrict.actor)
        done = record_call_back(
            call_back=call_back, outcome="denied", note="没有参加", actor=subdistrict.actor
        )
        assert (done.outcome, done.called_by_id) == ("denied", subdistrict.user.pk)
        assert Notification.objects.filter(recipient=subdistrict.user, kind="call_back_denied").count() == 1
        kinds = [item.kind for item in todo_items(subdistrict.actor, today())]
        assert {"record-reverse", "call-back"} <= set(kinds)
        with pytest.raises(RuleViolation, match="结果已经是“不属实”"):
            record_call_back(call_back=call_back, outcome="confirmed", actor=subdistrict.actor)

    def test_nobody_asks_about_what_he_or_she_verified(self, october, subdistrict):
        for record in october:
            record.verifier = subdistrict.user
            record.save()
        draw_call_backs(today=date(2026, 11, 2))
        with pytest.raises(NotAllowed, match="不能回访自己登记或核实的服务"):
            record_call_back(
                call_back=CallBack.objects.filter(place_code__startswith="510107005").first(),
                outcome="confirmed", actor=subdistrict.actor,
            )  # fmt: skip


class TestCertificates:
    def test_it_bears_what_the_regulation_asks_for(self, huangmenjie, jinyan, unit, community, liaison):
        card = make_card(place=huangmenjie, name="王某某", unit=unit)
        day = today() - timedelta(days=3)
        make_record(card=card, on=day, status="valid", activity="助老：陪同就医")
        make_record(card=card, on=day, hour=14, status="pending", activity="未核实的")
        make_record(card=card, on=day, hour=18, status="valid", place=jinyan, activity="别处的")
        request_certificate(card=card, first=day, last=today(), purpose="申请入学", actor=liaison.actor)
        assert Notification.objects.get(recipient=community.user).kind == "certificate_requested"
        assert open_requests(huangmenjie.code).count() == 1
        assert [
            (item.kind, item.title, item.due_on) for item in todo_items(community.actor, today())[1:]
        ] == [("certificate", "出具志愿服务记录证明：王某某", Calendar().add_workdays(today(), 5))]
        page = community.client.get(f"/projects/cards/{card.pk}/certificate/").content.decode()
        assert "单位的申请：" in page
        assert 'value="申请入学"' in page
        paper = issue_certificate(
            card=card, first=day, last=today(), purpose="申请入学", actor=community.actor
        )
        assert paper.number == f"志证〔510107005008〕{today().year}-0001"
        document = Document(paper.file)
        text = "\n".join(one.text for one in document.paragraphs)
        table = "\n".join(cell.text for one in document.tables for row in one.rows for cell in row.cells)
        for words in (
            "志愿服务记录证明",
            paper.number,
            "参加志愿服务 1 次，累计 2 小时",
            "民政部令第67号",
            "黉门街社区",
        ):
            assert words in text
        for words in ("王某某", "助老：陪同就医", "09:00–11:00", unit.name, "申请入学", "核验码"):
            assert words in table
        assert "未核实的" not in table
        assert "别处的" not in table
        assert open_requests(huangmenjie.code).count() == 0
        assert [item.kind for item in todo_items(community.actor, today())] == ["record-verify"]
        assert Notification.objects.get(recipient=liaison.user).kind == "certificate_issued"

    def test_a_request_is_chased_a_workday_before_it_is_due(self, huangmenjie, unit, community, liaison):
        with on(2026, 11, 2):
            card = make_card(place=huangmenjie, unit=unit)
            make_record(card=card, on=date(2026, 11, 1), status="valid")
            request_certificate(card=card, first=date(2026, 11, 1), last=today(), actor=liaison.actor)
        for day, kinds in ((5, []), (6, ["certificate_due"])):
            with on(2026, 11, day):
                found = list(points_reminders(today()))
                assert [one.kind for one in found] == kinds
        assert (found[0].to, found[0].due_on) == ((community.user.pk,), date(2026, 11, 9))

    def test_what_stands_against_it_is_said(self, huangmenjie, community, liaison, stranger):
        card, day = make_card(place=huangmenjie), today()
        with pytest.raises(RuleViolation, match="没有已核实的志愿服务"):
            issue_certificate(card=card, first=day, last=day, actor=community.actor)
        with pytest.raises(InputError, match="截止日期要在起始日期之后。"):
            issue_certificate(card=card, first=day, last=day - timedelta(days=1), actor=community.actor)
        for person in (stranger, liaison):
            with pytest.raises(NotAllowed):
                issue_certificate(card=card, first=day, last=day, actor=person.actor)
        with pytest.raises(NotAllowed):
            request_certificate(card=card, first=day, last=day, actor=liaison.actor)

    def test_an_export_needs_a_reason_that_is_kept(self, huangmenjie, jinyan, community, liaison):
        own = make_record(card=make_card(place=huangmenjie), status="valid")
        make_record(card=make_card(place=huangmenjie), status="pending")
        make_record(card=make_card(place=jinyan), status="valid")
        first, last = today() - timedelta(days=9), today()
        with pytest.raises(InputError, match="请写明导出的用途"):
            note_export(first=first, last=last, reason="上报", actor=community.actor)
        with pytest.raises(NotAllowed):
            note_export(first=first, last=last, reason="上报国家系统", actor=liaison.actor)
        note_export(first=first, last=last, reason="上报国家系统", actor=community.actor)
        assert list(exported_records(first, last, community.actor)) == [own]
        kept = HistoryEntry.objects.get(move="export_records")
        assert (kept.actor_id, kept.note.split("用途：")[1]) == (community.user.pk, "上报国家系统")


class TestWhatWaits:
    def test_one_line_for_each_kind(self, huangmenjie, community, subdistrict, liaison, unit):
        card = make_card(place=huangmenjie, points=20, unit=unit)
        reward = make_reward(place=huangmenjie, stock=3)
        make_redemption(card=card, reward=reward)
        for hour in (9, 14):
            make_record(card=card, hour=hour, author=liaison.user)
        own = [(item.kind, item.title) for item in todo_items(community.actor, today())]
        assert own == [
            ("record-verify", "核实志愿服务记录：2 条"),
            ("redemption-collect", "待领取的积分兑换：1 张"),
            ("stock-low", "兑换项快兑完了：1 项"),
        ]
        assert [item.kind for item in todo_items(subdistrict.actor, today())] == [
            "redemption-collect",
            "stock-low",
        ]
        assert [one.title for one in waiting_items(liaison.actor, today())] == [
            "等社区核实：2 条志愿服务记录"
        ]
        assert todo_items(liaison.actor, today()) == []

    def test_reminders_say_each_fact_once_and_rest_on_days_off(self, huangmenjie, community, subdistrict):
        with on(2026, 11, 2):
            card = make_card(place=huangmenjie, points=9)
            make_record(card=card, on=date(2026, 11, 1))
            make_redemption(card=card, reward=make_reward(place=huangmenjie, stock=3))
            record = earn(card, 1, on=date(2026, 10, 1))
            CallBack.objects.create(record=record, place_code=record.place_code, month=date(2026, 10, 1))
        with on(2026, 11, 5):
            assert [one.kind for one in points_reminders(today())] == ["stock_low"]
        with on(2026, 11, 6):
            assert [one.kind for one in points_reminders(today())] == ["records_to_verify", "stock_low"]
        with on(2026, 11, 14):
            assert list(points_reminders(today())) == []
        with on(2026, 11, 23):
            found = list(points_reminders(today()))
            assert [one.kind for one in found] == [
                "records_to_verify", "redemption_uncollected", "call_backs_open", "stock_low",
            ]  # fmt: skip
            assert found[0].to == (community.user.pk,)
            assert found[2].to == (subdistrict.user.pk,)
            assert (remind_of_points(), remind_of_points()) == (6, 0)
