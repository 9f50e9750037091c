"""Pages of sessions (联席会议): the list, one session with its agenda and attendance, the forms, the meeting pack."""

from functools import cached_property

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_POST, require_safe

from core import meeting_pack
from core.access import actor_of, requires
from core.clock import today
from core.columns import Column
from core.components import date_cell, date_text
from core.documents import DOCX_TYPE
from core.errors import NotAllowed, RuleViolation
from core.models import IssuedDocument
from core.pages import DetailPage, FormPage, ListPage, answer_move, back_to, move_view
from core.roles import STAFF, UNIT_SIDE, Role
from units.actions.meetings import (
    ITEM_MOVES,
    MEETING_MOVES,
    Arrival,
    change_meeting,
    draft_minutes,
    prepare_meeting,
    propose_item,
    record_attendance,
    take_up_item,
)
from units.documents.meetings import pack, resolutions_of
from units.filters.meetings import MeetingFilter
from units.forms.meetings import ItemForm, MeetingForm, MinutesForm, NewMeetingForm
from units.models import AgendaItem, Attendance, Meeting, Resolution
from units.models.meetings import CONVENERS
from units.queries.agenda import agenda, carried_over, members_of, postponed_items, turnout_of

READERS = STAFF | UNIT_SIDE | {Role.REPRESENTATIVE}
CHANGEABLE = (*Meeting.OPEN_AGENDA, Meeting.Status.NOTIFIED)
Presence = Attendance.Presence


def documents_about(obj):
    """The papers issued about a row that is already found among those the actor may see."""
    kind = ContentType.objects.get_for_model(obj)
    return IssuedDocument.objects.filter(about_type=kind, about_id=obj.pk)


def number_of(model, **condition):
    """How many rows of a session meet a condition, counted for the rows that are read only."""
    rows = model.objects.filter(meeting=OuterRef("pk"), **condition).order_by().values("meeting")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def turnout_text(meeting: Meeting) -> str:
    return f"{meeting.came} / {meeting.expected}" if meeting.expected else ""


class MeetingList(ListPage):
    """Sessions of the joint meetings the actor has to do with, the latest first."""

    model = Meeting
    title = "联席会议"
    roles = READERS
    unit_word = "次"
    filterset_class = MeetingFilter
    search_fields = ("title", "venue", "body__name")
    search_hint = "会议名称、地点、联席会"
    default_order = ("-year", "-held_at", "-pk")
    empty_text = "还没有会议。召集单位筹备会议之后，会出现在这里。"
    columns = [
        Column("title", "会议", link=lambda row: row.get_absolute_url(), is_main=True, width=36),
        Column("body", "召开的组织", "body.name", sort="place_code", in_page=False, width=28),
        Column("kind", "类型", lambda row: row.get_kind_display(), sort="kind"),
        Column("held_at", "时间", kind="date", sort="held_at"),
        Column("venue", "地点", in_page=False, width=28),
        Column("turnout", "实到 / 应到", turnout_text, align="n"),
        Column("decided", "议定事项", kind="int"),
        Column("issued_on", "纪要印发", kind="date", sort="issued_on"),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_rows(self):
        return (
            super()
            .get_rows()
            .select_related("body")
            .annotate(
                expected=number_of(Attendance),
                came=number_of(Attendance, presence__in=[Presence.PRESENT, Presence.SUBSTITUTE]),
                decided=number_of(Resolution),
            )
        )

    def count_rows(self, rows):
        """Count without counting each session's attendance."""
        return super().count_rows(rows.values("pk"))

    def get_actions(self):
        if self.actor.role not in CONVENERS or self.actor.is_read_only:
            return []
        return [("筹备会议", reverse("units:meeting_new"), "plus")]

    def get_empty_action(self):
        return ("筹备会议", reverse("units:meeting_new")) if self.actor.role in CONVENERS else None


class MeetingPage:
    """What the pages of one session share."""

    model = Meeting
    roles = READERS

    def get_queryset(self):
        return super().get_queryset().select_related("body__place", "host_unit", "recorder", "signed_by")

    def get_breadcrumbs(self):
        return [("联席会议", reverse("units:meeting_list"))]


class MeetingDetail(MeetingPage, DetailPage):
    """One session: state, agenda with what was left open first, who came, what was decided, its papers."""

    template_name = "units/meeting_detail.html"
    typed: dict[int, Arrival] = {}
    refusal = ""

    def get_subtitle(self):
        return f"{self.object.number_text} · {self.object.body}"

    @cached_property
    def is_convener(self) -> bool:
        actor = self.actor
        is_over = actor.stands_over(self.object.place_code)
        return actor.role in CONVENERS and not actor.unit_id and is_over and not actor.is_read_only

    def get_actions(self):
        if not self.is_convener:
            return []
        meeting = self.object
        links = [("会议材料", reverse("units:meeting_pack", args=[meeting.pk]), "download")]
        if meeting.status in CHANGEABLE:
            links.append(("修改安排", reverse("units:meeting_edit", args=[meeting.pk]), "pencil"))
        return links

    def get_facts(self):
        meeting = self.object
        facts = [
            ("会议类型", meeting.get_kind_display()),
            ("时间", date_cell(meeting.held_at) if meeting.held_at else "待定"),
            ("地点", meeting.venue or "待定"),
            ("主持人", meeting.chair),
            ("承办单位", str(meeting.host_unit) if meeting.host_unit else ""),
            ("议题征集截止", date_text(meeting.items_due_on) if meeting.items_due_on else ""),
            ("记录人", str(meeting.recorder) if meeting.recorder else ""),
            ("签发人", str(meeting.signed_by) if meeting.signed_by else ""),
            ("印发日期", date_text(meeting.issued_on) if meeting.issued_on else ""),
        ]
        return [(label, value) for label, value in facts if value]

    def can_propose(self) -> bool:
        if self.is_convener:
            return self.object.status in Meeting.OPEN_AGENDA
        is_unit = self.actor.role in UNIT_SIDE and not self.actor.is_read_only
        return is_unit and self.object.is_open_for_items(today())

    def get_extra_context(self):
        meeting = self.object
        attendances = list(meeting.attendances.select_related("member__unit"))
        is_open = self.is_convener and meeting.status in Meeting.OPEN_AGENDA
        return {
            "carried": list(carried_over(meeting)),
            "items": [self.own(item) for item in agenda(meeting)],
            "postponed": list(postponed_items(meeting)) if is_open else [],
            "offers": self.offers() if is_open else [],
            "can_propose": self.can_propose(),
            "can_decide": is_open or (self.is_convener and meeting.status in Meeting.MINUTING),
            "can_sign_in": self.is_convener and meeting.status in Meeting.SIGNING_IN,
            "can_resolve": self.is_convener and meeting.status in Meeting.MINUTING,
            "sign_in": self.sign_in(attendances),
            "turnout": turnout_of(attendances),
            "resolutions": list(resolutions_of(meeting)) if self.shows_resolutions() else [],
            "documents": list(documents_about(meeting)),
            "presences": Presence.choices,
            "refusal": self.refusal,
            "is_convener": self.is_convener,
            "shows_minutes": self.shows_resolutions(),
            "today": today(),
        }

    def shows_resolutions(self) -> bool:
        """Before the minutes are issued they are the convener's draft."""
        return self.is_convener or self.object.status in Meeting.PUBLISHED

    def own(self, item: AgendaItem) -> AgendaItem:
        """Let the item know its session without asking the database again."""
        item.meeting = self.object
        return item

    def offers(self) -> list[dict]:
        """What the apps lay before the session and isn't on its agenda yet, each with the address of its form."""
        meeting = self.object
        taken = {item.title for item in agenda(meeting)}
        address = reverse("units:item_new", args=[meeting.pk])
        found = []
        for section in meeting_pack.sections(meeting.place_code, today()):
            for matter in section.matters:
                if matter.title[:100] not in taken:
                    typed = urlencode({"title": matter.title[:100], "background": matter.background})
                    found.append({"section": section.label, "matter": matter, "url": f"{address}?{typed}"})
        return found

    def sign_in(self, attendances: list[Attendance]) -> list[dict]:
        """One line per member unit: what is known or was just typed."""
        known = {row.member_id: row for row in attendances}
        lines = []
        for member in members_of(self.object):
            row = self.typed.get(member.pk) or known.get(member.pk)
            lines.append(
                {
                    "member": member,
                    "presence": row.presence if row else Presence.PRESENT,
                    "label": dict(Presence.choices).get(row.presence, "") if row else "",
                    "is_head": bool(row and row.is_head),
                    "substitute": row.substitute if row else "",
                    "is_known": row is not None,
                }
            )
        return lines


class MeetingAttendance(MeetingDetail):
    """The same screen after who came was sent: saved, or with the refusal and everything typed."""

    roles = CONVENERS

    def post(self, request, **kwargs):
        self.typed = self.read_arrivals()
        try:
            record_attendance(meeting=self.object, arrivals=self.typed, actor=self.actor)
        except RuleViolation as refusal:
            self.refusal = refusal.message
            response = self.get(request)
            response.status_code = (
                403 if isinstance(refusal, NotAllowed) else 400 if refusal.is_input else 409
            )
            return response
        messages.success(request, "到会情况已登记。")
        return HttpResponseRedirect(f"{self.object.get_absolute_url()}#attendance")

    def read_arrivals(self) -> dict[int, Arrival]:
        """What was chosen for each member unit of this session."""
        post = self.request.POST
        return {
            member.pk: Arrival(
                post[f"presence-{member.pk}"],
                f"head-{member.pk}" in post,
                post.get(f"substitute-{member.pk}", "").strip(),
            )
            for member in members_of(self.object)
            if f"presence-{member.pk}" in post
        }


class MeetingNew(FormPage):
    """Convene a session."""

    model = Meeting
    roles = CONVENERS
    form_class = NewMeetingForm
    action = staticmethod(prepare_meeting)
    title = "筹备会议"
    submit_label = "开始筹备"
    success_message = "会议已建立。可以开始征集议题。"

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_breadcrumbs(self):
        return [("联席会议", reverse("units:meeting_list"))]

    def get_cancel_url(self):
        return reverse("units:meeting_list")


class MeetingEdit(MeetingPage, FormPage):
    """Change time, place or title; members who were notified hear of it."""

    roles = CONVENERS
    form_class = MeetingForm
    action = staticmethod(change_meeting)
    object_kwarg = "meeting"

    def get_form_kwargs(self):
        return {"bodies": [self.object.body_id]}


class MeetingMinutes(MeetingPage, FormPage):
    """Write the minutes and hand them in for signing."""

    roles = CONVENERS
    form_class = MinutesForm
    action = staticmethod(draft_minutes)
    object_kwarg = "meeting"
    submit_label = "提交纪要"
    success_message = "纪要已提交，请记录人以外的同志签发。"

    def get_title(self):
        return f"会议纪要：{self.object}"

    def get_queryset(self):
        # Locked with the row alone: the joins of the page are nullable.
        return Meeting.objects.visible_to(self.actor).select_related("body__place")

    def get_initial(self):
        meeting = self.object
        return {"minutes": meeting.minutes or outline(meeting)}


def outline(meeting: Meeting) -> str:
    """The agenda as a beginning of the minutes."""
    titles = agenda(meeting).filter(status__in=["adopted", "deliberated"]).values_list("title", "outcome")
    lines = [f"会议审议了“{title}”。{outcome}" for title, outcome in titles]
    left = carried_over(meeting).count()
    first = [f"会议听取了上次议定事项办理情况，{left} 件继续办理。"] if left else []
    return "\n".join([*first, *lines, "会议指出，", "会议决定，"])


class ItemNew(FormPage):
    """Propose an item; the address may bring the words of something offered."""

    model = AgendaItem
    roles = CONVENERS | UNIT_SIDE
    form_class = ItemForm
    action = staticmethod(propose_item)

    @cached_property
    def meeting(self) -> Meeting:
        return get_object_or_404(Meeting.objects.visible_to(self.actor), pk=self.kwargs["meeting_pk"])

    def get_title(self):
        return "提出议题" if self.actor.role in UNIT_SIDE else "列入议题"

    @property
    def submit_label(self):
        return self.get_title()

    @property
    def success_message(self):
        return "议题已提出，召集单位决定后会通知您。" if self.actor.role in UNIT_SIDE else "已列入议程。"

    def get_subtitle(self):
        return str(self.meeting)

    def get_breadcrumbs(self):
        return [
            ("联席会议", reverse("units:meeting_list")),
            (str(self.meeting), self.meeting.get_absolute_url()),
        ]

    def get_initial(self):
        given = self.request.GET
        return {name: given.get(name, "").replace("\x00", "")[:2000] for name in ("title", "background")}

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "meeting": self.meeting}

    def get_cancel_url(self):
        return self.meeting.get_absolute_url()

    def get_success_url(self, obj):
        return f"{self.meeting.get_absolute_url()}#agenda"


def find_item(request, pk: int) -> AgendaItem:
    """An item of a session the actor may see, else 404."""
    seen = Meeting.objects.visible_to(actor_of(request)).values("pk")
    return get_object_or_404(
        AgendaItem.objects.select_related("meeting__body__place", "unit"), pk=pk, meeting__in=seen
    )


@require_POST
@requires(CONVENERS)
def item_move(request, pk, move):
    """Adopt, postpone, decline or deliberate an item, and back to its session."""
    item = find_item(request, pk)
    url = back_to(request, f"{item.meeting.get_absolute_url()}#agenda")
    try:
        if move not in ITEM_MOVES:
            raise RuleViolation("没有这个操作。", code="unknown_move")
        note = {"note": request.POST.get("note", "").strip()} if AgendaItem.get_move(move).needs_note else {}
        ITEM_MOVES[move](item=item, actor=actor_of(request), **note)
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, f"已办理：{AgendaItem.get_move(move).label}。")
    return answer_move(request, url)


@require_POST
@requires(CONVENERS)
def item_take_up(request, pk, item_pk):
    """Bring a postponed item on to this session's agenda."""
    meeting = get_object_or_404(Meeting.objects.visible_to(actor_of(request)).select_related("body"), pk=pk)
    item = find_item(request, item_pk)
    url = f"{meeting.get_absolute_url()}#agenda"
    try:
        take_up_item(item=item, meeting=meeting, actor=actor_of(request))
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, "已转入本次会议议程。")
    return answer_move(request, url)


@require_safe
@requires(CONVENERS)
def meeting_pack_file(request, pk):
    """会议材料 as .docx, as things stand now."""
    actor = actor_of(request)
    meeting = get_object_or_404(Meeting.objects.visible_to(actor).select_related("body__place"), pk=pk)
    if not actor.stands_over(meeting.place_code):
        raise Http404
    name = content_disposition_header(True, f"{meeting.title}_会议材料.docx")
    return HttpResponse(pack(meeting).save(), content_type=DOCX_TYPE, headers={"Content-Disposition": name})


meeting_move = move_view(Meeting, MEETING_MOVES, roles=CONVENERS)
