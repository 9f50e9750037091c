"""The REST endpoints of sessions (api.md): `/sessions/` with their moves; what is confirmed for anybody."""

from functools import partial

from rest_framework import serializers

from core.actor import Actor
from core.api import Field, InputSerializer, MoveAction, Nested, NoteInput, Register, place_field
from core.api.schema import named_serializer
from core.errors import InputError
from core.roles import Role
from projects.actions.project import lock_project
from projects.actions.sessions import (
    SESSION_MOVES,
    announce_session,
    change_session,
    record_announced,
    record_session,
    refuse_figures,
    refuse_other_unit,
    resubmit_session,
)
from projects.filters.sessions import SessionFilter
from projects.models import ProjectClaim, Session
from projects.queries.sessions import claims_at_work, evaluations_of, has_alike, results_of
from units.models import Division

LARGEST_ID = 2**63 - 1
MOST = 2**31 - 1


class SessionChangeInput(InputSerializer):
    """The figures of a session; the rules are the action's."""

    place = serializers.CharField(max_length=32, required=False, help_text="区划代码；不写就是项目实施地")
    held_on = serializers.DateField(required=False)
    starts_at = serializers.TimeField(required=False, allow_null=True)
    ends_at = serializers.TimeField(required=False, allow_null=True)
    venue = serializers.CharField(max_length=100, required=False, allow_blank=True)
    summary = serializers.CharField(max_length=300, required=False)
    person_times = serializers.IntegerField(min_value=0, max_value=MOST, required=False)
    people = serializers.IntegerField(min_value=0, max_value=MOST, required=False, allow_null=True)
    evidence = serializers.ChoiceField(choices=Session.Evidence.choices, required=False, allow_blank=True)
    evidence_note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    volunteers = serializers.IntegerField(min_value=0, max_value=MOST, required=False)
    volunteer_hours = serializers.DecimalField(max_digits=8, decimal_places=1, min_value=0, required=False)


class SessionInput(SessionChangeInput):
    """A session of a project the client's unit carries out; announced ahead of time with ``status: planned``."""

    project = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    unit = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, help_text="不写就是本单位"
    )
    held_on = serializers.DateField()
    summary = serializers.CharField(max_length=300)
    status = serializers.ChoiceField(
        choices=[("planned", "已预告"), ("recorded", "待核实")],
        required=False,
        help_text="planned 是预告还没有办的活动，不带人次；不写就是登记已经办完的活动，人次必填",
    )


class SessionResubmitInput(NoteInput, SessionChangeInput):
    """What is corrected, if anything."""


def placed(fields: dict) -> dict:
    """The fields with the place found by its code."""
    if "place" not in fields:
        return fields
    place = Division.objects.filter(code=fields["place"]).first() if fields["place"].isprintable() else None
    if place is None:
        raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    return {**fields, "place": place}


def create_session(*, project: int, unit: int | None = None, actor: Actor, **fields) -> Session:
    """`record_session` or `announce_session` with project and unit given by their numbers, the place by its code."""
    status = fields.pop("status", "recorded")
    claim = claim_of(project, unit, actor)
    if status == Session.Status.PLANNED:
        return announce(claim, placed(fields), actor)
    if fields.get("person_times") is None:
        raise InputError("请填写服务人次。", field="person_times", code="required")
    return record_session(claim=claim, actor=actor, **placed(fields))


def claim_of(project: int, unit: int | None, actor: Actor) -> ProjectClaim:
    """The claim a session belongs to: the own unit's; for a grid worker that of the unit named."""
    if actor.role == Role.GRID_WORKER:
        claims = list(claims_at_work(actor, Session.PROJECTS_AT_WORK).filter(project=project))
        found = [claim for claim in claims if unit in (None, claim.unit_id)]
        if len(found) > 1:
            raise InputError("这个项目由几家单位开展，请写明单位。", field="unit", code="required")
        if not found:
            raise InputError("本社区没有单位在开展这个项目。", field="project", code="unknown_claim")
        return found[0]
    refuse_other_unit(unit or actor.unit_id or 0, actor)
    claims = ProjectClaim.objects.visible_to(actor).filter(project=project).select_related("project")
    claim = claims.filter(status=ProjectClaim.Status.CONFIRMED).first() or claims.order_by("-pk").first()
    if claim is None:
        raise InputError("贵单位没有认领这个项目。", field="project", code="unknown_claim")
    return claim


def announce(claim: ProjectClaim, fields: dict, actor: Actor) -> Session:
    """`announce_session`; figures of what was not held yet are refused."""
    refuse_figures(fields)
    return announce_session(claim=claim, actor=actor, **{"starts_at": None, **fields})


def patch_session(*, session: Session, actor: Actor, **fields) -> Session:
    """`change_session` with the place given by its code."""
    return change_session(session=session, actor=actor, **placed(fields))


def resubmit_by_code(*, session: Session, note: str = "", actor: Actor, **fields) -> Session:
    """`resubmit_session` with the place given by its code."""
    return resubmit_session(session=session, note=note, actor=actor, **placed(fields))


def record_by_code(*, session: Session, note: str = "", actor: Actor, **fields) -> Session:
    """`record_announced` with the place given by its code."""
    return record_announced(session=session, note=note, actor=actor, **placed(fields))


EvaluationShape = named_serializer(
    "SessionEvaluation",
    {
        "count": serializers.IntegerField(allow_null=True, help_text="评价份数；不足 5 份为空"),
        "satisfaction_display": serializers.CharField(help_text="满意率"),
    },
)


class Sessions(Register):
    """Sessions (活动场次): confirmed ones for anybody, the rest for both sides; evaluations only as sums."""

    name, basename, model = "sessions", "session", Session
    help = "活动场次：已核实的公开；预告的供登录的人看，不计数"
    is_public = True
    fields = [
        Field("id", public=True),
        Nested(
            "project",
            {"id": "project_id", "number": "project__number", "title": "project__title"},
            public=True,
            help="项目",
        ),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, public=True, help="单位"),
        place_field(help="活动所在地"),
        Field("held_on", public=True),
        Field("starts_at", public=True),
        Field("ends_at", public=True),
        Field("venue", public=True),
        Field("summary", public=True),
        Field("person_times", public=True),
        Field("people", public=True),
        Field("volunteers", public=True),
        Field("volunteer_hours", public=True),
        Field("evidence"),
        Field("evidence_note", detail_only=True),
        Field("status", public=True),
        Field(
            "is_alike",
            has_alike(Session.objects.all()),
            kind="boolean",
            help="同日另有一场：同单位或同项目同一天在同一地点还有一场",
        ),
        Field("confirmed_at", public=True),
        Field("created_at"),
        Field("version", detail_only=True),
    ]
    filterset_class = SessionFilter
    search_fields = ("project__title", "unit__name", "summary")
    ordering = {"id": "id", "held_on": "held_on", "person_times": "person_times", "place": "place_code"}
    default_ordering = ("-held_on", "-id")
    actions = {
        **SESSION_MOVES,
        "record": MoveAction(record_by_code, SessionResubmitInput),
        "resubmit": MoveAction(resubmit_by_code, SessionResubmitInput),
    }
    create_input, create_action = SessionInput, staticmethod(create_session)
    change_input, change_action = SessionChangeInput, staticmethod(patch_session)
    more = {"evaluation": partial(EvaluationShape, help_text="服务对象评价")}

    def get_more(self, obj, actor):
        """The sums of what those served said, for the two sides of the session, once it is confirmed."""
        is_side = obj.unit_id == actor.unit_id or actor.stands_over(obj.place_code)
        sides = Session.objects.filter(pk=obj.pk) if is_side else Session.objects.none()
        return {"evaluation": results_of(evaluations_of(sides)).fields()}

    def lock(self, obj) -> None:
        """The project first, as whatever enters sessions does."""
        lock_project(obj.project)
        super().lock(obj)


urlpatterns = [*Sessions().urls()]
