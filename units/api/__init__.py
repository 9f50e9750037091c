"""The REST endpoints of units (api.md), a module per part; each gives its ``urlpatterns``."""

from units.api import bodies, carriers, issues, meetings, posts, register, units

# One line per part.
urlpatterns = [
    *units.urlpatterns,
    *register.urlpatterns,
    *bodies.urlpatterns,
    *posts.urlpatterns,
    *issues.urlpatterns,
    *carriers.urlpatterns,
    *meetings.urlpatterns,
]
