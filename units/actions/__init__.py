"""The verbs of units; each file holds the verbs of one noun."""

from units.actions.organizations import change_organization, create_organization
from units.actions.units import (
    DENOMINATOR_ROLES,
    JOINT_LIMIT,
    change_unit,
    cover_unit,
    end_coverage,
    register_unit,
    return_to_operation,
)

__all__ = [
    "DENOMINATOR_ROLES",
    "JOINT_LIMIT",
    "change_organization",
    "change_unit",
    "cover_unit",
    "create_organization",
    "end_coverage",
    "register_unit",
    "return_to_operation",
]
