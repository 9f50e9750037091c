"""What is kept in memory, and how it is forgotten."""

from core.nearby import Nearby

TOKEN_SECONDS = 30
# Keys that are nobody's are kept too, so the store is bounded: wrong keys can't push memory up.
tokens = Nearby("portal-tokens", seconds=TOKEN_SECONDS, size=4096)


def forget_token(digest: str) -> None:
    """Make a revoked token end at once on every web process."""
    tokens.forget(digest)
