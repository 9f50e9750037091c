"""The verbs of claims (domain.md §2(e)): submit, screen, confirm, stand by, reject, withdraw, quit.

Whatever may change who leads a project locks the project's row first and the claim's second, so that any number
of people may press at once: one wins, the others hear who did, and nobody waits in a circle.
"""

from django.db import transaction
from django.utils import timezone

from core.actor import SYSTEM, Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import write_history
from core.roles import UNIT_SIDE
from core.workflow import make_move
from projects.actions.project import close_if_expired, lock_project
from projects.messages import project as messages
from projects.models import Project, ProjectClaim
from projects.queries.project import free_slot, lead_names
from units.models import Unit

Kind = ProjectClaim.Kind
MOST_PEOPLE = 100_000
LONGEST_PLAN = 1000
LONGEST_NAME = 40


@transaction.atomic
def submit_claim(
    *,
    project: Project,
    unit: Unit,
    kind: str = Kind.LEAD,
    plan: str = "",
    headcount: int | None = None,
    contact: str = "",
    actor: Actor,
) -> ProjectClaim:
    """A unit's person offers the unit for an open project.

    Raises `NotAllowed` for somebody else's unit, `InputError` beside a field, and `RuleViolation` when the project
    or the unit doesn't allow it now (``already_claimed``: another unit has been confirmed).
    """
    refuse_other_unit(unit.pk, actor)
    check_offer(kind, plan, headcount, contact)
    locked = lock_project(project)
    refuse_unless_claimable(locked, kind)
    refuse_unit(Unit.objects.get(pk=unit.pk))
    refuse_second(locked, unit)
    claim = ProjectClaim.objects.create(
        project=locked,
        unit=unit,
        place_code=locked.place_code,
        kind=kind,
        plan=plan.strip(),
        headcount=headcount,
        contact=contact.strip() or actor.name[:LONGEST_NAME],
        author_id=actor.user_id,
    )
    write_history(about=claim, move="submit", label="提交认领", actor=actor, to_status=claim.status)
    messages.tell_claim_submitted(claim, actor)
    return claim


def refuse_other_unit(unit_id: int, actor: Actor) -> None:
    if actor.is_read_only or actor.role not in UNIT_SIDE or actor.unit_id != unit_id:
        raise NotAllowed("只能由单位的联络员为本单位认领。")


def check_offer(kind: str, plan: str, headcount: int | None, contact: str) -> None:
    if kind not in Kind.values:
        raise InputError("认领方式只能是主认领、联合认领或候补。", field="kind")
    if len(plan) > LONGEST_PLAN:
        raise InputError(f"“打算怎么做”最多 {LONGEST_PLAN} 字。", field="plan")
    if headcount is not None and not 1 <= headcount <= MOST_PEOPLE:
        raise InputError("投入人数要在 1 到 100000 之间；还不确定可以不填。", field="headcount")
    if len(contact) > LONGEST_NAME:
        raise InputError(f"联系人最多 {LONGEST_NAME} 字。", field="contact")


def refuse_unless_claimable(project: Project, kind: str) -> None:
    """Say why a project takes no claim of this kind today; the last day counts as in time."""
    kinds = project.open_kinds(today())
    if kind in kinds:
        return
    if kinds:
        allowed = "、".join(Kind(name).label for name in kinds)
        raise RuleViolation(f"这个项目现在只接受：{allowed}。", field="kind", code="kind_not_open")
    if project.status == Project.Status.CLAIMED:
        raise taken(project)
    if project.status == Project.Status.OPEN:
        raise RuleViolation(f"认领已于{date_text(project.claim_due_on)}截止。", code="deadline_passed")
    raise RuleViolation(f"项目现在是“{project.get_status_display()}”，不接受认领。", code="not_open")


def taken(project: Project) -> RuleViolation:
    return RuleViolation(
        f"这个项目已经确认由{lead_names(project)}认领，没有空余名额了。可以看看别的项目，或者请街道列为候补。",
        code="already_claimed",
    )


def refuse_unit(unit: Unit) -> None:
    if unit.merged_into_id is not None:
        raise RuleViolation(f"{unit}已并入别的单位，请由合并后的单位认领。", field="unit", code="unit_merged")
    if unit.operating_status != Unit.OperatingStatus.OPERATING:
        raise RuleViolation(
            f"{unit}登记的状态是“{unit.get_operating_status_display()}”，不能认领。如有变化请联系社区。",
            field="unit",
            code="unit_not_operating",
        )


def refuse_second(project: Project, unit: Unit) -> None:
    earlier = project.claims.open().of_unit(unit.pk).first()
    if earlier:
        raise RuleViolation(
            f"贵单位已经申请过这个项目，现在是“{earlier.get_status_display()}”。", code="claimed_before"
        )


# Screening and decision


@transaction.atomic
def screen_claim(*, claim: ProjectClaim, note: str = "", actor: Actor) -> ProjectClaim:
    """The community finds the unit fit."""
    moved = make_move(obj=claim, move="screen", actor=actor, note=note)
    messages.tell_claim_screened(moved, note, actor)
    return moved


@transaction.atomic
def confirm_claim(*, claim: ProjectClaim, note: str = "", actor: Actor) -> ProjectClaim:
    """The subdistrict confirms a claim: a lead takes a free place, the last place fills the project.

    Whoever confirms one too many gets `RuleViolation` ``already_claimed`` with the winner's name.
    """
    project = lock_project(claim.project)
    changes = {"decided_at": timezone.now(), **lead_place(project, claim)}

    def check(locked: ProjectClaim) -> None:
        refuse_unless_confirmable(project)
        if locked.kind != Kind.JOINT and changes["slot"] is None:
            raise taken(project)

    moved = make_move(obj=claim, move="confirm", actor=actor, note=note, check=check, **changes)
    messages.tell_claim_confirmed(moved, note, actor)
    if moved.kind == Kind.LEAD:
        settle(project, moved, actor)
    return moved


def refuse_unless_confirmable(project: Project) -> None:
    """Nobody joins a project that is over or is being accepted."""
    if project.status not in Project.CONFIRMABLE_STATUSES:
        raise RuleViolation(
            f"项目现在是“{project.get_status_display()}”，不能再确认认领单位。", code="not_open"
        )


def lead_place(project: Project, claim: ProjectClaim) -> dict:
    """A lead takes a place; who stood by moves up to lead; partners need none."""
    return {} if claim.kind == Kind.JOINT else {"slot": free_slot(project), "kind": Kind.LEAD}


def settle(project: Project, winner: ProjectClaim, actor: Actor) -> None:
    """Once the last lead place is taken the project is claimed and the other claimants hear it."""
    if free_slot(project) is None:
        if project.status in (Project.Status.OPEN, Project.Status.UNCLAIMED):
            project = make_move(obj=project, move="fill", actor=SYSTEM)
        messages.tell_taken(project, winner, actor)
    elif project.status == Project.Status.UNCLAIMED:
        make_move(obj=project, move="close", actor=SYSTEM)


@transaction.atomic
def standby_claim(*, claim: ProjectClaim, note: str = "", actor: Actor) -> ProjectClaim:
    """Keep a claim in reserve."""
    moved = make_move(obj=claim, move="standby", actor=actor, note=note, decided_at=timezone.now())
    messages.tell_claim_standby(moved, note, actor)
    return moved


@transaction.atomic
def reject_claim(*, claim: ProjectClaim, note: str, actor: Actor) -> ProjectClaim:
    """Decline a claim, with the reason."""
    moved = make_move(obj=claim, move="reject", actor=actor, note=note, decided_at=timezone.now())
    messages.tell_claim_rejected(moved, note, actor)
    return moved


# The unit steps back


@transaction.atomic
def withdraw_claim(*, claim: ProjectClaim, note: str = "", actor: Actor) -> ProjectClaim:
    """The unit takes its claim back before it is confirmed."""
    moved = make_move(obj=claim, move="withdraw", actor=actor, note=note)
    messages.tell_claim_withdrawn(moved, note, actor)
    return moved


@transaction.atomic
def quit_claim(*, claim: ProjectClaim, note: str, actor: Actor) -> ProjectClaim:
    """A confirmed unit leaves; its place is free again, and past the deadline the project may be left unclaimed."""
    project = lock_project(claim.project)
    moved = make_move(
        obj=claim, move="quit", actor=actor, note=note, check=lambda _: refuse_late_quit(project), slot=None,
        left_on=today(),
    )  # fmt: skip
    for extension in project.extensions.filter(unit_id=moved.unit_id, status="submitted"):
        make_move(obj=extension, move="withdraw", actor=SYSTEM, note="单位已退出项目")
    messages.tell_claim_quit(moved, note, actor)
    if moved.kind == Kind.LEAD:
        reopen(project, moved, actor)
    return moved


def refuse_late_quit(project: Project) -> None:
    """Nobody leaves work that is handed in or over."""
    if project.status not in (*Project.CONFIRMABLE_STATUSES, Project.Status.FIXING):
        raise RuleViolation(
            f"项目现在是“{project.get_status_display()}”，不能退出。验收有了结论再说。",
            code="too_late_to_quit",
        )


# A project that loses its last lead in one of these states looks for another.
LEFT_ALONE = (Project.Status.RUNNING, Project.Status.SUSPENDED, Project.Status.FIXING)


def reopen(project: Project, quitter: ProjectClaim, actor: Actor) -> None:
    """Open the project again: while it is claimed unless it is late and others still lead it; later only without any."""
    is_late, is_led = today() > project.claim_due_on, bool(lead_names(project))
    is_claimed = project.status == Project.Status.CLAIMED
    if (is_claimed and not (is_late and is_led)) or (project.status in LEFT_ALONE and not is_led):
        project = make_move(obj=project, move="reopen", actor=SYSTEM)
        close_if_expired(project, today())
    messages.tell_reopened(project, quitter, actor)
