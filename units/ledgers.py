"""The ledgers that staff ask for by name (台账): fixed columns, any place, any day.

Source: domain.md §5.1 (tables asked for by name), §2(c) (两新组织党建工作台账, two fixed layouts; 应建未建清单). Whether
a unit counts is asked of the coverage indicators, so that a ledger is as long as the figure it stands behind.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from core.actor import Actor
from core.clock import today
from core.codes import under
from core.columns import Column
from core.components import Tag
from core.errors import InputError, NotAllowed
from core.history import write_history
from core.models import HistoryEntry
from core.numbers import next_number
from units.indicators import KINDS, MEASURES, Cell
from units.indicators.coverage import on_that_day, rows_in_cell
from units.indicators.territory import Territory
from units.models import BuildPlan, CoverageSpell, Division, Unit
from units.queries.situations import Situation, about_organization, with_situation

# More rows than this, or any personal field, and an export says why (domain.md §5.1).
ROWS_WITHOUT_REASON = 500
STATUSES, MODES = dict(Unit.OperatingStatus.choices), dict(CoverageSpell.Mode.choices)
SITUATIONS, PLAN_STATES = dict(Situation.choices), dict(BuildPlan.Status.choices)
Rows = Callable[[Territory, date], QuerySet]


@dataclass(frozen=True)
class Ledger:
    """One ledger (台账): its name, what it holds, its columns and its rows for a territory on a day.

    ``is_personal``: a column holds the name or number of a person, so that every export needs a reason.
    """

    slug: str
    name: str
    help: str
    columns: tuple[Column, ...]
    rows: Rows
    is_personal: bool = False
    unit_word: str = "家"

    def title(self, place: Division, day: date) -> str:
        return f"{place.path_name}{self.name}（截至{day}）"

    def sheet_columns(self) -> list[Column]:
        """The columns of the spreadsheet, numbered line by line."""
        numbers = count(1)
        return [Column("number", "序号", value=lambda row: next(numbers), kind="int", width=6), *self.columns]


def yes(name: str) -> Callable:
    return lambda row: "是" if getattr(row, name) else "否"


def status_words(unit) -> Tag | None:
    if unit.status_on is None:
        return None
    return Tag(STATUSES[unit.status_on], "ok" if unit.status_on == "operating" else "off")


# Rows


def of_kind(kind: str) -> Rows:
    """The operating units of a kind, each with how it stands with its organization."""

    def rows(territory: Territory, day: date) -> QuerySet:
        units = rows_in_cell(MEASURES["organization"], KINDS[kind], territory, day, Cell.DENOMINATOR)
        return with_situation(units, day).annotate(**about_organization(day))

    return rows


def resident_units(territory: Territory, day: date) -> QuerySet:
    """All units that were registered on a day, whatever their category and status."""
    rows = Unit.objects.effective().filter(territory.within()).annotate(**on_that_day(day))
    return with_situation(rows.filter(status_on__isnull=False), day)


def due_units(territory: Territory, day: date) -> QuerySet:
    """应建未建, as COV-DUE counts what is missing, with how far the building has come."""
    rows = rows_in_cell(MEASURES["due"], KINDS["two_new"], territory, day, Cell.UNCOVERED)
    plans = BuildPlan.objects.filter(unit=OuterRef("pk")).order_by("-pk")
    rows = rows.annotate(
        plan_status=Subquery(plans.values("status")[:1]), plan_target=Subquery(plans.values("target_on")[:1])
    )
    return with_situation(rows, day).annotate(**about_organization(day))


# Columns

NAME = Column(
    "name",
    "单位名称",
    link=lambda unit: unit.get_absolute_url(),
    sort="name_pinyin",
    is_main=True,
    width=34,
)
CODE = Column("credit_code", "统一社会信用代码", width=21)
PLACE = Column("place", "所在社区", "place.path_name", sort="place_code", width=20)
SITUATION = Column("situation", "建立党组织情况", lambda unit: SITUATIONS[unit.situation], width=15)
ORGANIZATION = Column("organization", "党组织名称", "organization_on", width=30)
MODE = Column("mode", "覆盖方式", lambda unit: MODES.get(unit.mode_on), width=10)
EMPLOYEES = Column("employees", "从业人数", kind="int", sort="employees")
MEMBERS = (
    Column("members_total", "党员人数", kind="int", sort="members_total"),
    Column("members_full", "正式党员", kind="int", sort="members_full"),
    Column("members_not_transferred", "未转入组织关系", kind="int"),
)
SECRETARY = Column("secretary", "书记", "secretary_on", width=10)
BUILT = Column("established_on", "成立日期", kind="date")
TERM = Column("term_end", "本届届满", "term_end_on", kind="date")
INSTRUCTOR = Column("instructor", "党建指导员", "instructor_on", width=10)
MASS = Column("has_mass_organization", "有工会、团或妇女组织", yes("has_mass_organization"), width=12)
SUBCATEGORY = Column("subcategory", "类别", lambda unit: unit.get_subcategory_display() or "未登记", width=16)
LEGAL = (
    Column("legal_rep_is_member", "法定代表人是党员", yes("legal_rep_is_member"), width=12),
    Column("legal_rep_is_secretary", "法定代表人兼任书记", yes("legal_rep_is_secretary"), width=12),
)


def named(column: Column, label: str) -> Column:
    """The same column under another label."""
    return replace(column, label=label)


def printed(*columns: Column) -> list[Column]:
    """The same columns on paper alone; the screen shows what tells units apart."""
    return [replace(column, in_page=False) for column in columns]


LEDGERS = {
    ledger.slug: ledger
    for ledger in (
        Ledger(
            "resident-units", "驻区单位台账", "当日登记在册的全部驻区单位，含已退出统计口径的。",
            (
                NAME, *printed(CODE), Column("category", "单位类别", lambda unit: unit.get_category_display(), width=14),
                *printed(SUBCATEGORY), PLACE,
                Column("address", "地址", in_page=False, width=28),
                Column("affiliation", "隶属", lambda unit: unit.get_affiliation_display(), in_page=False, width=8),
                Column("status", "经营状态", status_words, kind="tag"), EMPLOYEES, *MEMBERS[:2], SITUATION,
                *printed(ORGANIZATION), Column("is_member", "联席会成员单位", yes("is_member"), in_page=False, width=10),
                Column("contact", "联系人", in_page=False, width=18),
            ),
            resident_units, is_personal=True,
        ),
        Ledger(
            "non-public", "非公企业党建工作台账", "当日正常经营的非公有制企业，一企一行。",
            (
                named(NAME, "企业名称"), *printed(CODE, named(SUBCATEGORY, "控制类型")), PLACE, EMPLOYEES, *MEMBERS[:2],
                *printed(MEMBERS[2], *LEGAL), SITUATION, *printed(MODE), ORGANIZATION, *printed(SECRETARY, BUILT, TERM),
                INSTRUCTOR, *printed(MASS),
            ),
            of_kind("non_public"), is_personal=True,
        ),
        Ledger(
            "social-organizations", "社会组织党建工作台账", "当日正常活动的社会组织，含律师、会计师、税务师事务所。",
            (
                named(NAME, "社会组织名称"), *printed(CODE, named(SUBCATEGORY, "登记类别")), PLACE, EMPLOYEES, *MEMBERS[:2],
                *printed(MEMBERS[2]), SITUATION, *printed(MODE), ORGANIZATION, *printed(SECRETARY, BUILT, TERM), INSTRUCTOR,
                *printed(named(LEGAL[1], "负责人兼任书记"), MASS),
            ),
            of_kind("social_organization"), is_personal=True,
        ),
        Ledger(
            "due", "应建未建清单", "有3名以上正式党员、没有单独建立党组织的两新组织，附组建进度。",
            (
                NAME, *printed(CODE), Column("category", "单位类别", lambda unit: unit.get_category_display(), width=14), PLACE, EMPLOYEES,
                *MEMBERS[:2], MODE, Column("plan", "组建进度", lambda unit: PLAN_STATES.get(unit.plan_status, "未列入"), width=14),
                Column("plan_target", "计划完成日期", kind="date"), named(INSTRUCTOR, "党建指导员"),
            ),
            due_units, is_personal=True,
        ),
    )
}  # fmt: skip


# Taking a ledger away


def needs_reason(ledger: Ledger, number: int) -> bool:
    """Whether an export of so many rows has to say why."""
    return ledger.is_personal or number > ROWS_WITHOUT_REASON


@transaction.atomic
def note_export(*, ledger: Ledger, place: Division, day: date, number: int, reason: str, actor: Actor) -> str:
    """Keep that a ledger was taken away (导出留痕): who, what, how much and why; returns the export's number.

    Raises `InputError` without a reason where one is needed, `NotAllowed` outside the actor's place.
    """
    if not actor.stands_over(place.code):
        raise NotAllowed("只能导出本级辖区的台账。")
    reason = reason.strip()
    if needs_reason(ledger, number) and not reason:
        raise InputError("请写明导出的用途。", field="reason", code="reason_required")
    if len(reason) > 200:
        raise InputError("用途最多 200 字。", field="reason")
    export_number = f"DC-{today().year}-{next_number(f'export:{today().year}'):05d}"
    write_history(
        about=place,
        move=f"export:{ledger.slug}",
        label="导出台账",
        actor=actor,
        note=f"{export_number} {ledger.title(place, day)}，{number} 行。用途：{reason or '—'}",
    )
    return export_number


def exports_seen_by(actor: Actor, limit: int = 10) -> list[HistoryEntry]:
    """The last exports of the actor's place and below, newest first."""
    places = Division.objects.filter(under(actor.place_code, "code")).values("pk")
    kind = ContentType.objects.get_for_model(Division)
    rows = HistoryEntry.objects.filter(about_type=kind, about_id__in=places, move__startswith="export:")
    return list(rows.order_by("-pk")[:limit])
