"""The verbs of rewards and redemptions (兑换, domain.md §2(e)): catalogue, stock, redeem, collect, cancel.

Points and stock move by their ledgers only; the database refuses either below zero. Whoever redeems locks the card
first and the reward second, so that any number of people may press at once.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from core.actor import SYSTEM, Actor
from core.clock import today
from core.codes import under
from core.components import date_text
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.numbers import next_number
from core.periods import Quarter
from core.workflow import make_move
from projects.actions.points import lock_card, refuse_unusable
from projects.messages import points as messages
from projects.models import PointsCard, PointsEntry, PointsTariff, Redemption, Reward, RewardStockEntry
from projects.models.points import KEEPERS, STAFF_ABOVE
from projects.points_rules import TENTH, hours_text
from projects.queries.project import subdistrict_of
from units.models import Division
from units.queries.units import root_place

EDITORS = KEEPERS | STAFF_ABOVE
MOST_COST, MOST_STOCK = Decimal(100_000), 100_000
# The holder with the card in hand acts for nobody else, and only through `reserve_by_holder`.
HOLDER = replace(SYSTEM, name="持卡人", label="持卡人（凭卡）")
TAIL = 4
COLLECT_DAYS = 30
NO_PHONE = "这张卡没有登记电话，网上不能预约。请带卡到社区窗口办理，并补上电话。"


# The catalogue


@transaction.atomic
def add_reward(
    *,
    title: str,
    kind: str,
    cost: Decimal,
    place: Division,
    description: str = "",
    per_quarter: int = 1,
    valid_to: date | None = None,
    is_offered: bool = True,
    actor: Actor,
) -> Reward:
    """Offer something at a place; its stock comes by `move_stock`. Raises `NotAllowed` or `InputError`."""
    refuse_other_place(place.code, actor)
    check_reward(title, kind, cost, per_quarter)
    with explained(reward_once="title", reward_cost_positive="cost"):
        reward = Reward.objects.create(
            title=title.strip(),
            kind=kind,
            cost=cost,
            place=place,
            description=description.strip(),
            per_quarter=per_quarter,
            valid_to=valid_to,
            is_offered=is_offered,
        )
    write_history(about=reward, move="add", label="登记", actor=actor)
    return reward


@transaction.atomic
def change_reward(*, reward: Reward, actor: Actor, **values) -> Reward:
    """Change what is offered; its place and its stock are not among the fields."""
    refuse_other_place(reward.place_code, actor)
    now = {name: values.get(name, getattr(reward, name)) for name in ("title", "kind", "cost", "per_quarter")}
    check_reward(**now)
    with explained(reward_once="title", reward_cost_positive="cost"):
        return change_fields(obj=reward, values=values, actor=actor)


def refuse_other_place(place_code: str, actor: Actor) -> None:
    if actor.is_read_only or actor.role not in EDITORS or not actor.stands_over(place_code):
        raise NotAllowed("兑换目录由兑换点所在的社区、街道管理。")


def check_reward(title: str, kind: str, cost: Decimal, per_quarter: int) -> None:
    if not title.strip():
        raise InputError("请填写名称。", field="title")
    if kind not in Reward.Kind.values:
        raise InputError("请从列表中选择类型。", field="kind")
    if not 0 < cost <= MOST_COST or cost != cost.quantize(TENTH):
        raise InputError(f"所需积分要大于 0，最多一位小数，不超过 {MOST_COST:,}。", field="cost")
    if not 1 <= per_quarter <= 100:
        raise InputError("每人每季最多兑换次数在 1 到 100 之间。", field="per_quarter")


@transaction.atomic
def move_stock(*, reward: Reward, delta: int, note: str, actor: Actor) -> RewardStockEntry:
    """Put in (positive) or take out (negative) with the reason; less than nothing is refused."""
    refuse_other_place(reward.place_code, actor)
    if not delta or abs(delta) > MOST_STOCK:
        raise InputError(f"数量不能是 0，入库写正数，出库写负数，一次最多 {MOST_STOCK:,}。", field="delta")
    if not note.strip():
        raise InputError("请写明说明，例如“区级配发”“盘点短少”。", field="note")
    locked = Reward.objects.select_for_update(of=("self",)).get(pk=reward.pk)
    if locked.stock + delta < 0:
        raise RuleViolation(
            f"现有库存 {locked.stock}，不能出库 {-delta}。", field="delta", code="reward_stock_not_negative"
        )
    with explained(reward_stock_not_negative="delta"):
        return RewardStockEntry.objects.create(
            reward=locked, delta=delta, note=note.strip()[:200], author_id=actor.user_id
        )


# Redeem


def check_redemption(*, card: PointsCard, reward: Reward, actor: Actor) -> None:
    """Whether the counter may redeem this now, before anything is taken; raises what `redeem` raises, but for the tail."""
    refuse_other_counter(reward, actor)
    refuse_unusable(card)
    refuse_reward(reward, card)


def refuse_other_counter(reward: Reward, actor: Actor) -> None:
    if not actor.is_system and (
        actor.is_read_only or actor.role not in KEEPERS or not actor.stands_over(reward.place_code)
    ):
        raise NotAllowed("只能在本辖区的兑换点办理兑换。")


@transaction.atomic
def redeem(*, card: PointsCard, reward: Reward, tail: str = "", actor: Actor) -> Redemption:
    """Give a card's points for a reward at the counter: points and stock are taken at once.

    ``tail`` are the last four digits of the phone of a person's card: whoever found a card spends nothing with it.
    Raises `InputError` ``wrong_tail``, `NotAllowed` for another place's counter, else `RuleViolation`: ``card_frozen``,
    ``not_offered``, ``other_subdistrict``, ``quarter_limit``, ``balance_too_low``, ``out_of_stock``.
    """
    refuse_other_counter(reward, actor)
    if not actor.is_system and asks_tail(card):
        refuse_wrong_tail(card, tail)
    locked_card = lock_card(card.pk)
    refuse_unusable(locked_card)
    locked = Reward.objects.select_for_update(of=("self",)).select_related("place").get(pk=reward.pk)
    refuse_reward(locked, locked_card)
    redemption = Redemption.objects.create(
        number=take_number(locked),
        card=locked_card,
        reward=locked,
        place_code=locked.place_code,
        cost=locked.cost,
        collect_by=today() + timedelta(days=days_to_collect()),
        author_id=actor.user_id,
    )
    enter(redemption, PointsEntry.Kind.REDEMPTION, -1, f"兑换：{locked.title}", actor)
    write_history(about=redemption, move="redeem", label="兑换", actor=actor, to_status=redemption.status)
    messages.tell_redeemed(redemption, actor)
    return redemption


def asks_tail(card: PointsCard) -> bool:
    """Whether the holder of the card is asked for the last digits of the phone: persons are, where one is stored."""
    return card.holder == PointsCard.Holder.PERSON and bool(card.phone)


def refuse_wrong_tail(card: PointsCard, tail: str) -> None:
    if tail.strip() != card.phone[-TAIL:]:
        raise InputError("手机号后四位不对，请核对后再试。", field="tail", code="wrong_tail")


def days_to_collect() -> int:
    """How long a redemption of today is kept: the tariff says it; 30 days without one."""
    tariff = PointsTariff.objects.filter(valid_from__lte=today()).order_by("-valid_from").first()
    return tariff.collect_days if tariff else COLLECT_DAYS


def refuse_reward(reward: Reward, card: PointsCard) -> None:
    """Say why this card can't have this reward now; both are locked."""
    if not reward.is_offered:
        raise RuleViolation(f"“{reward.title}”已经下架。", field="reward", code="not_offered")
    if reward.valid_to and reward.valid_to < today():
        raise RuleViolation(
            f"“{reward.title}”的兑换期到{date_text(reward.valid_to)}已经结束。",
            field="reward",
            code="not_offered",
        )
    if not card.place_code.startswith(counter_code(reward)):
        raise RuleViolation(
            f"“{reward.title}”只供{subdistrict_of(reward.place)}的积分卡兑换。",
            field="card",
            code="other_subdistrict",
        )
    taken = taken_this_quarter(card, reward)
    if taken >= reward.per_quarter:
        raise RuleViolation(
            f"“{reward.title}”每季最多兑换 {reward.per_quarter} 次，这张卡本季已兑换 {taken} 次。",
            field="reward",
            code="quarter_limit",
        )
    if card.balance < reward.cost:
        owed = f"，另有待扣 {hours_text(card.owed)} 分" if card.owed else ""
        raise RuleViolation(
            f"积分不够：“{reward.title}”需要 {hours_text(reward.cost)} 分，现有 {hours_text(card.balance)} 分{owed}。",
            field="card",
            code="balance_too_low",
        )
    if reward.stock < 1:
        raise RuleViolation(
            f"“{reward.title}”已经兑完，请看看别的，或者等补货。", field="reward", code="out_of_stock"
        )


def counter_code(reward: Reward) -> str:
    """Which cards a counter serves: those of its subdistrict; one of the district, all."""
    return subdistrict_of(reward.place).code


def taken_this_quarter(card: PointsCard, reward: Reward) -> int:
    """How often the card took the reward in the present quarter, without what was called off."""
    quarter = Quarter.containing(today())
    first = timezone.make_aware(datetime.combine(quarter.first_day, time()))
    taken = Redemption.objects.filter(card=card, reward=reward, created_at__gte=first)
    return taken.exclude(status__in=(Redemption.Status.CANCELLED, Redemption.Status.LAPSED)).count()


def take_number(reward: Reward) -> str:
    """``DH-2026-510107005-0012``: gap-free within one subdistrict and year."""
    code, year = counter_code(reward), today().year
    return f"DH-{year}-{code}-{next_number(f'redemption:{code}:{year}'):04d}"


def enter(redemption: Redemption, kind: str, sign: int, note: str, actor: Actor) -> None:
    """The two lines of a redemption (sign -1) or of its calling off (+1): points of the card, stock of the reward."""
    with explained(card_balance_not_negative="card", reward_stock_not_negative="reward"):
        PointsEntry.objects.create(
            card_id=redemption.card_id,
            place_code=redemption.place_code,
            kind=kind,
            delta=sign * redemption.cost,
            redemption=redemption,
            note=note[:200],
            occurred_on=today(),
            author_id=actor.user_id,
        )
        RewardStockEntry.objects.create(
            reward_id=redemption.reward_id,
            delta=sign,
            redemption=redemption,
            note=note[:200],
            author_id=actor.user_id,
        )


def reserve_by_holder(*, token: str, reward_id: int, tail: str = "") -> Redemption:
    """The holder reserves with the card's own address and the phone's last four digits.

    A person's card without a phone is redeemed at the counter only. Raises `InputError` beside ``tail``, and what
    `redeem` raises.
    """
    card = PointsCard.objects.filter(token=token).first()
    if card is None:
        raise InputError("没有这张积分卡。", field="token", code="unknown_card")
    refuse_unusable(card)
    if card.holder == PointsCard.Holder.PERSON and not card.phone:
        raise InputError(NO_PHONE, field="token", code="no_phone")
    if card.phone:
        refuse_wrong_tail(card, tail)
    reward = Reward.objects.filter(pk=reward_id).first()
    if reward is None:
        raise InputError("没有这个兑换项，请刷新页面。", field="reward", code="unknown_reward")
    return redeem(card=card, reward=reward, actor=HOLDER)


def find_card(typed: str) -> PointsCard | None:
    """The card behind what was typed or scanned at a counter: its number, its token, or its whole address."""
    words = typed.strip().rstrip("/").rsplit("/", 1)[-1][:64]
    if not words or not words.isascii() or not words.isprintable():
        return None
    by_number = PointsCard.objects.filter(number=words.upper()).first()
    return by_number or PointsCard.objects.filter(token=words).first()


@transaction.atomic
def collect_redemption(*, redemption: Redemption, note: str = "", actor: Actor) -> Redemption:
    """It was handed out."""
    return make_move(obj=redemption, move="collect", actor=actor, note=note)


@transaction.atomic
def cancel_redemption(*, redemption: Redemption, note: str, actor: Actor) -> Redemption:
    """Call off what was not collected: points and stock come back by entries of their own."""
    moved = make_move(obj=redemption, move="cancel", actor=actor, note=note)
    lock_card(moved.card_id)
    enter(moved, PointsEntry.Kind.REFUND, 1, f"取消兑换：{note.strip()}", actor)
    messages.tell_cancelled(moved, note, actor)
    return moved


def lapse_redemptions(*, today: date) -> int:
    """Give back what nobody collected in time (过期退回), by entries of its own; gives how many. May run any number of times.

    Source: the tariff's ``collect_days``, 30 by default (our default).
    """
    late = Redemption.objects.filter(status=Redemption.Status.RESERVED, collect_by__lt=today)
    return sum(lapse_redemption(redemption) for redemption in late.order_by("pk"))


@transaction.atomic
def lapse_redemption(redemption: Redemption) -> bool:
    """False where somebody collected it or called it off a moment ago."""
    locked = Redemption.objects.select_for_update(of=("self",)).get(pk=redemption.pk)
    if locked.status != Redemption.Status.RESERVED:
        return False
    note = f"{date_text(locked.collect_by)}前没有领取"
    moved = make_move(obj=locked, move="lapse", actor=SYSTEM, note=note)
    lock_card(moved.card_id)
    enter(moved, PointsEntry.Kind.REFUND, 1, f"过期退回：{note}", SYSTEM)
    messages.tell_lapsed(moved)
    return True


REDEMPTION_MOVES = {"collect": collect_redemption, "cancel": cancel_redemption}


def counter_places(actor: Actor):
    """Where the actor may keep a counter: the own place and the communities under it."""
    levels = (Division.Level.DISTRICT, Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
    return Division.objects.filter(
        under(actor.place_code, "code"), level__in=levels, administered_by=root_place().administered_by
    ).order_by("code")
