"""The REST endpoints of sessions, resolutions and proposals (api.md): `/meetings/`, `/resolutions/`, `/proposals/`."""

from functools import partial

from rest_framework import serializers

from core.actor import Actor
from core.api import Field, InputSerializer, MoveAction, Nested, NoteInput, Register, place_field
from core.api.schema import named_serializer
from core.errors import InputError
from units.actions.meetings import MEETING_MOVES, draft_minutes, prepare_meeting
from units.actions.proposals import PROPOSAL_MOVES, assign_proposal, rate_proposal
from units.actions.resolutions import RESOLUTION_MOVES, add_resolution, ask_extension, report_progress
from units.filters.meetings import MeetingFilter, ProposalFilter, ResolutionApiFilter
from units.models import Division, Meeting, RegionalBody, RepresentativeProposal, Resolution, Unit
from units.queries.agenda import agenda, turnout_of

LARGEST_ID = 2**63 - 1

AgendaShape = named_serializer(
    "MeetingAgendaItem",
    {
        "id": serializers.IntegerField(),
        "position": serializers.IntegerField(),
        "title": serializers.CharField(),
        "unit": serializers.CharField(allow_null=True),
        "status": serializers.CharField(),
        "status_display": serializers.CharField(),
        "outcome": serializers.CharField(),
    },
)
TurnoutShape = named_serializer(
    "MeetingTurnout",
    {
        name: serializers.IntegerField()
        for name in ("expected", "came", "substitutes", "leave", "absent", "heads")
    },
)


def optional_id(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None, help_text=help_text
    )


class MeetingInput(InputSerializer):
    """A session to be convened."""

    body = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="联席会")
    kind = serializers.ChoiceField(choices=Meeting.Kind.choices, default=Meeting.Kind.PLENARY)
    title = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    held_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    venue = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    chair = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    items_due_on = serializers.DateField(required=False, allow_null=True, default=None)


class MinutesInput(InputSerializer):
    """The minutes; ``no_resolutions`` adds 议定事项：无."""

    minutes = serializers.CharField(max_length=10_000)
    no_resolutions = serializers.BooleanField(default=False)


class ResolutionInput(InputSerializer):
    """What a session decided."""

    meeting = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    text = serializers.CharField(max_length=1000)
    due_on = serializers.DateField()
    lead_unit = optional_id("牵头单位")
    lead_place = serializers.CharField(
        max_length=32, required=False, allow_blank=True, default="", help_text="牵头街道或社区的区划代码"
    )
    co_units = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        max_length=100,
        required=False,
        default=list,
    )


class ProgressInput(NoteInput):
    """How far a resolution has come."""

    progress = serializers.IntegerField(min_value=0, max_value=100)


class ExtensionInput(NoteInput):
    """Until when the lead wants to go on."""

    wanted_due_on = serializers.DateField()


class ProposalAssignInput(NoteInput):
    """Who answers a proposal."""

    handler = serializers.CharField(max_length=32, help_text="承办街道或社区的区划代码")


class ProposalRateInput(NoteInput):
    """Whether the answer satisfies."""

    rating = serializers.ChoiceField(choices=RepresentativeProposal.Rating.choices)


def find(rows, field: str, **condition):
    """One row the client may name, or a 400 beside the field."""
    found = rows.filter(**condition).first()
    if found is None:
        raise InputError("没有这条记录，或者它不在您的范围内。", field=field, code="unknown")
    return found


def create_meeting(*, body: int, actor: Actor, **fields) -> Meeting:
    """`prepare_meeting` with the body given by its number."""
    return prepare_meeting(
        body=find(RegionalBody.objects.visible_to(actor), "body", pk=body), actor=actor, **fields
    )


def create_resolution(
    *, meeting: int, lead_unit: int | None, lead_place: str, co_units: list[int], actor: Actor, **fields
) -> Resolution:
    """`add_resolution` with session, lead and helpers given by their numbers and codes."""
    named = find(Meeting.objects.visible_to(actor), "meeting", pk=meeting)
    return add_resolution(
        meeting=named,
        lead_unit=find(Unit.objects, "lead_unit", pk=lead_unit) if lead_unit else None,
        lead_place=find(Division.objects, "lead_place", code=lead_place) if lead_place else None,
        co_units=[find(Unit.objects, "co_units", pk=pk) for pk in dict.fromkeys(co_units)],
        actor=actor,
        **fields,
    )


def assign_to(
    *, proposal: RepresentativeProposal, handler: str, note: str = "", actor: Actor
) -> RepresentativeProposal:
    """`assign_proposal` with the place given by its code."""
    place = find(Division.objects, "handler", code=handler)
    return assign_proposal(proposal=proposal, handler=place, note=note, actor=actor)


class Meetings(Register):
    """Sessions: that one was held for anybody, the rest for the joint meeting's own."""

    name, basename, model = "meetings", "meeting", Meeting
    help = "联席会议"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("title", public=True),
        Nested("body", {"id": "body_id", "name": "body__name"}, public=True, help="召开的组织"),
        place_field(path="body__place", help="所在地"),
        Field("kind", public=True),
        Field("year", public=True),
        Field("number", public=True),
        Field("held_at", public=True),
        Field("issued_on", public=True),
        Field("status", public=True),
        Field("venue"),
        Field("chair"),
        Field("items_due_on"),
        Field("version", detail_only=True),
    ]
    filterset_class = MeetingFilter
    search_fields = ("title", "body__name")
    ordering = {"id": "id", "held_at": "held_at", "place": "place_code", "number": ("year", "number")}
    actions = {**MEETING_MOVES, "draft_minutes": MoveAction(draft_minutes, MinutesInput)}
    create_input, create_action = MeetingInput, staticmethod(create_meeting)
    more = {
        "agenda": partial(AgendaShape, many=True, help_text="议程"),
        "turnout": partial(TurnoutShape, help_text="到会情况"),
    }

    def get_more(self, obj, actor):
        turnout = turnout_of(obj.attendances.all())
        names = ("expected", "came", "substitutes", "leave", "absent", "heads")
        return {
            "agenda": [item_data(item) for item in agenda(obj)],
            "turnout": {name: getattr(turnout, name) for name in names},
        }


def item_data(item) -> dict:
    return {
        "id": item.pk,
        "position": item.position,
        "title": item.title,
        "unit": item.unit.name if item.unit else None,
        "status": item.status,
        "status_display": item.get_status_display(),
        "outcome": item.outcome,
    }


class Resolutions(Register):
    """Resolutions of issued minutes for anybody; drafts for the convening side."""

    name, basename, model = "resolutions", "resolution", Resolution
    help = "议定事项"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("number", public=True),
        Field("text", public=True),
        Nested("meeting", {"id": "meeting_id", "title": "meeting__title"}, public=True, help="会议"),
        place_field(path="meeting__body__place", help="所在地"),
        Nested("lead_unit", {"id": "lead_unit_id", "name": "lead_unit__name"}, public=True, help="牵头单位"),
        place_field("lead_place", help="牵头街道或社区"),
        Field("due_on", public=True),
        Field("status", public=True),
        Field("closed_on", public=True),
        Field("wanted_due_on"),
        Field("extensions"),
        Field("progress"),
        Field("done_on"),
        Field("version", detail_only=True),
    ]
    filterset_class = ResolutionApiFilter
    search_fields = ("text", "number")
    ordering = {"id": "id", "due_on": "due_on", "number": "number", "place": "place_code"}
    actions = {**RESOLUTION_MOVES, "ask_extension": MoveAction(ask_extension, ExtensionInput)}
    create_input, create_action = ResolutionInput, staticmethod(create_resolution)
    change_input, change_action = ProgressInput, staticmethod(report_progress)


class Proposals(Register):
    """Representatives' proposals: their author, and the staff of the assembly's place."""

    name, basename, model = "proposals", "proposal", RepresentativeProposal
    help = "代表提案"
    fields = [
        Field("id"),
        Field("title"),
        Field("text", detail_only=True),
        Nested("body", {"id": "body_id", "name": "body__name"}, help="代表会议"),
        place_field(path="body__place", help="所在地"),
        Field("co_signers"),
        place_field("handler", help="承办"),
        Field("submitted_at"),
        Field("reply_due_on"),
        Field("reply", detail_only=True),
        Field("rating"),
        Field("status"),
    ]
    filterset_class = ProposalFilter
    search_fields = ("title",)
    ordering = {"id": "id", "reply_due_on": "reply_due_on", "submitted_at": "submitted_at"}
    actions = {
        **PROPOSAL_MOVES,
        "assign": MoveAction(assign_to, ProposalAssignInput),
        "rate": MoveAction(rate_proposal, ProposalRateInput),
    }


urlpatterns = [*Meetings().urls(), *Resolutions().urls(), *Proposals().urls()]
