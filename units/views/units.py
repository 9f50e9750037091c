"""Pages of units: the register, one unit, its forms."""

from functools import cached_property

from django.db.models import Case, CharField, F, FilteredRelation, Prefetch, Q, Value, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.clock import today
from core.columns import Column
from core.components import Tag, date_cell, tag_of
from core.pages import DetailPage, FormPage, ListPage
from core.roles import DISTRICT_STAFF, STAFF, UNIT_SIDE
from units.actions import (
    DENOMINATOR_ROLES,
    change_unit,
    cover_unit,
    end_coverage,
    register_unit,
    return_to_operation,
)
from units.actions.register import request_exit
from units.filters.units import UnitFilter, counted_here
from units.forms.units import (
    CoverForm,
    LeaveForm,
    NewUnitForm,
    ReturnForm,
    UncoverForm,
    UnitForm,
    home_places,
)
from units.models import CoverageSpell, Instructor, Unit
from units.offers import address

STATUS_TONES = {"operating": "ok"}
VERIFICATION_TONES = {"pending": "wait", "verified": "ok", "change_pending": "wait"}


def open_coverage() -> Prefetch:
    """The present coverage of each unit of a list, in one query."""
    spells = CoverageSpell.objects.filter(to_on=None).select_related("organization")
    return Prefetch("coverage_spells", queryset=spells, to_attr="open_coverage")


def covering(unit: Unit) -> CoverageSpell | None:
    return unit.open_coverage[0] if unit.open_coverage else None


def coverage_tag(unit: Unit) -> Tag | None:
    """How a two-new unit is covered; other units aren't counted."""
    spell = covering(unit)
    if spell:
        return Tag(spell.get_mode_display(), "ok")
    return Tag("未覆盖", "wait") if unit.is_two_new and unit.operating_status == "operating" else None


def status_tag(unit: Unit) -> Tag:
    return Tag(unit.get_operating_status_display(), STATUS_TONES.get(unit.operating_status, "off"))


def verification_tag(unit: Unit) -> Tag:
    return Tag(unit.get_verification_display(), VERIFICATION_TONES.get(unit.verification, "off"))


def verify_box(unit: Unit) -> SafeString:
    """The box that marks a unit for verifying; it belongs to the form under the list."""
    return format_html(
        '<input type="checkbox" name="units" value="{}" form="verify" aria-label="核实{}">'
        '<input type="hidden" name="shown" value="{}" form="verify">',
        unit.pk, unit.name, unit.pk,
    )  # fmt: skip


VERIFY_COLUMN = Column("pick", "勾选", verify_box, kind="html", in_sheet=False)


def in_words(field: str, choices) -> Case:
    """A coded column in its Chinese words, written by PostgreSQL."""
    return Case(
        *[When(**{field: value}, then=Value(str(label))) for value, label in choices],
        output_field=CharField(),
    )


COVERAGE_IN_WORDS = Case(
    *[When(open_spell__mode=value, then=Value(str(label))) for value, label in CoverageSpell.Mode.choices],
    When(category__in=Unit.TWO_NEW, operating_status="operating", then=Value("未覆盖")),
    output_field=CharField(),
)


class UnitList(ListPage):
    """单位台账: everything that sits in the actor's place, 50 rows a page however many there are."""

    model = Unit
    roles = STAFF
    template_name = "units/unit_list.html"
    title = "单位台账"
    unit_word = "家"
    filterset_class = UnitFilter
    search_fields = ("name",)
    search_hint = "名称、拼音首字母或信用代码"
    default_order = ("place_code", "pk")
    empty_text = "还没有登记单位。可以把现有的表格直接导入。"
    columns = [
        Column(
            "name",
            "单位名称",
            link=lambda row: row.get_absolute_url(),
            sort="name_pinyin",
            is_main=True,
            width=34,
        ),
        Column("credit_code", "统一社会信用代码", sort="credit_code", width=21),
        Column("category", "单位类别", lambda row: row.get_category_display(), width=14),
        Column("subcategory", "子类", lambda row: row.get_subcategory_display(), in_page=False, width=14),
        Column("place", "所在社区", "place.path_name", sort="place_code", width=22),
        Column("address", "地址", in_page=False, width=24),
        Column("operating_status", "经营状态", status_tag, kind="tag"),
        Column("verification", "核实", verification_tag, kind="tag"),
        Column("employees", "从业人数", kind="int", sort="employees"),
        Column("members_total", "党员人数", kind="int", sort="members_total"),
        Column("members_full", "正式党员人数", kind="int", in_page=False),
        Column("coverage", "覆盖", coverage_tag, kind="tag"),
        Column(
            "organization",
            "覆盖党组织",
            lambda row: covering(row).organization.name if covering(row) else None,
            in_page=False,
            width=34,
        ),
        Column(
            "covered_from",
            "覆盖起始日期",
            lambda row: covering(row).from_on if covering(row) else None,
            kind="date",
            in_page=False,
        ),
        Column("is_member", "联席会成员单位", in_page=False),
        Column("industry", "行业（GB/T 4754）", in_page=False),
        Column("affiliated_to", "隶属党组织", in_page=False, width=24),
        Column("has_union", "有工会", in_page=False),
        Column("has_youth", "有团组织", in_page=False),
        Column("has_women", "有妇女组织", in_page=False),
        Column("has_premises", "有固定经营场所", in_page=False),
        Column("has_business", "有经营活动", in_page=False),
        Column("contact", "联系人", in_page=False),
    ]
    copied = {
        "name": F("name"),
        "credit_code": F("credit_code"),
        "category": in_words("category", Unit.Category.choices),
        "subcategory": in_words("subcategory", Unit.Subcategory.choices),
        "place": F("place__path_name"),
        "address": F("address"),
        "operating_status": in_words("operating_status", Unit.OperatingStatus.choices),
        "verification": in_words("verification", Unit.Verification.choices),
        "employees": F("employees"),
        "members_total": F("members_total"),
        "members_full": F("members_full"),
        "coverage": COVERAGE_IN_WORDS,
        "organization": F("open_spell__organization__name"),
        "covered_from": F("open_spell__from_on"),
        "is_member": F("is_member"),
        "industry": F("industry"),
        "affiliated_to": F("affiliated_to"),
        "has_union": F("has_union"),
        "has_youth": F("has_youth"),
        "has_women": F("has_women"),
        "has_premises": F("has_premises"),
        "has_business": F("has_business"),
        "contact": F("contact"),
    }

    def annotate_copied(self, rows):
        """The present coverage joined as ``open_spell``; one at most, by the exclusion constraint."""
        return rows.annotate(
            open_spell=FilteredRelation("coverage_spells", condition=Q(coverage_spells__to_on=None))
        )

    def get_rows(self):
        rows = counted_here(super().get_rows().effective(), self.actor, self.request.GET)
        return rows.select_related("place").prefetch_related(open_coverage())

    @property
    def below_rows(self) -> str:
        """The form that verifies what was marked, where pending units are listed to somebody who verifies."""
        is_pending = self.request.GET.get("verification") == Unit.Verification.PENDING
        return "units/_verify.html" if is_pending and self.actor.role in DENOMINATOR_ROLES else ""

    def get_columns(self):
        return [VERIFY_COLUMN, *self.columns] if self.below_rows else self.columns

    def search(self, rows):
        return rows.search(self.search_text)

    def get_actions(self):
        return [
            ("导入表格", reverse("units:import"), "file-import"),
            ("登记单位", reverse("units:unit_new"), "plus"),
        ]

    def get_empty_action(self):
        return "导入表格", reverse("units:import")


class UnitPage:
    """What the pages of one unit share."""

    model = Unit
    roles = STAFF

    def get_queryset(self):
        return super().get_queryset().select_related("place", "merged_into", "carrier", "verified_by")

    def get_breadcrumbs(self):
        if self.actor.role not in STAFF:
            return []
        crumbs = [("单位台账", reverse("units:unit_list"))]
        return (
            [*crumbs, (self.object.name, self.object.get_absolute_url())]
            if isinstance(self, FormPage) and self.is_change
            else crumbs
        )


class UnitDetail(UnitPage, DetailPage):
    """One unit: what is known, who covered it when, since when it counts, and its timeline."""

    roles = STAFF | UNIT_SIDE
    template_name = "units/unit_detail.html"

    def get_subtitle(self):
        return f"{self.object.get_category_display()} · {self.object.place}"

    def get_facts(self):
        unit = self.object
        return [
            ("核实状态", self.verified_words()),
            ("经营状态", tag_of(status_tag(unit))),
            ("党组织覆盖", tag_of(self.coverage_state())),
            ("统一社会信用代码", unit.credit_code or f"无（{unit.credit_code_missing_reason or '未说明'}）"),
            ("单位类别", unit.get_category_display()),
            ("子类", unit.get_subcategory_display() or "—"),
            ("所在社区", str(unit.place)),
            ("地址", unit.address or "—"),
            ("从业人数", f"{unit.employees:,} 人"),
            ("党员人数", f"{unit.members_total:,} 人，其中正式党员 {unit.members_full:,} 人"),
            ("党建指导员", self.instructor_words()),
            ("工会、团或妇女组织", self.mass_words()),
            ("联席会成员单位", "是" if unit.is_member else "否"),
            ("联系人", unit.contact or "—"),
            *[(label, value) for label, value in self.further_facts() if value],
        ]

    def further_facts(self) -> list[tuple[str, str]]:
        """What not every unit has; shown where there is something."""
        unit = self.object
        away = unit.members_not_transferred
        return [
            ("未转入组织关系的党员", f"{away:,} 人" if away else ""),
            ("法定代表人", self.legal_representative()),
            ("简称", unit.short_name),
            ("曾用名", "、".join(f"{one.name}（至{one.until}）" for one in unit.former_names.all())),
            ("经营情况", "、".join(self.business_words())),
            ("隶属", unit.get_affiliation_display()),
            ("隶属党组织", unit.affiliated_to),
            ("新兴领域", unit.get_new_field_display()),
            ("行业（GB/T 4754）", unit.industry),
            ("所在载体", str(unit.carrier or "")),
        ]

    @cached_property
    def instructor(self) -> Instructor | None:
        """Whoever is sent now."""
        return self.object.instructors.filter(to_on=None).select_related("person").first()

    def instructor_words(self) -> str:
        """Who is sent; what a sheet says without a name is only what was reported, and never counted."""
        if self.instructor:
            return f"{self.instructor.person}，自{self.instructor.from_on}起"
        return "台账写“已派”，未登记到人，不计入工作覆盖" if self.object.has_instructor else "未派"

    def verified_words(self) -> SafeString:
        unit = self.object
        who = f"{unit.verified_by or '系统'} " if unit.verified_at else ""
        told = (
            f"{who}{date_cell(unit.verified_at)}"
            if unit.verification == "verified" and unit.verified_at
            else ""
        )
        return format_html("{} {}", tag_of(verification_tag(unit)), told)

    def mass_words(self) -> str:
        """Which of union, youth league and women's organization there are."""
        unit = self.object
        kinds = [("工会", unit.has_union), ("团组织", unit.has_youth), ("妇女组织", unit.has_women)]
        named = "、".join(word for word, is_so in kinds if is_so)
        return named or ("有（未写明哪一种）" if unit.has_mass_organization else "没有")

    def business_words(self) -> list[str]:
        unit = self.object
        found = [
            word
            for word, is_so in (("有固定经营场所", unit.has_premises), ("有经营活动", unit.has_business))
            if is_so
        ]
        return (
            [*found, f"年营业收入 {unit.annual_revenue:,.2f} 元"]
            if unit.annual_revenue is not None
            else found
        )

    def legal_representative(self) -> str:
        unit = self.object
        words = [("党员", unit.legal_rep_is_member), ("兼任党组织书记", unit.legal_rep_is_secretary)]
        return "，".join(word for word, is_so in words if is_so)

    @property
    def may_edit(self) -> bool:
        """Only the place where the unit is counted changes it; where it has further premises it is read."""
        unit, actor = self.object, self.actor
        is_staff = actor.role in STAFF and not actor.is_read_only
        return is_staff and unit.merged_into_id is None and actor.stands_over(unit.place_code)

    @property
    def may_speak(self) -> bool:
        """Whether the reader is the unit's own."""
        actor = self.actor
        return actor.role in UNIT_SIDE and not actor.is_read_only and self.object.merged_into_id is None

    def get_actions(self):
        if self.may_speak:
            return (
                [] if self.open_requests else [("申请变更信息", self.address("change_request_new"), "pencil")]
            )
        return self.staff_actions() if self.may_edit else []

    def staff_actions(self) -> list[tuple[str, str, str]]:
        unit, role = self.object, self.actor.role
        found = [("修改", self.address("unit_edit"), "pencil")]
        if self.coverage and self.coverage[0].to_on is None:
            found.append(("结束覆盖", self.address("unit_uncover"), "x"))
        else:
            found.append(("登记覆盖", self.address("unit_cover"), "shield-check"))
            if unit.is_two_new and unit.operating_status == Unit.OperatingStatus.OPERATING:
                found.append(("组建计划", self.address("build_new"), "list-check"))
        if unit.is_two_new and self.instructor is None:
            found.append(("派党建指导员", self.address("instructor_new"), "users"))
        if unit.operating_status == Unit.OperatingStatus.OPERATING and not self.open_exits:
            found.append(("申请退出统计口径", self.address("unit_leave"), "ban"))
        elif unit.operating_status != Unit.OperatingStatus.OPERATING and role in DENOMINATOR_ROLES:
            found.append(("恢复正常经营", self.address("unit_return"), "refresh"))
        if role in DISTRICT_STAFF:
            found.append(("并入其他单位", self.address("unit_merge"), "copy"))
        return found

    @cached_property
    def exits(self) -> list:
        return list(self.object.denominator_exits.select_related("author", "decided_by"))

    @property
    def open_exits(self) -> list:
        return [one for one in self.exits if one.status == "submitted"]

    @cached_property
    def requests(self) -> list:
        return list(self.object.change_requests.select_related("author", "decided_by"))

    @property
    def open_requests(self) -> list:
        return [one for one in self.requests if one.status == "submitted"]

    def address(self, name: str) -> str:
        return reverse(f"units:{name}", args=[self.object.pk])

    @property
    def coverage(self) -> list[CoverageSpell]:
        if "_coverage" not in self.__dict__:
            spells = self.object.coverage_spells.select_related("organization")
            self._coverage = list(spells.order_by("-from_on"))
        return self._coverage

    def coverage_state(self) -> Tag:
        spell = self.coverage[0] if self.coverage else None
        return Tag(spell.get_mode_display(), "ok") if spell and spell.to_on is None else Tag("未覆盖", "off")

    def get_extra_context(self):
        unit = self.object
        spells = list(unit.operating_spells.select_related("recorded_by").order_by("-from_on"))
        ought = (
            unit.is_two_new
            and unit.members_full >= 3
            and not any(spell.to_on is None for spell in self.coverage)
        )
        return {
            "coverage": self.coverage,
            "operating": spells,
            "ought_to_have": ought,
            "opens_organizations": self.actor.role in STAFF,
            "may_edit": self.may_edit,
            "may_speak": self.may_speak,
            "may_verify": self.may_edit
            and self.actor.role in DENOMINATOR_ROLES
            and unit.verification == "pending",
            "shows_phones": self.may_edit or self.may_speak,
            "liaison_url": address("liaison", unit),
            "liaisons": list(unit.liaisons.select_related("person", "user")),
            "today": today(),
            "premises": list(unit.premises.select_related("place")),
            "exits": self.exits if self.actor.role in STAFF else [],
            "requests": self.requests,
            "merged": list(Unit.objects.filter(merged_into=unit).order_by("pk")),
        }


class UnitNew(UnitPage, FormPage):
    """Register a unit."""

    form_class = NewUnitForm
    title = "登记单位"
    submit_label = "登记"
    success_message = "已登记。"
    action = staticmethod(register_unit)

    def get_initial(self):
        """The place that the address names (``?place=``), where it is one of the actor's."""
        code = self.request.GET.get("place", "")
        is_code = code.isascii() and code.isprintable()
        place = home_places(self.actor).filter(code=code).first() if is_code else None
        return {"place": place} if place else {}

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_cancel_url(self):
        return reverse("units:unit_list")


class UnitEdit(UnitPage, FormPage):
    """Change what is known of a unit."""

    form_class = UnitForm
    action = staticmethod(change_unit)

    def get_form_kwargs(self):
        return {"actor": self.actor}


class UnitActionPage(UnitPage, FormPage):
    """A form about one unit whose fields aren't the unit's own."""

    object_kwarg = "unit"

    def get_subtitle(self):
        return f"{self.object.name} · {self.object.place}"

    def get_success_url(self, obj):
        return self.object.get_absolute_url()


class UnitFactPage(UnitActionPage):
    """A form that adds a fact about a unit; nothing of the unit itself is typed, so nothing of it can be stale."""

    @property
    def is_change(self) -> bool:
        return False

    def get_breadcrumbs(self):
        return [("单位台账", reverse("units:unit_list")), (self.object.name, self.object.get_absolute_url())]

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "unit": self.object}

    def get_cancel_url(self):
        return self.object.get_absolute_url()


class UnitLeave(UnitFactPage):
    """Ask that a unit leave the denominators."""

    form_class = LeaveForm
    title = "申请退出统计口径"
    submit_label = "提交申请"
    success_message = "已提交，等待街道以上的另一位同事审核。审核同意之前，这个单位仍计入分母。"
    help_text = (
        "停业、吊销、注销、迁出、空壳、僵尸、一企多照的单位不计入覆盖率的分母。"
        "申请要写明原因和依据，由街道以上的另一个人审核同意后才退出。"
    )
    action = staticmethod(request_exit)

    def get_success_url(self, obj):
        return obj.get_absolute_url()


class UnitReturn(UnitActionPage):
    """Bring a unit back into the denominators."""

    roles = DENOMINATOR_ROLES
    form_class = ReturnForm
    title = "恢复正常经营"
    submit_label = "确认恢复"
    success_message = "已恢复正常经营，重新计入统计口径。"
    action = staticmethod(return_to_operation)


class UnitCover(UnitActionPage):
    """Say which party organization covers a unit."""

    form_class = CoverForm
    title = "登记覆盖"
    success_message = "已登记覆盖。"
    action = staticmethod(cover_unit)

    def get_form_kwargs(self):
        return {"unit": self.object}


class UnitUncover(UnitActionPage):
    """End the present coverage of a unit."""

    form_class = UncoverForm
    title = "结束覆盖"
    submit_label = "确认结束"
    success_message = "已结束覆盖。"
    action = staticmethod(end_coverage)
