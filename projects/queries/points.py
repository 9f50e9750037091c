"""Reads over points: requests that wait, a unit's recent cards and sessions, hours stated and hours recorded."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Sum

from core.actor import Actor
from core.codes import under
from core.models import HistoryEntry
from projects.models import PointsCard, ProjectClaim, Session, VolunteerRecord

REQUEST, ISSUE = "request_certificate", "issue_certificate"


def open_requests(place_code: str = "") -> QuerySet[HistoryEntry]:
    """The newest request of each card under a place (everywhere without one) that no certificate has followed."""
    kind = ContentType.objects.get_for_model(PointsCard)
    entries = HistoryEntry.objects.filter(about_type=kind, move__in=(REQUEST, ISSUE))
    later = entries.filter(about_id=OuterRef("about_id"), pk__gt=OuterRef("pk"))
    waiting = entries.filter(~Exists(later), move=REQUEST)
    return (waiting.filter(under(place_code)) if place_code else waiting).order_by("pk")


# What is offered when a service is entered

RECENT_DAYS, MOST_OFFERED = 60, 100


def recent_cards(actor: Actor) -> list[PointsCard]:
    """The cards somebody may enter a service on, the one that served last on top."""
    cards = PointsCard.objects.visible_to(actor).active().annotate(served=Max("records__starts_at"))
    return list(cards.order_by(F("served").desc(nulls_last=True), "name", "pk")[:MOST_OFFERED])


def recent_sessions(actor: Actor, on: date) -> QuerySet[Session]:
    """The sessions of the last sixty days that services may belong to: the unit's own and joint ones, those of the place."""
    span = (on - timedelta(days=RECENT_DAYS), on)
    sessions = Session.objects.visible_to(actor).filter(
        status__in=("recorded", "confirmed"), held_on__range=span
    )
    if actor.unit_id:
        joint = ProjectClaim.objects.filter(kind="joint", status="confirmed", unit_id=actor.unit_id)
        sessions = sessions.filter(Q(unit_id=actor.unit_id) | Q(project__in=joint.values("project")))
    else:
        sessions = sessions.under(actor.place_code)
    return sessions.select_related("project", "place").order_by("-held_on", "-pk")


# Hours


@dataclass(frozen=True, slots=True)
class HoursCompared:
    """Hours of volunteers at a place in a period, in hours.

    ``stated``: what units filled in for their confirmed sessions as a sum (场次填报); ``of_sessions``: of these what is
    recorded person by person and verified; ``others``: verified service outside of sessions.
    """

    stated: Decimal
    of_sessions: Decimal
    others: Decimal

    @property
    def recorded(self) -> Decimal:
        """What VOL-HOURS counts."""
        return self.of_sessions + self.others

    @property
    def missing(self) -> Decimal:
        """What sessions state and nobody has recorded person by person."""
        return self.stated - self.of_sessions


def stated_and_recorded(place_code: str, first: date, last: date) -> HoursCompared:
    """The two numbers of hours side by side, each from its one source."""
    sessions = Session.objects.under(place_code).confirmed().filter(held_on__range=(first, last))
    records = VolunteerRecord.objects.under(place_code).filter(
        status=VolunteerRecord.Status.VALID,
        card__holder=PointsCard.Holder.PERSON,
        starts_at__date__range=(first, last),
    )
    within = Q(session__status=Session.Status.CONFIRMED)
    sums = records.order_by().aggregate(of_sessions=Sum("hours", filter=within), all=Sum("hours"))
    of_sessions, recorded = sums["of_sessions"] or Decimal(0), sums["all"] or Decimal(0)
    stated = sessions.order_by().aggregate(hours=Sum("volunteer_hours"))["hours"] or Decimal(0)
    return HoursCompared(stated, of_sessions, recorded - of_sessions)
