"""From the key in an Authorization header to the actor, in one look at the process's memory.

A key's card is kept for 30 seconds, and so is the knowledge that a key is nobody's. A card carries the moment it
ends (the token's expiry or the day the role ends), so both are exact; revoking forgets the card at once.
"""

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from datetime import time as day_time
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import ApiToken
from accounts.queries import actor_of
from core.actor import CLIENT_ROLE, Actor
from core.cache import tokens
from core.clock import today

WRITE = "write"
TOUCH_SECONDS = 60
UNKNOWN: Any = object()


@dataclass(slots=True)
class TokenCard:
    """What a token stands for: the actor, until when (seconds since 1970; None: no end), and its last use.

    Only ``used_at`` changes while a card is kept.
    """

    token_id: int
    actor: Actor
    ends_at: float | None
    used_at: float

    @property
    def is_ended(self) -> bool:
        return self.ends_at is not None and time.time() >= self.ends_at


@dataclass(frozen=True, slots=True)
class TokenUser:
    """Stands where DRF wants a user; rules ask the actor."""

    pk: int | None
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False


def client_actor(token: ApiToken) -> Actor:
    """A named client (另一个系统): reads what lies in its place; it makes no moves of people."""
    return Actor(
        user_id=None,
        name=token.name,
        role=CLIENT_ROLE,
        place_code=token.place.code,
        label=f"接口 {token.name}",
        is_read_only=WRITE not in token.permissions,
    )


def person_actor(token: ApiToken) -> Actor | None:
    """The person's actor while the role is effective and the account is active."""
    membership = token.membership
    if not membership.user.is_active or not _is_effective(membership):
        return None
    return replace(actor_of(membership), is_read_only=WRITE not in token.permissions)


def _is_effective(membership) -> bool:
    return membership.from_on <= today() and (membership.to_on is None or membership.to_on > today())


def end_of(token: ApiToken) -> float | None:
    """The moment the token stops by itself: its own expiry or the first day without the role."""
    ends = [token.expires_at] if token.expires_at else []
    if token.membership and token.membership.to_on:
        ends.append(timezone.make_aware(datetime.combine(token.membership.to_on, day_time.min)))
    return min(ends).timestamp() if ends else None


def read_card(digest: str) -> TokenCard | None:
    """The card from the database; None for a key that is unknown, revoked, ended or without an effective role."""
    token = (
        ApiToken.objects.filter(digest=digest, revoked_at__isnull=True)
        .select_related("membership__user", "membership__place", "membership__unit", "place")
        .first()
    )
    if token is None:
        return None
    actor = person_actor(token) if token.membership_id else client_actor(token)
    if actor is None:
        return None
    used_at = token.last_used_at.timestamp() if token.last_used_at else 0.0
    card = TokenCard(token.pk, actor, end_of(token), used_at)
    return None if card.is_ended else card


def find_card(digest: str) -> TokenCard | None:
    """The card of a key, from memory or else the database; its last use is noted once a minute."""
    card = tokens.get(digest)
    if card is None:
        mark = tokens.mark()
        card = read_card(digest) or UNKNOWN
        tokens.put(digest, card, mark)
    if card is UNKNOWN or card.is_ended:
        return None
    if time.time() - card.used_at >= TOUCH_SECONDS:
        note_use(card)
    return card


def note_use(card: TokenCard) -> None:
    """Write the last use down, unless another process did within the minute."""
    moment = timezone.now()
    not_yet = models.Q(last_used_at__isnull=True) | models.Q(
        last_used_at__lte=moment - timedelta(seconds=TOUCH_SECONDS)
    )
    ApiToken.objects.filter(not_yet, pk=card.token_id).update(last_used_at=moment)
    card.used_at = moment.timestamp()
