"""Twelve months of visits to the 35 member units (月走访): nine in ten done, two disputed, some still due today."""

from datetime import date, timedelta
from random import Random

from core.actor import SYSTEM, Actor
from core.periods import Month
from core.workdays import Calendar
from evaluations.actions import confirm_visit, dispute_visit, record_visit
from evaluations.models import MonthlyVisit, VisitAssignment
from evaluations.opening import open_visits_of_today
from units.models import Unit
from wuhou.sample.past import Diary, entry, moment, write_past

SEED = 510107
SINCE = date(2024, 1, 1)
MONTHS = 12
# Of the past months: never made, and not owed. The rest was confirmed, but for one dispute.
NEVER_MADE, EXEMPT = 17, 5
EDGE_DAY = date(2026, 2, 28)
TALK = (
    ("门前停车紧张；想通过社区发布用工信息。", "与交管部门会商错时停车"),
    ("希望社区帮助发布用工信息。", "在社区公告栏和公众号发布"),
    ("介绍党建活动安排，愿意开放会议室。", ""),
    ("了解社区服务项目清单，有意认领一项。", "送上三张清单"),
    ("反映院落充电设施不足。", "列入社区微更新计划"),
    ("无。", ""),
    ("员工子女暑期托管有需求。", "纳入四点半课堂"),
    ("愿意组织志愿者参加每月义诊。", "协调场地和时间"),
    ("希望简化证明材料。", "由社区代办"),
    ("交流青年党员培养情况。", ""),
)
MET = ("党支部书记", "办公室主任", "行政经理", "工会主席", "分管负责人")
# What has become of this month's visits in 玉林街道, where most people look first: the step each has reached.
THIS_MONTH = {
    "蜀都律师事务所": "recorded",
    "四川大学华西医院": "planned",
    "四川大学华西口腔医院": "confirmed",
    "四川大学华西第二医院": "planned",
    "中国科学院成都分院": "recorded",
    "武侯区爱邻社会工作服务中心": "disputed",
}


class Visits:
    """Makes the assignments and visits of the sample as of one day."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.units, self.actors, self.today = units, actors, today
        self.calendar = Calendar()
        self.rng = Random(SEED)  # nosec B311
        self.staff = self.find_staff()
        self.liaisons = {
            actor.unit_id: actor
            for name, actor in actors.items()
            if actor.unit_id and name.startswith("liaison")
        }

    def find_staff(self) -> dict[str, Actor]:
        return {
            actor.place_code: actor
            for actor in self.actors.values()
            if actor.role in {"subdistrict", "community"}
        }

    def visitor_of(self, unit: Unit) -> Actor:
        """The community where it has an account, else the subdistrict."""
        return self.staff.get(unit.place_code) or self.staff[unit.place_code[:9]]

    def load(self) -> None:
        VisitAssignment.objects.bulk_create(
            [
                VisitAssignment(unit=unit, visitor_id=self.visitor_of(unit).user_id, from_on=SINCE)
                for unit in self.units
            ]
        )
        self.load_past()
        diary = Diary()
        if open_visits_of_today(self.today):
            self.go_on_this_month(diary)

    # The months that are over

    def past_months(self) -> list[Month]:
        months = [Month.containing(self.today).previous()]
        while len(months) < MONTHS - 1:
            months.append(months[-1].previous())
        return months[::-1]

    def load_past(self) -> None:
        owed = [(month, unit) for month in self.past_months() for unit in self.units]
        ends = self.ends_of(len(owed))
        visits = [self.past_visit(month, unit, end) for (month, unit), end in zip(owed, ends, strict=True)]
        MonthlyVisit.objects.bulk_create(visits)
        for month in self.past_months():
            opened = moment(self.calendar.nth_workday(month, 1), 0, 10)
            MonthlyVisit.objects.filter(unit__in=self.units, month=month.first_day).update(opened_at=opened)
        write_past([line for visit in visits for line in self.story_of(visit)])

    def ends_of(self, total: int) -> list[str]:
        """How each past visit ended; the last month of 玉林街道 is left without arrears."""
        ends = ["confirmed"] * total
        free = range(total - len(self.units))
        for index, end in zip(
            self.rng.sample(free, NEVER_MADE + EXEMPT + 1),
            ["planned"] * NEVER_MADE + ["exempt"] * EXEMPT + ["disputed"],
            strict=True,
        ):
            ends[index] = end
        return ends

    def past_visit(self, month: Month, unit: Unit, end: str) -> MonthlyVisit:
        visitor = self.visitor_of(unit)
        visit = MonthlyVisit(
            unit=unit, month=month.first_day, visitor_id=visitor.user_id, place_code=unit.place_code, status=end,
            due_on=self.calendar.month_visit_due(month),
        )  # fmt: skip
        if end in {"confirmed", "disputed"}:
            self.tell(visit, self.visit_day(month, unit), visitor)
        return visit

    def visit_day(self, month: Month, unit: Unit) -> date:
        """A workday of the month; the first unit was visited on the edge day of February 2026."""
        if unit == self.units[0] and month.contains(EDGE_DAY):
            return EDGE_DAY
        return self.calendar.nth_workday(month, self.rng.randint(3, 16))

    def tell(self, visit: MonthlyVisit, on: date, visitor: Actor) -> None:
        summary, promise = self.rng.choice(TALK)
        visit.visited_on, visit.summary, visit.promise = on, summary, promise
        visit.mode = self.rng.choice(["on_site", "on_site", "discussion"])
        visit.met = self.rng.choice(MET)
        visit.promise_due_on = on + timedelta(days=20) if promise else None
        visit.recorded_by_id, visit.recorded_at = visitor.user_id, moment(on, 16, 20)
        if visit.status == MonthlyVisit.Status.CONFIRMED:
            visit.confirmed_at = moment(on + timedelta(days=1), 9, 30)

    def story_of(self, visit: MonthlyVisit) -> list[tuple]:
        """The timeline of a past visit."""
        first = moment(self.calendar.nth_workday(visit.period, 1), 0, 10)
        lines = [entry(visit, "open", "生成走访任务", SYSTEM, first, after="planned")]
        visitor, liaison = self.visitor_of(visit.unit), self.liaisons[visit.unit_id]
        if visit.recorded_at:
            lines.append(
                entry(
                    visit,
                    "record",
                    "登记走访",
                    visitor,
                    visit.recorded_at,
                    before="planned",
                    after="recorded",
                )
            )
        answered = visit.recorded_at and visit.recorded_at + timedelta(hours=17)
        if visit.status == "confirmed":
            lines.append(
                entry(
                    visit,
                    "confirm",
                    "情况属实",
                    liaison,
                    visit.confirmed_at,
                    before="recorded",
                    after="confirmed",
                )
            )
        elif visit.status == "disputed":
            lines.append(
                entry(
                    visit,
                    "dispute",
                    "有异议",
                    liaison,
                    answered,
                    before="recorded",
                    after="disputed",
                    note="谈的不是这件事。",
                )
            )
        elif visit.status == "exempt":
            at, by = moment(visit.due_on, 11), self.staff[visit.place_code[:9]]
            lines.append(
                entry(
                    visit,
                    "exempt",
                    "本月免访",
                    by,
                    at,
                    before="planned",
                    after="exempt",
                    note="单位放假检修，已电话说明。",
                )
            )
        return lines

    # This month, by the portal's own actions

    def go_on_this_month(self, diary: Diary) -> None:
        month = Month.containing(self.today)
        visits = MonthlyVisit.objects.filter(month=month.first_day, unit__in=self.units).order_by(
            "place_code", "unit__name"
        )
        opened = moment(self.calendar.nth_workday(month, 1), 0, 10)
        visits.update(opened_at=opened)
        diary.date(opened, *visits)
        for visit in visits.select_related("unit"):
            on = self.visit_day(month, visit.unit)
            step = THIS_MONTH.get(visit.unit.name, "confirmed")
            if visit.unit.name in THIS_MONTH:
                on = self.calendar.add_workdays(self.today, -3)
            if step != "planned" and on < self.today and month.contains(on):
                self.make(visit, on, step, diary)

    def make(self, visit: MonthlyVisit, on: date, step: str, diary: Diary) -> None:
        """Take one visit as far as it has come, each step on its day."""
        summary, promise = TALK[0] if visit.unit.name in THIS_MONTH else self.rng.choice(TALK)
        visitor, liaison = self.visitor_of(visit.unit), self.liaisons[visit.unit_id]
        recorded = record_visit(
            visit=visit, visited_on=on, mode="on_site", met=self.rng.choice(MET), summary=summary, promise=promise,
            promise_due_on=on + timedelta(days=20) if promise else None, actor=visitor,
        )  # fmt: skip
        at = moment(on, 16, 20)
        diary.date(at, recorded)
        MonthlyVisit.objects.filter(pk=visit.pk).update(recorded_at=at)
        answered = at + timedelta(hours=17)
        if step == "confirmed":
            confirm_visit(visit=recorded, actor=liaison)
            MonthlyVisit.objects.filter(pk=visit.pk).update(confirmed_at=answered)
        elif step == "disputed":
            dispute_visit(visit=recorded, note="当天来的是社区网格员，不是走访。", actor=liaison)
        diary.date(answered, recorded)
