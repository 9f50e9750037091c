"""The Content-Security-Policy of every response: one for the whole portal, so it is put into words once."""

from csp.constants import HEADER
from csp.utils import build_policy


class ContentPolicyMiddleware:
    """Sets the policy of ``settings.CONTENT_SECURITY_POLICY`` (django-csp) where a response has none of its own.

    django-csp's own middleware builds the text twice for every response, for nonces and exemptions that a portal
    without inline scripts doesn't have.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.policy)
        return response
