"""The volunteer points ledger (志愿服务积分): cards, records of service, append-only entries, redemption.

Hours and points are kept apart: redeeming takes points, never hours. Entries and stock are only ever added to; a
balance is moved by the database in the same statement and can never fall below zero. Sources: domain.md §2(e),
§2.11 (8, 9); 民政部令第67号《志愿服务记录与证明出具办法（试行）》.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from core.actor import SYSTEM_ROLE, Actor
from core.encryption import EncryptedPhone, PhoneIndex, masked_phone
from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, STAFF, Role
from core.workflow import Move, StatusModel, move
from projects.models.lists import moments
from projects.models.project import Project
from projects.models.sessions import Session
from units.models import Division, Unit
from units.models.issues import masked_name

STAFF_ABOVE = frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF
VERIFIERS = frozenset({Role.COMMUNITY}) | STAFF_ABOVE
KEEPERS = frozenset({Role.COMMUNITY, Role.SUBDISTRICT})


class PointsTariff(models.Model):
    """How hours become points from a day on (积分规则): versioned, never changed once it is there.

    Points per hour, caps in hours, factors by role and for violations (违规); half hours are the smallest unit. What
    was redeemed is kept for ``collect_days``.
    """

    version = models.PositiveSmallIntegerField("版本", unique=True)
    valid_from = models.DateField("启用日期", unique=True)
    points_per_hour = models.DecimalField("每小时积分", max_digits=4, decimal_places=1, default=1)
    session_cap_hours = models.DecimalField("单场最多小时", max_digits=4, decimal_places=1, default=4)
    day_cap_hours = models.DecimalField("每日最多小时", max_digits=4, decimal_places=1, default=8)
    min_hours = models.DecimalField("最少小时", max_digits=4, decimal_places=1, default="0.5")
    leader_factor = models.DecimalField("负责人系数", max_digits=3, decimal_places=1, default="1.4")
    organizer_factor = models.DecimalField("组织者系数", max_digits=3, decimal_places=1, default="1.2")
    violation_factor = models.DecimalField("违规系数", max_digits=3, decimal_places=1, default="0.5")
    serious_factor = models.DecimalField("严重违规系数", max_digits=3, decimal_places=1, default=0)
    collect_days = models.PositiveSmallIntegerField("兑换保留天数", default=30)
    basis = models.CharField("依据", max_length=200)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="制定人"
    )
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("制定时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "积分规则"
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points_per_hour__gt=0)
                & Q(min_hours__gt=0)
                & Q(session_cap_hours__gte=F("min_hours"))
                & Q(day_cap_hours__gte=F("session_cap_hours")),
                name="tariff_in_order",
                violation_error_message="最少小时、单场上限、每日上限要依次增大，每小时积分要大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(serious_factor__gte=0)
                & Q(violation_factor__gte=F("serious_factor"))
                & Q(violation_factor__lte=1),
                name="tariff_violations_in_order",
                violation_error_message="违规系数在 0 到 1 之间，严重违规的系数不能比它大。",
            ),
            models.CheckConstraint(
                condition=Q(collect_days__gte=1),
                name="tariff_collect_days",
                violation_error_message="兑换保留天数至少 1 天。",
            ),
        ]
        triggers = [pgtrigger.Protect(name="unchanged", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"第{self.version}版积分规则"


class PointsCardQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see the cards of their place, a unit's people those of their unit."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            return self.filter(unit_id=actor.unit_id)
        return self.under(actor.place_code) if actor.place_code and actor.role in STAFF else self.none()

    def active(self):
        return self.filter(status="active")


class PointsCard(StatusModel):
    """A volunteer's account (志愿服务积分卡) of a person, a unit or a team; ``token`` opens its page from the QR code.

    ``balance`` (points), ``owed`` (待扣积分: points taken back after they were spent, which later earnings offset
    first) and ``hours`` are moved by the ledger's trigger only.
    """

    class Holder(models.TextChoices):
        PERSON = "person", "个人"
        UNIT = "unit", "单位"
        TEAM = "team", "队伍"

    class Status(models.TextChoices):
        ACTIVE = "active", "正常"
        FROZEN = "frozen", "冻结"
        CLOSED = "closed", "已注销"

    MOVES = (
        move(
            "freeze",
            "冻结",
            "active",
            "frozen",
            STAFF_ABOVE,
            needs_note=True,
            note_label="冻结的原因",
            tone="danger",
        ),
        move("unfreeze", "解冻", "frozen", "active", STAFF_ABOVE, needs_note=True, note_label="解冻的原因"),
        move(
            "close",
            "注销",
            ["active", "frozen"],
            "closed",
            KEEPERS,
            needs_note=True,
            note_label="注销的原因",
            tone="danger",
        ),
    )
    STEPS = ("active",)
    STATUS_TONES = {"active": "ok", "frozen": "late", "closed": "off"}

    number = models.CharField("卡号", max_length=20, unique=True, editable=False, db_collation="C")
    token = models.CharField(max_length=32, unique=True, editable=False, db_collation="C")
    holder = models.CharField("持卡人类型", max_length=8, choices=Holder.choices, default=Holder.PERSON)
    name = models.CharField("姓名或名称", max_length=60)
    phone = EncryptedPhone("电话", max_length=20, blank=True, index="phone_index")
    phone_index = PhoneIndex("电话摘要", of="phone")
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="cards", verbose_name="所属单位"
    )
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="cards", verbose_name="所在社区"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    issued_on = models.DateField("发卡日期")
    balance = models.DecimalField("积分余额", max_digits=10, decimal_places=1, default=0, editable=False)
    owed = models.DecimalField("待扣积分", max_digits=10, decimal_places=1, default=0, editable=False)
    hours = models.DecimalField("累计时长", max_digits=10, decimal_places=1, default=0, editable=False)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.ACTIVE)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="发卡人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = PointsCardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分卡"
        ordering = ["place_code", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(balance__gte=0),
                name="card_balance_not_negative",
                violation_error_message="积分不够。",
            ),
            models.CheckConstraint(
                condition=Q(owed=0) | Q(owed__gt=0, balance=0),
                name="card_owed_first",
                violation_error_message="有待扣积分的卡，余额先用来抵扣。",
            ),
            models.UniqueConstraint(
                fields=["name", "phone_index"],
                condition=Q(holder="person") & ~Q(phone_index="") & ~Q(status="closed"),
                name="card_one_per_person",
                violation_error_message="这个人已经有积分卡了。",
            ),
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(holder="unit") & ~Q(status="closed"),
                name="card_one_per_unit",
                violation_error_message="这个单位已经有积分卡了。",
            ),
            models.CheckConstraint(
                condition=~Q(holder="unit") | Q(unit__isnull=False),
                name="card_of_unit",
                violation_error_message="单位的积分卡要选择单位。",
            ),
        ]
        indexes = [models.Index(fields=["place_code", "id"], name="card_place")]
        triggers = [
            # Forms save whole rows: what they read of the sums earlier never comes back over the ledger's.
            pgtrigger.Trigger(
                name="sums_kept",
                operation=pgtrigger.UpdateOf("balance", "owed", "hours"),
                when=pgtrigger.Before,
                func="""
                    IF pg_trigger_depth() < 2 THEN
                        NEW.balance = OLD.balance;
                        NEW.owed = OLD.owed;
                        NEW.hours = OLD.hours;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.number}）"

    def save(self, *args, **kwargs) -> None:
        # The copy follows what it repeats, whoever saves.
        self.place_code = self.place.code
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("projects:card_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("projects:card_move", args=[self.pk, name])

    def get_public_url(self) -> str:
        """The page the card's QR code leads to."""
        return reverse("open:card", args=[self.token])

    @property
    def masked_name(self) -> str:
        """The name as others see it: 王** for a person, in full for a unit or a team."""
        return masked_name(self.name) if self.holder == self.Holder.PERSON else self.name

    @property
    def masked_phone(self) -> str:
        return masked_phone(self.phone)

    def shows_phone_to(self, actor: Actor) -> bool:
        """The community that keeps the card, and the unit whose volunteer it is."""
        if actor.role == Role.COMMUNITY:
            return actor.stands_over(self.place_code)
        return actor.unit_id is not None and actor.unit_id == self.unit_id


class OfCardQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Whoever may see the card; staff also what happened at their place."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            return self.filter(card__unit_id=actor.unit_id)
        return self.under(actor.place_code) if actor.place_code and actor.role in STAFF else self.none()


class VolunteerRecord(StatusModel):
    """One volunteer's service of some hours (志愿服务记录): recorded by one person, verified by another.

    ``hours`` in half hours. ``flags`` says in words why somebody should look twice (back-fill, bulk).
    """

    class Role(models.TextChoices):
        VOLUNTEER = "volunteer", "志愿者"
        LEADER = "leader", "负责人"
        ORGANIZER = "organizer", "组织者"

    class Conduct(models.TextChoices):
        """How the service was done (违规系数, domain.md §2(e)); it changes the points, never the hours."""

        PROPER = "proper", "无违规"
        VIOLATION = "violation", "违规"
        SERIOUS = "serious", "严重违规"

    class Status(models.TextChoices):
        PENDING = "pending", "待核"
        VALID = "valid", "有效"
        REJECTED = "rejected", "未通过"
        REVERSED = "reversed", "已冲正"

    MOVES = (
        move("verify", "核实入账", "pending", "valid", VERIFIERS, not_author=True, tone="primary"),
        move(
            "verify_violation",
            "核实，违规减分",
            "pending",
            "valid",
            VERIFIERS,
            not_author=True,
            needs_note=True,
            note_label="违规的情况",
        ),
        move(
            "verify_serious",
            "核实，严重违规",
            "pending",
            "valid",
            VERIFIERS,
            not_author=True,
            needs_note=True,
            note_label="严重违规的情况",
        ),
        move(
            "reject",
            "不通过",
            "pending",
            "rejected",
            VERIFIERS,
            needs_note=True,
            note_label="不通过的原因",
            tone="danger",
        ),
        move(
            "reverse",
            "冲正",
            "valid",
            "reversed",
            STAFF_ABOVE,
            not_author=True,
            needs_note=True,
            note_label="冲正的原因",
            tone="danger",
        ),
    )
    STEPS = ("pending", "valid")
    STATUS_TONES = {"pending": "wait", "valid": "ok", "rejected": "off", "reversed": "off"}

    card = models.ForeignKey(
        PointsCard, on_delete=models.PROTECT, related_name="records", verbose_name="积分卡"
    )
    session = models.ForeignKey(
        Session,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="records",
        verbose_name="活动场次",
    )
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.PROTECT, related_name="records", verbose_name="项目"
    )
    activity = models.CharField("服务内容", max_length=100)
    place = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="服务所在地")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    role = models.CharField("身份", max_length=12, choices=Role.choices, default=Role.VOLUNTEER)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    hours = models.DecimalField("时长（小时）", max_digits=6, decimal_places=1)
    conduct = models.CharField(
        "违规情况", max_length=12, choices=Conduct.choices, default=Conduct.PROPER, editable=False
    )
    flags = models.CharField("提示", max_length=100, blank=True)
    batch = models.CharField("批次", max_length=32, blank=True, editable=False)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.PENDING)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
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
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = OfCardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "志愿服务记录"
        ordering = ["-starts_at", "-id"]
        constraints = [
            ExclusionConstraint(
                name="record_no_overlap",
                expressions=[("card", RangeOperators.EQUAL), (moments(), RangeOperators.OVERLAPS)],
                condition=Q(status__in=["pending", "valid"]),
                violation_error_message="这名志愿者在这段时间已有别的服务记录。",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="record_in_order",
                violation_error_message="结束时间要晚于开始时间。",
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0),
                name="record_hours_positive",
                violation_error_message="时长要大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(verifier__isnull=True) | ~Q(verifier=F("author")),
                name="record_second_person",
                violation_error_message="不能核实自己登记的志愿服务。",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "starts_at"], name="record_place"),
            models.Index(fields=["card", "-starts_at"], name="record_card"),
        ]

    def __str__(self) -> str:
        return f"{self.card} {self.activity}"

    def save(self, *args, **kwargs) -> None:
        # The copy follows what it repeats, whoever saves.
        self.place_code = self.place.code
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("projects:record_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("projects:record_move", args=[self.pk, name])

    @property
    def unit_id(self) -> int | None:
        """The unit the volunteer belongs to (the card must be loaded)."""
        return self.card.unit_id

    @property
    def turn_text(self) -> str:
        """Whose turn it is, as the line of steps says it."""
        return "社区、街道（登记人以外的同事）" if self.status == self.Status.PENDING else ""

    @property
    def served_on(self) -> date:
        """The local day of the service."""
        return timezone.localdate(self.starts_at)

    @property
    def time_text(self) -> str:
        """``2026-11-20 09:00–11:00``, local time."""
        first, last = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        return f"{first:%Y-%m-%d %H:%M}–{last:%H:%M}"

    def available_moves(self, actor: Actor) -> list[Move]:
        """Verifying what was filled in late or in bulk asks for a word."""
        rows = super().available_moves(actor)
        if not self.flags:
            return rows
        return [
            replace(row, needs_note=True, note_label=f"核实的依据（{self.flags}）")
            if row.name == "verify"
            else row
            for row in rows
        ]

    @property
    def conduct_text(self) -> str:
        """``违规``; empty for a service without fault."""
        return "" if self.conduct == self.Conduct.PROPER else self.get_conduct_display()


class CallBackQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """The staff of the place alone: a unit doesn't read what was said about its volunteers."""
        if actor.is_system:
            return self
        is_staff = actor.sees_business_data and actor.role in STAFF and actor.place_code
        return self.under(actor.place_code) if is_staff else self.none()


class CallBack(models.Model):
    """A verified record drawn at random to be asked about by telephone (5% 随机回访)."""

    class Outcome(models.TextChoices):
        OPEN = "open", "待回访"
        CONFIRMED = "confirmed", "属实"
        DENIED = "denied", "不属实"
        UNREACHED = "unreached", "未联系上"

    record = models.OneToOneField(
        VolunteerRecord, on_delete=models.CASCADE, related_name="call_back", verbose_name="志愿服务记录"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    month = models.DateField("月份（第一天）")
    outcome = models.CharField("结果", max_length=12, choices=Outcome.choices, default=Outcome.OPEN)
    note = models.CharField("说明", max_length=200, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="回访人",
    )
    called_at = models.DateTimeField("回访时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CallBackQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "随机回访"
        ordering = ["-month", "id"]
        indexes = [models.Index(fields=["place_code", "month"], name="call_back_place")]

    def __str__(self) -> str:
        return f"回访 {self.record}"

    @property
    def card(self) -> PointsCard:
        return self.record.card


class RewardQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """What is offered at or above the actor's place, and what lies under it; no secrets in a catalogue."""
        return self if actor.sees_business_data else self.none()

    def offered(self, on):
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), is_offered=True)


class Reward(models.Model):
    """Something points can be redeemed for (兑换目录): a service, a thing or a discount, never money.

    ``stock`` is moved by the stock ledger's trigger only.
    """

    class Kind(models.TextChoices):
        SERVICE = "service", "服务"
        THING = "thing", "物品"
        DISCOUNT = "discount", "公共服务折扣"

    title = models.CharField("名称", max_length=60)
    kind = models.CharField("类型", max_length=12, choices=Kind.choices)
    description = models.CharField("说明", max_length=300, blank=True)
    cost = models.DecimalField("所需积分", max_digits=8, decimal_places=1)
    place = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="兑换点")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    stock = models.IntegerField("库存", default=0, editable=False)
    per_quarter = models.PositiveSmallIntegerField("每人每季最多兑换", default=1)
    valid_to = models.DateField("有效期至", null=True, blank=True)
    is_offered = models.BooleanField("上架", default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = RewardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "兑换目录"
        ordering = ["place_code", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cost__gt=0),
                name="reward_cost_positive",
                violation_error_message="所需积分要大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(stock__gte=0),
                name="reward_stock_not_negative",
                violation_error_message="库存不够了。",
            ),
            models.UniqueConstraint(
                fields=["place", "title"],
                name="reward_once",
                violation_error_message="这个兑换点已经有同名的兑换项。",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="stock_kept",
                operation=pgtrigger.UpdateOf("stock"),
                when=pgtrigger.Before,
                func="""
                    IF pg_trigger_depth() < 2 THEN
                        NEW.stock = OLD.stock;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args, **kwargs) -> None:
        # The copy follows what it repeats, whoever saves.
        self.place_code = self.place.code
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("projects:reward_detail", args=[self.pk])


class Redemption(StatusModel):
    """Points given for a reward (兑换): points and stock are taken at once, given back when it is called off or lapses.

    ``collect_by`` is the last day to collect it, from the tariff of the day it was made.
    """

    class Status(models.TextChoices):
        RESERVED = "reserved", "待领取"
        COLLECTED = "collected", "已领取"
        CANCELLED = "cancelled", "已取消"
        LAPSED = "lapsed", "过期退回"

    MOVES = (
        move("collect", "登记领取", "reserved", "collected", KEEPERS, standing="counter", tone="primary"),
        move(
            "cancel",
            "取消兑换",
            "reserved",
            "cancelled",
            KEEPERS,
            standing="counter",
            needs_note=True,
            note_label="取消的原因",
            tone="danger",
        ),
        move("lapse", "过期退回", "reserved", "lapsed", [SYSTEM_ROLE]),
    )
    STEPS = ("reserved", "collected")
    STATUS_TONES = {"reserved": "wait", "collected": "ok", "cancelled": "off", "lapsed": "off"}

    number = models.CharField("兑换单号", max_length=40, unique=True, editable=False)
    card = models.ForeignKey(
        PointsCard, on_delete=models.PROTECT, related_name="redemptions", verbose_name="积分卡"
    )
    reward = models.ForeignKey(
        Reward, on_delete=models.PROTECT, related_name="redemptions", verbose_name="兑换项"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    cost = models.DecimalField("积分", max_digits=8, decimal_places=1)
    collect_by = models.DateField("最晚领取", null=True, blank=True, editable=False)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.RESERVED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="办理人",
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)
    created_at = models.DateTimeField("兑换时间", auto_now_add=True)

    objects = OfCardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分兑换"
        ordering = ["-id"]
        indexes = [models.Index(fields=["place_code", "-id"], name="redemption_place")]

    def __str__(self) -> str:
        return f"{self.card} {self.reward}"

    def get_absolute_url(self) -> str:
        return reverse("projects:redemption_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("projects:redemption_move", args=[self.pk, name])

    def stands_counter(self, actor) -> bool:
        """The staff of the place that hands it out (``place_code`` repeats the reward's)."""
        return actor.stands_over(self.place_code)


class PointsEntry(models.Model):
    """One line of the ledger (积分流水): never changed, never deleted; a mistake is put right by a new line.

    ``delta`` in points and ``hours`` may be negative only in a reversal or, for points, a redemption. Inserting
    moves the card's sums in the same statement; what would bring a balance below zero is refused by the database.
    ``owed`` is what the line adds to the card's outstanding claim (待扣) or takes from it, and the database's own
    arithmetic: of a reversal the points that are no longer there, of what is earned or given back the part that
    offsets the claim. ``delta - owed`` is the line's worth.
    """

    class Kind(models.TextChoices):
        SERVICE = "service", "志愿服务"
        REDEMPTION = "redemption", "兑换"
        REFUND = "refund", "兑换退回"
        REVERSAL = "reversal", "冲正"

    card = models.ForeignKey(
        PointsCard, on_delete=models.PROTECT, related_name="entries", verbose_name="积分卡"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    kind = models.CharField("类型", max_length=12, choices=Kind.choices)
    delta = models.DecimalField("积分", max_digits=8, decimal_places=1)
    owed = models.DecimalField("待扣", max_digits=8, decimal_places=1, default=0, editable=False)
    hours = models.DecimalField("时长", max_digits=6, decimal_places=1, default=0)
    record = models.ForeignKey(
        VolunteerRecord,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="entries",
        verbose_name="志愿服务记录",
    )
    redemption = models.ForeignKey(
        Redemption,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="entries",
        verbose_name="兑换单",
    )
    reverses = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversed_by",
        verbose_name="冲正",
    )
    tariff = models.ForeignKey(
        PointsTariff,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="积分规则",
    )
    note = models.CharField("说明", max_length=200, blank=True)
    occurred_on = models.DateField("发生日期")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="入账人",
    )
    created_at = models.DateTimeField("入账时间", auto_now_add=True)

    objects = OfCardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分流水"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["record"],
                condition=Q(kind="service"),
                name="entry_once_per_record",
                violation_error_message="这条志愿服务记录已经入账。",
            ),
            models.UniqueConstraint(
                fields=["redemption", "kind"],
                condition=Q(redemption__isnull=False),
                name="entry_once_per_redemption",
                violation_error_message="这张兑换单已经记过账。",
            ),
            models.CheckConstraint(
                condition=Q(kind="service", delta__gte=0, owed__lte=0, hours__gt=0, record__isnull=False)
                | Q(kind="redemption", delta__lt=0, owed=0, hours=0, redemption__isnull=False)
                | Q(kind="refund", delta__gte=0, owed__lte=0, hours=0, redemption__isnull=False)
                | Q(kind="reversal", delta__lte=0, owed__gte=0, reverses__isnull=False),
                name="entry_of_its_kind",
                violation_error_message="这笔积分与它的类型不符。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["place_code", "occurred_on"], include=["hours", "card", "kind"], name="entry_place"
            ),
            models.Index(fields=["card", "-id"], name="entry_card"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="moves_the_sums",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("held", "numeric"), ("claim", "numeric")],
                func="""
                    SELECT balance, owed INTO held, claim
                    FROM projects_pointscard WHERE id = NEW.card_id FOR UPDATE;
                    NEW.owed = 0;
                    IF NEW.kind = 'reversal' AND NEW.delta < -held THEN
                        NEW.owed = -NEW.delta - held;
                        NEW.delta = -held;
                    ELSIF NEW.delta > 0 AND claim > 0 THEN
                        NEW.owed = -LEAST(NEW.delta, claim);
                        NEW.delta = NEW.delta + NEW.owed;
                    END IF;
                    UPDATE projects_pointscard
                    SET balance = balance + NEW.delta, owed = owed + NEW.owed, hours = hours + NEW.hours
                    WHERE id = NEW.card_id;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card} {self.delta:+}"

    @property
    def worth(self) -> Decimal:
        """What the line is worth in points, whether they moved the balance or the outstanding claim."""
        return self.delta - self.owed


class RewardStockEntry(models.Model):
    """One line of a reward's stock ledger (库存流水): never changed, never deleted; below zero is refused."""

    reward = models.ForeignKey(
        Reward, on_delete=models.PROTECT, related_name="stock_entries", verbose_name="兑换项"
    )
    delta = models.IntegerField("数量")
    redemption = models.ForeignKey(
        Redemption,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="stock_entries",
        verbose_name="兑换单",
    )
    note = models.CharField("说明", max_length=200, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="办理人",
    )
    created_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "库存流水"
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="moves_the_stock",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                func="""
                    UPDATE projects_reward SET stock = stock + NEW.delta WHERE id = NEW.reward_id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reward} {self.delta:+}"
