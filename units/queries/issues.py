"""Reads over issues that more than one page needs: where they may be reported, who handles them, what repeats them."""

from datetime import date, timedelta

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, Q, QuerySet, Value, When

from core.actor import Actor
from core.clock import today
from core.codes import under
from units.models import Division, Issue, Unit
from units.queries.units import root_place

Level = Division.Level
# The levels with staff who handle issues, the nearest first.
HANDLING = (Level.COMMUNITY, Level.SUBDISTRICT, Level.DISTRICT)
INSIDE_COMMUNITY = (Level.COMMUNITY, Level.SECTION, Level.COURTYARD, Level.BUILDING)
COMMUNITY_LENGTH = 12
DUPLICATE_DAYS = 30
SIMILAR = 0.3
MOST_CANDIDATES = 5


def codes_above(code: str) -> list[str]:
    """A code and every beginning of it that may be a place."""
    return [code[:length] for length in range(2, len(code) + 1)]


def subdistrict_of(place: Division) -> Division:
    """The subdistrict at or above a place; the place itself above that level."""
    return Division.objects.filter(level=Level.SUBDISTRICT, code__in=codes_above(place.code)).first() or place


def handling_place(place: Division) -> Division:
    """The nearest place at or above with staff who handle issues: grid places have none of their own."""
    above = Division.objects.filter(level__in=HANDLING, code__in=codes_above(place.code))
    return above.order_by("-code").first() or place


def reportable_places(actor: Actor) -> QuerySet[Division]:
    """Where this actor may report: communities of the own place; from a community on down also its grid."""
    root = root_place()
    inside = Division.objects.effective(today()).filter(administered_by=root.administered_by)
    code = place_code_of(actor)
    if actor.is_system:
        return inside.filter(under(root.code, "code"), level__in=INSIDE_COMMUNITY).order_by("code")
    if not code:
        return inside.none()
    levels = INSIDE_COMMUNITY if len(code) >= COMMUNITY_LENGTH else (Level.COMMUNITY,)
    return inside.filter(under(code, "code"), level__in=levels).order_by("code")


def place_code_of(actor: Actor) -> str:
    """The place an actor reports about: the own, or the community of the own unit."""
    if not actor.unit_id:
        return actor.place_code
    code = Unit.objects.filter(pk=actor.unit_id).values_list("place_code", flat=True).first() or ""
    return code[:COMMUNITY_LENGTH]


def duplicate_candidates(issue: Issue) -> QuerySet[Issue]:
    """What may say the same (domain.md §2(a)): same community and category, or a similar title, within 30 days.

    The most similar first; those that are duplicates themselves or were declined can't be an original.
    """
    first, last = (
        issue.registered_on - timedelta(days=DUPLICATE_DAYS),
        issue.registered_on + timedelta(days=DUPLICATE_DAYS),
    )
    near = Issue.objects.filter(
        under(issue.place_code[:COMMUNITY_LENGTH]), registered_on__range=(first, last)
    )
    return (
        near.exclude(pk=issue.pk)
        .exclude(status__in=[Issue.Status.DUPLICATE, Issue.Status.REJECTED])
        .annotate(likeness=TrigramSimilarity("title", issue.title))
        .filter(Q(category=issue.category) | Q(likeness__gte=SIMILAR))
        .annotate(same=Case(When(category=issue.category, then=Value(0)), default=Value(1)))
        .order_by("-likeness", "same", "pk")
    )


def undertakers() -> QuerySet[Unit]:
    """The units an issue can be handed to: operating member units of the joint meeting, by place and name."""
    root = root_place()
    members = Unit.objects.effective().filter(
        under(root.code), is_member=True, operating_status=Unit.OperatingStatus.OPERATING
    )
    return members.order_by("place_code", "name_pinyin")


# Taken on as work of its own: what the rate of solved issues is about.
TAKEN_ON = Q(accepted_on__isnull=False) & ~Q(status__in=[Issue.Status.DUPLICATE, Issue.Status.REJECTED])
CONTENT = [Issue.Satisfaction.SATISFIED, Issue.Satisfaction.BASICALLY]

# How long an open issue has been in the register, in days: (slug, label, from, to).
AGES = (
    ("3", "3天以内", 0, 3),
    ("7", "4—7天", 4, 7),
    ("15", "8—15天", 8, 15),
    ("30", "16—30天", 16, 30),
    ("older", "30天以上", 31, None),
)
AGE_CHOICES = tuple((slug, label) for slug, label, _, _ in AGES)


def aged(slug: str, on: date) -> Q:
    """Registered so long before a day."""
    low, high = next((low, high) for name, _, low, high in AGES if name == slug)
    newest = Q(registered_on__lte=on - timedelta(days=low))
    return newest if high is None else newest & Q(registered_on__gte=on - timedelta(days=high))
