"""The 24 example projects (domain.md §6.4) in every state they can be in, claims and messages included."""

from datetime import date, time, timedelta

from core.actor import Actor
from core.clock import today as local_today
from projects.actions import (
    accept_project,
    archive_project,
    close_expired_claims,
    confirm_claim,
    draft_project,
    hand_in_project,
    list_project,
    publish_project,
    rectify_project,
    reject_claim,
    return_project,
    review_project,
    screen_claim,
    standby_claim,
    start_project,
    submit_claim,
    submit_project,
    suspend_project,
    terminate_project,
)
from projects.actions.project import earliest_deadline
from projects.models import Project, ProjectClaim, Session
from units.models import Division, Unit
from wuhou.sample.examples import DISTRICT, EXAMPLES, JINYANG, Example, Offer
from wuhou.sample.past import Diary, moment, workday_before

REJECTED = "邻里节不设商业摊位，欢迎改为公益服务。"
RETURNED = "请补充两个院落的户数和已同意的比例。"
TERMINATED = "汛期已过，明年汛前重新发布。"
SUSPENDED = "学校放假，开学后恢复。"
FINISHED = "按计划全部完成，居民反映良好。"
TO_FIX = "请补齐两个院落的名单和随访记录。"
REVIEWED = "评议为满意：有效票 36，满意 30，基本满意 5。"
# How far each state of a claimed project has come.
STEPS = {
    "suspended": ("start", "suspend"),
    "to_accept": ("start", "hand_in"),
    "fixing": ("start", "hand_in", "rectify"),
    "done": ("start", "hand_in", "accept"),
    "to_review": ("start", "hand_in", "accept", "enlist"),
    "reviewed": ("start", "hand_in", "accept", "enlist", "review"),
    "archived": ("start", "hand_in", "accept", "enlist", "review", "archive"),
}


def is_carried_on(example: Example) -> bool:
    """Regular is what somebody carries on year by year."""
    return (example.term, example.state) == ("long", "claimed")


class Projects:
    """Takes each example through the portal's own actions, each step on its day."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.units = {unit.name: unit for unit in units}
        self.actors, self.today = actors, today
        self.liaisons = {
            actor.unit_id: actor
            for name, actor in actors.items()
            if actor.unit_id and name.startswith("liaison")
        }
        self.subdistricts = {
            actor.place_code: actor for actor in actors.values() if actor.role == "subdistrict"
        }
        self.places = {place.code: place for place in self.find_places()}
        self.diary = Diary()

    def find_places(self):
        return Division.objects.filter(
            code__in=[actor.place_code for actor in self.actors.values() if actor.place_code]
        )

    def load(self) -> None:
        for example in EXAMPLES:
            self.load_one(example)

    def load_one(self, example: Example) -> None:
        community = self.actors[example.at]
        above = (
            self.actors[DISTRICT] if example.at == JINYANG else self.subdistricts[community.place_code[:9]]
        )
        project = self.draft(example, community)
        if example.state == "draft":
            return
        project = submit_project(project=project, actor=community)
        self.diary.date(moment(workday_before(self.today, example.age), 11), project)
        if example.state == "returned":
            project = return_project(project=project, note=RETURNED, actor=above)
            self.diary.date(moment(workday_before(self.today, example.age - 1), 15), project)
        elif example.state != "review":
            self.publish(example, project, community, above)

    def draft(self, example: Example, community: Actor) -> Project:
        end = self.today + timedelta(days=400 if example.term == "long" else 120)
        project = draft_project(
            place=self.places[community.place_code], title=example.title, summary=example.summary, theme=example.theme,
            domain=example.domain, term=example.term, is_regular=is_carried_on(example), start_on=self.deadline(example), end_on=end,
            claim_mode=example.mode, lead_places=example.lead_places, expected_person_times=example.person_times,
            volunteers_needed=example.volunteers, claim_due_on=self.deadline(example), actor=community,
        )  # fmt: skip
        at = moment(workday_before(self.today, example.age + 2), 10)
        Project.objects.filter(pk=project.pk).update(is_sample=True, created_at=at)
        self.diary.date(at, project)
        return project

    def deadline(self, example: Example) -> date:
        """What was asked for at first: never earlier than the rule allows."""
        return max(earliest_deadline(local_today()), self.today + timedelta(days=example.due))

    def publish(self, example: Example, project: Project, community: Actor, above: Actor) -> None:
        at = moment(workday_before(self.today, example.age - 2), 9, 30)
        project = publish_project(project=project, is_cleared=True, actor=above)
        self.diary.date(at, project)
        for offer in example.offers:
            self.claim(example, project, offer, community, above)
        if example.state == "terminated":
            project = terminate_project(project=project, note=TERMINATED, actor=above)
            self.diary.date(moment(workday_before(self.today, 40), 16), project)
        due_on = self.today + timedelta(days=example.due)
        began = self.today - timedelta(days=example.age)
        Project.objects.filter(pk=project.pk).update(
            published_at=at, cleared_at=at, claim_due_on=due_on, start_on=began
        )
        if example.state == "unclaimed":
            close_expired_claims(today=self.today)
            self.diary.date(moment(due_on + timedelta(days=1), 0, 5), project)
        if example.state in STEPS:
            self.carry_out(example, project, community, above)

    def carry_out(self, example: Example, project: Project, community: Actor, above: Actor) -> None:
        """From the first day of work to where it stands now, each step on a day between then and today."""
        steps = STEPS[example.state]
        claim = project.claims.confirmed_leads().select_related("unit", "project__place").get()
        unit = self.liaisons[claim.unit_id]
        done = {
            "start": lambda row: start_project(project=row, actor=community),
            "suspend": lambda row: suspend_project(project=row, note=SUSPENDED, actor=community),
            "hand_in": lambda row: hand_in_project(project=row, statement=FINISHED, actor=unit),
            "rectify": lambda row: rectify_project(project=row, note=TO_FIX, actor=community),
            "accept": lambda row: accept_project(project=row, note="同意验收。", actor=community),
            "enlist": lambda row: list_project(project=row, actor=above),
            "review": lambda row: review_project(project=row, note=REVIEWED, actor=above),
            "archive": lambda row: archive_project(project=row, actor=above),
        }
        began = workday_before(self.today, example.age // 2)
        for number, step in enumerate(steps):
            if step == "hand_in":
                self.hold_sessions(claim, example, began, community)
            project = done[step](project)
            day = workday_before(self.today, example.age // 2 * (len(steps) - number) // len(steps))
            self.diary.date(moment(day, 15, 20), project)
            if step == "start":
                Project.objects.filter(pk=project.pk).update(started_on=day)
            if step == "accept":
                Project.objects.filter(pk=project.pk).update(completed_on=day)
            project.refresh_from_db()

    def hold_sessions(self, claim: ProjectClaim, example: Example, began: date, community: Actor) -> None:
        """Two confirmed sessions that together served as many as were expected."""
        half = example.person_times // 2
        for number, person_times in enumerate((half, example.person_times - half)):
            day = began + timedelta(days=3 + 7 * number)
            Session.objects.create(
                project=claim.project, claim=claim, unit=claim.unit, place=claim.project.place, held_on=day, starts_at=time(9 + number),
                summary=claim.project.summary[:60], person_times=person_times, volunteers=4, volunteer_hours=8,
                evaluation_code=f"{claim.pk:06x}{number:04x}", status=Session.Status.CONFIRMED, author_id=claim.author_id,
                verifier_id=community.user_id, confirmed_at=moment(day + timedelta(days=1), 10), is_sample=True,
            )  # fmt: skip

    def claim(self, example: Example, project: Project, offer: Offer, community: Actor, above: Actor) -> None:
        """Take a claim as far as it has come: days between publication and today, in thirds."""
        unit = self.units[offer.unit]
        days = [max(round(example.age * share), 1) for share in (0.5, 0.3, 0.2)]
        steps = {
            "screened": [(screen_claim, "", community)],
            "confirmed": [(screen_claim, "", community), (confirm_claim, "", above)],
            "standby": [(screen_claim, "", community), (standby_claim, "", above)],
            "rejected": [(reject_claim, REJECTED, community)],
        }.get(offer.end, [])
        claim = submit_claim(
            project=project,
            unit=unit,
            kind=offer.kind,
            plan=offer.plan,
            headcount=offer.headcount,
            actor=self.liaisons[unit.pk],
        )
        submitted = moment(workday_before(self.today, days[0]), 14, 10)
        self.diary.date(submitted, claim, project)
        ProjectClaim.objects.filter(pk=claim.pk).update(submitted_at=submitted)
        for (action, note, actor), ago in zip(steps, days[1:], strict=False):
            at = moment(workday_before(self.today, ago), 15, 40)
            claim = action(claim=claim, note=note, actor=actor)
            self.diary.date(at, claim, project)
            if claim.decided_at:
                ProjectClaim.objects.filter(pk=claim.pk).update(decided_at=at)
