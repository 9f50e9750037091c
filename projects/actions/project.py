"""The verbs of projects until they are claimed (domain.md §2(e)): draft, submit, publish, return, extend, terminate.

What a unit proposes goes its own first steps in `projects.actions.proposals`.
"""

import copy
import re
from collections.abc import Iterable
from datetime import MAXYEAR, date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.actor import SYSTEM, Actor
from core.clock import today
from core.components import date_text
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.numbers import next_number
from core.roles import UNIT_SIDE, Role
from core.workdays import add_workdays
from core.workflow import make_move
from projects.actions.first_claim import claim_for_proposer
from projects.actions.needs import release_needs
from projects.messages import project as messages
from projects.milestones import (
    Planned,
    check_milestones,
    milestone_words,
    planned_of,
    save_milestones,
)
from projects.models import Project, ProjectClaim, ProjectExtension
from projects.queries.project import codes_above, lead_names, subdistrict_of
from units.models import Division, Unit

# domain.md §2(e): the deadline for claims lies at least this many workdays after publication.
CLAIM_WORKDAYS = 10
DRAFTERS = frozenset({Role.COMMUNITY, Role.SUBDISTRICT})
# domain.md §3, row Project: R4 "propose C u", R6 "C o".
PROPOSERS = UNIT_SIDE
# How long a project may be (our default): a short one a year, a long-term one five, then it is drafted anew.
LONGEST_YEARS = {Project.Term.SHORT: 1, Project.Term.LONG: 5}
LEVEL_WORD = re.compile(r"(?<=.)(街道|社区|新区|区|镇|乡)$")


def earliest_deadline(on: date) -> date:
    """The earliest deadline for claims of a project published on a day."""
    return add_workdays(on, CLAIM_WORKDAYS)


def lock_project(project: Project) -> Project:
    """The project as it stands now, locked until the transaction ends; always locked before its claims."""
    return Project.objects.select_for_update(of=("self",)).select_related("place").get(pk=project.pk)


# Drafts


@transaction.atomic
def draft_project(
    *,
    place: Division,
    more_places: Iterable[Division] = (),
    milestones: Iterable[Planned] = (),
    actor: Actor,
    **fields,
) -> Project:
    """Start a project at a place: ``fields`` are those of the form. Raises `InputError` beside the field.

    Drafted by a unit's person it is the unit's proposal (domain.md §3, R4 and R6) until the community takes it up.
    """
    refuse_unless_drafter(place.code, actor)
    if actor.role in PROPOSERS:
        fields = {**fields, "proposed_by_id": actor.unit_id, "origin": Project.Origin.UNIT}
    project = Project(place=place, place_code=place.code, author_id=actor.user_id, **fields)
    planned, further = list(milestones), list(more_places)
    check_fields(project)
    check_milestones(project, planned)
    check_places(place, further)
    project.save()
    project.more_places.set(further)
    save_milestones(project, planned)
    write_history(about=project, move="draft", label="起草", actor=actor, to_status=project.status)
    return project


@transaction.atomic
def change_project(*, project: Project, version: int | None = None, actor: Actor, **fields) -> Project:
    """Change a draft. Raises `StaleVersion` when somebody changed it since ``version``."""
    locked = lock_project(project)
    refuse_unless_holder(locked, actor)
    if locked.status != Project.Status.DRAFT:
        raise RuleViolation("只有草稿可以修改；已经提交的项目要先退回。", code="wrong_state")
    planned, further = fields.pop("milestones", None), fields.pop("more_places", None)
    changed = copy.copy(locked)
    for name, value in fields.items():
        setattr(changed, name, value)
    refuse_unless_drafter(changed.place.code, actor)
    check_fields(changed)
    check_milestones(changed, planned_of(locked) if planned is None else planned)
    check_places(changed.place, locked.more_places.all() if further is None else further)
    saved = change_fields(obj=locked, values=fields, actor=actor, version=version)
    if saved.place_code != saved.place.code:
        saved.place_code = saved.place.code
        saved.save(update_fields=["place_code"])
    if further is not None:
        change_more_places(saved, further, actor)
    if planned is not None:
        change_milestones(saved, planned, actor)
    return saved


def change_more_places(project: Project, places: Iterable[Division], actor: Actor) -> None:
    """Set the further places, with a line in the timeline when they differ."""
    before = place_names(project.more_places.all())
    project.more_places.set(places)
    after = place_names(project.more_places.all())
    if before != after:
        note_change(project, {"more_places": ["还覆盖的地方", before, after]}, actor)


def change_milestones(project: Project, milestones: Iterable[Planned], actor: Actor) -> None:
    """Set the milestones that are not done, with a line in the timeline when they differ."""
    before = milestone_words(project)
    save_milestones(project, milestones)
    after = milestone_words(project)
    if before != after:
        note_change(project, {"milestones": ["里程碑", before, after]}, actor)


def note_change(project: Project, changes: dict, actor: Actor) -> None:
    save_next_version(project)
    write_history(about=project, move="change", label="修改", actor=actor, changes=changes)


def place_names(places: Iterable[Division]) -> str:
    return "、".join(sorted(place.name for place in places))


def refuse_unless_drafter(place_code: str, actor: Actor) -> None:
    if actor.role in PROPOSERS and not actor.is_read_only:
        if not proposal_places(actor).filter(code=place_code).exists():
            raise NotAllowed("只能为本单位所在的社区或街道提出项目。")
    elif actor.is_read_only or actor.role not in DRAFTERS or not actor.stands_over(place_code):
        raise NotAllowed("只能由社区或街道的工作人员为本辖区起草项目，或者由单位为所在的社区、街道提出。")


def refuse_unless_holder(project: Project, actor: Actor) -> None:
    """A unit's draft is its own, any other the staff's of its place."""
    if not may_change(project, actor):
        raise NotAllowed(
            "这份草稿还在提出单位手里，由提出单位修改。"
            if project.is_with_proposer
            else "只能由项目所在社区或街道的工作人员修改。"
        )


def may_change(project: Project, actor: Actor) -> bool:
    """Whether the actor may change the project as long as it is a draft."""
    if actor.is_read_only:
        return False
    if actor.role in PROPOSERS:
        return project.is_with_proposer and project.stands_proposer(actor)
    return actor.role in DRAFTERS and project.stands_holder(actor)


def proposal_places(actor: Actor) -> QuerySet[Division]:
    """The community and the subdistrict of the actor's unit, for which it may propose; the community first."""
    unit = Unit.objects.filter(pk=actor.unit_id).first()
    codes = codes_above(unit.place_code) if unit else []
    levels = (Division.Level.COMMUNITY, Division.Level.SUBDISTRICT)
    return Division.objects.filter(code__in=codes, level__in=levels).order_by("-code")


def check_fields(project: Project) -> None:
    """Raise the first thing wrong with a draft, in the words of the model's own rules."""
    try:
        project.full_clean(exclude=["author", "number"])
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise InputError(sentences[0], field=None if field == "__all__" else field) from error
    if project.claim_due_on > project.end_on:
        raise InputError("认领截止日不能晚于项目结束日期。", field="claim_due_on")
    check_length(project)


def check_length(project: Project) -> None:
    """A project ends within a year, a long-term one within five (our default); longer ones are drafted anew."""
    years = LONGEST_YEARS[project.term]
    latest = years_after(project.start_on, years)
    if project.end_on > latest:
        raise InputError(
            f"{project.get_term_display()}项目最长 {years} 年，结束日期要在{date_text(latest)}或以前。"
            f"{'更长的请选“长期”。' if project.term == Project.Term.SHORT else '到期后可以再起草一期。'}",
            field="end_on",
        )


def years_after(day: date, years: int) -> date:
    """The same day some years later; 28 February where that year has no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28) if day.year + years <= MAXYEAR else date.max


def check_places(place: Division, more_places: Iterable[Division]) -> None:
    """A project over several places keeps within one subdistrict, whose staff look after it."""
    where = subdistrict_of(place)
    for further in more_places:
        if further.pk == place.pk:
            raise InputError("实施地不用再列为“还覆盖的地方”。", field="more_places")
        if not further.code.startswith(where.code):
            raise InputError(f"{further}不在{where}，还覆盖的地方要在同一个街道。", field="more_places")


# Review


@transaction.atomic
def submit_project(*, project: Project, actor: Actor) -> Project:
    """Hand a draft in for review."""
    moved = make_move(obj=project, move="submit", actor=actor, check=refuse_dates)
    messages.tell_submitted(moved, actor)
    return moved


@transaction.atomic
def publish_project(*, project: Project, is_cleared: bool = False, note: str = "", actor: Actor) -> Project:
    """Publish a reviewed project: it gets its number and units may claim it until ``claim_due_on``.

    ``is_cleared`` says that the reviewer has checked it for confidentiality (保密审查, domain.md must-hold 22); who
    and when is kept. Whoever drafted or took it up is another person. A unit that leads what it proposed claims first.
    """
    locked = lock_project(project)
    number, now = locked.number or take_number(locked, today()), timezone.now()

    def check(row: Project) -> None:
        if not is_cleared:
            raise InputError("发布前要做保密审查，请审查后勾选“已做保密审查”。", field="is_cleared")
        refuse_dates(row)

    moved = make_move(
        obj=locked,
        move="publish",
        actor=actor,
        note=note,
        check=check,
        number=number,
        published_at=now,
        cleared_by_id=actor.user_id,
        cleared_at=now if actor.user_id else None,
    )
    messages.tell_published(moved, actor)
    if moved.is_led_by_proposer:
        claim_for_proposer(moved)
    return moved


def refuse_dates(project: Project) -> None:
    """What has begun can't be claimed any more, and units have ten workdays to claim."""
    if project.start_on < today():
        raise RuleViolation(
            f"开始日期{date_text(project.start_on)}已经过去，请改成今天或以后再办。",
            field="start_on",
            code="start_passed",
        )
    refuse_too_short(project)


def refuse_too_short(project: Project) -> None:
    earliest = earliest_deadline(today())
    if project.claim_due_on < earliest:
        raise RuleViolation(
            f"认领截止日要在{date_text(earliest)}或以后，给各单位至少 {CLAIM_WORKDAYS} 个工作日。请先改后办。",
            field="claim_due_on",
            code="deadline_too_short",
        )


def take_number(project: Project, on: date) -> str:
    """``XM-2026-玉林-0012``: gap-free within one subdistrict and year."""
    where = subdistrict_of(project.place)
    series = next_number(f"project:{where.code}:{on.year}")
    return f"XM-{on.year}-{LEVEL_WORD.sub('', where.name)}-{series:04d}"


@transaction.atomic
def return_project(*, project: Project, note: str, actor: Actor) -> Project:
    """Send a project under review back to its drafters."""
    moved = make_move(obj=project, move="return", actor=actor, note=note)
    messages.tell_returned(moved, note, actor)
    return moved


@transaction.atomic
def terminate_project(*, project: Project, note: str, actor: Actor) -> Project:
    """End a project for good, also one that units carry out: their claims end with the reason, and they hear it."""
    moved = make_move(obj=lock_project(project), move="terminate", actor=actor, note=note)
    end_papers(moved, "项目已撤销", note)
    messages.tell_terminated(moved, note, actor)
    return moved


def end_papers(project: Project, label: str, reason: str) -> None:
    """What hangs on a project that is over: claims, open requests, and needs, which are free again."""
    note = f"{label}：{reason.strip()}"
    close_claims(project, note)
    release_needs(project, reason)
    for claim in project.claims.filter(status=ProjectClaim.Status.CONFIRMED).order_by("pk"):
        ended = make_move(obj=claim, move="end", actor=SYSTEM, note=note, slot=None, left_on=today())
        messages.tell_claim_ended(ended, note, SYSTEM)
    for invitation in project.invitations.waiting().order_by("pk"):
        make_move(obj=invitation, move="lapse", actor=SYSTEM, note=note)
    for extension in project.extensions.filter(status=ProjectExtension.Status.SUBMITTED):
        make_move(obj=extension, move="withdraw", actor=SYSTEM, note=note)


def close_claims(project: Project, note: str) -> None:
    """Claims that were never confirmed end with the project."""
    for claim in project.claims.unfinished().order_by("pk"):
        close_claim(claim, note)


def close_claim(claim: ProjectClaim, note: str) -> None:
    closed = make_move(obj=claim, move="close", actor=SYSTEM, note=note, decided_at=timezone.now())
    messages.tell_claim_rejected(closed, note, SYSTEM)


# The deadline for claims


@transaction.atomic
def extend_project(*, project: Project, note: str, claim_due_on: date | None = None, actor: Actor) -> Project:
    """Reopen a project nobody claimed; the new deadline is ten workdays from today unless given later."""
    earliest = earliest_deadline(today())
    due = claim_due_on or earliest

    def check(locked: Project) -> None:
        if due < earliest:
            raise InputError(f"认领截止日要在{date_text(earliest)}或以后。", field="claim_due_on")
        if due > locked.end_on:
            raise RuleViolation(
                f"项目{date_text(locked.end_on)}就结束，来不及再认领。请撤销后重新起草。",
                field="claim_due_on",
                code="project_ends",
            )

    moved = make_move(obj=project, move="extend", actor=actor, note=note, check=check, claim_due_on=due)
    messages.tell_extended(moved, actor)
    return moved


def close_expired_claims(*, today: date) -> int:
    """Close every open project whose deadline lies before ``today``; returns how many. May run any number of times."""
    due = Project.objects.open().filter(claim_due_on__lt=today).order_by("pk")
    return sum(close_if_expired(project, today) for project in due)


@transaction.atomic
def close_if_expired(project: Project, today: date) -> bool:
    """Past the deadline an open project is claimed when somebody leads it, else unclaimed."""
    locked = lock_project(project)
    if locked.status != Project.Status.OPEN or locked.claim_due_on >= today:
        return False
    if lead_names(locked):
        messages.tell_closed(make_move(obj=locked, move="close", actor=SYSTEM), SYSTEM)
    else:
        messages.tell_expired(make_move(obj=locked, move="expire", actor=SYSTEM), SYSTEM)
    return True
