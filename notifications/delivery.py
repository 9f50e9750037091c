"""Sending what lies in the outbox: claim a row, commit, send, mark it; nothing is lost when anything dies between.

A row is claimed by exactly one worker (`skip_locked` and the change to ``sending`` in one statement). A worker that
dies leaves it ``sending``; the sweep takes it up after ten minutes, with the same Message-ID (ADR 0006).
"""

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone

from core.actor import Actor
from core.errors import NotAllowed
from core.roles import Role
from notifications.channels.email import EmailChannel
from notifications.channels.refusals import ChannelDown, NeverSends, SendFailure
from notifications.models import Delivery

logger = logging.getLogger(__name__)

Status = Delivery.Status
# Minutes to wait after the first, second … failed try; the eighth failure gives up (about 20 hours in all).
PAUSES = (1, 2, 5, 15, 60, 240, 840)
MOST_ATTEMPTS = len(PAUSES) + 1
# Longer than any mail server is waited for: a row still `sending` then belongs to nobody.
STUCK_AFTER = timedelta(seconds=settings.DELIVERY_STUCK_SECONDS)
LONGEST_ERROR = 300

CLAIM = """
UPDATE notifications_delivery SET status = 'sending', claimed_at = clock_timestamp(), attempts = attempts + 1
WHERE id = (
    SELECT id FROM notifications_delivery
    WHERE status = 'pending' AND next_try_at <= clock_timestamp()
    ORDER BY next_try_at, id LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


@dataclass
class Outcome:
    """What one run did: how many were sent, put off and given up, and whether it stopped before the end."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0
    is_more: bool = False


def deliver_due(*, most_rows: int = 200, most_seconds: float = 60) -> Outcome:
    """Send what is due over one connection, within bounds of rows and time."""
    rescue_stuck()
    outcome, end = Outcome(), time.monotonic() + most_seconds
    with EmailChannel() as channel:
        for _ in range(most_rows):
            if time.monotonic() > end:
                break
            delivery = claim_next()
            if delivery is None or not deliver(delivery, channel, outcome):
                return outcome
    outcome.is_more = True
    return outcome


def claim_next() -> Delivery | None:
    """Take the next due row for this worker alone; committed before anything is sent."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM)
        found = cursor.fetchone()
    return Delivery.objects.select_related("notification__recipient").get(pk=found[0]) if found else None


def deliver(delivery: Delivery, channel: EmailChannel, outcome: Outcome) -> bool:
    """Send one claimed row and mark it; False when the channel is down and the others had better wait."""
    try:
        channel.send(delivery)
    except NeverSends as failure:
        give_up(delivery, failure)
        outcome.given_up += 1
    except SendFailure as failure:
        was_last = put_off(delivery, failure)
        outcome.given_up += was_last
        outcome.put_off += not was_last
        return not isinstance(failure, ChannelDown)
    else:
        mark_sent(delivery)
        outcome.sent += 1
    return True


def own(delivery: Delivery) -> models.QuerySet:
    """The row as this worker claimed it; empty once another has taken it up after us."""
    return Delivery.objects.filter(pk=delivery.pk, claimed_at=delivery.claimed_at).exclude(status=Status.SENT)


def mark_sent(delivery: Delivery) -> None:
    own(delivery).update(status=Status.SENT, sent_at=timezone.now(), last_error="")


def give_up(delivery: Delivery, failure: SendFailure) -> None:
    logger.warning("delivery %s given up: %s", delivery.pk, failure.reason)
    own(delivery).update(status=Status.GIVEN_UP, last_error=failure.reason[:LONGEST_ERROR])


def put_off(delivery: Delivery, failure: SendFailure) -> bool:
    """Plan the next try after a growing pause; True when this was the last one."""
    if delivery.attempts >= MOST_ATTEMPTS:
        give_up(delivery, failure)
        return True
    pause = timedelta(minutes=PAUSES[delivery.attempts - 1])
    own(delivery).update(
        status=Status.PENDING, next_try_at=timezone.now() + pause, last_error=failure.reason[:LONGEST_ERROR]
    )
    return False


def rescue_stuck() -> int:
    """Take up rows whose worker died in mid-sending; one that killed eight workers is given up."""
    stuck = Delivery.objects.filter(status=Status.SENDING, claimed_at__lt=timezone.now() - STUCK_AFTER)
    reason = "发送进程中断，没有得到邮件服务器的答复。"
    spent = Q(attempts__gte=MOST_ATTEMPTS)
    stuck.filter(spent).update(status=Status.GIVEN_UP, last_error=reason)
    return stuck.exclude(spent).update(status=Status.PENDING, next_try_at=timezone.now(), last_error=reason)


def retry_delivery(*, delivery: Delivery, actor: Actor) -> bool:
    """Let a given-up message start again from its first try; False when somebody did so before."""
    if actor.role != Role.SYSADMIN:
        raise NotAllowed("只有系统管理员可以重新投递。")
    again = Delivery.objects.filter(pk=delivery.pk, status=Status.GIVEN_UP)
    return bool(again.update(status=Status.PENDING, attempts=F("attempts") * 0, next_try_at=timezone.now()))
