"""Reminders of projects (domain.md §2.14): five workdays and one workday before the deadline for claims."""

from collections.abc import Iterator
from datetime import date

from core.components import date_text
from core.workdays import Calendar
from notifications.reminders import Reminder
from projects.models import Project
from projects.queries.project import member_liaisons, people_of_claims

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
