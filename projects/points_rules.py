"""The arithmetic of volunteers' points (domain.md §2(e)): half hours, caps of the tariff, what an hour is worth.

Hours above a cap are refused and never cut: a record of service has to be true (民政部令第67号, 真实、准确), so whoever
served longer, with a break, enters two services. What may not be entered at all are meetings, study and clicks.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from core.components import date_text
from core.encryption import plain_phone
from core.errors import InputError, RuleViolation
from projects.models import PointsCard, PointsTariff, Project, VolunteerRecord
from projects.models.sessions import Session
from units.models import Division

HALF_HOUR = Decimal("0.5")
TENTH = Decimal("0.1")
# Later than this a record says so in words; more rows than this in one batch do, too.
LATE_AFTER_DAYS, BULK_ABOVE = 7, 20
BULK = "批量"
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
CONDUCT_FACTORS = {
    VolunteerRecord.Conduct.VIOLATION: "violation_factor",
    VolunteerRecord.Conduct.SERIOUS: "serious_factor",
}
# Volunteers come before a session begins and stay after it ends, to prepare and to clear away.
PREPARATION = timedelta(hours=1)
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


def figure(value: Decimal) -> int | float:
    """Points or hours as a number for a spreadsheet: ``4``, ``2.5``."""
    return int(value) if value == int(value) else float(value)


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


def points_for(
    hours: Decimal, role: str, tariff: PointsTariff, conduct: str = VolunteerRecord.Conduct.PROPER
) -> Decimal:
    """Hours × points per hour × factors of role and conduct, half up to one decimal; 1.5 h as leader at 1.4 are 2.1."""
    factor = getattr(tariff, FACTORS[role]) if role in FACTORS else Decimal(1)
    return (hours * tariff.points_per_hour * factor * conduct_factor(conduct, tariff)).quantize(
        TENTH, ROUND_HALF_UP
    )


def conduct_factor(conduct: str, tariff: PointsTariff) -> Decimal:
    """What a violation (违规) leaves of the points; 1 without any. Source: domain.md §2(e), 违规 0.5 / 0."""
    return getattr(tariff, CONDUCT_FACTORS[conduct]) if conduct in CONDUCT_FACTORS else Decimal(1)


def conduct_words(conduct: str, tariff: PointsTariff) -> str:
    """``违规，积分按 0.5 计``; empty without any."""
    if conduct not in CONDUCT_FACTORS:
        return ""
    factor = conduct_factor(conduct, tariff)
    counted = f"积分按 {hours_text(factor)} 计" if factor else "不计积分"
    return f"{VolunteerRecord.Conduct(conduct).label}，{counted}"


def is_same_person(one: PointsCard, other: PointsCard) -> bool:
    """Whether two cards may be the same person's: one name and one number, or one community where a number is missing."""
    person = PointsCard.Holder.PERSON
    if one.pk == other.pk:
        return True
    if one.holder != person or other.holder != person or one.name != other.name:
        return False
    first, second = plain_phone(one.phone), plain_phone(other.phone)
    return first == second if first and second else one.place_id == other.place_id


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

    ``others`` are the pending and valid records of the person on that day, on whatever card. Raises `RuleViolation`.
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


def check_session(service: Service) -> None:
    """A service of a session is on its day, and within its times and an hour before and after where it has times.

    Raises `InputError` beside ``served_on`` or ``starts``.
    """
    session = service.session
    if session is None:
        return
    if session.held_on != service.on:
        raise InputError(
            f"这一场是 {session.held_on} 开展的，服务日期要与它一致。", field="served_on", code="other_day"
        )
    first, last = limits_of(session)
    if (first and service.starts_at < first) or (last and service.ends_at > last):
        times = f"{session.starts_at:%H:%M}" + (f"–{session.ends_at:%H:%M}" if session.ends_at else " 开始")
        within = f"不早于 {timezone.localtime(first):%H:%M}" + (
            f"，不晚于 {timezone.localtime(last):%H:%M}" if last else ""
        )
        raise InputError(
            f"这一场是 {times}，前后各留一小时准备和收尾，服务时间要{within}。",
            field="starts",
            code="other_time",
        )


def limits_of(session: Session) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment of a session's service, within its day; None where the session has no time."""
    if session.starts_at is None:
        return None, None
    day = timezone.make_aware(datetime.combine(session.held_on, time()))
    first = timezone.make_aware(datetime.combine(session.held_on, session.starts_at)) - PREPARATION
    if session.ends_at is None:
        return max(first, day), None
    last = timezone.make_aware(datetime.combine(session.held_on, session.ends_at)) + PREPARATION
    return max(first, day), min(last, day + timedelta(days=1, minutes=-1))


def flags_of(service: Service, today: date, rows: int) -> str:
    """Why somebody should look twice, in words: filled in late (补录9天), in bulk (批量40条); empty otherwise.

    ``rows`` are those of this submission and what its author entered before for the same day and project.
    """
    days = (today - service.on).days
    flags = [f"补录{days}天"] if days > LATE_AFTER_DAYS else []
    if rows > BULK_ABOVE:
        flags.append(f"{BULK}{rows}条")
    return "，".join(flags)
