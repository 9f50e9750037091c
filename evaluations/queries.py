"""Reads over visits that pages, reminders and the workbench share."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from accounts.models import Membership, User
from core.clock import today
from core.codes import next_prefix
from core.roles import Role
from evaluations.models import VISITORS, MonthlyVisit


@dataclass(frozen=True, slots=True)
class VisitFigures:
    """The visits of a month in numbers; exempt ones are not owed (走访率 = confirmed ÷ owed, domain.md §2(f))."""

    owed: int
    confirmed: int
    planned: int
    recorded: int
    disputed: int
    exempt: int

    @property
    def rate(self) -> tuple[int, int]:
        return self.confirmed, self.owed


def visit_figures(visits: QuerySet) -> VisitFigures:
    """Count visits by state, in one query."""
    status = MonthlyVisit.Status
    counts = visits.order_by().aggregate(
        **{
            name: Count("pk", filter=Q(status=name))
            for name in ("confirmed", "planned", "recorded", "disputed", "exempt")
        },
        owed=Count("pk", filter=~Q(status=status.EXEMPT)),
    )
    return VisitFigures(**counts)


def prefixes(place_code: str) -> list[str]:
    """Every code that could be a place above this one, itself included."""
    return [place_code[:length] for length in range(2, len(place_code) + 1)]


def visitors_for(place_code: str, on: date | None = None) -> QuerySet:
    """People who may visit a unit at this place: staff of its community or subdistrict on that day."""
    held = Membership.objects.effective(on or today()).filter(
        role__in=VISITORS, place__code__in=prefixes(place_code)
    )
    return User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("id")


def visitors_under(place_code: str, on: date | None = None) -> QuerySet:
    """Staff of the subdistricts and communities at or below this place, or above it within its subdistrict."""
    held = Membership.objects.effective(on or today()).filter(role__in=VISITORS)
    inside = Q(place__code__gte=place_code, place__code__lt=next_prefix(place_code)) | Q(
        place__code__in=prefixes(place_code)
    )
    return User.objects.filter(pk__in=held.filter(inside).values("user_id"), is_active=True).order_by("id")


def staff_of_subdistrict(place_code: str) -> list[User]:
    """The subdistrict's staff above a place."""
    held = Membership.objects.effective(today()).filter(
        role=Role.SUBDISTRICT, place__code__in=prefixes(place_code)
    )
    return list(User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("id"))


def subdistrict_staff(on: date) -> dict[str, tuple[int, ...]]:
    """Users by the code of the subdistrict they are staff of, in one query."""
    held = Membership.objects.effective(on).filter(role=Role.SUBDISTRICT, user__is_active=True)
    staff: dict[str, tuple[int, ...]] = {}
    for code, user_id in held.order_by("id").values_list("place__code", "user_id"):
        staff[code] = (*staff.get(code, ()), user_id)
    return staff
