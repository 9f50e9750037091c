"""What we do: projects for residents and the units that claim them."""

from projects.models.claims import ProjectClaim
from projects.models.project import Project

__all__ = ["Project", "ProjectClaim"]
