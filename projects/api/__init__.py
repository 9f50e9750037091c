"""The REST endpoints of projects (api.md), a module per part; each gives its ``urlpatterns``."""

from projects.api import projects, sessions

# One line per part.
urlpatterns = [
    *projects.urlpatterns,
    *sessions.urlpatterns,
]
