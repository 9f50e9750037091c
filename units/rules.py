"""What must be true of a unit, checked in the same words by form, API and import.

Pure functions: they take plain values, return nothing (or the cleaned value) and raise `InputError` with a sentence.
Sources: domain.md §2.0.2 (unit), §2(c) (coverage, leaving the denominator), GB 32100-2015 (credit code).
"""

import re
from datetime import date
from typing import Any

from core.errors import InputError
from core.sheets import cells
from units.models.organizations import PartyOrganization
from units.models.places import Division
from units.models.units import Unit

REGISTERED_AT = frozenset(
    {Division.Level.COMMUNITY, Division.Level.SECTION, Division.Level.COURTYARD, Division.Level.BUILDING}
)
OPERATING = Unit.OperatingStatus.OPERATING
PHONE = re.compile(r"[0-9+\- ]{7,20}")


def clean_credit_code(value: Any) -> str | None:
    """The code in capitals and half-width letters, or None for blank; see `core.sheets.cells.credit_code`."""
    try:
        return cells.credit_code(value)
    except InputError as refusal:
        raise InputError(refusal.message, field="credit_code", code=refusal.code) from None


def check_name(name: str | None) -> None:
    """A name is words, never a formula."""
    if name and name[0] in "=+-@":
        raise InputError(
            f"单位名称不能以“{name[0]}”开头，请核对是否误填了公式。", field="name", code="name_is_formula"
        )


def check_code_or_reason(code: str | None, reason: str | None) -> None:
    """A unit without a credit code (部队、筹备单位等) must say why."""
    if not code and not (reason or "").strip():
        raise InputError(
            "缺统一社会信用代码；确实没有的，请写明无信用代码的原因。",
            field="credit_code",
            code="credit_code_missing",
        )


def check_subcategory(category: str, subcategory: str | None) -> None:
    """The subcategory must be one of its category's."""
    if not subcategory:
        return
    allowed = Unit.SUBCATEGORIES.get(category, ())
    if subcategory in allowed:
        return
    mine, theirs = Unit.Subcategory(subcategory).label, Unit.Category(category).label
    hint = (
        f"可填：{'、'.join(str(choice.label) for choice in allowed)}。" if allowed else "这一类别不填子类。"
    )
    raise InputError(f"“{mine}”不属于“{theirs}”，{hint}", field="subcategory", code="subcategory_mismatch")


# GB/T 4754-2017: the divisions (大类) of each section (门类).
INDUSTRIES = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60), "H": (61, 62),
    "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79), "O": (80, 82), "P": (83, 83),
    "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip


def clean_industry(text: str | None) -> str:
    """A section of GB/T 4754-2017 with or without its division (门类、大类), ``F`` or ``F51``; empty where none is given."""
    code = (text or "").strip().upper()
    if not code:
        return ""
    first, last = INDUSTRIES.get(code[0], (0, -1))
    if code[0] not in INDUSTRIES or not (len(code) == 1 or (code[1:].isdigit() and len(code) == 3)):
        raise InputError(
            "行业写国民经济行业门类的字母（A 到 T），或者再加两位大类，例如 F51。",
            field="industry",
            code="bad_industry",
        )
    if len(code) == 3 and not first <= int(code[1:]) <= last:
        raise InputError(
            f"门类 {code[0]} 的大类是 {first:02} 到 {last:02}，没有 {code[1:]}。",
            field="industry",
            code="bad_industry",
        )
    return code


def check_members(total: int | None, full: int | None) -> None:
    """Full party members are among all members."""
    if full is not None and total is not None and full > total:
        raise InputError(
            f"正式党员人数（{full}）不能多于党员人数（{total}）。",
            field="members_full",
            code="members_full_too_many",
        )


def check_not_future(day: date | None, today: date, *, field: str, label: str) -> None:
    """Facts are recorded once they are there."""
    if day is not None and day > today:
        raise InputError(f"{label}（{day}）不能晚于今天（{today}）。", field=field, code="future_date")


def check_not_before(
    day: date | None, earlier: date | None, *, field: str, label: str, earlier_label: str
) -> None:
    """One fact comes after another."""
    if day is not None and earlier is not None and day < earlier:
        raise InputError(
            f"{label}（{day}）不能早于{earlier_label}（{earlier}）。", field=field, code="dates_out_of_order"
        )


def check_place(place: Division, today: date, administered_by: str | None = None) -> None:
    """A unit is registered at a community (or below) that exists today and is run by ``administered_by`` (None: anyone)."""
    if place.level not in REGISTERED_AT:
        raise InputError("请选到社区，不能只选到街道或区。", field="place", code="place_too_wide")
    if (place.valid_to and place.valid_to <= today) or (place.valid_from and place.valid_from > today):
        raise InputError(
            f"{place}目前不在使用中，请选现在的社区。", field="place", code="place_not_effective"
        )
    if administered_by is not None and place.administered_by != administered_by:
        raise InputError(
            f"{place}由{place.administered_by}管理，不在本区登记。",
            field="place",
            code="place_administered_elsewhere",
        )


def check_term(start: date | None, end: date | None, today: date) -> None:
    """A term has begun before it ends; its end may lie ahead, its beginning not (domain.md §2.0.3)."""
    check_not_future(start, today, field="term_start", label="本届起始")
    if start is not None and end is not None and end <= start:
        raise InputError(
            f"本届届满（{end}）要晚于本届起始（{start}）。", field="term_end", code="dates_out_of_order"
        )


def check_phone(phone: str) -> None:
    """A number people can call: digits, with area code and dashes as they are written."""
    if not PHONE.fullmatch(phone):
        raise InputError("电话只能是 7 到 20 位数字，可以带区号和短横。", field="phone")


def check_leaving(status: str, reason: str | None, evidence: str | None) -> None:
    """Leaving the denominator needs a reason and evidence (domain.md §2.11 rule 16)."""
    if status == OPERATING:
        return
    label = Unit.OperatingStatus(status).label
    if not (reason or "").strip():
        raise InputError(f"经营状态为“{label}”，要写明退出原因。", field="reason", code="reason_required")
    if not (evidence or "").strip():
        raise InputError(f"经营状态为“{label}”，要写明依据。", field="evidence", code="evidence_required")


# What a party organization's name tells of its category; the first word that is found counts.
ORGANIZATION_WORDS = (
    ("联合党总支", PartyOrganization.Category.GENERAL_BRANCH),
    ("联合总支", PartyOrganization.Category.GENERAL_BRANCH),
    ("总支", PartyOrganization.Category.GENERAL_BRANCH),
    ("联合党支部", PartyOrganization.Category.JOINT_BRANCH),
    ("联合支部", PartyOrganization.Category.JOINT_BRANCH),
    ("支部", PartyOrganization.Category.BRANCH),
    ("党小组", PartyOrganization.Category.GROUP),
    ("党委", PartyOrganization.Category.COMMITTEE),
    ("委员会", PartyOrganization.Category.COMMITTEE),
)
TEMPORARY = {
    PartyOrganization.Category.COMMITTEE: PartyOrganization.Category.TEMPORARY_COMMITTEE,
    PartyOrganization.Category.GENERAL_BRANCH: PartyOrganization.Category.TEMPORARY_GENERAL_BRANCH,
    PartyOrganization.Category.BRANCH: PartyOrganization.Category.TEMPORARY_BRANCH,
    PartyOrganization.Category.JOINT_BRANCH: PartyOrganization.Category.TEMPORARY_JOINT_BRANCH,
}
