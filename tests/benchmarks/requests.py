"""Requests to the portal inside this process: the whole middleware, no network."""

import io
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.wsgi import get_wsgi_application

from tests.benchmarks.data import TOKEN

TOKEN_HEADER = {"HTTP_AUTHORIZATION": f"Token {TOKEN}"}


@cache
def application() -> Callable:
    return get_wsgi_application()


def ask(address: str, **headers: str) -> bytes:
    """The body of a GET; anything but 200 is an error."""
    path, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, **headers,
    }  # fmt: skip
    statuses: list[str] = []
    answer = application()(environ, lambda status, head, error=None: statuses.append(status))
    body = b"".join(answer)
    answer.close()
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"{address}: {statuses[0]} {body[:300]!r}")
    return body


def sign_in(user) -> dict[str, str]:
    """The headers of a browser in which this person is signed in."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}
