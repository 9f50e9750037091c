"""What must be true of a session (活动场次) before it is stored (domain.md §2(e) "Person-times"): day, place, people, hours.

Each check raises `InputError` beside its field or `RuleViolation` with a sentence. Pages, REST and the confirming
community meet the same ones.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils import timezone

from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, RuleViolation
from core.roles import Role
from projects.models import PointsTariff, Session
from projects.models.sessions import EVIDENCE_ABOVE, MOST_PERSON_TIMES
from projects.queries.sessions import HELD_AT, place_codes_of
from units.models import Division

OLDEST_DAYS = FURTHEST_DAYS = 366
LONGEST_SUMMARY, LONGEST_VENUE, LONGEST_EVIDENCE = 300, 100, 200
MOST_VOLUNTEERS = 20_000
HALF = Decimal("0.5")
# Hours a volunteer serves on a day at most, where no tariff says otherwise (domain.md §2(e) "day cap 8h").
DAY_CAP = Decimal(8)
EVIDENCES = "签到表、票根或合作方回执"


class AlreadyRecorded(RuleViolation):
    """The same activity stands in the register already; ``first`` is the row, perhaps another unit's."""

    def __init__(self, first: Session, unit_id: int):
        is_own = first.unit_id == unit_id
        told = "预告" if first.status == Session.Status.PLANNED else "登记"
        when = f"{date_text(first.held_on)}{first.clock_text}"
        author = f"由{first.author}" if first.author else ""
        sentence = (
            f"{when}在{first.place.name}的这一场已经{author}{told}过了（场次 {first.pk}）。"
            "同一天有几场时，请写明各场的起止时间，时间不能重叠。"
            if is_own
            else f"{first.unit}已经{told}了这个项目{when}在{first.place.name}的一场（场次 {first.pk}）。"
            "同一次活动只由一家单位登记；不是同一次的，请与对方核对，各自写明起止时间，时间不能重叠。"
        )
        super().__init__(sentence, code="session_once" if is_own else "session_of_partner")
        self.first = first


# Sessions that were held


def check_session(session: Session) -> None:
    """Raise the first thing wrong with the record of a session that was held, beside its field."""
    check_order(session)
    check_day(session)
    check_begun(session)
    check_place(session)
    check_texts(session)
    check_people(session)
    check_evidence(session)
    check_volunteers(session)


def check_order(session: Session) -> None:
    if session.ends_at and not session.starts_at:
        raise InputError("填了结束时间，也请填开始时间。", field="starts_at")
    if session.ends_at and session.ends_at <= session.starts_at:
        raise InputError("结束时间要晚于开始时间。", field="ends_at")


def check_day(session: Session) -> None:
    """Not ahead of time, not before this unit's work began, not more than a year ago."""
    on = today()
    if session.held_on > on:
        raise InputError("日期不能晚于今天；活动办完再登记。", field="held_on")
    began, claimed = work_began_on(session), claimed_on(session)
    if claimed and session.held_on < claimed and claimed > began:
        raise InputError(
            f"{session.unit}的认领{date_text(claimed)}确认，不能登记此前的活动。", field="held_on"
        )
    if session.held_on < began:
        raise InputError(f"项目从{date_text(began)}开始，不能登记此前的活动。", field="held_on")
    if session.held_on < on - timedelta(days=OLDEST_DAYS):
        raise InputError("一年以前的活动不再补报。", field="held_on")


def work_began_on(session: Session) -> date:
    """The day the work on the project began; as planned where nobody noted it."""
    return session.project.started_on or session.project.start_on


def claimed_on(session: Session) -> date | None:
    """The local day on which the unit's claim was confirmed: what was before is its predecessor's time."""
    decided = session.claim.decided_at
    return timezone.localdate(decided) if decided else None


def check_begun(session: Session) -> None:
    """The clock counts, too: nothing is recorded before it is over."""
    if session.begins_at > timezone.now():
        raise InputError("活动还没有开始，办完再登记；要提前通知居民的，请用“预告活动”。", field="starts_at")
    if session.ends_at and local_moment(session.held_on, session.ends_at) > timezone.now():
        raise InputError(f"这一场 {session.ends_at:%H:%M} 才结束，办完再登记。", field="ends_at")


def local_moment(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))


def check_place(session: Session) -> None:
    """At a place of the project, or at a community inside it."""
    codes, place = place_codes_of([session.project]), session.place
    is_inside = place.code in codes or (
        place.level in HELD_AT and any(place.code.startswith(code) for code in codes)
    )
    if not is_inside:
        raise InputError(f"项目不在{place.name}实施，请选择项目的实施地。", field="place")


def check_texts(session: Session) -> None:
    if not session.summary:
        raise InputError("请用一句话写明做了什么。", field="summary")
    for field, most in (
        ("summary", LONGEST_SUMMARY),
        ("venue", LONGEST_VENUE),
        ("evidence_note", LONGEST_EVIDENCE),
    ):
        if len(getattr(session, field)) > most:
            raise InputError(f"最多 {most} 字。", field=field)
    if session.evidence and session.evidence not in Session.Evidence.values:
        raise InputError("请从列表中选择佐证。", field="evidence")


def check_people(session: Session) -> None:
    """Those served, not passers-by (domain.md §2(e), §2.11 counts)."""
    if session.person_times is None:
        raise InputError("请填写服务人次。", field="person_times")
    if session.person_times < 1:
        raise InputError("服务人次至少是 1；没有服务到人的不用登记。", field="person_times")
    if session.person_times > MOST_PERSON_TIMES:
        raise InputError(f"一场最多 {MOST_PERSON_TIMES} 人次，请分场登记。", field="person_times")
    if session.people is not None and not 1 <= session.people <= session.person_times:
        raise InputError("服务人数在 1 和服务人次之间；不清楚可以不填。", field="people")
    if session.pk and (given := session.evaluations.count()) > session.person_times:
        raise InputError(f"已有 {given} 人评价过这一场，服务人次不能少于 {given}。", field="person_times")


def check_evidence(session: Session) -> None:
    """Many people need evidence (domain.md §2(e)), also when they were told as several sessions of one day."""
    if session.evidence:
        return
    if session.person_times > EVIDENCE_ABOVE:
        raise InputError(f"一场超过 {EVIDENCE_ABOVE} 人次时，请选一种佐证：{EVIDENCES}。", field="evidence")
    total = session.person_times + served_beside(session)
    if total > EVIDENCE_ABOVE:
        raise InputError(
            f"{session.unit}当天在{session.place.name}的这个项目一共 {total} 人次；"
            f"同一天合计超过 {EVIDENCE_ABOVE} 人次时，请选一种佐证：{EVIDENCES}。",
            field="evidence",
        )


def served_beside(session: Session) -> int:
    """Person-times of the unit's other sessions of the project at the place on the day."""
    same = of_the_day(session).filter(unit_id=session.unit_id, status__in=Session.HELD_STATUSES)
    return same.aggregate(total=Sum("person_times"))["total"] or 0


def of_the_day(session: Session) -> QuerySet[Session]:
    """Other sessions of the project that stand, whoever entered them, at the same place on the same day."""
    same = Session.objects.filter(
        project_id=session.project_id, place_id=session.place_id, held_on=session.held_on
    )
    return same.exclude(status__in=Session.DEAD_STATUSES).exclude(pk=session.pk).order_by("starts_at", "pk")


def check_volunteers(session: Session) -> None:
    """Nobody served longer than the session lasted, nor than the tariff counts on one day."""
    hours = Decimal(session.volunteer_hours)
    if not 0 <= session.volunteers <= MOST_VOLUNTEERS:
        raise InputError(f"志愿者人数在 0 到 {MOST_VOLUNTEERS} 之间。", field="volunteers")
    if hours < 0 or hours % HALF:
        raise InputError("志愿服务时长以半小时为单位，例如 2.5。", field="volunteer_hours")
    if hours and not session.volunteers:
        raise InputError("填了志愿服务时长，也请填志愿者人数。", field="volunteers")
    each, why = hours_each(session)
    if hours > session.volunteers * each:
        most = (session.volunteers * each).quantize(Decimal("0.1"))
        raise InputError(
            f"{session.volunteers} 名志愿者这一场合计最多 {most.normalize():f} 小时（{why}），请核对时长。",
            field="volunteer_hours",
        )


def hours_each(session: Session) -> tuple[Decimal, str]:
    """How many hours one volunteer can have served, and why so many."""
    tariff = PointsTariff.objects.filter(valid_from__lte=session.held_on).order_by("-valid_from").first()
    cap = tariff.day_cap_hours if tariff else DAY_CAP
    if session.starts_at and session.ends_at:
        first, last = session.span
        lasted = Decimal(int((last - first).total_seconds()) // 60) / 60
        if lasted <= cap:
            return lasted, f"按{session.clock_text}计"
    return cap, f"每人每天最多 {cap.normalize():f} 小时"


# One activity, one session


def refuse_clash(session: Session, others: QuerySet[Session] | None = None) -> None:
    """Sessions of a project at a place never overlap on a day, whichever of its units enters them.

    One whose start is unknown may be any other, so it is the only one of its day. Raises `AlreadyRecorded`.
    """
    rows = of_the_day(session) if others is None else others
    for other in rows.select_related("place", "unit", "author"):
        if is_overlapping(session, other):
            raise AlreadyRecorded(other, session.unit_id)


def is_overlapping(one: Session, other: Session) -> bool:
    if one.span is None or other.span is None:
        return True
    return one.span[0] < other.span[1] and other.span[0] < one.span[1]


def check_confirmable(session: Session) -> None:
    """What the confirming side never vouches for, whenever it was entered: lacking evidence, a told-twice activity."""
    try:
        check_evidence(session)
    except InputError as refusal:
        raise RuleViolation(f"{refusal.message}请退回更正。", code="evidence_missing") from refusal
    refuse_clash(session, of_the_day(session).filter(status=Session.Status.CONFIRMED))


# Sessions to come


def check_announcement(session: Session) -> None:
    """A session to come has its day, its start and what will be done; the figures come when it was held."""
    if not session.starts_at:
        raise InputError("预告活动要写明开始时间。", field="starts_at")
    check_order(session)
    if session.begins_at <= timezone.now():
        field = "held_on" if session.held_on < today() else "starts_at"
        raise InputError("预告的是还没有开始的活动；已经办完的请直接登记。", field=field)
    if session.held_on > today() + timedelta(days=FURTHEST_DAYS):
        raise InputError("最多提前一年预告。", field="held_on")
    if session.held_on > session.project.end_on:
        raise InputError(
            f"项目到{date_text(session.project.end_on)}结束，不能预告此后的活动。", field="held_on"
        )
    check_place(session)
    check_texts(session)


# Who


def is_in_grid(place: Division, actor: Actor) -> bool:
    """Whether a place is the community a grid worker works in, or lies inside the worker's own place."""
    if actor.role != Role.GRID_WORKER or not actor.place_code:
        return False
    is_community_of = place.level == Division.Level.COMMUNITY and actor.place_code.startswith(place.code)
    return is_community_of or place.code.startswith(actor.place_code)
