"""Reads over messages and deliveries."""

from django.db.models import QuerySet

from core.actor import Actor
from core.roles import Role
from notifications.models import Delivery, Notification


def unread_count(actor: Actor) -> int:
    """How many messages the person has not read."""
    return Notification.objects.visible_to(actor).unread().count()


def unsent_deliveries(actor: Actor) -> QuerySet:
    """Deliveries that wait or were given up, for the system administrator alone."""
    if actor.role != Role.SYSADMIN:
        return Delivery.objects.none()
    return Delivery.objects.exclude(status=Delivery.Status.SENT)
