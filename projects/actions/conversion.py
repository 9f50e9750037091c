"""From a need or a resource to a project in one step (domain.md §2(e): 需求清单、资源清单 → 项目清单)."""

from django.db import transaction

from core.actor import Actor
from core.errors import InputError, RuleViolation
from core.history import write_history
from core.workflow import make_move, refuse_unless_possible
from projects.actions.project import draft_project, lock_project
from projects.messages import lists as list_messages
from projects.models import Need, Project, Resource
from projects.queries.lists import JOINABLE
from units.models import Division

LONGEST_SUMMARY = 2000


# Needs


@transaction.atomic
def project_from_need(*, need: Need, place: Division, actor: Actor, **fields) -> Project:
    """Draft a project for a verified need and mark the need as converted, both or neither.

    ``fields`` are those of the project's form. Raises what `draft_project` and the moves table raise.
    """
    refuse_unless_possible(need, Need.get_move("convert"), actor, "")
    project = draft_project(place=place, actor=actor, **{**fields, "origin": Project.Origin.NEED})
    convert_need(need=need, project=project, actor=actor)
    return project


@transaction.atomic
def convert_need(*, need: Need, project: Project, note: str = "", actor: Actor) -> Need:
    """Let a need go into a project that is there; several may go into one.

    Raises `InputError` beside ``project`` for one elsewhere, `RuleViolation` for one that has ended.
    """
    locked = lock_project(project)

    def check(row: Need) -> None:
        refuse_elsewhere(row, locked)

    told = f"转为项目“{locked.title}”。{note.strip()}"
    moved = make_move(obj=need, move="convert", actor=actor, note=told, check=check, project=locked)
    list_messages.tell_converted(moved, locked, actor)
    return moved


def refuse_elsewhere(need: Need, project: Project) -> None:
    codes = (need.place_code, project.place_code)
    if not (codes[0].startswith(codes[1]) or codes[1].startswith(codes[0])):
        raise InputError("这个项目不在需求所在的地方实施，请另选项目。", field="project")
    if project.status not in JOINABLE:
        raise RuleViolation(
            f"项目现在是“{project.get_status_display()}”，不能再并入需求。",
            field="project",
            code="project_ended",
        )


def draft_of_need(need: Need) -> dict:
    """What a project for this need begins with."""
    people = f"预计受益 {need.beneficiaries} 人。" if need.beneficiaries else ""
    summary = f"{need.description or need.title}\n{people}".strip()
    return {
        "title": need.title,
        "summary": summary[:LONGEST_SUMMARY],
        "domain": need.domain,
        "origin": Project.Origin.NEED,
        "theme": Project.Theme.COMMUNITY if need.side == Need.Side.COMMUNITY else Project.Theme.RESIDENTS,
        "expected_person_times": need.beneficiaries or 0,
    }


# Resources


@transaction.atomic
def project_from_resource(*, resource: Resource, place: Division, actor: Actor, **fields) -> Project:
    """Draft a project around what a unit offers; its timeline names the unit.

    Raises `RuleViolation` ``not_offered`` when the resource can't be had now.
    """
    if resource.status != Resource.Status.OFFERED:
        raise RuleViolation(
            f"这项资源现在是“{resource.get_status_display()}”，不能转为项目。", code="not_offered"
        )
    project = draft_project(place=place, actor=actor, **{**fields, "origin": Project.Origin.RESOURCE})
    told = f"由资源 {resource.number}“{resource.title}”转来，提供单位：{resource.unit}。"
    write_history(about=project, move="from_resource", label="由资源转来", actor=actor, note=told)
    into = f"转为项目“{project.title}”。"
    write_history(about=resource, move="convert", label="转为项目", actor=actor, note=into)
    list_messages.tell_resource(resource, f"into_{project.pk}", f"已用于起草项目“{project.title}”", "", actor)
    return project


def draft_of_resource(resource: Resource) -> dict:
    """What a project around this resource begins with."""
    conditions = f"使用条件：{resource.conditions}。" if resource.conditions else ""
    summary = f"{resource.unit}提供“{resource.title}”。{resource.description}\n{conditions}".strip()
    return {
        "title": resource.title,
        "summary": summary[:LONGEST_SUMMARY],
        "domain": resource.domain,
        "origin": Project.Origin.RESOURCE,
        "theme": Project.Theme.RESIDENTS,
    }
