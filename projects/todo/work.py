"""What waits for whom while projects are carried out (待办): to start, to accept, to answer, to report, to put right."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from core.actor import Actor
from core.codes import under
from core.roles import STAFF, UNIT_SIDE, Role
from core.todo import LIMIT, TodoItem, WaitingItem
from core.workdays import Calendar
from projects.models import Acceptance, ClaimInvitation, Milestone, Project, ProjectClaim, ProjectExtension
from projects.reminders.work import ACCEPTANCE_WORKDAYS, AT_WORK, EXTENSION_WORKDAYS

# Milestones show up this long before their day.
AHEAD = timedelta(days=7)
Status = Project.Status


def own_rows(rows: QuerySet, actor: Actor) -> QuerySet:
    """The community works on what is in its place; staff above it on what is at their own place exactly."""
    if actor.role == Role.COMMUNITY:
        return rows.filter(under(actor.place_code))
    return (
        rows.filter(place_code=actor.place_code) if actor.role in STAFF and actor.place_code else rows.none()
    )


def led_by(actor: Actor) -> QuerySet:
    """The projects the actor's unit leads."""
    leads = ProjectClaim.objects.confirmed_leads().of_unit(actor.unit_id or 0)
    return Project.objects.filter(pk__in=leads.values("project_id"))


# The owner


def to_start(actor: Actor, today: date) -> QuerySet:
    return own_rows(Project.objects.filter(status=Status.CLAIMED, start_on__lte=today), actor)


def to_accept(actor: Actor, today: date) -> QuerySet:
    rows = Acceptance.objects.filter(result="", project__status=Status.TO_ACCEPT)
    return own_rows(rows, actor).exclude(submitted_by_id=actor.user_id).select_related("project", "unit")


def to_answer(actor: Actor, today: date) -> QuerySet:
    rows = ProjectExtension.objects.filter(status=ProjectExtension.Status.SUBMITTED)
    return own_rows(rows, actor).exclude(author_id=actor.user_id).select_related("project", "unit")


def to_hand_over(actor: Actor, today: date) -> QuerySet:
    """Standbys of projects that have no lead: one click confirms them."""
    if actor.role != Role.SUBDISTRICT:
        return ProjectClaim.objects.none()
    rows = ProjectClaim.objects.filter(
        under(actor.place_code), status=ProjectClaim.Status.STANDBY, project__status=Status.UNCLAIMED
    )
    return rows.select_related("project", "unit")


# The unit


def invitations(actor: Actor, today: date) -> QuerySet:
    rows = ClaimInvitation.objects.waiting().filter(unit_id=actor.unit_id or 0, due_on__gte=today)
    return rows.select_related("project")


def milestones(actor: Actor, today: date) -> QuerySet:
    rows = Milestone.objects.filter(done_on=None, due_on__lte=today + AHEAD, project__status__in=AT_WORK)
    return rows.filter(project__in=led_by(actor)).select_related("project")


def to_fix(actor: Actor, today: date) -> QuerySet:
    fixing = Q(acceptances__result=Acceptance.Result.RECTIFY)
    rows = led_by(actor).filter(status=Status.FIXING)
    return rows.annotate(fix_due_on=Max("acceptances__rectify_due_on", filter=fixing))


def ended(actor: Actor, today: date) -> QuerySet:
    return led_by(actor).filter(status=Status.RUNNING, end_on__lt=today)


@dataclass(frozen=True)
class Line:
    """One kind of to-do: which rows, and how each is named, explained and dated."""

    rows: Callable[[Actor, date], QuerySet]
    kind: str
    title: Callable
    why: Callable
    label: str
    due_on: Callable
    order: str = "pk"

    def items(self, actor: Actor, today: date, calendar: Calendar) -> Iterator[TodoItem]:
        for row in self.rows(actor, today).order_by(self.order, "pk")[:LIMIT]:
            project = row if isinstance(row, Project) else row.project
            due_on = self.due_on(row, calendar)
            yield TodoItem(
                self.title(row), self.why(row), project.get_absolute_url(), self.label, due_on, kind=self.kind
            )


def after(row, workdays: int, calendar: Calendar) -> date:
    return calendar.add_workdays(timezone.localdate(row.submitted_at), workdays)


OWNER_LINES = (
    Line(to_start, "project-start", lambda row: f"开始实施：{row}", lambda row: "认领单位已确认，到了开始日期", "开始",
         lambda row, _: row.start_on),
    Line(to_accept, "project-accept", lambda row: f"验收：{row.project}", lambda row: f"{row.unit}提交了验收，等您验收", "验收",
         lambda row, calendar: after(row, ACCEPTANCE_WORKDAYS, calendar)),
    Line(to_answer, "project-extension", lambda row: f"延期申请：{row.project}",
         lambda row: f"{row.unit}申请延到{row.wanted_end_on}", "答复", lambda row, calendar: after(row, EXTENSION_WORKDAYS, calendar)),
    Line(to_hand_over, "project-hand-over", lambda row: f"候补递补：{row.unit} · {row.project}",
         lambda row: "项目空出了名额，这个单位是候补，可以直接确认", "确认", lambda row, _: None),
)  # fmt: skip
UNIT_LINES = (
    Line(invitations, "project-invitation", lambda row: f"请贵单位认领：{row.project}", lambda row: row.reason, "答复",
         lambda row, _: row.due_on),
    Line(to_fix, "project-fix", lambda row: f"整改：{row}", lambda row: "验收要求整改，改好后再次提交验收", "去办理",
         lambda row, _: row.fix_due_on),
    Line(milestones, "project-milestone", lambda row: f"{row.project}：{row.title}", lambda row: "里程碑到期，完成后报一下", "报完成",
         lambda row, _: row.due_on),
    Line(ended, "project-ended", lambda row: f"提交验收：{row}", lambda row: "项目已到期，做完了提交验收，来不及的申请延期", "去办理",
         lambda row, _: row.end_on),
)  # fmt: skip


def lines_of(actor: Actor) -> tuple[Line, ...]:
    if actor.role in UNIT_SIDE and actor.unit_id is not None:
        return UNIT_LINES
    return OWNER_LINES if actor.role in STAFF else ()


def todo_items(actor: Actor, today: date) -> Iterator[TodoItem]:
    """What the actor is to do about work on projects now."""
    calendar = Calendar()
    for line in lines_of(actor):
        yield from line.items(actor, today, calendar)


def todo_count(actor: Actor, today: date) -> int:
    return sum(line.rows(actor, today).order_by().count() for line in lines_of(actor))


def waiting_items(actor: Actor, today: date) -> Iterator[WaitingItem]:
    """A unit waits for acceptance and for answers; the subdistrict for units it has asked."""
    if actor.role in UNIT_SIDE and actor.unit_id is not None:
        handed_in = Acceptance.objects.filter(
            unit_id=actor.unit_id, result="", project__status=Status.TO_ACCEPT
        )
        asked = ProjectExtension.objects.filter(unit_id=actor.unit_id, status="submitted")
        for words, rows in (("等验收", handed_in), ("等延期答复", asked)):
            for row in rows.select_related("project").order_by("pk")[:LIMIT]:
                since = timezone.localdate(row.submitted_at)
                yield WaitingItem(f"{words}：{row.project}", row.project.get_absolute_url(), since, "project")
    elif actor.role == Role.SUBDISTRICT:
        rows = ClaimInvitation.objects.visible_to(actor).waiting().select_related("project", "unit")
        for row in rows.order_by("pk")[:LIMIT]:
            since = timezone.localdate(row.created_at)
            yield WaitingItem(f"等{row.unit}答复：{row.project}", row.project.rescue_url, since, "project")
