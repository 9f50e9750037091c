"""What we do: needs and resources, projects and the units that claim them, sessions, volunteers' points."""

from projects.models.claims import ProjectClaim
from projects.models.lists import Need, Resource, ResourceBooking, ResourceWindow
from projects.models.points import (
    CallBack,
    PointsCard,
    PointsEntry,
    PointsTariff,
    Redemption,
    Reward,
    RewardStockEntry,
    VolunteerRecord,
)
from projects.models.project import Project
from projects.models.sessions import Session, SessionEvaluation
from projects.models.work import (
    Acceptance,
    AcceptanceItem,
    ClaimInvitation,
    Milestone,
    ProgressReport,
    ProjectExtension,
    ProjectYear,
)

__all__ = [
    "Acceptance",
    "AcceptanceItem",
    "CallBack",
    "ClaimInvitation",
    "Milestone",
    "Need",
    "PointsCard",
    "PointsEntry",
    "PointsTariff",
    "ProgressReport",
    "Project",
    "ProjectClaim",
    "ProjectExtension",
    "ProjectYear",
    "Redemption",
    "Resource",
    "ResourceBooking",
    "ResourceWindow",
    "Reward",
    "RewardStockEntry",
    "Session",
    "SessionEvaluation",
    "VolunteerRecord",
]
