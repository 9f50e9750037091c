"""Accounts: people who sign in, the roles they have at a place or unit, and API tokens."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.roles import Role
from units.models import Division, Unit


class User(AbstractUser):
    """Somebody who signs in (账号). What he or she may do comes from memberships alone."""

    name = models.CharField("姓名", max_length=40, blank=True)
    wants_email = models.BooleanField("接收邮件提醒", default=True)
    is_sample = models.BooleanField("演示账号", default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.username


class MembershipQuerySet(models.QuerySet):
    def effective(self, on):
        """Roles that are held on that day."""
        return self.filter(Q(from_on__lte=on), Q(to_on__isnull=True) | Q(to_on__gt=on))


class Membership(models.Model):
    """One role of one person at one place or unit, from a day to a day (任职授权)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name="账号"
    )
    role = models.CharField("角色", max_length=24, choices=Role.choices)
    place = models.ForeignKey(
        Division, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="所在地"
    )
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships", verbose_name="单位"
    )
    from_on = models.DateField("起")
    to_on = models.DateField("止", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任职授权"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=models.F("from_on")),
                name="membership_in_order",
                violation_error_message="结束日期要晚于开始日期。",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=["liaison", "social_org"]) | Q(unit__isnull=False),
                name="membership_liaison_has_unit",
                violation_error_message="联络员要指定单位。",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=["district", "social_work", "subdistrict", "community", "grid_worker"])
                | Q(place__isnull=False),
                name="membership_staff_has_place",
                violation_error_message="工作人员要指定所在地。",
            ),
        ]
        indexes = [models.Index(fields=["role", "place"], name="membership_role_place")]

    def __str__(self) -> str:
        return self.label

    @property
    def where(self) -> str:
        """The place or unit in words."""
        return str(self.unit or (self.place.party_name if self.place else ""))

    @property
    def label(self) -> str:
        """How the header and the timeline name this hat: 玉林街道党工委, 安和物业 联络员."""
        if self.unit:
            return f"{self.unit}{self.get_role_display().removeprefix('单位')}"
        if self.role in {Role.SUBDISTRICT, Role.COMMUNITY} and self.place:
            return self.place.party_name
        return self.get_role_display()


class ApiToken(models.Model):
    """A key for the REST API (令牌): stored hashed, shown once, bound to a person's role or to a named client."""

    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField("开头几位", max_length=8)
    name = models.CharField("名称", max_length=80)
    membership = models.ForeignKey(
        Membership,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="tokens",
        verbose_name="身份",
    )
    place = models.ForeignKey(
        Division, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="范围"
    )
    permissions = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name="权限")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="创建人"
    )
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    expires_at = models.DateTimeField("失效时间", null=True, blank=True)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(membership__isnull=False) | Q(place__isnull=False),
                name="token_has_scope",
                violation_error_message="令牌要么属于一个人的身份，要么指定一个范围。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.hint}…）"
