"""Reads over sessions: where a unit may record them, what they add up to, and what those served said of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from core.actor import Actor
from core.codes import under
from core.components import number_text, percent_text
from core.roles import STAFF, UNIT_SIDE, Role
from projects.models import Project, ProjectClaim, Session, SessionEvaluation
from projects.models.sessions import SMALLEST_GROUP
from units.indicators.territory import Place, Territory
from units.models import Division

# Levels a session may be held at inside a place of the project.
HELD_AT = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
TOO_FEW = f"人数太少（不足 {SMALLEST_GROUP} 份），不单独显示"
MOST_COMMENTS = 100
LATEST = 5

Option = SessionEvaluation.Option


# Recording


def place_codes_of(projects: Iterable[Project]) -> set[str]:
    """The codes of all places the projects are carried out at."""
    found = list(projects)
    more = Project.more_places.through.objects.filter(project__in=found).values_list(
        "division__code", flat=True
    )
    return {project.place_code for project in found} | set(more)


def places_of(projects: Iterable[Project]) -> QuerySet[Division]:
    """Where sessions of the projects may be held: their places and the communities inside."""
    codes = place_codes_of(projects)
    inside = Q(code__in=codes)
    for code in codes:
        inside |= under(code, "code") & Q(level__in=HELD_AT)
    return Division.objects.filter(inside).order_by("code")


def recordable_claims(actor: Actor) -> QuerySet[ProjectClaim]:
    """Confirmed claims of projects at work: the unit's own, for a grid worker those in the own community.

    The one decided last is on top.
    """
    return claims_at_work(actor, Session.PROJECTS_AT_WORK)


def announceable_claims(actor: Actor) -> QuerySet[ProjectClaim]:
    """The unit's confirmed claims of which it may announce sessions, also of work about to begin."""
    claims = claims_at_work(actor, Session.PROJECTS_TO_COME)
    return claims if actor.role in UNIT_SIDE else claims.none()


def claims_at_work(actor: Actor, statuses: Iterable[str]) -> QuerySet[ProjectClaim]:
    claims = ProjectClaim.objects.filter(status=ProjectClaim.Status.CONFIRMED, project__status__in=statuses)
    if actor.is_read_only:
        claims = claims.none()
    elif actor.role in UNIT_SIDE and actor.unit_id is not None:
        claims = claims.of_unit(actor.unit_id)
    elif actor.role == Role.GRID_WORKER and actor.place_code:
        claims = claims.filter(project__in=projects_in_grid(actor.place_code).values("pk"))
    else:
        claims = claims.none()
    return claims.select_related("project__place", "unit").order_by("-decided_at", "-pk")


def projects_in_grid(code: str) -> QuerySet[Project]:
    """Projects carried out in the community of a grid worker's place, or in the subdistrict around it."""
    around = [place.code for place in places_around(code)]
    here = Q(place_code__in=around) | Q(more_places__code__in=around) | under(code)
    return Project.objects.filter(here)


def places_around(code: str) -> QuerySet[Division]:
    """The community and the subdistrict that a place is or lies in."""
    codes = [code[:length] for length in range(1, len(code) + 1)]
    return Division.objects.filter(code__in=codes, level__in=HELD_AT)


def grid_places(actor: Actor) -> QuerySet[Division]:
    """Where a grid worker records sessions: the community of the own place."""
    return places_around(actor.place_code).filter(level=Division.Level.COMMUNITY)


def sessions_to_confirm(actor: Actor) -> QuerySet[Session]:
    """Recorded sessions this actor may confirm: staff of the place and above, own entries left out."""
    rows = Session.objects.visible_to(actor).filter(status=Session.Status.RECORDED)
    if actor.is_read_only or actor.role not in Session.CONFIRMERS or not actor.place_code:
        return rows.none()
    own = Q(author_id=actor.user_id) if actor.user_id else Q(pk__in=[])
    return rows.filter(under(actor.place_code)).exclude(own)


def alike(session: Session) -> QuerySet[Session]:
    """Other standing sessions of its unit or its project at the same place on the same day.

    Perhaps one activity told twice: under two projects, or by two partners. It counts once (domain.md §2(e)
    "Goes wrong").
    """
    same = Session.objects.filter(
        Q(unit_id=session.unit_id) | Q(project_id=session.project_id),
        place_id=session.place_id,
        held_on=session.held_on,
    )
    rows = same.exclude(pk=session.pk).exclude(status__in=Session.DEAD_STATUSES)
    return rows.select_related("project", "unit").order_by("pk")


def has_alike(among: QuerySet[Session]) -> Exists:
    """The same for the rows of a list; ``among`` are the sessions whose existence its reader may know."""
    same = among.filter(
        Q(unit_id=OuterRef("unit_id")) | Q(project_id=OuterRef("project_id")),
        place_id=OuterRef("place_id"),
        held_on=OuterRef("held_on"),
    )
    return Exists(same.exclude(pk=OuterRef("pk")).exclude(status__in=Session.DEAD_STATUSES))


# What those served said


@dataclass(frozen=True)
class Results:
    """How many chose what. A group below `SMALLEST_GROUP` is not shown: nobody is to be recognised."""

    satisfied: int = 0
    fairly: int = 0
    dissatisfied: int = 0

    @property
    def total(self) -> int:
        return self.satisfied + self.fairly + self.dissatisfied

    @property
    def is_shown(self) -> bool:
        return self.total >= SMALLEST_GROUP

    @property
    def rate_text(self) -> str:
        """满意率 = (满意 + 基本满意) ÷ 评价数, once there are enough of them."""
        return percent_text(self.satisfied + self.fairly, self.total) if self.is_shown else ""

    @property
    def sentence(self) -> str:
        """The result in one line for everybody; nothing where nobody spoke."""
        if not self.total:
            return "还没有评价"
        if not self.is_shown:
            return TOO_FEW
        return f"满意率 {self.rate_text}（{number_text(self.total)} 份评价）"

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Each choice with its count; one made by a few only is not told apart."""
        counts = {name: getattr(self, name) for name in Option.values}
        return [(Option(name).label, shown_count(count)) for name, count in counts.items()]

    def fields(self) -> dict[str, int | str | None]:
        """The result as the API writes it; too few are null."""
        if not self.is_shown:
            return {"count": None, "satisfaction_display": TOO_FEW if self.total else ""}
        return {"count": self.total, "satisfaction_display": self.rate_text}


def shown_count(count: int) -> str:
    return f"不足 {SMALLEST_GROUP} 份" if 0 < count < SMALLEST_GROUP else number_text(count)


def results_of(evaluations: QuerySet[SessionEvaluation]) -> Results:
    """What these evaluations add up to."""
    counts = evaluations.order_by().values_list("option").annotate(n=Count("pk"))
    return Results(**dict(counts))


def evaluations_of(sessions: QuerySet[Session]) -> QuerySet[SessionEvaluation]:
    """The evaluations of those of the sessions that are confirmed: nobody is told what they say before."""
    return SessionEvaluation.objects.filter(
        session__in=sessions.order_by().values("pk"), session__status=Session.Status.CONFIRMED
    )


def comments_for(
    actor: Actor, place_code: str, results: Results, evaluations: QuerySet[SessionEvaluation]
) -> list[str]:
    """What was written, for the staff of the place, without time or order; nothing of a group too small."""
    if not (results.is_shown and actor.role in STAFF and actor.stands_over(place_code)):
        return []
    texts = evaluations.exclude(comment="").order_by("comment").values_list("comment", flat=True)
    return list(texts[:MOST_COMMENTS])


# The project's page


@dataclass(frozen=True)
class YearLine:
    """What a project did in one year."""

    year: int
    sessions: int
    person_times: int
    volunteers: int
    results: Results


def year_lines(project: Project) -> list[YearLine]:
    """Confirmed sessions and what was said of them, year by year, the latest first."""
    held = Session.objects.confirmed().filter(project=project)
    sums = held.order_by().values("held_on__year").annotate(
        sessions=Count("pk"), served=Sum("person_times"), helpers=Sum("volunteers")
    )  # fmt: skip
    said: dict[int, dict[str, int]] = defaultdict(dict)
    counts = SessionEvaluation.objects.filter(session__in=held.values("pk")).order_by()
    for year, option, count in counts.values_list("session__held_on__year", "option").annotate(n=Count("pk")):
        said[year][option] = count
    lines = [
        YearLine(row["held_on__year"], row["sessions"], row["served"], row["helpers"], Results(**said[row["held_on__year"]]))
        for row in sums
    ]  # fmt: skip
    return sorted(lines, key=lambda line: -line.year)


def sessions_block(project: Project, actor: Actor) -> dict:
    """What the project's page shows of its sessions: the latest, the sums by year, the evaluation, where to record."""
    visible = Session.objects.visible_to(actor).filter(project=project)
    evaluations = evaluations_of(Session.objects.confirmed().filter(project=project))
    results = results_of(evaluations)
    return {
        "latest": list(visible.select_related("unit", "place")[:LATEST]),
        "count": visible.count(),
        "years": year_lines(project),
        "results": results,
        "comments": comments_for(actor, project.place_code, results, evaluations),
        "claim": recordable_claims(actor).filter(project=project).first(),
        "announced": announceable_claims(actor).filter(project=project).first(),
    }


# Person-times by month


@dataclass(frozen=True)
class MonthLine:
    """A place with its person-times of each month of a year."""

    place: Place
    months: tuple[int, ...]
    sessions: int

    @property
    def total(self) -> int:
        return sum(self.months)


def month_lines(territory: Territory, first: date, last: date) -> tuple[list[MonthLine], MonthLine]:
    """Confirmed person-times of the places of a territory by month of the year from ``first`` to ``last``, and their sum."""
    rows = Session.objects.confirmed().filter(territory.within(), held_on__range=(first, last)).order_by()
    counted = rows.values_list("place_code", "held_on__month").annotate(
        served=Sum("person_times"), n=Count("pk")
    )
    months: dict[str, list[int]] = defaultdict(lambda: [0] * 12)
    sessions: dict[str, int] = defaultdict(int)
    for code, month, served, n in counted:
        row = territory.row_of(code[: territory.width]).code if territory.width else territory.code
        months[row][month - 1] += served
        sessions[row] += n
    places = territory.row_places(last, months) if territory.width else [territory.place]
    lines = [MonthLine(place, tuple(months[place.code]), sessions[place.code]) for place in places]
    sums = tuple(sum(line.months[index] for line in lines) for index in range(12))
    return lines, MonthLine(territory.place, sums, sum(line.sessions for line in lines))
