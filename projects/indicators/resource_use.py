"""资源使用率 PRJ-RESUSE: of the resources units had registered by the end of a period, those used at least once in it.

Source: domain.md §2(e) Statistics: 资源使用率. Used: a booking that was taken up on a day of the period. What has been
withdrawn since is left out: a resource keeps no day of its withdrawal.
"""

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from projects.indicators.project_counts import project_rate
from projects.models import Resource, ResourceBooking
from units.indicators.territory import Territory

TAKEN_UP = (ResourceBooking.Status.USED, ResourceBooking.Status.FEEDBACK)


def registered(territory: Territory, first: date, last: date) -> QuerySet[Resource]:
    """The resources of a place registered on or before the period's last day."""
    rows = Resource.objects.filter(territory.within(), created_at__date__lte=last)
    return rows.exclude(status=Resource.Status.WITHDRAWN)


def used(territory: Territory, first: date, last: date) -> QuerySet[Resource]:
    """Those that somebody used in the period."""
    uses = ResourceBooking.objects.filter(
        resource=OuterRef("pk"), status__in=TAKEN_UP, starts_at__date__range=(first, last)
    )
    return registered(territory, first, last).filter(Exists(uses))


RESOURCE_USE = project_rate(
    id="PRJ-RESUSE",
    name="资源使用率",
    numerator_text="其中时期内至少用过一次的资源",
    denominator_text="期末已登记、没有撤回的资源，按资源所在地计",
    met=used,
    about=registered,
    unit_word="项",
)
