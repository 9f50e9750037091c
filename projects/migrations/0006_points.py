import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_sessions_ahead")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="pointscard",
            name="sums_kept",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="pointsentry",
            name="moves_the_sums",
        ),
        migrations.RemoveConstraint(
            model_name="pointsentry",
            name="entry_of_its_kind",
        ),
        migrations.AddField(
            model_name="pointscard",
            name="owed",
            field=models.DecimalField(
                decimal_places=1, default=0, editable=False, max_digits=10, verbose_name="待扣积分"
            ),
        ),
        migrations.AddField(
            model_name="pointsentry",
            name="owed",
            field=models.DecimalField(
                decimal_places=1, default=0, editable=False, max_digits=8, verbose_name="待扣"
            ),
        ),
        migrations.AddField(
            model_name="pointstariff",
            name="collect_days",
            field=models.PositiveSmallIntegerField(default=30, verbose_name="兑换保留天数"),
        ),
        migrations.AddField(
            model_name="pointstariff",
            name="serious_factor",
            field=models.DecimalField(decimal_places=1, default=0, max_digits=3, verbose_name="严重违规系数"),
        ),
        migrations.AddField(
            model_name="pointstariff",
            name="violation_factor",
            field=models.DecimalField(decimal_places=1, default="0.5", max_digits=3, verbose_name="违规系数"),
        ),
        migrations.AddField(
            model_name="redemption",
            name="collect_by",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="最晚领取"),
        ),
        migrations.AddField(
            model_name="volunteerrecord",
            name="conduct",
            field=models.CharField(
                choices=[("proper", "无违规"), ("violation", "违规"), ("serious", "严重违规")],
                default="proper",
                editable=False,
                max_length=12,
                verbose_name="违规情况",
            ),
        ),
        migrations.AlterField(
            model_name="redemption",
            name="status",
            field=models.CharField(
                choices=[
                    ("reserved", "待领取"),
                    ("collected", "已领取"),
                    ("cancelled", "已取消"),
                    ("lapsed", "过期退回"),
                ],
                default="reserved",
                max_length=24,
                verbose_name="状态",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pointscard",
            trigger=pgtrigger.compiler.Trigger(
                name="sums_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF pg_trigger_depth() < 2 THEN\n                        NEW.balance = OLD.balance;\n                        NEW.owed = OLD.owed;\n                        NEW.hours = OLD.hours;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="dd3dfc2ed7ebc6c998a672ef9f736e5361c00b37",
                    operation='UPDATE OF "balance", "owed", "hours"',
                    pgid="pgtrigger_sums_kept_a785b",
                    table="projects_pointscard",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pointsentry",
            trigger=pgtrigger.compiler.Trigger(
                name="moves_the_sums",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE held numeric; claim numeric;",
                    func="\n                    SELECT balance, owed INTO held, claim\n                    FROM projects_pointscard WHERE id = NEW.card_id FOR UPDATE;\n                    NEW.owed = 0;\n                    IF NEW.kind = 'reversal' AND NEW.delta < -held THEN\n                        NEW.owed = -NEW.delta - held;\n                        NEW.delta = -held;\n                    ELSIF NEW.delta > 0 AND claim > 0 THEN\n                        NEW.owed = -LEAST(NEW.delta, claim);\n                        NEW.delta = NEW.delta + NEW.owed;\n                    END IF;\n                    UPDATE projects_pointscard\n                    SET balance = balance + NEW.delta, owed = owed + NEW.owed, hours = hours + NEW.hours\n                    WHERE id = NEW.card_id;\n                    RETURN NEW;\n                ",
                    hash="f5dd50166709c9dce534818f746f26d3db49e41b",
                    operation="INSERT",
                    pgid="pgtrigger_moves_the_sums_f2456",
                    table="projects_pointsentry",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="pointscard",
            constraint=models.CheckConstraint(
                condition=models.Q(("owed", 0), models.Q(("balance", 0), ("owed__gt", 0)), _connector="OR"),
                name="card_owed_first",
                violation_error_message="有待扣积分的卡，余额先用来抵扣。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointsentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("delta__gte", 0),
                        ("hours__gt", 0),
                        ("kind", "service"),
                        ("owed__lte", 0),
                        ("record__isnull", False),
                    ),
                    models.Q(
                        ("delta__lt", 0),
                        ("hours", 0),
                        ("kind", "redemption"),
                        ("owed", 0),
                        ("redemption__isnull", False),
                    ),
                    models.Q(
                        ("delta__gte", 0),
                        ("hours", 0),
                        ("kind", "refund"),
                        ("owed__lte", 0),
                        ("redemption__isnull", False),
                    ),
                    models.Q(
                        ("delta__lte", 0), ("kind", "reversal"), ("owed__gte", 0), ("reverses__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="entry_of_its_kind",
                violation_error_message="这笔积分与它的类型不符。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointstariff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("serious_factor__gte", 0),
                    ("violation_factor__gte", models.F("serious_factor")),
                    ("violation_factor__lte", 1),
                ),
                name="tariff_violations_in_order",
                violation_error_message="违规系数在 0 到 1 之间，严重违规的系数不能比它大。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointstariff",
            constraint=models.CheckConstraint(
                condition=models.Q(("collect_days__gte", 1)),
                name="tariff_collect_days",
                violation_error_message="兑换保留天数至少 1 天。",
            ),
        ),
        migrations.RunSQL(
            # What waits already is kept as long as what comes, and never lapses before anybody was told.
            """
            UPDATE projects_redemption
            SET collect_by = GREATEST((created_at AT TIME ZONE 'Asia/Shanghai')::date + 30, CURRENT_DATE + 10)
            WHERE status = 'reserved'
            """,
            migrations.RunSQL.noop,
        ),
    ]
