"""What the search box finds among units."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import reverse

from core.actor import Actor
from core.search import Hit
from units.models import Unit


def find_units(actor: Actor, text: str, limit: int) -> Iterator[Hit]:
    """Units the actor may see by name, pinyin initials or credit code."""
    rows = Unit.objects.visible_to(actor).effective().search(text).select_related("place")
    for unit in rows.order_by("place_code", "pk")[:limit]:
        yield Hit(unit.name, f"{unit.get_category_display()} · {unit.place}", unit.get_absolute_url())


def list_address(text: str) -> str:
    """The register with all units that match."""
    return f"{reverse('units:unit_list')}?{urlencode({'q': text})}"
