import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What has ended is over; who votes on what follows from the kind (Representative.SCOPES_OF).
STAGES = """
    UPDATE units_bodyseat SET status = 'ended' WHERE to_on IS NOT NULL;
    UPDATE units_representative SET status = 'ended' WHERE to_on IS NOT NULL;
    UPDATE units_representative SET voting_scopes = CASE kind
        WHEN 'party_member' THEN ARRAY['appraisal', 'item', 'livelihood']
        WHEN 'resident' THEN ARRAY['item', 'livelihood'] ELSE ARRAY['appraisal'] END;
"""
# Institutions that are no hospital were entered as hospitals, for want of a kind of their own.
KINDS = """
    UPDATE units_bodymember SET kind = 'institution' FROM units_unit
    WHERE units_unit.id = unit_id AND units_unit.category = 'institution'
        AND units_unit.subcategory NOT IN ('hospital', 'university') AND kind = 'hospital';
"""
# One entry for a unit's liaison: rosters that name nobody, the present one under the same name, or a former one follow.
LIAISONS = """
    UPDATE units_bodymember SET liaison_id = present.person_id
    FROM units_unitliaison present JOIN units_person person ON person.id = present.person_id
    WHERE present.unit_id = units_bodymember.unit_id AND present.is_primary AND present.from_on <= CURRENT_DATE
        AND (present.to_on IS NULL OR present.to_on > CURRENT_DATE) AND units_bodymember.to_on IS NULL
        AND (liaison_id IS NULL OR EXISTS (
            SELECT 1 FROM units_person named WHERE named.id = liaison_id AND (named.name = person.name OR EXISTS (
                SELECT 1 FROM units_unitliaison former JOIN units_person was ON was.id = former.person_id
                WHERE former.unit_id = present.unit_id AND was.name = named.name
            ))
        ));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("units", "0008_meetings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="bodyseat",
            name="seat_one_secretary",
        ),
        migrations.RemoveConstraint(
            model_name="representative",
            name="representative_once",
        ),
        migrations.AddField(
            model_name="bodyseat",
            name="author",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="提名人",
            ),
        ),
        migrations.AddField(
            model_name="bodyseat",
            name="publicity_until",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="公示期满"),
        ),
        migrations.AddField(
            model_name="bodyseat",
            name="publicized_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="公示开始"),
        ),
        migrations.AddField(
            model_name="bodyseat",
            name="status",
            field=models.CharField(
                choices=[
                    ("proposed", "拟任"),
                    ("publicized", "公示"),
                    ("serving", "任职"),
                    ("ended", "免职"),
                    ("dropped", "未任用"),
                ],
                default="serving",
                max_length=24,
                verbose_name="状态",
            ),
        ),
        migrations.AddField(
            model_name="bodyseat",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="regionalbody",
            name="charter",
            field=models.TextField(blank=True, max_length=4000, verbose_name="章程"),
        ),
        migrations.AddField(
            model_name="regionalbody",
            name="has_rotating_chair",
            field=models.BooleanField(default=False, verbose_name="实行轮值主席"),
        ),
        migrations.AddField(
            model_name="regionalbody",
            name="roster_confirmed_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="名册最近核对"),
        ),
        migrations.AddField(
            model_name="representative",
            name="author",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="提名人",
            ),
        ),
        migrations.AddField(
            model_name="representative",
            name="end_kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("moved", "调离"),
                    ("disqualified", "丧失资格"),
                    ("term", "换届"),
                    ("other", "其他"),
                ],
                max_length=16,
                verbose_name="终止情形",
            ),
        ),
        migrations.AddField(
            model_name="representative",
            name="end_reason",
            field=models.CharField(blank=True, max_length=100, verbose_name="结束原因"),
        ),
        migrations.AddField(
            model_name="representative",
            name="publicity_until",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="公示期满"),
        ),
        migrations.AddField(
            model_name="representative",
            name="publicized_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="公示开始"),
        ),
        migrations.AddField(
            model_name="representative",
            name="status",
            field=models.CharField(
                choices=[
                    ("recommended", "推荐"),
                    ("qualified", "资格审查通过"),
                    ("publicized", "公示"),
                    ("elected", "当选"),
                    ("ended", "终止"),
                    ("rejected", "审查未通过"),
                    ("dropped", "未当选"),
                ],
                default="elected",
                max_length=24,
                verbose_name="状态",
            ),
        ),
        migrations.AddField(
            model_name="representative",
            name="user",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        migrations.AddField(
            model_name="representative",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="representative",
            name="voting_scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[("appraisal", "述职评议"), ("item", "一事一评"), ("livelihood", "民生实事票决")],
                    max_length=16,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="表决范围",
            ),
        ),
        migrations.AlterField(
            model_name="bodymember",
            name="kind",
            field=models.CharField(
                choices=[
                    ("government", "机关"),
                    ("enterprise", "企业"),
                    ("university", "高校"),
                    ("hospital", "医院"),
                    ("two_new", "两新组织"),
                    ("department", "职能部门"),
                    ("institution", "事业单位"),
                ],
                max_length=12,
                verbose_name="类型",
            ),
        ),
        migrations.AlterField(
            model_name="bodyseat",
            name="end_reason",
            field=models.CharField(blank=True, max_length=100, verbose_name="结束原因"),
        ),
        migrations.AlterField(
            model_name="bodyseat",
            name="from_on",
            field=models.DateField(blank=True, null=True, verbose_name="任职日期"),
        ),
        migrations.AlterField(
            model_name="representative",
            name="from_on",
            field=models.DateField(blank=True, null=True, verbose_name="任职日期"),
        ),
        migrations.AlterField(
            model_name="representative",
            name="to_on",
            field=models.DateField(blank=True, null=True, verbose_name="免职日期"),
        ),
        migrations.RunSQL(STAGES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="bodyseat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("from_on__isnull", False),
                    models.Q(("status__in", ["serving", "ended"]), _negated=True),
                    _connector="OR",
                ),
                name="seat_held_since",
                violation_error_message="任职要有任职日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="bodyseat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("post", "secretary"), ("status", "serving"), ("to_on__isnull", True)),
                fields=("body",),
                name="seat_one_secretary",
                violation_error_message="这个组织已经有现任书记。",
            ),
        ),
        migrations.AddConstraint(
            model_name="representative",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "elected"), ("to_on__isnull", True)),
                fields=("assembly", "person"),
                name="representative_once",
                violation_error_message="这个人已经是本届代表。",
            ),
        ),
        migrations.AddConstraint(
            model_name="representative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("from_on__isnull", False),
                    models.Q(("status__in", ["elected", "ended"]), _negated=True),
                    _connector="OR",
                ),
                name="representative_held_since",
                violation_error_message="代表要有当选日期。",
            ),
        ),
        migrations.RunSQL(KINDS, migrations.RunSQL.noop),
        migrations.RunSQL(LIAISONS, migrations.RunSQL.noop),
    ]
