"""Service is recorded by one person and verified by another; hours, caps, overlaps, flags, batches, reversal."""

from collections import Counter
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.roles import Role
from notifications.models import Notification
from projects.actions.records import (
    Line,
    LinesRefused,
    record_batch,
    record_service,
    reject_record,
    reverse_record,
    verify_record,
    verify_records,
)
from projects.models import PointsEntry, VolunteerRecord
from projects.points_rules import points_for
from tests.cast import make_person
from tests.factories.projects import make_claim, make_project
from tests.factories.projects_points import make_card, make_record, make_redemption, make_reward, make_tariff
from tests.factories.projects_sessions import make_session
from tests.projects.test_races import at_once

pytestmark = pytest.mark.django_db
YESTERDAY = timedelta(days=1)


@pytest.fixture
def tariff(db):
    return make_tariff()


@pytest.fixture
def card(tariff, huangmenjie, unit):
    return make_card(place=huangmenjie, name="王某某", unit=unit)


@pytest.fixture
def colleague(huangmenjie):
    """A second person of the community."""
    return make_person("colleague", Role.COMMUNITY, place=huangmenjie, name="周某")


def typed(**more) -> dict:
    return {
        "served_on": today() - YESTERDAY,
        "starts": time(9),
        "ends": time(11),
        "kind": "elderly",
        "content": "陪同独居老人就医",
        **more,
    }


def refusal(action, **typed_) -> tuple[str | None, str]:
    with pytest.raises(RuleViolation) as refused:
        action(**typed_)
    return refused.value.field, refused.value.message


class TestRecording:
    def test_it_waits_for_somebody_else_and_the_community_hears_of_a_units(self, card, liaison, community):
        record = record_service(card=card, **typed(), actor=liaison.actor)
        assert (record.status, record.hours, record.activity) == (
            "pending",
            Decimal(2),
            "助老：陪同独居老人就医",
        )
        assert (record.flags, record.place_code, record.author_id) == ("", card.place_code, liaison.user.pk)
        card.refresh_from_db()
        assert (card.balance, card.hours) == (0, 0)
        assert Notification.objects.get(recipient=community.user).kind == "record_recorded"

    @pytest.mark.parametrize(
        ("more", "field", "words"),
        [
            ({"hours": Decimal("1.2")}, "hours", "以半小时为单位"),
            ({"hours": Decimal("2.5")}, "hours", "起止时间之间只有 2 小时"),
            ({"ends": time(9, 20)}, "hours", "至少 0.5 小时"),
            ({"ends": time(14)}, "hours", "按第1版积分规则，一次服务最多记 4 小时，每天最多 8 小时。中间有休息的，请分成两次登记。"),
            ({"ends": time(8)}, "ends", "跨过零点的请按天分开登记"),
            ({"served_on": date(2099, 1, 1)}, "served_on", "还没有结束的服务不能登记"),
            ({"served_on": date(2019, 1, 1)}, "served_on", "还没有启用积分规则"),
            ({"kind": "meeting"}, "kind", "请从列表中选择服务类别"),
            ({"content": "参加党员学习"}, "content", "开会、学习、点赞、签到不记志愿服务"),
            ({"content": "朋友圈点赞"}, "content", "开会、学习、点赞、签到不记志愿服务"),
            ({"content": " "}, "content", "请写明做了什么"),
            ({"role": "boss"}, "role", "身份只能是"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_beside_its_field(self, card, community, more, field, words):
        beside, sentence = refusal(record_service, card=card, **typed(**more), actor=community.actor)
        assert beside == field
        assert words in sentence
        assert not VolunteerRecord.objects.exists()

    def test_helping_to_learn_is_service(self, card, community):
        record_service(card=card, **typed(content="辅导孩子学习"), actor=community.actor)

    def test_one_person_is_not_in_two_places_at_once(self, card, community):
        first = record_service(card=card, **typed(), actor=community.actor)
        field, sentence = refusal(
            record_service, card=card, **typed(starts=time(10, 30), ends=time(12)), actor=community.actor
        )
        day = today() - YESTERDAY
        assert field == "starts"
        assert (
            f"王某某在 {day} 09:00–11:00 已有服务记录“助老：陪同独居老人就医”（第 {first.pk} 条）" in sentence
        )
        record_service(card=card, **typed(starts=time(11), ends=time(12)), actor=community.actor)

    def test_a_day_has_eight_hours_and_says_what_is_left(self, card, community):
        for start in (8, 12):
            ends = time(start + (4 if start == 8 else 3))
            record_service(card=card, **typed(starts=time(start), ends=ends), actor=community.actor)
        field, sentence = refusal(
            record_service, card=card, **typed(starts=time(16), ends=time(18)), actor=community.actor
        )
        assert field == "hours"
        assert "已记 7 小时，每天最多 8 小时，这次最多还能记 1 小时。" in sentence

    def test_rejected_service_takes_neither_time_nor_hours(self, card, community, colleague):
        record = record_service(card=card, **typed(), actor=community.actor)
        reject_record(record=record, note="人没有来", actor=colleague.actor)
        record_service(card=card, **typed(), actor=community.actor)
        assert Notification.objects.get(recipient=community.user, kind="record_rejected").body.endswith(
            "人没有来"
        )

    def test_nobody_records_for_others_places_or_units(
        self, card, jinyan, other_liaison, stranger, district, community
    ):
        for person in (other_liaison, stranger, district):
            with pytest.raises(NotAllowed):
                record_service(card=card, **typed(), actor=person.actor)
        with pytest.raises(NotAllowed):
            record_service(card=card, **typed(), place=jinyan, actor=community.actor)

    @pytest.mark.parametrize(("status", "code"), [("frozen", "card_frozen"), ("closed", "card_closed")])
    def test_a_frozen_or_closed_card_takes_nothing(self, card, community, status, code):
        card.status = status
        card.save()
        with pytest.raises(RuleViolation) as refused:
            record_service(card=card, **typed(), actor=community.actor)
        assert refused.value.code == code

    def test_a_session_gives_day_place_and_project(self, card, unit, liaison, huangmenjie):
        project = make_project(place=huangmenjie, status="running")
        claim = make_claim(project=project, unit=unit, status="confirmed")
        session = make_session(claim=claim, held_on=today() - YESTERDAY)
        record = record_service(card=card, **typed(), session=session, actor=liaison.actor)
        assert (record.session, record.project, record.place) == (session, project, session.place)
        other_day = typed(served_on=today() - 2 * YESTERDAY)
        assert (
            refusal(record_service, card=card, **other_day, session=session, actor=liaison.actor)[0]
            == "served_on"
        )


class TestVerifying:
    def test_hours_and_points_enter_the_ledger(self, card, tariff, community, liaison):
        record = record_service(card=card, **typed(role="leader", ends=time(10, 30)), actor=liaison.actor)
        verified = verify_record(record=record, actor=community.actor)
        entry = PointsEntry.objects.get()
        assert (verified.status, verified.verifier_id) == ("valid", community.user.pk)
        assert (entry.kind, entry.delta, entry.hours, entry.tariff) == (
            "service",
            Decimal("2.1"),
            Decimal("1.5"),
            tariff,
        )
        assert (entry.occurred_on, entry.record, entry.author_id) == (
            record.served_on,
            record,
            community.user.pk,
        )
        card.refresh_from_db()
        assert (card.balance, card.hours) == (Decimal("2.1"), Decimal("1.5"))

    def test_whoever_records_does_not_verify(self, card, community, colleague):
        record = record_service(card=card, **typed(), actor=community.actor)
        with pytest.raises(NotAllowed, match="不能办理自己提交的事项"):
            verify_record(record=record, actor=community.actor)
        assert verify_record(record=record, actor=colleague.actor).status == "valid"

    def test_the_units_own_people_and_strangers_do_not_verify(self, card, community, liaison, stranger):
        record = record_service(card=card, **typed(), actor=community.actor)
        for person in (liaison, stranger):
            with pytest.raises(NotAllowed):
                verify_record(record=record, actor=person.actor)

    def test_the_tariff_of_the_day_of_service_counts(self, card, huangmenjie, colleague):
        make_tariff(version=2, valid_from=today(), points_per_hour=3)
        record = make_record(card=card, on=today() - YESTERDAY)
        verify_record(record=record, actor=colleague.actor)
        assert PointsEntry.objects.get().delta == 2

    @pytest.mark.parametrize(
        ("hours", "role", "points"),
        [("0.5", "volunteer", "0.5"), ("1.5", "leader", "2.1"), ("0.5", "organizer", "0.6"), ("3.5", "organizer", "4.2")],
    )  # fmt: skip
    def test_points_are_hours_times_rate_times_factor(self, tariff, hours, role, points):
        assert points_for(Decimal(hours), role, tariff) == Decimal(points)

    def test_half_of_a_tenth_is_rounded_up(self, tariff):
        tariff.points_per_hour = Decimal("1.1")
        assert points_for(Decimal("0.5"), "volunteer", tariff) == Decimal("0.6")


class TestFlags:
    def test_late_and_bulk_are_said_in_words(self, tariff, huangmenjie, community):
        cards = [make_card(place=huangmenjie) for _ in range(21)]
        lines = [Line(number, card.name, card.number) for number, card in enumerate(cards, 1)]
        late = typed(served_on=today() - 8 * YESTERDAY)
        records = record_batch(lines=lines, **late, place=huangmenjie, actor=community.actor)
        assert {record.flags for record in VolunteerRecord.objects.all()} == {"补录8天，批量21条"}
        assert len({record.batch for record in records}) == 1
        assert HistoryEntry.objects.filter(move="record", note="补录8天，批量21条").count() == 21
        in_time = typed(served_on=today() - 7 * YESTERDAY)
        few = record_batch(lines=lines[:20], **in_time, place=huangmenjie, actor=community.actor)
        assert {record.flags for record in few} == {""}

    def test_what_is_flagged_is_verified_one_by_one_with_a_word(self, card, colleague, community):
        flagged = make_record(card=card, flags="补录9天", author=community.user)
        plain = make_record(card=card, hour=14, author=community.user)
        own = make_record(card=card, hour=18, author=colleague.user)
        done, refused = verify_records(records=[flagged, plain, own], actor=colleague.actor)
        assert done == 1
        assert [sentence.rsplit("：", 1)[-1] for sentence in refused] == [
            "“补录9天”的记录要逐条核实并写明依据。",
            "不能办理自己提交的事项，请由另一位同事办理。",
        ]
        assert refusal(verify_record, record=flagged, actor=colleague.actor) == (
            "note",
            "这条记录是“补录9天”，请写明核实的依据，例如向谁核对过。",
        )
        verify_record(record=flagged, note="已向家属核对", actor=colleague.actor)
        assert PointsEntry.objects.count() == 2


class TestBatch:
    def test_one_wrong_line_and_nothing_is_written(self, tariff, huangmenjie, jinyan, community):
        cards = [make_card(place=huangmenjie, name=f"志愿者{number}") for number in range(5)]
        busy, frozen, foreign = cards[1], cards[2], make_card(place=jinyan)
        make_record(card=busy)
        frozen.status = "frozen"
        frozen.save()
        lines = [
            Line(1, "志愿者0", cards[0].number.lower()),
            Line(2, "志愿者1", busy.number),
            Line(3, "志愿者2", frozen.number),
            Line(4, foreign.name, foreign.number),
            Line(5, "李某", cards[3].number),
            Line(6, "志愿者0", cards[0].number),
            Line(7, "志愿者4", cards[4].number, Decimal(3)),
            Line(8, "赵某", ""),
        ]
        with pytest.raises(LinesRefused) as refused:
            record_batch(lines=lines, **typed(), place=huangmenjie, actor=community.actor)
        said = refused.value.sentences
        assert [sentence.split("（")[0] for sentence in said] == [f"第 {number} 行" for number in range(2, 9)]
        for sentence, words in zip(
            said,
            ("已有服务记录", "已冻结", "不是本辖区、本单位的卡", "持卡人不是“李某”", "与第 1 行是同一张卡",
             "起止时间之间只有 2 小时", "没有写卡号"),
            strict=True,
        ):  # fmt: skip
            assert words in sentence
        assert VolunteerRecord.objects.count() == 1

    def test_at_most_five_hundred(self, tariff, huangmenjie, community):
        lines = [Line(number, "", "JF-1") for number in range(501)]
        with pytest.raises(InputError, match="一次最多登记 500 人"):
            record_batch(lines=lines, **typed(), place=huangmenjie, actor=community.actor)

    def test_it_takes_as_many_queries_for_three_as_for_thirty(
        self, tariff, huangmenjie, community, colleague, django_assert_num_queries
    ):
        cards = [make_card(place=huangmenjie) for _ in range(33)]
        lines = [Line(number, card.name, card.number) for number, card in enumerate(cards, 1)]
        ContentType.objects.get_for_model(VolunteerRecord)
        ContentType.objects.get_for_model(Notification)
        with django_assert_num_queries(15):
            record_batch(lines=lines[:3], **typed(), place=huangmenjie, actor=community.actor)
        with django_assert_num_queries(15):
            record_batch(lines=lines[3:], **typed(), place=huangmenjie, actor=community.actor)


class TestReversing:
    def test_points_and_hours_go_back_by_an_entry_of_their_own(self, card, community, liaison, subdistrict):
        record = record_service(card=card, **typed(), actor=liaison.actor)
        verify_record(record=record, actor=community.actor)
        reverse_record(record=record, note="查实未参加", actor=subdistrict.actor)
        first, second = PointsEntry.objects.order_by("pk")
        assert (second.kind, second.delta, second.hours, second.reverses) == ("reversal", -2, -2, first)
        assert (second.occurred_on, second.note) == (first.occurred_on, "查实未参加")
        card.refresh_from_db()
        record.refresh_from_db()
        assert (card.balance, card.hours, record.status) == (0, 0, "reversed")
        assert Notification.objects.filter(recipient=liaison.user, kind="record_reversed").count() == 1
        with pytest.raises(RuleViolation, match="当前状态是“已冲正”"):
            reverse_record(record=record, note="再来", actor=subdistrict.actor)

    def test_the_community_does_not_reverse_and_a_reason_is_needed(
        self, card, community, colleague, subdistrict
    ):
        record = record_service(card=card, **typed(), actor=community.actor)
        verify_record(record=record, actor=colleague.actor)
        with pytest.raises(NotAllowed):
            reverse_record(record=record, note="错", actor=colleague.actor)
        with pytest.raises(RuleViolation, match="请填写冲正的原因"):
            reverse_record(record=record, note=" ", actor=subdistrict.actor)

    def test_redeemed_points_are_called_off_first(self, card, community, colleague, subdistrict, huangmenjie):
        record = record_service(card=card, **typed(), actor=community.actor)
        verify_record(record=record, actor=colleague.actor)
        redemption = make_redemption(card=card, reward=make_reward(place=huangmenjie, cost=2))
        with pytest.raises(RuleViolation) as refused:
            reverse_record(record=record, note="查实未参加", actor=subdistrict.actor)
        assert refused.value.code == "balance_too_low"
        assert refused.value.message == (
            f"这张卡余额 0 分，不够冲回 2 分。请先取消待领取的兑换单 {redemption.number}，再冲正。"
        )
        record.refresh_from_db()
        assert (record.status, PointsEntry.objects.filter(kind="reversal").count()) == ("valid", 0)


@pytest.mark.django_db(transaction=True)
def test_one_service_entered_by_four_at_once_is_entered_and_verified_once(
    card, community, colleague, liaison
):
    entered = at_once(*[lambda: record_service(card=card, **typed(), actor=liaison.actor)] * 4)
    assert Counter(entered) == {"done": 1, "record_no_overlap": 3}
    record = VolunteerRecord.objects.get()
    verified = at_once(
        *[
            lambda actor=person.actor: verify_record(record=record, actor=actor)
            for person in (community, colleague)
        ]
    )
    assert Counter(verified) == {"done": 1, "wrong_state": 1}
    card.refresh_from_db()
    assert (card.balance, card.hours, PointsEntry.objects.count()) == (2, 2, 1)
