"""The sample district (示范区): 1,250 operating non-public enterprises and 286 social organizations.

Every figure by subdistrict comes from ``sample/totals.csv`` and adds up to the published ones (domain.md §1, §6.2);
who they are is invented. Deterministic: the same rows every time.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from units.divisions import WUHOU, read_divisions
from units.sample_sheets import names

SEED = 510107
AS_OF = date(2026, 11, 20)
TOTALS = Path(__file__).resolve().parent.parent.parent / "sample" / "totals.csv"
STANDALONE_TOTAL, COVERED_TOTAL = 391, 1040
SOCIAL_TOTAL, SOCIAL_STANDALONE = 286, 92
DUE_UNCOVERED = 18
NEW_STANDALONE = 14
COVERED_BEFORE_2026 = 0.7312  # the district's own earlier rate, reached at the end of 2025
REGISTERED_IN_2026 = 40


@dataclass
class SampleUnit:
    """One row of the sheet, in the words the sheet uses."""

    name: str
    code: str
    category: str
    subcategory: str
    subdistrict: str
    community: str
    trade: str = ""
    address: str = ""
    employees: int = 0
    members_total: int = 0
    members_full: int = 0
    is_member: bool = False
    registered_on: date = date(2015, 1, 1)
    contact: str = ""
    organization: str = ""
    mode: str = ""
    covered_from: date | None = None
    established_on: date | None = None
    missing_reason: str = ""
    community_code: str = field(default="", repr=False)


@dataclass(frozen=True)
class Subdistrict:
    """A subdistrict, its communities and its share of the district's figures."""

    code: str
    name: str
    communities: tuple[tuple[str, str], ...]
    operating: int
    covered: int
    new_organizations: int


def largest_remainder(total: int, weights: list[float]) -> list[int]:
    """Split a whole into whole parts in proportion to the weights."""
    shares = [total * weight / sum(weights) for weight in weights]
    parts = [int(share) for share in shares]
    by_rest = sorted(range(len(parts)), key=lambda at: (parts[at] - shares[at], at))
    for at in by_rest[: total - sum(parts)]:
        parts[at] += 1
    return parts


def read_subdistricts() -> list[Subdistrict]:
    """The eleven subdistricts run by Wuhou with their figures."""
    divisions = read_divisions(WUHOU)
    label = {row["code"]: row["name"] for row in divisions}
    with TOTALS.open(encoding="utf-8-sig", newline="") as file:
        totals = [row for row in csv.DictReader(file) if row["code"]]
    return [
        Subdistrict(
            code=row["code"],
            name=label[row["code"]],
            communities=tuple(
                (place["code"], place["name"]) for place in divisions if place["parent"] == row["code"]
            ),
            operating=int(row["non_public_operating"]),
            covered=int(row["non_public_covered"]),
            new_organizations=int(row["new_two_new_organizations"]),
        )
        for row in totals
    ]


# The fictional units of domain.md §6.3 that are two-new: they sit in the joint meeting.
NAMED = (
    ("510107010", "太平社区", "太平园家居市场管理有限公司", "91", "MADEM005", "private", "物业服务"),
    ("510107011", "新城社区", "簇桥鞋服电商产业园", "91", "MADEM006", "private", "供应链管理"),
    ("510107009", "晋阳社区", "晋阳数字文创园", "91", "MADEM007", "private", "文化传播"),
    ("510107013", "金花社区", "金花桥航空物流产业园", "91", "MADEM008", "private", "物流"),
    ("510107012", "机投社区", "成都安和物业服务有限公司", "91", "MADEM009", "private", "物业服务"),
    ("510107015", "三河社区", "华兴高新材料有限公司", "91", "MADEM010", "private", "环保科技"),
    ("510107005", "黉门街社区", "蜀都律师事务所", "31", "MCDEM001", "law_firm", ""),
    ("510107005", "棕北社区", "武侯区爱邻社会工作服务中心", "52", "MJDEM001", "service_agency", ""),
    ("510107001", "洗面桥社区", "武侯区夕阳红养老服务中心", "52", "MJDEM002", "service_agency", ""),
)
# Named residents without a code (mission.md C3).
NAMED_WITHOUT_CODE = (
    ("510107001", "双楠社区", "上海新途社区健康促进社", "异地登记，入驻孵化中心"),
    ("510107005", "玉林东路社区", "北京慈爱嘉社区养老社", "异地登记，入驻孵化中心"),
)
NAMED_BRANCHES = {
    ("510107007", 0): "桐梓林国际商务楼宇联合党支部",
    ("510107010", 0): "红牌楼商圈联合党总支",
    ("510107014", 0): "顺江快递集散站联合党支部",
}
ENTERPRISE, SOCIAL = "非公有制企业", "社会组织"
SUBCATEGORY_LABELS = {
    "private": "私营控制", "hmt": "港澳台商控制", "foreign": "外商控制", "association": "社会团体",
    "foundation": "基金会", "service_agency": "社会服务机构（民办非企业单位）", "law_firm": "律师事务所",
    "accounting_firm": "会计师事务所",
}  # fmt: skip
STANDALONE, JOINT = "单独组建", "联合组建"


class SampleDistrict:
    """Draws the whole district from one stream of random numbers."""

    def __init__(self):
        self.rng = Random(SEED)  # nosec B311
        self.subdistricts = read_subdistricts()
        self._brands = names.brands(self.rng)
        self._codes = {
            "91": names.code_bases("MADE"),
            "52": names.code_bases("MJDE"),
            "31": names.code_bases("MCDE"),
        }

    def units(self) -> list[SampleUnit]:
        """All 1,536 units: enterprises by subdistrict and community, then social organizations."""
        enterprises = self._enterprises()
        socials = self._socials()
        return self._in_order(enterprises) + self._in_order(socials)

    @staticmethod
    def _in_order(units: Iterable[SampleUnit]) -> list[SampleUnit]:
        return sorted(units, key=lambda unit: unit.community_code)

    # Who there is

    def _enterprises(self) -> list[SampleUnit]:
        standalone = largest_remainder(STANDALONE_TOTAL, [place.covered for place in self.subdistricts])
        due = largest_remainder(
            DUE_UNCOVERED, [place.operating - place.covered for place in self.subdistricts]
        )
        new_alone = largest_remainder(
            NEW_STANDALONE, [place.new_organizations for place in self.subdistricts]
        )
        every: list[SampleUnit] = []
        for place, alone, missing, fresh in zip(self.subdistricts, standalone, due, new_alone, strict=True):
            units = self._new_enterprises(place)
            self._cover(place, units, alone, fresh)
            self._count_members(units, missing)
            every += units
        self._date_coverage(every)
        return every

    def _new_enterprises(self, place: Subdistrict) -> list[SampleUnit]:
        named = [self._named(row, place) for row in NAMED if row[0] == place.code and row[3] == "91"]
        homes = self._homes(place, place.operating - len(named))
        return named + [self._new_enterprise(place, home) for home in homes]

    def _homes(self, place: Subdistrict, count: int) -> list[tuple[str, str]]:
        """The community of each unit: every community gets some, no two the same share."""
        weights = [self.rng.uniform(0.6, 1.4) for _ in place.communities]
        shares = largest_remainder(count - len(weights), weights)
        return [home for home, share in zip(place.communities, shares, strict=True) for _ in range(share + 1)]

    def _new_enterprise(self, place: Subdistrict, home: tuple[str, str]) -> SampleUnit:
        trade = self.rng.choice(list(names.TRADES))
        region = self.rng.choices(("成都", "四川", "成都武侯"), (7, 2, 1))[0]
        ending = self.rng.choices(("有限公司", "有限责任公司", "股份有限公司"), (12, 3, 1))[0]
        subcategory = self.rng.choices(("private", "hmt", "foreign"), (94, 3, 3))[0]
        unit = SampleUnit(
            f"{region}{next(self._brands)}{trade}{ending}", names.credit_code("91", next(self._codes["91"])), ENTERPRISE,
            SUBCATEGORY_LABELS[subcategory], place.name, home[1], trade=trade, community_code=home[0],
        )  # fmt: skip
        return self._filled(unit)

    def _named(self, row: tuple, place: Subdistrict) -> SampleUnit:
        _, community, name, kind, base, subcategory, trade = row
        home = next(code for code, label in place.communities if label == community)
        category = ENTERPRISE if kind == "91" else SOCIAL
        unit = SampleUnit(
            name, names.credit_code(kind, base), category, SUBCATEGORY_LABELS[subcategory], place.name, community,
            trade=trade, community_code=home, is_member=True,
        )  # fmt: skip
        return self._filled(unit)

    def _filled(self, unit: SampleUnit) -> SampleUnit:
        """With address, contact, staff and the day it was registered."""
        fewest, most = names.TRADES.get(unit.trade, (3, 40))
        return replace(
            unit,
            address=names.address(self.rng, unit.community.removesuffix("社区")),
            contact=names.contact(self.rng),
            employees=int(fewest + (most - fewest) * self.rng.random() ** 2.2),
            registered_on=self._day(date(2001, 1, 1), date(2012, 12, 31)),
        )

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.rng.randint(0, (last - first).days))

    # Who is covered

    def _cover(self, place: Subdistrict, units: list[SampleUnit], alone: int, fresh_alone: int) -> None:
        """Give ``covered`` of the units a party organization: so many stand-alone, the rest in joint branches."""
        named = [unit for unit in units if unit.is_member]
        others = [unit for unit in units if not unit.is_member]
        chosen = named + self.rng.sample(others, place.covered - len(named))
        for at, unit in enumerate(chosen[:alone]):
            unit.organization, unit.mode = f"中共{unit.name}支部委员会", STANDALONE
            if len(named) <= at < len(named) + fresh_alone:
                unit.established_on = self._day(date(2026, 1, 12), date(2026, 11, 6))
        self._join(place, chosen[alone:], place.new_organizations - fresh_alone)

    def _join(self, place: Subdistrict, units: list[SampleUnit], fresh: int) -> None:
        units = self._in_order(units)
        sizes = self._branch_sizes(len(units), has_six=place.code == "510107005")
        ordinals: dict[str, int] = {}
        start = 0
        for at, size in enumerate(sizes):
            members = units[start : start + size]
            start += size
            name = NAMED_BRANCHES.get((place.code, at)) or self._branch_name(members, ordinals)
            is_new = len(sizes) - at <= fresh
            day = self._day(date(2026, 1, 12), date(2026, 11, 6)) if is_new else None
            for unit in members:
                unit.organization, unit.mode, unit.established_on = name, JOINT, day

    @staticmethod
    def _branch_name(members: list[SampleUnit], ordinals: dict[str, int], kind: str = "企业") -> str:
        """黉门街社区企业第三联合党支部."""
        home = members[0].community
        ordinals[home] = ordinals.get(home, 0) + 1
        return f"{home}{kind}第{chinese_number(ordinals[home])}联合党支部"

    def _branch_sizes(self, count: int, *, has_six: bool = False) -> list[int]:
        """Joint branches of 2 to 5 units; one of 6, which the rules warn about."""
        sizes = [6] if has_six else []
        rest = count - sum(sizes)
        while rest:
            options = [size for size in (2, 3, 4, 5) if size == rest or rest - size >= 2]
            size = self.rng.choice(options)
            sizes.append(size)
            rest -= size
        return sizes

    def _count_members(self, units: list[SampleUnit], missing: int) -> None:
        """Full members: 3 and more where a branch stands alone, fewer elsewhere, except those that ought to have one."""
        uncovered = [unit for unit in units if not unit.organization]
        due = {id(unit) for unit in self.rng.sample(uncovered, missing)}
        for unit in units:
            if unit.mode == STANDALONE or id(unit) in due:
                full = self.rng.choices((3, 4, 5, 6, 8, 11, 15), (30, 22, 16, 12, 10, 6, 4))[0]
            else:
                full = (
                    self.rng.choice((1, 1, 2, 2))
                    if unit.organization
                    else self.rng.choice((0, 0, 0, 1, 1, 2))
                )
            unit.members_full, unit.members_total = full, full + self.rng.choices((0, 1, 2), (7, 2, 1))[0]
            unit.employees = max(unit.employees, unit.members_total * 3)

    # Since when

    def _date_coverage(self, units: list[SampleUnit]) -> None:
        """Spread the beginnings so that the rate climbs to 73.12 % by the end of 2025 and to 83.2 % today."""
        late = self.rng.sample([unit for unit in units if not unit.organization], REGISTERED_IN_2026)
        for unit in late:
            unit.registered_on = self._day(date(2026, 1, 5), date(2026, 10, 30))
        covered = [unit for unit in units if unit.organization]
        this_year = len(covered) - round(COVERED_BEFORE_2026 * (len(units) - REGISTERED_IN_2026))
        fresh = [unit for unit in covered if unit.established_on]
        older = [unit for unit in covered if not unit.established_on]
        joining = {
            id(unit)
            for unit in self.rng.sample(
                [unit for unit in older if unit.mode == JOINT], this_year - len(fresh)
            )
        }
        founded: dict[str, date] = {}
        for unit in older:
            begun = founded.setdefault(unit.subdistrict + unit.organization, self._founding_day())
            unit.covered_from = (
                self._day(date(2026, 1, 8), date(2026, 11, 10)) if id(unit) in joining else begun
            )
            unit.established_on = begun
        for unit in fresh:
            unit.covered_from = unit.established_on

    def _founding_day(self) -> date:
        year = self.rng.choices(range(2013, 2026), range(16, 3, -1))[0]
        return self._day(date(year, 1, 6), date(year, 12, 20))

    # Social organizations

    def _socials(self) -> list[SampleUnit]:
        shares = largest_remainder(SOCIAL_TOTAL, [len(place.communities) for place in self.subdistricts])
        alone = largest_remainder(SOCIAL_STANDALONE, [float(share) for share in shares])
        every: list[SampleUnit] = []
        for place, share, standalone in zip(self.subdistricts, shares, alone, strict=True):
            units = self._new_socials(place, share)
            self._cover_socials(units, standalone)
            every += units
        return every

    def _new_socials(self, place: Subdistrict, count: int) -> list[SampleUnit]:
        units = [self._named(row, place) for row in NAMED if row[0] == place.code and row[3] != "91"]
        units += [self._without_code(row, place) for row in NAMED_WITHOUT_CODE if row[0] == place.code]
        return units + [self._new_social(place, home) for home in self._homes(place, count - len(units))]

    def _without_code(self, row: tuple[str, str, str, str], place: Subdistrict) -> SampleUnit:
        _, community, name, reason = row
        home = next(code for code, label in place.communities if label == community)
        unit = SampleUnit(
            name, "", SOCIAL, SUBCATEGORY_LABELS["service_agency"], place.name, community,
            missing_reason=reason, community_code=home,
        )  # fmt: skip
        return self._filled(unit)

    def _new_social(self, place: Subdistrict, home: tuple[str, str]) -> SampleUnit:
        word, subcategory = self.rng.choice(names.SOCIAL_TRADES)
        kind = {"association": "51", "foundation": "53"}.get(subcategory, "52")
        code = names.credit_code(kind, next(self._codes["52"]))
        region = self.rng.choices(("成都市武侯区", "武侯区", "成都"), (5, 4, 1))[0]
        name = f"{region}{next(self._brands)}{word}"
        unit = SampleUnit(
            name, code, SOCIAL, SUBCATEGORY_LABELS[subcategory], place.name, home[1], community_code=home[0]
        )
        return self._filled(unit)

    def _cover_socials(self, units: list[SampleUnit], standalone: int) -> None:
        alone, joint = units[:standalone], self._in_order(units[standalone:])
        for unit in alone:
            unit.organization, unit.mode = f"中共{unit.name}支部委员会", STANDALONE
            unit.members_full = self.rng.choice((3, 3, 4, 5, 7))
            unit.covered_from = unit.established_on = self._founding_day()
        ordinals: dict[str, int] = {}
        start = 0
        for size in self._branch_sizes(len(joint)):
            members = joint[start : start + size]
            start += size
            name, day = self._branch_name(members, ordinals, "社会组织"), self._founding_day()
            for unit in members:
                unit.organization, unit.mode, unit.established_on, unit.covered_from = name, JOINT, day, day
                unit.members_full = self.rng.choice((0, 1, 1, 2))
        for unit in units:
            unit.members_total = unit.members_full + self.rng.choices((0, 1), (4, 1))[0]
            unit.employees = max(unit.employees, unit.members_total * 2)


def chinese_number(number: int) -> str:
    """1 … 99 in Chinese characters: 十二."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


def sample_units() -> Iterator[SampleUnit]:
    """The rows of ``sample/units.xlsx`` in the sheet's order."""
    yield from SampleDistrict().units()
