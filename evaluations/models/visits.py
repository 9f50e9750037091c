"""Monthly visits (月走访): opened by beat, recorded by the visitor, confirmed or disputed by the liaison."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from core.codes import under
from core.components import Tag, status_of
from core.models import PlacedQuerySet
from core.periods import Month
from core.roles import DISTRICT_STAFF, STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from units.models import Unit

VISITORS = frozenset({Role.SUBDISTRICT, Role.COMMUNITY})


class VisitAssignmentQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """Staff see the assignments of the units of their place."""
        if actor.is_system:
            return self
        if actor.role not in STAFF or not actor.place_code:
            return self.none()
        return self.filter(under(actor.place_code, "unit__place_code"))

    def effective(self, on):
        """Assignments in force on that day."""
        return self.filter(Q(from_on__lte=on), Q(to_on__isnull=True) | Q(to_on__gt=on))


class VisitAssignment(models.Model):
    """Who visits which unit how often (走访安排): the month's visits are opened from these."""

    class Cadence(models.TextChoices):
        MONTHLY = "monthly", "每月"
        QUARTERLY = "quarterly", "每季度（首月）"

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="visit_assignments", verbose_name="单位"
    )
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="走访人"
    )
    cadence = models.CharField("频次", max_length=12, choices=Cadence.choices, default=Cadence.MONTHLY)
    from_on = models.DateField("起")
    to_on = models.DateField("止", null=True, blank=True)

    objects = VisitAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "走访安排"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(to_on__isnull=True),
                name="assignment_one_per_unit",
                violation_error_message="这个单位已经安排了走访人。",
            ),
            # Equal days are an assignment that was replaced before it began.
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=models.F("from_on")),
                name="assignment_in_order",
                violation_error_message="结束日期不能早于开始日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visitor} → {self.unit}"

    @property
    def place_code(self) -> str:
        return self.unit.place_code


class MonthlyVisitQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see the visits of their place, a unit's people those to their unit; nobody else any (domain.md §3)."""
        if actor.is_system:
            return self
        if actor.unit_id:
            return self.filter(unit_id=actor.unit_id)
        return self.under(actor.place_code) if actor.reads_territory else self.none()

    def owed(self):
        """Visits that somebody still has to make or to record anew."""
        return self.filter(status__in=[MonthlyVisit.Status.PLANNED, MonthlyVisit.Status.DISPUTED])

    def overdue(self, on):
        """Planned visits whose due day has passed."""
        return self.filter(status=MonthlyVisit.Status.PLANNED, due_on__lt=on)


class MonthlyVisit(StatusModel):
    """One visit owed to one unit in one month (月走访)."""

    class Status(models.TextChoices):
        PLANNED = "planned", "待走访"
        RECORDED = "recorded", "已登记待确认"
        CONFIRMED = "confirmed", "对方已确认"
        DISPUTED = "disputed", "对方有异议"
        EXEMPT = "exempt", "本月免访"

    class Mode(models.TextChoices):
        ON_SITE = "on_site", "上门"
        DISCUSSION = "discussion", "座谈"

    MOVES = (
        move(
            "record",
            "登记走访",
            ["planned", "disputed"],
            "recorded",
            VISITORS,
            standing="visitor",
            tone="primary",
        ),
        move(
            "confirm",
            "情况属实",
            "recorded",
            "confirmed",
            UNIT_SIDE,
            standing="unit",
            not_author=True,
            tone="primary",
        ),
        move(
            "dispute",
            "有异议",
            "recorded",
            "disputed",
            UNIT_SIDE,
            standing="unit",
            needs_note=True,
            note_label="哪里不符",
        ),
        move(
            "exempt",
            "本月免访",
            ["planned", "disputed"],
            "exempt",
            frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF,
            needs_note=True,
            note_label="免访的理由",
        ),
    )
    STEPS = ("planned", "recorded", "confirmed")
    # These moves need more than a note: their button opens a form.
    FORM_MOVES = frozenset({"record"})
    STATUS_TONES = {"planned": "info", "exempt": "off"}

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="visits", verbose_name="单位")
    month = models.DateField("月份（首日）")
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="走访人"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    due_on = models.DateField("到期日")
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.PLANNED)
    visited_on = models.DateField("走访日期", null=True, blank=True)
    mode = models.CharField("方式", max_length=12, choices=Mode.choices, blank=True)
    met = models.CharField("见到的人", max_length=100, blank=True)
    summary = models.TextField("谈了什么", max_length=300, blank=True)
    promise = models.CharField("答应了什么", max_length=200, blank=True)
    promise_due_on = models.DateField("答复期限", null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="登记人",
    )
    opened_at = models.DateTimeField("生成时间", auto_now_add=True)
    recorded_at = models.DateTimeField("登记时间", null=True, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MonthlyVisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "月走访"
        ordering = ["due_on", "place_code", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "month"],
                name="visit_once_a_month",
                violation_error_message="这个单位本月已经有走访任务。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["recorded", "confirmed", "disputed"]) | Q(visited_on__isnull=False),
                name="visit_recorded_has_day",
                violation_error_message="请填写走访日期。",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "month"], name="visit_place_month"),
            models.Index(fields=["visitor", "status"], name="visit_visitor"),
            models.Index(fields=["due_on"], condition=Q(status="planned"), name="visit_planned_due"),
        ]

    def __str__(self) -> str:
        return f"{self.period.label}走访 {self.unit}"

    def get_absolute_url(self) -> str:
        return reverse("evaluations:visit-detail", args=[self.pk])

    def get_move_url(self, move: str) -> str:
        return reverse("evaluations:visit-move", args=[self.pk, move])

    @property
    def period(self) -> Month:
        """The month it is owed in."""
        return Month.containing(self.month)

    @property
    def author_id(self) -> int | None:
        """Who recorded it: the same person never confirms it, not even under another hat."""
        return self.recorded_by_id

    @property
    def turn_text(self) -> str:
        """Whose turn it is, by name where there is one."""
        if self.status in {self.Status.PLANNED, self.Status.DISPUTED}:
            return f"走访人 {self.visitor}"
        return f"{self.unit}联络员" if self.status == self.Status.RECORDED else ""

    def stands_visitor(self, actor) -> bool:
        """Whether the actor is the visitor, or a colleague of the place above who may record instead."""
        return actor.user_id == self.visitor_id or self.stands_over(actor)

    def is_overdue(self, on: date) -> bool:
        """Whether it is still owed after its due day."""
        return self.status == self.Status.PLANNED and self.due_on < on

    def status_tag(self, on: date) -> Tag:
        """The state as people see it: a planned visit past its due day is late."""
        return Tag("逾期未走访", "late") if self.is_overdue(on) else status_of(self)
