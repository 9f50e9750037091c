"""Pages of month-end snapshots (快照): the values of a month as frozen, beside what the same day counts now."""

from functools import cached_property

import django_filters
from django import forms
from django.conf import settings
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import Tag
from core.errors import RuleViolation
from core.indicators import Breakdown, Figure, all_indicators, rate_display
from core.pages import FormPage, ListPage
from core.periods import Month
from core.roles import DISTRICT_STAFF, STAFF
from reporting.models import IndicatorSnapshot
from reporting.snapshots import freeze, month_from, restate
from reporting.views.indicators import month_address
from units.indicators.territory import By, read_territory
from units.models import Division


def frozen_months() -> list[str]:
    return list(IndicatorSnapshot.objects.order_by("-period").values_list("period", flat=True).distinct())


def frozen_places(request=None):
    """The district, its subdistricts and communities in the order of their codes."""
    levels = (Division.Level.DISTRICT, Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
    return Division.objects.filter(level__in=levels).order_by("code")


class SnapshotPlaceFilter(django_filters.ModelChoiceFilter):
    """Values of exactly one place."""

    def filter(self, qs, value):
        return qs.filter(place_code=value.code) if value else qs


class SnapshotFilter(django_filters.FilterSet):
    """The month (the last frozen one unless chosen), the place and the indicator."""

    period = django_filters.ChoiceFilter(
        label="月份", choices=lambda: [(one, one) for one in frozen_months()]
    )
    place = SnapshotPlaceFilter(label="地方", queryset=frozen_places, to_field_name="code")
    indicator = django_filters.ChoiceFilter(
        label="指标", choices=lambda: [(one.id, one.name) for one in all_indicators()]
    )

    class Meta:
        model = IndicatorSnapshot
        fields: list[str] = []


class SnapshotList(ListPage):
    """快照: frozen values, exported exactly as they were; the page shows what differs from today's count."""

    model = IndicatorSnapshot
    roles = STAFF
    title = "月末快照"
    subtitle = "每月1日自动冻结上个月末的数值，冻结后不能改动；需要更正的，另作重述，原数保留。"
    unit_word = "个数值"
    filterset_class = SnapshotFilter
    default_order = ("-period", "place_code", "indicator", "formula_version")
    empty_text = "还没有冻结的月份。"

    def get_columns(self):
        return [
            Column("period", "月份", is_main=True, sort="period"),
            Column("indicator", "指标", self.name_of, link=self.page_of, sort="indicator", width=30),
            Column("place", "地方", "place_name", sort="place_code", width=22),
            Column("numerator", "分子", kind="int"),
            Column("denominator", "分母", kind="int"),
            Column("rate", "比率", lambda row: rate_display(row.numerator, row.denominator), align="n"),
            Column("live", "现在重算", self.live_words, in_sheet=False, align="n"),
            Column("differs", "与现在", self.live_tag, kind="tag", in_sheet=False),
            Column("formula_version", "版本", kind="int"),
            Column("note", "重述说明", width=30),
            Column("frozen_at", "冻结时间", kind="date", in_page=False, width=18),
        ]

    def get_rows(self):
        rows = super().get_rows().visible_to(self.actor).defer("rows")
        chosen = self.request.GET
        if not chosen.get("period") and (months := frozen_months()):
            rows = rows.filter(period=months[0])
        return rows if chosen.get("place") else rows.filter(place_code=settings.ROOT_PLACE_CODE)

    @cached_property
    def names(self) -> dict:
        return {one.id: one for one in all_indicators()}

    def name_of(self, row) -> str:
        return self.names[row.indicator].name if row.indicator in self.names else row.indicator

    def page_of(self, row) -> str | None:
        """The page of the indicator for that place and month, for those who may open the place."""
        if row.indicator not in self.names or not self.actor.stands_over(row.place_code):
            return None
        return month_address(self.names[row.indicator], row.place_code, month_from(row.period))

    @cached_property
    def counted(self) -> dict[tuple, Breakdown]:
        return {}

    def live(self, row: IndicatorSnapshot) -> Figure | None:
        """The same indicator of the same place and month, counted now."""
        if row.indicator not in self.names:
            return None
        key = (row.indicator, row.place_code, row.period)
        if key not in self.counted:
            month = month_from(row.period)
            territory = self.territory(row.place_code)
            self.counted[key] = self.names[row.indicator].count(territory, month.first_day, month.last_day)
        return self.counted[key].total

    @cached_property
    def territories(self) -> dict:
        return {}

    def territory(self, code: str):
        if code not in self.territories:
            self.territories[code] = read_territory(code, By.NONE)
        return self.territories[code]

    def live_words(self, row) -> str:
        figure = self.live(row)
        if figure is None:
            return "—"
        return (
            f"{figure.numerator:,}"
            if figure.denominator is None
            else f"{figure.numerator:,} / {figure.denominator:,}"
        )

    def live_tag(self, row) -> Tag | str:
        figure = self.live(row)
        if figure is None:
            return ""
        same = (figure.numerator, figure.denominator) == (row.numerator, row.denominator)
        return Tag("一致", "ok") if same else Tag("有变化", "wait")

    def get_actions(self):
        if self.actor.role not in DISTRICT_STAFF or self.actor.is_read_only:
            return []
        return [
            ("冻结月份", reverse("reporting:snapshot_freeze"), "lock"),
            ("重述", reverse("reporting:snapshot_restate"), "refresh"),
        ]


class FreezeForm(forms.Form):
    """The month to freeze."""

    period = forms.CharField(
        label="月份", max_length=7, help_text="写成 2026-10 这样的形式；只能冻结已经结束的月份。"
    )


class RestateForm(forms.Form):
    """Which frozen value is counted again, and why."""

    period = forms.ChoiceField(label="月份", choices=lambda: [(one, one) for one in frozen_months()])
    indicator = forms.ChoiceField(
        label="指标", choices=lambda: [(one.id, one.name) for one in all_indicators()]
    )
    note = forms.CharField(
        label="重述的原因",
        max_length=300,
        widget=forms.Textarea,
        help_text="例如“两家企业的注销日期更正”。原数保留。",
    )


def freeze_month(*, period: str, actor) -> int:
    return freeze(month=month_from(period), actor=actor)


def restate_month(*, period: str, indicator: str, note: str, actor) -> int:
    found = next(one for one in all_indicators() if one.id == indicator)
    return restate(month=month_from(period), indicator=found, note=note, actor=actor)


class SnapshotForm(FormPage):
    """Base of the two forms of the district."""

    model = IndicatorSnapshot
    roles = DISTRICT_STAFF

    def get_breadcrumbs(self):
        return [("月末快照", reverse("reporting:snapshots"))]

    def get_success_url(self, obj):
        return reverse("reporting:snapshots")

    def get_cancel_url(self):
        return reverse("reporting:snapshots")


class SnapshotFreeze(SnapshotForm):
    """Freeze a month by hand; beat does it on the first of the next."""

    form_class = FreezeForm
    title = "冻结月份"
    submit_label = "冻结"
    help_text = "冻结以后不能撤销，也不能改动。"
    action = staticmethod(freeze_month)

    def get_initial(self):
        return {"period": str(Month.containing(today()).previous())}

    def run_action(self, cleaned, row=None):
        number = super().run_action(cleaned, row)
        self.success_message = f"已冻结 {number:,} 个数值。" if number else "这个月已经冻结，没有改动。"
        return number


class SnapshotRestate(SnapshotForm):
    """Count a frozen value again, as a further version."""

    form_class = RestateForm
    title = "重述"
    submit_label = "重述"
    success_message = "已重述，原来的数值保留。"
    action = staticmethod(restate_month)

    def get(self, request, **kwargs):
        if not frozen_months():
            return self.render_refusal(
                self.get_form({}), RuleViolation("还没有冻结的月份，不用重述。"), status=200
            )
        return super().get(request, **kwargs)
