"""Tasks of reporting: short scans that may run twice without harm."""

from celery import shared_task

from core.clock import today
from core.periods import Month
from reporting.snapshots import freeze
from units.models import OperatingSpell


@shared_task(name="reporting.tasks.freeze_last_month")
def freeze_last_month() -> int:
    """Freeze the month that ended last; nothing happens once it is frozen, or while no unit was registered in it."""
    month = Month.containing(today()).previous()
    if not OperatingSpell.objects.filter(from_on__lte=month.last_day).exists():
        return 0
    return freeze(month=month)
