"""What is due about sessions, resolutions and proposals (domain.md §2(a), §2.14): pure, the day in, words out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.components import date_text
from core.periods import Month
from core.telling import Word, reminds
from core.workdays import Calendar
from units.models import AgendaItem, Division, Meeting, RegionalBody, RepresentativeProposal, Resolution
from units.models.meetings import ROLLS
from units.queries.agenda import invited_to
from units.words.meetings import everybody_expected, lead_of, staff_at, units_of, when_and_where

CADENCE_WORKDAYS = 15
RESOLUTION_WORKDAYS = 5
PROPOSAL_WORKDAYS = 3
# Our defaults where §2.14 names no days: items two workdays before the last day, the session one workday before,
# minutes five workdays after it, their signing three workdays after they were handed in.
ITEMS_WORKDAYS = 2
SESSION_WORKDAYS = 1
MINUTES_WORKDAYS = 5
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


# An assembly or committee that doesn't sit within a year is one on paper (domain.md §2(b)).
YEARLY = (Cadence(12, "", "年"),)


def cadences_of(body: RegionalBody) -> tuple[Cadence, ...]:
    """How often a body sits: as it was set for this body, else the default of its level and kind."""
    if body.cadence_months:
        return (Cadence(body.cadence_months, "", f" {body.cadence_months} 个月"),)
    is_joint = body.kind == RegionalBody.Kind.JOINT_MEETING
    return CADENCES.get(body.place.level, ()) if is_joint else YEARLY


def span(cadence: Cadence, on: date) -> tuple[date, date]:
    """First and last day of the span of months in which a day lies."""
    first = (on.month - 1) // cadence.months * cadence.months + 1
    return Month(on.year, first).first_day, Month(on.year, first + cadence.months - 1).last_day


def cadence_words(today: date, calendar: Calendar | None = None) -> Iterator[Word]:
    """From 15 workdays before the end of the span: no session arranged yet (本期尚未安排会议)."""
    calendar = calendar or Calendar()
    bodies = RegionalBody.objects.running().filter(kind__in=ROLLS).select_related("place")
    arranged = arranged_days(today)
    for body in bodies.order_by("pk"):
        for cadence in cadences_of(body):
            first, last = span(cadence, today)
            is_near = today >= calendar.add_workdays(last, -CADENCE_WORKDAYS)
            if is_near and not is_arranged(arranged.get(body.pk, ()), cadence, first, last):
                yield cadence_word(body, cadence, last)


def arranged_days(today: date) -> dict[int, list[tuple[date, str]]]:
    """Day and kind of every body's sessions of the year that are held or on their way."""
    rows = Meeting.objects.filter(held_at__date__range=(date(today.year, 1, 1), date(today.year, 12, 31)))
    found: dict[int, list[tuple[date, str]]] = {}
    for meeting in rows.exclude(status="cancelled"):
        found.setdefault(meeting.body_id, []).append((meeting.held_on, meeting.kind))
    return found


def is_arranged(sessions, cadence: Cadence, first: date, last: date) -> bool:
    """Whether one of the sessions lies in the span."""
    return any(first <= on <= last and kind in (cadence.kind or kind) for on, kind in sessions)


def session_words(today: date, calendar: Calendar | None = None) -> Iterator[Word]:
    """Around a session: items soon due, items undecided, not answered yet, tomorrow, minutes late."""
    calendar = calendar or Calendar()
    rows = Meeting.objects.going_on().select_related("body__place").order_by("pk")
    for row in rows.filter(status=Meeting.Status.SOLICITING, items_due_on__lte=today + HORIZON):
        yield from soliciting_words(row, today, calendar)
    for row in rows.filter(status=Meeting.Status.NOTIFIED, held_at__date__range=(today, today + HORIZON)):
        if calendar.add_workdays(row.held_on, -SESSION_WORKDAYS) <= today < row.held_on:
            yield coming_word(row)
            yield from unanswered_words(row)
    for row in rows.filter(status__in=["held", "minutes_review"], held_at__date__lt=today):
        if today >= calendar.add_workdays(row.held_on, MINUTES_WORKDAYS):
            yield late_minutes_word(row)


def soliciting_words(row: Meeting, today: date, calendar: Calendar) -> Iterator[Word]:
    """To those who haven't proposed anything: the last day is near; afterwards to the staff: decide the items."""
    due = row.items_due_on
    if calendar.add_workdays(due, -ITEMS_WORKDAYS) <= today <= due:
        yield Word(
            key=f"meeting-items-due:{row.pk}:{due}:T-{ITEMS_WORKDAYS}",
            to=still_asked(row),
            kind="meeting-items-due",
            title=f"议题征集{date_text(due)}截止：{row}",
            body="有需要会上商量的事，请在截止前提出。",
            url=row.get_absolute_url(),
            about=row,
            due_on=due,
        )
    undecided = row.items.filter(status=AgendaItem.Status.PROPOSED).count() if today > due else 0
    if undecided:
        yield Word(
            key=f"meeting-items-undecided:{row.pk}:{due}",
            to=staff_at(row.place_code),
            kind="meeting-items-undecided",
            title=f"还有 {undecided} 件议题没有决定：{row}",
            body="议题征集已经截止，请决定采纳、暂缓或不采纳，再发会议通知。",
            url=row.get_absolute_url(),
            about=row,
            due_on=row.held_on,
        )


def still_asked(row: Meeting):
    """Units that have proposed nothing yet; of an assembly all representatives."""
    if row.roll == "representative":
        return everybody_expected(row)
    field = "unit_id" if row.roll == "member" else "from_unit_id"
    given = set(row.items.exclude(unit=None).values_list("unit_id", flat=True))
    return units_of(pk for pk in invited_to(row).values_list(field, flat=True) if pk and pk not in given)


def coming_word(row: Meeting) -> Word:
    return Word(
        key=f"meeting-coming:{row.pk}:{row.held_on}",
        to=(*everybody_expected(row), *staff_at(row.place_code)),
        kind="meeting-coming",
        title=f"即将开会：{row}",
        body=f"{when_and_where(row)}。",
        url=row.get_absolute_url(),
        about=row,
        due_on=row.held_on,
    )


def unanswered_words(row: Meeting) -> Iterator[Word]:
    """To the units that haven't answered the notice; representatives aren't told apart by account, so all hear it once."""
    if row.roll != "member":
        return
    answered = row.replies.values("member_id")
    silent = invited_to(row).exclude(pk__in=answered).values_list("unit_id", flat=True)
    to = units_of(silent)
    if to:
        yield Word(
            key=f"meeting-unanswered:{row.pk}:{row.held_on}",
            to=to,
            kind="meeting-unanswered",
            title=f"请回复会议通知：{row}",
            body=f"{when_and_where(row)}。请回复参加、请假或委托他人。",
            url=row.get_absolute_url(),
            about=row,
            due_on=row.held_on,
        )


def late_minutes_word(row: Meeting) -> Word:
    is_written = row.status == Meeting.Status.MINUTES_REVIEW
    return Word(
        key=f"meeting-minutes-late:{row.pk}:{row.status}:+{MINUTES_WORKDAYS}",
        to=staff_at(row.place_code),
        kind="meeting-minutes-late",
        title=f"纪要{'还没有签发' if is_written else '还没有提交'}：{row}",
        body=f"会议于{date_text(row.held_on)}召开，已过 {MINUTES_WORKDAYS} 个工作日。"
        + ("请记录人以外的同志签发。" if is_written else "请整理纪要后提交。"),
        url=row.get_absolute_url(),
        about=row,
    )


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
    """Three workdays before a proposal is to be answered to those who answer; from the workday after to both sides."""
    calendar = calendar or Calendar()
    rows = RepresentativeProposal.objects.filter(
        status=RepresentativeProposal.Status.ASSIGNED, reply_due_on__lte=today + HORIZON
    )
    for row in rows.select_related("handler").order_by("pk"):
        if row.is_overdue(today):
            if today >= calendar.add_workdays(row.reply_due_on, 1):
                yield late_reply_word(row)
        elif today >= calendar.add_workdays(row.reply_due_on, -PROPOSAL_WORKDAYS):
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


def late_reply_word(row: RepresentativeProposal) -> Word:
    return Word(
        key=f"proposal-due:{row.pk}:{row.reply_due_on}:{LATE}",
        to=(*staff_at(row.handler.code), *staff_at(row.place_code)),
        kind="proposal-overdue",
        title=f"代表提案答复逾期：{row.title}",
        body=f"应于{date_text(row.reply_due_on)}前由{row.handler}答复代表，请尽快答复。",
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
    for words in (cadence_words, session_words, resolution_words, proposal_words):
        yield from words(today, calendar)
