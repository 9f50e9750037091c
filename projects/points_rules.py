"""The arithmetic of volunteers' points (domain.md §2(e)): half hours, caps of the tariff, what an hour is worth.

Hours above a cap are refused and never cut: a record of service has to be true (民政部令第67号, 真实、准确), so whoever
served longer, with a break, enters two services. What may not be entered at all are meetings, study and clicks.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from core.components import date_text
from core.errors import InputError, RuleViolation
from projects.models import PointsCard, PointsTariff, Project, VolunteerRecord
from projects.models.sessions import Session
from units.models import Division

HALF_HOUR = Decimal("0.5")
TENTH = Decimal("0.1")
# Later than this a record says so in words; more rows than this in one batch do, too.
LATE_AFTER_DAYS, BULK_ABOVE = 7, 20
MOST_ROWS = 500
LONGEST_CONTENT = 80
KINDS = Project.Domain
NO_SERVICE = re.compile(
    r".*(会议|例会|点赞|转发|签到|打卡|登录)|(参加|出席|参与).*(会|学习|培训|大会|党课)", re.DOTALL
)
FACTORS = {
    VolunteerRecord.Role.LEADER: "leader_factor",
    VolunteerRecord.Role.ORGANIZER: "organizer_factor",
}
COUNTED = (VolunteerRecord.Status.PENDING, VolunteerRecord.Status.VALID)


@dataclass(frozen=True)
class Service:
    """What was done when and where, the same for everybody who took part."""

    starts_at: datetime
    ends_at: datetime
    activity: str
    place: Division
    session: Session | None = None
    project: Project | None = None

    @property
    def on(self) -> date:
        return timezone.localdate(self.starts_at)

    @property
    def duration(self) -> Decimal:
        """Its length in hours, full half hours only."""
        minutes = int((self.ends_at - self.starts_at).total_seconds()) // 60
        return Decimal(minutes // 30) * HALF_HOUR


def hours_text(hours: Decimal) -> str:
    """``2``, ``1.5``."""
    return f"{hours.normalize():f}"


def tariff_on(day: date) -> PointsTariff:
    """The tariff that is valid on a day. Raises `RuleViolation` ``no_tariff`` before the first one."""
    tariff = PointsTariff.objects.filter(valid_from__lte=day).order_by("-valid_from").first()
    if tariff is None:
        raise RuleViolation(
            f"{date_text(day)}还没有启用积分规则，不能登记。请联系区级先登记积分规则。",
            field="served_on",
            code="no_tariff",
        )
    return tariff


def points_for(hours: Decimal, role: str, tariff: PointsTariff) -> Decimal:
    """Hours × points per hour × factor of the role, half up to one decimal; 1.5 h as leader at 1.4 are 2.1."""
    factor = getattr(tariff, FACTORS[role]) if role in FACTORS else Decimal(1)
    return (hours * tariff.points_per_hour * factor).quantize(TENTH, ROUND_HALF_UP)


def moments_of(served_on: date, starts: time, ends: time) -> tuple[datetime, datetime]:
    """The two moments of a service; it ends on the day it began, and not in the future.

    Raises `InputError` beside ``served_on`` or ``ends``.
    """
    first = timezone.make_aware(datetime.combine(served_on, starts))
    last = timezone.make_aware(datetime.combine(served_on, ends))
    if last <= first:
        raise InputError("结束时间要晚于开始时间；跨过零点的请按天分开登记。", field="ends")
    if last > timezone.now():
        field = "served_on" if first > timezone.now() else "ends"
        raise InputError("还没有结束的服务不能登记，请在服务结束后登记。", field=field)
    return first, last


def activity_text(kind: str, content: str) -> str:
    """``助老：陪同就医``. Raises `InputError` beside ``kind`` or ``content``, for meetings, study and clicks as well."""
    words = " ".join(content.split())
    if kind not in KINDS.values:
        raise InputError("请从列表中选择服务类别。", field="kind")
    if not words:
        raise InputError("请写明做了什么，例如“陪同独居老人就医”。", field="content")
    if len(words) > LONGEST_CONTENT:
        raise InputError(f"服务内容最多 {LONGEST_CONTENT} 字。", field="content")
    if NO_SERVICE.fullmatch(words):
        raise InputError(
            "开会、学习、点赞、签到不记志愿服务。确实为别人做了事的，请写明为谁做了什么。",
            field="content",
            code="no_service",
        )
    return f"{KINDS(kind).label}：{words}"


def check_hours(hours: Decimal, service: Service, tariff: PointsTariff) -> Decimal:
    """The hours, checked against the time that passed and the tariff. Raises `InputError` beside ``hours``."""
    if hours != hours.quantize(TENTH) or hours % HALF_HOUR:
        raise InputError("时长以半小时为单位，例如 1.5。", field="hours")
    if hours < tariff.min_hours:
        raise InputError(f"每次服务至少 {hours_text(tariff.min_hours)} 小时才能登记。", field="hours")
    if hours > tariff.session_cap_hours:
        raise InputError(
            f"按{tariff}，一次服务最多记 {hours_text(tariff.session_cap_hours)} 小时，每天最多"
            f" {hours_text(tariff.day_cap_hours)} 小时。中间有休息的，请分成两次登记。",
            field="hours",
            code="session_cap",
        )
    if hours > service.duration:
        raise InputError(
            f"起止时间之间只有 {hours_text(service.duration)} 小时，时长不能更多。", field="hours"
        )
    return hours


def check_day(
    card: PointsCard,
    service: Service,
    hours: Decimal,
    tariff: PointsTariff,
    others: Iterable[VolunteerRecord],
) -> None:
    """Refuse a service that overlaps another one of the same person, or makes the day too long.

    ``others`` are the pending and valid records of the card on that day. Raises `RuleViolation`.
    """
    others = list(others)
    for other in others:
        if other.starts_at < service.ends_at and service.starts_at < other.ends_at:
            raise RuleViolation(
                f"{card.name}在 {other.time_text} 已有服务记录“{other.activity}”（第 {other.pk} 条），同一个人的时间不能重叠。",
                field="starts",
                code="record_no_overlap",
            )
    done = sum((other.hours for other in others), Decimal(0))
    if done + hours > tariff.day_cap_hours:
        left = tariff.day_cap_hours - done
        rest = f"这次最多还能记 {hours_text(left)} 小时" if left > 0 else "这一天不能再记"
        raise RuleViolation(
            f"{card.name}{date_text(service.on)}已记 {hours_text(done)} 小时，每天最多"
            f" {hours_text(tariff.day_cap_hours)} 小时，{rest}。",
            field="hours",
            code="day_cap",
        )


def flags_of(service: Service, today: date, rows: int) -> str:
    """Why somebody should look twice, in words: filled in late (补录9天), in bulk (批量40条); empty otherwise."""
    days = (today - service.on).days
    flags = [f"补录{days}天"] if days > LATE_AFTER_DAYS else []
    if rows > BULK_ABOVE:
        flags.append(f"批量{rows}条")
    return "，".join(flags)
