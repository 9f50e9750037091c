"""What the calendar does to projects (domain.md §2(e)): years of long-term ones, and the list for the yearly review.

A long-term project is evaluated while it runs: the unit sums each year up from 1 December on, the community or
subdistrict accepts it, accepted years are listed for the review from 10 December on. Whatever changes a year locks
its project first. People read the project's timeline, so each step is noted there, too.
"""

from collections.abc import Callable
from datetime import date

from django.db import transaction

from core.actor import SYSTEM, Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, RuleViolation
from core.history import write_history
from core.workflow import make_move
from projects.actions.project import lock_project
from projects.messages import work as words
from projects.models import Project, ProjectYear, Session
from projects.queries.project import person_times_of

Status = Project.Status
YearStatus = ProjectYear.Status
LONGEST_SUMMARY = 300
LONGEST_RESULT = 100
# From this day on completed projects and accepted years are listed for the review of the year.
LISTED_FROM = (12, 10)


def open_year(project: Project, year: int) -> ProjectYear:
    """The year of a long-term project; a second call finds the first's row."""
    return ProjectYear.objects.get_or_create(
        project=project, year=year, defaults={"expected_person_times": project.expected_person_times}
    )[0]


def open_years(*, today: date) -> int:
    """Open the year of every long-term project under way; returns how many. May run any number of times."""
    under_way = Project.objects.filter(term=Project.Term.LONG, status__in=ProjectYear.GOING_ON)
    missing = under_way.exclude(years__year=today.year).order_by("pk")
    rows = [
        ProjectYear(project=project, year=today.year, expected_person_times=project.expected_person_times)
        for project in missing
    ]
    ProjectYear.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


# A year is summed up, accepted, reviewed


def change_year(
    year: ProjectYear,
    move: str,
    actor: Actor,
    note: str = "",
    check: Callable[[ProjectYear], None] | None = None,
    **changes,
) -> ProjectYear:
    """Make a move of a year under its project's lock, and note it in the project's timeline."""
    project = lock_project(year.project)

    def check_all(locked: ProjectYear) -> None:
        if project.status == Status.TERMINATED:
            raise RuleViolation("项目已撤销，各年度不再小结、验收和评议。", code="wrong_state")
        if move not in ("conclude", "close") and locked.goes_with_project:
            raise RuleViolation(
                f"项目在{locked.year}年完成，这个年度随项目一起验收和评议。", code="goes_with_project"
            )
        if check:
            check(locked)

    moved = make_move(obj=year, move=move, actor=actor, note=note, check=check_all, **changes)
    label = f"{moved.year}年度：{ProjectYear.get_move(move).label}"
    write_history(about=project, move=f"year_{move}", label=label, actor=actor, note=note)
    moved.project = project
    return moved


@transaction.atomic
def conclude_year(*, project_year: ProjectYear, summary: str, actor: Actor) -> ProjectYear:
    """Sum a year up in at most 300 characters: the leading unit or the owner, from December of that year on."""
    if not summary.strip() or len(summary.strip()) > LONGEST_SUMMARY:
        raise InputError(f"请写年度小结，最多 {LONGEST_SUMMARY} 字。", field="summary")
    moved = change_year(
        project_year, "conclude", actor, summary.strip(), refuse_too_soon,
        summary=summary.strip(), concluded_on=today(), author_id=actor.user_id,
    )  # fmt: skip
    words.tell_year_concluded(moved, actor)
    return moved


def refuse_too_soon(year: ProjectYear) -> None:
    earliest = year.begins_to_be_summed_up_on
    if today() < earliest:
        raise RuleViolation(f"{year.year}年度的小结从{date_text(earliest)}起填写。", code="year_not_over")


@transaction.atomic
def accept_year(*, project_year: ProjectYear, note: str = "", actor: Actor) -> ProjectYear:
    """The owner accepts a year, never the one who summed it up; short of what was expected only with words."""
    served = person_times_of(
        project_year.project, date(project_year.year, 1, 1), date(project_year.year, 12, 31)
    )

    def check(year: ProjectYear) -> None:
        if not note.strip():
            refuse_year_without_words(year, served)

    if len(note.strip()) > LONGEST_SUMMARY:
        raise InputError(f"年度验收意见最多 {LONGEST_SUMMARY} 字。", field="note")
    moved = change_year(
        project_year, "accept", actor, note, check,
        opinion=note.strip(), person_times=served, accepted_on=today(),
    )  # fmt: skip
    words.tell_year_decided(moved, note, actor)
    return moved


def refuse_year_without_words(year: ProjectYear, served: int) -> None:
    """As with the project's own acceptance: what falls short, or is not in the figures yet, needs an opinion."""
    held = Session.objects.filter(project=year.project_id, held_on__year=year.year)
    waiting = held.filter(status=Session.Status.RECORDED).count()
    is_short = served < year.expected_person_times
    reasons = [f"已核实 {served:,} 人次，预计 {year.expected_person_times:,} 人次"] if is_short else []
    reasons += [f"还有 {waiting} 场活动待核实"] if waiting else []
    if reasons:
        raise InputError(
            f"{'；'.join(reasons)}。年度验收通过请写明问题和理由，也可以退回小结。",
            field="note",
            code="opinion_required",
        )


@transaction.atomic
def return_year(*, project_year: ProjectYear, note: str, actor: Actor) -> ProjectYear:
    """The owner wants the year summed up anew, with the reason."""
    moved = change_year(project_year, "return", actor, note)
    words.tell_year_decided(moved, note, actor)
    return moved


@transaction.atomic
def list_year(*, project_year: ProjectYear, note: str = "", actor: Actor) -> ProjectYear:
    """Put an accepted year on the list of the yearly review (年度一事一评)."""
    moved = change_year(project_year, "enlist", actor, note)
    words.tell_year_listed(moved, actor)
    return moved


@transaction.atomic
def review_year(*, project_year: ProjectYear, note: str, actor: Actor) -> ProjectYear:
    """Write down what the review of a year found."""
    if len(note.strip()) > LONGEST_RESULT:
        raise InputError(f"评议结果最多 {LONGEST_RESULT} 字。", field="note")
    moved = change_year(project_year, "review", actor, note, review_result=note.strip())
    words.tell_year_reviewed(moved, actor)
    return moved


YEAR_MOVES = {
    "conclude": conclude_year,
    "accept": accept_year,
    "return": return_year,
    "enlist": list_year,
    "review": review_year,
}


# The yearly review


@transaction.atomic
def list_project(*, project: Project, note: str = "", actor: Actor) -> Project:
    """Put a completed project on the list of the yearly review (年度一事一评)."""
    moved = make_move(obj=project, move="enlist", actor=actor, note=note)
    words.tell_listed(moved, actor)
    return moved


def list_completed(*, today: date) -> int:
    """From 10 December on: list the projects completed and the years accepted so far; returns how many. Idempotent."""
    is_time = (today.month, today.day) >= LISTED_FROM
    done = Project.objects.filter(status=Status.DONE, completed_on__lte=today).order_by("pk")
    # Years accepted in January belong to the review of the year before.
    over = today.year if is_time else today.year - 1
    accepted = ProjectYear.objects.by_themselves().filter(status=YearStatus.ACCEPTED, year__lte=over)
    years = accepted.order_by("pk")
    return sum(list_once(project) for project in done if is_time) + sum(
        list_year_once(year) for year in years
    )


@transaction.atomic
def list_once(project: Project) -> int:
    locked = Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    if locked.status != Status.DONE:
        return 0
    list_project(project=locked, actor=SYSTEM)
    return 1


@transaction.atomic
def list_year_once(year: ProjectYear) -> int:
    lock_project(year.project)
    if ProjectYear.objects.select_for_update().get(pk=year.pk).status != YearStatus.ACCEPTED:
        return 0
    list_year(project_year=year, actor=SYSTEM)
    return 1


@transaction.atomic
def review_project(*, project: Project, note: str, actor: Actor) -> Project:
    """Write down what the review found; a long-term project keeps it with the year in which it was completed."""
    moved = make_move(obj=project, move="review", actor=actor, note=note)
    year = moved.completed_on.year if moved.completed_on else today().year
    found = note.strip()[:LONGEST_RESULT]
    for last in moved.years.filter(year=year).exclude(status=YearStatus.REVIEWED):
        make_move(obj=last, move="close", actor=SYSTEM, note=note, review_result=found)
    words.tell_reviewed(moved, note, actor)
    return moved


@transaction.atomic
def archive_project(*, project: Project, note: str = "", actor: Actor) -> Project:
    """Close the file of a reviewed project."""
    return make_move(obj=project, move="archive", actor=actor, note=note)
