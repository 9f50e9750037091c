"""Evaluation by those served (服务对象评价, domain.md §2(e) "Goes wrong": fake satisfaction).

No account, once a person, never changed; from the session's start on; so many an hour from one network, and whoever
confirms the session sees when many came from one.
"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.clock import today
from core.components import date_text
from core.errors import InputError, RuleViolation
from projects.models import Session, SessionEvaluation
from projects.models.sessions import EVALUATION_DAYS, EVIDENCE_ABOVE

LONGEST_COMMENT = 200
THANKS = "您已经评价过这一场了，谢谢。"
# Evaluations of one session from one network within an hour: a hall may share one, a program would send thousands.
MOST_PER_NETWORK = 30
# As many from one network are pointed out to whoever confirms the session.
CROWD = 10
# A machine has a whole block of IPv6 addresses to itself; the block is what counts.
IPV6_BLOCK = 64


def voter_of(session: Session, mark: str) -> str:
    """A keyed digest of a device's random mark; another session gives another one, so nobody's answers can be joined."""
    return salted_hmac(
        "projects.session_evaluation", f"{session.evaluation_code}:{mark}", algorithm="sha256"
    ).hexdigest()


def network_of(session: Session, address: str) -> str:
    """A keyed digest of a network address for one session and one hour; "" where the address is unknown.

    The address is stored nowhere, and neither another session nor another hour gives the same digest.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    bits = IPV6_BLOCK if parsed.version == 6 else parsed.max_prefixlen
    block = ip_network((parsed, bits), strict=False)
    hour = f"{timezone.now():%Y%m%d%H}"
    digest = salted_hmac(
        "projects.session_network", f"{session.evaluation_code}:{hour}:{block}", algorithm="sha256"
    )
    return digest.hexdigest()[:32]


def crowd_of(sessions: Iterable[Session]) -> dict[int, int]:
    """How many evaluations came from one network within an hour, by session; only where they were many."""
    rows = SessionEvaluation.objects.filter(session__in=list(sessions)).exclude(network="").order_by()
    counted = rows.values_list("session_id", "network").annotate(n=Count("pk")).filter(n__gte=CROWD)
    crowds: dict[int, int] = {}
    for session_id, _, n in counted:
        crowds[session_id] = max(n, crowds.get(session_id, 0))
    return crowds


@transaction.atomic
def evaluate_session(
    *, session: Session, mark: str, option: str, comment: str = "", address: str = ""
) -> SessionEvaluation:
    """One of those served says what it was like; ``mark`` is the random mark of the device, ``address`` its network's.

    Raises `InputError` beside ``option`` or ``comment``; `RuleViolation` when this device has spoken
    (``session_evaluated_once``), it has not begun (``too_early``), the time is over (``too_late``), the session is not
    one to evaluate (``not_evaluated``), as many have spoken as were served (``all_evaluated``) or as one network may
    within an hour (``network_full``).
    """
    check_words(option, comment)
    locked = Session.objects.select_for_update(of=("self",)).get(pk=session.pk)
    refuse_unless_open(locked)
    voter = voter_of(locked, mark)
    if locked.evaluations.filter(voter=voter).exists():
        raise RuleViolation(THANKS, code="session_evaluated_once")
    if locked.evaluations.count() >= most_of(locked):
        raise RuleViolation(
            "评价的人数已经达到这一场的服务人次，不再接受评价。有意见请直接告诉社区。", code="all_evaluated"
        )
    network = network_of(locked, address)
    if network and locked.evaluations.filter(network=network).count() >= MOST_PER_NETWORK:
        raise RuleViolation(
            "这个网络上评价的人太多了，请换成手机流量，或者过一小时再试。", code="network_full"
        )
    return SessionEvaluation.objects.create(
        session=locked, voter=voter, network=network, option=option, comment=" ".join(comment.split())
    )


def most_of(session: Session) -> int:
    """No more speak than were served; until that is known, no more than need no evidence."""
    return EVIDENCE_ABOVE if session.person_times is None else session.person_times


def check_words(option: str, comment: str) -> None:
    if option not in SessionEvaluation.Option.values:
        raise InputError("请选择满意、基本满意或不满意。", field="option")
    if len(comment) > LONGEST_COMMENT:
        raise InputError(f"意见最多 {LONGEST_COMMENT} 字。", field="comment")


def refuse_unless_open(session: Session) -> None:
    """Say why a session takes no evaluation today; the last day counts as in time."""
    if session.status not in Session.EVALUATED_STATUSES:
        raise RuleViolation("这一场已经取消、作废或正在更正，现在不能评价。", code="not_evaluated")
    if timezone.now() < session.begins_at:
        raise RuleViolation(
            f"活动{date_text(session.held_on, weekday=True)} {session.clock_text}开始，欢迎来参加；开始以后在这里评价。",
            code="too_early",
        )
    if today() > session.evaluated_until:
        raise RuleViolation(
            f"这一场的评价已于{date_text(session.evaluated_until)}结束（活动后 {EVALUATION_DAYS} 天内）。谢谢关注。",
            code="too_late",
        )


def find_by_code(code: str) -> Session | None:
    """The session behind an evaluation code."""
    rows = Session.objects.select_related("project", "unit", "place")
    return rows.filter(evaluation_code=code).first() if code.isascii() and code.isprintable() else None
