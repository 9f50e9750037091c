"""Pages of regional bodies: the list, one body with its posts, its forms, and the rosters as lists."""

from functools import cached_property

from django.contrib import messages
from django.db.models import Case, Count, Q, When
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.access import actor_of, requires
from core.clock import today
from core.codes import under
from core.columns import Column
from core.components import Tag
from core.errors import RuleViolation
from core.pages import (
    DetailPage,
    FormPage,
    InvalidQuery,
    ListPage,
    answer_move,
    back_to,
    move_view,
    query_string,
)
from core.periods import Quarter
from core.roles import DISTRICT_STAFF, SIGNED_IN, STAFF, THREE_OFFICERS, Role
from units import offers
from units.actions.bodies import (
    BODY_MOVES,
    add_member,
    appoint_secretary,
    change_body,
    change_member,
    complete_re_election,
    confirm_roster,
    end_member,
    end_representative,
    end_seat,
    plan_body,
    seat_person,
    seat_representative,
    set_secretary_note,
    start_body,
)
from units.actions.liaisons import registered_liaison
from units.actions.posts import (
    REPRESENTATIVE_MOVES,
    SEAT_MOVES,
    appoint_seat,
    elect_representative,
    propose_seat,
    recommend_representative,
)
from units.documents.annual import issue_annual_report
from units.filters.bodies import BodyFilter, MemberFilter, RepresentativeFilter, SeatFilter
from units.forms.bodies import (
    AnnualReportForm,
    BodyForm,
    ContactsForm,
    EndForm,
    EndRepresentativeForm,
    MemberForm,
    NoteForm,
    PlanBodyForm,
    ProposeSeatForm,
    RecommendForm,
    ReElectedForm,
    RepresentativeForm,
    SeatForm,
    SecretaryForm,
    StartForm,
    TakeForm,
)
from units.models import (
    BodyMember,
    BodySeat,
    Division,
    PartyOrganization,
    PartySecretary,
    RegionalBody,
    Representative,
)
from units.queries.bodies import paper_bodies, rosters_due
from units.queries.structure import composition
from units.terms import STAGE_WORDS, stage_on
from units.views.meetings import documents_about

READERS = SIGNED_IN - THREE_OFFICERS
Kind = RegionalBody.Kind


def term_tag(body: RegionalBody) -> Tag | None:
    """How near the end of its term a body at work is."""
    if body.status not in RegionalBody.RUNNING or body.term_end is None:
        return None
    stage = stage_on(today(), body.term_end)
    if stage is None:
        return Tag("届内", "ok")
    return Tag("届满未换", "late") if stage == "over" else Tag(STAGE_WORDS[stage], "wait")


def phone_for(person, actor, place_code: str) -> str:
    """The whole number for staff over the place, the masked one for everybody else."""
    if person is None:
        return ""
    is_theirs = actor.role in STAFF and actor.stands_over(place_code)
    return person.phone if is_theirs else person.masked_phone


# Lists


def present(path: str) -> Q:
    """Posts (at ``path``) that are held today."""
    return Q(**{f"{path}__from_on__lte": today()}) & (
        Q(**{f"{path}__to_on": None}) | Q(**{f"{path}__to_on__gt": today()})
    )


class BodyList(ListPage):
    """区域化组织: all bodies with their state and term."""

    model = RegionalBody
    roles = READERS
    title = "区域化组织"
    unit_word = "个"
    filterset_class = BodyFilter
    search_fields = ("name",)
    search_hint = "组织名称"
    default_order = ("place_code", "kind", "pk")
    empty_text = "没有符合条件的区域化组织。"
    columns = [
        Column("name", "名称", link=lambda row: row.get_absolute_url(), is_main=True, width=32),
        Column("kind", "类型", lambda row: row.get_kind_display(), sort="kind", width=18),
        Column("place", "所在地", "place.path_name", sort="place_code", width=22),
        Column("status", "状态", kind="tag", sort="status"),
        Column("term_no", "届次", lambda row: f"第{row.term_no}届"),
        Column("term_end", "届满日期", kind="date", sort="term_end"),
        Column("term", "届期", term_tag, kind="tag"),
        Column("seat_count", "任职人数", kind="int"),
        Column(
            "is_paper",
            "开会",
            lambda row: Tag("12 个月没有开会", "late") if row.is_paper else None,
            kind="tag",
        ),
        Column("roster_confirmed_on", "名册最近核对", kind="date", sort="roster_confirmed_on"),
        Column("approval_no", "批复文号", in_page=False, width=24),
        Column("from_on", "成立日期", kind="date", sort="from_on", in_page=False),
    ]

    def get_rows(self):
        held = Count("seats", filter=present("seats"), distinct=True)
        return (
            super()
            .get_rows()
            .select_related("place")
            .annotate(seat_count=held, is_paper=Case(When(paper_bodies(today()), then=True), default=False))
        )

    def count_rows(self, rows) -> int:
        return rows.order_by().values("pk").count()

    def get_actions(self):
        if self.actor.role not in STAFF or self.actor.is_read_only:
            return []
        return [("登记拟设", reverse("units:body_new"), "plus")]


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


class RosterPage(ListPage):
    """A roster across bodies: the present ones unless asked otherwise; exported as it stands."""

    roles = READERS
    unit_word = "人"
    # The roster of one body: ?body=12.
    extra_params = frozenset({"body"})
    body_field = "body_id"

    @property
    def body_text(self) -> str:
        return self.request.GET.get("body", "")

    @property
    def hidden_params(self) -> list[tuple[str, str]]:
        return [("body", self.body_text)] if self.body_text else []

    def check_params(self) -> None:
        super().check_params()
        if self.body_text and not is_number(self.body_text):
            raise InvalidQuery("没有这个组织，请从组织页面打开名册。")

    def get_rows(self):
        rows = super().get_rows()
        return rows.filter(**{self.body_field: self.body_text}) if is_number(self.body_text) else rows

    def get_breadcrumbs(self):
        return [("组织架构", reverse("units:structure"))]

    def shown_phone(self, person, place_code: str) -> str:
        return phone_for(person, self.actor, place_code)


class SeatList(RosterPage):
    """组成人员名单: who sits in which body."""

    model = BodySeat
    title = "组成人员名单"
    filterset_class = SeatFilter
    search_fields = ("person__name", "body__name")
    search_hint = "姓名或组织名称"
    default_order = ("body__place_code", "body__kind", "body_id", "pk")
    empty_text = "没有符合条件的任职。"

    def get_columns(self):
        return [
            Column(
                "person",
                "姓名",
                "person.name",
                link=lambda row: row.get_absolute_url(),
                is_main=True,
                width=12,
            ),
            Column("post", "职务", lambda row: row.get_post_display(), sort="post"),
            Column("status", "状态", kind="tag", sort="status"),
            Column(
                "body",
                "组织",
                "body.name",
                link=lambda row: row.body.get_absolute_url(),
                sort="body__place_code",
                width=30,
            ),
            Column("duty", "现任职务", "person.post", width=24),
            Column("from_unit", "来自单位", "from_unit.name", width=30),
            Column("phone", "电话", lambda row: self.shown_phone(row.person, row.body.place_code), width=16),
            Column("from_on", "任职日期", kind="date", sort="from_on"),
            Column("to_on", "免职日期", kind="date", sort="to_on"),
        ]

    def get_rows(self):
        return super().get_rows().select_related("person", "body", "from_unit")


class MemberList(RosterPage):
    """联席会成员名册: the member units with their leaders and liaisons."""

    model = BodyMember
    title = "联席会成员名册"
    unit_word = "家"
    filterset_class = MemberFilter
    search_fields = ("unit__name",)
    search_hint = "单位名称"
    default_order = ("body__place_code", "body_id", "pk")
    empty_text = "没有符合条件的成员单位。"

    def get_columns(self):
        return [
            Column(
                "unit",
                "成员单位",
                "unit.name",
                link=self.unit_address,
                is_main=True,
                sort="unit__name_pinyin",
                width=34,
            ),
            Column("kind", "单位类型", lambda row: row.get_kind_display(), sort="kind"),
            Column(
                "body",
                "联席会",
                "body.name",
                link=lambda row: row.body.get_absolute_url(),
                sort="body__place_code",
                width=26,
            ),
            Column("leader", "领导成员", "leader.name"),
            Column("leader_post", "领导成员职务", "leader.post", in_page=False, width=20),
            Column("liaison", "联络员", "liaison.name"),
            Column(
                "phone",
                "联络员电话",
                lambda row: self.shown_phone(row.liaison, row.body.place_code),
                width=16,
            ),
            Column("from_on", "加入日期", kind="date", sort="from_on"),
            Column("to_on", "退出日期", kind="date", sort="to_on"),
        ]

    def unit_address(self, row) -> str | None:
        is_theirs = self.actor.role in STAFF and self.actor.stands_over(row.unit.place_code)
        return row.unit.get_absolute_url() if is_theirs or self.actor.unit_id == row.unit_id else None

    def get_rows(self):
        return super().get_rows().select_related("unit", "body", "leader", "liaison")


class RepresentativeList(RosterPage):
    """代表名册: representatives with constituency and how chosen, and who they are taken together."""

    model = Representative
    title = "代表名册"
    body_field = "assembly_id"
    template_name = "units/representative_list.html"
    filterset_class = RepresentativeFilter
    search_fields = ("person__name", "constituency", "assembly__name")
    search_hint = "姓名、选区或代表会议"
    default_order = ("assembly__place_code", "assembly_id", "pk")
    empty_text = "没有符合条件的代表。"

    def get_columns(self):
        return [
            Column("person", "姓名", "person.name", link=lambda row: row.get_absolute_url(), is_main=True, width=12),
            Column("kind", "类别", lambda row: row.get_kind_display(), sort="kind", width=16),
            Column("status", "状态", kind="tag", sort="status"),
            Column("produced_by", "产生方式", lambda row: row.get_produced_by_display(), sort="produced_by"),
            Column("constituency", "选区", width=26),
            Column(
                "assembly", "代表会议", "assembly.name", link=lambda row: row.assembly.get_absolute_url(),
                sort="assembly__place_code", width=28,
            ),
            Column("unit", "所在单位", "person.unit.name", width=28),
            Column("is_woman", "女性", "person.is_woman"),
            Column("is_party_member", "党员", "person.is_party_member", in_page=False),
            Column("phone", "电话", lambda row: self.shown_phone(row.person, row.assembly.place_code), in_page=False, width=16),
            Column("from_on", "当选日期", kind="date", sort="from_on"),
            Column("to_on", "终止日期", kind="date", sort="to_on"),
        ]  # fmt: skip

    def get_rows(self):
        return super().get_rows().select_related("person__unit", "assembly")

    def rows_context(self):
        kinds = self.filtered_rows.order_by().values_list(
            "kind", "person__is_woman", "person__is_party_member"
        )
        return {**super().rows_context(), "composition": composition(kinds)}


# One body


class BodyPage:
    """What the pages of one body share."""

    model = RegionalBody
    roles = STAFF

    def get_queryset(self):
        """Forms are for those who work at the body's place or above it."""
        rows = super().get_queryset().select_related("place")
        return rows.under(self.actor.place_code) if isinstance(self, FormPage) else rows

    def get_breadcrumbs(self):
        crumbs = [("组织架构", reverse("units:structure")), ("区域化组织", reverse("units:body_list"))]
        is_form = isinstance(self, FormPage) and self.is_change
        return [*crumbs, (self.object.name, self.object.get_absolute_url())] if is_form else crumbs


def held_first(posts):
    """Posts that are held, then those that ended, each with the longest first."""
    return posts.order_by("to_on", "from_on", "pk")


class BodyDetail(BodyPage, DetailPage):
    """One body: state and term, whether one secretary leads both, seats, members, representatives, timeline."""

    roles = READERS
    template_name = "units/body_detail.html"

    def get_subtitle(self):
        return f"{self.object.get_kind_display()} · {self.object.place}"

    @property
    def may_write(self) -> bool:
        is_over = self.actor.role in STAFF and self.actor.stands_over(self.object.place_code)
        return is_over and not self.actor.is_read_only and self.object.status != RegionalBody.Status.DISSOLVED

    def get_facts(self):
        body = self.object
        facts = [
            ("类型", body.get_kind_display()),
            ("所在地", str(body.place)),
            ("届次", f"第{body.term_no}届"),
            ("本届任期", f"{body.term_start} 至 {body.term_end}" if body.term_end else "尚未开始"),
            ("批复文号", body.approval_no or "—"),
            ("成立日期", body.from_on or "—"),
            ("撤销日期", body.to_on or "—"),
            ("名册最近核对", body.roster_confirmed_on or "—"),
        ]
        if body.kind == Kind.JOINT_MEETING:
            facts.append(("轮值主席", "实行" if body.has_rotating_chair else "不实行"))
            facts.append(("章程", body.charter or "—"))
        if body.kind == Kind.COMMITTEE and self.party_organization:
            facts.append(("对应的建制党组织", str(self.party_organization)))
        return facts

    def get_actions(self):
        if not self.may_write:
            return []
        body, found = self.object, [("修改", self.address("body_edit"), "pencil")]
        if body.kind in BodySeat.POSTS_OF:
            found.append(("提名", self.address("seat_propose"), "plus"))
            found.append(("补登任职", self.address("seat_new"), "plus"))
        if body.kind == Kind.JOINT_MEETING:
            found.append(("登记成员单位", self.address("member_new"), "plus"))
            found.append(("年度工作报告", self.address("body_annual_report"), "file-text"))
        if body.kind == Kind.ASSEMBLY:
            found.append(("推荐代表", self.address("representative_recommend"), "plus"))
            found.append(("补登代表", self.address("representative_new"), "plus"))
        if body.kind == Kind.COMMITTEE and self.actor.role in DISTRICT_STAFF and self.differs:
            found.append(("说明书记不一致", self.address("body_note"), "pencil"))
        return found

    def address(self, name: str) -> str:
        return reverse(f"units:{name}", args=[self.object.pk])

    @cached_property
    def party_organization(self) -> PartyOrganization | None:
        """The party committee (611) on the establishment at the body's place."""
        found = PartyOrganization.objects.filter(
            place=self.object.place,
            category=PartyOrganization.Category.COMMITTEE,
            host_unit=None,
            dissolved_on=None,
        )
        return found.select_related("secretary").first()

    @cached_property
    def seats(self) -> list[BodySeat]:
        """Those the actor may read: held, ended and, for staff, under way."""
        rows = BodySeat.objects.visible_to(self.actor).filter(body=self.object)
        return list(held_first(rows.exclude(status="dropped").select_related("person", "from_unit")))

    @cached_property
    def secretary(self):
        return next(
            (
                seat.person
                for seat in self.seats
                if seat.status == BodySeat.HELD
                and seat.to_on is None
                and seat.post == BodySeat.Post.SECRETARY
            ),
            None,
        )

    @property
    def party_secretary(self):
        return self.party_organization and self.party_organization.secretary

    @property
    def differs(self) -> bool:
        """Whether the committee at work and the party committee have different secretaries."""
        is_working = self.object.kind == Kind.COMMITTEE and self.object.status in RegionalBody.RUNNING
        return is_working and (
            self.secretary is None or self.party_secretary is None or self.secretary != self.party_secretary
        )

    def get_extra_context(self):
        body = self.object
        members = BodyMember.objects.visible_to(self.actor).filter(body=body)
        members = list(held_first(members.select_related("unit", "leader", "liaison")))
        rows = Representative.objects.visible_to(self.actor).filter(assembly=body)
        rows = rows.exclude(status__in=("dropped", "rejected")).select_related("person__unit")
        all_representatives = list(held_first(rows)) if body.kind == Kind.ASSEMBLY else []
        representatives = [one for one in all_representatives if one.status not in Representative.UNDER_WAY]
        seats = [one for one in self.seats if one.status not in BodySeat.UNDER_WAY]
        held = [
            (one.kind, one.person.is_woman, one.person.is_party_member)
            for one in representatives
            if one.to_on is None
        ]
        return {
            "may_write": self.may_write,
            "differs": self.differs,
            "secretary": self.secretary,
            "party_secretary": self.party_secretary,
            "party_organization": self.party_organization,
            "term": term_tag(body),
            "candidates": [
                one
                for one in (*self.seats, *all_representatives)
                if one.status in (*BodySeat.UNDER_WAY, *Representative.UNDER_WAY)
            ],
            "reads_roster": self.actor.role in STAFF or bool(members or representatives or seats),
            "seats": [seat for seat in seats if seat.to_on is None],
            "former_seats": [seat for seat in seats if seat.to_on is not None],
            "members": [
                (one, phone_for(one.liaison, self.actor, body.place_code))
                for one in members
                if one.to_on is None
            ],
            "former_members": [one for one in members if one.to_on is not None],
            "representatives": [one for one in representatives if one.to_on is None],
            "former_representatives": [one for one in representatives if one.to_on is not None],
            "composition": composition(held),
            "rosters": self.rosters(),
            "documents": list(documents_about(body)),
            "is_paper": RegionalBody.objects.filter(paper_bodies(today()), pk=body.pk).exists(),
            "quarter": Quarter.containing(today()).label,
            "is_roster_due": self.may_write
            and RegionalBody.objects.filter(rosters_due(today()), pk=body.pk).exists(),
        }

    def rosters(self) -> dict[str, str]:
        """Addresses of the rosters of this body as spreadsheets."""
        query = {"current": "true", "format": "xlsx"}
        return {
            "seats": reverse("units:seat_list") + query_string(body=self.object.pk, **query),
            "members": reverse("units:member_list") + query_string(body=self.object.pk, **query),
            "representatives": reverse("units:representative_list")
            + query_string(body=self.object.pk, **query),
        }


class BodyNew(BodyPage, FormPage):
    """Register a body that is to be set up."""

    form_class = PlanBodyForm
    title = "登记拟设的区域化组织"
    submit_label = "登记"
    success_message = "已登记，等上级批复。"
    action = staticmethod(plan_body)

    def get_initial(self):
        """The gap that was clicked, when it is one."""
        code, kind = self.request.GET.get("place", ""), self.request.GET.get("kind", "")
        place = Division.objects.filter(code=code).first() if code.isascii() and code.isprintable() else None
        return {"place": place, "kind": kind if kind in Kind.values else ""}

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_cancel_url(self):
        return reverse("units:structure")


class BodyEdit(BodyPage, FormPage):
    """Change name, approval number and term of a body."""

    form_class = BodyForm
    object_kwarg = "body"
    action = staticmethod(change_body)


class BodyActionPage(BodyPage, FormPage):
    """A form about one body whose fields aren't the body's own."""

    object_kwarg = "body"

    def stored_values(self, row):
        """The fields say what to do, not what the body is; the action checks the body under its lock."""
        return {}

    def get_subtitle(self):
        return f"{self.object.name} · {self.object.place}"

    def get_success_url(self, obj):
        return self.object.get_absolute_url()


class BodyStart(BodyActionPage):
    """Let an approved body begin."""

    form_class = StartForm
    title = "开始运行"
    submit_label = "开始运行"
    success_message = "已开始运行。"
    action = staticmethod(start_body)


class BodyReElected(BodyActionPage):
    """Begin the next term: the old list ends, the new one begins."""

    def get_form_kwargs(self):
        return {"body": self.object}

    form_class = ReElectedForm
    title = "换届完成"
    submit_label = "换届完成"
    success_message = "已进入新一届。"
    action = staticmethod(complete_re_election)


class BodyNote(BodyActionPage):
    """The district explains why the secretaries differ."""

    roles = DISTRICT_STAFF
    form_class = NoteForm
    title = "说明书记不一致"
    action = staticmethod(set_secretary_note)

    def get_initial(self):
        return {"note": self.object.secretary_note}


class BodyAnnualReport(BodyActionPage):
    """Issue the year's report of a joint meeting (年度工作报告)."""

    form_class = AnnualReportForm
    title = "年度工作报告"
    submit_label = "生成并印发"
    success_message = "已印发，在“印发的文件”里下载。"
    help_text = "组织、会议、议定事项、提案、问题、共建活动、覆盖率和共建项目的数据由平台自动带出，带核验码。本年度未结束的，截至今天。"
    action = staticmethod(issue_annual_report)

    def get_queryset(self):
        return super().get_queryset().filter(kind=Kind.JOINT_MEETING)

    def get_initial(self):
        """The year that has just ended, in its first quarter; else the present one."""
        on = today()
        return {"year": on.year - 1 if on.month <= 3 else on.year}


class NamedPage(BodyActionPage):
    """A form about a body that names a person."""

    person_prefixes: dict[str, str] = {"named": ""}

    def get_form_kwargs(self):
        return {"body": self.object}

    def get_form(self, data=None, files=None):
        self.form = super().get_form(data, files)
        return self.form

    def get_action_kwargs(self, cleaned):
        names = {
            f"{prefix}{name}"
            for prefix in self.person_prefixes.values()
            for name in ("person", "name", "duty", "phone", "is_woman", "is_party_member")
        }
        plain = {name: value for name, value in cleaned.items() if name not in names}
        return {**plain, **{name: self.form.named(prefix) for name, prefix in self.person_prefixes.items()}}


class SeatNew(NamedPage):
    """Seat somebody."""

    form_class = SeatForm
    title = "补登任职"
    help_text = "已经任职、这里还没有登记的人员在此补登；新的人选请用“提名”，走拟任、公示、任职的程序。"
    success_message = "已登记任职。"
    action = staticmethod(seat_person)


class SeatPropose(NamedPage):
    """Propose somebody for a seat."""

    form_class = ProposeSeatForm
    title = "提名"
    submit_label = "提名"
    help_text = "提名后可以公示（至少 5 个工作日），由上级办理任职。换届期间提名的人选进入新一届名单。"
    success_message = "已提名。"
    action = staticmethod(propose_seat)


class MemberNew(NamedPage):
    """A unit joins the joint meeting."""

    form_class = MemberForm
    title = "登记成员单位"
    success_message = "已登记成员单位。"
    person_prefixes = {"leader": "leader_", "liaison": "liaison_"}
    action = staticmethod(add_member)


class RepresentativeNew(NamedPage):
    """Register a representative."""

    form_class = RepresentativeForm
    title = "补登代表"
    help_text = (
        "已经当选、这里还没有登记的代表在此补登；新的人选请用“推荐代表”，走资格审查、公示、当选的程序。"
    )
    success_message = "已登记代表。"
    action = staticmethod(seat_representative)


class RepresentativeRecommend(NamedPage):
    """Recommend somebody as a representative."""

    form_class = RecommendForm
    title = "推荐代表"
    submit_label = "推荐"
    help_text = "推荐后由另一位同志审查资格，再公示（至少 5 个工作日），由上级登记当选。"
    success_message = "已推荐。"
    action = staticmethod(recommend_representative)


# One post


class PostPage(FormPage):
    """A form about one post; afterwards its body is shown."""

    roles = STAFF
    submit_label = "确认"
    form_class = EndForm

    def get_success_url(self, obj):
        return self.of_body.get_absolute_url()

    def get_cancel_url(self):
        return self.of_body.get_absolute_url()

    @property
    def of_body(self) -> RegionalBody:
        return self.object.body

    def get_breadcrumbs(self):
        return [
            ("组织架构", reverse("units:structure")),
            (self.of_body.name, self.of_body.get_absolute_url()),
        ]

    def get_subtitle(self):
        return f"{self.object} · {self.of_body}"

    def stored_values(self, row):
        return {}

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .filter(under(self.actor.place_code, "body__place_code"))
            .select_related("body__place")
        )


class SeatEnd(PostPage):
    """Relieve somebody of a seat."""

    model = BodySeat
    object_kwarg = "seat"
    title = "免职"
    success_message = "已免职。"
    action = staticmethod(end_seat)


class SeatAppoint(PostPage):
    """Let somebody take the seat."""

    model = BodySeat
    object_kwarg = "seat"
    title = "任职"
    form_class = TakeForm
    success_message = "已任职。"
    action = staticmethod(appoint_seat)


class MemberEnd(PostPage):
    """A unit leaves the joint meeting."""

    model = BodyMember
    object_kwarg = "member"
    title = "成员单位退出"
    success_message = "已登记退出。"
    action = staticmethod(end_member)


class MemberContacts(PostPage):
    """Change a member unit's leader and liaison; the unit's own liaison may, too."""

    model = BodyMember
    roles = STAFF | {Role.LIAISON}
    form_class = ContactsForm
    object_kwarg = "member"
    title = "更换领导成员、联络员"
    submit_label = "保存"
    success_message = "已更换。"
    action = staticmethod(change_member)

    def get_queryset(self):
        rows = self.model.objects.visible_to(self.actor).select_related("body__place", "unit")
        if self.actor.unit_id:
            return rows.filter(unit_id=self.actor.unit_id)
        return rows.filter(under(self.actor.place_code, "body__place_code"))

    def get_initial(self):
        return {"leader_person": self.object.leader_id, "liaison_person": self.object.liaison_id}

    @cached_property
    def registered(self):
        return registered_liaison(self.object.unit)

    @property
    def help_text(self) -> str:
        if self.registered is None:
            return ""
        return f"联络员以单位登记的为准：{self.registered.person}。要换联络员，请在单位页面“更换联络员”，名册随之更新。"

    def get_form_kwargs(self):
        return {"member": self.object, "has_liaison": self.registered is not None}

    def get_form(self, data=None, files=None):
        self.form = super().get_form(data, files)
        return self.form

    def get_action_kwargs(self, cleaned):
        found = {"leader": self.newest("leader_")}
        return found if self.registered else {**found, "liaison": self.newest("liaison_")}

    def newest(self, prefix: str):
        """A typed name wins over the person that was chosen before."""
        named = self.form.named(prefix)
        return (
            type(named)(name=named.name, duty=named.duty, phone=named.phone) if named.name.strip() else named
        )


class RepresentativePage(PostPage):
    """A form about one representative."""

    model = Representative
    object_kwarg = "representative"

    @property
    def of_body(self):
        return self.object.assembly

    def get_queryset(self):
        rows = self.model.objects.visible_to(self.actor).filter(
            under(self.actor.place_code, "assembly__place_code")
        )
        return rows.select_related("assembly__place", "person")


class RepresentativeEnd(RepresentativePage):
    """End a representative's term early."""

    form_class = EndRepresentativeForm
    title = "代表资格终止"
    success_message = "已登记终止。"
    action = staticmethod(end_representative)


class RepresentativeElect(RepresentativePage):
    """Register that somebody was elected."""

    form_class = TakeForm
    title = "当选"
    success_message = "已登记当选。"
    action = staticmethod(elect_representative)


class PostDetail(DetailPage):
    """One post with its way in: where it stands, whose turn it is, since when it is held."""

    roles = READERS
    shows_attachments = False

    def get_subtitle(self):
        return str(self.object.of_body)

    def get_breadcrumbs(self):
        body = self.object.of_body
        return [("组织架构", reverse("units:structure")), (body.name, body.get_absolute_url())]

    def get_facts(self):
        one, person = self.object, self.object.person
        facts = [
            ("姓名", person.name),
            ("现任职务", person.post or "—"),
            *self.own_facts(),
            (self.begun, one.from_on or "—"),
        ]
        if one.publicized_on:
            facts.append(("公示", f"{one.publicized_on} 至 {one.publicity_until}"))
        if one.to_on:
            facts.append(("结束", f"{one.to_on}（{one.end_reason or '—'}）"))
        return facts


class SeatDetail(PostDetail):
    """One seat."""

    model = BodySeat
    begun = "任职日期"

    def get_queryset(self):
        return super().get_queryset().select_related("body__place", "person", "from_unit")

    def own_facts(self):
        return [("职务", self.object.get_post_display()), ("来自单位", self.object.from_unit or "—")]


class RepresentativeDetail(PostDetail):
    """One representative."""

    model = Representative
    begun = "当选日期"

    def get_queryset(self):
        return super().get_queryset().select_related("assembly__place", "person", "user")

    def own_facts(self):
        one = self.object
        facts = [
            ("类别", one.get_kind_display()),
            ("产生方式", one.get_produced_by_display()),
            ("选区", one.constituency or "—"),
            ("表决范围", one.scopes_text),
            ("账号", "已关联" if one.user_id else "未关联，不能提交提案"),
        ]
        return [*facts, ("终止情形", one.get_end_kind_display())] if one.end_kind else facts

    def get_actions(self):
        one, actor = self.object, self.actor
        may_link = actor.role in STAFF and not actor.is_read_only and one.stands_over(actor)
        address = offers.address_of("representative_account", one.pk)
        if may_link and address and one.status == one.HELD and one.to_on is None:
            return [("关联账号", address, "user-circle")]
        return []


class SecretaryNew(FormPage):
    """Say who leads a party organization."""

    model = PartyOrganization
    roles = STAFF
    form_class = SecretaryForm
    object_kwarg = "organization"
    title = "登记书记"
    success_message = "已登记书记。"

    def get_form_kwargs(self):
        return {"organization": self.object}

    def get_form(self, data=None, files=None):
        self.form = super().get_form(data, files)
        return self.form

    def run_action(self, cleaned, row=None) -> PartySecretary:
        return appoint_secretary(
            organization=row, named=self.form.named(), from_on=cleaned["from_on"], actor=self.actor
        )

    def get_subtitle(self):
        return str(self.object)

    def get_success_url(self, obj):
        return self.object.get_absolute_url()


# Moves that need no form; start and re_elected have pages of their own at the same address.
def without_forms(model, actions: dict) -> dict:
    return {name: action for name, action in actions.items() if name not in model.FORM_MOVES}


PLAIN_MOVES = without_forms(RegionalBody, BODY_MOVES)


@require_POST
@requires(STAFF)
def roster_confirm(request, pk: int):
    """名册无变化: one click."""
    body = get_object_or_404(RegionalBody.objects.visible_to(actor_of(request)), pk=pk)
    url = back_to(request, body.get_absolute_url())
    try:
        confirm_roster(body=body, actor=actor_of(request))
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, "已确认名册无变化。")
    return answer_move(request, url)


seat_move = move_view(BodySeat, without_forms(BodySeat, SEAT_MOVES), roles=STAFF, object_kwarg="seat")
representative_move = move_view(
    Representative,
    without_forms(Representative, REPRESENTATIVE_MOVES),
    roles=STAFF,
    object_kwarg="representative",
)
body_move = move_view(RegionalBody, PLAIN_MOVES, roles=STAFF, object_kwarg="body")
