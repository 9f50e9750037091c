"""The cast every test is told by: district, subdistrict, community, liaison and a stranger from elsewhere.

Each is a `Person` with ``.user``, ``.membership``, ``.actor`` and ``.client`` (a signed-in Django test client).
Places: 武侯区 510107 > 玉林街道 510107005 > 黉门街社区 510107005008; the stranger is the community 金雁社区 of 晋阳街道.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pytest
from django.test import Client

from accounts.models import Membership, User
from accounts.queries import actor_of
from core.actor import Actor
from core.roles import Role
from tests.factories.units import make_unit
from units.divisions import load_divisions, read_divisions
from units.models import Division, Unit

LONG_AGO = date(2020, 1, 1)


@dataclass
class Person:
    """Somebody of the cast, wearing one hat."""

    membership: Membership

    @property
    def user(self) -> User:
        return self.membership.user

    @cached_property
    def actor(self) -> Actor:
        return actor_of(self.membership)

    @cached_property
    def client(self) -> Client:
        client = Client()
        client.force_login(self.user, backend="django.contrib.auth.backends.ModelBackend")
        return client


def make_person(
    username: str, role: str, *, place: Division | None = None, unit: Unit | None = None, name: str = ""
) -> Person:
    """Create a user with one role from long ago on."""
    user = User.objects.create_user(
        username=username, password="cast-password-1", name=name or username, email=f"{username}@example.test"
    )
    membership = Membership.objects.create(user=user, role=role, place=place, unit=unit, from_on=LONG_AGO)
    return Person(membership)


@pytest.fixture
def places(db) -> dict[str, Division]:
    """All places of Wuhou by code (real codes)."""
    load_divisions(read_divisions())
    return {division.code: division for division in Division.objects.select_related("parent")}


@pytest.fixture
def yulin(places) -> Division:
    """玉林街道."""
    return places["510107005"]


@pytest.fixture
def huangmenjie(places) -> Division:
    """黉门街社区 in 玉林街道."""
    return places["510107005008"]


@pytest.fixture
def jinyan(places) -> Division:
    """金雁社区 in 晋阳街道, where the stranger sits."""
    return places["510107009001"]


@pytest.fixture
def unit(huangmenjie) -> Unit:
    """安和物业 in 黉门街社区, the liaison's unit."""
    return make_unit(name="成都安和物业服务有限公司", place=huangmenjie, is_member=True)


@pytest.fixture
def other_unit(jinyan) -> Unit:
    """A unit of another subdistrict."""
    return make_unit(name="晋阳数字文创有限公司", place=jinyan, is_member=True)


@pytest.fixture
def district(places) -> Person:
    return make_person("district", Role.DISTRICT, place=places["510107"], name="李某")


@pytest.fixture
def subdistrict(yulin) -> Person:
    return make_person("subdistrict", Role.SUBDISTRICT, place=yulin, name="王某")


@pytest.fixture
def community(huangmenjie) -> Person:
    return make_person("community", Role.COMMUNITY, place=huangmenjie, name="赵某")


@pytest.fixture
def liaison(unit) -> Person:
    return make_person("liaison", Role.LIAISON, unit=unit, name="张某")


@pytest.fixture
def other_liaison(other_unit) -> Person:
    """The liaison of a unit elsewhere: may claim everywhere, sees only the own."""
    return make_person("other_liaison", Role.LIAISON, unit=other_unit, name="钱某")


@pytest.fixture
def stranger(jinyan) -> Person:
    """Community staff of another subdistrict: sees nothing of 玉林."""
    return make_person("stranger", Role.COMMUNITY, place=jinyan, name="孙某")
