"""Who a REST request comes from: a token, or the browser's session (with CSRF)."""

from django.conf import settings
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DrfSessionAuthentication

from accounts.actions import hash_key
from accounts.tokens import TokenUser, find_card
from core.actor import ANONYMOUS
from core.api.throttles import count_wrong_token

SCHEME = "token"
MAX_KEY_LENGTH = 128


def read_key(header: str) -> str:
    """The key of an Authorization header; raises 401 for another scheme or no single key."""
    scheme, _, key = header.partition(" ")
    key = key.strip()
    if scheme.lower() != SCHEME or not key or " " in key or len(key) > MAX_KEY_LENGTH:
        raise exceptions.AuthenticationFailed("请这样提供令牌：Authorization: Token <key>。")
    return key


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Token <key>``; puts the token's actor on the request."""

    def find_key(self, request) -> str:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        return read_key(header) if header else ""

    def authenticate(self, request):
        key = self.find_key(request)
        if not key:
            return None
        card = find_card(hash_key(key))
        if card is None:
            count_wrong_token(request.META.get("REMOTE_ADDR", ""))
            raise exceptions.AuthenticationFailed("令牌无效、已停用或已过期。")
        request._request.actor = card.actor
        return TokenUser(card.actor.user_id), card

    def authenticate_header(self, request) -> str:
        return 'Token realm="api"'


class QueryTokenAuthentication(TokenAuthentication):
    """``?token=<key>``, only for feeds that calendar programs fetch without headers."""

    def find_key(self, request) -> str:
        return request._request.GET.get("token", "")[:MAX_KEY_LENGTH]


class SessionAuthentication(DrfSessionAuthentication):
    """The signed-in browser; the middleware's actor stays, writes need the CSRF token."""

    def authenticate(self, request):
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            request._request.actor = ANONYMOUS
            return None
        return super().authenticate(request)

    def enforce_csrf(self, request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied:
            raise exceptions.PermissionDenied(
                "页面已过期或来源不明，请刷新页面后重试。", code="csrf_failed"
            ) from None
