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
from projects.actions.points import close_card
from projects.actions.records import (
    Line,
    LinesRefused,
    follow_session,
    record_batch,
    record_service,
    reject_record,
    reverse_record,
    verify_record,
    verify_records,
    verify_serious,
    verify_violation,
)
from projects.models import PointsEntry, VolunteerRecord
from projects.points_rules import points_for
from tests.cast import make_person
from tests.factories.projects import make_claim, make_project
from tests.factories.projects_points import make_card, make_record, make_redemption, make_reward, make_tariff
from tests.factories.projects_sessions import make_session
from tests.projects.test_races import at_once
from wuhou.invariants import INVARIANTS, broken_rows

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

    def test_a_person_with_several_cards_is_one_person(self, card, huangmenjie, unit, community):
        first = make_card(place=huangmenjie, name="李某", phone="13812341234")
        record_service(card=first, **typed(), actor=community.actor)
        first.status = "closed"
        first.save()
        second, nameless, namesake = (
            make_card(place=huangmenjie, name="李某", phone=phone)
            for phone in ("+86 138-1234-1234", "", "13999999999")
        )
        for other in (second, nameless):
            with pytest.raises(RuleViolation, match=r"李某在 .* 已有服务记录"):
                record_service(card=other, **typed(), actor=community.actor)
        record_service(card=namesake, **typed(), actor=community.actor)
        record_service(card=second, **typed(starts=time(12), ends=time(16)), actor=community.actor)
        field, sentence = refusal(
            record_service, card=second, **typed(starts=time(17), ends=time(20)), actor=community.actor
        )
        assert (field, "已记 6 小时，每天最多 8 小时，这次最多还能记 2 小时。" in sentence) == ("hours", True)

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
        one_more = record_service(card=cards[20], **in_time, actor=community.actor)
        assert one_more.flags == "批量21条"
        assert {record.flags for record in VolunteerRecord.objects.filter(batch=few[0].batch)} == {"批量21条"}

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

    def test_it_takes_as_many_queries_for_three_as_for_seventeen(
        self, tariff, huangmenjie, community, colleague, django_assert_num_queries
    ):
        cards = [make_card(place=huangmenjie) for _ in range(20)]
        lines = [Line(number, card.name, card.number) for number, card in enumerate(cards, 1)]
        ContentType.objects.get_for_model(VolunteerRecord)
        ContentType.objects.get_for_model(Notification)
        with django_assert_num_queries(18):
            record_batch(lines=lines[:3], **typed(), place=huangmenjie, actor=community.actor)
        with django_assert_num_queries(18):
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

    def test_spent_points_are_owed_and_later_ones_offset_them_first(
        self, card, community, colleague, liaison, subdistrict, huangmenjie
    ):
        record = record_service(card=card, **typed(), actor=community.actor)
        verify_record(record=record, actor=colleague.actor)
        redemption = make_redemption(card=card, reward=make_reward(place=huangmenjie, cost="1.5"))
        reverse_record(record=record, note="查实未参加", actor=subdistrict.actor)

        def sums() -> tuple:
            card.refresh_from_db()
            return card.balance, card.owed, card.hours

        assert sums() == (0, Decimal("1.5"), 0)
        entry = PointsEntry.objects.get(kind="reversal")
        assert (entry.delta, entry.owed, entry.worth, entry.hours) == (
            Decimal("-0.5"),
            Decimal("1.5"),
            -2,
            -2,
        )
        told = Notification.objects.get(recipient=liaison.user, kind="record_reversed").body
        assert "冲回 2 分、2 小时。其中 1.5 分已经用掉，记为待扣，以后的积分先抵扣。" in told
        assert f"待领取的兑换单 {redemption.number} 可以取消" in told
        redemption.status = "collected"
        redemption.save()
        with pytest.raises(RuleViolation, match=r"这张卡还有待扣 1\.5 分，不能注销"):
            close_card(card=card, note="搬走", actor=community.actor)
        later = record_service(card=card, **typed(starts=time(14), ends=time(15)), actor=community.actor)
        verify_record(record=later, actor=colleague.actor)
        assert sums() == (0, Decimal("0.5"), 1)
        more = record_service(card=card, **typed(starts=time(16), ends=time(18)), actor=community.actor)
        verify_record(record=more, actor=colleague.actor)
        assert sums() == (Decimal("1.5"), 0, 3)
        assert list(PointsEntry.objects.order_by("pk").values_list("delta", "owed")) == [
            (2, 0), (Decimal("-1.5"), 0), (Decimal("-0.5"), Decimal("1.5")), (0, -1), (Decimal("1.5"), Decimal("-0.5")),
        ]  # fmt: skip
        assert all(not broken_rows(one, 5) for one in INVARIANTS if "积分" in one.sentence)

    def test_a_violation_cuts_the_points_and_never_the_hours(self, card, community, colleague, liaison):
        rows = [
            record_service(card=card, **typed(starts=time(hour), ends=time(hour + 2)), actor=community.actor)
            for hour in (8, 12)
        ]
        with pytest.raises(RuleViolation, match="请填写违规的情况"):
            verify_violation(record=rows[0], note=" ", actor=colleague.actor)
        verify_violation(record=rows[0], note="中途离开", actor=colleague.actor)
        verify_serious(record=rows[1], note="收受礼品", actor=colleague.actor)
        card.refresh_from_db()
        assert (card.balance, card.hours) == (1, 4)
        assert list(PointsEntry.objects.order_by("pk").values_list("note", flat=True)) == [
            "助老：陪同独居老人就医（违规，积分按 0.5 计）",
            "助老：陪同独居老人就医（严重违规，不计积分）",
        ]
        told = Notification.objects.filter(recipient=liaison.user, kind="record_cut").first()
        assert told.body.endswith("已核实，严重违规，不计积分，时长不变。说明：收受礼品")


class TestSessions:
    """What is recorded of a session stays within what it states, and follows it when it counts no more."""

    @pytest.fixture
    def session(self, unit, huangmenjie):
        project = make_project(place=huangmenjie, status="running")
        claim = make_claim(project=project, unit=unit, status="confirmed")
        return make_session(
            claim=claim, held_on=today() - YESTERDAY, starts_at=time(9), ends_at=time(11), volunteers=2,
            volunteer_hours=Decimal(5),
        )  # fmt: skip

    def test_a_units_own_within_its_times_and_an_hour_around(
        self, card, session, liaison, other_liaison, community
    ):
        with pytest.raises(NotAllowed, match="只能登记本单位牵头或联合开展的场次的志愿服务。"):
            record_service(card=card, **typed(), session=session, actor=other_liaison.actor)
        for hours in ({"starts": time(7, 30), "ends": time(10)}, {"starts": time(10), "ends": time(12, 30)}):
            assert refusal(
                record_service, card=card, **typed(**hours), session=session, actor=liaison.actor
            ) == (
                "starts",
                "这一场是 09:00–11:00，前后各留一小时准备和收尾，服务时间要不早于 08:00，不晚于 12:00。",
            )
        wide = typed(starts=time(8), ends=time(12))
        assert record_service(card=card, **wide, session=session, actor=liaison.actor).hours == 4

    def test_not_more_heads_and_hours_than_it_states(self, card, session, huangmenjie, community):
        record_service(card=card, **typed(), session=session, actor=community.actor)
        second, third = make_card(place=huangmenjie), make_card(place=huangmenjie)
        team = make_card(place=huangmenjie, holder="team", name="义剪队")
        wide = typed(starts=time(8), ends=time(12))
        field, sentence = refusal(record_service, card=second, **wide, session=session, actor=community.actor)
        assert (field, sentence) == (
            "session",
            "这一场填报的是2 名志愿者、5 小时，连同这次共有 2 名、6 小时，不能超过。请核对；场次填少了的，请先更正场次。",
        )
        record_service(card=second, **typed(), session=session, actor=community.actor)
        lines = [Line(1, third.name, third.number, Decimal("0.5"))]
        with pytest.raises(RuleViolation, match=r"连同这次共有 3 名、4\.5 小时"):
            record_batch(lines=lines, **typed(), place=huangmenjie, session=session, actor=community.actor)
        record_service(card=team, **wide, session=session, actor=community.actor)

    def test_when_it_counts_no_more_its_records_are_taken_back(
        self, card, session, huangmenjie, unit, liaison, community, colleague, subdistrict
    ):
        other = make_card(place=huangmenjie, name="李某", unit=unit)
        verified = record_service(card=card, **typed(), session=session, actor=community.actor)
        verify_record(record=verified, actor=colleague.actor)
        pending = record_service(card=other, **typed(), session=session, actor=community.actor)
        make_record(card=card, hour=15)
        session.status = "revoked"
        session.save()
        assert follow_session(session, "场次不实", subdistrict.actor) == (1, 1)
        assert follow_session(session, "场次不实", subdistrict.actor) == (0, 0)
        refused = refusal(record_service, card=card, **typed(), session=session, actor=community.actor)
        assert refused == ("session", "这一场是“已撤销核实”，不能登记志愿服务。")
        pending.refresh_from_db()
        verified.refresh_from_db()
        card.refresh_from_db()
        assert (pending.status, verified.status, card.balance, card.hours) == ("rejected", "reversed", 0, 0)
        assert VolunteerRecord.objects.get(session=None).status == "pending"
        last = HistoryEntry.objects.filter(move="reverse").get()
        assert (last.actor_id, last.note) == (subdistrict.user.pk, "场次已撤销核实：场次不实")
        told = Notification.objects.get(recipient=liaison.user, kind="records_followed")
        assert "李某、王某某等 2 条志愿服务记录，1 条已冲正，1 条待核的不通过。" in told.body
        assert Notification.objects.filter(recipient=community.user, kind="records_followed").count() == 1

    def test_a_session_entered_anew_keeps_its_records_and_flags_them(self, card, session, unit, liaison):
        record = record_service(card=card, **typed(), session=session, actor=liaison.actor)
        anew = make_session(claim=session.claim, held_on=session.held_on, starts_at=time(10))
        assert follow_session(session, "填错时间", liaison.actor, replacement=anew) == (1, 0)
        record.refresh_from_db()
        assert (record.session, record.status, record.flags) == (anew, "pending", "场次已更正")


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
