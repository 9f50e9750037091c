import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def say_who_rated(apps, schema_editor):
    """Until now a rating by staff stood as if the reporter had given it; nobody can tell them apart any more."""
    issues = apps.get_model("units", "Issue").objects
    issues.exclude(satisfaction="").filter(rated_way="").update(rated_way="reporter")


class Migration(migrations.Migration):
    dependencies = [
        ("units", "0010_organizations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InstructorNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(verbose_name="月份（第一天）")),
                ("text", models.TextField(max_length=1000, verbose_name="工作情况")),
            ],
            options={
                "verbose_name": "指导员工作记录",
                "verbose_name_plural": "指导员工作记录",
                "ordering": ["-month"],
            },
        ),
        migrations.AddField(
            model_name="carrier",
            name="area",
            field=models.PositiveIntegerField(blank=True, default=0, verbose_name="建筑面积（㎡）"),
        ),
        migrations.AddField(
            model_name="instructor",
            name="dispatched_by",
            field=models.CharField(blank=True, max_length=80, verbose_name="派出单位"),
        ),
        migrations.AddField(
            model_name="issue",
            name="rated_way",
            field=models.CharField(
                blank=True,
                choices=[
                    ("reporter", "反映人本人评议"),
                    ("phone", "电话回访登记"),
                    ("visit", "上门回访登记"),
                ],
                max_length=16,
                verbose_name="评议方式",
            ),
        ),
        migrations.AddField(
            model_name="servicestation",
            name="facilities",
            field=models.CharField(blank=True, max_length=200, verbose_name="设施和服务"),
        ),
        migrations.AddField(
            model_name="servicestation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("station", "党建服务站"),
                    ("point", "党建服务点"),
                    ("center", "党群服务中心"),
                    ("post", "红色驿站"),
                ],
                default="station",
                max_length=16,
                verbose_name="类型",
            ),
        ),
        migrations.AlterField(
            model_name="buildplan",
            name="status",
            field=models.CharField(
                choices=[
                    ("unverified", "未核"),
                    ("no_member", "没有党员"),
                    ("few_members", "仅有个别党员"),
                    ("instructor", "已派指导员"),
                    ("due", "应建未建"),
                    ("preparing", "筹建中"),
                    ("approved", "已批复"),
                    ("founded", "已成立"),
                    ("regular", "规范运行"),
                    ("closed", "已了结"),
                ],
                default="unverified",
                max_length=24,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="buildplan",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="build_plans",
                to="units.unit",
                verbose_name="单位",
            ),
        ),
        migrations.AlterField(
            model_name="issue",
            name="source",
            field=models.CharField(
                choices=[
                    ("resident", "居民上报"),
                    ("grid", "网格巡查"),
                    ("visit", "走访收集"),
                    ("meeting", "联席会提出"),
                    ("representative", "代表反映"),
                    ("unit", "单位反映"),
                    ("hotline", "12345 转办"),
                    ("inspection", "督查发现"),
                    ("caller", "居民来访"),
                    ("alliance", "党建共同体提出"),
                    ("member", "报到党员反映"),
                ],
                max_length=16,
                verbose_name="来源",
            ),
        ),
        migrations.RunPython(say_who_rated, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.AddConstraint(
            model_name="buildplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["founded", "regular", "closed"]), _negated=True),
                fields=("unit",),
                name="build_plan_one_open",
                violation_error_message="这个单位已经列入组建计划。",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("satisfaction", ""), models.Q(("rated_way", ""), _negated=True), _connector="OR"
                ),
                name="issue_rating_says_how",
                violation_error_message="评议要写明是反映人本人评议还是回访登记。",
            ),
        ),
        migrations.AddField(
            model_name="instructornote",
            name="author",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="instructornote",
            name="instructor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notes",
                to="units.instructor",
                verbose_name="派驻",
            ),
        ),
        migrations.AddConstraint(
            model_name="instructornote",
            constraint=models.UniqueConstraint(
                fields=("instructor", "month"), name="instructor_note_monthly"
            ),
        ),
        migrations.AddConstraint(
            model_name="instructornote",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1)), name="instructor_note_first_day"
            ),
        ),
    ]
