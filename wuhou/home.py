"""The first page of each role (首页): workbench for staff, phone home for liaisons, plain homes for the others."""

from datetime import date, datetime

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Value,
    When,
)
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from core import nav, todo
from core.access import actor_of, public, sign_in_redirect
from core.actor import Actor
from core.clock import today
from core.codes import under
from core.components import date_text
from core.pages import SimplePage
from core.periods import Month, Quarter, Year
from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS, UNIT_SIDE, Role
from core.workdays import Calendar
from evaluations.models import MonthlyVisit
from notifications.models import Delivery, Notification
from projects.models import ClaimInvitation, Project, ProjectClaim, ResourceBooking
from projects.queries.project import claimable_projects
from projects.todo.work import todo_items as work_items
from units.models import Division, Unit
from wuhou.figures import workbench_figures

TODOS_SHOWN, WAITING_SHOWN, MESSAGES_SHOWN = 8, 6, 5
SUGGESTIONS = 3
SUBDISTRICT_CODE_LENGTH = 9
GREETINGS = ((5, "夜深了"), (11, "上午好"), (13, "中午好"), (18, "下午好"), (24, "晚上好"))
NEXT_YEAR_FROM_MONTH = 11


def greeting(moment: datetime) -> str:
    """上午好, 中午好, 下午好, 晚上好 by the local hour."""
    hour = timezone.localtime(moment).hour
    return next(words for until, words in GREETINGS if hour < until)


def date_line(day: date, calendar: Calendar) -> str:
    """The day, the workdays left this month, and from November on whether next year's calendar is known."""
    left = calendar.workdays_left(Month.containing(day), day)
    line = f"{date_text(day, weekday=True)} · 本月还剩 {left} 个工作日"
    if day.month >= NEXT_YEAR_FROM_MONTH and not calendar.is_announced(day.year + 1):
        line += " · 明年放假安排尚未公布，到期日暂按周一至周五计算"
    return line


def latest_messages(actor: Actor) -> list[Notification]:
    """Unread messages first."""
    mine = Notification.objects.visible_to(actor)
    return list(mine.order_by(F("read_at").asc(nulls_first=True), "-created_at", "-pk")[:MESSAGES_SHOWN])


class Workbench(SimplePage):
    """工作台: what I am to do, what I wait for, and where this month stands."""

    roles = STAFF
    template_name = "home/workbench.html"

    def get_title(self):
        return f"{greeting(timezone.now())}，{self.place.name}"

    def get_subtitle(self):
        return date_line(today(), self.calendar)

    @property
    def place(self) -> Division:
        if not hasattr(self, "_place"):
            self._place = Division.objects.get(code=self.actor.place_code)
        return self._place

    def get_context(self, **more):
        day = today()
        self.calendar = Calendar()
        todos = todo.todo_items(self.actor, day)
        waiting = todo.waiting_items(self.actor, day)
        return super().get_context(
            today=day,
            figures=workbench_figures(self.actor, self.place, day, self.calendar),
            todos=[(item, item.status_tag or todo.due_tag(item.due_on, day)) for item in todos[:TODOS_SHOWN]],
            todos_count=len(todos),
            waiting=[(item, item.days(day)) for item in waiting[:WAITING_SHOWN]],
            waiting_count=len(waiting),
            notices=latest_messages(self.actor),
            **more,
        )


class TodoList(SimplePage):
    """Everything that waits for the person, and everything the person waits for (全部待办)."""

    template_name = "home/todo_list.html"
    title = "待办"

    def get_context(self, **more):
        day = today()
        items = todo.todo_items(self.actor, day)
        waiting = todo.waiting_items(self.actor, day)
        return super().get_context(
            todos=[(item, item.status_tag or todo.due_tag(item.due_on, day)) for item in items],
            waiting=[(item, item.days(day)) for item in waiting],
            **more,
        )


# The liaison's home


def suggestions(actor: Actor, unit: Unit) -> list[tuple[Project, str]]:
    """Projects the unit may claim, nearest and most familiar first, each with the reason in words."""
    done_before = ProjectClaim.objects.filter(
        unit=unit, status=ProjectClaim.Status.CONFIRMED, project__domain=OuterRef("domain")
    )
    in_subdistrict = under(unit.place_code[:SUBDISTRICT_CODE_LENGTH])
    nearness = Case(
        When(under(unit.place_code), then=Value(2)),
        When(in_subdistrict, then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    free = claimable_projects(actor).filter(Q(claim_mode__in=["joint", "parallel"]) | ~Exists(taken_leads()))
    ranked = free.annotate(
        nearness=nearness, did_before=ExpressionWrapper(Exists(done_before), output_field=BooleanField())
    ).order_by("-nearness", "-did_before", "claim_due_on", "pk")
    return [(project, reason(project)) for project in ranked.select_related("place")[:SUGGESTIONS]]


def taken_leads():
    return ProjectClaim.objects.confirmed_leads().filter(project=OuterRef("pk"))


def reason(project: Project) -> str:
    """Why it is suggested, in words."""
    words = [f"需要 {project.volunteers_needed} 人"] if project.volunteers_needed else []
    near = {2: "就在贵单位所在社区", 1: "在贵单位所在街道"}.get(project.nearness)
    words += [near] if near else []
    words += ["贵单位做过同类项目"] if project.did_before else []
    return " · ".join([*words, f"{project.claim_due_on.month}月{project.claim_due_on.day}日前可认领"])


class LiaisonHome(SimplePage):
    """联络员首页: three cards, everything in one or two taps."""

    roles = UNIT_SIDE
    template_name = "home/liaison.html"

    @property
    def unit(self) -> Unit:
        if not hasattr(self, "_unit"):
            self._unit = Unit.objects.get(pk=self.actor.unit_id)
        return self._unit

    def to_confirm(self):
        recorded = MonthlyVisit.objects.visible_to(self.actor).filter(status=MonthlyVisit.Status.RECORDED)
        return list(recorded.select_related("unit", "visitor", "recorded_by").order_by("visited_on", "pk"))

    def to_answer(self):
        """Requests for the unit's resources, those asked first on top."""
        asked = ResourceBooking.objects.visible_to(self.actor).filter(status=ResourceBooking.Status.REQUESTED)
        return list(asked.select_related("resource", "place").order_by("created_at", "pk"))

    def invitations(self):
        """Projects nobody claimed that the subdistrict asks the unit to take on, the nearest day first."""
        asked = ClaimInvitation.objects.visible_to(self.actor).waiting().filter(due_on__gte=today())
        return list(asked.select_related("project__place").order_by("due_on", "pk"))

    def due(self):
        """Steps of the unit's projects whose day has come; invitations stand above."""
        found = [item for item in work_items(self.actor, today()) if item.kind != "project-invitation"]
        return [(item, todo.due_tag(item.due_on, today())) for item in sorted(found, key=todo.sort_key)]

    def in_hand(self):
        """The unit's projects under way and its claims that wait for a decision."""
        claims = ProjectClaim.objects.visible_to(self.actor).open().select_related("project__place")
        at_work = claims.exclude(project__status__in=Project.ACCEPTED_STATUSES)
        return list(at_work.order_by("project__end_on", "pk"))

    def done_this_quarter(self) -> int:
        """Visits confirmed and projects claimed since the quarter began."""
        since = Quarter.containing(today()).first_day
        visits = MonthlyVisit.objects.filter(unit=self.unit, confirmed_at__date__gte=since).count()
        return visits + ProjectClaim.objects.filter(unit=self.unit, submitted_at__date__gte=since).count()

    def get_context(self, **more):
        self.confirmations, claims = self.to_confirm(), self.in_hand()
        self.requests, self.asked = self.to_answer(), self.invitations()
        return super().get_context(
            unit=self.unit,
            confirmations=self.confirmations,
            requests=self.requests,
            invitations=self.asked,
            due=self.due(),
            waiting_count=self.waiting_count(),
            under_way=[claim for claim in claims if claim.status == ProjectClaim.Status.CONFIRMED],
            undecided=[claim for claim in claims if claim.status != ProjectClaim.Status.CONFIRMED],
            suggestions=suggestions(self.actor, self.unit),
            **more,
        )

    def waiting_count(self) -> int:
        return len(self.confirmations) + len(self.requests) + len(self.asked)

    def get_title(self):
        count = self.waiting_count()
        return f"今天有 {count} 件事" if count else "今天没有要确认的事"

    def get_subtitle(self):
        done = self.done_this_quarter()
        return f"{self.unit} · 本季度已办 {done} 件" if done else str(self.unit)


# The others


class PlainHome(SimplePage):
    """首页 of representatives, grid workers and others: what they may do, and their messages."""

    roles = SIGNED_IN - STAFF - UNIT_SIDE - THREE_OFFICERS
    template_name = "home/plain.html"

    def get_title(self):
        return f"{greeting(timezone.now())}，{self.actor.name}"

    def get_subtitle(self):
        return date_text(today(), weekday=True)

    def get_context(self, **more):
        pages = [item for item in nav.items_for(self.actor.role) if item.url_name != "home"]
        return super().get_context(pages=pages, notices=latest_messages(self.actor), **more)


class SystemHome(PlainHome):
    """首页 of the three officers (三员): the portal's own affairs, no business data."""

    roles = THREE_OFFICERS
    template_name = "home/system.html"

    def get_context(self, **more):
        day = today()
        following = Year.containing(day).next()
        undelivered = None
        if self.actor.role == Role.SYSADMIN:
            undelivered = Delivery.objects.filter(status=Delivery.Status.GIVEN_UP).count()
        return super().get_context(
            following_year=following.year,
            is_announced=Calendar().is_announced(following.year),
            undelivered=undelivered,
            **more,
        )


HOMES = {
    **{str(role): Workbench.as_view() for role in STAFF},
    **{str(role): LiaisonHome.as_view() for role in UNIT_SIDE},
    **{str(role): SystemHome.as_view() for role in THREE_OFFICERS},
}
OTHER_HOME = PlainHome.as_view()


@public
def home(request: HttpRequest) -> HttpResponse:
    """The home of the role the person acts in; to the sign-in page for everybody else."""
    actor = actor_of(request)
    if not actor.is_anonymous:
        return HOMES.get(actor.role, OTHER_HOME)(request)
    if request.user.is_authenticated:
        return TemplateResponse(request, "home/no_role.html", {"title": "还没有生效的身份"})
    return sign_in_redirect(request)


def todo_address(actor: Actor) -> str:
    """Where the header's to-dos lead: the liaison's are the home page itself."""
    return reverse("home") if actor.role in UNIT_SIDE else reverse("todo-list")
