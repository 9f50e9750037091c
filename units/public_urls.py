"""Addresses of the issue register that anybody may open."""

from django.urls import path

from units.views import issues_public

app_name = "issues"
urlpatterns = [
    path("report/", issues_public.ReportPage.as_view(), name="report"),
    path("state/", issues_public.LookupPage.as_view(), name="lookup"),
    path("state/<str:code>/", issues_public.StatePage.as_view(), name="state"),
]
