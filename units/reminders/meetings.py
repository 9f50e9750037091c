"""What is due about sessions, resolutions and proposals (domain.md §2(a), §2.14): pure, the day in, words out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.components import date_text
from core.periods import Month
from core.telling import Word, reminds
from core.workdays import Calendar
from units.models import Division, Meeting, RegionalBody, RepresentativeProposal, Resolution
from units.words.meetings import lead_of, staff_at

CADENCE_WORKDAYS = 15
RESOLUTION_WORKDAYS = 5
PROPOSAL_WORKDAYS = 3
LATE = "+1"
# How far a due day is looked for: more calendar days than the workdays of any stage can take up.
HORIZON = timedelta(days=30)


@dataclass(frozen=True)
class Cadence:
    """How often a joint meeting of a level sits: one session of a kind in so many months."""

    months: int
    kind: str
    word: str


# domain.md §2(a) 区 半年1次全体 + 季度联络员会; 街道 季度; 社区 双月.
CADENCES = {
    Division.Level.DISTRICT: (
        Cadence(6, Meeting.Kind.PLENARY, "半年"),
        Cadence(3, Meeting.Kind.LIAISONS, "季度"),
    ),
    Division.Level.SUBDISTRICT: (Cadence(3, "", "季度"),),
    Division.Level.COMMUNITY: (Cadence(2, "", "双月"),),
}


def span(cadence: Cadence, on: date) -> tuple[date, date]:
    """First and last day of the span of months in which a day lies."""
    first = (on.month - 1) // cadence.months * cadence.months + 1
    return Month(on.year, first).first_day, Month(on.year, first + cadence.months - 1).last_day


def cadence_words(today: date, calendar: Calendar | None = None) -> Iterator[Word]:
    """From 15 workdays before the end of the span: no session arranged yet (本期尚未安排会议)."""
    calendar = calendar or Calendar()
    bodies = (
        RegionalBody.objects.running().filter(kind=RegionalBody.Kind.JOINT_MEETING).select_related("place")
    )
    for body in bodies.order_by("pk"):
        for cadence in CADENCES.get(body.place.level, ()):
            first, last = span(cadence, today)
            if today >= calendar.add_workdays(last, -CADENCE_WORKDAYS) and not is_arranged(
                body, cadence, first, last
            ):
                yield cadence_word(body, cadence, last)


def is_arranged(body: RegionalBody, cadence: Cadence, first: date, last: date) -> bool:
    """Whether a session with a day in the span is held or on its way."""
    meetings = Meeting.objects.filter(body=body, held_at__date__range=(first, last)).exclude(
        status="cancelled"
    )
    return (meetings.filter(kind=cadence.kind) if cadence.kind else meetings).exists()


def cadence_word(body: RegionalBody, cadence: Cadence, last: date) -> Word:
    kind = Meeting.Kind(cadence.kind).label if cadence.kind else "会议"
    return Word(
        key=f"meeting-cadence:{body.pk}:{cadence.kind or 'any'}:{last}",
        to=staff_at(body.place_code),
        kind="meeting-cadence",
        title=f"本期尚未安排会议：{body}",
        body=f"{body}每{cadence.word}至少召开一次{kind}，本期到{date_text(last)}为止，还没有安排。",
        url=body.get_absolute_url() if hasattr(body, "get_absolute_url") else "",
        about=body,
        due_on=last,
    )


def resolution_words(today: date, calendar: Calendar | None = None) -> Iterator[Word]:
    """Five workdays before the due day to the lead; from the workday after it to the lead and the convening side."""
    calendar = calendar or Calendar()
    rows = Resolution.objects.in_force().filter(status=Resolution.Status.OPEN, due_on__lte=today + HORIZON)
    for row in rows.select_related("lead_unit", "lead_place", "meeting").order_by("pk"):
        if today > row.due_on:
            if today >= calendar.add_workdays(row.due_on, 1):
                yield late_word(row)
        elif today >= calendar.add_workdays(row.due_on, -RESOLUTION_WORKDAYS):
            yield due_word(row)


def due_word(row: Resolution) -> Word:
    return Word(
        key=f"resolution-due:{row.pk}:{row.due_on}:T-{RESOLUTION_WORKDAYS}",
        to=lead_of(row),
        kind="resolution-due",
        title=f"议定事项{date_text(row.due_on)}到期：{row.text[:40]}",
        body=f"由{row.lead}牵头。办完请报告完成；确实来不及，请在到期前申请延期（最多两次）。",
        url=row.get_absolute_url(),
        about=row,
        due_on=row.due_on,
    )


def late_word(row: Resolution) -> Word:
    return Word(
        key=f"resolution-due:{row.pk}:{row.due_on}:{LATE}",
        to=(*lead_of(row), *staff_at(row.place_code)),
        kind="resolution-overdue",
        title=f"议定事项逾期：{row.text[:40]}",
        body=f"应于{date_text(row.due_on)}办结，由{row.lead}牵头。请转告单位负责人；未销号的列入下次会议议程首项。",
        url=row.get_absolute_url(),
        about=row,
        due_on=row.due_on,
    )


def proposal_words(today: date, calendar: Calendar | None = None) -> Iterator[Word]:
    """Three workdays before a proposal is to be answered, to the staff who answer it."""
    calendar = calendar or Calendar()
    rows = RepresentativeProposal.objects.filter(
        status=RepresentativeProposal.Status.ASSIGNED, reply_due_on__range=(today, today + HORIZON)
    )
    for row in rows.select_related("handler").order_by("pk"):
        if today >= calendar.add_workdays(row.reply_due_on, -PROPOSAL_WORKDAYS):
            yield Word(
                key=f"proposal-due:{row.pk}:{row.reply_due_on}:T-{PROPOSAL_WORKDAYS}",
                to=staff_at(row.handler.code),
                kind="proposal-due",
                title=f"代表提案{date_text(row.reply_due_on)}前答复：{row.title}",
                body="请在期限内答复代表，由代表评价。",
                url=row.get_absolute_url(),
                about=row,
                due_on=row.reply_due_on,
            )


@reminds
def meeting_words_due(today: date) -> Iterator[Word]:
    """Everything of this file that is due on a workday."""
    calendar = Calendar()
    if not calendar.is_workday(today):
        return
    for words in (cadence_words, resolution_words, proposal_words):
        yield from words(today, calendar)
