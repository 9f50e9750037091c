"""Addresses of core: search, calendar, jobs, the gallery of components."""

from django.urls import path

from core.views import documents, jobs
from core.views.search import SearchPage
from core.views.shared import components, more, set_elder
from core.views.workdays import WorkdayEnter, WorkdayList, remove_workday

app_name = "core"
urlpatterns = [
    path("more/", more, name="more"),
    path("prefs/elder/", set_elder, name="elder"),
    path("components/", components, name="components"),
    path("jobs/", jobs.JobList.as_view(), name="job-list"),
    path("jobs/<int:pk>/", jobs.JobPage.as_view(), name="job"),
    path("jobs/<int:pk>/result/", jobs.result, name="job-result"),
    path("jobs/<int:pk>/<slug:verb>/", jobs.act, name="job-act"),
    path("documents/<int:pk>/", documents.download, name="document"),
    path("verify/", documents.VerifyPage.as_view(), name="verify"),
    path("verify/<str:code>/", documents.VerifyCodePage.as_view(), name="verify-code"),
    path("search/", SearchPage.as_view(), name="search"),
    path("system/workdays/", WorkdayList.as_view(), name="workdays"),
    path("system/workdays/enter/", WorkdayEnter.as_view(), name="workday-enter"),
    path("system/workdays/<int:pk>/remove/", remove_workday, name="workday-remove"),
]
