"""The first claim on a project that its proposer leads itself; the usual two others screen and confirm it."""

from core.actor import SYSTEM
from core.history import write_history
from projects.messages import project as messages
from projects.models import Project, ProjectClaim
from units.models import Unit

LONGEST_CONTACT = 40


def claim_for_proposer(project: Project) -> ProjectClaim | None:
    """Enter the claim of the unit that proposed the project, at publication; None when it works no more.

    Called inside the transaction that publishes, which holds the project's lock.
    """
    unit = Unit.objects.effective().filter(
        pk=project.proposed_by_id, operating_status=Unit.OperatingStatus.OPERATING
    )
    if not unit.exists():
        return None
    author = project.author
    claim = ProjectClaim.objects.create(
        project=project,
        unit_id=project.proposed_by_id,
        place_code=project.place_code,
        kind=ProjectClaim.Kind.LEAD,
        plan=project.summary[:1000],
        headcount=project.volunteers_needed or None,
        contact=(author.name if author else "")[:LONGEST_CONTACT],
        author=author,
    )
    note = "项目由该单位提出并自己牵头，随发布提交认领。"
    write_history(
        about=claim, move="submit", label="提交认领", actor=SYSTEM, note=note, to_status=claim.status
    )
    messages.tell_claim_submitted(claim, SYSTEM)
    return claim
