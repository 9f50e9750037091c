"""Sessions of the sample that are under way: announced, over but not recorded, called off, waiting, sent back.

All go through the portal's own actions; what is confirmed stands in `wuhou.sample.regulars`.
"""

from datetime import date, time, timedelta
from decimal import Decimal

from core.actor import Actor
from core.roles import UNIT_SIDE
from projects.actions.sessions import announce_session, call_off_session, record_session, return_session
from projects.models import ProjectClaim, Session
from wuhou.sample.past import Diary, moment

HUANGMENJIE, GRID_WORKER = "community", "grid_worker"


class Sessions:
    """What the community, the units and the grid worker of 黉门街社区 have in hand."""

    def __init__(self, actors: dict[str, Actor], today: date):
        self.actors, self.today, self.diary = actors, today, Diary()
        self.community, self.grid_worker = actors[HUANGMENJIE], actors[GRID_WORKER]
        self.liaisons = {actor.unit_id: actor for actor in actors.values() if actor.role in UNIT_SIDE}

    def load(self) -> None:
        made = [*self.recorded(), *self.announced()]
        Session.objects.filter(pk__in=[session.pk for session in made]).update(is_sample=True)

    def claims(self) -> list[ProjectClaim]:
        """Regular projects of the community whose units somebody speaks for."""
        claims = ProjectClaim.objects.confirmed_leads().filter(
            project__place__code=self.community.place_code,
            project__status="running",
            project__is_regular=True,
            unit_id__in=self.liaisons,
        )
        return list(claims.select_related("project__place", "unit").order_by("pk"))

    def free_day(self, claim: ProjectClaim, ago: int) -> date:
        """The last day at least so many days ago on which the project held no session."""
        day = self.today - timedelta(days=ago)
        while Session.objects.filter(project=claim.project, held_on=day).exists():
            day -= timedelta(days=1)
        return day

    def recorded(self) -> list[Session]:
        """One waits for the community, one was entered by the grid worker, one was sent back."""
        claims, made = self.claims()[:3], []
        actors = [self.liaisons[claim.unit_id] for claim in claims]
        actors[1:2] = [self.grid_worker]
        for number, (claim, actor) in enumerate(zip(claims, actors, strict=True)):
            session = record_session(
                claim=claim, held_on=self.free_day(claim, number + 1), starts_at=time(15), ends_at=time(17), venue="社区党群服务中心",
                summary="现场服务居民。", person_times=40 + 10 * number, volunteers=4, volunteer_hours=Decimal(8), actor=actor,
            )  # fmt: skip
            made.append(session)
        for session in made[2:]:
            return_session(session=session, note="请写明服务地点。", actor=self.community)
        return made

    def announced(self) -> list[Session]:
        """One is to come, one is over and waits for its result, one was called off."""
        made = []
        claims = self.claims()
        for number in range(3):
            claim = claims[-1 - number % len(claims)]
            session = announce_session(
                claim=claim, held_on=self.today + timedelta(days=4 + number), starts_at=time(9, 30), ends_at=time(11, 30),
                venue="社区党群服务中心一楼", summary="现场服务居民，欢迎参加。", actor=self.liaisons[claim.unit_id],
            )  # fmt: skip
            made.append(session)
        for session in made[1:2]:
            self.hold(session)
        for session in made[2:]:
            call_off_session(
                session=session, note="场地临时检修，改期再办。", actor=self.liaisons[session.unit_id]
            )
        return made

    def hold(self, session: Session) -> None:
        """It was announced a week ago for a day that is over now."""
        day = self.free_day(session.claim, 1)
        announced_at = moment(day - timedelta(days=7), 9)
        self.diary.date(announced_at, session)
        Session.objects.filter(pk=session.pk).update(held_on=day, created_at=announced_at)
