"""Word of what happened: messages in the portal and their delivery by e-mail (outbox)."""

from django.conf import settings
from django.db import models

from core.models import About


class NotificationQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """A person's own messages only."""
        if actor.is_system:
            return self
        return self.filter(recipient_id=actor.user_id) if actor.user_id else self.none()

    def unread(self):
        return self.filter(read_at__isnull=True)


class Notification(About):
    """A message to one person (消息); ``key`` names the fact, so the same fact is told once."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notifications",
        verbose_name="收件人",
    )
    key = models.CharField("事实", max_length=160)
    kind = models.CharField("类型", max_length=40)
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容", blank=True)
    url = models.CharField("链接", max_length=200, blank=True)
    due_on = models.DateField("到期日", null=True, blank=True)
    created_at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="notification_fact_told_once")
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notification_recipient"),
            models.Index(
                fields=["recipient"], condition=models.Q(read_at__isnull=True), name="notification_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One message on its way out of the portal (投递): claimed, sent, retried with growing pauses, given up after 8."""

    class Channel(models.TextChoices):
        EMAIL = "email", "邮件"

    class Status(models.TextChoices):
        PENDING = "pending", "待发送"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发送"
        GIVEN_UP = "given_up", "多次未送达"

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries", verbose_name="消息"
    )
    channel = models.CharField("渠道", max_length=12, choices=Channel.choices)
    status = models.CharField("状态", max_length=12, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_try_at = models.DateTimeField("下次尝试")
    claimed_at = models.DateTimeField("开始时间", null=True, blank=True)
    sent_at = models.DateTimeField("送达时间", null=True, blank=True)
    last_error = models.CharField("最近错误", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投递"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once_per_channel")
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(status__in=["pending", "sending"]),
                name="delivery_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notification} {self.get_channel_display()} {self.get_status_display()}"
