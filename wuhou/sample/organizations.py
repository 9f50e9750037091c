"""Party organizations in every condition, and what the statistical tables ask of units besides."""

from datetime import date
from itertools import cycle

from django.db import connection

from core.actor import SYSTEM
from core.history import write_history
from units.models import CoverageSpell, PartyOrganization, Unit
from units.terms import months_after

Category, Mode, Status = PartyOrganization.Category, PartyOrganization.FormMode, PartyOrganization.Status
JOINT_MODES = (Mode.BUILDING, Mode.REGIONAL, Mode.PARK, Mode.INDUSTRY, Mode.CHAIN)
TERM_MONTHS = 36
OVER, CONSOLIDATING, JOINT_DUE = 4, 3, 6
# What is the same for everybody is told by the order of the register, so that it comes out alike each time.
FACTS = """
    WITH ranked AS (
        SELECT id, row_number() OVER (ORDER BY place_code, name) AS n FROM units_unit
        WHERE is_sample AND operating_status = 'operating' AND category IN ('non_public', 'social_organization')
    )
    UPDATE units_unit u SET
        has_premises = n % 11 <> 0, has_business = n % 14 <> 0,
        industry = (ARRAY['F51', 'L72', 'C18', 'H62', 'I65', 'M74', 'O80', 'G59', 'K70', 'P83'])[1 + n % 10],
        annual_revenue = CASE WHEN category = 'non_public' AND employees > 0 THEN employees * (120000 + n % 9 * 15000) END,
        has_union = has_mass_organization AND n % 3 <> 1, has_youth = has_mass_organization AND n % 3 = 1,
        has_women = has_mass_organization AND n % 4 = 0,
        legal_rep_is_member = members_total > 0 AND n % 4 = 0,
        members_not_transferred = CASE WHEN members_total >= 2 AND n % 6 = 0 THEN 1 ELSE 0 END
    FROM ranked WHERE u.id = ranked.id
"""
SECRETARIES = """
    UPDATE units_unit u SET legal_rep_is_secretary = true FROM units_coveragespell c
    WHERE c.unit_id = u.id AND c.to_on IS NULL AND c.mode = 'standalone' AND u.is_sample AND u.legal_rep_is_member
      AND u.id % 3 = 0
"""


class Organizations:
    """How they were formed, their terms, and those that are being founded or are no more."""

    def __init__(self, today: date):
        self.today = today

    def load(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(FACTS)
            cursor.execute(SECRETARIES)
        rows = list(
            PartyOrganization.objects.filter(is_sample=True, is_two_new=True, dissolved_on=None).order_by(
                "place_code", "name"
            )
        )
        self.form(rows)
        self.raise_some()
        self.let_joint_units_grow()
        self.end_some(rows)

    def form(self, rows: list[PartyOrganization]) -> None:
        """Modes, approvals and terms; some terms are over, some organizations are being put in order."""
        modes = cycle(JOINT_MODES)
        for number, row in enumerate(rows, 1):
            is_joint = row.category in (Category.JOINT_BRANCH, Category.TEMPORARY_JOINT_BRANCH)
            row.form_mode = row.form_mode or (next(modes) if is_joint else Mode.STANDALONE)
            since = row.established_on or date(2022, 6, 1)
            row.approval_no = row.approval_no or f"武两新〔{since.year}〕{number}号"
            if row.term_end is None:
                row.term_start, row.term_end = self.term_of(since)
        for row in [one for one in rows if one.term_start and one.term_start > one.established_on][:OVER]:
            row.term_start, row.term_end = months_after(self.today, -40), months_after(self.today, -4)
        for row in rows[5 : 5 + CONSOLIDATING]:
            row.is_consolidating = True
        PartyOrganization.objects.bulk_update(
            rows, ["form_mode", "approval_no", "term_start", "term_end", "is_consolidating"], batch_size=500
        )

    def term_of(self, since: date) -> tuple[date, date]:
        """The term that runs now of an organization elected every three years; none ends within the next half year."""
        start = since
        while months_after(start, TERM_MONTHS) <= months_after(self.today, 7):
            start = months_after(start, TERM_MONTHS)
        return min(start, self.today), months_after(start, TERM_MONTHS)

    def raise_some(self) -> None:
        """The units with most members have a committee or a general branch of their own."""
        spells = CoverageSpell.objects.filter(
            to_on=None, mode="standalone", unit__is_sample=True, organization__category=Category.BRANCH,
            unit__category__in=Unit.TWO_NEW,
        )  # fmt: skip
        kinds = (Category.COMMITTEE, Category.COMMITTEE, *[Category.GENERAL_BRANCH] * 6)
        words = {Category.COMMITTEE: "委员会", Category.GENERAL_BRANCH: "总支部委员会"}
        largest = spells.select_related("organization", "unit").order_by("-unit__members_total", "unit__name")
        for spell, category in zip(largest[: len(kinds)], kinds, strict=True):
            row = spell.organization
            row.category, row.name = category, f"中共{spell.unit}{words[category]}"
            row.save(update_fields=["category", "name"])

    def let_joint_units_grow(self) -> None:
        """A few units that a joint branch covers have three full members by now and should have a branch of their own."""
        joint = CoverageSpell.objects.filter(
            to_on=None, mode="joint", unit__is_sample=True, unit__members_full__lt=3
        )
        for kind in Unit.TWO_NEW:
            some = (
                joint.filter(category=kind)
                .order_by("place_code", "unit__name")
                .values_list("unit_id", flat=True)
            )
            Unit.objects.filter(pk__in=list(some[:JOINT_DUE])).update(members_full=3, members_total=4)

    def end_some(self, rows: list[PartyOrganization]) -> None:
        """One dissolved, one merged, one transferred, and one that is only being founded."""
        host = next(row for row in rows if row.category == Category.JOINT_BRANCH)
        made = next(
            row for row in rows if row.established_on and row.established_on.year < self.today.year - 1
        )
        PartyOrganization.objects.filter(pk=made.pk).update(form_mode=Mode.TRANSFERRED)
        self.past("临街商铺联合党支部（已撤销）", host, Status.DISSOLVED, None, "武两新〔2024〕撤1号")
        self.past("写字楼流动党员党支部（已并入）", host, Status.MERGED, host, "武两新〔2025〕并2号")
        self.past("原驻街流动党员党支部（已转建）", made, Status.TRANSFERRED, made, made.approval_no)
        row = PartyOrganization.objects.create(
            name="新业态骑手联合党支部（筹建）", category=Category.JOINT_BRANCH, place_id=host.place_id,
            place_code=host.place_code, is_two_new=True, form_mode=Mode.INDUSTRY, status=Status.PREPARING, is_sample=True,
        )  # fmt: skip
        write_history(about=row, move="register", label="登记", actor=SYSTEM, to_status=row.status)

    def past(self, name: str, near: PartyOrganization, status: str, successor, basis: str) -> None:
        """An organization of some years ago that covered nobody any more when it ended."""
        ended_on = near.established_on if status == Status.TRANSFERRED else months_after(self.today, -9)
        row = PartyOrganization.objects.create(
            name=name, category=Category.BRANCH, place_id=near.place_id, place_code=near.place_code, is_two_new=True,
            form_mode=Mode.REGIONAL, established_on=months_after(ended_on, -60), dissolved_on=ended_on, status=status,
            successor=successor, end_basis=basis, is_sample=True,
        )  # fmt: skip
        label = row.get_status_display().removeprefix("已")
        write_history(
            about=row, move=status, label=label, actor=SYSTEM, to_status=status, note=f"依据：{basis}。"
        )
