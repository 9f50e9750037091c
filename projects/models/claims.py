"""Project claims (项目认领): a unit offers itself, the community screens, the subdistrict confirms."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from core.actor import SYSTEM_ROLE, Actor
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from projects.models.project import PUBLIC_STATUSES, ClaimKind, Project
from units.models import Unit


class ProjectClaimQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff and representatives see the claims on projects of their place, a unit's people those of their unit.

        Grid workers, who enter sessions, see whose claim was confirmed there; who else asked is not theirs (domain.md §3).
        """
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            return self.of_unit(actor.unit_id)
        rows = self.published() if actor.role == Role.GRID_WORKER else self
        return rows.under(actor.place_code) if actor.place_code else self.none()

    def of_unit(self, unit_id: int):
        return self.filter(unit_id=unit_id)

    def published(self):
        """Which units carry out which published projects: for anybody (domain.md §3, 认领单位)."""
        return self.filter(status=ProjectClaim.Status.CONFIRMED, project__status__in=PUBLIC_STATUSES)

    def undecided(self):
        return self.filter(status__in=[ProjectClaim.Status.SUBMITTED, ProjectClaim.Status.SCREENED])

    def unfinished(self):
        """Claims that may still be confirmed."""
        return self.filter(status__in=ProjectClaim.UNFINISHED_STATUSES)

    def open(self):
        """Claims that bind their unit: it may not claim the same project again."""
        return self.filter(status__in=ProjectClaim.OPEN_STATUSES)

    def confirmed_leads(self):
        return self.filter(status=ProjectClaim.Status.CONFIRMED, kind=ProjectClaim.Kind.LEAD)

    def held_on(self, day: date):
        """Claims confirmed on or before a day and not left by its end, whatever has become of them since."""
        was_confirmed = Q(status__in=[ProjectClaim.Status.CONFIRMED, ProjectClaim.Status.QUIT])
        still_there = Q(left_on=None) | Q(left_on__gt=day)
        return self.filter(was_confirmed, still_there, decided_at__date__lte=day)


class ProjectClaim(StatusModel):
    """One unit's offer to carry out a project (项目认领), as lead, jointly or as standby.

    ``slot`` (1 … ``project.lead_places``) is taken when a lead claim is confirmed; a partial unique constraint
    on (project, slot) makes a second winner impossible whatever the code does. ``left_on`` is the day on which a
    confirmed claim ended (退出), so that figures of earlier periods stay as they were.
    """

    Kind = ClaimKind

    class Status(models.TextChoices):
        SUBMITTED = "submitted", "已提交"
        SCREENED = "screened", "社区初审通过"
        CONFIRMED = "confirmed", "已确认"
        STANDBY = "standby", "候补"
        REJECTED = "rejected", "未采纳"
        WITHDRAWN = "withdrawn", "已撤回"
        QUIT = "quit", "已退出"

    STAFF_ABOVE = frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF
    MOVES = (
        move("screen", "初审通过", "submitted", "screened", STAFF, standing="screener", tone="primary"),
        move(
            "confirm",
            "确认认领",
            ["screened", "standby"],
            "confirmed",
            STAFF_ABOVE,
            not_author=True,
            tone="primary",
        ),
        move("standby", "列为候补", ["submitted", "screened"], "standby", STAFF_ABOVE),
        move(
            "reject",
            "不采纳",
            ["submitted", "screened", "standby"],
            "rejected",
            STAFF_ABOVE | {Role.COMMUNITY},
            needs_note=True,
            note_label="不采纳的理由",
            tone="danger",
        ),
        move(
            "withdraw",
            "撤回",
            ["submitted", "screened", "standby"],
            "withdrawn",
            UNIT_SIDE,
            standing="unit",
            tone="danger",
        ),
        move(
            "quit",
            "退出项目",
            "confirmed",
            "quit",
            UNIT_SIDE,
            standing="unit",
            needs_note=True,
            note_label="退出的原因和交接安排",
            tone="danger",
        ),
        move(
            "close",
            "项目结束，认领关闭",
            ["submitted", "screened", "standby"],
            "rejected",
            [SYSTEM_ROLE],
            needs_note=True,
        ),
        move("end", "项目已撤销，认领终止", "confirmed", "quit", [SYSTEM_ROLE], needs_note=True),
    )
    STEPS = ("submitted", "screened", "confirmed")
    UNFINISHED_STATUSES = (Status.SUBMITTED, Status.SCREENED, Status.STANDBY)
    OPEN_STATUSES = (*UNFINISHED_STATUSES, Status.CONFIRMED)

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="claims", verbose_name="项目")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="claims", verbose_name="认领单位")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    kind = models.CharField("认领方式", max_length=12, choices=Kind.choices, default=Kind.LEAD)
    slot = models.PositiveSmallIntegerField("名额序号", null=True, blank=True, editable=False)
    plan = models.TextField("打算怎么做", max_length=1000, blank=True)
    headcount = models.PositiveIntegerField("投入人数", null=True, blank=True)
    contact = models.CharField("联系人", max_length=40, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.SUBMITTED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="提交人"
    )
    submitted_at = models.DateTimeField("提交时间", auto_now_add=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True, editable=False)
    left_on = models.DateField("退出日期", null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ProjectClaimQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目认领"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "slot"],
                condition=Q(status="confirmed", slot__isnull=False),
                name="claim_one_per_slot",
                violation_error_message="这个项目已经由别的单位认领。",
            ),
            models.UniqueConstraint(
                fields=["project", "unit"],
                condition=Q(status__in=["submitted", "screened", "standby", "confirmed"]),
                name="claim_one_open_per_unit",
                violation_error_message="贵单位已经申请过这个项目。",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed", kind="lead") | Q(slot__isnull=False),
                name="claim_confirmed_lead_has_slot",
                violation_error_message="确认主认领时要占一个名额。",
            ),
            models.CheckConstraint(
                condition=~Q(status="quit") | Q(left_on__isnull=False),
                name="claim_quit_has_day",
                violation_error_message="退出的认领要有退出日期。",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "-id"], name="claim_place"),
            models.Index(fields=["unit", "-id"], name="claim_unit"),
        ]

    def available_moves(self, actor):
        """Those of the table; once every place is taken, nobody is offered to confirm a further lead."""
        rows = super().available_moves(actor)
        if any(row.name == "confirm" for row in rows) and not self.is_confirmable:
            return [row for row in rows if row.name != "confirm"]
        return rows

    @property
    def is_confirmable(self) -> bool:
        """Whether the project still has room for this claim; partners need no place of their own."""
        if self.kind == self.Kind.JOINT:
            return self.project.status in Project.CONFIRMABLE_STATUSES
        return self.project.has_free_place

    def __str__(self) -> str:
        return f"{self.unit} · {self.project}"

    def get_absolute_url(self) -> str:
        return reverse("projects:claim_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("projects:claim_move", args=[self.pk, name])

    @property
    def turn_text(self) -> str:
        """Whose turn it is, in words."""
        return {
            self.Status.SUBMITTED: "社区初审",
            self.Status.SCREENED: "街道确认",
            self.Status.STANDBY: "名额空出后由街道确认",
        }.get(self.status, "")

    def stands_screener(self, actor: Actor) -> bool:
        """The community screens; for a project of a higher place its own staff do."""
        return actor.stands_over(self.place_code) and (
            actor.role == Role.COMMUNITY or actor.place_code == self.place_code
        )
