"""The work on projects over REST: milestones, progress, extensions, acceptances, years, invitations."""

from datetime import date
from functools import partial

import django_filters
from rest_framework import serializers

from core.actor import CLIENT_ROLE, Actor
from core.api import Field, InputSerializer, MoveAction, Nested, NoteInput, Register, place_field
from core.api.schema import named_serializer
from core.errors import InputError
from core.roles import STAFF, UNIT_SIDE, Role
from projects.actions import (
    EXTENSION_MOVES,
    INVITATION_MOVES,
    YEAR_MOVES,
    accept_invitation,
    ask_extension,
    conclude_year,
    finish_milestone,
    invite_unit,
    reopen_milestone,
    report_progress,
)
from projects.actions.project import lock_project
from projects.filters.work import ProjectYearApiFilter
from projects.models import (
    Acceptance,
    ClaimInvitation,
    Milestone,
    ProgressReport,
    Project,
    ProjectExtension,
    ProjectYear,
)
from projects.models.project import PUBLIC_STATUSES
from projects.models.work import STAFF_ABOVE
from projects.queries.project import served_in_year
from units.models import Unit

LARGEST_ID = 2**63 - 1
PROJECT_FIELDS = {"id": "project_id", "number": "project__number", "title": "project__title"}
ItemShape = named_serializer(
    "AcceptanceItem",
    {
        "id": serializers.IntegerField(),
        "target": serializers.CharField(),
        "outcome": serializers.CharField(help_text="提交时"),
        "found": serializers.CharField(help_text="验收时；与提交时相同的为空"),
        "is_met": serializers.BooleanField(allow_null=True),
    },
)


def number_field(**more) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, **more)


class ProgressInput(InputSerializer):
    """One sentence on how it goes."""

    project = number_field()
    text = serializers.CharField(max_length=300)


class ProjectExtensionInput(InputSerializer):
    """Until when, and why."""

    project = number_field()
    wanted_end_on = serializers.DateField()
    reason = serializers.CharField(max_length=300)


class InvitationInput(InputSerializer):
    """Whom to ask, why, and until when to answer (five workdays when left out)."""

    project = number_field()
    unit = number_field()
    reason = serializers.CharField(max_length=300)
    due_on = serializers.DateField(required=False, allow_null=True, default=None)


class SummaryInput(InputSerializer):
    """A year in at most 300 characters."""

    summary = serializers.CharField(max_length=300)


class AnswerInput(NoteInput):
    """A unit that agrees."""

    plan = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    headcount = serializers.IntegerField(
        min_value=1, max_value=100_000, required=False, allow_null=True, default=None
    )
    contact = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


def find_project(pk: int, actor: Actor) -> Project:
    found = Project.objects.visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise InputError("没有这个项目，或者它不在您的范围内。", field="project", code="unknown_project")
    return found


def find_unit(pk: int) -> Unit:
    found = Unit.objects.effective().filter(pk=pk).first()
    if found is None:
        raise InputError("没有这个单位。", field="unit", code="unknown_unit")
    return found


def create_progress(*, project: int, text: str, actor: Actor) -> ProgressReport:
    """`report_progress` with the project given by its number."""
    return report_progress(project=find_project(project, actor), text=text, actor=actor)


def create_extension(*, project: int, wanted_end_on: date, reason: str, actor: Actor) -> ProjectExtension:
    """`ask_extension` with the project given by its number."""
    return ask_extension(
        project=find_project(project, actor), wanted_end_on=wanted_end_on, reason=reason, actor=actor
    )


def create_invitation(
    *, project: int, unit: int, reason: str, due_on: date | None, actor: Actor
) -> ClaimInvitation:
    """`invite_unit` with project and unit given by their numbers."""
    wanted = find_project(project, actor)
    return invite_unit(project=wanted, unit=find_unit(unit), reason=reason, due_on=due_on, actor=actor)


class OfProjectFilter(django_filters.FilterSet):
    """The rows of one project, by its number."""

    project = django_filters.NumberFilter(field_name="project_id", min_value=1, max_value=LARGEST_ID)


class ExtensionFilter(OfProjectFilter):
    status = django_filters.ChoiceFilter(choices=ProjectExtension.Status.choices)


class InvitationFilter(OfProjectFilter):
    status = django_filters.ChoiceFilter(choices=ClaimInvitation.Status.choices)


class AcceptanceFilter(OfProjectFilter):
    result = django_filters.ChoiceFilter(choices=Acceptance.Result.choices)


def of_published(model):
    """The rows of published projects: for anybody."""
    return model.objects.filter(project__status__in=PUBLIC_STATUSES)


class Milestones(Register):
    """Milestones (里程碑): those of published projects for anybody."""

    name, basename, model = "milestones", "milestone", Milestone
    help = "项目里程碑"
    is_public = True
    fields = [
        Field("id", public=True),
        Nested("project", PROJECT_FIELDS, public=True, help="项目"),
        place_field(path="project__place", help="实施地"),
        Field("title", public=True),
        Field("due_on", public=True),
        Field("done_on", public=True),
        Field("note"),
    ]
    filterset_class = OfProjectFilter
    search_fields = ("title",)
    ordering = {"id": "id", "due_on": "due_on"}
    default_ordering = ("due_on", "id")
    actions = {"finish": finish_milestone, "reopen": reopen_milestone}
    write_roles = UNIT_SIDE

    def get_public_rows(self, query):
        return of_published(Milestone)


class ProgressReports(Register):
    """Progress (进展): what units told, for those who see the project."""

    name, basename, model = "progress-reports", "progress-report", ProgressReport
    help = "项目进展"
    fields = [
        Field("id"),
        Nested("project", PROJECT_FIELDS, help="项目"),
        Nested("unit", {"id": "claim__unit_id", "name": "claim__unit__name"}, help="单位"),
        Field("text"),
        Field("reported_on"),
    ]
    filterset_class = OfProjectFilter
    search_fields = ("text",)
    ordering = {"id": "id", "reported_on": "reported_on"}
    create_input, create_action = ProgressInput, staticmethod(create_progress)
    write_roles = UNIT_SIDE


class Extensions(Register):
    """Requests for more time (延期申请): for both sides."""

    name, basename, model = "extensions", "extension", ProjectExtension
    help = "项目延期申请"
    fields = [
        Field("id"),
        Nested("project", PROJECT_FIELDS, help="项目"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="申请单位"),
        Field("wanted_end_on"),
        Field("reason"),
        Field("status"),
        Field("submitted_at"),
    ]
    filterset_class = ExtensionFilter
    ordering = {"id": "id", "submitted_at": "submitted_at"}
    actions = EXTENSION_MOVES
    create_input, create_action = ProjectExtensionInput, staticmethod(create_extension)


class Acceptances(Register):
    """Rounds of acceptance (验收): for both sides; they are made and decided by the project's own moves."""

    name, basename, model = "acceptances", "acceptance", Acceptance
    help = "项目验收；提交和结论用项目的 hand_in、accept、rectify、fail"
    fields = [
        Field("id"),
        Nested("project", PROJECT_FIELDS, help="项目"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="提交单位"),
        Field("round"),
        Field("statement"),
        Field("early_reason"),
        Field("submitted_at"),
        Field("person_times"),
        Field("result"),
        Field("opinion"),
        Field("rectify_due_on"),
        Field("decided_at"),
    ]
    filterset_class = AcceptanceFilter
    ordering = {"id": "id", "submitted_at": "submitted_at", "decided_at": "decided_at"}
    more = {"items": partial(ItemShape, many=True, help_text="指标对照")}

    def get_more(self, obj, actor):
        return {"items": list(obj.items.values("id", "target", "outcome", "found", "is_met"))}


class ProjectYears(Register):
    """Years of long-term projects (项目年度): summed up, accepted, listed and reviewed one by one."""

    name, basename, model = "project-years", "project-year", ProjectYear
    # Acceptance is not for grid workers (domain.md §3).
    roles = STAFF | UNIT_SIDE | {Role.REPRESENTATIVE, CLIENT_ROLE}
    object_kwarg = "project_year"
    help = "长期项目的年度小结、验收和评议"
    fields = [
        Field("id"),
        Nested("project", PROJECT_FIELDS, help="项目"),
        place_field(path="project__place", help="实施地"),
        Field("year"),
        Field("expected_person_times"),
        Field("served", served_in_year(), kind="integer", help="已核实的服务人次"),
        Field("summary"),
        Field("concluded_on"),
        Field("opinion"),
        Field("person_times", help="验收时已核实的服务人次"),
        Field("accepted_on"),
        Field("review_result"),
        Field("status"),
    ]
    filterset_class = ProjectYearApiFilter
    search_fields = ("project__title", "project__number")
    ordering = {"id": "id", "year": "year"}
    actions = {**YEAR_MOVES, "conclude": MoveAction(conclude_year, SummaryInput)}

    def lock(self, obj):
        """The project before its year, as the actions do."""
        lock_project(obj.project)
        super().lock(obj)


class Invitations(Register):
    """Units asked to take on a project (协商认领): for the staff of the place and the unit asked."""

    name, basename, model = "invitations", "invitation", ClaimInvitation
    help = "协商认领"
    fields = [
        Field("id"),
        Nested("project", PROJECT_FIELDS, help="项目"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="被请的单位"),
        Field("reason"),
        Field("due_on"),
        Field("status"),
        Field("created_at"),
    ]
    filterset_class = InvitationFilter
    ordering = {"id": "id", "due_on": "due_on"}
    actions = {**INVITATION_MOVES, "accept": MoveAction(accept_invitation, AnswerInput)}
    create_input, create_action = InvitationInput, staticmethod(create_invitation)
    write_roles = STAFF_ABOVE | UNIT_SIDE


urlpatterns = [
    *Milestones().urls(),
    *ProgressReports().urls(),
    *Extensions().urls(),
    *Acceptances().urls(),
    *Invitations().urls(),
    *ProjectYears().urls(),
]
