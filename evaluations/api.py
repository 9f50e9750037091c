"""The REST endpoints of evaluations (api.md): `/visits/` and their moves."""

from rest_framework import serializers

from core.api import Computed, Field, InputSerializer, MoveAction, Nested, Register, place_field
from core.clock import today
from evaluations.actions import confirm_visit, dispute_visit, exempt_visit, record_visit
from evaluations.filters import VisitFilter
from evaluations.models import MonthlyVisit
from evaluations.rules import SUMMARY_LENGTH

PHONE = "走访方式只能是 on_site（上门）或 discussion（座谈），电话联系不计入月走访。"


class RecordInput(InputSerializer):
    """What is recorded of a visit; the rules are the action's."""

    visited_on = serializers.DateField(help_text="走访日期，在走访月份内，不晚于今天")
    mode = serializers.ChoiceField(
        choices=MonthlyVisit.Mode.choices, help_text="方式", error_messages={"invalid_choice": PHONE}
    )
    summary = serializers.CharField(max_length=SUMMARY_LENGTH, help_text="谈了什么")
    met = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="", help_text="见到的人"
    )
    promise = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="答应了什么"
    )
    promise_due_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="答复期限"
    )


class Visits(Register):
    """Monthly visits (月走访): staff read those of their place, a unit's people those to their unit."""

    name, basename, model = "visits", "visit", MonthlyVisit
    help = "月走访"
    fields = [
        Field("id"),
        Field("month", kind="text", convert=lambda first: f"{first:%Y-%m}", help="月份"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="单位"),
        place_field(path="unit__place", public=False, help="单位所在地"),
        Nested("visitor", {"id": "visitor_id", "name": "visitor__name"}, help="走访人"),
        Field("due_on"),
        Field("status"),
        Computed(
            "is_overdue",
            ("status", "due_on"),
            lambda status, due_on: status == MonthlyVisit.Status.PLANNED and due_on < today(),
            kind="boolean",
            help="是否逾期未走访",
        ),
        Field("visited_on"),
        Field("mode"),
        Field("met"),
        Field("summary"),
        Field("promise"),
        Field("promise_due_on"),
        Field("recorded_at"),
        Field("confirmed_at"),
    ]
    filterset_class = VisitFilter
    search_fields = ("unit__name", "visitor__name")
    ordering = {
        "id": "id",
        "month": "month",
        "due_on": "due_on",
        "place": "place_code",
        "visited_on": "visited_on",
    }
    object_kwarg = "visit"
    actions = {
        "record": MoveAction(record_visit, RecordInput),
        "confirm": confirm_visit,
        "dispute": dispute_visit,
        "exempt": exempt_visit,
    }


# Patterns under /api/v1/, gathered by wuhou.api.
urlpatterns = [*Visits().urls()]
