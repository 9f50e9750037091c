"""Filters of the lists of needs, resources and bookings; page and API share them."""

import django_filters

from core.clock import today
from core.codes import under
from core.workdays import Calendar
from projects.models import Need, Project, Resource, ResourceBooking
from projects.queries.lists import VERIFY_WORKDAYS
from units.models import Division

FILTERED_LEVELS = (Division.Level.DISTRICT, Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
YES_NO = (("true", "是"), ("false", "否"))
LARGEST_ID = 2**63 - 1


def choosable_places(request=None):
    """The district, its subdistricts and communities in the order of their codes."""
    return Division.objects.filter(level__in=FILTERED_LEVELS).order_by("code")


class ListPlaceFilter(django_filters.ModelChoiceFilter):
    """Rows at or below a place, given by its code."""

    def __init__(self, **kwargs):
        super().__init__(queryset=choosable_places, to_field_name="code", **{"label": "所在地", **kwargs})

    def filter(self, qs, value):
        return qs.filter(under(value.code)) if value else qs


class UnverifiedFilter(django_filters.ChoiceFilter):
    """Collected and not verified in time."""

    def __init__(self, **kwargs):
        super().__init__(choices=YES_NO, **kwargs)

    def filter(self, qs, value):
        if not value:
            return qs
        first_in_time = Calendar().add_workdays(today(), -VERIFY_WORKDAYS)
        late = {"status": Need.Status.COLLECTED, "raised_on__lt": first_in_time}
        return qs.filter(**late) if value == "true" else qs.exclude(**late)


class NumberFilter(django_filters.NumberFilter):
    """A row by its number in the database."""

    def __init__(self, **kwargs):
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


class NeedFilter(django_filters.FilterSet):
    """Needs of a place, in a state, of a side, a domain, an urgency, from a source, raised on days of a range."""

    place = ListPlaceFilter()
    status = django_filters.ChoiceFilter(label="状态", choices=Need.Status.choices)
    side = django_filters.ChoiceFilter(label="谁的需求", choices=Need.Side.choices)
    domain = django_filters.ChoiceFilter(label="领域", choices=Project.Domain.choices)
    urgency = django_filters.ChoiceFilter(label="紧急程度", choices=Need.Urgency.choices)
    source = django_filters.ChoiceFilter(label="来源", choices=Need.Source.choices)
    late = UnverifiedFilter(label="超期未核实")
    verified = django_filters.ChoiceFilter(label="经核实", choices=YES_NO, method="filter_verified")
    converted = django_filters.ChoiceFilter(label="转为项目", choices=YES_NO, method="filter_converted")
    raised_on = django_filters.DateFromToRangeFilter(label="提出日期")

    class Meta:
        model = Need
        fields: list[str] = []

    def filter_verified(self, rows, name, word: str):
        """Found so, whatever became of it since: what the rate of converted needs is about."""
        found = {"status__in": Need.PUBLIC_STATUSES}
        return rows.filter(**found) if word == "true" else rows.exclude(**found)

    def filter_converted(self, rows, name, word: str):
        return rows.filter(project__isnull=word == "false")


class ResourceFilter(django_filters.FilterSet):
    """Resources of a place, a kind, for a domain, open how far, in a state; those that may be booked today."""

    place = ListPlaceFilter()
    kind = django_filters.ChoiceFilter(label="类型", choices=Resource.Kind.choices)
    domain = django_filters.ChoiceFilter(label="适合的领域", choices=Project.Domain.choices)
    scope = django_filters.ChoiceFilter(label="开放范围", choices=Resource.Scope.choices)
    status = django_filters.ChoiceFilter(label="状态", choices=Resource.Status.choices)
    bookable = django_filters.ChoiceFilter(label="现在可预约", choices=YES_NO, method="filter_bookable")

    class Meta:
        model = Resource
        fields: list[str] = []

    def filter_bookable(self, rows, name, word: str):
        can_be = Resource.objects.bookable(today()).values("pk")
        return rows.filter(pk__in=can_be) if word == "true" else rows.exclude(pk__in=can_be)


class ResourceApiFilter(ResourceFilter):
    """What the API adds: the resources of one unit, by number."""

    unit = NumberFilter(field_name="unit_id")


class BookingFilter(django_filters.FilterSet):
    """Bookings by a place, in a state, of a kind of resource, on days of a range."""

    place = ListPlaceFilter(label="申请方")
    status = django_filters.ChoiceFilter(label="状态", choices=ResourceBooking.Status.choices)
    kind = django_filters.ChoiceFilter(
        label="资源类型", field_name="resource__kind", choices=Resource.Kind.choices
    )
    on = django_filters.DateFromToRangeFilter(label="使用日期", field_name="starts_at")

    class Meta:
        model = ResourceBooking
        fields: list[str] = []


class BookingApiFilter(BookingFilter):
    """What the API adds: the bookings of one resource or for one project, by number."""

    resource = NumberFilter(field_name="resource_id")
    project = NumberFilter(field_name="project_id")
