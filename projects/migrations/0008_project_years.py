import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, TruncDate


def fill(apps, schema_editor):
    """Claims that were left keep the day of their last move; years stand where their words say they do."""
    claims = apps.get_model("projects", "ProjectClaim")
    entries = apps.get_model("core", "HistoryEntry")
    kind = (
        apps.get_model("contenttypes", "ContentType")
        .objects.filter(app_label="projects", model="projectclaim")
        .first()
    )
    moved = entries.objects.filter(
        about_type=kind, about_id=models.OuterRef("pk"), to_status="quit"
    ).order_by("-pk")
    last = models.Subquery(moved.values("at")[:1])
    claims.objects.filter(status="quit").update(
        left_on=TruncDate(Coalesce(last, F("decided_at"), F("submitted_at")))
    )
    years = apps.get_model("projects", "ProjectYear")
    years.objects.exclude(summary="").update(status="concluded")
    years.objects.exclude(review_result="").update(status="reviewed")


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("core", "0002_issueddocument"),
        ("projects", "0007_proposed_projects"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "acceptance", "early_reason", models.CharField("提前完成的原因", max_length=300, blank=True)
        ),
        migrations.AddField(
            "acceptance",
            "person_times",
            models.PositiveIntegerField("验收时已核实人次", null=True, blank=True),
        ),
        migrations.AddField(
            "acceptanceitem", "found", models.CharField("验收时", max_length=200, blank=True)
        ),
        migrations.AddField(
            "projectclaim", "left_on", models.DateField("退出日期", null=True, blank=True, editable=False)
        ),
        migrations.AddField(
            "projectyear",
            "status",
            models.CharField(
                "状态",
                max_length=24,
                choices=[
                    ("open", "进行中"),
                    ("concluded", "已小结待验收"),
                    ("accepted", "年度验收通过"),
                    ("to_review", "待评议"),
                    ("reviewed", "已评议"),
                ],
                default="open",
            ),
        ),
        migrations.AddField(
            "projectyear",
            "author",
            models.ForeignKey(
                to=settings.AUTH_USER_MODEL,
                null=True,
                blank=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                verbose_name="小结人",
            ),
        ),
        migrations.AddField(
            "projectyear", "opinion", models.CharField("年度验收意见", max_length=300, blank=True)
        ),
        migrations.AddField(
            "projectyear",
            "person_times",
            models.PositiveIntegerField("验收时已核实人次", null=True, blank=True),
        ),
        migrations.AddField(
            "projectyear", "accepted_on", models.DateField("年度验收日期", null=True, blank=True)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            "projectyear", models.Index(fields=["year", "status"], name="project_year_status")
        ),
        migrations.AddConstraint(
            "projectclaim",
            models.CheckConstraint(
                condition=~Q(status="quit") | Q(left_on__isnull=False),
                name="claim_quit_has_day",
                violation_error_message="退出的认领要有退出日期。",
            ),
        ),
        migrations.AddConstraint(
            "projectyear",
            models.CheckConstraint(
                condition=Q(status="open") | Q(status="reviewed") | ~Q(summary=""),
                name="project_year_summed_up",
                violation_error_message="先写年度小结，再验收和评议。",
            ),
        ),
    ]
