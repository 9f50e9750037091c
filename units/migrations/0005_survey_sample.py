from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("units", "0004_issue_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="surveyround",
            name="is_sample",
            field=models.BooleanField(default=False, editable=False, verbose_name="演示数据"),
        ),
        migrations.AddConstraint(
            model_name="instructor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("to_on__isnull", True), ("to_on__gt", models.F("from_on")), _connector="OR"
                ),
                name="instructor_in_order",
                violation_error_message="结束日期要晚于派出日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicestation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_on__isnull", True), ("closed_on__gt", models.F("opened_on")), _connector="OR"
                ),
                name="station_in_order",
                violation_error_message="停用日期要晚于启用日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("members_full__isnull", True),
                    ("members_full__lte", models.F("members_total")),
                    _connector="OR",
                ),
                name="survey_line_full_within_total",
                violation_error_message="正式党员人数不能多于党员人数。",
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyround",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("opened_on"))),
                name="survey_round_in_order",
                violation_error_message="截止日期不能早于开始日期。",
            ),
        ),
    ]
