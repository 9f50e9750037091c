"""Tasks of units: short scans that may run twice without harm."""

from celery import shared_task

from core.clock import today
from units.actions.liaisons import follow_planned_liaisons


@shared_task(name="units.tasks.follow_liaisons")
def follow_liaisons() -> int:
    """Bring changes of liaisons that were entered ahead into the joint meetings' rosters on their day."""
    return follow_planned_liaisons(on=today())
