"""The grid of two communities of the sample district: 黉门街 down to its buildings, 洗面桥 down to its courtyards.

How many of each there are is told (domain.md §2(g), §6.4); names of sections, courtyards and buildings are invented.
"""

from datetime import date

from core.actor import Actor
from units.divisions import path_name
from units.models import Division, DivisionName, PartyOrganization
from wuhou.sample.past import entry, moment, write_past

Level = Division.Level
Kind = Division.CourtyardKind
Category = PartyOrganization.Category
BEGUN = date(2024, 3, 1)
RENAMED, MERGED = date(2025, 9, 1), date(2026, 5, 1)
HUANGMENJIE, XIMIANQIAO = "510107005008", "510107001004"
HOUSEHOLDS, MEMBERS = 6328, 198
KINDS = (Kind.OLD, Kind.UNIT_HOUSING, Kind.ESTATE, Kind.OLD, Kind.MIXED, Kind.ESTATE, Kind.RESETTLEMENT)
# Section of each courtyard of 黉门街 (the eleventh lies in the second), its name and its buildings: 34 in all.
COURTYARDS = (
    (1, "松柏院", 3), (1, "银杏院", 3), (1, "玉兰院", 3), (2, "桂花院", 4), (2, "海棠院", 3), (3, "梧桐院", 3), (3, "芙蓉院", 3),
    (3, "紫荆院", 3), (4, "石榴院", 3), (4, "枇杷院", 3), (2, "黄桷院", 3),
)  # fmt: skip
# 31 courtyards in five sections; 18 of them have a party organization of their own.
BRIDGE_NAMES = "春夏秋冬晨晓暮月星云松竹梅兰菊荷莲桃李杏棠桐柳榕樟枫槐桑榆柏桂"
BRIDGE_SECTIONS, BRIDGE_ORGANIZED = 5, 18
NUMERALS = "一二三四五六七八九十"


class Grid:
    """Loads the grid with the party organizations of its nodes, as if kept since long ago."""

    def __init__(self, actors: dict[str, Actor]):
        self.actors = actors
        self.told: list[tuple] = []

    def load(self) -> None:
        self.load_huangmenjie()
        self.load_ximianqiao()
        write_past(self.told)

    # The parts

    def places(self, parents: list[Division], made: list[dict], actor: Actor) -> list[Division]:
        """Store places of one level, each directly in its parent, and tell that they were added."""
        rows = Division.objects.bulk_create(
            Division(
                parent=parent, path_name=path_name(one, parent), administered_by=parent.administered_by,
                is_sample=True, **{"valid_from": BEGUN, **one},
            )
            for parent, one in zip(parents, made, strict=True)
        )  # fmt: skip
        self.told += [
            entry(row, "add", "新增", actor, moment(BEGUN), note=f"编码 {row.code}。") for row in rows
        ]
        return rows

    def organize(
        self, places: list[Division], names: list[str], category: str, parents: list
    ) -> list[PartyOrganization]:
        """Give each place its party organization."""
        found = PartyOrganization.objects.bulk_create(
            PartyOrganization(
                name=name, category=category, place=place, place_code=place.code, parent=parent,
                established_on=BEGUN, member_count=place.party_members or 0, is_sample=True,
            )
            for place, name, parent in zip(places, names, parents, strict=True)
        )  # fmt: skip
        for place, organization in zip(places, found, strict=True):
            place.party_organization = organization
        Division.objects.bulk_update(places, ["party_organization"])
        return found

    def committee(self, code: str) -> tuple[Division, PartyOrganization]:
        """The community and its party committee, which the sample has already."""
        place = Division.objects.get(code=code)
        node = PartyOrganization.objects.filter(
            place=place, category=Category.COMMITTEE, host_unit=None
        ).first()
        return place, node

    def sections(self, community: Division, committee, count: int, actor: Actor) -> tuple[list, list]:
        made = [
            {
                "code": f"{community.code}-P{number:02d}",
                "name": f"第{NUMERALS[number - 1]}片区",
                "level": Level.SECTION,
            }
            for number in range(1, count + 1)
        ]
        rows = self.places([community] * count, made, actor)
        names = [f"{community.name}{row.name}网格党支部" for row in rows]
        return rows, self.organize(rows, names, Category.BRANCH, [committee] * count)

    # The communities

    def load_huangmenjie(self) -> None:
        community, committee = self.committee(HUANGMENJIE)
        actor = self.actors["community"]
        sections, branches = self.sections(community, committee, 4, actor)
        homes = [sections[section - 1] for section, _, _ in COURTYARDS]
        members = spread(MEMBERS, len(COURTYARDS))
        courtyards = self.places(
            homes,
            [
                {
                    "code": f"{home.code}-Y{number:03d}", "name": name, "level": Level.COURTYARD,
                    "courtyard_kind": KINDS[number % len(KINDS)], "party_members": members[number - 1],
                }
                for number, (home, (_, name, _)) in enumerate(zip(homes, COURTYARDS, strict=True), 1)
            ],
            actor,
        )  # fmt: skip
        parents = [branches[section - 1] for section, _, _ in COURTYARDS]
        names = [f"{community.name}{row.name}党小组" for row in courtyards]
        self.organize(courtyards, names, Category.GROUP, parents)
        self.load_buildings(courtyards, actor)
        community.party_organization = committee
        community.save(update_fields=["party_organization"])

    def load_buildings(self, courtyards: list[Division], actor: Actor) -> None:
        """34 buildings in use; one was called otherwise before, and one more has been merged into its neighbour."""
        homes = [
            yard for yard, (_, _, count) in zip(courtyards, COURTYARDS, strict=True) for _ in range(count)
        ]
        numbers = [number for _, _, count in COURTYARDS for number in range(1, count + 1)]
        households = spread(HOUSEHOLDS, len(homes))
        made = [
            {
                "code": f"{home.code}-L{number:02d}", "name": f"{number}栋", "level": Level.BUILDING,
                "households": count, "population": count * 5 // 2,
            }
            for home, number, count in zip(homes, numbers, households, strict=True)
        ]  # fmt: skip
        rows = self.places(homes, made, actor)
        self.rename(next(row for row in rows if row.code.endswith("-P02-Y011-L03")), "招待所楼", actor)
        self.merge_away(courtyards[0], rows[0], actor)

    def rename(self, building: Division, before: str, actor: Actor) -> None:
        """What a building was called until a day."""
        DivisionName.objects.create(
            division=building,
            name=before,
            path_name=f"{building.parent}·{before}",
            to_on=RENAMED,
            reason="院落自治小组会议纪要",
        )
        note = f"自{RENAMED}起，原名“{before}”。依据：院落自治小组会议纪要"
        self.told.append(entry(building, "rename", "更名", actor, moment(RENAMED), note=note))

    def merge_away(self, courtyard: Division, target: Division, actor: Actor) -> None:
        """A building that was merged into another."""
        made = {
            "code": f"{courtyard.code}-L04", "name": "附楼", "level": Level.BUILDING, "valid_to": MERGED, "successor": target,
        }  # fmt: skip
        [gone] = self.places([courtyard], [made], actor)
        note = f"自{MERGED}起并入“{target}”（{target.code}）。附楼与主楼共用单元门"
        self.told.append(entry(gone, "merge", "并入", actor, moment(MERGED), note=note))

    def load_ximianqiao(self) -> None:
        community, committee = self.committee(XIMIANQIAO)
        actor = self.actors["subdistrict_3"]
        sections, branches = self.sections(community, committee, BRIDGE_SECTIONS, actor)
        turns = [number % BRIDGE_SECTIONS for number in range(len(BRIDGE_NAMES))]
        made = [
            {
                "code": f"{sections[turn].code}-Y{number:03d}", "name": f"{name}苑", "level": Level.COURTYARD,
                "courtyard_kind": KINDS[number % len(KINDS)], "households": 90 + number * 7 % 60,
                "party_members": number % 6 + 3,
            }
            for number, (turn, name) in enumerate(zip(turns, BRIDGE_NAMES, strict=True), 1)
        ]  # fmt: skip
        courtyards = self.places([sections[turn] for turn in turns], made, actor)
        organized = courtyards[:BRIDGE_ORGANIZED]
        names = [f"{community.name}{row.name}党小组" for row in organized]
        self.organize(organized, names, Category.GROUP, [branches[turn] for turn in turns[:BRIDGE_ORGANIZED]])
        community.party_organization = committee
        community.save(update_fields=["party_organization"])


def spread(total: int, parts: int) -> list[int]:
    """The total in parts that differ a little and add up to it exactly."""
    weights = [20 + number * 7 % 11 for number in range(parts)]
    found = [total * weight // sum(weights) for weight in weights]
    found[-1] += total - sum(found)
    return found
