"""The bodies of the sample district: two levels and three tiers with four gaps, joint meetings, and who sits in them.

(11 + 72) × 3 = 249 tiers, of which 245 are at work. Edge cases: an office never set up and one dissolved, one asked for
and one approved but not begun, a committee whose term is over, one that ends within three months, an assembly that is
re-electing, two secretaries who differ with the district's note, and a unit in two subdistricts' joint meetings.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, cycle
from random import Random

from core.actor import SYSTEM, Actor
from core.periods import Quarter
from core.workdays import Calendar
from units.actions.posts import PUBLICITY_WORKDAYS
from units.models import (
    BodyMember,
    BodySeat,
    Division,
    PartyOrganization,
    PartySecretary,
    Person,
    RegionalBody,
    Representative,
    Unit,
    UnitLiaison,
)
from units.queries.structure import tier_places
from units.queries.units import root_place
from units.terms import months_after
from wuhou.sample.past import entry, moment, workday_before, write_past

SEED = 510107_3
Kind, Status, Post = RegionalBody.Kind, RegionalBody.Status, BodySeat.Post
BEGUN = date(2013, 6, 18)
FOUNDED = date(2001, 7, 1)
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
# The gaps by (subdistrict, community): which tier isn't at work, and how far it has come ("" = nothing there).
GAPS = {
    ("510107015", "三河社区"): (Kind.OFFICE, ""),
    ("510107013", "马家河社区"): (Kind.OFFICE, Status.DISSOLVED),
    ("510107012", "白佛社区"): (Kind.ASSEMBLY, Status.PLANNED),
    ("510107011", "七里社区"): (Kind.OFFICE, Status.APPROVED),
}
TERM_OVER = ("510107009", "金雁社区")
TERM_SOON = ("510107004", "共和路社区")
RE_ELECTING = ("510107010", "长城社区")
DIFFERENT_SECRETARY = ("510107009", "吉福社区")
DIFFERENT_NOTE = "社区党委书记7月到任，区域党委书记待补选，年底前调整一致。"
# Communities with a joint meeting of their own.
COMMUNITY_MEETINGS = (
    ("510107005", "黉门街社区"), ("510107001", "洗面桥社区"), ("510107001", "广福桥社区"), ("510107001", "双楠社区"),
    ("510107001", "楠欣社区"), ("510107001", "百花社区"), ("510107007", "桐梓林社区"), ("510107004", "共和路社区"),
    ("510107010", "竹园社区"), ("510107010", "长城社区"), ("510107009", "晋阳社区"), ("510107014", "顺江社区"),
)  # fmt: skip
# A unit that works in two subdistricts: registered in the first, a member of the second as well.
IN_TWO = ("四川大学华西医院", "510107004")
DEPARTMENT = "武侯区"
CONSTITUENCY = ("第一网格", "第二网格", "第三网格", "院落联合选区")
REPRESENTATIVES = (
    ("party_member", "elected"), ("party_member", "elected"), ("resident", "elected"), ("resident", "recommended"),
    ("party_member", "recommended"),
)  # fmt: skip


def key_of(place: Division) -> tuple[str, str]:
    return place.code[:9], place.name


class Bodies:
    """Makes the bodies of the sample as of one day, thousands of rows in a dozen statements."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.units, self.actors, self.today = units, actors, today
        self.rng = Random(SEED)  # nosec B311
        self.surnames = cycle(SURNAMES)
        self.root = root_place()
        self.places = list(tier_places(self.root, today).select_related("parent"))
        self.staff = {
            actor.place_code: actor for actor in actors.values() if actor.role in {"subdistrict", "district"}
        }
        self.people: list[Person] = []
        self.bodies: dict[tuple[str, str], RegionalBody] = {}
        self.seats: list[BodySeat] = []
        self.lines: list[tuple] = []
        self.numbers = count(1)
        present = UnitLiaison.objects.effective(today).filter(is_primary=True).select_related("person")
        self.liaisons = {one.unit_id: one.person for one in present}

    def load(self) -> None:
        self.make_bodies()
        organizations = self.make_party_committees()
        leaders = {place.pk: self.person(place, f"{self.post_word(place)}书记") for place in self.places}
        representatives = [one for place in self.places for one in self.representatives_of(place)]
        members = list(self.memberships())
        for place in self.places:
            self.seat_all(place, leaders[place.pk])
        self.propose()
        Person.objects.bulk_create(self.people)
        RegionalBody.objects.bulk_create(self.bodies.values())
        self.lead(organizations, leaders)
        BodyMember.objects.bulk_create(members)
        Representative.objects.bulk_create([*representatives, *self.candidates])
        BodySeat.objects.bulk_create(self.seats)
        write_past([line for body in self.bodies.values() for line in self.story_of(body)])

    # People

    def person(self, place: Division, post: str, unit: Unit | None = None, **fields) -> Person:
        """Somebody invented: 王某某; a number keeps equal names apart only in the post."""
        found = Person(
            name=f"{next(self.surnames)}某某", place=place, place_code=place.code, unit=unit, post=post, is_sample=True,
            is_woman=self.rng.random() < 0.4, phone=f"1380000{next(self.numbers) % 10000:04d}", **fields,
        )  # fmt: skip
        self.people.append(found)
        return found

    @staticmethod
    def post_word(place: Division) -> str:
        return f"{place.name}党工委" if place.level == Division.Level.SUBDISTRICT else f"{place.name}党委"

    # Bodies

    def make_bodies(self) -> None:
        for place in self.places:
            gap = GAPS.get(key_of(place)) if place.level == Division.Level.COMMUNITY else None
            for kind in RegionalBody.TIERS:
                status = gap[1] if gap and gap[0] == kind else Status.RUNNING
                if status:
                    self.bodies[place.code, kind] = self.body(place, kind, status)
        subdistricts = [place for place in self.places if place.level == Division.Level.SUBDISTRICT]
        communities = [place for place in self.places if key_of(place) in COMMUNITY_MEETINGS]
        for place in [self.root, *subdistricts, *communities]:
            self.bodies[place.code, Kind.JOINT_MEETING] = self.body(place, Kind.JOINT_MEETING, Status.RUNNING)
        self.set_edges()

    def body(self, place: Division, kind: str, status: str) -> RegionalBody:
        name = f"{place.name}{Kind(kind).label}"
        number = f"武组〔{BEGUN.year}〕{next(self.numbers)}号"
        body = RegionalBody(
            kind=kind, place=place, place_code=place.code, name=name, status=status, is_sample=True
        )
        if status in (Status.RUNNING, Status.DISSOLVED):
            self.set_term(body)
            body.approval_no = number
        if status == Status.RUNNING and int(place.code[-3:]) % 3:
            # Two places in three have confirmed their rosters this quarter.
            body.roster_confirmed_on = max(
                months_after(self.today, -1), Quarter.containing(self.today).first_day
            )
        if status == Status.APPROVED:
            body.approval_no = f"武组〔{self.today.year}〕31号"
        if status == Status.DISSOLVED:
            body.to_on = months_after(self.today, -5)
        return body

    def set_term(self, body: RegionalBody) -> None:
        """In its third term, begun within the last four years."""
        body.from_on, body.term_no = BEGUN, 3
        body.term_start = months_after(self.today, -self.rng.randint(4, 46))
        body.term_end = months_after(body.term_start, 60)

    def set_edges(self) -> None:
        """What the pages must show besides the usual."""
        by_key = {(key_of(body.place), body.kind): body for body in self.bodies.values()}
        over, soon = by_key[TERM_OVER, Kind.COMMITTEE], by_key[TERM_SOON, Kind.COMMITTEE]
        for body, end in ((over, self.today - timedelta(days=39)), (soon, months_after(self.today, 2))):
            body.term_end, body.term_start = end, months_after(end, -60)
        changing = by_key[RE_ELECTING, Kind.ASSEMBLY]
        changing.status, changing.term_end = Status.RE_ELECTING, months_after(self.today, 1)
        changing.term_start = months_after(changing.term_end, -60)
        by_key[DIFFERENT_SECRETARY, Kind.COMMITTEE].secretary_note = DIFFERENT_NOTE

    # The party committees on the establishment and who leads them

    def make_party_committees(self) -> dict[int, PartyOrganization]:
        """611 of every subdistrict and community; the community's stands under the subdistrict's."""
        found: dict[int, PartyOrganization] = {}
        for place in self.places:
            is_subdistrict = place.level == Division.Level.SUBDISTRICT
            name = (
                f"中共武侯区{place.name}工作委员会"
                if is_subdistrict
                else f"中共武侯区{place.parent.name}{place.name}委员会"
            )
            found[place.pk] = PartyOrganization(
                name=name, category=PartyOrganization.Category.COMMITTEE, place=place, place_code=place.code,
                established_on=FOUNDED, member_count=self.rng.randint(60, 480), is_sample=True,
                term_end=months_after(self.today, self.rng.randint(9, 50)),
            )  # fmt: skip
        return found

    def lead(self, organizations: dict[int, PartyOrganization], leaders: dict[int, Person]) -> None:
        """Store the party committees, subdistricts first, each with its secretary."""
        for level in (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY):
            batch = [place for place in self.places if place.level == level]
            for place in batch:
                organizations[place.pk].secretary = leaders[place.pk]
                organizations[place.pk].parent = organizations.get(place.parent_id)
            PartyOrganization.objects.bulk_create([organizations[place.pk] for place in batch])
        PartySecretary.objects.bulk_create(
            [
                PartySecretary(
                    organization=organizations[pk],
                    person=person,
                    from_on=self.led_since(organizations[pk].place),
                )
                for pk, person in leaders.items()
            ]
        )

    def led_since(self, place: Division) -> date:
        """Since the committee's term began; the one whose secretary differs got a new one this summer."""
        if key_of(place) == DIFFERENT_SECRETARY:
            return months_after(self.today, -4)
        return self.bodies[place.code, Kind.COMMITTEE].term_start

    # Seats

    def seat_all(self, place: Division, leader: Person) -> None:
        committee = self.bodies[place.code, Kind.COMMITTEE]
        differs = key_of(place) == DIFFERENT_SECRETARY
        secretary = self.person(place, "街道党工委委员") if differs else leader
        self.seat(committee, secretary, Post.SECRETARY)
        self.seat(committee, self.person(place, "党委副书记"), Post.DEPUTY)
        for post in ("组织委员", "宣传委员"):
            self.seat(committee, self.person(place, post), Post.MEMBER)
        for unit in self.part_time_units(place):
            self.seat(committee, self.person(place, "党组织负责人", unit), Post.PART_TIME, unit)
        office = self.bodies.get((place.code, Kind.OFFICE))
        if office and office.from_on and not office.to_on:
            self.seat(office, self.person(place, "党建办负责人"), Post.DIRECTOR)
            self.seat(office, self.person(place, "党建指导员"), Post.STAFF)

    def seat(self, body: RegionalBody, person: Person, post: str, unit: Unit | None = None) -> None:
        self.seats.append(
            BodySeat(body=body, person=person, post=post, from_unit=unit, from_on=body.term_start)
        )

    def part_time_units(self, place: Division) -> list[Unit]:
        """Up to two member units of the same subdistrict; one community in six has none."""
        near = [unit for unit in self.units if unit.place_code.startswith(place.code[:9])]
        if not near or (int(place.code[-3:]) % 6 == 4 and place.level == Division.Level.COMMUNITY):
            return []
        return self.rng.sample(near, min(len(near), self.rng.randint(1, 2)))

    # Member units

    def memberships(self) -> Iterator[BodyMember]:
        """All 35 in the district's joint meeting, each in its subdistrict's, and those of two communities."""
        people = {unit.pk: self.people_of(unit) for unit in self.units}
        for body in self.bodies.values():
            if body.kind == Kind.JOINT_MEETING:
                for unit in self.members_of(body):
                    leader, liaison = people[unit.pk]
                    yield BodyMember(
                        body=body,
                        unit=unit,
                        kind=self.kind_of(unit),
                        leader=leader,
                        liaison=liaison,
                        from_on=BEGUN,
                    )

    def members_of(self, body: RegionalBody) -> list[Unit]:
        name, also_in = IN_TWO
        is_second = body.place_code == also_in
        return [
            unit
            for unit in self.units
            if unit.place_code.startswith(body.place_code) or (is_second and unit.name == name)
        ]

    def people_of(self, unit: Unit) -> tuple[Person, Person]:
        """Its leader, and its liaison as the unit's own register names him or her."""
        leader = self.person(unit.place, "党组织书记", unit)
        return leader, self.liaisons.get(unit.pk) or self.person(unit.place, "党务专员", unit)

    @staticmethod
    def kind_of(unit: Unit) -> str:
        if unit.name.startswith(DEPARTMENT) and unit.category == "government":
            return "department"
        return "two_new" if unit.category == "other" else BodyMember.kinds_of(unit)[0]

    # Representatives

    def representatives_of(self, place: Division) -> Iterator[Representative]:
        """Five in a community, nine in a subdistrict; a unit's where there is a member unit near."""
        assembly = self.bodies.get((place.code, Kind.ASSEMBLY))
        if assembly is None or assembly.from_on is None:
            return
        wanted = (
            REPRESENTATIVES
            if place.level == Division.Level.COMMUNITY
            else (*REPRESENTATIVES, *REPRESENTATIVES[:4])
        )
        for number, (kind, produced) in enumerate(wanted):
            person = self.person(place, "居民" if kind == "resident" else "党员")
            person.is_party_member = kind != "resident"
            yield Representative(
                assembly=assembly, person=person, kind=kind, produced_by=produced,
                constituency=CONSTITUENCY[number % len(CONSTITUENCY)], from_on=assembly.term_start,
                voting_scopes=list(Representative.SCOPES_OF[kind]), user_id=self.account_of(assembly, number),
            )  # fmt: skip
        for unit in [unit for unit in self.units if unit.place_code == place.code][:1]:
            yield Representative(
                assembly=assembly, person=self.person(place, "单位代表", unit), kind="unit", produced_by="recommended",
                constituency=unit.name, from_on=assembly.term_start,
                voting_scopes=list(Representative.SCOPES_OF["unit"]),
            )  # fmt: skip

    def account_of(self, assembly: RegionalBody, number: int) -> int | None:
        """The sample's representative signs in as the first one of the place's assembly."""
        actor = self.actors.get("representative")
        return actor.user_id if actor and number == 0 and actor.place_code == assembly.place_code else None

    # Those on the way in

    def propose(self) -> None:
        """One at each stage: proposed, publicized, dropped, relieved; recommended, checked, publicized, turned down, ended."""
        assembly = next(
            body
            for body in self.bodies.values()
            if (key_of(body.place), body.kind) == (RE_ELECTING, Kind.ASSEMBLY)
        )
        committee = self.bodies[assembly.place_code, Kind.COMMITTEE]
        begun = workday_before(self.today, 3)
        public = {
            "publicized_on": begun,
            "publicity_until": Calendar().add_workdays(begun, PUBLICITY_WORKDAYS),
        }
        over = workday_before(self.today, 9)
        publicity_over = {
            "publicized_on": over,
            "publicity_until": Calendar().add_workdays(over, PUBLICITY_WORKDAYS),
        }
        stages = (
            ("proposed", {}), ("publicized", public), ("dropped", {}),
            ("ended", {"from_on": committee.term_start, "to_on": self.today - timedelta(days=60), "end_reason": "工作调动"}),
        )  # fmt: skip
        for status, fields in stages:
            person = self.person(committee.place, "社区工作者")
            self.seats.append(
                BodySeat(body=committee, person=person, post=Post.MEMBER, status=status, **fields)
            )
        ended = {"from_on": assembly.term_start, "to_on": self.today - timedelta(days=45)}
        self.candidates = [
            Representative(
                assembly=assembly, person=self.person(assembly.place, "党员"), kind="party_member", produced_by="recommended",
                constituency=CONSTITUENCY[0], voting_scopes=list(Representative.SCOPES_OF["party_member"]), status=status,
                **fields,
            )
            for status, fields in (
                ("recommended", {}), ("recommended", {}), ("qualified", {}), ("publicized", public),
                ("publicized", publicity_over), ("rejected", {}), ("dropped", {}),
                ("ended", {**ended, "end_kind": "moved", "end_reason": "迁出本社区"}),
                ("ended", {**ended, "end_kind": "disqualified", "end_reason": "受到党纪处分"}),
            )
        ]  # fmt: skip

    # The timeline

    def story_of(self, body: RegionalBody) -> Iterator[tuple]:
        """When it was set up and last re-elected, or how far it has come."""
        above = self.staff.get(body.place_code[:9]) or self.staff.get(self.root.code, SYSTEM)
        if body.status in (Status.PLANNED, Status.APPROVED):
            asked = moment(self.today - timedelta(days=20))
            yield entry(body, "plan", "登记拟设", SYSTEM, asked, after=Status.PLANNED)
        if body.status == Status.APPROVED:
            approved = moment(self.today - timedelta(days=9), 15)
            yield entry(
                body,
                "approve",
                "批复成立",
                above,
                approved,
                before=Status.PLANNED,
                after=Status.APPROVED,
                note=body.approval_no,
            )
        if body.from_on:
            yield entry(
                body,
                "start",
                "开始运行",
                SYSTEM,
                moment(body.from_on),
                before=Status.APPROVED,
                after=Status.RUNNING,
            )
            yield entry(
                body, "re_elected", "换届完成", above, moment(body.term_start, 16), before=Status.RE_ELECTING,
                after=Status.RUNNING, note=f"第{body.term_no}届",
            )  # fmt: skip
        if body.status == Status.RE_ELECTING:
            begun = moment(self.today - timedelta(days=15), 9, 30)
            yield entry(
                body, "re_elect", "启动换届", above, begun, before=Status.RUNNING, after=Status.RE_ELECTING
            )
        if body.to_on:
            yield entry(
                body, "dissolve", "撤销", above, moment(body.to_on, 11), before=Status.RUNNING, after=Status.DISSOLVED,
                note="人员并入街道党建办，待重新设立。",
            )  # fmt: skip
