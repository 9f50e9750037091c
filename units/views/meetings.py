"""Pages of sessions (会议): the list, one session with its agenda and attendance, the forms, the meeting pack."""

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
from core.components import date_cell, date_text, tag
from core.documents import DOCX_TYPE
from core.errors import NotAllowed, RuleViolation, StaleVersion
from core.models import IssuedDocument
from core.pages import DetailPage, FormPage, ListPage, answer_move, back_to, move_view
from core.roles import STAFF, UNIT_SIDE, Role
from core.todo import due_tag
from units.actions.meetings import (
    ITEM_MOVES,
    MEETING_MOVES,
    Arrival,
    change_item,
    change_meeting,
    deliberate_item,
    draft_minutes,
    issue_minutes,
    lock_meeting,
    place_item,
    prepare_meeting,
    propose_item,
    record_attendance,
    reply_notice,
    set_cadence,
    take_up_item,
)
from units.documents.meetings import pack, resolutions_of
from units.filters.meetings import MeetingFilter
from units.forms.meetings import (
    CadenceForm,
    DeliberationForm,
    ItemForm,
    MeetingForm,
    MinutesForm,
    NewItemForm,
    NewMeetingForm,
    SigningForm,
)
from units.models import AgendaItem, Attendance, Meeting, MeetingReply, RegionalBody, Resolution
from units.models.meetings import CONVENERS, invitee_name
from units.queries.agenda import (
    agenda,
    carried_over,
    invited_to,
    invitee_hint,
    open_proposals,
    postponed_items,
    replies_to,
    speaks_for,
    turnout_of,
)

INVITED = UNIT_SIDE | {Role.REPRESENTATIVE}
REPORT_TITLE = "听取和审议区域党委工作报告"
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
    """Sessions of the bodies the actor has to do with, the latest first."""

    model = Meeting
    title = "会议"
    roles = READERS
    unit_word = "次"
    filterset_class = MeetingFilter
    search_fields = ("title", "venue", "body__name")
    search_hint = "会议名称、地点、召开的组织"
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
        return [("会议", reverse("units:meeting_list"))]


class MeetingDetail(MeetingPage, DetailPage):
    """One session: state, agenda with what was left open first, who came, what was decided, its papers."""

    template_name = "units/meeting_detail.html"
    typed: dict[int, Arrival] = {}
    refusal = ""
    # Whether a refused sheet keeps to what was read; one that is stale starts from what is stored now.
    keeps_read = False

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
        links.append(("会议周期", reverse("units:body_cadence", args=[meeting.body_id]), "calendar"))
        return links

    def get_facts(self):
        meeting = self.object
        facts = [
            ("会议类型", meeting.get_kind_display()),
            ("时间", date_cell(meeting.held_at) if meeting.held_at else "待定"),
            ("地点", meeting.venue or "待定"),
            ("主持人", meeting.chair),
            ("列席", meeting.observers),
            ("承办单位", str(meeting.host_unit) if meeting.host_unit else ""),
            ("紧急会议的理由", meeting.emergency_reason),
            ("议题征集截止", date_text(meeting.items_due_on) if meeting.items_due_on else ""),
            ("记录人", str(meeting.recorder) if meeting.recorder else ""),
            ("签发人", str(meeting.signed_by) if meeting.signed_by else ""),
            ("印发日期", date_text(meeting.issued_on) if meeting.issued_on else ""),
        ]
        return [(label, value) for label, value in facts if value]

    def can_propose(self) -> bool:
        if self.is_convener:
            return self.object.status in Meeting.OPEN_AGENDA
        is_invited = self.actor.role in INVITED and not self.actor.is_read_only
        return is_invited and self.object.is_open_for_items(today())

    def get_extra_context(self):
        meeting = self.object
        attendances = list(meeting.attendances.all())
        is_open = self.is_convener and meeting.status in Meeting.OPEN_AGENDA
        invited = list(invited_to(meeting))
        replies = {row.invitee_id: row for row in meeting.replies.all()}
        return {
            **self.own_reply(invited, replies),
            "replies": replies_to(meeting, invited, replies.values()) if self.shows_replies() else None,
            "can_arrange": is_open,
            "has_heads": meeting.roll == "member",
            "roll_label": {"member": "成员单位", "representative": "代表", "seat": "委员"}[meeting.roll],
            "carried": [self.with_lateness(row) for row in carried_over(meeting)],
            "items": [self.own(item) for item in agenda(meeting).exclude(status="withdrawn")],
            "postponed": list(postponed_items(meeting)) if is_open else [],
            "offers": self.offers() if is_open else [],
            "can_propose": self.can_propose(),
            "can_decide": is_open
            or (self.is_convener and meeting.status in Meeting.MINUTING)
            or (self.actor.role in INVITED and meeting.status in Meeting.OPEN_AGENDA),
            "can_sign_in": self.is_convener and meeting.status in Meeting.SIGNING_IN,
            "can_resolve": self.is_convener and meeting.status in Meeting.MINUTING,
            "sign_in": self.sign_in(attendances, invited, replies) if self.shows_sheet(attendances) else [],
            "turnout": turnout_of(attendances),
            "turnout_text": turnout_of(attendances).text_for(meeting.roll == "member"),
            "resolutions": list(resolutions_of(meeting)) if self.shows_resolutions() else [],
            "documents": list(documents_about(meeting)),
            "presences": Presence.choices,
            "refusal": self.refusal,
            "is_convener": self.is_convener,
            "shows_minutes": self.shows_resolutions(),
            "today": today(),
        }

    def shows_replies(self) -> bool:
        return self.is_convener and self.object.status in Meeting.SIGNING_IN

    def shows_sheet(self, attendances: list[Attendance]) -> bool:
        return bool(attendances) or (self.is_convener and self.object.status in Meeting.SIGNING_IN)

    def own_reply(self, invited: list, replies: dict[int, MeetingReply]) -> dict:
        """Whether this person is asked to answer the notice, and what was answered so far."""
        meeting = self.object
        is_asked = self.actor.role in INVITED and meeting.status == Meeting.Status.NOTIFIED
        mine = speaks_for(meeting, self.actor) if is_asked else None
        is_before = meeting.held_on is not None and today() <= meeting.held_on
        return {
            "own_invitation": invitee_name(mine) if mine else "",
            "own_reply": replies.get(mine.pk) if mine else None,
            "can_reply": mine is not None and is_before and not self.actor.is_read_only,
            "can_substitute": meeting.roll == "member",
        }

    @staticmethod
    def with_lateness(row: Resolution) -> Resolution:
        """Say in red that a carried-over resolution is overdue."""
        late = due_tag(row.due_on, today()) if row.is_overdue(today()) else None
        row.late_tag = tag(*late) if late else ""
        return row

    def shows_resolutions(self) -> bool:
        """Before the minutes are issued they are the convener's draft."""
        return self.is_convener or self.object.status in Meeting.PUBLISHED

    def own(self, item: AgendaItem) -> AgendaItem:
        """Let the item know its session without asking the database again."""
        item.meeting = self.object
        is_own = self.actor.role in INVITED and item.stands_proposer(self.actor)
        is_open = self.object.status in Meeting.OPEN_AGENDA and item.status == AgendaItem.Status.PROPOSED
        item.is_editable = is_own and is_open and not self.actor.is_read_only
        return item

    def offers(self) -> list[dict]:
        """What the apps lay before the session and isn't on its agenda yet, each with the address of its form."""
        meeting = self.object
        taken = {item.title for item in agenda(meeting)}
        address = reverse("units:item_new", args=[meeting.pk])
        found = self.own_offers(address, taken)
        for section in meeting_pack.sections(meeting.place_code, today()):
            for matter in section.matters:
                if matter.title[:100] not in taken:
                    typed = urlencode({"title": matter.title[:100], "background": matter.background})
                    found.append({"section": section.label, "matter": matter, "url": f"{address}?{typed}"})
        return found

    def own_offers(self, address: str, taken: set[str]) -> list[dict]:
        """What an assembly is there for: the committee's report, and proposals that are not settled."""
        if self.object.roll != "representative":
            return []
        found = []
        if REPORT_TITLE not in taken:
            typed = urlencode({"title": REPORT_TITLE, "kind": AgendaItem.Kind.REPORT})
            matter = meeting_pack.Matter(REPORT_TITLE)
            found.append({"section": "区域党委", "matter": matter, "url": f"{address}?{typed}"})
        for row in open_proposals(self.object)[: meeting_pack.LIMIT]:
            matter = meeting_pack.Matter(f"代表提案：{row.title}"[:100], row.text, row.get_absolute_url())
            typed = urlencode({"title": matter.title, "background": row.text, "proposal": row.pk})
            found.append({"section": "代表提案", "matter": matter, "url": f"{address}?{typed}"})
        return found

    def sign_in(self, attendances: list[Attendance], invited: list, replies: dict) -> list[dict]:
        """One line per member unit, representative or seat: what is known or was just typed; nothing is presumed."""
        known = {row.invitee_id: row for row in attendances}
        lines = []
        for one in invited:
            stored = known.get(one.pk)
            row = self.typed.get(one.pk) or stored
            lines.append(
                {
                    "pk": one.pk,
                    "name": invitee_name(one),
                    "hint": invitee_hint(one),
                    "reply": replies.get(one.pk),
                    "presence": row.presence if row else "",
                    "label": stored.get_presence_display() if stored else "",
                    "is_head": bool(row and row.is_head),
                    "substitute": row.substitute if row else "",
                    "is_known": stored is not None,
                    "read": self.read_before(one.pk) if self.keeps_read else read_line(stored),
                }
            )
        return lines

    def read_before(self, pk: int) -> str:
        return self.request.POST.get(f"read-{pk}", "")[:80]


def read_line(row: Attendance | None) -> str:
    """A line of the sheet as a form shows it: its version and values, to tell what was changed."""
    return f"{row.version}|{row.presence}|{int(row.is_head)}|{row.substitute}" if row else "0||0|"


class MeetingAttendance(MeetingDetail):
    """The same screen after who came was sent: saved, or with the refusal and everything typed."""

    roles = CONVENERS

    def post(self, request, **kwargs):
        self.typed = self.read_arrivals()
        try:
            record_attendance(meeting=self.object, arrivals=self.typed, actor=self.actor)
        except RuleViolation as refusal:
            self.refusal, self.keeps_read = refusal.message, not isinstance(refusal, StaleVersion)
            response = self.get(request)
            response.status_code = (
                403 if isinstance(refusal, NotAllowed) else 400 if refusal.is_input else 409
            )
            return response
        messages.success(request, "到会情况已登记。")
        return HttpResponseRedirect(f"{self.object.get_absolute_url()}#attendance")

    def read_arrivals(self) -> dict[int, Arrival]:
        """The lines that were changed since the sheet was opened; the others are left as they are."""
        found = {}
        for one in invited_to(self.object):
            arrival = self.read_arrival(one.pk)
            if arrival is not None:
                found[one.pk] = arrival
        return found

    def read_arrival(self, pk: int) -> Arrival | None:
        post = self.request.POST
        presence = post.get(f"presence-{pk}", "")
        typed = (presence, f"head-{pk}" in post, post.get(f"substitute-{pk}", "").strip())
        version, _, read = post.get(f"read-{pk}", "").partition("|")
        is_same = read == f"{typed[0]}|{int(typed[1])}|{typed[2]}"
        if is_same or typed == ("", False, ""):
            return None
        return Arrival(*typed, version=int(version) if version.isdecimal() and len(version) < 9 else None)


@require_POST
@requires(INVITED)
def meeting_reply(request, pk):
    """Answer a notice from the phone, and back to the session."""
    actor = actor_of(request)
    meeting = get_object_or_404(Meeting.objects.visible_to(actor).select_related("body"), pk=pk)
    typed = {name: request.POST.get(name, "").strip() for name in ("answer", "substitute", "note")}
    try:
        reply = reply_notice(meeting=meeting, **typed, actor=actor)
    except RuleViolation as refusal:
        return answer_move(request, meeting.get_absolute_url(), refusal)
    messages.success(request, f"已回复：{reply.text}。")
    return answer_move(request, meeting.get_absolute_url())


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
        return [("会议", reverse("units:meeting_list"))]

    def get_cancel_url(self):
        return reverse("units:meeting_list")


class MeetingEdit(MeetingPage, FormPage):
    """Change time, place or title; members who were notified hear of it."""

    roles = CONVENERS
    form_class = MeetingForm
    action = staticmethod(change_meeting)
    object_kwarg = "meeting"

    def get_form_kwargs(self):
        return {"bodies": RegionalBody.objects.filter(pk=self.object.body_id)}


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


class MeetingIssue(MeetingPage, FormPage):
    """Read the minutes as they will be issued, then sign them off: exactly what was read."""

    roles = CONVENERS
    template_name = "units/meeting_issue.html"
    form_class = SigningForm
    action = staticmethod(issue_minutes)
    object_kwarg = "meeting"
    submit_label = "核对无误，签发"
    success_message = "已办理：签发纪要。"

    def get_title(self):
        return f"签发纪要：{self.object}"

    def get_queryset(self):
        return Meeting.objects.visible_to(self.actor).select_related("body__place", "recorder")

    def locked_row(self):
        return lock_meeting(self.object)

    def get_initial(self):
        return {"read_version": self.object.version}

    def get_context(self, **more):
        meeting = self.object
        return super().get_context(
            resolutions=list(resolutions_of(meeting)),
            items=list(agenda(meeting).filter(status__in=["adopted", "deliberated"])),
            turnout_text=turnout_of(meeting.attendances.all()).text_for(meeting.roll == "member"),
            **more,
        )

    def render_refusal(self, form, refusal, *, status: int):
        """Minutes that changed since are shown anew; only after reading them can they be signed."""
        if not isinstance(refusal, StaleVersion):
            return super().render_refusal(form, refusal, status=status)
        messages.error(self.request, refusal.message)
        return HttpResponseRedirect(self.object.get_move_url("issue"))


class BodyCadence(FormPage):
    """How often a body sits."""

    model = RegionalBody
    roles = CONVENERS
    form_class = CadenceForm
    action = staticmethod(set_cadence)
    object_kwarg = "body"
    success_message = "会议周期已更新，到期前 15 个工作日还没安排会议会提醒。"

    def get_title(self):
        return f"会议周期：{self.object}"

    def get_queryset(self):
        return super().get_queryset().select_related("place")


class ItemNew(FormPage):
    """Propose an item; the address may bring the words of something offered."""

    model = AgendaItem
    roles = CONVENERS | INVITED
    form_class = NewItemForm
    action = staticmethod(propose_item)

    @cached_property
    def meeting(self) -> Meeting:
        rows = Meeting.objects.visible_to(self.actor).select_related("body")
        return get_object_or_404(rows, pk=self.kwargs["meeting_pk"])

    def get_form_kwargs(self):
        return {"meeting": self.meeting, "actor": self.actor}

    def get_title(self):
        return "提出议题" if self.actor.role in INVITED else "列入议题"

    @property
    def submit_label(self):
        return self.get_title()

    @property
    def success_message(self):
        return "议题已提出，召集单位决定后会通知您。" if self.actor.role in INVITED else "已列入议程。"

    def get_subtitle(self):
        return str(self.meeting)

    def get_breadcrumbs(self):
        return [
            ("会议", reverse("units:meeting_list")),
            (str(self.meeting), self.meeting.get_absolute_url()),
        ]

    def get_initial(self):
        given = self.request.GET
        names = ("title", "background", "kind", "proposal")
        return {name: given.get(name, "").replace("\x00", "")[:2000] for name in names}

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


class ItemPage:
    """What the forms of one item share: its session is locked before it."""

    model = AgendaItem
    object_kwarg = "item"

    def get_queryset(self):
        return super().get_queryset().select_related("meeting__body__place")

    def locked_row(self):
        lock_meeting(self.object.meeting)
        return super().locked_row()

    def get_breadcrumbs(self):
        meeting = self.object.meeting
        return [("会议", reverse("units:meeting_list")), (str(meeting), meeting.get_absolute_url())]


class ItemEdit(ItemPage, FormPage):
    """Put an item in other words."""

    roles = CONVENERS | INVITED
    form_class = ItemForm
    action = staticmethod(change_item)
    success_message = "议题已修改。"


class ItemDeliberate(ItemPage, FormPage):
    """Write down what the session thought of an item, and how it voted."""

    roles = CONVENERS
    form_class = DeliberationForm
    action = staticmethod(deliberate_item)
    submit_label = "登记审议意见"
    success_message = "审议意见已登记。"

    def get_title(self):
        return f"审议意见：{self.object}"

    def get_initial(self):
        return {}


@require_POST
@requires(CONVENERS)
def item_place(request, pk):
    """Move an item up or down the agenda, and back to its session."""
    item = find_item(request, pk)
    url = back_to(request, f"{item.meeting.get_absolute_url()}#item-{item.pk}")
    typed = request.POST.get("position", "")
    try:
        position = int(typed) if typed.isdecimal() and len(typed) < 6 else 0
        place_item(item=item, position=position, actor=actor_of(request))
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, "议程顺序已调整。")
    return answer_move(request, url)


@require_POST
@requires(CONVENERS | INVITED)
def item_move(request, pk, move):
    """Adopt, postpone, decline or withdraw an item, and back to its session."""
    item = find_item(request, pk)
    url = back_to(request, f"{item.meeting.get_absolute_url()}#agenda")
    try:
        if move not in ITEM_MOVES:
            raise RuleViolation("没有这个操作。", code="unknown_move")
        if move in AgendaItem.FORM_MOVES:
            return HttpResponseRedirect(item.get_move_url(move))
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
