import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("units", "0007_phones"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MeetingReply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "answer",
                    models.CharField(
                        choices=[("attend", "参加"), ("substitute", "委托他人"), ("leave", "请假")],
                        max_length=12,
                        verbose_name="回执",
                    ),
                ),
                ("substitute", models.CharField(blank=True, max_length=40, verbose_name="受托人")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="请假的理由")),
                ("replied_at", models.DateTimeField(auto_now=True, verbose_name="回复时间")),
            ],
            options={
                "verbose_name": "参会回执",
                "verbose_name_plural": "参会回执",
                "ordering": ["id"],
            },
        ),
        migrations.AlterModelOptions(
            name="attendance",
            options={"ordering": ["id"], "verbose_name": "签到", "verbose_name_plural": "签到"},
        ),
        migrations.AlterModelOptions(
            name="meeting",
            options={
                "ordering": ["-year", "-number", "-id"],
                "verbose_name": "会议",
                "verbose_name_plural": "会议",
            },
        ),
        migrations.RemoveConstraint(
            model_name="attendance",
            name="attendance_once",
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="abstentions",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="弃权"),
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="ayes",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="赞成"),
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="kind",
            field=models.CharField(
                choices=[("matter", "审议事项"), ("report", "听取报告"), ("proposal", "代表提案")],
                default="matter",
                max_length=12,
                verbose_name="类型",
            ),
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="noes",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="反对"),
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="proposal",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="units.representativeproposal",
                verbose_name="代表提案",
            ),
        ),
        migrations.AddField(
            model_name="attendance",
            name="representative",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="units.representative",
                verbose_name="代表",
            ),
        ),
        migrations.AddField(
            model_name="attendance",
            name="seat",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="units.bodyseat",
                verbose_name="委员",
            ),
        ),
        migrations.AddField(
            model_name="attendance",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="meeting",
            name="emergency_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="紧急会议的理由"),
        ),
        migrations.AddField(
            model_name="meeting",
            name="observers",
            field=models.CharField(blank=True, max_length=200, verbose_name="列席"),
        ),
        migrations.AddField(
            model_name="regionalbody",
            name="cadence_months",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="会议周期（月）"),
        ),
        migrations.AddField(
            model_name="representativeproposal",
            name="round",
            field=models.PositiveSmallIntegerField(default=1, editable=False, verbose_name="第几次办理"),
        ),
        migrations.AddField(
            model_name="resolution",
            name="category",
            field=models.CharField(
                blank=True,
                choices=[
                    ("environment", "环境整治"),
                    ("property", "物业管理"),
                    ("parking", "停车交通"),
                    ("security", "治安"),
                    ("livelihood", "民生保障"),
                    ("culture", "文体教育"),
                    ("business", "经营服务"),
                    ("other", "其他"),
                ],
                max_length=16,
                verbose_name="类别",
            ),
        ),
        migrations.AlterField(
            model_name="agendaitem",
            name="status",
            field=models.CharField(
                choices=[
                    ("proposed", "已提出"),
                    ("adopted", "采纳"),
                    ("postponed", "暂缓"),
                    ("declined", "不采纳"),
                    ("deliberated", "已审议"),
                    ("withdrawn", "已撤回"),
                ],
                default="proposed",
                max_length=24,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="attendance",
            name="member",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="units.bodymember",
                verbose_name="成员单位",
            ),
        ),
        migrations.AlterField(
            model_name="representativeproposal",
            name="status",
            field=models.CharField(
                choices=[
                    ("submitted", "已提交"),
                    ("filed", "已立案"),
                    ("declined", "不予立案"),
                    ("advised", "转建议"),
                    ("assigned", "已交办"),
                    ("replied", "已答复"),
                    ("closed", "办结"),
                ],
                default="submitted",
                max_length=24,
                verbose_name="状态",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("member__isnull", False), ("representative__isnull", True), ("seat__isnull", True)
                    ),
                    models.Q(
                        ("member__isnull", True), ("representative__isnull", False), ("seat__isnull", True)
                    ),
                    models.Q(
                        ("member__isnull", True), ("representative__isnull", True), ("seat__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="attendance_of_one",
                violation_error_message="签到要对应一家成员单位、一名代表或一名委员。",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.UniqueConstraint(
                fields=("meeting", "member"),
                name="attendance_once_member",
                violation_error_message="这一行已经登记过到会情况。",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.UniqueConstraint(
                fields=("meeting", "representative"),
                name="attendance_once_representative",
                violation_error_message="这一行已经登记过到会情况。",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.UniqueConstraint(
                fields=("meeting", "seat"),
                name="attendance_once_seat",
                violation_error_message="这一行已经登记过到会情况。",
            ),
        ),
        migrations.AddField(
            model_name="meetingreply",
            name="author",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="回复人",
            ),
        ),
        migrations.AddField(
            model_name="meetingreply",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="replies",
                to="units.meeting",
                verbose_name="会议",
            ),
        ),
        migrations.AddField(
            model_name="meetingreply",
            name="member",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="units.bodymember",
                verbose_name="成员单位",
            ),
        ),
        migrations.AddField(
            model_name="meetingreply",
            name="representative",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="units.representative",
                verbose_name="代表",
            ),
        ),
        migrations.AddField(
            model_name="meetingreply",
            name="seat",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="units.bodyseat",
                verbose_name="委员",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingreply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("member__isnull", False), ("representative__isnull", True), ("seat__isnull", True)
                    ),
                    models.Q(
                        ("member__isnull", True), ("representative__isnull", False), ("seat__isnull", True)
                    ),
                    models.Q(
                        ("member__isnull", True), ("representative__isnull", True), ("seat__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="reply_of_one",
                violation_error_message="回执要对应一家成员单位、一名代表或一名委员。",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingreply",
            constraint=models.UniqueConstraint(
                fields=("meeting", "member"),
                name="reply_once_member",
                violation_error_message="这次会议已经回复过。",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingreply",
            constraint=models.UniqueConstraint(
                fields=("meeting", "representative"),
                name="reply_once_representative",
                violation_error_message="这次会议已经回复过。",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingreply",
            constraint=models.UniqueConstraint(
                fields=("meeting", "seat"),
                name="reply_once_seat",
                violation_error_message="这次会议已经回复过。",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingreply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", "substitute"), _negated=True),
                    models.Q(("substitute", ""), _negated=True),
                    _connector="OR",
                ),
                name="reply_substitute_named",
                violation_error_message="委托他人参加要写明受托人。",
            ),
        ),
    ]
