"""Sessions of a joint meeting or assembly, what is deliberated and what becomes of it (联席会议、议题、议定事项)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from core.actor import CLIENT_ROLE
from core.clock import today
from core.codes import under
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from units.models.bodies import BodyMember, BodySeat, RegionalBody, Representative
from units.models.issues import Issue
from units.models.places import Division
from units.models.units import Unit

CONVENERS = frozenset({Role.SUBDISTRICT, Role.COMMUNITY}) | DISTRICT_STAFF
# Who of a body is expected at its sessions, by the body's kind (domain.md §2(a), §2(b)); an office doesn't sit.
ROLLS = {
    RegionalBody.Kind.JOINT_MEETING: "member",
    RegionalBody.Kind.ASSEMBLY: "representative",
    RegionalBody.Kind.COMMITTEE: "seat",
    RegionalBody.Kind.COMPREHENSIVE: "seat",
}
ROLL_MODELS = {"member": BodyMember, "representative": Representative, "seat": BodySeat}


def places_from_the_top(code: str) -> list[str]:
    """The codes of a place and of those above it, the district's first."""
    return [code[:length] for length in range(6, len(code) + 1)]


def bodies_of_unit(unit_id: int, on) -> Q:
    """Bodies in which a unit sits on a day: as a member, or by a part-time member it sent (field ``body_id``)."""
    members = BodyMember.objects.filter(unit_id=unit_id).effective(on).values("body_id")
    seats = BodySeat.objects.filter(from_unit_id=unit_id).effective(on).values("body_id")
    return Q(body_id__in=members) | Q(body_id__in=seats)


def came_or_leads(unit_id: int) -> Q:
    """Sessions on whose sign-in sheet a unit stands, or of which it leads or helps with a resolution."""
    signed = Attendance.objects.filter(Q(member__unit_id=unit_id) | Q(seat__from_unit_id=unit_id))
    helped = Resolution.co_units.through.objects.filter(unit_id=unit_id).values("resolution_id")
    led = Resolution.objects.in_force().filter(Q(lead_unit_id=unit_id) | Q(pk__in=helped))
    return Q(pk__in=signed.values("meeting_id")) | Q(pk__in=led.values("meeting_id"))


class MeetingQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see the sessions of their place and of the places above it, units those of the bodies they sit in today.

        A unit that has left keeps those it came to; representatives see those of their assemblies and what is issued at
        their place; grid workers none, other systems what is published (domain.md §3, row JointConference/Meeting).
        """
        if actor.is_system:
            return self
        if not actor.sees_business_data or actor.role == Role.GRID_WORKER:
            return self.none()
        if actor.role == CLIENT_ROLE:
            return self.published().filter(under(actor.place_code)) if actor.place_code else self.none()
        known = ~Q(status=Meeting.Status.PREPARING)
        if actor.unit_id:
            return self.filter(known, bodies_of_unit(actor.unit_id, today()) | came_or_leads(actor.unit_id))
        if not actor.place_code:
            return self.none()
        here = under(actor.place_code)
        if actor.role == Role.REPRESENTATIVE:
            own = Q(
                body__kind=RegionalBody.Kind.ASSEMBLY, place_code__in=places_from_the_top(actor.place_code)
            )
            return self.filter(known & own | here & Q(status__in=Meeting.PUBLISHED))
        return self.filter(here | Q(place_code__in=places_from_the_top(actor.place_code)))

    def published(self):
        """What anybody may read: that a session was held, once its minutes are issued."""
        return self.filter(status__in=Meeting.PUBLISHED)

    def going_on(self):
        """Sessions that are neither archived nor called off."""
        return self.exclude(status__in=[Meeting.Status.ARCHIVED, Meeting.Status.CANCELLED])


class Meeting(StatusModel):
    """One session of a body (会议): convened, items solicited, notified, held, minutes issued, archived.

    A joint meeting sits with its member units, an assembly with its representatives, a committee with its seats.
    ``emergency_reason`` says why a session is notified less than three workdays before.
    """

    class Status(models.TextChoices):
        PREPARING = "preparing", "筹备"
        SOLICITING = "soliciting", "议题征集"
        NOTIFIED = "notified", "已通知"
        HELD = "held", "已召开"
        MINUTES_REVIEW = "minutes_review", "纪要待审"
        ISSUED = "issued", "已印发"
        ARCHIVED = "archived", "归档"
        CANCELLED = "cancelled", "取消"

    class Kind(models.TextChoices):
        PLENARY = "plenary", "全体会议"
        TOPIC = "topic", "专题会议"
        LIAISONS = "liaisons", "联络员会议"

    MOVES = (
        move("solicit", "开始征集议题", "preparing", "soliciting", CONVENERS, tone="primary"),
        move("notify", "发出会议通知", "soliciting", "notified", CONVENERS, tone="primary"),
        move("hold", "登记已召开", "notified", "held", CONVENERS, tone="primary"),
        move("draft_minutes", "提交纪要", "held", "minutes_review", CONVENERS, tone="primary"),
        move(
            "issue",
            "签发纪要",
            "minutes_review",
            "issued",
            CONVENERS,
            standing="not_recorder",
            tone="primary",
        ),
        move(
            "return_minutes",
            "退回纪要",
            "minutes_review",
            "held",
            CONVENERS,
            needs_note=True,
            note_label="退回的原因",
        ),
        move("archive", "归档", "issued", "archived", CONVENERS),
        move(
            "cancel",
            "取消会议",
            ["preparing", "soliciting", "notified"],
            "cancelled",
            CONVENERS,
            needs_note=True,
            note_label="取消的原因",
            tone="danger",
        ),
    )
    STEPS = ("preparing", "soliciting", "notified", "held", "minutes_review", "issued", "archived")
    STATUS_TONES = {
        "held": "info",
        "issued": "ok",
        "minutes_review": "wait",
        "soliciting": "info",
        "notified": "wait",
    }
    PUBLISHED = (Status.ISSUED, Status.ARCHIVED)
    # Until when the agenda may change, and when it is written down who came.
    OPEN_AGENDA = (Status.PREPARING, Status.SOLICITING)
    SIGNING_IN = (Status.NOTIFIED, Status.HELD)
    # While its recorder writes; once handed in, what is to be signed doesn't change any more.
    MINUTING = (Status.HELD,)
    FORM_MOVES = frozenset({"draft_minutes", "issue"})
    # Kinds of bodies that decide only when more than half of those expected came (our default for §2(b)).
    WITH_QUORUM = (RegionalBody.Kind.ASSEMBLY, RegionalBody.Kind.COMMITTEE, RegionalBody.Kind.COMPREHENSIVE)

    body = models.ForeignKey(
        RegionalBody, on_delete=models.PROTECT, related_name="meetings", verbose_name="召开的组织"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    kind = models.CharField("会议类型", max_length=12, choices=Kind.choices, default=Kind.PLENARY)
    year = models.PositiveSmallIntegerField("年度", editable=False)
    number = models.PositiveSmallIntegerField("年度第几次", editable=False)
    title = models.CharField("名称", max_length=100)
    held_at = models.DateTimeField("时间", null=True, blank=True)
    venue = models.CharField("地点", max_length=100, blank=True)
    host_unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="承办单位"
    )
    chair = models.CharField("主持人", max_length=40, blank=True)
    observers = models.CharField("列席", max_length=200, blank=True)
    emergency_reason = models.CharField("紧急会议的理由", max_length=200, blank=True)
    items_due_on = models.DateField("议题征集截止", null=True, blank=True)
    minutes = models.TextField("会议纪要", max_length=10000, blank=True)
    recorder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="记录人",
    )
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="签发人",
    )
    issued_on = models.DateField("印发日期", null=True, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.PREPARING)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="发起人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会议"
        ordering = ["-year", "-number", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "year", "number"],
                name="meeting_number_once",
                violation_error_message="这一年已经有这一次会议。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["issued", "archived"])
                | (Q(signed_by__isnull=False) & ~Q(signed_by=models.F("recorder"))),
                name="meeting_minutes_signed_by_another",
                violation_error_message="纪要要由记录人以外的人签发。",
            ),
        ]
        indexes = [models.Index(fields=["place_code", "-id"], name="meeting_place")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("units:meeting_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("units:meeting_move", args=[self.pk, name])

    @property
    def number_text(self) -> str:
        """``2026年第3次``."""
        return f"{self.year}年第{self.number}次"

    @property
    def roll(self) -> str:
        """Of whom its sign-in sheet is made: ``member``, ``representative`` or ``seat``."""
        return ROLLS.get(self.body.kind, "member")

    @property
    def has_quorum_rule(self) -> bool:
        return self.body.kind in self.WITH_QUORUM

    @property
    def held_on(self):
        """The local day of the session, None while it is not set."""
        return timezone.localdate(self.held_at) if self.held_at else None

    @property
    def turn_text(self) -> str:
        """Whose turn it is: the convening side, for the minutes another than their recorder."""
        if self.status in (self.Status.ARCHIVED, self.Status.CANCELLED):
            return ""
        word = "（记录人以外的同志签发）" if self.status == self.Status.MINUTES_REVIEW else ""
        return f"{self.body.place}{word}"

    def is_open_for_items(self, on) -> bool:
        """Whether member units may propose items on a day."""
        return self.status == self.Status.SOLICITING and (
            self.items_due_on is None or on <= self.items_due_on
        )

    def stands_not_recorder(self, actor) -> bool:
        return self.stands_over(actor) and actor.user_id is not None and actor.user_id != self.recorder_id


class AgendaItemQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """The items of the sessions the actor may see."""
        return self.filter(meeting__in=Meeting.objects.visible_to(actor).values("pk"))


class AgendaItem(StatusModel):
    """A matter for a session (议题), proposed by a member or put on by the rules of carrying over."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "已提出"
        ADOPTED = "adopted", "采纳"
        POSTPONED = "postponed", "暂缓"
        DECLINED = "declined", "不采纳"
        DELIBERATED = "deliberated", "已审议"
        WITHDRAWN = "withdrawn", "已撤回"

    class Kind(models.TextChoices):
        MATTER = "matter", "审议事项"
        REPORT = "report", "听取报告"
        PROPOSAL = "proposal", "代表提案"

    PROPOSERS = UNIT_SIDE | {Role.REPRESENTATIVE}
    MOVES = (
        move("adopt", "采纳", ["proposed", "postponed"], "adopted", CONVENERS, tone="primary"),
        move(
            "postpone",
            "暂缓",
            ["proposed", "adopted"],
            "postponed",
            CONVENERS,
            needs_note=True,
            note_label="暂缓的理由",
        ),
        move(
            "decline",
            "不采纳",
            ["proposed", "adopted"],
            "declined",
            CONVENERS,
            needs_note=True,
            note_label="不采纳的理由",
        ),
        move("withdraw", "撤回议题", "proposed", "withdrawn", PROPOSERS, standing="proposer"),
        move(
            "deliberate",
            "登记审议意见",
            "adopted",
            "deliberated",
            CONVENERS,
            needs_note=True,
            note_label="审议意见",
        ),
    )
    STEPS = ("proposed", "adopted", "deliberated")
    STATUS_TONES = {
        "proposed": "wait",
        "adopted": "info",
        "postponed": "off",
        "declined": "off",
        "deliberated": "ok",
        "withdrawn": "off",
    }
    FORM_MOVES = frozenset({"deliberate"})

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items", verbose_name="会议")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    position = models.PositiveSmallIntegerField("序号", default=0)
    kind = models.CharField("类型", max_length=12, choices=Kind.choices, default=Kind.MATTER)
    title = models.CharField("议题", max_length=100)
    background = models.TextField("背景和建议", max_length=2000, blank=True)
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="提出单位"
    )
    proposal = models.ForeignKey(
        "RepresentativeProposal",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="items",
        verbose_name="代表提案",
    )
    outcome = models.TextField("审议意见", max_length=2000, blank=True)
    ayes = models.PositiveSmallIntegerField("赞成", null=True, blank=True)
    noes = models.PositiveSmallIntegerField("反对", null=True, blank=True)
    abstentions = models.PositiveSmallIntegerField("弃权", null=True, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.PROPOSED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="提出人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "议题"
        ordering = ["meeting_id", "position", "id"]

    def __str__(self) -> str:
        return self.title

    def available_moves(self, actor):
        """Those of the table; what the session thought is asked for once it was held (the session must be loaded)."""
        is_held = self.meeting.status in Meeting.MINUTING
        is_open = self.meeting.status in Meeting.OPEN_AGENDA
        return [
            row
            for row in super().available_moves(actor)
            if (is_held if row.name == "deliberate" else is_open)
        ]

    @property
    def vote_text(self) -> str:
        """``赞成 40，反对 2，弃权 1``; empty where nothing was put to the vote."""
        if self.ayes is None:
            return ""
        return f"赞成 {self.ayes}，反对 {self.noes or 0}，弃权 {self.abstentions or 0}"

    def stands_proposer(self, actor) -> bool:
        """Who speaks for the unit that proposed it; the representative who did."""
        if self.unit_id is not None:
            return actor.unit_id == self.unit_id
        return actor.user_id is not None and actor.user_id == self.author_id

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#item-{self.pk}"

    def get_move_url(self, name: str) -> str:
        return reverse("units:item_move", args=[self.pk, name])


class Invited(models.Model):
    """One of those expected at a session (应到): a member unit, a representative, or a seat of a committee."""

    member = models.ForeignKey(
        BodyMember,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        verbose_name="成员单位",
    )
    representative = models.ForeignKey(
        Representative,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        verbose_name="代表",
    )
    seat = models.ForeignKey(
        BodySeat,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        verbose_name="委员",
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    @property
    def invitee(self) -> "BodyMember | Representative | BodySeat":
        """Whom the row is about."""
        return self.member or self.representative or self.seat

    @property
    def invitee_id(self) -> int:
        return self.member_id or self.representative_id or self.seat_id

    @property
    def name(self) -> str:
        return invitee_name(self.invitee)


def invitee_name(invitee: "BodyMember | Representative | BodySeat") -> str:
    """A member unit by its name, a representative or a member of a committee by the person's."""
    return str(invitee.unit if isinstance(invitee, BodyMember) else invitee.person)


def exactly_one_invitee() -> Q:
    """One of the three, never two."""
    names = ("member", "representative", "seat")
    return Q(*[Q(**{f"{name}__isnull": name != one for name in names}) for one in names], _connector=Q.OR)


def once_per_session(prefix: str, sentence: str) -> list[models.UniqueConstraint]:
    return [
        models.UniqueConstraint(
            fields=["meeting", name], name=f"{prefix}_once_{name}", violation_error_message=sentence
        )
        for name in ROLL_MODELS
    ]


class Attendance(Invited):
    """Who came of those expected (签到): in person, by a substitute, on leave or absent; heads are counted apart."""

    class Presence(models.TextChoices):
        PRESENT = "present", "实到"
        SUBSTITUTE = "substitute", "委托他人"
        LEAVE = "leave", "请假"
        ABSENT = "absent", "缺席"

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, related_name="attendances", verbose_name="会议"
    )
    presence = models.CharField("到会情况", max_length=12, choices=Presence.choices)
    is_head = models.BooleanField("主要负责人到会", default=False)
    substitute = models.CharField("受托人", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "签到"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one_invitee(),
                name="attendance_of_one",
                violation_error_message="签到要对应一家成员单位、一名代表或一名委员。",
            ),
            *once_per_session("attendance", "这一行已经登记过到会情况。"),
            models.CheckConstraint(
                condition=~Q(presence="substitute") | ~Q(substitute=""),
                name="attendance_substitute_named",
                violation_error_message="委托他人到会要写明受托人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_presence_display()}"


class MeetingReply(Invited):
    """The answer to a notice (参会回执): will come, asks for leave, or sends somebody else; given before the session."""

    class Answer(models.TextChoices):
        ATTEND = "attend", "参加"
        SUBSTITUTE = "substitute", "委托他人"
        LEAVE = "leave", "请假"

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, related_name="replies", verbose_name="会议"
    )
    answer = models.CharField("回执", max_length=12, choices=Answer.choices)
    substitute = models.CharField("受托人", max_length=40, blank=True)
    note = models.CharField("请假的理由", max_length=200, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="回复人"
    )
    replied_at = models.DateTimeField("回复时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "参会回执"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one_invitee(),
                name="reply_of_one",
                violation_error_message="回执要对应一家成员单位、一名代表或一名委员。",
            ),
            *once_per_session("reply", "这次会议已经回复过。"),
            models.CheckConstraint(
                condition=~Q(answer="substitute") | ~Q(substitute=""),
                name="reply_substitute_named",
                violation_error_message="委托他人参加要写明受托人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_answer_display()}"

    @property
    def text(self) -> str:
        """``委托他人（刘某）``."""
        more = self.substitute or self.note
        return f"{self.get_answer_display()}（{more}）" if more else self.get_answer_display()


class Resolution(StatusModel):
    """What a session decided (议定事项): a task with lead and due day, on every next agenda until it is closed."""

    class Status(models.TextChoices):
        OPEN = "open", "办理中"
        EXTENSION = "extension", "延期申请"
        DONE = "done", "已完成待确认"
        CLOSED = "closed", "已销号"
        TERMINATED = "terminated", "终止"

    LEADS = CONVENERS | UNIT_SIDE
    MOVES = (
        move(
            "report_done",
            "报告完成",
            "open",
            "done",
            LEADS,
            standing="lead",
            tone="primary",
            needs_note=True,
            note_label="完成情况",
        ),
        move(
            "ask_extension",
            "申请延期",
            "open",
            "extension",
            LEADS,
            standing="lead",
            needs_note=True,
            note_label="延期的理由",
        ),
        move(
            "grant_extension", "同意延期", "extension", "open", CONVENERS, standing="convener", tone="primary"
        ),
        move(
            "refuse_extension",
            "不同意延期",
            "extension",
            "open",
            CONVENERS,
            standing="convener",
            needs_note=True,
            note_label="不同意的理由",
        ),
        move("close", "确认销号", "done", "closed", CONVENERS, standing="convener", tone="primary"),
        move(
            "send_back",
            "退回继续办理",
            "done",
            "open",
            CONVENERS,
            standing="convener",
            needs_note=True,
            note_label="还差什么",
        ),
        move(
            "terminate",
            "终止",
            ["open", "extension"],
            "terminated",
            CONVENERS,
            standing="convener",
            needs_note=True,
            note_label="终止的理由",
            tone="danger",
        ),
    )
    STEPS = ("open", "done", "closed")
    STATUS_TONES = {"open": "info", "extension": "wait", "done": "wait", "closed": "ok", "terminated": "off"}
    UNCLOSED = (Status.OPEN, Status.EXTENSION, Status.DONE)
    FORM_MOVES = frozenset({"ask_extension"})
    MAX_EXTENSIONS = 2

    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="resolutions", verbose_name="会议"
    )
    item = models.ForeignKey(
        AgendaItem,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="resolutions",
        verbose_name="议题",
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    number = models.CharField("编号", max_length=40, unique=True, editable=False)
    category = models.CharField("类别", max_length=16, choices=Issue.Category.choices, blank=True)
    text = models.TextField("议定内容", max_length=1000)
    lead_unit = models.ForeignKey(
        Unit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="led_resolutions",
        verbose_name="牵头单位",
    )
    lead_place = models.ForeignKey(
        Division,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="牵头街道或社区",
    )
    co_units = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name="配合单位")
    due_on = models.DateField("办结期限")
    wanted_due_on = models.DateField("申请延至", null=True, blank=True)
    extensions = models.PositiveSmallIntegerField("已延期次数", default=0, editable=False)
    progress = models.PositiveSmallIntegerField("进度（%）", default=0)
    done_on = models.DateField("完成日期", null=True, blank=True)
    closed_on = models.DateField("销号日期", null=True, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.OPEN)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    class QuerySet(PlacedQuerySet):
        def visible_to(self, actor):
            """The convening side sees its drafts too; everybody else only what is in force, and as far as sessions go.

            Units see what they lead, help with, or was decided where they sit today or came; representatives what was
            decided at their place and in their assemblies; grid workers nothing (domain.md §3, row Resolution task).
            """
            if actor.is_system:
                return self
            if not actor.sees_business_data or actor.role == Role.GRID_WORKER:
                return self.none()
            if actor.unit_id:
                helped = Resolution.co_units.through.objects.filter(unit_id=actor.unit_id).values(
                    "resolution_id"
                )
                sessions = Meeting.objects.visible_to(actor).values("pk")
                concerned = Q(lead_unit_id=actor.unit_id) | Q(meeting__in=sessions) | Q(pk__in=helped)
                return self.in_force().filter(concerned)
            if not actor.place_code:
                return self.none()
            if actor.role in CONVENERS:
                above = Q(place_code__in=places_from_the_top(actor.place_code))
                known = (above | Q(lead_place__code=actor.place_code)) & Q(
                    meeting__status__in=Meeting.PUBLISHED
                )
                return self.filter(under(actor.place_code) | known)
            seen = under(actor.place_code)
            if actor.role == Role.REPRESENTATIVE:
                seen |= Q(meeting__in=Meeting.objects.visible_to(actor).values("pk"))
            return self.in_force().filter(seen)

        def published(self):
            """What anybody may read: those of issued minutes."""
            return self.in_force()

        def in_force(self):
            """Those whose minutes are issued; before that they are a draft."""
            return self.filter(meeting__status__in=Meeting.PUBLISHED)

        def unclosed(self):
            """Those somebody still works on: on every next agenda."""
            return self.in_force().filter(status__in=Resolution.UNCLOSED)

        def overdue(self, on):
            return self.in_force().filter(status__in=["open", "extension"], due_on__lt=on)

    objects = QuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "议定事项"
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lead_unit__isnull=False) | Q(lead_place__isnull=False),
                name="resolution_has_lead",
                violation_error_message="议定事项要有牵头单位。",
            ),
            models.CheckConstraint(
                condition=Q(extensions__lte=2),
                name="resolution_two_extensions",
                violation_error_message="一件议定事项最多延期两次。",
            ),
        ]
        indexes = [models.Index(fields=["place_code", "due_on"], name="resolution_place")]

    def __str__(self) -> str:
        return f"{self.number} {self.text[:40]}"

    def get_absolute_url(self) -> str:
        return reverse("units:resolution_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("units:resolution_move", args=[self.pk, name])

    @property
    def lead(self) -> Unit | Division:
        """Who is in the lead: a member unit, or a subdistrict or community."""
        return self.lead_unit or self.lead_place

    @property
    def is_in_force(self) -> bool:
        return self.meeting.status in Meeting.PUBLISHED

    @property
    def turn_text(self) -> str:
        """Whose turn it is, by name."""
        if not self.is_in_force:
            return ""
        if self.status == self.Status.OPEN:
            return str(self.lead)
        return str(self.meeting.body) if self.status in {self.Status.EXTENSION, self.Status.DONE} else ""

    def is_led_by(self, actor) -> bool:
        """Whether the actor speaks for the unit or place in the lead."""
        if self.lead_unit_id is not None and actor.unit_id == self.lead_unit_id:
            return True
        return (
            self.lead_place_id is not None and not actor.unit_id and self.lead_place.code == actor.place_code
        )

    def stands_lead(self, actor) -> bool:
        return self.is_led_by(actor)

    def stands_convener(self, actor) -> bool:
        """The convening side, never the lead itself: nobody closes the own task."""
        return self.stands_over(actor) and not self.is_led_by(actor)

    def is_overdue(self, on) -> bool:
        return self.status in {"open", "extension"} and self.due_on < on


class RepresentativeProposal(StatusModel):
    """A representative's proposal (代表提案、党员建议案): filed, assigned, answered in 30 workdays, rated by its author."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", "已提交"
        FILED = "filed", "已立案"
        DECLINED = "declined", "不予立案"
        ADVISED = "advised", "转建议"
        ASSIGNED = "assigned", "已交办"
        REPLIED = "replied", "已答复"
        CLOSED = "closed", "办结"

    class Rating(models.TextChoices):
        SATISFIED = "satisfied", "满意"
        BASICALLY = "basically", "基本满意"
        DISSATISFIED = "dissatisfied", "不满意"

    MOVES = (
        move("file", "立案", "submitted", "filed", CONVENERS, tone="primary"),
        move(
            "decline",
            "不予立案",
            "submitted",
            "declined",
            CONVENERS,
            needs_note=True,
            note_label="不立案的理由",
        ),
        move(
            "advise",
            "转为建议",
            "submitted",
            "advised",
            CONVENERS,
            needs_note=True,
            note_label="转为建议的理由",
        ),
        move("assign", "交办", "filed", "assigned", CONVENERS, tone="primary"),
        move(
            "reply",
            "答复",
            "assigned",
            "replied",
            CONVENERS,
            standing="handler",
            needs_note=True,
            note_label="答复",
            tone="primary",
        ),
        move("rate", "评价", "replied", "closed", [Role.REPRESENTATIVE], standing="author", tone="primary"),
        move(
            "redo",
            "不满意，请再办一次",
            "replied",
            "assigned",
            [Role.REPRESENTATIVE],
            standing="author",
            needs_note=True,
            note_label="哪里不满意",
        ),
    )
    STEPS = ("submitted", "filed", "assigned", "replied", "closed")
    STATUS_TONES = {"filed": "info", "assigned": "wait", "replied": "wait", "closed": "ok"}
    FORM_MOVES = frozenset({"assign", "advise", "rate"})
    # One answer that doesn't satisfy is worked on once more; what is said of the second stands (our default).
    MAX_ROUNDS = 2

    body = models.ForeignKey(
        RegionalBody, on_delete=models.PROTECT, related_name="proposals", verbose_name="代表会议"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    title = models.CharField("标题", max_length=100)
    text = models.TextField("内容", max_length=2000)
    co_signers = models.CharField("附议人", max_length=200, blank=True)
    handler = models.ForeignKey(
        Division, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="承办"
    )
    reply_due_on = models.DateField("答复期限", null=True, blank=True)
    reply = models.TextField("答复", max_length=2000, blank=True)
    rating = models.CharField("评价", max_length=16, choices=Rating.choices, blank=True)
    round = models.PositiveSmallIntegerField("第几次办理", default=1, editable=False)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.SUBMITTED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="提案人"
    )
    submitted_at = models.DateTimeField("提交时间", auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    class QuerySet(PlacedQuerySet):
        def visible_to(self, actor):
            """Their author, and the staff of the assembly's place and of the one that answers; nobody else."""
            if actor.is_system:
                return self
            if actor.role == Role.REPRESENTATIVE:
                return self.filter(author_id=actor.user_id)
            if actor.role not in CONVENERS or not actor.place_code:
                return self.none()
            return self.filter(under(actor.place_code) | Q(handler__code=actor.place_code))

    objects = QuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "代表提案"
        ordering = ["-id"]
        indexes = [models.Index(fields=["place_code", "-id"], name="proposal_place")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("units:proposal_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("units:proposal_move", args=[self.pk, name])

    @property
    def turn_text(self) -> str:
        """Whose turn it is, by name where it is known."""
        by_name = {"assigned": str(self.handler), "replied": str(self.author) if self.author else ""}
        is_over = self.status in {"closed", "declined", "advised"}
        return by_name.get(self.status, "" if is_over else str(self.body.place))

    def available_moves(self, actor):
        """Those of the table; the second answer is only rated."""
        moves = super().available_moves(actor)
        return [row for row in moves if row.name != "redo" or self.round < self.MAX_ROUNDS]

    def is_overdue(self, on) -> bool:
        return (
            self.status == self.Status.ASSIGNED and self.reply_due_on is not None and self.reply_due_on < on
        )

    def stands_author(self, actor) -> bool:
        return actor.user_id is not None and actor.user_id == self.author_id

    def stands_handler(self, actor) -> bool:
        """The staff of the place it was assigned to."""
        return self.handler_id is not None and not actor.unit_id and self.handler.code == actor.place_code
