"""问题台账概况: what is open and since when, by category, and how much is solved; every figure opens into its list."""

from datetime import date
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse

from core.clock import today
from core.components import percent_text
from core.pages import SimplePage
from core.periods import Month
from core.roles import STAFF
from units.models import Issue, JointActivity
from units.queries.issues import AGES, CONTENT, TAKEN_ON, aged

MONTHS = 12


def list_url(**params: str) -> str:
    return f"{reverse('units:issue_list')}?{urlencode(params)}"


class IssueOverview(SimplePage):
    """The register of the actor's place in figures."""

    title = "问题台账概况"
    roles = STAFF
    template_name = "units/issues_overview.html"

    def get_breadcrumbs(self):
        return [("问题台账", reverse("units:issue_list"))]

    def get_rows(self):
        return Issue.objects.visible_to(self.actor)

    def get_context(self, **more):
        on = today()
        rows = self.get_rows()
        return super().get_context(
            **more, on=on, heads=[label for _, label, _, _ in AGES], lines=age_lines(rows, on), figures=headline(rows, on),
            months=solved_by_month(rows, on), activities=self.activities(on), activities_url=self.activities_url(on),
        )  # fmt: skip

    def activities(self, on: date) -> int:
        """Joint activities held this year at the actor's place."""
        own = JointActivity.objects.visible_to(self.actor).under(self.actor.place_code)
        return own.filter(
            status=JointActivity.Status.HELD, held_on__range=(on.replace(month=1, day=1), on)
        ).count()

    def activities_url(self, on: date) -> str:
        """The list behind that figure; places finer than a community have no filter of their own."""
        span = {"held_on_after": on.replace(month=1, day=1), "held_on_before": on}
        return f"{reverse('units:activity_list')}?{urlencode({'status': 'held', 'place': self.actor.place_code, **span})}"


def headline(rows, on: date) -> dict:
    """Open, overdue, solved of accepted, and satisfied of rated, in one query."""
    solved = Q(status__in=Issue.SOLVED_STATUSES)
    counted = rows.aggregate(
        open=Count("pk", filter=Q(status__in=Issue.OPEN_STATUSES)),
        accepted=Count("pk", filter=TAKEN_ON),
        solved=Count("pk", filter=solved),
        rated=Count("pk", filter=~Q(satisfaction="")),
        content=Count("pk", filter=Q(satisfaction__in=CONTENT)),
    )
    return {
        **counted,
        "overdue": rows.overdue(on).count(),
        "solved_rate": percent_text(counted["solved"], counted["accepted"]),
        "content_rate": percent_text(counted["content"], counted["rated"]),
    }


def age_lines(rows, on: date) -> list[dict]:
    """Per category how many open issues are how old; one query, each figure with its address."""
    counts = {slug: Count("pk", filter=aged(slug, on)) for slug, _, _, _ in AGES}
    counted = {
        line.pop("category"): line
        for line in rows.filter(status__in=Issue.OPEN_STATUSES)
        .order_by()
        .values("category")
        .annotate(all=Count("pk"), **prefixed(counts))
    }
    found = [
        line_of(value, label, counted[value]) for value, label in Issue.Category.choices if value in counted
    ]
    return [*found, sum_line(counted.values())] if found else []


def prefixed(counts: dict) -> dict:
    return {f"age_{slug}": expression for slug, expression in counts.items()}


def line_of(category: str, label: str, counted: dict) -> dict:
    cells = [
        (counted[f"age_{slug}"], list_url(open="true", category=category, age=slug), head)
        for slug, head, _, _ in AGES
    ]
    return {
        "label": label,
        "cells": cells,
        "all": (counted["all"], list_url(open="true", category=category)),
        "is_sum": False,
    }


def sum_line(lines) -> dict:
    lines = list(lines)
    cells = [
        (sum(line[f"age_{slug}"] for line in lines), list_url(open="true", age=slug), head)
        for slug, head, _, _ in AGES
    ]
    return {
        "label": "合计",
        "cells": cells,
        "all": (sum(line["all"] for line in lines), list_url(open="true")),
        "is_sum": True,
    }


def solved_by_month(rows, on: date) -> list[tuple[str, int]]:
    """How many were solved in each of the last twelve months, for the chart and its table."""
    month = Month.containing(on)
    months = [month]
    while len(months) < MONTHS:
        months.insert(0, months[0].previous())
    counts = {
        f"m{index}": Count("pk", filter=Q(resolved_on__range=(one.first_day, one.last_day)))
        for index, one in enumerate(months)
    }
    counted = rows.aggregate(**counts)
    return [(f"{one.month}月", counted[f"m{index}"]) for index, one in enumerate(months)]
