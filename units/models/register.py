"""The units register in full (驻区单位登记): liaisons, premises, changes the unit asks for, leaving the denominator."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from core.codes import under
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, STAFF, UNIT_SIDE, Role
from core.workflow import StatusModel, move
from units.models.people import Person, SpellQuerySet
from units.models.places import Division
from units.models.units import Unit, days

STAFF_ABOVE = frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF


class OfVisibleUnitsQuerySet(SpellQuerySet):
    def visible_to(self, actor):
        """Whoever may see the unit sees what belongs to it."""
        return self.filter(unit__in=Unit.objects.visible_to(actor))


class UnitLiaison(models.Model):
    """Who speaks for a unit (联络员), from a day to a day; at most one is the primary at a time.

    ``user`` is the account by which the liaison signs in, where there is one.
    """

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="liaisons", verbose_name="单位")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="liaison_spells", verbose_name="联络员"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="账号",
    )
    is_primary = models.BooleanField("主要联络员", default=True)
    from_on = models.DateField("起")
    to_on = models.DateField("止", null=True, blank=True)
    end_reason = models.CharField("更换原因", max_length=100, blank=True)

    objects = OfVisibleUnitsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "联络员"
        ordering = ["unit_id", "-from_on", "-id"]
        constraints = [
            ExclusionConstraint(
                name="liaison_one_primary",
                expressions=[("unit", RangeOperators.EQUAL), (days(), RangeOperators.OVERLAPS)],
                condition=Q(is_primary=True),
                violation_error_message="一个单位同一时间只能有一名主要联络员。",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="liaison_in_order",
                violation_error_message="结束日期不能早于开始日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.person}"


class UnitPremisesQuerySet(OfVisibleUnitsQuerySet):
    def at(self, place_code: str):
        """Premises at or below a place."""
        return self.filter(under(place_code))


class UnitPremises(models.Model):
    """A further place of business of a unit (分支经营点) in another community than the one it is counted in."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="premises", verbose_name="单位")
    place = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="所在社区")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    address = models.CharField("地址", max_length=200, blank=True)
    employees = models.PositiveIntegerField("从业人数", default=0)
    from_on = models.DateField("起")
    to_on = models.DateField("止", null=True, blank=True)

    objects = UnitPremisesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "分支经营点"
        ordering = ["unit_id", "place_code", "id"]
        constraints = [
            ExclusionConstraint(
                name="premises_once",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    (days(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="这个单位在该社区的经营点已经登记。",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="premises_in_order",
                violation_error_message="结束日期要晚于开始日期。",
            ),
        ]
        indexes = [models.Index(fields=["place_code", "unit"], name="premises_place")]

    def __str__(self) -> str:
        return f"{self.unit} · {self.place}"

    def save(self, *args, **kwargs) -> None:
        # The copy follows what it repeats, whoever saves.
        self.place_code = self.place.code
        super().save(*args, **kwargs)


class OfUnitQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see those of their place, a unit's people their own unit's."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            return self.filter(unit_id=actor.unit_id)
        return self.under(actor.place_code) if actor.place_code and actor.role in STAFF else self.none()


class AskedStatus(models.TextChoices):
    """Where a request stands that one asks for and another decides."""

    SUBMITTED = "submitted", "待审核"
    APPROVED = "approved", "已同意"
    REJECTED = "rejected", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"


class UnitRequest(StatusModel):
    """Something about a unit that one person asks for and another decides; ``place_code`` repeats the unit's."""

    Status = AskedStatus
    STEPS = ("submitted", "approved")
    STATUS_TONES = {"submitted": "wait", "approved": "ok", "rejected": "off", "withdrawn": "off"}

    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    status = models.CharField(
        "状态", max_length=24, choices=AskedStatus.choices, default=AskedStatus.SUBMITTED
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="提交人"
    )
    submitted_at = models.DateTimeField("提交时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="审核人",
        editable=False,
    )
    decided_at = models.DateTimeField("审核时间", null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = OfUnitQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        if self._state.adding:
            self.place_code = self.unit.place_code
        super().save(*args, **kwargs)


class UnitChangeRequest(UnitRequest):
    """A liaison asks that the register be changed (信息变更申请); staff of the place decide.

    ``values`` maps field names of `Unit` to the wanted values in plain JSON.
    """

    MOVES = (
        move("approve", "同意变更", "submitted", "approved", STAFF, not_author=True, tone="primary"),
        move(
            "reject",
            "不同意",
            "submitted",
            "rejected",
            STAFF,
            not_author=True,
            needs_note=True,
            note_label="不同意的理由",
            tone="danger",
        ),
        move("withdraw", "撤回", "submitted", "withdrawn", UNIT_SIDE, standing="unit", tone="danger"),
    )
    FORM_MOVES = ("approve",)

    unit = models.ForeignKey(
        Unit, on_delete=models.CASCADE, related_name="change_requests", verbose_name="单位"
    )
    values = models.JSONField("申请的内容", default=dict)
    reason = models.CharField("变更原因", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "信息变更申请"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(status="submitted"),
                name="change_request_one_open",
                violation_error_message="贵单位已有一份变更申请等待审核，请先等待结果或撤回。",
            ),
        ]
        indexes = [models.Index(fields=["place_code", "status"], name="change_request_place")]

    def __str__(self) -> str:
        return f"{self.unit}信息变更申请"

    @property
    def turn_text(self) -> str:
        """Who decides; the unit itself may only take it back."""
        return "社区党委、街道党工委" if self.status == AskedStatus.SUBMITTED else ""

    def get_absolute_url(self) -> str:
        return reverse("units:change_request_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("units:change_request_move", args=[self.pk, name])


class DenominatorExit(UnitRequest):
    """A unit is to leave the denominators (退出统计口径): one asks with reason and evidence, another approves.

    Only the approval changes the operating status (domain.md §2.11 rule 16, §2(c) "denominator shopping").
    """

    MOVES = (
        move(
            "approve",
            "同意退出",
            "submitted",
            "approved",
            STAFF_ABOVE,
            not_author=True,
            tone="primary",
        ),
        move(
            "reject",
            "不同意",
            "submitted",
            "rejected",
            STAFF_ABOVE,
            not_author=True,
            needs_note=True,
            note_label="不同意的理由",
            tone="danger",
        ),
        move("withdraw", "撤回", "submitted", "withdrawn", STAFF, standing="author", tone="danger"),
    )

    unit = models.ForeignKey(
        Unit, on_delete=models.CASCADE, related_name="denominator_exits", verbose_name="单位"
    )
    operating_status = models.CharField(
        "退出后的经营状态", max_length=24, choices=Unit.OperatingStatus.choices
    )
    from_on = models.DateField("起始日期")
    reason = models.CharField("原因", max_length=300)
    evidence = models.CharField("依据", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "退出统计口径申请"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(status="submitted"),
                name="denominator_exit_one_open",
                violation_error_message="这个单位退出统计口径的申请正在等待审核。",
            ),
            models.CheckConstraint(
                condition=~Q(operating_status="operating") & ~Q(reason="") & ~Q(evidence=""),
                name="denominator_exit_reasoned",
                violation_error_message="退出统计口径要写明退出后的状态、原因和依据。",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(decided_by__isnull=False) & ~Q(decided_by=F("author")),
                name="denominator_exit_second_person",
                violation_error_message="退出统计口径要由另一个人审核同意。",
            ),
        ]
        indexes = [models.Index(fields=["place_code", "status"], name="denominator_exit_place")]

    def __str__(self) -> str:
        return f"{self.unit}退出统计口径"

    @property
    def turn_text(self) -> str:
        """Who decides; whoever asked may only take it back."""
        return "街道党工委、区委组织部（提交人以外的人）" if self.status == AskedStatus.SUBMITTED else ""

    def get_absolute_url(self) -> str:
        return reverse("units:exit_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("units:exit_move", args=[self.pk, name])

    def stands_author(self, actor) -> bool:
        """Only who asked may take it back."""
        return actor.user_id is not None and actor.user_id == self.author_id
