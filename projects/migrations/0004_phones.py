from django.db import migrations, models

import core.encryption

COLUMNS = [("need", "reporter_phone", "联系电话", 20), ("pointscard", "phone", "电话", 20)]


def encrypt_phones(apps, schema_editor):
    """Take every number over from its column in clear."""
    for model_name, field, *_ in COLUMNS:
        take_over(apps.get_model("projects", model_name), field, f"{field}_clear", field)


def keep_first_cards(apps, schema_editor):
    """Cards of one person whose number was spelt differently: the first keeps the digest, the others wait to be closed."""
    model, taken = apps.get_model("projects", "PointsCard"), set()
    rows = (
        model.objects.filter(holder="person").exclude(phone_index="").exclude(status="closed").order_by("pk")
    )
    for pk, *person in rows.values_list("pk", "name", "phone_index"):
        if tuple(person) in taken:
            model.objects.filter(pk=pk).update(phone_index="")
        taken.add(tuple(person))


def show_phones(apps, schema_editor):
    for model_name, field, *_ in COLUMNS:
        take_over(apps.get_model("projects", model_name), field, field, f"{field}_clear")


def take_over(model, field, source, target):
    rows = model.objects.exclude(**{source: ""}).only("pk", source)
    for row in rows.iterator():
        setattr(row, target, getattr(row, source))
        model.objects.filter(pk=row.pk).update(
            **{
                target: getattr(row, target),
                f"{field}_index": core.encryption.phone_index(getattr(row, source)),
            }
        )


def of_column(model_name, field, words, length):
    clear = models.CharField(words, max_length=length, blank=True, default="")
    phone = core.encryption.EncryptedPhone(
        blank=True, default="", index=f"{field}_index", max_length=length, verbose_name=words
    )
    index = core.encryption.PhoneIndex(of=field, verbose_name=f"{words}摘要")
    return [
        migrations.RenameField(model_name, field, f"{field}_clear"),
        migrations.AlterField(model_name, f"{field}_clear", clear),
        migrations.AddField(model_name, field, phone),
        migrations.AddField(model_name, f"{field}_index", index),
    ]


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_project_lists")]

    operations = [
        migrations.RemoveConstraint("pointscard", "card_one_per_person"),
        *[operation for column in COLUMNS for operation in of_column(*column)],
        migrations.RunPython(encrypt_phones, show_phones),
        migrations.RunPython(keep_first_cards, migrations.RunPython.noop),
        # What the rows' triggers put off is done now: a table is not altered while anything waits.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        *[migrations.RemoveField(model_name, f"{field}_clear") for model_name, field, *_ in COLUMNS],
        *[
            migrations.AlterField(
                model_name,
                field,
                core.encryption.EncryptedPhone(
                    blank=True, index=f"{field}_index", max_length=length, verbose_name=words
                ),
            )
            for model_name, field, words, length in COLUMNS
        ],
        migrations.AddConstraint(
            "pointscard",
            models.UniqueConstraint(
                condition=models.Q(
                    ("holder", "person"),
                    models.Q(("phone_index", ""), _negated=True),
                    models.Q(("status", "closed"), _negated=True),
                ),
                fields=("name", "phone_index"),
                name="card_one_per_person",
                violation_error_message="这个人已经有积分卡了。",
            ),
        ),
    ]
