"""Projects (共建项目): drafted by a community or proposed by a unit, published by the subdistrict, claimed by units."""

from datetime import date
from functools import cached_property

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from core.actor import SYSTEM_ROLE, Actor
from core.codes import under
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from units.models import Division, Issue, Unit

# Places whose projects the district reviews.
ABOVE_COMMUNITY = (Division.Level.SUBDISTRICT, Division.Level.DISTRICT)
PUBLIC_STATUSES = (
    "open",
    "claimed",
    "unclaimed",
    "running",
    "suspended",
    "to_accept",
    "fixing",
    "done",
    "to_review",
    "reviewed",
    "archived",
)


class ClaimKind(models.TextChoices):
    """In what way a unit offers itself (认领方式)."""

    LEAD = "lead", "主认领"
    JOINT = "joint", "联合认领"
    STANDBY = "standby", "候补"


class ProjectQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """What is published is for all; the rest for the staff of the place, for claimants and who proposed it."""
        if actor.is_system:
            return self
        published = Q(status__in=PUBLIC_STATUSES)
        if actor.unit_id:
            claimed = self.model.objects.filter(claims__unit_id=actor.unit_id).values("pk")
            proposed = self.model.objects.filter(proposed_by_id=actor.unit_id).values("pk")
            return self.filter(published | Q(pk__in=claimed) | Q(pk__in=proposed))
        if actor.role in STAFF and actor.place_code:
            return self.filter(published | under(actor.place_code))
        return self.filter(published)

    def published(self):
        """What anybody may see."""
        return self.filter(status__in=PUBLIC_STATUSES)

    def open(self):
        """Projects that units may claim now (待认领)."""
        return self.filter(status=Project.Status.OPEN)


class Project(StatusModel):
    """A joint project (共建项目) that serves a community, its residents or its party members.

    Projects of a community are reviewed by its subdistrict, those of a subdistrict by the district (domain.md §2(e)).
    A unit may propose one (§3, R4 and R6): its draft goes to the community, which takes it up or hands it back.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "草稿"
        PROPOSED = "proposed", "待接收"
        REVIEW = "review", "待审核"
        OPEN = "open", "待认领"
        CLAIMED = "claimed", "已认领"
        UNCLAIMED = "unclaimed", "无人认领"
        RUNNING = "running", "实施中"
        SUSPENDED = "suspended", "中止"
        TERMINATED = "terminated", "已撤销"
        TO_ACCEPT = "to_accept", "待验收"
        FIXING = "fixing", "整改中"
        DONE = "done", "已完成"
        TO_REVIEW = "to_review", "待评议"
        REVIEWED = "reviewed", "已评议"
        ARCHIVED = "archived", "已归档"

    class Theme(models.TextChoices):
        COMMUNITY = "community", "服务社区"
        RESIDENTS = "residents", "服务居民"
        MEMBERS = "members", "服务党员"

    class Domain(models.TextChoices):
        EMPLOYMENT = "employment", "就业培训"
        SAFETY_PATROL = "safety_patrol", "综治联防"
        ELDERLY = "elderly", "助老"
        DISABLED = "disabled", "助残"
        CHILDREN = "children", "儿童"
        HEALTH = "health", "健康"
        ENVIRONMENT = "environment", "环境"
        CULTURE = "culture", "文体"
        LAW = "law", "法律"
        EDUCATION = "education", "教育"
        SAFETY = "safety", "安全"
        CONVENIENCE = "convenience", "便民"
        OTHER = "other", "其他"

    class Term(models.TextChoices):
        LONG = "long", "长期"
        SHORT = "short", "短期"

    class Origin(models.TextChoices):
        NEED = "need", "需求清单"
        RESOURCE = "resource", "资源清单"
        RESOLUTION = "resolution", "联席会决议"
        OBLIGATION = "obligation", "协议义务"
        COMMUNITY = "community", "社区自拟"
        UNIT = "unit", "单位提出"
        ISSUE = "issue", "问题台账"

    class ClaimMode(models.TextChoices):
        SINGLE = "single", "一家认领"
        JOINT = "joint", "一家牵头、多家联合"
        PARALLEL = "parallel", "多家并行"

    STAFF_ABOVE = frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF
    MOVES = (
        move(
            "submit",
            "提交审核",
            "draft",
            "review",
            [Role.COMMUNITY, Role.SUBDISTRICT],
            standing="holder",
            tone="primary",
        ),
        # A unit proposes; the community (or the subdistrict) takes it up or hands it back.
        move("propose", "提交社区", "draft", "proposed", UNIT_SIDE, standing="proposer", tone="primary"),
        move("recall", "撤回修改", "proposed", "draft", UNIT_SIDE, standing="proposer"),
        move(
            "drop",
            "不提了",
            ["draft", "proposed"],
            "terminated",
            UNIT_SIDE,
            standing="proposer",
            needs_note=True,
            note_label="不提的原因",
            tone="danger",
        ),
        move(
            "take_up",
            "接收",
            "proposed",
            "draft",
            [Role.COMMUNITY, Role.SUBDISTRICT],
            not_author=True,
            tone="primary",
        ),
        move(
            "hand_back",
            "退回单位",
            "proposed",
            "draft",
            [Role.COMMUNITY, Role.SUBDISTRICT],
            needs_note=True,
            note_label="退回的原因和建议",
        ),
        move(
            "publish",
            "发布",
            "review",
            "open",
            STAFF_ABOVE,
            standing="reviewer",
            not_author=True,
            tone="primary",
        ),
        move(
            "return",
            "退回修改",
            "review",
            "draft",
            STAFF_ABOVE,
            standing="reviewer",
            needs_note=True,
            note_label="退回的原因",
        ),
        move("fill", "认领已满", ["open", "unclaimed"], "claimed", [SYSTEM_ROLE]),
        move("close", "认领期满", ["open", "unclaimed"], "claimed", [SYSTEM_ROLE]),
        move("reopen", "重新开放认领", ["claimed", "running", "suspended", "fixing"], "open", [SYSTEM_ROLE]),
        move("expire", "到期无人认领", "open", "unclaimed", [SYSTEM_ROLE]),
        move(
            "extend",
            "延长认领期",
            "unclaimed",
            "open",
            STAFF_ABOVE,
            needs_note=True,
            note_label="延长的理由（认领期从今天起再延 10 个工作日）",
        ),
        move(
            "start",
            "开始实施",
            "claimed",
            "running",
            STAFF_ABOVE | {Role.COMMUNITY},
            tone="primary",
        ),
        move(
            "suspend",
            "中止",
            "running",
            "suspended",
            STAFF_ABOVE | {Role.COMMUNITY},
            needs_note=True,
            note_label="中止的原因",
            tone="danger",
        ),
        move("resume", "恢复实施", "suspended", "running", STAFF_ABOVE | {Role.COMMUNITY}, tone="primary"),
        move(
            "hand_in",
            "提交验收",
            ["running", "fixing"],
            "to_accept",
            UNIT_SIDE,
            standing="lead",
            tone="primary",
        ),
        move(
            "accept",
            "验收通过",
            "to_accept",
            "done",
            STAFF_ABOVE | {Role.COMMUNITY},
            tone="primary",
        ),
        move(
            "rectify",
            "要求整改",
            "to_accept",
            "fixing",
            STAFF_ABOVE | {Role.COMMUNITY},
            needs_note=True,
            note_label="整改要求",
        ),
        move(
            "fail",
            "验收不通过",
            "to_accept",
            "terminated",
            STAFF_ABOVE | {Role.COMMUNITY},
            needs_note=True,
            note_label="不通过的原因",
            tone="danger",
        ),
        move("enlist", "列入年度评议", "done", "to_review", STAFF_ABOVE, tone="primary"),
        move(
            "review",
            "登记评议结果",
            "to_review",
            "reviewed",
            STAFF_ABOVE,
            needs_note=True,
            note_label="评议结果",
            tone="primary",
        ),
        move("archive", "归档", "reviewed", "archived", STAFF_ABOVE),
        move(
            "terminate",
            "撤销项目",
            ["draft", "proposed", "review", "open", "unclaimed", "claimed", "running", "suspended", "fixing"],
            "terminated",
            STAFF_ABOVE | {Role.COMMUNITY},
            standing="holder",
            needs_note=True,
            note_label="撤销的原因",
            tone="danger",
        ),
    )
    STEPS = ("draft", "review", "open", "claimed", "running", "to_accept", "done", "reviewed")
    # Where a state beside the usual way stands on the line.
    STEP_AT = {
        "proposed": "review",
        "unclaimed": "open",
        "suspended": "running",
        "fixing": "to_accept",
        "to_review": "done",
        "archived": "reviewed",
    }
    # These ask for more than a note; their buttons lead to a form.
    FORM_MOVES = frozenset({"publish", "hand_in", "accept", "rectify", "fail"})
    STATUS_TONES = {
        "proposed": "wait",
        "open": "info",
        "running": "info",
        "to_accept": "wait",
        "fixing": "late",
        "to_review": "wait",
        "reviewed": "ok",
    }
    # States in which units work on it and sessions may be held.
    WORKING_STATUSES = ("claimed", "running", "to_accept", "fixing")
    # States in which a further unit may be confirmed: before and while it is carried out.
    CONFIRMABLE_STATUSES = ("open", "unclaimed", "claimed", "running", "suspended")
    # The work is over and was accepted.
    ACCEPTED_STATUSES = ("done", "to_review", "reviewed", "archived")
    MOST_EXTENSIONS = 2

    number = models.CharField("编号", max_length=40, null=True, blank=True, unique=True, editable=False)
    title = models.CharField("项目名称", max_length=100)
    summary = models.TextField("项目内容", max_length=2000)
    theme = models.CharField("主题", max_length=16, choices=Theme.choices)
    domain = models.CharField("领域", max_length=16, choices=Domain.choices)
    term = models.CharField("期限", max_length=8, choices=Term.choices)
    is_regular = models.BooleanField("常态化项目", default=False)
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="projects", verbose_name="实施地"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    start_on = models.DateField("开始日期")
    end_on = models.DateField("结束日期")
    claim_mode = models.CharField(
        "认领方式", max_length=12, choices=ClaimMode.choices, default=ClaimMode.SINGLE
    )
    lead_places = models.PositiveSmallIntegerField("可认领家数", default=1)
    claim_due_on = models.DateField("认领截止日")
    more_places = models.ManyToManyField(
        Division, blank=True, related_name="also_projects", verbose_name="还覆盖的地方"
    )
    origin = models.CharField("来源", max_length=12, choices=Origin.choices, default=Origin.COMMUNITY)
    target_group = models.CharField("服务对象", max_length=100, blank=True)
    budget_source = models.CharField("经费来源", max_length=100, blank=True)
    safety_note = models.CharField("安全提示", max_length=300, blank=True)
    started_on = models.DateField("开始实施日期", null=True, blank=True, editable=False)
    completed_on = models.DateField("完成日期", null=True, blank=True, editable=False)
    expected_person_times = models.PositiveIntegerField("预计服务人次", default=0)
    volunteers_needed = models.PositiveIntegerField("需要人手", default=0)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.DRAFT)
    # So that what units may claim stands first in an index, soonest deadline on top.
    is_open = models.GeneratedField(
        expression=Q(status="open"), output_field=models.BooleanField(), db_persist=True
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="起草人"
    )
    proposed_by = models.ForeignKey(
        Unit,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="proposals",
        verbose_name="提出单位",
    )
    is_led_by_proposer = models.BooleanField("提出单位自己牵头", default=False)
    proposed_at = models.DateTimeField("提交社区时间", null=True, blank=True, editable=False)
    taken_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="接收人",
    )
    issue = models.ForeignKey(
        Issue,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="projects",
        verbose_name="由问题转来",
    )
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="保密审查人",
    )
    cleared_at = models.DateTimeField("保密审查时间", null=True, blank=True, editable=False)
    published_at = models.DateTimeField("发布时间", null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("起草时间", auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "共建项目"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_on__gte=F("start_on")),
                name="project_in_order",
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                condition=Q(claim_mode="parallel") | Q(lead_places=1),
                name="project_one_lead_unless_parallel",
                violation_error_message="只有“多家并行”的项目可以由几家同时认领。",
            ),
            models.CheckConstraint(
                condition=Q(lead_places__gte=1, lead_places__lte=50),
                name="project_lead_places_in_range",
                violation_error_message="可认领家数在 1 到 50 之间。",
            ),
            models.CheckConstraint(
                condition=Q(is_led_by_proposer=False) | Q(proposed_by__isnull=False),
                name="project_led_by_a_proposer",
                violation_error_message="只有单位提出的项目，才写提出单位是否自己牵头。",
            ),
            models.CheckConstraint(
                condition=Q(cleared_by__isnull=True, cleared_at__isnull=True)
                | Q(cleared_by__isnull=False, cleared_at__isnull=False) & ~Q(cleared_by=F("author")),
                name="project_cleared_by_another",
                violation_error_message="保密审查要由起草人以外的人办理。",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "-id"], name="project_place"),
            models.Index(fields=["status", "claim_due_on"], name="project_status_due"),
            models.Index(fields=["domain", "-id"], name="project_domain"),
            # Lists are counted from this one without touching the rows, whatever they are filtered by.
            models.Index(
                fields=["place_code", "status", "id"],
                include=["theme", "domain", "term", "origin", "is_regular", "claim_due_on"],
                name="project_counted",
            ),
            models.Index(fields=["-is_open", "claim_due_on", "id"], name="project_open_first"),
            models.Index(fields=["claim_due_on", "id"], name="project_due"),
            GinIndex(OpClass(F("title"), name="gin_trgm_ops"), name="project_title_trgm"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("projects:project_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("projects:project_move", args=[self.pk, name])

    def get_claim_url(self) -> str:
        return reverse("projects:claim_create", args=[self.pk])

    @property
    def rescue_url(self) -> str:
        """The page of the ways out when nobody claimed it."""
        return reverse("projects:rescue", args=[self.pk])

    def stands_lead(self, actor: Actor) -> bool:
        """A unit whose lead of this project is confirmed."""
        return (
            actor.unit_id is not None and self.claims.confirmed_leads().filter(unit_id=actor.unit_id).exists()
        )

    @cached_property
    def has_free_place(self) -> bool:
        """Whether a further lead may be confirmed; one query, read once for all claims on the page."""
        is_open = self.status in self.CONFIRMABLE_STATUSES
        return is_open and self.claims.confirmed_leads().count() < self.lead_places

    @property
    def has_lead_work(self) -> bool:
        """Whether a unit has been confirmed and the work goes on or was accepted."""
        return self.status in (*self.WORKING_STATUSES, self.Status.SUSPENDED, *self.ACCEPTED_STATUSES)

    @property
    def is_long(self) -> bool:
        return self.term == self.Term.LONG

    @property
    def turn_text(self) -> str:
        """Whose turn it is, in words."""
        is_high = self.place.level in ABOVE_COMMUNITY
        reviewer = "区委组织部" if is_high else "街道"
        return {
            self.Status.DRAFT: "提出单位提交社区" if self.is_with_proposer else "起草单位提交",
            self.Status.PROPOSED: f"{'街道' if is_high else '社区'}接收或退回",
            self.Status.REVIEW: f"{reviewer}审核",
            self.Status.OPEN: "各单位认领，街道确认",
            self.Status.CLAIMED: "社区或街道开始实施",
            self.Status.UNCLAIMED: "街道统筹：协商、改短、延长或撤销",
            self.Status.RUNNING: "认领单位实施，完成后提交验收",
            self.Status.SUSPENDED: "社区或街道恢复实施或撤销",
            self.Status.TO_ACCEPT: "社区或街道验收",
            self.Status.FIXING: "认领单位整改后再次提交验收",
            self.Status.DONE: "街道列入年度评议",
            self.Status.TO_REVIEW: "街道登记评议结果",
            self.Status.REVIEWED: "街道归档",
        }.get(self.status, "")

    @property
    def is_with_proposer(self) -> bool:
        """A draft that its unit has not handed to the community, or got back."""
        return (
            self.status == self.Status.DRAFT
            and self.proposed_by_id is not None
            and self.taken_up_by_id is None
        )

    def stands_proposer(self, actor: Actor) -> bool:
        """The unit that proposed it, until the community has taken it up."""
        is_own = actor.unit_id is not None and actor.unit_id == self.proposed_by_id
        return is_own and self.taken_up_by_id is None

    def stands_holder(self, actor: Actor) -> bool:
        """The staff of its place, but for a draft that is still its unit's own."""
        return self.stands_over(actor) and not self.is_with_proposer

    def is_own_paper(self, actor: Actor) -> bool:
        """Who drafted or proposed it, and who took the proposal up, review it no more."""
        return actor.user_id is not None and actor.user_id in (self.author_id, self.taken_up_by_id)

    def stands_reviewer(self, actor: Actor) -> bool:
        """A level above the project's place reviews it; the district's own are reviewed by a colleague."""
        return actor.stands_over(self.place_code) and (
            actor.place_code != self.place_code or actor.role in DISTRICT_STAFF
        )

    def claim_kinds(self) -> tuple[str, ...]:
        """The ways in which units may claim a project like this."""
        return (
            tuple(ClaimKind)
            if self.claim_mode == self.ClaimMode.JOINT
            else (ClaimKind.LEAD, ClaimKind.STANDBY)
        )

    def open_kinds(self, on: date) -> tuple[str, ...]:
        """The ways in which a unit may claim it on that day: none after the deadline (which counts as in time).

        Once a unit leads, a joint project still takes partners; others take nobody.
        """
        if on > self.claim_due_on:
            return ()
        if self.status == self.Status.OPEN:
            return self.claim_kinds()
        is_joined = self.status == self.Status.CLAIMED and self.claim_mode == self.ClaimMode.JOINT
        return (ClaimKind.JOINT,) if is_joined else ()

    def can_be_claimed_by(self, actor: Actor, on: date) -> bool:
        """Whether to offer the button; whether the unit has claimed before is asked by `projects.queries.project`."""
        return actor.role in UNIT_SIDE and not actor.is_read_only and bool(self.open_kinds(on))
