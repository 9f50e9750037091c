"""Pages of 1+N: carriers with stations and committee, instructors, and the way of units to an organization."""

from functools import cached_property

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import redirect
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import Tag, tag_of
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import STAFF
from units.actions.carriers import (
    BUILD_MOVES,
    change_carrier,
    close_carrier,
    close_station,
    end_instructor,
    found_committee,
    found_organization,
    open_plan,
    open_station,
    prepare_plan,
    register_carrier,
    send_instructor,
    send_with_plan,
    write_instructor_note,
)
from units.filters.carriers import BuildFilter, CarrierFilter, InstructorFilter, StationFilter
from units.forms.carriers import (
    CarrierForm,
    CommitteeForm,
    EndForm,
    FoundForm,
    InstructorForm,
    InstructorNoteForm,
    PlanForm,
    PrepareForm,
    StationForm,
)
from units.models import BuildPlan, Carrier, Instructor, InstructorNote, ServiceStation, Unit

OPEN_STATIONS = Q(stations__closed_on=None, stations__pk__isnull=False)


def may_write(actor, place_code: str) -> bool:
    return actor.role in STAFF and not actor.is_read_only and actor.stands_over(place_code)


class FactForm(FormPage):
    """A form about one row whose fields aren't the row's own: nothing is compared, the action locks."""

    roles = STAFF
    submit_label = "确认"

    @property
    def is_change(self) -> bool:
        return False

    def get_subtitle(self):
        return str(self.object)

    def get_action_kwargs(self, cleaned):
        return {**cleaned, self.object_kwarg: self.object}

    def get_success_url(self, obj):
        return self.object.get_absolute_url()

    def get_cancel_url(self):
        return self.object.get_absolute_url()

    def get(self, request, **kwargs):
        self.object  # noqa: B018 - a row out of sight is a 404 before a form is shown
        return super().get(request, **kwargs)


class NamedFactForm(FactForm):
    """Such a form that names a person."""

    def get_form(self, data=None, files=None):
        self.form = super().get_form(data, files)
        return self.form

    def get_action_kwargs(self, cleaned):
        more = {name: cleaned[name] for name in ("from_on", "dispatched_by") if name in cleaned}
        return {self.object_kwarg: self.object, "named": self.form.named(), **more}


# Carriers


class CarrierList(ListPage):
    """载体: industry systems, parks, business districts, buildings and markets of the actor's place."""

    model = Carrier
    roles = STAFF
    title = "载体"
    unit_word = "个"
    filterset_class = CarrierFilter
    search_fields = ("name", "address")
    search_hint = "载体名称或地址"
    default_order = ("place_code", "pk")
    empty_text = "还没有登记载体。楼宇、园区、商圈、专业市场和行业系统都可以登记。"
    columns = [
        Column("name", "名称", link=lambda row: row.get_absolute_url(), is_main=True, width=28),
        Column("kind", "类型", lambda row: row.get_kind_display(), sort="kind"),
        Column("place", "所在地", "place.path_name", sort="place_code", width=22),
        Column("address", "地址", in_page=False, width=30),
        Column("committee", "综合党委", "committee.name", width=28),
        Column("station_count", "服务站", kind="int"),
        Column("manager_unit", "管理单位", "manager_unit.name", in_page=False, width=28),
        Column("from_on", "启用日期", kind="date", sort="from_on"),
        Column("to_on", "停用日期", kind="date", sort="to_on"),
    ]

    def get_rows(self):
        rows = super().get_rows().select_related("place", "committee", "manager_unit")
        return rows.annotate(station_count=Count("stations", filter=OPEN_STATIONS))

    def count_rows(self, rows):
        """Count without counting the stations of each."""
        return super().count_rows(rows.values("pk"))

    def get_actions(self):
        if self.actor.is_read_only:
            return []
        return [
            ("登记载体", reverse("units:carrier_new"), "plus"),
            ("区域综合党委", f"{reverse('units:body_list')}?kind=comprehensive", "building-community"),
        ]


class CarrierPage:
    """What the pages of one carrier share."""

    model = Carrier
    roles = STAFF
    object_kwarg = "carrier"

    def get_queryset(self):
        return super().get_queryset().select_related("place", "committee", "manager_unit")

    def get_breadcrumbs(self):
        crumbs = [("载体", reverse("units:carrier_list"))]
        is_form = isinstance(self, FormPage) and self.lookup in self.kwargs
        return [*crumbs, (self.object.name, self.object.get_absolute_url())] if is_form else crumbs


class CarrierDetail(CarrierPage, DetailPage):
    """One carrier: its committee, its stations, its timeline."""

    template_name = "units/carrier_detail.html"

    def get_subtitle(self):
        return f"{self.object.get_kind_display()} · {self.object.place}"

    @property
    def may_write(self) -> bool:
        return self.object.to_on is None and may_write(self.actor, self.object.place_code)

    def get_facts(self):
        row = self.object
        return [
            ("类型", row.get_kind_display()),
            ("所在地", str(row.place)),
            ("地址", row.address or "—"),
            ("建筑面积", f"{row.area} ㎡" if row.area else "—"),
            ("管理单位", row.manager_unit or "—"),
            ("启用日期", row.from_on),
            ("停用日期", row.to_on or "—"),
        ]

    def get_actions(self):
        if not self.may_write:
            return []
        found = [
            ("修改", self.address("carrier_edit"), "pencil"),
            ("设立服务站", self.address("station_new"), "plus"),
        ]
        if self.object.committee is None or self.object.committee.status == "dissolved":
            found.append(("归入综合党委", self.address("carrier_committee"), "sitemap"))
        return [*found, ("停用", self.address("carrier_close"), "ban")]

    def address(self, name: str) -> str:
        return reverse(f"units:{name}", args=[self.object.pk])

    def get_extra_context(self):
        return {
            "stations": list(self.object.stations.order_by("closed_on", "pk")),
            "may_write": self.may_write,
        }


class CarrierNew(CarrierPage, FormPage):
    """Register a carrier."""

    form_class = CarrierForm
    title = "登记载体"
    success_message = "已登记载体。"
    action = staticmethod(register_carrier)

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_cancel_url(self):
        return reverse("units:carrier_list")


class CarrierEdit(CarrierPage, FormPage):
    """Change a carrier."""

    form_class = CarrierForm
    action = staticmethod(change_carrier)

    def get_form_kwargs(self):
        return {"actor": self.actor}


class CarrierClose(CarrierPage, FactForm):
    """A carrier goes out of use."""

    form_class = EndForm
    title = "停用载体"
    help_text = "停用后，里面的服务站一并停用，不再计入载体覆盖。"
    success_message = "已停用。"
    action = staticmethod(close_carrier)


class CarrierCommittee(CarrierPage, FactForm):
    """Link a carrier to a comprehensive committee."""

    form_class = CommitteeForm
    title = "归入区域综合党委"
    success_message = "已归入。新设的综合党委在批复后开始运行。"
    action = staticmethod(found_committee)

    def get_form_kwargs(self):
        return {"carrier": self.object}


class StationNew(CarrierPage, FactForm):
    """Open a service station."""

    form_class = StationForm
    title = "设立党建服务站"
    submit_label = "保存"
    success_message = "已设立服务站。"
    action = staticmethod(open_station)


class StationList(ListPage):
    """党建服务站: address, hours and contact, as they are told to residents."""

    model = ServiceStation
    roles = STAFF
    title = "党建服务站"
    unit_word = "个"
    filterset_class = StationFilter
    search_fields = ("name", "carrier__name")
    search_hint = "服务站或载体名称"
    default_order = ("carrier__place_code", "pk")
    empty_text = "还没有服务站。请在载体页面设立。"
    columns = [
        Column("name", "名称", link=lambda row: row.get_absolute_url(), is_main=True, width=28),
        Column("carrier", "载体", "carrier.name", width=28),
        Column("place", "所在地", "carrier.place.path_name", sort="carrier__place_code", width=22),
        Column("address", "地址", "carrier.address", in_page=False, width=30),
        Column("kind", "类型", lambda row: row.get_kind_display()),
        Column("area", "面积（㎡）", kind="int", sort="area"),
        Column("facilities", "设施和服务", in_page=False, width=30),
        Column("hours", "开放时间", width=24),
        Column("contact", "联系方式", width=24),
        Column("opened_on", "启用日期", kind="date", sort="opened_on"),
        Column("closed_on", "停用日期", kind="date", sort="closed_on"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("carrier__place")


class StationClose(FactForm):
    """Close a service station."""

    model = ServiceStation
    object_kwarg = "station"
    form_class = EndForm
    title = "停用服务站"
    success_message = "已停用服务站。"
    action = staticmethod(close_station)

    def get_queryset(self):
        return super().get_queryset().select_related("carrier__place")

    def get_breadcrumbs(self):
        return [
            ("载体", reverse("units:carrier_list")),
            (self.object.carrier.name, self.object.get_absolute_url()),
        ]


# Instructors


class InstructorList(ListPage):
    """党建指导员: who is sent to which unit."""

    model = Instructor
    roles = STAFF
    title = "党建指导员"
    unit_word = "人次"
    filterset_class = InstructorFilter
    search_fields = ("person__name", "unit__name")
    search_hint = "指导员或单位名称"
    default_order = ("to_on", "unit__place_code", "pk")
    empty_text = "还没有派出党建指导员。请在单位或组建计划页面派出。"

    def get_columns(self):
        return [
            Column("person", "指导员", "person.name", is_main=True, width=12),
            Column("post", "职务", "person.post", width=20),
            Column("dispatched_by", "派出单位", in_page=False, width=24),
            Column("unit", "派驻单位", "unit.name", link=lambda row: row.get_absolute_url(), width=32),
            Column("place", "所在社区", "unit.place.path_name", sort="unit__place_code", width=22),
            Column("from_on", "派出日期", kind="date", sort="from_on"),
            Column("to_on", "结束日期", kind="date", sort="to_on"),
            Column(
                "notes",
                "工作记录",
                "note_count",
                kind="int",
                width=10,
                link=lambda row: reverse("units:instructor_notes", args=[row.pk]),
            ),
            Column("end", "办理", self.end_word, link=self.end_address, in_sheet=False),
        ]

    def is_open(self, row) -> bool:
        return row.to_on is None and may_write(self.actor, row.unit.place_code)

    def end_word(self, row) -> str:
        return "结束派驻" if self.is_open(row) else ""

    def end_address(self, row) -> str | None:
        return reverse("units:instructor_end", args=[row.pk]) if self.is_open(row) else None

    def get_rows(self):
        rows = super().get_rows().select_related("person", "unit__place")
        notes = InstructorNote.objects.filter(instructor=OuterRef("pk")).order_by().values("instructor")
        return rows.annotate(note_count=Coalesce(Subquery(notes.annotate(n=Count("pk")).values("n")), 0))


class InstructorNotes(FactForm):
    """What an instructor did month by month (工作记录), and the form for one month."""

    model = Instructor
    object_kwarg = "instructor"
    form_class = InstructorNoteForm
    template_name = "units/instructor_notes.html"
    title = "指导员工作记录"
    submit_label = "登记"
    success_message = "已登记工作记录。"
    action = staticmethod(write_instructor_note)

    def get_queryset(self):
        return super().get_queryset().select_related("person", "unit__place")

    def get_initial(self):
        return {"month": today()}

    def get_extra_context(self):
        return {"notes": list(self.object.notes.select_related("author"))}

    def get_success_url(self, obj):
        return reverse("units:instructor_notes", args=[self.object.pk])

    def get_cancel_url(self):
        return reverse("units:instructor_list")

    def get_breadcrumbs(self):
        return [("党建指导员", reverse("units:instructor_list"))]


class InstructorNew(NamedFactForm):
    """Send an instructor to a unit."""

    model = Unit
    object_kwarg = "unit"
    form_class = InstructorForm
    title = "派党建指导员"
    success_message = "已派出党建指导员。"
    action = staticmethod(send_instructor)

    def get_form_kwargs(self):
        return {"unit": self.object}


class InstructorEnd(FactForm):
    """Call an instructor back."""

    model = Instructor
    object_kwarg = "instructor"
    form_class = EndForm
    title = "结束派驻"
    success_message = "已结束派驻。"
    action = staticmethod(end_instructor)

    def get_queryset(self):
        return super().get_queryset().select_related("person", "unit__place")

    def get_success_url(self, obj):
        return reverse("units:instructor_list")

    def get_breadcrumbs(self):
        return [("党建指导员", reverse("units:instructor_list"))]


# Build plans


class BuildList(ListPage):
    """组建计划: where each unit stands on its way to an organization."""

    model = BuildPlan
    roles = STAFF
    title = "组建计划"
    unit_word = "家"
    filterset_class = BuildFilter
    search_fields = ("unit__name", "approval_no")
    search_hint = "单位名称或批复文号"
    default_order = ("place_code", "pk")
    empty_text = "还没有列入组建计划的单位。请在单位页面列入。"
    columns = [
        Column("unit", "单位", "unit.name", link=lambda row: row.get_absolute_url(), is_main=True, width=32),
        Column("place", "所在社区", "unit.place.path_name", sort="place_code", width=22),
        Column("members_full", "正式党员", "unit.members_full", kind="int", sort="unit__members_full"),
        Column("status", "状态", kind="tag", sort="status"),
        Column("mode", "组建方式", lambda row: row.get_mode_display()),
        Column("target_on", "计划完成", kind="date", sort="target_on"),
        Column("late", "期限", lambda row: late_tag(row), kind="tag"),
        Column("approval_no", "批复文号", in_page=False),
        Column("organization", "党组织", "organization.name", in_page=False, width=36),
    ]

    def get_rows(self):
        return super().get_rows().select_related("unit__place", "organization")


def late_tag(plan: BuildPlan) -> Tag | str:
    is_late = plan.target_on and plan.target_on < today() and plan.status not in BuildPlan.ENDED_STATUSES
    return Tag("已过计划日期", "late") if is_late else ""


class BuildPage:
    """What the pages of one plan share."""

    model = BuildPlan
    roles = STAFF
    object_kwarg = "plan"

    def get_queryset(self):
        return super().get_queryset().select_related("unit__place", "organization", "author")

    def get_breadcrumbs(self):
        crumbs = [("组建计划", reverse("units:build_list"))]
        return (
            [*crumbs, (self.object.unit.name, self.object.get_absolute_url())]
            if isinstance(self, FormPage)
            else crumbs
        )


class BuildDetail(BuildPage, DetailPage):
    """One plan: its state and next step, the unit's numbers, what was asked and approved."""

    template_name = "units/build_detail.html"

    def get_title(self):
        return f"组建计划：{self.object.unit}"

    def get_subtitle(self):
        return f"{self.object.unit.get_category_display()} · {self.object.unit.place}"

    @cached_property
    def instructor(self) -> Instructor | None:
        return self.object.unit.instructors.filter(to_on=None).select_related("person").first()

    def get_facts(self):
        plan, unit = self.object, self.object.unit
        facts = [
            ("从业人数", f"{unit.employees:,} 人"),
            ("党员人数", f"{unit.members_total:,} 人，其中正式党员 {unit.members_full:,} 人"),
            (
                "党建指导员",
                f"{self.instructor.person}，自{self.instructor.from_on}起" if self.instructor else "未派",
            ),
            ("组建方式", plan.get_mode_display() or "—"),
            ("计划完成日期", plan.target_on or "—"),
            ("批复文号", plan.approval_no or "—"),
            ("党组织", plan.organization or "—"),
        ]
        return [*facts, ("期限", tag_of(late_tag(plan)))] if late_tag(plan) else facts

    def get_actions(self):
        unit = self.object.unit
        found = [("单位", unit.get_absolute_url(), "building")]
        return (
            [*found, ("党组织", self.object.organization.get_absolute_url(), "sitemap")]
            if self.object.organization
            else found
        )


class BuildNew(FactForm):
    """Look after a unit until it has an organization."""

    model = Unit
    object_kwarg = "unit"
    form_class = PlanForm
    title = "列入组建计划"
    success_message = "已列入组建计划。"
    action = staticmethod(open_plan)

    def get(self, request, **kwargs):
        plan = BuildPlan.objects.visible_to(self.actor).open().filter(unit=self.object).first()
        return redirect(plan.get_absolute_url()) if plan else super().get(request, **kwargs)

    def get_success_url(self, obj):
        return obj.get_absolute_url()


class BuildInstructor(BuildPage, NamedFactForm):
    """Send an instructor as the plan's next step."""

    form_class = InstructorForm
    title = "派党建指导员"
    success_message = "已派出党建指导员。"
    action = staticmethod(send_with_plan)

    def get_form_kwargs(self):
        return {"unit": self.object.unit}


class BuildPrepare(BuildPage, FactForm):
    """Ask for approval."""

    form_class = PrepareForm
    title = "开始筹建（请示）"
    submit_label = "提交请示"
    success_message = "已提交，等待批复。"
    help_text = "门户只记文号和日期，不代替纸质请示。批复由另一位同事办理。"
    action = staticmethod(prepare_plan)


class BuildFound(BuildPage, FactForm):
    """The organization is founded and covers the unit."""

    form_class = FoundForm
    title = "成立（授牌）"
    success_message = "已成立，并登记了党组织覆盖。"
    action = staticmethod(found_organization)

    def get_form_kwargs(self):
        return {"plan": self.object}


PLAIN_MOVES = {name: action for name, action in BUILD_MOVES.items() if name not in BuildPlan.FORM_MOVES}
build_move = move_view(BuildPlan, PLAIN_MOVES, roles=STAFF, object_kwarg="plan")
