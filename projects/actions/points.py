"""The verbs of points cards (志愿服务积分卡, domain.md §2(e)): issue, change, freeze, unfreeze, close.

Points and hours never move here: they are sums of the ledger, kept by the database.
"""

import re
import secrets
from collections.abc import Iterable

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.constraints import explained
from core.encryption import plain_phone
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.numbers import next_number
from core.roles import UNIT_SIDE
from core.workflow import make_move
from projects.messages import points as messages
from projects.models import PointsCard
from projects.models.points import KEEPERS
from projects.points_rules import hours_text
from projects.queries.project import subdistrict_of
from units.models import Division, Unit

Holder = PointsCard.Holder
ISSUERS = KEEPERS | UNIT_SIDE
PHONE = re.compile(r"[0-9]{7,15}")
LONGEST_NAME = 60
TOKEN_BYTES = 18


@transaction.atomic
def issue_card(
    *,
    holder: str = Holder.PERSON,
    name: str = "",
    phone: str = "",
    unit: Unit | None = None,
    place: Division | None = None,
    is_namesake: bool = False,
    actor: Actor,
) -> PointsCard:
    """Issue a card with the next number of its subdistrict and a token nobody guesses.

    Community and subdistrict issue to anybody at their place, a unit's liaison to the unit and its volunteers. The
    phone is stored in digits; ``is_namesake`` says that somebody of this name in the community is another person.
    Raises `NotAllowed`, `InputError` beside a field, `RuleViolation` for a second card of one person or unit.
    """
    if actor.is_read_only or actor.role not in ISSUERS:
        raise NotAllowed("积分卡由社区、街道发放，单位联络员可以为本单位和本单位的志愿者办理。")
    unit = own_unit(unit, actor)
    place = place or (unit.place if unit else None)
    phone = plain_phone(phone)
    check_card(holder, name, phone, unit, place)
    refuse_other_place(place, actor)
    refuse_same_name(holder, name.strip(), phone, place, is_namesake)
    with explained(card_one_per_person="phone", card_one_per_unit="unit"):
        card = PointsCard.objects.create(
            number=take_number(place),
            token=secrets.token_urlsafe(TOKEN_BYTES),
            holder=holder,
            name=name.strip() or unit.name[:LONGEST_NAME],
            phone=phone,
            unit=unit,
            place=place,
            issued_on=today(),
            author_id=actor.user_id,
        )
    write_history(about=card, move="issue", label="发卡", actor=actor, to_status=card.status)
    messages.tell_issued(card, actor)
    return card


def own_unit(unit: Unit | None, actor: Actor) -> Unit | None:
    """The unit of the card: a unit's person names no other than the own."""
    if actor.role not in UNIT_SIDE:
        return unit
    if unit is not None and unit.pk != actor.unit_id:
        raise NotAllowed("只能为本单位和本单位的志愿者办理积分卡。")
    return Unit.objects.select_related("place").get(pk=actor.unit_id)


def check_card(holder: str, name: str, phone: str, unit: Unit | None, place: Division | None) -> None:
    """Raise the first thing wrong with what was typed, beside its field; the phone is in digits."""
    if holder not in Holder.values:
        raise InputError("请从列表中选择持卡人类型。", field="holder")
    if holder == Holder.UNIT and unit is None:
        raise InputError("单位的积分卡要选择单位。", field="unit")
    if holder != Holder.UNIT and not name.strip():
        raise InputError("请填写姓名或队伍名称。", field="name")
    if len(name.strip()) > LONGEST_NAME:
        raise InputError(f"姓名或名称最多 {LONGEST_NAME} 字。", field="name")
    if phone and not PHONE.fullmatch(phone):
        raise InputError("电话只能是 7 到 15 位数字，可以带区号、短横和 +86。", field="phone")
    if holder == Holder.PERSON and not phone:
        raise InputError(
            "个人的积分卡要填电话，用来区分同名的人、核对本人；没有手机的可以填固定电话或家属电话。",
            field="phone",
            code="phone_required",
        )
    if place is None:
        raise InputError("请选择所在社区。", field="place")
    if place.level != Division.Level.COMMUNITY:
        raise InputError("积分卡归社区管理，请选择社区。", field="place")


def refuse_same_name(
    holder: str, name: str, phone: str, place: Division, is_namesake: bool, card: PointsCard | None = None
) -> None:
    """One person has one card: somebody of the same name in the community must be told apart by the phone.

    Raises `RuleViolation` ``same_name``: beside ``phone`` where the other card has none, else until somebody says that
    it is another person.
    """
    if holder != Holder.PERSON:
        return
    others = PointsCard.objects.filter(holder=holder, name=name, place=place).exclude(status="closed")
    for other in others.exclude(pk=card.pk if card else None).order_by("pk"):
        if not other.phone:
            raise RuleViolation(
                f"{place.name}已有一张同名的积分卡（{other.number}），没有登记电话，分不清是不是同一个人。请先补上那张卡的电话。",
                field="phone",
                code="same_name",
            )
        if plain_phone(other.phone) != phone and not is_namesake:
            raise RuleViolation(
                f"{place.name}已有同名的积分卡（{other.number}，{other.masked_phone}），一人只能有一张。"
                "确实是同名的另一个人，请勾选“是同名的另一个人”。",
                field="is_namesake",
                code="same_name",
            )


def refuse_other_place(place: Division, actor: Actor) -> None:
    if actor.role in KEEPERS and not actor.stands_over(place.code):
        raise NotAllowed("只能发放本辖区的积分卡。")


def take_number(place: Division) -> str:
    """``JF-510107005-000123``: gap-free within one subdistrict; taken in the transaction of the card."""
    where = subdistrict_of(place)
    return f"JF-{where.code}-{next_number(f'points-card:{where.code}'):06d}"


@transaction.atomic
def change_card(
    *,
    card: PointsCard,
    name: str,
    phone: str = "",
    unit: Unit | None = None,
    place: Division,
    is_namesake: bool = False,
    actor: Actor,
) -> PointsCard:
    """Correct name, phone, unit or community of a card; the number stays. Community and subdistrict only."""
    if actor.is_read_only or actor.role not in KEEPERS or not actor.stands_over(card.place_code):
        raise NotAllowed("积分卡的资料由所在社区和街道修改。")
    if card.status == PointsCard.Status.CLOSED:
        raise RuleViolation("这张积分卡已经注销，不能修改。", code="card_closed")
    phone = plain_phone(phone)
    check_card(card.holder, name, phone, unit, place)
    refuse_other_place(place, actor)
    if (name.strip(), place.pk) != (card.name, card.place_id):
        refuse_same_name(card.holder, name.strip(), phone, place, is_namesake, card)
    values = {"name": name.strip(), "phone": phone, "unit": unit, "place": place}
    with explained(card_one_per_person="phone", card_one_per_unit="unit"):
        return change_fields(obj=card, values=values, actor=actor)


@transaction.atomic
def freeze_card(*, card: PointsCard, note: str, actor: Actor) -> PointsCard:
    """Nothing is entered or redeemed until it is unfrozen; its points stay."""
    moved = make_move(obj=card, move="freeze", actor=actor, note=note)
    messages.tell_card(moved, "frozen", "积分卡已冻结", note, actor)
    return moved


@transaction.atomic
def unfreeze_card(*, card: PointsCard, note: str, actor: Actor) -> PointsCard:
    """A frozen card is in use again."""
    moved = make_move(obj=card, move="unfreeze", actor=actor, note=note)
    messages.tell_card(moved, "unfrozen", "积分卡已解冻", note, actor)
    return moved


@transaction.atomic
def close_card(*, card: PointsCard, note: str, actor: Actor) -> PointsCard:
    """End a card for good, with nothing left to verify or collect; its ledger stays."""

    def check(locked: PointsCard) -> None:
        if locked.records.filter(status="pending").exists():
            raise RuleViolation("还有待核的服务记录，请先核实或退回，再注销。", code="records_open")
        if locked.redemptions.filter(status="reserved").exists():
            raise RuleViolation("还有待领取的兑换，请先登记领取或取消，再注销。", code="redemptions_open")
        if locked.owed:
            raise RuleViolation(
                f"这张卡还有待扣 {hours_text(locked.owed)} 分，不能注销；本人不再使用的，请街道冻结。",
                code="points_owed",
            )

    moved = make_move(obj=card, move="close", actor=actor, note=note, check=check)
    messages.tell_card(moved, "closed", "积分卡已注销", note, actor)
    return moved


def lock_card(card_pk: int) -> PointsCard:
    """The card as it stands now, locked until the transaction ends: whoever moves its points does this first."""
    return PointsCard.objects.select_for_update(of=("self",)).get(pk=card_pk)


def lock_cards(card_pks: Iterable[int]) -> list[PointsCard]:
    """Several cards as they stand now, locked in one order, with their places."""
    rows = PointsCard.objects.select_for_update(of=("self",)).filter(pk__in=card_pks)
    return list(rows.select_related("place").order_by("pk"))


def refuse_unusable(card: PointsCard) -> None:
    """A frozen or closed card takes nothing and gives nothing."""
    if card.status == PointsCard.Status.FROZEN:
        raise RuleViolation(
            "这张积分卡已冻结，暂时不能登记服务和兑换。请联系街道解冻。", field="card", code="card_frozen"
        )
    if card.status == PointsCard.Status.CLOSED:
        raise RuleViolation("这张积分卡已经注销。", field="card", code="card_closed")


CARD_MOVES = {"freeze": freeze_card, "unfreeze": unfreeze_card, "close": close_card}
