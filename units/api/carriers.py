"""REST: carriers and stations (address and hours for anybody), instructors, build plans, survey rounds and lines."""

from django.db.models import Count, Q
from rest_framework import serializers

from core.actor import CLIENT_ROLE
from core.api import Field, InputSerializer, MoveAction, Nested, Register, place_field
from core.errors import InputError
from core.roles import STAFF, UNIT_SIDE
from units.actions.carriers import (
    BUILD_MOVES,
    change_carrier,
    found_organization,
    open_station,
    prepare_plan,
    register_carrier,
    send_with_plan,
)
from units.actions.people import Named
from units.actions.surveys import fill_line
from units.filters.carriers import (
    BuildFilter,
    CarrierFilter,
    InstructorFilter,
    LineApiFilter,
    RoundFilter,
    StationFilter,
)
from units.models import (
    BuildPlan,
    Carrier,
    CoverageSpell,
    Division,
    Instructor,
    PartyOrganization,
    ServiceStation,
    SurveyLine,
    SurveyRound,
)


class CarrierInput(InputSerializer):
    """A carrier that is to be registered."""

    name = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=Carrier.Kind.choices)
    place = serializers.CharField(max_length=32, help_text="区划代码")
    address = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    area = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=10_000_000, help_text="㎡"
    )
    from_on = serializers.DateField(help_text="启用日期")


def create_carrier(*, place: str, actor, **fields) -> Carrier:
    """`register_carrier` with the place given by its code."""
    found = Division.objects.filter(code=place).first() if place.isascii() and place.isprintable() else None
    if found is None:
        raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    return register_carrier(place=found, actor=actor, **fields)


class CarrierChange(InputSerializer):
    """What is known of a carrier; only what is given changes."""

    name = serializers.CharField(max_length=100, required=False)
    kind = serializers.ChoiceField(choices=Carrier.Kind.choices, required=False)
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)
    area = serializers.IntegerField(required=False, min_value=0, max_value=10_000_000, help_text="㎡")
    from_on = serializers.DateField(required=False, help_text="启用日期")


class StationInput(InputSerializer):
    """A service station that is to be opened in a carrier."""

    carrier = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    name = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=ServiceStation.Kind.choices, required=False, default="station")
    area = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=10_000_000, help_text="㎡"
    )
    facilities = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    hours = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    contact = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    opened_on = serializers.DateField(help_text="启用日期")


def open_by_id(*, carrier: int, actor, **fields) -> ServiceStation:
    """`open_station` with the carrier given by its id."""
    found = Carrier.objects.visible_to(actor).filter(pk=carrier).first()
    if found is None:
        raise InputError("没有这个载体。", field="carrier", code="unknown_carrier")
    return open_station(carrier=found, actor=actor, **fields)


class Carriers(Register):
    """载体: where two-new units gather; those in use are published."""

    name, basename, model = "carriers", "carrier", Carrier
    help = "载体（行业系统、园区、商圈、楼宇、专业市场）：在用的公开"
    is_public = True

    def reads_published(self, actor):
        return not (actor.is_system or actor.reads_territory)

    fields = [
        Field("id", public=True),
        Field("name", public=True),
        Field("kind", public=True),
        place_field(),
        Field("address", public=True),
        Field("area", public=True),
        Field("from_on", public=True),
        Field("to_on"),
        Nested("committee", {"id": "committee_id", "name": "committee__name"}, help="区域综合党委"),
        Field(
            "station_count", Count("stations", filter=Q(stations__closed_on=None, stations__pk__isnull=False)), kind="integer",
            public=True, help="在用的服务站",
        ),
        Field("version", detail_only=True),
    ]  # fmt: skip
    filterset_class = CarrierFilter
    search_fields = ("name", "address")
    ordering = {"id": "id", "place": "place_code", "from_on": "from_on"}
    default_ordering = ("place_code", "id")
    create_input, create_action = CarrierInput, staticmethod(create_carrier)
    change_input, change_action = CarrierChange, staticmethod(change_carrier)
    object_kwarg = "carrier"
    write_roles = STAFF


class Stations(Register):
    """党建服务站: address and hours for anybody."""

    name, basename, model = "service-stations", "service-station", ServiceStation
    help = "党建服务站：地址和开放时间公开"
    is_public = True

    def reads_published(self, actor):
        return not (actor.is_system or actor.reads_territory)

    fields = [
        Field("id", public=True),
        Field("name", public=True),
        Nested("carrier", {"id": "carrier_id", "name": "carrier__name"}, public=True, help="所在载体"),
        place_field(path="carrier__place"),
        Field("address", "carrier__address", public=True),
        Field("hours", public=True),
        Field("contact", public=True),
        Field("kind", public=True),
        Field("facilities", public=True),
        Field("area"),
        Field("opened_on", public=True),
        Field("closed_on"),
    ]
    filterset_class = StationFilter
    search_fields = ("name", "carrier__name")
    ordering = {"id": "id", "opened_on": "opened_on", "place": "carrier__place_code"}
    default_ordering = ("carrier__place_code", "id")
    create_input, create_action = StationInput, staticmethod(open_by_id)
    write_roles = STAFF


class Instructors(Register):
    """党建指导员: who is sent to which unit of the token's place."""

    name, basename, model = "instructors", "instructor", Instructor
    help = "党建指导员的派驻"
    roles = STAFF | UNIT_SIDE | {CLIENT_ROLE}
    fields = [
        Field("id"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="派驻单位"),
        Field("person", "person__name", help="指导员姓名"),
        place_field(path="unit__place"),
        Field("dispatched_by"),
        Field("from_on"),
        Field("to_on"),
    ]
    filterset_class = InstructorFilter
    search_fields = ("person__name", "unit__name")
    ordering = {"id": "id", "from_on": "from_on"}
    default_ordering = ("-from_on", "id")


class SentInput(InputSerializer):
    """Who is sent since when."""

    name = serializers.CharField(max_length=40, help_text="指导员姓名")
    from_on = serializers.DateField(help_text="派出日期")


class PrepareInput(InputSerializer):
    """What approval is asked for."""

    mode = serializers.ChoiceField(choices=CoverageSpell.Mode.choices)
    note = serializers.CharField(max_length=200, help_text="请示文号")
    target_on = serializers.DateField(required=False, allow_null=True, default=None)


class FoundInput(InputSerializer):
    """The organization that was founded: a new one by name, or an existing one by id."""

    founded_on = serializers.DateField(help_text="成立日期")
    name = serializers.CharField(max_length=160, required=False, allow_blank=True, default="")
    organization = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1
    )
    members = serializers.IntegerField(required=False, default=0, min_value=0, max_value=100_000)


def send_by_name(*, plan: BuildPlan, name: str, from_on, actor) -> BuildPlan:
    return send_with_plan(plan=plan, named=Named(name=name), from_on=from_on, actor=actor)


def found_by_id(*, plan: BuildPlan, actor, organization: int | None = None, **fields) -> BuildPlan:
    """`found_organization` with the organization given by its id."""
    found = (
        PartyOrganization.objects.visible_to(actor).filter(pk=organization).first() if organization else None
    )
    if organization and found is None:
        raise InputError("没有这个党组织。", field="organization", code="unknown_organization")
    return found_organization(plan=plan, actor=actor, organization=found, **fields)


class BuildPlans(Register):
    """组建计划: where the units of the token's place stand on their way to an organization."""

    name, basename, model = "build-plans", "build-plan", BuildPlan
    help = "两新组织党组织组建计划"
    roles = STAFF | {CLIENT_ROLE}
    object_kwarg = "plan"
    write_roles = STAFF
    fields = [
        Field("id"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="单位"),
        place_field(path="unit__place"),
        Field("status"),
        Field("mode"),
        Field("target_on"),
        Field("approval_no"),
        Nested("organization", {"id": "organization_id", "name": "organization__name"}, help="成立的党组织"),
        Field("version", detail_only=True),
    ]
    filterset_class = BuildFilter
    search_fields = ("unit__name", "approval_no")
    ordering = {"id": "id", "target_on": "target_on", "place": "place_code"}
    default_ordering = ("place_code", "id")
    actions = {
        **BUILD_MOVES,
        "send_instructor": MoveAction(send_by_name, SentInput),
        "prepare": MoveAction(prepare_plan, PrepareInput),
        "found": MoveAction(found_by_id, FoundInput),
    }


class SurveyRounds(Register):
    """摸排: rounds that touch the token's place."""

    name, basename, model = "survey-rounds", "survey-round", SurveyRound
    help = "两新组织摸排"
    roles = STAFF | {CLIENT_ROLE}
    fields = [
        Field("id"),
        Field("name"),
        place_field(public=False),
        Field("opened_on"),
        Field("due_on"),
    ]
    filterset_class = RoundFilter
    search_fields = ("name",)
    ordering = {"id": "id", "opened_on": "opened_on", "due_on": "due_on"}
    default_ordering = ("-opened_on", "-id")


class LineInput(InputSerializer):
    """What was found at one unit."""

    is_operating = serializers.BooleanField()
    employees = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=10_000_000)
    members_total = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=10_000_000
    )
    members_full = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=10_000_000
    )
    not_built_reason = serializers.CharField(required=False, allow_blank=True, max_length=100)
    is_applied = serializers.BooleanField(required=False, default=False, help_text="同时更新单位台账的人数")


class SurveyLines(Register):
    """摸排记录: what was found at the units of the token's place; PATCH fills a line."""

    name, basename, model = "survey-lines", "survey-line", SurveyLine
    help = "摸排记录；PATCH 登记一家单位的摸排结果"
    roles = STAFF | {CLIENT_ROLE}
    object_kwarg = "line"
    write_roles = STAFF
    fields = [
        Field("id"),
        Nested("round", {"id": "round_id", "name": "round__name"}, help="摸排"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="单位"),
        place_field(path="unit__place", public=False),
        Field("is_operating"),
        Field("employees"),
        Field("members_total"),
        Field("members_full"),
        Field("not_built_reason"),
        Field("surveyed_on"),
    ]
    filterset_class = LineApiFilter
    search_fields = ("unit__name",)
    ordering = {"id": "id", "surveyed_on": "surveyed_on"}
    default_ordering = ("round_id", "id")
    change_input, change_action = LineInput, staticmethod(fill_line)


urlpatterns = [
    *Carriers().urls(),
    *Stations().urls(),
    *Instructors().urls(),
    *BuildPlans().urls(),
    *SurveyRounds().urls(),
    *SurveyLines().urls(),
]
