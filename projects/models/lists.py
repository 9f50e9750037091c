"""The first two of the three lists (三张清单): what is needed and what units have to give (domain.md §2(e))."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.urls import reverse

from core.actor import SYSTEM_ROLE
from core.codes import under
from core.encryption import EncryptedPhone, PhoneIndex
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from projects.models.project import Project
from units.models import Division, Issue, Unit

VERIFIERS = frozenset({Role.COMMUNITY, Role.SUBDISTRICT}) | DISTRICT_STAFF


class NeedQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Verified needs are for all who sign in; what was only collected, for the staff of the place and its author."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        readable = Q(status__in=Need.PUBLIC_STATUSES)
        if actor.unit_id:
            readable |= Q(unit_id=actor.unit_id)
        elif actor.role in STAFF and actor.place_code:
            readable |= under(actor.place_code)
        if actor.user_id is not None:
            readable |= Q(author_id=actor.user_id)
        return self.filter(readable)

    def published(self):
        """What anybody may read, without who raised it."""
        return self.filter(status__in=Need.PUBLIC_STATUSES)


class Need(StatusModel):
    """Something residents, a community or a unit needs (需求), until it has become a project or is met."""

    class Side(models.TextChoices):
        RESIDENTS = "residents", "居民"
        COMMUNITY = "community", "社区"
        UNIT = "unit", "单位"

    class Source(models.TextChoices):
        VISIT = "visit", "走访"
        MEETING = "meeting", "联席会"
        PORTAL = "portal", "门户提交"
        HOTLINE = "hotline", "热线"
        REPRESENTATIVE = "representative", "代表建议"
        ISSUE = "issue", "民情台账"
        OTHER = "other", "其他"

    class Urgency(models.TextChoices):
        NORMAL = "normal", "一般"
        URGENT = "urgent", "较急"
        CRITICAL = "critical", "紧急"

    class Status(models.TextChoices):
        COLLECTED = "collected", "已征集"
        VERIFIED = "verified", "已核实"
        DUPLICATE = "duplicate", "重复"
        CONVERTED = "converted", "已转项目"
        RESOLVED = "resolved", "已解决"
        CLOSED = "closed", "已关闭"

    PUBLIC_STATUSES = ("verified", "converted", "resolved")
    MOVES = (
        move("verify", "核实通过", "collected", "verified", VERIFIERS, not_author=True, tone="primary"),
        move("link", "并入重复的需求", ["collected", "verified"], "duplicate", VERIFIERS),
        move(
            "convert", "转为项目", "verified", "converted", [Role.COMMUNITY, Role.SUBDISTRICT], tone="primary"
        ),
        move(
            "resolve",
            "登记已解决",
            ["verified", "converted"],
            "resolved",
            VERIFIERS,
            needs_note=True,
            note_label="怎样解决的",
        ),
        move("release", "项目已撤销，恢复为已核实", "converted", "verified", [SYSTEM_ROLE]),
        move(
            "close",
            "关闭",
            ["collected", "verified"],
            "closed",
            VERIFIERS,
            needs_note=True,
            note_label="关闭的原因",
            tone="danger",
        ),
    )
    STEPS = ("collected", "verified", "converted", "resolved")
    FORM_MOVES = frozenset({"link", "convert"})
    STATUS_TONES = {
        "collected": "wait",
        "verified": "ok",
        "converted": "ok",
        "resolved": "ok",
        "duplicate": "off",
        "closed": "off",
    }

    number = models.CharField("编号", max_length=40, unique=True, editable=False)
    side = models.CharField("谁的需求", max_length=12, choices=Side.choices)
    title = models.CharField("需求", max_length=100)
    description = models.TextField("具体情况", max_length=2000, blank=True)
    domain = models.CharField("领域", max_length=16, choices=Project.Domain.choices)
    urgency = models.CharField("紧急程度", max_length=12, choices=Urgency.choices, default=Urgency.NORMAL)
    source = models.CharField("来源", max_length=16, choices=Source.choices, default=Source.PORTAL)
    place = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="needs", verbose_name="所在地")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="needs", verbose_name="提出单位"
    )
    beneficiaries = models.PositiveIntegerField("预计受益人数", null=True, blank=True)
    reporter_name = models.CharField("提出人", max_length=40, blank=True)
    reporter_phone = EncryptedPhone("联系电话", max_length=20, blank=True, index="reporter_phone_index")
    reporter_phone_index = PhoneIndex("联系电话摘要", of="reporter_phone")
    raised_on = models.DateField("提出日期")
    duplicate_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="duplicates",
        verbose_name="并入",
    )
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="needs",
        verbose_name="转成的项目",
    )
    issue = models.ForeignKey(
        Issue,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="needs",
        verbose_name="由问题转来",
    )
    result = models.TextField("解决情况", max_length=1000, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.COLLECTED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="登记人",
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "需求"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="duplicate") | Q(duplicate_of__isnull=False),
                name="need_duplicate_of",
                violation_error_message="请选择并入哪一条需求。",
            ),
            models.CheckConstraint(
                condition=~Q(status="converted") | Q(project__isnull=False),
                name="need_converted_to",
                violation_error_message="转为项目的需求要写明是哪个项目。",
            ),
            models.CheckConstraint(
                condition=~Q(side="unit") | Q(unit__isnull=False),
                name="need_of_unit",
                violation_error_message="单位的需求要写明是哪个单位。",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "-id"], name="need_place"),
            models.Index(fields=["status", "domain"], name="need_status"),
            GinIndex(OpClass(F("title"), name="gin_trgm_ops"), name="need_title_trgm"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args, **kwargs) -> None:
        # The copy follows what it repeats, whoever saves.
        self.place_code = self.place.code
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("projects:need_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("projects:need_move", args=[self.pk, name])

    @property
    def turn_text(self) -> str:
        """Whose turn it is, in words."""
        return {
            self.Status.COLLECTED: "社区核实",
            self.Status.VERIFIED: "社区或街道转为项目",
            self.Status.CONVERTED: "项目完成后社区登记已解决",
        }.get(self.status, "")

    def shows_reporter_to(self, actor) -> bool:
        """Name and phone are for the community alone; everybody above and beside it sees them masked."""
        return actor.role == Role.COMMUNITY and self.stands_over(actor)


class ResourceQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """What is offered is for all who sign in; paused and withdrawn for the staff of the place and the unit."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        readable = Q(status="offered")
        if actor.unit_id:
            readable |= Q(unit_id=actor.unit_id)
        elif actor.role in STAFF and actor.place_code:
            readable |= under(actor.place_code)
        return self.filter(readable)

    def published(self):
        """What anybody may read."""
        return self.filter(status="offered")

    def bookable(self, on: date):
        """Resources that are offered and not past their last day."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), status="offered")


class Resource(StatusModel):
    """Something a unit can give (资源): rooms, equipment, teachers, skills, jobs, services; see its `ResourceBooking`s.

    An exclusive resource (a room) can be booked once at a time: a database constraint on the bookings.
    """

    class Kind(models.TextChoices):
        VENUE = "venue", "场地"
        EQUIPMENT = "equipment", "设施设备"
        PEOPLE = "people", "人才师资"
        TECHNOLOGY = "technology", "技术"
        FUNDS = "funds", "资金物资"
        JOBS = "jobs", "岗位"
        SERVICE = "service", "服务"
        INFORMATION = "information", "信息"

    class Scope(models.TextChoices):
        COMMUNITY = "community", "本社区"
        SUBDISTRICT = "subdistrict", "本街道"
        DISTRICT = "district", "全区"

    class Status(models.TextChoices):
        OFFERED = "offered", "可用"
        PAUSED = "paused", "暂停"
        WITHDRAWN = "withdrawn", "撤回"

    MOVES = (
        move("pause", "暂停", "offered", "paused", UNIT_SIDE | STAFF, standing="keeper", needs_note=True),
        move("resume", "恢复可用", "paused", "offered", UNIT_SIDE | STAFF, standing="keeper", tone="primary"),
        move(
            "withdraw",
            "撤回",
            ["offered", "paused"],
            "withdrawn",
            UNIT_SIDE | STAFF,
            standing="keeper",
            needs_note=True,
            note_label="撤回的原因",
            tone="danger",
        ),
    )
    STEPS = ("offered",)
    STATUS_TONES = {"offered": "ok", "paused": "wait", "withdrawn": "off"}

    number = models.CharField("编号", max_length=40, unique=True, editable=False)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="resources", verbose_name="提供单位"
    )
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="resources", verbose_name="所在地"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    kind = models.CharField("类型", max_length=12, choices=Kind.choices)
    domain = models.CharField("适合的领域", max_length=16, choices=Project.Domain.choices)
    title = models.CharField("资源", max_length=100)
    description = models.TextField("说明", max_length=2000, blank=True)
    quantity = models.CharField("数量", max_length=60, blank=True)
    conditions = models.CharField("使用条件", max_length=300, blank=True)
    contact = models.CharField("联系人", max_length=40, blank=True)
    scope = models.CharField("开放范围", max_length=12, choices=Scope.choices, default=Scope.SUBDISTRICT)
    is_exclusive = models.BooleanField("同一时间只供一家使用", default=True)
    valid_to = models.DateField("有效期至", null=True, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.OFFERED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "资源"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["place_code", "-id"], name="resource_place"),
            models.Index(fields=["unit", "status"], name="resource_unit"),
            GinIndex(OpClass(F("title"), name="gin_trgm_ops"), name="resource_title_trgm"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args, **kwargs) -> None:
        # The copy follows what it repeats, whoever saves.
        self.place_code = self.place.code
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("projects:resource_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("projects:resource_move", args=[self.pk, name])

    def stands_keeper(self, actor) -> bool:
        """The unit itself, or the staff of its place."""
        return self.stands_unit(actor) or (actor.role in STAFF and self.stands_over(actor))


class ResourceWindow(models.Model):
    """When a resource can be had every week (开放时段); none at all means by arrangement."""

    class Weekday(models.IntegerChoices):
        MONDAY = 1, "周一"
        TUESDAY = 2, "周二"
        WEDNESDAY = 3, "周三"
        THURSDAY = 4, "周四"
        FRIDAY = 5, "周五"
        SATURDAY = 6, "周六"
        SUNDAY = 7, "周日"

    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, related_name="windows", verbose_name="资源"
    )
    weekday = models.PositiveSmallIntegerField("星期", choices=Weekday.choices)
    opens_at = models.TimeField("从")
    closes_at = models.TimeField("到")

    class Meta:
        verbose_name = verbose_name_plural = "开放时段"
        ordering = ["resource_id", "weekday", "opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="resource_window_in_order",
                violation_error_message="结束时间要晚于开始时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}—{self.closes_at:%H:%M}"


def moments(from_field: str = "starts_at", to_field: str = "ends_at") -> Func:
    """The half-open range of moments of a row, as PostgreSQL compares it."""
    return Func(
        F(from_field), F(to_field), Value("[)"), function="tstzrange", output_field=DateTimeRangeField()
    )


class ResourceBookingQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see the bookings by their place and of resources there, a unit's people those of its resources."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            return self.filter(resource__unit_id=actor.unit_id)
        if actor.role in STAFF and actor.place_code:
            return self.filter(under(actor.place_code) | under(actor.place_code, "resource__place_code"))
        return self.none()


class ResourceBooking(StatusModel):
    """A place asks for a resource (双向认领的另一向): the unit accepts, it is used, the place tells how it was."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "已申请"
        ACCEPTED = "accepted", "单位已确认"
        USED = "used", "已使用"
        FEEDBACK = "feedback", "已反馈"
        DECLINED = "declined", "婉拒"
        CANCELLED = "cancelled", "已取消"

    BOOKERS = frozenset({Role.COMMUNITY, Role.SUBDISTRICT})
    MOVES = (
        move("accept", "确认可以使用", "requested", "accepted", UNIT_SIDE, standing="unit", tone="primary"),
        move(
            "decline",
            "婉拒",
            ["requested", "accepted"],
            "declined",
            UNIT_SIDE,
            standing="unit",
            needs_note=True,
            note_label="不能提供的原因",
            tone="danger",
        ),
        move("use", "登记已使用", "accepted", "used", UNIT_SIDE | BOOKERS, standing="either"),
        move("give_feedback", "反馈使用情况", "used", "feedback", BOOKERS, tone="primary"),
        move(
            "cancel",
            "取消申请",
            ["requested", "accepted"],
            "cancelled",
            BOOKERS,
            needs_note=True,
            note_label="取消的原因",
            tone="danger",
        ),
    )
    STEPS = ("requested", "accepted", "used", "feedback")
    FORM_MOVES = frozenset({"give_feedback"})
    STATUS_TONES = {
        "requested": "wait",
        "accepted": "ok",
        "used": "wait",
        "feedback": "ok",
        "declined": "off",
        "cancelled": "off",
    }

    resource = models.ForeignKey(
        Resource, on_delete=models.PROTECT, related_name="bookings", verbose_name="资源"
    )
    place = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="申请方")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bookings",
        verbose_name="用于项目",
    )
    need = models.ForeignKey(
        Need,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bookings",
        verbose_name="用于需求",
    )
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    purpose = models.CharField("用途", max_length=200)
    headcount = models.PositiveIntegerField("参加人数", null=True, blank=True)
    is_exclusive = models.BooleanField(default=True, editable=False)
    rating = models.PositiveSmallIntegerField("评价", null=True, blank=True)
    feedback = models.TextField("使用情况", max_length=500, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.REQUESTED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="申请人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("申请时间", auto_now_add=True)

    objects = ResourceBookingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "资源预约"
        ordering = ["-starts_at", "-id"]
        constraints = [
            ExclusionConstraint(
                name="booking_no_overlap",
                expressions=[("resource", RangeOperators.EQUAL), (moments(), RangeOperators.OVERLAPS)],
                condition=Q(is_exclusive=True, status__in=["accepted", "used", "feedback"]),
                violation_error_message="这段时间已经有别的预约，请换一个时间。",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="booking_in_order",
                violation_error_message="结束时间要晚于开始时间。",
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=3),
                name="booking_rating_known",
                violation_error_message="评价只能是满意、基本满意或不满意。",
            ),
        ]
        indexes = [models.Index(fields=["place_code", "-id"], name="booking_place")]

    def __str__(self) -> str:
        return f"{self.resource} · {self.place}"

    def save(self, *args, **kwargs) -> None:
        # The copies follow what they repeat, whoever saves.
        self.place_code = self.place.code
        self.is_exclusive = self.resource.is_exclusive
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("projects:booking_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("projects:booking_move", args=[self.pk, name])

    @property
    def turn_text(self) -> str:
        """Whose turn it is, in words (resource and place must be loaded)."""
        return {
            self.Status.REQUESTED: f"{self.resource.unit}答复",
            self.Status.ACCEPTED: "双方按时使用，用后登记",
            self.Status.USED: f"{self.place}反馈",
        }.get(self.status, "")

    @property
    def unit_id(self) -> int:
        """The unit whose resource it is (the resource must be loaded)."""
        return self.resource.unit_id

    def stands_either(self, actor) -> bool:
        """The unit that gives or the place that takes."""
        return self.stands_unit(actor) or (actor.role in self.BOOKERS and self.stands_over(actor))
