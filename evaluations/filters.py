"""Filters of the visit lists; the page, the export and the API share them."""

from datetime import date

import django_filters as filters
from django.db.models import Q

from accounts.models import User
from core.access import actor_of
from core.clock import today
from core.codes import under
from core.periods import Month
from evaluations.models import MonthlyVisit, VisitAssignment
from evaluations.queries import visitors_under
from units.models import Division

OVERDUE = "overdue"
MONTHS_BACK = 24
LEVELS = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)


def month_choices(day: date | None = None) -> list[tuple[str, str]]:
    """The present month and the two years before it, newest first."""
    months = [Month.containing(day or today())]
    while len(months) <= MONTHS_BACK:
        months.append(months[-1].previous())
    return [(str(month), month.label) for month in months]


def place_choices(actor) -> list[tuple[str, str]]:
    """Subdistricts and communities of the actor's place; a community is shown beneath its subdistrict."""
    if not actor.place_code:
        return []
    rows = Division.objects.filter(under(actor.place_code, "code"), level__in=LEVELS).order_by("code")
    return [
        (code, f"　{name}" if level == Division.Level.COMMUNITY else name)
        for code, name, level in rows.values_list("code", "name", "level")
    ]


def actor_in(request):
    return actor_of(getattr(request, "_request", request))


def visitors_seen(request):
    """The people whose visits this person may see."""
    actor = actor_in(request) if request is not None else None
    return visitors_under(actor.place_code) if actor and actor.place_code else User.objects.none()


class VisitorChoice(filters.ModelChoiceFilter):
    """走访人, by name."""

    def __init__(self, **kwargs):
        super().__init__(queryset=visitors_seen, label="走访人", empty_label="全部", **kwargs)


class PlacedFilterSet(filters.FilterSet):
    """A filter set whose choices depend on who asks: places and visitors under the actor."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for one in self.filters.values():
            # Copied from the class, where the API's description may have left a field made for nobody.
            one.__dict__.pop("_field", None)
        if self.request is not None:
            self.filters["place"].extra["choices"] = place_choices(actor_in(self.request))


class VisitFilter(PlacedFilterSet):
    """月走访: by month, place, state, visitor."""

    month = filters.ChoiceFilter(label="月份", choices=month_choices, method="of_month", empty_label="全部")
    place = filters.ChoiceFilter(label="街道、社区", choices=[], method="at_place", empty_label="全部")
    status = filters.ChoiceFilter(
        label="状态",
        choices=[*MonthlyVisit.Status.choices, (OVERDUE, "逾期未走访")],
        method="in_state",
        empty_label="全部",
    )
    visitor = VisitorChoice()

    class Meta:
        model = MonthlyVisit
        fields: list[str] = []

    def of_month(self, rows, name, value):
        return rows.filter(month=date.fromisoformat(f"{value}-01"))

    def at_place(self, rows, name, value):
        return rows.filter(under(value))

    def in_state(self, rows, name, value):
        return rows.overdue(today()) if value == OVERDUE else rows.filter(status=value)


class AssignmentFilter(PlacedFilterSet):
    """走访安排: by place, visitor, frequency; ended ones only when asked for."""

    place = filters.ChoiceFilter(label="街道、社区", choices=[], method="at_place", empty_label="全部")
    visitor = VisitorChoice()
    cadence = filters.ChoiceFilter(label="频次", choices=VisitAssignment.Cadence.choices, empty_label="全部")
    state = filters.ChoiceFilter(
        label="状态", choices=[("now", "进行中"), ("ended", "已结束")], method="in_state", empty_label="全部"
    )

    class Meta:
        model = VisitAssignment
        fields: list[str] = []

    def at_place(self, rows, name, value):
        return rows.filter(under(value, "unit__place_code"))

    def in_state(self, rows, name, value):
        ended = Q(to_on__isnull=False)
        return rows.filter(ended) if value == "ended" else rows.filter(~ended)
