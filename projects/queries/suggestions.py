"""Which units might take on a project, each with its reasons in words (domain.md §2(e): load, 双向认领).

Four things count: what a unit can do (resources it offers, projects and sessions of the same domain it carried out),
how near it is, how much it has on its hands, and how its projects ended. Size counts for nothing, so the big units are
not always first. Five queries, however many units there are.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Q

from core.clock import today
from core.codes import under
from projects.models import Project, ProjectClaim, Resource, Session
from projects.queries.lists import COMMUNITY_LENGTH, FINISHED, SUBDISTRICT_LENGTH, is_open_for
from units.models import Division, Unit
from units.queries.units import root_place

SUGGESTED = 5
YEAR = timedelta(days=365)
# Points; the greatest sums of the four are 40, 30, 20 and 20. A heavy load outweighs nearness and experience.
RESOURCE_FITS, DID_BEFORE, SAME_KIND_AT_MOST = 25, 5, 3
NEAR = {"community": 30, "subdistrict": 20, "district": 5}
FREE, PER_LOAD, HEAVIEST = 20, 5, -40
ENDED_WELL, UNTRIED = 20, 10


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit that might take on a project: ``score`` only orders, ``reasons`` are what people read."""

    unit: Unit
    score: int
    reasons: tuple[str, ...]

    @property
    def text(self) -> str:
        """The reasons in one line, as an invitation quotes them."""
        return "；".join(self.reasons)


@dataclass(slots=True)
class Record:
    """What is known of one unit for one project; counts of projects."""

    resources: list[str] = field(default_factory=list)
    same_domain: int = 0
    sessions: int = 0
    load: int = 0
    done: int = 0
    done_lately: int = 0
    failed: int = 0


def suggest_units(project: Project, limit: int = SUGGESTED) -> list[Suggestion]:
    """The operating member units best suited to a project, best first, without those bound to it already.

    :param project: its place must be loaded or is read once.
    :param limit: the most units to name.
    """
    places = dict(candidates(project).values_list("pk", "place_code"))
    records = records_of(project, today())
    ranked = sorted(places, key=lambda pk: (-score(project, places[pk], records[pk]), records[pk].load, pk))[
        :limit
    ]
    units = Unit.objects.select_related("place").in_bulk(ranked)
    community, subdistrict = names_around(project)
    return [
        Suggestion(
            units[pk],
            score(project, places[pk], records[pk]),
            tuple(reasons(project, places[pk], records[pk], community, subdistrict)),
        )
        for pk in ranked
    ]


def candidates(project: Project):
    """Operating members of the district that have not claimed the project."""
    bound = ProjectClaim.objects.open().filter(project=project).values("unit_id")
    return (
        Unit.objects.effective()
        .filter(under(root_place().code), is_member=True, operating_status=Unit.OperatingStatus.OPERATING)
        .exclude(pk__in=bound)
    )


# What is known


def records_of(project: Project, on: date) -> dict[int, Record]:
    """Resources, claims and sessions of all units in one query each; units without any have an empty record."""
    records: dict[int, Record] = defaultdict(Record)
    for resource in fitting_resources(project, on):
        records[resource.unit_id].resources.append(resource.title)
    for unit_id, *numbers in claim_counts(project, on):
        record = records[unit_id]
        record.load, record.done, record.done_lately, record.failed, record.same_domain = numbers
    counted = Session.objects.confirmed().filter(project__domain=project.domain).order_by()
    for unit_id, number in counted.values_list("unit_id").annotate(number=Count("pk")):
        records[unit_id].sessions = number
    return records


def fitting_resources(project: Project, on: date) -> Iterable[Resource]:
    """Resources for the project's domain that are open for its place."""
    rows = Resource.objects.bookable(on).filter(domain=project.domain).order_by("pk")
    return [
        row
        for row in rows.only("unit_id", "title", "scope", "place_code")
        if is_open_for(row, project.place_code)
    ]


def claim_counts(project: Project, on: date):
    """(unit, projects on its hands, done, done within a year, ended badly, of the same domain)."""
    confirmed = Q(status=ProjectClaim.Status.CONFIRMED)
    is_done = confirmed & Q(project__status__in=FINISHED)
    is_over = Q(project__status__in=(*FINISHED, Project.Status.TERMINATED))
    rows = ProjectClaim.objects.filter(status__in=["confirmed", "quit"]).order_by().values_list("unit_id")
    return rows.annotate(
        load=Count("pk", filter=confirmed & ~is_over),
        done=Count("pk", filter=is_done),
        lately=Count("pk", filter=is_done & Q(project__completed_on__gt=on - YEAR)),
        # A claim that ended with a project which others ended is no mark against the unit.
        failed=Count("pk", filter=Q(status="quit") & ~Q(project__status=Project.Status.TERMINATED)),
        same=Count("pk", filter=confirmed & Q(project__domain=project.domain)),
    )


# How it weighs


def nearness(project: Project, place_code: str) -> str:
    """``community``, ``subdistrict`` or ``district``: the smallest place that holds both."""
    for name, length in (("community", COMMUNITY_LENGTH), ("subdistrict", SUBDISTRICT_LENGTH)):
        is_fine_enough = len(project.place_code) >= length
        if is_fine_enough and place_code.startswith(project.place_code[:length]):
            return name
    return "district"


def score(project: Project, place_code: str, record: Record) -> int:
    """The points of one unit."""
    able = RESOURCE_FITS * bool(record.resources)
    able += DID_BEFORE * min(record.same_domain + bool(record.sessions), SAME_KIND_AT_MOST)
    free = max(FREE - PER_LOAD * record.load, HEAVIEST)
    return able + NEAR[nearness(project, place_code)] + free + ended(record)


def ended(record: Record) -> int:
    """Completed ÷ all that ended, in points; a unit without any is in the middle."""
    over = record.done + record.failed
    return ENDED_WELL * record.done // over if over else UNTRIED


# In words


def names_around(project: Project) -> tuple[str, str]:
    """The names of the project's community ("" above that level) and subdistrict."""
    codes = (project.place_code[:COMMUNITY_LENGTH], project.place_code[:SUBDISTRICT_LENGTH])
    names = dict(Division.objects.filter(code__in=codes).values_list("code", "name"))
    return names.get(codes[0], ""), names.get(codes[1], "")


def reasons(
    project: Project, place_code: str, record: Record, community: str, subdistrict: str
) -> Iterable[str]:
    """Why, strongest first; the load is always among them."""
    if record.resources:
        yield f"登记有{'、'.join(f'“{title}”' for title in record.resources[:2])}资源"
    near = {"community": community, "subdistrict": subdistrict}.get(nearness(project, place_code))
    if near:
        yield f"同在{near}"
    if record.same_domain:
        yield f"承担过 {record.same_domain} 个{project.get_domain_display()}类项目"
    elif record.sessions:
        yield f"开展过 {record.sessions} 场{project.get_domain_display()}类活动"
    if words := completion_words(record):
        yield words
    yield (
        f"目前承担 {record.load} 个项目"
        if record.load > 1
        else "目前只承担 1 个项目"
        if record.load
        else "目前没有承担项目"
    )


def completion_words(record: Record) -> str:
    """``近一年完成 3 个项目，没有中途退出``; nothing for a unit that has finished nothing and left nothing."""
    left = f"中途退出 {record.failed} 个" if record.failed else "没有中途退出"
    if record.done_lately:
        return f"近一年完成 {record.done_lately} 个项目，{left}"
    if record.done:
        return f"完成过 {record.done} 个项目，{left}"
    return left if record.failed else ""
