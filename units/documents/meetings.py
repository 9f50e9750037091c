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
from units.models import AgendaItem, Attendance, Meeting, RepresentativeProposal, Resolution
from units.models.meetings import invitee_name
from units.queries.agenda import (
    Invitee,
    adopted_items,
    carried_over,
    invited_to,
    invitee_hint,
    turnout_of,
)

LEVEL_WORD = re.compile(r"(?<=.)(街道|社区|新区|区|镇|乡)$")
RESOLUTION_HEADER = ("序号", "事项", "牵头", "配合", "办结期限")
RESOLUTION_WIDTHS = (12, 66, 34, 26, 28)
STATE_HEADER = ("序号", "事项", "牵头", "期限", "进展")
REPLY_HEADER = ("单位", "参会人员", "职务", "联系电话")
BLANK_LINES = 8
MOST_NAMES = 6
# How each kind of body addresses those expected, whom it asks to come, and its series of numbers.
ADDRESSEES = {"member": "各成员单位", "representative": "各位代表", "seat": "各位委员"}
ATTENDING = {
    "member": "各成员单位领导成员、联络员。领导成员不能到会的，请委托一位同志参加并告知姓名。",
    "representative": "全体代表。代表要本人到会，因故不能到会的，请会前请假并说明理由。",
    "seat": "全体委员。委员要本人到会，因故不能到会的，请会前请假并说明理由。",
}
SERIES = {"member": "党联", "representative": "党代", "seat": "区党"}


def short_name(meeting: Meeting) -> str:
    """玉林 of 玉林街道."""
    return LEVEL_WORD.sub("", meeting.body.place.name)


def clock_text(meeting: Meeting) -> str:
    """``2026年11月26日 星期四 14:30``."""
    moment = timezone.localtime(meeting.held_at)
    return f"{date_text(moment.date(), weekday=True)} {moment:%H:%M}"


# Notice


def notice(
    meeting: Meeting, number: str, invited: list[Invitee], on: date, *, is_correction: bool = False
) -> Paper:
    """会议通知: addressees, time and place, agenda, what is asked of them, reply slip; a correction says what it replaces."""
    paper = official_letter(
        f"关于{'调整' if is_correction else '召开'}{meeting.title}{'安排' if is_correction else ''}的通知",
        mark=f"{meeting.body.name}文件",
        number=number,
        to=names_or_all(meeting, invited),
    )
    day = date_text(meeting.held_on)
    paper.paragraph(
        f"{meeting.title}的安排有调整，现定于{day}召开。此前发出的通知以本通知为准。有关事项通知如下："
        if is_correction
        else f"经研究，定于{day}召开{meeting.title}。现将有关事项通知如下："
    )
    paper.heading(1, "时间和地点")
    paper.paragraph(f"时间：{clock_text(meeting)}\n地点：{meeting.venue}")
    if meeting.emergency_reason:
        paper.paragraph(f"紧急会议的理由：{meeting.emergency_reason}")
    paper.heading(1, "参会人员")
    paper.paragraph(ATTENDING[meeting.roll])
    if meeting.observers:
        paper.paragraph(f"列席：{meeting.observers}")
    paper.heading(1, "会议议程")
    write_agenda(paper, meeting)
    paper.heading(1, "有关要求")
    paper.paragraph(
        "请会前准备好发言，牵头办理议定事项的单位请准备进展情况。请在会前一日反馈参会人员，可以在手机上直接回复。"
    )
    paper.attachment_list(["参会回执"])
    paper.sign(meeting.body.name, on)
    paper.attachment("参会回执")
    paper.table(REPLY_HEADER, [("", "", "", "")] * 3)
    paper.imprint(printer=f"{meeting.body.name}办公室", on=on)
    return paper


def names_or_all(meeting: Meeting, invited: list[Invitee]) -> list[str]:
    """The units by name while they fit into two lines, else 各成员单位 (各位代表), as offices write it."""
    names = [invitee_name(one) for one in invited]
    by_name = meeting.roll == "member" and 0 < len(names) <= MOST_NAMES
    return names if by_name else [ADDRESSEES[meeting.roll]]


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
        by = "（听取报告）" if item.kind == AgendaItem.Kind.REPORT else by
        paper.paragraph(f"{order}.{item.title}{by}")


def issue_notice(meeting: Meeting, actor: Actor, *, is_correction: bool = False) -> IssuedDocument:
    """Issue the notice, or the one that corrects it, under the next number of the body's series."""
    paper = notice(
        meeting, next_number_of(meeting), list(invited_to(meeting)), today(), is_correction=is_correction
    )
    return issue_document(about=meeting, content=paper, actor=actor)


def next_number_of(meeting: Meeting) -> str:
    """The next 发文字号 of the body: 玉林党联〔2026〕1号; 代 for an assembly."""
    return take_document_number(f"{short_name(meeting)}{SERIES[meeting.roll]}", today().year)


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
    if meeting.roll != "member":
        paper.paragraph(turnout_of(meeting.attendances.all()).text_for(False) + "。")
    paper.attendance(attendance_groups(meeting))
    paper.imprint(
        copies=names_or_all(meeting, list(invited_to(meeting))),
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
    """出席、请假、缺席、列席 by name; who stood in is named."""
    presence = Attendance.Presence
    rows = list(meeting.attendances.select_related("member__unit", "representative__person", "seat__person"))
    came = [
        f"{row.name}（{row.substitute}代）" if row.presence == presence.SUBSTITUTE else row.name
        for row in rows
        if row.presence in (presence.PRESENT, presence.SUBSTITUTE)
    ]
    groups = [
        ("出席", came),
        ("请假", [row.name for row in rows if row.presence == presence.LEAVE]),
        ("缺席", [row.name for row in rows if row.presence == presence.ABSENT]),
    ]
    return [*groups, ("列席", [meeting.observers])] if meeting.observers else groups


def issue_minutes_paper(meeting: Meeting, actor: Actor) -> IssuedDocument:
    """Issue the minutes as they were signed off."""
    return issue_document(about=meeting, content=minutes_paper(meeting), actor=actor)


# Decision of an assembly


def decision_paper(meeting: Meeting, number: str) -> Paper:
    """代表会议决议: who met and in what number, what was heard and decided with the votes, what is to be done."""
    on = meeting.issued_on or today()
    turnout = turnout_of(meeting.attendances.all())
    paper = official_letter(
        f"{meeting.title}决议",
        mark=f"{meeting.body.name}文件",
        number=number,
        to=[ADDRESSEES[meeting.roll]],
    )
    paper.paragraph(
        f"{meeting.title}于{date_text(meeting.held_on)}在{meeting.venue}召开。"
        f"应到代表 {turnout.expected} 名，实到代表 {turnout.came} 名，符合规定人数。"
    )
    for item in adopted_items(meeting):
        word = "听取了" if item.kind == AgendaItem.Kind.REPORT else "审议了"
        votes = f"（{item.vote_text}）" if item.vote_text else ""
        paper.paragraph(f"会议{word}“{item.title}”{votes}。{item.outcome}")
    rows = list(resolutions_of(meeting))
    if rows:
        paper.paragraph("会议决定：")
        for order, row in enumerate(rows, 1):
            paper.paragraph(f"{order}.{row.text}（{row.lead}牵头，{date_text(row.due_on)}前办结）")
    paper.sign(meeting.body.name, on)
    paper.imprint(printer=f"{meeting.body.name}办公室", on=on)
    return paper


def issue_decision(meeting: Meeting, actor: Actor) -> IssuedDocument:
    """Issue the decision of an assembly beside its minutes."""
    return issue_document(
        about=meeting, content=decision_paper(meeting, next_number_of(meeting)), actor=actor
    )


# Reply to a proposal


def reply_letter(proposal: RepresentativeProposal, number: str, on: date) -> Paper:
    """提案办理答复函: to its proposer and co-signers, what was proposed, what is done about it, how to say whether it satisfies."""
    signers = f"、{proposal.co_signers}" if proposal.co_signers else ""
    again = "（第二次答复）" if proposal.round > 1 else ""
    paper = official_letter(
        f"对“{proposal.title}”提案的答复{again}",
        mark=f"{proposal.handler.party_name}",
        number=number,
        to=[f"{proposal.author or '提案人'}{signers}代表"],
        kind="letter",
    )
    paper.paragraph(f"您在{proposal.body.name}提出的“{proposal.title}”提案收悉。经研究，现答复如下：")
    paper.paragraph(proposal.reply)
    paper.paragraph("感谢您对区域化党建工作的关心和支持。请对本答复作出评价。")
    paper.sign(proposal.handler.party_name, on)
    return paper


def issue_reply_letter(proposal: RepresentativeProposal, actor: Actor) -> IssuedDocument:
    """Issue the letter under the next number of the answering place."""
    prefix = f"{LEVEL_WORD.sub('', proposal.handler.name)}提复"
    number = take_document_number(prefix, today().year)
    return issue_document(about=proposal, content=reply_letter(proposal, number, today()), actor=actor)


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
    paper.sign_in_sheet([sign_in_line(one) for one in invited_to(meeting)], blank=BLANK_LINES)
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


def sign_in_line(invitee: Invitee) -> tuple[str, str, str]:
    """Unit (or constituency), person, post."""
    if hasattr(invitee, "person"):
        person = invitee.person
        return (invitee_hint(invitee), person.name, person.post)
    person = invitee.leader or invitee.liaison
    return (invitee.unit.name, person.name if person else "", person.post if person else "")
