"""Addresses of projects and claims."""

from django.urls import path

from projects.views import claims, person_times, projects, sessions

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
    # Sessions
    path("sessions/", sessions.SessionList.as_view(), name="session_list"),
    path("sessions/new/", sessions.SessionCreate.as_view(), name="session_create"),
    path("sessions/to-confirm/", sessions.SessionsToConfirm.as_view(), name="sessions_to_confirm"),
    path("sessions/figures/", person_times.PersonTimesPage.as_view(), name="person_times"),
    path("sessions/sign-in/<int:pk>/", sessions.sign_in_file, name="session_sign_in"),
    path("sessions/<int:pk>/", sessions.SessionDetail.as_view(), name="session_detail"),
    path("sessions/<int:pk>/change/", sessions.SessionChange.as_view(), name="session_change"),
    path("sessions/<int:pk>/resubmit/", sessions.SessionResubmit.as_view(), name="session_resubmit"),
    path("sessions/<int:pk>/poster/", sessions.EvaluationPoster.as_view(), name="session_poster"),
    path("sessions/<int:pk>/<slug:move>/", sessions.session_move, name="session_move"),
]
