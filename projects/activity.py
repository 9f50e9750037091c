"""Confirmed sessions show that the units that held them are at work (see `units.activity`)."""

from datetime import date

from django.db.models import QuerySet

from projects.models import Session


def in_project_sessions(first: date, last: date) -> QuerySet:
    """The ids of units with a confirmed session from a day to a day."""
    return Session.objects.confirmed().filter(held_on__range=(first, last)).values("unit_id")
