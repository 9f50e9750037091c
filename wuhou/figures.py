"""The figures of the workbench (本期进度): each opens into the list it was counted from."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q
from django.urls import reverse

from core.actor import Actor
from core.components import number_text
from core.pages import query_string
from core.periods import Month
from core.workdays import Calendar
from evaluations.models import MonthlyVisit
from evaluations.queries import visit_figures
from projects.models import Project, ProjectClaim
from reporting.alerts import ALERTS
from units.indicators import COVERAGE
from units.indicators.territory import territory_of
from units.models import Division

COVERAGE_RATE = COVERAGE["organization", "non_public"]


@dataclass(frozen=True, slots=True)
class Note:
    """A few words beneath a figure, with the list they open."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure of the workbench with its name, unit and notes."""

    label: str
    value: str
    unit: str
    url: str
    notes: list[Note] = field(default_factory=list)


def place_param(place: Division) -> str | None:
    """The place as the lists' filter spells it; the district needs none."""
    return place.code if place.level in {Division.Level.SUBDISTRICT, Division.Level.COMMUNITY} else None


def workbench_figures(actor: Actor, place: Division, today: date, calendar: Calendar) -> list[Kpi]:
    """The four figures of a place; the number of queries doesn't depend on how much there is."""
    return [
        visits_kpi(actor, today, calendar),
        projects_kpi(place),
        claims_kpi(actor, place),
        coverage_kpi(place, today),
    ]


def visits_kpi(actor: Actor, today: date, calendar: Calendar) -> Kpi:
    month = Month.containing(today)
    figures = visit_figures(MonthlyVisit.objects.visible_to(actor).filter(month=month.first_day))
    address = reverse("evaluations:visit-list")

    def listed(status: str | None = None) -> str:
        return address + query_string(month=month, status=status)

    due = calendar.month_visit_due(month)
    notes = [] if figures.owed else [Note(opening_words(month, today, calendar))]
    if figures.disputed:
        notes.insert(0, Note(f"{figures.disputed} 家有异议", listed("disputed")))
    if figures.recorded:
        notes.insert(0, Note(f"{figures.recorded} 家待确认", listed("recorded")))
    if figures.planned:
        notes.insert(0, Note(f"{figures.planned} 家未走访", listed("planned")))
    unit = f"/ {number_text(figures.owed)} 家已确认"
    return Kpi(
        f"本月走访（{due.month}月{due.day}日到期）",
        number_text(figures.confirmed),
        unit,
        listed("confirmed"),
        notes,
    )


def opening_words(month: Month, today: date, calendar: Calendar) -> str:
    first = calendar.nth_workday(month, 1)
    return f"{first.month}月{first.day}日（首个工作日）生成" if today < first else "本月没有走访任务"


def projects_kpi(place: Division) -> Kpi:
    status = Project.Status
    counts = Project.objects.under(place.code).aggregate(
        **{
            name: Count("pk", filter=Q(status=name))
            for name in (status.OPEN, status.CLAIMED, status.UNCLAIMED)
        }
    )
    address = reverse("projects:project_list")

    def listed(name: str) -> str:
        return address + query_string(place=place_param(place), status=name)

    notes = [Note(f"{number_text(counts['claimed'])} 个已认领", listed("claimed"))]
    if counts["unclaimed"]:
        notes.append(Note(f"{counts['unclaimed']} 个无人认领", listed("unclaimed")))
    return Kpi("共建项目", number_text(counts["open"]), "个待认领", listed("open"), notes)


def claims_kpi(actor: Actor, place: Division) -> Kpi:
    """What the actor's own level decides stands first: the community screens, the others confirm."""
    counts = ProjectClaim.objects.visible_to(actor).aggregate(
        submitted=Count("pk", filter=Q(status="submitted")), screened=Count("pk", filter=Q(status="screened"))
    )
    address = reverse("projects:claim_list")
    screening = ("submitted", "件待初审")
    confirming = ("screened", "件待确认")
    first, second = (
        (screening, confirming) if place.level == Division.Level.COMMUNITY else (confirming, screening)
    )

    def listed(name: str) -> str:
        return address + query_string(status=name)

    notes = [Note(f"{counts[second[0]]} {second[1]}", listed(second[0]))]
    return Kpi("项目认领", number_text(counts[first[0]]), first[1], listed(first[0]), notes)


def alert_notes(place: Division, today: date) -> list[Note]:
    """The warnings that somebody can settle soon (预警): terms that are over, and units that ought to have a branch."""
    territory, notes = territory_of(place), []
    for slug, words in (("term", "个届满未换"), ("due", "家应建未建")):
        number = ALERTS[slug].rows(territory, today).order_by().values("pk").count()
        if number:
            url = reverse("reporting:alerts", args=[slug]) + query_string(place=place.code)
            notes.append(Note(f"{number_text(number)} {words}", url))
    return notes


def coverage_kpi(place: Division, today: date) -> Kpi:
    total = COVERAGE_RATE.count(territory_of(place), today, today).total
    units = reverse("reporting:coverage_units")

    def listed(cell: str) -> str:
        return units + query_string(place=place.code, cell=cell)

    notes = [
        Note(f"{number_text(total.numerator)} / {number_text(total.denominator)} 家", listed("numerator"))
    ]
    if total.parts["uncovered"]:
        notes.append(Note(f"{number_text(total.parts['uncovered'])} 家未覆盖", listed("uncovered")))
    notes += alert_notes(place, today)
    page = reverse("reporting:coverage") + query_string(place=place.code)
    return Kpi("非公企业组织覆盖率", total.rate_display, "", page, notes)
