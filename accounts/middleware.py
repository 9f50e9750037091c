"""Puts the actor on the request: everything after it asks ``request.actor``, never ``request.user``."""

from django.utils.functional import SimpleLazyObject

from accounts.queries import actor_for

MEMBERSHIP_KEY = "membership_id"


class ActorMiddleware:
    """Sets ``request.actor`` lazily, so that a page nobody asks it of costs no query."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.actor = SimpleLazyObject(lambda: actor_for(request.user, request.session.get(MEMBERSHIP_KEY)))
        return self.get_response(request)
