"""Which place a row's 街道 and 社区 mean: names as people type them, never guessed where two places share one."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from core.codes import next_prefix, under
from core.errors import InputError
from units.models import Division
from units.queries.units import root_place
from units.rules import check_place

SUBDISTRICT_ENDINGS = ("街道办事处", "街道办", "办事处", "街道党工委", "街道")
COMMUNITY_ENDINGS = ("社区居民委员会", "社区居委会", "居委会", "社区党委", "社区")


class Home(NamedTuple):
    """Where a unit of the file sits: its community and the subdistrict within which its name counts once."""

    place_id: int
    code: str
    subdistrict: str
    texts: tuple[str, ...]  # as COPY writes them: place, code, subdistrict, end of the subdistrict's range


def stem(name: str, endings: tuple[str, ...]) -> str:
    """A place's name without what it is: 黉门街社区居委会 → 黉门街."""
    plain = name.replace(" ", "")
    return next(
        (plain.removesuffix(ending) for ending in endings if plain.endswith(ending) and plain != ending),
        plain,
    )


def names_of(places: Iterable[Division]) -> str:
    return "、".join(place.name for place in places)


class PlaceBook:
    """The subdistricts and communities that exist on a day, found by name or by code."""

    def __init__(self, on: date):
        self.on = on
        self.root = root_place()
        inside = Division.objects.filter(under(self.root.code, "code"))
        rows = list(inside.effective(on).select_related("parent"))
        self.by_code = {row.code: row for row in rows}
        self.subdistricts = self._by_stem(rows, Division.Level.SUBDISTRICT, SUBDISTRICT_ENDINGS)
        self.communities = self._by_stem(rows, Division.Level.COMMUNITY, COMMUNITY_ENDINGS)
        self._found: dict[tuple, Home] = {}

    @staticmethod
    def _by_stem(rows: Iterable[Division], level: str, endings: tuple[str, ...]) -> dict[str, list[Division]]:
        found = defaultdict(list)
        for row in rows:
            if row.level == level:
                found[stem(row.name, endings)].append(row)
        return found

    def find(self, subdistrict: str | None, community: str) -> Home:
        """The home that two cells mean; raises `InputError` with the field it is about."""
        key = (subdistrict, community)
        if key not in self._found:
            self._found[key] = self._find(subdistrict, community)
        return self._found[key]

    def _find(self, subdistrict: str | None, community: str) -> Home:
        above = self._subdistrict(subdistrict) if subdistrict else None
        place = self._community(community, above)
        try:
            check_place(place, self.on, self.root.administered_by)
        except InputError as refusal:
            raise InputError(refusal.message, field="community", code=refusal.code) from None
        above_code = subdistrict_code(place)
        return Home(
            place.pk, place.code, above_code, (str(place.pk), place.code, above_code, next_prefix(above_code))
        )

    def _subdistrict(self, name: str) -> Division:
        found = self._coded(name, Division.Level.SUBDISTRICT) or self.subdistricts.get(
            stem(name, SUBDISTRICT_ENDINGS)
        )
        if not found:
            raise InputError(
                f"没有“{name[:30]}”这个街道，请核对街道名称。",
                field="subdistrict",
                code="unknown_subdistrict",
            )
        return found[0]

    def _coded(self, text: str, level: str) -> list[Division]:
        place = self.by_code.get(text)
        return [place] if place is not None and place.level == level else []

    def _community(self, name: str, above: Division | None) -> Division:
        found = self._coded(name, Division.Level.COMMUNITY) or self.communities.get(
            stem(name, COMMUNITY_ENDINGS)
        )
        if not found:
            raise InputError(
                f"没有“{name[:30]}”这个社区，请核对社区名称，要写全名，如“黉门街社区”。",
                field="community", code="unknown_community",
            )  # fmt: skip
        if above is None:
            return self._only(found)
        inside = [place for place in found if place.parent_id == above.pk]
        if not inside:
            homes = names_of(place.parent for place in found)
            raise InputError(
                f"{above.name}没有{found[0].name}；{found[0].name}在{homes}。",
                field="community",
                code="community_elsewhere",
            )
        return inside[0]

    @staticmethod
    def _only(found: list[Division]) -> Division:
        if len(found) > 1:
            homes = names_of(place.parent for place in found)
            raise InputError(
                f"有{len(found)}个{found[0].name}（{homes}），请在“所属街道”写明是哪一个。",
                field="community", code="ambiguous_community",
            )  # fmt: skip
        return found[0]


def subdistrict_code(place: Division) -> str:
    """The code of the subdistrict a place lies in: statistical codes give it nine digits."""
    return place.code[:9]
