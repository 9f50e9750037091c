"""The issue register (问题、民情台账) of the representative assemblies, and joint activities (共建活动)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from core.codes import under
from core.encryption import EncryptedPhone, PhoneIndex, masked_phone
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from units.models.places import Division
from units.models.register import UnitLiaison
from units.models.units import Unit

HANDLERS = frozenset({Role.COMMUNITY, Role.SUBDISTRICT}) | DISTRICT_STAFF
# Whoever may report one may also say what came of it.
REPORTERS = HANDLERS | UNIT_SIDE | {Role.REPRESENTATIVE, Role.GRID_WORKER}


class IssueQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see those of their place and those assigned to it, grid workers their grid's, others the own."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            return self.filter(Q(unit_id=actor.unit_id) | Q(author_id=actor.user_id))
        if actor.role == Role.REPRESENTATIVE:
            return self.filter(author_id=actor.user_id)
        if not actor.place_code:
            return self.none()
        return self.filter(under(actor.place_code) | Q(handler__code=actor.place_code))

    def open(self):
        return self.filter(status__in=Issue.OPEN_STATUSES)

    def overdue(self, on):
        """Open ones past the day by which their present step, or all of it, should be done."""
        late_step = Q(status="registered", accept_due_on__lt=on) | Q(status="accepted", assign_due_on__lt=on)
        return self.open().filter(late_step | Q(due_on__lt=on))


class Issue(StatusModel):
    """Something residents need put right (问题、民情): report → accept → assign → handle → resolve → feed back → rate.

    ``handler`` is the place whose staff deal with it now; it climbs the grid by `escalate`. The reporter's name and
    phone are shown to the community alone.
    """

    class Status(models.TextChoices):
        REGISTERED = "registered", "登记"
        ACCEPTED = "accepted", "受理"
        ASSIGNED = "assigned", "交办"
        PROCESSING = "processing", "办理中"
        RESOLVED = "resolved", "已办结"
        REPLIED = "replied", "已反馈"
        REVIEWED = "reviewed", "已评议"
        REJECTED = "rejected", "不予受理"
        DUPLICATE = "duplicate", "重复"

    class Source(models.TextChoices):
        RESIDENT = "resident", "居民上报"
        GRID = "grid", "网格巡查"
        VISIT = "visit", "走访收集"
        MEETING = "meeting", "联席会提出"
        REPRESENTATIVE = "representative", "代表反映"
        UNIT = "unit", "单位反映"
        HOTLINE = "hotline", "12345 转办"
        INSPECTION = "inspection", "督查发现"
        CALLER = "caller", "居民来访"
        ALLIANCE = "alliance", "党建共同体提出"
        MEMBER = "member", "报到党员反映"

    class Category(models.TextChoices):
        ENVIRONMENT = "environment", "环境整治"
        PROPERTY = "property", "物业管理"
        PARKING = "parking", "停车交通"
        SECURITY = "security", "治安"
        LIVELIHOOD = "livelihood", "民生保障"
        CULTURE = "culture", "文体教育"
        BUSINESS = "business", "经营服务"
        OTHER = "other", "其他"

    class Satisfaction(models.TextChoices):
        SATISFIED = "satisfied", "满意"
        BASICALLY = "basically", "基本满意"
        DISSATISFIED = "dissatisfied", "不满意"

    class RatedWay(models.TextChoices):
        REPORTER = "reporter", "反映人本人评议"
        PHONE = "phone", "电话回访登记"
        VISIT = "visit", "上门回访登记"

    MOVES = (
        move("accept", "受理", "registered", "accepted", HANDLERS, standing="handler", tone="primary"),
        move(
            "reject", "不予受理", "registered", "rejected", HANDLERS, standing="handler", tone="danger",
            needs_note=True, note_label="不受理的理由",
        ),
        move("mark_duplicate", "并入已有问题", ["registered", "accepted"], "duplicate", HANDLERS, standing="handler"),
        move("assign", "交办", ["accepted", "processing"], "assigned", HANDLERS, standing="handler", tone="primary"),
        move("start", "开始办理", "assigned", "processing", HANDLERS | UNIT_SIDE, standing="worker", tone="primary"),
        move(
            "send_back", "退回", ["assigned", "processing"], "accepted", UNIT_SIDE, standing="unit",
            needs_note=True, note_label="为什么本单位办不了",
        ),
        move(
            "escalate", "转上级", ["accepted", "assigned", "processing"], "accepted", HANDLERS, standing="handler",
            needs_note=True, note_label="为什么本级办不了",
        ),
        move(
            "resolve", "办结", "processing", "resolved", HANDLERS | UNIT_SIDE, standing="worker", tone="primary",
            needs_note=True, note_label="办理结果",
        ),
        move(
            "reply", "反馈", "resolved", "replied", HANDLERS, standing="handler", tone="primary",
            needs_note=True, note_label="怎样告知反映人",
        ),
        move("rate", "评议", "replied", "reviewed", REPORTERS - HANDLERS, standing="reporter", tone="primary"),
        move(
            "record_rating", "登记回访评议", "replied", "reviewed", HANDLERS, needs_note=True, note_label="反映人的原话",
        ),
        move(
            "reopen", "重新办理", ["replied", "reviewed"], "accepted", REPORTERS, standing="asker",
            needs_note=True, note_label="为什么重新办理",
        ),
    )  # fmt: skip
    # These moves need more than a note: their button opens a form.
    FORM_MOVES = frozenset({"assign", "mark_duplicate", "rate", "record_rating"})
    STATUS_TONES = {
        "registered": "wait", "accepted": "info", "assigned": "wait", "processing": "info", "resolved": "ok",
        "replied": "ok", "reviewed": "ok", "rejected": "off", "duplicate": "off",
    }  # fmt: skip
    STEPS = ("registered", "accepted", "assigned", "processing", "resolved", "replied", "reviewed")
    OPEN_STATUSES = ("registered", "accepted", "assigned", "processing")
    SOLVED_STATUSES = ("resolved", "replied", "reviewed")

    number = models.CharField("编号", max_length=40, unique=True, editable=False)
    title = models.CharField("标题", max_length=100)
    text = models.TextField("情况", max_length=2000)
    source = models.CharField("来源", max_length=16, choices=Source.choices)
    category = models.CharField("类别", max_length=16, choices=Category.choices)
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="issues", verbose_name="发生地"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    handler = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="办理层级")
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="承办单位"
    )
    reporter_name = models.CharField("反映人", max_length=40, blank=True)
    reporter_phone = EncryptedPhone("反映人电话", max_length=20, blank=True, index="reporter_phone_index")
    reporter_phone_index = PhoneIndex("反映人电话摘要", of="reporter_phone")
    reply_code = models.CharField("查询码", max_length=12, unique=True, editable=False)
    accept_due_on = models.DateField("受理期限")
    accepted_on = models.DateField("受理日期", null=True, blank=True)
    assign_due_on = models.DateField("交办期限", null=True, blank=True)
    due_on = models.DateField("办结期限")
    result = models.TextField("办理结果", max_length=1000, blank=True)
    reply = models.TextField("反馈", max_length=1000, blank=True)
    satisfaction = models.CharField("评议", max_length=16, choices=Satisfaction.choices, blank=True)
    rated_way = models.CharField("评议方式", max_length=16, choices=RatedWay.choices, blank=True)
    resolved_on = models.DateField("办结日期", null=True, blank=True)
    rated_on = models.DateField("评议日期", null=True, blank=True)
    escalated = models.PositiveSmallIntegerField("转上级次数", default=0, editable=False)
    reopened = models.PositiveSmallIntegerField("重新办理次数", default=0, editable=False)
    duplicate_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="duplicates",
        verbose_name="并入",
    )
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.REGISTERED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    registered_on = models.DateField("登记日期")
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["resolved", "replied", "reviewed"]) | ~Q(result=""),
                name="issue_resolved_has_result",
                violation_error_message="办结要写明办理结果。",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction="") | ~Q(rated_way=""),
                name="issue_rating_says_how",
                violation_error_message="评议要写明是反映人本人评议还是回访登记。",
            ),
            models.CheckConstraint(
                condition=Q(reopened__lte=1),
                name="issue_reopened_once",
                violation_error_message="一个问题最多重新办理一次。",
            ),
            models.CheckConstraint(
                condition=~Q(status="duplicate") | Q(duplicate_of__isnull=False),
                name="issue_duplicate_has_original",
                violation_error_message="并入已有问题要写明并入哪一个。",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "-id"], name="issue_place"),
            models.Index(fields=["status", "due_on"], name="issue_status_due"),
            models.Index(fields=["category", "registered_on"], name="issue_category_day"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("units:issue_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        """Where a move is made; those of `FORM_MOVES` open their form at the same address."""
        return reverse("units:issue_move", args=[self.pk, name])

    def stands_handler(self, actor) -> bool:
        """The staff of the level that deals with it now, or of a place above."""
        return not actor.unit_id and bool(actor.place_code) and self.handler.code.startswith(actor.place_code)

    def stands_worker(self, actor) -> bool:
        return self.stands_handler(actor) or (self.unit_id is not None and actor.unit_id == self.unit_id)

    def stands_reporter(self, actor) -> bool:
        """Who reported it; residents without an account show their query code instead."""
        return actor.user_id is not None and actor.user_id == self.author_id

    def stands_asker(self, actor) -> bool:
        """Who may ask to begin again: the reporter, or the staff of the place on the reporter's word."""
        return self.stands_reporter(actor) or (actor.role in HANDLERS and self.stands_over(actor))

    @property
    def turn_text(self) -> str:
        """Whose turn it is, in words."""
        if self.status in ("assigned", "processing") and self.unit_id:
            return str(self.unit)
        if self.status in (*self.OPEN_STATUSES, "resolved"):
            return self.handler.party_name
        return "反映人" if self.status == "replied" else ""

    @property
    def step_due_on(self) -> date | None:
        """By when the present step is to be done: accept, assign, then resolve; None once it is solved."""
        if self.status not in self.OPEN_STATUSES:
            return None
        return {"registered": self.accept_due_on, "accepted": self.assign_due_on}.get(
            self.status
        ) or self.due_on

    def is_overdue(self, on: date) -> bool:
        return self.status in self.OPEN_STATUSES and min(self.step_due_on, self.due_on) < on

    def available_moves(self, actor):
        """Those of the table, without what the rules of the place and of the one reopening refuse anyway."""
        rows = super().available_moves(actor)
        return [row for row in rows if not (row.name == "reopen" and self.reopened)]

    def shows_reporter_to(self, actor) -> bool:
        """Name and phone are for the community alone; everybody above and beside it sees them masked."""
        return actor.role == Role.COMMUNITY and self.stands_over(actor)

    @property
    def masked_reporter(self) -> str:
        """``王某 138****1234`` as others see it: 王*，138****1234."""
        return "，".join(
            part for part in (masked_name(self.reporter_name), masked_phone(self.reporter_phone)) if part
        )


def masked_name(name: str) -> str:
    """``王某某`` → ``王**``."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


class JointActivityQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Published activities are for all who sign in; plans for the staff of the place and the units in them."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        readable = Q(status="held")
        if actor.unit_id:
            taking_part = JointActivity.units.through.objects.filter(
                jointactivity=OuterRef("pk"), unit=actor.unit_id
            )
            readable |= Q(Exists(taking_part))
        elif actor.place_code:
            readable |= under(actor.place_code)
        return self.filter(readable)

    def published(self):
        """What anybody may read: activities that were held."""
        return self.filter(status="held")


class JointActivity(StatusModel):
    """An activity of several units together (共建活动): planned, held with what came of it, or called off."""

    class Status(models.TextChoices):
        PLANNED = "planned", "计划"
        HELD = "held", "已开展"
        CANCELLED = "cancelled", "取消"

    # The staff of the place, and the unit that planned it (domain.md §3: Joint activity, R4 CE u, R6 CE o).
    HOSTS = HANDLERS | UNIT_SIDE
    MOVES = (
        move(
            "hold",
            "登记已开展",
            "planned",
            "held",
            HOSTS,
            standing="host",
            tone="primary",
            needs_note=True,
            note_label="开展情况",
        ),
        move(
            "cancel",
            "取消",
            "planned",
            "cancelled",
            HOSTS,
            standing="host",
            needs_note=True,
            note_label="取消的原因",
            tone="danger",
        ),
    )
    STEPS = ("planned", "held")
    FORM_MOVES = frozenset({"hold"})
    STATUS_TONES = {"planned": "wait", "held": "ok", "cancelled": "off"}

    title = models.CharField("活动名称", max_length=100)
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="joint_activities", verbose_name="地点所属"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    held_on = models.DateField("日期")
    venue = models.CharField("地点", max_length=100, blank=True)
    summary = models.TextField("内容", max_length=1000, blank=True)
    units = models.ManyToManyField(Unit, blank=True, related_name="joint_activities", verbose_name="参加单位")
    participants = models.PositiveIntegerField("参加人数", default=0)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.PLANNED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = JointActivityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "共建活动"
        ordering = ["-held_on", "-id"]
        indexes = [models.Index(fields=["place_code", "held_on"], name="activity_place")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("units:activity_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        """Where a move is made; `FORM_MOVES` open their form at the same address."""
        return reverse("units:activity_move", args=[self.pk, name])

    @property
    def turn_text(self) -> str:
        """Whose turn it is, in words: the unit that planned it, else the place."""
        if self.status != self.Status.PLANNED:
            return ""
        spoke = UnitLiaison.objects.filter(user__isnull=False, user_id=self.author_id)
        planner = self.units.filter(pk__in=spoke.values("unit_id")).first()
        return str(planner or self.place.party_name)

    def stands_host(self, actor) -> bool:
        """The staff of the place or above it; a unit's people for what their own unit planned and takes part in."""
        if actor.role not in UNIT_SIDE:
            return self.stands_over(actor)
        return actor.unit_id is not None and self.was_planned_by(actor) and self.has_unit(actor.unit_id)

    def was_planned_by(self, actor) -> bool:
        """Whether this person planned it, or who spoke for the same unit before."""
        if self.author_id is None:
            return False
        spoke = UnitLiaison.objects.filter(unit_id=actor.unit_id, user_id=self.author_id)
        return self.author_id == actor.user_id or spoke.exists()

    def has_unit(self, unit_id: int) -> bool:
        return self.units.filter(pk=unit_id).exists()
