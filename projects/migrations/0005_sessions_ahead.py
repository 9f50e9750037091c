from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0004_phones")]

    operations = [
        migrations.RemoveConstraint(model_name="session", name="session_once"),
        migrations.AddField(
            model_name="sessionevaluation",
            name="network",
            field=models.CharField(blank=True, default="", editable=False, max_length=32),
        ),
        migrations.AlterField(
            model_name="session",
            name="person_times",
            field=models.PositiveIntegerField(null=True, verbose_name="服务人次"),
        ),
        migrations.AlterField(
            model_name="session",
            name="status",
            field=models.CharField(
                choices=[
                    ("planned", "已预告"),
                    ("recorded", "待核实"),
                    ("confirmed", "已核实"),
                    ("returned", "退回"),
                    ("voided", "已作废"),
                    ("revoked", "已撤销核实"),
                    ("called_off", "已取消"),
                ],
                default="recorded",
                max_length=24,
                verbose_name="状态",
            ),
        ),
        migrations.AddIndex(
            model_name="sessionevaluation",
            index=models.Index(fields=["session", "network"], name="session_evaluation_network"),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("person_times__isnull", False),
                    ("status__in", ["planned", "called_off"]),
                    _connector="OR",
                ),
                name="session_person_times_known",
                violation_error_message="请填写服务人次。",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "planned"), _negated=True),
                    ("starts_at__isnull", False),
                    _connector="OR",
                ),
                name="session_planned_starts",
                violation_error_message="预告活动要写明开始时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["voided", "revoked", "called_off"]), _negated=True),
                fields=("claim", "place", "held_on", "starts_at"),
                name="session_once",
                nulls_distinct=False,
                violation_error_message="这一场已经登记过了；同一天有几场时请写明各场的开始时间。",
            ),
        ),
    ]
