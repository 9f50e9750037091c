"""The indicators of units (指标): one formula, one file, one test. Importing this registers them all."""

from core import indicators
from core.errors import InputError
from units.indicators.carrier import CARRIER
from units.indicators.conf_attendance import CONF_ATTENDANCE, CONF_HEADS
from units.indicators.conf_units import CONF_UNITS
from units.indicators.coverage import KINDS, Cell, Kind, Measure, coverage_indicator
from units.indicators.due import DUE
from units.indicators.employees_50 import EMPLOYEES_50
from units.indicators.employees_100 import EMPLOYEES_100
from units.indicators.issues_on_time import ISSUES_ON_TIME
from units.indicators.issues_satisfaction import ISSUES_SATISFACTION
from units.indicators.issues_solved import ISSUES_SOLVED
from units.indicators.joint_activities import JOINT_ACTIVITIES
from units.indicators.new_organizations import NEW_ORGANIZATIONS
from units.indicators.no_member import NO_MEMBER
from units.indicators.org_complete import ORG_COMPLETE
from units.indicators.org_one import ORG_ONE
from units.indicators.org_part_time import ORG_PART_TIME
from units.indicators.organization import ORGANIZATION
from units.indicators.resolutions_done import RESOLUTIONS_DONE
from units.indicators.standalone import STANDALONE
from units.indicators.three_haves import THREE_HAVES
from units.indicators.work import WORK

MEASURES = {
    measure.slug: measure
    for measure in (
        ORGANIZATION,
        STANDALONE,
        DUE,
        WORK,
        EMPLOYEES_50,
        EMPLOYEES_100,
        THREE_HAVES,
        NO_MEMBER,
        CARRIER,
    )
}
COVERAGE = {
    (measure.slug, kind.slug): coverage_indicator(measure, kind)
    for measure in MEASURES.values()
    if not measure.is_for_all_kinds
    for kind in KINDS.values()
}
COV_CARRIER = coverage_indicator(CARRIER, KINDS["two_new"])
COVERAGE |= {(CARRIER.slug, slug): COV_CARRIER for slug in KINDS}
indicators.register(*COVERAGE.values(), NEW_ORGANIZATIONS)
STRUCTURE = (ORG_COMPLETE, ORG_ONE, ORG_PART_TIME, CONF_UNITS)
indicators.register(*STRUCTURE)
indicators.register(CONF_ATTENDANCE, CONF_HEADS, RESOLUTIONS_DONE)
indicators.register(ISSUES_SOLVED, ISSUES_ON_TIME, ISSUES_SATISFACTION, JOINT_ACTIVITIES)


def find_measure(slug: str) -> Measure:
    """The measure with this slug.

    Raises `InputError` for field ``measure``, naming the measures there are.
    """
    if slug not in MEASURES:
        raise InputError(f"没有“{slug[:40]}”这种口径，可用：{'、'.join(MEASURES)}。", field="measure")
    return MEASURES[slug]


def find_kind(slug: str) -> Kind:
    """The kind of unit with this slug.

    Raises `InputError` for field ``kind``, naming the kinds there are.
    """
    if slug not in KINDS:
        raise InputError(f"没有“{slug[:40]}”这类统计对象，可用：{'、'.join(KINDS)}。", field="kind")
    return KINDS[slug]


__all__ = [
    "COVERAGE",
    "COV_CARRIER",
    "KINDS",
    "MEASURES",
    "NEW_ORGANIZATIONS",
    "STRUCTURE",
    "Cell",
    "find_kind",
    "find_measure",
]
