"""1+N of the sample district: carriers with stations and committees, instructors, build plans in every state, two rounds.

Coverage is left as it is: what is shown as founded was founded long ago, so that the published figures still come out.
"""

from datetime import date, timedelta
from itertools import cycle

from core.actor import Actor
from core.periods import Month
from units.models import (
    BuildPlan,
    Carrier,
    CoverageSpell,
    Division,
    Instructor,
    InstructorNote,
    Person,
    RegionalBody,
    ServiceStation,
    SurveyLine,
    SurveyRound,
    Unit,
)
from units.queries.units import within
from wuhou.sample.past import entry, moment, write_past

Status = BuildPlan.Status
BEGUN = date(2023, 4, 10)
# (name, kind, subdistrict, community or "", address, committee's status or "", stations)
CARRIERS = (
    ("桐梓林国际商务楼宇", "building", "510107007", "桐梓林社区", "人民南路四段27号", "running", 2),
    ("红牌楼商圈", "business_district", "510107010", "长城社区", "佳灵路18号", "running", 2),
    ("西部智谷产业园", "park", "510107011", "新城社区", "武兴五路355号", "approved", 1),
    ("簇桥鞋服电商产业园", "park", "510107012", "", "簇锦路一段88号", "planned", 1),
    ("晋阳数字文创楼", "building", "510107009", "金雁社区", "晋吉北路12号", "", 1),
    ("黉门街医药健康街区", "business_district", "510107005", "黉门街社区", "黉门街7号", "", 1),
    ("簇锦建材专业市场", "market", "510107013", "", "簇桥大道103号", "", 0),
    ("武侯区物业服务行业", "industry", "510107", "", "", "", 0),
)
INSTRUCTORS = 20
SENT = 30
# How many plans stand where; the first of 应建未建 is behind its date.
PLANS = (
    (Status.INSTRUCTOR, 2), (Status.UNVERIFIED, 3), (Status.NO_MEMBER, 3), (Status.FEW_MEMBERS, 3), (Status.DUE, 4),
    (Status.PREPARING, 2), (Status.APPROVED, 2),
)  # fmt: skip
READY = (Status.DUE, Status.PREPARING, Status.APPROVED)
MEMBERS_OF = {Status.NO_MEMBER: (0, 0), Status.FEW_MEMBERS: (1, 2)}
FOUNDED = 3
NOTES = (
    "到企业走访两次，了解职工思想状况，送学习资料。",
    "组织流动党员过组织生活一次，推荐入党积极分子一名。",
    "帮助企业对接社区便民服务，收集意见三条。",
)
SETTLED = 6


class Carriers:
    """Loads them as of a day, told by the accounts of the sample."""

    def __init__(self, actors: dict[str, Actor], today: date):
        self.actors, self.today = actors, today
        self.by_code = {place.code: place for place in Division.objects.all()}
        self.told: list[tuple] = []

    def load(self) -> None:
        self.load_carriers()
        self.load_instructors()
        self.load_plans()
        self.load_rounds()
        write_past(self.told)

    def place(self, subdistrict: str, community: str) -> Division:
        inside = (
            place
            for place in self.by_code.values()
            if place.code.startswith(subdistrict) and place.name == community
        )
        return next(inside) if community else self.by_code[subdistrict]

    def load_carriers(self) -> None:
        for name, kind, subdistrict, community, address, status, stations in CARRIERS:
            place = self.place(subdistrict, community)
            committee = self.committee(name, place, status) if status else None
            carrier = Carrier.objects.create(
                name=name,
                kind=kind,
                place=place,
                address=address,
                area=1200 * (1 + len(self.told) % 9),
                from_on=BEGUN,
                committee=committee,
                is_sample=True,
            )
            self.told.append(entry(carrier, "register", "登记", self.actors["district"], moment(BEGUN)))
            for number in range(stations):
                ServiceStation.objects.create(
                    carrier=carrier, name=f"{name}党建服务站" if not number else f"{name}党群驿站", area=120 - 60 * number,
                    kind="station" if not number else "post", facilities="会议室、图书角、应急药箱、充电",
                    hours="工作日 9:00–18:00", contact="值班电话 028-85000000", opened_on=BEGUN + timedelta(days=90 * number),
                    closed_on=None if not number else self.today - timedelta(days=40),
                )  # fmt: skip
            self.settle(carrier)

    def settle(self, carrier: Carrier) -> None:
        """The first two-new units of the place sit in the carrier; which units a carrier of the district has is open."""
        if carrier.place.level == Division.Level.DISTRICT:
            return
        units = Unit.objects.filter(
            within(carrier.place), is_sample=True, category__in=Unit.TWO_NEW, carrier=None
        )
        first = units.filter(operating_status="operating").order_by("pk").values("pk")[:SETTLED]
        Unit.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(carrier=carrier)

    def committee(self, name: str, place: Division, status: str) -> RegionalBody:
        is_running = status == RegionalBody.Status.RUNNING
        first = BEGUN + timedelta(days=30)
        made = RegionalBody.objects.create(
            kind=RegionalBody.Kind.COMPREHENSIVE, place=place, name=f"{name}综合党委", status=status, is_sample=True,
            approval_no="" if status == "planned" else "武组批〔2023〕21号", from_on=first if is_running else None,
            term_start=first if is_running else None, term_end=first.replace(year=first.year + 5) if is_running else None,
            author_id=self.actors["subdistrict_2"].user_id,
        )  # fmt: skip
        self.told.append(entry(made, "plan", "登记拟设", self.actors["district"], moment(BEGUN)))
        return made

    def load_instructors(self) -> None:
        """One for every third of the first units that nobody covers, from a pool of twenty; each unit says so."""
        root = self.by_code["510107"]
        names = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
        people = Person.objects.bulk_create(
            Person(
                name=f"{name}某某",
                place=root,
                place_code=root.code,
                post="党建指导员",
                phone="13800000000",
                is_sample=True,
            )
            for name in names[:INSTRUCTORS]
        )
        turn = cycle(people)
        few = [unit for unit in self.uncovered() if unit.members_full < 3]
        units = few[: 3 * SENT : 3]
        Instructor.objects.bulk_create(
            Instructor(
                unit=unit, person=next(turn), from_on=date(2025, 3, 1), dispatched_by="武侯区委两新工委"
            )
            for unit in units
        )
        self.write_notes(units)
        Unit.objects.filter(pk__in=[unit.pk for unit in units]).update(has_instructor=True)
        without = (
            Unit.objects.filter(is_sample=True, has_instructor=False, category=Unit.Category.NON_PUBLIC)
            .order_by("pk")
            .first()
        )
        Instructor.objects.create(
            unit=without, person=people[0], from_on=date(2024, 3, 1), to_on=date(2025, 3, 1)
        )

    def write_notes(self, units: list[Unit]) -> None:
        """What the instructors did in the last three months that are over."""
        author = self.actors["social_work"].user_id
        month, words = Month.containing(self.today), cycle(NOTES)
        for _ in range(3):
            month = month.previous()
            InstructorNote.objects.bulk_create(
                InstructorNote(instructor=one, month=month.first_day, text=next(words), author_id=author)
                for one in Instructor.objects.filter(unit__in=units).order_by("pk")
            )

    def uncovered(self) -> list[Unit]:
        """Operating two-new units without an organization."""
        units = Unit.objects.filter(is_sample=True, category__in=Unit.TWO_NEW, operating_status="operating")
        return list(units.covered(self.today, is_covered=False).order_by("pk"))

    def load_plans(self) -> None:
        open_units = self.uncovered()
        for status, number in PLANS:
            fitting = [unit for unit in open_units if self.fits(unit, status)][:number]
            open_units = [unit for unit in open_units if unit not in fitting]
            for place, unit in enumerate(fitting):
                self.plan(unit, status, is_late=status == Status.DUE and place == 0)
        outcomes = cycle((Status.FOUNDED, Status.REGULAR, Status.CLOSED))
        for spell in self.founded_long_ago():
            self.plan(spell.unit, next(outcomes), spell=spell)

    def fits(self, unit: Unit, status: str) -> bool:
        """Whether the unit's numbers are what the state says."""
        low, high = MEMBERS_OF.get(status, (3, 10**6) if status in READY else (0, 10**6))
        return low <= unit.members_full <= high and (status != Status.INSTRUCTOR or unit.has_instructor)

    def founded_long_ago(self):
        spells = CoverageSpell.objects.filter(
            unit__is_sample=True, mode="standalone", to_on=None, unit__category="non_public"
        )
        return spells.select_related("unit", "organization").order_by("pk")[:FOUNDED]

    def plan(
        self, unit: Unit, status: str, *, is_late: bool = False, spell: CoverageSpell | None = None
    ) -> None:
        is_asked = status in (Status.PREPARING, Status.APPROVED, *BuildPlan.ENDED_STATUSES)
        author = self.actors["community" if unit.place_code.startswith("510107005008") else "social_work"]
        made = BuildPlan.objects.create(
            unit=unit, place_code=unit.place_code, status=status, mode="standalone" if is_asked else "",
            approval_no="武组批〔2026〕9号" if status in (Status.APPROVED, *BuildPlan.ENDED_STATUSES) else "",
            organization=spell.organization if spell else None, author_id=author.user_id,
            target_on=self.today + timedelta(days=-12 if is_late else 40) if status in READY else None,
        )  # fmt: skip
        at = moment(spell.from_on if spell else self.today - timedelta(days=30))
        self.told.append(
            entry(
                made,
                "found" if spell else "open",
                "成立（授牌）" if spell else "列入组建计划",
                author,
                at,
                after=status,
            )
        )

    def load_rounds(self) -> None:
        self.round(
            "2026年下半年两新组织摸排",
            "510107005",
            self.today - timedelta(days=18),
            self.today + timedelta(days=12),
            5,
        )
        self.round(
            "2026年第三季度两新组织摸排",
            "510107009",
            self.today - timedelta(days=80),
            self.today - timedelta(days=10),
            12,
        )

    def round(self, name: str, code: str, opened_on: date, due_on: date, gap: int) -> None:
        """A round in which every ``gap``-th unit is still open and every seventh differs from the register."""
        place, filler = (
            self.by_code[code],
            self.actors["subdistrict" if code == "510107005" else "subdistrict_2"],
        )
        made = SurveyRound.objects.create(
            name=name, place=place, place_code=code, opened_on=opened_on, due_on=due_on, is_sample=True
        )
        units = Unit.objects.filter(
            within(place), is_sample=True, category__in=Unit.TWO_NEW, operating_status="operating"
        )
        SurveyLine.objects.bulk_create(
            SurveyLine(round=made, unit=unit) if not number % gap else self.line(made, unit, filler, number)
            for number, unit in enumerate(units.order_by("place_code", "pk"))
        )
        self.told.append(entry(made, "open", "开展摸排", filler, moment(opened_on)))

    def line(self, made: SurveyRound, unit: Unit, filler: Actor, number: int) -> SurveyLine:
        return SurveyLine(
            round=made, unit=unit, is_operating=True, employees=unit.employees + (3 if not number % 7 else 0),
            members_total=unit.members_total, members_full=unit.members_full, surveyed_by_id=filler.user_id,
            surveyed_on=made.opened_on + timedelta(days=number % 9),
            not_built_reason="" if unit.members_full >= 3 else "正式党员不足3名",
        )  # fmt: skip
