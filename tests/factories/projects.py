"""Projects in any state, with everything that must be true of them."""

from datetime import date, timedelta
from itertools import count

from django.utils import timezone

from core.clock import today
from projects.models import Project, ProjectClaim
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
    if status not in (Project.Status.DRAFT, Project.Status.REVIEW):
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
    return ProjectClaim.objects.create(
        project=project, unit=unit, place_code=project.place_code, status=status, **fields
    )


def yesterday() -> date:
    return today() - timedelta(days=1)
