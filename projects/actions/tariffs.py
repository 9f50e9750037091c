"""The verb of points tariffs (积分规则): a new version from a day on; what is there is never changed."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import write_history
from core.roles import Role
from projects.models import PointsTariff

LARGEST = Decimal(100)
NUMBERS = {
    "points_per_hour": "每小时积分",
    "session_cap_hours": "单场最多小时",
    "day_cap_hours": "每日最多小时",
    "min_hours": "最少小时",
    "leader_factor": "负责人系数",
    "organizer_factor": "组织者系数",
}
# What a violation leaves of the points, between nothing and all; and how long a redemption is kept.
VIOLATIONS = {"violation_factor": "违规系数", "serious_factor": "严重违规系数"}
LONGEST_DAYS = 365
IN_HALF_HOURS = ("session_cap_hours", "day_cap_hours", "min_hours")


@transaction.atomic
def add_tariff(*, valid_from: date, basis: str, actor: Actor, **numbers: Decimal) -> PointsTariff:
    """A new version of the rules from a future day on; only the very first may begin in the past.

    ``numbers`` are the hours, points and factors of `NUMBERS`; those of `VIOLATIONS` and ``collect_days`` have
    defaults. Raises `NotAllowed` for anybody but the district, `InputError` beside a field. Source: domain.md §3,
    "Code table/rules".
    """
    if actor.is_read_only or actor.role != Role.DISTRICT:
        raise NotAllowed("积分规则由区级制定。")
    last = PointsTariff.objects.select_for_update().order_by("-valid_from").first()
    check_day(valid_from, last)
    if not basis.strip():
        raise InputError("请写明依据，例如文件名称或会议。", field="basis")
    for name, label in NUMBERS.items():
        check_number(name, label, numbers[name])
    check_violations(numbers)
    with explained(tariff_in_order="day_cap_hours", tariff_violations_in_order="serious_factor"):
        tariff = PointsTariff.objects.create(
            version=last.version + 1 if last else 1,
            valid_from=valid_from,
            basis=basis.strip(),
            author_id=actor.user_id,
            **numbers,
        )
    write_history(about=tariff, move="add", label="制定", actor=actor, note=tariff.basis)
    return tariff


def check_day(valid_from: date, last: PointsTariff | None) -> None:
    """Nothing that was counted already is touched: a version begins after today and after the one before."""
    if last is None:
        return
    if valid_from <= today():
        raise InputError("新规则从明天或以后开始，已经登记的服务仍按当时的规则。", field="valid_from")
    if valid_from <= last.valid_from:
        raise RuleViolation(
            f"{last}从{date_text(last.valid_from)}启用，新规则要晚于这一天。",
            field="valid_from",
            code="not_later",
        )


def check_violations(numbers: dict) -> None:
    """What a violation leaves is between nothing and all, a serious one leaves no more; days are some."""
    for name, label in VIOLATIONS.items():
        value = numbers.get(name)
        if value is not None and (not 0 <= value <= 1 or value % Decimal("0.1")):
            raise InputError(f"{label}在 0 到 1 之间，最多一位小数。", field=name)
    days = numbers.get("collect_days")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise InputError(f"兑换保留天数在 1 到 {LONGEST_DAYS} 之间。", field="collect_days")


def check_number(name: str, label: str, value: Decimal) -> None:
    if not 0 < value <= LARGEST:
        raise InputError(f"{label}要大于 0，最多 {LARGEST}。", field=name)
    if name in IN_HALF_HOURS and value % Decimal("0.5"):
        raise InputError(f"{label}以半小时为单位，例如 1.5。", field=name)
