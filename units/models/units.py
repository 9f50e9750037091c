"""Resident units (驻区单位) and since when they count."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, F, Func, Lookup, OuterRef, Q, Value
from django.db.models.functions import Upper
from django.urls import reverse

from core.clock import today
from core.codes import under
from core.models import PlacedQuerySet
from core.pinyin import pinyin_key
from units.models.places import Division


def days(from_field: str = "from_on", to_field: str = "to_on") -> Func:
    """The half-open range of days of a spell, as PostgreSQL compares it."""
    return Func(F(from_field), F(to_field), function="daterange")


def initials_of(field: str) -> Func:
    """The first letters of a pinyin key as one word, in PostgreSQL: ``cheng du an he`` → ``cdah``."""
    return Func(F(field), Value(r"(\S)\S*\s*"), Value(r"\1"), Value("g"), function="regexp_replace")


class InAnArray(Lookup):
    """``id = ANY(ARRAY(SELECT …))``: found first, then looked up by the index, beside another index range."""

    prepare_rhs = False

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", [*left_params, *right_params]


class UnitQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see the units counted or with premises in their place, a unit's people their own unit.

        Representatives and grid workers read what is published of units, like anybody (domain.md §3, Vp).
        Only the place where a unit is counted changes it; the actions say so.
        """
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            return self.filter(pk=actor.unit_id)
        return self.present_in(actor.place_code) if actor.reads_territory else self.none()

    def present_in(self, code: str):
        """Units that are counted at or below a place, or have a further place of business there today."""
        if settings.ROOT_PLACE_CODE.startswith(code):
            return self.under(code)
        premises = (
            self.model._meta.get_field("premises")
            .related_model.objects.effective(today())
            .filter(under(code))
        )
        return self.filter(
            under(code) | Q(InAnArray(F("pk"), ArraySubquery(premises.order_by().values("unit_id"))))
        )

    def effective(self):
        """Units that have not been merged into another."""
        return self.filter(merged_into__isnull=True)

    def published(self):
        """Units whose name, category and place anybody may read."""
        return self.effective()

    def covered(self, on, is_covered: bool = True):
        """Units that a party organization covers on that day (or none does)."""
        spells = self.model._meta.get_field("coverage_spells").related_model.objects.filter(
            Q(to_on__isnull=True) | Q(to_on__gt=on), unit=OuterRef("pk"), from_on__lte=on
        )
        return self.filter(Exists(spells) if is_covered else ~Exists(spells))

    def search(self, text: str):
        """Units by name, pinyin initials or credit code: 安和, cdah, 91510107M."""
        rows = self
        for word in text.split():
            found = Q(name__icontains=word)
            if word.isascii():
                found |= Q(name_initials__contains=word.lower()) | Q(credit_code__startswith=word.upper())
            rows = rows.filter(found)
        return rows


class Unit(models.Model):
    """A unit that sits in the territory (驻区单位): the registry everything else hangs on (domain.md §2.0.2)."""

    class Category(models.TextChoices):
        STATE_OWNED = "state_owned", "国有经济控制企业"
        COLLECTIVE = "collective", "集体经济控制企业"
        NON_PUBLIC = "non_public", "非公有制企业"
        INSTITUTION = "institution", "事业单位"
        GOVERNMENT = "government", "机关"
        SOCIAL_ORGANIZATION = "social_organization", "社会组织"
        URBAN_SUBDISTRICT = "urban_subdistrict", "城市街道"
        URBAN_COMMUNITY = "urban_community", "城市社区"
        TOWNSHIP = "township", "乡镇"
        RURAL_COMMUNITY = "rural_community", "农村社区"
        VILLAGE = "village", "建制村"
        OTHER = "other", "其他"

    class Subcategory(models.TextChoices):
        PRIVATE = "private", "私营控制"
        HMT = "hmt", "港澳台商控制"
        FOREIGN = "foreign", "外商控制"
        ASSOCIATION = "association", "社会团体"
        FOUNDATION = "foundation", "基金会"
        SERVICE_AGENCY = "service_agency", "社会服务机构（民办非企业单位）"
        LAW_FIRM = "law_firm", "律师事务所"
        ACCOUNTING_FIRM = "accounting_firm", "会计师事务所"
        TAX_FIRM = "tax_firm", "税务师事务所"
        UNIVERSITY = "university", "高校"
        HOSPITAL = "hospital", "医院"
        SCHOOL = "school", "中小学"
        RESEARCH = "research", "科研院所"

    class OperatingStatus(models.TextChoices):
        OPERATING = "operating", "正常经营"
        SUSPENDED = "suspended", "停业"
        REVOKED = "revoked", "吊销"
        DEREGISTERED = "deregistered", "注销"
        MOVED_OUT = "moved_out", "迁出"
        SHELL = "shell", "空壳"
        ZOMBIE = "zombie", "僵尸"
        DUPLICATE_LICENCE = "duplicate_licence", "一企多照"

    class Verification(models.TextChoices):
        PENDING = "pending", "待核实"
        VERIFIED = "verified", "已核实"
        CHANGE_PENDING = "change_pending", "变更待审"
        CANCELLED = "cancelled", "已注销"

    class Affiliation(models.TextChoices):
        CENTRAL = "central", "中央"
        PROVINCE = "province", "省"
        CITY = "city", "市"
        DISTRICT = "district", "区"
        SUBDISTRICT = "subdistrict", "街道"
        NONE = "none", "无主管"

    class NewField(models.TextChoices):
        ECONOMIC = "economic", "新经济组织"
        SOCIAL = "social", "新社会组织"
        EMPLOYMENT = "employment", "新就业群体"

    TWO_NEW = (Category.NON_PUBLIC, Category.SOCIAL_ORGANIZATION)
    SUBCATEGORIES = {
        Category.NON_PUBLIC: (Subcategory.PRIVATE, Subcategory.HMT, Subcategory.FOREIGN),
        Category.SOCIAL_ORGANIZATION: (
            Subcategory.ASSOCIATION,
            Subcategory.FOUNDATION,
            Subcategory.SERVICE_AGENCY,
            Subcategory.LAW_FIRM,
            Subcategory.ACCOUNTING_FIRM,
            Subcategory.TAX_FIRM,
        ),
        Category.INSTITUTION: (
            Subcategory.UNIVERSITY,
            Subcategory.HOSPITAL,
            Subcategory.SCHOOL,
            Subcategory.RESEARCH,
        ),
    }

    name = models.CharField("单位名称", max_length=120)
    name_pinyin = models.CharField("拼音", max_length=400, blank=True, db_collation="C", editable=False)
    name_initials = models.GeneratedField(
        expression=initials_of("name_pinyin"),
        output_field=models.CharField("拼音首字母", max_length=400, db_collation="C"),
        db_persist=True,
    )
    credit_code = models.CharField("统一社会信用代码", max_length=18, null=True, blank=True, db_collation="C")
    credit_code_missing_reason = models.CharField("无信用代码的原因", max_length=100, blank=True)
    category = models.CharField("单位类别", max_length=24, choices=Category.choices)
    subcategory = models.CharField("子类", max_length=24, choices=Subcategory.choices, blank=True)
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="units", verbose_name="所在社区"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    address = models.CharField("地址", max_length=200, blank=True)
    operating_status = models.CharField(
        "经营状态", max_length=24, choices=OperatingStatus.choices, default=OperatingStatus.OPERATING
    )
    employees = models.PositiveIntegerField("从业人数", default=0)
    members_total = models.PositiveIntegerField("党员人数", default=0)
    members_full = models.PositiveIntegerField("正式党员人数", default=0)
    has_instructor = models.BooleanField("已派党建指导员", default=False)
    has_mass_organization = models.BooleanField("有工会、团或妇女组织", default=False)
    is_member = models.BooleanField("联席会成员单位", default=False)
    contact = models.CharField("联系人", max_length=40, blank=True)
    # Columns with a default in the database, so that bulk loading need not name them.
    verification = models.CharField(
        "核实状态",
        max_length=16,
        choices=Verification.choices,
        default=Verification.PENDING,
        db_default=Verification.PENDING,
    )
    verified_at = models.DateTimeField("核实时间", null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="核实人",
        editable=False,
    )
    affiliation = models.CharField(
        "隶属", max_length=16, choices=Affiliation.choices, blank=True, default="", db_default=""
    )
    new_field = models.CharField(
        "新兴领域", max_length=16, choices=NewField.choices, blank=True, default="", db_default=""
    )
    industry = models.CharField("行业（GB/T 4754）", max_length=3, blank=True, default="", db_default="")
    short_name = models.CharField("简称", max_length=40, blank=True, default="", db_default="")
    has_premises = models.BooleanField("有固定经营场所", default=False, db_default=False)
    has_business = models.BooleanField("有经营活动", default=False, db_default=False)
    annual_revenue = models.DecimalField(
        "年营业收入（元）", max_digits=16, decimal_places=2, null=True, blank=True
    )
    has_union = models.BooleanField("有工会", default=False, db_default=False)
    has_youth = models.BooleanField("有团组织", default=False, db_default=False)
    has_women = models.BooleanField("有妇女组织", default=False, db_default=False)
    affiliated_to = models.CharField("隶属党组织", max_length=100, blank=True, default="", db_default="")
    members_not_transferred = models.PositiveIntegerField("未转入组织关系的党员", default=0, db_default=0)
    legal_rep_is_member = models.BooleanField("法定代表人是党员", default=False, db_default=False)
    legal_rep_is_secretary = models.BooleanField("法定代表人兼任党组织书记", default=False, db_default=False)
    carrier = models.ForeignKey(
        "units.Carrier",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="settled_units",
        verbose_name="所在载体",
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="并入单位"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "驻区单位"
        ordering = ["place_code", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"],
                name="unit_credit_code_once",
                violation_error_message="这个统一社会信用代码已经登记过了。",
            ),
            models.CheckConstraint(
                condition=Q(members_full__lte=F("members_total")),
                name="unit_full_members_within_total",
                violation_error_message="正式党员人数不能多于党员人数。",
            ),
            models.CheckConstraint(
                condition=Q(annual_revenue__isnull=True) | Q(annual_revenue__gte=0),
                name="unit_revenue_not_negative",
                violation_error_message="年营业收入不能小于 0。",
            ),
            models.CheckConstraint(
                condition=Q(credit_code__isnull=True) | Q(credit_code=Upper("credit_code")),
                name="unit_credit_code_upper",
                violation_error_message="统一社会信用代码要用大写字母。",
            ),
        ]
        indexes = [
            # With merged_into along, lists are counted without touching the rows.
            models.Index(fields=["place_code", "id"], include=["merged_into"], name="unit_place"),
            models.Index(fields=["name_pinyin", "id"], name="unit_pinyin"),
            GinIndex(OpClass(F("name"), name="gin_trgm_ops"), name="unit_name_trgm"),
            GinIndex(OpClass(F("name_initials"), name="gin_trgm_ops"), name="unit_initials_trgm"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="spells_follow",
                operation=pgtrigger.UpdateOf("place_code", "category"),
                when=pgtrigger.After,
                condition=pgtrigger.AnyChange("place_code", "category"),
                func="""
                    UPDATE units_operatingspell SET place_code = NEW.place_code, category = NEW.category WHERE unit_id = NEW.id;
                    UPDATE units_coveragespell SET place_code = NEW.place_code, category = NEW.category WHERE unit_id = NEW.id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs) -> None:
        # The copies follow what they repeat, whoever saves.
        self.place_code = self.place.code
        self.name_pinyin = pinyin_key(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("units:unit_detail", args=[self.pk])

    @property
    def unit_id(self) -> int:
        return self.pk

    @property
    def is_two_new(self) -> bool:
        """两新: a non-public enterprise or a social organization."""
        return self.category in self.TWO_NEW


class UnitName(models.Model):
    """What a unit was called before (曾用名), until a day."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="former_names", verbose_name="单位")
    name = models.CharField("曾用名", max_length=120)
    until = models.DateField("用到")

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"
        ordering = ["-until", "-id"]

    def __str__(self) -> str:
        return self.name


class OperatingSpell(models.Model):
    """From when to when a unit had one operating status: the denominator of any past date.

    ``[from_on, to_on)`` in days, ``to_on`` empty while it lasts. Leaving `OPERATING` needs a reason and evidence.
    """

    unit = models.ForeignKey(
        Unit, on_delete=models.CASCADE, related_name="operating_spells", verbose_name="单位"
    )
    status = models.CharField("经营状态", max_length=24, choices=Unit.OperatingStatus.choices)
    from_on = models.DateField("起")
    to_on = models.DateField("止", null=True, blank=True)
    reason = models.CharField("原因", max_length=300, blank=True)
    evidence = models.CharField("依据", max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    category = models.CharField("单位类别", max_length=24, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "经营状态记录"
        ordering = ["unit_id", "from_on"]
        constraints = [
            ExclusionConstraint(
                name="operating_spell_no_overlap",
                expressions=[("unit", RangeOperators.EQUAL), (days(), RangeOperators.OVERLAPS)],
                violation_error_message="同一单位同一天只能有一种经营状态。",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="operating_spell_in_order",
                violation_error_message="结束日期要晚于开始日期。",
            ),
            models.CheckConstraint(
                condition=Q(status="operating") | ~Q(reason=""),
                name="operating_spell_reason",
                violation_error_message="退出统计口径要写明原因。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["place_code"],
                include=["category", "status", "from_on", "to_on", "unit"],
                name="operating_spell_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_status_display()} {self.from_on}"
