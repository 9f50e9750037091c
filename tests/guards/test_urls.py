"""Every address says who may open it, or stands here with the reason why not."""

from core.access import access_of
from tests.guards.sources import routes

# Address → why it needs no ``access`` of ours. An entry that is no longer needed fails too.
EXCEPTIONS = {
    "healthz": "asked by machines that watch the portal; says ok and no more",
    "readyz": "asked by machines that watch the portal; names only the failing part",
}


def guards_itself(name: str, view) -> bool:
    """REST views answer through `core.api` (authentication and permission classes), the admin by its own login."""
    is_rest = hasattr(getattr(view, "cls", None), "permission_classes")
    return is_rest or name.startswith("admin:")


def unguarded() -> set[str]:
    return {
        name
        for name, entry in routes()
        if access_of(entry.callback) is None and not guards_itself(name, entry.callback)
    }


def test_every_address_says_who_may_open_it():
    assert unguarded() - set(EXCEPTIONS) == set()


def test_no_exception_is_stale():
    assert set(EXCEPTIONS) - unguarded() == set()


def test_no_two_addresses_share_a_name():
    names = [name for name, _ in routes()]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
