"""``/api/v1/divisions/``: the places, public; their figures for staff and grid workers; rename, merge and close with a district's."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from rest_framework import serializers

from core.actor import Actor
from core.api import Field, InputSerializer, MoveAction, Nested, Register
from core.errors import InputError
from units.divisions.actions import add_place, change_place, close_place, rename_place
from units.divisions.filters import DivisionFilter
from units.divisions.merging import merge_places
from units.models import Division, DivisionName

FORMER_NAMES = ArraySubquery(
    DivisionName.objects.filter(division=OuterRef("pk"))
    .order_by("-to_on")
    .values(json=JSONObject(name=F("name"), path_name=F("path_name"), to_on=F("to_on")))
)


# Read by staff and grid workers alone, on the pages too.
INSIDE = frozenset({"households", "population", "party_members", "party_organization"})


def place_called(code: str, field: str) -> Division:
    """The place with a code; raises `InputError` beside the field that named it."""
    found = Division.objects.filter(code=code).first() if code.isascii() and code.isprintable() else None
    if found is None:
        raise InputError("没有这个区划代码。", field=field, code="unknown_place")
    return found


class PlaceFiguresInput(InputSerializer):
    """The facts of a place that may be changed."""

    courtyard_kind = serializers.ChoiceField(
        choices=Division.CourtyardKind.choices, required=False, allow_blank=True, help_text="院落类型"
    )
    households = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=10_000_000)
    population = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=10_000_000)
    party_members = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=10_000_000
    )


class NewPlaceInput(PlaceFiguresInput):
    """A place that is added directly in another."""

    parent = serializers.CharField(max_length=32, help_text="上级区划代码")
    name = serializers.CharField(max_length=60)
    code = serializers.CharField(
        max_length=32, required=False, allow_blank=True, default="", help_text="空着按顺序编"
    )
    valid_from = serializers.DateField(required=False, help_text="启用日期")


class RenameInput(InputSerializer):
    """Another name from a day on."""

    name = serializers.CharField(max_length=60, help_text="新名称")
    on = serializers.DateField(help_text="更名日期")
    basis = serializers.CharField(max_length=200, help_text="更名依据")


class MergeInput(InputSerializer):
    """Into which place, since when and why."""

    target = serializers.CharField(max_length=32, help_text="并入的区划代码")
    on = serializers.DateField(help_text="并入日期")
    reason = serializers.CharField(max_length=300, help_text="原因和依据")


class CloseInput(InputSerializer):
    """Since when and why a place is no longer in use."""

    on = serializers.DateField(help_text="停用日期")
    reason = serializers.CharField(max_length=300, help_text="原因和依据")


def create_place(*, parent: str, actor, **fields) -> Division:
    """`add_place` with the place above given by its code."""
    return add_place(parent=place_called(parent, "parent"), actor=actor, **fields)


def merge_by_code(*, place: Division, target: str, actor, **fields) -> Division:
    """`merge_places` with the target given by its code; the answer is the target."""
    return merge_places(source=place, target=place_called(target, "target"), actor=actor, **fields)


class Divisions(Register):
    """区划与网格: codes, names and levels for anybody; those run by somebody else say by whom."""

    name, basename, model = "divisions", "division", Division
    object_kwarg = "place"
    help = "区划与网格：代码、名称、级别公开；户数、人口、党员、对应党组织由工作人员和网格员凭令牌读取；由其他机构管理的另有标明"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("code", public=True),
        Field("name", public=True),
        Field("path_name", public=True),
        Field("level", public=True),
        Nested(
            "parent",
            {"code": "parent__code", "name": "parent__name", "level": "parent__level"},
            public=True,
            help="上级",
        ),
        Field("administered_by", public=True),
        Field("courtyard_kind", public=True),
        Field("valid_from", public=True),
        Field("valid_to", public=True),
        Nested(
            "successor",
            {"code": "successor__code", "name": "successor__name", "level": "successor__level"},
            public=True,
            help="并入",
        ),
        Field(
            "former_names",
            FORMER_NAMES,
            public=True,
            kind="list",
            help="曾用名：名称、全名、用到哪天（不含）",
        ),
        Field("households"),
        Field("population"),
        Field("party_members"),
        Nested(
            "party_organization",
            {"id": "party_organization_id", "name": "party_organization__name"},
            help="对应党组织",
        ),
        Field("version", detail_only=True),
    ]
    filterset_class = DivisionFilter
    search_fields = ("name", "path_name", "code")
    ordering = {"code": "code", "name": "name", "level": "level"}
    default_ordering = ("code",)
    write_roles = Division.KEEPERS
    create_input, create_action = NewPlaceInput, staticmethod(create_place)
    change_input, change_action = PlaceFiguresInput, staticmethod(change_place)
    actions = {
        "rename": MoveAction(rename_place, RenameInput, help="更名，原名保留"),
        "merge": MoveAction(merge_by_code, MergeInput, help="并入同级的另一个地方"),
        "close": MoveAction(close_place, CloseInput, help="停用"),
    }

    def fields_for(self, actor: Actor, *, is_detail: bool):
        """Figures and party organizations are for staff and grid workers (domain.md §3)."""
        found = super().fields_for(actor, is_detail=is_detail)
        is_inside = actor.is_system or actor.role in Division.INSIDERS
        return found if is_inside else [one for one in found if one.name not in INSIDE]

    def get_public_rows(self, query):
        return Division.objects.all()


urlpatterns = [*Divisions().urls()]
