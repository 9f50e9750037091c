"""The register in full: who asked and approved that the 37 enterprises left, open requests, liaisons, further premises."""

from datetime import date, timedelta
from itertools import cycle

from core.actor import SYSTEM, Actor
from core.periods import Quarter
from core.roles import Role
from units.actions.premises import add_premises
from units.actions.register import reject_exit, request_change, request_exit
from units.models import DenominatorExit, Division, OperatingSpell, Person, Unit, UnitLiaison
from wuhou.sample.past import Diary, entry, moment, workday_before, write_past

ASKED_DAYS, APPROVED_DAYS = 9, 3
PENDING = 8
HUANGMENJIE = "510107005008"
POSTS = ("办公室主任", "党群干事", "综合部负责人", "工会干事", "行政主管")
# (place, status, reason, evidence): what waits, asked by the staff of the place; the last one was refused.
WAITING = (
    ("510107005008", "suspended", "门店歇业三个月，现场无人", "社区核查照片和记录", "community"),
    ("510107009", "moved_out", "经营地址迁往双流区", "迁移登记通知书", "subdistrict_2"),
    ("510107005008", "shell", "注册地址无人办公", "电话核实记录", "community"),
)


class Register:
    """Everything about units that people do once they are registered."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.units, self.actors, self.today, self.diary = units, actors, today, Diary()

    def load(self) -> None:
        self.approve_past_exits()
        self.ask_exits()
        self.enter_liaisons()
        self.ask_change()
        self.enter_premises()
        self.leave_some_pending()

    def asker(self, place_code: str) -> Actor:
        """Somebody who works at the subdistrict of a place."""
        return next(
            actor
            for actor in self.actors.values()
            if actor.role == Role.SUBDISTRICT and place_code.startswith(actor.place_code)
        )

    def approve_past_exits(self) -> None:
        """Each of the 37 was asked for by the subdistrict and approved by the district, the days before it left."""
        district, lines = self.actors["district"], []
        spells = OperatingSpell.objects.exclude(status="operating").filter(unit__is_sample=True, to_on=None)
        for spell in spells.select_related("unit__place").order_by("unit_id"):
            asker = self.asker(spell.place_code)
            asked_at = moment(workday_before(spell.from_on, ASKED_DAYS), 15)
            decided_at = moment(workday_before(spell.from_on, APPROVED_DAYS), 10)
            made = DenominatorExit.objects.create(
                unit=spell.unit, operating_status=spell.status, from_on=spell.from_on, reason=spell.reason,
                evidence=spell.evidence, status="approved", author_id=asker.user_id, decided_by_id=district.user_id,
                decided_at=decided_at, version=2, is_sample=True,
            )  # fmt: skip
            DenominatorExit.objects.filter(pk=made.pk).update(submitted_at=asked_at)
            lines.append(entry(made, "request", "申请", asker, asked_at, after="submitted", note=made.reason))
            lines.append(
                entry(made, "approve", "同意退出", district, decided_at, before="submitted", after="approved")
            )
        spells.update(recorded_by=district.user_id)
        write_past(lines)

    def ask_exits(self) -> None:
        """Two requests wait and one was refused; their units go on counting."""
        taken: set[int] = set()
        for number, (code, status, reason, evidence, asker) in enumerate(WAITING):
            unit = (
                Unit.objects.under(code)
                .filter(is_sample=True, category="non_public", operating_status="operating", is_member=False)
                .exclude(pk__in=taken)
                .filter(coverage_spells=None)
                .order_by("name")
                .first()
            )
            taken.add(unit.pk)
            asked = request_exit(
                unit=unit, operating_status=status, from_on=self.today, reason=reason, evidence=evidence,
                actor=self.actors[asker],
            )  # fmt: skip
            at = moment(workday_before(self.today, 2 + number), 16)
            DenominatorExit.objects.filter(pk=asked.pk).update(submitted_at=at)
            self.diary.date(at, asked, unit)
            if number == len(WAITING) - 1:
                reject_exit(
                    denominator_exit=asked,
                    note="现场有人办公，只是搬到了三楼，请补充实地核查。",
                    actor=self.actors["subdistrict"],
                )
                self.diary.date(moment(workday_before(self.today, 1), 9), asked, unit)

    def enter_liaisons(self) -> None:
        """Whoever signs in for a unit is its liaison; some have had another before."""
        posts, spoken_for = cycle(POSTS), set()
        people = [actor for actor in self.actors.values() if actor.unit_id]
        places = {unit.pk: unit for unit in Unit.objects.filter(pk__in=[one.unit_id for one in people])}
        for number, actor in enumerate(people, 1):
            # Some have spoken for their unit since early 2024, one in nine took over in the middle of a quarter (§6.5).
            is_new = number % 9 == 1 and number > 1
            unit, since = places[actor.unit_id], self.mid_quarter() if is_new else date(2024, 1, 1)
            is_primary = unit.pk not in spoken_for
            spoken_for.add(unit.pk)
            if is_primary and number % 9 == 1:
                before = self.person(unit, "郭某", next(posts), number + 500)
                UnitLiaison.objects.create(
                    unit=unit, person=before, from_on=date(2021, 5, 6), to_on=since, end_reason="岗位调整"
                )
            person = self.person(unit, actor.name, next(posts), number)
            UnitLiaison.objects.create(
                unit=unit, person=person, user_id=actor.user_id, is_primary=is_primary, from_on=since
            )

    def mid_quarter(self) -> date:
        """The 40th day of the present quarter; of the one before while that lies ahead."""
        middle = Quarter.containing(self.today).first_day + timedelta(days=39)
        if middle <= self.today:
            return middle
        return Quarter.containing(
            Quarter.containing(self.today).first_day - timedelta(days=1)
        ).first_day + timedelta(days=39)

    @staticmethod
    def person(unit: Unit, name: str, post: str, number: int) -> Person:
        return Person.objects.create(
            name=name, unit=unit, place_id=unit.place_id, place_code=unit.place_code, post=post,
            phone=f"1390000{number:04d}", is_sample=True,
        )  # fmt: skip

    def ask_change(self) -> None:
        """One unit has moved within its community and waits for an answer."""
        actor = self.actors["liaison_2"]
        unit = Unit.objects.get(pk=actor.unit_id)
        asked = request_change(
            unit=unit,
            reason="行政楼改造，办公地址调整。",
            address="国学巷37号第二办公区",
            employees=unit.employees + 12,
            actor=actor,
        )
        at = moment(workday_before(self.today, 1), 11)
        type(asked).objects.filter(pk=asked.pk).update(submitted_at=at)
        self.diary.date(at, asked, unit)

    def enter_premises(self) -> None:
        """Two firms of one place also work in another; they count where they are registered."""
        firms = Unit.objects.under("510107009").filter(
            is_sample=True, operating_status="operating", category="non_public"
        )
        targets = ("510107005008", "510107007")
        for unit, code in zip(firms.order_by("-employees", "name")[:2], targets, strict=True):
            place = (
                Division.objects.filter(code__startswith=code, level=Division.Level.COMMUNITY)
                .order_by("code")
                .first()
            )
            add_premises(
                unit=unit, place=place, from_on=self.today - timedelta(days=400), address="临街二层门店", employees=6,
                actor=SYSTEM,
            )  # fmt: skip

    @staticmethod
    def leave_some_pending() -> None:
        """A few that the community has just entered wait to be verified."""
        some = (
            Unit.objects.under(HUANGMENJIE)
            .filter(is_sample=True, verification="verified", is_member=False, operating_status="operating")
            .order_by("-pk")
            .values("pk")[:PENDING]
        )
        Unit.objects.filter(pk__in=list(some.values_list("pk", flat=True))).update(
            verification="pending", verified_at=None, verified_by=None
        )
