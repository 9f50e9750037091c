"""The 24 example projects (domain.md §6.4) in every state they can be in, claims and messages included."""

from datetime import date, timedelta

from core.actor import Actor
from core.clock import today as local_today
from projects.actions import (
    close_expired_claims,
    confirm_claim,
    draft_project,
    publish_project,
    reject_claim,
    return_project,
    screen_claim,
    standby_claim,
    submit_claim,
    submit_project,
    terminate_project,
)
from projects.actions.project import earliest_deadline
from projects.models import Project, ProjectClaim
from units.models import Division, Unit
from wuhou.sample.examples import DISTRICT, EXAMPLES, JINYANG, Example, Offer
from wuhou.sample.past import Diary, moment, workday_before

REJECTED = "邻里节不设商业摊位，欢迎改为公益服务。"
RETURNED = "请补充两个院落的户数和已同意的比例。"
TERMINATED = "汛期已过，明年汛前重新发布。"


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
        start = self.today - timedelta(days=example.age)
        end = self.today + timedelta(days=400 if example.term == "long" else 120)
        project = draft_project(
            place=self.places[community.place_code], title=example.title, summary=example.summary, theme=example.theme,
            domain=example.domain, term=example.term, is_regular=example.term == "long", start_on=start, end_on=end,
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
        project = publish_project(project=project, actor=above)
        self.diary.date(at, project)
        for offer in example.offers:
            self.claim(example, project, offer, community, above)
        if example.state == "terminated":
            project = terminate_project(project=project, note=TERMINATED, actor=above)
            self.diary.date(moment(workday_before(self.today, 40), 16), project)
        due_on = self.today + timedelta(days=example.due)
        Project.objects.filter(pk=project.pk).update(published_at=at, claim_due_on=due_on)
        if example.state == "unclaimed":
            close_expired_claims(today=self.today)
            self.diary.date(moment(due_on + timedelta(days=1), 0, 5), project)

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
