"""The REST API under /api/v1/: every app's own endpoints, gathered, with their description."""

from django.urls import include, path, re_path

from core.api.docs import DocsPage, SchemaView
from core.api.views import NothingHere

app_name = "api"
urlpatterns = [
    *[
        path("", include(f"{app}.api"))
        for app in ("reporting", "accounts", "units", "notifications", "projects", "evaluations")
    ],
    path("", include("units.divisions.api")),
    path("", include("core.api.endpoints")),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsPage.as_view(), name="docs"),
    re_path("^", NothingHere.as_view(), name="nothing-here"),
]
