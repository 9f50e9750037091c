"""Addresses of evaluations: monthly visits and who visits whom."""

from django.urls import path

from evaluations import views

app_name = "evaluations"
urlpatterns = [
    path("visits/", views.VisitList.as_view(), name="visit-list"),
    path("visits/<int:pk>/", views.VisitDetail.as_view(), name="visit-detail"),
    path("visits/<int:pk>/record/", views.VisitRecord.as_view(), name="visit-record"),
    path("visits/<int:pk>/<slug:move>/", views.visit_move, name="visit-move"),
    path("assignments/", views.AssignmentList.as_view(), name="assignment-list"),
    path("assignments/new/", views.Assign.as_view(), name="assign"),
    path("assignments/<int:pk>/end/", views.end, name="assignment-end"),
]
