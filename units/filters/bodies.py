"""Filters of regional bodies, their posts and the places with gaps; page and API share those of bodies."""

from datetime import date

import django_filters
from django.db.models import Exists, OuterRef, Q

from core.clock import today
from core.codes import under
from units.filters.units import PlaceFilter, YesNoFilter
from units.models import BodyMember, BodySeat, Division, RegionalBody, Representative
from units.queries.bodies import paper_bodies, rosters_due
from units.terms import months_after

SOON_MONTHS = 6
TERMS = (("over", "届满未换"), ("soon", "六个月内届满"))
LEVELS = [(level, Division.Level(level).label) for level in ("district", "subdistrict", "community")]
GAP_LEVELS = LEVELS[1:]


def in_term_state(state: str, on: date) -> Q:
    """Bodies at work whose term is over, or will be within six months."""
    at_work = Q(status__in=RegionalBody.RUNNING)
    if state == "over":
        return at_work & Q(term_end__lt=on)
    return at_work & Q(term_end__gte=on, term_end__lte=months_after(on, SOON_MONTHS))


class OneSecretaryFilter(YesNoFilter):
    """Committees at work that share their secretary with the party committee, or don't."""

    def narrow(self, rows, is_yes: bool):
        running = rows.running_on(today()).filter(kind=RegionalBody.Kind.COMMITTEE)
        return running.with_one_secretary(today()).filter(has_one_secretary=is_yes)


class PartTimeFilter(YesNoFilter):
    """Bodies with a part-time member today, or without."""

    def narrow(self, rows, is_yes: bool):
        seats = BodySeat.objects.effective(today()).filter(body=OuterRef("pk"), post=BodySeat.Post.PART_TIME)
        return rows.filter(Exists(seats) if is_yes else ~Exists(seats))


class PaperFilter(YesNoFilter):
    """Bodies that held no session for a year (纸面组织), or the others."""

    def narrow(self, rows, is_yes: bool):
        return rows.filter(paper_bodies(today(), is_yes))


class RosterDueFilter(YesNoFilter):
    """Bodies whose roster is to be confirmed this quarter, or was."""

    def narrow(self, rows, is_yes: bool):
        due = rosters_due(today())
        return rows.filter(due if is_yes else ~due)


class CurrentFilter(YesNoFilter):
    """Posts that are held today, or no longer."""

    def narrow(self, rows, is_yes: bool):
        held = Q(from_on__lte=today()) & (Q(to_on__isnull=True) | Q(to_on__gt=today()))
        return rows.filter(held) if is_yes else rows.exclude(held)


class BodyFilter(django_filters.FilterSet):
    """Bodies of a place, a kind, a level, a status; with a term that ends, with two secretaries, with part-time members."""

    place = PlaceFilter()
    kind = django_filters.ChoiceFilter(label="类型", choices=RegionalBody.Kind.choices)
    level = django_filters.ChoiceFilter(label="级别", choices=LEVELS, field_name="place__level")
    status = django_filters.ChoiceFilter(label="状态", choices=RegionalBody.Status.choices)
    term = django_filters.ChoiceFilter(label="届期", choices=TERMS, method="filter_term")
    one_secretary = OneSecretaryFilter(label="书记一肩挑")
    part_time = PartTimeFilter(label="有兼职委员")
    paper = PaperFilter(label="12 个月没有开会")
    roster_due = RosterDueFilter(label="本季名册待核对")

    class Meta:
        model = RegionalBody
        fields: list[str] = []

    def filter_term(self, rows, name, state: str):
        return rows.filter(in_term_state(state, today()))


class BodyPlaceFilter(PlaceFilter):
    """Posts in bodies at or below a place."""

    path = "body__place_code"

    def filter(self, qs, value):
        return qs.filter(under(value.code, self.path)) if value else qs


class AssemblyPlaceFilter(BodyPlaceFilter):
    """Representatives of assemblies at or below a place."""

    path = "assembly__place_code"


class PostFilter(django_filters.FilterSet):
    """Present posts or past ones too."""

    current = CurrentFilter(label="现任")


class SeatFilter(PostFilter):
    """Seats of a place, a kind of body, a post."""

    place = BodyPlaceFilter()
    kind = django_filters.ChoiceFilter(
        label="组织类型", choices=RegionalBody.Kind.choices, field_name="body__kind"
    )
    post = django_filters.ChoiceFilter(label="职务", choices=BodySeat.Post.choices)
    status = django_filters.ChoiceFilter(label="状态", choices=BodySeat.Status.choices)

    class Meta:
        model = BodySeat
        fields: list[str] = []


class MemberFilter(PostFilter):
    """Member units of the joint meetings of a place, by kind."""

    place = BodyPlaceFilter(label="联席会所在地")
    kind = django_filters.ChoiceFilter(label="单位类型", choices=BodyMember.Kind.choices)

    class Meta:
        model = BodyMember
        fields: list[str] = []


class RepresentativeFilter(PostFilter):
    """Representatives of a place, by kind, how chosen, women."""

    place = AssemblyPlaceFilter()
    kind = django_filters.ChoiceFilter(label="类别", choices=Representative.Kind.choices)
    produced_by = django_filters.ChoiceFilter(label="产生方式", choices=Representative.Produced.choices)
    woman = YesNoFilter(label="女性", field_name="person__is_woman")
    status = django_filters.ChoiceFilter(label="状态", choices=Representative.Status.choices)

    class Meta:
        model = Representative
        fields: list[str] = []


def of_one(path: str) -> django_filters.NumberFilter:
    """The posts of one body; the pages take it from the address they are opened by."""
    return django_filters.NumberFilter(label="组织", field_name=path, min_value=1, max_value=2**63 - 1)


class SeatApiFilter(SeatFilter):
    """What the API adds: the seats of one body."""

    body = of_one("body_id")


class MemberApiFilter(MemberFilter):
    """What the API adds: the members of one joint meeting."""

    body = of_one("body_id")


class RepresentativeApiFilter(RepresentativeFilter):
    """What the API adds: the representatives of one assembly."""

    body = of_one("assembly_id")


class GapPlaceFilter(PlaceFilter):
    """Places at or below a place."""

    def filter(self, qs, value):
        return qs.filter(under(value.code, "code")) if value else qs


class GapFilter(django_filters.FilterSet):
    """Places with gaps below a place, by level and by what is missing."""

    place = GapPlaceFilter()
    level = django_filters.ChoiceFilter(label="级别", choices=GAP_LEVELS)
    missing = django_filters.ChoiceFilter(
        label="缺",
        choices=[(kind, RegionalBody.Kind(kind).label) for kind in RegionalBody.TIERS],
        method="filter_missing",
    )

    class Meta:
        model = Division
        fields: list[str] = []

    def filter_missing(self, rows, name, kind: str):
        return rows.filter(**{f"has_{kind}": False})
