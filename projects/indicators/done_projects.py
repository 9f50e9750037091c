"""完成率 PRJ-DONE: of the work that units took on and that was due in a period, that which was accepted by its end.

Source: domain.md §2(e) Statistics: 已完成 ÷ (已认领且到期); "Long-term projects roll over yearly: `ProjectYear` child so
evaluation and counts are per year". A short project is due on its last day, moved by granted extensions; a long-term one
is due once a year, on 31 December or on its last day; what is completed earlier is due on the day it is completed. Done is
a project accepted, or a year accepted, by the period's last day. A project that was begun and called off, or failed its
acceptance, was taken on and not done. What lies ahead is not due yet. Version 1 counted every project once, on its last day.
"""

from datetime import date

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Least

from core.clock import today
from projects.indicators.project_counts import led_on, project_rate, published_projects
from projects.models import Project, ProjectYear
from units.indicators.territory import Territory


def years_due(first: date, last: date) -> QuerySet[ProjectYear]:
    """The years of the outer project that were due in the period; the planned end of the year where it goes on."""
    year_end = Cast(Concat(F("year"), Value("-12-31"), output_field=None), DateField())
    due_on = Least(year_end, F("project__end_on"), F("project__completed_on"))
    rows = ProjectYear.objects.filter(project=OuterRef("pk")).annotate(due_on=due_on)
    return rows.filter(due_on__range=(first, last))


def due(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """The projects of which something taken on was due in the period: each once, whatever the length of the period."""
    last = min(last, today())
    rows = published_projects(territory).filter(Q(started_on__lte=last) | Q(led_on(last)))
    short = Q(term=Project.Term.SHORT, due_on__range=(first, last))
    long = Q(term=Project.Term.LONG) & Q(Exists(years_due(first, last)))
    return rows.annotate(due_on=Least(F("end_on"), F("completed_on"))).filter(short | long)


def done(territory: Territory, first: date, last: date) -> QuerySet[Project]:
    """Those accepted, or whose year was accepted, on or before the period's last day."""
    accepted = Q(completed_on__lte=last)
    year_accepted = Exists(years_due(first, min(last, today())).filter(accepted_on__lte=last))
    return due(territory, first, last).filter(accepted | Q(Q(term=Project.Term.LONG) & Q(year_accepted)))


DONE_PROJECTS = project_rate(
    id="PRJ-DONE",
    name="项目完成率",
    numerator_text="其中到期末已验收通过的项目，长期项目按年度验收",
    denominator_text="时期内到期的已认领项目，长期项目每年到期一次，提前完成的按完成当天",
    met=done,
    about=due,
    version=2,
    note="还没到期的不计。第 2 版：长期项目按年度计，提前完成的计入完成的时期",
)
