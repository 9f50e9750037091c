"""`manage.py rotate_field_keys`: encrypt everything with the newest key, so that older ones may be thrown away."""

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from django.db.models.functions import Cast

from core.encryption import EncryptedPhone, Unreadable, is_current

CHUNK = 1000


class Command(BaseCommand):
    help = "Encrypt every telephone number with the first key of FIELD_KEYS, and make its digest anew."

    def handle(self, *args, **options):
        unreadable = 0
        for model, field in encrypted_fields():
            changed, lost = rotate(model, field)
            unreadable += lost
            self.stdout.write(f"{model._meta.label}.{field.name}：已换密钥 {changed} 行")
        if unreadable:
            raise CommandError(
                f"有 {unreadable} 行用现有密钥无法解密，没有改动；请把旧密钥加回 FIELD_KEYS 后再运行。"
            )


def encrypted_fields() -> list[tuple[type[models.Model], EncryptedPhone]]:
    """Every encrypted field of every model."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedPhone)
    ]


def rotate(model: type[models.Model], field: EncryptedPhone) -> tuple[int, int]:
    """Move a column to the newest key: (rows rewritten, rows no key opens)."""
    index = model._meta.get_field(field.index)
    changed = lost = 0
    keys = model._base_manager.exclude(**{field.name: ""}).order_by("pk").values_list("pk", flat=True)
    for start in range(0, len(ids := list(keys)), CHUNK):
        with transaction.atomic():
            rows = model._base_manager.filter(pk__in=ids[start : start + CHUNK]).select_for_update()
            stored = dict(rows.values_list("pk", Cast(field.name, models.BinaryField())))
            for row in rows.only("pk", field.name, field.index):
                if isinstance(getattr(row, field.name), Unreadable):
                    lost += 1
                    continue
                kept = getattr(row, field.index)
                digest = index.pre_save(row, add=False)
                if is_current(bytes(stored[row.pk])) and kept == digest:
                    continue
                model._base_manager.filter(pk=row.pk).update(
                    **{field.name: getattr(row, field.name), field.index: digest}
                )
                changed += 1
    return changed, lost
