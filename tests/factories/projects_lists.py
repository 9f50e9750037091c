"""Needs, resources and bookings in any state, with everything that must be true of them."""

from datetime import date, datetime, time, timedelta
from itertools import count

from django.utils import timezone

from core.clock import today
from projects.models import Need, Project, Resource, ResourceBooking, ResourceWindow
from tests.factories.projects import make_project
from units.models import Division, Unit

_numbers = count(1)


def make_need(*, place: Division, status: str = Need.Status.VERIFIED, **fields) -> Need:
    """A need in a status: a duplicate has its original, a converted one its project."""
    number = next(_numbers)
    if status == Need.Status.DUPLICATE and "duplicate_of" not in fields:
        fields["duplicate_of"] = make_need(place=place)
    if status == Need.Status.CONVERTED and "project" not in fields:
        fields["project"] = make_project(place=place)
    return Need.objects.create(
        **{
            "number": f"XQ-0000-示例-{number:04d}", "title": f"示例需求{number:04d}", "description": "每周一次。",
            "side": Need.Side.RESIDENTS, "domain": Project.Domain.ELDERLY, "place": place, "raised_on": today(),
            "status": status, **fields,
        }
    )  # fmt: skip


def make_resource(*, unit: Unit, hours: dict[int, tuple[str, str]] | None = None, **fields) -> Resource:
    """A resource of a unit; ``hours`` by weekday (1 = Monday) as ("09:00", "17:00")."""
    number = next(_numbers)
    resource = Resource.objects.create(
        **{
            "number": f"ZY-0000-示例-{number:04d}", "unit": unit, "place": unit.place, "kind": Resource.Kind.VENUE,
            "domain": Project.Domain.ELDERLY, "title": f"示例会议室{number:04d}", **fields,
        }
    )  # fmt: skip
    ResourceWindow.objects.bulk_create(
        ResourceWindow(
            resource=resource,
            weekday=weekday,
            opens_at=time.fromisoformat(opens),
            closes_at=time.fromisoformat(closes),
        )
        for weekday, (opens, closes) in (hours or {}).items()
    )
    return resource


def moment(day: date, clock: str) -> datetime:
    """A local moment: ``moment(date(2026, 11, 25), "09:00")``."""
    return timezone.make_aware(datetime.combine(day, time.fromisoformat(clock)))


def make_booking(
    *,
    resource: Resource,
    place: Division,
    status: str = ResourceBooking.Status.REQUESTED,
    on: date | None = None,
    hours: tuple[str, str] = ("09:00", "11:00"),
    **fields,
) -> ResourceBooking:
    """A booking in a status, tomorrow morning unless told otherwise."""
    day = on or today() + timedelta(days=1)
    if status == ResourceBooking.Status.FEEDBACK:
        fields = {"rating": 3, **fields}
    return ResourceBooking.objects.create(
        **{
            "resource": resource, "place": place, "status": status, "starts_at": moment(day, hours[0]),
            "ends_at": moment(day, hours[1]), "purpose": "健康讲座", **fields,
        }
    )  # fmt: skip
