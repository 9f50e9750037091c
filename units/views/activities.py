"""Pages of joint activities (共建活动): list, one activity, its form, and the record that it was held."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import date_text
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import SIGNED_IN, THREE_OFFICERS
from core.workflow import refuse_unless_possible
from units.actions.activities import ACTIVITY_MOVES, change_activity, hold_activity, plan_activity
from units.filters.issues import ActivityFilter
from units.forms.issues import ActivityForm, HoldForm
from units.models import JointActivity

READERS = SIGNED_IN - THREE_OFFICERS
HOSTS = JointActivity.HOSTS


class ActivityList(ListPage):
    """Activities that were held, and the plans of the actor's own place or unit; the latest first."""

    model = JointActivity
    title = "共建活动"
    roles = READERS
    unit_word = "次"
    filterset_class = ActivityFilter
    search_fields = ("title", "venue", "summary")
    search_hint = "活动名称、地点、内容"
    default_order = ("-held_on", "-pk")
    empty_text = "还没有共建活动。"
    columns = [
        Column("title", "活动名称", link=lambda row: row.get_absolute_url(), is_main=True, width=32),
        Column("place", "所属", "place.path_name", sort="place_code", width=22),
        Column("held_on", "日期", kind="date", sort="held_on"),
        Column("venue", "地点", width=24),
        Column("unit_count", "参加单位", kind="int"),
        Column("participants", "参加人数", kind="int", sort="participants"),
        Column("summary", "内容", in_page=False, width=40),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("place").annotate(unit_count=Count("units"))

    def count_rows(self, rows):
        """Count without counting the units of each."""
        return super().count_rows(rows.values("pk"))

    def may_plan(self) -> bool:
        return self.actor.role in HOSTS and not self.actor.is_read_only

    def get_actions(self):
        return [("登记活动", reverse("units:activity_new"), "plus")] if self.may_plan() else []

    def get_empty_action(self):
        return ("登记活动", reverse("units:activity_new")) if self.may_plan() else None


class ActivityPage:
    """What the pages of one activity share."""

    model = JointActivity
    roles = HOSTS

    def get_queryset(self):
        return super().get_queryset().select_related("place")

    def get_breadcrumbs(self):
        return [("共建活动", reverse("units:activity_list"))]


class ActivityDetail(ActivityPage, DetailPage):
    """One activity: when, where, who, and what came of it."""

    roles = READERS

    def get_subtitle(self):
        return f"{date_text(self.object.held_on, weekday=True)} · {self.object.place}"

    def get_facts(self):
        row = self.object
        facts = [
            ("地点", row.venue),
            ("内容" if row.status == JointActivity.Status.PLANNED else "开展情况", row.summary),
            ("参加单位", "、".join(unit.name for unit in row.units.order_by("name_pinyin"))),
            ("参加人数", f"{row.participants:,} 人" if row.status == JointActivity.Status.HELD else ""),
        ]
        return [(label, value) for label, value in facts if value]

    def get_actions(self):
        row = self.object
        is_open = (
            row.status == JointActivity.Status.PLANNED
            and self.actor.role in HOSTS
            and not self.actor.is_read_only
            and row.stands_host(self.actor)
        )
        return [("修改", reverse("units:activity_edit", args=[row.pk]), "pencil")] if is_open else []


class ActivityNew(ActivityPage, FormPage):
    """Plan an activity; one that took place already is planned first and recorded next."""

    form_class = ActivityForm
    title = "登记活动"
    submit_label = "保存计划"
    success_message = "已登记计划。开展以后点“登记已开展”。"
    action = staticmethod(plan_activity)

    def get_initial(self):
        return {"held_on": today()}

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_cancel_url(self):
        return reverse("units:activity_list")


class ActivityEdit(ActivityPage, FormPage):
    """Change a plan."""

    form_class = ActivityForm
    object_kwarg = "activity"
    action = staticmethod(change_activity)

    def get_form_kwargs(self):
        return {"actor": self.actor}


class ActivityHold(ActivityPage, FormPage):
    """Record that it took place (登记已开展)."""

    form_class = HoldForm
    submit_label = "登记已开展"
    success_message = "已登记。"
    action = staticmethod(hold_activity)

    @property
    def is_change(self) -> bool:
        """The row moves by its action, under its own lock."""
        return False

    def get(self, request, **kwargs):
        try:
            refuse_unless_possible(self.object, JointActivity.get_move("hold"), self.actor, "-")
        except RuleViolation as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.object.get_absolute_url())
        return super().get(request, **kwargs)

    def get_title(self):
        return f"登记已开展：{self.object.title}"

    def get_initial(self):
        return {"held_on": min(self.object.held_on, today())}

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "activity": self.object}

    def get_cancel_url(self):
        return self.object.get_absolute_url()


activity_move = move_view(
    JointActivity, {"cancel": ACTIVITY_MOVES["cancel"]}, roles=HOSTS, object_kwarg="activity"
)
