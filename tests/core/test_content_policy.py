"""Every response says what a browser may load: nothing from elsewhere, nothing inline."""

import pytest

POLICY = {
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/accounts/sign-in/", "/api/v1/statistics/coverage/", "/no-such-page/", "/healthz"]
)
def test_every_response_carries_the_policy(client, address):
    header = client.get(address).headers["Content-Security-Policy"]

    assert {part.strip() for part in header.split(";")} == POLICY
