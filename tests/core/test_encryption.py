"""Telephone numbers: unreadable in the database, found by their digest, moved to a new key without a loss."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection

from core.actor import SYSTEM
from core.encryption import EncryptedPhone, PhoneIndex, new_key, phone_index, plain_phone
from core.history import change_fields
from core.models import HistoryEntry
from tests.factories.bodies import make_person
from units.models import Person

PHONE = "13812341234"


@pytest.fixture
def person(huangmenjie):
    return make_person(place=huangmenjie, phone=PHONE)


def stored(person) -> tuple[bytes, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_index FROM units_person WHERE id = %s", [person.pk])
        raw, index = cursor.fetchone()
    return bytes(raw), index


@pytest.mark.parametrize(
    "written",
    ["13800010001", "+86 138-0001-0001", "0086 13800010001", "（138）0001 0001", "１３８０００１０００１"],
)
def test_one_number_is_one_number_however_it_is_written(written):
    assert plain_phone(written) == "13800010001"
    assert phone_index(written) == phone_index("13800010001")


def test_every_phone_of_every_model_is_encrypted_and_has_its_digest():
    named = [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if "phone" in field.name and not isinstance(field, PhoneIndex)
    ]
    assert len(named) >= 4
    for model, field in named:
        assert isinstance(field, EncryptedPhone), f"{model.__name__}.{field.name}"
        assert model._meta.get_field(field.index).of == field.name


@pytest.mark.django_db
class TestRows:
    def test_nothing_readable_lies_in_the_table(self, person):
        raw, index = stored(person)

        assert PHONE.encode() not in raw
        assert PHONE not in index
        assert stored(make_person(place=person.place, phone=PHONE))[0] != raw
        assert Person.objects.get(pk=person.pk).phone == PHONE
        assert list(Person.objects.filter(pk=person.pk).values_list("phone", flat=True)) == [PHONE]

    def test_a_number_is_found_by_its_digest_and_cannot_be_asked_otherwise(self, person):
        assert Person.objects.get(phone_index=phone_index("+86 138 1234 1234")) == person
        assert person not in Person.objects.filter(phone="")
        with pytest.raises(FieldError):
            Person.objects.filter(phone__icontains="1234")

    def test_another_column_does_not_open_it(self, person):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE units_person SET phone = set_byte(phone, 20, 0) WHERE id = %s", [person.pk]
            )

        assert Person.objects.get(pk=person.pk).phone == "无法解密"

    def test_the_timeline_keeps_no_number(self, person):
        change_fields(obj=person, values={"phone": "13912349999"}, actor=SYSTEM)

        assert HistoryEntry.objects.latest("pk").changes["phone"] == ["电话", "138****1234", "139****9999"]
        assert Person.objects.get(phone_index=phone_index("13912349999")) == person


@pytest.mark.django_db
class TestRotation:
    def test_everything_moves_to_the_newest_key(self, person, settings):
        before = stored(person)[0]
        settings.FIELD_KEYS = [new_key(), *settings.FIELD_KEYS]
        out = StringIO()
        call_command("rotate_field_keys", stdout=out)
        settings.FIELD_KEYS = settings.FIELD_KEYS[:1]

        assert "units.Person.phone：已换密钥 1 行" in out.getvalue()
        assert stored(person)[0] != before
        assert Person.objects.get(pk=person.pk).phone == PHONE
        call_command("rotate_field_keys", stdout=(again := StringIO()))
        assert "units.Person.phone：已换密钥 0 行" in again.getvalue()

    def test_without_its_key_a_number_is_shown_as_unreadable_and_never_overwritten(self, person, settings):
        before = stored(person)
        settings.FIELD_KEYS = [new_key()]
        row = Person.objects.get(pk=person.pk)
        row.post = "书记"
        row.save()

        assert (row.phone, stored(person)) == ("无法解密", before)
        with pytest.raises(CommandError, match="有 1 行用现有密钥无法解密"):
            call_command("rotate_field_keys", stdout=StringIO())
