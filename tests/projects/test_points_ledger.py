"""What the database itself keeps true of the ledgers, whoever writes to them and however."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from projects.models import PointsCard, PointsEntry, PointsTariff, Reward, RewardStockEntry
from tests.factories.projects_points import make_card, make_redemption, make_reward, make_tariff
from wuhou.invariants import INVARIANTS, broken_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(huangmenjie) -> PointsCard:
    return make_card(place=huangmenjie, points=12)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE projects_pointsentry SET delta = 100",
        "DELETE FROM projects_pointsentry",
        "UPDATE projects_rewardstockentry SET delta = 100",
        "DELETE FROM projects_rewardstockentry",
        "UPDATE projects_pointstariff SET points_per_hour = 9",
    ],
)
def test_ledgers_and_rules_are_only_added_to(card, huangmenjie, sql):
    make_tariff()
    make_redemption(card=card, reward=make_reward(place=huangmenjie))
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert PointsTariff.objects.get().points_per_hour == 1


def test_sums_move_by_entries_alone(card, huangmenjie):
    reward = make_reward(place=huangmenjie, stock=3)
    assert (card.balance, card.hours, reward.stock) == (Decimal("12.0"), Decimal("12.0"), 3)
    PointsCard.objects.filter(pk=card.pk).update(balance=999, hours=999)
    Reward.objects.filter(pk=reward.pk).update(stock=999)
    stale = PointsCard.objects.get(pk=card.pk)
    make_redemption(card=card, reward=reward)
    stale.name = "王某某"
    stale.save()
    card.refresh_from_db()
    reward.refresh_from_db()
    assert (card.name, card.balance, card.hours, reward.stock) == (
        "王某某",
        Decimal("7.0"),
        Decimal("12.0"),
        2,
    )


def test_neither_points_nor_stock_fall_below_zero(card, huangmenjie):
    reward = make_reward(place=huangmenjie, stock=1, cost=Decimal("12.1"))
    with pytest.raises(IntegrityError, match="card_balance_not_negative"), transaction.atomic():
        make_redemption(card=card, reward=reward)
    with pytest.raises(IntegrityError, match="reward_stock_not_negative"), transaction.atomic():
        RewardStockEntry.objects.create(reward=reward, delta=-2)
    card.refresh_from_db()
    assert card.balance == 12


def test_a_record_enters_once_and_a_redemption_is_booked_once(card, huangmenjie):
    entry = card.entries.get()
    again = {"card": card, "kind": "service", "delta": 1, "hours": 1, "occurred_on": entry.occurred_on}
    with pytest.raises(IntegrityError, match="entry_once_per_record"), transaction.atomic():
        PointsEntry.objects.create(**again, record=entry.record)
    redemption = make_redemption(card=card, reward=make_reward(place=huangmenjie))
    twice = {**again, "kind": "redemption", "delta": -1, "hours": 0}
    with pytest.raises(IntegrityError, match="entry_once_per_redemption"), transaction.atomic():
        PointsEntry.objects.create(**twice, redemption=redemption)
    with pytest.raises(IntegrityError, match="entry_of_its_kind"), transaction.atomic():
        PointsEntry.objects.create(**again)


def test_check_data_compares_every_sum_with_its_ledger(card, huangmenjie):
    reward = make_reward(place=huangmenjie)
    redemption = make_redemption(card=card, reward=reward)
    about = [one for one in INVARIANTS if "pointsentry" in one.sql or "rewardstockentry" in one.sql]
    assert [broken_rows(one, 5) for one in about] == [[]] * 4
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE projects_pointscard DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE projects_reward DISABLE TRIGGER USER")
        cursor.execute("UPDATE projects_pointscard SET balance = 1")
        cursor.execute("UPDATE projects_reward SET stock = 1")
        cursor.execute("UPDATE projects_volunteerrecord SET status = 'rejected'")
        cursor.execute("UPDATE projects_redemption SET status = 'cancelled'")
    found = sorted(row for one in about for row in broken_rows(one, 5))
    assert found == sorted(
        [
            f"积分卡 {card.number}：余额 1.0、待扣 0.0、时长 12.0，流水是 7.0、0.0、12.0",
            f"兑换项 {reward.pk}（{reward.title}）：库存 1，流水是 9",
            f"志愿服务记录 {card.records.get().pk}：状态 rejected，入账 12.0 分",
            f"兑换单 {redemption.number}：状态 cancelled，净积分 -5.0",
        ]
    )
