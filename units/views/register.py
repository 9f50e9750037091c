"""Pages of the register in full: verifying, requests to leave the denominators and to change, liaisons, premises."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.access import actor_of, requires
from core.clock import today
from core.columns import Column
from core.components import Tag, date_cell, date_text
from core.errors import InputError, RuleViolation
from core.pages import DetailPage, FormPage, ListPage, answer_move, back_to, move_view
from core.roles import STAFF, UNIT_SIDE
from core.workflow import refuse_unless_possible
from units.actions import DENOMINATOR_ROLES
from units.actions.premises import add_premises, end_premises
from units.actions.register import (
    CHANGE_MOVES,
    EXIT_MOVES,
    approve_change,
    changes_of,
    request_change,
    verify_unit,
    verify_units,
)
from units.filters.register import ChangeRequestFilter, ExitFilter, LiaisonFilter, PremisesFilter
from units.forms.register import ApproveChangeForm, ChangeRequestForm, PremisesEndForm, PremisesForm
from units.models import DenominatorExit, Unit, UnitChangeRequest, UnitLiaison, UnitPremises
from units.views.units import UnitFactPage, UnitPage
from units.words.register import decide_by

LONG_WAIT_DAYS = 7
BOTH_SIDES = STAFF | UNIT_SIDE

# Verification


@require_POST
@requires(DENOMINATOR_ROLES)
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """核实 one unit."""
    unit = get_object_or_404(Unit.objects.visible_to(actor_of(request)), pk=pk)
    url = back_to(request, unit.get_absolute_url())
    try:
        verify_unit(unit=unit, actor=actor_of(request))
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, "已核实。")
    return answer_move(request, url)


@require_POST
@requires(DENOMINATOR_ROLES)
def verify_selected(request: HttpRequest) -> HttpResponse:
    """核实 the units marked in the list, or all that it showed."""
    url = back_to(request, f"{reverse('units:unit_list')}?verification=pending")
    typed = request.POST.getlist("shown" if request.POST.get("all") else "units")
    try:
        if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in typed):
            raise InputError("勾选的单位不对，请刷新页面再试。", code="unknown_unit")
        count = verify_units(units=map(int, typed), actor=actor_of(request))
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, f"已核实 {count} 家。")
    return answer_move(request, url)


# Requests


def waiting_tag(row) -> Tag | str:
    """For how many days a request has been waiting."""
    if row.status != "submitted":
        return ""
    days = (today() - timezone.localtime(row.submitted_at).date()).days
    return Tag(f"已等 {days} 天" if days else "今天提交", "late" if days > LONG_WAIT_DAYS else "wait")


REQUEST_COLUMNS = (
    Column("unit", "单位", "unit.name", link=lambda row: row.get_absolute_url(), is_main=True, width=34),
    Column("place", "所在社区", "unit.place.path_name", sort="place_code", width=22),
)
DECISION_COLUMNS = (
    Column("author", "提交人", "author.name"),
    Column("submitted_at", "提交时间", kind="date", sort="submitted_at", width=18),
    Column("waiting", "等待", waiting_tag, kind="tag"),
    Column("decided_by", "审核人", "decided_by.name", in_page=False),
    Column("decided_at", "审核时间", kind="date", in_page=False, width=18),
    Column("status", "状态", kind="tag", sort="status"),
)


class RequestList(ListPage):
    """What the lists of both requests share."""

    unit_word = "份"
    search_fields = ("unit__name",)
    search_hint = "单位名称"
    default_order = ("-submitted_at", "-pk")

    def get_rows(self):
        return super().get_rows().select_related("unit__place", "author", "decided_by")


class RequestRow:
    """What the pages of one request share."""

    def get_queryset(self):
        return super().get_queryset().select_related("unit__place", "author", "decided_by")

    def get_title(self):
        return str(self.object)

    def get_subtitle(self):
        return f"{self.object.unit} · {self.object.unit.place}"

    def decision_facts(self) -> list[tuple[str, str]]:
        row = self.object
        facts = [("提交人", f"{row.author or '—'} {date_cell(row.submitted_at)}")]
        if row.status == "submitted":
            facts.append(("审核期限", date_text(decide_by(row))))
        elif row.decided_by:
            facts.append(("审核人", f"{row.decided_by} {date_cell(row.decided_at)}"))
        return facts


class ExitList(RequestList):
    """退出统计口径: everything asked for in the actor's place, newest first."""

    model = DenominatorExit
    roles = STAFF
    title = "退出统计口径"
    filterset_class = ExitFilter
    empty_text = "还没有退出统计口径的申请。在单位页面可以提出。"
    columns = [
        *REQUEST_COLUMNS,
        Column("operating_status", "退出后的经营状态", lambda row: row.get_operating_status_display()),
        Column("from_on", "起始日期", kind="date", sort="from_on"),
        Column("reason", "原因", in_page=False, width=34),
        Column("evidence", "依据", in_page=False, width=34),
        *DECISION_COLUMNS,
    ]


class ExitDetail(RequestRow, DetailPage):
    """One request to leave the denominators, with what it does to them."""

    model = DenominatorExit
    roles = STAFF
    template_name = "units/register_exit.html"

    def get_breadcrumbs(self):
        return [("退出统计口径", reverse("units:exit_list"))]

    def get_facts(self):
        row = self.object
        return [
            ("退出后的经营状态", row.get_operating_status_display()),
            ("起始日期", date_text(row.from_on)),
            ("原因", row.reason),
            ("依据", row.evidence),
            *self.decision_facts(),
        ]

    def get_extra_context(self):
        row, user_id = self.object, self.actor.user_id
        covering = row.unit.coverage_spells.filter(to_on=None).select_related("organization").first()
        return {"is_own": row.status == "submitted" and row.author_id == user_id, "covering": covering}


exit_move = move_view(DenominatorExit, EXIT_MOVES, roles=STAFF, object_kwarg="denominator_exit")


class ChangeList(RequestList):
    """信息变更申请: what units asked for."""

    model = UnitChangeRequest
    roles = BOTH_SIDES
    title = "信息变更申请"
    filterset_class = ChangeRequestFilter
    empty_text = "还没有变更申请。单位联络员在本单位页面可以提出。"
    columns = [*REQUEST_COLUMNS, Column("reason", "变更原因", width=34), *DECISION_COLUMNS]

    def get_actions(self):
        if self.actor.role not in UNIT_SIDE or not self.actor.unit_id:
            return []
        return [("申请变更信息", reverse("units:change_request_new", args=[self.actor.unit_id]), "pencil")]


class ChangeRow(RequestRow):
    model = UnitChangeRequest
    roles = BOTH_SIDES

    def get_breadcrumbs(self):
        return [("信息变更申请", reverse("units:change_request_list"))]


class ChangeDetail(ChangeRow, DetailPage):
    """One request: each field as it stands and as the unit wants it."""

    template_name = "units/register_change.html"

    def get_facts(self):
        return [("变更原因", self.object.reason), *self.decision_facts()]

    def get_extra_context(self):
        changes = changes_of(self.object)
        wanted = [(label, new) for _, label, _, new in changes]
        return {"changes": changes, "wanted": wanted, "is_open": self.object.status == "submitted"}


class ChangeNew(UnitPage, FormPage):
    """The unit's own people ask for a change; the form opens with what is registered."""

    roles = UNIT_SIDE
    form_class = ChangeRequestForm
    title = "申请变更信息"
    submit_label = "提交申请"
    success_message = "已提交，社区和街道审核后生效，结果会通知您。"
    help_text = "只改需要变更的内容，其余不动。审核同意之前，登记的仍是原来的内容。"
    action = staticmethod(request_change)

    def get_success_url(self, obj):
        return obj.get_absolute_url()


class ChangeApprove(ChangeRow, FormPage):
    """Agree, having seen what stands now and what is wanted."""

    roles = STAFF
    template_name = "units/register_change_approve.html"
    form_class = ApproveChangeForm
    submit_label = "同意变更"
    success_message = "已同意，单位信息已更新。"
    action = staticmethod(approve_change)

    @property
    def is_change(self) -> bool:
        """The row moves by its action, under its own lock."""
        return False

    def get(self, request, **kwargs):
        try:
            refuse_unless_possible(self.object, UnitChangeRequest.get_move("approve"), self.actor, "")
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)

    def get_title(self):
        return f"审核：{self.object}"

    def get_initial(self):
        return {"unit_version": self.object.unit.version}

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "change_request": self.object}

    def get_context(self, **more):
        return super().get_context(changes=changes_of(self.object), reason=self.object.reason, **more)

    def render_refusal(self, form, refusal, *, status):
        """After a change in between the present entry is shown, and only agreeing to that goes through."""
        if refusal.code == "stale":
            del self.object
            fresh = self.form_class(
                {"unit_version": refusal.current.version, "note": form.cleaned_data.get("note", "")}
            )
            fresh.is_valid()
            form = fresh
        return super().render_refusal(form, refusal, status=status)

    def get_cancel_url(self):
        return self.object.get_absolute_url()


change_request_move = move_view(
    UnitChangeRequest, CHANGE_MOVES, roles=BOTH_SIDES, object_kwarg="change_request"
)

# Liaisons


def spell_word(row: UnitLiaison, on: date) -> str:
    """Where a spell stands on a day, in a word."""
    if row.from_on > on:
        return "尚未开始"
    return "已结束" if row.to_on and row.to_on <= on else "在任"


class LiaisonList(ListPage):
    """联络员: who speaks for which unit since when; the whole number is for the unit's own place."""

    model = UnitLiaison
    roles = STAFF
    title = "单位联络员"
    unit_word = "人"
    filterset_class = LiaisonFilter
    search_fields = ("unit__name", "person__name")
    search_hint = "单位或姓名"
    default_order = ("unit__place_code", "unit", "-from_on")
    empty_text = "还没有登记联络员。在单位页面可以登记或更换。"
    columns = [
        Column(
            "unit", "单位", "unit.name", link=lambda row: row.unit.get_absolute_url(), is_main=True, width=34
        ),
        Column("place", "所在社区", "unit.place.path_name", sort="unit__place_code", width=22),
        Column("person", "联络员", "person.name"),
        Column("post", "职务", "person.post"),
        Column("phone", "电话（隐去）", "person.masked_phone"),
        Column("from_on", "起", kind="date", sort="from_on"),
        Column("to_on", "止", kind="date", sort="to_on"),
        Column("state", "在任", lambda row: spell_word(row, today())),
        Column("end_reason", "更换原因", in_page=False, width=28),
        Column("account", "账号", lambda row: row.user_id is not None),
    ]

    def get_rows(self):
        return super().get_rows().select_related("unit__place", "person")


# Further premises


class PremisesList(ListPage):
    """分支经营点: which units work in which other communities."""

    model = UnitPremises
    roles = STAFF
    title = "分支经营点"
    unit_word = "处"
    filterset_class = PremisesFilter
    search_fields = ("unit__name", "address")
    search_hint = "单位或地址"
    default_order = ("place_code", "pk")
    empty_text = "还没有登记分支经营点。在单位页面可以登记。"
    columns = [
        Column(
            "unit", "单位", "unit.name", link=lambda row: row.unit.get_absolute_url(), is_main=True, width=34
        ),
        Column("place", "经营点所在社区", "place.path_name", sort="place_code", width=22),
        Column("address", "地址", width=24),
        Column("employees", "从业人数", kind="int", sort="employees"),
        Column("counted", "统计在", "unit.place.path_name", width=22),
        Column("from_on", "起", kind="date", sort="from_on"),
        Column("to_on", "止", kind="date", sort="to_on"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("unit__place", "place")


class PremisesNew(UnitFactPage):
    """Enter a further place of business of a unit."""

    form_class = PremisesForm
    title = "登记分支经营点"
    submit_label = "登记"
    success_message = "已登记。经营点所在社区可以看到这个单位，统计仍只在登记的社区计一次。"
    action = staticmethod(add_premises)


class PremisesEnd(FormPage):
    """End a further place of business."""

    model = UnitPremises
    roles = STAFF
    form_class = PremisesEndForm
    title = "结束分支经营点"
    submit_label = "确认结束"
    success_message = "已结束。"
    action = staticmethod(end_premises)

    @property
    def is_change(self) -> bool:
        """Nothing of the premises themselves is typed here."""
        return False

    def get_queryset(self):
        return super().get_queryset().select_related("unit", "place")

    def get_subtitle(self):
        return f"{self.object.unit} · {self.object.place}"

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "premises": self.object}

    def get_success_url(self, obj):
        return obj.unit.get_absolute_url()

    def get_cancel_url(self):
        return self.object.unit.get_absolute_url()
