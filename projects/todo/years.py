"""What waits for whom about the years of long-term projects (待办): to sum up, to accept, to write the review's result down."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Count, QuerySet
from django.urls import reverse

from core.actor import Actor
from core.codes import under
from core.roles import STAFF, UNIT_SIDE, Role
from core.todo import LIMIT, TodoItem
from core.workdays import Calendar
from projects.models import Project, ProjectYear
from projects.queries.project import led_projects
from projects.reminders.years import accept_due_on, review_due_on, summary_due_on

Status = ProjectYear.Status


def to_conclude(actor: Actor, today: date) -> QuerySet:
    rows = ProjectYear.objects.owed(today).filter(project__in=led_projects(actor.unit_id or 0))
    return rows.select_related("project")


def to_accept(actor: Actor, today: date) -> QuerySet:
    """The community accepts what is in its place; staff above it what is at their own place exactly."""
    rows = (
        ProjectYear.objects.by_themselves().filter(status=Status.CONCLUDED).exclude(author_id=actor.user_id)
    )
    if actor.role == Role.COMMUNITY:
        rows = rows.filter(under(actor.place_code, "project__place_code"))
    else:
        rows = rows.filter(project__place_code=actor.place_code)
    return rows.select_related("project")


def to_review(actor: Actor) -> QuerySet:
    rows = ProjectYear.objects.by_themselves().filter(status=Status.TO_REVIEW)
    return rows.under(actor.place_code) if actor.role == Role.SUBDISTRICT else rows.none()


def projects_to_review(actor: Actor) -> QuerySet:
    rows = Project.objects.filter(status=Project.Status.TO_REVIEW)
    return rows.under(actor.place_code) if actor.role == Role.SUBDISTRICT else rows.none()


def todo_items(actor: Actor, today: date) -> Iterator[TodoItem]:
    """What the actor is to do about years now; the results of a year's review are one line that opens the list."""
    calendar = Calendar()
    if actor.role in UNIT_SIDE and actor.unit_id is not None:
        for row in to_conclude(actor, today).order_by("year", "pk")[:LIMIT]:
            why = f"{row.year}年结束，写一段年度小结"
            yield TodoItem(
                f"年度小结：{row.project}", why, row.get_absolute_url(), "写小结", summary_due_on(row.year), kind="year-conclude"
            )  # fmt: skip
    elif actor.role in STAFF and actor.place_code:
        for row in to_accept(actor, today).order_by("concluded_on", "pk")[:LIMIT]:
            yield TodoItem(
                f"年度验收：{row}", "牵头单位写好了年度小结，等您验收", row.get_absolute_url(), "验收",
                accept_due_on(row, calendar), kind="year-accept",
            )  # fmt: skip
        yield from reviews(actor, today)


def reviews(actor: Actor, today: date) -> Iterator[TodoItem]:
    counted = to_review(actor).order_by("year").values_list("year").annotate(number=Count("pk"))
    for year, number in counted:
        address = f"{reverse('projects:year_list')}?year={year}&status={Status.TO_REVIEW}"
        yield TodoItem(
            f"登记{year}年度评议结果", f"{number} 个长期项目等着登记一事一评的结果", address, "登记", review_due_on(year),
            kind="year-review",
        )  # fmt: skip
    for project in projects_to_review(actor).order_by("completed_on", "pk")[:LIMIT]:
        due_on = review_due_on((project.completed_on or today).year)
        why = "项目已列入年度一事一评，评议后登记结果"
        yield TodoItem(
            f"登记评议结果：{project}", why, project.get_absolute_url(), "登记", due_on, kind="project-review"
        )


def todo_count(actor: Actor, today: date) -> int:
    if actor.role in UNIT_SIDE and actor.unit_id is not None:
        return to_conclude(actor, today).order_by().count()
    if actor.role in STAFF and actor.place_code:
        years = to_review(actor).order_by().values("year").distinct().count()
        return (
            to_accept(actor, today).order_by().count() + years + projects_to_review(actor).order_by().count()
        )
    return 0
