"""Tasks of notifications: a short scan of the outbox, sent by beat and by every new message."""

from celery import shared_task

from core.queue import send_now
from notifications import delivery, telling

TASK = "notifications.tasks.deliver_due"


@shared_task(name=TASK)
def deliver_due() -> int:
    """Send what is due; when the bounds of one run are reached the next one follows at once."""
    outcome = delivery.deliver_due()
    if outcome.is_more:
        send_now(TASK)
    return outcome.sent


@shared_task(name="notifications.tasks.tell_what_is_due")
def tell_what_is_due() -> int:
    """Say what is due today in the apps that may not import this one; running it again says nothing twice."""
    return telling.tell_what_is_due()
