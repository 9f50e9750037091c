"""Pages and verbs about a unit that apps to the right of this one offer; units leads there without importing them."""

from collections.abc import Callable

from django.urls import reverse

from units.models import Unit

_pages: dict[str, str] = {}
_actions: dict[str, Callable] = {}


def offer(name: str, url_name: str) -> None:
    """Offer a page at ``url_name`` (it takes the unit's key): ``offer("liaison", "accounts:liaison_hand_over")``."""
    _pages[name] = url_name


def address(name: str, unit: Unit) -> str:
    """Where the offered page of this unit is; empty when nobody offers it."""
    return reverse(_pages[name], args=[unit.pk]) if name in _pages else ""


def address_of(name: str, pk: int) -> str:
    """Where the offered page about another row is; empty when nobody offers it."""
    return reverse(_pages[name], args=[pk]) if name in _pages else ""


def offer_action(name: str, action: Callable) -> None:
    """Offer a verb about a unit: ``offer_action("hand_over_liaison", hand_over_liaison)``."""
    _actions[name] = action


def action(name: str) -> Callable:
    """The offered verb of this name."""
    return _actions[name]
