"""Pages about a unit that apps to the right of this one offer; the unit's page leads there without importing them."""

from django.urls import reverse

from units.models import Unit

_pages: dict[str, str] = {}


def offer(name: str, url_name: str) -> None:
    """Offer a page at ``url_name`` (it takes the unit's key): ``offer("liaison", "accounts:liaison_hand_over")``."""
    _pages[name] = url_name


def address(name: str, unit: Unit) -> str:
    """Where the offered page of this unit is; empty when nobody offers it."""
    return reverse(_pages[name], args=[unit.pk]) if name in _pages else ""
