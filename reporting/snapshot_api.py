"""REST: frozen month-end values (api.md): which months are frozen, the values of one, and freezing by the district."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q
from django.http import Http404
from django.urls import path
from rest_framework import serializers

from core.api import ApiView, InputSerializer, IntParam, TextParam
from core.api.registers import MAX_PAGE_SIZE, PAGE_SIZE
from core.api.schema import named_serializer
from core.errors import InputError
from core.indicators import get_indicator, rate_display, rate_of
from core.roles import DISTRICT_STAFF
from reporting.models import IndicatorSnapshot
from reporting.shapes import PlaceShape
from reporting.snapshots import freeze, month_from, restate
from reporting.versions import versions

PAGING = (
    IntParam(name="page", minimum=1, default=1, help="第几页"),
    IntParam(name="page_size", minimum=1, maximum=MAX_PAGE_SIZE, default=PAGE_SIZE, help="每页几条"),
)
MonthShape = named_serializer(
    "SnapshotMonth",
    {
        "period": serializers.CharField(help_text="月份，如 2026-10"),
        "frozen_at": serializers.DateTimeField(help_text="最近一次冻结或重述"),
        "values": serializers.IntegerField(help_text="数值的个数"),
        "restated": serializers.IntegerField(help_text="其中重述的"),
    },
)
ValueShape = named_serializer(
    "SnapshotValue",
    {
        "indicator": serializers.CharField(),
        "place": PlaceShape(),
        "formula_version": serializers.IntegerField(),
        "numerator": serializers.IntegerField(),
        "denominator": serializers.IntegerField(allow_null=True),
        "rate": serializers.CharField(allow_null=True),
        "rate_display": serializers.CharField(),
        "parts": serializers.DictField(child=serializers.IntegerField()),
        "frozen_at": serializers.DateTimeField(),
        "note": serializers.CharField(allow_blank=True, help_text="重述的原因"),
    },
)
LIST_FIELDS = {
    "count": serializers.IntegerField(), "next": serializers.CharField(allow_null=True),
    "previous": serializers.CharField(allow_null=True),
}  # fmt: skip
MonthsShape = named_serializer("SnapshotMonths", {**LIST_FIELDS, "results": MonthShape(many=True)})
ValuesShape = named_serializer("SnapshotValues", {**LIST_FIELDS, "results": ValueShape(many=True)})
FrozenShape = named_serializer(
    "SnapshotFrozen",
    {
        "period": serializers.CharField(),
        "new": serializers.IntegerField(help_text="新写入的数值；0 表示已经冻结过"),
    },
)


class FreezeInput(InputSerializer):
    """The month to freeze; with an indicator and a note, one that is frozen is counted again."""

    period = serializers.CharField(max_length=10, help_text="月份，如 2026-10")
    indicator = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="重述哪项指标"
    )
    note = serializers.CharField(
        max_length=300, required=False, allow_blank=True, default="", help_text="重述的原因"
    )


class PagedView(ApiView):
    """Rows of anything, a page at a time; the version of what is counted is the tag."""

    public = True
    tag = "statistics"

    def get_etag_source(self) -> str:
        return versions()[0]

    def page(self, rows, shape) -> dict[str, Any]:
        number, size = self.query["page"], self.query["page_size"]
        count = rows.count()
        pages = max(-(-count // size), 1)
        if number > pages:
            raise InputError(f"没有第 {number} 页，共 {pages} 页。", field="page")
        return {
            "count": count,
            "next": self.address(number + 1) if number < pages else None,
            "previous": self.address(number - 1) if number > 1 else None,
            "results": [shape(row) for row in rows[(number - 1) * size : number * size]],
        }

    def address(self, number: int) -> str:
        """The full address of another page."""
        query = self.request._request.GET.copy()
        query["page"] = number
        return self.request._request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


def months():
    """Each frozen month with how much is frozen in it, the newest first."""
    rows = IndicatorSnapshot.objects.order_by().values("period")
    counted = rows.annotate(
        values=Count("pk"), restated=Count("pk", filter=~Q(note="")), frozen_at=Max("frozen_at")
    )
    return counted.order_by("-period")


class Snapshots(PagedView):
    """``GET /statistics/snapshots/``: the frozen months; ``POST``: the district freezes one."""

    help = "月末快照：已冻结的月份；冻结只能由区级办理"
    params = PAGING
    write_roles = DISTRICT_STAFF
    request_serializer = FreezeInput
    response_serializer = MonthsShape

    def get(self, request, **kwargs):
        return self.page(months(), dict)

    def post(self, request, **kwargs):
        body = self.read_body(FreezeInput)
        month = month_from(body["period"])
        if body["indicator"]:
            number = restate(
                month=month, indicator=get_indicator(body["indicator"]), note=body["note"], actor=self.actor
            )
        else:
            number = freeze(month=month, actor=self.actor)
        return self.created({"period": str(month), "new": number})


def value_data(row: IndicatorSnapshot) -> dict[str, Any]:
    return {
        "indicator": row.indicator,
        "place": {"code": row.place_code, "name": row.place_name, "level": row.place_level},
        "formula_version": row.formula_version,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "rate": rate_of(row.numerator, row.denominator),
        "rate_display": rate_display(row.numerator, row.denominator),
        "parts": row.parts,
        "frozen_at": row.frozen_at,
        "note": row.note,
    }


class SnapshotValues(PagedView):
    """``GET /statistics/snapshots/{period}/``: the frozen values of a month, every version of them."""

    help = "一个月的冻结值，含历次重述"
    params = (
        *PAGING,
        TextParam(name="place", default=lambda: settings.ROOT_PLACE_CODE, max_length=32, help="区划代码"),
        TextParam(name="indicator", default="", max_length=40, help="指标编号"),
    )
    response_serializer = ValuesShape

    def get(self, request, period, **kwargs):
        rows = IndicatorSnapshot.objects.filter(period=period)
        if not rows.exists():
            raise Http404
        rows = rows.filter(place_code=self.query["place"])
        if self.query["indicator"]:
            rows = rows.filter(indicator=self.query["indicator"])
        return self.page(rows.order_by("indicator", "formula_version"), value_data)


snapshot_patterns = [
    path("statistics/snapshots/", Snapshots.as_view(), name="snapshot-list"),
    path("statistics/snapshots/<slug:period>/", SnapshotValues.as_view(), name="snapshot-detail"),
]
