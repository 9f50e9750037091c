"""REST: liaisons and further premises of units, requests to leave the denominators and to change an entry."""

from datetime import date
from functools import partial

from rest_framework import serializers

from core.actor import Actor
from core.api import Computed, Field, InputSerializer, MoveAction, Nested, NoteInput, Register, place_field
from core.api.schema import named_serializer
from core.encryption import masked_phone
from core.errors import InputError
from core.roles import STAFF, UNIT_SIDE
from units import offers
from units.actions.premises import add_premises
from units.actions.register import (
    CHANGE_MOVES,
    CHANGEABLE,
    EXIT_MOVES,
    approve_change,
    changes_of,
    request_change,
    request_exit,
)
from units.filters.register import ChangeRequestFilter, ExitFilter, LiaisonFilter, PremisesFilter
from units.models import DenominatorExit, Division, Unit, UnitChangeRequest, UnitLiaison, UnitPremises

LARGEST_ID = 2**63 - 1


def find_unit(pk: int, actor: Actor) -> Unit:
    """A unit the actor may see; anybody else's is unknown."""
    unit = Unit.objects.visible_to(actor).filter(pk=pk).first()
    if unit is None:
        raise InputError("没有这个单位，或者它不在您的范围内。", field="unit", code="unknown_unit")
    return unit


def find_place(code: str) -> Division:
    place = Division.objects.filter(code=code).first() if code.isprintable() else None
    if place is None:
        raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    return place


def unit_field() -> Nested:
    return Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="单位")


class ReplaceInput(InputSerializer):
    """Who speaks for the unit from a day on; accounts are opened on the page, where a first password can be shown."""

    name = serializers.CharField(max_length=40)
    phone = serializers.CharField(max_length=20, help_text="电话，只写不读")
    post = serializers.CharField(
        max_length=80, required=False, allow_blank=True, default="", help_text="职务"
    )
    from_on = serializers.DateField(help_text="起始日期，最多提前 31 天")
    reason = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="", help_text="更换原因"
    )


class LiaisonInput(ReplaceInput):
    """The same, of a unit given by its number."""

    unit = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


def replace_over_rest(*, liaison: UnitLiaison, actor, **fields) -> UnitLiaison:
    """Let somebody else speak for the unit of a spell, whichever of its spells it is."""
    return offers.action("hand_over_liaison")(unit=liaison.unit, actor=actor, **fields).liaison


def register_over_rest(*, unit: int, actor, **fields) -> UnitLiaison:
    """The same for a unit given by its number."""
    return offers.action("hand_over_liaison")(unit=find_unit(unit, actor), actor=actor, **fields).liaison


def withdraw_over_rest(*, liaison: UnitLiaison, actor) -> UnitLiaison:
    """Take a planned change back; the answer is whoever goes on."""
    before = offers.action("take_back_liaison")(liaison=liaison, actor=actor)
    if before is None:
        # Nobody spoke for the unit before: the answer says what became of the spell.
        liaison.status, liaison.get_status_display = "withdrawn", lambda: "已撤回"
    return before or liaison


class Liaisons(Register):
    """单位联络员: for staff, the phone masked."""

    name, basename, model = "unit-liaisons", "unit-liaison", UnitLiaison
    tag, help = "units", "单位联络员及任期：工作人员可读，电话隐去"
    roles = write_roles = STAFF
    object_kwarg = "liaison"
    create_input, create_action = LiaisonInput, staticmethod(register_over_rest)
    actions = {
        "replace": MoveAction(replace_over_rest, ReplaceInput, help="更换联络员"),
        "withdraw": MoveAction(withdraw_over_rest, InputSerializer, help="撤回尚未开始的更换"),
    }
    fields = [
        Field("id"),
        unit_field(),
        place_field(path="unit__place"),
        Field("person", "person__name", help="联络员"),
        Field("post", "person__post"),
        Computed("phone", ("person__phone",), masked_phone, help="电话（隐去）"),
        Field("is_primary"),
        Field("from_on"),
        Field("to_on"),
        Field("end_reason"),
    ]
    filterset_class = LiaisonFilter
    search_fields = ("unit__name", "person__name")
    ordering = {"id": "id", "from_on": "from_on"}


class PremisesInput(InputSerializer):
    """A further place of business."""

    unit = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    place = serializers.CharField(max_length=32, help_text="区划代码")
    from_on = serializers.DateField()
    address = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    employees = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, default=0)


def create_premises(*, unit: int, place: str, actor: Actor, **fields) -> UnitPremises:
    """`add_premises` with unit and place given by number and code."""
    return add_premises(unit=find_unit(unit, actor), place=find_place(place), actor=actor, **fields)


class Premises(Register):
    """分支经营点: where units work beside the place they are counted in."""

    name, basename, model = "unit-premises", "unit-premises", UnitPremises
    tag, help = "units", "分支经营点；单位只在登记的社区计一次"
    fields = [
        Field("id"),
        unit_field(),
        place_field(help="经营点所在地"),
        place_field("counted_in", path="unit__place", help="统计在"),
        Field("address"),
        Field("employees"),
        Field("from_on"),
        Field("to_on"),
    ]
    filterset_class = PremisesFilter
    search_fields = ("unit__name", "address")
    ordering = {"id": "id", "from_on": "from_on", "place": "place_code"}
    create_input, create_action = PremisesInput, staticmethod(create_premises)
    write_roles = STAFF


class ExitInput(InputSerializer):
    """Why and since when a unit isn't to count."""

    unit = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    operating_status = serializers.ChoiceField(choices=Unit.OperatingStatus.choices)
    from_on = serializers.DateField()
    reason = serializers.CharField(max_length=300, allow_blank=True)
    evidence = serializers.CharField(max_length=300, allow_blank=True)


def create_exit(
    *, unit: int, operating_status: str, from_on: date, reason: str, evidence: str, actor: Actor
) -> DenominatorExit:
    """`request_exit` with the unit given by its number."""
    return request_exit(
        unit=find_unit(unit, actor), operating_status=operating_status, from_on=from_on, reason=reason,
        evidence=evidence, actor=actor,
    )  # fmt: skip


class Exits(Register):
    """退出统计口径申请: one asks with reason and evidence, another approves."""

    name, basename, model = "denominator-exits", "denominator-exit", DenominatorExit
    tag, help = "units", "退出统计口径申请：另一个人在街道以上审核同意后才退出"
    object_kwarg = "denominator_exit"
    roles = STAFF
    fields = [
        Field("id"),
        unit_field(),
        place_field(path="unit__place"),
        Field("operating_status"),
        Field("from_on"),
        Field("reason"),
        Field("evidence"),
        Field("status"),
        Field("submitted_at"),
        Field("decided_at"),
        Field("version", detail_only=True),
    ]
    filterset_class = ExitFilter
    search_fields = ("unit__name", "reason")
    ordering = {"id": "id", "submitted_at": "submitted_at", "from_on": "from_on", "place": "place_code"}
    actions = EXIT_MOVES
    create_input, create_action = ExitInput, staticmethod(create_exit)
    write_roles = STAFF

    def lock(self, obj) -> None:
        """The unit first, as the moves do."""
        Unit.objects.select_for_update().get(pk=obj.unit_id)
        super().lock(obj)


class ChangeInput(InputSerializer):
    """The columns of the unit that are to change, and why."""

    unit = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    reason = serializers.CharField(max_length=300)
    values = serializers.DictField(help_text="要变更的内容：字段名和新的值，所在社区写区划代码")


class ApproveInput(NoteInput):
    """With the version of the unit that was looked at, a change in between is refused (412)."""

    unit_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True)


def create_change(*, unit: int, reason: str, values: dict, actor: Actor) -> UnitChangeRequest:
    """`request_change` with the unit given by its number and the columns as plain JSON."""
    found = find_unit(unit, actor)
    unknown = sorted(set(values) - set(CHANGEABLE))
    if unknown:
        raise InputError(
            "这一项不能由单位申请变更。", field=f"values.{unknown[0]}"[:60], code="not_changeable"
        )
    wanted = {field: parsed(found, field, value) for field, value in values.items()}
    return request_change(unit=found, reason=reason, actor=actor, **wanted)


def parsed(unit: Unit, field: str, value):
    """A column's value from plain JSON; the wrong kind is refused beside its field."""
    if field == "place":
        return find_place(str(value))
    kind = type(getattr(unit, field) if getattr(unit, field) is not None else "")
    if type(value) is not kind and not (field == "credit_code" and value is None):
        raise InputError("这一项的值类型不对。", field=f"values.{field}", code="invalid")
    if isinstance(value, str) and not value.isprintable():
        raise InputError("含有不能保存的字符。", field=f"values.{field}", code="invalid")
    return value


ChangeShape = named_serializer(
    "UnitFieldChange", {name: serializers.CharField() for name in ("field", "label", "old", "new")}
)


class Changes(Register):
    """信息变更申请: by the unit's own people, decided by the staff of the place."""

    name, basename, model = "unit-change-requests", "unit-change-request", UnitChangeRequest
    tag, help = "units", "单位信息变更申请：单位提出，社区或街道审核"
    object_kwarg = "change_request"
    roles = STAFF | UNIT_SIDE
    fields = [
        Field("id"),
        unit_field(),
        place_field(path="unit__place"),
        Field("values", detail_only=True),
        Field("reason"),
        Field("status"),
        Field("submitted_at"),
        Field("decided_at"),
        Field("unit_version", "unit__version", detail_only=True, kind="integer", help="单位现在的版本"),
        Field("version", detail_only=True),
    ]
    filterset_class = ChangeRequestFilter
    search_fields = ("unit__name", "reason")
    ordering = {"id": "id", "submitted_at": "submitted_at", "place": "place_code"}
    actions = {**CHANGE_MOVES, "approve": MoveAction(approve_change, ApproveInput)}
    create_input, create_action = ChangeInput, staticmethod(create_change)
    write_roles = STAFF | UNIT_SIDE
    more = {
        "changes": partial(ChangeShape, many=True, help_text="每一项：字段、名称、现在登记的、申请改为的")
    }

    def get_more(self, obj, actor):
        names = ("field", "label", "old", "new")
        return {"changes": [dict(zip(names, one, strict=True)) for one in changes_of(obj)]}

    def lock(self, obj) -> None:
        """The unit first, as the moves do."""
        Unit.objects.select_for_update().get(pk=obj.unit_id)
        super().lock(obj)


urlpatterns = [*Liaisons().urls(), *Premises().urls(), *Exits().urls(), *Changes().urls()]
