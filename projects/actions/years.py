"""What the calendar does to projects (domain.md §2(e)): years of long-term ones, and the list for the yearly review."""

from datetime import date

from django.db import transaction

from core.actor import SYSTEM, Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import save_next_version, write_history
from core.workflow import make_move
from projects.messages import work as words
from projects.models import Project, ProjectYear
from projects.models.work import OWNERS
from projects.queries.project import leads_project

Status = Project.Status
# States in which a long-term project goes on into another year.
GOING_ON = (Status.RUNNING, Status.SUSPENDED, Status.TO_ACCEPT, Status.FIXING)
LONGEST_SUMMARY = 300
# From this day on completed projects are listed for the review of the year, and years are summed up.
LISTED_FROM = (12, 10)
SUMMED_UP_FROM_MONTH = 12


def open_year(project: Project, year: int) -> ProjectYear:
    """The year of a long-term project; a second call finds the first's row."""
    return ProjectYear.objects.get_or_create(
        project=project, year=year, defaults={"expected_person_times": project.expected_person_times}
    )[0]


def open_years(*, today: date) -> int:
    """Open the year of every long-term project under way; returns how many. May run any number of times."""
    under_way = Project.objects.filter(term=Project.Term.LONG, status__in=GOING_ON)
    missing = under_way.exclude(years__year=today.year).order_by("pk")
    rows = [
        ProjectYear(project=project, year=today.year, expected_person_times=project.expected_person_times)
        for project in missing
    ]
    ProjectYear.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def conclude_year(*, project_year: ProjectYear, summary: str, actor: Actor) -> ProjectYear:
    """Sum a year up in at most 300 characters: the leading unit or the owner, from December of that year on."""
    project = project_year.project
    is_owner = actor.role in OWNERS and actor.stands_over(project.place_code) and not actor.is_read_only
    if not (is_owner or leads_project(project, actor)):
        raise NotAllowed("只能由牵头单位或者项目所在的社区、街道填写年度小结。")
    if not summary.strip() or len(summary.strip()) > LONGEST_SUMMARY:
        raise InputError(f"请写年度小结，最多 {LONGEST_SUMMARY} 字。", field="summary")
    locked = ProjectYear.objects.select_for_update().get(pk=project_year.pk)
    earliest = date(locked.year, SUMMED_UP_FROM_MONTH, 1)
    if today() < earliest:
        raise RuleViolation(f"{locked.year}年度的小结从{date_text(earliest)}起填写。", code="year_not_over")
    if locked.review_result:
        raise RuleViolation("这个年度已经评议，小结不能再改。", code="reviewed")
    locked.summary, locked.concluded_on = summary.strip(), today()
    save_next_version(locked)
    label = f"{locked.year}年度小结"
    write_history(about=project, move="conclude_year", label=label, actor=actor, note=locked.summary)
    return locked


# The yearly review


@transaction.atomic
def list_project(*, project: Project, note: str = "", actor: Actor) -> Project:
    """Put a completed project on the list of the yearly review (年度一事一评)."""
    moved = make_move(obj=project, move="enlist", actor=actor, note=note)
    words.tell_listed(moved, actor)
    return moved


def list_completed(*, today: date) -> int:
    """From 10 December on: list the projects completed this year or before; returns how many. Idempotent."""
    if (today.month, today.day) < LISTED_FROM:
        return 0
    done = Project.objects.filter(status=Status.DONE, completed_on__lte=today).order_by("pk")
    return sum(list_once(project) for project in done)


@transaction.atomic
def list_once(project: Project) -> int:
    locked = Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    if locked.status != Status.DONE:
        return 0
    list_project(project=locked, actor=SYSTEM)
    return 1


@transaction.atomic
def review_project(*, project: Project, note: str, actor: Actor) -> Project:
    """Write down what the review found; a long-term project keeps it with the year in which it was completed."""
    moved = make_move(obj=project, move="review", actor=actor, note=note)
    year = moved.completed_on.year if moved.completed_on else today().year
    ProjectYear.objects.filter(project=moved, year=year).update(review_result=note.strip()[:100])
    words.tell_reviewed(moved, note, actor)
    return moved


@transaction.atomic
def archive_project(*, project: Project, note: str = "", actor: Actor) -> Project:
    """Close the file of a reviewed project."""
    return make_move(obj=project, move="archive", actor=actor, note=note)
