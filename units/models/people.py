"""People who act (书记、委员、代表、联络员): recorded only where they act, never as a membership file."""

from django.db import models
from django.db.models import Q

from core.encryption import EncryptedPhone, PhoneIndex, masked_phone
from core.models import PlacedQuerySet
from units.models.places import Division
from units.models.units import Unit


class PersonQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Staff see the people of their place, a unit's people those of their unit."""
        if actor.is_system:
            return self
        if not actor.sees_business_data:
            return self.none()
        if actor.unit_id:
            return self.filter(unit_id=actor.unit_id)
        return self.under(actor.place_code) if actor.place_code else self.none()


class Person(models.Model):
    """Somebody who acts in a role (人员): name, post and a way to reach them; no identity number, no photo."""

    name = models.CharField("姓名", max_length=40)
    is_woman = models.BooleanField("女", default=False)
    is_party_member = models.BooleanField("党员", default=True)
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="people", verbose_name="所在单位"
    )
    place = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="所在地")
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    post = models.CharField("职务", max_length=80, blank=True)
    phone = EncryptedPhone("电话", max_length=20, blank=True, index="phone_index")
    phone_index = PhoneIndex("电话摘要", of="phone")
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        ordering = ["place_code", "id"]
        indexes = [
            models.Index(fields=["place_code", "id"], name="person_place"),
            models.Index(fields=["phone_index"], name="person_phone"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        return masked_phone(self.phone)


class SpellQuerySet(models.QuerySet):
    def effective(self, on):
        """Those that last on that day."""
        return self.filter(Q(from_on__lte=on), Q(to_on__isnull=True) | Q(to_on__gt=on))
