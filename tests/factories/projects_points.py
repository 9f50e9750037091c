"""Cards, records, rewards and redemptions, with everything that must be true of them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from django.utils import timezone

from core.clock import today
from projects.models import (
    PointsCard,
    PointsEntry,
    PointsTariff,
    Redemption,
    Reward,
    RewardStockEntry,
    VolunteerRecord,
)
from units.models import Division

_numbers = count(1)
LONG_AGO = date(2020, 1, 1)
# Points of old, years before anything a test counts.
EARNED_FROM = date(2021, 1, 1)
YESTERDAY = timedelta(days=1)


def make_tariff(**fields) -> PointsTariff:
    """The first version, valid for years: one point an hour, 4 hours a session, 8 a day."""
    tariff = PointsTariff.objects.create(
        **{"version": 1, "valid_from": LONG_AGO, "basis": "武侯区积分管理办法（试行）", **fields}
    )
    tariff.refresh_from_db()
    return tariff


def make_card(*, place: Division, points=0, **fields) -> PointsCard:
    """A person's card; ``points`` are brought by a verified service of that many hours at the same rate."""
    number = next(_numbers)
    card = PointsCard.objects.create(
        **{"number": f"JF-TEST-{number:06d}", "token": f"token-{number:020d}", "name": f"王某{number}",
           "place": place, "issued_on": LONG_AGO, **fields}
    )  # fmt: skip
    if points:
        earn(card, points)
        card.refresh_from_db()
    return card


def earn(card: PointsCard, points, on: date | None = None) -> VolunteerRecord:
    """A verified service worth so many points, with its entry; hours may be any, they are not checked here."""
    on = on or EARNED_FROM + timedelta(days=next(_numbers) % 900)
    record = make_record(card=card, on=on, hours=Decimal(points), status="valid")
    PointsEntry.objects.create(
        card=card, place_code=record.place_code, kind="service", delta=points, hours=points, record=record,
        occurred_on=on,
    )  # fmt: skip
    return record


def moment(on: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(on, time(hour)))


def make_record(*, card: PointsCard, on: date | None = None, hour: int = 9, **fields) -> VolunteerRecord:
    """A record of two hours, yesterday at nine, in a status."""
    on = on or today() - YESTERDAY
    return VolunteerRecord.objects.create(
        **{"card": card, "place": card.place, "activity": "助老：陪同就医", "starts_at": moment(on, hour),
           "ends_at": moment(on, hour + 2), "hours": Decimal(2), **fields}
    )  # fmt: skip


def make_reward(*, place: Division, stock: int = 10, **fields) -> Reward:
    """Something for five points, with so many in stock."""
    reward = Reward.objects.create(
        **{
            "title": f"理发一次{next(_numbers):04d}",
            "kind": "service",
            "cost": Decimal(5),
            "place": place,
            **fields,
        }
    )
    if stock:
        RewardStockEntry.objects.create(reward=reward, delta=stock, note="入库")
        reward.refresh_from_db()
    return reward


def make_redemption(*, card: PointsCard, reward: Reward, **fields) -> Redemption:
    """A reserved redemption with its lines in both ledgers."""
    redemption = Redemption.objects.create(
        **{"number": f"DH-TEST-{next(_numbers):04d}", "card": card, "reward": reward, "place_code": reward.place_code,
           "cost": reward.cost, **fields}
    )  # fmt: skip
    PointsEntry.objects.create(
        card=card, place_code=reward.place_code, kind="redemption", delta=-reward.cost, redemption=redemption,
        occurred_on=today(),
    )  # fmt: skip
    RewardStockEntry.objects.create(reward=reward, delta=-1, redemption=redemption)
    return redemption
