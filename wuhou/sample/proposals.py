"""Projects that units propose (domain.md §3, R4 and R6): one waits for its community, one came back with words."""

from datetime import date, timedelta

from core.actor import Actor
from projects.actions.project import draft_project, earliest_deadline, proposal_places
from projects.actions.proposals import hand_back_proposal, propose_project
from projects.models import Project
from units.models import Unit
from wuhou.sample.past import Diary, moment, workday_before

WAITING = {
    "title": "邻里互助照护员培训",
    "summary": "由本机构社工带教，培训20名居民成为邻里照护员，结业后与独居老人结对。",
    "domain": "elderly",
    "volunteers_needed": 6,
    "expected_person_times": 240,
}
HANDED_BACK = {
    "title": "企业开放日进校园",
    "summary": "组织中小学生参观物业智慧中控室，讲解用电用气安全。",
    "domain": "children",
    "volunteers_needed": 4,
    "expected_person_times": 80,
}
ADVICE = "请与学校商定时间和人数，写明接送和安全安排后再提交。"


class Proposals:
    """Taken through the portal's own actions; handed in some workdays ago."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.units = {unit.pk: unit for unit in units}
        self.actors, self.today, self.diary = actors, today, Diary()

    def load(self) -> None:
        self.propose(self.actors["social_org"], WAITING, 2)
        project = self.propose(self.actors["liaison"], HANDED_BACK, 6)
        hand_back_proposal(project=project, note=ADVICE, actor=self.staff_of(project))
        self.diary.date(moment(workday_before(self.today, 3), 16), project)

    def staff_of(self, project: Project) -> Actor:
        return next(
            actor
            for actor in self.actors.values()
            if actor.role == "community" and actor.place_code == project.place_code
        )

    def propose(self, actor: Actor, told: dict, ago: int) -> Project:
        due = earliest_deadline(self.today)
        project = draft_project(
            place=proposal_places(actor)[0], theme=Project.Theme.RESIDENTS, term=Project.Term.SHORT,
            start_on=due + timedelta(days=7), end_on=due + timedelta(days=120), claim_due_on=due,
            is_led_by_proposer=True, actor=actor, **told,
        )  # fmt: skip
        project = propose_project(project=project, actor=actor)
        at = moment(workday_before(self.today, ago), 10, 15)
        self.diary.date(at, project)
        Project.objects.filter(pk=project.pk).update(is_sample=True, created_at=at, proposed_at=at)
        project.refresh_from_db()
        return project
