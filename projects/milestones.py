"""Milestones (里程碑) as they are planned: a title and a due day each, in order, few enough to be read at a glance."""

from collections.abc import Iterable
from datetime import date

from core.components import date_text
from core.errors import InputError
from projects.models import Milestone, Project

Planned = tuple[str, date]
MOST_MILESTONES = 12
LONGEST_TITLE = 100


def planned_of(project: Project) -> list[Planned]:
    """The milestones of a project that are not done, as they are planned."""
    return list(project.milestones.filter(done_on__isnull=True).values_list("title", "due_on"))


def milestone_words(project: Project) -> str:
    """``2026-12-20 首次义诊；2027-06-30 中期小结``: all of them in one line."""
    return "；".join(f"{due_on} {title}" for title, due_on in planned_of(project))


def check_milestones(project: Project, milestones: Iterable[Planned]) -> None:
    """Raise the first thing wrong with planned milestones, for field ``milestones``."""
    planned = list(milestones)
    titles = [title.strip() for title, _ in planned]
    if len(planned) > MOST_MILESTONES:
        raise InputError(f"里程碑最多 {MOST_MILESTONES} 个。", field="milestones")
    if any(not title or len(title) > LONGEST_TITLE for title in titles):
        raise InputError(f"每个里程碑都要写明做到什么，最多 {LONGEST_TITLE} 字。", field="milestones")
    if len(set(titles)) < len(titles):
        raise InputError("里程碑的名称不能重复。", field="milestones")
    for title, due_on in planned:
        if not project.start_on <= due_on <= project.end_on:
            span = f"{date_text(project.start_on)}至{date_text(project.end_on)}"
            raise InputError(f"里程碑“{title.strip()}”的日期要在项目期限（{span}）内。", field="milestones")


def save_milestones(project: Project, milestones: Iterable[Planned]) -> None:
    """Make the milestones that are not done be these; those done stay as they are."""
    planned = {title.strip(): due_on for title, due_on in milestones}
    kept = {one.title: one for one in project.milestones.all()}
    for title in sorted(set(planned) & {one.title for one in kept.values() if one.done_on}):
        raise InputError(f"里程碑“{title}”已经完成，不用再列。", field="milestones")
    gone = [one.pk for one in kept.values() if not one.done_on and one.title not in planned]
    Milestone.objects.filter(pk__in=gone).delete()
    for title, due_on in planned.items():
        if title not in kept:
            Milestone.objects.create(project=project, title=title, due_on=due_on)
        elif kept[title].due_on != due_on:
            kept[title].due_on = due_on
            kept[title].version += 1
            kept[title].save(update_fields=["due_on", "version"])
