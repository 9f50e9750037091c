"""Addresses of reporting."""

from django.urls import path

from reporting import views

app_name = "reporting"
urlpatterns = [
    path("coverage/", views.CoveragePage.as_view(), name="coverage"),
    path("coverage/units/", views.CellPage.as_view(), name="coverage_units"),
    path("coverage/movement/", views.MovementPage.as_view(), name="movement_units"),
    path("coverage/new-organizations/", views.NewOrganizationsPage.as_view(), name="new_organizations"),
    path("alerts/<slug:slug>/", views.AlertList.as_view(), name="alerts"),
    path("snapshots/", views.SnapshotList.as_view(), name="snapshots"),
    path("snapshots/freeze/", views.SnapshotFreeze.as_view(), name="snapshot_freeze"),
    path("snapshots/restate/", views.SnapshotRestate.as_view(), name="snapshot_restate"),
    path("indicators/", views.IndicatorsPage.as_view(), name="indicators"),
    path("indicators/<str:id>/", views.IndicatorPage.as_view(), name="indicator"),
    path("indicators/<str:id>/rows/", views.IndicatorRows.as_view(), name="indicator_rows"),
]
