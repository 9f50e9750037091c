"""The REST endpoints of sessions, resolutions and proposals (api.md): `/meetings/`, `/resolutions/`, `/proposals/`."""

from functools import partial

from rest_framework import serializers

from core.actor import Actor
from core.api import Field, InputSerializer, MomentField, MoveAction, Nested, NoteInput, Register, place_field
from core.api.schema import named_serializer
from core.errors import InputError
from units.actions.meetings import (
    ITEM_MOVES,
    MEETING_MOVES,
    Arrival,
    change_item,
    change_meeting,
    deliberate_item,
    draft_minutes,
    issue_minutes,
    place_item,
    prepare_meeting,
    propose_item,
    record_attendance,
    reply_notice,
    take_up_item,
)
from units.actions.proposals import (
    PROPOSAL_MOVES,
    advise_proposal,
    assign_proposal,
    rate_proposal,
    submit_proposal,
)
from units.actions.resolutions import RESOLUTION_MOVES, add_resolution, ask_extension, report_progress
from units.filters.meetings import AgendaItemFilter, MeetingFilter, ProposalFilter, ResolutionApiFilter
from units.models import (
    AgendaItem,
    Attendance,
    Division,
    Issue,
    Meeting,
    MeetingReply,
    RegionalBody,
    RepresentativeProposal,
    Resolution,
    Unit,
)
from units.models.meetings import CONVENERS, invitee_name
from units.queries.agenda import agenda, invited_to, speaks_for, turnout_of

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
        "kind": serializers.CharField(),
        "kind_display": serializers.CharField(),
        "ayes": serializers.IntegerField(allow_null=True),
        "noes": serializers.IntegerField(allow_null=True),
        "abstentions": serializers.IntegerField(allow_null=True),
    },
)
SheetShape = named_serializer(
    "MeetingSheetLine",
    {
        "invitee": serializers.IntegerField(),
        "name": serializers.CharField(),
        "presence": serializers.CharField(),
        "presence_display": serializers.CharField(),
        "is_head": serializers.BooleanField(),
        "substitute": serializers.CharField(),
        "version": serializers.IntegerField(),
        "reply": serializers.CharField(),
        "reply_display": serializers.CharField(),
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
    held_at = MomentField(required=False, allow_null=True, default=None)
    venue = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    chair = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    items_due_on = serializers.DateField(required=False, allow_null=True, default=None)
    observers = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    emergency_reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="提前不足 3 个工作日的理由"
    )


class MeetingChangeInput(InputSerializer):
    """What is arranged; only what is given is changed."""

    kind = serializers.ChoiceField(choices=Meeting.Kind.choices, required=False)
    title = serializers.CharField(max_length=100, required=False)
    held_at = MomentField(required=False, allow_null=True)
    venue = serializers.CharField(max_length=100, required=False, allow_blank=True)
    chair = serializers.CharField(max_length=40, required=False, allow_blank=True)
    items_due_on = serializers.DateField(required=False, allow_null=True)
    observers = serializers.CharField(max_length=200, required=False, allow_blank=True)
    emergency_reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class MinutesIssueInput(NoteInput):
    """Which version of the session was read before signing; left out it is the present one (or use If-Match)."""

    read_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class ArrivalInput(InputSerializer):
    """One line of the sign-in sheet; ``version`` as it was read, 0 where nothing was recorded."""

    invitee = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="到会名册上的编号")
    presence = serializers.ChoiceField(choices=Attendance.Presence.choices)
    is_head = serializers.BooleanField(default=False)
    substitute = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, allow_null=True, default=None
    )


class AttendanceInput(InputSerializer):
    """Who came; only the lines given are written."""

    lines = serializers.ListField(child=ArrivalInput(), min_length=1, max_length=1000)


class ReplyInput(InputSerializer):
    """The answer to a notice."""

    answer = serializers.ChoiceField(choices=MeetingReply.Answer.choices)
    substitute = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class ItemInput(InputSerializer):
    """A matter for the agenda of a session."""

    meeting = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    title = serializers.CharField(max_length=100)
    background = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=AgendaItem.Kind.choices, default=AgendaItem.Kind.MATTER)
    proposal = optional_id("列入的代表提案")


class ItemChangeInput(InputSerializer):
    """Other words for an item, or another place on the agenda; only what is given is changed."""

    title = serializers.CharField(max_length=100, required=False)
    background = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=1, max_value=32767, required=False)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class TakeUpInput(InputSerializer):
    """The session on to whose agenda a postponed item comes."""

    meeting = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


def votes(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0, max_value=32767, required=False, allow_null=True, default=None, help_text=help_text
    )


class DeliberationInput(NoteInput):
    """What was thought of an item, and how it was voted."""

    ayes = votes("赞成")
    noes = votes("反对")
    abstentions = votes("弃权")


class ProposalInput(InputSerializer):
    """A representative's proposal to an assembly."""

    body = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="代表会议")
    title = serializers.CharField(max_length=100)
    text = serializers.CharField(max_length=2000)
    co_signers = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


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
    category = serializers.ChoiceField(
        choices=Issue.Category.choices, required=False, allow_blank=True, default=""
    )
    item = optional_id("由哪一件议题议定")
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
    *,
    meeting: int,
    lead_unit: int | None,
    lead_place: str,
    co_units: list[int],
    item: int | None = None,
    actor: Actor,
    **fields,
) -> Resolution:
    """`add_resolution` with session, lead and helpers given by their numbers and codes."""
    named = find(Meeting.objects.visible_to(actor), "meeting", pk=meeting)
    return add_resolution(
        meeting=named,
        lead_unit=find(Unit.objects, "lead_unit", pk=lead_unit) if lead_unit else None,
        lead_place=find(Division.objects, "lead_place", code=lead_place) if lead_place else None,
        co_units=[find(Unit.objects, "co_units", pk=pk) for pk in dict.fromkeys(co_units)],
        item=find(named.items, "item", pk=item) if item else None,
        actor=actor,
        **fields,
    )


def assign_to(
    *, proposal: RepresentativeProposal, handler: str, note: str = "", actor: Actor
) -> RepresentativeProposal:
    """`assign_proposal` with the place given by its code."""
    place = find(Division.objects, "handler", code=handler)
    return assign_proposal(proposal=proposal, handler=place, note=note, actor=actor)


def advise_to(
    *, proposal: RepresentativeProposal, handler: str, note: str = "", actor: Actor
) -> RepresentativeProposal:
    """`advise_proposal` with the place given by its code."""
    place = find(Division.objects, "handler", code=handler)
    return advise_proposal(proposal=proposal, handler=place, note=note, actor=actor)


def create_proposal(*, body: int, actor: Actor, **fields) -> RepresentativeProposal:
    """`submit_proposal` with the assembly given by its number."""
    named = find(RegionalBody.objects.visible_to(actor), "body", pk=body)
    return submit_proposal(body=named, actor=actor, **fields)


def attend(*, meeting: Meeting, lines: list[dict], actor: Actor) -> Meeting:
    """`record_attendance` with the lines as a list."""
    arrivals = {
        line["invitee"]: Arrival(**{k: v for k, v in line.items() if k != "invitee"}) for line in lines
    }
    return record_attendance(meeting=meeting, arrivals=arrivals, actor=actor)


def create_item(*, meeting: int, proposal: int | None, actor: Actor, **fields) -> AgendaItem:
    """`propose_item` with session and proposal given by their numbers."""
    named = find(Meeting.objects.visible_to(actor), "meeting", pk=meeting)
    rows = RepresentativeProposal.objects.visible_to(actor)
    found = find(rows, "proposal", pk=proposal) if proposal else None
    return propose_item(meeting=named, proposal=found, actor=actor, **fields)


def alter_item(
    *,
    item: AgendaItem,
    title: str | None = None,
    background: str | None = None,
    position: int | None = None,
    version: int | None = None,
    actor: Actor,
) -> AgendaItem:
    """`change_item` and `place_item` by what is given."""
    if title is not None or background is not None:
        item = change_item(
            item=item,
            title=item.title if title is None else title,
            background=item.background if background is None else background,
            version=version,
            actor=actor,
        )
    return place_item(item=item, position=position, actor=actor) if position is not None else item


def take_up(*, item: AgendaItem, meeting: int, actor: Actor) -> AgendaItem:
    """`take_up_item` with the session given by its number."""
    named = find(Meeting.objects.visible_to(actor), "meeting", pk=meeting)
    return take_up_item(item=item, meeting=named, actor=actor)


class Meetings(Register):
    """Sessions: that one was held for anybody, the rest for the body's own."""

    name, basename, model = "meetings", "meeting", Meeting
    help = "会议（联席会议、代表会议、区域党委会议）"
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
        Field("observers"),
        Field("emergency_reason", detail_only=True),
        Field("version", detail_only=True),
    ]
    filterset_class = MeetingFilter
    search_fields = ("title", "body__name")
    ordering = {"id": "id", "held_at": "held_at", "place": "place_code", "number": ("year", "number")}
    actions = {
        **MEETING_MOVES,
        "draft_minutes": MoveAction(draft_minutes, MinutesInput),
        "issue": MoveAction(issue_minutes, MinutesIssueInput),
        "attend": MoveAction(attend, AttendanceInput, help="登记到会情况"),
        "reply": MoveAction(reply_notice, ReplyInput, help="回复会议通知"),
    }
    create_input, create_action = MeetingInput, staticmethod(create_meeting)
    change_input, change_action = MeetingChangeInput, staticmethod(change_meeting)
    more = {
        "agenda": partial(AgendaShape, many=True, help_text="议程"),
        "turnout": partial(TurnoutShape, help_text="到会情况"),
        "minutes": partial(serializers.CharField, help_text="会议纪要；印发以前只有召集的一方看得到"),
        "sheet": partial(
            SheetShape, many=True, help_text="到会名册和回执；召集的一方看得到全部，其他人看自己的一行"
        ),
    }

    def get_more(self, obj, actor):
        turnout = turnout_of(obj.attendances.all())
        names = ("expected", "came", "substitutes", "leave", "absent", "heads")
        is_convener = actor.role in CONVENERS and not actor.unit_id and actor.stands_over(obj.place_code)
        is_shown = is_convener or obj.status in Meeting.PUBLISHED
        return {
            "agenda": [item_data(item) for item in agenda(obj)],
            "turnout": {name: getattr(turnout, name) for name in names},
            "minutes": obj.minutes if is_shown else "",
            "sheet": sheet_of(obj, None if is_convener else speaks_for(obj, actor), is_convener),
        }


def sheet_of(meeting: Meeting, mine, is_convener: bool) -> list[dict]:
    """The lines of the sign-in sheet with the answers to the notice: all of them, or the one that is the client's."""
    rows = {row.invitee_id: row for row in meeting.attendances.all()}
    replies = {row.invitee_id: row for row in meeting.replies.all()}
    invited = list(invited_to(meeting)) if is_convener else [mine] if mine else []
    return [sheet_line(one, rows.get(one.pk), replies.get(one.pk)) for one in invited]


def sheet_line(invitee, row: Attendance | None, reply: MeetingReply | None) -> dict:
    return {
        "invitee": invitee.pk,
        "name": invitee_name(invitee),
        "presence": row.presence if row else "",
        "presence_display": row.get_presence_display() if row else "",
        "is_head": bool(row and row.is_head),
        "substitute": row.substitute if row else "",
        "version": row.version if row else 0,
        "reply": reply.answer if reply else "",
        "reply_display": reply.text if reply else "",
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
        "kind": item.kind,
        "kind_display": item.get_kind_display(),
        "ayes": item.ayes,
        "noes": item.noes,
        "abstentions": item.abstentions,
    }


class AgendaItems(Register):
    """Items of the sessions one may see: proposed by member units and representatives, screened by the convening side."""

    name, basename, model = "agenda-items", "agenda-item", AgendaItem
    object_kwarg = "item"
    help = "议题"
    fields = [
        Field("id"),
        Nested("meeting", {"id": "meeting_id", "title": "meeting__title"}, help="会议"),
        Field("position"),
        Field("kind"),
        Field("title"),
        Field("background", detail_only=True),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="提出单位"),
        Field("outcome"),
        Field("ayes"),
        Field("noes"),
        Field("abstentions"),
        Field("status"),
        Field("version", detail_only=True),
    ]
    filterset_class = AgendaItemFilter
    search_fields = ("title",)
    ordering = {"id": "id", "position": ("meeting_id", "position")}
    actions = {
        **ITEM_MOVES,
        "deliberate": MoveAction(deliberate_item, DeliberationInput),
        "take_up": MoveAction(take_up, TakeUpInput, help="转入后面的一次会议"),
    }
    create_input, create_action = ItemInput, staticmethod(create_item)
    change_input, change_action = ItemChangeInput, staticmethod(alter_item)

    def get_rows(self, actor, query):
        return AgendaItem.objects.visible_to(actor).select_related("meeting__body")


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
        Field("category", public=True),
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
        Field("round"),
        Field("status"),
    ]
    filterset_class = ProposalFilter
    search_fields = ("title",)
    ordering = {"id": "id", "reply_due_on": "reply_due_on", "submitted_at": "submitted_at"}
    actions = {
        **PROPOSAL_MOVES,
        "assign": MoveAction(assign_to, ProposalAssignInput),
        "advise": MoveAction(advise_to, ProposalAssignInput),
        "rate": MoveAction(rate_proposal, ProposalRateInput),
    }
    create_input, create_action = ProposalInput, staticmethod(create_proposal)


urlpatterns = [*Meetings().urls(), *AgendaItems().urls(), *Resolutions().urls(), *Proposals().urls()]
