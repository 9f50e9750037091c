"""Filters of cards, records, entries, rewards and redemptions; page and API share them."""

import django_filters
from django import forms

from core.clock import today
from core.errors import InputError
from core.periods import Month, parse
from projects.filters import project as filters
from projects.models import CallBack, PointsCard, PointsEntry, Redemption, Reward, VolunteerRecord
from units.models import Division

LARGEST_ID = 2**63 - 1


def choosable_places(request=None):
    """The district, its subdistricts and communities in the order of their codes."""
    levels = (Division.Level.DISTRICT, *filters.FILTERED_LEVELS)
    return Division.objects.filter(level__in=levels).order_by("code")


class PlaceFilter(filters.PlaceFilter):
    """Rows at or below a place, under a name of its own."""

    def __init__(self, label: str):
        super().__init__()
        self.label = label
        self.queryset = choosable_places


class YesNoFilter(django_filters.ChoiceFilter):
    """``true`` or ``false``; anything else is refused."""

    def __init__(self, **kwargs):
        super().__init__(choices=(("true", "是"), ("false", "否")), **kwargs)

    def filter(self, qs, value):
        return self.narrow(qs, value == "true") if value else qs

    def narrow(self, rows, is_yes: bool):
        raise NotImplementedError


class MonthField(forms.CharField):
    """``2026-11`` as a `Month`."""

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            month = parse(text)
        except InputError as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        if not isinstance(month, Month):
            raise forms.ValidationError("月份要写成 2026-11 这样。")
        return month


class MonthFilter(django_filters.Filter):
    """Rows of one month, whose column holds its first day."""

    field_class = MonthField

    def filter(self, qs, value):
        return qs.filter(**{self.field_name: value.first_day}) if value else qs


class CardFilter(django_filters.FilterSet):
    """Cards of a place, of a kind of holder, in a state. Never by points: nobody is ranked by them."""

    place = PlaceFilter(label="所在社区")
    holder = django_filters.ChoiceFilter(label="持卡人类型", choices=PointsCard.Holder.choices)
    status = django_filters.ChoiceFilter(label="状态", choices=PointsCard.Status.choices)
    unit = django_filters.NumberFilter(
        label="单位编号", field_name="unit_id", min_value=1, max_value=LARGEST_ID
    )

    class Meta:
        model = PointsCard
        fields: list[str] = []


class FlaggedFilter(YesNoFilter):
    """Records with a word of caution (补录, 批量), or those without."""

    def narrow(self, rows, is_yes: bool):
        return rows.exclude(flags="") if is_yes else rows.filter(flags="")


class RecordFilter(django_filters.FilterSet):
    """Records at a place, in a state, on days of a range, of a card, session, project, batch, with a flag."""

    place = PlaceFilter(label="服务所在地")
    status = django_filters.ChoiceFilter(label="状态", choices=VolunteerRecord.Status.choices)
    role = django_filters.ChoiceFilter(label="身份", choices=VolunteerRecord.Role.choices)
    flagged = FlaggedFilter(label="有提示（补录、批量）")
    served_on = django_filters.DateFromToRangeFilter(label="服务日期", field_name="starts_at")
    card = django_filters.CharFilter(label="卡号", field_name="card__number", lookup_expr="iexact")
    session = django_filters.NumberFilter(
        label="场次编号", field_name="session_id", min_value=1, max_value=LARGEST_ID
    )
    project = django_filters.NumberFilter(
        label="项目编号", field_name="project_id", min_value=1, max_value=LARGEST_ID
    )

    class Meta:
        model = VolunteerRecord
        fields: list[str] = []


class EntryFilter(django_filters.FilterSet):
    """Entries at a place, of a kind, on days of a range, of a card; ``hours`` are those that count as hours."""

    place = PlaceFilter(label="所在地")
    kind = django_filters.ChoiceFilter(label="类型", choices=PointsEntry.Kind.choices)
    counts_hours = django_filters.ChoiceFilter(
        label="计入时长", choices=(("true", "是"),), method="filter_hours"
    )
    occurred_on = django_filters.DateFromToRangeFilter(label="发生日期")
    card = django_filters.CharFilter(label="卡号", field_name="card__number", lookup_expr="iexact")

    class Meta:
        model = PointsEntry
        fields: list[str] = []

    def filter_hours(self, rows, name, value):
        return rows.exclude(hours=0)


class OfferedFilter(YesNoFilter):
    """What can be redeemed today, or all the rest."""

    def narrow(self, rows, is_yes: bool):
        now = rows.offered(today())
        return now if is_yes else rows.exclude(pk__in=now.values("pk"))


class RewardFilter(django_filters.FilterSet):
    """Rewards at a place, of a kind, offered today or not."""

    place = PlaceFilter(label="兑换点")
    kind = django_filters.ChoiceFilter(label="类型", choices=Reward.Kind.choices)
    offered = OfferedFilter(label="现在可以兑换")

    class Meta:
        model = Reward
        fields: list[str] = []


class RedemptionFilter(django_filters.FilterSet):
    """Redemptions at a place, in a state, of a card or a reward, made on days of a range."""

    place = PlaceFilter(label="兑换点")
    status = django_filters.ChoiceFilter(label="状态", choices=Redemption.Status.choices)
    card = django_filters.CharFilter(label="卡号", field_name="card__number", lookup_expr="iexact")
    reward = django_filters.NumberFilter(
        label="兑换项编号", field_name="reward_id", min_value=1, max_value=LARGEST_ID
    )
    created = django_filters.DateFromToRangeFilter(label="兑换日期", field_name="created_at")

    class Meta:
        model = Redemption
        fields: list[str] = []


class CallBackFilter(django_filters.FilterSet):
    """Call-backs at a place, of a month, with an outcome."""

    place = PlaceFilter(label="所在地")
    month = MonthFilter(label="月份（如 2026-11）")
    outcome = django_filters.ChoiceFilter(label="结果", choices=CallBack.Outcome.choices)

    class Meta:
        model = CallBack
        fields: list[str] = []
