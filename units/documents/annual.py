"""年度联席会工作报告 (domain.md §2(a), §2.13): what a joint meeting and its place did in a year, on paper.

Every figure comes from the indicators; what apps to the right count is collected through `core.annual_report`.
"""

from datetime import date

from django.db import transaction
from django.db.models import Count

from core import annual_report
from core.actor import Actor
from core.annual_report import FIGURE_HEADER, figure_row
from core.clock import today
from core.components import date_text
from core.documents import Paper, issue_document, plain_report
from core.errors import InputError, NotAllowed, RuleViolation
from core.models import IssuedDocument
from core.roles import STAFF
from units.indicators.territory import Territory, read_territory
from units.models import Meeting, RegionalBody, RepresentativeProposal, Resolution
from units.queries.agenda import turnout_of

FIRST_YEAR = 2015
FIGURE_WIDTHS = (64, 36, 33, 33)
SESSION_TABLE = (("序号", "会议", "日期", "应到", "实到", "主要负责人到会"), (12, 66, 34, 16, 16, 22))
RESOLUTION_TABLE = (("议定事项", "件数"), (120, 46))
# (heading, indicators): the state of the last day, and what happened in the year.
ORGANIZATION = ("ORG-COMPLETE", "ORG-ONE", "ORG-PARTTIME", "CONF-UNITS")
ATTENDANCE = ("CONF-ATT", "CONF-HEAD")
ISSUES = ("ISS-SOLVED", "ISS-ONTIME", "ISS-SAT")
ACTIVITIES = ("ACT-COUNT",)
COVERAGE = ("COV-ORG-NP", "COV-ORG-SO", "NEW-ORG")


def years_of(on: date) -> list[int]:
    """The years a report can be about, the latest first."""
    return list(range(on.year, FIRST_YEAR - 1, -1))


def last_day(year: int, on: date) -> date:
    """The end of a year, or the day itself while the year runs."""
    return min(date(year, 12, 31), on)


def annual_paper(body: RegionalBody, year: int, on: date) -> Paper:
    """The report of a joint meeting on a year, as of its end or of ``on``."""
    first, last = date(year, 1, 1), last_day(year, on)
    territory = read_territory(body.place_code)
    paper = plain_report(
        f"{body.name}\n{year}年度工作报告", subtitle=f"统计期间：{date_text(first)}至{date_text(last)}"
    )
    paper.paragraph(
        f"本报告的数据取自区域化党建平台，范围是{body.place}及所属各级，组织和覆盖情况截至{date_text(last)}，"
        "与平台统计页面和接口同一口径。"
    )
    write_figures(paper, "组织建设", ORGANIZATION, territory, first, last)
    write_sessions(paper, body, territory, first, last)
    write_resolutions(paper, territory, first, last)
    write_proposals(paper, territory, first, last)
    write_figures(paper, "问题办理", ISSUES, territory, first, last)
    write_figures(paper, "共建活动", ACTIVITIES, territory, first, last)
    write_figures(paper, "两新组织覆盖", COVERAGE, territory, first, last)
    for section in annual_report.sections(body.place_code, first, last):
        write_section(paper, section)
    paper.sign(body.name, on)
    return paper


def write_figures(
    paper: Paper, heading: str, ids: tuple[str, ...], territory: Territory, first: date, last: date
) -> None:
    paper.heading(1, heading)
    paper.table(FIGURE_HEADER, [figure_row(one, territory, first, last) for one in ids], FIGURE_WIDTHS)


def write_section(paper: Paper, section: annual_report.Section) -> None:
    paper.heading(1, section.label)
    if section.rows:
        paper.table(section.header, section.rows)
    if section.note:
        paper.paragraph(section.note)


def sessions_of(body: RegionalBody, first: date, last: date):
    """The body's sessions of which the minutes are issued: the only ones that count (against padding)."""
    rows = body.meetings.filter(status__in=Meeting.PUBLISHED, held_at__date__range=(first, last))
    return rows.prefetch_related("attendances").order_by("held_at", "pk")


def write_sessions(paper: Paper, body: RegionalBody, territory: Territory, first: date, last: date) -> None:
    held = list(sessions_of(body, first, last))
    paper.heading(1, "会议情况")
    paper.paragraph(f"统计期间，本联席会已印发纪要的会议 {len(held)} 次。")
    if held:
        rows = [session_row(order, meeting) for order, meeting in enumerate(held, 1)]
        paper.table(*SESSION_TABLE[:1], rows, SESSION_TABLE[1])
    paper.paragraph(f"{body.place}及所属各级联席会的到会情况：")
    paper.table(FIGURE_HEADER, [figure_row(one, territory, first, last) for one in ATTENDANCE], FIGURE_WIDTHS)


def session_row(order: int, meeting: Meeting) -> tuple:
    turnout = turnout_of(meeting.attendances.all())
    day = meeting.held_on.isoformat()
    return (order, meeting.title, day, turnout.expected, turnout.came, turnout.heads)


def write_resolutions(paper: Paper, territory: Territory, first: date, last: date) -> None:
    """What was decided in the year, and how much of what was due by its end is closed."""
    decided = Resolution.objects.in_force().filter(
        territory.within(), meeting__held_at__date__range=(first, last)
    )
    paper.heading(1, "议定事项")
    paper.table(*RESOLUTION_TABLE[:1], counted(decided, Resolution.Status), RESOLUTION_TABLE[1])
    paper.table(FIGURE_HEADER, [figure_row("RES-DONE", territory, first, last)], FIGURE_WIDTHS)


def write_proposals(paper: Paper, territory: Territory, first: date, last: date) -> None:
    """Representatives' proposals handed in during the year, by where they stand now."""
    made = RepresentativeProposal.objects.filter(territory.within(), submitted_at__date__range=(first, last))
    paper.heading(1, "代表提案")
    paper.table(("代表提案", "件数"), counted(made, RepresentativeProposal.Status), RESOLUTION_TABLE[1])


def counted(rows, statuses) -> list[tuple]:
    """How many there are, altogether and in each state that occurs."""
    found = dict(rows.order_by().values_list("status").annotate(number=Count("pk")))
    lines = [(f"其中：{status.label}", found[status.value]) for status in statuses if status.value in found]
    return [("合计", sum(found.values())), *lines]


def refuse_report(body: RegionalBody, year: int, actor: Actor) -> None:
    """Staff of the place or above it, for a joint meeting, for a year that has begun."""
    if actor.is_read_only or actor.role not in STAFF or not actor.stands_over(body.place_code):
        raise NotAllowed("只能由工作人员印发本辖区联席会的年度工作报告。")
    if body.kind != RegionalBody.Kind.JOINT_MEETING:
        raise RuleViolation("年度工作报告由区域党建联席会印发。", code="not_a_joint_meeting")
    if year not in years_of(today()):
        raise InputError(f"请选择 {FIRST_YEAR} 到 {today().year} 年。", field="year", code="unknown_year")


@transaction.atomic
def issue_annual_report(*, body: RegionalBody, year: int, actor: Actor) -> IssuedDocument:
    """Issue the year's report with a verification code.

    Raises `NotAllowed` for a place that is not the actor's, `RuleViolation` for another body than a joint meeting,
    `InputError` beside ``year``.
    """
    refuse_report(body, year, actor)
    return issue_document(about=body, content=annual_paper(body, year, today()), actor=actor)
