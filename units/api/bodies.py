"""REST: regional bodies, their posts, and their moves."""

from functools import partial

from rest_framework import serializers

from core.api import DateParam, Field, InputSerializer, MoveAction, NoteInput, Register, place_field
from core.api.schema import named_serializer
from core.clock import today
from core.errors import InputError
from core.roles import STAFF
from units.actions.bodies import (
    BODY_MOVES,
    change_body,
    complete_re_election,
    confirm_roster,
    plan_body,
    start_body,
)
from units.filters.bodies import BodyFilter, GapFilter
from units.models import BodyMember, BodySeat, Division, RegionalBody
from units.queries.structure import tier_places, with_gaps
from units.queries.units import root_place

SeatShape = named_serializer(
    "BodySeat",
    {
        "name": serializers.CharField(),
        "post": serializers.ChoiceField(choices=BodySeat.Post.choices),
        "post_display": serializers.CharField(),
        "from_unit": serializers.CharField(allow_null=True),
        "from_on": serializers.DateField(),
    },
)
MemberShape = named_serializer(
    "BodyMember",
    {
        "unit": serializers.IntegerField(),
        "name": serializers.CharField(),
        "kind": serializers.ChoiceField(choices=BodyMember.Kind.choices),
        "kind_display": serializers.CharField(),
        "from_on": serializers.DateField(),
    },
)


class BodyInput(InputSerializer):
    """A body that is to be set up."""

    kind = serializers.ChoiceField(choices=RegionalBody.Kind.choices)
    place = serializers.CharField(max_length=32, help_text="区划代码")
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class TermInput(InputSerializer):
    """The first day of a term (today when left out) and its last (five years later)."""

    from_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="开始的日期")
    term_end = serializers.DateField(required=False, allow_null=True, default=None, help_text="届满日期")


class BodyChange(InputSerializer):
    """What may be changed of a body; what is left out stays."""

    name = serializers.CharField(max_length=120, required=False)
    approval_no = serializers.CharField(max_length=60, required=False, allow_blank=True)
    term_start = serializers.DateField(required=False, allow_null=True)
    term_end = serializers.DateField(required=False, allow_null=True)


class ReElectedInput(NoteInput, TermInput):
    """The next term with the number of its approval, and who of the old list goes on."""

    seats = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, default=list, max_length=200,
        help_text="连任的任职记录编号",
    )  # fmt: skip
    representatives = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, default=list, max_length=500,
        help_text="连任的代表编号",
    )  # fmt: skip


def re_elect_over_rest(
    *, body: RegionalBody, seats: list[int], representatives: list[int], **fields
) -> RegionalBody:
    """`complete_re_election` with those who go on given by their numbers."""
    going_on = {}
    for name, given, rows in (
        ("seats", seats, body.seats.held()),
        ("representatives", representatives, body.representatives.held()),
    ):
        going_on[name] = list(rows.filter(pk__in=given))
        if len(going_on[name]) != len(set(given)):
            raise InputError("连任的人员不在本届名单里。", field=name, code="unknown")
    return complete_re_election(body=body, **going_on, **fields)


def create_body(*, place: str, actor, **fields) -> RegionalBody:
    """`plan_body` with the place given by its code."""
    found = Division.objects.filter(code=place).first() if place.isascii() and place.isprintable() else None
    if found is None:
        raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    return plan_body(place=found, actor=actor, **fields)


def seat_data(seat: BodySeat) -> dict:
    return {
        "name": seat.person.name,
        "post": seat.post,
        "post_display": seat.get_post_display(),
        "from_unit": seat.from_unit.name if seat.from_unit else None,
        "from_on": seat.from_on,
    }


def member_data(member: BodyMember) -> dict:
    return {
        "unit": member.unit_id,
        "name": member.unit.name,
        "kind": member.kind,
        "kind_display": member.get_kind_display(),
        "from_on": member.from_on,
    }


class RegionalBodies(Register):
    """区域化组织: with a token, all of the district with who sits in them today."""

    name, basename, model = "regional-bodies", "regional-body", RegionalBody
    help = "区域化组织（功能型，不计入建制党组织）"
    object_kwarg = "body"
    write_roles = STAFF
    fields = [
        Field("id"),
        Field("name"),
        Field("kind"),
        place_field(),
        Field("status"),
        Field("term_no"),
        Field("term_start"),
        Field("term_end"),
        Field("approval_no"),
        Field("secretary_note"),
        Field("from_on"),
        Field("to_on"),
        Field("roster_confirmed_on"),
        Field("has_rotating_chair", detail_only=True),
        Field("charter", detail_only=True, help="联席会章程"),
        Field("version", detail_only=True),
    ]
    filterset_class = BodyFilter
    search_fields = ("name",)
    ordering = {"id": "id", "place": "place_code", "term_end": "term_end"}
    default_ordering = ("place_code", "kind", "id")
    create_input, create_action = BodyInput, staticmethod(create_body)
    change_input, change_action = BodyChange, staticmethod(change_body)
    actions = {
        **BODY_MOVES,
        "start": MoveAction(start_body, TermInput),
        "confirm_roster": MoveAction(confirm_roster, help="名册无变化"),
        "re_elected": MoveAction(re_elect_over_rest, ReElectedInput),
    }
    more = {
        "seats": partial(SeatShape, many=True, help_text="现任班子成员"),
        "members": partial(MemberShape, many=True, help_text="现任成员单位"),
    }

    def get_more(self, obj, actor):
        seats = BodySeat.objects.visible_to(actor).effective(today()).filter(body=obj)
        seats = seats.select_related("person", "from_unit").order_by("from_on", "pk")
        members = BodyMember.objects.visible_to(actor).effective(today()).filter(body=obj)
        members = members.select_related("unit").order_by("from_on", "pk")
        return {"seats": [seat_data(one) for one in seats], "members": [member_data(one) for one in members]}


class StructureGaps(Register):
    """组织架构缺项: subdistricts and communities that miss a tier on a day."""

    name, basename, model = "structure-gaps", "structure-gap", Division
    tag, help = "regional-bodies", "两层三级组织架构的缺项：哪个街道、社区缺哪一级"
    fields = [
        Field("id"),
        Field("code"),
        Field("name"),
        Field("path_name"),
        Field("level"),
        *[Field(f"has_{kind}", kind="boolean", help=f"{kind.label}在运行") for kind in RegionalBody.TIERS],
    ]
    filterset_class = GapFilter
    search_fields = ("path_name",)
    ordering = {"code": "code", "level": "level"}
    default_ordering = ("code",)
    extra_params = (DateParam(name="on", default=None, latest=today, help="哪一天的情况；空着是今天"),)

    def get_rows(self, actor, query):
        on = query.get("on") or today()
        return with_gaps(
            Division.objects.visible_to(actor).filter(pk__in=tier_places(root_place(), on).values("pk")), on
        )


urlpatterns = [
    *RegionalBodies().urls(),
    StructureGaps().list_path("structure-gaps/", "structure-gap-list"),
]
