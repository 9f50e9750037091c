"""Filters of carriers, instructors, build plans and survey rounds; page and API share them."""

import django_filters
from django.db.models import Exists, F, OuterRef, Q

from core.clock import today
from core.codes import under
from units.filters.units import PlaceFilter, YesNoFilter
from units.models import (
    BuildPlan,
    Carrier,
    CoverageSpell,
    Instructor,
    ServiceStation,
    SurveyLine,
    SurveyRound,
    Unit,
)

MODES = CoverageSpell.Mode.choices


class PathPlaceFilter(PlaceFilter):
    """Rows whose related row lies at or below a place."""

    def __init__(self, path: str, **kwargs):
        self.path = path
        super().__init__(**kwargs)

    def filter(self, qs, value):
        return qs.filter(under(value.code, self.path)) if value else qs


class CarrierFilter(django_filters.FilterSet):
    """Carriers of a place, a kind; in use, with a station, with a comprehensive committee."""

    place = PlaceFilter()
    kind = django_filters.ChoiceFilter(label="类型", choices=Carrier.Kind.choices)
    in_use = YesNoFilter(label="在用", method="filter_in_use")
    station = YesNoFilter(label="有党建服务站", method="filter_station")
    committee = YesNoFilter(label="有综合党委", method="filter_committee")

    class Meta:
        model = Carrier
        fields: list[str] = []

    def filter_in_use(self, rows, name, is_yes: bool):
        return rows.filter(to_on__isnull=is_yes)

    def filter_station(self, rows, name, is_yes: bool):
        stations = ServiceStation.objects.effective(today()).filter(carrier=OuterRef("pk"))
        return rows.filter(Exists(stations) if is_yes else ~Exists(stations))

    def filter_committee(self, rows, name, is_yes: bool):
        return rows.filter(committee__isnull=not is_yes)


class StationFilter(django_filters.FilterSet):
    """Stations of a place, of a kind of carrier; open or closed."""

    place = PathPlaceFilter("carrier__place_code")
    kind = django_filters.ChoiceFilter(
        label="载体类型", choices=Carrier.Kind.choices, field_name="carrier__kind"
    )
    open = YesNoFilter(label="在用", method="filter_open")

    class Meta:
        model = ServiceStation
        fields: list[str] = []

    def filter_open(self, rows, name, is_yes: bool):
        return rows.filter(closed_on__isnull=is_yes)


class InstructorFilter(django_filters.FilterSet):
    """Instructors of a place; those sent now or past ones."""

    place = PathPlaceFilter("unit__place_code")
    current = YesNoFilter(label="在派", method="filter_current")

    class Meta:
        model = Instructor
        fields: list[str] = []

    def filter_current(self, rows, name, is_yes: bool):
        return rows.filter(to_on__isnull=is_yes)


class BuildFilter(django_filters.FilterSet):
    """Build plans of a place, by state and mode; those behind their date."""

    place = PlaceFilter()
    status = django_filters.ChoiceFilter(label="状态", choices=BuildPlan.Status.choices)
    mode = django_filters.ChoiceFilter(label="组建方式", choices=MODES)
    category = django_filters.ChoiceFilter(
        label="单位类别",
        choices=[(one, Unit.Category(one).label) for one in Unit.TWO_NEW],
        field_name="unit__category",
    )
    late = YesNoFilter(label="已过计划日期", method="filter_late")

    class Meta:
        model = BuildPlan
        fields: list[str] = []

    def filter_late(self, rows, name, is_yes: bool):
        late = Q(target_on__lt=today()) & ~Q(status__in=BuildPlan.ENDED_STATUSES)
        return rows.filter(late) if is_yes else rows.exclude(late)


class RoundFilter(django_filters.FilterSet):
    """Rounds by place; those that still run."""

    place = PlaceFilter(label="范围")
    running = YesNoFilter(label="进行中", method="filter_running")

    class Meta:
        model = SurveyRound
        fields: list[str] = []

    def filter_running(self, rows, name, is_yes: bool):
        return rows.filter(due_on__gte=today()) if is_yes else rows.filter(due_on__lt=today())


class LineFilter(django_filters.FilterSet):
    """Lines of a round by place; filled or not, with counts that differ from the register."""

    place = PathPlaceFilter("unit__place_code")
    filled = YesNoFilter(label="已摸排", method="filter_filled")
    differs = YesNoFilter(label="与台账不同", method="filter_differs")

    class Meta:
        model = SurveyLine
        fields: list[str] = []

    def filter_filled(self, rows, name, is_yes: bool):
        return rows.filled(is_yes)

    def filter_differs(self, rows, name, is_yes: bool):
        other = Q()
        for column in ("employees", "members_total", "members_full"):
            other |= Q(**{f"{column}__isnull": False}) & ~Q(**{column: F(f"unit__{column}")})
        return rows.filter(other) if is_yes else rows.exclude(other)


class LineApiFilter(LineFilter):
    """What the API adds: the lines of one round; the page is one round's."""

    round = django_filters.NumberFilter(label="摸排", field_name="round_id", min_value=1, max_value=2**63 - 1)
