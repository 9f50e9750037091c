import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("units", "0009_posts")]

    operations = [
        migrations.AddField(
            model_name="partyorganization",
            name="end_basis",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=120,
                verbose_name="撤销、并入或转建的依据",
            ),
        ),
        migrations.AddField(
            model_name="partyorganization",
            name="extension_no",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=60,
                verbose_name="同意延期的文号",
            ),
        ),
        migrations.AddField(
            model_name="partyorganization",
            name="regular_term_end",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="延期以前的届满日期"),
        ),
        migrations.AddField(
            model_name="partyorganization",
            name="status",
            field=models.CharField(
                choices=[
                    ("preparing", "筹建"),
                    ("active", "正常"),
                    ("dissolved", "已撤销"),
                    ("merged", "已并入"),
                    ("transferred", "已转建"),
                ],
                db_default="active",
                default="active",
                editable=False,
                max_length=16,
                verbose_name="状态",
            ),
        ),
        migrations.AddField(
            model_name="partyorganization",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predecessors",
                to="units.partyorganization",
                verbose_name="并入或转建为",
            ),
        ),
        migrations.RunSQL(
            "UPDATE units_partyorganization SET status = 'dissolved' WHERE dissolved_on IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="partyorganization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dissolved_on__isnull", False),
                        ("status__in", ("dissolved", "merged", "transferred")),
                    ),
                    models.Q(("dissolved_on__isnull", True), ("status__in", ("preparing", "active"))),
                    _connector="OR",
                ),
                name="party_organization_ended_on",
                violation_error_message="撤销、并入、转建的党组织要写明日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="partyorganization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ("merged", "transferred")), ("successor__isnull", False)),
                    models.Q(
                        models.Q(("status__in", ("merged", "transferred")), _negated=True),
                        ("successor__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="party_organization_successor",
                violation_error_message="并入、转建要写明并入或转建为哪个党组织。",
            ),
        ),
        migrations.AddConstraint(
            model_name="partyorganization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "preparing"), _negated=True),
                    ("established_on__isnull", True),
                    _connector="OR",
                ),
                name="party_organization_preparing",
                violation_error_message="筹建中的党组织还没有成立日期。",
            ),
        ),
        migrations.CreateModel(
            name="UnitName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="曾用名")),
                ("until", models.DateField(verbose_name="用到")),
            ],
            options={
                "verbose_name": "曾用名",
                "verbose_name_plural": "曾用名",
                "ordering": ["-until", "-id"],
            },
        ),
        migrations.AddField(
            model_name="unit",
            name="affiliated_to",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=100, verbose_name="隶属党组织"
            ),
        ),
        migrations.AddField(
            model_name="unit",
            name="annual_revenue",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="年营业收入（元）"
            ),
        ),
        migrations.AddField(
            model_name="unit",
            name="has_business",
            field=models.BooleanField(db_default=False, default=False, verbose_name="有经营活动"),
        ),
        migrations.AddField(
            model_name="unit",
            name="has_premises",
            field=models.BooleanField(db_default=False, default=False, verbose_name="有固定经营场所"),
        ),
        migrations.AddField(
            model_name="unit",
            name="has_union",
            field=models.BooleanField(db_default=False, default=False, verbose_name="有工会"),
        ),
        migrations.AddField(
            model_name="unit",
            name="has_women",
            field=models.BooleanField(db_default=False, default=False, verbose_name="有妇女组织"),
        ),
        migrations.AddField(
            model_name="unit",
            name="has_youth",
            field=models.BooleanField(db_default=False, default=False, verbose_name="有团组织"),
        ),
        migrations.AddField(
            model_name="unit",
            name="short_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=40, verbose_name="简称"),
        ),
        migrations.AlterField(
            model_name="unit",
            name="industry",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=3, verbose_name="行业（GB/T 4754）"
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("annual_revenue__isnull", True), ("annual_revenue__gte", 0), _connector="OR"
                ),
                name="unit_revenue_not_negative",
                violation_error_message="年营业收入不能小于 0。",
            ),
        ),
        migrations.AddField(
            model_name="unitname",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="former_names",
                to="units.unit",
                verbose_name="单位",
            ),
        ),
    ]
