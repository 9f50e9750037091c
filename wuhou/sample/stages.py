"""Short projects of the sample in every state over all subdistricts, with all that happens to projects on the way.

Beside the examples told one by one (`wuhou.sample.projects`) these are written in bulk, as if each step had been taken on
its day: milestones and reports, claims taken back and left, extensions, rounds of acceptance, units asked. Their sessions
count among the person-times of `sample/totals.csv`; they are loaded before the regular projects, which make up the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.db.models import Model

from core.actor import SYSTEM, Actor
from core.models import NumberSequence
from projects.actions.project import LEVEL_WORD
from projects.models import (
    Acceptance,
    AcceptanceItem,
    ClaimInvitation,
    Milestone,
    ProgressReport,
    Project,
    ProjectClaim,
    ProjectExtension,
    Session,
)
from projects.queries.project import milestone_line, served_line
from units.models import Division, Unit
from wuhou.sample.past import entry, moment, workday_before, write_past

SEED = 510107_24
# (theme, domain, name, what is done, whom it serves, three steps, what units told of it)
KINDS = (
    ("residents", "elderly", "老年人防跌倒改造", "为高龄独居老人家中安装扶手、防滑垫和感应灯。", "高龄独居老人",
     ("入户评估", "安装扶手和感应灯", "回访使用情况"), "逐户评估，按先急后缓安装。"),
    ("residents", "children", "暑期阅读营", "组织小学生暑期共读、观影和手工。", "小学生",
     ("招募和分班", "共读活动", "成果展示"), "孩子们每周来两次，家长轮流值班。"),
    ("community", "environment", "楼道清零行动", "清理楼道杂物，粉刷墙面，签订楼栋公约。", "老旧院落居民",
     ("摸底登记", "集中清理", "签订楼栋公约"), "物业出车，志愿者和居民一起清。"),
    ("community", "safety", "消防器材更换", "更换过期灭火器，教居民会用。", "院落居民",
     ("清点器材", "更换安装", "演练一次"), "边换边教，楼栋长先学会。"),
    ("residents", "law", "物业纠纷协商会", "律师、物业、业主三方坐下来谈。", "小区业主",
     ("收集议题", "三方协商", "落实回告"), "三个议题谈成两个。"),
    ("residents", "employment", "家政技能培训班", "面向失业妇女的家政、月嫂培训。", "失业妇女",
     ("报名摸底", "集中培训", "推荐上岗"), "结业的有一半当月上岗。"),
    ("residents", "health", "慢病自我管理小组", "高血压、糖尿病居民学会自测自管。", "慢病居民",
     ("建组建档", "每周小组活动", "复查比较"), "医生每周到场半天。"),
    ("residents", "convenience", "便民维修周", "磨刀、配钥匙、修小家电集中一周。", "辖区居民",
     ("征集需求", "集中维修", "回访"), "排队的多，加开了一个下午。"),
    ("residents", "culture", "社区微剧场", "居民自编自演院落里的故事。", "文艺爱好者",
     ("剧本征集", "排练", "汇报演出"), "演员都是院落里的居民。"),
    ("members", "education", "流动党员政策课", "为流动党员讲解政策和办事流程。", "流动党员",
     ("建立名册", "集中授课", "答疑汇编"), "晚上开课，来的人比报名的多。"),
    ("residents", "disabled", "助残出行陪伴", "志愿者陪残疾人就医、办事、购物。", "残疾居民",
     ("结对登记", "陪伴出行", "意见征集"), "固定结对，提前一天约。"),
)  # fmt: skip
# How many of each state are added; the examples bring one or more of most.
STATES = {
    "draft": 4, "review": 4, "open": 6, "unclaimed": 7, "claimed": 4, "running": 14, "suspended": 6, "to_accept": 7, "fixing": 6,
    "done": 7, "to_review": 6, "reviewed": 8, "archived": 7, "terminated": 6,
}  # fmt: skip
UNLED = ("draft", "review", "open", "unclaimed")
ACCEPTED = ("done", "to_review", "reviewed", "archived")
# How many days before today a project of a state was published, begun and came to its end (0: not yet).
DAYS = {
    "draft": (0, 0, 0), "review": (0, 0, 0), "open": (9, 0, 0), "unclaimed": (55, 0, 0), "claimed": (40, 0, 0),
    "running": (120, 85, 0), "suspended": (140, 100, 12), "to_accept": (150, 115, 4), "fixing": (170, 130, 9),
    "done": (190, 150, 30), "to_review": (230, 190, 60), "reviewed": (420, 390, 330), "archived": (460, 430, 350),
    "terminated": (130, 95, 40),
}  # fmt: skip
HANDOVER = "人员调整，无力继续。名单、物资清单和场地钥匙已交社区，未办完的两户由新单位接着做。"
TAKEN_BACK = "单位近期任务集中，先撤回，下季度再认领。"
REJECTED = "离得较远，建议认领本街道的项目。"
WITHDRAWN_EXTENSION, REFUSED_EXTENSION = "进度赶上了，不用延期。", "年底前能做完，不同意延期。"
EXTENSION_REASONS = ("场地装修，暂停两周。", "报名人数超出预计，加开一期。", "连续降雨，户外作业顺延。")
ASKED = ("贵单位就在附近，去年办过类似活动。", "项目需要贵单位的场地。", "居民点名希望贵单位来做。")
DECLINED = "今年志愿者已经排满，明年可以考虑。"
SUSPENDED, TERMINATED = "场地改造，完工后恢复。", "经费没有落实，并入明年计划。"
TO_FIX, FIXED = "请补齐签到表，两户没有回访到。", "签到表补齐，两户已回访。"
DONE_WELL, FELL_SHORT = "按计划全部完成，居民反映良好。", "天气原因少办一场，服务质量好，同意通过，明年补上。"
REVIEWED = (
    "满意：有效票 42，满意 35，基本满意 5。",
    "满意：有效票 38，满意 29，基本满意 6。",
    "基本满意：有效票 40，满意 22，基本满意 13。",
)


@dataclass
class Story:
    """One project and what hangs on it, each with the moment it is to be dated to."""

    project: Project
    number: int
    began: date | None = None
    ended: date | None = None
    lead: ProjectClaim | None = None
    claims: list[ProjectClaim] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    extensions: list[ProjectExtension] = field(default_factory=list)
    acceptances: list[tuple[Acceptance, list[AcceptanceItem]]] = field(default_factory=list)
    invitations: list[ClaimInvitation] = field(default_factory=list)
    lines: list[tuple] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.project.status

    @property
    def served(self) -> int:
        return sum(one.person_times for one in self.sessions)


class Stages:
    """Makes the short projects as of one day."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.today, self.rng = today, Random(SEED)  # nosec B311
        self.liaisons = {actor.unit_id: actor for actor in actors.values() if actor.unit_id}
        self.members = [unit for unit in units if unit.pk in self.liaisons]
        self.officers = {actor.place_code: actor for actor in actors.values() if actor.role == "subdistrict"}
        self.places = list(
            Division.objects.filter(level="community", valid_to=None, code__startswith="510107").order_by(
                "code"
            )
        )
        self.places = [place for place in self.places if place.code[:9] in self.officers]
        self.series: dict[str, NumberSequence] = {}
        self.told: list[tuple] = []

    def load(self) -> None:
        stories = [self.story(number, state) for number, state in enumerate(self.spread())]
        Project.objects.bulk_create(story.project for story in stories)
        for sequence in self.series.values():
            sequence.save()
        for story in stories:
            self.tell(story)
        self.write(stories)
        for story in stories:
            self.told += self.timeline(story)
        write_past(self.told)

    def spread(self) -> list[str]:
        """The states in turn, so that each is found in many subdistricts."""
        left, found = dict(STATES), []
        while left:
            for state in [*left]:
                found.append(state)
                left[state] -= 1
                if not left[state]:
                    del left[state]
        return found

    # One project

    def story(self, number: int, state: str) -> Story:
        place = self.places[number * 31 % len(self.places)]
        theme, domain, name, summary, group, _, _ = KINDS[number % len(KINDS)]
        shift = self.rng.randrange(6)
        published, began, ended = (days and days + (shift if days > 6 else 0) for days in DAYS[state])
        published_on = workday_before(self.today, published) if published else None
        due = self.claim_due(state, published_on)
        started = self.today - timedelta(days=began) if began else max(due, self.today) + timedelta(days=7)
        end = self.end_on(state, started, ended)
        project = Project(
            title=f"{place.name.removesuffix('社区')}{name}", summary=summary, theme=theme, domain=domain, term="short", place=place,
            place_code=place.code, start_on=started, end_on=end, claim_due_on=due, expected_person_times=60 + 20 * (number % 5),
            target_group=group, volunteers_needed=2 + number % 6, status=state, budget_source="社区保障资金" if number % 2 else "",
            origin="need" if number % 3 == 0 else "community", safety_note="活动现场安排专人看护。" if number % 4 == 0 else "",
            author_id=self.officer(place).user_id, is_sample=True, version=3,
        )  # fmt: skip
        if published_on:
            project.number = self.number_for(place, published_on.year)
            project.published_at = moment(published_on, 9, 40)
        if began:
            project.started_on = started
        story = Story(
            project, number, started if began else None, self.today - timedelta(days=ended) if ended else None
        )
        if state in ACCEPTED:
            project.completed_on = story.ended
        return story

    def claim_due(self, state: str, published_on: date | None) -> date:
        """Units had three weeks; what is still a draft asks for four from now."""
        return published_on + timedelta(days=24) if published_on else self.today + timedelta(days=28)

    def end_on(self, state: str, started: date, ended: int) -> date:
        if state in ("running", "suspended"):
            return self.today + timedelta(days=20 + self.rng.randrange(70))
        if state in UNLED or state == "claimed":
            return started + timedelta(days=120)
        return self.today - timedelta(days=ended) + timedelta(days=7)

    def officer(self, place: Division) -> Actor:
        return self.officers[place.code[:9]]

    def number_for(self, place: Division, year: int) -> str:
        name = f"project:{place.code[:9]}:{year}"
        if name not in self.series:
            self.series[name] = NumberSequence.objects.get_or_create(name=name)[0]
        self.series[name].last += 1
        where = LEVEL_WORD.sub("", place.path_name.removesuffix(place.name))
        return f"XM-{year}-{where}-{self.series[name].last:04}"

    def unit_for(self, story: Story, *others: Unit) -> Unit:
        """Mostly a member from near by, never the same twice."""
        code = story.project.place_code[:9]
        free = [unit for unit in self.members if unit not in others]
        near = [unit for unit in free if unit.place_code[:9] == code]
        return self.rng.choice(near if near and self.rng.random() < 0.6 else free)

    # What hangs on it

    def tell(self, story: Story) -> None:
        state, number = story.state, story.number
        if state == "open" and number % 2:
            self.claim(
                story,
                self.unit_for(story),
                "submitted" if number % 4 == 1 else "screened",
                story.project.published_at.date(),
            )
        if state == "unclaimed":
            self.left_alone(story)
        if state not in UNLED:
            self.take_on(story)
        if state == "claimed" and number % 2 == 0:
            self.agreed(story)
        if story.project.published_at:
            self.plan(story)
        if story.began:
            self.hold_sessions(story)
            self.extend(story)
            self.accept(story)

    def claim(self, story: Story, unit: Unit, status: str, on: date, **more) -> ProjectClaim:
        project, liaison = story.project, self.liaisons[unit.pk]
        claim = ProjectClaim(
            project=project, unit=unit, place_code=project.place_code, kind=more.pop("kind", "lead"), status=status,
            plan="固定人员，按里程碑推进。", headcount=3 + story.number % 6, contact=liaison.name, author_id=liaison.user_id,
            version=3, **more,
        )  # fmt: skip
        claim.submitted_at = moment(on + timedelta(days=3), 14, 10)
        story.claims.append(claim)
        return claim

    def take_on(self, story: Story) -> None:
        """A lead, now and then after another unit left; beside it some that stepped back or were not taken."""
        project, number = story.project, story.number
        on = project.published_at.date()
        decided = moment(on + timedelta(days=12), 15, 40)
        lead = self.unit_for(story)
        if number % 8 == 3 and story.began:
            left = story.began + timedelta(days=9)
            first = self.unit_for(story, lead)
            self.claim(story, first, "quit", on, decided_at=decided, left_on=left)
            decided = moment(left + timedelta(days=2), 11)
        over = (
            {"status": "quit", "left_on": story.ended}
            if story.state == "terminated"
            else {"status": "confirmed", "slot": 1}
        )
        story.lead = self.claim(story, lead, over.pop("status"), on, decided_at=decided, **over)
        if number % 3 == 0:
            rival = self.unit_for(story, *(one.unit for one in story.claims))
            status = ("withdrawn", "rejected", "standby")[number // 3 % 3]
            if status == "standby" and story.state in (*ACCEPTED, "terminated"):
                status = "rejected"
            more = {} if status == "withdrawn" else {"decided_at": decided}
            self.claim(story, rival, status, on, kind="standby" if status == "standby" else "lead", **more)
        if number % 5 == 2:
            self.claim(story, self.unit_for(story, *(one.unit for one in story.claims)), "withdrawn", on)

    def left_alone(self, story: Story) -> None:
        """Nobody claimed it, or whoever did stepped back; the subdistrict has asked units."""
        if story.number % 3 == 0:
            self.claim(story, self.unit_for(story), "withdrawn", story.project.published_at.date())
        asked: list[Unit] = []
        statuses = ("invited", "declined", "lapsed")[story.number % 3 :] + ("invited",) * (story.number % 2)
        for position, status in enumerate(statuses[:3]):
            unit = self.unit_for(story, *asked)
            asked.append(unit)
            days = 3 if status == "invited" else 12 + position
            row = ClaimInvitation(
                project=story.project, unit=unit, place_code=story.project.place_code, reason=ASKED[position], status=status,
                due_on=self.today + timedelta(days=7 - days), author_id=self.officer(story.project.place).user_id,
            )  # fmt: skip
            row.created_at = moment(self.today - timedelta(days=days), 10, 20)
            story.invitations.append(row)

    def agreed(self, story: Story) -> None:
        """The unit that leads it was asked to."""
        on = story.lead.submitted_at
        row = ClaimInvitation(
            project=story.project, unit=story.lead.unit, place_code=story.project.place_code, reason=ASKED[0], status="accepted",
            due_on=on.date() + timedelta(days=7), author_id=self.officer(story.project.place).user_id,
        )  # fmt: skip
        row.created_at = on - timedelta(days=2)
        story.invitations.append(row)

    def plan(self, story: Story) -> None:
        """Three steps; those whose day has come are done, now and then one is late."""
        project = story.project
        span = (project.end_on - project.start_on).days
        for position, title in enumerate(KINDS[story.number % len(KINDS)][5], 1):
            due = project.start_on + timedelta(days=span * position // 4)
            row = Milestone(project=project, title=title, due_on=due)
            is_over = story.state in (*ACCEPTED, "to_accept", "fixing")
            is_late = story.number % 5 == 0 and position == 2
            if story.began and (is_over or (due < self.today and not is_late)):
                last = story.ended or self.today - timedelta(days=1)
                row.done_on = min(due - timedelta(days=2) + timedelta(days=story.number % 5), last)
                row.note = "按时完成。" if row.done_on <= due else "晚了几天，已补上。"
            story.milestones.append(row)

    def hold_sessions(self, story: Story) -> None:
        """Two or three, confirmed; every sixth project serves fewer than were expected."""
        project, claim = story.project, story.lead
        last = (story.ended or self.today) - timedelta(days=4)
        number = 2 + story.number % 2
        aim = project.expected_person_times
        total = aim * 4 // 5 if story.number % 6 == 1 else aim + 10 + story.number % 30
        if story.state in ("running", "suspended", "terminated"):
            total //= 2
        step = max((last - story.began).days // (number + 1), 1)
        for position in range(number):
            held = story.began + timedelta(days=step * (position + 1))
            share = total // number + (total % number if position == 0 else 0)
            story.sessions.append(self.session(claim, held, share))

    def session(self, claim: ProjectClaim, held_on: date, person_times: int) -> Session:
        place = claim.project.place
        row = Session(
            project=claim.project, claim=claim, unit=claim.unit, place=place, place_code=place.code, held_on=held_on,
            starts_at=time(14), ends_at=time(16), venue=f"{place.name}党群服务中心", summary=claim.project.summary[:60],
            person_times=person_times, volunteers=3, volunteer_hours=6, evaluation_code=f"{self.rng.getrandbits(40):010x}",
            status="confirmed", author_id=claim.author_id, verifier_id=self.officer(place).user_id,
            confirmed_at=moment(held_on + timedelta(days=2), 10, 30), version=2, is_sample=True,
        )  # fmt: skip
        row.created_at = moment(held_on + timedelta(days=1), 10, 30)
        return row

    # More time, acceptance

    def extend(self, story: Story) -> None:
        """Requests in every state; what was granted is the last day now."""
        project = story.project
        statuses = {
            "running": ("submitted", "approved", "rejected", "withdrawn", "")[story.number % 5],
            "suspended": ("approved", "")[story.number % 2],
            "fixing": ("approved", "submitted")[story.number % 2],
            "done": ("approved", "")[story.number % 2],
        }
        status = statuses.get(story.state, "")
        if not status:
            return
        asked = (
            self.today - timedelta(days=2)
            if status == "submitted"
            else (story.ended or self.today) - timedelta(days=20)
        )
        wanted = project.end_on if status == "approved" else project.end_on + timedelta(days=30)
        row = ProjectExtension(
            project=project, unit=story.lead.unit, place_code=project.place_code, wanted_end_on=wanted, status=status,
            reason=EXTENSION_REASONS[story.number % 3], author_id=story.lead.author_id, version=1 if status == "submitted" else 2,
        )  # fmt: skip
        row.submitted_at = moment(max(asked, story.began), 11, 20)
        story.extensions.append(row)

    def accept(self, story: Story) -> None:
        """Rounds of acceptance; every fourth had to be put right once."""
        if story.state in ("to_accept", "fixing"):
            self.round(story, 1, story.ended, "" if story.state == "to_accept" else "rectify")
        elif story.state in ACCEPTED:
            is_second = story.number % 4 == 2
            if is_second:
                self.round(story, 1, story.ended - timedelta(days=14), "rectify")
            self.round(story, 2 if is_second else 1, story.ended - timedelta(days=3), "passed")

    def round(self, story: Story, order: int, on: date, result: str) -> None:
        project, officer = story.project, self.officer(story.project.place)
        lines = [milestone_line(one) for one in story.milestones]
        lines.append(served_line("服务", project.expected_person_times, story.served, ""))
        is_short = any(line.is_met is False for line in lines)
        acceptance = Acceptance(
            project=project, unit=story.lead.unit, place_code=project.place_code, round=order, result=result, is_sample=True,
            statement=DONE_WELL if order == 1 else FIXED, submitted_by_id=story.lead.author_id,
        )  # fmt: skip
        acceptance.submitted_at = moment(on, 16)
        if result:
            decided = moment(min(on + timedelta(days=3), self.today - timedelta(days=1)), 10, 50)
            acceptance.decided_at, acceptance.decided_by_id = decided, officer.user_id
            acceptance.person_times, acceptance.version = story.served, 2
        if result == "rectify":
            acceptance.opinion, acceptance.rectify_due_on = TO_FIX, self.rectify_due(story, on)
        elif result:
            acceptance.opinion = FELL_SHORT if is_short else "同意验收。"
        items = [
            AcceptanceItem(
                acceptance=acceptance, target=line.target, outcome=line.outcome, is_met=line.is_met
            )
            for line in lines
        ]
        story.acceptances.append((acceptance, items))

    def rectify_due(self, story: Story, on: date) -> date:
        """Some that have to put something right are late."""
        return on + timedelta(days=7 if story.number % 3 == 0 else 14)

    # Writing

    def write(self, stories: list[Story]) -> None:
        claims = [one for story in stories for one in story.claims]
        sessions = [one for story in stories for one in story.sessions]
        extensions = [one for story in stories for one in story.extensions]
        acceptances = [one for story in stories for one, _ in story.acceptances]
        invitations = [one for story in stories for one in story.invitations]
        for story in stories:
            story.project.created_at = self.drafted_at(story)
        moments = {
            id(one): stamp_of(one) for one in [*claims, *sessions, *extensions, *acceptances, *invitations]
        }
        drafted = {story.project.pk: story.project.created_at for story in stories}
        ProjectClaim.objects.bulk_create(claims)
        Milestone.objects.bulk_create(one for story in stories for one in story.milestones)
        Session.objects.bulk_create(sessions)
        ProjectExtension.objects.bulk_create(extensions)
        Acceptance.objects.bulk_create(acceptances)
        AcceptanceItem.objects.bulk_create(
            item for story in stories for _, items in story.acceptances for item in items
        )
        ClaimInvitation.objects.bulk_create(invitations)
        reports = [one for story in stories for one in self.reports_of(story)]
        ProgressReport.objects.bulk_create(reports)
        for rows in (claims, sessions, extensions, acceptances, invitations):
            date_back(rows, moments)
        projects = [story.project for story in stories]
        for project in projects:
            project.created_at = drafted[project.pk]
        Project.objects.bulk_update(projects, ["created_at"])

    def drafted_at(self, story: Story) -> datetime:
        published = story.project.published_at
        if published:
            return published - timedelta(days=9)
        return moment(workday_before(self.today, 2 + story.number % 5), 10)

    def reports_of(self, story: Story) -> Iterator[ProgressReport]:
        """A sentence for every step done, and one on how it goes."""
        if not story.lead:
            return
        done = [one for one in story.milestones if one.done_on]
        for one in done:
            yield ProgressReport(
                project=story.project, claim=story.lead, milestone=one, text=f"完成里程碑：{one.title}", reported_on=one.done_on,
                author_id=story.lead.author_id,
            )  # fmt: skip
        if done:
            yield ProgressReport(
                project=story.project, claim=story.lead, text=KINDS[story.number % len(KINDS)][6], author_id=story.lead.author_id,
                reported_on=done[0].done_on - timedelta(days=3),
            )  # fmt: skip

    # The timeline

    def timeline(self, story: Story) -> Iterator[tuple]:
        project, officer, state = story.project, self.officer(story.project.place), story.state
        yield entry(project, "draft", "起草", officer, project.created_at, after="draft")
        if state == "draft":
            return
        submitted = project.created_at + timedelta(days=1 if state != "review" else 0, hours=2)
        yield entry(project, "submit", "提交审核", officer, submitted, before="draft", after="review")
        if state == "review":
            return
        yield entry(project, "publish", "发布", officer, project.published_at, before="review", after="open")
        for claim in story.claims:
            yield from self.claim_lines(story, claim, officer)
        if state == "unclaimed":
            at = moment(project.claim_due_on + timedelta(days=1), 0, 5)
            yield entry(project, "expire", "到期无人认领", SYSTEM, at, before="open", after="unclaimed")
        for row in story.invitations:
            yield from self.invitation_lines(row, officer)
        if state not in UNLED:
            yield entry(
                project,
                "fill",
                "认领已满",
                SYSTEM,
                story.claims[0].decided_at,
                before="open",
                after="claimed",
            )
        if story.began:
            yield from self.work_lines(story, officer)

    def claim_lines(self, story: Story, claim: ProjectClaim, officer: Actor) -> Iterator[tuple]:
        liaison, status = self.liaisons[claim.unit_id], claim.status
        yield entry(claim, "submit", "提交认领", liaison, claim.submitted_at, after="submitted")
        later = claim.submitted_at + timedelta(days=1)
        if status == "submitted":
            return
        if status == "withdrawn":
            yield entry(
                claim, "withdraw", "撤回", liaison, later, before="submitted", after=status, note=TAKEN_BACK
            )
            return
        yield entry(claim, "screen", "初审通过", officer, later, before="submitted", after="screened")
        if status == "standby":
            yield entry(
                claim, "standby", "列为候补", officer, claim.decided_at, before="screened", after=status
            )
        elif status == "rejected":
            yield entry(
                claim,
                "reject",
                "不采纳",
                officer,
                claim.decided_at,
                before="screened",
                after=status,
                note=REJECTED,
            )
        elif status in ("confirmed", "quit"):
            yield entry(
                claim, "confirm", "确认认领", officer, claim.decided_at, before="screened", after="confirmed"
            )
        if status == "quit" and claim is not story.lead:
            at = moment(claim.left_on, 16, 20)
            yield entry(
                claim, "quit", "退出项目", liaison, at, before="confirmed", after="quit", note=HANDOVER
            )
        elif status == "quit":
            at, note = moment(claim.left_on, 16, 20), f"项目已撤销：{TERMINATED}"
            yield entry(
                claim, "end", "项目已撤销，认领终止", SYSTEM, at, before="confirmed", after="quit", note=note
            )

    def invitation_lines(self, row: ClaimInvitation, officer: Actor) -> Iterator[tuple]:
        yield entry(row, "invite", "请单位认领", officer, row.created_at, after="invited", note=row.reason)
        at = row.created_at + timedelta(days=2)
        if row.status == "declined":
            liaison = self.liaisons[row.unit_id]
            yield entry(
                row, "decline", "婉拒", liaison, at, before="invited", after="declined", note=DECLINED
            )
        elif row.status == "accepted":
            liaison = self.liaisons[row.unit_id]
            yield entry(row, "accept", "同意认领", liaison, at, before="invited", after="accepted")
        elif row.status == "lapsed":
            at = moment(row.due_on + timedelta(days=1), 0, 8)
            yield entry(row, "lapse", "失效", SYSTEM, at, before="invited", after="lapsed")

    def work_lines(self, story: Story, officer: Actor) -> Iterator[tuple]:
        project, state, liaison = story.project, story.state, self.liaisons[story.lead.unit_id]
        yield entry(
            project, "start", "开始实施", officer, moment(story.began, 9), before="claimed", after="running"
        )
        for one in story.milestones:
            if one.done_on:
                yield entry(
                    project,
                    "milestone",
                    "完成里程碑",
                    liaison,
                    moment(one.done_on, 17),
                    note=f"{one.title}：{one.note}",
                )
        for row in story.extensions:
            yield from self.extension_lines(row, liaison, officer)
        if state == "suspended":
            yield entry(
                project,
                "suspend",
                "中止",
                officer,
                moment(story.ended, 15),
                before="running",
                after=state,
                note=SUSPENDED,
            )
        if state == "terminated":
            at = moment(story.ended, 16)
            yield entry(
                project, "terminate", "撤销项目", officer, at, before="running", after=state, note=TERMINATED
            )
        for acceptance, _ in story.acceptances:
            yield from self.acceptance_lines(acceptance, liaison, officer)
        if state in ACCEPTED[1:]:
            listed = moment(story.ended + timedelta(days=20), 10)
            yield entry(project, "enlist", "列入年度评议", officer, listed, before="done", after="to_review")
        if state in ACCEPTED[2:]:
            at, note = moment(story.ended + timedelta(days=40), 15), REVIEWED[story.number % 3]
            yield entry(
                project,
                "review",
                "登记评议结果",
                officer,
                at,
                before="to_review",
                after="reviewed",
                note=note,
            )
        if state == "archived":
            at = moment(story.ended + timedelta(days=60), 15)
            yield entry(project, "archive", "归档", officer, at, before="reviewed", after="archived")

    def extension_lines(self, row: ProjectExtension, liaison: Actor, officer: Actor) -> Iterator[tuple]:
        project = row.project
        yield entry(project, "ask_extension", "申请延期", liaison, row.submitted_at, note=row.reason)
        at = row.submitted_at + timedelta(days=1)
        if row.status == "approved":
            yield entry(row, "approve", "同意延期", officer, at, before="submitted", after="approved")
            yield entry(project, "change", "同意延期", officer, at)
        elif row.status == "rejected":
            yield entry(
                row,
                "reject",
                "不同意",
                officer,
                at,
                before="submitted",
                after="rejected",
                note=REFUSED_EXTENSION,
            )
            yield entry(project, "extension", "不同意延期", officer, at, note=REFUSED_EXTENSION)
        elif row.status == "withdrawn":
            yield entry(
                row,
                "withdraw",
                "撤回",
                liaison,
                at,
                before="submitted",
                after="withdrawn",
                note=WITHDRAWN_EXTENSION,
            )

    def acceptance_lines(self, row: Acceptance, liaison: Actor, officer: Actor) -> Iterator[tuple]:
        before = "running" if row.round == 1 else "fixing"
        yield entry(
            row.project,
            "hand_in",
            "提交验收",
            liaison,
            row.submitted_at,
            before=before,
            after="to_accept",
            note=row.statement,
        )
        found = {"passed": ("accept", "验收通过", "done"), "rectify": ("rectify", "要求整改", "fixing")}.get(
            row.result
        )
        if found:
            move, label, after = found
            yield entry(
                row.project,
                move,
                label,
                officer,
                row.decided_at,
                before="to_accept",
                after=after,
                note=row.opinion,
            )


STAMPED_ON_SUBMISSION = (ProjectClaim, ProjectExtension, Acceptance)


def stamp_field(row: Model) -> str:
    return "submitted_at" if isinstance(row, STAMPED_ON_SUBMISSION) else "created_at"


def stamp_of(row: Model) -> datetime:
    return getattr(row, stamp_field(row))


def date_back(rows: list, moments: dict[int, datetime]) -> None:
    """The database stamps what is written with now; this was written when it happened."""
    if rows:
        name = stamp_field(rows[0])
        for row in rows:
            setattr(row, name, moments[id(row)])
        type(rows[0]).objects.bulk_update(rows, [name], batch_size=500)
