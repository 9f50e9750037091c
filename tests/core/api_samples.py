"""A register and a few views that only the tests of the API base use, over real rows (projects)."""

import django_filters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, OperationalError, connection
from django.http import Http404
from django.urls import include, path
from rest_framework import serializers

from core.api import (
    ApiView,
    BoolParam,
    ChoiceParam,
    Computed,
    DateParam,
    Field,
    InputSerializer,
    IntParam,
    MoveAction,
    Nested,
    Register,
    TextParam,
    place_field,
)
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation, StaleVersion
from core.history import change_fields
from core.roles import Role
from core.workflow import make_move
from projects.models import Project
from tests.factories.projects import make_project
from units.models import Division

calls: list[str] = []


def move_action(name):
    def action(*, project, actor, note=""):
        calls.append(name)
        return make_move(obj=project, move=name, actor=actor, note=note)

    return action


def draft(*, title, place, actor):
    """Make a draft; a title 冲突 is refused after the row was written."""
    calls.append(title)
    project = make_project(place=place, status="draft", title=title)
    if title == "冲突":
        raise RuleViolation("这个名称已经有了。", field="title", code="taken")
    if title == "故障":
        raise RuntimeError("a fault of our own")
    return project


class DraftInput(InputSerializer):
    title = serializers.CharField(max_length=100)
    place = serializers.SlugRelatedField(slug_field="code", queryset=Division.objects.all())
    tags = serializers.ListField(child=serializers.IntegerField(), required=False, write_only=True)

    def validate(self, data):
        data.pop("tags", None)
        return data


class ChangeInput(InputSerializer):
    title = serializers.CharField(max_length=100)


def rename(*, project, title, actor):
    return change_fields(obj=project, values={"title": title}, actor=actor)


class SampleFilter(django_filters.FilterSet):
    is_regular = django_filters.BooleanFilter(label="常态化")
    due = django_filters.DateFromToRangeFilter(field_name="claim_due_on", label="截止")

    class Meta:
        model = Project
        fields = ("theme", "is_regular")


class Samples(Register):
    """Projects, told as a register."""

    name, basename, model = "samples", "sample", Project
    is_public = True
    fields = [
        Field("id", public=True),
        Field("title", public=True),
        Field("status", public=True),
        Field("theme"),
        Field("claim_due_on"),
        Field("created_at"),
        Field("summary", detail_only=True),
        Field("author", source="author_id"),
        place_field(),
        Nested("drafted_by", {"id": "author_id", "name": "author__name"}),
        Computed("label", ("title", "number"), lambda title, number: f"{number or '—'} {title}"),
    ]
    filterset_class = SampleFilter
    search_fields = ("title", "summary")
    ordering = {"id": "id", "title": ("title", "id")}
    extra_params = (ChoiceParam(name="only", choices={"open": "待认领"}, help="只看"),)
    object_kwarg = "project"
    actions = {
        "submit": move_action("submit"),
        "return": MoveAction(move_action("return"), help="退回"),
        "publish": move_action("publish"),
    }
    create_input, create_action = DraftInput, draft
    change_input, change_action = ChangeInput, rename
    write_roles = frozenset({Role.COMMUNITY, Role.SUBDISTRICT, Role.LIAISON})

    def get_rows(self, actor, query):
        rows = Project.objects.visible_to(actor)
        return rows.open() if query.get("only") == "open" else rows


FAULTS = {
    "rule": lambda: RuleViolation("现在不行。", code="not_now"),
    "input": lambda: InputError("写得不对。", field="x"),
    "role": lambda: NotAllowed("您不能。"),
    "stale": StaleVersion,
    "missing": Http404,
    "denied": PermissionDenied,
    "model": lambda: ValidationError({"title": ["太长了。"], "__all__": ["合起来不对。"]}),
    "data": DataError,
    "integrity": IntegrityError,
    "away": lambda: OperationalError("connection refused"),
    "drf": lambda: serializers.ValidationError(
        {"rows": [{}, {"name": ["不能为空。"]}], "non_field_errors": ["整体不对。"]}
    ),
    "fault": lambda: RuntimeError("unexpected"),
}


class FaultView(ApiView):
    """Raises what it is told to."""

    public = True

    def get(self, request, kind):
        raise FAULTS[kind]()


class TagView(ApiView):
    """Knows its version; counts how often it had to work."""

    public = True
    version = "1"
    worked = 0

    def get_etag_source(self):
        return TagView.version

    def get(self, request):
        TagView.worked += 1
        return {"version": TagView.version}


class StaffView(ApiView):
    """For the subdistrict alone."""

    roles = frozenset({Role.SUBDISTRICT})
    params = (
        IntParam(name="n", minimum=1, maximum=9, default=1),
        DateParam(name="on", default=today, latest=today),
        BoolParam(name="is_new", default=False),
        TextParam(name="word", max_length=5, default=""),
        ChoiceParam(name="kind", choices={"a": "甲", "b": "乙"}, is_required=True),
    )

    def get(self, request):
        return dict(self.query)

    def post(self, request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return self.accepted({"echo": request.data})


class UploadView(ApiView):
    """Takes a file."""

    has_files = True

    def post(self, request):
        calls.append("upload")
        return self.accepted({"size": request.data["file"].size})


urlpatterns = [
    path(
        "api/v1/",
        include(
            (
                [
                    *Samples().urls(),
                    path("faults/<str:kind>/", FaultView.as_view(), name="fault"),
                    path("tagged/", TagView.as_view(), name="tagged"),
                    path("staff/", StaffView.as_view(), name="staff"),
                    path("upload/", UploadView.as_view(), name="upload"),
                ],
                "api",
            )
        ),
    ),
    path("", include("wuhou.urls")),
]
