"""Places (区划与网格): one tree in which every code extends its parent's code."""

from datetime import date

from django.db import models
from django.urls import reverse

from core.codes import under
from core.models import PlacedQuerySet
from core.roles import STAFF, Role


class DivisionQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Names and codes of places are public."""
        return self

    def effective(self, on):
        """Divisions that exist on that day."""
        return self.filter(
            models.Q(valid_from__isnull=True) | models.Q(valid_from__lte=on),
            models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=on),
        )

    def kept_by(self, actor):
        """Places whose facts the actor may write down: those of the own place (domain.md §3, Division/Grid)."""
        if actor.is_read_only or actor.role not in Division.KEEPERS or not actor.place_code:
            return self.none()
        return self.filter(under(actor.place_code, "code"))


class Division(models.Model):
    """A place (区划、网格) with its statistical code; ``510107005008`` lies under ``510107005``.

    ``administered_by`` names who runs it: four subdistricts inside Wuhou's codes are run by 高新区 and are
    left out of the district's sums. ``path_name`` shows the subdistrict before the community, because two
    communities are called 锦城社区.
    """

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市"
        DISTRICT = "district", "区县"
        SUBDISTRICT = "subdistrict", "街道"
        COMMUNITY = "community", "社区"
        SECTION = "section", "片区"
        COURTYARD = "courtyard", "院落"
        BUILDING = "building", "楼栋"

    class CourtyardKind(models.TextChoices):
        OLD = "old", "老旧院落"
        UNIT_HOUSING = "unit_housing", "单位宿舍"
        ESTATE = "estate", "商品房小区"
        RESETTLEMENT = "resettlement", "拆迁安置"
        MIXED = "mixed", "商住"

    # Each level's codes extend the level's above it: community + P2, + Y3, + L2 (domain.md §2.0.1).
    GRID_LEVELS = (Level.SECTION, Level.COURTYARD, Level.BUILDING)
    # What the levels are called in 微网实格 (domain.md §2(g)).
    ALIASES = {
        Level.COMMUNITY: "总网格",
        Level.SECTION: "一般网格",
        Level.COURTYARD: "微网格",
        Level.BUILDING: "微网格",
    }
    KEEPERS = frozenset({Role.DISTRICT, Role.SUBDISTRICT, Role.COMMUNITY})
    # Who sees figures, party organizations and units; everybody else names and codes (domain.md §3, Vp).
    INSIDERS = STAFF | {Role.GRID_WORKER}

    code = models.CharField("区划代码", max_length=32, unique=True, db_collation="C")
    name = models.CharField("名称", max_length=60)
    path_name = models.CharField("带上级的名称", max_length=160, blank=True)
    level = models.CharField("级别", max_length=16, choices=Level.choices)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", verbose_name="上级"
    )
    administered_by = models.CharField("管理机构", max_length=40)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="并入"
    )
    courtyard_kind = models.CharField("院落类型", max_length=16, choices=CourtyardKind.choices, blank=True)
    households = models.PositiveIntegerField("户数", null=True, blank=True)
    population = models.PositiveIntegerField("人口", null=True, blank=True)
    party_members = models.PositiveIntegerField("党员人数", null=True, blank=True)
    party_organization = models.ForeignKey(
        "units.PartyOrganization",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="nodes",
        verbose_name="对应党组织",
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "区划"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gt=models.F("valid_from")),
                name="division_valid_in_order",
                violation_error_message="停用日期要晚于启用日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.path_name or self.name

    def get_absolute_url(self) -> str:
        return reverse("units:place_detail", args=[self.pk])

    @property
    def place_code(self) -> str:
        return self.code

    @property
    def alias(self) -> str:
        """The grid it is (网格): 总网格, 一般网格, 微网格; empty above the community."""
        return self.ALIASES.get(self.level, "")

    @property
    def level_words(self) -> str:
        """社区（总网格）."""
        return f"{self.get_level_display()}（{self.alias}）" if self.alias else self.get_level_display()

    @property
    def is_grid(self) -> bool:
        return self.level in self.GRID_LEVELS

    def exists_on(self, day: date) -> bool:
        """Whether the place is in use on a day; ``valid_to`` is the first day on which it isn't."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )

    @property
    def party_name(self) -> str:
        """How its party committee is called: 玉林街道党工委, 黉门街社区党委, 武侯区委."""
        if self.level == self.Level.SUBDISTRICT:
            return f"{self.name}党工委"
        if self.level == self.Level.COMMUNITY:
            return f"{self.name}党委"
        return self.name


class DivisionName(models.Model):
    """What a place was called from a day to a day (曾用名): renaming keeps the old name for its time."""

    division = models.ForeignKey(
        Division, on_delete=models.CASCADE, related_name="former_names", verbose_name="区划"
    )
    name = models.CharField("名称", max_length=60)
    path_name = models.CharField("带上级的名称", max_length=160)
    to_on = models.DateField("用到（不含）")
    reason = models.CharField("更名依据", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"
        ordering = ["division_id", "-to_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["division", "to_on"],
                name="division_renamed_once_a_day",
                violation_error_message="这个地方在这一天已经更过名。",
            ),
        ]

    def __str__(self) -> str:
        return self.path_name
