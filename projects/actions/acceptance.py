"""The verbs of acceptance (验收, domain.md §2(e), §2.13 验收单): hand in, accept, have it put right, fail.

Each round is an `Acceptance` with the sheet's lines as they stood when it was handed in and, where they differ, when
it was decided about; nobody accepts the own submission (domain.md §2.11 (23)). What falls short of what was promised
is accepted only with words.
"""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, NotAllowed, RuleViolation
from core.workdays import add_workdays
from core.workflow import make_move
from projects.actions.project import close_claims, end_papers, lock_project
from projects.messages import work as words
from projects.models import Acceptance, AcceptanceItem, Project
from projects.queries.project import person_times_of, sheet_lines, sheet_rows, waiting_sessions

LONGEST_TEXT = 1000
LONGEST_REASON = 300
RECTIFY_WORKDAYS = 10
Result = Acceptance.Result


def default_rectify_due() -> date:
    """Ten workdays from today, unless the owner sets another day."""
    return add_workdays(today(), RECTIFY_WORKDAYS)


@transaction.atomic
def hand_in_project(*, project: Project, statement: str, early_reason: str = "", actor: Actor) -> Project:
    """The leading unit hands its work in, every milestone reported; the sheet's lines are filled in by the portal.

    A long-term project before its last day is handed in with the reason why (提前完成).
    """
    if not statement.strip() or len(statement.strip()) > LONGEST_TEXT:
        raise InputError(f"请写明完成情况，最多 {LONGEST_TEXT} 字。", field="statement", code="required")
    if len(early_reason.strip()) > LONGEST_REASON:
        raise InputError(f"提前完成的原因最多 {LONGEST_REASON} 字。", field="early_reason")

    def check(locked: Project) -> None:
        refuse_open_milestones(locked)
        refuse_early_without_reason(locked, early_reason)

    moved = make_move(
        obj=lock_project(project), move="hand_in", actor=actor, note=statement.strip(), check=check
    )
    acceptance = Acceptance.objects.create(
        project=moved,
        unit_id=actor.unit_id,
        place_code=moved.place_code,
        round=moved.acceptances.count() + 1,
        statement=statement.strip(),
        early_reason=early_reason.strip() if is_early(moved) else "",
        submitted_by_id=actor.user_id,
    )
    AcceptanceItem.objects.bulk_create(
        AcceptanceItem(
            acceptance=acceptance, target=line.target[:100], outcome=line.outcome, is_met=line.is_met
        )
        for line in sheet_lines(moved)
    )
    words.tell_handed_in(acceptance, actor)
    return moved


def is_early(project: Project) -> bool:
    """A long-term project is a promise until its last day."""
    return project.is_long and today() < project.end_on


def refuse_early_without_reason(project: Project, reason: str) -> None:
    if is_early(project) and not reason.strip():
        raise InputError(
            f"长期项目到{date_text(project.end_on)}才结束，提前完成请写明原因。",
            field="early_reason",
            code="early_reason_required",
        )


def refuse_open_milestones(project: Project) -> None:
    """All milestones are reported before the work is handed in (domain.md §2(e), 待验收)."""
    missing = project.milestones.filter(done_on__isnull=True).values_list("title", flat=True)
    if names := "、".join(missing):
        raise RuleViolation(f"还有里程碑没有报完成：{names}。请先填报，再提交验收。", code="milestones_open")


def open_round(project: Project) -> Acceptance:
    """The round that waits for the owner, locked."""
    found = project.acceptances.select_for_update().filter(result="").order_by("-round").first()
    if found is None:
        raise RuleViolation("没有等待验收的提交。请刷新页面看看最新情况。", code="wrong_state")
    return found


def decide(
    project: Project,
    move: str,
    result: str,
    opinion: str,
    met: Collection[int] | None,
    actor: Actor,
    *,
    due_on: date | None = None,
    **changes,
) -> Project:
    """Write the finding of a round down and move the project; ``met`` are the lines found to be met (None: as filled in)."""
    if len(opinion.strip()) > LONGEST_TEXT:
        raise InputError(f"验收意见最多 {LONGEST_TEXT} 字。", field="note")
    locked = lock_project(project)
    moved = make_move(
        obj=locked, move=move, actor=actor, note=opinion, check=lambda row: refuse_own(row, actor), **changes
    )
    acceptance = open_round(moved)
    count_anew(acceptance)
    short = short_of(acceptance)
    if met is not None:
        tick(acceptance, met)
    if result == Result.PASSED and not opinion.strip():
        refuse_without_words(list(dict.fromkeys([*short, *short_of(acceptance)])), waiting_sessions(moved))
    acceptance.result, acceptance.opinion = result, opinion.strip()
    acceptance.rectify_due_on = due_on
    acceptance.person_times = person_times_of(moved)
    acceptance.decided_by_id, acceptance.decided_at = actor.user_id, timezone.now()
    acceptance.version += 1
    acceptance.save()
    words.tell_accepted(acceptance, actor)
    return moved


def count_anew(acceptance: Acceptance) -> None:
    """Bring the lines up to now: sessions may have been confirmed since the work was handed in; both are kept."""
    for row in sheet_rows(acceptance):
        values = {"found": row.found if row.found != row.outcome else "", "is_met": row.is_met}
        if row.pk is None:
            acceptance.items.create(target=row.target, **values)
        else:
            acceptance.items.filter(pk=row.pk).update(**values)


def short_of(acceptance: Acceptance) -> list[str]:
    """The targets that are not met."""
    return list(acceptance.items.filter(is_met=False).values_list("target", flat=True))


def refuse_without_words(short: list[str], waiting: int) -> None:
    """What falls short, or is not in the figures yet, is accepted only with an opinion (问题和意见)."""
    reasons = [f"没有达到：{'、'.join(short)}"] if short else []
    reasons += [f"还有 {waiting} 场活动待核实"] if waiting else []
    if reasons:
        raise InputError(
            f"{'；'.join(reasons)}。验收通过请在验收意见里写明问题和理由，也可以要求整改。",
            field="note",
            code="opinion_required",
        )


def refuse_own(project: Project, actor: Actor) -> None:
    """Who handed it in never accepts it, in whatever role."""
    waiting = project.acceptances.filter(result="")
    if actor.user_id is not None and waiting.filter(submitted_by_id=actor.user_id).exists():
        raise NotAllowed("不能验收自己提交的项目，请由另一位同事验收。", code="own_paper")


def tick(acceptance: Acceptance, met: Collection[int]) -> None:
    """The owner's own finding on each line; where nothing was promised there is nothing to find."""
    promised = acceptance.items.exclude(is_met=None)
    unknown = set(met) - set(acceptance.items.values_list("pk", flat=True))
    if unknown:
        raise InputError("有的指标不在这份验收单上。", field="met")
    promised.exclude(pk__in=met).update(is_met=False)
    promised.filter(pk__in=met).update(is_met=True)


@transaction.atomic
def accept_project(
    *, project: Project, note: str = "", met: Collection[int] | None = None, actor: Actor
) -> Project:
    """The owner accepts the work: the project is completed today, who stood by is released.

    Raises `InputError` ``opinion_required`` when a target is unmet or sessions wait for confirmation and nothing is said.
    """
    moved = decide(project, "accept", Result.PASSED, note, met, actor, completed_on=today())
    close_claims(moved, "项目已完成")
    return moved


@transaction.atomic
def rectify_project(
    *,
    project: Project,
    note: str,
    rectify_due_on: date | None = None,
    met: Collection[int] | None = None,
    actor: Actor,
) -> Project:
    """The owner wants something put right until a day (ten workdays unless set); then it is handed in again."""
    due_on = rectify_due_on or default_rectify_due()
    if due_on <= today():
        raise InputError(f"整改期限要晚于今天（{date_text(today())}）。", field="rectify_due_on")
    return decide(project, "rectify", Result.RECTIFY, note, met, actor, due_on=due_on)


@transaction.atomic
def fail_project(*, project: Project, note: str, met: Collection[int] | None = None, actor: Actor) -> Project:
    """The owner finds that it was not done: the project ends, with the reason."""
    moved = decide(project, "fail", Result.FAILED, note, met, actor)
    end_papers(moved, "验收不通过", note)
    return moved
