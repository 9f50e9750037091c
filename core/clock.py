"""What day it is in Chengdu. Days are plain dates; a due day ends at its last second, local time."""

from datetime import date, datetime, time

from django.utils import timezone


def today() -> date:
    """The local day (Asia/Shanghai, the project's TIME_ZONE)."""
    # The project has one time zone; asking for a thread's own would cost every request of the API five times as much.
    return datetime.now(timezone.get_default_timezone()).date()


def end_of_day(day: date) -> datetime:
    """The last second of a local day, aware: the moment until which something due that day is in time."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
