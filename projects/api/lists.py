"""`/needs/`, `/resources/` (published fields for anybody) and `/bookings/` (for both sides), with their moves."""

from datetime import datetime, time
from functools import partial

from django.db.models import Case, CharField, Value, When
from rest_framework import serializers

from core.actor import Actor
from core.api import (
    Computed,
    Field,
    InputSerializer,
    MomentField,
    MoveAction,
    Nested,
    NoteInput,
    Register,
    place_field,
)
from core.api.schema import named_serializer
from core.encryption import masked_phone
from core.errors import InputError
from core.roles import STAFF, UNIT_SIDE
from projects.actions.bookings import (
    BOOKING_MOVES,
    RATINGS,
    give_feedback,
    refuse_unless_booker,
    request_booking,
)
from projects.actions.conversion import (
    convert_need,
    draft_of_need,
    draft_of_resource,
    project_from_need,
    project_from_resource,
)
from projects.actions.needs import NEED_MOVES, RAISERS, change_need, link_need, raise_need
from projects.actions.resources import OFFERERS, RESOURCE_MOVES, change_resource, offer_resource, set_windows
from projects.filters.lists import BookingApiFilter, NeedFilter, ResourceApiFilter
from projects.models import Need, Project, Resource, ResourceBooking, ResourceWindow
from projects.queries.lists import community_of
from units.models import Division, Unit
from units.models.issues import masked_name

LARGEST_ID = 2**63 - 1
# Codes of the contract are English words; a rating is stored as a number.
RATING_SLUGS = {"satisfied": 3, "basically": 2, "dissatisfied": 1}
RATING_WORDS = {slug: RATINGS[number] for slug, number in RATING_SLUGS.items()}
RATING = Case(
    *[When(rating=number, then=Value(slug)) for slug, number in RATING_SLUGS.items()],
    output_field=CharField(),
)
WindowShape = named_serializer(
    "ResourceWindow",
    {
        "weekday": serializers.IntegerField(help_text="1 是周一"),
        "opens_at": serializers.CharField(),
        "closes_at": serializers.CharField(),
    },
)


def number_field(**more):
    """The number of a row in the database."""
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, **more)


def some_number(**more):
    return number_field(required=False, allow_null=True, default=None, **more)


def some_text(most: int):
    return serializers.CharField(max_length=most, required=False, allow_blank=True, default="")


# What is sent


class NeedInput(InputSerializer):
    """A need; the rules are the action's. Who is no staff gives neither side, source, unit nor reporter."""

    place = serializers.CharField(max_length=32, help_text="区划代码")
    title = serializers.CharField(max_length=100)
    domain = serializers.ChoiceField(choices=Project.Domain.choices)
    description = some_text(2000)
    urgency = serializers.ChoiceField(
        choices=Need.Urgency.choices, required=False, default=Need.Urgency.NORMAL
    )
    side = serializers.ChoiceField(choices=Need.Side.choices, required=False, default="")
    source = serializers.ChoiceField(choices=Need.Source.choices, required=False, default="")
    unit = some_number(help_text="提出单位")
    beneficiaries = serializers.IntegerField(
        min_value=1, max_value=1_000_000, required=False, allow_null=True, default=None
    )
    reporter_name = some_text(40)
    reporter_phone = some_text(20)


class NeedChangeInput(InputSerializer):
    """Some fields of a need that is not verified yet."""

    place = serializers.CharField(max_length=32, help_text="区划代码", required=False)
    title = serializers.CharField(max_length=100, required=False)
    domain = serializers.ChoiceField(choices=Project.Domain.choices, required=False)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    urgency = serializers.ChoiceField(choices=Need.Urgency.choices, required=False)
    beneficiaries = serializers.IntegerField(
        min_value=1, max_value=1_000_000, required=False, allow_null=True
    )


class LinkInput(NoteInput):
    """The need that says the same."""

    duplicate_of = number_field()


class DraftInput(InputSerializer):
    """A project's fields; what is left out comes from the need or the resource where it says it."""

    place = serializers.CharField(max_length=32, help_text="区划代码", required=False)
    title = serializers.CharField(max_length=100, required=False)
    summary = serializers.CharField(max_length=2000, required=False)
    theme = serializers.ChoiceField(choices=Project.Theme.choices, required=False)
    domain = serializers.ChoiceField(choices=Project.Domain.choices, required=False)
    term = serializers.ChoiceField(choices=Project.Term.choices, required=False)
    start_on = serializers.DateField(required=False)
    end_on = serializers.DateField(required=False)
    claim_due_on = serializers.DateField(required=False)


class ConvertInput(DraftInput):
    """The project that is there (``project``), or the fields of a new one."""

    project = some_number(help_text="并入已有的项目")
    note = some_text(2000)


class WindowInput(InputSerializer):
    """One of the weekly opening hours."""

    weekday = serializers.ChoiceField(choices=ResourceWindow.Weekday.choices)
    opens_at = serializers.TimeField()
    closes_at = serializers.TimeField()


class ResourceChangeInput(InputSerializer):
    """Some fields of a resource; ``windows`` replace the weekly hours."""

    kind = serializers.ChoiceField(choices=Resource.Kind.choices, required=False)
    domain = serializers.ChoiceField(choices=Project.Domain.choices, required=False)
    title = serializers.CharField(max_length=100, required=False)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    quantity = serializers.CharField(max_length=60, required=False, allow_blank=True)
    conditions = serializers.CharField(max_length=300, required=False, allow_blank=True)
    contact = serializers.CharField(max_length=40, required=False, allow_blank=True)
    scope = serializers.ChoiceField(choices=Resource.Scope.choices, required=False)
    is_exclusive = serializers.BooleanField(required=False)
    valid_to = serializers.DateField(required=False, allow_null=True)
    windows = WindowInput(many=True, required=False)


class ResourceInput(ResourceChangeInput):
    """What a unit can give."""

    unit = number_field(help_text="提供单位")
    place = serializers.CharField(max_length=32, help_text="区划代码，不填就是单位所在地", required=False)
    kind = serializers.ChoiceField(choices=Resource.Kind.choices)
    domain = serializers.ChoiceField(choices=Project.Domain.choices)
    title = serializers.CharField(max_length=100)


class BookingInput(InputSerializer):
    """When a place needs a resource and what for; moments with offset."""

    resource = number_field()
    place = serializers.CharField(
        max_length=32, help_text="区划代码，不填就是令牌的地方", required=False, default=""
    )
    starts_at = MomentField()
    ends_at = MomentField()
    purpose = serializers.CharField(max_length=200)
    headcount = serializers.IntegerField(
        min_value=1, max_value=100_000, required=False, allow_null=True, default=None
    )
    need = some_number()
    project = some_number()


class FeedbackInput(NoteInput):
    """How it was."""

    rating = serializers.ChoiceField(choices=list(RATING_WORDS.items()))


# From numbers and codes to rows


def find_place(code: str) -> Division:
    place = Division.objects.filter(code=code).first() if code.isprintable() else None
    if place is None:
        raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    return place


def find_unit(pk: int | None) -> Unit | None:
    unit = Unit.objects.select_related("place").filter(pk=pk).first() if pk else None
    if pk and unit is None:
        raise InputError("没有这个单位。", field="unit", code="unknown_unit")
    return unit


def find_visible(model, pk: int | None, actor: Actor, field: str):
    """The row with this number among those the actor may read; None for none."""
    row = model.objects.visible_to(actor).filter(pk=pk).first() if pk else None
    if pk and row is None:
        name = model._meta.verbose_name
        raise InputError(f"没有这个{name}，或者它不在您的范围内。", field=field, code=f"unknown_{field}")
    return row


def create_need(*, place: str, unit: int | None, actor: Actor, **fields) -> Need:
    """`raise_need` with place and unit given by code and number."""
    return raise_need(place=find_place(place), unit=find_unit(unit), actor=actor, **fields)


def patch_need(*, need: Need, actor: Actor, **fields) -> Need:
    """`change_need` with the place given by its code."""
    if "place" in fields:
        fields["place"] = find_place(fields["place"])
    return change_need(need=need, actor=actor, **fields)


def link_by_id(*, need: Need, duplicate_of: int, note: str = "", actor: Actor) -> Need:
    """`link_need` with the original given by its number."""
    original = find_visible(Need, duplicate_of, actor, "duplicate_of")
    return link_need(need=need, duplicate_of=original, note=note, actor=actor)


def convert_by_id(*, need: Need, project: int | None, note: str, actor: Actor, **fields) -> Need:
    """`convert_need` for a project that is there, else `project_from_need`."""
    if project:
        wanted = find_visible(Project, project, actor, "project")
        return convert_need(need=need, project=wanted, note=note, actor=actor)
    place = find_place(fields.pop("place")) if "place" in fields else community_of(need.place)
    project_from_need(need=need, place=place, actor=actor, **{**draft_of_need(need), **fields})
    return Need.objects.get(pk=need.pk)


def create_resource(*, unit: int, place: str = "", windows=(), actor: Actor, **fields) -> Resource:
    """`offer_resource` with unit and place given by number and code."""
    where = find_place(place) if place else None
    return offer_resource(unit=find_unit(unit), place=where, windows=plain(windows), actor=actor, **fields)


def patch_resource(*, resource: Resource, windows=None, actor: Actor, **fields) -> Resource:
    """`change_resource`, and `set_windows` when hours are given."""
    if windows is not None:
        set_windows(resource=resource, windows=plain(windows), actor=actor)
    return change_resource(resource=resource, actor=actor, **fields)


def plain(windows) -> list[tuple[int, time, time]]:
    return [(int(one["weekday"]), one["opens_at"], one["closes_at"]) for one in windows]


def convert_resource(*, resource: Resource, place: str = "", actor: Actor, **fields) -> Resource:
    """`project_from_resource`; the project is found by its timeline and its origin."""
    where = find_place(place or actor.place_code)
    project_from_resource(
        resource=resource, place=where, actor=actor, **{**draft_of_resource(resource), **fields}
    )
    return resource


def create_booking(
    *,
    resource: int,
    place: str,
    starts_at: datetime,
    ends_at: datetime,
    need: int | None,
    project: int | None,
    actor: Actor,
    **fields,
) -> ResourceBooking:
    """`request_booking` with everything given by numbers and codes."""
    refuse_unless_booker(None, actor)
    return request_booking(
        resource=find_visible(Resource, resource, actor, "resource"),
        place=find_place(place or actor.place_code),
        starts_at=starts_at,
        ends_at=ends_at,
        need=find_visible(Need, need, actor, "need"),
        project=find_visible(Project, project, actor, "project"),
        actor=actor,
        **fields,
    )


def feedback_by_slug(
    *, booking: ResourceBooking, rating: str, note: str = "", actor: Actor
) -> ResourceBooking:
    """`give_feedback` with the rating as its English word."""
    return give_feedback(booking=booking, rating=RATING_SLUGS[rating], note=note, actor=actor)


# The registers

PROJECT_PARTS = {"id": "project_id", "number": "project__number", "title": "project__title"}


class Needs(Register):
    """需求清单: verified ones for anybody, without a word on who raised them; masked for every reader."""

    name, basename, model = "needs", "need", Need
    help = "需求清单：核实过的公开；提出人的姓名和电话一律隐去"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("number", public=True),
        Field("title", public=True),
        Field("description", detail_only=True),
        Field("side", public=True),
        place_field(help="所在地"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="提出单位"),
        Field("domain", public=True),
        Field("urgency", public=True),
        Field("source"),
        Field("beneficiaries", public=True),
        Field("raised_on", public=True),
        Nested("project", PROJECT_PARTS, help="转成的项目"),
        Nested("duplicate_of", {"id": "duplicate_of_id", "number": "duplicate_of__number"}, help="并入"),
        Computed("reporter_name", ("reporter_name",), masked_name, help="提出人（隐去）"),
        Computed("reporter_phone", ("reporter_phone",), masked_phone, help="电话（隐去）"),
        Field("result", detail_only=True),
        Field("status", public=True),
        Field("version", detail_only=True),
    ]
    filterset_class = NeedFilter
    search_fields = ("title", "number", "description")
    ordering = {"id": "id", "raised_on": "raised_on", "place": "place_code", "beneficiaries": "beneficiaries"}
    actions = {
        **NEED_MOVES,
        "link": MoveAction(link_by_id, LinkInput),
        "convert": MoveAction(convert_by_id, ConvertInput),
    }
    create_input, create_action = NeedInput, staticmethod(create_need)
    change_input, change_action = NeedChangeInput, staticmethod(patch_need)
    write_roles = RAISERS


class Resources(Register):
    """资源清单: what is offered, for anybody; a single row brings its weekly hours."""

    name, basename, model = "resources", "resource", Resource
    help = "资源清单：可用的公开"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("number", public=True),
        Field("title", public=True),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, public=True, help="提供单位"),
        place_field(),
        Field("kind", public=True),
        Field("domain", public=True),
        Field("description", public=True, detail_only=True),
        Field("quantity", public=True),
        Field("conditions", public=True),
        Field("contact"),
        Field("scope", public=True),
        Field("is_exclusive", public=True),
        Field("valid_to", public=True),
        Field("status", public=True),
        Field("version", detail_only=True),
    ]
    filterset_class = ResourceApiFilter
    search_fields = ("title", "number", "description", "unit__name")
    ordering = {"id": "id", "title": "title", "place": "place_code", "valid_to": "valid_to"}
    actions = {**RESOURCE_MOVES, "convert": MoveAction(convert_resource, DraftInput, help="转为项目")}
    create_input, create_action = ResourceInput, staticmethod(create_resource)
    change_input, change_action = ResourceChangeInput, staticmethod(patch_resource)
    write_roles = OFFERERS
    more = {"windows": partial(WindowShape, many=True, help_text="每周的开放时段，空的是另行商定")}

    def get_more(self, obj, actor):
        return {
            "windows": [
                {
                    "weekday": window.weekday,
                    "opens_at": f"{window.opens_at:%H:%M}",
                    "closes_at": f"{window.closes_at:%H:%M}",
                }
                for window in obj.windows.all()
            ]
        }


class Bookings(Register):
    """资源预约: for the place that asks, the place of the resource and the unit that gives."""

    name, basename, model = "bookings", "booking", ResourceBooking
    help = "资源预约"
    fields = [
        Field("id"),
        Nested(
            "resource",
            {"id": "resource_id", "number": "resource__number", "title": "resource__title"},
            help="资源",
        ),
        Nested("unit", {"id": "resource__unit_id", "name": "resource__unit__name"}, help="提供单位"),
        place_field(help="申请方"),
        Field("starts_at"),
        Field("ends_at"),
        Field("purpose"),
        Field("headcount"),
        Nested("need", {"id": "need_id", "number": "need__number"}, help="用于需求"),
        Nested("project", PROJECT_PARTS, help="用于项目"),
        Field("rating", RATING, choices=RATING_WORDS, kind="text", help="评价"),
        Field("feedback", detail_only=True),
        Field("status"),
        Field("created_at"),
        Field("version", detail_only=True),
    ]
    filterset_class = BookingApiFilter
    search_fields = ("resource__title", "resource__unit__name", "purpose")
    ordering = {"id": "id", "starts_at": "starts_at", "place": "place_code"}
    default_ordering = ("-starts_at", "-id")
    actions = {**BOOKING_MOVES, "give_feedback": MoveAction(feedback_by_slug, FeedbackInput)}
    create_input, create_action = BookingInput, staticmethod(create_booking)
    write_roles = STAFF | UNIT_SIDE


urlpatterns = [*Needs().urls(), *Resources().urls(), *Bookings().urls()]
