"""The structure of two levels and three tiers (两层三级) on a day: every place with its bodies and what is missing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from core.codes import under
from core.components import Tag
from units.models import BodySeat, Division, PartyOrganization, PartySecretary, Person, RegionalBody
from units.queries.bodies import paper_bodies
from units.queries.units import within
from units.terms import STAGE_WORDS, stage_on

TIERS = RegionalBody.TIERS
TIER_LEVELS = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
SHOWN_LEVELS = (Division.Level.DISTRICT, *TIER_LEVELS)


def tier_places(root: Division, on: date) -> QuerySet:
    """The subdistricts and communities of a place that exist on a day and count for it."""
    return Division.objects.effective(on).filter(within(root, "code"), level__in=TIER_LEVELS).order_by("code")


def with_tiers(places: QuerySet, on: date) -> QuerySet:
    """Places with ``has_assembly``, ``has_committee``, ``has_office``: whether each tier is at work on a day."""
    running = RegionalBody.objects.running_on(on).filter(place=OuterRef("pk"))
    return places.annotate(**{f"has_{kind}": Exists(running.filter(kind=kind)) for kind in TIERS})


def with_gaps(places: QuerySet, on: date) -> QuerySet:
    """Those that miss a tier on a day."""
    return with_tiers(places, on).exclude(**{f"has_{kind}": True for kind in TIERS})


def missing_tiers(place: Division) -> list[str]:
    """What a place of `with_tiers` misses, in words."""
    return [str(RegionalBody.Kind(kind).label) for kind in TIERS if not getattr(place, f"has_{kind}")]


@dataclass
class Branch:
    """One place of the tree with its bodies of the day and who leads it."""

    place: Division
    on: date
    is_today: bool
    bodies: dict[str, RegionalBody] = field(default_factory=dict)
    secretary: Person | None = None
    party_secretary: Person | None = None
    party_organization: PartyOrganization | None = None
    part_time: int = 0
    children: list["Branch"] = field(default_factory=list)

    @property
    def has_tiers(self) -> bool:
        return self.place.level in TIER_LEVELS

    @property
    def tiers(self) -> list[tuple[str, RegionalBody | None, bool]]:
        """(label, body or None, whether it is at work) of the three tiers."""
        return [(RegionalBody.Kind(kind).label, self.bodies.get(kind), self.works(kind)) for kind in TIERS]

    def works(self, kind: str) -> bool:
        body = self.bodies.get(kind)
        return body is not None and body.from_on is not None and body.from_on <= self.on

    @property
    def joint_meeting(self) -> RegionalBody | None:
        return self.bodies.get(RegionalBody.Kind.JOINT_MEETING)

    @property
    def committee(self) -> RegionalBody | None:
        return self.bodies.get(RegionalBody.Kind.COMMITTEE)

    @property
    def missing(self) -> int:
        return sum(not self.works(kind) for kind in TIERS) if self.has_tiers else 0

    @property
    def paper(self) -> list[RegionalBody]:
        """Its bodies that held no session for a year; known of today only."""
        return [body for body in self.bodies.values() if getattr(body, "is_paper", False)]

    @property
    def wants_a_look(self) -> bool:
        """Whether something is missing, late or has to be explained here."""
        tags = (self.secretary_tag, self.term_tag)
        return bool(self.missing or self.paper) or any(tag and tag.tone == "late" for tag in tags)

    @property
    def has_one_secretary(self) -> bool:
        return (
            self.secretary is not None
            and self.party_secretary is not None
            and self.secretary.pk == self.party_secretary.pk
        )

    @property
    def secretary_tag(self) -> Tag | None:
        """一肩挑, or what is wrong with it."""
        if not self.works(RegionalBody.Kind.COMMITTEE):
            return None
        if self.has_one_secretary:
            return Tag("一肩挑", "ok")
        if self.secretary is None:
            return Tag("书记空缺", "late")
        if self.party_secretary is None:
            return Tag("党组织书记未登记", "late")
        is_explained = bool(self.committee.secretary_note)
        return Tag("书记不一致，已说明", "wait") if is_explained else Tag("书记不一致", "late")

    @property
    def term_tag(self) -> Tag | None:
        """The worst state of the terms of the place's bodies."""
        ends = [
            body.term_end for body in self.bodies.values() if body.term_end and body.term_start <= self.on
        ]
        stage = stage_on(self.on, min(ends)) if ends else None
        if stage is None:
            return Tag("届内", "ok") if ends else None
        return Tag(
            "届满未换" if stage == "over" else STAGE_WORDS[stage], "late" if stage == "over" else "wait"
        )


def bodies_of(codes: Q, on: date, is_today: bool) -> QuerySet:
    """Bodies at work on a day; of today those on their way, too."""
    at_work = Q(from_on__lte=on) & (Q(to_on__isnull=True) | Q(to_on__gt=on))
    coming = (
        Q(status__in=(RegionalBody.Status.PLANNED, RegionalBody.Status.APPROVED))
        if is_today
        else Q(pk__in=[])
    )
    kinds = (*TIERS, RegionalBody.Kind.JOINT_MEETING)
    rows = RegionalBody.objects.filter(codes, at_work | coming, kind__in=kinds).order_by("from_on")
    return (
        rows.annotate(is_paper=Case(When(paper_bodies(on), then=True), default=False)) if is_today else rows
    )


def read_tree(root: Division, on: date, is_today: bool) -> list[Branch]:
    """The places of a root in their order with their bodies of a day; five queries whatever their number.

    Children hang on their subdistrict; the list holds the root's own line first, then the subdistricts (or, for a
    subdistrict as root, its communities).
    """
    places = (
        Division.objects.effective(on).filter(within(root, "code"), level__in=SHOWN_LEVELS).order_by("code")
    )
    branches = {place.pk: Branch(place, on, is_today) for place in places}
    for body in bodies_of(under(root.code), on, is_today):
        if body.place_id in branches:
            branches[body.place_id].bodies[body.kind] = body
    add_secretaries(branches, root, on)
    for branch in branches.values():
        above = branches.get(branch.place.parent_id)
        if above:
            above.children.append(branch)
    top = branches.get(root.pk)
    return [top, *top.children] if top else []


def add_secretaries(branches: dict[int, Branch], root: Division, on: date) -> None:
    """Who leads the committee and who the party committee of each place on the day, and how many are part-time."""
    seats = BodySeat.objects.effective(on).filter(
        under(root.code, "body__place_code"), body__kind=RegionalBody.Kind.COMMITTEE,
        post__in=(BodySeat.Post.SECRETARY, BodySeat.Post.PART_TIME), body__in=RegionalBody.objects.running_on(on),
    )  # fmt: skip
    for seat in seats.select_related("person", "body"):
        branch = branches.get(seat.body.place_id)
        if branch and seat.post == BodySeat.Post.SECRETARY:
            branch.secretary = seat.person
        elif branch:
            branch.part_time += 1
    leads = PartySecretary.objects.effective(on).filter(
        under(root.code, "organization__place_code"), organization__category=PartyOrganization.Category.COMMITTEE,
        organization__host_unit=None,
    )  # fmt: skip
    for lead in leads.select_related("person", "organization"):
        branch = branches.get(lead.organization.place_id)
        if branch:
            branch.party_secretary, branch.party_organization = lead.person, lead.organization


def composition(kinds: Iterable[tuple[str, bool, bool]]) -> dict[str, int]:
    """Who the representatives are: (kind, woman, party member) counted into the figures of the report."""
    found: dict[str, int] = defaultdict(int)
    for kind, is_woman, is_member in kinds:
        found["total"] += 1
        found[kind] += 1
        found["women"] += is_woman
        found["party_members"] += is_member
    return dict(found)
