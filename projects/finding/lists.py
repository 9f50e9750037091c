"""What the search box finds among needs and resources: by title and number, never by who raised a need."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from core.actor import Actor
from core.search import Hit
from projects.models import Need, Resource


def find_needs(actor: Actor, text: str, limit: int) -> Iterator[Hit]:
    """Needs the actor may read, newest first."""
    rows = Need.objects.visible_to(actor).filter(Q(title__icontains=text) | Q(number__icontains=text))
    for need in rows.select_related("place").order_by("-pk")[:limit]:
        yield Hit(
            need.title, f"{need.number} · {need.place} · {need.get_status_display()}", need.get_absolute_url()
        )


def need_list_address(text: str) -> str:
    """The list of all needs that match."""
    return f"{reverse('projects:need_list')}?{urlencode({'q': text})}"


def find_resources(actor: Actor, text: str, limit: int) -> Iterator[Hit]:
    """Resources the actor may see, newest first."""
    rows = Resource.objects.visible_to(actor).filter(Q(title__icontains=text) | Q(number__icontains=text))
    for resource in rows.select_related("unit").order_by("-pk")[:limit]:
        yield Hit(
            resource.title, f"{resource.unit} · {resource.get_status_display()}", resource.get_absolute_url()
        )


def resource_list_address(text: str) -> str:
    """The list of all resources that match."""
    return f"{reverse('projects:resource_list')}?{urlencode({'q': text})}"
