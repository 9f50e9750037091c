"""Sessions of a joint meeting or assembly, what is deliberated and what becomes of it (联席会议、议题、议定事项)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from core.codes import under
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from units.models.bodies import BodyMember, RegionalBody
from units.models.places import Division
from units.models.units import Unit

CONVENERS = frozenset({Role.SUBDISTRICT, Role.COMMUNITY}) | DISTRICT_STAFF


class MeetingQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see the sessions of their place and of the places above it, member units those of their joint meetings."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            own = BodyMember.objects.filter(unit_id=actor.unit_id).values("body_id")
            return self.filter(body_id__in=own).exclude(status=Meeting.Status.PREPARING)
        if not actor.place_code:
            return self.none()
        above = [actor.place_code[:length] for length in range(6, len(actor.place_code))]
        return self.filter(under(actor.place_code) | Q(place_code__in=above))

    def published(self):
        """What anybody may read: that a session was held, once its minutes are issued."""
        return self.filter(status__in=Meeting.PUBLISHED)

    def going_on(self):
        """Sessions that are neither archived nor called off."""
        return self.exclude(status__in=[Meeting.Status.ARCHIVED, Meeting.Status.CANCELLED])


class Meeting(StatusModel):
    """One session (联席会议): convened, items solicited, notified, held, minutes issued, archived."""

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
    MINUTING = (Status.HELD, Status.MINUTES_REVIEW)
    FORM_MOVES = frozenset({"draft_minutes"})

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
        verbose_name = verbose_name_plural = "联席会议"
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


class AgendaItem(StatusModel):
    """A matter for a session (议题), proposed by a member or put on by the rules of carrying over."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "已提出"
        ADOPTED = "adopted", "采纳"
        POSTPONED = "postponed", "暂缓"
        DECLINED = "declined", "不采纳"
        DELIBERATED = "deliberated", "已审议"

    MOVES = (
        move("adopt", "采纳", ["proposed", "postponed"], "adopted", CONVENERS, tone="primary"),
        move(
            "postpone", "暂缓", "proposed", "postponed", CONVENERS, needs_note=True, note_label="暂缓的理由"
        ),
        move(
            "decline", "不采纳", "proposed", "declined", CONVENERS, needs_note=True, note_label="不采纳的理由"
        ),
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
    }

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items", verbose_name="会议")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    position = models.PositiveSmallIntegerField("序号", default=0)
    title = models.CharField("议题", max_length=100)
    background = models.TextField("背景和建议", max_length=2000, blank=True)
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="提出单位"
    )
    outcome = models.TextField("审议意见", max_length=2000, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.PROPOSED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="提出人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "议题"
        ordering = ["meeting_id", "position", "id"]

    def __str__(self) -> str:
        return self.title

    def available_moves(self, actor):
        """Those of the table; what the session thought is asked for once it was held (the session must be loaded)."""
        is_held = self.meeting.status in Meeting.MINUTING
        return [row for row in super().available_moves(actor) if row.name != "deliberate" or is_held]

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#item-{self.pk}"

    def get_move_url(self, name: str) -> str:
        return reverse("units:item_move", args=[self.pk, name])


class Attendance(models.Model):
    """Who of a member unit came (签到): in person, by a substitute, on leave or absent; heads are counted apart."""

    class Presence(models.TextChoices):
        PRESENT = "present", "实到"
        SUBSTITUTE = "substitute", "委托他人"
        LEAVE = "leave", "请假"
        ABSENT = "absent", "缺席"

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, related_name="attendances", verbose_name="会议"
    )
    member = models.ForeignKey(
        BodyMember, on_delete=models.PROTECT, related_name="attendances", verbose_name="成员单位"
    )
    presence = models.CharField("到会情况", max_length=12, choices=Presence.choices)
    is_head = models.BooleanField("主要负责人到会", default=False)
    substitute = models.CharField("受托人", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "签到"
        ordering = ["member_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "member"],
                name="attendance_once",
                violation_error_message="这个单位已经登记过到会情况。",
            ),
            models.CheckConstraint(
                condition=~Q(presence="substitute") | ~Q(substitute=""),
                name="attendance_substitute_named",
                violation_error_message="委托他人到会要写明受托人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.get_presence_display()}"


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
            """Staff see those of their place or led by it, unit people issued ones of their joint meetings."""
            if actor.is_system:
                return self
            if not actor.sees_business_data:
                return self.none()
            if actor.unit_id:
                own = BodyMember.objects.filter(unit_id=actor.unit_id).values("body_id")
                helped = Resolution.co_units.through.objects.filter(unit_id=actor.unit_id).values(
                    "resolution_id"
                )
                concerned = Q(lead_unit_id=actor.unit_id) | Q(meeting__body_id__in=own) | Q(pk__in=helped)
                return self.in_force().filter(concerned)
            if not actor.place_code:
                return self.none()
            led = Q(lead_place__code=actor.place_code, meeting__status__in=Meeting.PUBLISHED)
            return self.filter(under(actor.place_code) | led)

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
    )
    STEPS = ("submitted", "filed", "assigned", "replied", "closed")
    STATUS_TONES = {"filed": "info", "assigned": "wait", "replied": "wait", "closed": "ok"}
    FORM_MOVES = frozenset({"assign", "rate"})

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
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.SUBMITTED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="提案人"
    )
    submitted_at = models.DateTimeField("提交时间", auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    class QuerySet(PlacedQuerySet):
        def visible_to(self, actor):
            if actor.is_system:
                return self
            if not actor.sees_business_data:
                return self.none()
            if actor.role == Role.REPRESENTATIVE:
                return self.filter(author_id=actor.user_id)
            if not actor.place_code or actor.unit_id:
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
        return by_name.get(self.status, "" if self.status in {"closed", "declined"} else str(self.body.place))

    def stands_author(self, actor) -> bool:
        return actor.user_id is not None and actor.user_id == self.author_id

    def stands_handler(self, actor) -> bool:
        """The staff of the place it was assigned to."""
        return self.handler_id is not None and not actor.unit_id and self.handler.code == actor.place_code
