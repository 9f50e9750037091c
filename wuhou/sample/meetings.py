"""Sessions of joint meetings, assemblies and committees, last year's and this year's, in every state; proposals too.

The district's and 玉林街道's joint meetings in full; further subdistricts and communities with a session or two.
Resolutions stand in every state as well: closed, reported done, asking for more time, extended, overdue, ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from django.utils import timezone

from core.actor import Actor
from core.workdays import Calendar
from units.actions.meetings import default_title
from units.actions.resolutions import resolution_number
from units.models import (
    AgendaItem,
    Attendance,
    BodyMember,
    Meeting,
    MeetingReply,
    RegionalBody,
    RepresentativeProposal,
    Resolution,
)
from units.models.meetings import invitee_name
from units.queries.agenda import invited_to
from wuhou.sample.past import entry, moment, workday_before, write_past

SEED = 510107_2
Status = Meeting.Status
USUAL = ("preparing", "soliciting", "notified", "held", "minutes_review", "issued", "archived")
LABELS = {row.target: (row.name, row.label) for row in Meeting.MOVES if row.name != "return_minutes"}
QUARTER = 91
# (item, what was decided about it)
MATTERS = (
    ("错时共享停车泊位", "各成员单位夜间向周边居民开放内部停车泊位，首批不少于 120 个。"),
    ("院落义诊和健康讲座安排", "医院类成员单位每月到院落开展一次义诊，排出全年日程。"),
    ("老旧院落消防隐患联合排查", "组成联合排查组，年内完成老旧院落消防隐患排查，列出整改清单。"),
    ("青少年科普研学和四点半课堂", "开放实验室、博物馆和教室，寒暑假各安排三次研学。"),
    ("两新组织人才招聘专场", "联合举办招聘专场，面向辖区失业人员提供不少于 200 个岗位。"),
    ("独居老人结对帮扶", "成员单位与社区结对，每周看望独居老人，建立联系台账。"),
    ("便民服务点共建", "在桐梓林、红牌楼商圈各设一处便民服务点，成员单位轮值。"),
    ("新就业群体歇脚点增设", "利用单位一楼空间增设歇脚点，提供热水、充电和急救包。"),
    ("法律咨询进院落", "每周安排律师到社区坐班，疑难纠纷提请联席会会商。"),
    ("垃圾分类联合督导", "早晚高峰安排党员志愿者在投放点值守引导。"),
    ("社区微更新设计支持", "组织设计力量同居民一起完成三处院落门头和晾晒设施设计。"),
    ("防汛应急力量整合", "汇总各单位抽水泵、沙袋和值班人员，统一编入应急名册。"),
)
POSTPONED = ("电动自行车充电收费标准", "等住建部门出台指导价后再议。")
DECLINED = ("商业街促销活动", "属于商户自主经营事项，不列入联席会。")


@dataclass(frozen=True)
class Plan:
    """One session of the sample: when, of what kind, how far it has come."""

    on: date
    status: str
    kind: str = Meeting.Kind.PLENARY
    results: tuple[str, ...] = field(default=("closed", "closed"))


# Further joint meetings: (place, who convenes, who signs, the states of the sessions still open).
ELSEWHERE = (
    ("510107009", "subdistrict_2", "district", (("issued", -30), ("notified", 6))),
    ("510107001", "subdistrict_3", "district", (("issued", -25), ("soliciting", 12))),
    ("510107005008", "community", "subdistrict", (("archived", -50), ("held", -3))),
    ("510107001004", "community_3", "subdistrict_3", (("issued", -20),)),
)
# Assemblies and committees: (kind, place, who convenes, who signs, the states).
SITTING = (
    ("assembly", "510107005", "subdistrict", "district", (("archived", -120), ("notified", 8))),
    ("assembly", "510107005008", "community", "subdistrict", (("issued", -60), ("soliciting", 15))),
    ("committee", "510107005", "subdistrict", "district", (("issued", -45), ("preparing", 16))),
    ("committee", "510107009", "subdistrict_2", "district", (("minutes_review", -3),)),
)
REPORT = ("听取和审议区域党委工作报告", "同意区域党委工作报告，下一年重点办好民生实事。")
LIVELIHOOD = "年内完成三处院落的楼道照明和扶手改造，办结情况向代表通报。"
REASONS_OF_LEAVE = ("出差在外。", "与上级会议时间冲突。")

# What became of the resolutions of the last two sessions whose minutes are issued: the state, and an extension or more.
LATEST = ("open", "late", "done")
BEFORE = ("extension", "extended", "twice", "terminated")


# One proposal in each state and of each rating; overdue, and worked on a second time, too.
PROPOSALS = (
    ("三号院加装楼梯扶手", "submitted", {}),
    ("增设儿童过街警示牌", "filed", {}),
    ("临街商铺噪声扰民", "declined", {}),
    ("社区公众号增设办事指南", "advised", {}),
    ("院落晾衣架更换", "assigned", {}),
    ("小游园座椅维修", "assigned", {"due": -3}),
    ("地下车库照明改造", "assigned", {"round": 2, "due": 14}),
    ("夜间路灯照明不足", "replied", {}),
    ("老年食堂晚餐供应", "closed", {"rating": "satisfied"}),
    ("非机动车停放点划线", "closed", {"rating": "basically"}),
    ("垃圾房迁移", "closed", {"rating": "dissatisfied", "round": 2}),
)


class Meetings:
    """Makes the sessions, their agenda, attendance and resolutions, and the proposals, as of one day."""

    def __init__(self, actors: dict[str, Actor], today: date):
        self.actors, self.today = actors, today
        self.calendar, self.rng = Calendar(), Random(SEED)  # nosec B311
        self.lines: list[tuple] = []
        self.matters = iter(MATTERS * 20)

    def load(self) -> None:
        bodies = RegionalBody.objects.filter(
            is_sample=True, kind=RegionalBody.Kind.JOINT_MEETING
        ).select_related("place")
        by_code = {body.place_code: body for body in bodies}
        social_work, district = self.actors["social_work"], self.actors["district"]
        self.hold_all(by_code["510107"], self.plans(self.district_ends()), social_work, district)
        self.hold_all(
            by_code["510107005"], self.plans(self.yulin_ends()), self.actors["subdistrict"], district
        )
        self.propose_all()
        for code, secretary, signer, ends in ELSEWHERE:
            plans = [Plan(self.workday(days), status) for status, days in ends]
            self.hold_all(by_code[code], plans, self.actors[secretary], self.actors[signer])
        for kind, code, secretary, signer, ends in SITTING:
            body = RegionalBody.objects.filter(is_sample=True, kind=kind, place_code=code).select_related(
                "place"
            )
            self.sit_all(body.get(), ends, self.actors[secretary], self.actors[signer])
        self.reply_all()
        write_past(self.lines)

    # When

    def workday(self, days: int) -> date:
        """So many workdays from today, before or after."""
        return self.calendar.add_workdays(self.today, days)

    def plans(self, ends: list[Plan]) -> list[Plan]:
        """A session each quarter since January of last year, and the latest ones in the states still open."""
        first = ends[0].on
        since = date(self.today.year - 1, 1, 1)
        days = []
        while (day := workday_before(first, QUARTER * (len(days) + 1))) >= since:
            days.append(day)
        kinds = (Meeting.Kind.LIAISONS, Meeting.Kind.PLENARY)
        past = [Plan(day, Status.ARCHIVED, kinds[order % 2]) for order, day in enumerate(days)]
        past[0] = Plan(past[0].on, Status.ARCHIVED, past[0].kind, BEFORE)
        return sorted([*past, *ends], key=lambda plan: plan.on)

    def district_ends(self) -> list[Plan]:
        return [
            Plan(self.workday(-35), Status.ISSUED, results=LATEST),
            Plan(self.workday(-12), Status.CANCELLED, Meeting.Kind.TOPIC, ()),
            Plan(self.workday(-4), Status.MINUTES_REVIEW, Meeting.Kind.LIAISONS, ("open", "open")),
            Plan(self.workday(14), Status.SOLICITING, results=()),
            Plan(self.workday(18), Status.PREPARING, Meeting.Kind.TOPIC, ()),
        ]

    def yulin_ends(self) -> list[Plan]:
        return [
            Plan(self.workday(-40), Status.ISSUED, results=LATEST),
            Plan(self.workday(-2), Status.HELD, Meeting.Kind.TOPIC, ("open",)),
            Plan(self.workday(5), Status.NOTIFIED, Meeting.Kind.LIAISONS, ()),
            Plan(self.workday(20), Status.PREPARING, results=()),
        ]

    # Sessions

    def hold_all(self, body: RegionalBody, plans: list[Plan], secretary: Actor, signer: Actor) -> None:
        numbers: dict[int, int] = {}
        members = list(body.members.select_related("unit").order_by("unit__place_code", "unit__name"))
        for plan in plans:
            numbers[plan.on.year] = number = numbers.get(plan.on.year, 0) + 1
            meeting = self.make(body, plan, number, secretary, signer)
            self.tell(meeting, plan, secretary, signer)
            self.fill_agenda(meeting, plan, members)
            if plan.status in USUAL[3:] and members:
                self.sign_in(meeting, members)
                self.decide(meeting, plan, members, secretary, signer)

    def make(self, body: RegionalBody, plan: Plan, number: int, secretary: Actor, signer: Actor) -> Meeting:
        stage = USUAL.index(plan.status) if plan.status in USUAL else 0
        is_issued = stage >= USUAL.index(Status.ISSUED)
        has_minutes = stage >= USUAL.index(Status.MINUTES_REVIEW)
        return Meeting.objects.create(
            body=body,
            place_code=body.place_code,
            kind=plan.kind,
            year=plan.on.year,
            number=number,
            title=default_title(body, plan.on.year, number, plan.kind),
            held_at=moment(plan.on, 14, 30),
            venue=f"{body.place.name}党群服务中心三楼会议室",
            chair="李某某",
            items_due_on=self.calendar.add_workdays(plan.on, -6) if stage else None,
            minutes=self.minutes_of(plan) if has_minutes else "",
            recorder_id=secretary.user_id if has_minutes else None,
            signed_by_id=signer.user_id if is_issued else None,
            issued_on=self.calendar.add_workdays(plan.on, 3) if is_issued else None,
            status=plan.status,
            author_id=secretary.user_id,
            is_sample=True,
        )

    @staticmethod
    def minutes_of(plan: Plan) -> str:
        return (
            "会议听取了上次会议议定事项办理情况，审议了各单位提出的议题。\n"
            "会议认为，成员单位各有所长，资源共享要落到院落、落到具体的人和事。\n"
            "会议指出，牵头单位要按期报告进展，需要协调的及时提请联席会研究。\n"
            "会议决定，按照议定事项表抓好落实，下次会议首项通报办理情况。"
        )

    def tell(self, meeting: Meeting, plan: Plan, secretary: Actor, signer: Actor) -> None:
        """The timeline of a session, each step on its day."""
        begun = min(self.calendar.add_workdays(plan.on, -20), self.today - timedelta(days=1))
        self.lines.append(
            entry(meeting, "prepare", "筹备会议", secretary, moment(begun, 9), after="preparing")
        )
        if plan.status == Status.CANCELLED:
            at = moment(self.calendar.add_workdays(plan.on, -2), 16)
            note = "与全区安全生产会议时间冲突，并入下次联络员会议。"
            self.lines.append(
                entry(
                    meeting,
                    "cancel",
                    "取消会议",
                    secretary,
                    at,
                    before="preparing",
                    after="cancelled",
                    note=note,
                )
            )
            return
        before = "preparing"
        for status, after_days in zip(USUAL[1:], (-15, -5, 0, 1, 3, 8), strict=True):
            if USUAL.index(status) > USUAL.index(plan.status):
                return
            on = min(self.calendar.add_workdays(plan.on, after_days), self.today)
            by = signer if status == Status.ISSUED else secretary
            name, label = LABELS[status]
            self.lines.append(entry(meeting, name, label, by, moment(on, 8, 40), before=before, after=status))
            before = status

    def fill_agenda(self, meeting: Meeting, plan: Plan, members: list[BodyMember]) -> None:
        if plan.status == Status.PREPARING or plan.status == Status.CANCELLED:
            return
        is_over = plan.status in USUAL[4:]
        decided = "deliberated" if is_over else "adopted"
        proposed = "proposed" if plan.status == Status.SOLICITING else decided
        items = [
            self.item(
                meeting,
                order,
                next(self.matters)[0],
                decided if order == 1 else proposed,
                self.rng.choice(members),
            )
            for order in (1, 2, 3)
        ]
        if plan.status == Status.SOLICITING:
            items.append(self.item(meeting, 4, "机动车夜间禁鸣", "withdrawn", self.rng.choice(members)))
        if plan.results == LATEST:
            items.append(
                self.item(meeting, 4, POSTPONED[0], "postponed", self.rng.choice(members), POSTPONED[1])
            )
            items.append(
                self.item(meeting, 5, DECLINED[0], "declined", self.rng.choice(members), DECLINED[1])
            )
        AgendaItem.objects.bulk_create(items)

    def item(
        self, meeting: Meeting, order: int, title: str, status: str, member: BodyMember, outcome: str = ""
    ) -> AgendaItem:
        said = outcome or ("原则同意，按议定事项办理。" if status == "deliberated" else "")
        return AgendaItem(
            meeting=meeting,
            place_code=meeting.place_code,
            position=order,
            title=title,
            background="近期走访中多家单位和居民提到，建议成员单位一起商量。",
            unit=member.unit,
            status=status,
            outcome=said,
        )

    def sign_in(self, meeting: Meeting, members: list[BodyMember]) -> None:
        """Most come in person; heads, substitutes, leave and absence as they fall."""
        rows = []
        for member in members:
            presence = self.rng.choices(Attendance.Presence.values, (74, 16, 7, 3))[0]
            is_head = presence == "present" and self.rng.random() < 0.6
            substitute = f"{self.rng.choice('王李张刘陈')}某" if presence == "substitute" else ""
            rows.append(
                Attendance(
                    meeting=meeting, member=member, presence=presence, is_head=is_head, substitute=substitute
                )
            )
        Attendance.objects.bulk_create(rows)

    # Assemblies and committees

    def sit_all(self, body: RegionalBody, ends: tuple, secretary: Actor, signer: Actor) -> None:
        """Sessions with representatives or seats: the committee's report, a proposal, votes, one resolution."""
        for number, (status, days) in enumerate(ends, 1):
            plan = Plan(self.workday(days), status)
            meeting = self.make(body, plan, number, secretary, signer)
            self.tell(meeting, plan, secretary, signer)
            if status != Status.PREPARING:
                self.lay_before(meeting, plan)
            if status in USUAL[3:]:
                self.sign_in_heads(meeting)
                self.decide_here(meeting, plan, secretary)

    def lay_before(self, meeting: Meeting, plan: Plan) -> None:
        is_over = plan.status in USUAL[4:]
        status = "deliberated" if is_over else "adopted"
        came = meeting.roll == "representative" and is_over
        rows = [
            AgendaItem(
                meeting=meeting,
                place_code=meeting.place_code,
                position=1,
                kind="report",
                title=REPORT[0],
                status=status,
                outcome=REPORT[1] if is_over else "",
                ayes=invited_to(meeting).count() - 1 if came else None,
                noes=0 if came else None,
                abstentions=0 if came else None,
            )
        ]
        proposals = RepresentativeProposal.objects.filter(body_id=meeting.body_id, items=None)
        open_one = proposals.filter(status__in=["filed", "assigned", "closed"]).order_by("pk")[:1]
        rows += [
            AgendaItem(
                meeting=meeting,
                place_code=meeting.place_code,
                position=2,
                kind="proposal",
                proposal=proposal,
                title=f"代表提案：{proposal.title}",
                background=proposal.text,
                status=status,
                outcome="同意提案意见，按议定事项办理。" if is_over else "",
            )
            for proposal in open_one
        ]
        AgendaItem.objects.bulk_create(rows)

    def sign_in_heads(self, meeting: Meeting) -> None:
        """All but the last come."""
        invited = list(invited_to(meeting))
        Attendance.objects.bulk_create(
            Attendance(
                **{"meeting": meeting, meeting.roll: one},
                presence="present" if order < len(invited) or order == 1 else "leave",
            )
            for order, one in enumerate(invited, 1)
        )

    def decide_here(self, meeting: Meeting, plan: Plan, secretary: Actor) -> None:
        """One resolution, led by the place below (or the one itself, which the level above confirms)."""
        resolution = Resolution.objects.create(
            meeting=meeting,
            item=meeting.items.order_by("position").first(),
            place_code=meeting.place_code,
            number=resolution_number(meeting, 1),
            text=LIVELIHOOD,
            category="livelihood",
            lead_place=meeting.body.place,
            is_sample=True,
            **self.values_of("open", plan.on),
        )
        self.lines.append(entry(resolution, "add", "议定", secretary, moment(plan.on, 17), after="open"))

    # Answers to notices

    def reply_all(self) -> None:
        """Four in five have answered the notice of a coming session: come, send somebody, ask for leave."""
        for meeting in Meeting.objects.filter(is_sample=True, status=Status.NOTIFIED).select_related("body"):
            rows = []
            for order, one in enumerate(invited_to(meeting)):
                answer = ("attend", "substitute", "leave", "attend", "")[order % 5]
                if answer == "substitute" and meeting.roll != "member":
                    answer = "attend"
                # The liaison of the tour still finds it among the to-dos.
                if not answer or invitee_name(one) == "蜀都律师事务所":
                    continue
                row = MeetingReply(**{"meeting": meeting, meeting.roll: one}, answer=answer)
                row.substitute = f"{self.rng.choice('王李张刘陈')}某" if answer == "substitute" else ""
                row.note = REASONS_OF_LEAVE[order % 2] if answer == "leave" else ""
                rows.append(row)
            MeetingReply.objects.bulk_create(rows)

    # Resolutions

    def decide(
        self, meeting: Meeting, plan: Plan, members: list[BodyMember], secretary: Actor, signer: Actor
    ) -> None:
        items = list(meeting.items.exclude(status__in=["postponed", "declined"]).order_by("position"))
        texts = dict(MATTERS)
        for order, result in enumerate(plan.results, 1):
            item = items[(order - 1) % len(items)]
            lead, helper = self.rng.sample(members, 2) if len(members) > 1 else (members[0], None)
            values = self.values_of(result, plan.on)
            resolution = Resolution.objects.create(
                meeting=meeting,
                item=item,
                place_code=meeting.place_code,
                number=resolution_number(meeting, order),
                text=texts[item.title],
                lead_unit=lead.unit,
                is_sample=True,
                **values,
            )
            if helper:
                resolution.co_units.add(helper.unit)
            self.lines.extend(self.story_of(resolution, plan, secretary))

    def values_of(self, result: str, on: date) -> dict:
        """The fields of a resolution in one of the states of the sample."""
        usual = on + timedelta(days=60)
        soon, late = self.workday(12), self.workday(-4)
        if result == "closed":
            closed = min(usual - timedelta(days=self.rng.randint(-8, 20)), self.today - timedelta(days=5))
            done = closed - timedelta(days=2)
            return {
                "status": "closed",
                "due_on": usual,
                "progress": 100,
                "done_on": done,
                "closed_on": closed,
            }
        return {
            "open": {"status": "open", "due_on": soon, "progress": 40},
            "late": {"status": "open", "due_on": late, "progress": 60},
            "done": {"status": "done", "due_on": soon, "progress": 100, "done_on": self.workday(-1)},
            "extension": {
                "status": "extension",
                "due_on": self.workday(2),
                "progress": 50,
                "wanted_due_on": self.workday(25),
            },
            "extended": {"status": "open", "due_on": self.workday(9), "progress": 70, "extensions": 1},
            "twice": {"status": "open", "due_on": self.workday(4), "progress": 80, "extensions": 2},
            "terminated": {"status": "terminated", "due_on": usual, "progress": 10},
        }[result]

    def story_of(self, row: Resolution, plan: Plan, secretary: Actor) -> Iterator[tuple]:
        lead = self.liaison_of(row) or secretary
        yield entry(row, "add", "议定", secretary, moment(plan.on, 17), after="open")
        if row.extensions or row.status == "extension":
            at = moment(self.workday(-6), 10)
            yield entry(
                row,
                "ask_extension",
                "申请延期",
                lead,
                at,
                before="open",
                after="extension",
                note="设备采购周期比预计的长。",
            )
        if row.extensions:
            yield entry(
                row,
                "grant_extension",
                "同意延期",
                secretary,
                moment(self.workday(-5), 11),
                before="extension",
                after="open",
            )
        if row.done_on:
            at = moment(row.done_on, 15)
            yield entry(
                row,
                "report_done",
                "报告完成",
                lead,
                at,
                before="open",
                after="done",
                note="已按议定内容完成，佐证存单位备查。",
            )
        if row.closed_on:
            yield entry(
                row, "close", "确认销号", secretary, moment(row.closed_on, 10), before="done", after="closed"
            )
        if row.status == "terminated":
            at, note = moment(self.workday(-10), 10), "上级已统一部署，不再单独办理。"
            yield entry(row, "terminate", "终止", secretary, at, before="open", after="terminated", note=note)

    def liaison_of(self, row: Resolution) -> Actor | None:
        return next((actor for actor in self.actors.values() if actor.unit_id == row.lead_unit_id), None)

    # Proposals

    def propose_all(self) -> None:
        """One proposal of 黉门街's representative in each state, to the assembly of the community."""
        assembly = RegionalBody.objects.filter(
            is_sample=True, kind="assembly", place_code="510107005008"
        ).first()
        author, community = self.actors["representative"], self.actors["community"]
        for order, (title, status, more) in enumerate(PROPOSALS):
            has_handler = status in ("advised", "assigned", "replied", "closed")
            is_answered = status in ("replied", "closed")
            due = more.get("due", 2 if status == "assigned" else 20)
            row = RepresentativeProposal.objects.create(
                body=assembly,
                place_code=assembly.place_code,
                title=title,
                text=f"{title}，居民反映较多，建议年内解决。",
                co_signers="吴某某、郑某某",
                handler=assembly.place if has_handler else None,
                reply_due_on=self.workday(due) if has_handler and status != "advised" else None,
                reply="已列入本年度社区保障资金项目，月底前完成。" if is_answered else "",
                rating=more.get("rating", ""),
                round=more.get("round", 1),
                status=status,
                author_id=author.user_id,
                is_sample=True,
            )
            at = moment(workday_before(self.today, 60 - 5 * order), 9)
            RepresentativeProposal.objects.filter(pk=row.pk).update(submitted_at=at)
            self.lines.append(entry(row, "submit", "提交提案", author, at, after="submitted"))
            self.lines.extend(self.steps_of(row, at, author, community))

    @staticmethod
    def steps_of(row: RepresentativeProposal, at, author: Actor, community: Actor) -> Iterator[tuple]:
        """The way of a proposal so far, a day or two a step."""
        refused = {
            "declined": ("decline", "不予立案", "属于市场监管职责，已转有关部门。"),
            "advised": ("advise", "转为建议", "内容很好，作为建议交社区研究。"),
        }
        if row.status in refused:
            name, label, note = refused[row.status]
            on = at + timedelta(days=1)
            yield entry(row, name, label, community, on, before="submitted", after=row.status, note=note)
            return
        way = ("submitted", "filed", "assigned", "replied", "closed")
        labels = {
            "filed": ("file", "立案"),
            "assigned": ("assign", "交办"),
            "replied": ("reply", "答复"),
            "closed": ("rate", "评价"),
        }
        for order, status in enumerate(way[1 : way.index(row.status) + 1], 1):
            name, label = labels[status]
            by, note = (
                (author, "") if status == "closed" else (community, row.reply if status == "replied" else "")
            )
            when = min(at + timedelta(days=order), timezone.now())
            yield entry(row, name, label, by, when, before=way[order - 1], after=status, note=note)
