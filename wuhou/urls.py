"""All addresses of the portal."""

from django.urls import include, path

from wuhou import views
from wuhou.home import TodoList, home

urlpatterns = [
    # First, because other systems ask it all day, and every address before it costs them a comparison.
    path("api/v1/", include("wuhou.api")),
    path("", home, name="home"),
    path("todo/", TodoList.as_view(), name="todo-list"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("", include("core.urls")),
    path("accounts/", include("accounts.urls")),
    path("units/", include("units.urls")),
    path("issues/", include("units.public_urls")),
    path("messages/", include("notifications.urls")),
    path("projects/", include("projects.urls")),
    path("open/", include("projects.public_urls")),
    path("statistics/", include("reporting.urls")),
    path("evaluations/", include("evaluations.urls")),
]
