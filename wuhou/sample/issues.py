"""The issue register and the joint activities of the sample: 145 issues solved and 206 activities held this year.

How many in which subdistrict says `sample/totals.csv` (domain.md §6.2); beside them stand open issues in every state,
among them one overdue, one that climbed to the district, one reopened and one linked as a duplicate.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, cycle
from pathlib import Path
from random import Random

from core.actor import SYSTEM, Actor
from core.models import NumberSequence
from core.workdays import Calendar
from units.actions.issues import (
    ACCEPT_WORKDAYS,
    ASSIGN_WORKDAYS,
    CODE_LENGTH,
    CODE_LETTERS,
    LEVEL_WORD,
    REPORTER,
    RESOLVE_WORKDAYS,
)
from units.models import Division, Issue, JointActivity, Unit
from wuhou.sample.past import entry, moment, workday_before, write_past

SEED = 510107
TOTALS = Path(__file__).resolve().parent.parent.parent / "sample" / "totals.csv"
HUANGMENJIE, YULIN, DISTRICT = "510107005008", "510107005", "510107"
S = Issue.Status
# (category, title, text, result)
TOPICS = (
    ("environment", "院落垃圾房异味扰民", "垃圾房靠近单元门，夏天气味大，居民多次反映。", "调整清运时间，每天冲洗两次，加装除臭装置。"),
    ("environment", "楼道堆放杂物", "三单元楼道堆放旧家具，影响通行和消防。", "社区联合物业上门劝导，当天清运完毕。"),
    ("environment", "绿化带被踩踏", "小区入口绿化带被踩出一条路。", "补栽绿植，增设汀步。"),
    ("property", "西门路灯不亮", "西门到三栋之间四盏路灯不亮，老人晚上出行不便。", "物业更换灯具和线路，已全部亮灯。"),
    ("property", "电梯经常停用", "二栋电梯一个月停了三次。", "维保单位更换门机部件，物业公示维保记录。"),
    ("property", "屋面渗水", "顶楼住户雨天渗水。", "动用维修资金完成防水修缮，雨后复查未再渗漏。"),
    ("property", "门禁损坏", "单元门禁坏了两周，外人随意进出。", "更换门禁主机，居民重新录入。"),
    ("parking", "门前道路乱停车", "放学时段路口两侧停满车，消防车进不来。", "施划禁停标线，联合交警早晚值守。"),
    ("parking", "共享单车占道", "地铁口单车堆到盲道上。", "与企业约定清运时段，划出停放区。"),
    ("parking", "晚间停车难", "老旧院落没有车位，晚上停到马路上。", "协调附近单位夜间开放停车场四十个车位。"),
    ("security", "电动车进楼充电", "有住户把电动车推进楼道充电。", "新建充电棚二十个车位，逐户签订承诺。"),
    ("security", "底楼商铺夜间吵闹", "烧烤店营业到凌晨。", "执法、市场监管和社区一起约谈，十一点后停止外摆。"),
    ("livelihood", "独居老人用餐不便", "院落有七位独居老人，腿脚不便。", "社区食堂每天送餐上门，志愿者结对。"),
    ("livelihood", "残疾居民出入不便", "单元门口没有坡道。", "修建无障碍坡道，加装扶手。"),
    ("livelihood", "暑期孩子没人看", "双职工家庭希望有托管。", "开办暑期托管班，招募大学生志愿者。"),
    ("culture", "广场舞音量大", "早上六点就开始放音乐。", "与舞队约定时段和音量，张贴公约。"),
    ("culture", "活动室开放时间短", "周末活动室不开门。", "周末延长开放，由居民志愿者轮值。"),
    ("business", "占道经营", "早市摊位占了人行道。", "引导到临时便民点经营。"),
    ("business", "餐馆油烟直排", "一楼餐馆油烟从窗户进家。", "督促安装净化设备并检测达标。"),
    ("other", "通信线缆垂落", "空中线缆垂到人能碰到的高度。", "运营商统一捆扎入管。"),
)  # fmt: skip
NAMES = ("钱某某", "沈某", "韩某某", "", "秦某", "", "何某某", "施某", "", "曹某")
SOURCES = (
    "resident",
    "grid",
    "resident",
    "visit",
    "representative",
    "resident",
    "unit",
    "meeting",
    "grid",
    "hotline",
    "caller",
    "inspection",
    "member",
    "alliance",
)
ACTIVITIES = (
    ("“七一”主题党日联学", "共同重温入党誓词，听老党员讲社区变迁。", 40, 90),
    ("义诊进院落", "内科、骨科、口腔医生现场看诊，建立随访名单。", 60, 160),
    ("法律咨询集市", "律师现场解答物业、婚姻、劳动纠纷。", 30, 80),
    ("反诈知识宣讲", "演示常见骗局，帮助老年人设置来电防护。", 40, 120),
    ("社区环境清洁日", "清理楼道杂物和卫生死角。", 30, 100),
    ("青少年科普课堂", "科研人员带孩子动手做实验。", 25, 60),
    ("邻里百家宴", "居民各带一道菜，单位志愿者服务。", 80, 200),
    ("消防疏散演练", "商户和居民一起演练灭火和疏散。", 50, 150),
    ("家电义修", "免费修理小家电，讲解安全用电。", 30, 90),
    ("用工招聘会", "驻区企业提供岗位，街道提供政策咨询。", 60, 180),
)
# Older than this, even a slow issue that met a long holiday has been solved and rated.
SETTLED_DAYS = 50
DISSATISFIED_NOTE = "反映人认为还不彻底。"


@dataclass(frozen=True)
class Open:
    """An open issue: where, which topic, how far it has come and how many days ago it was reported."""

    place: str
    topic: int
    status: str
    age: int
    unit: str = ""
    climbs: int = 0
    reopened: bool = False


OPEN = (
    Open(HUANGMENJIE, 3, S.REGISTERED, 0),
    Open(HUANGMENJIE, 7, S.REGISTERED, 6),
    Open(HUANGMENJIE, 5, S.ACCEPTED, 2),
    Open(HUANGMENJIE, 8, S.ACCEPTED, 12),
    Open(HUANGMENJIE, 10, S.ASSIGNED, 4, unit="成都安和物业服务有限公司"),
    Open(HUANGMENJIE, 4, S.PROCESSING, 9, unit="成都安和物业服务有限公司"),
    Open(HUANGMENJIE, 18, S.PROCESSING, 40),
    Open(HUANGMENJIE, 9, S.ACCEPTED, 25, climbs=1),
    Open(HUANGMENJIE, 19, S.PROCESSING, 32, climbs=2),
    Open(HUANGMENJIE, 0, S.PROCESSING, 45, reopened=True),
    Open(HUANGMENJIE, 3, S.DUPLICATE, 1),
    Open(HUANGMENJIE, 17, S.REJECTED, 8),
    Open("510107009001", 2, S.REGISTERED, 1),
    Open("510107009001", 11, S.PROCESSING, 28),
    Open("510107009001", 12, S.ASSIGNED, 5),
    Open("510107001004", 6, S.PROCESSING, 10),
    Open("510107001005", 1, S.ACCEPTED, 3),
    Open("510107007001", 16, S.PROCESSING, 18),
    Open("510107010002", 14, S.ACCEPTED, 31, climbs=1),
    Open("510107015001", 13, S.PROCESSING, 7),
)


class Issues:
    """Makes the register and the activities of the sample as of one day, as if they had come about one by one."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.units, self.actors, self.today = units, actors, today
        self.calendar, self.rng = Calendar(), Random(SEED)  # nosec B311
        self.staff = {
            actor.place_code: actor
            for actor in actors.values()
            if actor.role in {"district", "subdistrict", "community"}
        }
        self.places = {place.code: place for place in Division.objects.select_related("parent")}
        self.topics, self.sources, self.names = cycle(TOPICS), cycle(SOURCES), cycle(NAMES)
        self.ways = cycle(("reporter", "reporter", "reporter", "phone", "reporter", "reporter", "visit"))
        self.lines: list[tuple] = []

    def load(self) -> None:
        solved = [issue for code, number, _ in read_totals() for issue in self.solved_in(code, number)]
        issues = solved + [self.open_issue(example) for example in OPEN]
        self.number(issues)
        originals = [issue for issue in issues if issue.status != S.DUPLICATE]
        Issue.objects.bulk_create(originals)
        self.link([issue for issue in issues if issue.status == S.DUPLICATE], originals)
        self.write_timelines(issues)
        self.load_activities()
        write_past(self.lines)

    # Days

    @property
    def year_start(self) -> date:
        """The year so far, or the last ten months while it is young: so that a year's totals are whole."""
        start = self.today.replace(month=1, day=4)
        return start if (self.today - start).days > 90 else self.today - timedelta(days=300)

    def some_day(self, until: date) -> date:
        span = (until - self.year_start).days
        return workday_before(self.year_start + timedelta(days=3 + self.rng.randrange(max(span - 3, 1))), 0)

    def workdays_after(self, day: date, number: int) -> date:
        return self.calendar.add_workdays(day, number)

    # Issues

    def communities(self, subdistrict: str) -> list[Division]:
        rows = [place for place in self.places.values() if place.parent and place.parent.code == subdistrict]
        return sorted(
            (place for place in rows if place.level == Division.Level.COMMUNITY), key=lambda place: place.code
        )

    def solved_in(self, code: str, number: int) -> Iterator[Issue]:
        """The solved issues of a subdistrict, spread over its communities; the last two in 黉门街 wait for their end."""
        communities = cycle(self.communities(code))
        if code == YULIN:
            yield self.solved(self.places[HUANGMENJIE], S.RESOLVED)
            yield self.solved(self.places[HUANGMENJIE], S.REPLIED)
            number -= 2
        for _ in range(number):
            yield self.solved(next(communities), S.REVIEWED if self.rng.random() < 0.85 else S.REPLIED)

    def blank(self, place: Division, on: date, topic: tuple) -> Issue:
        category, title, text, _ = topic
        name = next(self.names)
        return Issue(
            title=title, text=text, category=category, source=next(self.sources), place=place, place_code=place.code, handler=place,
            reporter_name=name, reporter_phone=f"1380000{self.rng.randrange(1000, 9999)}" if name else "",
            reply_code="".join(self.rng.choices(CODE_LETTERS, k=CODE_LENGTH)), registered_on=on,
            accept_due_on=self.workdays_after(on, ACCEPT_WORKDAYS), due_on=self.workdays_after(on, RESOLVE_WORKDAYS), is_sample=True,
        )  # fmt: skip

    def accept(self, issue: Issue, on: date) -> None:
        issue.accepted_on, issue.assign_due_on = on, self.workdays_after(on, ASSIGN_WORKDAYS)

    def solved(self, place: Division, status: str) -> Issue:
        """One that went the whole way; one in ten took longer than it should."""
        topic = next(self.topics)
        recent = status == S.RESOLVED
        on = (
            workday_before(self.today, 12)
            if recent
            else self.some_day(self.today - timedelta(days=SETTLED_DAYS))
        )
        issue = self.blank(place, on, topic)
        issue.status = status
        self.accept(issue, self.workdays_after(on, 1))
        days = (
            5 if recent else self.rng.randint(16, 20) if self.rng.random() < 0.1 else self.rng.randint(3, 14)
        )
        issue.resolved_on, issue.result = self.workdays_after(on, days), topic[3]
        if status != S.RESOLVED:
            issue.reply = "已当面告知反映人。"
        if status == S.REVIEWED:
            issue.satisfaction = self.rng.choices(["satisfied", "basically", "dissatisfied"], [80, 15, 5])[0]
            issue.rated_way = next(self.ways)
            issue.rated_on = self.workdays_after(issue.resolved_on, 3)
        return issue

    def open_issue(self, example: Open) -> Issue:
        on = workday_before(self.today, example.age)
        issue = self.blank(self.places[example.place], on, TOPICS[example.topic])
        issue.status = example.status
        if example.status == S.REJECTED:
            issue.reply = "属于合同纠纷，已告知通过司法途径解决。"
        if example.status in (S.ACCEPTED, S.ASSIGNED, S.PROCESSING):
            self.accept(issue, self.workdays_after(on, 1))
        for _ in range(example.climbs):
            issue.handler, issue.escalated = issue.handler.parent, issue.escalated + 1
        if example.unit:
            issue.unit = next(unit for unit in self.units if unit.name == example.unit)
        if example.reopened:
            issue.reopened, issue.satisfaction = 1, Issue.Satisfaction.DISSATISFIED
            issue.rated_way = Issue.RatedWay.REPORTER
            issue.rated_on = workday_before(self.today, 10)
            issue.due_on = self.workdays_after(issue.rated_on, RESOLVE_WORKDAYS)
        elif example.climbs:
            issue.due_on = self.workdays_after(workday_before(self.today, example.age // 3), RESOLVE_WORKDAYS)
        return issue

    def number(self, issues: list[Issue]) -> None:
        """Numbers in the order of days, gap-free within subdistrict and year, as the register gives them."""
        series: dict[str, count] = {}
        last: dict[str, int] = {}
        for issue in sorted(issues, key=lambda one: (one.registered_on, one.place_code)):
            where = self.places[issue.place_code[:9]]
            name = f"issue:{where.code}:{issue.registered_on.year}"
            last[name] = next(series.setdefault(name, count(1)))
            issue.number = f"WT-{issue.registered_on.year}-{LEVEL_WORD.sub('', where.name)}-{last[name]:04d}"
        NumberSequence.objects.bulk_create(
            [NumberSequence(name=name, last=number) for name, number in last.items()]
        )

    def link(self, duplicates: list[Issue], originals: list[Issue]) -> None:
        for issue in duplicates:
            new = [
                one for one in originals if one.place_code == issue.place_code and one.status == S.REGISTERED
            ]
            issue.duplicate_of = next(one for one in new if one.title == issue.title)
        Issue.objects.bulk_create(duplicates)

    # Timelines

    def officer(self, code: str) -> Actor:
        """Who acts for a place: its own account, else that of the place above."""
        return next(
            (self.staff[code[:length]] for length in (12, 9, 6) if code[:length] in self.staff), SYSTEM
        )

    def caller(self, issue: Issue) -> Actor:
        """Somebody of the place above who calls reporters back."""
        return self.officer(issue.place_code[:9])

    def write_timelines(self, issues: list[Issue]) -> None:
        for issue in issues:
            for line in self.timeline(issue):
                self.lines.append(
                    entry(issue, *line[:2], line[2], line[3], before=line[4], after=line[5], note=line[6])
                )

    def timeline(self, issue: Issue) -> Iterator[tuple[str, str, Actor, datetime, str, str, str]]:
        """(move, label, actor, moment, before, after, note) of the way to the present state."""
        here, on = self.officer(issue.place_code), issue.registered_on
        yield "report", "登记", here, moment(on, 9, 20), "", S.REGISTERED, ""
        if issue.status == S.REJECTED:
            yield "reject", "不予受理", here, moment(on, 16), S.REGISTERED, S.REJECTED, issue.reply
        if issue.status == S.DUPLICATE:
            yield (
                "mark_duplicate",
                "并入已有问题",
                here,
                moment(on, 16),
                S.REGISTERED,
                S.DUPLICATE,
                f"并入 {issue.duplicate_of.number}。",
            )
        if issue.accepted_on is None:
            return
        yield "accept", "受理", here, moment(issue.accepted_on, 10), S.REGISTERED, S.ACCEPTED, ""
        yield from self.climbs(issue)
        if issue.reopened:
            yield (
                "reopen",
                "重新办理",
                here,
                moment(issue.rated_on, 11),
                S.REVIEWED,
                S.ACCEPTED,
                DISSATISFIED_NOTE,
            )
        if issue.status == S.ACCEPTED:
            return
        by = self.officer(issue.handler.code)
        day = issue.rated_on if issue.reopened else issue.accepted_on
        whom = f"交{issue.unit}办理。" if issue.unit_id else "由本级办理。"
        yield "assign", "交办", by, moment(day, 15), S.ACCEPTED, S.ASSIGNED, whom
        if issue.status == S.ASSIGNED:
            return
        yield "start", "开始办理", by, moment(day, 16), S.ASSIGNED, S.PROCESSING, ""
        yield from self.ending(issue, by)

    def climbs(self, issue: Issue) -> Iterator[tuple]:
        levels = [issue.place_code, issue.place_code[:9]]
        for step, code in enumerate(levels[: issue.escalated], 1):
            at = moment(self.workdays_after(issue.accepted_on, step), 14)
            yield (
                "escalate",
                "转上级",
                self.officer(code),
                at,
                S.ACCEPTED,
                S.ACCEPTED,
                "需要上级协调有关部门。",
            )

    def ending(self, issue: Issue, by: Actor) -> Iterator[tuple]:
        if issue.resolved_on is None:
            return
        yield "resolve", "办结", by, moment(issue.resolved_on, 10), S.PROCESSING, S.RESOLVED, issue.result
        if issue.status == S.RESOLVED:
            return
        yield "reply", "反馈", by, moment(issue.resolved_on, 17), S.RESOLVED, S.REPLIED, issue.reply
        if issue.status == S.REVIEWED:
            # Who calls back is not who handled it.
            own = issue.rated_way == Issue.RatedWay.REPORTER
            move, label, who = (
                ("rate", "评议", REPORTER) if own else ("record_rating", "登记回访评议", self.caller(issue))
            )
            said = f"{issue.get_satisfaction_display()}。"
            yield move, label, who, moment(issue.rated_on, 10), S.REPLIED, S.REVIEWED, said

    # Activities

    def load_activities(self) -> None:
        held = [self.held(code, index) for code, _, number in read_totals() for index in range(number)]
        planned = [
            self.planned(HUANGMENJIE, 12, 1),
            self.planned("510107009001", 20, 4),
            self.planned(YULIN, 30, 7),
        ]
        called_off = self.planned(HUANGMENJIE, -20, 6)
        called_off.status = JointActivity.Status.CANCELLED
        activities = JointActivity.objects.bulk_create([*held, *planned, called_off])
        self.let_units_take_part(activities)
        for activity in activities:
            self.lines += self.activity_timeline(activity)

    def held(self, code: str, index: int) -> JointActivity:
        title, summary, least, most = ACTIVITIES[index % len(ACTIVITIES)]
        place = self.rng.choice(self.communities(code))
        return JointActivity(
            title=f"{place.name.removesuffix('社区')}{title}", place=place, place_code=place.code, venue=f"{place.name}党群服务中心",
            held_on=self.some_day(self.today - timedelta(days=2)), summary=summary, participants=self.rng.randint(least, most),
            status=JointActivity.Status.HELD, author_id=self.officer(place.code).user_id, is_sample=True,
        )  # fmt: skip

    def planned(self, code: str, days: int, topic: int) -> JointActivity:
        title, summary, _, _ = ACTIVITIES[topic]
        place = self.places[code]
        return JointActivity(
            title=f"{place.name.removesuffix('社区').removesuffix('街道')}{title}", place=place, place_code=place.code,
            venue="党群服务中心", held_on=self.today + timedelta(days=days), summary=summary,
            author_id=self.officer(place.code).user_id, is_sample=True,
        )  # fmt: skip

    def let_units_take_part(self, activities: list[JointActivity]) -> None:
        through = JointActivity.units.through
        by_subdistrict: dict[str, list[Unit]] = {}
        for unit in self.units:
            by_subdistrict.setdefault(unit.place_code[:9], []).append(unit)
        pairs = []
        for activity in activities:
            near = by_subdistrict.get(activity.place_code[:9]) or self.units
            chosen = self.rng.sample(near, min(len(near), self.rng.randint(1, 3)))
            pairs += [through(jointactivity_id=activity.pk, unit_id=unit.pk) for unit in chosen]
        through.objects.bulk_create(pairs)

    def activity_timeline(self, activity: JointActivity) -> list[tuple]:
        by = self.officer(activity.place_code)
        planned_at = moment(workday_before(min(activity.held_on, self.today), 10), 9)
        lines = [entry(activity, "plan", "登记计划", by, planned_at, after=JointActivity.Status.PLANNED)]
        if activity.status == JointActivity.Status.HELD:
            at = moment(min(activity.held_on + timedelta(days=1), self.today), 9)
            lines.append(
                entry(
                    activity,
                    "hold",
                    "登记已开展",
                    by,
                    at,
                    before="planned",
                    after="held",
                    note=activity.summary,
                )
            )
        if activity.status == JointActivity.Status.CANCELLED:
            at = moment(workday_before(self.today, 22), 9)
            lines.append(
                entry(
                    activity,
                    "cancel",
                    "取消",
                    by,
                    at,
                    before="planned",
                    after="cancelled",
                    note="场地维修，改期再办。",
                )
            )
        return lines


def read_totals() -> list[tuple[str, int, int]]:
    """(subdistrict code, issues solved, activities held) of the sample."""
    with TOTALS.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["code"]]
    return [(row["code"], int(row["issues_resolved"]), int(row["joint_activities"])) for row in rows]
