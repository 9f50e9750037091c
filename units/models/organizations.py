"""Party organizations (建制党组织) and which units they cover since when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, Role
from core.workflow import StatusModel, move
from units.models.places import Division
from units.models.units import Unit, days


class PartyOrganizationQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see those of their place, a unit's people the ones that cover their unit."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            return self.filter(
                pk__in=CoverageSpell.objects.filter(unit_id=actor.unit_id).values("organization_id")
            )
        return self.under(actor.place_code) if actor.reads_territory else self.none()


KEEPERS = DISTRICT_STAFF | {Role.SUBDISTRICT}


class PartyOrganization(StatusModel):
    """A party organization on the establishment (建制党组织), never a functional regional body (domain.md §2.0.3).

    It ends dissolved (撤销), merged into another (并入) or transferred (转建): rebuilt as another organization, its
    ``successor``, which is not a new one. ``end_basis`` names the document it ended by.
    """

    class Status(models.TextChoices):
        PREPARING = "preparing", "筹建"
        ACTIVE = "active", "正常"
        DISSOLVED = "dissolved", "已撤销"
        MERGED = "merged", "已并入"
        TRANSFERRED = "transferred", "已转建"

    ENDED = (Status.DISSOLVED, Status.MERGED, Status.TRANSFERRED)
    # What a new row may begin as.
    FIRST = (Status.PREPARING, Status.ACTIVE)
    STEPS = (Status.PREPARING, Status.ACTIVE)
    FORM_MOVES = ("establish", "extend_term", "merge", "transfer", "dissolve")
    MOVES = (
        move("establish", "登记成立", Status.PREPARING, Status.ACTIVE, KEEPERS, tone="primary"),
        move("extend_term", "延长任期", Status.ACTIVE, Status.ACTIVE, KEEPERS),
        move("merge", "并入其他党组织", Status.ACTIVE, Status.MERGED, KEEPERS),
        move("transfer", "转建", Status.ACTIVE, Status.TRANSFERRED, KEEPERS),
        move("dissolve", "撤销", (Status.PREPARING, Status.ACTIVE), Status.DISSOLVED, KEEPERS, tone="danger"),
    )

    class Category(models.TextChoices):
        COMMITTEE = "611", "党委"
        GENERAL_BRANCH = "621", "党总支部"
        BRANCH = "631", "党支部"
        JOINT_BRANCH = "632", "联合党支部"
        GROUP = "641", "党小组"
        TEMPORARY_COMMITTEE = "911", "临时党委"
        TEMPORARY_GENERAL_BRANCH = "921", "临时党总支部"
        TEMPORARY_BRANCH = "931", "临时党支部"
        TEMPORARY_JOINT_BRANCH = "932", "临时联合党支部"

    class FormMode(models.TextChoices):
        STANDALONE = "standalone", "单独组建"
        REGIONAL = "regional", "区域联建"
        INDUSTRY = "industry", "行业统建"
        BUILDING = "building", "楼宇联建"
        PARK = "park", "园区联建"
        CHAIN = "chain", "产业联建"
        DISPATCHED = "dispatched", "派建"
        TRANSFERRED = "transferred", "转建"

    class SecretarySource(models.TextChoices):
        OWNER = "owner", "出资人"
        MANAGEMENT = "management", "管理层"
        APPOINTED = "appointed", "上级选派"
        OTHER = "other", "其他"

    name = models.CharField("名称", max_length=160)
    category = models.CharField("类别", max_length=8, choices=Category.choices)
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="party_organizations", verbose_name="所在地"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name="上级党组织",
    )
    host_unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="依托单位"
    )
    secretary = models.ForeignKey(
        "units.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="书记"
    )
    term_end = models.DateField("本届届满", null=True, blank=True)
    is_two_new = models.BooleanField("两新党组织", default=False)
    established_on = models.DateField("成立日期", null=True, blank=True)
    dissolved_on = models.DateField("撤销日期", null=True, blank=True)
    member_count = models.PositiveIntegerField("党员人数", default=0)
    # Columns with a default in the database, so that bulk loading need not name them.
    form_mode = models.CharField(
        "组建方式", max_length=16, choices=FormMode.choices, blank=True, default="", db_default=""
    )
    term_start = models.DateField("本届起始", null=True, blank=True)
    approval_no = models.CharField("批复文号", max_length=60, blank=True, default="", db_default="")
    secretary_source = models.CharField(
        "书记来源", max_length=16, choices=SecretarySource.choices, blank=True, default="", db_default=""
    )
    site_area = models.PositiveIntegerField("活动场所（㎡）", default=0, db_default=0)
    is_consolidating = models.BooleanField("软弱涣散整顿中", default=False, db_default=False)
    status = models.CharField(
        "状态",
        max_length=16,
        choices=Status.choices,
        default=Status.ACTIVE,
        db_default=Status.ACTIVE,
        editable=False,
    )
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors", verbose_name="并入或转建为",
        editable=False,
    )  # fmt: skip
    end_basis = models.CharField(
        "撤销、并入或转建的依据", max_length=120, blank=True, default="", db_default="", editable=False
    )
    regular_term_end = models.DateField("延期以前的届满日期", null=True, blank=True, editable=False)
    extension_no = models.CharField(
        "同意延期的文号", max_length=60, blank=True, default="", db_default="", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = PartyOrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "党组织"
        ordering = ["place_code", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["place_code", "name"],
                name="party_organization_name_once",
                violation_error_message="这个地方已经有同名的党组织。",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("dissolved", "merged", "transferred"), dissolved_on__isnull=False)
                | Q(status__in=("preparing", "active"), dissolved_on__isnull=True),
                name="party_organization_ended_on",
                violation_error_message="撤销、并入、转建的党组织要写明日期。",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("merged", "transferred"), successor__isnull=False)
                | (~Q(status__in=("merged", "transferred")) & Q(successor__isnull=True)),
                name="party_organization_successor",
                violation_error_message="并入、转建要写明并入或转建为哪个党组织。",
            ),
            models.CheckConstraint(
                condition=~Q(status="preparing") | Q(established_on__isnull=True),
                name="party_organization_preparing",
                violation_error_message="筹建中的党组织还没有成立日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("units:organization_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        """Where a move is made; each opens a form."""
        return reverse(f"units:organization_{name}", args=[self.pk])

    @property
    def is_ended(self) -> bool:
        return self.status in self.ENDED

    def condition_on(self, day) -> str:
        """What the statutes call its condition on a day (状态): 届满未换 and 软弱涣散整顿 beside the stored ones."""
        if self.status != self.Status.ACTIVE:
            return self.get_status_display()
        if self.term_end and self.term_end <= day:
            return "届满未换"
        return "软弱涣散整顿" if self.is_consolidating else self.get_status_display()


class CoverageSpell(models.Model):
    """From when to when a party organization covers a unit, alone or jointly (党组织覆盖).

    ``[from_on, to_on)`` in days, ``to_on`` empty while it lasts. A unit is covered by one organization at a time.
    ``place_code`` and ``category`` repeat the unit's, so that a place is counted from one index range.
    """

    class Mode(models.TextChoices):
        STANDALONE = "standalone", "单独组建"
        JOINT = "joint", "联合组建"

    unit = models.ForeignKey(
        Unit, on_delete=models.CASCADE, related_name="coverage_spells", verbose_name="单位"
    )
    organization = models.ForeignKey(
        PartyOrganization, on_delete=models.PROTECT, related_name="coverage_spells", verbose_name="党组织"
    )
    mode = models.CharField("覆盖方式", max_length=16, choices=Mode.choices)
    from_on = models.DateField("起")
    to_on = models.DateField("止", null=True, blank=True)
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    category = models.CharField("单位类别", max_length=24, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "覆盖记录"
        ordering = ["unit_id", "from_on"]
        constraints = [
            ExclusionConstraint(
                name="coverage_spell_no_overlap",
                expressions=[("unit", RangeOperators.EQUAL), (days(), RangeOperators.OVERLAPS)],
                violation_error_message="同一单位同一时间只能由一个党组织覆盖。",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="coverage_spell_in_order",
                violation_error_message="结束日期要晚于开始日期。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["place_code"],
                include=["category", "mode", "from_on", "to_on", "unit"],
                name="coverage_spell_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} ← {self.organization}"
