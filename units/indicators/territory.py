"""A place as statistics see it: what counts for it, and the rows its figures are broken into."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import models

from core.codes import next_prefix, under
from core.errors import InputError
from units.models import Division
from units.queries.units import excluded_codes


class By(models.TextChoices):
    """Into which rows a figure is broken (下级)."""

    NONE = "none", "不分"
    CHILD = "child", "下一级"
    SUBDISTRICT = "subdistrict", "街道"
    COMMUNITY = "community", "社区"


@dataclass(frozen=True, slots=True)
class Place:
    """The few facts of a division that a row of statistics shows."""

    code: str
    name: str
    path_name: str
    level: str
    valid_from: date | None
    valid_to: date | None

    def exists_on(self, day: date) -> bool:
        is_open = self.valid_from is None or self.valid_from <= day
        return is_open and (self.valid_to is None or day < self.valid_to)

    def fields(self) -> dict[str, str]:
        """The place as the API writes it."""
        return {"code": self.code, "name": self.name, "level": self.level}


PLACE_FIELDS = tuple(Place.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Territory:
    """A place, the ranges inside it that others administer (left out), and the places its rows are about.

    ``width`` is the length of the rows' codes: a fact is folded into the row whose code begins its own.
    ``places`` holds every place that may become a row; a fact that lies above the rows' level keeps its own
    place as a row, so that rows always add up to the total.
    """

    place: Place
    by: str
    level: str
    width: int
    gaps: tuple[tuple[str, str], ...]
    places: dict[str, Place]

    @property
    def code(self) -> str:
        return self.place.code

    def range_sql(self, column: str) -> tuple[str, list[str]]:
        """The condition that a ``place_code`` column counts for this territory, and its parameters."""
        sql = f"{column} >= %s AND {column} < %s" + f" AND NOT ({column} >= %s AND {column} < %s)" * len(
            self.gaps
        )
        params = [self.code, next_prefix(self.code)]
        for low, high in self.gaps:
            params += [low, high]
        return sql, params

    def within(self, field: str = "place_code") -> models.Q:
        """The same condition for a queryset."""
        inside = under(self.code, field)
        for low, high in self.gaps:
            inside &= ~models.Q(**{f"{field}__gte": low, f"{field}__lt": high})
        return inside

    def row_of(self, code: str) -> Place:
        """The place whose row a fact with this (shortened) code falls into."""
        while code not in self.places:
            code = code[:-1]
        return self.places[code]

    def row_places(self, day: date, codes: Iterable[str] = ()) -> list[Place]:
        """The rows of a day in the order of codes: the places of the level that existed, and all with facts."""
        known = set(codes)
        return [
            place
            for code, place in self.places.items()
            if code in known or (place.level == self.level and place.exists_on(day))
        ]


def find_place(code: str) -> Division:
    """The division with a code.

    Raises `InputError` for field ``place`` when there is none.
    """
    found = Division.objects.filter(code=code).first() if code.isascii() and code.isprintable() else None
    if found is None:
        raise InputError(
            f"没有代码为“{code[:40]}”的区划，请核对 place。", field="place", code="unknown_place"
        )
    return found


def territory_of(division: Division, by: str = By.NONE) -> Territory:
    """Read the territory of a division; three short queries."""
    gaps = tuple((code, next_prefix(code)) for code in excluded_codes(division))
    inner = Division.objects.filter(under(division.code, "code")).exclude(code=division.code)
    for low, high in gaps:
        inner = inner.exclude(code__gte=low, code__lt=high)
    level = level_below(division, inner, by)
    own = Place(**{name: getattr(division, name) for name in PLACE_FIELDS})
    rows = [
        Place(**row)
        for row in inner.filter(level__in=levels_down_to(level)).order_by("code").values(*PLACE_FIELDS)
    ]
    width = max((len(place.code) for place in rows), default=len(division.code)) if by != By.NONE else 0
    return Territory(own, by, level, width, gaps, {place.code: place for place in [own, *rows]})


def level_below(division: Division, inner: models.QuerySet, by: str) -> str:
    """The level of the rows; empty when the place isn't broken down."""
    if by != By.CHILD:
        return "" if by == By.NONE else by
    child = inner.filter(parent=division).order_by("code").values_list("level", flat=True).first()
    return child or ""


def levels_down_to(level: str) -> list[str]:
    """All levels from the top down to this one; none for no level."""
    order = Division.Level.values
    return order[: order.index(level) + 1] if level else []


def read_territory(code: str, by: str = By.NONE) -> Territory:
    """The territory of a place by its code.

    Raises `InputError` for field ``place`` when there is no such place.
    """
    return territory_of(find_place(code), by)
