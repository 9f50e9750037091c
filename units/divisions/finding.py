"""What the search box finds among places."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from core.actor import Actor
from core.search import Hit
from units.models import Division
from units.queries.units import root_place


def find_places(actor: Actor, text: str, limit: int) -> Iterator[Hit]:
    """Places by name (former names too) or code; the actor's own first is not needed, names and codes are public."""
    if not actor.sees_business_data:
        return
    rows = Division.objects.filter(code__startswith=root_place().code)
    for word in text.split():
        former = Division.objects.filter(former_names__name__icontains=word).values("pk")
        rows = rows.filter(Q(path_name__icontains=word) | Q(code__istartswith=word) | Q(pk__in=former))
    for place in rows.order_by("code")[:limit]:
        closed = f" · {place.valid_to}起停用" if place.valid_to else ""
        yield Hit(str(place), f"{place.level_words} · {place.code}{closed}", place.get_absolute_url())


def place_list_address(text: str) -> str:
    """The list with all places that match."""
    return f"{reverse('units:place_list')}?{urlencode({'q': text})}"
