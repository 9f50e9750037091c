"""What the page of one project shows of the work on it: milestones, progress, requests, rounds of acceptance, years, papers."""

from dataclasses import dataclass
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import reverse

from core.actor import Actor
from core.clock import today
from core.components import Tag
from core.models import IssuedDocument
from core.roles import STAFF
from core.todo import due_tag
from projects.actions.work import EXTENDABLE, REPORTING
from projects.models import Acceptance, ClaimInvitation, Milestone, Project, ProjectExtension, ProjectYear
from projects.models.work import OWNERS, STAFF_ABOVE
from projects.queries.project import Served, leads_project, served_by_year, sheet_rows

REPORTS_SHOWN = 5
DRAFTED = (Project.Status.DRAFT, Project.Status.REVIEW)


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone as the page shows it."""

    milestone: Milestone
    tag: Tag


def step_of(milestone: Milestone, on: date) -> Step:
    """Done, or how near its day is."""
    return Step(milestone, Tag("已完成", "ok") if milestone.done_on else due_tag(milestone.due_on, on))


def work_context(project: Project, actor: Actor) -> dict:
    """The blocks of the project's page, in a fixed number of queries whatever the number of rows."""
    on, is_lead = today(), leads_project(project, actor)
    is_owner = actor.role in OWNERS and actor.stands_over(project.place_code) and not actor.is_read_only
    is_rescuer = is_owner and actor.role in STAFF_ABOVE
    # Before anybody worked on it there is nothing to read.
    has_begun = project.started_on is not None or project.has_lead_work
    extensions = list(extensions_of(project, actor)) if has_begun else []
    acceptances = list(acceptances_of(project, actor)) if has_begun else []
    milestones = list(project.milestones.all())
    return {
        "steps_of_work": [step_of(one, on) for one in milestones],
        "is_lead": is_lead,
        "can_report": is_lead and project.status in REPORTING,
        "can_tell": project.status in REPORTING and is_claimant(project, actor),
        "can_plan": is_owner and project.status in (*Project.CONFIRMABLE_STATUSES, Project.Status.FIXING),
        "can_extend": is_lead and project.status in EXTENDABLE and may_ask(extensions),
        "reports": list(project.progress_reports.select_related("claim__unit")[:REPORTS_SHOWN])
        if has_begun
        else [],
        "extensions": extensions,
        "acceptances": [(one, sheet_rows(one)) for one in acceptances],
        "years": year_lines(project) if project.is_long else [],
        "invitations": list(invitations_of(project, actor)) if project.status not in DRAFTED else [],
        "can_rescue": is_rescuer and project.status == Project.Status.UNCLAIMED,
        "papers": papers_of(project, is_owner),
        "documents": list(documents_about(*acceptances)),
    }


def is_claimant(project: Project, actor: Actor) -> bool:
    """Whether the actor's unit carries the project out, as lead or jointly."""
    if actor.unit_id is None or actor.is_read_only:
        return False
    return project.claims.of_unit(actor.unit_id).filter(status="confirmed").exists()


def may_ask(extensions: list[ProjectExtension]) -> bool:
    granted_before = sum(one.status == ProjectExtension.Status.APPROVED for one in extensions)
    waiting = any(one.status == ProjectExtension.Status.SUBMITTED for one in extensions)
    return granted_before < Project.MOST_EXTENSIONS and not waiting


def extensions_of(project: Project, actor: Actor):
    rows = ProjectExtension.objects.visible_to(actor).filter(project=project)
    return rows.select_related("unit", "project")


def acceptances_of(project: Project, actor: Actor):
    rows = Acceptance.objects.visible_to(actor).filter(project=project)
    return rows.select_related("unit", "decided_by", "project").prefetch_related("items")


def invitations_of(project: Project, actor: Actor):
    """For staff all of them, for a unit the one that asks it."""
    rows = ClaimInvitation.objects.visible_to(actor).filter(project=project)
    rows = rows if actor.role in STAFF else rows.waiting()
    return rows.select_related("unit", "project")


@dataclass(frozen=True, slots=True)
class YearLine:
    """A year of a long-term project: what was expected, and what was confirmed."""

    row: ProjectYear
    served: Served


def year_lines(project: Project) -> list[YearLine]:
    served = served_by_year(project)
    lines = [YearLine(row, served.get(row.year, Served())) for row in project.years.all()]
    for line in lines:
        line.row.project = project
    return lines


def documents_about(*rows: Model):
    """The papers issued about rows of one kind that are already found among those the actor may see."""
    if not rows:
        return IssuedDocument.objects.none()
    kind = ContentType.objects.get_for_model(rows[0])
    return IssuedDocument.objects.filter(about_type=kind, about_id__in=[row.pk for row in rows])


def papers_of(project: Project, is_owner: bool) -> list[tuple[str, str]]:
    """(label, address) of the papers that may be issued now."""
    is_handed_in = project.status in (
        *Project.ACCEPTED_STATUSES,
        Project.Status.TO_ACCEPT,
        Project.Status.FIXING,
    )
    if is_owner and is_handed_in:
        return [("印发验收单", reverse("projects:acceptance_paper", args=[project.pk]))]
    return []
