"""`/issues/`, masked and only with credentials (anonymous: counts), and `/joint-activities/`, held ones public."""

from django.db.models import Count, Q
from django.urls import path
from rest_framework import serializers

from core.actor import Actor
from core.api import (
    ApiView,
    Computed,
    Field,
    InputSerializer,
    MoveAction,
    Nested,
    NoteInput,
    Register,
    TextParam,
    place_field,
)
from core.api.schema import named_serializer
from core.clock import today
from core.encryption import masked_phone
from core.errors import InputError
from units.actions.activities import ACTIVITY_MOVES, change_activity, hold_activity, plan_activity
from units.actions.issues import (
    ISSUE_MOVES,
    assign_issue,
    mark_duplicate,
    rate_issue,
    record_rating,
    report_issue,
)
from units.filters.issues import ActivityFilter, IssueFilter
from units.indicators.territory import By, read_territory
from units.models import Division, Issue, JointActivity, Unit
from units.models.issues import REPORTERS, masked_name
from units.queries.issues import TAKEN_ON

LARGEST_ID = 2**63 - 1


class IssueInput(InputSerializer):
    """An issue; the rules are the action's."""

    place = serializers.CharField(max_length=32, help_text="区划代码")
    title = serializers.CharField(max_length=100)
    text = serializers.CharField(max_length=2000)
    category = serializers.ChoiceField(choices=Issue.Category.choices)
    source = serializers.ChoiceField(choices=Issue.Source.choices, required=False, default="")
    reporter_name = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    reporter_phone = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class IssueAssignInput(NoteInput):
    """To which unit; to the level's own staff when left out."""

    unit = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None
    )


class DuplicateInput(NoteInput):
    """The issue that says the same."""

    duplicate_of = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class IssueRateInput(NoteInput):
    """What the reporter thinks of it."""

    satisfaction = serializers.ChoiceField(choices=Issue.Satisfaction.choices)


class RecordRatingInput(IssueRateInput):
    """What the reporter said when called back."""

    way = serializers.ChoiceField(choices=Issue.RatedWay.choices[1:], help_text="怎样回访")


class ActivityInput(InputSerializer):
    """A plan."""

    title = serializers.CharField(max_length=100)
    place = serializers.CharField(max_length=32, help_text="区划代码")
    held_on = serializers.DateField()
    venue = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    summary = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    units = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        required=False,
        default=list,
        max_length=100,
    )


class ActivityChangeInput(InputSerializer):
    """What changes of a plan; ``units`` replaces all who take part."""

    title = serializers.CharField(max_length=100, required=False)
    place = serializers.CharField(max_length=32, required=False, help_text="区划代码")
    held_on = serializers.DateField(required=False)
    venue = serializers.CharField(max_length=100, required=False, allow_blank=True)
    summary = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    units = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), required=False, max_length=100
    )


class HoldInput(NoteInput):
    """What came of it."""

    participants = serializers.IntegerField(min_value=0, max_value=20_000)
    held_on = serializers.DateField(required=False, allow_null=True, default=None)


def find_place(code: str) -> Division:
    place = Division.objects.filter(code=code).first() if code.isprintable() else None
    if place is None:
        raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    return place


def create_issue(*, place: str, actor: Actor, **fields) -> Issue:
    """`report_issue` with the place given by its code."""
    return report_issue(place=find_place(place), actor=actor, **fields)


def assign_by_id(*, issue: Issue, unit: int | None = None, note: str = "", actor: Actor) -> Issue:
    """`assign_issue` with the unit given by its number."""
    found = Unit.objects.filter(pk=unit).first() if unit is not None else None
    if unit is not None and found is None:
        raise InputError("没有这个单位。", field="unit", code="unknown_unit")
    return assign_issue(issue=issue, unit=found, note=note, actor=actor)


def duplicate_by_id(*, issue: Issue, duplicate_of: int, note: str = "", actor: Actor) -> Issue:
    """`mark_duplicate` with the original given by its number, one the actor may see."""
    original = Issue.objects.visible_to(actor).filter(pk=duplicate_of).first()
    if original is None:
        raise InputError("没有这个问题，或者它不在您的范围内。", field="duplicate_of", code="unknown_issue")
    return mark_duplicate(issue=issue, duplicate_of=original, note=note, actor=actor)


def create_activity(*, place: str, units: list[int], actor: Actor, **fields) -> JointActivity:
    """`plan_activity` with place and units given by code and numbers."""
    return plan_activity(place=find_place(place), units=find_units(units), actor=actor, **fields)


def find_units(numbers: list[int]) -> list[Unit]:
    found = list(Unit.objects.filter(pk__in=numbers))
    if len(found) != len(set(numbers)):
        raise InputError("有的单位不存在。", field="units", code="unknown_unit")
    return found


def change_by_code(*, activity: JointActivity, actor: Actor, **fields) -> JointActivity:
    """`change_activity` with place and units given by code and numbers."""
    if "place" in fields:
        fields["place"] = find_place(fields["place"])
    if "units" in fields:
        fields["units"] = find_units(fields["units"])
    return change_activity(activity=activity, actor=actor, **fields)


class Issues(Register):
    """问题台账: with credentials, those of the own place; name and phone are masked for every reader."""

    name, basename, model = "issues", "issue", Issue
    help = "问题台账：凭令牌读取本辖区的，反映人的姓名和电话一律隐去"
    fields = [
        Field("id"),
        Field("number"),
        Field("title"),
        Field("text", detail_only=True),
        Field("source"),
        Field("category"),
        place_field(help="发生地"),
        place_field("handler", path="handler", help="办理层级"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="承办单位"),
        Computed("reporter_name", ("reporter_name",), masked_name, help="反映人（隐去）"),
        Computed("reporter_phone", ("reporter_phone",), masked_phone, help="电话（隐去）"),
        Field("status"),
        Field("registered_on"),
        Field("accept_due_on"),
        Field("accepted_on"),
        Field("assign_due_on"),
        Field("due_on"),
        Field("resolved_on"),
        Field("result", detail_only=True),
        Field("reply", detail_only=True),
        Field("satisfaction"),
        Field("rated_on"),
        Field("rated_way"),
        Field("escalated"),
        Field("reopened"),
        Nested("duplicate_of", {"id": "duplicate_of_id", "number": "duplicate_of__number"}, help="并入"),
        Field("version", detail_only=True),
    ]
    filterset_class = IssueFilter
    search_fields = ("title", "number", "text")
    ordering = {"id": "id", "registered_on": "registered_on", "due_on": "due_on", "place": "place_code"}
    actions = {
        **ISSUE_MOVES,
        "assign": MoveAction(assign_by_id, IssueAssignInput),
        "mark_duplicate": MoveAction(duplicate_by_id, DuplicateInput),
        "rate": MoveAction(rate_issue, IssueRateInput),
        "record_rating": MoveAction(record_rating, RecordRatingInput),
    }
    create_input, create_action = IssueInput, staticmethod(create_issue)
    write_roles = REPORTERS


class Activities(Register):
    """共建活动: those that were held for anybody, plans for the staff of the place and the units in them."""

    name, basename, model = "joint-activities", "joint-activity", JointActivity
    object_kwarg = "activity"
    help = "共建活动：已开展的公开"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("title", public=True),
        place_field(),
        Field("held_on", public=True),
        Field("venue", public=True),
        Field("summary", public=True),
        Field("unit_count", Count("units"), public=True, kind="integer", help="参加单位数"),
        Field("participants", public=True),
        Field("status", public=True),
        Field("version", detail_only=True),
    ]
    filterset_class = ActivityFilter
    search_fields = ("title", "venue", "summary")
    ordering = {"id": "id", "held_on": "held_on", "participants": "participants", "place": "place_code"}
    default_ordering = ("-held_on", "-id")
    actions = {**ACTIVITY_MOVES, "hold": MoveAction(hold_activity, HoldInput)}
    create_input, create_action = ActivityInput, staticmethod(create_activity)
    change_input, change_action = ActivityChangeInput, staticmethod(change_by_code)
    write_roles = JointActivity.HOSTS


COUNTS = {
    "reported": Q(),
    "accepted": TAKEN_ON,
    "open": Q(status__in=Issue.OPEN_STATUSES),
    "solved": Q(status__in=Issue.SOLVED_STATUSES),
    "rejected": Q(status=Issue.Status.REJECTED),
    "duplicate": Q(status=Issue.Status.DUPLICATE),
}
CountsShape = named_serializer(
    "IssueCounts",
    {
        "place": serializers.CharField(help_text="区划代码"),
        "as_of": serializers.DateField(),
        **{name: serializers.IntegerField() for name in COUNTS},
    },
)


class IssueCountsView(ApiView):
    """``GET /issues/counts/`` ○: how many issues of a place stand where; no single row."""

    public = True
    help = "问题数（公开）：只有合计，没有明细"
    tag = "issues"
    params = (TextParam(name="place", default="510107", max_length=32, help="区划代码"),)
    response_serializer = CountsShape

    def get(self, request, **kwargs):
        territory = read_territory(self.query["place"], By.NONE)
        rows = Issue.objects.filter(territory.within())
        counts = rows.aggregate(**{name: Count("pk", filter=condition) for name, condition in COUNTS.items()})
        return {"place": territory.code, "as_of": today(), **counts}


urlpatterns = [
    path("issues/counts/", IssueCountsView.as_view(), name="issue-counts"),
    *Issues().urls(),
    *Activities().urls(),
]
