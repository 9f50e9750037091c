"""The regular projects of the sample and their sessions: 412 projects, 151,200 person-times in each of two years.

How many in which subdistrict says `sample/totals.csv` (domain.md §6.2). Every session was recorded by the unit that leads
the project and confirmed by the staff of the place, so the yearly figures are sums of confirmed sessions and nothing else.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from django.db.models import F, Sum

from core.actor import Actor
from core.models import NumberSequence
from projects.actions.project import LEVEL_WORD
from projects.models import Project, ProjectClaim, ProjectYear, Session, SessionEvaluation
from units.models import Division, Unit
from wuhou.sample.past import entry, moment, workday_before, write_past

SEED = 510107_15
TOTALS = Path(__file__).resolve().parent.parent.parent / "sample" / "totals.csv"
# Above this a session needs evidence; see `projects.models.sessions`.
SHEET_ABOVE = 200
# (theme, domain, name, what is done, what a session brought)
KINDS = (
    ("residents", "health", "院落义诊月月行", "每月到院落量血压、测血糖、看口腔，建随访名单。", "现场看诊和用药指导。"),
    ("residents", "convenience", "家电义修日", "小家电、门锁、水管免费检修，只收零件费。", "检修小家电和水电。"),
    ("community", "safety_patrol", "“红袖套”夜巡", "居民和单位职工一起夜间巡逻，排查隐患。", "夜间巡逻，排查楼道隐患。"),
    ("residents", "elderly", "独居老人敲门行动", "结对独居老人，每周敲门问候，代办代送。", "上门问候，代买代送。"),
    ("residents", "employment", "再就业技能培训", "直播、收银、家政等短期培训，结业推荐岗位。", "技能培训和岗位推荐。"),
    ("residents", "children", "四点半课堂", "放学后作业辅导、阅读和手工。", "作业辅导和绘本阅读。"),
    ("residents", "law", "法律驿站周三见", "律师坐班解答物业、劳动、婚姻问题。", "解答法律咨询。"),
    ("community", "environment", "垃圾分类先锋岗", "早晚高峰在投放点引导分类。", "引导分类投放。"),
    ("residents", "culture", "健身团课", "八段锦、太极和广场舞公益课。", "公益健身课。"),
    ("residents", "education", "青少年科普研学", "科研人员带孩子动手做实验、参观实验室。", "科普实验和参观。"),
    ("community", "safety", "反诈课堂", "演示常见骗局，帮老人设置来电防护。", "反诈宣讲和手机设置。"),
    ("residents", "disabled", "残疾人就业手工坊", "手工技能培训和产品义卖。", "手工培训。"),
    ("members", "education", "流动党员学习日", "为流动党员开放阵地，集中学习交流。", "集中学习交流。"),
    ("residents", "convenience", "新就业群体歇脚点", "快递、外卖、网约车从业者喝水、充电、歇脚。", "提供饮水、充电和休息。"),
)  # fmt: skip


@dataclass(frozen=True)
class Quota:
    """What one subdistrict brings to the totals."""

    code: str
    projects: int
    person_times: int


def read_quotas() -> list[Quota]:
    with TOTALS.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["code"]]
    return [Quota(row["code"], int(row["regular_projects"]), int(row["person_times"])) for row in rows]


def split(total: int, parts: int, rng: Random) -> list[int]:
    """Whole numbers above zero that add up to ``total``, none much larger than the others."""
    weights = [rng.uniform(0.5, 1.6) for _ in range(parts)]
    shares = [max(1, int(total * weight / sum(weights))) for weight in weights]
    shares[shares.index(max(shares))] += total - sum(shares)
    return shares


class Regulars:
    """Makes the regular projects as of one day, as if they had been claimed and carried out one by one."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.today, self.rng = today, Random(SEED)  # nosec B311
        self.members = units
        self.liaisons = {actor.unit_id: actor for actor in actors.values() if actor.unit_id}
        self.subdistricts = {
            actor.place_code: actor for actor in actors.values() if actor.role == "subdistrict"
        }
        self.communities: dict[str, list[Division]] = {}
        for place in Division.objects.filter(level="community", valid_to=None).order_by("code"):
            self.communities.setdefault(place.code[:9], []).append(place)
        self.lines: list[tuple] = []

    def load(self) -> None:
        projects = [project for quota in read_quotas() for project in self.projects_of(quota)]
        Project.objects.bulk_create(projects)
        claims = ProjectClaim.objects.bulk_create([self.claim_of(project) for project in projects])
        ProjectYear.objects.bulk_create(
            ProjectYear(project=project, year=year, expected_person_times=project.expected_person_times)
            for project in projects
            for year in self.years()
        )
        sessions = Session.objects.bulk_create(list(self.sessions(claims)), batch_size=1000)
        SessionEvaluation.objects.bulk_create(list(self.evaluations(sessions)), batch_size=2000)
        for claim in claims:
            self.lines += self.timeline(claim)
        write_past(self.lines)
        self.date_back(projects)

    def date_back(self, projects: list[Project]) -> None:
        """The database stamps what is written with now; this was written when it happened."""
        mine = [project.pk for project in projects]
        Project.objects.filter(pk__in=mine).update(created_at=F("published_at") - timedelta(days=20))
        ProjectClaim.objects.filter(project__in=mine).update(
            submitted_at=F("decided_at") - timedelta(days=10)
        )
        sessions = Session.objects.filter(project__in=mine)
        sessions.update(created_at=F("confirmed_at") - timedelta(days=1))
        # Confirmed the same or the next day: entered shortly before.
        late = sessions.filter(confirmed_at__date__lte=F("held_on") + timedelta(days=1))
        late.update(created_at=F("confirmed_at") - timedelta(minutes=20))

    def years(self) -> tuple[int, int]:
        return self.today.year - 1, self.today.year

    # Projects and who leads them

    def projects_of(self, quota: Quota) -> Iterator[Project]:
        """As many as the subdistrict lacks beside the examples that are told in full elsewhere."""
        there = Project.objects.under(quota.code).filter(is_regular=True).count()
        series = NumberSequence.objects.get_or_create(name=f"project:{quota.code}:{self.today.year - 2}")[0]
        where = LEVEL_WORD.sub("", Division.objects.get(code=quota.code).name)
        places = self.communities[quota.code]
        for number in range(quota.projects - there):
            turn, position = divmod(number, len(places))
            place = places[position]
            # Each round gives a community a kind it has not had.
            theme, domain, name, summary, _ = KINDS[(turn + position) % len(KINDS)]
            begun = date(self.today.year - 2, 9, 1) + timedelta(days=self.rng.randrange(90))
            series.last += 1
            yield Project(
                number=f"XM-{self.today.year - 2}-{where}-{series.last:04}",
                title=f"{place.name.removesuffix('社区')}{name}",
                summary=summary, theme=theme, domain=domain, term="long", is_regular=True, place=place, place_code=place.code,
                start_on=begun, end_on=date(self.today.year + 1, 12, 31), started_on=begun, claim_due_on=begun - timedelta(days=5),
                expected_person_times=quota.person_times // quota.projects, volunteers_needed=self.rng.randint(2, 8),
                target_group="辖区居民", status=Project.Status.RUNNING, author_id=self.officer(place).user_id,
                published_at=moment(workday_before(begun, 40), 9, 30), version=5, is_sample=True,
            )  # fmt: skip
        series.save()

    def officer(self, place: Division) -> Actor:
        return self.subdistricts[place.code[:9]]

    def claim_of(self, project: Project) -> ProjectClaim:
        """Mostly a member unit from near by, else any of them."""
        near = [unit for unit in self.members if unit.place_code[:9] == project.place_code[:9]]
        unit = self.rng.choice(near if near and self.rng.random() < 0.7 else self.members)
        liaison = self.liaisons.get(unit.pk)
        return ProjectClaim(
            project=project, unit=unit, place_code=project.place_code, kind="lead", slot=1, status="confirmed",
            plan="按月安排，固定人员。", headcount=self.rng.randint(3, 12), contact=liaison.name if liaison else "",
            author_id=liaison.user_id if liaison else None, decided_at=moment(workday_before(project.start_on, 10), 15, 40),
            version=3,
        )  # fmt: skip

    # Sessions

    def sessions(self, claims: list[ProjectClaim]) -> Iterator[Session]:
        for year in self.years():
            for quota in read_quotas():
                mine = [claim for claim in claims if claim.place_code.startswith(quota.code)]
                left = quota.person_times - self.served_already(quota.code, year)
                for claim, share in zip(mine, split(left, len(mine), self.rng), strict=True):
                    yield from self.sessions_of(claim, year, share)

    def served_already(self, code: str, year: int) -> int:
        """Person-times of the examples that are told in full elsewhere."""
        rows = Session.objects.under(code).confirmed().filter(held_on__year=year)
        return rows.aggregate(number=Sum("person_times"))["number"] or 0

    def sessions_of(self, claim: ProjectClaim, year: int, person_times: int) -> Iterator[Session]:
        """Two to six a year on different days, all over when the day begins, together exactly ``person_times``."""
        last = min(self.last_day(year), date(year, 12, 31))
        days = (last - date(year, 1, 1)).days + 1
        number = min(self.rng.randint(2, 6), days)
        shares = split(person_times, number, self.rng)
        for offset, share in zip(sorted(self.rng.sample(range(days), number)), shares, strict=True):
            yield self.session(claim, date(year, 1, 1) + timedelta(days=offset), share)

    def last_day(self, year: int) -> date:
        """Yesterday: whatever the clock says, it is over. On New Year's Day the year has no other day than today."""
        return max(self.today - timedelta(days=1), date(year, 1, 1))

    def confirmed_at(self, held_on: date) -> datetime:
        """Two days after it was held, or as soon after it as is not later than the sample itself."""
        if held_on == self.today:
            return moment(held_on, 0)
        day = min(held_on + timedelta(days=2), self.today - timedelta(days=1))
        return moment(day, 10, 30) if day > held_on else moment(day, 21, 30)

    def session(self, claim: ProjectClaim, held_on: date, person_times: int) -> Session:
        place = claim.project.place
        start = self.rng.choice((9, 10, 14, 15, 18))
        hours = {} if held_on == self.today else {"starts_at": time(start), "ends_at": time(start + 2)}
        volunteers = self.rng.randint(2, 10)
        told = next(kind[4] for kind in KINDS if kind[1] == claim.project.domain)
        return Session(
            project=claim.project, claim=claim, unit=claim.unit, place=place, place_code=place.code, held_on=held_on,
            **hours, venue=f"{place.name}党群服务中心", summary=told,
            person_times=person_times, evidence="sign_in_sheet" if person_times > SHEET_ABOVE else "",
            volunteers=volunteers, volunteer_hours=2 * volunteers, evaluation_code=f"{self.rng.getrandbits(40):010x}",
            status=Session.Status.CONFIRMED, author_id=claim.author_id, verifier_id=self.officer(place).user_id,
            confirmed_at=self.confirmed_at(held_on), version=2, is_sample=True,
        )  # fmt: skip

    def evaluations(self, sessions: list[Session]) -> Iterator[SessionEvaluation]:
        """Some of those served said how it was, in every fifth session of this year."""
        options = ("satisfied",) * 17 + ("fairly",) * 2 + ("dissatisfied",)
        for session in sessions[::5]:
            if session.held_on.year == self.today.year:
                for _ in range(min(self.rng.randint(6, 14), session.person_times)):
                    yield SessionEvaluation(
                        session=session,
                        voter=f"{self.rng.getrandbits(256):064x}",
                        option=self.rng.choice(options),
                    )

    def timeline(self, claim: ProjectClaim) -> Iterator[tuple]:
        project, officer = claim.project, self.officer(claim.project.place)
        liaison = self.liaisons.get(claim.unit_id, officer)
        day = project.start_on
        yield entry(project, "publish", "发布", officer, project.published_at, before="review", after="open")
        yield entry(
            claim, "submit", "提交认领", liaison, moment(workday_before(day, 20), 14), after="submitted"
        )
        yield entry(
            claim, "confirm", "确认认领", officer, claim.decided_at, before="screened", after="confirmed"
        )
        yield entry(project, "start", "开始实施", officer, moment(day, 9), before="claimed", after="running")
