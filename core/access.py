"""Who may open a page: every view says its roles or that it is public; a guard test asks each URL."""

from collections.abc import Callable, Collection
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse

from core.actor import ANONYMOUS, Actor
from core.roles import SIGNED_IN, Role

PUBLIC = "public"


def actor_of(request: HttpRequest) -> Actor:
    return getattr(request, "actor", ANONYMOUS)


def sign_in_redirect(request: HttpRequest) -> HttpResponse:
    """Send somebody who isn't signed in to the sign-in page, and back here afterwards."""
    here = (
        request.get_full_path()
        if request.method in {"GET", "HEAD"}
        else request.META.get("HTTP_REFERER", "/")
    )
    address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': here})}"
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def role_labels(roles: Collection[str]) -> list[str]:
    """The roles' Chinese names in the order of the role list."""
    return [role.label for role in Role if role in roles]


def refuse(request: HttpRequest, roles: Collection[str]) -> HttpResponse:
    """The 403 page that says which role is needed."""
    return TemplateResponse(request, "403.html", {"needed_roles": role_labels(roles)}, status=403)


def check_access(request: HttpRequest, access) -> HttpResponse | None:
    """None when the actor may pass, else the answer that stops the request."""
    if access == PUBLIC:
        return None
    actor = actor_of(request)
    if actor.is_anonymous:
        return sign_in_redirect(request)
    return None if actor.role in access else refuse(request, access)


def requires(*roles: str | Collection[str]) -> Callable:
    """Guard a function view by roles or sets of roles; without any it is for everybody signed in."""
    allowed = (
        frozenset(str(role) for group in roles for role in ([group] if isinstance(group, str) else group))
        or SIGNED_IN
    )

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            return check_access(request, allowed) or view(request, *args, **kwargs)

        guarded.access = allowed
        return guarded

    return decorate


def public(view: Callable) -> Callable:
    """Mark a view that anybody may open without signing in."""
    view.access = PUBLIC
    return view


class AccessMixin:
    """Guard a class-based view by its ``roles`` (or ``public = True``)."""

    roles: Collection[str] = SIGNED_IN
    public = False

    @classmethod
    def get_access(cls):
        return PUBLIC if cls.public else frozenset(str(role) for role in cls.roles)

    @classmethod
    def as_view(cls, **initkwargs):
        view = super().as_view(**initkwargs)
        view.access = cls.get_access()
        return view

    @property
    def actor(self) -> Actor:
        return actor_of(self.request)

    def dispatch(self, request, *args, **kwargs):
        return check_access(request, self.get_access()) or super().dispatch(request, *args, **kwargs)


def access_of(view: Callable):
    """What a view says about its access: `PUBLIC`, a frozenset of roles, or None when it says nothing."""
    return getattr(view, "access", None)
