"""A REST client for tests: one token, JSON in and out."""

import json

from django.test import Client

from accounts.actions import issue_token
from core.actor import SYSTEM


def key_of(person, **more) -> str:
    """A fresh token's key for somebody of the cast."""
    return issue_token(name="测试令牌", membership=person.membership, actor=person.actor, **more)[1]


def client_key(place, **more) -> str:
    """A fresh token's key for a named client at a place."""
    return issue_token(name="大屏", place=place, actor=SYSTEM, **more)[1]


class Rest:
    """``Rest(key).get("/api/v1/…")``; without a key it is anonymous. A fault of the portal answers 500 here."""

    def __init__(self, key: str = ""):
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Token {key}"} if key else {}

    def get(self, path: str, **headers):
        return self.client.get(path, headers={**self.headers, **named(headers)})

    def post(self, path: str, body=None, **headers):
        return self.send("post", path, body, headers)

    def patch(self, path: str, body=None, **headers):
        return self.send("patch", path, body, headers)

    def send(self, method: str, path: str, body, headers: dict):
        data = body if isinstance(body, bytes | str) else json.dumps(body if body is not None else {})
        call = getattr(self.client, method)
        return call(
            path, data=data, content_type="application/json", headers={**self.headers, **named(headers)}
        )


def named(headers: dict) -> dict:
    """``if_none_match="…"`` as the header it means."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def error(response) -> tuple:
    """(status, type, code, attr) of the first error, after checking the body's shape and its sentence."""
    body = response.json()
    assert set(body) == {"type", "errors"}
    for one in body["errors"]:
        assert set(one) == {"code", "detail", "attr"}
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one["detail"]), one["detail"]
    first = body["errors"][0]
    return response.status_code, body["type"], first["code"], first["attr"]
