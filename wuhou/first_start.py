"""What a database gets the first time the portal starts on it, and what the person at the terminal is told."""

import importlib
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from accounts.actions import give_role
from accounts.models import Membership, User
from core.actor import SYSTEM
from core.clock import today
from core.models import DeploymentFact
from core.roles import Role
from units.divisions import load_divisions, read_divisions
from units.models import Division

SAMPLE_FACT = "sample_decided"
FIRST_USERNAME = "district"


@dataclass(frozen=True)
class SignIn:
    """One way to sign in, in words."""

    username: str
    label: str
    password: str = ""


@transaction.atomic
def prepare_data(*, with_sample: bool) -> SignIn | None:
    """Fill a new database once; gives the first sign-in when one was created.

    The decision for or against the sample district lives in the database: a purged sample stays purged, and a
    district that started empty is never filled with invented units later.
    """
    with_sample = with_sample and settings.ALLOW_SAMPLE
    _, is_new = DeploymentFact.objects.get_or_create(
        name=SAMPLE_FACT, defaults={"value": {"loaded": with_sample}}
    )
    if not is_new:
        return None
    if with_sample:
        call_command("load_sample", verbosity=0)
        return None
    return start_empty()


def start_empty() -> SignIn | None:
    """Give an empty district its places and one sign-in for district staff, unless it already has people."""
    if not Division.objects.exists():
        load_divisions(read_divisions())
    if User.objects.exists():
        return None
    password = secrets.token_urlsafe(9)
    user = User.objects.create_user(FIRST_USERNAME, password=password, name="区级管理员")
    place = Division.objects.get(code=settings.ROOT_PLACE_CODE)
    membership = give_role(user=user, role=Role.DISTRICT, place=place, from_on=today(), actor=SYSTEM)
    return SignIn(FIRST_USERNAME, membership.label, password)


def sample_sign_ins() -> list[SignIn]:
    """One sign-in per role of the sample district; none when the sample is not (or no longer) loaded."""
    first_of_role: dict[str, SignIn] = {}
    held = Membership.objects.effective(today()).filter(user__is_sample=True, user__is_active=True)
    for membership in held.select_related("user", "place", "unit").order_by("id"):
        first_of_role.setdefault(membership.role, SignIn(membership.user.username, membership.label))
    return [first_of_role[role] for role in Role.values if role in first_of_role]


def sample_password() -> str:
    """The password of all sample sign-ins, "" where the sample is not shipped."""
    try:
        return importlib.import_module("wuhou.management.commands.load_sample").SAMPLE_PASSWORD
    except (ImportError, AttributeError):
        return ""


def welcome(address: str, first: SignIn | None) -> str:
    """What ``serve`` prints once the portal answers."""
    lines = ["", f"区域化党建门户已启动：{address}", ""]
    if first:
        lines += [
            f"首个账号（{first.label}）：{first.username}",
            f"密码（只显示这一次）：{first.password}",
            "",
        ]
    people = sample_sign_ins()
    if people:
        lines += [f"演示账号（密码都是 {sample_password()}）："]
        lines += [f"  {person.username:<16}{person.label}" for person in people]
        lines += [""]
    return "\n".join([*lines, "按 Ctrl-C 停止。"])
