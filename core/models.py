"""What every app stands on: the timeline, attachments, the workday override, long jobs, and signs of life."""

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse

from core.codes import under


class PlacedQuerySet(models.QuerySet):
    """Rows that lie somewhere: all lists start from `visible_to`."""

    def under(self, code: str):
        """Rows at or below the place with this code."""
        return self.filter(under(code))


class About(models.Model):
    """Something said about any row (generic foreign key ``about``)."""

    about_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    about_id = models.BigIntegerField()
    about = GenericForeignKey("about_type", "about_id")

    class Meta:
        abstract = True


class HistoryEntry(About):
    """One line of a timeline (时间线): who made which move when, with what words. Never changed, never deleted."""

    move = models.CharField("操作", max_length=40)
    label = models.CharField("操作名称", max_length=40)
    from_status = models.CharField("原状态", max_length=24, blank=True)
    to_status = models.CharField("新状态", max_length=24, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="经办人"
    )
    actor_label = models.CharField("经办人身份", max_length=120)
    note = models.TextField("说明", blank=True)
    changes = models.JSONField("改动", default=dict, blank=True)
    place_code = models.CharField("区划代码", max_length=32, blank=True, db_collation="C")
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "时间线"
        ordering = ["-id"]
        indexes = [models.Index(fields=["about_type", "about_id", "-id"], name="history_about")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label} {self.label}"


class Attachment(About):
    """A file that belongs to a row (附件); stored outside the web root and served only through `visible_to`."""

    file = models.FileField("文件", upload_to="attachments/%Y/%m/")
    name = models.CharField("文件名", max_length=200)
    size = models.PositiveBigIntegerField("大小（字节）")
    sha256 = models.CharField("摘要", max_length=64)
    mime = models.CharField("类型", max_length=100, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    at = models.DateTimeField("上传时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "附件"
        ordering = ["id"]
        indexes = [models.Index(fields=["about_type", "about_id"], name="attachment_about")]

    def __str__(self) -> str:
        return self.name


class WorkdayOverride(models.Model):
    """A day that is (not) a workday by notice of the State Council (放假安排); wins over the calendar library."""

    date = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("是否工作日")
    note = models.CharField("说明", max_length=100, blank=True)
    source = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "放假安排"
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {'上班' if self.is_workday else '放假'}"


class JobQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """A person's own jobs; nobody else reads the rows of another's file."""
        if actor.is_system:
            return self
        if actor.user_id is None:
            return self.none()
        return self.filter(created_by_id=actor.user_id)


class Job(models.Model):
    """Long work that a worker does (任务): an import or an export; can be left and found again."""

    class Status(models.TextChoices):
        WAITING = "waiting", "排队中"
        RUNNING = "running", "进行中"
        READY = "ready", "待确认"
        APPLYING = "applying", "写入中"
        DONE = "done", "已完成"
        FAILED = "failed", "未成功"
        CANCELLED = "cancelled", "已取消"
        UNDONE = "undone", "已撤销"

    kind = models.CharField("类型", max_length=40)
    title = models.CharField("名称", max_length=200)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.WAITING)
    done = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    options = models.JSONField("选项", default=dict, blank=True)
    counts = models.JSONField("统计", default=dict, blank=True)
    errors = models.JSONField("错误", default=list, blank=True)
    message = models.TextField("说明", blank=True)
    source = models.FileField("上传文件", upload_to="jobs/%Y/%m/", blank=True)
    result = models.FileField("结果文件", upload_to="jobs/%Y/%m/", blank=True)
    place_code = models.CharField("区划代码", max_length=32, blank=True, db_collation="C")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="发起人"
    )
    membership_id = models.BigIntegerField("发起时的身份", null=True, editable=False)
    created_at = models.DateTimeField("发起时间", auto_now_add=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    beat_at = models.DateTimeField("最近进展", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任务"
        ordering = ["-id"]
        indexes = [models.Index(fields=["created_by", "-id"], name="job_created_by")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("core:job", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in {self.Status.WAITING, self.Status.RUNNING, self.Status.APPLYING}


class Heartbeat(models.Model):
    """The last sign of life of a process that nobody looks at (worker, beat)."""

    name = models.CharField("进程", max_length=40, unique=True)
    at = models.DateTimeField("时间")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%H:%M:%S}"


class IdempotencyRecord(models.Model):
    """The answer given to an ``Idempotency-Key``: the same key and body within 24 h gets it again (api.md)."""

    owner = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_owner_key")]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"


class DeploymentFact(models.Model):
    """A fact about this deployment that must live with its data (e.g. that the sample district was loaded)."""

    name = models.CharField(max_length=60, unique=True)
    value = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class NumberSequence(models.Model):
    """The last number given out in a gap-free series (编号), e.g. projects of one subdistrict in one year."""

    name = models.CharField(max_length=80, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.last}"


class IssuedDocumentQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Papers about rows the actor may see; the check page alone is for everybody."""
        from core.documents.reading import about_readable

        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        types = self.model.objects.order_by().values_list("about_type", flat=True).distinct()
        return self.filter(about_readable(actor, types))

    def valid(self):
        return self.filter(withdrawn_at__isnull=True)


class IssuedDocument(About):
    """A paper that left the house (印发的文件): its bytes, their fingerprint, and the code that proves it."""

    class Kind(models.TextChoices):
        NOTICE = "notice", "通知"
        BULLETIN = "bulletin", "通报"
        LETTER = "letter", "函"
        MINUTES = "minutes", "纪要"
        TASK_SHEET = "task_sheet", "督办单"
        REPORT = "report", "材料"

    kind = models.CharField("文种", max_length=24, choices=Kind.choices)
    title = models.CharField("标题", max_length=300)
    number = models.CharField("发文字号", max_length=80, blank=True)
    body = models.CharField("发文机关", max_length=200, blank=True)
    dated_on = models.DateField("成文日期")
    file = models.FileField("文件", upload_to="documents/%Y/%m/")
    size = models.PositiveBigIntegerField("大小（字节）")
    sha256 = models.CharField("文件指纹", max_length=64)
    code = models.CharField("核验码", max_length=16, unique=True)
    place_code = models.CharField("区划代码", max_length=32, blank=True, db_collation="C")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="印发人"
    )
    issued_label = models.CharField("印发人身份", max_length=120)
    issued_at = models.DateTimeField("印发时间", auto_now_add=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="撤回人",
    )
    withdrawn_label = models.CharField("撤回人身份", max_length=120, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawal_reason = models.TextField("撤回原因", blank=True)

    objects = IssuedDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "印发的文件"
        ordering = ["-id"]
        indexes = [models.Index(fields=["about_type", "about_id"], name="issued_document_about")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawal_reason="")
                | models.Q(withdrawn_at__isnull=False) & ~models.Q(withdrawal_reason=""),
                name="issued_document_withdrawal_has_reason",
                violation_error_message="撤回文件要写明原因。",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="unchanged",
                fields=["about_type", "about_id", "kind", "title", "number", "body", "dated_on", "file", "size",
                        "sha256", "code", "issued_by", "issued_label", "issued_at"],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("core:document", args=[self.pk])

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def verify_url(self) -> str:
        """The public check page of this paper."""
        return reverse("core:verify-code", args=[self.code])
