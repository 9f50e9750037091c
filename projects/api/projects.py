"""The REST endpoints of projects and claims (api.md): `/projects/`, `/claims/`, and their moves."""

from rest_framework import serializers

from core.actor import Actor
from core.api import Field, InputSerializer, MoveAction, Nested, NoteInput, Register, place_field
from core.errors import InputError
from projects.actions import (
    CLAIM_MOVES,
    PROJECT_MOVES,
    change_project,
    draft_project,
    extend_project,
    submit_claim,
)
from projects.actions.claims import refuse_other_unit
from projects.actions.project import lock_project
from projects.filters import ClaimApiFilter, ProjectFilter
from projects.models import Project, ProjectClaim
from projects.queries import confirmed_count
from units.models import Division, Unit

MOST = 2**31 - 1
LARGEST_ID = 2**63 - 1


class ProjectInput(InputSerializer):
    """A draft; the rules are the action's."""

    title = serializers.CharField(max_length=100)
    summary = serializers.CharField(max_length=2000)
    place = serializers.CharField(max_length=32, help_text="区划代码")
    theme = serializers.ChoiceField(choices=Project.Theme.choices)
    domain = serializers.ChoiceField(choices=Project.Domain.choices)
    term = serializers.ChoiceField(choices=Project.Term.choices)
    is_regular = serializers.BooleanField(default=False)
    start_on = serializers.DateField()
    end_on = serializers.DateField()
    claim_mode = serializers.ChoiceField(choices=Project.ClaimMode.choices, default=Project.ClaimMode.SINGLE)
    lead_places = serializers.IntegerField(min_value=1, max_value=50, default=1)
    claim_due_on = serializers.DateField()
    expected_person_times = serializers.IntegerField(min_value=0, max_value=MOST, default=0)
    volunteers_needed = serializers.IntegerField(min_value=0, max_value=MOST, default=0)


class ProjectChangeInput(ProjectInput):
    """Some fields of a draft."""

    def get_fields(self):
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, serializers.empty
        return fields


class ExtendInput(NoteInput):
    """Until when units may claim; ten workdays from today when left out."""

    claim_due_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="新的认领截止日"
    )


class ClaimInput(InputSerializer):
    """A unit's offer for a project."""

    project = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    unit = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    kind = serializers.ChoiceField(choices=ProjectClaim.Kind.choices, default=ProjectClaim.Kind.LEAD)
    plan = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    headcount = serializers.IntegerField(
        min_value=1, max_value=100_000, required=False, allow_null=True, default=None
    )
    contact = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


def find_place(code: str) -> Division:
    place = Division.objects.filter(code=code).first()
    if place is None:
        raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    return place


def create_project(*, place: str, actor: Actor, **fields) -> Project:
    """`draft_project` with the place given by its code."""
    return draft_project(place=find_place(place), actor=actor, **fields)


def patch_project(*, project: Project, actor: Actor, **fields) -> Project:
    """`change_project` with the place given by its code."""
    if "place" in fields:
        fields["place"] = find_place(fields["place"])
    return change_project(project=project, actor=actor, **fields)


def create_claim(*, project: int, unit: int, actor: Actor, **offer) -> ProjectClaim:
    """`submit_claim` with project and unit given by their numbers."""
    refuse_other_unit(unit, actor)
    wanted = Project.objects.visible_to(actor).filter(pk=project).first()
    if wanted is None:
        raise InputError("没有这个项目，或者它不在您的范围内。", field="project", code="unknown_project")
    return submit_claim(project=wanted, unit=Unit.objects.get(pk=unit), actor=actor, **offer)


class Projects(Register):
    """Projects (共建项目): what is published for anybody, drafts for the staff of the place."""

    name, basename, model = "projects", "project", Project
    help = "共建项目"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("number", public=True),
        Field("title", public=True),
        Field("summary", public=True),
        place_field(help="实施地"),
        Field("theme", public=True),
        Field("domain", public=True),
        Field("term", public=True),
        Field("is_regular", public=True),
        Field("start_on", public=True),
        Field("end_on", public=True),
        Field("claim_mode", public=True),
        Field("lead_places", public=True),
        Field("confirmed_leads", confirmed_count(), public=True, kind="integer", help="已确认的主认领家数"),
        Field("claim_due_on", public=True),
        Field("expected_person_times", public=True),
        Field("volunteers_needed", public=True),
        Field("status", public=True),
        Field("published_at", public=True),
        Field("created_at"),
    ]
    filterset_class = ProjectFilter
    search_fields = ("title", "number", "summary")
    ordering = {
        "id": "id",
        "claim_due_on": "claim_due_on",
        "published_at": "published_at",
        "place": "place_code",
    }
    actions = {**PROJECT_MOVES, "extend": MoveAction(extend_project, ExtendInput)}
    create_input, create_action = ProjectInput, staticmethod(create_project)
    change_input, change_action = ProjectChangeInput, staticmethod(patch_project)


class Claims(Register):
    """Claims (项目认领): which units carry out what for anybody, the rest for both sides."""

    name, basename, model = "claims", "claim", ProjectClaim
    help = "项目认领"
    is_public = True
    fields = [
        Field("id", public=True),
        Nested(
            "project",
            {"id": "project_id", "number": "project__number", "title": "project__title"},
            public=True,
            help="项目",
        ),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, public=True, help="认领单位"),
        place_field(path="project__place", help="实施地"),
        Field("kind", public=True),
        Field("status", public=True),
        Field("plan"),
        Field("headcount"),
        Field("contact"),
        Field("submitted_at"),
        Field("decided_at", public=True),
    ]
    filterset_class = ClaimApiFilter
    search_fields = ("project__title", "unit__name")
    ordering = {"id": "id", "submitted_at": "submitted_at", "decided_at": "decided_at"}
    actions = CLAIM_MOVES
    create_input, create_action = ClaimInput, staticmethod(create_claim)

    def lock(self, obj):
        """The project before its claim, as the actions do."""
        lock_project(obj.project)
        super().lock(obj)


# Patterns under /api/v1/, gathered by wuhou.api.
urlpatterns = [*Projects().urls(), *Claims().urls()]
