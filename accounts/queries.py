"""From a signed-in person or a token to an actor; and who holds which role where."""

from django.db.models import Q

from accounts.models import Membership, User
from core.actor import ANONYMOUS, Actor
from core.clock import today
from core.roles import UNIT_SIDE


def actor_of(membership: Membership) -> Actor:
    """The actor a person is while wearing this hat."""
    user = membership.user
    return Actor(
        user_id=user.pk,
        name=user.name or user.username,
        role=membership.role,
        place_code=membership.place.code if membership.place else "",
        unit_id=membership.unit_id,
        membership_id=membership.pk,
        label=f"{user.name or user.username} · {membership.label}",
    )


def current_memberships(user: User) -> list[Membership]:
    """The hats this person may wear today, oldest first."""
    return list(
        Membership.objects.filter(user=user)
        .effective(today())
        .select_related("user", "place", "unit")
        .order_by("id")
    )


def hats_of(actor: Actor) -> list[tuple[int, str]]:
    """(id, label) of the hats the person behind this actor may wear today, for the header's menu."""
    if actor.user_id is None:
        return []
    hats = Membership.objects.filter(user_id=actor.user_id).effective(today()).select_related("place", "unit")
    return [(hat.pk, hat.label) for hat in hats.order_by("id")]


def actor_for(user, membership_id: int | None = None) -> Actor:
    """The actor for a user in the chosen (or else the first) of today's roles; anonymous without any."""
    if not user.is_authenticated:
        return ANONYMOUS
    hats = current_memberships(user)
    chosen = next((hat for hat in hats if hat.pk == membership_id), hats[0] if hats else None)
    return actor_of(chosen) if chosen else ANONYMOUS


def people_with_role(*roles: str, place_code: str = "", unit_id: int | None = None) -> list[User]:
    """People who hold one of the roles today at exactly this place, or for this unit; each once."""
    where = Q(memberships__unit_id=unit_id) if unit_id else Q(memberships__place__code=place_code)
    on = today()
    return list(
        User.objects.filter(
            where,
            Q(memberships__to_on__isnull=True) | Q(memberships__to_on__gt=on),
            memberships__role__in=roles,
            memberships__from_on__lte=on,
            is_active=True,
        )
        .distinct()
        .order_by("id")
    )


def liaisons_of(unit_id: int) -> list[User]:
    """The people who speak for a unit today (联络员)."""
    return people_with_role(*UNIT_SIDE, unit_id=unit_id)
