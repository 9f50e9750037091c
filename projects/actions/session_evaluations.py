"""Evaluation by those served (服务对象评价, domain.md §2(e) "Goes wrong"): no account, once a person, never changed."""

from django.db import transaction
from django.utils.crypto import salted_hmac

from core.clock import today
from core.components import date_text
from core.errors import InputError, RuleViolation
from projects.models import Session, SessionEvaluation
from projects.models.sessions import EVALUATION_DAYS

LONGEST_COMMENT = 200
THANKS = "您已经评价过这一场了，谢谢。"


def voter_of(session: Session, mark: str) -> str:
    """A keyed digest of a device's random mark; another session gives another one, so nobody's answers can be joined."""
    return salted_hmac(
        "projects.session_evaluation", f"{session.evaluation_code}:{mark}", algorithm="sha256"
    ).hexdigest()


@transaction.atomic
def evaluate_session(*, session: Session, mark: str, option: str, comment: str = "") -> SessionEvaluation:
    """One of those served says what it was like; ``mark`` is the random mark of the device.

    Raises `InputError` beside ``option`` or ``comment``; `RuleViolation` when this device has spoken
    (``session_evaluated_once``), the time is over (``too_late``), the session is not one to evaluate
    (``not_evaluated``) or as many have spoken as were served (``all_evaluated``).
    """
    check_words(option, comment)
    locked = Session.objects.select_for_update(of=("self",)).get(pk=session.pk)
    refuse_unless_open(locked)
    voter = voter_of(locked, mark)
    if locked.evaluations.filter(voter=voter).exists():
        raise RuleViolation(THANKS, code="session_evaluated_once")
    if locked.evaluations.count() >= locked.person_times:
        raise RuleViolation(
            "评价的人数已经达到这一场的服务人次，不再接受评价。有意见请直接告诉社区。", code="all_evaluated"
        )
    return SessionEvaluation.objects.create(
        session=locked, voter=voter, option=option, comment=" ".join(comment.split())
    )


def check_words(option: str, comment: str) -> None:
    if option not in SessionEvaluation.Option.values:
        raise InputError("请选择满意、基本满意或不满意。", field="option")
    if len(comment) > LONGEST_COMMENT:
        raise InputError(f"意见最多 {LONGEST_COMMENT} 字。", field="comment")


def refuse_unless_open(session: Session) -> None:
    """Say why a session takes no evaluation today; the last day counts as in time."""
    if session.status not in Session.EVALUATED_STATUSES:
        raise RuleViolation("这一场的登记正在更正或已经作废，现在不能评价。", code="not_evaluated")
    if today() > session.evaluated_until:
        raise RuleViolation(
            f"这一场的评价已于{date_text(session.evaluated_until)}结束（活动后 {EVALUATION_DAYS} 天内）。谢谢关注。",
            code="too_late",
        )


def find_by_code(code: str) -> Session | None:
    """The session behind an evaluation code."""
    rows = Session.objects.select_related("project", "unit", "place")
    return rows.filter(evaluation_code=code).first() if code.isascii() and code.isprintable() else None
