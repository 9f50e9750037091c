"""Pages of the resources (资源清单): the list, one resource with its week, its forms, and into a project in one step."""

from datetime import date, timedelta
from functools import cached_property

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import date_text
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS, UNIT_SIDE
from projects.actions.conversion import draft_of_resource, project_from_resource
from projects.actions.project import DRAFTERS
from projects.actions.resources import (
    OFFERERS,
    RESOURCE_MOVES,
    change_resource,
    offer_resource,
    set_windows,
)
from projects.filters.lists import ResourceFilter
from projects.forms.lists import HoursForm, ResourceChangeForm, ResourceForm
from projects.models import Resource, ResourceBooking
from projects.queries.lists import (
    DAYS_OF_WEEK,
    bookable_places,
    hours_of,
    hours_text,
    is_open_for,
    monday_of,
    week_of,
)
from projects.views.narrowing import of_place
from projects.views.projects import ProjectCreate
from units.models import Unit

READERS = SIGNED_IN - THREE_OFFICERS
BY_ARRANGEMENT = "另行商定"
# Weeks that can be turned to from the present one.
MOST_WEEKS = 60


def opening_words(resource: Resource) -> str:
    """The weekly hours in one line."""
    return hours_text(hours_of(resource.windows.all())) or BY_ARRANGEMENT


def may_book(resource: Resource, actor) -> bool:
    """Whether to offer the button: a booker, a resource that can be had, and a place of the actor in its scope."""
    if actor.is_read_only or actor.role not in ResourceBooking.BOOKERS:
        return False
    is_had = resource.status == Resource.Status.OFFERED and not is_past(resource)
    return is_had and any(is_open_for(resource, place.code) for place in bookable_places(actor))


def is_past(resource: Resource) -> bool:
    return resource.valid_to is not None and resource.valid_to < today()


class ResourceList(ListPage):
    """What units offer, as far as the actor may see it."""

    model = Resource
    title = "资源清单"
    roles = READERS
    unit_word = "项"
    filterset_class = ResourceFilter
    search_fields = ("title", "number", "description", "unit__name")
    search_hint = "资源、编号、单位"
    empty_text = "还没有资源。单位登记能提供的场地、师资、设备和服务，社区就能预约。"
    columns = [
        Column(
            "title", "资源", link=lambda row: row.get_absolute_url(), is_main=True, width=30, sort="title"
        ),
        Column("number", "编号", sort="number", in_page=False),
        Column("unit", "提供单位", "unit.name", sort="unit__name_pinyin", width=30),
        Column("place", "所在地", "place.path_name", sort=("place_code",), width=22),
        Column("kind", "类型", lambda row: row.get_kind_display(), sort="kind"),
        Column("domain", "领域", lambda row: row.get_domain_display(), sort="domain"),
        Column("quantity", "数量", width=16, in_page=False),
        Column("hours", "开放时段", opening_words, width=34),
        Column("conditions", "使用条件", in_page=False, width=34),
        Column("scope", "开放范围", lambda row: row.get_scope_display(), sort="scope"),
        Column("valid_to", "有效期至", kind="date", sort="valid_to", in_page=False),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("unit", "place").prefetch_related("windows")

    def get_narrowing(self):
        return of_place(self.actor)

    def get_actions(self):
        may = self.actor.role in OFFERERS and not self.actor.is_read_only
        return [("登记资源", reverse("projects:resource_new"), "plus")] if may else []

    def get_empty_action(self):
        actions = self.get_actions()
        return actions[0][:2] if actions else None


class ResourceRow:
    """What the pages of one resource share."""

    model = Resource
    roles = READERS

    def get_queryset(self):
        return super().get_queryset().select_related("unit", "place").prefetch_related("windows")

    def get_breadcrumbs(self):
        return [("资源清单", reverse("projects:resource_list"))]


class ResourceDetail(ResourceRow, DetailPage):
    """One resource: what it is, its week with the bookings, and what the actor may do with it."""

    template_name = "projects/resource_detail.html"

    def get_subtitle(self):
        return f"{self.object.number} · {self.object.unit}"

    @cached_property
    def is_keeper(self) -> bool:
        is_theirs = self.actor.role in OFFERERS and self.object.stands_keeper(self.actor)
        return is_theirs and not self.actor.is_read_only and self.object.status != Resource.Status.WITHDRAWN

    def get_actions(self):
        pk, actions = self.object.pk, []
        if self.is_keeper:
            actions += [
                ("修改", reverse("projects:resource_change", args=[pk]), "pencil"),
                ("开放时段", reverse("projects:resource_hours", args=[pk]), "clock"),
            ]
        if self.actor.role in DRAFTERS and self.object.status == Resource.Status.OFFERED:
            actions.append(("转为项目", reverse("projects:resource_convert", args=[pk]), "flag"))
        return actions

    def get_facts(self):
        resource = self.object
        facts = [
            ("说明", resource.description),
            ("类型", resource.get_kind_display()),
            ("适合的领域", resource.get_domain_display()),
            ("数量", resource.quantity),
            ("所在地", resource.place.path_name),
            ("开放范围", resource.get_scope_display()),
            ("开放时段", opening_words(resource)),
            ("使用条件", resource.conditions),
            ("同一时间", "只供一家使用" if resource.is_exclusive else "可以同时供几家"),
            ("联系人", resource.contact),
            ("有效期至", date_text(resource.valid_to) if resource.valid_to else ""),
        ]
        return [(label, value) for label, value in facts if value]

    @cached_property
    def monday(self) -> date:
        """The Monday of the asked week; this week for anything that is no near day."""
        this = monday_of(today())
        try:
            asked = monday_of(date.fromisoformat(self.request.GET.get("week", "")))
        except ValueError:
            return this
        return asked if abs((asked - this).days) <= MOST_WEEKS * DAYS_OF_WEEK else this

    def get_extra_context(self):
        resource, step = self.object, timedelta(days=DAYS_OF_WEEK)
        return {
            "week": week_of(resource, self.monday, self.actor),
            "week_from": self.monday,
            "week_to": self.monday + timedelta(days=DAYS_OF_WEEK - 1),
            "earlier": (self.monday - step).isoformat(),
            "later": (self.monday + step).isoformat(),
            "is_this_week": self.monday == monday_of(today()),
            "can_book": may_book(resource, self.actor),
            "is_past": is_past(resource),
            "manages": bool(resource.available_moves(self.actor)),
        }


class ResourceNew(FormPage):
    """Enter a resource: a unit its own, staff for a unit of their place."""

    model = Resource
    roles = OFFERERS
    form_class = ResourceForm
    title = "登记资源"
    submit_label = "登记"
    success_message = "已登记。请接着写明开放时段，社区和街道就可以预约。"
    action = staticmethod(offer_resource)

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_initial(self):
        named = {"contact": self.actor.name} if self.actor.role in UNIT_SIDE else {}
        return {"scope": Resource.Scope.SUBDISTRICT, "is_exclusive": True, **named}

    def get_action_kwargs(self, cleaned):
        if self.actor.role in STAFF:
            return cleaned
        return {**cleaned, "unit": Unit.objects.select_related("place").get(pk=self.actor.unit_id)}

    def get_breadcrumbs(self):
        return [("资源清单", reverse("projects:resource_list"))]

    def get_cancel_url(self):
        return reverse("projects:resource_list")

    def get_success_url(self, obj):
        return reverse("projects:resource_hours", args=[obj.pk])


class KeeperPage(ResourceRow, FormPage):
    """Forms over one resource for whoever keeps it."""

    roles = OFFERERS
    object_kwarg = "resource"

    def get(self, request, **kwargs):
        resource = self.object
        if not resource.stands_keeper(self.actor) or resource.status == Resource.Status.WITHDRAWN:
            messages.error(request, "只能由提供单位或本辖区的工作人员修改，已经撤回的不能修改。")
            return HttpResponseRedirect(resource.get_absolute_url())
        return super().get(request, **kwargs)

    def get_breadcrumbs(self):
        return [*super().get_breadcrumbs(), (self.object.title, self.object.get_absolute_url())]


class ResourceChange(KeeperPage):
    """Change what is offered."""

    form_class = ResourceChangeForm
    action = staticmethod(change_resource)


class ResourceHours(KeeperPage):
    """The weekly opening hours, a line per day."""

    form_class = HoursForm
    action = staticmethod(set_windows)
    success_message = "开放时段已保存。"
    help_text = "每天一行，写成 9:00-12:00，14:00-17:00；不开放的留空。一行都不填，就是另行商定。已经确认的预约不受影响。"

    @property
    def is_change(self) -> bool:
        """The hours are replaced whole, under the resource's own lock."""
        return False

    def get_title(self):
        return f"开放时段：{self.object.title}"

    def get_initial(self):
        return HoursForm.initial_of(self.object)

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "resource": self.object}

    def get_cancel_url(self):
        return self.object.get_absolute_url()


class ResourceConvert(ProjectCreate):
    """From a resource to a project in one step: the project's form, filled in from the resource."""

    title = "转为项目"
    roles = DRAFTERS
    action = staticmethod(project_from_resource)
    success_message = "项目草稿已保存，办理记录里写明了提供资源的单位。核对后点“提交审核”。"

    @cached_property
    def resource(self) -> Resource:
        rows = Resource.objects.visible_to(self.actor).select_related("unit", "place")
        return get_object_or_404(rows, pk=self.kwargs["resource_pk"])

    def get_subtitle(self):
        return f"资源 {self.resource.number} · {self.resource.unit}"

    def get_breadcrumbs(self):
        return [
            ("资源清单", reverse("projects:resource_list")),
            (self.resource.title, self.resource.get_absolute_url()),
        ]

    def get_initial(self):
        return {**super().get_initial(), **draft_of_resource(self.resource)}

    def get_action_kwargs(self, cleaned):
        return {**super().get_action_kwargs(cleaned), "resource": self.resource}

    def get_cancel_url(self):
        return self.resource.get_absolute_url()


resource_move = move_view(Resource, RESOURCE_MOVES, roles=OFFERERS)
