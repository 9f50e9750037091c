"""Pages of sessions (活动场次): the list, one session, announcing, the phone form, confirming many, the papers."""

from functools import cached_property

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from core.access import actor_of, requires
from core.clock import today
from core.columns import Column
from core.components import Tag, date_cell, date_text, number_text
from core.documents import DOCX_TYPE
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, SimplePage, move_view
from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS, UNIT_SIDE, Role
from core.workflow import refuse_unless_possible
from projects.actions.project import lock_project
from projects.actions.records import RECORDERS as SERVICE_RECORDERS
from projects.actions.session_evaluations import crowd_of
from projects.actions.sessions import (
    SESSION_MOVES,
    AlreadyRecorded,
    announce_session,
    change_session,
    confirm_sessions,
    record_announced,
    record_session,
    resubmit_session,
)
from projects.documents.sessions import evaluation_picture, evaluation_url, sign_in_sheet
from projects.filters.sessions import SessionFilter
from projects.forms.sessions import (
    AnnouncementCorrection,
    AnnouncementForm,
    SessionCorrection,
    SessionForm,
)
from projects.models import ProjectClaim, Session, VolunteerRecord
from projects.models.sessions import RECORDERS
from projects.points_rules import hours_text
from projects.queries.sessions import (
    alike,
    announceable_claims,
    comments_for,
    evaluations_of,
    grid_places,
    has_alike,
    recordable_claims,
    results_of,
    sessions_to_confirm,
)
from projects.views.narrowing import of_place_or_unit

READERS = SIGNED_IN - THREE_OFFICERS
MOST_AT_ONCE = 50
# States in which its figures, or its announcement, may be changed.
CHANGED_STATUSES = (Session.Status.PLANNED, Session.Status.RECORDED)
# Who enters and reads records of volunteers' service.
KEEPING = STAFF | UNIT_SIDE
ALIKE = Tag("同日另有一场", "wait")


def late_tag(session: Session) -> Tag | str:
    """补报 45 天, in words, for what was entered long after it was held."""
    return Tag(f"补报 {session.days_late} 天", "wait") if session.days_late else ""


class SessionList(ListPage):
    """Sessions the actor may see: what is confirmed for all, the rest for both sides."""

    model = Session
    title = "活动场次"
    roles = READERS
    unit_word = "场"
    filterset_class = SessionFilter
    search_fields = ("project__title", "unit__name", "summary")
    search_hint = "项目、单位、做了什么"
    default_order = ("-held_on", "-pk")
    empty_text = "还没有登记活动。单位办完活动以后在手机上登记，社区核实后计入服务人次。"
    columns = [
        Column(
            "project", "项目", "project.title", link=lambda row: row.get_absolute_url(), is_main=True, width=30
        ),
        Column("held_on", "日期", kind="date", sort="held_on"),
        Column("place", "活动所在地", "place.path_name", sort="place_code", width=22),
        Column("unit", "单位", "unit.name", sort="unit__name_pinyin", width=28),
        Column("starts_at", "时间", "clock_text", in_page=False),
        Column("person_times", "服务人次", kind="int", sort="person_times"),
        Column("people", "服务人数", kind="int", in_page=False),
        Column("volunteers", "志愿者", kind="int", sort="volunteers"),
        Column("volunteer_hours", "志愿时长（小时）", in_page=False, align="n", sheet_value=lambda row: float(row.volunteer_hours)),
        Column("evidence", "佐证", lambda row: row.get_evidence_display(), in_page=False),
        Column("summary", "做了什么", in_page=False, width=40),
        Column("late", "补报", late_tag, kind="tag"),
        Column("alike", "提示", lambda row: ALIKE if row.is_alike else "", kind="tag"),
        Column("status", "状态", kind="tag", sort="status"),
    ]  # fmt: skip

    def get_rows(self):
        rows = super().get_rows().select_related("project", "place", "unit")
        return rows.annotate(is_alike=has_alike(Session.objects.visible_to(self.actor)))

    def get_narrowing(self):
        return of_place_or_unit(self.actor)

    def totals(self, rows):
        return rows.order_by().aggregate_sums()

    def get_actions(self):
        actions = []
        if self.actor.role in RECORDERS and not self.actor.is_read_only:
            actions.append(("登记活动", reverse("projects:session_create"), "plus"))
        if self.actor.role in UNIT_SIDE and not self.actor.is_read_only:
            actions.append(("预告活动", reverse("projects:session_announce"), "calendar-event"))
        if self.actor.role in STAFF and not self.actor.is_read_only:
            actions.append(("核实场次", reverse("projects:sessions_to_confirm"), "eye-check"))
        return [*actions, ("服务人次", reverse("projects:person_times"), "chart-bar")]

    def get_empty_action(self):
        return ("登记活动", reverse("projects:session_create")) if self.actor.role in RECORDERS else None


class SessionRow:
    """What the pages of one session share."""

    model = Session
    roles = READERS

    def get_queryset(self):
        rows = super().get_queryset()
        return rows.select_related("project__place", "claim", "place", "unit", "author", "verifier")

    def get_breadcrumbs(self):
        project = self.object.project
        return [
            ("活动场次", reverse("projects:session_list")),
            (project.title, project.get_absolute_url()),
        ]

    def get_subtitle(self):
        return f"{self.object.unit} · {self.object.place.path_name}"

    @property
    def is_own(self) -> bool:
        return self.object.stands_recorder(self.actor) and not self.actor.is_read_only

    @property
    def is_concerned(self) -> bool:
        """Whether the actor stands on one of its two sides."""
        return self.object.stands_recorder(self.actor) or (
            self.actor.role in STAFF and self.actor.stands_over(self.object.place_code)
        )


class SessionDetail(SessionRow, DetailPage):
    """One session: what was done for how many, who vouches for it, what those served say."""

    template_name = "projects/session_detail.html"

    def get_title(self):
        return f"{date_text(self.object.held_on)} {self.object.project.title}"

    def get_actions(self):
        session, actions = self.object, []
        if session.status in CHANGED_STATUSES and self.is_own:
            actions.append(("修改", reverse("projects:session_change", args=[session.pk]), "pencil"))
        if session.status in Session.EVALUATED_STATUSES and self.is_concerned:
            label = "预告和评价二维码" if session.status == Session.Status.PLANNED else "评价二维码"
            actions.append((label, reverse("projects:session_poster", args=[session.pk]), "grid-dots"))
        if session.status in ("recorded", "confirmed") and self.is_concerned and self.may_record:
            url = f"{reverse('projects:record_batch')}?session={session.pk}"
            actions.append(("登记志愿者", url, "heart"))
        return actions

    @property
    def may_record(self) -> bool:
        """Whether the actor is one of those who enter volunteers' service."""
        return self.actor.role in SERVICE_RECORDERS and not self.actor.is_read_only

    def get_facts(self):
        session = self.object
        hours = f"，共 {hours_text(session.volunteer_hours)} 小时" if session.volunteer_hours else ""
        late = f"（活动后 {session.days_late} 天补报）" if session.days_late else ""
        facts = [
            ("服务人次", f"{number_text(session.person_times)} 人次" if session.person_times else ""),
            ("服务人数", f"{number_text(session.people)} 人（去重）" if session.people else ""),
            ("做什么" if session.status == Session.Status.PLANNED else "做了什么", session.summary),
            ("时间", f"{date_text(session.held_on, weekday=True)} {session.clock_text}".strip()),
            ("地点", " ".join(part for part in (session.place.path_name, session.venue) if part)),
            ("佐证", "，".join(part for part in (session.get_evidence_display(), session.evidence_note) if part)),
            ("志愿者", f"{number_text(session.volunteers)} 人{hours}" if session.volunteers else ""),
            ("登记", f"{session.author or '—'}，{date_cell(session.created_at)}{late}" if self.is_concerned else ""),
            ("核实", f"{session.verifier}，{date_cell(session.confirmed_at)}" if session.verifier and self.is_concerned else ""),
        ]  # fmt: skip
        return [(label, value) for label, value in facts if value]

    def get_extra_context(self):
        session = self.object
        evaluations = evaluations_of(Session.objects.filter(pk=session.pk))
        results = results_of(evaluations)
        return {
            "alike": list(alike(session)) if self.is_concerned and self.is_standing else [],
            # Sums of the year stand on the project's page; those of one session are for its two sides, and only once
            # somebody vouches for its figures.
            "results": results if self.is_concerned and session.status == Session.Status.CONFIRMED else None,
            "waits_for_results": self.is_concerned and session.status == Session.Status.RECORDED,
            "crowd": crowd_of([session]).get(session.pk, 0) if self.is_checking else 0,
            "records": self.linked_records(),
            "comments": comments_for(self.actor, session.place_code, results, evaluations),
            "is_past_month": session.held_on < today().replace(day=1)
            and any(row.name == "revoke" for row in session.available_moves(self.actor)),
        }

    @property
    def is_standing(self) -> bool:
        return self.object.status not in Session.DEAD_STATUSES

    @property
    def is_checking(self) -> bool:
        """Whether the actor is on the side that vouches for it."""
        return self.actor.role in STAFF and self.is_concerned

    def linked_records(self) -> int:
        """How many records of volunteers' service hang on it: they follow when it is voided or revoked."""
        if not (self.is_concerned and self.actor.role in KEEPING):
            return 0
        return VolunteerRecord.objects.visible_to(self.actor).filter(session=self.object).count()


class SessionFormPage(FormPage):
    """What the forms of a session share; a duplicate comes with the way to the first one, where one may see it."""

    model = Session
    roles = RECORDERS
    template_name = "projects/session_form.html"

    def render_refusal(self, form, refusal: RuleViolation, *, status: int):
        if isinstance(refusal, AlreadyRecorded):
            self.first = Session.objects.visible_to(self.actor).filter(pk=refusal.first.pk).first()
        return super().render_refusal(form, refusal, status=status)

    def get_context(self, **more):
        return super().get_context(
            first=getattr(self, "first", None), claims=getattr(self, "claims", None), **more
        )


class SessionCreate(SessionFormPage):
    """登记活动: the phone form; the project is chosen already, five fields and a button."""

    form_class = SessionForm
    action = staticmethod(record_session)
    title = "登记活动"
    submit_label = "登记"
    success_message = "已登记，请社区核实。可以请来的人扫评价二维码。"

    @cached_property
    def claims(self):
        return recordable_claims(self.actor)

    def get_breadcrumbs(self):
        return [("活动场次", reverse("projects:session_list"))]

    @cached_property
    def asked_claim(self) -> ProjectClaim | None:
        """The claim in the address, else the only one, else that of the last session."""
        asked = self.request.GET.get("claim", "")
        if asked.isascii() and asked.isdigit():
            return self.claims.filter(pk=min(int(asked), 2**63 - 1)).first()
        claims = list(self.claims[:2])
        if len(claims) < 2:
            return claims[0] if claims else None
        last = Session.objects.filter(unit_id=self.actor.unit_id).order_by("-pk").first()
        return self.claims.filter(pk=last.claim_id).first() if last else None

    def get_initial(self):
        return {"claim": self.asked_claim, "held_on": today()}

    def get_form_kwargs(self):
        kwargs = {"claims": self.claims, "projects": [claim.project for claim in self.claims]}
        if self.form_class is SessionForm and self.actor.role == Role.GRID_WORKER:
            kwargs["grid"] = grid_places(self.actor)
        return kwargs

    def get_cancel_url(self):
        return reverse("projects:session_list")

    def get_action_kwargs(self, cleaned):
        if self.actor.role == Role.GRID_WORKER and not cleaned.get("place"):
            cleaned["place"] = grid_places(self.actor).first()
        return cleaned

    def get(self, request, **kwargs):
        if not self.claims.exists():
            messages.error(request, self.no_claims)
            url = "projects:session_list" if self.actor.role == Role.GRID_WORKER else "projects:claim_list"
            return HttpResponseRedirect(reverse(url))
        return super().get(request, **kwargs)

    @property
    def no_claims(self) -> str:
        who = "本社区" if self.actor.role == Role.GRID_WORKER else "贵单位"
        return f"{who}还没有已确认认领、正在开展的项目，不用登记活动。"


class SessionAnnounce(SessionCreate):
    """预告活动: when, where and what, ahead of time; the notice with its QR code comes at once."""

    roles = UNIT_SIDE
    template_name = "projects/session_announce.html"
    form_class = AnnouncementForm
    action = staticmethod(announce_session)
    title = "预告活动"
    submit_label = "发布预告"
    success_message = "已预告。可以打印预告张贴，居民到时扫码评价；办完以后登记结果。"
    help_text = "预告不计入服务人次；办完以后在这一场上登记结果，没有办的取消。"
    no_claims = "贵单位还没有已确认认领、可以开展的项目，不用预告活动。"

    @cached_property
    def claims(self):
        return announceable_claims(self.actor)

    def get_initial(self):
        return {"claim": self.asked_claim}


class OwnSession(SessionRow, SessionFormPage):
    """What the forms about a stored session share: it is one of the own unit, or of the own hand."""

    roles = RECORDERS

    def get_queryset(self):
        own = Q(author_id=self.actor.user_id) if self.actor.role == Role.GRID_WORKER else Q()
        if self.actor.role in UNIT_SIDE:
            own = Q(unit_id=self.actor.unit_id)
        return super().get_queryset().filter(own)

    def get_form_kwargs(self):
        return {"projects": [self.object.project]}

    def locked_row(self):
        # The project first: whatever enters sessions locks it before them.
        if self.is_change:
            lock_project(self.object.project)
        return super().locked_row()


class SessionChange(OwnSession):
    """Correct a session before it is confirmed, or an announcement before it is held."""

    action = staticmethod(change_session)
    success_message = "已保存。"

    @property
    def is_announced(self) -> bool:
        return self.object.status == Session.Status.PLANNED

    @property
    def form_class(self):
        return AnnouncementCorrection if self.is_announced else SessionCorrection

    @property
    def template_name(self):
        return "projects/session_announce.html" if self.is_announced else "projects/session_form.html"

    def get_title(self):
        return "修改预告" if self.is_announced else "修改场次"

    def get(self, request, **kwargs):
        if self.object.status not in CHANGED_STATUSES or not self.is_own:
            messages.error(request, "只有本单位登记、还没有核实的场次可以修改。")
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)


class SessionMoveForm(OwnSession):
    """The form of a move that needs the figures, at the move's own address."""

    form_class = SessionCorrection
    move = ""

    @property
    def is_change(self) -> bool:
        """The row moves by its action, under its own lock."""
        return False

    def get_initial(self):
        return self.stored_values(self.object)

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "session": self.object}

    def get_cancel_url(self):
        return self.object.get_absolute_url()

    def get(self, request, **kwargs):
        try:
            refuse_unless_possible(self.object, Session.get_move(self.move), self.actor, "")
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)


class SessionResubmit(SessionMoveForm):
    """更正后重新提交: a returned session."""

    move = "resubmit"
    action = staticmethod(resubmit_session)
    title = "更正后重新提交"
    submit_label = "重新提交"
    success_message = "已重新提交，请社区核实。"


class SessionResult(SessionMoveForm):
    """登记结果: an announced session that was held."""

    move = "record"
    action = staticmethod(record_announced)
    title = "登记结果"
    submit_label = "登记"
    success_message = "已登记，请社区核实。"


session_move = move_view(Session, SESSION_MOVES, roles=STAFF | RECORDERS, object_kwarg="session")


class SessionsToConfirm(SimplePage):
    """待核实场次: tick and confirm several at once; what could not be confirmed is said row by row."""

    title = "待核实场次"
    subtitle = "核对日期、地点和人次，勾选后一并核实；有疑问的打开退回更正。"
    roles = STAFF
    template_name = "projects/session_confirm.html"

    def get_breadcrumbs(self):
        return [("活动场次", reverse("projects:session_list"))]

    def get_rows(self):
        rows = sessions_to_confirm(self.actor).select_related("project", "place", "unit")
        return rows.annotate(is_alike=has_alike(Session.objects.all())).order_by("held_on", "pk")

    def get_context(self, **more):
        rows = list(self.get_rows()[: MOST_AT_ONCE + 1])
        crowds = crowd_of(rows)
        return super().get_context(
            rows=[(session, late_tag(session), crowds.get(session.pk, 0)) for session in rows[:MOST_AT_ONCE]],
            tickable=sum(not session.is_alike for session in rows[:MOST_AT_ONCE]),
            is_more=len(rows) > MOST_AT_ONCE,
            most=MOST_AT_ONCE,
            **more,
        )

    def post(self, request, **kwargs):
        chosen = {int(text) for text in request.POST.getlist("session") if text.isascii() and text.isdigit()}
        if not chosen:
            return self.render(self.get_context(refusal="请先勾选要核实的场次。"), status=422)
        if len(chosen) > MOST_AT_ONCE or max(chosen) >= 2**63:
            return self.render(self.get_context(refusal=f"一次最多核实 {MOST_AT_ONCE} 场。"), status=422)
        visible = Session.objects.visible_to(self.actor).filter(pk__in=chosen)
        answers = confirm_sessions(
            sessions=visible.select_related("project", "place", "unit").order_by("held_on", "pk"),
            actor=self.actor,
        )
        refused = [(session, sentence) for session, sentence in answers if sentence]
        done = len(answers) - len(refused)
        if done:
            messages.success(request, f"已核实 {done} 场。")
        if not refused:
            return HttpResponseRedirect(request.path)
        return self.render(self.get_context(refused=refused), status=409)


class EvaluationPoster(SessionRow, DetailPage):
    """评价二维码: on the phone's screen for those who came, and as a sheet to print."""

    template_name = "projects/session_poster.html"
    shows_attachments = False

    def get_title(self):
        return "活动预告" if self.object.status == Session.Status.PLANNED else "请您评价"

    def get_subtitle(self):
        return ""

    def get_breadcrumbs(self):
        return [(f"{date_text(self.object.held_on)}场次", self.object.get_absolute_url())]

    def get_extra_context(self):
        if not self.is_concerned or self.object.status not in Session.EVALUATED_STATUSES:
            raise Http404
        return {"picture": evaluation_picture(self.object), "address": evaluation_url(self.object)}


@require_safe
@requires(RECORDERS)
def sign_in_file(request, pk):
    """签到表 as .docx, to print and take along."""
    claims = recordable_claims(actor_of(request)).select_related("project__place", "unit")
    claim = get_object_or_404(claims, pk=pk)
    name = content_disposition_header(True, f"{claim.project.title}_签到表.docx")
    return HttpResponse(
        sign_in_sheet(claim).save(), content_type=DOCX_TYPE, headers={"Content-Disposition": name}
    )
