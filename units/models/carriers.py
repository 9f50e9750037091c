"""1+N (载体、综合党委、服务站、党建指导员): where two-new units gather and how organizations get built there."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from core.codes import under
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, Role
from core.workflow import StatusModel, move
from units.models.bodies import RegionalBody
from units.models.organizations import PartyOrganization
from units.models.people import Person, SpellQuerySet
from units.models.places import Division
from units.models.units import Unit

BUILDERS = frozenset({Role.COMMUNITY, Role.SUBDISTRICT}) | DISTRICT_STAFF
APPROVERS = frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF


class PlacedForStaffQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see those of their place."""
        if actor.is_system:
            return self
        if not actor.reads_territory:
            return self.none()
        return self.under(actor.place_code)


class CarrierQuerySet(PlacedForStaffQuerySet):
    def published(self):
        """Carriers in use: where they are, anybody may know."""
        return self.filter(to_on=None)


class StationQuerySet(SpellQuerySet):
    def visible_to(self, actor):
        """Staff see the stations of their place."""
        return self.filter(carrier__in=Carrier.objects.visible_to(actor))

    def effective(self, on):
        """Stations that are open on that day."""
        return self.filter(Q(opened_on__lte=on), Q(closed_on__isnull=True) | Q(closed_on__gt=on))

    def published(self):
        """Address and hours of stations that are open are for everybody."""
        return self.filter(closed_on=None, carrier__to_on=None)


class InstructorQuerySet(SpellQuerySet):
    def visible_to(self, actor):
        """Whoever may see the unit sees its instructors."""
        return self.filter(unit__in=Unit.objects.visible_to(actor))


class SurveyRoundQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see the rounds of their place and those above it that their units are in."""
        if actor.is_system:
            return self
        if not actor.reads_territory:
            return self.none()
        above = [actor.place_code[:length] for length in range(1, len(actor.place_code))]
        return self.filter(under(actor.place_code) | Q(place_code__in=above))


class SurveyLineQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """Staff see the lines of the units of their place."""
        if actor.is_system:
            return self
        if not actor.reads_territory:
            return self.none()
        return self.filter(under(actor.place_code, "unit__place_code"))

    def filled(self, is_filled: bool = True):
        return self.filter(surveyed_on__isnull=not is_filled)


class Carrier(models.Model):
    """A place where two-new units gather (载体): industry system, park, business district, office building, market."""

    class Kind(models.TextChoices):
        INDUSTRY = "industry", "行业系统"
        PARK = "park", "园区"
        BUSINESS_DISTRICT = "business_district", "商圈"
        BUILDING = "building", "楼宇"
        MARKET = "market", "专业市场"

    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类型", max_length=20, choices=Kind.choices)
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="carriers", verbose_name="所在地"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    address = models.CharField("地址", max_length=200, blank=True)
    area = models.PositiveIntegerField("建筑面积（㎡）", default=0, blank=True)
    manager_unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="管理单位"
    )
    committee = models.ForeignKey(
        RegionalBody,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="carriers",
        verbose_name="综合党委",
    )
    from_on = models.DateField("启用日期")
    to_on = models.DateField("停用日期", null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = CarrierQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "载体"
        ordering = ["place_code", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "name"],
                name="carrier_name_once",
                violation_error_message="这个地方已经有同名的载体。",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="carrier_in_order",
                violation_error_message="停用日期要晚于启用日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs) -> None:
        # The copy follows what it repeats, whoever saves.
        self.place_code = self.place.code
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("units:carrier_detail", args=[self.pk])


class ServiceStation(models.Model):
    """A party-building service station (党建服务站) in a carrier, with hours and a contact residents may know."""

    carrier = models.ForeignKey(
        Carrier, on_delete=models.CASCADE, related_name="stations", verbose_name="载体"
    )

    class Kind(models.TextChoices):
        STATION = "station", "党建服务站"
        POINT = "point", "党建服务点"
        CENTER = "center", "党群服务中心"
        POST = "post", "红色驿站"

    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类型", max_length=16, choices=Kind.choices, default=Kind.STATION)
    area = models.PositiveIntegerField("面积（㎡）", default=0)
    facilities = models.CharField("设施和服务", max_length=200, blank=True)
    hours = models.CharField("开放时间", max_length=100, blank=True)
    contact = models.CharField("联系人和电话", max_length=100, blank=True)
    opened_on = models.DateField("启用日期")
    closed_on = models.DateField("停用日期", null=True, blank=True)

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "党建服务站"
        ordering = ["carrier_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gt=F("opened_on")),
                name="station_in_order",
                violation_error_message="停用日期要晚于启用日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return self.carrier.get_absolute_url()


class Instructor(models.Model):
    """A party-building instructor (党建指导员) sent to a unit without organization, from a day to a day."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="instructions", verbose_name="指导员"
    )
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="instructors", verbose_name="单位")
    dispatched_by = models.CharField("派出单位", max_length=80, blank=True)
    from_on = models.DateField("派出日期")
    to_on = models.DateField("结束日期", null=True, blank=True)

    objects = InstructorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "党建指导员"
        ordering = ["unit_id", "-from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="instructor_in_order",
                violation_error_message="结束日期要晚于派出日期。",
            ),
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(to_on__isnull=True),
                name="instructor_one_per_unit",
                violation_error_message="这个单位已经派了党建指导员。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.unit}"

    def get_absolute_url(self) -> str:
        return self.unit.get_absolute_url()


class InstructorNoteQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """Staff see the notes about the units of their place."""
        if actor.is_system:
            return self
        if not actor.reads_territory:
            return self.none()
        return self.filter(under(actor.place_code, "instructor__unit__place_code"))


class InstructorNote(models.Model):
    """What an instructor did at the unit in a month (月度工作记录); one a month, corrected in place."""

    instructor = models.ForeignKey(
        Instructor, on_delete=models.CASCADE, related_name="notes", verbose_name="派驻"
    )
    month = models.DateField("月份（第一天）")
    text = models.TextField("工作情况", max_length=1000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )

    objects = InstructorNoteQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "指导员工作记录"
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["instructor", "month"], name="instructor_note_monthly"),
            models.CheckConstraint(condition=Q(month__day=1), name="instructor_note_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.instructor} {self.month:%Y-%m}"


class BuildPlanQuerySet(PlacedForStaffQuerySet):
    def open(self):
        """Those that still lead somewhere; a unit has one at a time."""
        return self.exclude(status__in=BuildPlan.ENDED_STATUSES)


class BuildPlan(StatusModel):
    """The way of one unit to its own or a joint organization (组建计划), domain.md §2(c)."""

    class Status(models.TextChoices):
        UNVERIFIED = "unverified", "未核"
        NO_MEMBER = "no_member", "没有党员"
        FEW_MEMBERS = "few_members", "仅有个别党员"
        INSTRUCTOR = "instructor", "已派指导员"
        DUE = "due", "应建未建"
        PREPARING = "preparing", "筹建中"
        APPROVED = "approved", "已批复"
        FOUNDED = "founded", "已成立"
        REGULAR = "regular", "规范运行"
        CLOSED = "closed", "已了结"

    MOVES = (
        move("find_none", "核实：没有党员", ["unverified", "few_members", "due"], "no_member", BUILDERS),
        move("find_few", "核实：仅有个别党员", ["unverified", "no_member", "due"], "few_members", BUILDERS),
        move(
            "find_due",
            "核实：应建未建",
            ["unverified", "no_member", "few_members", "instructor"],
            "due",
            BUILDERS,
            tone="primary",
        ),
        move("send_instructor", "派党建指导员", ["no_member", "few_members"], "instructor", BUILDERS),
        move(
            "prepare",
            "开始筹建（请示）",
            ["few_members", "instructor", "due"],
            "preparing",
            BUILDERS,
            tone="primary",
            needs_note=True,
            note_label="请示文号和方式",
        ),
        move(
            "approve",
            "批复",
            "preparing",
            "approved",
            APPROVERS,
            not_author=True,
            tone="primary",
            needs_note=True,
            note_label="批复文号",
        ),
        move("found", "成立（授牌）", "approved", "founded", BUILDERS, tone="primary"),
        move(
            "regularize", "规范运行", "founded", "regular", BUILDERS, tone="primary",
            needs_note=True, note_label="规范运行的情况（班子、制度、活动）",
        ),
        move("back", "退回筹建", "preparing", "due", APPROVERS, needs_note=True, note_label="退回的原因"),
        move(
            "close", "了结计划", ["unverified", "no_member", "few_members", "instructor", "due", "preparing", "approved"],
            "closed", BUILDERS, needs_note=True, note_label="了结的原因",
        ),
        move(
            "disband", "撤并", ["founded", "regular"], "closed", BUILDERS, tone="danger",
            needs_note=True, note_label="撤销、并入或转建的情况",
        ),
    )  # fmt: skip
    STEPS = ("unverified", "due", "preparing", "approved", "founded", "regular")
    # Statuses in which nothing is left to be built.
    ENDED_STATUSES = ("founded", "regular", "closed")
    # These ask for more than a note; their buttons lead to a form.
    FORM_MOVES = ("send_instructor", "prepare", "found")
    STATUS_TONES = {
        "due": "late",
        "preparing": "wait",
        "approved": "wait",
        "founded": "ok",
        "regular": "ok",
        "closed": "off",
        "unverified": "off",
    }

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="build_plans", verbose_name="单位")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    mode = models.CharField(
        "组建方式", max_length=16, choices=[("standalone", "单独组建"), ("joint", "联合组建")], blank=True
    )
    organization = models.ForeignKey(
        PartyOrganization,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="党组织",
    )
    approval_no = models.CharField("批复文号", max_length=60, blank=True)
    target_on = models.DateField("计划完成日期", null=True, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.UNVERIFIED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="经办人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = BuildPlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "组建计划"
        ordering = ["place_code", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=~Q(status__in=["founded", "regular", "closed"]),
                name="build_plan_one_open",
                violation_error_message="这个单位已经列入组建计划。",
            )
        ]
        indexes = [models.Index(fields=["place_code", "status"], name="build_plan_place")]

    def __str__(self) -> str:
        return f"{self.unit}组建计划"

    def get_absolute_url(self) -> str:
        return reverse("units:build_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("units:build_move", args=[self.pk, name])


class SurveyRound(models.Model):
    """A round of looking into every two-new unit (摸排), with a deadline."""

    name = models.CharField("名称", max_length=80)
    place = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="范围")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    opened_on = models.DateField("开始日期")
    due_on = models.DateField("截止日期")
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = SurveyRoundQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "摸排"
        ordering = ["-opened_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gte=F("opened_on")),
                name="survey_round_in_order",
                violation_error_message="截止日期不能早于开始日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("units:survey_lines", args=[self.pk])


class SurveyLine(models.Model):
    """What was found at one unit in one round (六清): operation, staff, members, owner, organization, why not built."""

    round = models.ForeignKey(
        SurveyRound, on_delete=models.CASCADE, related_name="lines", verbose_name="摸排"
    )
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="survey_lines", verbose_name="单位")
    is_operating = models.BooleanField("正常经营", null=True)
    employees = models.PositiveIntegerField("从业人数", null=True, blank=True)
    members_total = models.PositiveIntegerField("党员人数", null=True, blank=True)
    members_full = models.PositiveIntegerField("正式党员人数", null=True, blank=True)
    not_built_reason = models.CharField("未建原因", max_length=100, blank=True)
    surveyed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="摸排人",
    )
    surveyed_on = models.DateField("摸排日期", null=True, blank=True)

    objects = SurveyLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "摸排记录"
        ordering = ["round_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(members_full__isnull=True) | Q(members_full__lte=F("members_total")),
                name="survey_line_full_within_total",
                violation_error_message="正式党员人数不能多于党员人数。",
            ),
            models.UniqueConstraint(
                fields=["round", "unit"],
                name="survey_line_once",
                violation_error_message="这个单位在本轮摸排中已经登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.unit}"

    def get_absolute_url(self) -> str:
        return reverse("units:survey_line", args=[self.pk])

    @property
    def counts(self) -> dict[str, int]:
        """What was found, as the unit's own columns."""
        found = {name: getattr(self, name) for name in ("employees", "members_total", "members_full")}
        return {name: number for name, number in found.items() if number is not None}

    @property
    def differs(self) -> bool:
        """Whether the register says something else than what was found (the unit must be loaded)."""
        return any(getattr(self.unit, name) != number for name, number in self.counts.items())
