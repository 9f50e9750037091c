"""What beat wakes; each task may run any number of times."""

from celery import shared_task

from core.clock import today
from evaluations.opening import open_visits_of_today
from evaluations.reminders import visit_reminders
from notifications.reminders import send_reminders


@shared_task(name="evaluations.tasks.open_visits")
def open_visits() -> int:
    """Open this month's visits; returns how many are new."""
    return open_visits_of_today(today())


@shared_task(name="evaluations.tasks.send_visit_reminders")
def send_visit_reminders() -> int:
    """Send what is due today; returns how many messages are new."""
    return send_reminders(visit_reminders(today()))
