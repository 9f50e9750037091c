"""Papers of sessions (domain.md §2.13, GB/T 9704): notice, minutes, task sheet, and the meeting pack."""

import re
from datetime import date

from django.utils import timezone

from core import meeting_pack
from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.documents import (
    Paper,
    issue_document,
    minutes,
    official_letter,
    plain_report,
    take_document_number,
    task_sheet,
)
from core.models import IssuedDocument
from units.models import Attendance, BodyMember, Meeting, Resolution
from units.queries.agenda import adopted_items, carried_over, members_of

LEVEL_WORD = re.compile(r"(?<=.)(街道|社区|新区|区|镇|乡)$")
RESOLUTION_HEADER = ("序号", "事项", "牵头", "配合", "办结期限")
RESOLUTION_WIDTHS = (12, 66, 34, 26, 28)
STATE_HEADER = ("序号", "事项", "牵头", "期限", "进展")
REPLY_HEADER = ("单位", "参会人员", "职务", "联系电话")
BLANK_LINES = 8
MOST_NAMES = 6


def short_name(meeting: Meeting) -> str:
    """玉林 of 玉林街道."""
    return LEVEL_WORD.sub("", meeting.body.place.name)


def clock_text(meeting: Meeting) -> str:
    """``2026年11月26日 星期四 14:30``."""
    moment = timezone.localtime(meeting.held_at)
    return f"{date_text(moment.date(), weekday=True)} {moment:%H:%M}"


# Notice


def notice(meeting: Meeting, number: str, members: list[BodyMember], on: date) -> Paper:
    """会议通知: addressees, time and place, agenda, what is asked of the units, reply slip."""
    paper = official_letter(
        f"关于召开{meeting.title}的通知",
        mark=f"{meeting.body.name}文件",
        number=number,
        to=names_or_all(members),
    )
    paper.paragraph(f"经研究，定于{date_text(meeting.held_on)}召开{meeting.title}。现将有关事项通知如下：")
    paper.heading(1, "时间和地点")
    paper.paragraph(f"时间：{clock_text(meeting)}\n地点：{meeting.venue}")
    paper.heading(1, "参会人员")
    paper.paragraph("各成员单位领导成员、联络员。领导成员不能到会的，请委托一位同志参加并告知姓名。")
    paper.heading(1, "会议议程")
    write_agenda(paper, meeting)
    paper.heading(1, "有关要求")
    paper.paragraph(
        "请各单位会前准备好发言，牵头办理议定事项的单位请准备进展情况。请在会前一日反馈参会人员。"
    )
    paper.attachment_list(["参会回执"])
    paper.sign(meeting.body.name, on)
    paper.attachment("参会回执")
    paper.table(REPLY_HEADER, [("", "", "", "")] * 3)
    paper.imprint(printer=f"{meeting.body.name}办公室", on=on)
    return paper


def names_or_all(members: list[BodyMember]) -> list[str]:
    """The units by name while they fit into two lines, else 各成员单位, as offices write it."""
    names = [member.unit.name for member in members]
    return names if 0 < len(names) <= MOST_NAMES else ["各成员单位"]


def write_agenda(paper: Paper, meeting: Meeting) -> None:
    """What was left open stands first."""
    order = 0
    left = carried_over(meeting).count()
    if left:
        order += 1
        paper.paragraph(f"{order}.通报上次会议议定事项办理情况（{left} 件尚未销号）")
    for item in adopted_items(meeting):
        order += 1
        by = f"（{item.unit}提出）" if item.unit else ""
        paper.paragraph(f"{order}.{item.title}{by}")


def issue_notice(meeting: Meeting, actor: Actor) -> IssuedDocument:
    """Issue the notice under the next number of the body's series."""
    number = take_document_number(f"{short_name(meeting)}党联", today().year)
    paper = notice(meeting, number, list(members_of(meeting)), today())
    return issue_document(about=meeting, content=paper, actor=actor)


# Minutes


def minutes_paper(meeting: Meeting) -> Paper:
    """会议纪要: time, place and chair, what was said, resolutions with lead and due day, who came, distribution."""
    on = meeting.issued_on or today()
    paper = minutes(
        meeting.title,
        mark=f"{meeting.body.name}会议纪要",
        number=f"第{meeting.number}期",
        issuer=meeting.body.name,
        on=on,
    )
    chair = f"，{meeting.chair}主持会议" if meeting.chair else ""
    paper.paragraph(f"{clock_text(meeting)}，{meeting.title}在{meeting.venue}召开{chair}。纪要如下：")
    paper.paragraph(meeting.minutes)
    rows = list(resolutions_of(meeting))
    if rows:
        paper.heading(1, "议定事项", numbered=False)
        paper.table(
            RESOLUTION_HEADER,
            [resolution_row(order, row) for order, row in enumerate(rows, 1)],
            RESOLUTION_WIDTHS,
        )
    paper.attendance(attendance_groups(meeting))
    paper.imprint(
        copies=names_or_all(list(members_of(meeting))),
        printer=f"{meeting.body.name}办公室",
        on=on,
        label="分送",
    )
    return paper


def resolutions_of(meeting: Meeting):
    """The resolutions of a session, without those ended before they were issued."""
    rows = meeting.resolutions.exclude(status=Resolution.Status.TERMINATED)
    return rows.select_related("lead_unit", "lead_place").prefetch_related("co_units").order_by("pk")


def resolution_row(order: int, row: Resolution) -> tuple:
    helpers = "、".join(str(unit) for unit in row.co_units.all())
    return (order, row.text, str(row.lead), helpers, date_text(row.due_on))


def attendance_groups(meeting: Meeting) -> list[tuple[str, list[str]]]:
    """出席、请假、缺席 by unit; who stood in is named."""
    rows = list(meeting.attendances.select_related("member__unit", "member__leader"))
    came = [
        f"{row.member.unit}（{row.substitute}代）"
        if row.presence == Attendance.Presence.SUBSTITUTE
        else str(row.member.unit)
        for row in rows
        if row.presence in (Attendance.Presence.PRESENT, Attendance.Presence.SUBSTITUTE)
    ]
    leave = [str(row.member.unit) for row in rows if row.presence == Attendance.Presence.LEAVE]
    absent = [str(row.member.unit) for row in rows if row.presence == Attendance.Presence.ABSENT]
    return [("出席", came), ("请假", leave), ("缺席", absent)]


def issue_minutes_paper(meeting: Meeting, actor: Actor) -> IssuedDocument:
    """Issue the minutes as they were signed off."""
    return issue_document(about=meeting, content=minutes_paper(meeting), actor=actor)


# Task sheet


def task_paper(resolution: Resolution) -> Paper:
    """督办单: what was decided, by whom and until when it is done, and boxes for the answer."""
    helpers = "、".join(str(unit) for unit in resolution.co_units.order_by("pk"))
    paper = task_sheet(
        "议定事项督办单",
        demand=f"“{resolution.meeting}”议定如下事项，请按期办理，办结后报召集单位确认销号。",
        facts=[
            ("编号", resolution.number),
            ("办结期限", date_text(resolution.due_on)),
            ("牵头单位", str(resolution.lead)),
            ("配合单位", helpers or "—"),
            ("议定事项", resolution.text),
        ],
    )
    paper.sign(resolution.meeting.body.name, today())
    return paper


# Meeting pack


def pack(meeting: Meeting) -> Paper:
    """会议材料 in one paper: agenda, state of earlier resolutions, what the apps lay before it, sign-in sheet."""
    when = f"{clock_text(meeting)}　{meeting.venue}" if meeting.held_at else "时间、地点待定"
    paper = plain_report(f"{meeting.title}\n会议材料", subtitle=when)
    paper.heading(1, "会议议程")
    write_agenda(paper, meeting)
    for item in adopted_items(meeting):
        if item.background:
            paper.heading(2, item.title)
            paper.paragraph(item.background)
    paper.heading(1, "上次会议议定事项办理情况")
    write_states(paper, meeting)
    for section in meeting_pack.sections(meeting.place_code, today()):
        paper.heading(1, section.label)
        write_matters(paper, section)
    paper.attachment("签到册")
    paper.sign_in_sheet([sign_in_line(member) for member in members_of(meeting)], blank=BLANK_LINES)
    return paper


def write_states(paper: Paper, meeting: Meeting) -> None:
    rows = [
        (order, row.text, str(row.lead), date_text(row.due_on), state_of(row, today()))
        for order, row in enumerate(carried_over(meeting), 1)
    ]
    if rows:
        paper.table(STATE_HEADER, rows, (12, 66, 34, 28, 26))
    else:
        paper.paragraph("议定事项均已销号。")


def state_of(row: Resolution, on: date) -> str:
    """``办理中 60%（逾期）``."""
    late = "（逾期）" if row.is_overdue(on) else ""
    progress = f" {row.progress}%" if row.status == Resolution.Status.OPEN else ""
    return f"{row.get_status_display()}{progress}{late}"


def write_matters(paper: Paper, section: meeting_pack.Section) -> None:
    rows = [(order, matter.title, matter.background) for order, matter in enumerate(section.matters, 1)]
    if rows:
        paper.table(("序号", "事项", "情况"), rows, (12, 56, 98))
    else:
        paper.paragraph("没有。")


def sign_in_line(member: BodyMember) -> tuple[str, str, str]:
    person = member.leader or member.liaison
    return (member.unit.name, person.name if person else "", person.post if person else "")
