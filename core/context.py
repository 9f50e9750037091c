"""What every page knows besides its own subject: the person, the navigation, the to-dos, the demo mark."""

from collections.abc import Callable

from django.utils.functional import SimpleLazyObject

from core import nav
from core.access import actor_of
from core.actor import Actor

ELDER_COOKIE = "elder"

_facts: dict[str, Callable[[Actor], object]] = {}


def offer(name: str, count: Callable[[Actor], object]) -> None:
    """Offer a fact to every page, computed when a template first asks for it.

    Apps on the right of core register in ``apps.py ready()``: ``todo_count`` (int), ``memberships`` (list of
    (id, label)) and ``demo_data`` (bool).
    """
    _facts[name] = count


def lazily(count: Callable[[Actor], object], actor: Actor) -> SimpleLazyObject:
    return SimpleLazyObject(lambda: count(actor))


def is_elder(request) -> bool:
    return request.COOKIES.get(ELDER_COOKIE) == "1"


def page(request) -> dict:
    """Context processor: actor, sidebar, phone bar, elder mode, and the offered facts."""
    actor = actor_of(request)
    return {
        "actor": actor,
        "elder": is_elder(request),
        "nav": SimpleLazyObject(lambda: nav.sections_for(actor.role, request.path)),
        "nav_bar": SimpleLazyObject(lambda: nav.bar_for(actor.role)),
        "nav_current": SimpleLazyObject(lambda: nav.current_item(nav.items_for(actor.role), request.path)),
        **{name: lazily(count, actor) for name, count in _facts.items()},
    }
