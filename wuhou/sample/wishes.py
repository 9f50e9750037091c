"""Needs and resources of the other communities of the sample, with bookings, in every state they can be in.

Beside those told one by one (`wuhou.sample.lists`) these are written in bulk; what the units have to give follows
domain.md §6.3, who needs what is invented.
"""

from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random

from core.actor import Actor
from core.models import NumberSequence
from projects.actions.project import LEVEL_WORD
from projects.models import Need, Project, Resource, ResourceBooking, ResourceWindow
from units.models import Division, Unit
from wuhou.sample.past import entry, moment, workday_before, write_past
from wuhou.sample.stages import date_back

SEED = 510107_26
# (title, domain, what people said, urgency, whom it would serve)
WANTED = (
    ("老人血压测量点太远", "health", "院落老人想在家门口量血压。", "normal", 60),
    ("孩子放学没人接", "children", "双职工家庭希望有四点半托管。", "urgent", 45),
    ("高龄老人理发难", "elderly", "腿脚不便，希望上门理发。", "normal", 30),
    ("楼道扶手松动", "safety", "三个单元扶手松动，老人怕摔。", "urgent", 90),
    ("想办家政培训", "employment", "待业妇女希望学一门手艺。", "normal", 40),
    ("邻里纠纷没处说", "law", "希望有律师定期来坐坐。", "normal", 50),
    ("活动室缺乐器", "culture", "合唱队想要一台电钢琴。", "normal", 35),
    ("轮椅出行没坡道", "disabled", "单元门口三级台阶，轮椅出不来。", "urgent", 8),
    ("家电坏了没处修", "convenience", "老小区附近没有维修点。", "normal", 120),
    ("绿化带积水", "environment", "雨后积水，蚊虫多。", "normal", 200),
    ("想学反诈知识", "safety", "上月两位老人险些被骗。", "critical", 150),
    ("青少年缺少科普", "education", "希望科研单位开放日接待学生。", "normal", 80),
    ("残疾人想学手工", "disabled", "希望在家能做一点活。", "normal", 15),
    ("夜间门口太暗", "safety", "晚归居民不敢走。", "urgent", 260),
)  # fmt: skip
SOURCES = ("visit", "portal", "meeting", "representative", "hotline")
# How many needs of each state are added.
NEEDS = {"collected": 9, "verified": 13, "converted": 11, "resolved": 8, "duplicate": 3, "closed": 3}
# (kind, domain, title, quantity, exclusive, days, from, to)
GIVEN = (
    ("venue", "culture", "多功能厅", "可容 100 人", True, (6, 7), 9, 17),
    ("venue", "other", "会议室", "可容 25 人", True, (1, 2, 3, 4, 5), 9, 17),
    ("people", "health", "健康讲师", "每月 2 场", False, (6,), 9, 12),
    ("people", "education", "青年志愿者", "15 人", False, (6, 7), 9, 17),
    ("equipment", "safety", "灭火演练器材", "1 套", True, (1, 2, 3, 4, 5), 9, 17),
    ("service", "convenience", "磨刀配钥匙", "每月 1 次", False, (6,), 9, 12),
    ("service", "law", "法律咨询", "每周 1 次", False, (3,), 14, 17),
    ("funds", "elderly", "爱心物资", "50 份", False, (1, 2, 3, 4, 5), 9, 17),
    ("jobs", "employment", "岗位推荐", "20 个", False, (1, 2, 3, 4, 5), 9, 17),
    ("venue", "children", "周末教室", "2 间", True, (6, 7), 9, 17),
)  # fmt: skip
RESOURCES = 36
PURPOSES = ("院落议事会", "健康讲座", "邻里节排练", "消防演练", "亲子手工", "普法讲座", "志愿者培训")
TOLD = ("准备充分，居民满意。", "场地合适，下次还来。", "讲得通俗，提问很多。")
RESULT, NOT_OURS, BUSY, OFF = (
    "已协调解决，居民认可。",
    "不属于共建范围，已说明并转物业。",
    "当天单位有安排，建议改到下周。",
    "人数不够，取消。",
)
# The states of bookings in turn; most were used and told of.
BOOKED = (
    "feedback",
    "used",
    "requested",
    "feedback",
    "accepted",
    "declined",
    "feedback",
    "cancelled",
    "feedback",
)


class Wishes:
    """Makes these needs, resources and bookings as of one day."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.today, self.rng = today, Random(SEED)  # nosec B311
        self.liaisons = {actor.unit_id: actor for actor in actors.values() if actor.unit_id}
        self.givers = [unit for unit in units if unit.pk in self.liaisons and len(unit.place_code) >= 9]
        self.officers = {actor.place_code: actor for actor in actors.values() if actor.role == "subdistrict"}
        self.staff = {actor.place_code: actor for actor in actors.values() if actor.role == "community"}
        found = Division.objects.filter(level="community", valid_to=None).order_by("code")
        self.places = [place for place in found if place.code[:9] in self.officers]
        names = Division.objects.filter(level="subdistrict").values_list("code", "name")
        self.names = {code: LEVEL_WORD.sub("", name) for code, name in names}
        self.series: dict[str, NumberSequence] = {}
        self.lines: list[tuple] = []

    def load(self) -> None:
        needs = self.make_needs()
        resources = self.make_resources()
        self.book(resources, needs)
        for sequence in self.series.values():
            sequence.save()
        write_past(self.lines)

    def number(self, prefix: str, series: str, code: str, year: int) -> str:
        name = f"{series}:{code[:9]}:{year}"
        if name not in self.series:
            self.series[name] = NumberSequence.objects.get_or_create(name=name)[0]
        self.series[name].last += 1
        return f"{prefix}-{year}-{self.names[code[:9]]}-{self.series[name].last:04d}"

    def staff_of(self, code: str) -> Actor:
        return self.staff.get(code) or self.officers[code[:9]]

    # Needs

    def make_needs(self) -> list[Need]:
        projects = list(
            Project.objects.filter(
                is_sample=True, origin="need", term="short", published_at__isnull=False, needs=None
            ).order_by("pk")
        )
        states = [state for state, number in NEEDS.items() for _ in range(number)]
        self.rng.shuffle(states)
        rows = [self.need(number, state, projects) for number, state in enumerate(states)]
        moments = {id(row): row.created_at for row in rows}
        Need.objects.bulk_create(row for row in rows if row.status != "duplicate")
        originals = [row for row in rows if row.status == "verified"]
        duplicates = [row for row in rows if row.status == "duplicate"]
        for row, original in zip(duplicates, originals, strict=False):
            row.duplicate_of, row.title = original, f"{original.title}（又一位居民）"
            row.place, row.place_code = original.place, original.place_code
        Need.objects.bulk_create(duplicates)
        date_back(rows, moments)
        for row in rows:
            self.lines += self.need_lines(row)
        return rows

    def need(self, number: int, state: str, projects: list[Project]) -> Need:
        project = projects.pop(0) if state == "converted" and projects else None
        if state == "converted" and project is None:
            state = "verified"
        place = project.place if project else self.places[(number * 29 + 5) % len(self.places)]
        title, domain, text, urgency, people = WANTED[number % len(WANTED)]
        day = project.published_at.date() - timedelta(days=16) if project else self.raised_on(number, state)
        raised = workday_before(day, 0)
        row = Need(
            number=self.number("XQ", "need", place.code, raised.year), side="community" if number % 6 == 0 else "residents", title=title,
            description=text, domain=domain, urgency=urgency, source=SOURCES[number % len(SOURCES)],
            place=place, place_code=place.code, beneficiaries=people, raised_on=raised, project=project, status=state,
            result={"resolved": RESULT, "closed": NOT_OURS}.get(state, ""), author_id=self.staff_of(place.code).user_id,
            version=1 if state == "collected" else 2, is_sample=True,
        )  # fmt: skip
        row.created_at = moment(raised, 9, 20)
        return row

    def raised_on(self, number: int, state: str) -> date:
        return self.today - timedelta(days=1 + number % 6 if state == "collected" else 12 + 5 * number)

    def need_lines(self, row: Need) -> Iterator[tuple]:
        clerk, officer, state = self.staff_of(row.place_code), self.officers[row.place_code[:9]], row.status
        yield entry(row, "raise", "登记", clerk, row.created_at, after="collected")
        at = row.created_at + timedelta(days=2, hours=2)
        if state == "closed":
            yield entry(row, "close", "关闭", officer, at, before="collected", after=state, note=NOT_OURS)
        elif state == "duplicate":
            yield entry(row, "link", "并入重复的需求", officer, at, before="collected", after=state)
        elif state != "collected":
            yield entry(row, "verify", "核实通过", officer, at, before="collected", after="verified")
        later = at + timedelta(days=3)
        if state == "converted":
            yield entry(
                row,
                "convert",
                "转为项目",
                clerk,
                later,
                before="verified",
                after=state,
                note=row.project.title,
            )
        elif state == "resolved":
            yield entry(row, "resolve", "已解决", clerk, later, before="verified", after=state, note=RESULT)

    # Resources and bookings

    def make_resources(self) -> list[Resource]:
        rows, windows = [], []
        for number in range(RESOURCES):
            unit = self.givers[number % len(self.givers)]
            kind, domain, title, quantity, is_exclusive, days, opens, closes = GIVEN[
                (number * 3 + number // len(GIVEN)) % len(GIVEN)
            ]
            offered = workday_before(self.today, 40 + 7 * number)
            row = Resource(
                number=self.number("ZY", "resource", unit.place_code, offered.year), unit=unit, place=unit.place,
                place_code=unit.place_code,
                kind=kind, domain=domain, title=title, quantity=quantity, description=f"{unit.name}提供，请提前一周预约。",
                contact=self.liaisons[unit.pk].name, scope="district" if number % 3 else "subdistrict", is_exclusive=is_exclusive,
                status={8: "paused", 19: "withdrawn", 27: "paused"}.get(number, "offered"), author_id=self.liaisons[unit.pk].user_id,
                is_sample=True,
            )  # fmt: skip
            row.created_at = moment(offered, 10)
            rows.append(row)
            windows += [
                ResourceWindow(resource=row, weekday=day, opens_at=time(opens), closes_at=time(closes))
                for day in days
            ]
        moments = {id(row): row.created_at for row in rows}
        Resource.objects.bulk_create(rows)
        ResourceWindow.objects.bulk_create(windows)
        date_back(rows, moments)
        for row in rows:
            liaison = self.liaisons[row.unit_id]
            self.lines.append(entry(row, "offer", "登记", liaison, row.created_at, after="offered"))
            if row.status != "offered":
                label = "暂停" if row.status == "paused" else "撤回"
                at = row.created_at + timedelta(days=25)
                note = "设备检修，修好后恢复。" if row.status == "paused" else "场地改作他用。"
                self.lines.append(
                    entry(
                        row,
                        row.status.removesuffix("d").removesuffix("n"),
                        label,
                        liaison,
                        at,
                        before="offered",
                        after=row.status,
                        note=note,
                    )
                )
        return rows

    def book(self, resources: list[Resource], needs: list[Need]) -> None:
        """Mostly past uses, some asked for in the coming weeks; never two at a time."""
        rows = []
        verified = [need for need in needs if need.status in ("verified", "resolved")]
        offered = [row for row in resources if row.status == "offered"]
        for number in range(4 * len(BOOKED)):
            resource = offered[number % len(offered)]
            rows.append(self.booking(number, resource, BOOKED[number % len(BOOKED)], verified))
        moments = {id(row): row.created_at for row in rows}
        ResourceBooking.objects.bulk_create(rows)
        date_back(rows, moments)
        for row in rows:
            self.lines += self.booking_lines(row)

    def booking(self, number: int, resource: Resource, state: str, needs: list[Need]) -> ResourceBooking:
        here = [
            place
            for place in self.places
            if resource.scope == "district" or place.code[:9] == resource.place_code[:9]
        ]
        place = here[number * 7 % len(here)]
        _, _, _, _, _, days, opens, _ = next(given for given in GIVEN if given[2] == resource.title)
        is_ahead = state in ("requested", "accepted")
        day = (
            self.on_weekday(self.today + timedelta(days=5 + number), days, 1)
            if is_ahead
            else self.on_weekday(self.today - timedelta(days=6 + 3 * number), days, -1)
        )
        row = ResourceBooking(
            resource=resource, place=place, place_code=place.code, starts_at=moment(day, opens), ends_at=moment(day, opens + 2),
            need=next((need for need in needs if need.place_code == place.code), None), purpose=PURPOSES[number % len(PURPOSES)],
            headcount=20 + 5 * (number % 8), is_exclusive=resource.is_exclusive, status=state, author_id=self.staff_of(place.code).user_id,
            rating=3 - (number % 5 == 0) if state == "feedback" else None, feedback=TOLD[number % 3] if state == "feedback" else "",
            is_sample=True,
        )  # fmt: skip
        asked = self.today - timedelta(days=1 + number % 3) if is_ahead else day - timedelta(days=8)
        row.created_at = moment(asked, 9, 30)
        return row

    def on_weekday(self, day: date, days: tuple[int, ...], step: int) -> date:
        while day.isoweekday() not in days:
            day += timedelta(days=step)
        return day

    def booking_lines(self, row: ResourceBooking) -> Iterator[tuple]:
        clerk, liaison, state = self.staff_of(row.place_code), self.liaisons[row.resource.unit_id], row.status
        yield entry(row, "request", "申请", clerk, row.created_at, after="requested")
        at = row.created_at + timedelta(hours=5)
        if state == "declined":
            yield entry(row, "decline", "婉拒", liaison, at, before="requested", after=state, note=BUSY)
        elif state == "cancelled":
            yield entry(row, "cancel", "取消", clerk, at, before="requested", after=state, note=OFF)
        elif state != "requested":
            yield entry(row, "accept", "确认可以使用", liaison, at, before="requested", after="accepted")
        if state in ("used", "feedback"):
            yield entry(row, "use", "登记已使用", clerk, row.ends_at, before="accepted", after="used")
        if state == "feedback":
            at = row.ends_at + timedelta(days=1)
            yield entry(
                row, "give_feedback", "反馈使用情况", clerk, at, before="used", after=state, note=row.feedback
            )
