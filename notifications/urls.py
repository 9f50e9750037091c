"""Addresses of messages and deliveries."""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.Inbox.as_view(), name="inbox"),
    path("read/", views.read_messages, name="read"),
    path("<int:pk>/open/", views.open_message, name="open"),
    path("unsent/", views.UnsentList.as_view(), name="unsent_list"),
    path("unsent/retry/", views.retry, name="retry"),
]
