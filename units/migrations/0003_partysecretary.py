"""Who led a party organization from when to when, so that one secretary for both is known for any past date."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("units", "0002_deliberation")]

    operations = [
        migrations.CreateModel(
            name="PartySecretary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_on", models.DateField(verbose_name="任职日期")),
                ("to_on", models.DateField(blank=True, null=True, verbose_name="免职日期")),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="secretaries",
                        to="units.partyorganization",
                        verbose_name="党组织",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="units.person",
                        verbose_name="书记",
                    ),
                ),
            ],
            options={
                "verbose_name": "党组织书记",
                "verbose_name_plural": "党组织书记",
                "ordering": ["organization_id", "-from_on"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_on__isnull", True), ("to_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="party_secretary_in_order",
                        violation_error_message="免职日期要晚于任职日期。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("to_on__isnull", True)),
                        fields=("organization",),
                        name="party_secretary_one",
                        violation_error_message="这个党组织已经有现任书记。",
                    ),
                ],
            },
        ),
    ]
