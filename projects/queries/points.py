"""Reads over points: requests that wait, a unit's recent cards and sessions, hours stated and hours recorded."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, QuerySet

from core.codes import under
from core.models import HistoryEntry
from projects.models import PointsCard

REQUEST, ISSUE = "request_certificate", "issue_certificate"


def open_requests(place_code: str = "") -> QuerySet[HistoryEntry]:
    """The newest request of each card under a place (everywhere without one) that no certificate has followed."""
    kind = ContentType.objects.get_for_model(PointsCard)
    entries = HistoryEntry.objects.filter(about_type=kind, move__in=(REQUEST, ISSUE))
    later = entries.filter(about_id=OuterRef("about_id"), pk__gt=OuterRef("pk"))
    waiting = entries.filter(~Exists(later), move=REQUEST)
    return (waiting.filter(under(place_code)) if place_code else waiting).order_by("pk")
