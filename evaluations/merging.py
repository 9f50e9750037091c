"""How visits and who makes them follow a unit into the one it is merged into."""

from core.actor import SYSTEM
from core.workflow import make_move
from evaluations.models import MonthlyVisit, VisitAssignment
from units.merging import Carried, Merging, end_open
from units.models import Unit


def assigned(unit: Unit):
    return VisitAssignment.objects.filter(unit=unit, to_on=None)


def two_visitors(source: Unit, target: Unit):
    return assigned(source) if assigned(target).exists() else VisitAssignment.objects.none()


def settle_assignments(merging: Merging, is_taken: bool) -> None:
    end_open(assigned(merging.target if is_taken else merging.source), merging.on)


def same_month(source: Unit, target: Unit):
    return MonthlyVisit.objects.filter(
        unit=source, month__in=MonthlyVisit.objects.filter(unit=target).values("month")
    )


def move_visits(merging: Merging) -> None:
    """A month in which both are visited keeps the target's visit; the source's own stays, exempt if still planned."""
    double = same_month(merging.source, merging.target)
    for visit in double.filter(status=MonthlyVisit.Status.PLANNED):
        make_move(obj=visit, move="exempt", actor=SYSTEM, note=merging.note)
    staying = list(double.values_list("pk", flat=True))
    MonthlyVisit.objects.filter(unit=merging.source).exclude(pk__in=staying).update(unit=merging.target)


KINDS = (
    Carried("assignments", "走访安排", VisitAssignment, clash=two_visitors, settle=settle_assignments),
    Carried("visits", "月走访", MonthlyVisit, move=move_visits),
)
