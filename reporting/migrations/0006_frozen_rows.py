"""The lists behind frozen figures (冻结名单)."""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reporting", "0005_counted_work")]

    operations = [
        migrations.CreateModel(
            name="FrozenMembers",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("indicator", models.CharField(max_length=40, verbose_name="指标")),
                ("period", models.CharField(max_length=7, verbose_name="月份")),
                ("formula_version", models.PositiveIntegerField(verbose_name="口径版本")),
                ("cell", models.CharField(blank=True, max_length=20, verbose_name="格")),
                ("place_code", models.CharField(db_collation="C", max_length=32, verbose_name="区划代码")),
                (
                    "ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="名单"
                    ),
                ),
                (
                    "counts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None, verbose_name="各计多少"
                    ),
                ),
                ("is_sample", models.BooleanField(default=False, editable=False, verbose_name="演示数据")),
            ],
            options={
                "verbose_name": "冻结名单",
                "verbose_name_plural": "冻结名单",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("indicator", "period", "formula_version", "cell", "place_code"),
                        name="frozen_members_once",
                        violation_error_message="这个月的名单已经冻结。",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="frozenmembers",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="fe9f0572dce6f1ce8a32d83dba3f3359ef2c2a12",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_frozen_ad258",
                    table="reporting_frozenmembers",
                    when="BEFORE",
                ),
            ),
        ),
    ]
