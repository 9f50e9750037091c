"""The work on the regular projects of the sample: steps and reports of this year, and each past year summed up and reviewed.

Written in bulk after `wuhou.sample.regulars`; nothing here changes how many projects or person-times there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.db.models import Sum

from core.actor import Actor
from projects.models import Milestone, ProgressReport, ProjectClaim, ProjectYear, Session
from units.models import Unit
from wuhou.sample.past import entry, moment, write_past

SEED = 510107_25
# Every fourth regular project has steps of this year and says how it goes.
EVERY = 4
STEPS = ((3, "一季度活动"), (6, "半年小结"), (9, "三季度活动"), (12, "全年总结"))
REPORTS = (
    "本季度按计划开展，参加的居民比上季度多。",
    "换了一处场地，离公交站更近，老人来得方便。",
    "新来三位志愿者，培训后上岗。",
    "居民建议改到周末，下月起试行。",
    "和邻近社区合办一次，效果好。",
)
SUMMARIES = (
    "全年按月开展，固定了场地和人员，居民满意。",
    "活动逐月开展，重点服务高龄和独居老人，建立了随访名单。",
    "上半年场地调整少办一次，下半年补上，全年达到预期。",
    "与两个社区共享师资，参加人数比上年多一成。",
)
SHORT_OF = "人次没有达到预计，活动质量好，同意通过，明年增加场次。"
RESULTS = (
    "满意：有效票 36，满意 30，基本满意 5",
    "满意：有效票 42，满意 33，基本满意 7",
    "基本满意：有效票 40，满意 21，基本满意 14",
)


@dataclass(frozen=True)
class Days:
    """When a year was summed up, accepted and reviewed, and when its results were due."""

    concluded: date
    accepted: date
    listed: date
    reviewed: date


class Work:
    """Tells of the work on the regular projects as of one day."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.today, self.rng = today, Random(SEED)  # nosec B311
        self.liaisons = {actor.unit_id: actor for actor in actors.values() if actor.unit_id}
        self.officers = {actor.place_code: actor for actor in actors.values() if actor.role == "subdistrict"}
        self.lines: list[tuple] = []

    def load(self) -> None:
        leads = ProjectClaim.objects.confirmed_leads().filter(
            project__is_sample=True, project__is_regular=True, project__status="running"
        )
        claims = list(leads.select_related("project").order_by("pk"))
        told = claims[::EVERY]
        Milestone.objects.bulk_create(self.steps_of(told))
        ProgressReport.objects.bulk_create(self.reports_of(told))
        self.sum_up({claim.project_id: claim for claim in claims})
        write_past(self.lines)

    def steps_of(self, claims: list[ProjectClaim]) -> Iterator[Milestone]:
        """Four steps a year; what is over is done, one in eight late, one in ten not yet."""
        for number, claim in enumerate(claims):
            for month, title in STEPS:
                due = date(self.today.year, month, 20)
                row = Milestone(project=claim.project, title=f"{self.today.year}年{title}", due_on=due)
                is_missing = number % 10 == 7 and due + timedelta(days=80) > self.today
                if due < self.today and not is_missing:
                    days = 4 if number % 8 == 2 else -number % 6
                    row.done_on = min(due + timedelta(days=days), self.today - timedelta(days=1))
                    row.note = "按计划完成。"
                    at = moment(row.done_on, 17)
                    note = f"{row.title}：{row.note}"
                    self.lines.append(
                        entry(claim.project, "milestone", "完成里程碑", self.unit_of(claim), at, note=note)
                    )
                yield row

    def unit_of(self, claim: ProjectClaim) -> Actor:
        return self.liaisons.get(claim.unit_id) or self.officer(claim.place_code)

    def officer(self, code: str) -> Actor:
        return self.officers[code[:9]]

    def reports_of(self, claims: list[ProjectClaim]) -> Iterator[ProgressReport]:
        """Two or three sentences over the past half year."""
        for number, claim in enumerate(claims):
            for position in range(2 + number % 2):
                day = self.today - timedelta(days=12 + 55 * position + number % 9)
                text = REPORTS[(number + position) % len(REPORTS)]
                yield ProgressReport(
                    project=claim.project, claim=claim, text=text, reported_on=day, author_id=claim.author_id
                )
                self.lines.append(
                    entry(
                        claim.project, "progress", "填报进展", self.unit_of(claim), moment(day, 16), note=text
                    )
                )

    # Years

    def sum_up(self, claims: dict[int, ProjectClaim]) -> None:
        """Each year that is to be summed up, as far as it has come: mostly reviewed, some still on the way."""
        last = self.today.year if self.today >= date(self.today.year, 12, 8) else self.today.year - 1
        years = list(
            ProjectYear.objects.filter(project__in=claims, year__lte=last).order_by("project_id", "year")
        )
        served = self.served_in(years)
        for number, year in enumerate(years):
            claim = claims[year.project_id]
            year.project = claim.project
            self.bring_on(year, number, claim, served.get((year.project_id, year.year), 0))
        fields = [
            "status",
            "summary",
            "author",
            "concluded_on",
            "opinion",
            "person_times",
            "accepted_on",
            "review_result",
            "version",
        ]
        ProjectYear.objects.bulk_create(
            years, update_conflicts=True, unique_fields=["id"], update_fields=fields
        )

    def served_in(self, years: list[ProjectYear]) -> dict[tuple[int, int], int]:
        held = Session.objects.confirmed().filter(project__in={year.project_id for year in years})
        rows = held.order_by().values_list("project_id", "held_on__year").annotate(number=Sum("person_times"))
        return {(project, year): number for project, year, number in rows}

    def days_of(self, year: int, number: int) -> Days:
        concluded = date(year, 12, 1) + timedelta(days=number % 7)
        accepted = concluded + timedelta(days=4 + number % 6)
        listed = max(accepted + timedelta(days=1), date(year, 12, 10))
        return Days(concluded, accepted, listed, date(year + 1, 1, 8) + timedelta(days=number % 18))

    def bring_on(self, year: ProjectYear, number: int, claim: ProjectClaim, served: int) -> None:
        """One in forty was not summed up, one in forty not accepted, one in twenty waits for its result."""
        days, unit, officer = (
            self.days_of(year.year, number),
            self.unit_of(claim),
            self.officer(claim.place_code),
        )
        stuck = {3: 0, 11: 1, 17: 2, 29: 2}.get(number % 40, 4)
        before = [days.concluded, days.accepted, days.listed, days.reviewed]
        reached = min(stuck, sum(day < self.today for day in before))
        if reached >= 1:
            year.status, year.summary = "concluded", SUMMARIES[number % len(SUMMARIES)]
            year.concluded_on, year.author_id, year.version = days.concluded, claim.author_id, 2
            self.note(year, "conclude", "写年度小结", unit, days.concluded, "open", year.summary)
        if reached >= 2:
            year.status, year.accepted_on, year.person_times, year.version = (
                "accepted",
                days.accepted,
                served,
                3,
            )
            year.opinion = SHORT_OF if served < year.expected_person_times else "同意。"
            self.note(year, "accept", "年度验收通过", officer, days.accepted, "concluded", year.opinion)
        if reached >= 3 or (reached == 2 and days.listed < self.today):
            year.status, year.version = "to_review", 4
            self.note(year, "enlist", "列入年度评议", officer, days.listed, "accepted")
        if reached >= 4:
            year.status, year.review_result, year.version = "reviewed", RESULTS[number % len(RESULTS)], 5
            self.note(
                year, "review", "登记年度评议结果", officer, days.reviewed, "to_review", year.review_result
            )

    def note(
        self, year: ProjectYear, move: str, label: str, actor: Actor, on: date, before: str, note: str = ""
    ) -> None:
        """One line in the timeline of the year, one in the project's, which people read."""
        at = moment(on, 15, 30)
        self.lines.append(entry(year, move, label, actor, at, before=before, after=year.status, note=note))
        self.lines.append(
            entry(year.project, f"year_{move}", f"{year.year}年度：{label}", actor, at, note=note)
        )
