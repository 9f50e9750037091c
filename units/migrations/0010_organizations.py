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
    ]
