"""Sessions in any state, and the evaluations of those served, with everything that must be true of them."""

from datetime import time
from itertools import count

from core.clock import today
from core.documents.verification import new_code
from projects.models import ProjectClaim, Session, SessionEvaluation
from tests.factories.projects import make_claim, make_project
from units.models import Division, Unit

_numbers = count(1)


def make_working_claim(*, place: Division, unit: Unit, **fields) -> ProjectClaim:
    """A confirmed claim of a running project that began at the turn of the year before."""
    start = today().replace(year=today().year - 1, month=1, day=1)
    project = make_project(place=place, **{"status": "running", "start_on": start, **fields})
    return make_claim(project=project, unit=unit, status="confirmed")


def make_session(*, claim: ProjectClaim, status: str = Session.Status.RECORDED, **fields) -> Session:
    """A session of a claim in a status, today at the project's place unless told otherwise."""
    place = fields.pop("place", claim.project.place)
    values = {
        "held_on": today(),
        "person_times": None if status in ("planned", "called_off") else 60,
        "starts_at": time(0) if status == "planned" else None,
        "summary": f"修好小家电{next(_numbers)}件",
        "evaluation_code": new_code(),
        **fields,
    }
    return Session.objects.create(
        project=claim.project, claim=claim, unit=claim.unit, place=place, place_code=place.code, status=status, **values
    )  # fmt: skip


def make_evaluations(session: Session, *, satisfied: int = 0, fairly: int = 0, dissatisfied: int = 0) -> None:
    """So many evaluations of a session, each by somebody else."""
    options = ["satisfied"] * satisfied + ["fairly"] * fairly + ["dissatisfied"] * dissatisfied
    SessionEvaluation.objects.bulk_create(
        SessionEvaluation(session=session, voter=f"voter-{next(_numbers)}", option=option)
        for option in options
    )
