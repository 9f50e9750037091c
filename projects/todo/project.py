"""What waits for a person in projects: proposals to take up, drafts, projects to review, claims to screen and confirm."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from core.actor import Actor
from core.codes import under
from core.roles import DISTRICT_STAFF, STAFF, UNIT_SIDE, Role
from core.todo import LIMIT, TodoItem, WaitingItem
from projects.messages.project import answer_due_on
from projects.models import Project, ProjectClaim
from projects.models.project import ABOVE_COMMUNITY


def claims_to_screen(actor: Actor) -> QuerySet:
    """The community screens the claims of its place, staff above it those on their own projects."""
    claims = ProjectClaim.objects.filter(status=ProjectClaim.Status.SUBMITTED)
    if actor.role == Role.COMMUNITY:
        return claims.filter(under(actor.place_code))
    return claims.filter(place_code=actor.place_code) if actor.role in STAFF else claims.none()


def claims_to_confirm(actor: Actor) -> QuerySet:
    """The subdistrict confirms; the district only what no subdistrict stands over."""
    claims = ProjectClaim.objects.filter(status=ProjectClaim.Status.SCREENED)
    if actor.role == Role.SUBDISTRICT:
        return claims.filter(under(actor.place_code))
    return claims.filter(place_code=actor.place_code) if actor.role in DISTRICT_STAFF else claims.none()


def projects_to_review(actor: Actor) -> QuerySet:
    """A subdistrict reviews its communities' projects, the district those of the subdistricts; nobody the own."""
    waiting = Project.objects.filter(under(actor.place_code), status=Project.Status.REVIEW)
    projects = waiting.exclude(author_id=actor.user_id).exclude(taken_up_by_id=actor.user_id)
    if actor.role == Role.SUBDISTRICT:
        return projects.exclude(place_code=actor.place_code)
    return (
        projects.filter(place__level__in=ABOVE_COMMUNITY) if actor.role == Role.DISTRICT else projects.none()
    )


def projects_unclaimed(actor: Actor) -> QuerySet:
    """Nobody came: the subdistrict extends or ends them."""
    projects = Project.objects.filter(under(actor.place_code), status=Project.Status.UNCLAIMED)
    return projects if actor.role == Role.SUBDISTRICT else projects.none()


def proposals_to_answer(actor: Actor) -> QuerySet:
    """What units propose: the community takes it up, the subdistrict what is proposed for itself."""
    proposals = Project.objects.filter(status=Project.Status.PROPOSED)
    if actor.role == Role.COMMUNITY:
        return proposals.filter(under(actor.place_code))
    return (
        proposals.filter(place_code=actor.place_code) if actor.role == Role.SUBDISTRICT else proposals.none()
    )


def own_drafts(actor: Actor) -> QuerySet:
    """Drafts the person began, or took up, and has not handed in; for a unit its own proposals."""
    drafts = Project.objects.filter(status=Project.Status.DRAFT)
    if actor.unit_id:
        return drafts.filter(proposed_by_id=actor.unit_id, taken_up_by__isnull=True)
    mine = Q(author_id=actor.user_id, proposed_by__isnull=True) | Q(taken_up_by_id=actor.user_id)
    return drafts.filter(mine)


@dataclass(frozen=True)
class Kind:
    """One kind of to-do: which rows, and how they are named and asked for."""

    rows: Callable[[Actor], QuerySet]
    name: str
    title: str
    why: str
    action_label: str


CLAIM_KINDS = (
    Kind(claims_to_screen, "claim-screen", "初审认领", "单位提交了认领，等社区初审", "初审"),
    Kind(claims_to_confirm, "claim-confirm", "确认认领", "社区初审已通过，等您确认", "确认"),
)
PROPOSAL = Kind(
    proposals_to_answer, "project-proposal", "接收单位提议", "单位提出了项目，等您接收或退回", "办理"
)
UNIT_DRAFT = Kind(own_drafts, "project-draft", "提交项目", "贵单位提出的项目还没有提交社区", "提交")
PROJECT_KINDS = (
    Kind(projects_to_review, "project-review", "审核项目", "项目已提交，等您审核发布", "审核"),
    Kind(
        projects_unclaimed,
        "project-unclaimed",
        "无人认领",
        "认领期已过，由街道统筹：协商、改短、延长或撤销",
        "统筹",
    ),
    Kind(own_drafts, "project-draft", "提交草稿", "您起草的项目还没有提交", "提交"),
)


def todo_items(actor: Actor, today: date) -> Iterator[TodoItem]:
    """What the actor is to do about projects and claims now."""
    if actor.role in UNIT_SIDE:
        for project in own_drafts(actor)[:LIMIT]:
            yield item(
                UNIT_DRAFT, f"{UNIT_DRAFT.title}：{project}", project.get_absolute_url(), project.claim_due_on
            )
    if actor.role not in STAFF:
        return
    for project in proposals_to_answer(actor)[:LIMIT]:
        title = f"{PROPOSAL.title}：{project}"
        yield item(PROPOSAL, title, project.get_absolute_url(), answer_due_on(project))
    for kind in CLAIM_KINDS:
        for claim in kind.rows(actor).select_related("project", "unit")[:LIMIT]:
            title = f"{kind.title}：{claim.unit} · {claim.project}"
            yield item(kind, title, claim.project.get_absolute_url(), claim.project.claim_due_on)
    for kind in PROJECT_KINDS:
        for project in kind.rows(actor)[:LIMIT]:
            is_unclaimed = kind.name == "project-unclaimed"
            url = project.rescue_url if is_unclaimed else project.get_absolute_url()
            yield item(kind, f"{kind.title}：{project}", url, project.claim_due_on)


def item(kind: Kind, title: str, url: str, due_on: date) -> TodoItem:
    return TodoItem(title, kind.why, url, kind.action_label, due_on, kind=kind.name)


def todo_count(actor: Actor, today: date) -> int:
    """How many of them there are."""
    if actor.role in UNIT_SIDE:
        return own_drafts(actor).count()
    if actor.role not in STAFF:
        return 0
    claims = claims_to_screen(actor) | claims_to_confirm(actor)
    projects = projects_to_review(actor) | projects_unclaimed(actor) | own_drafts(actor)
    return claims.count() + (projects | proposals_to_answer(actor)).count()


def waiting_items(actor: Actor, today: date) -> Iterator[WaitingItem]:
    """What the actor waits for: a unit for its claims, a community for the subdistrict's decisions."""
    for claim in waiting_claims(actor).select_related("project", "unit")[:LIMIT]:
        since = timezone.localdate(claim.submitted_at)
        yield WaitingItem(
            f"等{claim.turn_text}：{claim.unit} · {claim.project}",
            claim.get_absolute_url(),
            since,
            "claim",
        )
    if actor.role in UNIT_SIDE:
        for project in proposals_waiting(actor)[:LIMIT]:
            since = timezone.localdate(project.proposed_at)
            title = f"等{project.turn_text}：{project}"
            yield WaitingItem(title, project.get_absolute_url(), since, "project")
    if actor.role == Role.COMMUNITY:
        for project in Project.objects.filter(under(actor.place_code), status=Project.Status.REVIEW)[:LIMIT]:
            since = timezone.localdate(project.created_at)
            yield WaitingItem(f"等街道审核：{project}", project.get_absolute_url(), since, "project")


def proposals_waiting(actor: Actor) -> QuerySet:
    """What the actor's unit has proposed and nobody has answered."""
    proposals = Project.objects.filter(status=Project.Status.PROPOSED, proposed_by_id=actor.unit_id)
    return proposals.select_related("place").order_by("proposed_at", "pk")


def waiting_claims(actor: Actor) -> QuerySet:
    if actor.role in UNIT_SIDE:
        return ProjectClaim.objects.visible_to(actor).unfinished()
    others_turn = {
        Role.COMMUNITY: ProjectClaim.Status.SCREENED,
        Role.SUBDISTRICT: ProjectClaim.Status.SUBMITTED,
    }.get(actor.role)
    claims = ProjectClaim.objects.visible_to(actor)
    return claims.filter(status=others_turn) if others_turn else claims.none()
