"""Points are given for rewards: catalogue, stock, counter, the holder's own page, limits, races."""

import threading
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from notifications.models import Notification
from projects.actions.points import issue_card
from projects.actions.redemptions import (
    add_reward,
    cancel_redemption,
    change_reward,
    collect_redemption,
    find_card,
    lapse_redemptions,
    move_stock,
    redeem,
    reserve_by_holder,
)
from projects.models import PointsCard, PointsEntry, Redemption, Reward, RewardStockEntry
from projects.reminders.points import redemptions_to_lapse
from tests.factories.projects_points import make_card, make_redemption, make_reward, make_tariff
from tests.projects.test_races import at_once
from wuhou.invariants import INVARIANTS, broken_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(huangmenjie) -> PointsCard:
    return make_card(place=huangmenjie, points=12, name="王某某")


@pytest.fixture
def reward(huangmenjie) -> Reward:
    return make_reward(place=huangmenjie, title="理发一次", cost=Decimal(5), stock=2)


class TestCatalogue:
    def test_stock_moves_by_lines_with_a_reason(self, huangmenjie, community, stranger):
        reward = add_reward(
            title="理发", kind="service", cost=Decimal("5.5"), place=huangmenjie, actor=community.actor
        )
        move_stock(reward=reward, delta=8, note="区级配发", actor=community.actor)
        move_stock(reward=reward, delta=-3, note="盘点短少", actor=community.actor)
        reward.refresh_from_db()
        assert (reward.stock, reward.stock_entries.count()) == (5, 2)
        with pytest.raises(RuleViolation, match="现有库存 5，不能出库 6。"):
            move_stock(reward=reward, delta=-6, note="盘点", actor=community.actor)
        for typed in ({"delta": 0, "note": "x"}, {"delta": 1, "note": " "}):
            with pytest.raises(InputError):
                move_stock(reward=reward, **typed, actor=community.actor)
        with pytest.raises(NotAllowed):
            move_stock(reward=reward, delta=1, note="x", actor=stranger.actor)

    def test_a_change_is_kept_and_a_second_of_a_name_refused(self, reward, huangmenjie, community, liaison):
        changed = change_reward(reward=reward, cost=Decimal(6), actor=community.actor)
        assert (changed.cost, changed.version) == (6, 2)
        with pytest.raises(RuleViolation, match="这个兑换点已经有同名的兑换项。"):
            add_reward(
                title="理发一次", kind="thing", cost=Decimal(1), place=huangmenjie, actor=community.actor
            )
        with pytest.raises(InputError, match="所需积分要大于 0"):
            change_reward(reward=reward, cost=Decimal(0), actor=community.actor)
        with pytest.raises(NotAllowed):
            change_reward(reward=reward, cost=Decimal(1), actor=liaison.actor)


class TestAtTheCounter:
    def test_points_and_stock_are_taken_at_once_and_hours_never(self, card, reward, community):
        redemption = redeem(card=card, reward=reward, actor=community.actor)
        card.refresh_from_db()
        reward.refresh_from_db()
        assert (card.balance, card.hours, reward.stock) == (7, 12, 1)
        assert redemption.number == f"DH-{today().year}-510107005-0001"
        assert collect_redemption(redemption=redemption, actor=community.actor).status == "collected"

    def test_cancelling_brings_both_back_by_lines_of_their_own(self, card, reward, community):
        redemption = redeem(card=card, reward=reward, actor=community.actor)
        with pytest.raises(RuleViolation, match="请填写取消的原因"):
            cancel_redemption(redemption=redemption, note="", actor=community.actor)
        cancel_redemption(redemption=redemption, note="不需要了", actor=community.actor)
        card.refresh_from_db()
        reward.refresh_from_db()
        assert (card.balance, reward.stock) == (12, 2)
        assert list(PointsEntry.objects.filter(redemption=redemption).values_list("kind", "delta")) == [
            ("refund", 5),
            ("redemption", -5),
        ]
        assert sorted(
            RewardStockEntry.objects.filter(redemption=redemption).values_list("delta", flat=True)
        ) == [-1, 1]
        assert redeem(card=card, reward=reward, actor=community.actor).status == "reserved"

    def test_each_refusal_has_its_sentence(self, card, reward, huangmenjie, jinyan, community):
        def said(card=card, reward=reward) -> tuple[str, str]:
            with pytest.raises(RuleViolation) as refused:
                redeem(card=card, reward=reward, actor=community.actor)
            return refused.value.code, refused.value.message

        here = {"place": huangmenjie}
        assert said(reward=make_reward(**here, title="米", cost=13)) == (
            "balance_too_low", "积分不够：“米”需要 13 分，现有 12 分。",
        )  # fmt: skip
        assert said(reward=make_reward(**here, title="油", stock=0))[0] == "out_of_stock"
        assert said(reward=make_reward(**here, title="面", is_offered=False)) == (
            "not_offered",
            "“面”已经下架。",
        )
        past = make_reward(**here, title="盐", valid_to=today() - timedelta(days=1))
        assert said(reward=past)[1].endswith("已经结束。")
        assert said(card=make_card(place=jinyan, points=9)) == (
            "other_subdistrict", "“理发一次”只供玉林街道的积分卡兑换。",
        )  # fmt: skip
        assert said(card=make_card(**here, points=9, status="frozen"))[0] == "card_frozen"
        assert said(card=make_card(**here, points=9, status="closed"))[0] == "card_closed"
        redeem(card=card, reward=reward, actor=community.actor)
        assert said() == ("quarter_limit", "“理发一次”每季最多兑换 1 次，这张卡本季已兑换 1 次。")
        assert Redemption.objects.count() == 1

    def test_only_the_counters_own_staff_redeem(self, card, reward, stranger, liaison, district):
        for person in (stranger, liaison, district):
            with pytest.raises(NotAllowed):
                redeem(card=card, reward=reward, actor=person.actor)

    def test_a_card_is_found_by_number_token_or_address(self, card):
        for typed in (
            card.number.lower(),
            card.token,
            f"https://portal.example/open/cards/{card.token}/",
            f" {card.number} ",
        ):
            assert find_card(typed) == card
        for typed in ("", "没有", "JF-0", "\x00"):
            assert find_card(typed) is None


class TestLapsing:
    """What nobody collects comes back by itself, told before and after."""

    def test_points_and_stock_come_back_after_the_days_of_the_tariff(
        self, card, reward, community, unit, liaison
    ):
        PointsCard.objects.filter(pk=card.pk).update(unit=unit)
        make_tariff(collect_days=5)
        redemption = redeem(card=card, reward=reward, actor=community.actor)
        last = today() + timedelta(days=5)
        assert redemption.collect_by == last
        reminders = list(redemptions_to_lapse(last - timedelta(days=3)))
        assert [(one.key, one.due_on) for one in reminders] == [(f"redemption-lapses:{redemption.pk}", last)]
        assert set(reminders[0].to) == {community.user.pk, liaison.user.pk}
        assert list(redemptions_to_lapse(last - timedelta(days=4))) == []
        assert [lapse_redemptions(today=last), lapse_redemptions(today=last + timedelta(days=1))] == [0, 1]
        assert lapse_redemptions(today=last + timedelta(days=2)) == 0
        for row in (redemption, card, reward):
            row.refresh_from_db()
        assert (redemption.status, card.balance, card.hours, reward.stock) == ("lapsed", 12, 12, 2)
        entry = PointsEntry.objects.get(kind="refund")
        assert entry.note.startswith("过期退回：")
        told = Notification.objects.get(recipient=liaison.user, kind="redemption_lapsed")
        assert "没有领取，已退回 5 分和库存。" in told.body
        assert redeem(card=card, reward=reward, actor=community.actor).status == "reserved"
        assert all(not broken_rows(one, 5) for one in INVARIANTS if "兑换" in one.sentence)


class TestTheHoldersPage:
    @pytest.fixture(autouse=True)
    def fresh_minute(self):
        cache.clear()

    def test_it_shows_a_masked_name_and_never_the_phone(self, card, reward, jinyan):
        PointsCard.objects.filter(pk=card.pk).update(phone="13812341234")
        make_reward(place=jinyan, title="别处的")
        answer = Client().get(f"/open/cards/{card.token}/")
        page = answer.content.decode()
        assert answer["X-Robots-Tag"] == "noindex"
        for words in ("王**", card.number, "累计服务时长", "理发一次", "手机号后四位"):
            assert words in page
        for words in ("王某某", "13812341234", "别处的"):
            assert words not in page
        assert Client().get("/open/cards/nobody/").status_code == 404

    def test_the_holder_reserves_with_the_last_four_digits(self, card, reward, community):
        PointsCard.objects.filter(pk=card.pk).update(phone="13812341234")
        address, holder = f"/open/cards/{card.token}/", Client()
        assert (
            "手机号后四位不对" in holder.post(address, {"reward": reward.pk, "tail": "9999"}).content.decode()
        )
        assert "请选择要兑换的一项" in holder.post(address, {"tail": "1234"}).content.decode()
        answer = holder.post(address, {"reward": reward.pk, "tail": "1234"}, follow=True)
        redemption = Redemption.objects.get()
        assert f'已预约“理发一次”，单号 <b class="num">{redemption.number}</b>' in answer.content.decode()
        assert redemption.author_id is None
        assert Notification.objects.get(recipient=community.user).kind == "redemption_reserved"
        refused = holder.post(address, {"reward": reward.pk, "tail": "1234"})
        assert refused.status_code == 409
        assert "每季最多兑换 1 次" in refused.content.decode()

    def test_a_card_without_a_phone_is_redeemed_at_the_counter_only(self, card, reward):
        address = f"/open/cards/{card.token}/"
        for answer in (Client().get(address), Client().post(address, {"reward": reward.pk})):
            assert (
                "这张卡没有登记电话，网上不能预约。请带卡到社区窗口办理，并补上电话。"
                in answer.content.decode()
            )
        assert not Redemption.objects.exists()

    def test_guessing_digits_ends_after_five_tries_a_minute(self, card, reward):
        PointsCard.objects.filter(pk=card.pk).update(phone="13812341234")
        address = f"/open/cards/{card.token}/"
        codes = [Client().post(address, {"reward": reward.pk, "tail": "0000"}).status_code for _ in range(6)]
        assert codes == [400] * 5 + [429]

    def test_a_frozen_card_says_so_and_gives_nothing(self, card, reward):
        PointsCard.objects.filter(pk=card.pk).update(status="frozen")
        assert "这张卡现在是“冻结”" in Client().get(f"/open/cards/{card.token}/").content.decode()
        with pytest.raises(RuleViolation, match="已冻结"):
            reserve_by_holder(token=card.token, reward_id=reward.pk)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_fifty_at_once_take_exactly_the_ten_there_are(self, huangmenjie, community):
        reward = make_reward(place=huangmenjie, stock=10)
        cards = [make_card(place=huangmenjie, points=5) for _ in range(50)]
        actor, waiting, outcomes = community.actor, list(cards), []
        start = threading.Barrier(10)

        def work() -> None:
            start.wait(30)
            while waiting:
                try:
                    redeem(card=waiting.pop(), reward=reward, actor=actor)
                    outcomes.append("done")
                except RuleViolation as refusal:
                    outcomes.append(refusal.code)
                except IndexError:
                    break
                except Exception as fault:
                    outcomes.append(repr(fault))
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert Counter(outcomes) == {"done": 10, "out_of_stock": 40}
        reward.refresh_from_db()
        assert (reward.stock, Redemption.objects.count()) == (0, 10)
        assert sum(PointsCard.objects.values_list("balance", flat=True)) == 200
        numbers = sorted(Redemption.objects.values_list("number", flat=True))
        assert numbers == [f"DH-{today().year}-510107005-{number:04d}" for number in range(1, 11)]

    def test_points_for_one_are_spent_once(self, huangmenjie, community):
        card = make_card(place=huangmenjie, points=6)
        rewards = [make_reward(place=huangmenjie) for _ in range(4)]
        outcomes = at_once(
            *[
                lambda reward=reward: redeem(card=card, reward=reward, actor=community.actor)
                for reward in rewards
            ]
        )
        assert Counter(outcomes) == {"done": 1, "balance_too_low": 3}
        card.refresh_from_db()
        assert card.balance == 1

    def test_cancelling_twice_at_once_gives_back_once(self, huangmenjie, community):
        card, reward = make_card(place=huangmenjie, points=5), make_reward(place=huangmenjie, stock=1)
        redemption = make_redemption(card=card, reward=reward)
        outcomes = at_once(
            *[lambda: cancel_redemption(redemption=redemption, note="不要了", actor=community.actor)] * 3
        )
        assert Counter(outcomes) == {"done": 1, "wrong_state": 2}
        card.refresh_from_db()
        reward.refresh_from_db()
        assert (card.balance, reward.stock) == (5, 1)

    def test_card_numbers_have_no_gaps_when_many_are_issued(self, huangmenjie, community):
        outcomes = at_once(
            *[
                lambda name=name: issue_card(
                    name=name, place=huangmenjie, phone="138 0000-0000", actor=community.actor
                )
                for name in ["甲", "乙", "丙", "甲"]
            ]
        )
        assert Counter(outcomes) == {"done": 3, "card_one_per_person": 1}
        numbers = sorted(PointsCard.objects.values_list("number", flat=True))
        assert numbers == [f"JF-510107005-{number:06d}" for number in (1, 2, 3)]
