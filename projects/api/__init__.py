"""The REST endpoints of projects (api.md), a module per part; each gives its ``urlpatterns``."""

from projects.api import lists, points, projects, sessions, work

# One line per part.
urlpatterns = [
    *projects.urlpatterns,
    *lists.urlpatterns,
    *sessions.urlpatterns,
    *points.urlpatterns,
    *work.urlpatterns,
]
