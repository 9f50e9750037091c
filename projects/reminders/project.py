"""Reminders of projects (domain.md §2.14): of claims before their deadline, of proposals nobody answers."""

from collections.abc import Iterator
from datetime import date

from core.components import date_text
from core.roles import Role
from core.workdays import Calendar
from notifications.reminders import Reminder
from projects.messages.project import answer_due_on
from projects.models import Project
from projects.models.project import ABOVE_COMMUNITY
from projects.queries.project import member_liaisons, people_of_claims, staff_over

# Workdays before the deadline, the nearest first: after a day without beat only the latest stage is sent.
STAGES = (1, 5)


def stage_of(due_on: date, today: date, calendar: Calendar) -> int | None:
    """Which reminder is due today, in workdays before the deadline; None before the first and after the deadline."""
    if today > due_on:
        return None
    return next((stage for stage in STAGES if today >= calendar.add_workdays(due_on, -stage)), None)


def claim_reminders(today: date) -> Iterator[Reminder]:
    """For each open project near its deadline: the member units of the subdistrict that have not claimed it."""
    calendar = Calendar()
    for project in (
        Project.objects.open().filter(claim_due_on__gte=today).select_related("place").order_by("pk")
    ):
        stage = stage_of(project.claim_due_on, today, calendar)
        if stage is not None:
            yield reminder_of(project, stage)


def reminder_of(project: Project, stage: int) -> Reminder:
    claimed = people_of_claims(project.claims.open())
    due = date_text(project.claim_due_on)
    return Reminder(
        key=f"project-claim-due:{project.pk}:{project.claim_due_on}:T-{stage}",
        to=tuple(person.pk for person in member_liaisons(project.place) if person.pk not in claimed),
        kind="project_claim_due",
        title=f"认领快截止了：{project.title}",
        body=f"{project.place}的项目“{project.title}”到{due}截止认领，还没有确认认领单位。",
        url=project.get_absolute_url(),
        about=project,
        due_on=project.claim_due_on,
    )


# Workdays after the day on which a proposal is due: first its place's own staff, then the level above as well.
LATE_STAGES = (3, 0)


def proposal_reminders(today: date) -> Iterator[Reminder]:
    """Proposals of units that nobody took up: from their day on the staff of the place, three workdays later above."""
    calendar = Calendar()
    waiting = Project.objects.filter(status=Project.Status.PROPOSED, proposed_at__isnull=False)
    for project in waiting.select_related("place", "proposed_by").order_by("pk"):
        due_on = answer_due_on(project)
        stage = next((n for n in LATE_STAGES if today >= calendar.add_workdays(due_on, n)), None)
        if stage is not None:
            yield late_answer(project, due_on, stage)


def late_answer(project: Project, due_on: date, stage: int) -> Reminder:
    is_community = project.place.level not in ABOVE_COMMUNITY
    roles = [Role.COMMUNITY] if is_community else [Role.SUBDISTRICT]
    roles += [Role.SUBDISTRICT if is_community else Role.DISTRICT] if stage else []
    return Reminder(
        key=f"project-proposal-due:{project.pk}:{due_on}:T+{stage}",
        to=tuple(person.pk for person in staff_over(project.place_code, *roles)),
        kind="project_proposal_due",
        title=f"单位的提议等答复：{project.title}",
        body=f"{project.proposed_by}提出的项目“{project.title}”应在{date_text(due_on)}前接收或退回。",
        url=project.get_absolute_url(),
        about=project,
        due_on=due_on,
    )
