"""How a claimed project is carried out: milestones, progress, extensions, years, acceptance, invitations to claim."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from core.actor import SYSTEM_ROLE, Actor
from core.clock import today
from core.codes import under
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from projects.models.claims import ProjectClaim
from projects.models.project import Project
from units.models import Unit

STAFF_ABOVE = frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF
OWNERS = STAFF_ABOVE | {Role.COMMUNITY}
# Years are summed up from this month on (domain.md §2.14, 年考评 milestones).
SUMMED_UP_FROM_MONTH = 12


class OfProjectQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """Whoever may see the project sees how it goes, but for the three officers, who see no business data."""
        if not (actor.is_system or actor.sees_business_data):
            return self.none()
        return self.filter(project__in=Project.objects.visible_to(actor))


class OfBothSidesQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """The staff of the place and the units that carry the project out."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            mine = ProjectClaim.objects.of_unit(actor.unit_id).filter(status=ProjectClaim.Status.CONFIRMED)
            return self.filter(project__in=mine.values("project"))
        if actor.role in STAFF and actor.place_code:
            return self.filter(under(actor.place_code))
        return self.none()


class ClaimInvitationQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """The staff of the place and the unit that is asked; whom else they asked is nobody's business."""
        if actor.is_system:
            return self
        if actor.unit_id:
            return self.filter(unit_id=actor.unit_id)
        if actor.role in STAFF and actor.place_code:
            return self.filter(under(actor.place_code))
        return self.none()

    def waiting(self):
        """Those the unit has not answered."""
        return self.filter(status=ClaimInvitation.Status.INVITED)


class Milestone(models.Model):
    """A step of a project with a due day (里程碑); reported done by the unit that leads."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="milestones", verbose_name="项目"
    )
    title = models.CharField("里程碑", max_length=100)
    due_on = models.DateField("计划完成日期")
    done_on = models.DateField("完成日期", null=True, blank=True)
    note = models.CharField("完成情况", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "里程碑"
        ordering = ["project_id", "due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "title"],
                name="milestone_once",
                violation_error_message="这个项目已经有同名的里程碑。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ProgressReport(models.Model):
    """What a unit tells of its work on a project (进展), in at most 300 characters; no photograph is asked for."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="progress_reports", verbose_name="项目"
    )
    claim = models.ForeignKey(
        ProjectClaim, on_delete=models.CASCADE, related_name="progress_reports", verbose_name="认领"
    )
    milestone = models.ForeignKey(
        Milestone,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reports",
        verbose_name="里程碑",
    )
    text = models.CharField("进展", max_length=300)
    reported_on = models.DateField("日期")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="填报人"
    )
    created_at = models.DateTimeField("填报时间", auto_now_add=True)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "进展"
        ordering = ["-reported_on", "-id"]

    def __str__(self) -> str:
        return self.text


class ProjectExtension(StatusModel):
    """A unit asks for more time (延期申请); the owner of the project decides, at most two are granted."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", "待审核"
        APPROVED = "approved", "已同意"
        REJECTED = "rejected", "未同意"
        WITHDRAWN = "withdrawn", "已撤回"

    MOVES = (
        move("approve", "同意延期", "submitted", "approved", OWNERS, not_author=True, tone="primary"),
        move(
            "reject",
            "不同意",
            "submitted",
            "rejected",
            OWNERS,
            not_author=True,
            needs_note=True,
            note_label="不同意的理由",
            tone="danger",
        ),
        move("withdraw", "撤回", "submitted", "withdrawn", UNIT_SIDE, standing="unit", tone="danger"),
    )
    STEPS = ("submitted", "approved")
    STATUS_TONES = {"submitted": "wait", "approved": "ok", "rejected": "off", "withdrawn": "off"}

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="extensions", verbose_name="项目"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name="申请单位")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    wanted_end_on = models.DateField("申请延到")
    reason = models.CharField("原因", max_length=300)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.SUBMITTED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="申请人"
    )
    submitted_at = models.DateTimeField("申请时间", auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfBothSidesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "延期申请"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status="submitted"),
                name="extension_one_open",
                violation_error_message="这个项目已有一份延期申请等待审核。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}延期申请"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    def get_move_url(self, name: str) -> str:
        return reverse("projects:extension_move", args=[self.pk, name])


class ProjectYearQuerySet(OfProjectQuerySet):
    def under(self, code: str):
        """Years of the projects of a place."""
        return self.filter(under(code, "project__place_code"))

    def by_themselves(self):
        """Years accepted and reviewed by themselves: not the one in which the project was completed, nor a called-off one's."""
        goes_with_project = Q(project__completed_on__year__lte=F("year"))
        return self.exclude(goes_with_project).exclude(project__status=Project.Status.TERMINATED)

    def owed(self, on: date):
        """Years that are to be summed up by a day (from 1 December of each) and are not, of projects that go on."""
        last = on.year if on.month >= SUMMED_UP_FROM_MONTH else on.year - 1
        return self.filter(
            year__lte=last, status=ProjectYear.Status.OPEN, project__status__in=ProjectYear.GOING_ON
        )


class ProjectYear(StatusModel):
    """One year of a long-term project (长期项目的年度): counted, summed up, accepted and reviewed year by year.

    The unit sums up, the community or subdistrict accepts, accepted years go onto the list of the yearly review
    (domain.md §2(e)). The last year of a project is accepted and reviewed with the project itself.
    """

    class Status(models.TextChoices):
        OPEN = "open", "进行中"
        CONCLUDED = "concluded", "已小结待验收"
        ACCEPTED = "accepted", "年度验收通过"
        TO_REVIEW = "to_review", "待评议"
        REVIEWED = "reviewed", "已评议"

    MOVES = (
        move(
            "conclude",
            "写年度小结",
            ["open", "concluded"],
            "concluded",
            OWNERS | UNIT_SIDE,
            standing="writer",
            tone="primary",
        ),
        move("accept", "年度验收通过", "concluded", "accepted", OWNERS, not_author=True, tone="primary"),
        move(
            "return",
            "退回小结",
            "concluded",
            "open",
            OWNERS,
            not_author=True,
            needs_note=True,
            note_label="退回的原因",
        ),
        move("enlist", "列入年度评议", "accepted", "to_review", STAFF_ABOVE, tone="primary"),
        move(
            "review",
            "登记年度评议结果",
            "to_review",
            "reviewed",
            STAFF_ABOVE,
            needs_note=True,
            note_label="评议结果",
            tone="primary",
        ),
        move(
            "close", "随项目评议", ["open", "concluded", "accepted", "to_review"], "reviewed", [SYSTEM_ROLE]
        ),
    )
    STEPS = ("open", "concluded", "accepted", "to_review", "reviewed")
    # A summary is written on a form of its own.
    FORM_MOVES = frozenset({"conclude"})
    STATUS_TONES = {
        "open": "info",
        "concluded": "wait",
        "accepted": "ok",
        "to_review": "wait",
        "reviewed": "ok",
    }
    # States in which a long-term project goes on into another year.
    GOING_ON = (
        Project.Status.RUNNING,
        Project.Status.SUSPENDED,
        Project.Status.TO_ACCEPT,
        Project.Status.FIXING,
    )

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="years", verbose_name="项目")
    year = models.PositiveSmallIntegerField("年度")
    expected_person_times = models.PositiveIntegerField("年度预计服务人次", default=0)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.OPEN)
    summary = models.CharField("年度小结", max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="小结人",
    )
    concluded_on = models.DateField("小结日期", null=True, blank=True)
    opinion = models.CharField("年度验收意见", max_length=300, blank=True)
    person_times = models.PositiveIntegerField("验收时已核实人次", null=True, blank=True)
    accepted_on = models.DateField("年度验收日期", null=True, blank=True)
    review_result = models.CharField("评议结果", max_length=100, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ProjectYearQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目年度"
        ordering = ["project_id", "-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year"],
                name="project_year_once",
                violation_error_message="这个项目的这个年度已经登记。",
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(status="reviewed") | ~Q(summary=""),
                name="project_year_summed_up",
                violation_error_message="先写年度小结，再验收和评议。",
            ),
        ]
        indexes = [models.Index(fields=["year", "status"], name="project_year_status")]

    def __str__(self) -> str:
        return f"{self.project} {self.year}年度"

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}#years"

    def get_move_url(self, name: str) -> str:
        return reverse("projects:year_move", args=[self.pk, name])

    @property
    def place_code(self) -> str:
        """Where the project is."""
        return self.project.place_code

    @property
    def begins_to_be_summed_up_on(self) -> date:
        return date(self.year, SUMMED_UP_FROM_MONTH, 1)

    @property
    def goes_with_project(self) -> bool:
        """The year in which the project was completed is accepted and reviewed with the project itself."""
        completed = self.project.completed_on
        return completed is not None and completed.year <= self.year

    def stands_writer(self, actor: Actor) -> bool:
        """A unit that leads the project, or the staff of its place."""
        return self.project.stands_lead(actor) if actor.unit_id else self.stands_over(actor)

    def available_moves(self, actor: Actor):
        """Those of the table, in their time: nothing is summed up before December, the last year goes with the project."""
        rows = super().available_moves(actor)
        if today() < self.begins_to_be_summed_up_on:
            rows = [row for row in rows if row.name != "conclude"]
        return [row for row in rows if row.name == "conclude"] if self.goes_with_project else rows

    @property
    def turn_text(self) -> str:
        """Whose turn it is, in words."""
        return {
            self.Status.OPEN: "牵头单位写年度小结",
            self.Status.CONCLUDED: "社区或街道验收",
            self.Status.ACCEPTED: "12 月 10 日起列入年度评议",
            self.Status.TO_REVIEW: "街道登记评议结果",
        }.get(self.status, "")


class Acceptance(models.Model):
    """One round of accepting a project's work (验收): what the unit hands in and what the owner finds.

    ``place_code`` repeats the project's. The project's own moves (`hand_in`, `accept`, `rectify`, `fail`) carry the state.
    """

    class Result(models.TextChoices):
        PASSED = "passed", "通过"
        RECTIFY = "rectify", "整改"
        FAILED = "failed", "不通过"

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="acceptances", verbose_name="项目"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name="提交单位")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    round = models.PositiveSmallIntegerField("第几次")
    statement = models.TextField("完成情况", max_length=1000)
    early_reason = models.CharField("提前完成的原因", max_length=300, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="提交人"
    )
    submitted_at = models.DateTimeField("提交时间", auto_now_add=True)
    result = models.CharField("结论", max_length=12, choices=Result.choices, blank=True)
    opinion = models.TextField("验收意见", max_length=1000, blank=True)
    person_times = models.PositiveIntegerField("验收时已核实人次", null=True, blank=True)
    rectify_due_on = models.DateField("整改期限", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="验收人",
    )
    decided_at = models.DateTimeField("验收时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = OfBothSidesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "验收"
        ordering = ["project_id", "-round"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "round"],
                name="acceptance_round_once",
                violation_error_message="这个项目的这次验收已经登记。",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("submitted_by")),
                name="acceptance_second_person",
                violation_error_message="不能验收自己提交的项目。",
            ),
            models.CheckConstraint(
                condition=~Q(result="rectify") | Q(rectify_due_on__isnull=False),
                name="acceptance_rectify_due",
                violation_error_message="要求整改时要写明整改期限。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}第{self.round}次验收"


class AcceptanceItem(models.Model):
    """One line of the acceptance sheet (指标对照): what was promised, what came of it.

    ``outcome`` is as it stood when the work was handed in, ``found`` when it was decided about, where that differs.
    """

    acceptance = models.ForeignKey(
        Acceptance, on_delete=models.CASCADE, related_name="items", verbose_name="验收"
    )
    target = models.CharField("目标", max_length=100)
    outcome = models.CharField("完成情况", max_length=200, blank=True)
    found = models.CharField("验收时", max_length=200, blank=True)
    is_met = models.BooleanField("达到", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "验收指标"
        ordering = ["acceptance_id", "id"]

    def __str__(self) -> str:
        return self.target


class ClaimInvitation(StatusModel):
    """A unit is asked to take on a project nobody claimed (协商认领), with the reason in words."""

    class Status(models.TextChoices):
        INVITED = "invited", "等单位答复"
        ACCEPTED = "accepted", "已认领"
        DECLINED = "declined", "婉拒"
        LAPSED = "lapsed", "已失效"

    MOVES = (
        move("accept", "同意认领", "invited", "accepted", UNIT_SIDE, standing="unit", tone="primary"),
        move(
            "decline",
            "婉拒",
            "invited",
            "declined",
            UNIT_SIDE,
            standing="unit",
            needs_note=True,
            note_label="不能认领的原因",
            tone="danger",
        ),
        move("lapse", "失效", "invited", "lapsed", [SYSTEM_ROLE]),
    )
    STEPS = ("invited", "accepted")
    STATUS_TONES = {"invited": "wait", "accepted": "ok", "declined": "off", "lapsed": "off"}

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="invitations", verbose_name="项目"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    reason = models.CharField("为什么请贵单位", max_length=300)
    due_on = models.DateField("请在此日前答复")
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.INVITED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="发起人"
    )
    created_at = models.DateTimeField("发出时间", auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ClaimInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "协商认领"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "unit"],
                condition=Q(status="invited"),
                name="invitation_one_open",
                violation_error_message="已经请过这个单位，正在等答复。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.unit}"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    def get_move_url(self, name: str) -> str:
        return reverse("projects:invitation_move", args=[self.pk, name])
