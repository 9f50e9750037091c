"""What a party organization should look at (提示): warned of, never refused (domain.md §2.0.3)."""

from collections.abc import Iterator
from datetime import date

from units.actions import JOINT_LIMIT
from units.models import CoverageSpell, Division, PartyOrganization
from units.terms import months_after

Category = PartyOrganization.Category
BRANCHES = frozenset(
    {Category.BRANCH, Category.JOINT_BRANCH, Category.TEMPORARY_BRANCH, Category.TEMPORARY_JOINT_BRANCH}
)
FULL_BRANCH, WITH_COMMITTEE, GENERAL_ABOVE, COMMITTEE_FROM = 3, 7, 50, 100
COMMITTEE_YEARS, OTHER_YEARS = 5, 3


def term_years(row: PartyOrganization) -> int:
    """A term's years: five for a committee and for villages' and communities' own organizations, else three."""
    is_places = (
        row.host_unit_id is None and row.place.level == Division.Level.COMMUNITY and not row.is_two_new
    )
    return COMMITTEE_YEARS if row.category == Category.COMMITTEE or is_places else OTHER_YEARS


def hints(row: PartyOrganization, covers: list[CoverageSpell], today: date) -> Iterator[str]:
    """Sentences about an organization that covers these units now; ``covers`` bring their units along."""
    if row.dissolved_on:
        return
    yield from size_hints(row)
    joint = [spell for spell in covers if spell.mode == CoverageSpell.Mode.JOINT]
    if len(joint) > JOINT_LIMIT:
        yield f"联合组建一般不超过 {JOINT_LIMIT} 个单位，现在覆盖 {len(covers)} 个，请考虑分设。"
    for spell in joint:
        if spell.unit.members_full >= FULL_BRANCH:
            yield f"“{spell.unit}”有 {spell.unit.members_full} 名正式党员，应单独组建党支部。"
    yield from term_hints(row, today)
    if row.is_consolidating:
        yield "列为软弱涣散党组织，正在整顿。"


def size_hints(row: PartyOrganization) -> Iterator[str]:
    count, is_branch = row.member_count, row.category in BRANCHES
    if is_branch and count >= COMMITTEE_FROM:
        yield f"党员 {count} 名，达到 {COMMITTEE_FROM} 名，应设党委。"
    elif is_branch and count > GENERAL_ABOVE:
        yield f"党员 {count} 名，超过 {GENERAL_ABOVE} 名，应设党总支。"
    elif row.category == Category.GENERAL_BRANCH and count >= COMMITTEE_FROM:
        yield f"党员 {count} 名，达到 {COMMITTEE_FROM} 名，应设党委。"
    elif is_branch and count >= WITH_COMMITTEE:
        yield f"党员 {count} 名，达到 {WITH_COMMITTEE} 名的支部应设支部委员会。"
    if row.category == Category.BRANCH and 0 < count < FULL_BRANCH:
        yield f"党员 {count} 名，不足 {FULL_BRANCH} 名的一般组建联合党支部。"


def term_hints(row: PartyOrganization, today: date) -> Iterator[str]:
    if row.term_end is None:
        return
    years = term_years(row)
    if row.term_end <= today:
        yield f"本届已于 {row.term_end} 届满，请按规定换届。"
    if row.term_start and row.term_end > months_after(row.term_start, 12 * (years + 1)):
        yield f"每届 {years} 年，延期不超过一年并须上级批准，请核对届满日期。"
