"""Sessions (活动场次) with person-times, and what those served say of them (domain.md §2(e))."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.urls import reverse
from django.utils import timezone

from core.actor import Actor
from core.codes import under
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from projects.models.claims import ProjectClaim
from projects.models.project import Project
from units.models import Division, Unit

STAFF_ABOVE = frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF
# Who enters sessions: a unit its own, a grid worker those of the units in the own community (domain.md §3, R12).
RECORDERS = UNIT_SIDE | {Role.GRID_WORKER}
# More people than this need evidence, in one session or in all of a unit's of one project, place and day; more than
# the cap are never one session.
EVIDENCE_ABOVE = 200
MOST_PERSON_TIMES = 20_000
# A session entered later than this many days after it was held says so (补报).
BACKDATED_AFTER = 30
# Those served may say what they think from the day of the session until so many days later.
EVALUATION_DAYS = 14
# A choice that fewer people than this made is not shown: nobody is to be recognised.
SMALLEST_GROUP = 5
# A session without an end is taken to last so long when it is told apart from others of its day.
USUAL_LENGTH = timedelta(hours=2)


class SessionQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """What is announced or confirmed is for all who sign in; the rest for the staff of the place and its recorders."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        readable = Q(status__in=["planned", "confirmed"])
        if actor.unit_id:
            readable |= Q(unit_id=actor.unit_id)
        elif actor.role in STAFF and actor.place_code:
            readable |= under(actor.place_code)
        elif actor.role == Role.GRID_WORKER and actor.user_id:
            readable |= Q(author_id=actor.user_id)
        return self.filter(readable)

    def published(self):
        """What anybody may read."""
        return self.filter(status="confirmed")

    def confirmed(self):
        """Those that count."""
        return self.filter(status="confirmed")

    def aggregate_sums(self) -> dict[str, int]:
        """The sums of their ``person_times`` and ``volunteers``; 0 for none."""
        sums = self.aggregate(person_times=Sum("person_times"), volunteers=Sum("volunteers"))
        return {name: value or 0 for name, value in sums.items()}


class Session(StatusModel):
    """One time that a project served people (活动场次): recorded by the unit, confirmed by the community.

    ``person_times`` (服务人次) are the people served that time, the same person on two days twice; passers-by don't
    count. ``people`` are different persons where known. Only confirmed sessions count, each once. A unit may announce
    one ahead of time (预告); until it is held its ``person_times`` are unknown (None).
    """

    class Evidence(models.TextChoices):
        SIGN_IN_SHEET = "sign_in_sheet", "签到表"
        TICKETS = "tickets", "票根"
        RECEIPT = "receipt", "合作方回执"

    class Status(models.TextChoices):
        PLANNED = "planned", "已预告"
        RECORDED = "recorded", "待核实"
        CONFIRMED = "confirmed", "已核实"
        RETURNED = "returned", "退回"
        VOIDED = "voided", "已作废"
        REVOKED = "revoked", "已撤销核实"
        CALLED_OFF = "called_off", "已取消"

    CONFIRMERS = frozenset({Role.COMMUNITY, Role.SUBDISTRICT}) | DISTRICT_STAFF
    MOVES = (
        move("record", "登记结果", "planned", "recorded", UNIT_SIDE, standing="unit", tone="primary"),
        move(
            "call_off",
            "取消活动",
            "planned",
            "called_off",
            UNIT_SIDE,
            standing="unit",
            needs_note=True,
            note_label="取消的原因",
            tone="danger",
        ),
        move("confirm", "核实", "recorded", "confirmed", CONFIRMERS, not_author=True, tone="primary"),
        move(
            "return",
            "退回更正",
            "recorded",
            "returned",
            CONFIRMERS,
            needs_note=True,
            note_label="要更正什么",
        ),
        move(
            "resubmit",
            "更正后重新提交",
            "returned",
            "recorded",
            RECORDERS,
            standing="recorder",
            tone="primary",
        ),
        move(
            "void",
            "作废",
            ["recorded", "returned"],
            "voided",
            RECORDERS,
            standing="recorder",
            needs_note=True,
            note_label="作废的原因",
            tone="danger",
        ),
        move(
            "revoke",
            "撤销核实",
            "confirmed",
            "revoked",
            STAFF_ABOVE,
            needs_note=True,
            note_label="撤销核实的原因",
            tone="danger",
        ),
    )
    STEPS = ("recorded", "confirmed")
    # It is announced ahead of time or recorded when it was held.
    FIRST = ("planned", "recorded")
    FORM_MOVES = frozenset({"record", "resubmit"})
    # States in which those served may evaluate it, once it has begun.
    EVALUATED_STATUSES = ("planned", "recorded", "confirmed")
    # It took place, or so its recorder says.
    HELD_STATUSES = ("recorded", "returned", "confirmed")
    # It stands in the register no more.
    DEAD_STATUSES = ("voided", "revoked", "called_off")
    # States of a project in which its sessions are recorded, and announced.
    PROJECTS_AT_WORK = (Project.Status.RUNNING, Project.Status.TO_ACCEPT, Project.Status.FIXING)
    PROJECTS_TO_COME = (Project.Status.CLAIMED, Project.Status.RUNNING, Project.Status.FIXING)
    STATUS_TONES = {
        "planned": "info",
        "called_off": "off",
        "recorded": "wait",
        "confirmed": "ok",
        "returned": "late",
        "voided": "off",
        "revoked": "off",
    }

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="sessions", verbose_name="项目"
    )
    claim = models.ForeignKey(
        ProjectClaim, on_delete=models.PROTECT, related_name="sessions", verbose_name="认领"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="sessions", verbose_name="单位")
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="sessions", verbose_name="活动所在地"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    held_on = models.DateField("日期")
    starts_at = models.TimeField("开始时间", null=True, blank=True)
    ends_at = models.TimeField("结束时间", null=True, blank=True)
    venue = models.CharField("地点", max_length=100, blank=True)
    summary = models.CharField("做了什么", max_length=300)
    person_times = models.PositiveIntegerField("服务人次", null=True)
    people = models.PositiveIntegerField("服务人数（去重）", null=True, blank=True)
    evidence = models.CharField("佐证", max_length=16, choices=Evidence.choices, blank=True)
    evidence_note = models.CharField("佐证说明", max_length=200, blank=True)
    volunteers = models.PositiveIntegerField("志愿者人数", default=0)
    volunteer_hours = models.DecimalField("志愿服务时长（小时）", max_digits=8, decimal_places=1, default=0)
    evaluation_code = models.CharField("评价码", max_length=16, unique=True, editable=False, db_collation="C")
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.RECORDED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="填报人"
    )
    verifier = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="核实人",
        editable=False,
    )
    confirmed_at = models.DateTimeField("核实时间", null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("填报时间", auto_now_add=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "活动场次"
        ordering = ["-held_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person_times__lte=EVIDENCE_ABOVE) | ~Q(evidence=""),
                name="session_evidence_above",
                violation_error_message=f"一场超过 {EVIDENCE_ABOVE} 人次时要有签到表、票根或合作方回执。",
            ),
            models.CheckConstraint(
                condition=Q(person_times__lte=MOST_PERSON_TIMES),
                name="session_person_times_capped",
                violation_error_message=f"一场最多 {MOST_PERSON_TIMES} 人次，请分场登记。",
            ),
            models.CheckConstraint(
                condition=Q(people__isnull=True) | Q(people__lte=F("person_times")),
                name="session_people_within",
                violation_error_message="服务人数不能多于服务人次。",
            ),
            models.CheckConstraint(
                condition=Q(person_times__isnull=False) | Q(status__in=["planned", "called_off"]),
                name="session_person_times_known",
                violation_error_message="请填写服务人次。",
            ),
            models.CheckConstraint(
                condition=~Q(status="planned") | Q(starts_at__isnull=False),
                name="session_planned_starts",
                violation_error_message="预告活动要写明开始时间。",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(starts_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="session_in_order",
                violation_error_message="结束时间要晚于开始时间。",
            ),
            models.CheckConstraint(
                condition=Q(verifier__isnull=True) | ~Q(verifier=F("author")),
                name="session_second_person",
                violation_error_message="不能核实自己填报的场次。",
            ),
            models.UniqueConstraint(
                fields=["claim", "place", "held_on", "starts_at"],
                condition=~Q(status__in=["voided", "revoked", "called_off"]),
                nulls_distinct=False,
                name="session_once",
                violation_error_message="这一场已经登记过了；同一天有几场时请写明各场的开始时间。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["place_code", "held_on"],
                include=["status", "person_times", "unit", "project"],
                name="session_place",
            ),
            models.Index(fields=["unit", "-held_on"], name="session_unit"),
            models.Index(fields=["project", "-held_on"], name="session_project"),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.held_on}"

    def save(self, *args, **kwargs) -> None:
        # The copy follows what it repeats, whoever saves.
        self.place_code = self.place.code
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("projects:session_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("projects:session_move", args=[self.pk, name])

    def stands_recorder(self, actor: Actor) -> bool:
        """Whoever speaks for its unit, and the grid worker who entered it."""
        is_author = actor.user_id is not None and actor.user_id == self.author_id
        return self.stands_unit(actor) or (actor.role == Role.GRID_WORKER and is_author)

    @property
    def turn_text(self) -> str:
        """Whose turn it is, in words."""
        return {
            self.Status.PLANNED: "单位办完活动后登记结果",
            self.Status.RECORDED: "社区核实",
            self.Status.RETURNED: "单位更正后重新提交",
        }.get(self.status, "")

    @property
    def days_late(self) -> int:
        """How many days after the session it was entered, when that is later than usual; else 0 (domain.md §2(e))."""
        days = (timezone.localdate(self.created_at) - self.held_on).days
        return days if days > BACKDATED_AFTER else 0

    @property
    def begins_at(self) -> datetime:
        """When it begins: its start, or the first moment of its day, local time."""
        return timezone.make_aware(datetime.combine(self.held_on, self.starts_at or time(0)))

    @property
    def clock_text(self) -> str:
        """``09:00至11:00``, ``09:00``, or nothing."""
        if not self.starts_at:
            return ""
        return f"{self.starts_at:%H:%M}{f'至{self.ends_at:%H:%M}' if self.ends_at else ''}"

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From when to when it is taken to last, to tell it from others of its day; None without a start."""
        if not self.starts_at:
            return None
        first = datetime.combine(self.held_on, self.starts_at)
        last = datetime.combine(self.held_on, self.ends_at) if self.ends_at else first + USUAL_LENGTH
        return first, last

    @property
    def evaluated_until(self) -> date:
        """The last day on which those served may evaluate it."""
        return self.held_on + timedelta(days=EVALUATION_DAYS)

    def get_evaluation_url(self) -> str:
        """The page a QR code at the session leads to."""
        return reverse("open:session_evaluate", args=[self.evaluation_code])


class SessionEvaluation(models.Model):
    """What one of those served says of a session (服务对象评价): no account, once a person, never changed.

    ``voter`` is a keyed digest of the device's random mark; who it was cannot be read from it. ``network`` is one of
    session, hour and network address: how many spoke from one place within an hour, and nothing else, shows in it.
    """

    class Option(models.TextChoices):
        SATISFIED = "satisfied", "满意"
        FAIRLY = "fairly", "基本满意"
        DISSATISFIED = "dissatisfied", "不满意"

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="evaluations", verbose_name="场次"
    )
    voter = models.CharField(max_length=64, editable=False)
    network = models.CharField(max_length=32, blank=True, default="", editable=False)
    option = models.CharField("评价", max_length=16, choices=Option.choices)
    comment = models.CharField("意见建议", max_length=200, blank=True)
    given_on = models.DateField("评价日期", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务对象评价"
        ordering = ["session_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "voter"],
                name="session_evaluated_once",
                violation_error_message="您已经评价过这一场了，谢谢。",
            ),
        ]
        indexes = [models.Index(fields=["session", "network"], name="session_evaluation_network")]

    def __str__(self) -> str:
        return self.get_option_display()
