"""The tree of places as pages read it: names of a day, figures summed from below, units, the opened branch."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from core.actor import Actor
from core.codes import under
from units.models import Division, DivisionName, Unit

FIGURES = ("households", "population", "party_members")
Numbers = dict[str, int | None]


def prefixes(code: str) -> list[str]:
    """Every code that may stand above this one, itself included."""
    return [code[:length] for length in range(2, len(code) + 1)]


def names_on(places: Iterable[Division], day: date) -> dict[int, str]:
    """What renamed places were called on a day, by id; places that had their present name then aren't in it."""
    rows = DivisionName.objects.filter(division__in=[place.pk for place in places], to_on__gt=day)
    return dict(
        rows.order_by("division_id", "to_on").distinct("division_id").values_list("division_id", "name")
    )


@dataclass(frozen=True, slots=True)
class Sums:
    """What is written down at a place itself, and what its parts add up to (None where nothing is written down)."""

    own: Numbers
    below: Numbers

    @property
    def shown(self) -> Numbers:
        """The place's own number where there is one, else the sum of its parts."""
        return {name: self.below[name] if self.own[name] is None else self.own[name] for name in FIGURES}

    def differs(self, name: str) -> bool:
        return None not in (self.own[name], self.below[name]) and self.own[name] != self.below[name]


def sums_under(code: str, day: date) -> dict[int, Sums]:
    """Figures of every place at or below ``code`` that existed on the day, by id; what others run inside is left out."""
    rows = list(
        Division.objects.filter(under(code, "code"))
        .effective(day)
        .order_by("-code")
        .values("id", "parent_id", "administered_by", *FIGURES)
    )
    runs = {row["id"]: row["administered_by"] for row in rows}
    added: dict[Any, Numbers] = defaultdict(lambda: dict.fromkeys(FIGURES))
    found: dict[int, Sums] = {}
    for row in rows:
        # Codes extend each other, so that in falling order parts come before the whole.
        sums = Sums({name: row[name] for name in FIGURES}, added.pop(row["id"], dict.fromkeys(FIGURES)))
        found[row["id"]] = sums
        if runs.get(row["parent_id"]) == row["administered_by"]:
            above = added[row["parent_id"]]
            for name, value in sums.shown.items():
                if value is not None:
                    above[name] = (above[name] or 0) + value
    return found


def counted_units(code: str, actor: Actor):
    """The units at or below a place that are counted in the actor's own (not those with a branch there alone)."""
    return Unit.objects.visible_to(actor).effective().filter(under(code), under(actor.place_code))


def unit_counts(code: str, actor: Actor) -> dict[str, int]:
    """How many units counted in the actor's place lie at each place at or below ``code``, by the place's own code."""
    rows = counted_units(code, actor)
    return dict(rows.order_by().values_list("place_code").annotate(count=Count("pk")))


def count_under(counts: dict[str, int], code: str) -> int:
    return sum(count for own, count in counts.items() if own.startswith(code))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the tree: the place, what it was called on the day, its figures, and whether it is opened."""

    place: Division
    name: str
    sums: Numbers
    units: int
    has_children: bool
    is_open: bool


def read_lines(top: Division, opened: Division, day: date, actor: Actor) -> list[Line]:
    """The top and, along the way to ``opened``, the places directly in each; a fixed number of queries."""
    on_the_way = set(prefixes(opened.code))
    way = Division.objects.filter(under(top.code, "code"), code__in=on_the_way).values("pk")
    wanted = Q(pk=top.pk) | Q(parent__in=way)
    places = list(
        Division.objects.filter(wanted).effective(day).select_related("party_organization").order_by("code")
    )
    names, sums, counts = names_on(places, day), sums_under(top.code, day), unit_counts(top.code, actor)
    with_children = set(
        Division.objects.filter(parent__in=[place.pk for place in places])
        .effective(day)
        .values_list("parent_id", flat=True)
    )
    nothing = Sums(dict.fromkeys(FIGURES), dict.fromkeys(FIGURES))
    return [
        Line(
            place, names.get(place.pk, place.name), sums.get(place.pk, nothing).shown, count_under(counts, place.code),
            place.pk in with_children, place.code in on_the_way and place.pk in with_children,
        )
        for place in places
    ]  # fmt: skip


def way_to(place: Division) -> list[Division]:
    """The places above this one, the widest first."""
    return list(Division.objects.filter(code__in=prefixes(place.code)[:-1]).order_by("code"))
