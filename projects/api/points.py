"""The REST endpoints of points: `/points/entries/`, `/cards/`, `/records/`, `/redemptions/`, `/rewards/` (api.md).

The ledger is read only: it grows by moves of records and redemptions. Cards sort by number and place, never by points.
"""

from rest_framework import serializers

from core.actor import Actor
from core.api import Computed, Field, InputSerializer, Nested, Register, place_field
from core.clock import today
from core.encryption import masked_phone
from core.errors import InputError
from core.roles import STAFF, UNIT_SIDE
from projects.actions.points import CARD_MOVES, ISSUERS, issue_card
from projects.actions.records import RECORD_MOVES, RECORDERS, record_service
from projects.actions.redemptions import REDEMPTION_MOVES, find_card, redeem
from projects.filters.points import CardFilter, EntryFilter, RecordFilter, RedemptionFilter, RewardFilter
from projects.models import PointsCard, PointsEntry, Redemption, Reward, Session, VolunteerRecord
from projects.models.points import KEEPERS
from projects.points_rules import KINDS
from units.models import Division, Unit

LARGEST_ID = 2**63 - 1
CARD = {"id": "card_id", "number": "card__number", "name": "card__name"}


class CardInput(InputSerializer):
    """A card; the rules are the action's."""

    holder = serializers.ChoiceField(choices=PointsCard.Holder.choices, default=PointsCard.Holder.PERSON)
    name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    unit = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None
    )
    place = serializers.CharField(max_length=32, help_text="社区的区划代码")
    is_namesake = serializers.BooleanField(default=False, help_text="是同名的另一个人")


class ServiceRecordInput(InputSerializer):
    """One volunteer's service; without ``hours`` the time that passed counts."""

    card = serializers.CharField(max_length=64, help_text="积分卡号")
    served_on = serializers.DateField(help_text="服务日期")
    starts = serializers.TimeField(help_text="开始时间，如 09:00")
    ends = serializers.TimeField(help_text="结束时间")
    hours = serializers.DecimalField(
        max_digits=4,
        decimal_places=1,
        required=False,
        allow_null=True,
        default=None,
        help_text="时长（小时）",
    )
    kind = serializers.ChoiceField(choices=KINDS.choices, help_text="服务类别")
    content = serializers.CharField(max_length=80, help_text="做了什么")
    role = serializers.ChoiceField(
        choices=VolunteerRecord.Role.choices, default=VolunteerRecord.Role.VOLUNTEER
    )
    place = serializers.CharField(
        max_length=32, required=False, default="", help_text="服务所在地的区划代码；不写就是积分卡的社区"
    )
    session = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None
    )


class RedemptionInput(InputSerializer):
    """Which card gives points for what."""

    card = serializers.CharField(max_length=300, help_text="积分卡号")
    reward = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    tail = serializers.CharField(
        max_length=4, required=False, allow_blank=True, default="", help_text="持卡人手机号后四位，个人卡必填"
    )


def find_place(code: str) -> Division:
    place = Division.objects.filter(code=code).first() if code.isprintable() else None
    if place is None:
        raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    return place


def create_card(*, place: str, unit: int | None, actor: Actor, **fields) -> PointsCard:
    """`issue_card` with place and unit given by code and number."""
    found = Unit.objects.visible_to(actor).select_related("place").filter(pk=unit).first() if unit else None
    if unit and found is None:
        raise InputError("没有这个单位，或者它不在您的范围内。", field="unit", code="unknown_unit")
    return issue_card(place=find_place(place), unit=found, actor=actor, **fields)


def card_of(number: str) -> PointsCard:
    card = find_card(number)
    if card is None:
        raise InputError("没有这张积分卡，请核对卡号。", field="card", code="unknown_card")
    return card


def create_record(*, card: str, place: str, session: int | None, actor: Actor, **fields) -> VolunteerRecord:
    """`record_service` with card, place and session given by number, code and number."""
    visible = Session.objects.visible_to(actor).select_related("project", "place")
    found = visible.filter(pk=session).first() if session else None
    if session and found is None:
        raise InputError("没有这一场，或者它不在您的范围内。", field="session", code="unknown_session")
    owner = PointsCard.objects.visible_to(actor).filter(pk=card_of(card).pk).select_related("place").first()
    if owner is None:
        raise InputError("没有这张积分卡，或者它不在您的范围内。", field="card", code="unknown_card")
    return record_service(
        card=owner, place=find_place(place) if place else None, session=found, actor=actor, **fields
    )


def create_redemption(*, card: str, reward: int, tail: str, actor: Actor) -> Redemption:
    """`redeem` with card and reward given by their numbers."""
    found = Reward.objects.visible_to(actor).filter(pk=reward).first()
    if found is None:
        raise InputError("没有这个兑换项。", field="reward", code="unknown_reward")
    return redeem(card=card_of(card), reward=found, tail=tail, actor=actor)


class Cards(Register):
    """积分卡 of the own place or unit; phones are masked for every reader."""

    name, basename, model, tag = "points/cards", "points-card", PointsCard, "points"
    object_kwarg = "card"
    help = "积分卡：本辖区或本单位的，电话一律隐去；不能按积分排序"
    fields = [
        Field("id"),
        Field("number"),
        Field("holder"),
        Field("name"),
        Computed("phone", ("phone",), masked_phone, help="电话（隐去）"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="所属单位"),
        place_field(help="所在社区"),
        Field("balance"),
        Field("owed"),
        Field("hours"),
        Field("issued_on"),
        Field("status"),
        Field("version", detail_only=True),
    ]
    filterset_class = CardFilter
    search_fields = ("number", "name")
    ordering = {"id": "id", "number": "number", "place": "place_code"}
    actions = CARD_MOVES
    roles = write_roles = ISSUERS | STAFF
    create_input, create_action = CardInput, staticmethod(create_card)


class Records(Register):
    """志愿服务记录 of the own place or unit."""

    name, basename, model, tag = "points/records", "points-record", VolunteerRecord, "points"
    object_kwarg = "record"
    help = "志愿服务记录：登记人和核实人不能是同一人"
    fields = [
        Field("id"),
        Nested("card", CARD, help="积分卡"),
        Field("activity"),
        place_field(help="服务所在地"),
        Nested("project", {"id": "project_id", "title": "project__title"}, help="项目"),
        Field("session", "session_id", kind="integer", help="活动场次"),
        Field("role"),
        Field("starts_at"),
        Field("ends_at"),
        Field("hours"),
        Field("flags"),
        Field("conduct"),
        Field("batch"),
        Field("status"),
        Field("created_at"),
        Field("version", detail_only=True),
    ]
    filterset_class = RecordFilter
    search_fields = ("card__name", "card__number", "activity")
    ordering = {"id": "id", "starts_at": "starts_at", "place": "place_code"}
    actions = RECORD_MOVES
    roles = STAFF | UNIT_SIDE
    write_roles = RECORDERS | STAFF
    create_input, create_action = ServiceRecordInput, staticmethod(create_record)


class Entries(Register):
    """积分流水: read only, for whoever may see the card or the place."""

    name, basename, model, tag = "points/entries", "points-entry", PointsEntry, "points"
    help = "积分流水：只增不改，凭令牌读取本辖区或本单位的"
    fields = [
        Field("id"),
        Nested("card", CARD, help="积分卡"),
        Field("kind"),
        Field("delta"),
        Field("owed"),
        Field("hours"),
        Field("record", "record_id", kind="integer", help="志愿服务记录"),
        Field("redemption", "redemption_id", kind="integer", help="兑换单"),
        Field("reverses", "reverses_id", kind="integer", help="冲正的流水"),
        Field("tariff_version", "tariff__version", kind="integer", help="积分规则的版本"),
        Field("note"),
        Field("occurred_on"),
        Field("created_at"),
    ]
    filterset_class = EntryFilter
    search_fields = ("card__number", "card__name", "note")
    ordering = {"id": "id", "occurred_on": "occurred_on"}
    roles = STAFF | UNIT_SIDE


class Rewards(Register):
    """兑换目录: what is offered today for anybody."""

    name, basename, model, tag = "points/rewards", "points-reward", Reward, "points"
    help = "兑换目录：现在可以兑换的公开"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("title", public=True),
        Field("kind", public=True),
        Field("description", public=True),
        Field("cost", public=True),
        place_field(help="兑换点"),
        Field("stock", public=True),
        Field("per_quarter", public=True),
        Field("valid_to", public=True),
        Field("is_offered"),
    ]
    filterset_class = RewardFilter
    search_fields = ("title", "description")
    ordering = {"id": "id", "cost": "cost", "place": "place_code"}

    def get_public_rows(self, query):
        return Reward.objects.offered(today())


class Redemptions(Register):
    """积分兑换 at the own place, or of the own unit's cards."""

    name, basename, model, tag = "points/redemptions", "points-redemption", Redemption, "points"
    object_kwarg = "redemption"
    help = "积分兑换：积分和库存同时扣减，取消时同时退回"
    fields = [
        Field("id"),
        Field("number"),
        Nested("card", CARD, help="积分卡"),
        Nested("reward", {"id": "reward_id", "title": "reward__title"}, help="兑换项"),
        place_field(path="reward__place", help="兑换点"),
        Field("cost"),
        Field("collect_by"),
        Field("status"),
        Field("created_at"),
        Field("version", detail_only=True),
    ]
    filterset_class = RedemptionFilter
    search_fields = ("number", "card__number", "reward__title")
    ordering = {"id": "id", "created_at": "created_at", "place": "place_code"}
    actions = REDEMPTION_MOVES
    roles = STAFF | UNIT_SIDE
    write_roles = KEEPERS
    create_input, create_action = RedemptionInput, staticmethod(create_redemption)


urlpatterns = [
    path for register in (Entries, Cards, Records, Rewards, Redemptions) for path in register().urls()
]
