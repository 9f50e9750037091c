"""The REST endpoints of projects and claims (api.md): `/projects/`, `/claims/`, and their moves."""

from collections.abc import Iterable
from functools import partial

from rest_framework import serializers

from core.actor import Actor
from core.api import Field, InputSerializer, MoveAction, Nested, NoteInput, Register, place_field
from core.api.schema import named_serializer
from core.errors import InputError
from projects.actions import (
    CLAIM_MOVES,
    PROJECT_MOVES,
    accept_project,
    change_project,
    draft_project,
    extend_project,
    fail_project,
    hand_in_project,
    plan_milestones,
    publish_project,
    put_on_agenda,
    rectify_project,
    reshape_project,
    submit_claim,
)
from projects.actions.claims import refuse_other_unit
from projects.actions.project import lock_project
from projects.filters.project import ClaimApiFilter, ProjectFilter
from projects.models import Project, ProjectClaim
from projects.queries.project import confirmed_count, served_by_year
from units.models import Division, Unit

MOST = 2**31 - 1
LARGEST_ID = 2**63 - 1


MilestoneShape = named_serializer(
    "ProjectMilestone",
    {
        "id": serializers.IntegerField(),
        "title": serializers.CharField(),
        "due_on": serializers.DateField(),
        "done_on": serializers.DateField(allow_null=True),
    },
)
YearShape = named_serializer(
    "ProjectServed",
    {
        "year": serializers.IntegerField(),
        "person_times": serializers.IntegerField(help_text="已核实的服务人次"),
        "sessions": serializers.IntegerField(),
    },
)
PlaceShape = named_serializer(
    "ProjectPlace", {"code": serializers.CharField(), "name": serializers.CharField()}
)


class MilestoneInput(InputSerializer):
    """A step with its day."""

    title = serializers.CharField(max_length=100)
    due_on = serializers.DateField()


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
    origin = serializers.ChoiceField(choices=Project.Origin.choices, default=Project.Origin.COMMUNITY)
    target_group = serializers.CharField(max_length=100, allow_blank=True, default="")
    budget_source = serializers.CharField(max_length=100, allow_blank=True, default="")
    safety_note = serializers.CharField(max_length=300, allow_blank=True, default="")
    more_places = serializers.ListField(
        child=serializers.CharField(max_length=32), max_length=50, default=list, help_text="还覆盖的区划代码"
    )
    milestones = serializers.ListField(child=MilestoneInput(), max_length=50, default=list)

    is_led_by_proposer = serializers.BooleanField(
        default=False, help_text="单位提出的项目由提出单位自己牵头；只有单位提出时才填"
    )


class ProjectChangeInput(ProjectInput):
    """Some fields of a draft."""

    def get_fields(self):
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, serializers.empty
        return fields


class PublishInput(NoteInput):
    """The reviewer's word that it was checked for confidentiality."""

    is_cleared = serializers.BooleanField(default=False, help_text="已做保密审查；不是 true 不能发布")


class ExtendInput(NoteInput):
    """Until when units may claim; ten workdays from today when left out."""

    claim_due_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="新的认领截止日"
    )


class MilestonesInput(InputSerializer):
    """The steps that are not done yet."""

    milestones = serializers.ListField(child=MilestoneInput(), max_length=50)


class ReshapeInput(NoteInput):
    """What is made shorter or smaller; until when units may claim (ten workdays from today when left out)."""

    end_on = serializers.DateField(required=False)
    claim_mode = serializers.ChoiceField(choices=Project.ClaimMode.choices, required=False)
    lead_places = serializers.IntegerField(min_value=1, max_value=50, required=False)
    volunteers_needed = serializers.IntegerField(min_value=0, max_value=MOST, required=False)
    expected_person_times = serializers.IntegerField(min_value=0, max_value=MOST, required=False)
    more_places = serializers.ListField(
        child=serializers.CharField(max_length=32), max_length=50, required=False
    )
    claim_due_on = serializers.DateField(required=False, allow_null=True, default=None)


class HandInInput(InputSerializer):
    """What was done; for a long-term project before its last day also why it is over (提前完成)."""

    statement = serializers.CharField(max_length=1000)
    early_reason = serializers.CharField(
        max_length=300, required=False, allow_blank=True, default="", help_text="提前完成的原因"
    )


class DecideInput(NoteInput):
    """The finding in words, and the lines of the sheet that are met (as filled in by the portal when left out)."""

    met = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        max_length=100,
        required=False,
        allow_null=True,
        default=None,
    )


class RectifyInput(DecideInput):
    """Until when something is put right; ten workdays from today when left out."""

    rectify_due_on = serializers.DateField(required=False, allow_null=True, default=None)


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


def find_places(codes: Iterable[str]) -> list[Division]:
    """The places with these codes; an unknown one is named beside ``more_places``."""
    wanted = list(dict.fromkeys(codes))
    found = {place.code: place for place in Division.objects.filter(code__in=wanted)}
    for code in wanted:
        if code not in found:
            raise InputError(f"没有代码为“{code}”的区划。", field="more_places", code="unknown_place")
    return [found[code] for code in wanted]


def named_fields(fields: dict) -> dict:
    """Places by their codes and milestones by their fields, as the actions want them."""
    if "more_places" in fields:
        fields["more_places"] = find_places(fields["more_places"])
    if "milestones" in fields:
        fields["milestones"] = [(one["title"], one["due_on"]) for one in fields["milestones"]]
    return fields


def create_project(*, place: str, actor: Actor, **fields) -> Project:
    """`draft_project` with the places given by their codes."""
    return draft_project(place=find_place(place), actor=actor, **named_fields(fields))


def patch_project(*, project: Project, actor: Actor, **fields) -> Project:
    """`change_project` with the place given by its code."""
    if "place" in fields:
        fields["place"] = find_place(fields["place"])
    return change_project(project=project, actor=actor, **named_fields(fields))


def reshape(*, project: Project, actor: Actor, note: str, **fields) -> Project:
    """`reshape_project` with the places given by their codes."""
    return reshape_project(project=project, note=note, actor=actor, **named_fields(fields))


def plan(*, project: Project, milestones: list[dict], actor: Actor) -> Project:
    """`plan_milestones` with the steps as they are sent."""
    return plan_milestones(project=project, actor=actor, **named_fields({"milestones": milestones}))


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
        Field("origin", public=True),
        Nested(
            "proposed_by",
            {"id": "proposed_by_id", "name": "proposed_by__name"},
            public=True,
            help="提出单位；社区起草的为空",
        ),
        Field("is_led_by_proposer", public=True),
        Field("target_group", public=True),
        Field("budget_source"),
        Field("safety_note", public=True),
        Field("started_on", public=True),
        Field("completed_on", public=True),
        Field("status", public=True),
        Field("published_at", public=True),
        Field("cleared_at", help="保密审查时间"),
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
    actions = {
        **PROJECT_MOVES,
        "publish": MoveAction(publish_project, PublishInput),
        "extend": MoveAction(extend_project, ExtendInput),
        "hand_in": MoveAction(hand_in_project, HandInInput),
        "accept": MoveAction(accept_project, DecideInput),
        "rectify": MoveAction(rectify_project, RectifyInput),
        "fail": MoveAction(fail_project, DecideInput),
        "plan_milestones": MoveAction(plan, MilestonesInput),
        "reshape": MoveAction(reshape, ReshapeInput),
        "put_on_agenda": put_on_agenda,
    }
    create_input, create_action = ProjectInput, staticmethod(create_project)
    change_input, change_action = ProjectChangeInput, staticmethod(patch_project)
    more = {
        "more_places": partial(PlaceShape, many=True, help_text="还覆盖的地方"),
        "milestones": partial(MilestoneShape, many=True, help_text="里程碑"),
        "served": partial(YearShape, many=True, help_text="各年已核实的服务人次"),
    }

    def get_more(self, obj, actor):
        return {
            "more_places": list(obj.more_places.order_by("code").values("code", "name")),
            "milestones": list(obj.milestones.values("id", "title", "due_on", "done_on")),
            "served": [
                {"year": year, "person_times": served.person_times, "sessions": served.sessions}
                for year, served in sorted(served_by_year(obj).items())
            ],
        }


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
