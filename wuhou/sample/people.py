"""Who signs in to the sample district: one account per role, staff of every subdistrict, a liaison for each member unit."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, User
from accounts.queries import actor_of
from core.actor import Actor
from core.errors import RuleViolation
from core.roles import Role
from units.models import Division, Unit

# Printed by `serve` for everybody to see; these accounts exist only beside invented data.
SAMPLE_PASSWORD = "Yanshi-510107"  # nosec B105
SINCE = date(2024, 1, 1)
SURNAMES = "钱蒋沈韩朱秦许何吕施孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭鲁韦马苗方任袁柳鲍史唐薛雷贺倪汤罗毕郝邬安常乐于傅齐康伍余元顾孟平"
# (username, role, name, place code or "", unit name or "")
MAIN = (
    ("district", Role.DISTRICT, "李某", "510107", ""),
    ("social_work", Role.SOCIAL_WORK, "陈某", "510107", ""),
    ("subdistrict", Role.SUBDISTRICT, "王某", "510107005", ""),
    ("community", Role.COMMUNITY, "赵某", "510107005008", ""),
    ("liaison", Role.LIAISON, "张某", "", "蜀都律师事务所"),
    ("representative", Role.REPRESENTATIVE, "周某", "510107005008", ""),
    ("social_org", Role.SOCIAL_ORG, "吴某", "", "武侯区爱邻社会工作服务中心"),
    ("grid_worker", Role.GRID_WORKER, "孙某", "510107005008", ""),
    ("sysadmin", Role.SYSADMIN, "郑某", "", ""),
    ("security_admin", Role.SECURITY_ADMIN, "冯某", "", ""),
    ("auditor", Role.AUDITOR, "褚某", "", ""),
)
# 晋阳街道 and 金雁社区 come second, so that two of a kind can race; then the rest.
SUBDISTRICTS = (
    "510107009", "510107001", "510107004", "510107007", "510107010", "510107011", "510107012", "510107013",
    "510107014", "510107015",
)  # fmt: skip
COMMUNITIES = (
    ("510107009", "金雁社区"), ("510107001", "洗面桥社区"), ("510107007", "桐梓林社区"), ("510107010", "长城社区"),
    ("510107011", "新城社区"),
)  # fmt: skip
FIRST_LIAISONS = ("四川大学华西医院", "四川大学华西口腔医院", "成都安和物业服务有限公司")


@dataclass(frozen=True)
class Wanted:
    """An account to be made."""

    username: str
    role: str
    name: str
    place: Division | None = None
    unit: Unit | None = None


def wanted(units: list[Unit]) -> list[Wanted]:
    """All accounts; the first of each role is the one `serve` prints."""
    places = {place.code: place for place in Division.objects.all()}
    by_name = {unit.name: unit for unit in units}
    people = [
        Wanted(username, role, name, places.get(code), by_name[unit] if unit else None)
        for username, role, name, code, unit in MAIN
    ]
    surname = iter(SURNAMES)
    people += [
        Wanted(f"subdistrict_{number}", Role.SUBDISTRICT, f"{next(surname)}某", places[code])
        for number, code in enumerate(SUBDISTRICTS, 2)
    ]
    communities = {
        (place.code[:9], place.name): place
        for place in places.values()
        if place.level == Division.Level.COMMUNITY
    }
    people += [
        Wanted(f"community_{number}", Role.COMMUNITY, f"{next(surname)}某", communities[key])
        for number, key in enumerate(COMMUNITIES, 2)
    ]
    first = [by_name[name] for name in FIRST_LIAISONS]
    spoken_for = {person.unit for person in people if person.role == Role.LIAISON}
    rest = [unit for unit in units if unit not in first and unit not in spoken_for]
    people += [
        Wanted(f"liaison_{number}", Role.LIAISON, f"{next(surname)}某", unit=unit)
        for number, unit in enumerate([*first, *rest], 2)
    ]
    return people


def refuse_taken_names(people: list[Wanted]) -> None:
    """Somebody real may have taken one of the names since the sample was purged."""
    taken = User.objects.filter(username__in=[one.username for one in people]).values_list(
        "username", flat=True
    )
    if names := "、".join(sorted(taken)):
        raise RuleViolation(
            f"账号 {names} 已经有人使用，示范数据没有写入。请先改用别的账号名。", code="username_taken"
        )


def load_people(units: list[Unit]) -> dict[str, Actor]:
    """Create the accounts with one password and one role each; returns the actors by username."""
    people = wanted(units)
    refuse_taken_names(people)
    password = make_password(SAMPLE_PASSWORD)
    users = User.objects.bulk_create(
        [
            User(
                username=one.username,
                name=one.name,
                password=password,
                email=f"{one.username}@sample.invalid",
                is_sample=True,
            )
            for one in people
        ]
    )
    hats = Membership.objects.bulk_create(
        [
            Membership(user=user, role=one.role, place=one.place, unit=one.unit, from_on=SINCE)
            for user, one in zip(users, people, strict=True)
        ]
    )
    return {hat.user.username: actor_of(hat) for hat in hats}
