"""Projects nobody claimed (无人认领的项目), laid before the joint meeting of the place."""

from datetime import date

from core.codes import under
from core.components import date_text
from core.meeting_pack import LIMIT, Matter
from projects.models import Project


def unclaimed_projects(place_code: str, today: date) -> list[Matter]:
    """Projects at or below a place whose time for claims ran out without a unit."""
    rows = Project.objects.filter(under(place_code), status=Project.Status.UNCLAIMED).select_related("place")
    return [matter_of(project) for project in rows.order_by("claim_due_on", "pk")[:LIMIT]]


def matter_of(project: Project) -> Matter:
    needs = f"，需要 {project.volunteers_needed} 人" if project.volunteers_needed else ""
    return Matter(
        title=f"协商认领项目：{project.title}",
        background=f"{project.place}的项目（{project.number}）到{date_text(project.claim_due_on)}没有单位认领{needs}。",
        url=project.get_absolute_url(),
        due_on=project.claim_due_on,
    )
