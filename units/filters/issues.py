"""Filters of the issue register and of joint activities; page and API share them."""

import django_filters

from core.clock import today
from units.filters.units import PlaceFilter, YesNoFilter
from units.models import Issue, JointActivity
from units.queries.issues import AGE_CHOICES, CONTENT, TAKEN_ON, aged

RATED_AS = {"rated": Issue.Satisfaction.values, "content": CONTENT}
RATINGS = (("rated", "已评议"), ("content", "满意和基本满意"), *Issue.Satisfaction.choices)


class OpenFilter(YesNoFilter):
    """Not solved yet, or done with one way or another."""

    def narrow(self, rows, is_yes: bool):
        return (
            rows.filter(status__in=Issue.OPEN_STATUSES)
            if is_yes
            else rows.exclude(status__in=Issue.OPEN_STATUSES)
        )


class AcceptedFilter(YesNoFilter):
    """Taken on as work of its own, or not: what the rate of solved issues is about."""

    def narrow(self, rows, is_yes: bool):
        return rows.filter(TAKEN_ON) if is_yes else rows.exclude(TAKEN_ON)


class SolvedFilter(YesNoFilter):
    """Solved, whether or not it was answered and rated yet."""

    def narrow(self, rows, is_yes: bool):
        return (
            rows.filter(status__in=Issue.SOLVED_STATUSES)
            if is_yes
            else rows.exclude(status__in=Issue.SOLVED_STATUSES)
        )


class OverdueFilter(YesNoFilter):
    """Past its due day today, or not."""

    def narrow(self, rows, is_yes: bool):
        late = rows.overdue(today())
        return late if is_yes else rows.exclude(pk__in=late.order_by().values("pk"))


class IssueFilter(django_filters.FilterSet):
    """Issues of a place, in a state, of a category, from a source, overdue today, open since so many days."""

    place = PlaceFilter(label="发生地")
    status = django_filters.ChoiceFilter(label="状态", choices=Issue.Status.choices)
    category = django_filters.ChoiceFilter(label="类别", choices=Issue.Category.choices)
    source = django_filters.ChoiceFilter(label="来源", choices=Issue.Source.choices)
    open = OpenFilter(label="未办结")
    accepted = AcceptedFilter(label="已受理")
    solved = SolvedFilter(label="已办结")
    overdue = OverdueFilter(label="已逾期")
    age = django_filters.ChoiceFilter(label="登记至今", choices=AGE_CHOICES, method="filter_age")
    satisfaction = django_filters.ChoiceFilter(label="评议", choices=RATINGS, method="filter_satisfaction")

    class Meta:
        model = Issue
        fields: list[str] = []

    def filter_satisfaction(self, rows, name, word: str):
        return rows.filter(satisfaction__in=RATED_AS.get(word, [word]))

    def filter_age(self, rows, name, slug: str):
        return rows.filter(aged(slug, today()))


class ActivityFilter(django_filters.FilterSet):
    """Activities of a place, in a state, on days of a range."""

    place = PlaceFilter(label="地点")
    status = django_filters.ChoiceFilter(label="状态", choices=JointActivity.Status.choices)
    held_on = django_filters.DateFromToRangeFilter(label="日期")

    class Meta:
        model = JointActivity
        fields: list[str] = []
