"""What an import did to the register, kept so that it can be taken back within a day."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.models import Job
from units.models.units import Unit


class UnitImport(models.Model):
    """One finished import of units (导入批次): which units and party organizations it added."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="unit_import", verbose_name="任务")
    new_unit_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name="新增单位")
    new_organization_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name="新增党组织")
    applied_at = models.DateTimeField("写入时间", auto_now_add=True)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入批次"

    def __str__(self) -> str:
        return f"{self.job} {self.applied_at:%Y-%m-%d %H:%M}"


class ImportedChange(models.Model):
    """A unit as it was before an import changed it (导入前的内容).

    ``before`` holds the unit's columns and its spells; ``version_after`` is the version the import left, so that a
    change made since is noticed.
    """

    unit_import = models.ForeignKey(
        UnitImport, on_delete=models.CASCADE, related_name="changes", verbose_name="导入批次"
    )
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+", verbose_name="单位")
    before = models.JSONField("导入前")
    version_after = models.PositiveIntegerField("导入后的版本")

    class Meta:
        verbose_name = verbose_name_plural = "导入前的内容"
        constraints = [models.UniqueConstraint(fields=["unit_import", "unit"], name="imported_change_once")]

    def __str__(self) -> str:
        return f"{self.unit_import_id} {self.unit_id}"
