"""Projects in any state, with everything that must be true of them."""

from datetime import date, timedelta
from itertools import count

from django.utils import timezone

from core.clock import today
from projects.models import (
    Acceptance,
    ClaimInvitation,
    Milestone,
    Project,
    ProjectClaim,
    ProjectExtension,
)
from units.models import Division, Unit

_numbers = count(1)
MONTH = timedelta(days=30)


def project_fields(**fields) -> dict:
    """What a clerk types, apart from the place."""
    return {
        "title": f"示例项目{next(_numbers):04d}",
        "summary": "每月一次，为居民义务修理小家电。",
        "theme": Project.Theme.RESIDENTS,
        "domain": Project.Domain.CONVENIENCE,
        "term": Project.Term.SHORT,
        "start_on": today(),
        "end_on": today() + 12 * MONTH,
        "claim_due_on": today() + MONTH,
        "claim_mode": Project.ClaimMode.SINGLE,
        "lead_places": 1,
        **fields,
    }


def make_project(*, place: Division, status: str = Project.Status.OPEN, **fields) -> Project:
    """A project in a status; what has been published has a number."""
    number = f"XM-0000-示例-{next(_numbers):04d}"
    if status not in (Project.Status.DRAFT, Project.Status.PROPOSED, Project.Status.REVIEW):
        fields = {"number": number, "published_at": timezone.now(), **fields}
    return Project.objects.create(
        place=place, place_code=place.code, status=status, **project_fields(**fields)
    )


def make_claim(
    *, project: Project, unit: Unit, status: str = ProjectClaim.Status.SUBMITTED, **fields
) -> ProjectClaim:
    """A claim in a status; a confirmed lead holds the first place unless told otherwise."""
    fields.setdefault("kind", ProjectClaim.Kind.LEAD)
    if status == ProjectClaim.Status.CONFIRMED and fields["kind"] == ProjectClaim.Kind.LEAD:
        fields.setdefault("slot", 1)
    if status == ProjectClaim.Status.QUIT:
        fields.setdefault("left_on", today())
    return ProjectClaim.objects.create(
        project=project, unit=unit, place_code=project.place_code, status=status, **fields
    )


def yesterday() -> date:
    return today() - timedelta(days=1)


# Work on a project


def make_milestone(*, project: Project, title: str = "", **fields) -> Milestone:
    """A step of the project, due in a month unless told otherwise."""
    fields.setdefault("due_on", today() + MONTH)
    return Milestone.objects.create(project=project, title=title or f"里程碑{next(_numbers):04d}", **fields)


def make_running(*, place: Division, unit: Unit, status: str = Project.Status.RUNNING, **fields) -> Project:
    """A project the unit leads and works on."""
    project = make_project(place=place, status=status, **{"started_on": today(), **fields})
    make_claim(project=project, unit=unit, status=ProjectClaim.Status.CONFIRMED)
    return project


def make_extension(*, project: Project, unit: Unit, **fields) -> ProjectExtension:
    fields = {"wanted_end_on": project.end_on + MONTH, "reason": "场地装修", **fields}
    return ProjectExtension.objects.create(
        project=project, unit=unit, place_code=project.place_code, **fields
    )


def make_acceptance(*, project: Project, unit: Unit, **fields) -> Acceptance:
    """A round that waits for the owner unless told otherwise."""
    fields = {"round": project.acceptances.count() + 1, "statement": "按计划完成。", **fields}
    return Acceptance.objects.create(project=project, unit=unit, place_code=project.place_code, **fields)


def make_invitation(*, project: Project, unit: Unit, **fields) -> ClaimInvitation:
    fields = {"reason": "贵单位就在附近。", "due_on": today() + timedelta(days=7), **fields}
    return ClaimInvitation.objects.create(project=project, unit=unit, place_code=project.place_code, **fields)
