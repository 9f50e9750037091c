"""How many queries a page costs of its own, without what the header and the sidebar of every page cost."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

# A page with nothing of its own: session, person, navigation, to-dos.
BARE = "/more/"


def queries_of(client: Client, address: str) -> int:
    """How many queries a GET of this address takes; it must succeed."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
        assert response.status_code == 200, response.status_code
        if response.streaming:
            b"".join(response.streaming_content)
    return len(captured)


def own_queries(client: Client, address: str) -> int:
    """How many of them are the page's own; the first visit of a process is left out, it fills caches."""
    queries_of(client, address)
    return queries_of(client, address) - queries_of(client, BARE)
