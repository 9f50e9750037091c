"""Addresses of projects that anybody may open, one block per part."""

from django.urls import path

from projects.views import evaluate, points_public, public_needs

app_name = "open"
urlpatterns = [
    # Needs of residents
    path("needs/new/", public_needs.RaisePage.as_view(), name="need_raise"),
    path("needs/state/", public_needs.LookupPage.as_view(), name="need_lookup"),
    path("needs/state/<str:code>/", public_needs.StatePage.as_view(), name="need_state"),
    # Evaluation by those served
    path("sessions/<str:code>/", evaluate.EvaluatePage.as_view(), name="session_evaluate"),
    # A points card by its QR code
    path("cards/<str:token>/", points_public.CardPage.as_view(), name="card"),
]
