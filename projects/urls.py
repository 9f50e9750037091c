"""Addresses of projects and claims."""

from django.urls import path

from projects.views import claims, projects

app_name = "projects"
urlpatterns = [
    path("", projects.ProjectList.as_view(), name="project_list"),
    path("new/", projects.ProjectCreate.as_view(), name="project_create"),
    path("<int:pk>/", projects.ProjectDetail.as_view(), name="project_detail"),
    path("<int:pk>/change/", projects.ProjectChange.as_view(), name="project_change"),
    path("<int:project_pk>/claim/", claims.ClaimCreate.as_view(), name="claim_create"),
    path("<int:pk>/<slug:move>/", projects.project_move, name="project_move"),
    path("claims/", claims.ClaimList.as_view(), name="claim_list"),
    path("claims/<int:pk>/", claims.ClaimDetail.as_view(), name="claim_detail"),
    path("claims/<int:pk>/<slug:move>/", claims.claim_move, name="claim_move"),
]
