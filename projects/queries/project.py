"""Reads over projects and claims: who is concerned, what is taken, what was served, and the one timeline of a project."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Membership, User
from core.actor import Actor
from core.clock import today
from core.codes import under
from core.models import HistoryEntry
from core.roles import UNIT_SIDE, Role
from projects.models import (
    Acceptance,
    AcceptanceItem,
    ClaimInvitation,
    Milestone,
    Project,
    ProjectClaim,
    Session,
)
from units.models import Division, Unit


def codes_above(code: str) -> list[str]:
    """The code and everything it may extend: the codes of all places at or above it are among them."""
    return [code[:length] for length in range(2, len(code) + 1)]


def people_in(memberships: QuerySet) -> list[User]:
    """Active people who hold one of these memberships today, each once."""
    held = memberships.effective(today()).values("user_id")
    return list(User.objects.filter(pk__in=held, is_active=True).order_by("pk"))


def staff_over(place_code: str, *roles: str) -> list[User]:
    """People who hold one of the roles today at this place or one above it."""
    return people_in(Membership.objects.filter(role__in=roles, place__code__in=codes_above(place_code)))


def staff_of(place_code: str) -> list[User]:
    """Community and subdistrict of a place; the district where it has neither."""
    return staff_over(place_code, Role.COMMUNITY, Role.SUBDISTRICT) or staff_over(place_code, Role.DISTRICT)


def reviewers_of(project: Project) -> list[User]:
    """Whose turn it is to review a project: the subdistrict above its place, else the district."""
    above = Membership.objects.filter(
        role=Role.SUBDISTRICT, place__code__in=codes_above(project.place_code)[:-1]
    )
    return people_in(above) or staff_over(project.place_code, Role.DISTRICT)


def subdistrict_of(place: Division) -> Division:
    """The subdistrict at or above a place; the place itself above that level."""
    found = Division.objects.filter(
        level=Division.Level.SUBDISTRICT, code__in=codes_above(place.code)
    ).first()
    return found or place


def member_liaisons(place: Division) -> list[User]:
    """The liaisons of the operating member units (成员单位) in the subdistrict of a place."""
    units = Unit.objects.effective().filter(
        under(subdistrict_of(place).code), is_member=True, operating_status=Unit.OperatingStatus.OPERATING
    )
    return people_in(Membership.objects.filter(role__in=UNIT_SIDE, unit__in=units))


def liaisons_of_claims(claims: QuerySet) -> list[User]:
    """The people who speak for the units behind these claims."""
    return people_in(Membership.objects.filter(role__in=UNIT_SIDE, unit__in=claims.values("unit_id")))


def free_slot(project: Project) -> int | None:
    """The lowest lead place nobody holds, or None. Exact only while the project's row is locked."""
    taken = set(project.claims.confirmed_leads().values_list("slot", flat=True))
    return next((slot for slot in range(1, project.lead_places + 1) if slot not in taken), None)


def people_of_claims(claims: QuerySet) -> set[int]:
    """The primary keys of the people behind these claims."""
    return {person.pk for person in liaisons_of_claims(claims)}


def confirmed_count() -> Coalesce:
    """How many units lead a project, counted for the rows that are read only."""
    leads = ProjectClaim.objects.confirmed_leads().filter(project=OuterRef("pk")).order_by()
    return Coalesce(
        Subquery(leads.values("project").annotate(n=Count("pk")).values("n"), output_field=IntegerField()),
        Value(0),
    )


def lead_names(project: Project) -> str:
    """The units confirmed as lead, in words: 安和物业、晋阳文创."""
    return "、".join(project.claims.confirmed_leads().order_by("slot").values_list("unit__name", flat=True))


def person_times_of(project: Project, first: date | None = None, last: date | None = None) -> int:
    """The person-times (服务人次) of a project's confirmed sessions held from ``first`` to ``last``, both included.

    Without days, of all of them (domain.md §2(e)).
    """
    held = Session.objects.confirmed().filter(project=project)
    if first:
        held = held.filter(held_on__gte=first)
    if last:
        held = held.filter(held_on__lte=last)
    return held.aggregate(total=Sum("person_times"))["total"] or 0


def open_claim_of(project: Project, actor: Actor) -> ProjectClaim | None:
    """The claim by which the actor's unit is bound to a project now."""
    if actor.unit_id is None:
        return None
    return project.claims.open().of_unit(actor.unit_id).first()


def claimable_projects(actor: Actor) -> QuerySet:
    """Projects the actor's unit may claim today and has not claimed, those that close soonest first."""
    mine = ProjectClaim.objects.open().of_unit(actor.unit_id or 0).values("project_id")
    return (
        Project.objects.visible_to(actor)
        .open()
        .filter(claim_due_on__gte=today())
        .exclude(pk__in=mine)
        .order_by("claim_due_on", "pk")
    )


def timeline_of(project: Project, parts: list[ProjectClaim | ClaimInvitation]) -> list[HistoryEntry]:
    """What happened to a project and to those of its claims and invitations the reader may see, newest first.

    The label of an entry of a claim or an invitation names the unit.
    """
    kinds = ContentType.objects.get_for_models(Project, ProjectClaim, ClaimInvitation)
    units = {(kinds[type(part)].pk, part.pk): part.unit.name for part in parts}
    wanted = Q(about_type=kinds[Project], about_id=project.pk)
    for model in (ProjectClaim, ClaimInvitation):
        mine = [part.pk for part in parts if type(part) is model]
        wanted |= Q(about_type=kinds[model], about_id__in=mine)
    entries = list(HistoryEntry.objects.filter(wanted))
    for entry in entries:
        if unit := units.get((entry.about_type_id, entry.about_id)):
            entry.label = f"{entry.label} · {unit}"
    return entries


def without_words(entries: list[HistoryEntry]) -> list[HistoryEntry]:
    """A timeline for those who have no part in the project: what happened when, not with what words."""
    for entry in entries:
        entry.note, entry.changes = "", {}
    return entries


# Work on a project


def leads_project(project: Project, actor: Actor) -> bool:
    """Whether the actor speaks for a unit whose lead is confirmed, and may write."""
    return not actor.is_read_only and actor.role in UNIT_SIDE and project.stands_lead(actor)


def lead_liaisons(project: Project) -> list[User]:
    """The people of the units that lead a project."""
    return liaisons_of_claims(project.claims.confirmed_leads())


@dataclass(frozen=True, slots=True)
class Served:
    """What the confirmed sessions of a year add up to."""

    person_times: int = 0
    sessions: int = 0


def served_by_year(project: Project) -> dict[int, Served]:
    """Confirmed person-times and sessions of a project by year, in one query."""
    rows = Session.objects.confirmed().filter(project=project).order_by().values_list("held_on__year")
    counted = rows.annotate(total=Sum("person_times"), number=Count("pk"))
    return {year: Served(total, number) for year, total, number in counted}


def served_in_year() -> Coalesce:
    """Confirmed person-times of each row's own year, for rows of `ProjectYear`."""
    held = Session.objects.confirmed().filter(
        project=OuterRef("project"), held_on__year=OuterRef("year")
    ).order_by()  # fmt: skip
    total = held.values("project").annotate(total=Sum("person_times")).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), Value(0))


def led_projects(unit_id: int) -> QuerySet[Project]:
    """The projects a unit leads."""
    leads = ProjectClaim.objects.confirmed_leads().of_unit(unit_id)
    return Project.objects.filter(pk__in=leads.values("project_id"))


def waiting_sessions(project: Project) -> int:
    """Sessions recorded and not confirmed yet: they are not in the figures."""
    return Session.objects.filter(project=project, status=Session.Status.RECORDED).count()


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """What a unit has on its hands and how it went before; for whoever confirms (domain.md §2(e), load)."""

    open: int = 0
    done: int = 0
    quit: int = 0

    @property
    def text(self) -> str:
        words = [f"在手 {self.open} 个项目", f"已完成 {self.done} 个"]
        return "，".join([*words, *([f"退出过 {self.quit} 个"] if self.quit else [])])


def loads_of(unit_ids: Iterable[int]) -> dict[int, UnitLoad]:
    """The load of each unit, in one query; units without any claim are left out."""
    confirmed = Q(status=ProjectClaim.Status.CONFIRMED)
    is_over = Q(project__status__in=Project.ACCEPTED_STATUSES)
    rows = ProjectClaim.objects.filter(unit_id__in=set(unit_ids)).order_by().values_list("unit_id")
    # Claims that ended with a project somebody else ended are no mark against the unit.
    stepped_back = Q(status=ProjectClaim.Status.QUIT) & ~Q(project__status=Project.Status.TERMINATED)
    counted = rows.annotate(
        open=Count("pk", filter=confirmed & ~is_over),
        done=Count("pk", filter=confirmed & is_over),
        quit=Count("pk", filter=stepped_back),
    )
    return {unit_id: UnitLoad(*numbers) for unit_id, *numbers in counted}


# Acceptance


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of an acceptance sheet (指标对照): the target, what came of it, and whether that meets it.

    ``is_met`` is None where nothing was promised.
    """

    target: str
    outcome: str
    is_met: bool | None

    @property
    def words(self) -> str:
        return self.outcome


NO_MILESTONES = SheetLine("里程碑", "未设里程碑", None)


def sheet_lines(project: Project) -> list[SheetLine]:
    """What was promised against what came of it: every milestone, and person-times confirmed so far.

    What was never planned is said so, instead of counting as done.
    """
    lines = [milestone_line(milestone) for milestone in project.milestones.all()] or [NO_MILESTONES]
    waiting = waiting_sessions(project)
    aside = f"，另有 {waiting} 场待核实" if waiting else ""
    if project.is_long:
        served = served_by_year(project)
        for year in project.years.order_by("year"):
            count = served.get(year.year, Served()).person_times
            lines.append(served_line(f"{year.year}年度服务", year.expected_person_times, count, aside))
    else:
        lines.append(served_line("服务", project.expected_person_times, person_times_of(project), aside))
    return lines


def served_line(label: str, expected: int, count: int, aside: str) -> SheetLine:
    outcome = f"已核实 {count:,} 人次{aside}"
    if not expected:
        return SheetLine(f"{label}（未设预计人次）", outcome, None)
    return SheetLine(f"{label} {expected:,} 人次", outcome, count >= expected)


def milestone_line(milestone: Milestone) -> SheetLine:
    if milestone.done_on is None:
        return SheetLine(milestone.title, "未完成", False)
    note = f"：{milestone.note}" if milestone.note else ""
    outcome = f"{milestone.done_on.isoformat()}完成（计划 {milestone.due_on.isoformat()}）{note}"
    return SheetLine(milestone.title, outcome[:200], True)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A line of a round as it is shown: as handed in, as found when decided (or now), and the finding."""

    pk: int | None
    target: str
    outcome: str
    found: str
    is_met: bool | None

    @property
    def words(self) -> str:
        """What came of it; both states where they differ."""
        if not self.found or self.found == self.outcome:
            return self.outcome
        return f"提交时：{self.outcome or '—'}；验收时：{self.found}"


def sheet_rows(acceptance: Acceptance) -> list[SheetRow]:
    """The lines of a round; while it waits they are counted anew, since sessions may have been confirmed meanwhile."""
    items = list(acceptance.items.all())
    if acceptance.result:
        return [SheetRow(one.pk, one.target, one.outcome, one.found, one.is_met) for one in items]
    now = {line.target[:100]: line for line in sheet_lines(acceptance.project)}
    rows = [found_row(one, now.pop(one.target, None)) for one in items]
    return rows + [SheetRow(None, target, "", line.outcome, line.is_met) for target, line in now.items()]


def found_row(item: AcceptanceItem, now: SheetLine | None) -> SheetRow:
    """A stored line against what is there now."""
    if now is None:
        return SheetRow(item.pk, item.target, item.outcome, item.found, item.is_met)
    return SheetRow(item.pk, item.target, item.outcome, now.outcome, now.is_met)
